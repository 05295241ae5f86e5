/* The Twitch gateway: connects a transport and the bot. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/login_file.h"
#include "bot/gateway/twitch/render.h"
#include "bot/gateway/twitch/token.h"
#include "bot/gateway/twitch/transport.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"

#define REASON_MAX_BYTES sizeof((struct gateway_status){0}.detail)
#define START_PAUSE_MS   1200

struct twitch_gateway {
	struct gateway_head head;
	const struct twitch_config *config; /* a reference */
	const struct twitch_transport_class *class;
	struct twitch_transport *transport;
	struct twitch_chat *chat; /* the transport's */
	struct twitch_token *token;
	enum gateway_state state;
	bool is_reconnecting, is_stopping;
	bool is_token_over;            /* FAILED because of the token; another one revives the gateway */
	char reason[REASON_MAX_BYTES]; /* why there is no connection */
	uint64_t retry_ms;
	uint64_t heard, answered, dropped, reconnects;
};

static struct twitch_gateway *as_twitch(struct gateway *gateway)
{
	return (struct twitch_gateway *)(void *)gateway;
}

static struct gateway *as_gateway(struct twitch_gateway *twitch)
{
	return (struct gateway *)(void *)twitch;
}

static struct irc_now now(const struct twitch_gateway *twitch)
{
	return (struct irc_now){loop_now_ms(twitch->head.host->loop), clock_wall_ms()};
}

static void set_state(struct twitch_gateway *twitch, enum gateway_state state)
{
	twitch->state = state;
	twitch->head.host->on_state(twitch->head.host->bot, as_gateway(twitch));
}

/* ---------------------------------------------------------------- from the transport */

static void on_ready(void *user)
{
	struct twitch_gateway *twitch = user;

	if (twitch->state != GATEWAY_READY)
		set_state(twitch, GATEWAY_READY);
}

static void on_rooms(void *user)
{
	struct twitch_gateway *twitch = user;

	twitch->head.host->on_state(twitch->head.host->bot, as_gateway(twitch));
}

static void on_message(void *user, const struct message *message)
{
	struct twitch_gateway *twitch = user;

	twitch->heard++;
	twitch->head.host->on_message(twitch->head.host->bot, as_gateway(twitch), message);
}

/* Sent or given up: not to be answered again after a restart. */
static void on_completed(void *user, const char *message_id, bool is_said)
{
	struct twitch_gateway *twitch = user;

	twitch->answered += is_said;
	twitch->head.host->on_completed(twitch->head.host->bot, as_gateway(twitch), message_id);
}

static void on_note(void *user, const char *text)
{
	const struct twitch_gateway *twitch = user;

	log_gateway(LOG_LEVEL_WARNING, twitch->head.name, "%s", text);
}

static void on_info(void *user, const char *text)
{
	const struct twitch_gateway *twitch = user;

	log_gateway(LOG_LEVEL_INFO, twitch->head.name, "%s", text);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct twitch_gateway *twitch = user;
	bool was_ready = twitch->state == GATEWAY_READY;

	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	twitch->retry_ms = loop_now_ms(twitch->head.host->loop) + delay_ms;
	twitch->is_reconnecting = true;
	twitch->reconnects += was_ready;
	if (!was_ready)
		log_gateway(LOG_LEVEL_WARNING, twitch->head.name, "not connected: %s; next try in %.1f s",
				reason, (double)delay_ms / 1000);
	set_state(twitch, GATEWAY_CONNECTING);
}

/* There is no connection, and no time at which one will be tried. */
static void wait_for_token(struct twitch_gateway *twitch, const char *reason)
{
	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	twitch->is_reconnecting = false;
	set_state(twitch, GATEWAY_CONNECTING);
}

static void on_failed(void *user, const char *reason)
{
	struct twitch_gateway *twitch = user;

	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	set_state(twitch, GATEWAY_FAILED);
}

static void on_refused(void *user, const char *access)
{
	struct twitch_gateway *twitch = user;

	log_gateway(LOG_LEVEL_WARNING, twitch->head.name, "login refused by Twitch: validating the token");
	if (!twitch_chat_is_ready(twitch->chat))
		wait_for_token(twitch, "login refused by Twitch: validating the token");
	twitch_token_refused(twitch->token, access);
}

static void on_stopped(void *user)
{
	struct twitch_gateway *twitch = user;

	twitch->state = GATEWAY_STOPPED;
	twitch->head.host->on_stopped(twitch->head.host->bot, as_gateway(twitch));
}

/* ---------------------------------------------------------------- from the token */

static void on_token(void *user, const struct twitch_identity *identity)
{
	struct twitch_gateway *twitch = user;

	/* A gateway that failed for another reason stays as it is. */
	if (twitch->is_stopping || (twitch->state == GATEWAY_FAILED && !twitch->is_token_over))
		return;
	twitch->is_token_over = false;
	if (!twitch->is_reconnecting)
		twitch->reason[0] = '\0';
	if (twitch->state == GATEWAY_FAILED)
		set_state(twitch, GATEWAY_CONNECTING);
	twitch->class->use(twitch->transport, identity);
}

static void on_invalid(void *user, const char *reason, bool is_final)
{
	struct twitch_gateway *twitch = user;

	if (twitch->is_stopping || (twitch->state == GATEWAY_FAILED && !twitch->is_token_over))
		return;
	twitch->class->use(twitch->transport, NULL);
	if (is_final) {
		/* Another reason than before is logged, too; a long one as a whole. */
		if (twitch->state == GATEWAY_FAILED)
			set_state(twitch, GATEWAY_CONNECTING);
		if (strlen(reason) >= REASON_MAX_BYTES)
			log_gateway(LOG_LEVEL_ERROR, twitch->head.name, "%s", reason);
		twitch->is_token_over = true;
		on_failed(twitch, reason);
		twitch->class->drop(twitch->transport);
	} else if (!twitch_chat_is_ready(twitch->chat)) {
		wait_for_token(twitch, reason);
	}
}

static struct store *on_store(void *user)
{
	const struct twitch_gateway *twitch = user;
	const struct gateway_host *host = twitch->head.host;

	return host->store ? host->store(host->bot) : NULL;
}

/* ---------------------------------------------------------------- for the bot */

static const struct twitch_transport_class *transport_class(const struct twitch_config *config)
{
	return config->transport == TWITCH_EVENTSUB ? &twitch_over_eventsub : &twitch_over_irc;
}

static void twitch_free(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	if (!twitch)
		return;
	twitch_token_free(twitch->token);
	twitch->class->free(twitch->transport);
	gateway_config_unref(&twitch->config->head);
	free(twitch);
}

static int twitch_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	static const struct twitch_transport_events events = {{on_rooms, on_message, on_completed, on_note},
			on_ready, on_down, on_failed, on_refused, on_stopped, on_info, on_store};
	static const struct twitch_token_events token_events = {on_token, on_invalid};
	struct twitch_gateway *twitch = calloc(1, sizeof(*twitch));
	int r;

	if (!twitch)
		return -ENOMEM;
	twitch->config = twitch_config(gateway_config_ref(wanted->config));
	twitch->head = (struct gateway_head){&twitch_gateway, host, twitch->config->head.name};
	twitch->class = transport_class(twitch->config);
	r = twitch->class->create(
			host->loop, twitch->config, &wanted->channels, &events, twitch, &twitch->transport);
	if (r == 0)
		r = twitch_token_new(host, twitch->config, twitch->class->scopes, &token_events, twitch,
				&twitch->token);
	if (r < 0) {
		twitch_free(as_gateway(twitch));
		return r;
	}
	twitch->chat = twitch->class->chat(twitch->transport);
	/* An earlier process may have sent a message in this second, and Twitch drops the second one silently. */
	twitch->chat->outbox.quiet_until_ms = loop_now_ms(host->loop) + START_PAUSE_MS;
	*ret = as_gateway(twitch);
	return 0;
}

static int twitch_start(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	const struct gateway_host *host = twitch->head.host;
	const struct permit *permit = host->permit ? host->permit(host->bot, gateway) : NULL;

	twitch->state = GATEWAY_CONNECTING;
	twitch->class->set_permit(twitch->transport, permit);
	twitch->class->look_at_permit(twitch->transport);
	twitch_token_set_permit(twitch->token, permit);
	/* The configuration's token is tried while it is validated. */
	if (twitch->config->token)
		twitch->class->use(
				twitch->transport, &(struct twitch_identity){twitch->config->token, "", ""});
	twitch_token_start(twitch->token);
	return twitch->class->start(twitch->transport);
}

/* Another process may have this gateway now, and refresh its token. */
static void twitch_abandon(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	twitch->is_stopping = true;
	twitch_token_abandon(twitch->token);
	twitch->class->abandon(twitch->transport);
	twitch->state = GATEWAY_STOPPED;
}

static void twitch_stop(struct gateway *gateway, const char *reason)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	twitch->is_stopping = true;
	(void)reason; /* Twitch has no quit message */
	twitch->class->stop(twitch->transport);
}

static int twitch_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	const struct twitch_config *before = twitch->config, *config = twitch_config(wanted->config);
	int r;

	if (twitch->state == GATEWAY_FAILED)
		return -ENOTSUP;
	r = twitch->class->configure(twitch->transport, config, &wanted->channels);
	if (r < 0)
		return r;
	gateway_config_ref(wanted->config);
	twitch->config = config;
	twitch_token_configure(twitch->token, config);
	twitch->head.name = config->head.name;
	gateway_config_unref(&before->head);
	return 0;
}

static int twitch_can_speak(struct gateway *gateway, const struct message *message, const char **ret_why)
{
	const struct twitch_gateway *twitch = as_twitch(gateway);
	const struct twitch_room *room = twitch_chat_find(twitch->chat, message->channel);
	bool is_in = room && room->seats[twitch->chat->connections.current].is_in;

	if (ret_why)
		*ret_why = !room    ? "I'm not in that channel; an owner can bring me back with \"join\""
			   : !is_in ? "I'm not in that channel yet"
				    : NULL;
	return !room ? -ENOENT : is_in ? 0 : -EAGAIN;
}

static int twitch_say(struct gateway *gateway, struct delivery *delivery)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	const struct message *message = delivery->message;
	const struct twitch_render_options options = {
			.room = twitch_chat_room(),
			.lines_max = twitch_chat_lines_max(twitch->chat, message->channel),
			.position = delivery->position,
			.prefix = delivery->prefix ? delivery->prefix
						   : twitch->head.host->prefix(twitch->head.host->bot),
	};
	struct twitch_say say = {.channel = message->channel,
			.asked_id = message->id,
			.author_id = message->author_id,
			.is_occasion = message->is_occasion,
			.is_again = message->origin == MESSAGE_JOURNAL};
	struct irc_now time = now(twitch);
	struct irc_lines lines;
	size_t next;
	int r = twitch_render(delivery->reply, &options, &lines, &next);

	if (r < 0)
		return r;
	say.lines = lines.line;
	say.line_count = lines.count;
	r = twitch_chat_say(twitch->chat, &say, &time);
	if (r == 0)
		delivery->position = next;
	else
		twitch->dropped++;
	/* Completed: it cannot be sent, now or after a restart. */
	if (r == -EACCES || r == -ENOENT)
		on_completed(twitch, message->id, false);
	irc_lines_release(&lines);
	return r == -ENOBUFS || r == -EACCES ? -EAGAIN : r == -ENOENT ? -ENOTCONN : r;
}

static void twitch_flush(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	struct irc_now time;

	twitch->class->look_at_permit(twitch->transport);
	if (!twitch_chat_is_flush_due(twitch->chat))
		return;
	time = now(twitch);
	twitch_chat_flush(twitch->chat, &time);
	twitch->class->arm(twitch->transport);
}

static void twitch_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct twitch_gateway *twitch = (const struct twitch_gateway *)(const void *)gateway;
	unsigned channels = twitch_chat_joined_count(twitch->chat);
	uint64_t now_ms = loop_now_ms(twitch->head.host->loop);
	uint64_t wait_ms = twitch->retry_ms > now_ms ? twitch->retry_ms - now_ms : 0;
	char silence[TWITCH_STATUS_MAX_BYTES];

	*ret = (struct gateway_status){
			.state = twitch->state,
			.channels = channels,
			.heard = twitch->heard,
			.answered = twitch->answered,
			.dropped = twitch->dropped + twitch_chat_dropped(twitch->chat),
			.reconnects = twitch->reconnects,
	};
	twitch_chat_silence(twitch->chat, now_ms, silence);
	if (twitch->chat->outbox.is_mute && twitch->state == GATEWAY_READY)
		utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s; silent: " PERMIT_REASON, channels,
				channels == 1 ? "" : "s");
	else if (twitch->state == GATEWAY_READY)
		utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s%s%s", channels,
				channels == 1 ? "" : "s", *silence ? "; silent in " : "", silence);
	else if (twitch->state == GATEWAY_FAILED)
		utf8_print(ret->detail, sizeof(ret->detail), "%s", twitch->reason);
	else if (twitch->state == GATEWAY_STOPPED || !twitch->is_reconnecting)
		utf8_print(ret->detail, sizeof(ret->detail), "%s",
				twitch->state == GATEWAY_STOPPED ? "stopped"
				: *twitch->reason                ? twitch->reason
								 : "connecting");
	else
		utf8_print(ret->detail, sizeof(ret->detail), "reconnecting in %llu s: %s",
				(unsigned long long)((wait_ms + 999) / 1000), twitch->reason);
}

/* A login that was made on this host. */
static void twitch_hand_over(const struct gateway_config *config, struct store *store)
{
	const struct twitch_config *twitch = twitch_config(config);
	int r = twitch->token ? 0 : twitch_login_hand_over(twitch->state, config->name, store);

	if (r < 0 && r != -ENOLINK)
		log_write(LOG_LEVEL_DEBUG, &(struct log_about){.gateway = config->name, .error = r},
				"the login in %s is not handed over yet", twitch->state);
}

const struct gateway_class twitch_gateway = {
		.is_confirmed = true,
		.is_leased = true,
		.create = twitch_create,
		.free = twitch_free,
		.start = twitch_start,
		.stop = twitch_stop,
		.abandon = twitch_abandon,
		.can_speak = twitch_can_speak,
		.hand_over = twitch_hand_over,
		.reconfigure = twitch_reconfigure,
		.say = twitch_say,
		.flush = twitch_flush,
		.status = twitch_status,
};
