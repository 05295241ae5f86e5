/* The gateways that run, and how a new configuration changes them. */

#include "bot/daemon/gateways.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/net/loop.h"

#define AND_MORE_BYTES sizeof(", , and 18446744073709551615 more")

/* One place on the roster. */
struct slot {
	struct slot *next;
	struct gateway *gateway;
	struct gateway_config config;      /* what it runs with */
	struct gateway_config replacement; /* what takes its name once it has stopped; .name NULL: nothing */
	bool is_wanted;                    /* named by the configuration being applied */
	bool is_stopping, is_stopped;
	bool was_ready;           /* at least once */
	enum gateway_state state; /* as last logged */
};

struct roster {
	struct roster_host host;
	struct gateway_host gateway_host;
	struct slot *slots;
	struct timer *sweep; /* frees what has stopped, outside of its own callback */
	bool is_stopping;
};

static const struct gateway_class *const classes[] = {
		[GATEWAY_LOBBY] = &lobby_gateway,
		[GATEWAY_IRC] = &irc_gateway,
		[GATEWAY_DISCORD] = &discord_gateway,
		[GATEWAY_TWITCH] = &twitch_gateway,
};

static const char *const state_names[] = {
		[GATEWAY_STOPPED] = "stopped",
		[GATEWAY_CONNECTING] = "connecting",
		[GATEWAY_READY] = "ready",
		[GATEWAY_FAILED] = "failed",
};

static void free_slot(struct slot *slot)
{
	if (slot->gateway)
		gateway_head(slot->gateway)->class->free(slot->gateway);
	gateway_config_release(&slot->config);
	gateway_config_release(&slot->replacement);
	free(slot);
}

static struct slot *slot_of(const struct roster *roster, const struct gateway *gateway)
{
	struct slot *slot = roster->slots;

	while (slot && slot->gateway != gateway)
		slot = slot->next;
	return slot;
}

static struct slot *slot_named(const struct roster *roster, const char *name)
{
	struct slot *slot = roster->slots;

	while (slot && !str_equal(slot->config.name, name))
		slot = slot->next;
	return slot;
}

/* Take a slot off the roster and free it with its gateway. */
static void remove_slot(struct roster *roster, struct slot *slot)
{
	struct slot **link = &roster->slots;

	while (*link != slot)
		link = &(*link)->next;
	*link = slot->next;
	free_slot(slot);
}

static void log_start_error(const struct gateway_config *config, int error)
{
	struct log_about about = {.gateway = config->name, .error = error};

	if (error == -EADDRINUSE)
		log_write(LOG_LEVEL_ERROR, &about,
				"port %u is taken; is another episoded running? Set \"listen\" to another "
				"port",
				config->listen_port);
	else
		log_write(LOG_LEVEL_ERROR, &about, "gateway %s cannot start", config->name);
}

/* Make and start one. 0, or a negative errno, already logged. */
static int add(struct roster *roster, const struct gateway_config *config)
{
	const struct gateway_class *class = classes[config->type];
	struct slot *slot = calloc(1, sizeof(*slot));
	int r;

	if (!slot) {
		log_start_error(config, -ENOMEM);
		roster->host.on_short(roster->host.user);
		return -ENOMEM;
	}
	slot->is_wanted = true;
	slot->next = roster->slots;
	roster->slots = slot; /* on the roster before it starts: it may report at once */
	r = gateway_config_copy(config, &slot->config);
	if (!r)
		r = class->create(&slot->config, &roster->gateway_host, &slot->gateway);
	if (!r)
		r = class->start(slot->gateway);
	if (r) {
		log_start_error(config, r);
		remove_slot(roster, slot);
	}
	if (r == -ENOMEM)
		roster->host.on_short(roster->host.user);
	return r;
}

static void stop(struct slot *slot, const char *reason)
{
	if (slot->is_stopping)
		return;
	slot->is_stopping = true;
	gateway_head(slot->gateway)->class->stop(slot->gateway, reason);
}

static struct slot *first_stopped(const struct roster *roster)
{
	struct slot *slot = roster->slots;

	while (slot && !slot->is_stopped)
		slot = slot->next;
	return slot;
}

/* A loop callback of its own: free what has stopped, start what replaces it. */
static void on_sweep(void *user)
{
	struct roster *roster = user;
	struct slot *slot;

	while ((slot = first_stopped(roster)) != NULL) {
		struct gateway_config replacement = slot->replacement;

		slot->replacement = (struct gateway_config){0};
		remove_slot(roster, slot);
		if (replacement.name && !roster->is_stopping)
			add(roster, &replacement);
		gateway_config_release(&replacement);
	}
	roster->host.on_change(roster->host.user);
	if (roster->is_stopping && !roster->slots)
		roster->host.on_all_stopped(roster->host.user);
}

static void on_stopped(void *user, struct gateway *gateway)
{
	struct roster *roster = user;
	struct slot *slot = slot_of(roster, gateway);

	if (!slot)
		return;
	slot->is_stopped = true;
	timer_set(roster->sweep, 0);
}

static void on_message(void *user, struct gateway *gateway, const struct message *message)
{
	struct roster *roster = user;

	roster->host.on_message(roster->host.user, gateway, message);
}

static void log_state(struct slot *slot, const struct gateway_status *now)
{
	const char *name = slot->config.name;

	if (now->state == slot->state)
		return;
	if (now->state == GATEWAY_READY)
		log_gateway(LOG_LEVEL_INFO, name, "ready: gateway %s", name);
	else if (now->state == GATEWAY_FAILED)
		log_gateway(LOG_LEVEL_ERROR, name, "failed: gateway %s: %s", name, now->detail);
	else if (slot->state == GATEWAY_READY && !slot->is_stopping)
		log_gateway(LOG_LEVEL_WARNING, name, "lost: gateway %s: %s", name, now->detail);
	slot->state = now->state;
}

static void on_state(void *user, struct gateway *gateway)
{
	struct roster *roster = user;
	struct slot *slot = slot_of(roster, gateway);
	struct gateway_status now;

	if (!slot)
		return;
	gateway_head(gateway)->class->status(gateway, &now);
	log_state(slot, &now);
	if (now.state == GATEWAY_READY && !slot->was_ready) {
		slot->was_ready = true;
		roster->host.on_ready(roster->host.user, gateway);
	}
	roster->host.on_change(roster->host.user);
}

static const char *describe_commands(void *user)
{
	struct roster *roster = user;

	return roster->host.describe_commands(roster->host.user);
}

static const char *prefix(void *user)
{
	struct roster *roster = user;

	return roster->host.prefix(roster->host.user);
}

static const char *const *prefixes(void *user)
{
	struct roster *roster = user;

	return roster->host.prefixes(roster->host.user);
}

static void on_proved(void *user, struct gateway *gateway, const char *message_id)
{
	struct roster *roster = user;

	roster->host.on_proved(roster->host.user, gateway, message_id);
}

static void settle(void *user)
{
	struct roster *roster = user;

	roster->host.settle(roster->host.user);
}

static void replay(void *user, struct gateway *gateway,
		bool (*is_due)(void *due_user, const struct message *message), void *due_user)
{
	struct roster *roster = user;

	roster->host.replay(roster->host.user, gateway, is_due, due_user);
}

static const char *complete(void *user, const char *command, const char *option, const char *partial)
{
	struct roster *roster = user;

	return roster->host.complete(roster->host.user, command, option, partial);
}

static struct store *store(void *user)
{
	struct roster *roster = user;

	return roster->host.store(roster->host.user);
}

int roster_new(const struct roster_host *host, struct roster **ret)
{
	struct roster *roster = calloc(1, sizeof(*roster));

	if (!roster)
		return -ENOMEM;
	roster->host = *host;
	roster->gateway_host = (struct gateway_host){
			.loop = host->loop,
			.bot = roster,
			.on_message = on_message,
			.on_state = on_state,
			.on_stopped = on_stopped,
			.describe_commands = describe_commands,
			.prefix = prefix,
			.prefixes = prefixes,
			.on_proved = on_proved,
			.replay = replay,
			.settle = settle,
			.complete = complete,
			.store = store,
	};
	roster->sweep = timer_new(host->loop, on_sweep, roster);
	if (!roster->sweep) {
		free(roster);
		return -ENOMEM;
	}
	*ret = roster;
	return 0;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	while (roster->slots)
		remove_slot(roster, roster->slots);
	timer_free(roster->sweep);
	free(roster);
}

/* What takes the name of a stopping gateway: the latest configuration counts. config {0}: nothing does. */
static void replace(struct slot *slot, struct gateway_config config)
{
	gateway_config_release(&slot->replacement);
	slot->replacement = config;
}

/* A running gateway and the configuration that now bears its name. */
static void change(struct roster *roster, struct slot *slot, const struct gateway_config *config)
{
	const struct gateway_class *class = gateway_head(slot->gateway)->class;
	struct gateway_config copy;

	slot->is_wanted = true;
	/* One that failed may find now what it missed, a permission or a scope: it is asked. */
	if (!slot->is_stopping && gateway_config_equal(&slot->config, config) &&
			slot->state != GATEWAY_FAILED)
		return;
	if (gateway_config_copy(config, &copy)) {
		log_gateway(LOG_LEVEL_ERROR, config->name,
				"out of memory: it runs on with its old configuration");
		roster->host.on_short(roster->host.user);
		return;
	}
	if (!slot->is_stopping && slot->config.type == config->type &&
			class->reconfigure(slot->gateway, config) == 0) {
		gateway_config_release(&slot->config);
		slot->config = copy;
		return;
	}
	replace(slot, copy);
	stop(slot, "The bot's configuration changed. It will be back.");
}

size_t roster_configure(struct roster *roster, const struct gateway_config *configs, size_t count)
{
	size_t running = 0;

	for (struct slot *slot = roster->slots; slot; slot = slot->next)
		slot->is_wanted = false;
	for (size_t i = 0; i < count; i++) {
		struct slot *slot = slot_named(roster, configs[i].name);

		if (slot)
			change(roster, slot, &configs[i]);
		else
			add(roster, &configs[i]);
	}
	for (struct slot *slot = roster->slots; slot; slot = slot->next) {
		if (slot->is_wanted) {
			running++;
		} else {
			replace(slot, (struct gateway_config){0});
			stop(slot, "The bot was told to leave.");
		}
	}
	return running;
}

void roster_each_ready(
		struct roster *roster, void (*on_gateway)(void *user, struct gateway *gateway), void *user)
{
	for (const struct slot *slot = roster->slots; slot; slot = slot->next) {
		if (slot->was_ready && slot->gateway)
			on_gateway(user, slot->gateway);
	}
}

void roster_stop(struct roster *roster, const char *reason)
{
	roster->is_stopping = true;
	for (struct slot *slot = roster->slots; slot; slot = slot->next)
		stop(slot, reason);
	timer_set(roster->sweep, 0); /* also when there is none left */
}

/* "irc ready (3 channels)", on one line whatever a server has sent. */
static void describe_slot(const struct slot *slot, struct str *str)
{
	struct gateway_status now;

	gateway_head(slot->gateway)->class->status(slot->gateway, &now);
	utf8_line(str, "%s %s%s%s%s", slot->config.name, state_names[now.state], *now.detail ? " (" : "",
			now.detail, *now.detail ? ")" : "");
}

void roster_describe(const struct roster *roster, struct str *str)
{
	struct str one = STR(UTF8_LINE_MAX_BYTES);
	size_t left_out = 0;

	for (const struct slot *slot = roster->slots; slot; slot = slot->next) {
		str_truncate(&one, 0);
		describe_slot(slot, &one);
		/* Once one has found no room, the shorter ones after it are only counted: no gaps. */
		if (left_out || one.error || str->length + one.length + AND_MORE_BYTES > str->limit_bytes)
			left_out++;
		else
			str_printf(str, "%s%s", str->length ? ", " : "", str_text(&one));
	}
	if (left_out)
		str_printf(str, "%sand %zu more", str->length ? ", " : "", left_out);
	str_release(&one);
}
