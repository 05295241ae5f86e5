#ifndef EPISODED_IRC_CAPS_H
#define EPISODED_IRC_CAPS_H

/* IRCv3 capability negotiation: which capabilities the server offers, which are requested, and which are
 * enabled. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"
#include "bot/irc/line.h"

#define IRC_CAPS_MECHANISMS_BYTES 256
#define IRC_CAPS_MULTILINE_BYTES  64

/* The capabilities that the bot uses; one bit each. */
enum irc_cap {
	IRC_CAP_MESSAGE_TAGS = 1 << 0,
	IRC_CAP_SERVER_TIME = 1 << 1,
	IRC_CAP_ECHO_MESSAGE = 1 << 2,
	IRC_CAP_BATCH = 1 << 3,
	IRC_CAP_LABELED_RESPONSE = 1 << 4,
	IRC_CAP_ACCOUNT_TAG = 1 << 5,
	IRC_CAP_CHGHOST = 1 << 6,  /* keeps our own mask known, which limits the length of a line */
	IRC_CAP_NO_NAMES = 1 << 7, /* no NAMES list after each join */
	IRC_CAP_NO_NAMES_DRAFT = 1 << 8,
	IRC_CAP_SASL = 1 << 9, /* requested only if an account is configured */
	IRC_CAP_STANDARD_REPLIES = 1 << 10,
	IRC_CAP_MULTILINE = 1 << 11,
	IRC_CAP_CHATHISTORY = 1 << 12, /* to read questions sent while the bot was offline */
	IRC_CAP_RENAME = 1 << 13,      /* RENAME instead of PART and JOIN */
	IRC_CAP_REDACTION = 1 << 14,   /* REDACT: a message is taken back */
};

struct irc_caps {
	unsigned offered, enabled;
	unsigned pending; /* requested, not yet acknowledged */
	unsigned alone;   /* to be requested one by one, after the common request was refused */
	bool wants_login; /* ask for sasl */
	bool is_bouncer;  /* it offers a capability of ZNC or soju */
	bool is_held;     /* a login is in progress: CAP END waits for it */
	char mechanisms[IRC_CAPS_MECHANISMS_BYTES]; /* the value of sasl; "": no value */
	char multiline[IRC_CAPS_MULTILINE_BYTES];   /* the value of draft/multiline */
	bool is_ended;                              /* CAP END was sent, or the server does not support CAP */
};

/* A new connection. */
void irc_caps_init(struct irc_caps *caps, bool wants_login);

/*
 * irc_caps_read - handle one CAP line and queue the response.
 *
 * Shape:   CAP nick|* LS|ACK|NAK|NEW|DEL|LIST [*] :name[=value] ...
 * Errors:  no errors; unknown names and subcommands are skipped.
 * Source:  IRCv3, "Capability negotiation" 302.
 */
void irc_caps_read(struct irc_caps *caps, const struct irc_line *line, struct irc_outbox *outbox,
		uint64_t now_ms);

/*
 * Remove, in place, the tags of capabilities that are not enabled. A server sends its tags only to clients
 * with the capability, so any other tag may be forged by the sender of the line.
 *
 * Shape:   tags as in struct irc_line. Client-only tags ("+...") belong to message-tags.
 */
void irc_caps_clean_tags(const struct irc_caps *caps, char *tags);

/* The login has succeeded or failed: continue the registration. */
void irc_caps_resume(struct irc_caps *caps, struct irc_outbox *outbox, uint64_t now_ms);

/* 001 was received: the negotiation is over, even without a CAP reply. */
void irc_caps_end(struct irc_caps *caps);

#endif
