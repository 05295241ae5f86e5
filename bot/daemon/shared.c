/* This process among those that share the state in a database. */

#include "bot/daemon/shared.h"

#include <errno.h>

#include "bot/base/log.h"
#include "bot/cluster/cluster.h"
#include "bot/config/config.h"
#include "bot/daemon/keeping.h"
#include "bot/daemon/members.h"
#include "bot/store/remote.h"

/* ---------------------------------------------------------------- events of the cluster */

static void on_cluster_ready(void *user)
{
	struct shared *shared = user;

	keeping_ready(shared->keeping);
}

static void on_taken(void *user, const struct lease_wanted *lease, const struct lease_row *row,
		const struct permit *permit)
{
	struct shared *shared = user;

	members_taken(shared->members, lease, row, permit);
}

static void on_lost(void *user, const struct lease_wanted *lease, const char *why)
{
	struct shared *shared = user;

	members_lost(shared->members, lease, why);
}

static void on_give(void *user, const struct lease_wanted *lease)
{
	struct shared *shared = user;

	members_give(shared->members, lease);
}

static void on_opened(void *user, const char *gateway)
{
	struct shared *shared = user;

	shared->host.on_arrived(shared->host.user, gateway);
}

static void on_refused(void *user, int error, const char *text)
{
	struct shared *shared = user;

	(void)error;
	log_error("%s", text);
	shared->host.on_refused(shared->host.user);
}

/* ---------------------------------------------------------------- the end */

static void end_if_done(struct shared *shared)
{
	if (!shared->members || (shared->has_left && shared->has_gateways_stopped && shared->is_flushed))
		shared->host.on_left(shared->host.user);
}

static void on_flushed(void *user, const struct store_result *result)
{
	struct shared *shared = user;

	shared->is_flushed = shared->is_flushed || result->error != -EAGAIN;
	end_if_done(shared);
}

void shared_all_stopped(struct shared *shared)
{
	shared->has_gateways_stopped = true;
	shared->is_flushed = !shared->members ||
			     store_settle_later(keeping_store(shared->keeping), true, on_flushed, shared) < 0;
	end_if_done(shared);
}

static void on_left(void *user)
{
	struct shared *shared = user;

	shared->has_left = true;
	end_if_done(shared);
}

void shared_leave(struct shared *shared)
{
	if (shared->members)
		members_leave(shared->members, on_left, shared);
}

/* ---------------------------------------------------------------- */

void shared_init(struct shared *shared, const struct shared_host *host, struct keeping *keeping)
{
	*shared = (struct shared){.host = *host, .keeping = keeping};
}

int shared_join(struct shared *shared, struct loop *loop, const struct database_config *config,
		struct gateways *gateways)
{
	const struct cluster_events events = {
			.on_ready = on_cluster_ready,
			.on_taken = on_taken,
			.on_lost = on_lost,
			.on_give = on_give,
			.on_refused = on_refused,
			.on_opened = on_opened,
	};
	int r = cluster_new(loop, config, &events, shared, &shared->cluster);

	if (!r)
		r = keeping_adopt(shared->keeping, cluster_store(shared->cluster), config->url);
	if (!r)
		r = members_new(loop, shared->cluster, gateways, &shared->members);
	return r;
}

void shared_release(struct shared *shared)
{
	members_free(shared->members);
	cluster_free(shared->cluster);
}
