#ifndef EPISODED_IRC_ANSWER_H
#define EPISODED_IRC_ANSWER_H

/* Sends the reply to a question: where it is sent, in which form, and what the asker gets when it cannot be
 * sent. */

#include "bot/core/reply.h"
#include "bot/gateway/irc/session.h"

/*
 * Send the part of a reply that fits into one answer, and set delivery->position for "more".
 *
 * A question in a channel is answered in the channel. These are sent to the asker alone, as notices that name
 * the channel: private replies, and the rest of a long answer. Veiled parts of a reply are not sent.
 *
 * -ENOTCONN, -ENOMEM, -ENOBUFS when the send queue is full: then the answer is dropped, and an asker with too
 * many queued answers gets one notice about it.
 */
int irc_answer(struct irc_session *session, struct delivery *delivery, const char *prefix,
		const struct irc_now *now);

#endif
