#ifndef EPISODED_IRC_COMPOSE_H
#define EPISODED_IRC_COMPOSE_H

/* The lines of an answer: how much text fits one, which tags they carry, and whether they go as one message.
 * Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/caps.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/mask.h"
#include "bot/gateway/irc/nick.h"
#include "bot/gateway/irc/outbox.h"

/* An answer. */
struct irc_say {
	const char *verb;     /* PRIVMSG or NOTICE */
	const char *target;   /* a channel or a nick */
	const char *reply_to; /* msgid, or "" */
	char *const *lines;   /* each within irc_composer_room() */
	size_t line_count;
	const bool *goes_on; /* for each line: it continues the one before; NULL: no line does */
	const char *id;      /* of the message it answers; NULL: no delivery confirmation and no retry */
	const char *asker;   /* takes turns with the target's other askers; NULL: not sent for an asker */
	const char *context; /* for a private answer: the channel it is about; NULL: it is not about a channel */
};

struct irc_composer {
	const struct irc_caps *caps;
	const struct irc_isupport *isupport;
	const struct irc_nick *nick;
	struct irc_own_mask own_mask;
	bool is_multiline_refused; /* on this connection */
	unsigned batch_count;      /* messages of several lines so far */
};

/* The pointers are borrowed. */
void irc_composer_init(struct irc_composer *composer, const struct irc_caps *caps,
		const struct irc_isupport *isupport, const struct irc_nick *nick);
/* A new connection. */
void irc_composer_close(struct irc_composer *composer);

bool irc_composer_may_tag(const struct irc_composer *composer, enum irc_client_tag tag);
/* Can an answer of several lines be sent as one message (draft/multiline)? */
bool irc_composer_has_multiline(const struct irc_composer *composer);
/* Bytes of text that fit one line to target, as others receive it. */
size_t irc_composer_room(const struct irc_composer *composer, const char *verb, const char *target);

/* Queue an answer of one line or more. As irc_outbox_push_answer(). */
int irc_composer_say(struct irc_composer *composer, const struct irc_say *say, struct irc_delivery *delivery,
		struct irc_outbox *outbox, uint64_t now_ms);

#endif
