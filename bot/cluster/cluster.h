#ifndef EPISODED_CLUSTER_H
#define EPISODED_CLUSTER_H

/*
 * This process among the processes that share one database: once a second it says that it lives, renews its leases,
 * reads what is new, and takes or gives leases. An edge over bot/postgres/line.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/cluster/gate.h"
#include "bot/cluster/lease.h"
#include "bot/net/permit.h"

#define CLUSTER_LEAVE_MS 2500 /* after cluster_leave(), what is not given lapses */

struct cluster; /* opaque: cluster/cluster.c */
struct database_config;
struct loop;
struct store;

/* What a gateway needs a lease for. */
enum lease_kind { LEASE_GATEWAY, LEASE_SHARD, LEASE_ROLE };
struct lease_wanted {
	enum lease_kind kind;
	const char *gateway; /* the name in the configuration; "" of the role that announces */
	const char *type;    /* "irc", "twitch", "discord" */
	unsigned total, number;
};

struct cluster_events {
	/* The database is reached for the first time, and the shared values are read. */
	void (*on_ready)(void *user);
	/* The lease is taken, and its values and open questions are in the store. */
	void (*on_taken)(void *user, const struct lease_wanted *lease, const struct lease_row *row,
			const struct permit *permit);
	/* Speak no more: the permit is over. */
	void (*on_lost)(void *user, const struct lease_wanted *lease, const char *why);
	/* Give it to another process: flush, close so that it can be resumed, then cluster_gave(). */
	void (*on_give)(void *user, const struct lease_wanted *lease);
	/* Questions of this gateway that another process heard and handed in are in the store: ask for them. */
	void (*on_opened)(void *user, const char *gateway);
	/* Another try cannot help; the process ends. */
	void (*on_refused)(void *user, int error, const char *reason);
};

/* Connecting begins in a later turn: no event is called inside. The store is made here, and belongs to the cluster. config
 * is borrowed until cluster_free(). -ENOMEM, -EINVAL. */
int cluster_new(struct loop *loop, const struct database_config *config, const struct cluster_events *events,
		void *user, struct cluster **ret);
void cluster_free(struct cluster *cluster); /* NULL-safe */
struct store *cluster_store(struct cluster *cluster);
/* The name of this host among those that share the state. */
const char *cluster_host(const struct cluster *cluster);
/* Why the database does not answer, with host and fix; NULL: it answers. Borrowed. */
const char *cluster_reason(const struct cluster *cluster);

/* All leases that the configuration needs; may be called again after a reload. The role of a Discord gateway
 * includes its shards: the processes agree on their number (cluster_total()). -ENOMEM. */
int cluster_want(struct cluster *cluster, const struct lease_wanted *leases, size_t count);
/* A lease that on_give() asked for, or any at the end, is free for others. position: of a shard; NULL: as stored. */
void cluster_gave(struct cluster *cluster, const struct lease_wanted *lease, const char *position);
/* The end of this process: on_give() for each lease; on_left when all are given, or CLUSTER_LEAVE_MS are over. */
void cluster_leave(struct cluster *cluster, void (*on_left)(void *user), void *user);
/* The permit is NULL while the lease is not held. Borrowed until cluster_free(). */
const struct permit *cluster_permit(const struct cluster *cluster, const struct lease_wanted *lease);
/* Of what belongs to no lease: GET /gateway/bot at the start. */
const struct permit *cluster_own_permit(const struct cluster *cluster);
unsigned cluster_live(const struct cluster *cluster); /* processes, with this one */

/* How many shards a Discord gateway should have, as the configuration or GET /gateway/bot says. The first process that
 * says it decides; a larger number later begins a resharding, by the process that has the gateway's role. */
void cluster_total(struct cluster *cluster, const char *gateway, unsigned total);

/* Of a shard: stored with the next batch of the work lane, at most 1 s later. */
void cluster_position(struct cluster *cluster, const char *gateway, unsigned total, unsigned number,
		const char *position, bool is_ready);
/* IDENTIFY: as gate.h; NULL: out of memory. */
struct gate *cluster_gate(struct cluster *cluster, const char *gateway);
void cluster_gate_turn(struct cluster *cluster, const char *gateway); /* send what gate_wants() asks for */
/* What GET /gateway/bot said. */
void cluster_starts(struct cluster *cluster, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency);

/* The REST budget of a Discord gateway, of which each process has slots. */
struct cluster_slots_events {
	/* Once for each move, in order. held: how many this process has now. -EAGAIN: the answer was lost. */
	void (*on_moved)(void *user, int error, unsigned held);
	/* The own permit had ended, so that other processes may have the slots: before any permit is valid again. on_moved
	 * does not come for an earlier move. */
	void (*on_lapsed)(void *user);
	/* With each answered beat. hosts: processes, with this one; paused_ms: no request may be sent for so long. */
	void (*on_beat)(void *user, unsigned hosts, uint64_t paused_ms);
};
/* rate: requests of all processes in a second. events is copied; NULL: listen no more. No event is called inside. */
void cluster_slots_listen(struct cluster *cluster, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user);
/* Above 0: take up to so many; below: give back; 0: how many are held? One move at a time. */
void cluster_slots_move(struct cluster *cluster, const char *gateway, int change);
/* Discord's global limit was reached: all processes wait. */
void cluster_slots_pause(struct cluster *cluster, const char *gateway, uint64_t pause_ms);

/* One line for the status: "2 hosts, 33 of 64 leases here". Borrowed until the next call. */
const char *cluster_describe(struct cluster *cluster);

#endif
