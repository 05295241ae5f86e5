#ifndef EPISODED_TWITCH_CONFIG_H
#define EPISODED_TWITCH_CONFIG_H

/* The configuration of a gateway of type twitch. */

#include "bot/irc/link_config.h"

enum twitch_transport_kind { TWITCH_IRC, TWITCH_EVENTSUB };

struct twitch_config {
	struct gateway_config head;
	struct irc_link_config link; /* one server, always a WebSocket */
	char *login;                 /* lower case */
	char *token;                 /* a secret, without "oauth:"; NULL: of "episoded twitch login" */
	char *client_id;             /* of the application; NULL: only with token */
	char *client_secret;         /* of a confidential application; may be NULL */
	char *oauth;                 /* URL of the authorization server, without a slash at the end */
	char *state;                 /* the state folder, in which a login is handed over */
	enum twitch_transport_kind transport;
	char *api;        /* URL of the API, without a slash at the end */
	bool is_verified; /* Twitch grants it the limits of a verified bot */
};

extern const struct network twitch_network;       /* config.c */
extern const struct gateway_class twitch_gateway; /* twitch.c */
extern const struct network_draft twitch_draft;   /* init.c */

static inline const struct twitch_config *twitch_config(const struct gateway_config *config)
{
	return (const struct twitch_config *)(const void *)config;
}

/* Returns what is wrong with the text, or NULL, as in bot/config/reader.h. */
const char *twitch_check_login(const char *text);
const char *twitch_check_client_id(const char *text);

#endif
