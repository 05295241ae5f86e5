/* The parts of a WebSocket request: checked options, the Host header. */

#include "bot/net/handshake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"

/* libwebsockets writes the request into 4096 bytes without a length check, so the length is checked here. */
#define PATH_MAX_BYTES      1024
#define ORIGIN_MAX_BYTES    512
#define PROTOCOLS_MAX_BYTES 256
#define AGENT_MAX_BYTES     256

/* True for a valid header value; NULL means that the header is left out. */
static bool is_header(const char *text, size_t max_bytes)
{
	size_t length = text ? strnlen(text, max_bytes + 1) : 0;

	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return length <= max_bytes;
}

/* True for a valid word of the request line. */
static bool is_word(const char *text, size_t max_bytes)
{
	return text && text[0] && !strchr(text, ' ') && is_header(text, max_bytes);
}

int handshake_check(const struct websocket_options *options)
{
	if ((!options->address && !options->proxy) || !options->message_max_bytes)
		return -EINVAL;
	if (!is_word(options->host, HANDSHAKE_HOST_MAX_BYTES) || !is_word(options->path, PATH_MAX_BYTES))
		return -EINVAL;
	if (!is_header(options->origin, ORIGIN_MAX_BYTES) ||
			!is_header(options->protocols, PROTOCOLS_MAX_BYTES) ||
			!is_header(options->user_agent, AGENT_MAX_BYTES))
		return -EINVAL;
	return options->path[0] == '/' ? 0 : -EINVAL;
}

void handshake_host(const struct websocket_options *options, char ret[HANDSHAKE_HOST_MAX_BYTES + 16])
{
	bool is_ipv6 = strchr(options->host, ':') != NULL;
	size_t size = HANDSHAKE_HOST_MAX_BYTES + 16;
	int length;

	if (is_ipv6)
		length = snprintf(ret, size, "[%s]", options->host);
	else
		length = snprintf(ret, size, "%s", options->host);
	if (options->port != (options->is_tls ? 443 : 80))
		snprintf(ret + length, size - (size_t)length, ":%u", options->port);
}

char *handshake_agent(const struct websocket_options *options)
{
	struct str line = STR(AGENT_MAX_BYTES + 32);
	char *text = NULL;

	str_printf(&line, "User-Agent: %s\r\n",
			options->user_agent ? options->user_agent : "episoded/" EPISODED_VERSION);
	str_take(&line, &text);
	return text;
}
