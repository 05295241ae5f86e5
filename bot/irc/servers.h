#ifndef EPISODED_IRC_SERVERS_H
#define EPISODED_IRC_SERVERS_H

/*
 * The servers of one network: which one to try next, with which URL, and the STS policy
 * of each.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/irc/link_config.h"
#include "bot/irc/sts.h"
#include "bot/net/resolve.h"

struct store;

struct irc_server {
	struct irc_sts_policy policy; /* of the server's host */
	bool is_read;                 /* the policy was read from the store */
	bool is_tried;                /* TLS was tried once more after the policy had expired */
};

struct irc_servers {
	const struct irc_server_list *config;
	struct irc_server list[IRC_SERVERS_MAX];
	size_t count;
	size_t current;
	size_t tried;            /* servers tried in this round before the current one */
	size_t address, offered; /* index of the address to try, and the number of addresses */
	size_t first_address;    /* advances each time that all servers have had a connection */
	struct url turned; /* the current server's URL changed to TLS by STS; its strings are borrowed */
	unsigned short upgrade_port; /* TLS port announced on a connection without TLS that was just closed; 0: no */
};

/* config is borrowed. */
void irc_servers_init(struct irc_servers *servers, const struct irc_server_list *config);
/* After a reload: the same servers in other memory, borrowed from now on. */
void irc_servers_configure(struct irc_servers *servers, const struct irc_server_list *config);

/* Set host and path of a URL to those of the current server; borrowed from the configuration. */
void irc_servers_name(const struct irc_servers *servers, struct url *url);

/* The URL to connect to now: call it once for each attempt, because it counts the last try with TLS after the end of an
 * STS policy. Borrowed until the next call. store may be NULL. */
const struct url *irc_servers_url(
		struct irc_servers *servers, bool use_sts, struct store *store, uint64_t wall_ms);

/* Choose the address to try from those of the current server, alternating IPv6 and IPv4. */
const char *irc_servers_address(struct irc_servers *servers, const struct resolve_answer *answer);

/* The attempt failed: move to the next address or server. True: try it at once; false: all were tried, and the next
 * round starts with the next server. */
bool irc_servers_next(struct irc_servers *servers);
/* An established connection ended: start the next round with the next server. */
void irc_servers_rotate(struct irc_servers *servers);

/* The current server announced "sts" on a connection to url. True: close it and connect to the new
 * irc_servers_url(). */
bool irc_servers_hear_sts(struct irc_servers *servers, const char *value, const struct url *url,
		struct store *store, uint64_t wall_ms);
/* A TLS connection to the current server ended: the duration of its STS policy starts again, if it had not ended before
 * the connection. */
void irc_servers_rebase(struct irc_servers *servers, struct store *store, uint64_t wall_ms);

#endif
