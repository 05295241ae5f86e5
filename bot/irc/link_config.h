#ifndef EPISODED_IRC_LINK_CONFIG_H
#define EPISODED_IRC_LINK_CONFIG_H

/*
 * The part of a gateway's configuration that a link reads: the servers, and how
 * to connect to them. A gateway that uses a link has this struct in its own, and
 * the keys in its own table.
 */

#include "bot/config/config.h"
#include "bot/config/url.h"
#include "bot/irc/wire.h"

#define IRC_SERVERS_MAX 16 /* of one network */

struct irc_server_list {
	struct url *urls;
	size_t count; /* at least 1 */
};

/* Full-jitter back-off: the first delay's ceiling (0: 1 s), and the longest (0: 5 min). */
struct irc_reconnect {
	unsigned base_ms, cap_ms;
};

struct irc_link_config {
	const char *gateway; /* its name in the trace; borrowed */
	struct irc_server_list servers;
	char *ca_file;           /* NULL: the system's */
	char *fingerprints;      /* SHA-256 of the certificates to trust in place of authorities: lower-case
				    hexadecimal digits, a space between two; may be NULL */
	char *certificate, *key; /* PEM files of the client certificate; may be NULL */
	const char *proxy;       /* as "configured" in net/proxy.h; borrowed */
	char *origin;            /* the WebSocket handshake's; NULL: the server's own scheme and host */
	bool sts;                /* switch to TLS when the server asks for it (Strict Transport Security) */
	bool has_no_protocol;    /* WebSocket: the server knows no subprotocol */
	struct irc_reconnect reconnect;
	const char *secrets[IRC_WIRE_SECRETS]; /* hidden in the trace; borrowed; may be NULL */
};

/* How these members are read, compared and released (bot/config/reader.h). */
struct config_kind;
extern const struct config_kind irc_server_list; /* read by each network */
extern const struct config_kind irc_reconnect;

/* Are all servers on this machine? Then the connection needs no encryption. */
bool irc_link_config_is_local(const struct irc_link_config *config);
/* Is this server on this machine? */
bool irc_url_is_local(const struct url *url);

#endif
