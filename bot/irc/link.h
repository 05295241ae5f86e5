#ifndef EPISODED_IRC_LINK_H
#define EPISODED_IRC_LINK_H

/*
 * A connection to a network that reconnects forever: it looks up the host, connects,
 * and after each end waits and tries again, over all servers of the network and all
 * their addresses. It passes lines on without reading them. It remembers which servers
 * require TLS (STS), and connects to those with TLS only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct irc_link; /* opaque: irc/link.c */
struct loop;
struct permit;
struct store;
struct irc_link_config;

struct irc_link_events {
	void (*on_open)(void *user);
	/* Whole lines. */
	void (*on_message)(void *user, const char *bytes, size_t length);
	/* The connection ended, or all attempts failed; the next attempt follows in delay_ms. */
	void (*on_down)(void *user, const char *reason, uint64_t delay_ms);
	/* The store for STS policies; may return NULL. */
	struct store *(*store)(void *user);
};

/* config is borrowed until the next irc_link_configure() or the end. -ENOMEM. */
int irc_link_new(struct loop *loop, const struct irc_link_config *config,
		const struct irc_link_events *events, void *user, struct irc_link **ret);
/* After a reload: an equal configuration in other memory. */
void irc_link_configure(struct irc_link *link, const struct irc_link_config *config);
void irc_link_free(struct irc_link *link); /* NULL-safe, valid in every state, but not inside an event */

/* Connect only with a valid permit, and send what people read only with one: PRIVMSG, NOTICE, TAGMSG, BATCH. Without one an
 * open connection stays, and other lines pass. The permit is borrowed as long as the link lives. */
void irc_link_set_permit(struct irc_link *link, const struct permit *permit);
/* The permit may be valid again: connect, if that has waited for it. */
void irc_link_look_at_permit(struct irc_link *link);
/* Close at once, without a callback, and stay closed. */
void irc_link_abandon(struct irc_link *link);

void irc_link_start(struct irc_link *link);
/* The session is registered: its duration from now on may reset the back-off. */
void irc_link_is_good(struct irc_link *link);
/* Close the connection; on_down follows with this reason. stay_away: reconnect after a long delay. */
void irc_link_drop(struct irc_link *link, const char *reason, bool stay_away);
/* Send one line in the negotiated kind of frame. A negative errno: it could not be queued; -EKEYEXPIRED: there is no
 * permit. */
int irc_link_send(struct irc_link *link, const char *line, size_t length);
bool irc_link_is_open(const struct irc_link *link);
/* True if the connection uses TLS, by configuration or because of STS. */
bool irc_link_is_tls(const struct irc_link *link);

/* The server offers the capability "sts" with this value. True: the connection had no TLS and was closed without
 * on_down; a TLS connection follows at once. */
bool irc_link_hear_sts(struct irc_link *link, const char *value);

#endif
