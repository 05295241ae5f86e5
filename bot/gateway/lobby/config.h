#ifndef EPISODED_LOBBY_CONFIG_H
#define EPISODED_LOBBY_CONFIG_H

/* The configuration of a gateway of type lobby. */

#include "bot/config/config.h"

struct lobby_address {
	char *host; /* a loopback address, numeric */
	unsigned short port;
};

struct lobby_config {
	struct gateway_config head;
	struct lobby_address listen;
};

extern const struct network lobby_network;       /* config.c */
extern const struct gateway_class lobby_gateway; /* lobby.c */

static inline const struct lobby_config *lobby_config(const struct gateway_config *config)
{
	return (const struct lobby_config *)(const void *)config;
}

#endif
