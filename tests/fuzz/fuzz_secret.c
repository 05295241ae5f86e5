/* The text of a secret: what is accepted is one line without anything invisible, and problems do not quote it. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/config/secret_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each problem is one line of ASCII, except that it never has a byte of the secret beyond ASCII. */
static void check_problem(const char *problem)
{
	assert(strlen(problem) > 0 && strlen(problem) < SECRET_PROBLEM_BYTES);
	for (; *problem; problem++)
		assert(*problem >= 0x20 && *problem < 0x7F);
}

static void check_accepted(const struct secret_span *secret, enum secret_kind kind)
{
	assert(secret->length > 0 && secret->length <= CONFIG_SECRET_MAX_BYTES);
	assert(utf8_is_clean(secret->bytes, secret->length));
	assert(secret->bytes[0] != ' ' && secret->bytes[secret->length - 1] != ' ');
	for (size_t i = 0; kind == SECRET_TOKEN && i < secret->length; i++)
		assert(secret->bytes[i] > ' ' && secret->bytes[i] < 0x7F);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum secret_kind kinds[] = {SECRET_PASSWORD, SECRET_TOKEN};
	char problem[SECRET_PROBLEM_BYTES], *copy;
	bool is_certain;

	if (size > 3000)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct secret_span secret, again;

		/* Without a terminating NUL, so that a read beyond the end is found. */
		copy = malloc(size + !size);
		assert(copy);
		memcpy(copy, data, size);
		secret = (struct secret_span){copy, size};
		problem[0] = '\0';
		if (!secret_trim(&secret, problem)) {
			check_problem(problem);
			free(copy);
			continue;
		}
		again = secret;
		assert(secret_trim(&again, problem) && again.bytes == secret.bytes &&
				again.length == secret.length);
		if (secret_check(&secret, kinds[i], &is_certain, problem))
			check_accepted(&secret, kinds[i]);
		else
			check_problem(problem);
		assert(memmem(data, size, secret.bytes, secret.length));
		free(copy);
	}
	return 0;
}
