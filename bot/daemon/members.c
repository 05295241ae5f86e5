/* Gateways and parts, where their leases are. */

#include "bot/daemon/members.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/daemon/gateways.h"
#include "bot/net/loop.h"
#include "bot/store/remote.h"

#define CLAIM_MAX_BYTES 128
#define HAND_OVER_MS    5000

/* A lease that this process holds. */
struct held_lease {
	struct held_lease *next;
	char *type, *gateway;
	struct lease_wanted lease; /* its texts are the ones above */
	uint64_t epoch;
	char *position; /* of a shard, while the gateway does not have it */
	const struct permit *permit;
	bool is_given; /* the gateway closes it; then cluster_gave() */
	bool is_there; /* a part: the gateway has it */
};

/* A gateway of the configuration. */
struct cluster_member {
	struct gateway_wanted wanted;
	bool is_own;     /* of this host alone: no lease */
	bool is_claimed; /* is_own: the store has read its values, or cannot */
};

struct members {
	struct cluster *cluster;
	struct gateways *gateways;
	struct cluster_member *list;
	size_t count;
	struct held_lease *held;
	struct timer *hand_over; /* set while gateways have something to hand over */
	bool is_leaving;
};

static const struct permit no_permit = {0};

/* ---------------------------------------------------------------- kinds of gateways */

static const struct gateway_class *class_of(const struct cluster_member *member)
{
	return member->wanted.config->network->class;
}

static bool is_divided(const struct gateway_class *class)
{
	return class->take_part != NULL;
}

static struct cluster_member *find_member(const struct members *members, const char *name)
{
	for (size_t i = 0; i < members->count; i++) {
		if (str_equal(members->list[i].wanted.config->name, name))
			return &members->list[i];
	}
	return NULL;
}

/* What a gateway needs a lease for: itself, or the role that leads its parts. */
static struct lease_wanted lease_of(const struct gateway_config *config)
{
	return (struct lease_wanted){
			.kind = is_divided(config->network->class) ? LEASE_ROLE : LEASE_GATEWAY,
			.gateway = config->name,
			.type = config->network->type,
	};
}

/* ---------------------------------------------------------------- held leases */

static bool is_same(const struct lease_wanted *a, const struct lease_wanted *b)
{
	return a->kind == b->kind && a->total == b->total && a->number == b->number &&
	       str_equal(a->gateway, b->gateway) && str_equal(a->type, b->type);
}

static struct held_lease *find_held(const struct members *members, const struct lease_wanted *lease)
{
	struct held_lease *held = members->held;

	while (held && !is_same(&held->lease, lease))
		held = held->next;
	return held;
}

static void free_held(struct held_lease *held)
{
	free(held->type);
	free(held->gateway);
	free(held->position);
	free(held);
}

static void take_off(struct members *members, struct held_lease *held)
{
	struct held_lease **link = &members->held;

	while (*link != held)
		link = &(*link)->next;
	*link = held->next;
}

static void forget(struct members *members, struct held_lease *held)
{
	take_off(members, held);
	free_held(held);
}

static struct held_lease *keep(struct members *members, const struct lease_wanted *lease,
		const struct lease_row *row, const struct permit *permit)
{
	struct held_lease *held = calloc(1, sizeof(*held));

	if (!held)
		return NULL;
	held->type = str_copy(lease->type);
	held->gateway = str_copy(lease->gateway);
	held->position = str_copy(row->position);
	if (!held->type || !held->gateway || !held->position) {
		free_held(held);
		return NULL;
	}
	held->lease = *lease;
	held->lease.type = held->type;
	held->lease.gateway = held->gateway;
	held->epoch = row->epoch;
	held->permit = permit;
	held->next = members->held;
	members->held = held;
	return held;
}

/* The cluster hears of it; the record leaves the list first, because cluster_gave() may lead back here. */
static void gave(struct members *members, struct held_lease *held, const char *position)
{
	take_off(members, held);
	cluster_gave(members->cluster, &held->lease, position);
	free_held(held);
}

/* ---------------------------------------------------------------- which gateways run */

static bool runs_here(const struct members *members, const struct cluster_member *member)
{
	const struct lease_wanted lease = lease_of(member->wanted.config);
	const struct held_lease *held;

	if (member->is_own)
		return member->is_claimed;
	if (is_divided(class_of(member)))
		return true;
	held = find_held(members, &lease);
	return held && !held->is_given;
}

/* Run the gateways whose leases are here. Returns how many run, or wait. */
static size_t apply(struct members *members)
{
	struct gateway_wanted *here = calloc(members->count + 1, sizeof(*here));
	size_t count = 0, running;

	if (!here) {
		log_error("out of memory: the gateways stay as they are");
		return members->count;
	}
	for (size_t i = 0; i < members->count; i++) {
		if (runs_here(members, &members->list[i]))
			here[count++] = members->list[i].wanted;
	}
	running = gateways_configure(members->gateways, here, count);
	free(here);
	return running + members->count - count;
}

static void on_claimed(void *user, const struct store_claim *claim, int error)
{
	struct members *members = user;
	struct cluster_member *member = find_member(members, claim->gateway);

	if (!member || !member->is_own || member->is_claimed)
		return;
	if (error)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.gateway = claim->gateway, .error = error},
				"its values cannot be read");
	member->is_claimed = true;
	if (!members->is_leaving)
		apply(members);
}

/* The values and questions of a gateway that each host has for itself. While the database is away the gateway starts
 * without them. */
static void claim_own(struct members *members, struct cluster_member *member)
{
	struct store *store = cluster_store(members->cluster);
	struct str lease = STR(CLAIM_MAX_BYTES);
	struct store_claim claim = {.gateway = member->wanted.config->name};
	bool is_away = store_trouble(store) != 0;
	int r = -ENOMEM;

	str_printf(&lease, "%s/%s", member->wanted.config->network->type, member->wanted.config->name);
	claim.lease = str_text(&lease);
	if (!lease.error)
		r = remote_claim(store, &claim, on_claimed, members);
	if (r < 0 || is_away)
		member->is_claimed = true;
	str_release(&lease);
}

static void release_list(struct cluster_member *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		gateway_wanted_release(&list[i].wanted);
	free(list);
}

/* Keep a copy of the configuration's gateways. */
static int adopt(struct members *members, const struct gateway_wanted *wanted, size_t count)
{
	struct cluster_member *list = calloc(count + 1, sizeof(*list));
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++) {
		const struct cluster_member *before = find_member(members, wanted[i].config->name);

		r = gateway_wanted_copy(&wanted[i], &list[i].wanted);
		if (r)
			break;
		list[i].is_own = !class_of(&list[i])->is_leased;
		list[i].is_claimed = before && before->is_own && before->is_claimed;
	}
	if (r) {
		if (list)
			release_list(list, count);
		return r;
	}
	release_list(members->list, members->count);
	members->list = list;
	members->count = count;
	return 0;
}

static int want_leases(struct members *members)
{
	struct lease_wanted *leases = calloc(members->count + 1, sizeof(*leases));
	size_t count = 0;
	int r;

	if (!leases)
		return -ENOMEM;
	for (size_t i = 0; i < members->count; i++) {
		if (!members->list[i].is_own)
			leases[count++] = lease_of(members->list[i].wanted.config);
	}
	leases[count++] = (struct lease_wanted){.kind = LEASE_ROLE, .gateway = "", .type = ""};
	r = cluster_want(members->cluster, leases, count);
	free(leases);
	return r;
}

/* What is here for a gateway that another process has. */
static void on_hand_over(void *user)
{
	struct members *members = user;
	bool is_due = false;

	for (size_t i = 0; i < members->count; i++) {
		const struct cluster_member *member = &members->list[i];

		if (!class_of(member)->hand_over)
			continue;
		is_due = true;
		if (!runs_here(members, member))
			class_of(member)->hand_over(member->wanted.config, cluster_store(members->cluster));
	}
	if (is_due)
		timer_set(members->hand_over, HAND_OVER_MS);
}

size_t members_configure(struct members *members, const struct gateway_wanted *wanted, size_t count)
{
	int r = adopt(members, wanted, count);

	if (!r)
		r = want_leases(members);
	if (r)
		log_error("out of memory: not all gateways have their new configuration; reload again");
	for (size_t i = 0; i < members->count; i++) {
		if (members->list[i].is_own && !members->list[i].is_claimed)
			claim_own(members, &members->list[i]);
	}
	timer_set(members->hand_over, HAND_OVER_MS);
	return apply(members);
}

/* ---------------------------------------------------------------- parts */

static void give_part(struct members *members, struct gateway *gateway, struct held_lease *held)
{
	const struct gateway_part part = {
			.number = held->lease.number,
			.total = held->lease.total,
			.epoch = held->epoch,
			.position = held->position ? held->position : "",
			.permit = held->permit,
	};
	int r = gateway_head(gateway)->class->take_part(gateway, &part);

	if (r == 0) {
		held->is_there = true;
		return;
	}
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.gateway = held->gateway, .error = r},
			"shard %u of %u cannot start here: it goes to another host", part.number, part.total);
	gave(members, held, held->position);
}

static bool is_part(const struct held_lease *held)
{
	return held->lease.kind == LEASE_SHARD || (held->lease.kind == LEASE_ROLE && *held->gateway);
}

void members_started(struct members *members, struct gateway *gateway)
{
	const struct gateway_head *head = gateway_head(gateway);
	struct held_lease *held = members->held;

	while (held) {
		struct held_lease *next = held->next;

		if (is_part(held) && !held->is_there && !held->is_given &&
				str_equal(held->gateway, head->name) && is_divided(head->class))
			give_part(members, gateway, held);
		held = next;
	}
}

void members_part_left(struct members *members, struct gateway *gateway, unsigned number, unsigned total,
		const char *position)
{
	const struct lease_wanted lease = {
			LEASE_SHARD, gateway_head(gateway)->name, "discord", total, number};
	struct held_lease *held = find_held(members, &lease);
	char *copy;

	if (!held)
		return;
	held->is_there = false;
	if (held->is_given) {
		gave(members, held, position);
		return;
	}
	/* The gateway stops, to start again with another configuration. */
	copy = str_copy(position);
	if (copy) {
		free(held->position);
		held->position = copy;
	}
}

/* ---------------------------------------------------------------- leases come and go */

void members_taken(struct members *members, const struct lease_wanted *lease, const struct lease_row *row,
		const struct permit *permit)
{
	struct held_lease *held = keep(members, lease, row, permit);
	struct gateway *gateway;

	if (!held) {
		log_error("out of memory: a lease goes to another host");
		cluster_gave(members->cluster, lease, NULL);
		return;
	}
	if (lease->kind == LEASE_GATEWAY) {
		apply(members);
	} else if (is_part(held)) {
		gateway = gateways_find(members->gateways, held->gateway);
		if (gateway)
			give_part(members, gateway, held);
	}
}

static void drop_part(struct members *members, const struct held_lease *held, bool is_lost)
{
	struct gateway *gateway = gateways_find(members->gateways, held->gateway);

	if (gateway && held->is_there)
		gateway_head(gateway)->class->drop_part(
				gateway, held->lease.number, held->lease.total, is_lost);
}

void members_lost(struct members *members, const struct lease_wanted *lease, const char *why)
{
	struct held_lease *held = find_held(members, lease);

	(void)why; /* logged by the cluster */
	if (!held)
		return;
	if (is_part(held))
		drop_part(members, held, true);
	else if (lease->kind == LEASE_GATEWAY)
		gateways_abandon(members->gateways, held->gateway);
	held = find_held(members, lease); /* on_stopped may have given it */
	if (held)
		forget(members, held);
}

void members_give(struct members *members, const struct lease_wanted *lease)
{
	struct held_lease *held = find_held(members, lease);

	if (!held) {
		cluster_gave(members->cluster, lease, NULL);
		return;
	}
	held->is_given = true;
	if (lease->kind == LEASE_GATEWAY && gateways_have(members->gateways, held->gateway)) {
		gateways_stop_one(members->gateways, held->gateway,
				members->is_leaving ? "The bot is stopping. It will be back."
						    : "The bot moves to another host.");
		return; /* members_stopped() */
	}
	if (is_part(held))
		drop_part(members, held, false);
	if (lease->kind == LEASE_SHARD && held->is_there && gateways_have(members->gateways, held->gateway))
		return; /* members_part_left() */
	gave(members, held, held->position);
}

void members_stopped(struct members *members, struct gateway *gateway)
{
	const char *name = gateway_head(gateway)->name;
	struct held_lease *held = members->held;

	while (held) {
		struct held_lease *next = held->next;

		if (str_equal(held->gateway, name)) {
			held->is_there = false;
			if (held->is_given)
				gave(members, held, held->lease.kind == LEASE_SHARD ? held->position : NULL);
		}
		held = next;
	}
}

const struct permit *members_permit(const struct members *members, const struct gateway *gateway)
{
	const struct gateway_head *head = (const struct gateway_head *)(const void *)gateway;
	const struct cluster_member *member = find_member(members, head->name);
	const struct permit *permit;
	struct lease_wanted lease;

	if (!head->class->is_leased)
		return NULL;
	if (is_divided(head->class))
		return cluster_own_permit(members->cluster);
	if (!member)
		return &no_permit;
	lease = lease_of(member->wanted.config);
	permit = cluster_permit(members->cluster, &lease);
	return permit ? permit : &no_permit;
}

/* ---------------------------------------------------------------- */

void members_leave(struct members *members, void (*on_left)(void *user), void *user)
{
	members->is_leaving = true;
	cluster_leave(members->cluster, on_left, user);
}

void members_describe(const struct members *members, struct str *str)
{
	str_printf(str, ", %s", cluster_describe(members->cluster));
}

int members_new(struct loop *loop, struct cluster *cluster, struct gateways *gateways, struct members **ret)
{
	struct members *members = calloc(1, sizeof(*members));

	if (!members)
		return -ENOMEM;
	members->hand_over = timer_new(loop, on_hand_over, members);
	if (!members->hand_over) {
		free(members);
		return -ENOMEM;
	}
	members->cluster = cluster;
	members->gateways = gateways;
	*ret = members;
	return 0;
}

void members_free(struct members *members)
{
	if (!members)
		return;
	while (members->held)
		forget(members, members->held);
	release_list(members->list, members->count);
	timer_free(members->hand_over);
	free(members);
}
