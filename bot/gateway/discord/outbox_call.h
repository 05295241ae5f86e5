#ifndef EPISODED_DISCORD_OUTBOX_CALL_H
#define EPISODED_DISCORD_OUTBOX_CALL_H

/* The requests that an answer can be sent by. Each returns as discord_rest_send(). */

#include "bot/gateway/discord/rest/rest.h"

struct discord_outbox_call {
	struct discord_rest *rest;
	const char *body; /* JSON */
	void (*on_done)(void *user, const struct discord_rest_result *result);
	void *user;
};

/* A message in a channel, whose body carries an enforced nonce. Where it could be found there, it is repeated
 * only while the nonce is remembered; one that could not is rather said twice than never. */
int discord_outbox_call_message(const struct discord_outbox_call *call, const char *channel, bool is_findable,
		unsigned deadline_ms);
/* Another text in place of a message of ours. */
int discord_outbox_call_edit(const struct discord_outbox_call *call, const char *channel, uint64_t message,
		unsigned deadline_ms);
/* The answer to an interaction. */
int discord_outbox_call_callback(const struct discord_outbox_call *call, const char *interaction,
		const char *token, unsigned deadline_ms);
/* Over that answer: it says the same thing twice where the callback got through, and fails where it did not.
 */
int discord_outbox_call_original(const struct discord_outbox_call *call, uint64_t application,
		const char *token, unsigned deadline_ms);

#endif
