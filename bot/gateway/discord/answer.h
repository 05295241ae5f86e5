#ifndef EPISODED_DISCORD_ANSWER_H
#define EPISODED_DISCORD_ANSWER_H

/* A reply as what the outbox sends: in each form in which it may have to be sent, with its deadlines. Pure. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/remote_clock.h"
#include "bot/core/message.h"
#include "bot/core/reply.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/outbox.h"
#include "bot/gateway/discord/recent.h"

#define DISCORD_ANSWER_LATE_MS (15 * 60 * 1000) /* after the question; nothing is sent later */

struct discord_answer {
	const struct message *message; /* the question */
	const struct reply *reply;
	const char *prefix;                    /* of commands, in that channel */
	const struct discord_channel *channel; /* what is known of that channel; may be NULL */
	const struct discord_asked *asked; /* what is known of the question, if it was edited; may be NULL */
	bool is_plain;                     /* plain text is configured */
	bool is_callback_only;             /* as the interaction's callback, or not at all */
	const struct remote_clock *clock;  /* Discord's */
	uint64_t now_ms;
	uint64_t begun_ms; /* an older question may have been answered by an earlier process */
};

/*
 * *position: as in struct delivery. *ret borrows the texts of answer->message and owns its bodies: hand it to
 * discord_outbox_add(), or release it. -ENOMEM, -EMSGSIZE: both outputs are untouched.
 */
int discord_answer_make(
		const struct discord_answer *answer, size_t *position, struct discord_outbox_reply *ret);

#endif
