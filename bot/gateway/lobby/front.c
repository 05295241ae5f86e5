/*
 * The lobby's own HTTP server: it accepts every connection and serves the page. Only
 * a connection with a valid WebSocket handshake is passed on to libwebsockets, with a
 * new handshake: see on_handshake() in server.c.
 *
 * libwebsockets cannot refuse "Upgrade: h2c" or CONNECT, and its HTTP/2 (4.1.6,
 * 2026-11) fails an assertion, after a use of freed memory, on frames in the wrong
 * order.
 */

#include "bot/gateway/lobby/front.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/gateway/lobby/port.h"

#define SLOTS_LEFT 250 /* of LOOP_SLOTS_MAX, for the other gateways */
/* Visitors share the descriptors of the process with the gateways: at most CONNECTIONS_MAX, and at most a
 * quarter of RLIMIT_NOFILE. */
#define CONNECTIONS_MAX   128
#define CONNECTIONS_MIN   8
#define DESCRIPTORS_SHARE 4
/* From one address: nearly all, because the visitors of a tunnel or local proxy share one address. */
#define ADDRESS_MAX 120
/* Beyond the limits: connections that only get a 503. */
#define REFUSED_MAX 16

#define BREATHER_MS        1000  /* pause of accept() when no descriptors are left */
#define HEAD_DEADLINE_MS   10000 /* for a whole request head */
#define IDLE_DEADLINE_MS   30000 /* between two requests */
#define ANSWER_DEADLINE_MS 15000 /* for the visitor to read a whole answer */
#define LINGER_DEADLINE_MS 2000  /* for the visitor to read the last answer */
#define EVICTABLE_MS       1000  /* idle for so long: may be closed for a new connection */

enum connection_state {
	CONNECTION_WAITING,   /* for a request, or for the rest of one */
	CONNECTION_ANSWERING, /* the answer is being sent */
	CONNECTION_LINGERING, /* the last answer is sent; input is discarded */
	CONNECTION_LINKED,    /* passed on to libwebsockets */
};

struct connection {
	struct connection *next;
	struct front *front;
	enum connection_state state;
	struct in6_addr address; /* an IPv4 address in its first bytes */
	bool is_refused;         /* one of REFUSED_MAX */
	bool has_line;           /* of the request being read */
	bool has_asked;          /* a request was answered before */
	int fd;                  /* -1: passed on to libwebsockets */
	struct watch *watch;
	uint64_t since_ms, deadline_ms; /* of the state; no deadline when linked */
	struct str request;
	struct page_answer answer;
	size_t sent; /* of the answer: head and body together */
};

/* In all lobbies of the process, without refused ones. */
static size_t connections_open;

static const struct page_refusal full = {503, "The lobby has no free connection. Try again in a moment."};

struct front {
	struct front_hooks hooks;
	struct page_site site;
	struct loop *loop;
	int fd; /* listening */
	struct watch *watch;
	struct timer *breather;
	struct timer *deadline;
	uint64_t deadline_ms; /* when the timer is due; 0: not set */
	struct connection *connections;
	size_t limit;
};

/* ---- the end of a connection */

static void forget_io(struct connection *connection)
{
	watch_free(connection->watch);
	connection->watch = NULL;
	str_release(&connection->request);
	page_answer_release(&connection->answer);
}

static void connection_free(struct connection *connection)
{
	struct connection **place = &connection->front->connections;

	while (*place != connection)
		place = &(*place)->next;
	*place = connection->next;
	connections_open -= !connection->is_refused;
	if (connection->state == CONNECTION_LINKED)
		loop_slot_give(connection->front->loop);
	forget_io(connection);
	if (connection->fd >= 0)
		close(connection->fd);
	free(connection);
}

/* Close with RST: the kernel would keep unread output for minutes. */
static void cut(struct connection *connection)
{
	const struct linger now = {.l_onoff = 1};

	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	connection_free(connection);
}

void front_over(struct connection *connection)
{
	if (connection)
		connection_free(connection);
}

/* ---- deadlines */

static void arm(struct front *front, uint64_t deadline_ms)
{
	uint64_t now_ms = loop_now_ms(front->loop);

	if (front->deadline_ms && front->deadline_ms <= deadline_ms)
		return;
	front->deadline_ms = deadline_ms;
	timer_set(front->deadline, deadline_ms > now_ms ? deadline_ms - now_ms : 0);
}

static void enter_state(struct connection *connection, enum connection_state state, uint64_t patience_ms)
{
	connection->state = state;
	connection->since_ms = loop_now_ms(connection->front->loop);
	connection->deadline_ms = connection->since_ms + patience_ms;
	arm(connection->front, connection->deadline_ms);
}

/* ---- an answer on its way */

static void linger(struct connection *connection)
{
	if (shutdown(connection->fd, SHUT_WR) < 0) {
		cut(connection);
		return;
	}
	page_answer_release(&connection->answer);
	str_release(&connection->request);
	watch_change(connection->watch, EPOLLIN);
	enter_state(connection, CONNECTION_LINGERING, LINGER_DEADLINE_MS);
}

/* The answer is sent. A pipelined request is read in the next turn of the loop. */
static void answer_done(struct connection *connection)
{
	bool is_last = connection->answer.is_last;

	page_answer_release(&connection->answer);
	if (is_last) {
		linger(connection);
		return;
	}
	connection->has_asked = true;
	watch_change(connection->watch, connection->request.length ? EPOLLIN | EPOLLOUT : EPOLLIN);
	enter_state(connection, CONNECTION_WAITING,
			connection->request.length ? HEAD_DEADLINE_MS : IDLE_DEADLINE_MS);
}

/* 1: all sent; 0: the socket is full; -1: the visitor has disconnected. */
static int send_part(struct connection *connection, const char *bytes, size_t length, size_t before)
{
	while (connection->sent < before + length) {
		size_t at = connection->sent - before;
		ssize_t sent = send(connection->fd, bytes + at, length - at, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
		connection->sent += (size_t)sent;
	}
	return 1;
}

static void go_on_answering(struct connection *connection)
{
	struct page_answer *answer = &connection->answer;
	int r = send_part(connection, answer->head.bytes, answer->head.length, 0);

	if (r > 0)
		r = send_part(connection, answer->body, answer->body_length, answer->head.length);
	if (r < 0)
		connection_free(connection);
	else if (r > 0)
		answer_done(connection);
	else
		watch_change(connection->watch, EPOLLOUT);
}

static void begin_answer(struct connection *connection)
{
	connection->sent = 0;
	enter_state(connection, CONNECTION_ANSWERING, ANSWER_DEADLINE_MS);
	go_on_answering(connection);
}

static void refuse(struct connection *connection, struct page_refusal refusal)
{
	if (page_refuse(&connection->front->site, refusal, &connection->answer) < 0)
		cut(connection);
	else
		begin_answer(connection);
}

/* ---- a request */

/* Remove a request; the bytes after it are a pipelined one. */
static void drop_request(struct connection *connection, size_t length)
{
	struct str *request = &connection->request;

	connection->has_line = false;
	if (length == request->length) {
		str_release(request);
		return;
	}
	memmove(request->bytes, request->bytes + length, request->length - length);
	str_truncate(request, request->length - length);
}

static void hand_over(struct connection *connection, const struct page_request *head)
{
	int fd = connection->fd;

	forget_io(connection);
	connection->fd = -1;
	connection->state = CONNECTION_LINKED;
	connection->front->hooks.on_handshake(connection->front->hooks.user, connection, fd, head);
}

static void on_request(struct connection *connection, const struct page_request *head, size_t length)
{
	static const struct page_refusal too_early = {
			400, "A WebSocket client must wait for the handshake's answer."};
	struct front *front = connection->front;
	const struct page_refusal *closed = page_gate(head);

	if (!closed && head->is_websocket && length < connection->request.length)
		closed = &too_early;
	if (!closed && head->is_websocket && !loop_slot_take(front->loop, SLOTS_LEFT))
		closed = &full;
	if (closed) {
		refuse(connection, *closed);
	} else if (head->is_websocket) {
		hand_over(connection, head);
	} else {
		drop_request(connection, length);
		if (page_answer(&front->site, head, &connection->answer) < 0)
			cut(connection);
		else
			begin_answer(connection);
	}
}

static void read_request(struct connection *connection)
{
	struct page_refusal refusal = {0};
	struct page_request head;
	int r = page_request_parse(connection->request.bytes, connection->request.length, &head, &refusal);

	if (r < 0)
		refuse(connection, refusal);
	else if (r > 0)
		on_request(connection, &head, (size_t)r);
	else
		watch_change(connection->watch, EPOLLIN);
}

/* Parse the head while its first line grows and after each line, not after each byte: a head that arrives
 * in single bytes costs no more. */
static bool is_worth_reading(struct connection *connection, const char *bytes, size_t length)
{
	bool has_end = memchr(bytes, '\n', length);
	bool result = !connection->has_line || has_end || connection->request.length >= PAGE_HEAD_MAX_BYTES;

	connection->has_line = connection->has_line || has_end;
	return result;
}

static void on_request_bytes(struct connection *connection, const char *bytes, size_t length)
{
	bool is_first = connection->request.length == 0;

	str_append_bytes(&connection->request, bytes, length);
	if (connection->request.error) {
		cut(connection);
		return;
	}
	if (is_first && connection->has_asked)
		enter_state(connection, CONNECTION_WAITING, HEAD_DEADLINE_MS);
	if (is_worth_reading(connection, bytes, length))
		read_request(connection);
}

static void on_readable(struct connection *connection)
{
	char bytes[PAGE_HEAD_MAX_BYTES];
	size_t room = sizeof(bytes) - connection->request.length;
	ssize_t length;

	if (!room) { /* full of pipelined requests */
		read_request(connection);
		return;
	}
	length = recv(connection->fd, bytes, room, 0);
	if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
		if (connection->state == CONNECTION_WAITING && connection->request.length)
			read_request(connection);
	} else if (length <= 0) {
		connection_free(connection);
	} else if (connection->state == CONNECTION_WAITING) {
		on_request_bytes(connection, bytes, (size_t)length);
	}
}

static void on_ready(void *user, uint32_t events)
{
	struct connection *connection = user;

	(void)events;
	if (connection->state == CONNECTION_ANSWERING)
		go_on_answering(connection);
	else
		on_readable(connection);
}

/* ---- admission */

static struct in6_addr address_of(const struct sockaddr_storage *from)
{
	struct in6_addr address = IN6ADDR_ANY_INIT;

	if (from->ss_family == AF_INET)
		memcpy(&address, &((const struct sockaddr_in *)(const void *)from)->sin_addr,
				sizeof(struct in_addr));
	else if (from->ss_family == AF_INET6)
		address = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
	return address;
}

struct census {
	size_t refused, same_address;
};

static bool is_from(const struct connection *connection, const struct in6_addr *address)
{
	return memcmp(&connection->address, address, sizeof(*address)) == 0;
}

static struct census count(const struct front *front, const struct in6_addr *address)
{
	struct census census = {0};

	for (const struct connection *at = front->connections; at; at = at->next) {
		census.refused += at->is_refused;
		census.same_address += !at->is_refused && is_from(at, address);
	}
	return census;
}

/* The connection that has been idle longest. address may be NULL: any. NULL: all are busy. */
static struct connection *idlest(const struct front *front, const struct in6_addr *address)
{
	uint64_t now_ms = loop_now_ms(front->loop);
	struct connection *result = NULL;

	for (struct connection *at = front->connections; at; at = at->next) {
		if (at->state == CONNECTION_WAITING && now_ms - at->since_ms >= EVICTABLE_MS &&
				(!address || is_from(at, address)) &&
				(!result || at->since_ms <= result->since_ms))
			result = at;
	}
	return result;
}

/* Make a place for one more connection, if need be by closing the one that has been idle longest. */
static bool make_place(struct front *front, const struct in6_addr *address, size_t *ret_refused)
{
	struct census census = count(front, address);
	bool is_address_full = census.same_address >= ADDRESS_MAX;
	struct connection *victim;

	*ret_refused = census.refused;
	if (connections_open < front->limit && !is_address_full)
		return true;
	victim = idlest(front, is_address_full ? address : NULL);
	if (!victim)
		return false;
	cut(victim);
	return true;
}

static struct connection *connection_new(
		struct front *front, int fd, struct in6_addr address, bool is_refused)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->front = front;
	connection->fd = fd;
	connection->address = address;
	connection->is_refused = is_refused;
	connection->request = STR(PAGE_HEAD_MAX_BYTES);
	if (watch_new(front->loop, fd, EPOLLIN, on_ready, connection, &connection->watch) < 0) {
		free(connection);
		return NULL;
	}
	connections_open += !is_refused;
	connection->next = front->connections;
	front->connections = connection;
	enter_state(connection, CONNECTION_WAITING, HEAD_DEADLINE_MS);
	return connection;
}

static void receive_visitor(struct front *front, int fd, const struct sockaddr_storage *from)
{
	struct in6_addr address = address_of(from);
	size_t refused = 0;
	bool has_place = make_place(front, &address, &refused);
	struct connection *connection = has_place || refused < REFUSED_MAX
							? connection_new(front, fd, address, !has_place)
							: NULL;

	if (!connection) {
		close(fd);
	} else if (!has_place) {
		refuse(connection, full);
	}
}

static void on_accept(void *user, uint32_t events)
{
	struct front *front = user;
	struct sockaddr_storage from = {0};
	socklen_t length = sizeof(from);
	int fd, on = 1;

	(void)events;
	fd = accept4(front->fd, (struct sockaddr *)&from, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE ||
				errno == ENOMEM) { /* the socket stays readable: do not spin */
			watch_change(front->watch, 0);
			timer_set(front->breather, BREATHER_MS);
		}
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	receive_visitor(front, fd, &from);
}

static void on_breather(void *user)
{
	struct front *front = user;

	watch_change(front->watch, EPOLLIN);
}

static void on_late(struct connection *connection)
{
	static const struct page_refusal late = {408, "The request took too long."};

	if (connection->state == CONNECTION_WAITING && connection->request.length)
		refuse(connection, late);
	else
		cut(connection);
}

static void on_deadline(void *user)
{
	struct front *front = user;
	uint64_t now_ms = loop_now_ms(front->loop), next_ms = 0;
	struct connection *next;

	front->deadline_ms = 0;
	for (struct connection *at = front->connections; at; at = next) {
		next = at->next;
		if (at->state != CONNECTION_LINKED && at->deadline_ms <= now_ms)
			on_late(at);
	}
	for (struct connection *at = front->connections; at; at = at->next) {
		if (at->state != CONNECTION_LINKED && (!next_ms || at->deadline_ms < next_ms))
			next_ms = at->deadline_ms;
	}
	front->deadline_ms = 0;
	if (next_ms)
		arm(front, next_ms);
}

/* ---- the port */

static size_t connection_limit(void)
{
	struct rlimit descriptors = {.rlim_cur = CONNECTIONS_MAX * DESCRIPTORS_SHARE};
	size_t limit;

	getrlimit(RLIMIT_NOFILE, &descriptors);
	limit = descriptors.rlim_cur / DESCRIPTORS_SHARE;
	if (limit > CONNECTIONS_MAX)
		return CONNECTIONS_MAX;
	return limit > CONNECTIONS_MIN ? limit : CONNECTIONS_MIN;
}

static void close_port(struct front *front)
{
	watch_free(front->watch);
	timer_free(front->breather);
	timer_free(front->deadline);
	front->watch = NULL;
	front->breather = NULL;
	front->deadline = NULL;
	if (front->fd >= 0)
		close(front->fd);
	front->fd = -1;
}

int front_start(struct loop *loop, const char *host, unsigned short port, const struct front_hooks *hooks,
		struct front **ret)
{
	struct front *front = calloc(1, sizeof(*front));
	int r = -ENOMEM;

	if (!front)
		return r;
	front->hooks = *hooks;
	front->site = (struct page_site){.port = port,
			.user = hooks->user,
			.describe = hooks->describe,
			.web_file = hooks->web_file};
	snprintf(front->site.host, sizeof(front->site.host), strchr(host, ':') ? "[%s]" : "%s", host);
	front->loop = loop;
	front->fd = -1;
	front->limit = connection_limit();
	front->breather = timer_new(loop, on_breather, front);
	front->deadline = timer_new(loop, on_deadline, front);
	if (front->breather && front->deadline)
		r = port_open(host, &front->site.port, &front->fd);
	if (r == 0)
		r = watch_new(loop, front->fd, EPOLLIN, on_accept, front, &front->watch);
	if (r < 0) {
		close_port(front);
		free(front);
		return r;
	}
	*ret = front;
	return 0;
}

unsigned short front_port(const struct front *front)
{
	return front->site.port;
}

void front_stop(struct front *front)
{
	struct connection *next;

	if (!front)
		return;
	close_port(front);
	for (struct connection *at = front->connections; at; at = next) {
		next = at->next;
		if (at->state != CONNECTION_LINKED)
			connection_free(at);
	}
}

void front_free(struct front *front)
{
	struct connection *next;

	if (!front)
		return;
	for (struct connection *at = front->connections; at; at = next) {
		next = at->next;
		connection_free(at);
	}
	free(front);
}
