/* Twitch's chat over EventSub and the API: connects WebSockets, requests and the session. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/eventsub.h"
#include "bot/gateway/twitch/helix.h"
#include "bot/gateway/twitch/oauth.h"
#include "bot/gateway/twitch/socket.h"
#include "bot/gateway/twitch/token.h"
#include "bot/gateway/twitch/transport.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"

#define GOODBYE_MS       1800 /* for the results of the last messages */
#define TIMER_SLACK_MS   1000
#define REASON_MAX_BYTES 120

struct over_eventsub;

struct eventsub_socket {
	struct over_eventsub *over;
	size_t number;
	struct twitch_socket *socket;  /* NULL: not in use */
	char reason[REASON_MAX_BYTES]; /* why it could not be connected; "": no such report is due */
};

struct over_eventsub {
	struct loop *loop;
	const struct twitch_config *config;
	struct twitch_transport_events events;
	void *user;
	struct twitch_eventsub *session;
	struct twitch_helix *helix;
	struct twitch_socket_options options;
	struct eventsub_socket sockets[TWITCH_LINKS];
	struct timer *timer;         /* twitch_eventsub_next_ms() */
	uint64_t timer_ms;           /* when it is due; UINT64_MAX: not set */
	struct timer *failures;      /* reports a WebSocket that could not be connected */
	struct timer *goodbye;       /* the deadline of stop() */
	struct timer *stopped;       /* reports on_stopped outside of the session */
	const struct permit *permit; /* NULL: always */
	bool is_started, is_stopping, is_stopped;
};

static struct over_eventsub *as_eventsub(struct twitch_transport *transport)
{
	return (struct over_eventsub *)(void *)transport;
}

static struct twitch_transport *as_transport(struct over_eventsub *over)
{
	return (struct twitch_transport *)(void *)over;
}

static struct irc_now now(const struct over_eventsub *over)
{
	return (struct irc_now){loop_now_ms(over->loop), clock_wall_ms()};
}

/* An early timer is harmless, so it is moved back rarely, not after each event. */
static void arm(struct over_eventsub *over)
{
	uint64_t now_ms = loop_now_ms(over->loop);
	uint64_t next_ms = twitch_eventsub_next_ms(over->session);

	if (next_ms == UINT64_MAX || (next_ms >= over->timer_ms && next_ms - over->timer_ms < TIMER_SLACK_MS))
		return;
	over->timer_ms = next_ms;
	timer_set(over->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

static void look_at_permit(struct over_eventsub *over)
{
	struct twitch_chat *chat = twitch_eventsub_chat(over->session);

	if (over->permit && permit_is_valid(over->permit) == chat->outbox.is_mute)
		twitch_chat_set_mute(chat, !chat->outbox.is_mute);
}

static void on_timer(void *user)
{
	struct over_eventsub *over = user;
	struct irc_now time = now(over);

	look_at_permit(over);
	over->timer_ms = UINT64_MAX;
	twitch_eventsub_tick(over->session, &time);
	arm(over);
}

static void finish_stopping(void *user)
{
	struct over_eventsub *over = user;

	if (over->is_stopped)
		return;
	over->is_stopped = true;
	timer_cancel(over->timer);
	timer_cancel(over->goodbye);
	over->events.on_stopped(over->user);
}

/* ---------------------------------------------------------------- WebSockets */

static void on_socket_message(void *user, const char *bytes, size_t length)
{
	const struct eventsub_socket *socket = user;
	struct over_eventsub *over = socket->over;
	struct irc_now time = now(over);

	look_at_permit(over);
	twitch_eventsub_receive(over->session, socket->number, bytes, length, &time);
	arm(over);
}

static void on_socket_close(void *user, unsigned code, const char *reason)
{
	struct eventsub_socket *socket = user;
	struct over_eventsub *over = socket->over;
	struct irc_now time = now(over);
	char why[REASON_MAX_BYTES];

	utf8_print(why, sizeof(why), "%s", reason);
	twitch_socket_free(socket->socket);
	socket->socket = NULL;
	twitch_eventsub_closed(over->session, socket->number, code, why, &time);
	arm(over);
}

static void on_failures(void *user)
{
	struct over_eventsub *over = user;
	struct irc_now time = now(over);

	for (size_t i = 0; i < TWITCH_LINKS; i++) {
		char why[REASON_MAX_BYTES];

		if (!*over->sockets[i].reason)
			continue;
		utf8_print(why, sizeof(why), "%s", over->sockets[i].reason);
		over->sockets[i].reason[0] = '\0';
		twitch_eventsub_closed(over->session, i, 0, why, &time);
	}
	arm(over);
}

/* ---------------------------------------------------------------- from the session */

static void on_drop(void *user, size_t link)
{
	struct over_eventsub *over = user;

	twitch_socket_free(over->sockets[link].socket);
	over->sockets[link].socket = NULL;
	over->sockets[link].reason[0] = '\0';
}

/* The server at the reconnect URL could send messages in the name of any person: it must belong to Twitch, and the
 * connection must be encrypted. */
static const char *check_reconnect_url(const struct url *configured, const char *text, struct url *ret)
{
	const char *problem = config_parse_url(text, ret);

	if (problem)
		return "the reconnect URL is not a URL";
	if (configured->is_tls && !ret->is_tls)
		return "the reconnect URL is not wss://";
	if (!config_url_is_same_domain(configured->host, ret->host))
		return "the reconnect URL is not in the domain of \"url\"";
	return NULL;
}

static void on_connect(void *user, size_t link, const char *url)
{
	static const struct twitch_socket_events events = {on_socket_message, on_socket_close};
	struct over_eventsub *over = user;
	struct eventsub_socket *socket = &over->sockets[link];
	const struct url *configured = over->config->link.servers.urls;
	struct url parsed = {0};
	const char *problem = url ? check_reconnect_url(configured, url, &parsed) : NULL;
	int r;

	on_drop(over, link);
	if (!problem && !permit_is_valid(over->permit))
		problem = PERMIT_REASON;
	if (!problem) {
		r = twitch_socket_connect(over->loop, &over->options, url ? &parsed : configured,
				TWITCH_EVENTSUB_KEEPALIVE_S, &events, socket, &socket->socket);
		problem = r < 0 ? strerror(-r) : NULL;
	}
	if (problem) {
		utf8_print(socket->reason, sizeof(socket->reason), "%s", problem);
		timer_set(over->failures, 0);
	}
	config_url_release(&parsed);
}

static int on_request(void *user, const struct twitch_request *request)
{
	const struct over_eventsub *over = user;

	return twitch_helix_send(over->helix, request);
}

static void on_refused(void *user)
{
	struct over_eventsub *over = user;
	char access[TWITCH_TOKEN_MAX_BYTES + 1];

	utf8_print(access, sizeof(access), "%s", twitch_helix_access(over->helix));
	over->events.on_refused(over->user, access);
	explicit_bzero(access, sizeof(access));
}

static void on_ready(void *user)
{
	const struct over_eventsub *over = user;

	over->events.on_ready(over->user);
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	const struct over_eventsub *over = user;

	over->events.on_down(over->user, reason, delay_ms);
}

static void on_info(void *user, const char *text)
{
	const struct over_eventsub *over = user;

	over->events.on_info(over->user, text);
}

static void on_session_stopped(void *user)
{
	struct over_eventsub *over = user;

	timer_set(over->stopped, 0);
}

static void on_response(
		void *user, const struct twitch_request *request, const struct twitch_response *response)
{
	struct over_eventsub *over = user;
	struct irc_now time = now(over);

	twitch_eventsub_response(over->session, request, response, &time);
	arm(over);
}

/* ---------------------------------------------------------------- for the gateway */

static struct twitch_eventsub_config session_config(
		const struct twitch_config *config, const struct config_channels *channels)
{
	struct twitch_eventsub_config session = {
			.login = config->login,
			.channels = channels->names,
			.channel_count = channels->count,
			.is_verified = config->is_verified,
			.base_ms = config->link.reconnect.base_ms,
			.cap_ms = config->link.reconnect.cap_ms,
	};

	random_bytes(&session.seed, sizeof(session.seed));
	return session;
}

static struct twitch_helix_options helix_options(const struct twitch_config *config)
{
	return (struct twitch_helix_options){.gateway = config->head.name,
			.api = config->api,
			.ca_file = config->link.ca_file,
			.proxy = config->head.proxy};
}

static struct twitch_socket_options socket_options(const struct twitch_config *config)
{
	return (struct twitch_socket_options){config->head.name, config->link.ca_file, config->head.proxy};
}

static void eventsub_free(struct twitch_transport *transport)
{
	struct over_eventsub *over = as_eventsub(transport);

	if (!over)
		return;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		twitch_socket_free(over->sockets[i].socket);
	twitch_helix_free(over->helix);
	twitch_eventsub_free(over->session);
	timer_free(over->timer);
	timer_free(over->failures);
	timer_free(over->goodbye);
	timer_free(over->stopped);
	free(over);
}

static int eventsub_create(struct loop *loop, const struct twitch_config *config,
		const struct config_channels *channels, const struct twitch_transport_events *events,
		void *user, struct twitch_transport **ret)
{
	static const struct twitch_eventsub_events session_events = {on_connect, on_drop, on_request,
			on_refused, on_ready, on_down, on_info, on_session_stopped};
	const struct twitch_eventsub_config wanted = session_config(config, channels);
	const struct twitch_helix_options options = helix_options(config);
	struct over_eventsub *over = calloc(1, sizeof(*over));
	int r;

	if (!over)
		return -ENOMEM;
	over->loop = loop;
	over->config = config;
	over->events = *events;
	over->user = user;
	over->timer_ms = UINT64_MAX;
	over->options = socket_options(config);
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		over->sockets[i] = (struct eventsub_socket){.over = over, .number = i};
	r = twitch_eventsub_new(&wanted, &session_events, over, &over->session);
	if (r < 0)
		goto out;
	twitch_chat_listen(twitch_eventsub_chat(over->session), &events->chat, user);
	r = twitch_helix_new(loop, &options, on_response, over, &over->helix);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	over->timer = timer_new(loop, on_timer, over);
	over->failures = timer_new(loop, on_failures, over);
	over->goodbye = timer_new(loop, finish_stopping, over);
	over->stopped = timer_new(loop, finish_stopping, over);
	if (!over->timer || !over->failures || !over->goodbye || !over->stopped)
		goto out;
	*ret = as_transport(over);
	over = NULL;
	r = 0;
out:
	eventsub_free(over ? as_transport(over) : NULL);
	return r;
}

/* The first token starts the session, here or in use(). */
static void go(struct over_eventsub *over, const char *user_id)
{
	struct irc_now time = now(over);

	if (over->is_started && !over->is_stopping && *twitch_helix_access(over->helix)) {
		twitch_eventsub_authorize(over->session, user_id, &time);
		arm(over);
	}
}

static int eventsub_start(struct twitch_transport *transport)
{
	struct over_eventsub *over = as_eventsub(transport);

	over->is_started = true;
	go(over, "");
	return 0;
}

static void eventsub_use(struct twitch_transport *transport, const struct twitch_identity *identity)
{
	struct over_eventsub *over = as_eventsub(transport);
	const char *client_id = identity ? identity->client_id : "";

	if (identity && !*client_id && over->config->client_id)
		client_id = over->config->client_id;
	/* Without a client id, every request would be refused: it comes with the validation of the token. */
	if (!*client_id || twitch_helix_authorize(over->helix, identity->access, client_id) < 0)
		twitch_eventsub_hold(over->session);
	else
		go(over, identity->user_id);
}

static void eventsub_drop(struct twitch_transport *transport)
{
	twitch_eventsub_drop(as_eventsub(transport)->session);
}

static void eventsub_stop(struct twitch_transport *transport)
{
	struct over_eventsub *over = as_eventsub(transport);
	struct irc_now time = now(over);

	over->is_stopping = true;
	timer_set(over->goodbye, GOODBYE_MS);
	twitch_eventsub_quit(over->session, &time);
}

static int eventsub_configure(struct twitch_transport *transport, const struct twitch_config *config,
		const struct config_channels *channels)
{
	struct over_eventsub *over = as_eventsub(transport);
	const struct twitch_eventsub_config wanted = session_config(config, channels);
	const struct twitch_helix_options options = helix_options(config);
	struct irc_now time = now(over);
	int r = twitch_eventsub_configure(over->session, &wanted, &time);

	if (r < 0)
		return r;
	over->config = config;
	over->options = socket_options(config);
	twitch_helix_configure(over->helix, &options);
	arm(over);
	return 0;
}

static void eventsub_set_permit(struct twitch_transport *transport, const struct permit *permit)
{
	as_eventsub(transport)->permit = permit;
	twitch_helix_set_permit(as_eventsub(transport)->helix, permit);
}

static void eventsub_look_at_permit(struct twitch_transport *transport)
{
	look_at_permit(as_eventsub(transport));
}

static void eventsub_abandon(struct twitch_transport *transport)
{
	struct over_eventsub *over = as_eventsub(transport);

	over->is_stopping = over->is_stopped = true;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		on_drop(over, i);
	twitch_helix_cancel(over->helix);
	timer_cancel(over->timer);
	timer_cancel(over->failures);
	timer_cancel(over->goodbye);
	timer_cancel(over->stopped);
}

static void eventsub_arm(struct twitch_transport *transport)
{
	arm(as_eventsub(transport));
}

static struct twitch_chat *eventsub_chat(struct twitch_transport *transport)
{
	return twitch_eventsub_chat(as_eventsub(transport)->session);
}

const struct twitch_transport_class twitch_over_eventsub = {
		.scopes = twitch_scopes_eventsub,
		.create = eventsub_create,
		.free = eventsub_free,
		.start = eventsub_start,
		.use = eventsub_use,
		.drop = eventsub_drop,
		.stop = eventsub_stop,
		.configure = eventsub_configure,
		.set_permit = eventsub_set_permit,
		.look_at_permit = eventsub_look_at_permit,
		.abandon = eventsub_abandon,
		.arm = eventsub_arm,
		.chat = eventsub_chat,
};
