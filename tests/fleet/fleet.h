#ifndef EPISODED_TESTS_FLEET_H
#define EPISODED_TESTS_FLEET_H

/*
 * A fleet on paper: hosts that share the shards of one Discord application over one database, in virtual time. On each
 * host the real bot/cluster/ decides; tests/fleet/database.c and discord.c are the other ends, and the audit counts two
 * hosts that may speak for one lease at once.
 *
 * A host has a clock of its own (offset and rate), may be paused, killed and cut off from the database. A statement that
 * it has sent is executed also while it is paused or dead.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/random.h"
#include "bot/cluster/gate.h"
#include "bot/cluster/lease.h"
#include "tests/fleet/database.h"
#include "tests/fleet/discord.h"

#define FLEET_STEP_MS   5
#define FLEET_HOSTS_MAX 32
#define FLEET_GATEWAY   "home"
#define FLEET_FLUSH_MS  900 /* between two writes of sessions, as of the bot */
#define FLEET_LIVE_MS   LEASE_MS

enum shard_state {
	SHARD_NOT_HELD,
	SHARD_WAITING,    /* for its moment to IDENTIFY */
	SHARD_CONNECTING, /* TCP, TLS, HELLO */
	SHARD_GREETED,
	SHARD_IDENTIFYING,
	SHARD_RESUMING,
	SHARD_READY
};

struct host_shard {
	enum shard_state state;
	uint64_t until_ms; /* of the fleet: CONNECTING, IDENTIFYING and RESUMING end */
	uint64_t session;
	uint64_t epoch;
	bool is_resuming;
	const struct permit *permit; /* NULL: never held */
};

struct call; /* a statement under way */

struct host {
	struct fleet *fleet;
	int number;
	unsigned process; /* new with each start; 0: dead */
	struct leases *leases;
	struct gate *gate;
	int64_t offset_ms; /* of its clock */
	double rate;
	bool is_connected, is_leaving;
	uint64_t paused_from_ms, paused_until_ms;
	uint64_t starts_ms, connects_ms, cut_ms; /* 0: never */
	uint64_t beats_ms, flushes_ms;
	uint64_t executes_ms[2], answers_ms[2]; /* the last call of each connection */
	bool is_asking;                         /* a beat or a take */
	struct call *calls, **calls_end;
	struct host_shard *shards;
	size_t *held; /* indices of shards */
	size_t held_count;
};

struct fleet {
	struct random random;
	uint64_t now_ms;
	int64_t step_ms; /* of the database's clock */
	uint64_t away_until_ms;
	unsigned shards, processes;
	struct database database;
	struct discord discord;
	struct host hosts[FLEET_HOSTS_MAX];
	int host_count;
	bool is_calm; /* short latencies only */
	/* Counted so far. */
	unsigned takes, doubles, speakers_lost;
};

void fleet_begin(struct fleet *fleet, uint64_t seed, unsigned shards, int hosts, unsigned concurrency,
		unsigned starts);
void fleet_end(struct fleet *fleet);
void fleet_turn(struct fleet *fleet); /* one step */

void fleet_start(struct fleet *fleet, int host, uint64_t at_ms);
void fleet_kill(struct fleet *fleet, int host);
void fleet_pause(struct fleet *fleet, int host, uint64_t duration_ms);
void fleet_leave(struct fleet *fleet, int host); /* a planned stop: it ends when it holds nothing */
void fleet_cut(struct fleet *fleet, int host);   /* its connections to the database end */
void fleet_fail_over(struct fleet *fleet, uint64_t away_ms, int64_t step_ms);

/* May a host speak for a shard now? */
bool host_speaks(const struct host *host, size_t shard);
unsigned fleet_ready(const struct fleet *fleet); /* shards that answer */
unsigned fleet_alive(const struct fleet *fleet); /* hosts */

#endif
