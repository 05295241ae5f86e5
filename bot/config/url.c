/* The syntax of addresses and URLs in the configuration. */

#include "bot/config/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

bool config_no_memory(struct config_reader *reader, const char *problem)
{
	if (problem != str_no_memory)
		return false;
	reader->error = -ENOMEM;
	return true;
}

static bool has_only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

/* ---------------------------------------------------------------- addresses */

/* Parse the port: the digits after a colon. */
static bool parse_port(const char *text, unsigned short *ret)
{
	long port;

	if (!*text || !has_only(text, DIGITS) || str_to_long(text, 1, 65535, &port) < 0)
		return false;
	*ret = (unsigned short)port;
	return true;
}

/*
 * Take "host", "host:port", "[v6]" or "[v6]:port" apart, up to length bytes.
 * Without a port *port stays. The caller frees *ret_host.
 */
static const char *parse_authority(const char *text, size_t length, char **ret_host, unsigned short *port)
{
	char *copy = str_copy_bytes(text, length), *host = copy, *rest, *end;
	unsigned char address[16];
	const char *problem = NULL;

	if (!copy)
		return str_no_memory;
	if (copy[0] == '[') {
		host = copy + 1;
		end = strchr(host, ']');
		rest = end ? end + 1 : NULL;
	} else {
		end = rest = copy + strcspn(copy, ":");
	}
	if (!end || (*rest && *rest != ':')) {
		problem = "an IPv6 address needs brackets, as in [::1]:8067";
		goto out;
	}
	if (*rest && !parse_port(rest + 1, port)) {
		problem = "the port must be a number from 1 to 65535";
		goto out;
	}
	*end = '\0';
	for (char *byte = host; *byte; byte++)
		if (*byte >= 'A' && *byte <= 'Z')
			*byte = (char)(*byte - 'A' + 'a');
	if (copy[0] == '[' && inet_pton(AF_INET6, host, address) != 1)
		problem = "the text between the brackets is not an IPv6 address";
	else if (!*host)
		problem = "the host is missing";
	else if (copy[0] != '[' && (!has_only(host, LOWER DIGITS "-._") || strlen(host) > 253))
		problem = "the host may contain letters, digits, hyphens and dots; write an international "
			  "name "
			  "as xn--";
	if (problem)
		goto out;
	*ret_host = str_copy(host);
	problem = *ret_host ? NULL : str_no_memory;
out:
	free(copy);
	return problem;
}

static bool is_loopback(const char *host)
{
	unsigned char address[16];
	static const unsigned char loopback6[16] = {[15] = 1};

	if (inet_pton(AF_INET, host, address) == 1)
		return address[0] == 127;
	return inet_pton(AF_INET6, host, address) == 1 && memcmp(address, loopback6, 16) == 0;
}

const char *config_parse_listen(const char *text, char **ret_host, unsigned short *ret_port)
{
	char *host = NULL;
	unsigned short port = 0;
	const char *problem;

	if (has_only(text, DIGITS)) {
		if (!parse_port(text, &port))
			return "the port must be a number from 1 to 65535";
		host = str_copy("127.0.0.1");
		problem = host ? NULL : str_no_memory;
	} else {
		problem = parse_authority(text, strlen(text), &host, &port);
	}
	if (!problem && str_equal(host, "localhost")) {
		free(host);
		host = str_copy("127.0.0.1");
		problem = host ? NULL : str_no_memory;
	}
	if (!problem && !is_loopback(host))
		problem = "only a loopback address is accepted, because the lobby has no passwords and no "
			  "TLS; "
			  "write \"127.0.0.1:8067\"";
	if (!problem && port == 0)
		problem = "the port is missing, as in \"127.0.0.1:8067\"";
	if (problem) {
		free(host);
		return problem;
	}
	*ret_host = host;
	*ret_port = port;
	return NULL;
}

/* ---------------------------------------------------------------- URLs */

/* What is wrong with the scheme; *ret_rest is what follows "://". */
static const char *parse_scheme(const char *text, bool *ret_is_tls, const char **ret_rest)
{
	const char *rest = strstr(text, "://");

	if (!rest)
		return "must begin with ws:// or wss://";
	if (str_starts(text, "wss://"))
		*ret_is_tls = true;
	else if (str_starts(text, "ws://"))
		*ret_is_tls = false;
	else if (str_starts(text, "irc://") || str_starts(text, "ircs://"))
		return "a WebSocket begins with ws:// or wss://, not irc:// or ircs://";
	else if (str_starts(text, "http://") || str_starts(text, "https://"))
		return "a WebSocket begins with ws:// or wss://, not http:// or https://";
	else
		return "must begin with ws:// or wss://";
	*ret_rest = rest + 3;
	return NULL;
}

static bool is_printable_ascii(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text >= 0x7F)
			return false;
	return true;
}

const char *config_parse_url(const char *text, struct url *ret)
{
	struct url url = {0};
	const char *rest = NULL, *problem;
	size_t length;

	if (strlen(text) > CONFIG_URL_MAX_BYTES)
		return "is too long; the limit is 1024 bytes";
	if (!is_printable_ascii(text))
		return "must not contain spaces or letters outside ASCII; write them percent-encoded";
	problem = parse_scheme(text, &url.is_tls, &rest);
	if (problem)
		return problem;
	length = strcspn(rest, "/?#");
	if (memchr(rest, '@', length))
		return "must not contain a user or a password; use \"nick\" and \"password\"";
	if (strchr(rest, '#'))
		return "must not contain a # part; list channels under \"channels\"";
	url.port = url.is_tls ? 443 : 80;
	problem = parse_authority(rest, length, &url.host, &url.port);
	if (problem)
		return problem;
	rest += length;
	url.path = *rest == '/' ? str_copy(rest) : malloc(strlen(rest) + 2);
	if (!url.path) {
		config_url_release(&url);
		return str_no_memory;
	}
	if (*rest != '/') {
		url.path[0] = '/';
		memcpy(url.path + 1, rest, strlen(rest) + 1);
	}
	*ret = url;
	return NULL;
}

/* Parse irc://host[:port] or ircs://host[:port]. Such a URL has no user, path or query. */
static const char *parse_stream_url(const char *text, bool is_secure, struct url *ret)
{
	struct url url = {.is_tls = is_secure, .is_stream = true, .port = is_secure ? 6697 : 6667};
	const char *rest = strstr(text, "://") + 3, *problem;
	size_t length = strcspn(rest, "/?#");

	if (strlen(text) > CONFIG_URL_MAX_BYTES)
		return "is too long; the limit is 1024 bytes";
	if (memchr(rest, '@', length))
		return "must not contain a user or a password; use \"nick\" and \"password\"";
	if (!str_equal(rest + length, "") && !str_equal(rest + length, "/"))
		return "must end with the host and the port; list channels under \"channels\"";
	problem = parse_authority(rest, length, &url.host, &url.port);
	if (problem)
		return problem;
	url.path = str_copy("/");
	if (!url.path) {
		config_url_release(&url);
		return str_no_memory;
	}
	*ret = url;
	return NULL;
}

const char *config_parse_irc_url(const char *text, struct url *ret)
{
	if (str_starts(text, "ircs://"))
		return parse_stream_url(text, true, ret);
	if (str_starts(text, "irc://"))
		return parse_stream_url(text, false, ret);
	if (!str_starts(text, "ws://") && !str_starts(text, "wss://"))
		return "must begin with ircs:// (or irc://), wss:// or ws://";
	return config_parse_url(text, ret);
}

void config_url_release(struct url *url)
{
	free(url->host);
	free(url->path);
	*url = (struct url){0};
}

static const char *domain_of(const char *host)
{
	const char *dot = strrchr(host, '.');

	if (!dot || strspn(dot + 1, "0123456789") == strlen(dot + 1) || strchr(host, ':'))
		return host;
	while (dot > host && dot[-1] != '.')
		dot--;
	return dot;
}

bool config_url_is_same_domain(const char *host, const char *other_host)
{
	return str_equal_nocase(domain_of(host), domain_of(other_host));
}

const char *config_check_origin(const char *text)
{
	const char *rest = strstr(text, "://"), *problem;
	unsigned short port = 0;
	char *host = NULL;

	if (!rest || !(str_starts(text, "http://") || str_starts(text, "https://")))
		return "must begin with http:// or https://";
	rest += 3;
	if (strlen(text) > CONFIG_URL_MAX_BYTES || strpbrk(rest, "/?#@"))
		return "is scheme, host and port only, as in \"https://chat.example.org\"";
	problem = parse_authority(rest, strlen(rest), &host, &port);
	free(host);
	return problem;
}
