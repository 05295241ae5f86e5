/* The headers and the error body of a response from Discord, and their effect on the rate limits. */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/discord/rest/answer.h"
#include "bot/gateway/discord/rest/ratelimit.h"

#define FIELDS 9

/* The input's lines: a status or a Date, nine headers ("-": absent), the body. */
static char *next_line(char **at)
{
	char *line = *at, *end = strchr(line, '\n');

	if (end)
		*end = '\0';
	*at = end ? end + 1 : line + strlen(line);
	return line;
}

static void check_headers(const struct discord_ratelimit_headers *headers)
{
	assert(headers->reset_after_ms <= DISCORD_RATELIMIT_DURATION_MAX_MS);
	assert(headers->retry_after_ms <= DISCORD_RATELIMIT_DURATION_MAX_MS);
	assert(!headers->has_window || headers->limit > 0);
}

/* What is read of a Date is a time that can be written. */
static void check_date(const char *date)
{
	char iso[CLOCK_ISO_BYTES];
	uint64_t date_ms, again_ms;

	if (clock_from_http(date, &date_ms) < 0)
		return;
	clock_iso(date_ms, iso);
	assert(clock_from_iso(iso, &again_ms) == 0 && again_ms == date_ms);
}

/* Whatever the response, the queue never gets stuck and never waits for more than a day. */
static void live_with(int status, const struct discord_ratelimit_headers *headers,
		const struct discord_rest_error *error)
{
	struct discord_ratelimit *ratelimit = NULL;
	struct discord_ratelimit_key key = discord_ratelimit_key("GET /x", "1", false);
	struct discord_ratelimit_ticket ticket;
	uint64_t now_ms = 1000, wait_ms;

	if (discord_ratelimit_new(5, &ratelimit) < 0)
		abort();
	for (int i = 0; i < 4; i++) {
		wait_ms = discord_ratelimit_wait_ms(ratelimit, &key, now_ms);
		assert(wait_ms <= DISCORD_RATELIMIT_DURATION_MAX_MS);
		now_ms += wait_ms;
		assert(discord_ratelimit_wait_ms(ratelimit, &key, now_ms) == 0);
		if (discord_ratelimit_take(ratelimit, &key, now_ms, &ticket) < 0)
			abort();
		now_ms += 50;
		wait_ms = discord_ratelimit_answer(
				ratelimit, &ticket, status, headers, &error->refusal, now_ms);
		assert(wait_ms <= DISCORD_RATELIMIT_DURATION_MAX_MS);
	}
	discord_ratelimit_free(ratelimit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *copy = malloc(length + 1), *at = copy, *fields[FIELDS + 1];
	struct discord_ratelimit_headers headers;
	struct discord_rest_error error;
	struct discord_ratelimit_texts texts;

	if (!copy)
		return 0;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	for (size_t i = 0; i <= FIELDS; i++) {
		fields[i] = next_line(&at);
		if (strcmp(fields[i], "-") == 0)
			fields[i] = NULL;
	}
	texts = (struct discord_ratelimit_texts){fields[1], fields[2], fields[3], fields[4], fields[5],
			fields[6], fields[7], fields[8], fields[9]};
	if (fields[0])
		check_date(fields[0]);
	discord_ratelimit_read(&texts, &headers);
	check_headers(&headers);
	discord_rest_error_read(at, strlen(at), &error);
	assert(error.refusal.retry_after_ms <= DISCORD_RATELIMIT_DURATION_MAX_MS);
	live_with(fields[0] && strcmp(fields[0], "429") == 0 ? 429 : 200, &headers, &error);
	free(copy);
	return 0;
}
