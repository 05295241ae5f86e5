/* The slots of the global limit of REST, moved by the cluster's statements. */

#include "bot/gateway/discord/rest/shared.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/base/str.h"
#include "bot/cluster/cluster.h"
#include "bot/gateway/discord/rest/rest.h"

struct discord_rest_shared {
	struct discord_rest *rest;
	struct cluster *cluster;
	char *gateway;
};

static void move(void *user, int change)
{
	const struct discord_rest_shared *shared = user;

	cluster_slots_move(shared->cluster, shared->gateway, change);
}

static void pause_all(void *user, uint64_t pause_ms)
{
	const struct discord_rest_shared *shared = user;

	cluster_slots_pause(shared->cluster, shared->gateway, pause_ms);
}

static void on_moved(void *user, int error, unsigned held)
{
	const struct discord_rest_shared *shared = user;

	discord_rest_moved(shared->rest, error, held);
}

static void on_lapsed(void *user)
{
	const struct discord_rest_shared *shared = user;

	discord_rest_lapsed(shared->rest);
}

static void on_beat(void *user, unsigned hosts, uint64_t pause_ms)
{
	const struct discord_rest_shared *shared = user;

	discord_rest_hear_beat(shared->rest, hosts, pause_ms);
}

int discord_rest_share(struct discord_rest *rest, struct cluster *cluster, const char *gateway, unsigned rate,
		struct discord_rest_shared **ret)
{
	static const struct discord_rest_budget budget = {move, pause_all};
	static const struct cluster_slots_events events = {on_moved, on_lapsed, on_beat};
	struct discord_rest_shared *shared = calloc(1, sizeof(*shared));
	int r = -ENOMEM;

	if (!shared)
		return r;
	*shared = (struct discord_rest_shared){rest, cluster, str_copy(gateway)};
	if (shared->gateway)
		r = discord_rest_set_budget(rest, &budget, shared, rate);
	if (r < 0) {
		free(shared->gateway);
		free(shared);
		return r;
	}
	cluster_slots_listen(cluster, shared->gateway, rate, &events, shared);
	*ret = shared;
	return 0;
}

void discord_rest_unshare(struct discord_rest_shared *shared)
{
	if (!shared)
		return;
	cluster_slots_listen(shared->cluster, shared->gateway, 0, NULL, NULL);
	free(shared->gateway);
	free(shared);
}
