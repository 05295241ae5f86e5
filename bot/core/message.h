#ifndef EPISODED_MESSAGE_H
#define EPISODED_MESSAGE_H

/*
 * A person's message, gateway-neutral. The texts are borrowed for the call that a message is handed to;
 * message_copy() keeps them. They are valid UTF-8, and not NULL except where it says so.
 */

#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_TEXT_MAX_BYTES 4000 /* a longer message is chatter, never a command */

/* How a message reached the bot. Only a live one may carry an owner command. */
enum message_origin {
	MESSAGE_LIVE,        /* received when it was sent */
	MESSAGE_BACKLOG,     /* from the network's history, a back-fill, a resumed session or a bouncer */
	MESSAGE_JOURNAL,     /* a question in the journal that has no confirmed answer; asked again */
	MESSAGE_AFTER_WHOIS, /* received live, delivered again with the sender's account and fingerprint */
};

struct message {
	const char *id;        /* the network's; "" when it has none: then duplicates cannot be recognised */
	const char *channel;   /* where an answer goes: a channel, or the person when is_private */
	const char *author_id; /* what the network identifies the person by; the nick where there is nothing
				  better */
	const char *author_name; /* what people call them */
	const char *account;     /* services account, "" when not logged in */
	const char *text;
	const char *source;      /* IRC: the sender as nick!user@host; NULL elsewhere, and from the journal */
	const char *fingerprint; /* of the certificate that the network reports for the author: lower-case
				    hexadecimal, "" for none; NULL: the network was not asked */
	const char *extra;       /* what the gateway needs to answer (an interaction's token, a STATUSMSG's
				    target), kept in the journal; NULL for nothing */
	uint64_t time_ms;        /* wall clock, as the server says */
	enum message_origin origin;
	bool is_private;   /* sent to the bot alone */
	bool is_addressed; /* private, or the bot is mentioned: the prefix may be left out */
	bool has_private;  /* a private reply reaches the author alone */
};

/* In one block of memory: release it with free(). NULL: out of memory. */
struct message *message_copy(const struct message *message);

#endif
