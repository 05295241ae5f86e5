#ifndef EPISODED_TESTS_GATE_H
#define EPISODED_TESTS_GATE_H

/* A TCP relay on the test's loop, in front of a server on loopback: it can swallow the server's bytes, swallow all, or cut. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/net/loop.h"

#define GATE_PAIRS_MAX 16

struct gate_pair {
	struct relay_gate *gate;
	int client, server;
	struct watch *from_client, *from_server;
	bool is_muted; /* the server's bytes are kept back */
};

struct relay_gate {
	struct loop *loop;
	int listener;
	struct watch *watch;
	unsigned port, target;
	bool is_muted; /* for connections yet to come */
	unsigned accepted;
	struct gate_pair pairs[GATE_PAIRS_MAX];
};

static inline void gate_end_pair(struct gate_pair *pair)
{
	if (!pair->gate)
		return;
	watch_free(pair->from_client);
	watch_free(pair->from_server);
	close(pair->client);
	close(pair->server);
	*pair = (struct gate_pair){0};
}

static inline bool gate_write(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd pollfd = {.fd = fd, .events = POLLOUT};

			(void)poll(&pollfd, 1, 100);
			continue;
		}
		if (n < 0)
			return false;
		bytes += n;
		length -= (size_t)n;
	}
	return true;
}

static inline void gate_move(struct gate_pair *pair, int from, int to, bool is_dropped)
{
	char bytes[16384];
	ssize_t n = recv(from, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0 || (!is_dropped && !gate_write(to, bytes, (size_t)n)))
		gate_end_pair(pair);
}

static inline void gate_on_client(void *user, uint32_t events)
{
	struct gate_pair *pair = user;

	(void)events;
	gate_move(pair, pair->client, pair->server, false);
}

static inline void gate_on_server(void *user, uint32_t events)
{
	struct gate_pair *pair = user;

	(void)events;
	gate_move(pair, pair->server, pair->client, pair->is_muted);
}

static inline void gate_on_accept(void *user, uint32_t events)
{
	struct relay_gate *gate = user;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct gate_pair *pair = NULL;
	int client = accept4(gate->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)events;
	assert_true(client >= 0 && server >= 0);
	for (size_t i = 0; i < GATE_PAIRS_MAX && !pair; i++)
		if (!gate->pairs[i].gate)
			pair = &gate->pairs[i];
	assert_non_null(pair);
	address.sin_port = htons((uint16_t)gate->target);
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(client);
		close(server);
		return;
	}
	gate->accepted++;
	*pair = (struct gate_pair){
			.gate = gate, .client = client, .server = server, .is_muted = gate->is_muted};
	assert_int_equal(watch_new(gate->loop, client, EPOLLIN, gate_on_client, pair, &pair->from_client), 0);
	assert_int_equal(watch_new(gate->loop, server, EPOLLIN, gate_on_server, pair, &pair->from_server), 0);
}

static inline void gate_open(struct relay_gate *gate, struct loop *loop, unsigned target)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	*gate = (struct relay_gate){.loop = loop, .target = target};
	gate->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(gate->listener >= 0);
	assert_int_equal(bind(gate->listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(gate->listener, 16), 0);
	assert_int_equal(getsockname(gate->listener, (struct sockaddr *)&address, &length), 0);
	gate->port = ntohs(address.sin_port);
	assert_int_equal(watch_new(loop, gate->listener, EPOLLIN, gate_on_accept, gate, &gate->watch), 0);
}

/* The server hears, and its answers do not arrive. Also for later connections. */
static inline void gate_mute(struct relay_gate *gate, bool is_muted)
{
	gate->is_muted = is_muted;
	for (size_t i = 0; i < GATE_PAIRS_MAX; i++)
		gate->pairs[i].is_muted = is_muted;
}

/* All connections end; new ones are taken. */
static inline void gate_cut(struct relay_gate *gate)
{
	for (size_t i = 0; i < GATE_PAIRS_MAX; i++)
		gate_end_pair(&gate->pairs[i]);
}

static inline void gate_close(struct relay_gate *gate)
{
	gate_cut(gate);
	watch_free(gate->watch);
	close(gate->listener);
}

#endif
