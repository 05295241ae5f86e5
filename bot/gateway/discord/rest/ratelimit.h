#ifndef EPISODED_DISCORD_RATELIMIT_H
#define EPISODED_DISCORD_RATELIMIT_H

/*
 * Discord's rate limits, as its responses report them. Pure: monotonic times go in, "now" or "in n ms" comes
 * out.
 *
 * A route ("POST /channels/{}/messages") belongs to a bucket that only responses name; a bucket counts
 * separately for each major parameter (a channel, a guild, a webhook). Until a bucket is known, one request
 * at a time is sent to it. Reset times are upper bounds, and requests in flight count as sent, so that the
 * limits are kept without provoking a 429.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCORD_RATELIMIT_ROUTES_MAX      256  /* routes of the bot; more would be a bug */
#define DISCORD_RATELIMIT_BUCKETS_MAX     8192 /* about the number of channels with a recent answer */
#define DISCORD_RATELIMIT_IDLE_MS         300000u
#define DISCORD_RATELIMIT_INVALID_MAX     2000u /* in ten minutes; Discord bans an IP address at 10,000 */
#define DISCORD_RATELIMIT_INVALID_MINS    10
#define DISCORD_RATELIMIT_DURATION_MAX_MS (24u * 60 * 60 * 1000)

enum discord_ratelimit_scope {
	DISCORD_SCOPE_NONE,
	DISCORD_SCOPE_USER,
	DISCORD_SCOPE_GLOBAL,
	DISCORD_SCOPE_SHARED
};

/* The values of the response headers; NULL: absent. */
struct discord_ratelimit_texts {
	const char *limit, *remaining, *reset, *reset_after, *bucket, *global, *scope, *retry_after, *via;
};

struct discord_ratelimit_headers {
	bool has_window; /* limit, remaining, reset_after_ms and bucket are all present */
	uint64_t bucket; /* a hash of its name */
	unsigned limit, remaining;
	uint64_t reset_after_ms;
	uint64_t reset_ms; /* by the server's clock, only to tell windows apart; or 0 */
	bool has_retry_after;
	uint64_t retry_after_ms;
	bool is_global;
	enum discord_ratelimit_scope scope;
	bool has_via; /* the response passed Discord's own proxy; Cloudflare's refusals do not */
};

/*
 * ratelimit_read - the rate limit headers of a response.
 *
 * Shape:   counts: 1 to 9 digits; durations: seconds, 1 to 12 digits and up to 9 decimals;
 *          bucket: 1 to 128 bytes; global: "true"; scope: "user", "global" or "shared".
 * Units:   milliseconds, rounded up, at most DISCORD_RATELIMIT_DURATION_MAX_MS.
 * Errors:  no errors; a malformed header counts as absent.
 * Source:  Discord API v10, "Rate limits".
 */
void discord_ratelimit_read(
		const struct discord_ratelimit_texts *texts, struct discord_ratelimit_headers *ret);

/* What a request is counted by. Make one with discord_ratelimit_key(). */
struct discord_ratelimit_key {
	uint64_t route, major;
	bool is_exempt; /* from the global limit: interactions and their webhooks */
};

struct discord_ratelimit_key discord_ratelimit_key(const char *route, const char *major, bool is_exempt);

struct discord_ratelimit; /* opaque: gateway/discord/rest/ratelimit.c */
struct discord_ratelimit_bucket;

/* A request in flight; pass it to discord_ratelimit_answer() or discord_ratelimit_lost(), once. */
struct discord_ratelimit_ticket {
	struct discord_ratelimit_key key;
	struct discord_ratelimit_bucket *bucket;
	size_t slot;           /* of the global limit */
	uint64_t slot_free_ms; /* when the slot is free again at the latest */
};

/* global_rate: requests a second. -EINVAL when 0, -ENOMEM. */
int discord_ratelimit_new(unsigned global_rate, struct discord_ratelimit **ret);
void discord_ratelimit_free(struct discord_ratelimit *ratelimit); /* NULL-safe */

#define DISCORD_RATELIMIT_LATER UINT64_MAX /* not before a response that is outstanding */

/* 0: send now. Otherwise: ask again after so many milliseconds. */
uint64_t discord_ratelimit_wait_ms(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_key *key, uint64_t now_ms);

/* The same for the limits of all requests: a pause, the breaker, the global limit. A request that is not
 * exempt waits at least this long. */
uint64_t discord_ratelimit_pause_ms(struct discord_ratelimit *ratelimit, bool is_exempt, uint64_t now_ms);

/* Only after discord_ratelimit_wait_ms() returned 0. -ENOMEM, -ENOSPC: too many buckets. */
int discord_ratelimit_take(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key,
		uint64_t now_ms, struct discord_ratelimit_ticket *ret);

/* The body of a 429; zeros if it is not JSON. */
struct discord_ratelimit_refusal {
	bool is_json;
	bool is_global;
	bool has_retry_after;
	uint64_t retry_after_ms;
};

/* A response has come. refusal: only with status 429. Returns for how long this request alone must be
 * held; 0 unless the status is 429. */
uint64_t discord_ratelimit_answer(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, int status,
		const struct discord_ratelimit_headers *headers,
		const struct discord_ratelimit_refusal *refusal, uint64_t now_ms);

/* No response will come: whether the request was counted is unknown. */
void discord_ratelimit_lost(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, uint64_t now_ms);

/* Several processes share the global limit: the sum of their slots is the rate. From now on this one uses so many. More are
 * there at once. Of those that are too many each goes when it is free, a second after its request has arrived: call this
 * again. *ret: the number that remains. -ENOMEM: nothing has changed. */
int discord_ratelimit_set_slots(
		struct discord_ratelimit *ratelimit, unsigned slots, uint64_t now_ms, unsigned *ret);
/* Slots whose request may still count. */
unsigned discord_ratelimit_slots_in_use(const struct discord_ratelimit *ratelimit, uint64_t now_ms);
/* How many requests of this key could be sent now, if there were slots for them. */
unsigned discord_ratelimit_room(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key,
		uint64_t now_ms);
/* Another process got a global 429. */
void discord_ratelimit_pause(struct discord_ratelimit *ratelimit, uint64_t pause_ms, uint64_t now_ms);
/* The rest of the last global pause by a 429; 0: no pause. */
uint64_t discord_ratelimit_global_pause_ms(const struct discord_ratelimit *ratelimit, uint64_t now_ms);

/* Requests of the last ten minutes that Discord counts as invalid (401, 403, 429). */
unsigned discord_ratelimit_invalid_count(const struct discord_ratelimit *ratelimit, uint64_t now_ms);
size_t discord_ratelimit_bucket_count(const struct discord_ratelimit *ratelimit);

#endif
