/*
 * bot/cluster/cluster.h in virtual time: one process at a time, over the database of line.c. A lease is lost only if the
 * database was away for longer than a lease, and another process took it meanwhile.
 */

#include "bot/cluster/cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/net/loop.h"
#include "bot/store/remote.h"
#include "tests/sim/line.h"
#include "tests/sim/world.h"

#define LEASES     32
#define NAME_BYTES 200
#define SLOTS      50

struct held {
	struct lease_wanted wanted;
	char name[NAME_BYTES], gateway[NAME_BYTES], type[NAME_BYTES];
	struct permit permit;
	uint64_t epoch;
	bool is_wanted, is_held, is_loaded;
	char *position; /* as this process told it last; may be NULL */
};

struct cluster {
	struct loop *loop;
	struct cluster_events events;
	void *user;
	struct store *store;
	struct timer *beat;
	struct held leases[LEASES];
	size_t count;
	struct permit permit; /* of the process */
	bool is_ready, is_up, is_leaving;
	struct gate *gate;
	struct cluster_slots_events slots;
	void *slots_user;
	struct timer *moved;
	unsigned slots_held;
	bool has_slots;
};

static void name_lease(const struct lease_wanted *wanted, char ret[NAME_BYTES])
{
	if (wanted->kind == LEASE_SHARD)
		snprintf(ret, NAME_BYTES, "%s/%s/%u/%u", wanted->type, wanted->gateway, wanted->total,
				wanted->number);
	else if (wanted->kind == LEASE_ROLE)
		snprintf(ret, NAME_BYTES, "role/%s%s%s", wanted->type, *wanted->gateway ? "/" : "",
				wanted->gateway);
	else
		snprintf(ret, NAME_BYTES, "%s/%s", wanted->type, wanted->gateway);
}

static struct held *held_named(struct cluster *cluster, const char *name)
{
	for (size_t i = 0; i < cluster->count; i++) {
		if (strcmp(cluster->leases[i].name, name) == 0)
			return &cluster->leases[i];
	}
	return NULL;
}

static void on_claimed(void *user, const struct store_claim *claim, int error)
{
	struct cluster *cluster = user;
	struct held *held = held_named(cluster, claim->lease);
	struct lease_row row;

	if (!held || !held->is_held || error)
		return;
	row = (struct lease_row){held->name, held->epoch, line_position(held->name)};
	if (held->is_loaded) {
		cluster->events.on_opened(cluster->user, held->wanted.gateway);
		return;
	}
	held->is_loaded = true;
	cluster->events.on_taken(cluster->user, &held->wanted, &row, &held->permit);
	if (held->wanted.kind == LEASE_SHARD)
		cluster->events.on_opened(cluster->user, held->wanted.gateway);
}

static void take(struct cluster *cluster, struct held *held)
{
	struct store_claim claim = {.lease = held->name,
			.gateway = held->wanted.gateway,
			.number = held->wanted.number,
			.total = held->wanted.kind == LEASE_SHARD ? held->wanted.total : 0};

	if (!held->is_held) {
		held->epoch = line_take_lease(held->name);
		held->is_held = true;
		held->is_loaded = false;
	}
	held->permit.until_boot_ms = world_now_ms() + LEASE_MS - LEASE_GUARD_MS;
	claim.epoch = held->epoch;
	(void)remote_claim(cluster->store, &claim, on_claimed, cluster);
}

static void lose(struct cluster *cluster, struct held *held)
{
	held->is_held = held->is_loaded = false;
	held->permit.until_boot_ms = 0;
	free(held->position);
	held->position = NULL;
	cluster->events.on_lost(cluster->user, &held->wanted, "another process has taken it");
	remote_unclaim(cluster->store, held->name);
}

static void beat(void *user)
{
	struct cluster *cluster = user;
	bool is_take_due = false;

	timer_set(cluster->beat, LEASE_BEAT_MS);
	if (!cluster->is_up)
		return;
	cluster->permit.until_boot_ms = world_now_ms() + LEASE_MS - LEASE_GUARD_MS;
	for (size_t i = 0; i < cluster->count; i++) {
		struct held *held = &cluster->leases[i];

		if (held->is_held && !line_holds_lease(held->name, held->epoch))
			lose(cluster, held);
		else if (held->is_held)
			held->permit.until_boot_ms = world_now_ms() + LEASE_MS - LEASE_GUARD_MS;
		if (held->is_held && (!held->is_loaded || line_has_handed_in(held->wanted.gateway)))
			take(cluster, held);
		is_take_due = is_take_due || (held->is_wanted && !held->is_held);
	}
	/* The last owner may still believe in its lease. */
	if (!is_take_due || cluster->is_leaving || world_percent(60))
		return;
	for (size_t i = 0; i < cluster->count; i++) {
		struct held *held = &cluster->leases[i];

		if (held->is_wanted && !held->is_held)
			take(cluster, held);
	}
}

static void on_up(void *user)
{
	struct cluster *cluster = user;

	cluster->is_up = true;
	cluster->permit.until_boot_ms = world_now_ms() + LEASE_MS - LEASE_GUARD_MS;
	if (!cluster->is_ready) {
		cluster->is_ready = true;
		cluster->events.on_ready(cluster->user);
	}
	/* Loads that were under way are lost. */
	for (size_t i = 0; i < cluster->count; i++) {
		struct held *held = &cluster->leases[i];

		if (held->is_held && !held->is_loaded && line_holds_lease(held->name, held->epoch))
			take(cluster, held);
		if (held->is_held && held->position)
			line_put_position(held->name, held->epoch, held->position);
	}
}

static void on_down(void *user)
{
	struct cluster *cluster = user;

	cluster->is_up = false;
}

static void on_moved(void *user);

int cluster_new(struct loop *loop, const struct database_config *config, const struct cluster_events *events,
		void *user, struct cluster **ret)
{
	struct cluster *cluster = calloc(1, sizeof(*cluster));
	const struct store_line line = line_for_store();
	char process[64];

	(void)config;
	if (!cluster)
		return -ENOMEM;
	cluster->loop = loop;
	cluster->events = *events;
	cluster->user = user;
	cluster->beat = timer_new(loop, beat, cluster);
	snprintf(process, sizeof(process), "sim/%08x", world_life());
	cluster->moved = timer_new(loop, on_moved, cluster);
	if (!cluster->beat || !cluster->moved || store_new_remote(&line, process, &cluster->store) < 0 ||
			gate_new(&cluster->gate) < 0)
		abort();
	timer_set(cluster->beat, LEASE_BEAT_MS);
	line_connect(cluster->store, on_up, on_down, cluster);
	*ret = cluster;
	return 0;
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	line_disconnect();
	timer_free(cluster->beat);
	timer_free(cluster->moved);
	gate_free(cluster->gate);
	for (size_t i = 0; i < cluster->count; i++)
		free(cluster->leases[i].position);
	store_close(cluster->store);
	free(cluster);
}

struct store *cluster_store(struct cluster *cluster)
{
	return cluster->store;
}

static void want(struct cluster *cluster, const struct lease_wanted *wanted)
{
	struct held *held;
	char name[NAME_BYTES];

	name_lease(wanted, name);
	held = held_named(cluster, name);
	if (!held) {
		if (cluster->count == LEASES)
			abort();
		held = &cluster->leases[cluster->count++];
		*held = (struct held){.wanted = *wanted};
		snprintf(held->name, sizeof(held->name), "%s", name);
		snprintf(held->gateway, sizeof(held->gateway), "%s", wanted->gateway);
		snprintf(held->type, sizeof(held->type), "%s", wanted->type);
		held->wanted.gateway = held->gateway;
		held->wanted.type = held->type;
	}
	held->is_wanted = true;
}

/* Those that the database knows of. */
static void want_shards(struct cluster *cluster, const char *gateway)
{
	for (unsigned number = 0; number < line_shards(); number++) {
		const struct lease_wanted wanted = {LEASE_SHARD, gateway, "discord", line_shards(), number};

		want(cluster, &wanted);
	}
}

int cluster_want(struct cluster *cluster, const struct lease_wanted *leases, size_t count)
{
	for (size_t i = 0; i < cluster->count; i++) {
		if (cluster->leases[i].wanted.kind != LEASE_SHARD)
			cluster->leases[i].is_wanted = false;
	}
	for (size_t i = 0; i < count; i++) {
		want(cluster, &leases[i]);
		if (leases[i].kind == LEASE_ROLE && *leases[i].gateway)
			want_shards(cluster, leases[i].gateway);
	}
	return 0;
}

void cluster_gave(struct cluster *cluster, const struct lease_wanted *lease, const char *position)
{
	char name[NAME_BYTES];
	struct held *held;

	name_lease(lease, name);
	held = held_named(cluster, name);
	if (!held || !held->is_held)
		return;
	if (position)
		line_put_position(name, held->epoch, position);
	held->is_held = held->is_loaded = held->is_wanted = false;
	remote_unclaim(cluster->store, held->name);
}

void cluster_leave(struct cluster *cluster, void (*left)(void *user), void *user)
{
	cluster->is_leaving = true;
	for (size_t i = 0; i < cluster->count; i++) {
		if (cluster->leases[i].is_held && cluster->leases[i].is_loaded)
			cluster->events.on_give(cluster->user, &cluster->leases[i].wanted);
	}
	left(user);
}

const struct permit *cluster_permit(const struct cluster *cluster, const struct lease_wanted *lease)
{
	char name[NAME_BYTES];

	name_lease(lease, name);
	for (size_t i = 0; i < cluster->count; i++) {
		if (strcmp(cluster->leases[i].name, name) == 0)
			return cluster->leases[i].is_held ? &cluster->leases[i].permit : NULL;
	}
	return NULL;
}

const struct permit *cluster_own_permit(const struct cluster *cluster)
{
	return &cluster->permit;
}

unsigned cluster_live(const struct cluster *cluster)
{
	(void)cluster;
	return 1;
}

/* The shards of a Discord gateway. */
void cluster_total(struct cluster *cluster, const char *gateway, unsigned total)
{
	line_set_shards(total);
	want_shards(cluster, gateway);
}

/* With the next batch, if the lease is still held. */
void cluster_position(struct cluster *cluster, const char *gateway, unsigned total, unsigned number,
		const char *position, bool is_ready)
{
	const struct lease_wanted wanted = {LEASE_SHARD, gateway, "discord", total, number};
	char name[NAME_BYTES];
	struct held *held;

	(void)is_ready;
	name_lease(&wanted, name);
	held = held_named(cluster, name);
	if (!held || !held->is_held)
		return;
	free(held->position);
	held->position = str_copy(position);
	line_put_position(name, held->epoch, position);
}

struct gate *cluster_gate(struct cluster *cluster, const char *gateway)
{
	(void)gateway;
	return cluster->gate;
}

void cluster_gate_turn(struct cluster *cluster, const char *gateway)
{
	struct gate_request request;

	(void)gateway;
	while (gate_wants(cluster->gate, world_now_ms(), &request)) {
		uint64_t wait_ms = line_reserve_identify();

		gate_granted(cluster->gate, request.total, request.shard, world_now_ms(), world_now_ms(),
				wait_ms == UINT64_MAX ? -1.0 : (double)wait_ms / 1000);
	}
}

void cluster_starts(struct cluster *cluster, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency)
{
	(void)gateway;
	(void)total;
	(void)remaining;
	(void)reset_after_ms;
	gate_set_concurrency(cluster->gate, concurrency);
}

/* All slots, in a later turn. */
static void on_moved(void *user)
{
	struct cluster *cluster = user;

	if (cluster->has_slots)
		cluster->slots.on_moved(cluster->slots_user, 0, cluster->slots_held);
}

void cluster_slots_listen(struct cluster *cluster, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user)
{
	(void)gateway;
	(void)rate;
	cluster->has_slots = events != NULL;
	if (events)
		cluster->slots = *events;
	cluster->slots_user = user;
}

void cluster_slots_move(struct cluster *cluster, const char *gateway, int change)
{
	(void)gateway;
	if (change < 0)
		cluster->slots_held -= (unsigned)-change;
	else if (cluster->slots_held + (unsigned)change <= SLOTS)
		cluster->slots_held += (unsigned)change;
	timer_set(cluster->moved, 1);
}

void cluster_slots_pause(struct cluster *cluster, const char *gateway, uint64_t pause_ms)
{
	(void)cluster;
	(void)gateway;
	(void)pause_ms;
}

const char *cluster_describe(struct cluster *cluster)
{
	(void)cluster;
	return "";
}

const char *cluster_host(const struct cluster *cluster)
{
	(void)cluster;
	return "host";
}

const char *cluster_reason(const struct cluster *cluster)
{
	(void)cluster;
	return line_is_away() ? "the simulated database is away" : NULL;
}
