/* bot/net/resolve.h, stream.h and websocket.h on simulated connections: every host name resolves, and every certificate
 * is valid. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/resolve.h"
#include "bot/net/stream.h"
#include "bot/net/websocket.h"
#include "tests/sim/mutant.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

#define CLOSE_TOO_LONG 1009

/* ---------------------------------------------------------------- names */

struct resolve {
	struct timer *timer;
	void (*on_answer)(void *user, const struct resolve_answer *answer);
	void *user;
};

void resolve_cancel(struct resolve *resolve)
{
	if (!resolve)
		return;
	timer_free(resolve->timer);
	free(resolve);
}

static void on_resolved(void *user)
{
	struct resolve *resolve = user;
	struct resolve_answer answer = {.reason = "", .count = 1};

	if (world_fault(FAULT_REFUSAL, 50))
		answer = (struct resolve_answer){
				.error = -EAGAIN, .reason = "Temporary failure in name resolution"};
	else
		snprintf(answer.addresses[0], sizeof(answer.addresses[0]), "192.0.2.1");
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
	timer_set(resolve->timer, world_dice(200));
	*ret = resolve;
	return 0;
}

/* ---------------------------------------------------------------- streams */

struct stream {
	struct wire *wire;
	const struct permit *permit;
	struct stream_events events;
	void *user;
	bool is_closing;
};

static void on_stream_open(void *owner)
{
	struct stream *stream = owner;

	if (!stream->is_closing)
		stream->events.on_open(stream->user);
}

static void on_stream_bytes(void *owner, const char *bytes, size_t length, bool is_text)
{
	struct stream *stream = owner;

	(void)is_text;
	if (!stream->is_closing)
		stream->events.on_bytes(stream->user, bytes, length);
}

static void on_stream_end(void *owner, int error, unsigned short code, const char *reason)
{
	struct stream *stream = owner;
	struct stream_events events = stream->events;
	void *user = stream->user;

	(void)code;
	if (stream->is_closing)
		error = 0;
	free(stream);
	events.on_close(user, error, reason);
}

int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret)
{
	static const struct wire_owner calls = {on_stream_open, on_stream_bytes, on_stream_end};
	struct stream *stream = calloc(1, sizeof(*stream));
	int r;

	(void)loop;
	if (!stream)
		return -ENOMEM;
	*stream = (struct stream){.events = *events, .user = user};
	r = wire_connect(options->host, false, "", &calls, stream, &stream->wire);
	if (r < 0) {
		free(stream);
		return r;
	}
	*ret = stream;
	return 0;
}

void stream_set_permit(struct stream *stream, const struct permit *permit)
{
	stream->permit = permit;
}

int stream_send(struct stream *stream, const char *bytes, size_t length)
{
	if (!stream->is_closing && !permit_is_valid(stream->permit))
		return -EKEYEXPIRED;
	return stream_send_keepalive(stream, bytes, length);
}

int stream_send_keepalive(struct stream *stream, const char *bytes, size_t length)
{
	if (stream->is_closing)
		return -ENOTCONN;
	mutant_on_send(bytes, length);
	return mutant_swallows(bytes, length) ? 0 : wire_send(stream->wire, bytes, length);
}

void stream_close(struct stream *stream)
{
	stream->is_closing = true;
	wire_close(stream->wire);
}

void stream_abandon(struct stream *stream)
{
	if (!stream)
		return;
	wire_abandon(stream->wire);
	free(stream);
}

/* ---------------------------------------------------------------- WebSockets */

struct websocket {
	struct wire *wire;
	const struct permit *permit;
	struct websocket_events events;
	void *user;
	unsigned short *close_code;
	size_t message_max_bytes;
	bool is_closing, has_protocol;
};

static void on_websocket_open(void *owner)
{
	struct websocket *websocket = owner;

	if (!websocket->is_closing)
		websocket->events.on_open(websocket->user, websocket->has_protocol ? "text.ircv3.net" : "");
}

static void on_websocket_bytes(void *owner, const char *bytes, size_t length, bool is_text)
{
	struct websocket *websocket = owner;

	if (websocket->is_closing)
		return;
	if (length > websocket->message_max_bytes)
		websocket_close(websocket, CLOSE_TOO_LONG, "");
	else
		websocket->events.on_message(websocket->user, bytes, length, is_text);
}

static void on_websocket_end(void *owner, int error, unsigned short code, const char *reason)
{
	struct websocket *websocket = owner;
	struct websocket_events events = websocket->events;
	void *user = websocket->user;

	if (code && websocket->close_code)
		*websocket->close_code = code;
	if (websocket->is_closing)
		error = 0;
	free(websocket);
	events.on_close(user, error, reason);
}

int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret)
{
	static const struct wire_owner calls = {on_websocket_open, on_websocket_bytes, on_websocket_end};
	struct websocket *websocket = calloc(1, sizeof(*websocket));
	int r;

	(void)loop;
	if (!websocket)
		return -ENOMEM;
	*websocket = (struct websocket){
			.events = *events,
			.user = user,
			.close_code = options->close_code,
			.message_max_bytes = options->message_max_bytes,
			.has_protocol = options->protocols != NULL,
	};
	r = wire_connect(options->host, true, options->path, &calls, websocket, &websocket->wire);
	if (r < 0) {
		free(websocket);
		return r;
	}
	*ret = websocket;
	return 0;
}

void websocket_set_permit(struct websocket *websocket, const struct permit *permit)
{
	websocket->permit = permit;
}

int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	if (!websocket->is_closing && !permit_is_valid(websocket->permit))
		return -EKEYEXPIRED;
	return websocket_send_keepalive(websocket, bytes, length, as_text);
}

int websocket_send_keepalive(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	(void)as_text;
	return websocket->is_closing ? -ENOTCONN : wire_send(websocket->wire, bytes, length);
}

void websocket_close(struct websocket *websocket, unsigned short code, const char *reason)
{
	(void)code;
	(void)reason;
	websocket->is_closing = true;
	wire_close(websocket->wire);
}

void websocket_abandon(struct websocket *websocket)
{
	if (!websocket)
		return;
	wire_abandon(websocket->wire);
	free(websocket);
}
