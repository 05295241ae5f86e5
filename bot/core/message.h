#ifndef EPISODED_MESSAGE_H
#define EPISODED_MESSAGE_H

/* Something a person said, gateway-neutral. Borrowed for the call it is handed to; text is valid UTF-8, never
 * NULL. */

#include <stdbool.h>
#include <stdint.h>

#define MESSAGE_TEXT_MAX_BYTES 4000 /* longer ones are chatter, never a command */

struct message {
	const char *id;        /* the network's own id, "" when it has none: then nothing can be told apart */
	const char *channel;   /* where an answer goes: a channel, or the person when is_private */
	const char *author_id; /* what the network identifies the person by; the nick where there is nothing
				  better */
	const char *author_name; /* what people call them */
	const char *account;     /* services account, "" when not logged in */
	const char *text;
	bool is_private;   /* said to the bot alone */
	bool is_addressed; /* the gateway saw the bot addressed (private, a mention): the prefix may be left
			      out */
	uint64_t time_ms;  /* wall clock, as the server says */
	const char *fingerprint; /* of the certificate the network says the author shows: lower-case hex, ""
				    for none; NULL: it was not asked */
	bool is_late;            /* not heard as it was said: from the network's history, a back-fill or a
				    bouncer. No owner command is carried out then. */
	bool has_private;        /* what the reply says in private reaches the author alone */
	const char *extra;       /* what the gateway needs to answer (an interaction's token, a STATUSMSG's
				    target), kept with the journal; NULL for nothing */
};

#endif
