#ifndef EPISODED_IRC_SERVERS_H
#define EPISODED_IRC_SERVERS_H

/*
 * The servers of one network: which is the next to try, by which URL, and what
 * each once said about TLS (STS).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/config/config.h"
#include "bot/irc/sts.h"
#include "bot/net/resolve.h"

struct store;

struct irc_server {
	struct irc_sts_policy policy; /* of its host */
	bool is_read;                 /* the policy, from the store */
};

struct irc_servers {
	/* The URLs are read from here each time: a reload puts other memory behind the same servers. */
	const struct gateway_config *config;
	struct irc_server list[CONFIG_SERVERS_MAX + 1];
	size_t count;
	size_t current;
	size_t tried;            /* in this round, besides the current one */
	size_t address, offered; /* the one of its addresses to try, and how many it had */
	size_t first_address;    /* moves on when a server lets us in and throws us out again */
	struct url turned;       /* the current one's URL with TLS, as STS wants it; its texts are borrowed */
	unsigned short upgrade_port; /* asked for on a connection in the clear that has just gone; 0: no */
};

/* config is borrowed, and may change in all but its servers. */
void irc_servers_init(struct irc_servers *servers, const struct gateway_config *config);

const char *irc_servers_host(const struct irc_servers *servers); /* of the current one */

/* What to connect to now; valid until the next call here. store may be NULL. */
const struct url *irc_servers_url(
		struct irc_servers *servers, bool heeds_sts, struct store *store, uint64_t wall_ms);

/* The address to try of those the current server's name has, IPv6 and IPv4 in turn. */
const char *irc_servers_address(struct irc_servers *servers, const struct resolve_answer *answer);

/* That did not work. True: there is another address or server, to be tried at once; false: the round is over,
 * the next one begins with the next server. */
bool irc_servers_next(struct irc_servers *servers);
/* A connection that was up has ended: the next round begins elsewhere. */
void irc_servers_rotate(struct irc_servers *servers);

/* The current server offers "sts" on a connection to url. True: leave it, irc_servers_url() has another. */
bool irc_servers_hear_sts(struct irc_servers *servers, const char *value, const struct url *url,
		struct store *store, uint64_t wall_ms);
/* A TLS connection to the current server ends: its policy counts from now. */
void irc_servers_rebase(struct irc_servers *servers, struct store *store, uint64_t wall_ms);

#endif
