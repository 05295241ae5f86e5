/* Twitch's chat over IRC: connects links and the session. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/oauth.h"
#include "bot/gateway/twitch/session.h"
#include "bot/gateway/twitch/token.h"
#include "bot/gateway/twitch/transport.h"
#include "bot/irc/link.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"

#define GOODBYE_MS     1800 /* for the last confirmations */
#define TIMER_SLACK_MS (10 * 1000)
#define OPEN_AGAIN_MS  (10 * 1000) /* after there was no memory for a connection */

struct over_irc;

/* One connection: a link below the session. */
struct twitch_link {
	struct over_irc *over;
	struct irc_link *irc; /* NULL: not in use */
	size_t number;
	bool is_over;    /* do not reconnect */
	bool is_retired; /* to be freed by on_sweep(), outside of its own callbacks */
	uint64_t token;  /* hash of the token that it logged in with */
};

struct over_irc {
	struct loop *loop;
	const struct twitch_config *config;
	struct twitch_transport_events events;
	void *user;
	struct twitch_link links[TWITCH_LINKS];
	struct twitch_session *session;
	struct timer *timer;   /* twitch_session_next_ms() */
	uint64_t timer_ms;     /* when it is due; UINT64_MAX: not set */
	struct timer *sweep;   /* frees retired links */
	struct timer *goodbye; /* the deadline of stop() */
	bool is_started, is_stopping, is_stopped, is_failed;
	char access[TWITCH_TOKEN_MAX_BYTES + 1]; /* "": no usable token */
	struct irc_link_config link_config;      /* the configuration's, with the token as a secret */
	const struct permit *permit;             /* NULL: always */
	bool is_open_due;                        /* open a connection at the next on_sweep() */
	bool is_renew_due; /* Twitch has asked to reconnect, and the new connection was refused */
};

static struct over_irc *as_irc(struct twitch_transport *transport)
{
	return (struct over_irc *)(void *)transport;
}

static struct twitch_transport *as_transport(struct over_irc *over)
{
	return (struct twitch_transport *)(void *)over;
}

static struct irc_now now(const struct over_irc *over)
{
	return (struct irc_now){loop_now_ms(over->loop), clock_wall_ms()};
}

static struct twitch_chat *chat_of(struct over_irc *over)
{
	return twitch_session_chat(over->session);
}

/* An early timer is harmless, so it is moved back rarely, not after each line. */
static void arm(struct over_irc *over)
{
	uint64_t now_ms = loop_now_ms(over->loop);
	uint64_t next_ms = twitch_session_next_ms(over->session);

	if (next_ms == UINT64_MAX || (next_ms >= over->timer_ms && next_ms - over->timer_ms < TIMER_SLACK_MS))
		return;
	over->timer_ms = next_ms;
	timer_set(over->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

static void look_at_permit(struct over_irc *over)
{
	struct twitch_chat *chat = chat_of(over);

	if (!over->permit || permit_is_valid(over->permit) != chat->outbox.is_mute)
		return;
	twitch_chat_set_mute(chat, !chat->outbox.is_mute);
	for (size_t i = 0; i < TWITCH_LINKS && !chat->outbox.is_mute; i++)
		if (over->links[i].irc)
			irc_link_look_at_permit(over->links[i].irc);
}

static void on_timer(void *user)
{
	struct over_irc *over = user;
	struct irc_now time = now(over);

	look_at_permit(over);
	over->timer_ms = UINT64_MAX;
	twitch_session_tick(over->session, &time);
	arm(over);
}

static void finish_stopping(struct over_irc *over)
{
	if (over->is_stopped)
		return;
	timer_cancel(over->goodbye);
	timer_cancel(over->timer);
	over->is_stopped = true;
	over->events.on_stopped(over->user);
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
	timer_set(link->over->sweep, 0);
}

static void open_due(struct over_irc *over);

static void on_sweep(void *user)
{
	struct over_irc *over = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		struct twitch_link *link = &over->links[i];

		if (!link->is_retired)
			continue;
		irc_link_free(link->irc);
		link->irc = NULL;
		link->is_retired = link->is_over = false;
	}
	if (over->is_stopping && !over->links[0].irc && !over->links[1].irc)
		finish_stopping(over);
	open_due(over);
}

static uint64_t hash_of(const struct over_irc *over)
{
	return str_hash(0, over->access, strlen(over->access));
}

static void on_link_open(void *user)
{
	struct twitch_link *link = user;
	struct irc_now time = now(link->over);

	if (link->is_retired || link->over->is_stopping)
		return;
	link->token = hash_of(link->over);
	twitch_session_open(link->over->session, link->number, &time);
	arm(link->over);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct twitch_link *link = user;
	struct irc_now time = now(link->over);

	if (link->is_retired)
		return;
	look_at_permit(link->over);
	twitch_session_receive(link->over->session, link->number, bytes, length, &time);
	arm(link->over);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	struct twitch_link *link = user;
	struct over_irc *over = link->over;
	const struct twitch_link *other = &over->links[(link->number + 1) % TWITCH_LINKS];
	struct irc_now time = now(over);
	bool was_current = twitch_chat_current(chat_of(over)) == link->number;

	twitch_session_close(over->session, link->number, &time);
	if (link->is_over || over->is_stopping || over->is_failed) {
		retire(link);
		return;
	}
	if (!was_current && other->irc) /* the new link: it reconnects by itself */
		return;
	if (other->irc && !other->is_over)
		retire(link); /* the other link is connected, or connecting */
	if (twitch_chat_is_ready(chat_of(over)))
		return;
	over->events.on_down(over->user, reason, delay_ms);
}

static struct store *on_store(void *user)
{
	const struct twitch_link *link = user;

	return link->over->events.store(link->over->user);
}

static int open_link(struct over_irc *over, size_t number)
{
	static const struct irc_link_events events = {on_link_open, on_bytes, on_down, on_store};
	struct twitch_link *link = &over->links[number];
	int r = irc_link_new(over->loop, &over->link_config, &events, link, &link->irc);

	if (r == 0) {
		irc_link_set_permit(link->irc, over->permit);
		irc_link_start(link->irc);
	}
	return r;
}

static void let_go_link(struct over_irc *over, size_t number)
{
	struct twitch_link *link = &over->links[number];

	link->is_over = link->irc != NULL;
	if (link->irc && irc_link_is_open(link->irc))
		irc_link_drop(link->irc, "let go", false); /* on_down retires it */
	else
		retire(link);
}

/* ---------------------------------------------------------------- from the session */

static void on_send(void *user, size_t link, const char *bytes, size_t length)
{
	struct over_irc *over = user;
	struct irc_link *to = over->links[link].irc;
	int r = to ? irc_link_send(to, bytes, length) : 0;

	if (r < 0 && irc_link_is_open(to))
		irc_link_drop(to, r == -EKEYEXPIRED ? PERMIT_REASON : "the connection accepts no more data",
				false);
}

static void on_ready(void *user, size_t link)
{
	struct over_irc *over = user;

	irc_link_is_good(over->links[link].irc);
	over->events.on_ready(over->user);
}

static void on_lost(void *user, size_t link, const char *reason, bool stay_away)
{
	struct over_irc *over = user;

	if (!over->links[link].irc)
		return;
	/* If the other connection is the current one, do not reconnect this one. */
	over->links[link].is_over = twitch_chat_current(chat_of(over)) != link;
	irc_link_drop(over->links[link].irc, reason, stay_away);
}

static void on_let_go(void *user, size_t link)
{
	let_go_link(user, link);
}

/* Once a refused link is closed, there is one connection less, or no connection. */
static void on_refused(void *user, size_t number, const char *reason)
{
	struct over_irc *over = user;
	bool is_current = over->links[number].token == hash_of(over);
	char access[sizeof(over->access)];

	(void)reason;
	over->is_renew_due = twitch_chat_is_ready(chat_of(over));
	let_go_link(over, number);
	if (!is_current) { /* the token was refreshed meanwhile */
		over->is_open_due = !over->is_renew_due;
		timer_set(over->sweep, 0);
		return;
	}
	snprintf(access, sizeof(access), "%s", over->access);
	over->access[0] = '\0';
	over->events.on_refused(over->user, access);
	explicit_bzero(access, sizeof(access));
}

static void on_failed(void *user, const char *reason)
{
	struct over_irc *over = user;

	over->is_failed = true;
	over->events.on_failed(over->user, reason);
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		on_let_go(over, i);
}

static void on_renew(void *user)
{
	struct over_irc *over = user;

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		if (over->links[i].irc)
			continue;
		over->events.on_info(over->user, "reconnecting on Twitch's request");
		if (open_link(over, i) < 0)
			twitch_chat_note(chat_of(over),
					"out of memory: keeping the old connection until Twitch closes it");
		return;
	}
}

/* ---------------------------------------------------------------- for the gateway */

static struct twitch_session_config session_config(const struct over_irc *over,
		const struct twitch_config *config, const struct config_channels *channels)
{
	struct twitch_session_config session = {
			.login = config->login,
			.token = over->access,
			.channels = channels->names,
			.channel_count = channels->count,
			.is_verified = config->is_verified,
	};

	random_bytes(&session.seed, sizeof(session.seed));
	return session;
}

static void irc_free(struct twitch_transport *transport)
{
	struct over_irc *over = as_irc(transport);

	if (!over)
		return;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		irc_link_free(over->links[i].irc);
	twitch_session_free(over->session);
	timer_free(over->timer);
	timer_free(over->sweep);
	timer_free(over->goodbye);
	explicit_bzero(over, sizeof(*over));
	free(over);
}

/* The trace hides the token wherever a server repeats it. */
static void set_link_config(struct over_irc *over, const struct twitch_config *config)
{
	over->link_config = config->link;
	over->link_config.secrets[0] = over->access;
}

static int irc_create(struct loop *loop, const struct twitch_config *config,
		const struct config_channels *channels, const struct twitch_transport_events *events,
		void *user, struct twitch_transport **ret)
{
	static const struct twitch_session_events session_events = {
			on_send, on_ready, on_lost, on_refused, on_failed, on_renew, on_let_go};
	struct over_irc *over = calloc(1, sizeof(*over));
	struct twitch_session_config wanted;
	int r;

	if (!over)
		return -ENOMEM;
	over->loop = loop;
	over->config = config;
	wanted = session_config(over, config, channels);
	set_link_config(over, config);
	over->events = *events;
	over->user = user;
	over->timer_ms = UINT64_MAX;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		over->links[i] = (struct twitch_link){.over = over, .number = i};
	r = twitch_session_new(&wanted, &session_events, over, &over->session);
	if (r < 0)
		goto out;
	twitch_chat_listen(chat_of(over), &events->chat, user);
	r = -ENOMEM;
	over->timer = timer_new(loop, on_timer, over);
	over->sweep = timer_new(loop, on_sweep, over);
	over->goodbye = timer_new(loop, on_goodbye_over, over);
	if (!over->timer || !over->sweep || !over->goodbye)
		goto out;
	*ret = as_transport(over);
	over = NULL;
	r = 0;
out:
	irc_free(over ? as_transport(over) : NULL);
	return r;
}

static int irc_start(struct twitch_transport *transport)
{
	struct over_irc *over = as_irc(transport);

	over->is_started = true;
	return *over->access ? open_link(over, 0) : 0;
}

static bool has_link(const struct over_irc *over)
{
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (over->links[i].irc && !over->links[i].is_over)
			return true;
	return false;
}

/* A place may be taken by a link that on_sweep() has not freed yet. */
static void open_due(struct over_irc *over)
{
	if (!over->is_open_due || over->is_stopping || !*over->access)
		return;
	for (size_t i = 0; i < TWITCH_LINKS && over->is_open_due; i++)
		if (!over->links[i].irc && open_link(over, i) == 0)
			over->is_open_due = false;
	if (over->is_open_due)
		timer_set(over->sweep, OPEN_AGAIN_MS);
}

static void irc_use(struct twitch_transport *transport, const struct twitch_identity *identity)
{
	struct over_irc *over = as_irc(transport);

	snprintf(over->access, sizeof(over->access), "%s", identity ? identity->access : "");
	if (!over->is_started || over->is_stopping)
		return;
	if (!identity) {
		/* A link that is not open would log in with a token that does not work. */
		for (size_t i = 0; i < TWITCH_LINKS; i++)
			if (over->links[i].irc && !irc_link_is_open(over->links[i].irc))
				let_go_link(over, i);
		return;
	}
	over->is_failed = false;
	if (!has_link(over)) {
		over->is_open_due = true;
		timer_set(over->sweep, 0);
	} else if (over->is_renew_due) {
		on_renew(over);
	}
	over->is_renew_due = false;
}

static void irc_drop(struct twitch_transport *transport)
{
	struct over_irc *over = as_irc(transport);

	over->is_failed = true;
	over->is_open_due = over->is_renew_due = false;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		let_go_link(over, i);
}

/* Twitch has no quit message. Wait for the last confirmations, or those answers would be sent again. */
static void irc_stop(struct twitch_transport *transport)
{
	struct over_irc *over = as_irc(transport);
	struct irc_now time = now(over);

	over->is_stopping = true;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (!over->links[i].irc || !irc_link_is_open(over->links[i].irc))
			let_go_link(over, i);
	timer_set(over->goodbye, GOODBYE_MS);
	twitch_session_quit(over->session, &time);
	arm(over);
}

static int irc_configure(struct twitch_transport *transport, const struct twitch_config *config,
		const struct config_channels *channels)
{
	struct over_irc *over = as_irc(transport);
	const struct twitch_session_config wanted = session_config(over, config, channels);
	struct irc_now time = now(over);
	const struct twitch_config *before = over->config;
	int r;

	/* In this order: the session's callbacks already use the new configuration. */
	over->config = config;
	r = twitch_session_configure(over->session, &wanted, &time);
	if (r < 0) {
		over->config = before;
		return r;
	}
	set_link_config(over, config);
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (over->links[i].irc)
			irc_link_configure(over->links[i].irc, &over->link_config);
	arm(over);
	return 0;
}

static void irc_set_permit(struct twitch_transport *transport, const struct permit *permit)
{
	as_irc(transport)->permit = permit;
}

static void irc_look_at_permit(struct twitch_transport *transport)
{
	look_at_permit(as_irc(transport));
}

static void irc_abandon(struct twitch_transport *transport)
{
	struct over_irc *over = as_irc(transport);

	over->is_stopping = over->is_stopped = true;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		if (over->links[i].irc)
			irc_link_abandon(over->links[i].irc);
	timer_cancel(over->timer);
	timer_cancel(over->sweep);
	timer_cancel(over->goodbye);
}

static void irc_arm(struct twitch_transport *transport)
{
	arm(as_irc(transport));
}

static struct twitch_chat *irc_chat(struct twitch_transport *transport)
{
	return chat_of(as_irc(transport));
}

const struct twitch_transport_class twitch_over_irc = {
		.scopes = twitch_scopes_irc,
		.create = irc_create,
		.free = irc_free,
		.start = irc_start,
		.use = irc_use,
		.drop = irc_drop,
		.stop = irc_stop,
		.configure = irc_configure,
		.set_permit = irc_set_permit,
		.look_at_permit = irc_look_at_permit,
		.abandon = irc_abandon,
		.arm = irc_arm,
		.chat = irc_chat,
};
