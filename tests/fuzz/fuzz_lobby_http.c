/*
 * The lobby's HTTP and WebSocket over a real socket: the real server with libwebsockets
 * receives packets, separated by PACKET_END. Whatever was sent, no visitor remains, and the
 * next visitor gets the page.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

#include "bot/calendar/address.h"
#include "bot/calendar/calendar.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/lobby/server.h"
#include "tests/fuzz/socket_rounds.h"

#define PROBE_EACH 16 /* inputs */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rounds rounds;
static struct server *server;
static unsigned visitors, inputs;

static void *on_open(void *user, struct server_link *link)
{
	static const char hello[] = ":lobby NOTICE * :hello";

	(void)user;
	visitors++;
	server_send(link, hello, sizeof(hello) - 1);
	return link;
}

/* Echo a message; its first byte chooses to pause, to send more, or to close. */
static uint64_t on_message(void *user, void *visitor, const char *bytes, size_t length)
{
	(void)user;
	if (!bytes)
		return 0;
	server_send(visitor, bytes, length);
	if (length && *bytes == 'Q')
		server_close(visitor);
	for (int i = 0; length && *bytes == 'M' && i < 100; i++)
		server_send(visitor, bytes, length);
	return length && *bytes == 'P' ? 1 : 0;
}

static void on_closed(void *user, void *visitor)
{
	(void)user, (void)visitor;
	assert(visitors > 0);
	visitors--;
}

static const char *describe(void *user)
{
	(void)user;
	return "{\"prefix\":\"!\",\"commands\":[]}";
}

/* The path and the query come from outside. */
static int web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	struct calendar_address address;
	int r = calendar_address_read(path, query, &address);

	(void)user;
	if (r < 0)
		return r;
	assert(*address.show && !strchr(address.show, '/'));
	assert(address.alarm_minutes >= CALENDAR_NO_ALARM &&
			address.alarm_minutes <= CALENDAR_ALARM_MAX_MINUTES);
	*ret = (struct web_file){.type = "text/calendar", .bytes = str_copy(address.show)};
	ret->length = strlen(address.show);
	return 0;
}

static int enter(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
			.sin_port = htons(server_port(server)),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		abort();
	rounds_run(&rounds, 2);
	return fd;
}

static void leave(int fd)
{
	close(fd);
	rounds_until_none(&rounds, &visitors);
}

static void probe(void)
{
	char request[100], answer[400];
	size_t length;
	int fd = enter();

	snprintf(request, sizeof(request), "HEAD / HTTP/1.1\r\nHost: localhost:%u\r\n\r\n",
			server_port(server));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		abort();
	rounds_run(&rounds, ROUNDS_A_PACKET);
	drain(fd, answer, sizeof(answer), &length);
	assert(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17) == 0);
	leave(fd);
}

/* Replace "{port}" in the input by the server's port. */
static size_t fill_port(const uint8_t *data, size_t size, char *ret, size_t size_bytes)
{
	size_t length = 0;

	for (size_t i = 0; i < size && length + 8 < size_bytes;) {
		if (size - i >= 6 && memcmp(data + i, "{port}", 6) == 0) {
			length += (size_t)snprintf(ret + length, 8, "%u", server_port(server));
			i += 6;
		} else {
			ret[length++] = (char)data[i++];
		}
	}
	return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char bytes[64 * 1024];
	const struct server_hooks hooks = {.on_open = on_open,
			.on_message = on_message,
			.on_closed = on_closed,
			.describe = describe,
			.web_file = web_file};
	int fd;

	if (!server) {
		rounds_begin(&rounds);
		if (server_start(rounds.loop, "127.0.0.1", 0, &hooks, &server) < 0)
			abort();
	}
	fd = enter();
	send_packets(&rounds, fd, bytes, fill_port(data, size, bytes, sizeof(bytes)));
	leave(fd);
	if (++inputs % PROBE_EACH == 0)
		probe();
	return 0;
}
