#ifndef EPISODED_LEASE_WORLD_H
#define EPISODED_LEASE_WORLD_H

/*
 * Processes that share leases in a database, in virtual time: each with its own clock, pauses, deaths and broken
 * connections; the database's clock is set forward and back. The statements are executed as bot/postgres/statements.c
 * words them. The real bot/cluster/lease.c decides.
 */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/cluster/lease.h"
#include "bot/cluster/share.h"

#define WORLD_PROCESSES 4
#define WORLD_LEASES    12 /* of one set of shards */
#define WORLD_STEP_MS   10
#define WORLD_POOL      "discord/home/12"

struct world_row {
	char name[32];
	int owner; /* of the process's number; -1: free */
	uint64_t epoch;
	int64_t deadline; /* by the database's clock */
};

enum world_ask { WORLD_BEAT, WORLD_TAKE };

/* A statement under way. */
struct world_call {
	bool is_busy, is_executed;
	enum world_ask ask;
	uint64_t executes_at, answers_at, sent_boot;
	unsigned count;
	uint64_t lapsed_before;
	/* Its answer. */
	struct lease_row rows[WORLD_LEASES];
	size_t row_count;
	unsigned open, stale;
	int64_t clock;
};

struct world_process {
	bool is_alive, is_connected;
	int id; /* new with each start */
	char name[16];
	struct leases *leases;
	int64_t offset; /* of its clock */
	double rate;    /* of its clock */
	uint64_t paused_until, starts_at, connects_at, beats_at, cut_at;
	uint64_t live_until; /* its row in the table of hosts */
	struct world_call call;
	struct world *world;
	/* A give that is on its way. */
	struct {
		char name[32];
		uint64_t epoch, executes_at;
	} gives[WORLD_LEASES];
	size_t give_count;
	unsigned taken, lost;
};

struct world {
	struct random random;
	uint64_t now;
	int64_t step; /* of the database's clock */
	uint64_t away_until;
	struct world_row rows[WORLD_LEASES];
	struct world_process processes[WORLD_PROCESSES];
	bool is_careless; /* a mutant: a lapsed lease is taken by the database's clock alone */
	bool is_calm;
	int ids;
	unsigned takes, lapses, doubles;
};

static int64_t world_clock(const struct world *world)
{
	return INT64_C(1800000000000) + (int64_t)world->now + world->step;
}

static uint64_t world_boot(const struct world_process *process)
{
	return (uint64_t)((double)process->world->now * process->rate) + (uint64_t)process->offset;
}

static uint64_t world_chance(struct world *world, uint64_t bound)
{
	return random_below(&world->random, bound);
}

static void world_give(struct world_process *process, const char *name, uint64_t epoch)
{
	if (process->give_count == WORLD_LEASES)
		return;
	snprintf(process->gives[process->give_count].name, sizeof(process->gives[0].name), "%s", name);
	process->gives[process->give_count].epoch = epoch;
	process->gives[process->give_count++].executes_at =
			process->world->now + 1 + world_chance(process->world, 50);
}

static void world_on_taken(void *user, const struct lease_row *row, const struct permit *permit)
{
	struct world_process *process = user;

	(void)row;
	(void)permit;
	process->taken++;
}

static void world_on_lost(void *user, const char *name, const char *why)
{
	struct world_process *process = user;

	(void)name;
	(void)why;
	process->lost++;
}

static void world_on_stray(void *user, const struct lease_row *row)
{
	world_give(user, row->name, row->epoch);
}

static void world_start_process(struct world *world, struct world_process *process)
{
	static const struct leases_events events = {world_on_taken, world_on_lost, world_on_stray};

	leases_free(process->leases);
	*process = (struct world_process){
			.is_alive = true,
			.id = world->ids++,
			.offset = 1 + (int64_t)world_chance(world, 1000000000),
			.rate = 1 + ((double)world_chance(world, 1001) - 500) / 1e6,
			.connects_at = world->now + world_chance(world, 1000),
			.world = world,
	};
	snprintf(process->name, sizeof(process->name), "p/%d", process->id);
	if (leases_new(&events, process, process->name, 1, &process->leases))
		abort();
}

/* ---------------------------------------------------------------- the database */

static void world_execute_beat(struct world *world, struct world_process *process)
{
	struct world_call *call = &process->call;

	process->live_until = world->now + LEASE_MS;
	for (int i = 0; i < WORLD_LEASES; i++) {
		struct world_row *row = &world->rows[i];

		if (row->owner == process->id) {
			row->deadline = world_clock(world) + LEASE_MS;
			call->rows[call->row_count++] = (struct lease_row){row->name, row->epoch, ""};
		}
		if (row->owner < 0 || row->deadline < world_clock(world)) {
			call->open++;
			call->stale += row->deadline <= world_clock(world) - SHARE_OPEN_MS;
		}
	}
	call->clock = world_clock(world);
}

static void world_execute_take(struct world *world, struct world_process *process)
{
	struct world_call *call = &process->call;

	for (int i = 0; i < WORLD_LEASES && call->row_count < call->count; i++) {
		struct world_row *row = &world->rows[i];
		bool is_lapsed = row->deadline < world_clock(world) &&
				 (world->is_careless || row->deadline < (int64_t)call->lapsed_before);

		if (row->owner >= 0 && !is_lapsed)
			continue;
		world->takes++;
		world->lapses += row->owner >= 0;
		row->owner = process->id;
		row->epoch++;
		row->deadline = world_clock(world) + LEASE_MS;
		call->rows[call->row_count++] = (struct lease_row){row->name, row->epoch, ""};
	}
}

static void world_execute_gives(struct world *world, struct world_process *process)
{
	for (size_t i = 0; i < process->give_count; i++) {
		if (process->gives[i].executes_at > world->now)
			continue;
		for (int j = 0; j < WORLD_LEASES; j++) {
			struct world_row *row = &world->rows[j];

			if (row->owner == process->id && row->epoch == process->gives[i].epoch &&
					strcmp(row->name, process->gives[i].name) == 0) {
				row->owner = -1;
				row->deadline = world_clock(world);
			}
		}
		process->gives[i] = process->gives[--process->give_count];
		i--;
	}
}

/* ---------------------------------------------------------------- a process */

static uint64_t world_latency(struct world *world)
{
	if (world->is_calm || world_chance(world, 40))
		return 1 + world_chance(world, 20);
	return world_chance(world, 3500);
}

static void world_send(struct world *world, struct world_process *process, enum world_ask ask)
{
	process->call = (struct world_call){
			.is_busy = true,
			.ask = ask,
			.sent_boot = world_boot(process),
			.executes_at = world->now + world_latency(world),
	};
	process->call.answers_at = process->call.executes_at + world_latency(world);
}

static void world_hear_beat(struct world *world, struct world_process *process, const struct world_call *call)
{
	struct lease_host hosts[WORLD_PROCESSES];
	uint64_t boot = world_boot(process);
	const char *name;
	size_t count = 0;
	unsigned want;

	for (int i = 0; i < WORLD_PROCESSES; i++) {
		if (world->now < world->processes[i].live_until)
			hosts[count++] = (struct lease_host){world->processes[i].name, "p", 1, false};
	}
	leases_clock(process->leases, (uint64_t)call->clock, boot);
	leases_renewed(process->leases, call->rows, call->row_count);
	leases_hosts(process->leases, hosts, count);
	name = leases_to_give(process->leases, WORLD_POOL, WORLD_LEASES, boot);
	if (name) {
		uint64_t epoch = leases_epoch(process->leases, name);

		leases_gave(process->leases, name);
		world_give(process, name, epoch);
	}
	want = leases_want(process->leases, WORLD_POOL, WORLD_LEASES, call->open, call->stale, boot);
	process->beats_at = world->now + LEASE_BEAT_MS;
	if (!want)
		return;
	world_send(world, process, WORLD_TAKE);
	process->call.count = want;
	process->call.lapsed_before = leases_lapsed_before(process->leases, boot);
}

static void world_hear(struct world *world, struct world_process *process)
{
	const struct world_call call = process->call;

	process->call.is_busy = false;
	if (call.ask == WORLD_BEAT)
		world_hear_beat(world, process, &call);
	else
		leases_taken(process->leases, call.rows, call.row_count, call.sent_boot);
}

static void world_cut(struct world *world, struct world_process *process)
{
	process->is_connected = false;
	process->call.is_busy = false;
	process->connects_at = world->now + 100 + world_chance(world, world->is_calm ? 200 : 4000);
	leases_disturbed(process->leases);
}

/* Statements are executed also while the process is paused. */
static void world_server_turn(struct world *world, struct world_process *process)
{
	struct world_call *call = &process->call;

	if (world->now < world->away_until)
		return;
	world_execute_gives(world, process);
	if (!call->is_busy || call->is_executed || call->executes_at > world->now)
		return;
	call->is_executed = true;
	if (call->ask == WORLD_BEAT)
		world_execute_beat(world, process);
	else
		world_execute_take(world, process);
}

static void world_process_turn(struct world *world, struct world_process *process)
{
	if (!process->is_alive) {
		if (world->now >= process->starts_at)
			world_start_process(world, process);
		return;
	}
	world_server_turn(world, process);
	if (world->now < process->paused_until)
		return;
	if (process->is_connected && process->cut_at && world->now >= process->cut_at) {
		process->cut_at = 0;
		world_cut(world, process);
	}
	if (!process->is_connected) {
		process->is_connected = world->now >= process->connects_at && world->now >= world->away_until;
		process->beats_at = world->now;
		return;
	}
	if (process->call.is_busy && process->call.is_executed && world->now >= process->call.answers_at)
		world_hear(world, process);
	if (!process->call.is_busy && world->now >= process->beats_at) {
		leases_sent(process->leases, world_boot(process));
		world_send(world, process, WORLD_BEAT);
	}
}

/* ---------------------------------------------------------------- misfortune, and the audit */

static void world_harm(struct world *world)
{
	struct world_process *process = &world->processes[world_chance(world, WORLD_PROCESSES)];

	switch (world_chance(world, 6)) {
	case 0: /* SIGKILL */
		if (process->is_alive) {
			process->is_alive = process->is_connected = false;
			process->starts_at = world->now + 500 + world_chance(world, 10000);
		}
		break;
	case 1: /* SIGSTOP */ process->paused_until = world->now + world_chance(world, 15000); break;
	case 2: /* cut off, before or after the statement is executed */
		process->cut_at = world->now + world_chance(world, 1000);
		break;
	case 3: /* a step of the database's clock */
		world->step += (int64_t)world_chance(world, 20001) - 10000;
		break;
	case 4: /* a fail-over: away, then another clock */
		world->away_until = world->now + world_chance(world, 30000);
		world->step += (int64_t)world_chance(world, 4001) - 2000;
		for (int i = 0; i < WORLD_PROCESSES; i++)
			world->processes[i].cut_at = world->now;
		break;
	default: /* the cable of the database's clock: a slow drift by NTP */
		world->step += (int64_t)world_chance(world, 201) - 100;
		break;
	}
}

static bool world_speaks(const struct world_process *process, const char *lease)
{
	const struct permit *permit = process->is_alive ? leases_permit(process->leases, lease) : NULL;

	return permit && world_boot(process) < permit->until_boot_ms;
}

/* How many processes may speak for a lease. */
static unsigned world_speakers(const struct world *world, int lease)
{
	unsigned speakers = 0;

	for (int i = 0; i < WORLD_PROCESSES; i++)
		speakers += world_speaks(&world->processes[i], world->rows[lease].name);
	return speakers;
}

static void world_begin(struct world *world, uint64_t seed, bool is_careless)
{
	*world = (struct world){.is_careless = is_careless, .ids = 1};
	random_seed(&world->random, seed);
	for (int i = 0; i < WORLD_LEASES; i++) {
		snprintf(world->rows[i].name, sizeof(world->rows[i].name), WORLD_POOL "/%d", i);
		world->rows[i].owner = -1;
		world->rows[i].deadline = world_clock(world);
	}
	for (int i = 0; i < WORLD_PROCESSES; i++)
		world_start_process(world, &world->processes[i]);
}

static void world_run(struct world *world, uint64_t duration_ms)
{
	uint64_t end = world->now + duration_ms;

	for (; world->now < end; world->now += WORLD_STEP_MS) {
		if (!world->is_calm && !world_chance(world, 250))
			world_harm(world);
		for (int i = 0; i < WORLD_PROCESSES; i++)
			world_process_turn(world, &world->processes[i]);
		for (int i = 0; i < WORLD_LEASES; i++)
			world->doubles += world_speakers(world, i) > 1;
	}
}

static void world_end(struct world *world)
{
	for (int i = 0; i < WORLD_PROCESSES; i++)
		leases_free(world->processes[i].leases);
}

#endif
