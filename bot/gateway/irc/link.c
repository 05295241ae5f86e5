/* A WebSocket that comes back. */

#include "bot/gateway/irc/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"
#include "bot/net/resolve.h"
#include "bot/net/websocket.h"

#define PROTOCOLS         "text.ircv3.net, binary.ircv3.net"
#define RECONNECT_BASE_MS 1000
#define RECONNECT_CAP_MS  (5 * 60 * 1000)
#define MESSAGE_MAX_BYTES (256 * 1024) /* several lines; a server that sends more is not IRC */
#define ORIGIN_MAX_BYTES  300
#define REASON_MAX_BYTES  300
#define SEND_MAX_BYTES    (64 * 1024)

struct irc_link {
	struct loop *loop;
	const struct gateway_config *config;
	struct irc_link_events events;
	void *user;

	struct timer *timer; /* until the next connection */
	struct resolve *resolve;
	struct websocket *websocket;
	struct backoff backoff;
	struct random random;
	size_t address, address_count; /* the one to try, of those the name has */

	bool is_open;
	bool stays_away;               /* the server wants us gone for a while */
	bool is_text;                  /* the frames we send */
	bool follows_server;           /* no subprotocol was agreed: we send what it sends */
	bool without_protocol;         /* it refused a request that named some: this one names none */
	uint64_t good_since_ms;        /* 0: not yet */
	char reason[REASON_MAX_BYTES]; /* why we dropped it; "" when we did not */
	char origin[ORIGIN_MAX_BYTES + 1];
};

/* Tell, and wait for the next try. */
static void go_down(struct irc_link *link, const char *reason)
{
	uint64_t good_ms = link->good_since_ms ? loop_now_ms(link->loop) - link->good_since_ms : 0;
	uint64_t delay_ms;

	if (link->stays_away) /* not even a long session speaks for coming back at once */
		good_ms = 0;
	delay_ms = backoff_next(&link->backoff, good_ms, &link->random);
	if (link->stays_away)
		delay_ms = link->backoff.cap_ms / 2 + delay_ms / 2;
	link->stays_away = false;
	link->good_since_ms = 0;
	link->is_open = false;
	timer_set(link->timer, delay_ms);
	link->events.on_down(link->user, reason, delay_ms);
}

static void on_open(void *user, const char *protocol)
{
	struct irc_link *link = user;

	link->is_open = true;
	link->is_text = !str_starts(protocol, "binary.");
	link->follows_server = *protocol == '\0';
	link->events.on_open(link->user);
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	struct irc_link *link = user;

	if (link->follows_server)
		link->is_text = is_text;
	link->events.on_message(link->user, bytes, length);
}

static void on_close(void *user, int error, const char *reason)
{
	struct irc_link *link = user;
	bool was_open = link->is_open;
	char why[REASON_MAX_BYTES];

	link->websocket = NULL;
	link->is_open = false;
	/* Some servers refuse subprotocols they do not know: once more at once, with none. */
	if (!was_open && error == -EPROTO && !link->without_protocol && !link->reason[0]) {
		link->without_protocol = true;
		timer_set(link->timer, 0);
		return;
	}
	link->without_protocol = link->without_protocol && was_open;
	/* All addresses of the name before any waiting. */
	if (!was_open && link->address + 1 < link->address_count && !link->reason[0]) {
		link->address++;
		timer_set(link->timer, 0);
		return;
	}
	link->address = 0;
	snprintf(why, sizeof(why), "%s", link->reason[0] ? link->reason : reason);
	link->reason[0] = '\0';
	go_down(link, why);
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	static const struct websocket_events events = {on_open, on_message, on_close};
	struct irc_link *link = user;
	const struct gateway_config *config = link->config;
	int r;

	link->resolve = NULL;
	if (answer->error || answer->count == 0) {
		go_down(link, answer->reason);
		return;
	}
	link->address_count = answer->count;
	r = websocket_connect(link->loop,
		&(struct websocket_options){
			.address = answer->addresses[link->address % answer->count],
			.host = config->url.host,
			.port = config->url.port,
			.path = config->url.path,
			.is_tls = config->url.is_tls,
			.ca_file = config->ca_file,
			.origin = config->origin ? config->origin : link->origin,
			.protocols = link->without_protocol ? NULL : PROTOCOLS,
			.message_max_bytes = MESSAGE_MAX_BYTES,
		},
		&events, link, &link->websocket);
	if (r < 0)
		go_down(link, strerror(-r));
}

static void connect_now(void *user)
{
	struct irc_link *link = user;
	int r = resolve_start(link->loop, link->config->url.host, on_answer, link, &link->resolve);

	if (r < 0)
		go_down(link, strerror(-r));
}

/* The server's own: what a page of it would send. */
static void make_origin(struct irc_link *link)
{
	const struct url *url = &link->config->url;
	bool is_v6 = strchr(url->host, ':') != NULL;
	char port[8] = "";

	if (url->port != (url->is_tls ? 443 : 80))
		snprintf(port, sizeof(port), ":%u", url->port);
	snprintf(link->origin, sizeof(link->origin), "%s://%s%s%s%s", url->is_tls ? "https" : "http",
		is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", port);
}

int irc_link_new(struct loop *loop, const struct gateway_config *config, const struct irc_link_events *events,
	void *user, struct irc_link **ret)
{
	struct irc_link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->config = config;
	link->events = *events;
	link->user = user;
	backoff_init(&link->backoff,
		config->reconnect_base_ms ? config->reconnect_base_ms : RECONNECT_BASE_MS,
		config->reconnect_cap_ms ? config->reconnect_cap_ms : RECONNECT_CAP_MS);
	random_seed_from_system(&link->random);
	make_origin(link);
	link->timer = timer_new(loop, connect_now, link);
	if (!link->timer) {
		free(link);
		return -ENOMEM;
	}
	*ret = link;
	return 0;
}

void irc_link_free(struct irc_link *link)
{
	if (!link)
		return;
	resolve_cancel(link->resolve);
	websocket_abandon(link->websocket);
	timer_free(link->timer);
	free(link);
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
	if (!link->websocket)
		return;
	link->stays_away = stay_away;
	if (stay_away)
		backoff_penalize(&link->backoff);
	snprintf(link->reason, sizeof(link->reason), "%s", reason);
	link->is_open = false;
	websocket_close(link->websocket, 1000, "");
}

bool irc_link_send(struct irc_link *link, const char *line, size_t length)
{
	struct str clean = STR(SEND_MAX_BYTES);
	int r;

	if (!link->is_open)
		return false;
	if (!link->is_text || utf8_valid(line, length))
		return websocket_send(link->websocket, line, length, link->is_text) == 0;
	/* A token of the server's in a PONG: a text frame that is no UTF-8 would end the connection. */
	utf8_clean(&clean, line, length);
	r = clean.error ? clean.error : websocket_send(link->websocket, clean.bytes, clean.length, true);
	str_release(&clean);
	return r == 0;
}

bool irc_link_is_open(const struct irc_link *link)
{
	return link->is_open;
}
