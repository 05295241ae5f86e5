#ifndef EPISODED_MESSAGE_H
#define EPISODED_MESSAGE_H

/*
 * A person's message, gateway-neutral. Its strings are borrowed for the call; message_copy() keeps them. They are valid
 * UTF-8, and not NULL unless a comment says so.
 */

#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_TEXT_MAX_BYTES 4000 /* longer messages are chatter */

/* How a message reached the bot. Only a live one may carry an owner command. */
enum message_origin {
	MESSAGE_LIVE,         /* received when it was sent */
	MESSAGE_BACKLOG,      /* from the network's history, a back-fill, a resumed session or a bouncer */
	MESSAGE_JOURNAL,      /* a question in the journal that has no confirmed answer; asked again */
	MESSAGE_AFTER_WHOIS,  /* received live, delivered again with the sender's account and fingerprint */
	MESSAGE_AFTER_RELOAD, /* received live, answered when the reload that it asked for has ended */
	MESSAGE_OCCASION,     /* no person's: an occasion of the bot is due (core/occasions.h) */
};

struct message {
	const char *id; /* the network's ID; "" if it has no IDs, and duplicates then cannot be detected */
	const char *channel;     /* the target of an answer: a channel, or the person if is_private */
	const char *author_id;   /* the network's identifier for the person; the nick if there is nothing
				  better */
	const char *author_name; /* the displayed name */
	const char *account;     /* services account, "" if not logged in */
	const char *text;
	const char *source; /* IRC: the sender as nick!user@host; NULL on other networks and from the journal */
	const char *fingerprint; /* of the author's client certificate, as reported by the network: lower-case
				    hexadecimal, "" if there is no certificate; NULL: not requested */
	const char *extra; /* data that the gateway needs to answer (an interaction's token, a STATUSMSG's
				    target), kept in the journal; may be NULL */
	uint64_t route; /* Discord: the guild, whose shard the message belongs to; 0: a private message or another network */
	uint64_t time_ms;  /* the server's wall clock */
	uint64_t held_ms;  /* MESSAGE_JOURNAL: it was received at least so long ago */
	uint64_t until_ms; /* is_occasion: it is not said from then on, on the machine's clock */
	enum message_origin origin;
	bool is_private;   /* sent to the bot alone */
	bool has_settings; /* private, but with settings like a channel: a terminal */
	bool is_addressed; /* private, or the bot is mentioned: the prefix is optional */
	bool has_prefix; /* addressed by a prefix, which is not in text any more: a command, never a sentence */
	bool is_known_by_extra; /* extra identifies the author, whose author_id is a nick that anybody can take */
	bool has_private;       /* a private reply reaches only the author */
	bool is_urgent;         /* the network takes an answer for a few seconds only */
	bool is_occasion; /* of the bot: MESSAGE_OCCASION, or from the journal. There is no message to reply to, id is not
			     one of the network's, and author_id is "" if it is for the channel */
	bool is_for_author; /* is_occasion: it is for author_name alone, wherever the person asked for it */
	bool has_seen_all;  /* the configuration says that the channel has seen all that has been shown */
};

/* Copy into one block of memory, with the text tidied (utf8_tidy()); release it with free(). NULL: out of memory. */
struct message *message_copy(const struct message *message);

#endif
