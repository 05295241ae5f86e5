/* Public addresses. */

#include "bot/net/public_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct block {
	uint32_t first;
	unsigned bits;
};

/* 0/8, 10/8, 100.64/10, 127/8, 169.254/16, 172.16/12, 192.0.0/24, 192.0.2/24, 192.88.99/24, 192.168/16, 198.18/15,
 * 198.51.100/24, 203.0.113/24, 224/4, 240/4. */
static const struct block special[] = {{0x00000000, 8}, {0x0a000000, 8}, {0x64400000, 10}, {0x7f000000, 8},
		{0xa9fe0000, 16}, {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0586300, 24},
		{0xc0a80000, 16}, {0xc6120000, 15}, {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},
		{0xf0000000, 4}};

static bool is_public_v4(uint32_t address)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if ((address ^ special[i].first) >> (32 - special[i].bits) == 0)
			return false;
	}
	return true;
}

static uint32_t v4_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool begins(const uint8_t *bytes, const char *prefix, size_t length)
{
	return memcmp(bytes, prefix, length) == 0;
}

static bool is_public_v6(const uint8_t bytes[16])
{
	if (begins(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12)) /* ::ffff:0:0/96 */
		return is_public_v4(v4_at(bytes + 12));
	if (begins(bytes, "\0\x64\xff\x9b\0\0\0\0\0\0\0\0", 12)) /* 64:ff9b::/96, NAT64 */
		return is_public_v4(v4_at(bytes + 12));
	if (begins(bytes, "\x20\x02", 2)) /* 2002::/16, 6to4 */
		return is_public_v4(v4_at(bytes + 2));
	if ((bytes[0] & 0xe0) != 0x20) /* 2000::/3 are the global unicast addresses */
		return false;
	if (begins(bytes, "\x20\x01", 2) && bytes[2] < 2) /* 2001::/23: Teredo, ORCHID and others */
		return false;
	if (begins(bytes, "\x3f\xff", 2) && bytes[2] < 0x10) /* 3fff::/20, documentation */
		return false;
	return !begins(bytes, "\x20\x01\x0d\xb8", 4); /* 2001:db8::/32, documentation */
}

bool address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return is_public_v4(ntohl(v4.sin_addr.s_addr));
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&v6, address, sizeof(v6));
	return is_public_v6(v6.sin6_addr.s6_addr);
}
