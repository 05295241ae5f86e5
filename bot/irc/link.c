/* A connection that reconnects, over all servers and addresses of a network. */

#include "bot/irc/link.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/irc/link_config.h"
#include "bot/irc/servers.h"
#include "bot/irc/transport.h"
#include "bot/irc/wire.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/proxy.h"
#include "bot/net/resolve.h"

#define SENT_AWAY_MAX       4 /* doublings of the longest delay: from 5 minutes to over 1 hour */
#define SENT_AWAY_FORGET_MS (60 * 60 * 1000) /* reset those doublings after 1 h online */

#define RECONNECT_BASE_MS 1000
#define RECONNECT_CAP_MS  (5 * 60 * 1000)
#define REASON_MAX_BYTES  400

struct irc_link {
	struct loop *loop;
	const struct irc_link_config *config;
	struct irc_link_events events;
	void *user;

	struct timer *timer; /* starts the next attempt */
	struct resolve *resolve;
	struct irc_transport *transport;
	struct backoff backoff;
	struct random random;
	struct irc_servers servers;
	struct url url; /* of the current connection; its strings are not owned, and a reload frees
			   them */

	const struct permit *permit; /* NULL: always */
	bool awaits_permit;          /* to connect */
	bool is_open;
	bool stays_away;        /* the server refused us (ban, throttle): wait longer */
	unsigned sent_away;     /* how often in a row it refused us */
	bool without_protocol;  /* retry without subprotocols, after the server refused a request with some */
	uint64_t good_since_ms; /* registered since; 0: not registered */
	unsigned connection;    /* the connection's number in the trace */
	char reason[REASON_MAX_BYTES]; /* why we closed it; "" if we did not */
};

static struct store *store_of(const struct irc_link *link)
{
	return link->events.store ? link->events.store(link->user) : NULL;
}

/* ---------------------------------------------------------------- the trace */

static struct irc_wire wire_of(const struct irc_link *link)
{
	const struct irc_link_config *config = link->config;
	struct irc_wire wire = {.gateway = config->gateway, .connection = link->connection};

	memcpy(wire.secrets, config->secrets, sizeof(wire.secrets));
	return wire;
}

static void trace_bytes(
		const struct irc_link *link, enum trace_direction direction, const char *bytes, size_t length)
{
	const struct irc_wire wire = wire_of(link);

	if (trace_wants(wire.gateway))
		irc_wire_trace(&wire, direction, bytes, length);
}

__attribute__((format(printf, 2, 3))) static void trace_event(
		const struct irc_link *link, const char *format, ...)
{
	const struct irc_wire wire = wire_of(link);
	va_list arguments;

	va_start(arguments, format);
	trace_vevent(wire.gateway, -1, wire.connection, wire.secrets, IRC_WIRE_SECRETS, format, arguments);
	va_end(arguments);
}

/* ---------------------------------------------------------------- connecting and closing */

/* Report the end of the connection and schedule the next attempt. */
static void go_down(struct irc_link *link, const char *reason)
{
	uint64_t good_ms = link->good_since_ms ? loop_now_ms(link->loop) - link->good_since_ms : 0;
	uint64_t delay_ms;

	if (good_ms >= SENT_AWAY_FORGET_MS)
		link->sent_away = 0;
	if (link->stays_away) /* a long session does not shorten the delay after a refusal */
		good_ms = 0;
	delay_ms = backoff_next(&link->backoff, good_ms, &link->random);
	if (link->stays_away) {
		delay_ms = (link->backoff.cap_ms / 2 + delay_ms / 2) << link->sent_away;
		link->sent_away += link->sent_away < SENT_AWAY_MAX;
	}
	link->stays_away = false;
	link->good_since_ms = 0;
	link->is_open = false;
	timer_set(link->timer, delay_ms);
	trace_event(link, "closed: %s; next try in %llu ms", reason, (unsigned long long)delay_ms);
	link->events.on_down(link->user, reason, delay_ms);
}

/* An attempt failed: try the next address or server at once, and wait only after all of them failed. */
static void try_next(struct irc_link *link, const char *reason)
{
	trace_event(link, "not connected: %s", reason);
	if (irc_servers_next(&link->servers))
		timer_set(link->timer, 0);
	else
		go_down(link, reason);
}

static void on_open(void *user)
{
	struct irc_link *link = user;

	link->is_open = true;
	trace_event(link, "open");
	link->events.on_open(link->user);
}

static void on_lines(void *user, const char *bytes, size_t length)
{
	struct irc_link *link = user;

	if (trace_is_on)
		trace_bytes(link, TRACE_IN, bytes, length);
	link->events.on_message(link->user, bytes, length);
}

static void on_close(void *user, int error, const char *reason)
{
	struct irc_link *link = user;
	bool was_open = link->is_open, is_dropped = link->reason[0] != '\0';
	char why[REASON_MAX_BYTES];

	link->transport = NULL;
	link->is_open = false;
	/* Some servers refuse unknown subprotocols: retry once, at once, without any. */
	if (!was_open && error == -EPROTO && !link->without_protocol && !is_dropped && !link->url.is_stream) {
		link->without_protocol = true;
		timer_set(link->timer, 0);
		return;
	}
	link->without_protocol = link->without_protocol && was_open;
	utf8_print(why, sizeof(why), "%s", is_dropped ? link->reason : reason);
	link->reason[0] = '\0';
	if (!was_open && !is_dropped) {
		try_next(link, why);
		return;
	}
	if (link->url.is_tls)
		irc_servers_rebase(&link->servers, store_of(link), clock_wall_ms());
	irc_servers_rotate(&link->servers);
	go_down(link, why);
}

/* Connect to link->url: to an address, or through a proxy. */
static void connect_to(struct irc_link *link, const char *address, const char *proxy)
{
	static const struct irc_transport_events events = {on_open, on_lines, on_close};
	int r;

	link->connection = trace_connection();
	trace_event(link, "connecting to %s%s://%s:%u (%s)", link->url.is_stream ? "irc" : "ws",
			link->url.is_tls ? "s" : "", link->url.host, link->url.port,
			proxy ? "through a proxy" : address);
	r = irc_transport_connect(link->loop,
			&(struct irc_transport_options){
					.config = link->config,
					.url = &link->url,
					.address = address,
					.proxy = proxy,
					.permit = link->permit,
					.without_protocol = link->without_protocol ||
							    link->config->has_no_protocol,
			},
			&events, link, &link->transport);
	link->url.host = link->url.path = NULL;
	if (r < 0)
		try_next(link, strerror(-r));
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	struct irc_link *link = user;

	link->resolve = NULL;
	if (answer->error || answer->count == 0) {
		try_next(link, answer->reason);
		return;
	}
	irc_servers_name(&link->servers, &link->url); /* a reload may have moved them meanwhile */
	connect_to(link, irc_servers_address(&link->servers, answer), NULL);
}

/* A proxy resolves the server's name: it is not looked up here, where it may be unknown. */
static bool connect_through_proxy(struct irc_link *link)
{
	/* For the proxy, a server has one address. */
	static const struct resolve_answer nothing = {.count = 1};
	const char *proxy = proxy_find(link->config->proxy, link->url.is_tls, link->url.host, link->url.port);

	if (!proxy)
		return false;
	irc_servers_address(&link->servers, &nothing);
	connect_to(link, NULL, proxy);
	return true;
}

static void connect_now(void *user)
{
	struct irc_link *link = user;
	int r;

	link->awaits_permit = !permit_is_valid(link->permit);
	if (link->awaits_permit)
		return;
	link->url = *irc_servers_url(&link->servers, link->config->sts, store_of(link), clock_wall_ms());
	if (connect_through_proxy(link))
		return;
	r = resolve_start(link->loop, link->url.host, on_answer, link, &link->resolve);
	link->url.host = link->url.path = NULL; /* borrowed from the configuration; see on_answer() */
	if (r < 0)
		go_down(link, strerror(-r));
}

int irc_link_new(struct loop *loop, const struct irc_link_config *config,
		const struct irc_link_events *events, void *user, struct irc_link **ret)
{
	struct irc_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->config = config;
	link->events = *events;
	link->user = user;
	backoff_init(&link->backoff,
			config->reconnect.base_ms ? config->reconnect.base_ms : RECONNECT_BASE_MS,
			config->reconnect.cap_ms ? config->reconnect.cap_ms : RECONNECT_CAP_MS);
	random_seed_from_system(&link->random);
	irc_servers_init(&link->servers, &config->servers);
	link->timer = timer_new(loop, connect_now, link);
	if (!link->timer) {
		free(link);
		return -ENOMEM;
	}
	*ret = link;
	return 0;
}

void irc_link_configure(struct irc_link *link, const struct irc_link_config *config)
{
	link->config = config;
	irc_servers_configure(&link->servers, &config->servers);
}

void irc_link_free(struct irc_link *link)
{
	if (!link)
		return;
	resolve_cancel(link->resolve);
	irc_transport_abandon(link->transport);
	timer_free(link->timer);
	free(link);
}

void irc_link_set_permit(struct irc_link *link, const struct permit *permit)
{
	link->permit = permit;
}

void irc_link_look_at_permit(struct irc_link *link)
{
	if (link->awaits_permit)
		timer_set(link->timer, 0);
}

void irc_link_abandon(struct irc_link *link)
{
	if (link->transport)
		trace_event(link, "closed: the lease is lost");
	resolve_cancel(link->resolve);
	link->resolve = NULL;
	irc_transport_abandon(link->transport);
	link->transport = NULL;
	timer_cancel(link->timer);
	link->is_open = link->awaits_permit = false;
}

void irc_link_start(struct irc_link *link)
{
	timer_set(link->timer, 0);
}

void irc_link_is_good(struct irc_link *link)
{
	link->good_since_ms = loop_now_ms(link->loop);
}

void irc_link_drop(struct irc_link *link, const char *reason, bool stay_away)
{
	if (!link->transport)
		return;
	link->stays_away = stay_away;
	if (stay_away)
		backoff_penalize(&link->backoff);
	utf8_print(link->reason, sizeof(link->reason), "%s", reason);
	link->is_open = false;
	irc_transport_close(link->transport);
}

/* Do people read this line? The server reads the others, to keep the connection and what it knows of it. */
static bool is_speech(const char *line, size_t length)
{
	static const char *const verbs[] = {"PRIVMSG ", "NOTICE ", "TAGMSG ", "BATCH "};
	const char *verb = *line == '@' ? memchr(line, ' ', length) : NULL;

	verb = verb ? verb + 1 : line;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (length - (size_t)(verb - line) >= strlen(verbs[i]) &&
				memcmp(verb, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

int irc_link_send(struct irc_link *link, const char *line, size_t length)
{
	if (!link->is_open)
		return -ENOTCONN;
	if (trace_is_on)
		trace_bytes(link, TRACE_OUT, line, length);
	return irc_transport_send(link->transport, line, length, link->permit && is_speech(line, length));
}

bool irc_link_is_open(const struct irc_link *link)
{
	return link->is_open;
}

bool irc_link_is_tls(const struct irc_link *link)
{
	return link->url.is_tls;
}

bool irc_link_hear_sts(struct irc_link *link, const char *value)
{
	if (!link->config->sts || !link->is_open ||
			!irc_servers_hear_sts(
					&link->servers, value, &link->url, store_of(link), clock_wall_ms()))
		return false;
	irc_transport_abandon(link->transport);
	link->transport = NULL;
	link->is_open = false;
	timer_set(link->timer, 0);
	return true;
}
