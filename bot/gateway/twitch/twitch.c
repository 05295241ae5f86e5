/* The Twitch gateway: connects links, session and bot. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/render.h"
#include "bot/gateway/twitch/session.h"
#include "bot/irc/link.h"
#include "bot/net/loop.h"

#define GOODBYE_MS       1800 /* for the last confirmations */
#define TIMER_SLACK_MS   (10 * 1000)
#define REASON_MAX_BYTES 120

struct twitch_gateway;

/* One connection: a link below the session. */
struct twitch_link {
	struct twitch_gateway *gateway;
	struct irc_link *irc; /* NULL: not in use */
	size_t number;
	bool is_over;    /* do not reconnect */
	bool is_retired; /* to be freed by on_sweep(), outside of its own callbacks */
};

struct twitch_gateway {
	struct gateway_head head;
	const struct twitch_config *config; /* a reference */
	struct twitch_link links[TWITCH_LINKS];
	struct twitch_session *session;
	struct timer *timer;   /* twitch_session_next_ms() */
	uint64_t timer_ms;     /* when it is due; UINT64_MAX: not set */
	struct timer *sweep;   /* frees retired links */
	struct timer *goodbye; /* the deadline of stop() */
	enum gateway_state state;
	bool is_stopping, is_reconnecting;
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

/* An early timer is harmless, so it is moved back rarely, not after each line. */
static void arm(struct twitch_gateway *twitch)
{
	uint64_t now_ms = loop_now_ms(twitch->head.host->loop);
	uint64_t next_ms = twitch_session_next_ms(twitch->session);

	if (next_ms == UINT64_MAX ||
			(next_ms >= twitch->timer_ms && next_ms - twitch->timer_ms < TIMER_SLACK_MS))
		return;
	twitch->timer_ms = next_ms;
	timer_set(twitch->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

static void on_timer(void *user)
{
	struct twitch_gateway *twitch = user;
	struct irc_now time = now(twitch);

	twitch->timer_ms = UINT64_MAX;
	twitch_session_tick(twitch->session, &time);
	arm(twitch);
}

static void finish_stopping(struct twitch_gateway *twitch)
{
	if (twitch->state == GATEWAY_STOPPED)
		return;
	timer_cancel(twitch->goodbye);
	timer_cancel(twitch->timer);
	twitch->state = GATEWAY_STOPPED;
	twitch->head.host->on_stopped(twitch->head.host->bot, as_gateway(twitch));
}

static void on_goodbye_over(void *user)
{
	finish_stopping(user);
}

/* ---------------------------------------------------------------- connections */

/* There is one link, or two while Twitch moves the bot to another server. */
static void retire(struct twitch_link *link)
{
	link->is_retired = link->is_over = link->irc != NULL;
	timer_set(link->gateway->sweep, 0);
}

static void on_sweep(void *user)
{
	struct twitch_gateway *twitch = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		struct twitch_link *link = &twitch->links[i];

		if (!link->is_retired)
			continue;
		irc_link_free(link->irc);
		link->irc = NULL;
		link->is_retired = link->is_over = false;
	}
	if (twitch->is_stopping && !twitch->links[0].irc && !twitch->links[1].irc)
		finish_stopping(twitch);
}

static void on_link_open(void *user)
{
	struct twitch_link *link = user;
	struct irc_now time = now(link->gateway);

	if (link->is_retired || link->gateway->is_stopping)
		return;
	twitch_session_open(link->gateway->session, link->number, &time);
	arm(link->gateway);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct twitch_link *link = user;
	struct irc_now time = now(link->gateway);

	if (link->is_retired)
		return;
	twitch_session_receive(link->gateway->session, link->number, bytes, length, &time);
	arm(link->gateway);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct twitch_link *link = user;
	struct twitch_gateway *twitch = link->gateway;
	bool was_ready = twitch->state == GATEWAY_READY;
	const struct twitch_link *other = &twitch->links[(link->number + 1) % TWITCH_LINKS];
	struct irc_now time = now(twitch);
	bool was_current = twitch_chat_current(twitch_session_chat(twitch->session)) == link->number;

	twitch_session_close(twitch->session, link->number, &time);
	if (link->is_over || twitch->is_stopping || twitch->state == GATEWAY_FAILED) {
		retire(link);
		return;
	}
	if (!was_current && other->irc) /* the new link: it reconnects by itself */
		return;
	if (other->irc && !other->is_over)
		retire(link); /* the other link is connected, or connecting */
	if (twitch_chat_is_ready(twitch_session_chat(twitch->session)))
		return;
	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	twitch->retry_ms = time.ms + delay_ms;
	twitch->is_reconnecting = true;
	twitch->reconnects += was_ready;
	if (!was_ready)
		log_gateway(LOG_LEVEL_WARNING, twitch->head.name, "not connected: %s; next try in %.1f s",
				reason, (double)delay_ms / 1000);
	set_state(twitch, GATEWAY_CONNECTING);
}

static struct store *on_store(void *user)
{
	const struct twitch_link *link = user;
	const struct gateway_host *host = link->gateway->head.host;

	return host->store ? host->store(host->bot) : NULL;
}

static int open_link(struct twitch_gateway *twitch, size_t number)
{
	static const struct irc_link_events events = {on_link_open, on_bytes, on_down, on_store};
	struct twitch_link *link = &twitch->links[number];
	int r = irc_link_new(twitch->head.host->loop, &twitch->config->link, &events, link, &link->irc);

	if (r == 0)
		irc_link_start(link->irc);
	return r;
}

static void let_go_link(struct twitch_gateway *twitch, size_t number)
{
	struct twitch_link *link = &twitch->links[number];

	link->is_over = link->irc != NULL;
	if (link->irc && irc_link_is_open(link->irc))
		irc_link_drop(link->irc, "let go", false); /* on_down retires it */
	else
		retire(link);
}

/* ---------------------------------------------------------------- from the session */

static void on_send(void *user, size_t link, const char *bytes, size_t length)
{
	struct twitch_gateway *twitch = user;
	struct irc_link *to = twitch->links[link].irc;

	if (to && !irc_link_send(to, bytes, length) && irc_link_is_open(to))
		irc_link_drop(to, "the connection accepts no more data", false);
}

static void on_ready(void *user, size_t link)
{
	struct twitch_gateway *twitch = user;

	irc_link_is_good(twitch->links[link].irc);
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

static void on_lost(void *user, size_t link, const char *reason, bool stay_away)
{
	struct twitch_gateway *twitch = user;

	if (!twitch->links[link].irc)
		return;
	/* If the other connection is the current one, do not reconnect this one. */
	twitch->links[link].is_over = twitch_chat_current(twitch_session_chat(twitch->session)) != link;
	irc_link_drop(twitch->links[link].irc, reason, stay_away);
}

static void on_let_go(void *user, size_t link)
{
	let_go_link(user, link);
}

static void on_failed(void *user, const char *reason)
{
	struct twitch_gateway *twitch = user;

	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	set_state(twitch, GATEWAY_FAILED);
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		on_let_go(twitch, i);
}

static void on_renew(void *user)
{
	struct twitch_gateway *twitch = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		if (twitch->links[i].irc)
			continue;
		log_gateway(LOG_LEVEL_INFO, twitch->head.name, "reconnecting on Twitch's request");
		if (open_link(twitch, i) < 0)
			on_note(twitch, "out of memory: keeping the old connection until Twitch closes it");
		return;
	}
}

/* ---------------------------------------------------------------- for the bot */

static struct twitch_session_config session_config(
		const struct twitch_config *config, const struct config_channels *channels)
{
	struct twitch_session_config session = {
			.login = config->login,
			.token = config->token,
			.channels = channels->names,
			.channel_count = channels->count,
			.is_verified = config->is_verified,
	};

	random_bytes(&session.seed, sizeof(session.seed));
	return session;
}

static void twitch_free(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	if (!twitch)
		return;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		irc_link_free(twitch->links[i].irc);
	twitch_session_free(twitch->session);
	timer_free(twitch->timer);
	timer_free(twitch->sweep);
	timer_free(twitch->goodbye);
	gateway_config_unref(&twitch->config->head);
	free(twitch);
}

static int twitch_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	static const struct twitch_session_events events = {on_send, on_ready,
			{on_rooms, on_message, on_completed, on_note}, on_lost, on_failed, on_renew,
			on_let_go};
	struct twitch_gateway *twitch = calloc(1, sizeof(*twitch));
	struct twitch_session_config session;
	int r;

	if (!twitch)
		return -ENOMEM;
	twitch->timer_ms = UINT64_MAX;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		twitch->links[i] = (struct twitch_link){.gateway = twitch, .number = i};
	twitch->config = twitch_config(gateway_config_ref(wanted->config));
	twitch->head = (struct gateway_head){&twitch_gateway, host, twitch->config->head.name};
	session = session_config(twitch->config, &wanted->channels);
	r = twitch_session_new(&session, &events, twitch, &twitch->session);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	twitch->timer = timer_new(host->loop, on_timer, twitch);
	twitch->sweep = timer_new(host->loop, on_sweep, twitch);
	twitch->goodbye = timer_new(host->loop, on_goodbye_over, twitch);
	if (!twitch->timer || !twitch->sweep || !twitch->goodbye)
		goto out;
	*ret = as_gateway(twitch);
	twitch = NULL;
	r = 0;
out:
	twitch_free(twitch ? as_gateway(twitch) : NULL);
	return r;
}

static int twitch_start(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);

	twitch->state = GATEWAY_CONNECTING;
	return open_link(twitch, 0);
}

/* Twitch has no quit message. Wait for the last confirmations, or those answers would be sent again. */
static void twitch_stop(struct gateway *gateway, const char *reason)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	struct irc_now time = now(twitch);

	(void)reason;
	twitch->is_stopping = true;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (!twitch->links[i].irc || !irc_link_is_open(twitch->links[i].irc))
			let_go_link(twitch, i);
	timer_set(twitch->goodbye, GOODBYE_MS);
	twitch_session_quit(twitch->session, &time);
	arm(twitch);
}

static int twitch_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	const struct twitch_config *before = twitch->config;
	struct irc_now time = now(twitch);
	struct twitch_session_config session;
	int r;

	if (twitch->state == GATEWAY_FAILED)
		return -ENOTSUP;
	/* In this order: the session's callbacks already use the new configuration. */
	twitch->config = twitch_config(wanted->config);
	session = session_config(twitch->config, &wanted->channels);
	r = twitch_session_configure(twitch->session, &session, &time);
	if (r < 0) {
		twitch->config = before;
		return r;
	}
	gateway_config_ref(wanted->config);
	twitch->head.name = twitch->config->head.name;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (twitch->links[i].irc)
			irc_link_configure(twitch->links[i].irc, &twitch->config->link);
	gateway_config_unref(&before->head);
	arm(twitch);
	return 0;
}

static int twitch_say(struct gateway *gateway, struct delivery *delivery)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	const struct message *message = delivery->message;
	const struct twitch_render_options options = {
			.room = twitch_chat_room(),
			.lines_max = twitch_chat_lines_max(
					twitch_session_chat(twitch->session), message->channel),
			.position = delivery->position,
			.prefix = delivery->prefix ? delivery->prefix
						   : twitch->head.host->prefix(twitch->head.host->bot),
	};
	struct twitch_say say = {.channel = message->channel,
			.asked_id = message->id,
			.author_id = message->author_id};
	struct irc_now time = now(twitch);
	struct irc_lines lines;
	size_t next;
	int r = twitch_render(delivery->reply, &options, &lines, &next);

	if (r < 0)
		return r;
	say.lines = lines.line;
	say.line_count = lines.count;
	r = twitch_chat_say(twitch_session_chat(twitch->session), &say, &time);
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

	if (!twitch_chat_is_flush_due(twitch_session_chat(twitch->session)))
		return;
	time = now(twitch);
	twitch_chat_flush(twitch_session_chat(twitch->session), &time);
	arm(twitch);
}

static void twitch_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct twitch_gateway *twitch = (const struct twitch_gateway *)(const void *)gateway;
	unsigned channels = twitch_chat_joined_count(twitch_session_chat(twitch->session));
	uint64_t now_ms = loop_now_ms(twitch->head.host->loop);
	uint64_t wait_ms = twitch->retry_ms > now_ms ? twitch->retry_ms - now_ms : 0;
	char silence[TWITCH_STATUS_MAX_BYTES];

	*ret = (struct gateway_status){
			.state = twitch->state,
			.channels = channels,
			.heard = twitch->heard,
			.answered = twitch->answered,
			.dropped = twitch->dropped +
				   twitch_chat_dropped(twitch_session_chat(twitch->session)),
			.reconnects = twitch->reconnects,
	};
	twitch_chat_silence(twitch_session_chat(twitch->session), now_ms, silence);
	if (twitch->state == GATEWAY_READY)
		utf8_print(ret->detail, sizeof(ret->detail), "%u channel%s%s%s", channels,
				channels == 1 ? "" : "s", *silence ? "; silent in " : "", silence);
	else if (twitch->state == GATEWAY_FAILED)
		utf8_print(ret->detail, sizeof(ret->detail), "%s", twitch->reason);
	else if (twitch->state == GATEWAY_STOPPED || !twitch->is_reconnecting)
		utf8_print(ret->detail, sizeof(ret->detail), "%s",
				twitch->state == GATEWAY_STOPPED ? "stopped" : "connecting");
	else
		utf8_print(ret->detail, sizeof(ret->detail), "reconnecting in %llu s: %s",
				(unsigned long long)((wait_ms + 999) / 1000), twitch->reason);
}

const struct gateway_class twitch_gateway = {
		.is_confirmed = true,
		.create = twitch_create,
		.free = twitch_free,
		.start = twitch_start,
		.stop = twitch_stop,
		.reconfigure = twitch_reconfigure,
		.say = twitch_say,
		.flush = twitch_flush,
		.status = twitch_status,
};
