#ifndef EPISODED_IRC_LINK_H
#define EPISODED_IRC_LINK_H

/*
 * A connection that comes back: looks the name up, connects, and after every
 * end waits and begins anew, for ever, over all servers of the network and all
 * their addresses. It knows lines, not what is in them; but it remembers which
 * servers asked for TLS (STS), and never speaks to those without it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct irc_link; /* opaque: irc/link.c */
struct loop;
struct store;
struct gateway_config;

struct irc_link_events {
	void (*on_open)(void *user);
	/* Whole lines. */
	void (*on_message)(void *user, const char *bytes, size_t length);
	/* The connection ended, or never came about; the next one follows in delay_ms. */
	void (*on_down)(void *user, const char *reason, uint64_t delay_ms);
	/* Where STS policies survive a restart; may give NULL. */
	struct store *(*store)(void *user);
};

/* config is borrowed for the link's life. -ENOMEM. */
int irc_link_new(struct loop *loop, const struct gateway_config *config, const struct irc_link_events *events,
		void *user, struct irc_link **ret);
void irc_link_free(struct irc_link *link); /* NULL-safe; in every state; not inside an event */

void irc_link_start(struct irc_link *link);
/* The session on it is registered: from now on it counts as well. */
void irc_link_is_good(struct irc_link *link);
/* Close it; on_down tells reason when it has gone. stay_away: the next one comes late. */
void irc_link_drop(struct irc_link *link, const char *reason, bool stay_away);
/* One line, in the kind of frame that was agreed upon. False: it could not be queued. */
bool irc_link_send(struct irc_link *link, const char *line, size_t length);
bool irc_link_is_open(const struct irc_link *link);
/* Nobody on the way can read it: TLS, whatever the configuration said. */
bool irc_link_is_tls(const struct irc_link *link);

/* The server offers the capability "sts" with this value. True: the connection was in the clear and is gone,
 * without on_down; one in TLS follows at once. */
bool irc_link_hear_sts(struct irc_link *link, const char *value);

#endif
