#ifndef EPISODED_ECHO_CONFIG_H
#define EPISODED_ECHO_CONFIG_H

/* The configuration of a gateway of type echo. */

#include "bot/config/config.h"

struct echo_config {
	struct gateway_config head;
	unsigned port;  /* of the server, on 127.0.0.1 */
	char *token;    /* a secret */
	unsigned lines; /* the most lines of a reply in one answer */
};

extern const struct network echo_network;       /* config.c */
extern const struct gateway_class echo_gateway; /* echo.c */

static inline const struct echo_config *echo_config(const struct gateway_config *config)
{
	return (const struct echo_config *)(const void *)config;
}

#endif
