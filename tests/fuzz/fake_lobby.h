#ifndef EPISODED_FAKE_LOBBY_H
#define EPISODED_FAKE_LOBBY_H

/*
 * A replacement for the lobby, on fake_net.h: a gateway whose port chooses its behaviour. Of
 * 16 ports the last is in use, the last but one makes it fail, and with an odd port it stops
 * slowly.
 */

#include "bot/gateway/gateway.h"
#include "bot/gateway/lobby/config.h"
#include "tests/fuzz/fake_net.h"

#define FAKE_GOODBYE_MS 1500

struct stand_in {
	struct gateway_head head;
	struct stand_in *next;             /* list of all lobbies */
	const struct lobby_config *config; /* a reference */
	struct timer *timer;
	enum gateway_state state;
};

static struct stand_in *stand_ins;

static inline void stand_in_on_goodbye(void *user)
{
	struct stand_in *lobby = user;

	lobby->state = GATEWAY_STOPPED;
	lobby->head.host->on_stopped(lobby->head.host->bot, (struct gateway *)(void *)lobby);
}

static int stand_in_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	struct stand_in *lobby = calloc(1, sizeof(*lobby));

	assert(lobby);
	lobby->config = lobby_config(gateway_config_ref(wanted->config));
	lobby->head = (struct gateway_head){&lobby_gateway, host, lobby->config->head.name};
	lobby->timer = timer_new(host->loop, stand_in_on_goodbye, lobby);
	lobby->next = stand_ins;
	stand_ins = lobby;
	*ret = (struct gateway *)(void *)lobby;
	return 0;
}

static void stand_in_free(struct gateway *gateway)
{
	struct stand_in *lobby = (struct stand_in *)(void *)gateway, **link = &stand_ins;

	if (!lobby)
		return;
	while (*link != lobby)
		link = &(*link)->next;
	*link = lobby->next;
	timer_free(lobby->timer);
	gateway_config_unref(&lobby->config->head);
	free(lobby);
}

static int stand_in_start(struct gateway *gateway)
{
	struct stand_in *lobby = (struct stand_in *)(void *)gateway;

	if (lobby->config->listen.port % 16 == 15)
		return -EADDRINUSE;
	lobby->state = lobby->config->listen.port % 16 == 14 ? GATEWAY_FAILED : GATEWAY_READY;
	lobby->head.host->on_state(lobby->head.host->bot, gateway);
	return 0;
}

static void stand_in_stop(struct gateway *gateway, const char *reason)
{
	struct stand_in *lobby = (struct stand_in *)(void *)gateway;

	assert(*reason);
	timer_set(lobby->timer, lobby->config->listen.port % 2 ? FAKE_GOODBYE_MS : 0);
}

static int stand_in_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct stand_in *lobby = (struct stand_in *)(void *)gateway;
	const struct lobby_config *before = lobby->config, *config = lobby_config(wanted->config);

	assert(config->listen.port == before->listen.port);
	if (lobby->state == GATEWAY_FAILED)
		return -ENOTSUP;
	gateway_config_ref(wanted->config);
	lobby->config = config;
	lobby->head.name = config->head.name;
	gateway_config_unref(&before->head);
	return 0;
}

static int stand_in_say(struct gateway *gateway, struct delivery *delivery)
{
	(void)gateway;
	delivery->position = 0;
	return 0;
}

static void stand_in_status(const struct gateway *gateway, struct gateway_status *ret)
{
	*ret = (struct gateway_status){.state = ((const struct stand_in *)(const void *)gateway)->state};
}

const struct gateway_class lobby_gateway = {
		.create = stand_in_create,
		.free = stand_in_free,
		.start = stand_in_start,
		.stop = stand_in_stop,
		.reconfigure = stand_in_reconfigure,
		.say = stand_in_say,
		.status = stand_in_status,
};

#endif
