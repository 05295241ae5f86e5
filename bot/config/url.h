#ifndef EPISODED_CONFIG_URL_H
#define EPISODED_CONFIG_URL_H

/* URLs of servers. */

#include <stdbool.h>

/* scheme://host[:port][/path], taken apart. */
struct url {
	bool is_tls;         /* wss, ircs */
	bool is_stream;      /* irc, ircs: lines over TCP, no WebSocket */
	char *host;          /* lower case; an IPv6 address without its brackets */
	unsigned short port; /* the scheme's default filled in */
	char *path;          /* begins with '/', carries the query */
};

/* "wss://irc.example.org:8097/webirc?x=1"; release with config_url_release(). Returns NULL when the URL is
 * valid, otherwise what is wrong: a phrase that never quotes the URL. */
const char *config_parse_url(const char *text, struct url *ret);
/* The same, and "ircs://irc.example.org:6697" and irc://, which have no path. */
const char *config_parse_irc_url(const char *text, struct url *ret);
void config_url_release(struct url *url);

/* Are two hosts of one domain: the last two labels ("discord.gg" of "gateway-us-east1-b.discord.gg")? An IP
 * address is compared as a whole. */
bool config_url_is_same_domain(const char *host, const char *other_host);

#endif
