#ifndef EPISODED_MEMBERS_H
#define EPISODED_MEMBERS_H

/*
 * Which gateways of the configuration run in this process, when several processes share the work: a gateway that reaches
 * a network which others reach too runs where its lease is; a divided one runs everywhere, and its parts, the shards, are
 * where their leases are. A lobby is each host's own.
 */

#include <stddef.h>

#include "bot/cluster/cluster.h"
#include "bot/gateway/gateway.h"

struct gateways;
struct loop;
struct members; /* opaque: daemon/members.c */
struct str;

/* All are borrowed. -ENOMEM. */
int members_new(struct loop *loop, struct cluster *cluster, struct gateways *gateways, struct members **ret);
void members_free(struct members *members); /* NULL-safe */

/* In place of gateways_configure(). Returns the number of gateways that run here, or wait for a lease. */
size_t members_configure(struct members *members, const struct gateway_wanted *wanted, size_t count);

/* The events of cluster.h. */
void members_taken(struct members *members, const struct lease_wanted *lease, const struct lease_row *row,
		const struct permit *permit);
void members_lost(struct members *members, const struct lease_wanted *lease, const char *why);
void members_give(struct members *members, const struct lease_wanted *lease);

/* A gateway was started: it gets the parts whose leases are held. */
void members_started(struct members *members, struct gateway *gateway);
/* A gateway has stopped. Before gateways_stopped(). */
void members_stopped(struct members *members, struct gateway *gateway);
/* For struct gateway_host. */
void members_part_left(struct members *members, struct gateway *gateway, unsigned number, unsigned total,
		const char *position);
const struct permit *members_permit(const struct members *members, const struct gateway *gateway);

/* The end of this process: give all leases. on_left as of cluster_leave(). */
void members_leave(struct members *members, void (*on_left)(void *user), void *user);

/* Append ", 2 hosts, 33 of 64 leases here" for the status. */
void members_describe(const struct members *members, struct str *str);

#endif
