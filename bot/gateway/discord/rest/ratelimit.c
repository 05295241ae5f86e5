/* Rate limits: buckets learned from responses, the global limit kept in advance, a breaker before a ban. */

#include "bot/gateway/discord/rest/ratelimit.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

#define COUNT_DIGITS_MAX   9
#define SECONDS_DIGITS_MAX 12 /* a Unix time has ten */
#define DECIMALS_MAX       9
#define BUCKET_NAME_MAX    128
#define EPOCH_SECONDS_MAX  (UINT64_C(1) << 40)

#define TABLE_SIZE      1024 /* a power of two */
#define WINDOW_SLACK_MS 100  /* the most by which two responses of one window differ in its end */
/* The window of the global limit, plus the difference of two clocks. */
#define GLOBAL_WINDOW_MS 1020
/*
 * Discord counts a request when it arrives, which is known only once its response has come. On a slow network
 * or a busy machine requests would arrive closer together than they were sent: so their slots stay taken.
 */
#define GLOBAL_FLIGHT_MAX_MS 5000
#define CLOUDFLARE_PAUSE_MS  60000u /* if Cloudflare gives no duration */
#define RETRY_DEFAULT_MS     2000u  /* if Discord gives no duration */
#define CROWDED_IDLE_MS      5000u
#define EVICT_EVERY          64 /* new buckets */
#define MINUTE_MS            60000u

struct discord_ratelimit_bucket {
	struct discord_ratelimit_bucket *next;
	uint64_t name, major; /* name: the bucket's; the route's until the bucket is known */
	bool is_known;        /* limit and remaining are known from a response */
	unsigned limit, remaining, under_way;
	uint64_t reset_at_ms; /* 0: no window is open */
	uint64_t window_ms;   /* the id of the window: its end by the server's clock */
	uint64_t hold_ms;     /* no requests until then, whatever remains (a shared limit) */
	uint64_t used_ms;
};

struct route {
	uint64_t route;
	uint64_t bucket;   /* 0: not known */
	bool is_unlimited; /* a success came without rate limit headers */
};

struct discord_ratelimit {
	struct discord_ratelimit_bucket *table[TABLE_SIZE];
	size_t bucket_count;
	struct route routes[DISCORD_RATELIMIT_ROUTES_MAX];
	size_t route_count;
	/* The global limit: a slot is free again a second after its request has arrived. */
	uint64_t *free_at_ms;
	size_t global_rate;       /* the number of slots */
	size_t usable;            /* of these; the others go when they are free */
	bool is_shared;           /* with other processes, each of which has some of the slots */
	size_t next_place;        /* where the search for a free slot starts */
	uint64_t pause_all_ms;    /* end of a pause by Cloudflare or the breaker; exempt requests too */
	uint64_t pause_global_ms; /* end of a pause after a global 429 */
	/* Invalid requests by the minute of their response; the ring knows the minute of each slot. */
	unsigned invalid[DISCORD_RATELIMIT_INVALID_MINS + 1];
	uint64_t invalid_minute[DISCORD_RATELIMIT_INVALID_MINS + 1];
};

int discord_ratelimit_new(unsigned global_rate, struct discord_ratelimit **ret)
{
	struct discord_ratelimit *ratelimit;

	if (!global_rate)
		return -EINVAL;
	ratelimit = calloc(1, sizeof(*ratelimit));
	if (!ratelimit)
		return -ENOMEM;
	ratelimit->free_at_ms = calloc(global_rate, sizeof(*ratelimit->free_at_ms));
	if (!ratelimit->free_at_ms) {
		free(ratelimit);
		return -ENOMEM;
	}
	ratelimit->global_rate = ratelimit->usable = global_rate;
	*ret = ratelimit;
	return 0;
}

void discord_ratelimit_free(struct discord_ratelimit *ratelimit)
{
	if (!ratelimit)
		return;
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		while (ratelimit->table[i]) {
			struct discord_ratelimit_bucket *bucket = ratelimit->table[i];

			ratelimit->table[i] = bucket->next;
			free(bucket);
		}
	}
	free(ratelimit->free_at_ms);
	free(ratelimit);
}

struct discord_ratelimit_key discord_ratelimit_key(const char *route, const char *major, bool is_exempt)
{
	return (struct discord_ratelimit_key){.route = str_hash(0, route, strlen(route)),
			.major = major ? str_hash(0, major, strlen(major)) : 0,
			.is_exempt = is_exempt};
}

/* ---------------------------------------------------------------- routes and buckets */

/* NULL: not known, or the table is full: then requests of the route are sent one at a time. */
static struct route *find_route(struct discord_ratelimit *ratelimit, uint64_t name, bool is_made)
{
	for (size_t i = 0; i < ratelimit->route_count; i++)
		if (ratelimit->routes[i].route == name)
			return &ratelimit->routes[i];
	if (!is_made || ratelimit->route_count == DISCORD_RATELIMIT_ROUTES_MAX)
		return NULL;
	ratelimit->routes[ratelimit->route_count].route = name;
	return &ratelimit->routes[ratelimit->route_count++];
}

static uint64_t bucket_name(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key)
{
	const struct route *route = find_route(ratelimit, key->route, false);

	return route && route->bucket ? route->bucket : key->route;
}

static struct discord_ratelimit_bucket **place_of(
		struct discord_ratelimit *ratelimit, uint64_t name, uint64_t major)
{
	uint64_t mixed = (name ^ (major * UINT64_C(0x9e3779b97f4a7c15))) >> 13;

	return &ratelimit->table[mixed & (TABLE_SIZE - 1)];
}

static struct discord_ratelimit_bucket *find_bucket(
		struct discord_ratelimit *ratelimit, uint64_t name, uint64_t major)
{
	struct discord_ratelimit_bucket *bucket = *place_of(ratelimit, name, major);

	while (bucket && (bucket->name != name || bucket->major != major))
		bucket = bucket->next;
	return bucket;
}

/*
 * Evict buckets that were not used for a while: the next response brings their values again. One without
 * values (each interaction has its own) goes at the next eviction. The more buckets, the shorter the while.
 */
static bool is_idle(const struct discord_ratelimit *ratelimit, const struct discord_ratelimit_bucket *bucket,
		uint64_t now_ms)
{
	uint64_t idle_ms = bucket->is_known ? DISCORD_RATELIMIT_IDLE_MS
					    : 1; /* 0 would evict the bucket in use */

	if (idle_ms > CROWDED_IDLE_MS && ratelimit->bucket_count > DISCORD_RATELIMIT_BUCKETS_MAX / 2)
		idle_ms = CROWDED_IDLE_MS;
	return !bucket->under_way && now_ms >= bucket->reset_at_ms && now_ms >= bucket->hold_ms &&
	       now_ms - bucket->used_ms >= idle_ms;
}

static void evict_idle(struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	for (size_t i = 0; i < TABLE_SIZE; i++) {
		struct discord_ratelimit_bucket **link = &ratelimit->table[i];

		while (*link) {
			struct discord_ratelimit_bucket *bucket = *link;

			if (!is_idle(ratelimit, bucket, now_ms)) {
				link = &bucket->next;
				continue;
			}
			*link = bucket->next;
			free(bucket);
			ratelimit->bucket_count--;
		}
	}
}

static int make_bucket(struct discord_ratelimit *ratelimit, uint64_t name, uint64_t major, uint64_t now_ms,
		struct discord_ratelimit_bucket **ret)
{
	struct discord_ratelimit_bucket **link, *bucket = find_bucket(ratelimit, name, major);

	if (bucket) {
		*ret = bucket;
		return 0;
	}
	if (ratelimit->bucket_count % EVICT_EVERY == EVICT_EVERY - 1 ||
			ratelimit->bucket_count >= DISCORD_RATELIMIT_BUCKETS_MAX)
		evict_idle(ratelimit, now_ms);
	if (ratelimit->bucket_count >= DISCORD_RATELIMIT_BUCKETS_MAX)
		return -ENOSPC;
	bucket = calloc(1, sizeof(*bucket));
	if (!bucket)
		return -ENOMEM;
	bucket->name = name;
	bucket->major = major;
	bucket->used_ms = now_ms;
	link = place_of(ratelimit, name, major);
	bucket->next = *link;
	*link = bucket;
	ratelimit->bucket_count++;
	*ret = bucket;
	return 0;
}

/* ---------------------------------------------------------------- waiting times */

static void raise_to(uint64_t *at_ms, uint64_t to_ms)
{
	if (*at_ms < to_ms)
		*at_ms = to_ms;
}

static uint64_t until(uint64_t at_ms, uint64_t now_ms)
{
	return at_ms > now_ms ? at_ms - now_ms : 0;
}

/* A free slot, or the slot that is free first. A large bot has many, so not all are looked at. */
static size_t first_free(const struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	size_t place = ratelimit->is_shared ? 0 : ratelimit->next_place, first = place;

	for (size_t i = 0; i < ratelimit->usable; i++) {
		if (ratelimit->free_at_ms[place] <= now_ms)
			return place;
		if (ratelimit->free_at_ms[place] < ratelimit->free_at_ms[first])
			first = place;
		place = place + 1 < ratelimit->usable ? place + 1 : 0;
	}
	return first;
}

uint64_t discord_ratelimit_pause_ms(struct discord_ratelimit *ratelimit, bool is_exempt, uint64_t now_ms)
{
	uint64_t at_ms = ratelimit->pause_all_ms, free_at_ms;

	if (is_exempt)
		return until(at_ms, now_ms);
	if (!ratelimit->usable)
		return DISCORD_RATELIMIT_LATER;
	if (at_ms < ratelimit->pause_global_ms)
		at_ms = ratelimit->pause_global_ms;
	free_at_ms = ratelimit->free_at_ms[first_free(ratelimit, now_ms)];
	return until(at_ms > free_at_ms ? at_ms : free_at_ms, now_ms);
}

static uint64_t bucket_wait_ms(struct discord_ratelimit_bucket *bucket, uint64_t now_ms)
{
	if (!bucket->is_known)
		return bucket->under_way ? DISCORD_RATELIMIT_LATER : 0;
	if (bucket->reset_at_ms && now_ms >= bucket->reset_at_ms) {
		bucket->reset_at_ms = 0;
		bucket->remaining = bucket->limit;
	}
	if (bucket->remaining > bucket->under_way)
		return 0;
	if (bucket->reset_at_ms)
		return bucket->reset_at_ms - now_ms;
	return DISCORD_RATELIMIT_LATER;
}

uint64_t discord_ratelimit_wait_ms(
		struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key, uint64_t now_ms)
{
	uint64_t wait_ms = discord_ratelimit_pause_ms(ratelimit, key->is_exempt, now_ms);
	const struct route *route = find_route(ratelimit, key->route, false);
	struct discord_ratelimit_bucket *bucket =
			find_bucket(ratelimit, bucket_name(ratelimit, key), key->major);

	if (!bucket)
		return wait_ms;
	raise_to(&wait_ms, until(bucket->hold_ms, now_ms));
	if (!route || !route->is_unlimited)
		raise_to(&wait_ms, bucket_wait_ms(bucket, now_ms));
	return wait_ms;
}

int discord_ratelimit_take(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key,
		uint64_t now_ms, struct discord_ratelimit_ticket *ret)
{
	struct discord_ratelimit_ticket ticket = {.key = *key, .slot = SIZE_MAX};
	int r;

	r = make_bucket(ratelimit, bucket_name(ratelimit, key), key->major, now_ms, &ticket.bucket);
	if (r < 0)
		return r;
	ticket.bucket->under_way++;
	ticket.bucket->used_ms = now_ms;
	if (!key->is_exempt) {
		ticket.slot = first_free(ratelimit, now_ms);
		ticket.slot_free_ms = now_ms + GLOBAL_FLIGHT_MAX_MS + GLOBAL_WINDOW_MS;
		ratelimit->free_at_ms[ticket.slot] = ticket.slot_free_ms;
		ratelimit->next_place = ticket.slot + 1 < ratelimit->usable ? ticket.slot + 1 : 0;
	}
	*ret = ticket;
	return 0;
}

/* ---------------------------------------------------------------- the global limit of several processes */

int discord_ratelimit_set_slots(
		struct discord_ratelimit *ratelimit, unsigned slots, uint64_t now_ms, unsigned *ret)
{
	size_t count = ratelimit->global_rate;
	uint64_t *longer;

	if (slots > count) {
		longer = realloc(ratelimit->free_at_ms, slots * sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		memset(longer + count, 0, (slots - count) * sizeof(*longer));
		ratelimit->free_at_ms = longer;
		count = slots;
	}
	/* From the end: tickets know their slots by number. */
	while (count > slots && ratelimit->free_at_ms[count - 1] <= now_ms)
		count--;
	ratelimit->global_rate = count;
	ratelimit->usable = slots < count ? slots : count;
	ratelimit->is_shared = true;
	*ret = (unsigned)count;
	return 0;
}

unsigned discord_ratelimit_slots_in_use(const struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	unsigned count = 0;

	for (size_t i = 0; i < ratelimit->global_rate; i++)
		count += ratelimit->free_at_ms[i] > now_ms;
	return count;
}

void discord_ratelimit_pause(struct discord_ratelimit *ratelimit, uint64_t pause_ms, uint64_t now_ms)
{
	raise_to(&ratelimit->pause_global_ms, now_ms + pause_ms);
}

uint64_t discord_ratelimit_global_pause_ms(const struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	return until(ratelimit->pause_global_ms, now_ms);
}

unsigned discord_ratelimit_room(
		struct discord_ratelimit *ratelimit, const struct discord_ratelimit_key *key, uint64_t now_ms)
{
	const struct route *route = find_route(ratelimit, key->route, false);
	struct discord_ratelimit_bucket *bucket =
			find_bucket(ratelimit, bucket_name(ratelimit, key), key->major);

	if (route && route->is_unlimited)
		return UINT_MAX;
	if (!bucket)
		return 1;
	if (until(bucket->hold_ms, now_ms) || bucket_wait_ms(bucket, now_ms))
		return 0;
	return bucket->is_known ? bucket->remaining - bucket->under_way : 1;
}

/* ---------------------------------------------------------------- learning from responses */

static void free_slot(struct discord_ratelimit *ratelimit, const struct discord_ratelimit_ticket *ticket,
		uint64_t now_ms)
{
	uint64_t *at_ms;

	if (ticket->slot >= ratelimit->global_rate)
		return;
	at_ms = &ratelimit->free_at_ms[ticket->slot];
	/* After a slow response the slot may be taken again. */
	if (*at_ms == ticket->slot_free_ms && *at_ms > now_ms + GLOBAL_WINDOW_MS)
		*at_ms = now_ms + GLOBAL_WINDOW_MS;
}

/* Responses overtake each other: the lowest count of the latest window is right. */
static void learn_window(struct discord_ratelimit_bucket *bucket,
		const struct discord_ratelimit_headers *headers, uint64_t now_ms)
{
	uint64_t reset_at_ms = now_ms + headers->reset_after_ms;
	uint64_t window_ms = headers->reset_ms ? headers->reset_ms : reset_at_ms;
	bool is_open = bucket->is_known && bucket->reset_at_ms && now_ms < bucket->reset_at_ms;

	if (is_open && window_ms + WINDOW_SLACK_MS < bucket->window_ms)
		return; /* of an earlier window */
	bucket->limit = headers->limit;
	if (is_open && window_ms <= bucket->window_ms + WINDOW_SLACK_MS) {
		if (headers->remaining < bucket->remaining)
			bucket->remaining = headers->remaining;
		if (reset_at_ms > bucket->reset_at_ms)
			bucket->reset_at_ms = reset_at_ms;
		return;
	}
	bucket->is_known = true;
	bucket->remaining = headers->remaining;
	bucket->reset_at_ms = reset_at_ms;
	bucket->window_ms = window_ms;
}

static struct discord_ratelimit_bucket *learn(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, int status,
		const struct discord_ratelimit_headers *headers, uint64_t now_ms)
{
	struct discord_ratelimit_bucket *bucket = ticket->bucket;
	struct route *route;

	if (headers->has_window) {
		route = find_route(ratelimit, ticket->key.route, true);
		if (route) {
			route->bucket = headers->bucket;
			route->is_unlimited = false;
		}
		/* Out of memory for the new bucket: keep the old one. */
		if (route && bucket->name != headers->bucket)
			(void)make_bucket(ratelimit, headers->bucket, ticket->key.major, now_ms, &bucket);
		learn_window(bucket, headers, now_ms);
	} else if (status >= 200 && status < 300) {
		route = find_route(ratelimit, ticket->key.route, true);
		if (route && !route->bucket)
			route->is_unlimited = true;
	}
	return bucket;
}

static void count_invalid(struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	uint64_t minute = now_ms / MINUTE_MS;
	size_t place = (size_t)(minute % (DISCORD_RATELIMIT_INVALID_MINS + 1));

	if (ratelimit->invalid_minute[place] != minute) {
		ratelimit->invalid_minute[place] = minute;
		ratelimit->invalid[place] = 0;
	}
	ratelimit->invalid[place]++;
	/* A minute at a time, until enough invalid requests have expired. */
	if (discord_ratelimit_invalid_count(ratelimit, now_ms) >= DISCORD_RATELIMIT_INVALID_MAX &&
			ratelimit->pause_all_ms < now_ms + MINUTE_MS)
		ratelimit->pause_all_ms = now_ms + MINUTE_MS;
}

unsigned discord_ratelimit_invalid_count(const struct discord_ratelimit *ratelimit, uint64_t now_ms)
{
	uint64_t minute = now_ms / MINUTE_MS;
	unsigned count = 0;

	for (size_t i = 0; i <= DISCORD_RATELIMIT_INVALID_MINS; i++)
		if (ratelimit->invalid_minute[i] + DISCORD_RATELIMIT_INVALID_MINS >= minute)
			count += ratelimit->invalid[i];
	return count;
}

/* The body has the exact time, the header whole seconds; Reset-After may be too small for a shared limit. */
static uint64_t retry_ms(const struct discord_ratelimit_headers *headers,
		const struct discord_ratelimit_refusal *refusal, uint64_t default_ms)
{
	if (refusal->has_retry_after)
		return refusal->retry_after_ms;
	if (headers->has_retry_after)
		return headers->retry_after_ms;
	return headers->has_window && headers->reset_after_ms ? headers->reset_after_ms : default_ms;
}

/* Apply a 429. Returns how long the request itself has to wait beyond its bucket. */
static uint64_t learn_refusal(struct discord_ratelimit *ratelimit, struct discord_ratelimit_bucket *bucket,
		const struct discord_ratelimit_headers *headers,
		const struct discord_ratelimit_refusal *refusal, uint64_t now_ms)
{
	uint64_t wait_ms;

	if (!refusal->is_json && !headers->has_via) {
		wait_ms = retry_ms(headers, refusal, CLOUDFLARE_PAUSE_MS);
		raise_to(&ratelimit->pause_all_ms, now_ms + wait_ms);
		return 0;
	}
	wait_ms = retry_ms(headers, refusal, RETRY_DEFAULT_MS);
	if (headers->is_global || headers->scope == DISCORD_SCOPE_GLOBAL || refusal->is_global) {
		raise_to(&ratelimit->pause_global_ms, now_ms + wait_ms);
		return 0;
	}
	if (headers->scope == DISCORD_SCOPE_SHARED) {
		raise_to(&bucket->hold_ms, now_ms + wait_ms);
		return 0;
	}
	if (headers->has_window && headers->remaining == 0) {
		raise_to(&bucket->reset_at_ms, now_ms + wait_ms);
		return 0;
	}
	return wait_ms; /* a limit within the bucket that concerns this request only */
}

uint64_t discord_ratelimit_answer(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, int status,
		const struct discord_ratelimit_headers *headers,
		const struct discord_ratelimit_refusal *refusal, uint64_t now_ms)
{
	struct discord_ratelimit_bucket *bucket;

	ticket->bucket->under_way--;
	ticket->bucket->used_ms = now_ms;
	free_slot(ratelimit, ticket, now_ms);
	bucket = learn(ratelimit, ticket, status, headers, now_ms);
	bucket->used_ms = now_ms;
	if (status == 401 || status == 403 || (status == 429 && headers->scope != DISCORD_SCOPE_SHARED))
		count_invalid(ratelimit, now_ms);
	return status == 429 ? learn_refusal(ratelimit, bucket, headers, refusal, now_ms) : 0;
}

void discord_ratelimit_lost(struct discord_ratelimit *ratelimit,
		const struct discord_ratelimit_ticket *ticket, uint64_t now_ms)
{
	struct discord_ratelimit_bucket *bucket = ticket->bucket;

	bucket->under_way--;
	bucket->used_ms = now_ms;
	free_slot(ratelimit, ticket, now_ms);
	if (!bucket->is_known)
		return;
	/* Discord may have counted it, and it may have opened a window: the next request goes alone. */
	if (bucket->reset_at_ms && now_ms < bucket->reset_at_ms)
		bucket->remaining -= bucket->remaining > 0;
	else
		bucket->is_known = false;
}

size_t discord_ratelimit_bucket_count(const struct discord_ratelimit *ratelimit)
{
	return ratelimit->bucket_count;
}

/* ---------------------------------------------------------------- headers */

/* Up to digits_max digits; *at is moved behind them. False: no digits, or more. */
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

static enum discord_ratelimit_scope read_scope(const char *text)
{
	if (str_equal(text, "user"))
		return DISCORD_SCOPE_USER;
	if (str_equal(text, "global"))
		return DISCORD_SCOPE_GLOBAL;
	return str_equal(text, "shared") ? DISCORD_SCOPE_SHARED : DISCORD_SCOPE_NONE;
}

void discord_ratelimit_read(
		const struct discord_ratelimit_texts *texts, struct discord_ratelimit_headers *ret)
{
	struct discord_ratelimit_headers headers = {0};
	size_t name_bytes = texts->bucket ? strlen(texts->bucket) : 0;

	headers.has_window = name_bytes > 0 && name_bytes <= BUCKET_NAME_MAX &&
			     read_count(texts->limit, &headers.limit) && headers.limit > 0 &&
			     read_count(texts->remaining, &headers.remaining) &&
			     read_seconds(texts->reset_after, DISCORD_RATELIMIT_DURATION_MAX_MS,
					     &headers.reset_after_ms);
	if (headers.has_window)
		headers.bucket = str_hash(0, texts->bucket, name_bytes);
	if (!read_seconds(texts->reset, EPOCH_SECONDS_MAX * 1000, &headers.reset_ms))
		headers.reset_ms = 0;
	headers.has_retry_after = read_seconds(
			texts->retry_after, DISCORD_RATELIMIT_DURATION_MAX_MS, &headers.retry_after_ms);
	headers.is_global = str_equal_nocase(texts->global, "true");
	headers.scope = read_scope(texts->scope);
	headers.has_via = texts->via && *texts->via;
	*ret = headers;
}
