/* The lobby as a gateway: connects the chat and its web server with the bot. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/remote_clock.h"
#include "bot/base/trace.h"
#include "bot/base/utf8.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/config.h"
#include "bot/gateway/lobby/memory.h"
#include "bot/gateway/lobby/port.h"
#include "bot/gateway/lobby/server.h"
#include "bot/irc/wire.h"
#include "bot/net/loop.h"

#define BOT_NICK    "episoded"
#define FAREWELL_MS 500 /* for clients to read the goodbye */

struct visitor;

struct lobby {
	struct gateway_head head;
	const struct lobby_config *config; /* a reference */
	enum gateway_state state;
	struct chat *chat;
	struct lobby_memory memory;
	struct server *server;
	struct timer *farewell;
	struct timer *tick; /* the next deadline of a client */
	struct visitor *visitors;
	bool is_stopping;
	struct gateway_status counts;
	struct remote_clock clock; /* the lobby's own */
	const char *answer_prefix; /* during chat_say(): where the question was asked; else NULL */
};

/* One WebSocket and its client in the chat. */
struct visitor {
	struct visitor *next;
	struct lobby *lobby;
	struct server_link *link;
	struct chat_client *client;
	unsigned connection; /* number in the trace */
};

static struct lobby *lobby_of(struct gateway *gateway)
{
	return (struct lobby *)(void *)gateway;
}

static struct gateway *gateway_of(struct lobby *lobby)
{
	return (struct gateway *)(void *)lobby;
}

/* The lobby's time is never set back with the machine's: clients ask for the history after a time. */
static struct chat_time now(struct lobby *lobby)
{
	uint64_t now_ms = loop_now_ms(lobby->head.host->loop);

	remote_clock_hear_of(&lobby->clock, clock_wall_ms(), now_ms);
	return (struct chat_time){now_ms, remote_clock_now(&lobby->clock, now_ms)};
}

/* ---- between server and chat */

/* Clients may send PASS: irc_wire_trace() hides it. */
static void trace(const struct visitor *visitor, enum trace_direction direction, const char *text,
		size_t length)
{
	const struct irc_wire wire = {
			.gateway = visitor->lobby->head.name, .connection = visitor->connection};

	if (trace_is_on)
		irc_wire_trace(&wire, direction, text, length);
}

static void on_line(void *user, void *link, const char *line, size_t length)
{
	struct visitor *visitor = link;

	(void)user;
	trace(visitor, TRACE_OUT, line, length);
	server_send(visitor->link, line, length);
}

static void on_close(void *user, void *link)
{
	struct visitor *visitor = link;

	(void)user;
	server_close(visitor->link);
}

static void on_said(void *user, const struct message *message)
{
	struct lobby *lobby = user;

	lobby->counts.heard++;
	if (!lobby->is_stopping)
		lobby->head.host->on_message(lobby->head.host->bot, gateway_of(lobby), message);
}

static const char *prefix(void *user)
{
	struct lobby *lobby = user;

	return lobby->answer_prefix ? lobby->answer_prefix : lobby->head.host->prefix(lobby->head.host->bot);
}

static const char *topic(void *user, const char *channel, const char *nick, const char **ret_name)
{
	struct lobby *lobby = user;
	const struct message asker = {
			.id = "",
			.channel = channel,
			.author_id = nick,
			.author_name = nick,
			.account = "",
			.text = "",
			.has_private = true,
			.time_ms = now(lobby).wall_ms,
	};

	/* cppcheck-suppress returnDanglingLifetime ; the text belongs to the host, not to the message */
	return lobby->head.host->topic(lobby->head.host->bot, gateway_of(lobby), &asker, ret_name);
}

static void lobby_on_topics(struct gateway *gateway)
{
	chat_send_topics(lobby_of(gateway)->chat);
}

static const char *complete(void *user, const struct message *asker, const char *command, const char *option,
		const char *partial)
{
	struct lobby *lobby = user;

	return lobby->head.host->complete(
			lobby->head.host->bot, gateway_of(lobby), asker, command, option, partial);
}

static void on_tick(void *user)
{
	struct lobby *lobby = user;
	uint64_t delay_ms = chat_tick(lobby->chat, now(lobby).now_ms);

	if (delay_ms)
		timer_set(lobby->tick, delay_ms);
}

static void *on_open(void *user, struct server_link *link)
{
	static const char full[] = "ERROR :The lobby is full";
	struct lobby *lobby = user;
	struct visitor *visitor = calloc(1, sizeof(*visitor));

	if (visitor) {
		*visitor = (struct visitor){.next = lobby->visitors,
				.lobby = lobby,
				.link = link,
				.connection = trace_connection()};
		if (chat_enter(lobby->chat, visitor, now(lobby).now_ms, &visitor->client) == 0) {
			lobby->visitors = visitor;
			on_tick(lobby);
			return visitor;
		}
	}
	free(visitor);
	server_send(link, full, sizeof(full) - 1);
	server_close(link);
	return NULL;
}

static uint64_t on_message(void *user, void *link, const char *bytes, size_t length)
{
	struct lobby *lobby = user;
	struct visitor *visitor = link;
	uint64_t wait_ms = 0;

	if (bytes)
		trace(visitor, TRACE_IN, bytes, length);
	lobby_memory_catch_up(&lobby->memory, lobby->chat, now(lobby).wall_ms);
	if (bytes)
		wait_ms = chat_receive(lobby->chat, visitor->client, bytes, length, now(lobby));
	else
		chat_too_long(visitor->client);
	if (chat_take_loss(lobby->chat))
		log_gateway(LOG_LEVEL_ERROR, lobby->head.name, "out of memory: lost a line");
	return wait_ms;
}

static void on_closed(void *user, void *link)
{
	struct lobby *lobby = user;
	struct visitor *visitor = link, **place = &lobby->visitors;

	while (*place != visitor)
		place = &(*place)->next;
	*place = visitor->next;
	chat_leave(lobby->chat, visitor->client, "Connection closed");
	free(visitor);
	if (lobby->is_stopping && !lobby->visitors)
		timer_set(lobby->farewell, 0);
}

static const char *describe(void *user)
{
	struct lobby *lobby = user;

	return lobby->head.host->describe_commands(lobby->head.host->bot);
}

static int web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	struct lobby *lobby = user;

	return lobby->head.host->web_file(lobby->head.host->bot, path, query, ret);
}

/* All visitors have disconnected, or their time is up. */
static void on_farewell(void *user)
{
	struct lobby *lobby = user;

	timer_cancel(lobby->tick);
	server_end(lobby->server);
	lobby->server = NULL;
	lobby->state = GATEWAY_STOPPED;
	lobby->head.host->on_stopped(lobby->head.host->bot, gateway_of(lobby));
}

/* ---- the gateway */

static void lobby_free(struct gateway *gateway)
{
	struct lobby *lobby = lobby_of(gateway);

	if (!lobby)
		return;
	server_end(lobby->server);
	while (lobby->visitors) {
		struct visitor *visitor = lobby->visitors;

		lobby->visitors = visitor->next;
		free(visitor);
	}
	chat_free(lobby->chat);
	lobby_memory_release(&lobby->memory);
	timer_free(lobby->farewell);
	timer_free(lobby->tick);
	gateway_config_unref(&lobby->config->head);
	free(lobby);
}

static int check_channels(const struct gateway_wanted *wanted)
{
	const struct config_channels *channels = &wanted->channels;

	for (size_t i = 0; i < channels->count; i++) {
		if (!chat_channel_ok(channels->names[i])) {
			log_gateway(LOG_LEVEL_ERROR, wanted->config->name,
					"invalid lobby channel %s: '#' and up to %d bytes without spaces and "
					"commas",
					channels->names[i], CHAT_CHANNEL_MAX_BYTES - 1);
			return -EINVAL;
		}
	}
	return 0;
}

static int lobby_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	struct chat_config chat_config = {.bot_nick = BOT_NICK};
	struct chat_hooks hooks = {.on_line = on_line,
			.on_close = on_close,
			.on_said = on_said,
			.prefix = prefix,
			.complete = complete,
			.topic = topic};
	struct lobby *lobby;
	int r = check_channels(wanted);

	if (r < 0)
		return r;
	lobby = calloc(1, sizeof(*lobby));
	if (!lobby)
		return -ENOMEM;
	hooks.user = lobby;
	random_bytes(&chat_config.seed, sizeof(chat_config.seed));
	lobby->config = lobby_config(gateway_config_ref(wanted->config));
	lobby->head = (struct gateway_head){&lobby_gateway, host, lobby->config->head.name};
	r = lobby_memory_init(&lobby->memory, host, lobby->head.name);
	if (r == 0)
		r = chat_new(&hooks, &chat_config, &lobby->chat);
	if (r == 0)
		chat_keep(lobby->chat, &lobby->memory.keeper);
	if (r == 0)
		r = chat_set_channels(lobby->chat, wanted->channels.names, wanted->channels.count);
	if (r == 0) {
		lobby->farewell = timer_new(host->loop, on_farewell, lobby);
		lobby->tick = timer_new(host->loop, on_tick, lobby);
	}
	if (r < 0 || !lobby->farewell || !lobby->tick) {
		lobby_free(gateway_of(lobby));
		return r < 0 ? r : -ENOMEM;
	}
	*ret = gateway_of(lobby);
	return 0;
}

/* The command that opens the lobby on another port, without a configuration. "make run" sets its own. */
static void advise_command(unsigned short port, struct str *text)
{
	const char *command = getenv("EPISODED_LISTEN_COMMAND");

	if (command && *command)
		str_printf(text, "%s%u", command, port);
	else
		str_printf(text, "%s run --listen %u", program_invocation_name, port);
}

/* What is wrong with the port, and the fix. The kernel refuses ports below 1024 (EACCES), the systemd unit all ports but
 * the default one (EPERM). */
static void explain_port(const struct lobby_config *config, int error, struct str *text)
{
	const struct lobby_address *address = &config->listen;
	unsigned short port = address->port, free_port = port_next_free(address->host, port);
	char owner[PORT_OWNER_BYTES];

	if (error == -EADDRINUSE) {
		port_describe_owner(port, owner);
		str_printf(text, "port %u is taken by %s: stop it, or ", port, owner);
		if (config->head.has_file && free_port)
			str_printf(text, "set \"listen\" to another port; %u is free", free_port);
		else if (config->head.has_file || !free_port)
			str_append(text, "set \"listen\" to another port");
		else
			str_append(text, "use the next free port: ");
		if (!config->head.has_file && free_port)
			advise_command(free_port, text);
	} else if (error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT) {
		str_printf(text, "this machine has no address %s: set \"listen\" to \"127.0.0.1:%u\"",
				address->host, port);
	} else if (port < 1024) {
		str_printf(text, "no permission to listen on port %u: choose a port above 1023", port);
	} else {
		str_printf(text,
				"no permission to listen on port %u: the systemd unit forbids it; add "
				"SocketBindAllow=tcp:%u under [Service] with \"systemctl edit\", then "
				"restart",
				port, port);
	}
}

static bool is_about_port(int error)
{
	return error == -EADDRINUSE || error == -EADDRNOTAVAIL || error == -EAFNOSUPPORT || error == -EPERM ||
	       error == -EACCES;
}

static void log_port(const struct lobby *lobby, int error)
{
	struct str text = STR(UTF8_LINE_MAX_BYTES);

	explain_port(lobby->config, error, &text);
	log_gateway(LOG_LEVEL_ERROR, lobby->head.name, "%s", str_text(&text));
	str_release(&text);
}

static void lobby_examine(const struct gateway_config *config, struct str *ret)
{
	const struct lobby_config *lobby = lobby_config(config);
	int r = port_examine(lobby->listen.host, lobby->listen.port);

	if (is_about_port(r))
		explain_port(lobby, r, ret);
	else if (r < 0)
		str_printf(ret, "port %u cannot be used: %s", lobby->listen.port, strerror(-r));
}

static int lobby_start(struct gateway *gateway)
{
	struct lobby *lobby = lobby_of(gateway);
	const struct gateway_host *host = lobby->head.host;
	const struct lobby_address *address = &lobby->config->listen;
	const struct server_hooks hooks = {.user = lobby,
			.on_open = on_open,
			.on_message = on_message,
			.on_closed = on_closed,
			.describe = describe,
			.web_file = web_file};
	const bool is_ipv6 = strchr(address->host, ':') != NULL;
	int r;

	lobby_memory_catch_up(&lobby->memory, lobby->chat, now(lobby).wall_ms);
	r = server_start(host->loop, address->host, address->port, &hooks, &lobby->server);
	if (r < 0) {
		lobby->state = GATEWAY_FAILED;
		if (is_about_port(r))
			log_port(lobby, r);
		return r;
	}
	lobby->state = GATEWAY_READY;
	snprintf(lobby->counts.address, sizeof(lobby->counts.address),
			is_ipv6 ? "http://[%s]:%u" : "http://%s:%u", address->host,
			server_port(lobby->server));
	log_gateway(LOG_LEVEL_INFO, lobby->head.name, "open %s", lobby->counts.address);
	host->on_state(host->bot, gateway);
	return 0;
}

static void lobby_stop(struct gateway *gateway, const char *reason)
{
	struct lobby *lobby = lobby_of(gateway);

	lobby->is_stopping = true;
	chat_goodbye(lobby->chat, reason);
	timer_set(lobby->farewell, lobby->visitors ? FAREWELL_MS : 0);
}

static int lobby_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct lobby *lobby = lobby_of(gateway);
	const struct lobby_config *before = lobby->config;
	int r = check_channels(wanted);

	if (r < 0)
		return r;
	lobby->config = lobby_config(gateway_config_ref(wanted->config));
	lobby->head.name = lobby->memory.gateway = lobby->config->head.name;
	gateway_config_unref(&before->head);
	return chat_set_channels(lobby->chat, wanted->channels.names, wanted->channels.count);
}

static void lobby_restore(struct gateway *gateway, struct message *message)
{
	(void)gateway;
	message->has_private = true;
	message->is_known_by_extra = message->extra && *message->extra;
}

static int lobby_can_speak(struct gateway *gateway, const struct message *message, const char **ret_why)
{
	const struct lobby *lobby = lobby_of(gateway);
	bool is_there = message->is_private || chat_has_channel(lobby->chat, message->channel);

	/* A client that is no page is known for as long as its connection lasts, so it never comes back. */
	if (message->is_for_author && !lobby->is_stopping)
		return chat_can_reach(lobby->chat, message) ? 0 : -EHOSTDOWN;
	if (ret_why)
		*ret_why = is_there ? NULL : "there is no such channel in the lobby any more";
	return lobby->is_stopping ? -EAGAIN : is_there ? 0 : -ENOENT;
}

static int lobby_say(struct gateway *gateway, struct delivery *delivery)
{
	struct lobby *lobby = lobby_of(gateway);
	int r;

	lobby->answer_prefix = delivery->prefix;
	r = chat_say(lobby->chat, delivery->message, delivery->reply, &delivery->position,
			now(lobby).wall_ms);
	lobby->answer_prefix = NULL;
	lobby_memory_save(&lobby->memory); /* the question, too */
	if (chat_take_loss(lobby->chat) && r == 0)
		r = -ENOMEM;
	if (r == 0)
		lobby->counts.answered++;
	else
		lobby->counts.dropped++;
	return r == -ENOENT ? -ENOTCONN : r;
}

static void lobby_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct lobby *lobby = (const struct lobby *)(const void *)gateway;
	unsigned channels = chat_channels(lobby->chat), people = chat_people(lobby->chat);

	*ret = lobby->counts;
	ret->state = lobby->state;
	ret->channels = channels;
	utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s, %u %s", channels,
			channels == 1 ? "" : "s", people, people == 1 ? "person" : "people");
}

const struct gateway_class lobby_gateway = {
		.create = lobby_create,
		.free = lobby_free,
		.start = lobby_start,
		.stop = lobby_stop,
		.reconfigure = lobby_reconfigure,
		.can_speak = lobby_can_speak,
		.restore = lobby_restore,
		.say = lobby_say,
		.on_topics = lobby_on_topics,
		.status = lobby_status,
		.examine = lobby_examine,
};
