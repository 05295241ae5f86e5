/* The choice of a proxy. */

#include "bot/net/proxy.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/proxy_url.h"
#include "bot/base/str.h"

#define HOST_MAX_BYTES 255

/* ---------------------------------------------------------------- no_proxy */

struct address {
	unsigned char bytes[16];
	size_t length; /* 4, 16; 0: a name */
};

static struct address parse_address(const char *text)
{
	struct address address = {.length = 0};

	if (inet_pton(AF_INET, text, address.bytes) == 1)
		address.length = 4;
	else if (inet_pton(AF_INET6, text, address.bytes) == 1)
		address.length = 16;
	return address;
}

static bool has_prefix(const struct address *host, const struct address *net, long bits)
{
	size_t whole = (size_t)bits / 8, rest = (size_t)bits % 8;

	if (host->length != net->length || memcmp(host->bytes, net->bytes, whole) != 0)
		return false;
	return !rest || (host->bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

/* Cut a port, and the brackets of an IPv6 address. False: the entry has a port, and it is another one. */
static bool cut_port(char **entry, unsigned short port)
{
	char *colon = strrchr(*entry, ':'), *bracket = strchr(*entry, ']');
	long number;

	if (**entry == '[' && bracket) {
		colon = bracket[1] == ':' ? bracket + 1 : NULL;
		memmove(bracket, bracket + 1, strlen(bracket));
		colon = colon ? colon - 1 : NULL;
		(*entry)++;
	} else if (colon && strchr(*entry, ':') != colon) {
		colon = NULL; /* an IPv6 address */
	}
	if (!colon)
		return true;
	*colon = '\0';
	return str_to_long(colon + 1, 0, 65535, &number) == 0 && number == port;
}

static bool is_in_domain(const char *domain, const char *host)
{
	size_t length, host_length = strlen(host);

	while (*domain == '.')
		domain++;
	length = strlen(domain);
	while (length && domain[length - 1] == '.')
		length--;
	while (host_length && host[host_length - 1] == '.')
		host_length--;
	if (!length || length > host_length || strncasecmp(host + host_length - length, domain, length) != 0)
		return false;
	return length == host_length || host[host_length - length - 1] == '.';
}

static bool matches(char *entry, const char *host, unsigned short port)
{
	const struct address address = parse_address(host);
	struct address net;
	char *slash;
	long bits;

	if (str_equal(entry, "*"))
		return true;
	if (!cut_port(&entry, port))
		return false;
	if (str_equal(entry, "*"))
		return true;
	if (!address.length)
		return is_in_domain(str_starts(entry, "*.") ? entry + 1 : entry, host);
	slash = strchr(entry, '/');
	if (slash)
		*slash = '\0';
	net = parse_address(entry);
	if (!net.length)
		return false;
	bits = (long)net.length * 8;
	if (slash && str_to_long(slash + 1, 0, bits, &bits) < 0)
		return false;
	return has_prefix(&address, &net, bits);
}

bool proxy_is_exempt(const char *list, const char *host, unsigned short port)
{
	while (*list) {
		size_t length = strcspn(list, ", \t");
		char entry[HOST_MAX_BYTES + 1];

		if (length && length < sizeof(entry)) {
			memcpy(entry, list, length);
			entry[length] = '\0';
			if (matches(entry, host, port))
				return true;
		}
		list += length;
		list += strspn(list, ", \t");
	}
	return false;
}

/* ---------------------------------------------------------------- the choice */

static bool is_this_machine(const char *host)
{
	static const unsigned char loopback6[16] = {[15] = 1}, any6[16] = {0};
	const struct address address = parse_address(host);

	if (address.length == 4)
		return address.bytes[0] == 127 || address.bytes[0] == 0;
	if (address.length == 16)
		return !memcmp(address.bytes, loopback6, 16) || !memcmp(address.bytes, any6, 16);
	return is_in_domain("localhost", host);
}

/* A proxy elsewhere would look for the server on its own machine. */
static bool is_out_of_reach(const char *proxy, const char *host)
{
	struct proxy_url url;

	return is_this_machine(host) && !proxy_url_parse(proxy, &url) && !is_this_machine(url.host);
}

/* The first variable that is set and not empty. */
static const char *first_of(const char *const *names)
{
	for (; *names; names++) {
		const char *value = getenv(*names);

		if (value && *value)
			return value;
	}
	return NULL;
}

const char *proxy_find(const char *configured, bool is_tls, const char *host, unsigned short port)
{
	static const char *const secure[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};
	static const char *const plain[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
	static const char *const exempt[] = {"no_proxy", "NO_PROXY", NULL};
	const char *proxy = configured, *list;

	if (!proxy) {
		proxy = first_of(is_tls ? secure : plain);
		list = proxy ? first_of(exempt) : NULL;
		if (list && proxy_is_exempt(list, host, port))
			return NULL;
	}
	return proxy && *proxy && !is_out_of_reach(proxy, host) ? proxy : NULL;
}

const char *proxy_find_for_url(const char *configured, const char *url)
{
	bool is_tls = strncasecmp(url, "https:", 6) == 0;
	const char *start = strstr(url, "://"), *end, *colon;
	unsigned short port = is_tls ? 443 : 80;
	char host[HOST_MAX_BYTES + 1], digits[8] = "";
	size_t length;
	long number;

	if (!start)
		return NULL;
	start += 3;
	end = start + strcspn(start, "/?#");
	if (*start == '[') {
		start++;
		length = strcspn(start, "]");
		colon = start + length < end ? start + length + 1 : end;
	} else {
		length = strcspn(start, ":/?#");
		colon = start + length;
	}
	if (length >= sizeof(host))
		return NULL;
	memcpy(host, start, length);
	host[length] = '\0';
	if (colon < end && *colon == ':' && (size_t)(end - colon) <= sizeof(digits)) {
		memcpy(digits, colon + 1, (size_t)(end - colon) - 1);
		if (str_to_long(digits, 1, 65535, &number) == 0)
			port = (unsigned short)number;
	}
	return proxy_find(configured, is_tls, host, port);
}
