#ifndef EPISODED_DISCORD_REST_ANSWER_H
#define EPISODED_DISCORD_REST_ANSWER_H

/* What an answer of Discord's REST API means. Pure. */

#include "bot/gateway/discord/rest/queue.h"

#define DISCORD_REST_REASON_MAX_BYTES 256

enum discord_rest_verdict {
	DISCORD_REST_DONE,  /* for good or ill: hand the result over */
	DISCORD_REST_HOLD,  /* 429: again as soon as the limits allow */
	DISCORD_REST_AGAIN, /* lost or a 5xx, and no harm in another try: again after a back-off */
	DISCORD_REST_DEAD,  /* 401: nothing with this token any more */
};

/* An error's body, or a 429's; zeros where it is no JSON object. */
struct discord_rest_error {
	bool is_json;
	long code;
	char message[160];
	struct discord_ratelimit_refusal refusal;
};

/*
 * rest_error_read - the body of an answer that is no success.
 *
 * Shape:   {"code": n, "message": text} and with 429 {"retry_after": seconds, "global": bool}; or HTML, or
 *          nothing.
 * Units:   retry_after is in seconds with decimals on the wire, milliseconds here.
 * Errors:  none; a member of another shape counts as missing.
 * Source:  Discord API v10, "Error Messages", "Rate limits".
 */
void discord_rest_error_read(const char *body, size_t length, struct discord_rest_error *ret);

/* item->attempts and ->failures count this answer already. */
enum discord_rest_verdict discord_rest_judge(
		const struct discord_rest_item *item, const struct discord_rest_answer *answer);

/* It was no success, but may have been carried out all the same. */
bool discord_rest_is_maybe_done(const struct discord_rest_answer *answer);

/* The result that DISCORD_REST_DONE and DISCORD_REST_DEAD hand over; reason is written there and borrowed by
 * it. */
void discord_rest_result_of(const struct discord_rest_item *item, const struct discord_rest_answer *answer,
		const struct discord_rest_error *error, char reason[DISCORD_REST_REASON_MAX_BYTES],
		struct discord_rest_result *ret);

#endif
