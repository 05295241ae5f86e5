#ifndef EPISODED_IRC_ANSWER_H
#define EPISODED_IRC_ANSWER_H

/* A reply on its way to people: where it is said, in which form, and what they hear where it cannot be. */

#include "bot/core/reply.h"
#include "bot/gateway/irc/session.h"

/*
 * Say what fits one answer, and set delivery->position for "more".
 *
 * A channel's question is answered there. For the asker alone, as notices that
 * name the channel, are: what the reply says is private, what spoils in a channel
 * without colours, where nothing could veil it, and what is left of a long answer.
 *
 * -ENOTCONN, -ENOMEM, -ENOBUFS when too much waits already: then the answer is
 * dropped, and an asker who has too much waiting hears that once.
 */
int irc_answer(struct irc_session *session, struct delivery *delivery, const char *prefix,
		const struct irc_now *now);

#endif
