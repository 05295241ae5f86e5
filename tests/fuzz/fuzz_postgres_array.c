/* Texts of any bytes as a text[] parameter: what PostgreSQL reads is valid UTF-8, and the texts themselves where they are. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/postgres/array.h"
#include "fuzzed.h"

#define TEXTS_MAX       64
#define ARRAY_MAX_BYTES (16u * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t read_int32(const char **at, const char *end)
{
	const unsigned char *bytes = (const unsigned char *)*at;

	assert(end - *at >= 4);
	*at += 4;
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* As array_recv() of PostgreSQL reads it. */
static void check(const struct str *array, char *const *texts, size_t count, size_t nulls)
{
	const char *at = array->bytes, *end = at + array->length;

	assert(read_int32(&at, end) == (count > 0));
	assert(read_int32(&at, end) == (nulls > 0));
	assert(read_int32(&at, end) == 25);
	if (count > 0) {
		assert(read_int32(&at, end) == count);
		assert(read_int32(&at, end) == 1);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t length = read_int32(&at, end);
		size_t given = texts[i] ? strlen(texts[i]) : 0;

		assert(texts[i] ? length != UINT32_MAX : length == UINT32_MAX);
		if (!texts[i])
			continue;
		assert(length <= (size_t)(end - at));
		assert(utf8_valid(at, length));
		assert(!memchr(at, '\0', length));
		if (utf8_valid(texts[i], given))
			assert(length == given && memcmp(at, texts[i], length) == 0);
		else
			assert(memmem(at, length, "\xef\xbf\xbd", 3));
		at += length;
	}
	assert(at == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	struct str array = STR(ARRAY_MAX_BYTES);
	char *texts[TEXTS_MAX];
	size_t count = 0, nulls = 0, length;

	while (count < TEXTS_MAX && (texts[count] = fuzzed_line(&input, &length)) != NULL) {
		if (*texts[count] == '-') {
			free(texts[count]);
			texts[count] = NULL;
			nulls++;
		}
		count++;
	}
	array_texts(&array, (const char *const *)texts, count);
	assert(!array.error);
	check(&array, texts, count, nulls);
	str_release(&array);
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	return 0;
}
