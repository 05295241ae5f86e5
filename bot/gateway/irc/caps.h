#ifndef EPISODED_IRC_CAPS_H
#define EPISODED_IRC_CAPS_H

/* IRCv3 capability negotiation: what the server offers, what we ask for, what is on. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/line.h"
#include "bot/gateway/irc/outbox.h"

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
};

struct irc_caps {
	unsigned offered, enabled;
	unsigned pending; /* asked for, not yet answered */
	unsigned alone;   /* asked for one by one, after a refusal of them all */
	bool is_ended;    /* CAP END is sent, or the server knows no CAP */
};

/* A new connection. */
void irc_caps_init(struct irc_caps *caps);

/*
 * irc_caps_read - one CAP line; what there is to answer goes out at once.
 *
 * Shape:   CAP nick|* LS|ACK|NAK|NEW|DEL|LIST [*] :name[=value] ...
 * Errors:  none; unknown names and subcommands are skipped.
 * Source:  IRCv3, "Capability negotiation" 302.
 */
void irc_caps_read(
	struct irc_caps *caps, const struct irc_line *line, struct irc_outbox *outbox, uint64_t now_ms);

/* 001 came: whatever was open is closed. */
void irc_caps_end(struct irc_caps *caps);

#endif
