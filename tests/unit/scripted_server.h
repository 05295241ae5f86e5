#ifndef EPISODED_TESTS_SCRIPTED_SERVER_H
#define EPISODED_TESTS_SCRIPTED_SERVER_H

/*
 * A raw TCP server in a thread, for tests of the WebSocket client: a script handles each
 * connection, and reads and writes freely.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
	int listener;
	unsigned short port;
	pthread_t thread;
	void (*script)(struct server *server, int fd);
	const void *bytes; /* for the script */
	size_t length;
	/* The client's bytes; read them after server_stop(). */
	char request[4096];
	char said[8192]; /* payloads of the client's text and binary frames, each followed by '|' */
	unsigned pongs;
	unsigned close_code;
	char close_reason[126];
	unsigned connections;
};

static void write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t written = send(fd, at, length, MSG_NOSIGNAL);

		if (written <= 0)
			return;
		at += written;
		length -= (size_t)written;
	}
}

static void write_text(int fd, const char *text)
{
	write_all(fd, text, strlen(text));
}

static bool read_all(int fd, void *bytes, size_t length)
{
	char *at = bytes;

	while (length) {
		ssize_t got = recv(fd, at, length, 0);

		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

static void read_request(struct server *server, int fd)
{
	size_t length = 0;

	while (length < sizeof(server->request) - 1 && !strstr(server->request, "\r\n\r\n")) {
		if (!read_all(fd, server->request + length, 1))
			return;
		server->request[++length] = '\0';
	}
}

/* Answer the request with 101; protocol may be NULL. */
static inline void accept_upgrade(struct server *server, int fd, const char *protocol)
{
	static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455, 1.3 */
	unsigned char digest[SHA_DIGEST_LENGTH];
	char key[128] = "", accepted[64], answer[512];
	const char *at;

	read_request(server, fd);
	at = strstr(server->request, "Sec-WebSocket-Key: ");
	if (!at || sscanf(at, "Sec-WebSocket-Key: %60s", key) != 1)
		return;
	memcpy(key + strlen(key), magic, sizeof(magic));
	SHA1((unsigned char *)key, strlen(key), digest);
	EVP_EncodeBlock((unsigned char *)accepted, digest, sizeof(digest));
	snprintf(answer, sizeof(answer),
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
			accepted, protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "",
			protocol ? "\r\n" : "");
	write_text(fd, answer);
}

/* first: the byte with FIN and opcode. */
static void write_frame(int fd, unsigned char first, const void *payload, size_t length)
{
	unsigned char head[10] = {first};
	size_t size = 2;

	if (length < 126) {
		head[1] = (unsigned char)length;
	} else if (length < 65536) {
		head[1] = 126;
		head[2] = (unsigned char)(length >> 8);
		head[3] = (unsigned char)length;
		size = 4;
	} else {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (unsigned char)((uint64_t)length >> (56 - 8 * i));
		size = 10;
	}
	write_all(fd, head, size);
	write_all(fd, payload, length);
}

static void note_frame(struct server *server, unsigned opcode, unsigned char *payload, size_t length)
{
	size_t have = strlen(server->said);

	if (opcode == 8 && length >= 2) {
		server->close_code = (unsigned)payload[0] << 8 | payload[1];
		memcpy(server->close_reason, payload + 2, length - 2);
	} else if (opcode == 10) {
		server->pongs++;
	} else if (opcode < 8 && have + length + 2 < sizeof(server->said)) {
		memcpy(server->said + have, payload, length);
		server->said[have + length] = '|';
	}
}

/* Read one frame of the client; false at the end or after a close frame. Only lengths below 64 KB. */
static bool read_frame(struct server *server, int fd)
{
	static unsigned char payload[65536];
	unsigned char head[4], mask[4];
	size_t length;

	if (!read_all(fd, head, 2))
		return false;
	length = head[1] & 0x7f;
	if (length == 126) {
		if (!read_all(fd, head + 2, 2))
			return false;
		length = (size_t)head[2] << 8 | head[3];
	}
	if (!(head[1] & 0x80) || length > 65535 || !read_all(fd, mask, 4) || !read_all(fd, payload, length))
		return false;
	for (size_t i = 0; i < length; i++)
		payload[i] ^= mask[i % 4];
	note_frame(server, head[0] & 0x0f, payload, length);
	return (head[0] & 0x0f) != 8;
}

/* Read from the client until it closes, and answer its close. */
static inline void hear_out(struct server *server, int fd)
{
	unsigned char code[2];

	while (read_frame(server, fd))
		;
	code[0] = (unsigned char)(server->close_code >> 8);
	code[1] = (unsigned char)server->close_code;
	write_frame(fd, 0x88, code, server->close_code ? 2 : 0);
}

static void *server_run(void *user)
{
	struct server *server = user;
	int fd;

	while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
		server->connections++;
		server->script(server, fd);
		close(fd);
	}
	return NULL;
}

static int listen_on_loopback(unsigned short *ret_port, int backlog)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) || listen(fd, backlog) ||
			getsockname(fd, (struct sockaddr *)&address, &size))
		abort();
	*ret_port = ntohs(address.sin_port);
	return fd;
}

static inline void server_start(struct server *server, void (*script)(struct server *server, int fd))
{
	server->script = script;
	server->listener = listen_on_loopback(&server->port, 16);
	if (pthread_create(&server->thread, NULL, server_run, server))
		abort();
}

static inline void server_stop(struct server *server)
{
	shutdown(server->listener, SHUT_RDWR); /* wakes accept() */
	pthread_join(server->thread, NULL);
	close(server->listener);
}

#endif
