/* The leases of this process. */

#include "bot/cluster/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/cluster/share.h"
#include "bot/cluster/watch.h"

/* Leases are remembered after they are lost, because their permits are borrowed. */
#define KNOWN_MAX (4 * LEASES_MAX)
#define POOLS_MAX 128

struct pool {
	char *name;
	struct share_pool share;
};

struct lease {
	char *name;
	struct pool *pool;
	unsigned number; /* of a shard */
	uint64_t epoch;
	struct permit permit;
	bool is_held, is_given;
	bool is_renewed; /* by the answer that is being read */
	uint64_t left;   /* counts: the smallest number was lost first */
};

struct leases {
	struct leases_events events;
	void *user;
	char *process;
	unsigned weight;
	struct lease **known; /* sorted by name */
	size_t count, capacity;
	unsigned held;
	struct pool *pools[POOLS_MAX];
	size_t pool_count;
	struct lease_watch watch;
	struct permit own;
	uint64_t sent_ms;
	uint64_t weights;        /* of the other processes that do not leave */
	uint64_t weights_before; /* of those whose names are before this one's */
	unsigned others;
	uint64_t left;
	bool is_leaving;
};

/* ---------------------------------------------------------------- tables */

/* The length of the pool's name in a lease's name, and the shard's number. */
static size_t pool_length(const char *name, unsigned *ret_number)
{
	const char *slash = strrchr(name, '/');
	long number = 0;

	*ret_number = 0;
	if (!str_starts(name, "discord/") || !slash || str_to_long(slash + 1, 0, 1 << 30, &number) < 0)
		return 0;
	*ret_number = (unsigned)number;
	return (size_t)(slash - name);
}

static struct pool *find_pool(const struct leases *leases, const char *name, size_t length)
{
	for (size_t i = 0; i < leases->pool_count; i++) {
		struct pool *pool = leases->pools[i];

		if (strlen(pool->name) == length && memcmp(pool->name, name, length) == 0)
			return pool;
	}
	return NULL;
}

/* NULL: out of memory. */
static struct pool *pool_of(struct leases *leases, const char *name, size_t length)
{
	struct pool *pool = find_pool(leases, name, length);

	if (pool || leases->pool_count == POOLS_MAX)
		return pool;
	pool = calloc(1, sizeof(*pool));
	if (pool)
		pool->name = str_copy_bytes(name, length);
	if (!pool || !pool->name) {
		free(pool);
		return NULL;
	}
	leases->pools[leases->pool_count++] = pool;
	return pool;
}

/* Where the name is in the table, or where it belongs. */
static size_t place_of(const struct leases *leases, const char *name)
{
	size_t low = 0, high = leases->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(leases->known[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct lease *find(const struct leases *leases, const char *name)
{
	size_t place = place_of(leases, name);

	return place < leases->count && str_equal(leases->known[place]->name, name) ? leases->known[place]
										    : NULL;
}

static struct lease *find_held(const struct leases *leases, const char *name)
{
	struct lease *lease = find(leases, name);

	return lease && lease->is_held ? lease : NULL;
}

static void free_lease(struct lease *lease)
{
	free(lease->name);
	free(lease);
}

/* Forget the lease that was lost first. */
static void forget_oldest(struct leases *leases)
{
	size_t oldest = leases->count;

	for (size_t i = 0; i < leases->count; i++) {
		if (!leases->known[i]->is_held &&
				(oldest == leases->count ||
						leases->known[i]->left < leases->known[oldest]->left))
			oldest = i;
	}
	if (oldest == leases->count)
		return;
	free_lease(leases->known[oldest]);
	leases->count--;
	memmove(leases->known + oldest, leases->known + oldest + 1,
			(leases->count - oldest) * sizeof(struct lease *));
}

static struct lease *make_lease(struct leases *leases, const char *name)
{
	struct lease *lease = calloc(1, sizeof(*lease));
	size_t length = pool_length(name, &(unsigned){0});

	if (!lease)
		return NULL;
	pool_length(name, &lease->number);
	lease->name = str_copy(name);
	lease->pool = pool_of(leases, name, length);
	if (!lease->name || !lease->pool) {
		free_lease(lease);
		return NULL;
	}
	return lease;
}

/* NULL: out of memory. */
static struct lease *find_or_add(struct leases *leases, const char *name)
{
	struct lease *lease = find(leases, name);
	size_t place;

	if (lease)
		return lease;
	if (leases->count == KNOWN_MAX)
		forget_oldest(leases);
	if (leases->count == leases->capacity) {
		size_t capacity = leases->capacity ? 2 * leases->capacity : 16;
		struct lease **known = realloc(leases->known, capacity * sizeof(struct lease *));

		if (!known)
			return NULL;
		leases->known = known;
		leases->capacity = capacity;
	}
	lease = make_lease(leases, name);
	if (!lease)
		return NULL;
	place = place_of(leases, name);
	memmove(leases->known + place + 1, leases->known + place,
			(leases->count - place) * sizeof(struct lease *));
	leases->known[place] = lease;
	leases->count++;
	return lease;
}

int leases_new(const struct leases_events *events, void *user, const char *process, unsigned weight,
		struct leases **ret)
{
	struct leases *leases = calloc(1, sizeof(*leases));

	if (!leases)
		return -ENOMEM;
	leases->events = *events;
	leases->user = user;
	leases->weight = weight;
	leases->process = str_copy(process);
	if (!leases->process) {
		free(leases);
		return -ENOMEM;
	}
	*ret = leases;
	return 0;
}

void leases_free(struct leases *leases)
{
	if (!leases)
		return;
	for (size_t i = 0; i < leases->count; i++)
		free_lease(leases->known[i]);
	for (size_t i = 0; i < leases->pool_count; i++) {
		free(leases->pools[i]->name);
		free(leases->pools[i]);
	}
	free(leases->known);
	free(leases->process);
	free(leases);
}

/* ---------------------------------------------------------------- holding and losing */

static void hold(struct leases *leases, struct lease *lease, uint64_t epoch, uint64_t sent_ms)
{
	lease->epoch = epoch;
	lease->permit.until_boot_ms = sent_ms + LEASE_MS - LEASE_GUARD_MS;
	lease->is_renewed = true;
	lease->is_given = false;
	if (lease->is_held)
		return;
	lease->is_held = true;
	leases->held++;
	lease->pool->share.held++;
}

static void let_go(struct leases *leases, struct lease *lease)
{
	lease->permit.until_boot_ms = 0;
	lease->is_held = false;
	lease->left = ++leases->left;
	leases->held--;
	if (!lease->is_given)
		lease->pool->share.held--;
}

static void lose(struct leases *leases, struct lease *lease, const char *why)
{
	let_go(leases, lease);
	leases->events.on_lost(leases->user, lease->name, why);
}

void leases_sent(struct leases *leases, uint64_t boot_ms)
{
	leases->sent_ms = boot_ms;
}

/* Call on_lost for each lease that the answer did not list. An event may change the table. */
static void lose_unlisted(struct leases *leases)
{
	size_t i = 0;

	while (i < leases->count) {
		struct lease *lease = leases->known[i];

		if (!lease->is_held || lease->is_renewed) {
			i++;
			continue;
		}
		lose(leases, lease, "another process has taken it");
		i = 0;
	}
}

void leases_renewed(struct leases *leases, const struct lease_row *rows, size_t count)
{
	for (size_t i = 0; i < leases->count; i++)
		leases->known[i]->is_renewed = false;
	for (size_t i = 0; i < count; i++) {
		struct lease *lease = find_held(leases, rows[i].name);

		if (!lease || lease->epoch != rows[i].epoch)
			continue;
		lease->is_renewed = true;
		lease->permit.until_boot_ms = leases->sent_ms + LEASE_MS - LEASE_GUARD_MS;
	}
	lose_unlisted(leases);
	for (size_t i = 0; i < count; i++) {
		const struct lease *lease = find_held(leases, rows[i].name);

		if (!lease || lease->epoch != rows[i].epoch)
			leases->events.on_stray(leases->user, &rows[i]);
	}
}

void leases_clock(struct leases *leases, uint64_t database_ms, uint64_t boot_ms)
{
	leases->own.until_boot_ms = leases->sent_ms + LEASE_MS - LEASE_GUARD_MS;
	lease_watch_read(&leases->watch, database_ms, leases->sent_ms, boot_ms);
}

void leases_disturbed(struct leases *leases)
{
	lease_watch_restart(&leases->watch);
}

uint64_t leases_lapsed_before(const struct leases *leases, uint64_t boot_ms)
{
	return lease_watch_now(&leases->watch, boot_ms);
}

void leases_taken(struct leases *leases, const struct lease_row *rows, size_t count, uint64_t sent_boot_ms)
{
	for (size_t i = 0; i < count; i++) {
		struct lease *lease = find_or_add(leases, rows[i].name);

		/* What cannot be held is a stray of the next renewal. */
		if (!lease || (!lease->is_held && leases->held == LEASES_MAX))
			continue;
		if (lease->is_held && lease->epoch != rows[i].epoch)
			lose(leases, lease, "this process has taken it again");
		hold(leases, lease, rows[i].epoch, sent_boot_ms);
		leases->events.on_taken(leases->user, &rows[i], &lease->permit);
	}
}

void leases_gave(struct leases *leases, const char *name)
{
	struct lease *lease = find_held(leases, name);

	if (lease)
		let_go(leases, lease);
}

/* ---------------------------------------------------------------- shares */

void leases_hosts(struct leases *leases, const struct lease_host *hosts, size_t count)
{
	leases->weights = leases->weights_before = 0;
	leases->others = 0;
	for (size_t i = 0; i < count; i++) {
		if (str_equal(hosts[i].process, leases->process))
			continue;
		leases->others++;
		if (hosts[i].is_leaving)
			continue;
		leases->weights += hosts[i].weight;
		if (strcmp(hosts[i].process, leases->process) < 0)
			leases->weights_before += hosts[i].weight;
	}
}

unsigned leases_live(const struct leases *leases)
{
	return leases->others + 1;
}

static unsigned share(const struct leases *leases, unsigned all)
{
	return share_of(all, leases->weights_before, leases->weight, leases->weight + leases->weights);
}

unsigned leases_want(struct leases *leases, const char *name, unsigned all, unsigned open, unsigned stale,
		uint64_t boot_ms)
{
	struct pool *pool = leases->is_leaving ? NULL : pool_of(leases, name, strlen(name));
	const struct share_open count = {
			open, stale, leases_lapsed_before(leases, boot_ms) != 0, leases->weight == 0};
	unsigned space = LEASES_MAX - leases->held, want;

	if (!pool)
		return 0;
	want = share_want(&pool->share, share(leases, all), &count, boot_ms);
	return want < space ? want : space;
}

/* A role rather than a connection, which people see leave and join; of shards the one with the highest number, because a
 * new host begins with the lowest. */
static bool goes_before(const struct lease *lease, const struct lease *other)
{
	bool is_role = str_starts(lease->name, "role/"), is_other_role = str_starts(other->name, "role/");

	return is_role != is_other_role ? is_role : lease->number >= other->number;
}

/* The held lease of the pool that is given away first. */
static struct lease *first_to_give(const struct leases *leases, const struct pool *pool)
{
	struct lease *first = NULL;

	for (size_t i = 0; i < leases->count; i++) {
		struct lease *lease = leases->known[i];

		if (lease->is_held && !lease->is_given && lease->pool == pool &&
				(!first || goes_before(lease, first)))
			first = lease;
	}
	return first;
}

const char *leases_to_give(struct leases *leases, const char *name, unsigned all, uint64_t boot_ms)
{
	struct pool *pool = find_pool(leases, name, strlen(name));
	struct lease *lease = pool ? first_to_give(leases, pool) : NULL;

	if (!lease)
		return NULL;
	if (!leases->is_leaving && !share_gives(&pool->share, share(leases, all),
						   *name ? SHARE_ABOVE_SHARDS : SHARE_ABOVE, boot_ms))
		return NULL;
	lease->is_given = true;
	pool->share.held--;
	return lease->name;
}

void leases_leave(struct leases *leases)
{
	leases->is_leaving = true;
}

bool leases_is_leaving(const struct leases *leases)
{
	return leases->is_leaving;
}

/* ---------------------------------------------------------------- what is held */

const struct permit *leases_permit(const struct leases *leases, const char *name)
{
	const struct lease *lease = find_held(leases, name);

	return lease ? &lease->permit : NULL;
}

uint64_t leases_epoch(const struct leases *leases, const char *name)
{
	const struct lease *lease = find_held(leases, name);

	return lease ? lease->epoch : 0;
}

unsigned leases_held(const struct leases *leases)
{
	return leases->held;
}

const struct permit *leases_own_permit(const struct leases *leases)
{
	return &leases->own;
}
