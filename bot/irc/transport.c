/* One connection that carries lines, over a WebSocket or TCP. */

#include "bot/irc/transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/irc/gather.h"
#include "bot/irc/link_config.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"

#define PROTOCOLS         "text.ircv3.net, binary.ircv3.net"
#define MESSAGE_MAX_BYTES (256 * 1024) /* several lines; no IRC server sends more */
#define ORIGIN_MAX_BYTES  300
#define SEND_MAX_BYTES    (64 * 1024)

struct irc_transport {
	struct irc_transport_events events;
	void *user;
	struct websocket *websocket; /* one of these two is set */
	struct stream *stream;
	bool *ret_is_gone; /* set while on_lines runs */

	bool is_text;        /* send text frames, not binary ones */
	bool follows_server; /* no subprotocol was negotiated: use the kind of frame that the server uses */
	struct irc_gather gather;
};

static void transport_free(struct irc_transport *transport)
{
	if (transport->ret_is_gone)
		*transport->ret_is_gone = true;
	free(transport);
}

static void on_close(void *user, int error, const char *reason)
{
	struct irc_transport *transport = user;
	struct irc_transport_events events = transport->events;
	void *owner = transport->user;

	transport_free(transport);
	events.on_close(owner, error, reason);
}

/* ---------------------------------------------------------------- WebSocket */

static void on_websocket_open(void *user, const char *protocol)
{
	struct irc_transport *transport = user;

	transport->is_text = !str_starts(protocol, "binary.");
	transport->follows_server = *protocol == '\0';
	transport->events.on_open(transport->user);
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	struct irc_transport *transport = user;

	if (transport->follows_server)
		transport->is_text = is_text;
	transport->events.on_lines(transport->user, bytes, length);
}

/* The Origin that a web page of the server itself would send. */
static void make_origin(const struct url *url, char origin[ORIGIN_MAX_BYTES + 1])
{
	bool is_v6 = strchr(url->host, ':') != NULL;
	char port[8] = "";

	if (url->port != (url->is_tls ? 443 : 80))
		snprintf(port, sizeof(port), ":%u", url->port);
	snprintf(origin, ORIGIN_MAX_BYTES + 1, "%s://%s%s%s%s", url->is_tls ? "https" : "http",
			is_v6 ? "[" : "", url->host, is_v6 ? "]" : "", port);
}

static int connect_websocket(struct loop *loop, const struct irc_transport_options *options,
		struct irc_transport *transport)
{
	static const struct websocket_events events = {on_websocket_open, on_message, on_close};
	char origin[ORIGIN_MAX_BYTES + 1];

	make_origin(options->url, origin);
	return websocket_connect(loop,
			&(struct websocket_options){
					.address = options->address,
					.host = options->url->host,
					.port = options->url->port,
					.path = options->url->path,
					.proxy = options->proxy,
					.is_tls = options->url->is_tls,
					.ca_file = options->config->ca_file,
					.origin = options->config->origin ? options->config->origin : origin,
					.protocols = options->without_protocol ? NULL : PROTOCOLS,
					.message_max_bytes = MESSAGE_MAX_BYTES,
			},
			&events, transport, &transport->websocket);
}

static int send_message(struct irc_transport *transport, const char *line, size_t length, bool as_text,
		bool needs_permit)
{
	return needs_permit ? websocket_send(transport->websocket, line, length, as_text)
			    : websocket_send_keepalive(transport->websocket, line, length, as_text);
}

static int send_websocket(struct irc_transport *transport, const char *line, size_t length, bool needs_permit)
{
	struct str clean = STR(SEND_MAX_BYTES);
	int r;

	if (!transport->is_text || utf8_valid(line, length))
		return send_message(transport, line, length, transport->is_text, needs_permit);
	/* A PONG may repeat a server's token that is not UTF-8: clean it, because such a text frame would end
	 * the connection. */
	utf8_clean(&clean, line, length);
	r = clean.error ? clean.error
			: send_message(transport, clean.bytes, clean.length, true, needs_permit);
	str_release(&clean);
	return r;
}

/* ---------------------------------------------------------------- TCP and TLS */

static void on_stream_open(void *user)
{
	struct irc_transport *transport = user;

	transport->events.on_open(transport->user);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct irc_transport *transport = user;
	bool is_gone = false;

	transport->ret_is_gone = &is_gone;
	while (length > 0) {
		const char *lines;
		size_t lines_length, taken;

		taken = irc_gather_feed(&transport->gather, bytes, length, &lines, &lines_length);
		bytes += taken;
		length -= taken;
		if (lines_length > 0)
			transport->events.on_lines(transport->user, lines, lines_length);
		if (is_gone)
			return;
	}
	transport->ret_is_gone = NULL;
}

static int connect_stream(struct loop *loop, const struct irc_transport_options *options,
		struct irc_transport *transport)
{
	static const struct stream_events events = {on_stream_open, on_bytes, on_close};
	const struct irc_link_config *config = options->config;

	return stream_connect(loop,
			&(struct stream_options){
					.address = options->address,
					.host = options->url->host,
					.port = options->url->port,
					.proxy = options->proxy,
					.is_tls = options->url->is_tls,
					.ca_file = config->ca_file,
					.fingerprints = config->fingerprints,
					.certificate = config->certificate,
					.key = config->key,
			},
			&events, transport, &transport->stream);
}

static int send_stream(struct irc_transport *transport, const char *line, size_t length, bool needs_permit)
{
	char bytes[IRC_LINE_MAX_BYTES + 2];

	if (length > IRC_LINE_MAX_BYTES)
		return -EMSGSIZE;
	memcpy(bytes, line, length);
	bytes[length] = '\r';
	bytes[length + 1] = '\n';
	return needs_permit ? stream_send(transport->stream, bytes, length + 2)
			    : stream_send_keepalive(transport->stream, bytes, length + 2);
}

/* ---------------------------------------------------------------- both */

int irc_transport_connect(struct loop *loop, const struct irc_transport_options *options,
		const struct irc_transport_events *events, void *user, struct irc_transport **ret)
{
	struct irc_transport *transport = calloc(1, sizeof(*transport));
	int r;

	if (!transport)
		return -ENOMEM;
	transport->events = *events;
	transport->user = user;
	r = options->url->is_stream ? connect_stream(loop, options, transport)
				    : connect_websocket(loop, options, transport);
	if (r < 0) {
		transport_free(transport);
		return r;
	}
	if (transport->stream)
		stream_set_permit(transport->stream, options->permit);
	else
		websocket_set_permit(transport->websocket, options->permit);
	*ret = transport;
	return 0;
}

int irc_transport_send(struct irc_transport *transport, const char *line, size_t length, bool needs_permit)
{
	int r = transport->stream ? send_stream(transport, line, length, needs_permit)
				  : send_websocket(transport, line, length, needs_permit);

	/* The connection just ended, and its on_close will report the reason. */
	return r == -ENOTCONN ? 0 : r;
}

void irc_transport_close(struct irc_transport *transport)
{
	if (transport->stream)
		stream_close(transport->stream);
	else
		websocket_close(transport->websocket, 1000, "");
}

void irc_transport_abandon(struct irc_transport *transport)
{
	if (!transport)
		return;
	if (transport->stream)
		stream_abandon(transport->stream);
	else
		websocket_abandon(transport->websocket);
	transport_free(transport);
}
