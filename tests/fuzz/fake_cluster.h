#ifndef EPISODED_FAKE_CLUSTER_H
#define EPISODED_FAKE_CLUSTER_H

/* bot/cluster/cluster.h for fuzz targets that run a bot: there is no database, and so no cluster. Part of fake_net.h. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "bot/cluster/cluster.h"

int cluster_new(struct loop *loop, const struct database_config *config, const struct cluster_events *events,
		void *user, struct cluster **ret)
{
	(void)loop;
	(void)config;
	(void)events;
	(void)user;
	(void)ret;
	return -ENOSYS;
}

void cluster_free(struct cluster *cluster)
{
	assert(!cluster);
}

/* The others are called with a cluster only. */
struct store *cluster_store(struct cluster *cluster)
{
	(void)cluster;
	abort();
}

const char *cluster_host(const struct cluster *cluster)
{
	(void)cluster;
	abort();
}

const char *cluster_reason(const struct cluster *cluster)
{
	(void)cluster;
	abort();
}

int cluster_want(struct cluster *cluster, const struct lease_wanted *leases, size_t count)
{
	(void)cluster;
	(void)leases;
	(void)count;
	abort();
}

void cluster_gave(struct cluster *cluster, const struct lease_wanted *lease, const char *position)
{
	(void)cluster;
	(void)lease;
	(void)position;
	abort();
}

void cluster_leave(struct cluster *cluster, void (*on_left)(void *user), void *user)
{
	(void)cluster;
	(void)on_left;
	(void)user;
	abort();
}

const struct permit *cluster_permit(const struct cluster *cluster, const struct lease_wanted *lease)
{
	(void)cluster;
	(void)lease;
	abort();
}

const struct permit *cluster_own_permit(const struct cluster *cluster)
{
	(void)cluster;
	abort();
}

unsigned cluster_live(const struct cluster *cluster)
{
	(void)cluster;
	abort();
}

void cluster_total(struct cluster *cluster, const char *gateway, unsigned total)
{
	(void)cluster;
	(void)gateway;
	(void)total;
	abort();
}

void cluster_position(struct cluster *cluster, const char *gateway, unsigned total, unsigned number,
		const char *position, bool is_ready)
{
	(void)cluster;
	(void)gateway;
	(void)total;
	(void)number;
	(void)position;
	(void)is_ready;
	abort();
}

struct gate *cluster_gate(struct cluster *cluster, const char *gateway)
{
	(void)cluster;
	(void)gateway;
	abort();
}

void cluster_gate_turn(struct cluster *cluster, const char *gateway)
{
	(void)cluster;
	(void)gateway;
	abort();
}

void cluster_starts(struct cluster *cluster, const char *gateway, unsigned total, unsigned remaining,
		uint64_t reset_after_ms, unsigned concurrency)
{
	(void)cluster;
	(void)gateway;
	(void)total;
	(void)remaining;
	(void)reset_after_ms;
	(void)concurrency;
	abort();
}

void cluster_slots_listen(struct cluster *cluster, const char *gateway, unsigned rate,
		const struct cluster_slots_events *events, void *user)
{
	(void)cluster;
	(void)gateway;
	(void)rate;
	(void)events;
	(void)user;
	abort();
}

void cluster_slots_move(struct cluster *cluster, const char *gateway, int change)
{
	(void)cluster;
	(void)gateway;
	(void)change;
	abort();
}

void cluster_slots_pause(struct cluster *cluster, const char *gateway, uint64_t pause_ms)
{
	(void)cluster;
	(void)gateway;
	(void)pause_ms;
	abort();
}

const char *cluster_describe(struct cluster *cluster)
{
	(void)cluster;
	abort();
}

#endif
