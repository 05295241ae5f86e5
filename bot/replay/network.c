/*
 * bot/net/resolve.h, stream.h and websocket.h in a replay: every host name resolves and
 * every certificate is valid. When the bot connects, it gets the next connection of the
 * trace to that host and port, and receives the same bytes at the same times.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/net/loop.h"
#include "bot/net/resolve.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"
#include "bot/replay/world.h"

struct tape replay_tape;

/* ---------------------------------------------------------------- names */

struct resolve {
	struct timer *timer;
	void (*on_answer)(void *user, const struct resolve_answer *answer);
	void *user;
};

static void on_resolved(void *user)
{
	static const struct resolve_answer answer = {.reason = "", .count = 1, .addresses = {"192.0.2.1"}};
	struct resolve *resolve = user;

	resolve->on_answer(resolve->user, &answer);
	resolve_cancel(resolve);
}

int resolve_start(struct loop *loop, const char *host,
		void (*on_answer)(void *user, const struct resolve_answer *answer), void *user,
		struct resolve **ret)
{
	struct resolve *resolve = calloc(1, sizeof(*resolve));

	(void)host;
	if (!resolve)
		return -ENOMEM;
	*resolve = (struct resolve){timer_new(loop, on_resolved, resolve), on_answer, user};
	if (!resolve->timer) {
		free(resolve);
		return -ENOMEM;
	}
	timer_set(resolve->timer, 0);
	*ret = resolve;
	return 0;
}

void resolve_cancel(struct resolve *resolve)
{
	if (!resolve)
		return;
	timer_free(resolve->timer);
	free(resolve);
}

/* ---------------------------------------------------------------- connections */

/* One of the bot's connections: a stream or a WebSocket. */
struct wire {
	struct wire *next;
	struct tape_connection *tape; /* NULL: the trace has no further connection to that host */
	size_t line;                  /* the next line to receive */
	uint64_t ends_ms;             /* when the connection ends; UINT64_MAX: when the trace says so */
	int error;
	bool is_open, is_closing;
	void *user;
	struct stream_events stream; /* stream or websocket is used */
	struct websocket_events websocket;
	bool is_stream;
};

static struct wire *wires;
static bool is_over;

static struct tape_connection *take(const char *host, unsigned port)
{
	for (size_t i = 0; i < replay_tape.connection_count; i++) {
		struct tape_connection *connection = &replay_tape.connections[i];

		if (!connection->is_taken && connection->port == port && str_equal(connection->host, host)) {
			connection->is_taken = true;
			return connection;
		}
	}
	return NULL;
}

static struct wire *wire_new(const char *host, unsigned port, void *user)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (!wire)
		return NULL;
	wire->tape = take(host, port);
	wire->user = user;
	wire->error = -ECONNREFUSED;
	wire->ends_ms = wire->tape ? UINT64_MAX : replay_now_ms();
	wire->next = wires;
	wires = wire;
	return wire;
}

static void wire_unlink(struct wire *wire)
{
	struct wire **link = &wires;

	while (*link != wire)
		link = &(*link)->next;
	*link = wire->next;
}

static void wire_end(struct wire *wire, const char *reason)
{
	struct wire ended = *wire;

	wire_unlink(wire);
	free(wire);
	if (ended.is_stream)
		ended.stream.on_close(ended.user, ended.is_closing ? 0 : ended.error, reason);
	else
		ended.websocket.on_close(ended.user, ended.is_closing ? 0 : ended.error, reason);
}

static uint64_t wire_next_ms(const struct wire *wire)
{
	if (wire->ends_ms != UINT64_MAX)
		return wire->ends_ms;
	return wire->line < wire->tape->line_count ? wire->tape->lines[wire->line].at_ms : UINT64_MAX;
}

static void hear_stream(struct wire *wire, const struct tape_line *line)
{
	struct str bytes = STR(SIZE_MAX / 2);

	str_append_bytes(&bytes, line->text, line->length);
	str_append(&bytes, "\r\n");
	if (!bytes.error)
		wire->stream.on_bytes(wire->user, bytes.bytes, bytes.length); /* may free the wire */
	str_release(&bytes);
}

/* Process an event such as "closed: Ping timeout; next try in 812 ms" or "not connected: connection refused". */
static void on_event(struct wire *wire, const struct tape_line *line)
{
	const char *reason = strstr(line->text, ": "), *end;
	char text[300];

	if (str_equal(line->text, "open")) {
		wire->is_open = true;
		wire->error = -ECONNRESET;
		if (wire->is_stream)
			wire->stream.on_open(wire->user);
		else
			wire->websocket.on_open(wire->user, "text.ircv3.net");
		return;
	}
	if (!str_starts(line->text, "closed") && !str_starts(line->text, "not connected"))
		return;
	reason = reason ? reason + 2 : "connection lost";
	end = strstr(reason, "; next try in ");
	snprintf(text, sizeof(text), "%.*s", end ? (int)(end - reason) : (int)strlen(reason), reason);
	wire_end(wire, text);
}

static void wire_step(struct wire *wire)
{
	const struct tape_line *line;

	if (wire->ends_ms != UINT64_MAX) {
		is_over = !wire->is_closing && replay_now_ms() >= replay_tape.end_ms;
		wire_end(wire, wire->is_closing ? "closed"
						: "the trace has no further connection to this host");
		return;
	}
	line = &wire->tape->lines[wire->line++];
	if (line->direction == TRACE_EVENT)
		on_event(wire, line);
	else if (wire->is_closing || !wire->is_open)
		return;
	else if (wire->is_stream)
		hear_stream(wire, line);
	else
		wire->websocket.on_message(wire->user, line->text, line->length, true);
}

static struct wire *first_wire(void)
{
	struct wire *first = NULL;

	for (struct wire *wire = wires; wire; wire = wire->next)
		if (!first || wire_next_ms(wire) < wire_next_ms(first))
			first = wire;
	return first;
}

uint64_t replay_network_next_ms(void)
{
	const struct wire *first = first_wire();

	return first ? wire_next_ms(first) : UINT64_MAX;
}

bool replay_network_is_over(void)
{
	return is_over;
}

void replay_network_step(void)
{
	wire_step(first_wire());
}

static void wire_close(struct wire *wire)
{
	wire->is_closing = true;
	wire->ends_ms = replay_now_ms();
}

static void wire_abandon(struct wire *wire)
{
	if (!wire)
		return;
	wire_unlink(wire);
	free(wire);
}

/* ---------------------------------------------------------------- the functions of bot/net/ */

int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret)
{
	struct wire *wire = wire_new(options->host, options->port, user);

	(void)loop;
	if (!wire)
		return -ENOMEM;
	wire->is_stream = true;
	wire->stream = *events;
	*ret = (struct stream *)(void *)wire;
	return 0;
}

int stream_send(struct stream *stream, const char *bytes, size_t length)
{
	const struct wire *wire = (const struct wire *)(const void *)stream;

	(void)bytes;
	(void)length;
	return wire->is_open && !wire->is_closing ? 0 : -ENOTCONN;
}

int stream_send_keepalive(struct stream *stream, const char *bytes, size_t length)
{
	return stream_send(stream, bytes, length);
}

/* A replay has no lease. */
void stream_set_permit(struct stream *stream, const struct permit *permit)
{
	(void)stream;
	(void)permit;
}

void stream_close(struct stream *stream)
{
	wire_close((struct wire *)(void *)stream);
}

void stream_abandon(struct stream *stream)
{
	wire_abandon((struct wire *)(void *)stream);
}

int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret)
{
	struct wire *wire = wire_new(options->host, options->port, user);

	(void)loop;
	if (!wire)
		return -ENOMEM;
	wire->websocket = *events;
	*ret = (struct websocket *)(void *)wire;
	return 0;
}

int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	const struct wire *wire = (const struct wire *)(const void *)websocket;

	(void)bytes;
	(void)length;
	(void)as_text;
	return wire->is_open && !wire->is_closing ? 0 : -ENOTCONN;
}

int websocket_send_keepalive(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	return websocket_send(websocket, bytes, length, as_text);
}

void websocket_set_permit(struct websocket *websocket, const struct permit *permit)
{
	(void)websocket;
	(void)permit;
}

void websocket_close(struct websocket *websocket, unsigned short code, const char *reason)
{
	(void)code;
	(void)reason;
	wire_close((struct wire *)(void *)websocket);
}

void websocket_abandon(struct websocket *websocket)
{
	wire_abandon((struct wire *)(void *)websocket);
}
