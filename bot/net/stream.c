/* A TLS or TCP connection by libcurl's CONNECT_ONLY: libcurl connects and verifies, the loop watches the
 * socket. */

#include "bot/net/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/loop.h"
#include "bot/net/stream_private.h"

#define CLOSE_DEADLINE_MS 2000
#define SEND_KEPT_BYTES   65536            /* a queue that grew past this is given back once it is sent */
#define READ_BYTES        (32 * 1024)      /* two TLS records */
#define ROUND_MAX_BYTES   (8 * READ_BYTES) /* then the others of the loop have their turn */
#define STUCK_ROUNDS_MAX  8

static void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->ret_is_gone)
		*stream->ret_is_gone = true;
	watch_free(stream->watch); /* before its socket is closed */
	stream_curl_free(stream);
	timer_free(stream->timer);
	timer_free(stream->deadline);
	budget_release(&stream->share, &stream->outgoing);
	free(stream->host);
	free(stream->fingerprints);
	free(stream);
}

void stream_blame(struct stream *stream, int error, const char *reason)
{
	if (stream->reason[0])
		return; /* the first reason is the cause; what follows from it is noise */
	stream->error = error;
	utf8_print(stream->reason, sizeof(stream->reason), "%s", reason);
}

/* on_close comes in a later round: its receiver may be the one that is calling us. */
void stream_finish(struct stream *stream)
{
	stream->phase = STREAM_OVER;
	watch_free(stream->watch);
	stream->watch = NULL;
	timer_cancel(stream->deadline);
	timer_set(stream->timer, 0);
}

static void on_over(void *user)
{
	struct stream *stream = user;

	budget_release(&stream->share, &stream->outgoing);
	stream->sent = 0;
	stream_blame(stream, -ENOBUFS, "all connections together buffered too much, and this one the most");
	stream_finish(stream);
}

static void tell_close(struct stream *stream)
{
	struct stream_events events = stream->events;
	char reason[STREAM_REASON_BYTES];
	void *user = stream->user;
	int error;

	stream_blame(stream, -ECONNRESET, "connection lost");
	memcpy(reason, stream->reason, sizeof(reason));
	error = stream->error;
	stream_free(stream);
	events.on_close(user, error, reason);
}

/* ---------------------------------------------------------------- bytes */

static void watch_for(struct stream *stream, bool wants_write)
{
	if (stream->is_writing == wants_write)
		return;
	stream->is_writing = wants_write;
	if (watch_change(stream->watch, EPOLLIN | (wants_write ? EPOLLOUT : 0)) < 0) {
		stream_blame(stream, -ENOMEM, "out of memory");
		stream_finish(stream);
	}
}

/* What is queued, as far as the socket takes it. */
static void flush(struct stream *stream)
{
	struct str *queue = &stream->outgoing;

	while (stream->sent < queue->length) {
		size_t written = 0;
		CURLcode code = curl_easy_send(stream->easy, queue->bytes + stream->sent,
				queue->length - stream->sent, &written);

		if (code == CURLE_AGAIN) {
			watch_for(stream, true);
			return;
		}
		if (code != CURLE_OK) {
			stream_blame(stream, -ECONNRESET, "connection lost while sending");
			stream_finish(stream);
			return;
		}
		stream->sent += written;
	}
	stream->sent = 0;
	str_truncate(queue, 0);
	if (queue->capacity > SEND_KEPT_BYTES)
		budget_release(&stream->share, queue);
	watch_for(stream, false);
	/* The other side reads to the end, and closes; if we closed first, what it is just saying could cost
	 * it our last words. */
	if (stream->phase == STREAM_CLOSING)
		shutdown(stream->fd, SHUT_WR);
}

/*
 * OpenSSL that got no memory for a record says "later", and reads no more: the bytes stay in the socket,
 * which stays readable, for ever. Where TLS is well it leaves the socket empty when it says so; what came in
 * just after does not come in just after each time.
 */
static void look_whether_stuck(struct stream *stream)
{
	int unread = 0;

	if (!stream->is_tls || ioctl(stream->fd, FIONREAD, &unread) < 0 || unread == 0) {
		stream->stuck_rounds = 0;
	} else if (++stream->stuck_rounds == STUCK_ROUNDS_MAX) {
		stream_blame(stream, -ENOMEM, "out of memory: TLS reads no more");
		stream_finish(stream);
	}
}

/* Until nothing is left, because TLS may hold bytes that the socket shows no more. */
static void drain(struct stream *stream)
{
	static char bytes[READ_BYTES]; /* one thread, and handed out before the next read */
	bool is_gone = false;
	size_t total = 0;

	/* cppcheck-suppress autoVariables ; taken back before this returns */
	stream->ret_is_gone = &is_gone;
	while (stream->phase == STREAM_OPEN || stream->phase == STREAM_CLOSING) {
		size_t length = 0;
		CURLcode code;

		if (total >= ROUND_MAX_BYTES) {
			timer_set(stream->timer, 0);
			break;
		}
		code = curl_easy_recv(stream->easy, bytes, sizeof(bytes), &length);
		if (code == CURLE_AGAIN) {
			if (total == 0)
				look_whether_stuck(stream);
			break;
		}
		if (code != CURLE_OK || length == 0) {
			stream_blame(stream, -ECONNRESET,
					code == CURLE_OK ? "closed by the server" : "connection lost");
			stream_finish(stream);
			break;
		}
		total += length;
		if (stream->phase == STREAM_OPEN)
			stream->events.on_bytes(stream->user, bytes, length);
		if (is_gone)
			return;
	}
	stream->ret_is_gone = NULL;
}

static void on_ready(void *user, uint32_t events)
{
	struct stream *stream = user;

	if (events & EPOLLOUT)
		flush(stream);
	if (stream->phase != STREAM_OVER)
		drain(stream);
}

/* ---------------------------------------------------------------- from connecting to open */

void stream_opened(struct stream *stream)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
			fd == CURL_SOCKET_BAD) {
		stream_blame(stream, -ECONNRESET, "connection lost");
		stream_finish(stream);
		return;
	}
	stream->fd = fd;
	if (watch_new(stream->loop, fd, EPOLLIN, on_ready, stream, &stream->watch) < 0) {
		stream_blame(stream, -ENOMEM, "out of memory");
		stream_finish(stream);
		return;
	}
	stream->phase = STREAM_OPEN;
	timer_cancel(stream->deadline);
	/* What came along with the end of the handshake lies in TLS, where the socket does not show it. */
	timer_set(stream->timer, 0);
	stream->events.on_open(stream->user); /* which may abandon the stream */
}

static void on_timer(void *user)
{
	struct stream *stream = user;

	switch (stream->phase) {
	case STREAM_CONNECTING: stream_curl_time(stream); break;
	case STREAM_OPEN:
	case STREAM_CLOSING: drain(stream); break;
	case STREAM_OVER: tell_close(stream); break;
	}
}

static void on_deadline(void *user)
{
	struct stream *stream = user;

	if (stream->phase == STREAM_CONNECTING)
		stream_blame(stream, -ETIMEDOUT, stream_curl_stage(stream));
	stream_finish(stream);
}

/* ---------------------------------------------------------------- for callers */

int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = -ENOMEM;

	if (!stream)
		return -ENOMEM;
	stream->loop = loop;
	stream->events = *events;
	stream->user = user;
	stream->is_tls = options->is_tls;
	stream->share = (struct budget_share){.on_over = on_over, .user = stream};
	stream->outgoing = STR(STREAM_SEND_MAX_BYTES);
	stream->host = str_copy(options->host);
	stream->fingerprints = str_copy(options->fingerprints);
	stream->timer = timer_new(loop, on_timer, stream);
	stream->deadline = timer_new(loop, on_deadline, stream);
	if (!stream->host || (options->fingerprints && !stream->fingerprints) || !stream->timer ||
			!stream->deadline)
		goto out;
	r = stream_curl_start(stream, options);
	if (r < 0)
		goto out;
	timer_set(stream->deadline, STREAM_OPEN_DEADLINE_MS);
	*ret = stream;
	stream = NULL;
out:
	stream_free(stream);
	return r;
}

int stream_send(struct stream *stream, const char *bytes, size_t length)
{
	struct str *queue = &stream->outgoing;

	if (stream->phase != STREAM_OPEN)
		return -ENOTCONN;
	if (length > STREAM_SEND_MAX_BYTES - (queue->length - stream->sent))
		return -ENOBUFS;
	if (stream->sent > 0) {
		memmove(queue->bytes, queue->bytes + stream->sent, queue->length - stream->sent);
		str_truncate(queue, queue->length - stream->sent);
		stream->sent = 0;
	}
	budget_append(&stream->share, queue, bytes, length);
	if (queue->error) {
		int r = queue->error;

		queue->error = 0; /* nothing of it was appended */
		return r;
	}
	if (!stream->is_writing)
		flush(stream);
	return 0;
}

void stream_close(struct stream *stream)
{
	if (stream->phase == STREAM_CLOSING || stream->phase == STREAM_OVER)
		return;
	stream_blame(stream, 0, "closed"); /* by us: whatever happens on the way is no trouble any more */
	if (stream->phase == STREAM_CONNECTING) {
		stream_finish(stream);
		return;
	}
	stream->phase = STREAM_CLOSING;
	timer_set(stream->deadline, CLOSE_DEADLINE_MS);
	flush(stream);
}

void stream_abandon(struct stream *stream)
{
	stream_free(stream);
}
