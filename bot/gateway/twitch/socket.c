/* One WebSocket to EventSub. */

#include "bot/gateway/twitch/socket.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/trace.h"
#include "bot/base/utf8.h"
#include "bot/config/url.h"
#include "bot/net/loop.h"
#include "bot/net/proxy.h"
#include "bot/net/resolve.h"
#include "bot/net/websocket.h"

#define MESSAGE_MAX_BYTES (256 * 1024) /* Twitch's have a few KB */
#define PATH_MAX_BYTES    2048
#define REASON_MAX_BYTES  256

struct twitch_socket {
	struct loop *loop;
	const struct twitch_socket_options *options;
	struct twitch_socket_events events;
	void *user;
	char *host, *path;
	unsigned short port;
	bool is_tls, is_open;
	struct resolve *resolve;
	struct resolve_answer answer;
	size_t address; /* the one being tried */
	struct websocket *websocket;
	unsigned short close_code;
	unsigned connection;  /* number in the trace */
	struct timer *ending; /* reports a failure inside a function */
	char reason[REASON_MAX_BYTES];
};

__attribute__((format(printf, 2, 3))) static void trace_event(
		const struct twitch_socket *socket, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	trace_vevent(socket->options->gateway, -1, socket->connection, NULL, 0, format, arguments);
	va_end(arguments);
}

static void end(struct twitch_socket *socket, const char *reason)
{
	utf8_print(socket->reason, sizeof(socket->reason), "%s", reason);
	timer_set(socket->ending, 0);
}

static void on_ending(void *user)
{
	struct twitch_socket *socket = user;

	trace_event(socket, "closed: %s", socket->reason);
	socket->events.on_close(socket->user, socket->close_code, socket->reason);
}

/* ---------------------------------------------------------------- the WebSocket */

static void on_open(void *user, const char *protocol)
{
	struct twitch_socket *socket = user;

	(void)protocol;
	socket->is_open = true;
	trace_event(socket, "open");
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	struct twitch_socket *socket = user;

	(void)is_text;
	if (trace_is_on && trace_wants(socket->options->gateway))
		trace_write(socket->options->gateway, -1, socket->connection, TRACE_IN, bytes, length);
	socket->events.on_message(socket->user, bytes, length);
}

static void connect_address(struct twitch_socket *socket);

static void on_close(void *user, int error, const char *reason)
{
	struct twitch_socket *socket = user;

	(void)error;
	socket->websocket = NULL;
	if (!socket->is_open && ++socket->address < socket->answer.count)
		connect_address(socket);
	else
		end(socket, reason);
}

/* NULL: no proxy. */
static const char *proxy_of(const struct twitch_socket *socket)
{
	return proxy_find(socket->options->proxy, socket->is_tls, socket->host, socket->port);
}

static void connect_address(struct twitch_socket *socket)
{
	static const struct websocket_events events = {on_open, on_message, on_close};
	const char *proxy = proxy_of(socket);
	const char *address = socket->answer.addresses[socket->address];
	int r;

	socket->connection = trace_connection();
	trace_event(socket, "connecting to ws%s://%s:%u (%s)", socket->is_tls ? "s" : "", socket->host,
			socket->port, proxy ? "through a proxy" : address);
	r = websocket_connect(socket->loop,
			&(struct websocket_options){.address = address,
					.host = socket->host,
					.port = socket->port,
					.path = socket->path,
					.is_tls = socket->is_tls,
					.ca_file = socket->options->ca_file,
					.proxy = proxy,
					.message_max_bytes = MESSAGE_MAX_BYTES,
					.close_code = &socket->close_code},
			&events, socket, &socket->websocket);
	if (r < 0)
		end(socket, strerror(-r));
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	struct twitch_socket *socket = user;

	socket->resolve = NULL;
	socket->answer = *answer;
	if (answer->error || !answer->count)
		end(socket, answer->reason);
	else
		connect_address(socket);
}

/* ---------------------------------------------------------------- the owner */

static char *make_path(const struct url *url, unsigned keepalive_s)
{
	struct str path = STR(PATH_MAX_BYTES);
	char *ret = NULL;

	str_append(&path, url->path);
	if (!strchr(url->path, '?'))
		str_printf(&path, "?keepalive_timeout_seconds=%u", keepalive_s);
	str_take(&path, &ret);
	return ret;
}

int twitch_socket_connect(struct loop *loop, const struct twitch_socket_options *options,
		const struct url *url, unsigned keepalive_s, const struct twitch_socket_events *events,
		void *user, struct twitch_socket **ret)
{
	struct twitch_socket *socket = calloc(1, sizeof(*socket));
	int r = -ENOMEM;

	if (!socket)
		return -ENOMEM;
	socket->loop = loop;
	socket->options = options;
	socket->events = *events;
	socket->user = user;
	socket->port = url->port;
	socket->is_tls = url->is_tls;
	socket->host = str_copy(url->host);
	socket->path = make_path(url, keepalive_s);
	socket->ending = timer_new(loop, on_ending, socket);
	if (socket->host && socket->path && socket->ending && proxy_of(socket)) {
		/* The proxy resolves the name, which may be unknown here. */
		socket->answer = (struct resolve_answer){.count = 1};
		*ret = socket;
		connect_address(socket);
		return 0;
	}
	if (socket->host && socket->path && socket->ending)
		r = resolve_start(loop, socket->host, on_answer, socket, &socket->resolve);
	if (r < 0) {
		twitch_socket_free(socket);
		return r;
	}
	*ret = socket;
	return 0;
}

void twitch_socket_free(struct twitch_socket *socket)
{
	if (!socket)
		return;
	resolve_cancel(socket->resolve);
	websocket_abandon(socket->websocket);
	timer_free(socket->ending);
	free(socket->host);
	free(socket->path);
	free(socket);
}
