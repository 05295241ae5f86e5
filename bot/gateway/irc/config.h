#ifndef EPISODED_IRC_CONFIG_H
#define EPISODED_IRC_CONFIG_H

/* The configuration of a gateway of type irc. */

#include "bot/irc/link_config.h"

/* How to log in to an account. */
enum sasl_mechanism {
	SASL_NONE,
	SASL_AUTO,
	SASL_EXTERNAL,
	SASL_ECDSA, /* ECDSA-NIST256P-CHALLENGE */
	SASL_SCRAM_SHA_512,
	SASL_SCRAM_SHA_256,
	SASL_PLAIN
};

/* How fast the bot may send on IRC. */
enum config_flood { FLOOD_AUTO, FLOOD_SAFE, FLOOD_FAST, FLOOD_NONE };

struct irc_sasl_config {
	enum sasl_mechanism mechanism;
	char *account, *password; /* may be NULL; password is a secret */
	char *key;                /* a private key in PEM; a secret; may be NULL */
	bool is_required;         /* disconnect if the login fails */
};

struct irc_config {
	struct gateway_config head;
	struct irc_link_config link;
	char *nick;
	char *username; /* default: the nick */
	char *realname;
	char *password; /* server password (PASS); a secret; may be NULL */
	struct irc_sasl_config sasl;
	enum config_flood flood;
	struct config_channels bridges; /* masks nick!user@host, which also come from people elsewhere */
	char *services;                 /* the service that can free our nick ("NickServ") */
};

extern const struct network irc_network;       /* config.c */
extern const struct gateway_class irc_gateway; /* irc.c */
extern const struct network_draft irc_draft;   /* init.c */

static inline const struct irc_config *irc_config(const struct gateway_config *config)
{
	return (const struct irc_config *)(const void *)config;
}

/* Returns what is wrong with the text, or NULL, as in bot/config/reader.h. */
const char *irc_check_nick(const char *text);
const char *irc_check_username(const char *text);
const char *irc_check_realname(const char *text);

#endif
