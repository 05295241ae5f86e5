/* The URL of a proxy. */

#include "bot/base/proxy_url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/base/str.h"

static const char missing_port[] = "the port is missing, as in \"http://proxy.example.org:3128\"";

static const struct {
	const char *scheme;
	enum proxy_kind kind;
} schemes[] = {
		{"http://", PROXY_HTTP},
		{"https://", PROXY_HTTPS},
		{"socks5://", PROXY_SOCKS5},
		{"socks5h://", PROXY_SOCKS5},
};

static const char *parse_scheme(const char *text, struct proxy_url *url)
{
	url->kind = PROXY_HTTP; /* as curl does for "proxy.example.org:3128" */
	url->rest = text;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i].scheme);

		if (strncasecmp(text, schemes[i].scheme, length) != 0)
			continue;
		url->kind = schemes[i].kind;
		url->rest = text + length;
		return NULL;
	}
	return strstr(text, "://") ? "must begin with http://, https:// or socks5://" : NULL;
}

static bool is_host_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       strchr("-._", byte);
}

/* host: what is between user and port. */
static const char *keep_host(const char *host, size_t length, struct proxy_url *url)
{
	unsigned char address[16];
	bool is_v6 = length >= 2 && host[0] == '[' && host[length - 1] == ']';

	if (is_v6) {
		host++;
		length -= 2;
	}
	if (length == 0)
		return "the host is missing, as in \"http://proxy.example.org:3128\"";
	if (length > PROXY_HOST_MAX_BYTES)
		return "the host is too long";
	memcpy(url->host, host, length);
	url->host[length] = '\0';
	if (is_v6)
		return inet_pton(AF_INET6, url->host, address) == 1
				       ? NULL
				       : "the text between the brackets is not an IPv6 address";
	for (size_t i = 0; i < length; i++)
		if (!is_host_byte(host[i]))
			return host[i] == ':' ? "an IPv6 address needs brackets, as in http://[::1]:3128"
					      : "the host may contain letters, digits, hyphens and dots";
	return NULL;
}

const char *proxy_url_parse(const char *text, struct proxy_url *ret)
{
	struct proxy_url url = {0};
	const char *problem, *start, *end, *at, *colon;
	char digits[8] = "";
	long port;

	if (strlen(text) > PROXY_URL_MAX_BYTES)
		return "is too long; the limit is 1024 bytes";
	for (const char *byte = text; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7f)
			return "must not contain spaces or letters outside ASCII; write them percent-encoded";
	problem = parse_scheme(text, &url);
	if (problem)
		return problem;
	end = url.rest + strcspn(url.rest, "/?#");
	if (*end && !str_equal(end, "/"))
		return "must end with the host and the port";
	at = memrchr(url.rest, '@', (size_t)(end - url.rest));
	start = at ? at + 1 : url.rest;
	url.has_user = at != NULL;
	colon = memrchr(start, ':', (size_t)(end - start));
	if (!colon || (*start == '[' && memchr(colon, ']', (size_t)(end - colon))))
		return missing_port;
	problem = keep_host(start, (size_t)(colon - start), &url);
	if (problem)
		return problem;
	if (end - colon < 2)
		return missing_port;
	if ((size_t)(end - colon) <= sizeof(digits))
		memcpy(digits, colon + 1, (size_t)(end - colon) - 1);
	if (str_to_long(digits, 1, 65535, &port) < 0)
		return "the port must be a number from 1 to 65535";
	url.port = (unsigned short)port;
	*ret = url;
	return NULL;
}

void proxy_url_show(const struct proxy_url *url, char ret[PROXY_SHOWN_MAX_BYTES + 1])
{
	bool is_v6 = strchr(url->host, ':') != NULL;

	snprintf(ret, PROXY_SHOWN_MAX_BYTES + 1, "%s%s%s:%u", is_v6 ? "[" : "", url->host, is_v6 ? "]" : "",
			url->port);
}
