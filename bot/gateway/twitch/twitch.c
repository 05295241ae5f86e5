/* The Twitch gateway: links, the session on them, and the bot around them. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/private.h"
#include "bot/gateway/twitch/render.h"
#include "bot/net/loop.h"

#define GOODBYE_MS     1800 /* for what was said last to be confirmed */
#define TIMER_SLACK_MS (10 * 1000)

static struct twitch_gateway *as_twitch(struct gateway *gateway)
{
	return (struct twitch_gateway *)(void *)gateway;
}

static struct gateway *as_gateway(struct twitch_gateway *twitch)
{
	return (struct gateway *)(void *)twitch;
}

struct irc_now twitch_now(const struct twitch_gateway *twitch)
{
	return (struct irc_now){loop_now_ms(twitch->head.host->loop), clock_wall_ms()};
}

void twitch_set_state(struct twitch_gateway *twitch, enum gateway_state state)
{
	twitch->state = state;
	twitch->head.host->on_state(twitch->head.host->bot, as_gateway(twitch));
}

/* A timer that is early only looks again: so it is moved back seldom, not with every line. */
void twitch_arm(struct twitch_gateway *twitch)
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
	struct irc_now time = twitch_now(twitch);

	twitch->timer_ms = UINT64_MAX;
	twitch_session_tick(twitch->session, &time);
	twitch_arm(twitch);
}

void twitch_finish_stopping(struct twitch_gateway *twitch)
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
	twitch_finish_stopping(user);
}

/* ---------------------------------------------------------------- from the session */

static void on_send(void *user, size_t link, const char *bytes, size_t length)
{
	struct twitch_gateway *twitch = user;
	struct irc_link *to = twitch->lines[link].link;

	if (to && !irc_link_send(to, bytes, length) && irc_link_is_open(to))
		irc_link_drop(to, "Twitch takes nothing any more", false);
}

static void on_ready(void *user, size_t link)
{
	struct twitch_gateway *twitch = user;

	irc_link_is_good(twitch->lines[link].link);
	if (twitch->state != GATEWAY_READY)
		twitch_set_state(twitch, GATEWAY_READY);
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

/* Said or given up: either way nothing is to be done again after a restart. */
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

	if (!twitch->lines[link].link)
		return;
	/* When the other one speaks already, this one need not come back. */
	twitch->lines[link].is_over = twitch_session_current(twitch->session) != link;
	irc_link_drop(twitch->lines[link].link, reason, stay_away);
}

static void on_let_go(void *user, size_t link)
{
	twitch_line_let_go(user, link);
}

static void on_failed(void *user, const char *reason)
{
	struct twitch_gateway *twitch = user;

	utf8_print(twitch->reason, sizeof(twitch->reason), "%s", reason);
	twitch_set_state(twitch, GATEWAY_FAILED);
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		on_let_go(twitch, i);
}

static void on_renew(void *user)
{
	struct twitch_gateway *twitch = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		if (twitch->lines[i].link)
			continue;
		log_gateway(LOG_LEVEL_INFO, twitch->head.name, "Twitch asks for a new connection");
		if (twitch_line_open(twitch, i) < 0)
			on_note(twitch, "out of memory: waiting for the end of the old connection");
		return;
	}
}

/* ---------------------------------------------------------------- for the bot */

static struct twitch_session_config session_config(const struct twitch_gateway *twitch)
{
	const struct gateway_config *config = &twitch->config;
	struct twitch_session_config session = {
			.login = config->nick,
			.token = config->token,
			.channels = config->channels,
			.channel_count = config->channel_count,
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
		irc_link_free(twitch->lines[i].link);
	twitch_session_free(twitch->session);
	timer_free(twitch->timer);
	timer_free(twitch->sweep);
	timer_free(twitch->goodbye);
	gateway_config_release(&twitch->config);
	free(twitch);
}

static int twitch_create(
		const struct gateway_config *config, const struct gateway_host *host, struct gateway **ret)
{
	static const struct twitch_session_events events = {on_send, on_ready, on_rooms, on_message,
			on_completed, on_note, on_lost, on_failed, on_renew, on_let_go};
	struct twitch_gateway *twitch = calloc(1, sizeof(*twitch));
	struct twitch_session_config session;
	int r;

	if (!twitch)
		return -ENOMEM;
	twitch->timer_ms = UINT64_MAX;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		twitch->lines[i] = (struct twitch_line){.gateway = twitch, .number = i};
	r = gateway_config_copy(config, &twitch->config);
	if (r < 0)
		goto out;
	twitch->head = (struct gateway_head){&twitch_gateway, host, twitch->config.name};
	session = session_config(twitch);
	r = twitch_session_new(&session, &events, twitch, &twitch->session);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	twitch->timer = timer_new(host->loop, on_timer, twitch);
	twitch->sweep = timer_new(host->loop, twitch_line_sweep, twitch);
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
	return twitch_line_open(twitch, 0);
}

/* Twitch knows no parting words; but what was said last is waited for, or it would be said again. */
static void twitch_stop(struct gateway *gateway, const char *reason)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	struct irc_now time = twitch_now(twitch);

	(void)reason;
	twitch->is_stopping = true;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (!twitch->lines[i].link || !irc_link_is_open(twitch->lines[i].link))
			twitch_line_let_go(twitch, i);
	timer_set(twitch->goodbye, GOODBYE_MS);
	twitch_session_quit(twitch->session, &time);
	twitch_arm(twitch);
}

static bool needs_new_connection(const struct gateway_config *a, const struct gateway_config *b)
{
	return a->type != b->type || !config_irc_same_servers(a, b) || !str_equal(a->nick, b->nick) ||
	       !str_equal(a->token, b->token) || a->is_verified != b->is_verified;
}

static int twitch_reconfigure(struct gateway *gateway, const struct gateway_config *config)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	struct irc_now time = twitch_now(twitch);
	struct twitch_session_config session;
	struct gateway_config before = twitch->config, copy;
	int r;

	if (twitch->state == GATEWAY_FAILED || needs_new_connection(&before, config))
		return -ENOTSUP;
	r = gateway_config_copy(config, &copy);
	if (r < 0)
		return r;
	/* In this order: what the session does at once may already look at the configuration. */
	twitch->config = copy;
	twitch->head.name = twitch->config.name;
	session = session_config(twitch);
	r = twitch_session_configure(twitch->session, &session, &time);
	if (r < 0) {
		twitch->config = before;
		twitch->head.name = before.name;
		gateway_config_release(&copy);
		return r;
	}
	gateway_config_release(&before);
	twitch_arm(twitch);
	return 0;
}

static int twitch_say(struct gateway *gateway, struct delivery *delivery)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	const struct message *message = delivery->message;
	const struct twitch_render_options options = {
			.room = twitch_session_room(),
			.lines_max = twitch_session_lines_max(twitch->session, message->channel),
			.position = delivery->position,
			.prefix = delivery->prefix ? delivery->prefix
						   : twitch->head.host->prefix(twitch->head.host->bot),
	};
	struct twitch_say say = {.channel = message->channel,
			.asked_id = message->id,
			.author_id = message->author_id};
	struct irc_now time = twitch_now(twitch);
	struct irc_lines lines;
	size_t next;
	int r = twitch_render(delivery->reply, &options, &lines, &next);

	if (r < 0)
		return r;
	say.lines = lines.line;
	say.line_count = lines.count;
	r = twitch_session_say(twitch->session, &say, &time);
	if (r == 0)
		delivery->position = next;
	else
		twitch->dropped++;
	/* It may not be said, now or after a restart. */
	if (r == -EACCES || r == -ENOENT)
		on_completed(twitch, message->id, false);
	irc_lines_release(&lines);
	return r == -ENOBUFS || r == -EACCES ? -EAGAIN : r == -ENOENT ? -ENOTCONN : r;
}

static void twitch_flush(struct gateway *gateway)
{
	struct twitch_gateway *twitch = as_twitch(gateway);
	struct irc_now time;

	if (!twitch_session_is_flush_due(twitch->session))
		return;
	time = twitch_now(twitch);
	twitch_session_flush(twitch->session, &time);
	twitch_arm(twitch);
}

static void twitch_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct twitch_gateway *twitch = (const struct twitch_gateway *)(const void *)gateway;
	unsigned channels = twitch_session_joined_count(twitch->session);
	uint64_t now_ms = loop_now_ms(twitch->head.host->loop);
	uint64_t wait_ms = twitch->retry_ms > now_ms ? twitch->retry_ms - now_ms : 0;
	char silence[TWITCH_STATUS_MAX_BYTES];

	*ret = (struct gateway_status){
			.state = twitch->state,
			.channels = channels,
			.heard = twitch->heard,
			.answered = twitch->answered,
			.dropped = twitch->dropped + twitch_session_dropped(twitch->session),
			.reconnects = twitch->reconnects,
	};
	twitch_session_silence(twitch->session, now_ms, silence);
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
		.type = "twitch",
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
