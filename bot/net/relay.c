/* A pair of sockets between a library and a stream. */

#include "bot/net/relay.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/net/budget.h"
#include "bot/net/loop.h"
#include "bot/net/stream.h"

#define READ_BYTES  (16 * 1024)
#define ROUND_READS 16 /* of one round of the loop */
#define RETRY_MS    20 /* after the stream's queue was full */

struct relay {
	struct stream *stream; /* NULL: it has ended */
	int fd;                /* our end of the pair */
	struct watch *watch;
	struct timer *retry;
	uint32_t events;           /* watched */
	struct budget_share share; /* counts pending */
	struct str pending;        /* from the stream; not written yet */
	size_t written;            /* bytes of pending */
	bool is_over;              /* the library's side has ended, or must */
};

static void watch_for(struct relay *relay, uint32_t events)
{
	if (relay->events == events)
		return;
	relay->events = events;
	watch_change(relay->watch, events);
}

/* The library then reads the end of the connection. */
static void end(struct relay *relay)
{
	relay->is_over = true;
	budget_release(&relay->share, &relay->pending);
	relay->written = 0;
	shutdown(relay->fd, SHUT_RDWR);
	watch_for(relay, 0);
}

static void on_over(void *user)
{
	end(user);
}

/* Write what is pending; then, if the stream has ended, the end. */
static void flush(struct relay *relay)
{
	struct str *pending = &relay->pending;

	while (relay->written < pending->length) {
		ssize_t length = send(relay->fd, pending->bytes + relay->written,
				pending->length - relay->written, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			watch_for(relay, relay->events | EPOLLOUT);
			return;
		}
		if (length < 0 && errno != EINTR) {
			end(relay);
			return;
		}
		relay->written += length > 0 ? (size_t)length : 0;
	}
	budget_release(&relay->share, pending);
	relay->written = 0;
	if (relay->stream)
		watch_for(relay, relay->events & ~(uint32_t)EPOLLOUT);
	else
		end(relay);
}

/* Pass on what the library has written, as far as the stream takes it. */
static void take(struct relay *relay)
{
	static char bytes[READ_BYTES]; /* one thread, used before the next read */

	for (int i = 0; i < ROUND_READS && relay->stream && !relay->is_over; i++) {
		size_t room = stream_room(relay->stream);
		ssize_t length;

		if (!room) {
			watch_for(relay, relay->events & ~(uint32_t)EPOLLIN);
			timer_set(relay->retry, RETRY_MS);
			return;
		}
		length = recv(relay->fd, bytes, room < READ_BYTES ? room : READ_BYTES, MSG_DONTWAIT);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (length <= 0)
			end(relay);
		else
			stream_send(relay->stream, bytes, (size_t)length); /* an error ends the stream */
	}
}

static void on_ready(void *user, uint32_t events)
{
	struct relay *relay = user;

	if (events & EPOLLOUT)
		flush(relay);
	if (!relay->is_over && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		take(relay);
}

static void on_retry(void *user)
{
	struct relay *relay = user;

	if (relay->is_over)
		return;
	watch_for(relay, relay->events | EPOLLIN);
	take(relay);
}

int relay_new(struct loop *loop, struct stream *stream, struct relay **ret, int *ret_fd)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	int pair[2], r;

	if (!relay)
		return -ENOMEM;
	relay->fd = -1;
	relay->stream = stream;
	relay->share = (struct budget_share){.on_over = on_over, .user = relay};
	relay->pending = STR(RELAY_MAX_BYTES);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		r = -errno;
		goto fail;
	}
	relay->fd = pair[0];
	relay->events = EPOLLIN;
	relay->retry = timer_new(loop, on_retry, relay);
	r = relay->retry ? watch_new(loop, relay->fd, EPOLLIN, on_ready, relay, &relay->watch) : -ENOMEM;
	if (r < 0) {
		close(pair[1]);
		goto fail;
	}
	*ret = relay;
	*ret_fd = pair[1];
	return 0;
fail:
	relay->stream = NULL;
	relay_free(relay);
	return r;
}

void relay_feed(struct relay *relay, const char *bytes, size_t length)
{
	if (relay->is_over)
		return;
	budget_append(&relay->share, &relay->pending, bytes, length);
	if (relay->pending.error)
		end(relay); /* the library does not read, or memory is short */
	else
		flush(relay);
}

void relay_end(struct relay *relay)
{
	relay->stream = NULL;
	if (!relay->is_over)
		flush(relay);
}

void relay_free(struct relay *relay)
{
	if (!relay)
		return;
	if (relay->stream && !relay->is_over)
		take(relay);
	watch_free(relay->watch);
	timer_free(relay->retry);
	if (relay->fd >= 0)
		close(relay->fd);
	budget_release(&relay->share, &relay->pending);
	free(relay);
}
