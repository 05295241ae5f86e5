#ifndef EPISODED_TESTS_SOCKET_ROUNDS_H
#define EPISODED_TESTS_SOCKET_ROUNDS_H

/* Helpers of fuzz targets that use a real socket: rounds of the loop, and inputs split into packets. */

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bot/net/loop.h"

#define PACKET_END      "\xfe\xfe" /* separates packets in an input */
#define PACKETS_MAX     64
#define ROUNDS_A_PACKET 3
#define ROUNDS_TO_OPEN  20
#define END_DEADLINE_MS 15000

struct rounds {
	struct loop *loop;
	struct timer *stop;
};

static void on_stop(void *user)
{
	loop_stop(user);
}

static inline void rounds_begin(struct rounds *rounds)
{
	int r = loop_new(&rounds->loop);

	if (r < 0)
		abort();
	rounds->stop = timer_new(rounds->loop, on_stop, rounds->loop);
}

static inline void rounds_run(struct rounds *rounds, unsigned count)
{
	while (count--) {
		timer_set(rounds->stop, 0);
		loop_run(rounds->loop);
	}
}

/* A listening socket on any free port of this machine. */
static inline int listen_anywhere(unsigned short *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 8) < 0 ||
			getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

/* Run the loop until the client has connected. */
static inline int rounds_accept(struct rounds *rounds, int listening)
{
	int fd = -1;

	for (int i = 0; i < ROUNDS_TO_OPEN && fd < 0; i++) {
		rounds_run(rounds, 1);
		fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	}
	if (fd < 0)
		abort();
	return fd;
}

/* Run the loop until *left is 0; the deadline is reached only on a fault. */
static inline void rounds_until_none(struct rounds *rounds, const unsigned *left)
{
	uint64_t end_ms = loop_now_ms(rounds->loop) + END_DEADLINE_MS;

	while (*left && loop_now_ms(rounds->loop) < end_ms)
		rounds_run(rounds, 1);
	assert(*left == 0);
}

/* Read and discard all available bytes; false at the end of the connection. */
static inline bool drain(int fd, char *ret, size_t size_bytes, size_t *ret_length)
{
	char rest[4096];
	size_t length = 0;
	ssize_t r;

	do {
		char *at = size_bytes - length > 1 ? ret + length : rest;
		size_t room = at == rest ? sizeof(rest) : size_bytes - length - 1;

		r = recv(fd, at, room, MSG_DONTWAIT);
		if (r > 0 && at != rest)
			length += (size_t)r;
	} while (r > 0);
	ret[length] = '\0';
	*ret_length = length;
	return r < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Send an input as packets, with rounds of the loop after each; received bytes are discarded. */
static inline void send_packets(struct rounds *rounds, int fd, const char *bytes, size_t length)
{
	char heard[64];
	size_t heard_bytes;

	for (unsigned i = 0; i < PACKETS_MAX && length; i++) {
		const char *mark = memmem(bytes, length, PACKET_END, 2);
		size_t packet = mark ? (size_t)(mark - bytes) : length;
		size_t step = mark ? packet + 2 : packet;

		if (packet && send(fd, bytes, packet, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
			return;
		rounds_run(rounds, ROUNDS_A_PACKET);
		if (!drain(fd, heard, sizeof(heard), &heard_bytes))
			return;
		bytes += step;
		length -= step;
	}
}

#endif
