#ifndef EPISODED_TWITCH_OAUTH_HTTP_H
#define EPISODED_TWITCH_OAUTH_HTTP_H

/* The requests of oauth.h over HTTP: what the bot's token and the login of a person share. */

#include "bot/gateway/twitch/oauth.h"

struct http;
struct loop;
struct twitch_config;

/* With the CAs and the proxy of the gateway. */
int twitch_oauth_http_new(struct loop *loop, const struct twitch_config *config, struct http **ret);
/* As http_start(); response is for twitch_oauth_read(). */
int twitch_oauth_http_start(struct http *http, enum twitch_oauth_call call,
		const struct twitch_oauth_parts *parts,
		void (*on_done)(void *user, const struct http_response *response), void *user);

#endif
