#ifndef EPISODED_IRC_TYPING_H
#define EPISODED_IRC_TYPING_H

/*
 * Typing notifications ("... is typing") while an answer is queued; pure. A notification counts for the flood
 * control, so it is sent only if its cost is small compared with the wait, and not while many lines are
 * queued. Clients stop showing it at the next message.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"

#define IRC_TYPING_MAX 8 /* targets with a present or recent notification */

struct irc_typing_target {
	char name[IRC_CHANNEL_NAME_MAX_BYTES + 1]; /* "": unused */
	uint64_t shown_ms;
	uint64_t dropped; /* irc_outbox.dropped at that time */
	bool is_shown;
	bool is_asked; /* an answer was queued, and may still wait */
};

struct irc_typing {
	struct irc_typing_target targets[IRC_TYPING_MAX];
};

/* A new connection: no notification is shown. */
void irc_typing_init(struct irc_typing *typing);
/* An answer to target was queued. */
void irc_typing_queued(
		struct irc_typing *typing, const char *target, enum irc_casemap casemap, uint64_t now_ms);
/* The queue was flushed: notify targets with a queued answer. */
void irc_typing_flushed(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms);
/* Do what is due: notify targets that were skipped while many lines were queued, repeat notifications, and
 * end one whose answer was dropped. */
void irc_typing_tick(struct irc_typing *typing, struct irc_outbox *outbox, uint64_t now_ms);

#endif
