#ifndef EPISODED_DISCORD_REST_ANSWER_H
#define EPISODED_DISCORD_REST_ANSWER_H

/* The outcome of a REST response. Pure. */

#include "bot/gateway/discord/rest/queue.h"

#define DISCORD_REST_REASON_MAX_BYTES 448

enum discord_rest_verdict {
	DISCORD_REST_DONE,  /* success or failure: report the result */
	DISCORD_REST_HOLD,  /* 429: retry as soon as the limits allow */
	DISCORD_REST_AGAIN, /* a passing failure, and a retry is safe: retry after a back-off */
	DISCORD_REST_DOUBT, /* 401: the token may be invalid, check it */
};

/* The body of an error or a 429; zeros if it is not a JSON object. */
struct discord_rest_error {
	bool is_json;
	long code;
	char message[160];
	char fields[160]; /* the refused members of the request: "embeds.0.title: Must be 256 or fewer in length." */
	struct discord_ratelimit_refusal refusal;
};

/*
 * rest_error_read - the body of an error response.
 *
 * Shape:   {"code": n, "message": text, "errors"?: {KEY: ... {"_errors": [{"message": text}]}}} and with 429
 *          {"retry_after": seconds, "global": bool}; or HTML, or empty.
 * Units:   retry_after is in seconds with decimals on the wire, milliseconds here.
 * Errors:  no errors; malformed members count as absent.
 * Source:  Discord API v10, "Error Messages", "Rate limits".
 */
void discord_rest_error_read(const char *body, size_t length, struct discord_rest_error *ret);

/* error: of the body, with a status from 400. item->attempts includes this response. */
enum discord_rest_verdict discord_rest_judge(const struct discord_rest_item *item,
		const struct discord_rest_answer *answer, const struct discord_rest_error *error);

/* A failed request that may have been carried out. */
bool discord_rest_is_maybe_done(const struct discord_rest_answer *answer);

/* The result of the last attempt; its reason is borrowed from the buffer reason. */
void discord_rest_result_of(const struct discord_rest_item *item, const struct discord_rest_answer *answer,
		const struct discord_rest_error *error, char reason[DISCORD_REST_REASON_MAX_BYTES],
		struct discord_rest_result *ret);

#endif
