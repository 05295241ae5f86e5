#ifndef EPISODED_NET_PUBLIC_ADDRESS_H
#define EPISODED_NET_PUBLIC_ADDRESS_H

/* Is an address on the internet? Others wrote the links of a dataset: they must not reach what only this network can. */

#include <stdbool.h>

struct sockaddr;

/*
 * address_is_public - true for a unicast address that routers of the internet forward.
 *
 * An IPv6 address that contains an IPv4 address (::ffff:0:0/96, NAT64, 6to4) is judged by that one.
 * Source: IANA's special-purpose address registries, RFC 6890.
 */
bool address_is_public(const struct sockaddr *address);

#endif
