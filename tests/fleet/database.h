#ifndef EPISODED_TESTS_FLEET_DATABASE_H
#define EPISODED_TESTS_FLEET_DATABASE_H

/*
 * What the statements of bot/postgres/statements.c mean, on structs instead of rows. tests/fleet/compare.c runs the same
 * random statements here and on a real PostgreSQL.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATABASE_LEASES_MAX    2048
#define DATABASE_PROCESSES_MAX 1024
#define DATABASE_BUCKETS_MAX   64
#define DATABASE_NAME_BYTES    40

/* Statements by their purpose, for the count. */
enum database_count {
	COUNT_BEAT,     /* that a host lives, its renewals, what is new */
	COUNT_LEASE,    /* taken and given */
	COUNT_LOAD,     /* the values and open questions of a taken lease */
	COUNT_POSITION, /* sessions of Discord */
	COUNT_GATE,
	COUNT_SLOTS,
	COUNT_MAX
};

struct database_lease {
	char name[DATABASE_NAME_BYTES];
	unsigned total, number;
	unsigned owner; /* a process; 0: free */
	uint64_t epoch;
	int64_t deadline_ms;
	bool needs_identify, is_ready;
	uint64_t position; /* a session of Discord, or 0 */
};

struct database_process {
	unsigned process, weight;
	bool is_leaving;
	int64_t deadline_ms;
};

struct database_slots {
	unsigned process;
	int count;
};

struct database {
	int64_t now_ms; /* of its clock */
	struct database_lease leases[DATABASE_LEASES_MAX];
	size_t lease_count;
	struct database_process processes[DATABASE_PROCESSES_MAX];
	size_t process_count;
	int64_t gate_ms[DATABASE_BUCKETS_MAX];
	int starts_total, starts_remaining;
	int64_t starts_reset_ms;
	int budget_free;
	struct database_slots slots[DATABASE_PROCESSES_MAX];
	size_t slots_count;
	uint64_t counts[COUNT_MAX];
};

void database_begin(struct database *database, unsigned shards, int64_t now_ms);

/* ---------------------------------------------------------------- the statements, at now_ms */

void database_host_beat(struct database *database, unsigned process, unsigned weight, bool is_leaving,
		int64_t live_ms);
size_t database_hosts(const struct database *database, struct database_process *ret, size_t max);
/* The indices of all leases of a process. */
size_t database_renew(struct database *database, unsigned process, int64_t lease_ms, size_t *ret);
/* Leases that have had no live owner for so long; 0: that have no live owner now. */
unsigned database_open(const struct database *database, int64_t since_ms);
size_t database_take(struct database *database, unsigned process, unsigned limit, int64_t lease_ms,
		uint64_t lapsed_before, size_t *ret);
bool database_give(
		struct database *database, unsigned process, size_t lease, uint64_t epoch, uint64_t position);
bool database_position(struct database *database, unsigned process, size_t lease, uint64_t epoch,
		uint64_t position, bool is_ready, bool needs_identify);
/* The wait for the moment in ms, or -1: refused. */
int64_t database_reserve(struct database *database, unsigned bucket, unsigned shard, unsigned concurrency,
		int64_t spacing_ms);
/* How many the process has then; -1: refused. */
int database_slots_move(struct database *database, unsigned process, int count);
int database_slots_back(struct database *database, unsigned process, int count);
int database_slots_reap(struct database *database); /* how many became free */

#endif
