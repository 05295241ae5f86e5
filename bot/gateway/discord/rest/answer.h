#ifndef EPISODED_DISCORD_REST_ANSWER_H
#define EPISODED_DISCORD_REST_ANSWER_H

/* What an answer of Discord's REST API means. Pure. */

#include "bot/gateway/discord/rest/queue.h"

#define REST_REASON_MAX_BYTES 256

enum rest_verdict {
	REST_DONE,  /* for good or ill: hand the result over */
	REST_HOLD,  /* 429: again as soon as the limits allow */
	REST_AGAIN, /* lost or a 5xx, and no harm in another try: again after a back-off */
	REST_DEAD,  /* 401: nothing with this token any more */
};

/* An error's body, or a 429's; zeros where it is no JSON object. */
struct rest_error {
	bool is_json;
	long code;
	char message[160];
	struct ratelimit_refusal refusal;
};

/*
 * rest_error_read - the body of an answer that is no success.
 *
 * Shape:   {"code": n, "message": text} and with 429 {"retry_after": seconds, "global": bool}; or HTML, or
 * nothing. Units:   retry_after is in seconds with decimals on the wire, milliseconds here. Errors:  none:
 * what is not as documented is as good as missing. Source:  Discord API v10, "Error Messages", "Rate limits".
 */
void rest_error_read(const char *body, size_t length, struct rest_error *ret);

/* item->attempts and ->failures count this answer already. */
enum rest_verdict rest_judge(const struct rest_item *item, const struct rest_answer *answer);

/* It was no success, but may have been carried out all the same. */
bool rest_is_maybe_done(const struct rest_answer *answer);

/* The result that REST_DONE and REST_DEAD hand over; reason is written there and borrowed by it. */
void rest_result_of(const struct rest_item *item, const struct rest_answer *answer,
		const struct rest_error *error, char reason[REST_REASON_MAX_BYTES], struct rest_result *ret);

#endif
