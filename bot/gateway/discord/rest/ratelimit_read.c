/* What an answer's headers say about rate limits. Strict: a header that is not as documented is none. */

#include "bot/gateway/discord/rest/ratelimit.h"

#include <string.h>

#include "bot/base/str.h"

#define COUNT_DIGITS_MAX   9
#define SECONDS_DIGITS_MAX 12 /* an epoch time has ten */
#define DECIMALS_MAX       9
#define BUCKET_NAME_MAX    128
#define EPOCH_SECONDS_MAX  (UINT64_C(1) << 40)

/* Up to digits_max digits; false for none or more. *at then stands behind them. */
static bool read_digits(const char **at, size_t digits_max, uint64_t *ret)
{
	uint64_t value = 0;
	size_t count = 0;

	while ((*at)[count] >= '0' && (*at)[count] <= '9') {
		if (count == digits_max)
			return false;
		value = value * 10 + (uint64_t)((*at)[count] - '0');
		count++;
	}
	if (!count)
		return false;
	*at += count;
	*ret = value;
	return true;
}

static bool read_count(const char *text, unsigned *ret)
{
	uint64_t value;

	if (!text || !read_digits(&text, COUNT_DIGITS_MAX, &value) || *text)
		return false;
	*ret = (unsigned)value;
	return true;
}

/* "64.57" to 64570, rounded up, at most max_ms. */
static bool read_seconds(const char *text, uint64_t max_ms, uint64_t *ret_ms)
{
	uint64_t seconds, ms = 0;
	size_t decimals = 0;
	bool has_rest = false;

	if (!text || !read_digits(&text, SECONDS_DIGITS_MAX, &seconds))
		return false;
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9' && decimals < DECIMALS_MAX; text++, decimals++) {
			if (decimals < 3)
				ms = ms * 10 + (uint64_t)(*text - '0');
			else if (*text != '0')
				has_rest = true;
		}
		if (!decimals)
			return false;
		for (; decimals < 3; decimals++)
			ms *= 10;
	}
	if (*text)
		return false;
	ms += seconds * 1000 + has_rest;
	*ret_ms = ms < max_ms ? ms : max_ms;
	return true;
}

static enum ratelimit_scope read_scope(const char *text)
{
	if (str_equal(text, "user"))
		return SCOPE_USER;
	if (str_equal(text, "global"))
		return SCOPE_GLOBAL;
	return str_equal(text, "shared") ? SCOPE_SHARED : SCOPE_NONE;
}

void ratelimit_read(const struct ratelimit_texts *texts, struct ratelimit_headers *ret)
{
	struct ratelimit_headers headers = {0};
	size_t name_bytes = texts->bucket ? strlen(texts->bucket) : 0;

	headers.has_window =
			name_bytes > 0 && name_bytes <= BUCKET_NAME_MAX &&
			read_count(texts->limit, &headers.limit) && headers.limit > 0 &&
			read_count(texts->remaining, &headers.remaining) &&
			read_seconds(texts->reset_after, RATELIMIT_DURATION_MAX_MS, &headers.reset_after_ms);
	if (headers.has_window)
		headers.bucket = str_hash(0, texts->bucket, name_bytes);
	if (!read_seconds(texts->reset, EPOCH_SECONDS_MAX * 1000, &headers.reset_ms))
		headers.reset_ms = 0;
	headers.has_retry_after =
			read_seconds(texts->retry_after, RATELIMIT_DURATION_MAX_MS, &headers.retry_after_ms);
	headers.is_global = str_equal_nocase(texts->global, "true");
	headers.scope = read_scope(texts->scope);
	headers.has_via = texts->via && *texts->via;
	*ret = headers;
}
