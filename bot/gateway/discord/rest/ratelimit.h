#ifndef EPISODED_DISCORD_RATELIMIT_H
#define EPISODED_DISCORD_RATELIMIT_H

/*
 * Discord's rate limits, as its answers tell them. Pure: times go in
 * (monotonic), "now" or "in n ms" comes out.
 *
 * A route ("POST /channels/{}/messages") belongs to a bucket that only the
 * answers name; a bucket counts for each major parameter (a channel, a guild, a
 * webhook) alone. Until a bucket has been seen, one request at a time goes to
 * it. Reset times are taken as upper bounds and requests under way as spent, so
 * keeping to what is said here never provokes a 429 by oneself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCORD_RATELIMIT_ROUTES_MAX      256  /* of bot routes; more are possible only by a bug */
#define DISCORD_RATELIMIT_BUCKETS_MAX     8192 /* channels spoken in lately, about */
#define DISCORD_RATELIMIT_IDLE_MS         300000u
#define DISCORD_RATELIMIT_INVALID_MAX     2000u /* in ten minutes; Discord bans an address at 10,000 */
#define DISCORD_RATELIMIT_INVALID_MINS    10
#define DISCORD_RATELIMIT_DURATION_MAX_MS (24u * 60 * 60 * 1000)

enum discord_ratelimit_scope {
	DISCORD_SCOPE_NONE,
	DISCORD_SCOPE_USER,
	DISCORD_SCOPE_GLOBAL,
	DISCORD_SCOPE_SHARED
};

/* The texts of an answer's headers, NULL where there is none. */
struct discord_ratelimit_texts {
	const char *limit, *remaining, *reset, *reset_after, *bucket, *global, *scope, *retry_after, *via;
};

struct discord_ratelimit_headers {
	bool has_window; /* limit, remaining, reset_after_ms and bucket were all there */
	uint64_t bucket; /* a hash of its name */
	unsigned limit, remaining;
	uint64_t reset_after_ms;
	uint64_t reset_ms; /* the server's clock: tells one window from the next, never a time of ours; or 0 */
	bool has_retry_after;
	uint64_t retry_after_ms;
	bool is_global;
	enum discord_ratelimit_scope scope;
	bool has_via; /* Discord's own proxy was on the way; Cloudflare's refusals lack it */
};

/*
 * ratelimit_read - what an answer's headers say.
 *
 * Shape:   counts: 1 to 9 digits; durations: seconds, 1 to 12 digits and up to 9 decimals;
 *          bucket: 1 to 128 bytes; global: "true"; scope: "user", "global" or "shared".
 * Units:   milliseconds, rounded up, at most DISCORD_RATELIMIT_DURATION_MAX_MS.
 * Errors:  none: what is malformed is as good as missing.
 * Source:  Discord API v10, "Rate limits".
 */
void discord_ratelimit_read(
		const struct discord_ratelimit_texts *texts, struct discord_ratelimit_headers *ret);

/* Where a request counts. Make one with discord_ratelimit_key(). */
struct discord_ratelimit_key {
	uint64_t route, major;
	bool is_exempt; /* from the global limit: interactions and their webhooks */
};

struct discord_ratelimit_key discord_ratelimit_key(const char *route, const char *major, bool is_exempt);

struct discord_ratelimit; /* opaque: gateway/discord/rest/ratelimit.c */
struct discord_ratelimit_bucket;

/* A request under way; hand it to discord_ratelimit_answer() or discord_ratelimit_lost(), once. */
struct discord_ratelimit_ticket {
	struct discord_ratelimit_key key;
	struct discord_ratelimit_bucket *bucket;
	size_t slot;           /* of the global limit */
	uint64_t slot_free_ms; /* when it is free again at the latest */
};

/* global_rate: requests a second. -EINVAL when 0, -ENOMEM. */
int discord_ratelimit_new(unsigned global_rate, struct discord_ratelimit **ret);
void discord_ratelimit_free(struct discord_ratelimit *ratelimit); /* NULL-safe */

#define DISCORD_RATELIMIT_LATER UINT64_MAX /* not before an answer that is under way has come */

/* 0: now. Otherwise ask again after so many milliseconds. */
uint64_t discord_ratelimit_wait_ms(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_key *key, uint64_t now_ms);

/* The same for everything: a pause, the breaker, the global limit. A request that is not exempt waits at
 * least so long. */
uint64_t discord_ratelimit_pause_ms(struct discord_ratelimit *ratelimit, bool is_exempt, uint64_t now_ms);

/* Only when discord_ratelimit_wait_ms() said now. -ENOMEM, -ENOSPC: too many buckets. */
int discord_ratelimit_take(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key,
		uint64_t now_ms, struct discord_ratelimit_ticket *ret);

/* What a 429 says beside its headers; zeros where its body was no JSON. */
struct discord_ratelimit_refusal {
	bool is_json;
	bool is_global;
	bool has_retry_after;
	uint64_t retry_after_ms;
};

/* The answer has come. refusal only with status 429. Returns for how long this request, and only this one,
 * must be held; 0 with every status but 429. */
uint64_t discord_ratelimit_answer(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, int status,
		const struct discord_ratelimit_headers *headers,
		const struct discord_ratelimit_refusal *refusal, uint64_t now_ms);

/* No answer will come: nobody knows whether it was counted. */
void discord_ratelimit_lost(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, uint64_t now_ms);

/* Requests of the last ten minutes that Discord counts as invalid. */
unsigned discord_ratelimit_invalid_count(const struct discord_ratelimit *ratelimit, uint64_t now_ms);
size_t discord_ratelimit_bucket_count(const struct discord_ratelimit *ratelimit);

#endif
