/*
 * A hostile TVmaze or TMDB. The first byte chooses how the visit begins; then come answers, each "STATUS", "ETag",
 * "Location", "Retry-After" on a line of its own, and the body up to a byte 0xFF. Whatever is answered, requests go to the
 * site only, a visit ends, and what it says is one clean line.
 */

#include <stdlib.h>
#include <string.h>

#include "bot/fetch/visit.h"
#include "tests/fuzz/fuzzed.h"

#define BASE        "https://api.example.org"
#define ANSWERS_MAX 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line, as a header has it: without control characters at its end; NULL if it is empty. */
static const char *next_line(char **at)
{
	char *line = *at, *end = line + strcspn(line, "\n");

	*at = *end ? end + 1 : end;
	*end = '\0';
	return *line ? line : NULL;
}

static void check_request(const struct visit *visit)
{
	struct visit_request request;
	const char *url;

	assert(visit_request(visit, &request) == 0);
	url = str_text(&request.url);
	assert(str_starts(url, BASE "/"));
	for (; *url; url++)
		assert(*url > ' ' && *url <= '~');
	for (size_t i = 0; i < VISIT_HEADERS_MAX; i++)
		assert(!strpbrk(str_text(&request.headers[i]), "\r\n"));
	visit_request_release(&request);
}

static enum visit_step answer(struct visit *visit, char *packet)
{
	const char *status = next_line(&packet);
	long number;
	struct visit_answer answer = {.date = "Sun, 06 Nov 1994 08:49:37 GMT"};

	answer.status = status && str_to_long(status, 0, 999, &number) == 0 ? (int)number : 200;
	answer.etag = answer.modified = next_line(&packet);
	answer.location = next_line(&packet);
	answer.retry_after = next_line(&packet);
	answer.body = packet;
	answer.body_bytes = strlen(packet);
	return visit_take(visit, &answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const words[] = {
			"tvmaze:139", "tvmaze:Harbour Lights", "tvmaze:tt0944947", "tmdb:7"};
	const struct visit_known known = {.etag = "\"a\"", .updated = "1700000000"};
	struct fetch_address address;
	enum visit_step step = VISIT_ASK;
	struct visit visit;
	char *text, *at;

	if (size < 1)
		return 0;
	text = str_copy_bytes((const char *)data + 1, size - 1);
	assert(text);
	fetch_address_read(text, &address);
	fetch_address_of_page(text, &address);
	assert(!fetch_address_read(words[data[0] % 4], &address));
	assert(visit_begin(&visit, &address, BASE "/", data[0] & 4 ? &known : NULL) == 0);
	at = text;
	for (int i = 0; step == VISIT_ASK && i < ANSWERS_MAX && *at; i++) {
		char *end = strchr(at, '\xff'), *packet = at;

		at = end ? end + 1 : at + strlen(at);
		if (end)
			*end = '\0';
		check_request(&visit);
		step = answer(&visit, packet);
		if (step == VISIT_FAILED) {
			assert(visit.fault != VISIT_FINE && visit.wait_ms <= VISIT_WAIT_MAX_MS);
			fuzzed_check_line(visit.problem);
		}
		assert(visit.document_count <= VISIT_DOCUMENTS_MAX && visit.found_count <= VISIT_FOUND_MAX);
	}
	visit_release(&visit);
	free(text);
	return 0;
}
