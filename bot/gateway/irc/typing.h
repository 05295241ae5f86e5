#ifndef EPISODED_IRC_TYPING_H
#define EPISODED_IRC_TYPING_H

/*
 * "... is typing", where an answer waits for its turn; pure. It costs a command
 * as every line does, so it is shown only where that is little beside the wait,
 * and not at all while many lines wait. Clients end it at the next message.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

#define IRC_TYPING_MAX 8 /* targets where it is shown, or was a moment ago */

struct irc_typing_target {
	char name[IRC_CHANNEL_NAME_MAX_BYTES + 1]; /* "": a free place */
	uint64_t shown_ms;
	uint64_t dropped; /* irc_outbox.dropped at that time */
	bool is_shown;
	bool is_asked; /* an answer was queued, and may still wait */
};

struct irc_typing {
	struct irc_typing_target targets[IRC_TYPING_MAX];
};

/* A new connection: shown nowhere. */
void irc_typing_init(struct irc_typing *typing);
/* An answer to target was queued. */
void irc_typing_queued(
		struct irc_typing *typing, const char *target, enum irc_casemap casemap, uint64_t now_ms);
/* The queue was flushed: show it where an answer still waits. */
void irc_typing_flushed(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms);
/* Show it where fewer lines wait by now, and again where answers still wait; end it where no answer came. */
void irc_typing_tick(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms);

#endif
