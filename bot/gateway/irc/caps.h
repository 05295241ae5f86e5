#ifndef EPISODED_IRC_CAPS_H
#define EPISODED_IRC_CAPS_H

/* IRCv3 capability negotiation: what the server offers, what we ask for, what is on. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"

#define IRC_CAPS_MECHANISMS_BYTES 256
#define IRC_CAPS_MULTILINE_BYTES  64

/* What we have a use for; a bit each. */
enum irc_cap {
	IRC_CAP_MESSAGE_TAGS = 1 << 0,
	IRC_CAP_SERVER_TIME = 1 << 1,
	IRC_CAP_ECHO_MESSAGE = 1 << 2,
	IRC_CAP_BATCH = 1 << 3,
	IRC_CAP_LABELED_RESPONSE = 1 << 4,
	IRC_CAP_ACCOUNT_TAG = 1 << 5,
	IRC_CAP_CHGHOST = 1 << 6,  /* our own mask stays known, which splitting needs */
	IRC_CAP_NO_NAMES = 1 << 7, /* no list of everybody at each join */
	IRC_CAP_NO_NAMES_DRAFT = 1 << 8,
	IRC_CAP_SASL = 1 << 9, /* only where there is an account to log in to */
	IRC_CAP_STANDARD_REPLIES = 1 << 10,
	IRC_CAP_MULTILINE = 1 << 11,
	IRC_CAP_CHATHISTORY = 1 << 12, /* what was asked while we were away */
};

struct irc_caps {
	unsigned offered, enabled;
	unsigned pending;                           /* asked for, not yet answered */
	unsigned alone;                             /* asked for one by one, after a refusal of them all */
	bool wants_login;                           /* ask for sasl */
	bool is_held;                               /* a login is under way: CAP END waits for it */
	char mechanisms[IRC_CAPS_MECHANISMS_BYTES]; /* the value of sasl, "" when it has none */
	char multiline[IRC_CAPS_MULTILINE_BYTES];   /* the value of draft/multiline */
	bool is_ended;                              /* CAP END is sent, or the server knows no CAP */
};

/* A new connection. */
void irc_caps_init(struct irc_caps *caps, bool wants_login);

/*
 * irc_caps_read - one CAP line; what there is to answer goes out at once.
 *
 * Shape:   CAP nick|* LS|ACK|NAK|NEW|DEL|LIST [*] :name[=value] ...
 * Errors:  none; unknown names and subcommands are skipped.
 * Source:  IRCv3, "Capability negotiation" 302.
 */
void irc_caps_read(struct irc_caps *caps, const struct irc_line *line, struct irc_outbox *outbox,
		uint64_t now_ms);

/*
 * Remove, in place, the tags of capabilities that are not on. A server sends a tag only to those who have its
 * capability, so any other may be made up by the line's author.
 *
 * Shape:   tags as in struct irc_line. Client-only tags ("+...") belong to message-tags.
 */
void irc_caps_clean_tags(const struct irc_caps *caps, char *tags);

/* The login has ended, well or not: the registration goes on. */
void irc_caps_resume(struct irc_caps *caps, struct irc_outbox *outbox, uint64_t now_ms);

/* 001 came: whatever was open is closed. */
void irc_caps_end(struct irc_caps *caps);

#endif
