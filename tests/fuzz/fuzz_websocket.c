/*
 * A WebSocket client and a hostile server over a real socket. The first byte chooses whether
 * the server starts with a correct handshake ('W') or with the input itself; PACKET_END
 * separates its packets. Whatever arrives, the client is closed once, with a reason.
 */

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <unistd.h>

#include "bot/net/websocket.h"
#include "tests/fuzz/socket_rounds.h"

#define MESSAGE_MAX_BYTES 4096
#define KEY_FIELD         "Sec-WebSocket-Key: "
#define KEY_BYTES         24
#define GUID              "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct rounds rounds;
static int listening = -1;
static unsigned short port;
static struct websocket *websocket;
static unsigned open;

static void on_open(void *user, const char *protocol)
{
	(void)user;
	assert(strlen(protocol) < 64);
	websocket_send(websocket, "hello", 5, true);
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	(void)user;
	assert(length <= MESSAGE_MAX_BYTES);
	websocket_send(websocket, bytes, length, is_text);
	if (length && *bytes == 'Q')
		websocket_close(websocket, 1000, "bye");
}

static void on_close(void *user, int error, const char *reason)
{
	(void)user;
	assert(error <= 0 && *reason);
	assert(open == 1);
	open--;
	websocket = NULL;
}

/* Accept the client's connection, read its request, and return its key. */
static int accept_client(char ret_key[KEY_BYTES + 1])
{
	char request[2048];
	size_t length = 0;
	int fd = rounds_accept(&rounds, listening);

	for (int i = 0; i < ROUNDS_TO_OPEN && !length; i++) {
		rounds_run(&rounds, 1);
		if (!drain(fd, request, sizeof(request), &length))
			abort();
	}
	assert(strstr(request, KEY_FIELD));
	snprintf(ret_key, KEY_BYTES + 1, "%s", strstr(request, KEY_FIELD) + strlen(KEY_FIELD));
	return fd;
}

static void answer_handshake(int fd, const char *key)
{
	char text[KEY_BYTES + sizeof(GUID)], answer[256];
	unsigned char hash[SHA_DIGEST_LENGTH], accept[32];
	int length;

	snprintf(text, sizeof(text), "%s%s", key, GUID);
	SHA1((const unsigned char *)text, strlen(text), hash);
	EVP_EncodeBlock(accept, hash, sizeof(hash));
	length = snprintf(answer, sizeof(answer),
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Accept: %s\r\n\r\n",
			(const char *)accept);
	if (send(fd, answer, (size_t)length, MSG_NOSIGNAL) < 0)
		abort();
	rounds_run(&rounds, ROUNDS_A_PACKET);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct websocket_events events = {on_open, on_message, on_close};
	struct websocket_options options = {.address = "127.0.0.1",
			.host = "localhost",
			.path = "/",
			.message_max_bytes = MESSAGE_MAX_BYTES};
	char key[KEY_BYTES + 1];
	int fd;

	if (listening < 0) {
		rounds_begin(&rounds);
		listening = listen_anywhere(&port);
	}
	options.port = port;
	if (!size || websocket_connect(rounds.loop, &options, &events, NULL, &websocket) < 0)
		return 0;
	open = 1;
	fd = accept_client(key);
	if (*data == 'W')
		answer_handshake(fd, key);
	send_packets(&rounds, fd, (const char *)data + 1, size - 1);
	close(fd);
	rounds_until_none(&rounds, &open);
	return 0;
}
