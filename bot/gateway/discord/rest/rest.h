#ifndef EPISODED_DISCORD_REST_H
#define EPISODED_DISCORD_REST_H

/*
 * Discord's REST API: calls wait in bounded queues until the rate limits let
 * them go, are sent again where that can do no harm, and end exactly once.
 * Nothing here blocks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/trace.h"

#define DISCORD_REST_CALLS_MAX        4096u /* waiting, all together */
#define DISCORD_REST_CALLS_A_LINE_MAX 256u  /* waiting, for one route and major parameter */
#define DISCORD_REST_BODY_MAX_BYTES   (512u * 1024)
#define DISCORD_REST_BODIES_MAX_BYTES (16u * 1024 * 1024) /* of all that waits */
#define DISCORD_REST_PATH_MAX_BYTES   1024u
#define DISCORD_REST_DEADLINE_MS      60000u

struct http;
struct loop;
struct discord_rest; /* opaque: gateway/discord/rest/rest.c */

enum discord_rest_lane {
	DISCORD_REST_LANE_BOT,         /* with the bot's token, within the global limit */
	DISCORD_REST_LANE_INTERACTION, /* the path holds its own token: no Authorization, outside the global limit */
};

struct discord_rest_call {
	const char *method; /* "POST" */
	const char *route;  /* the template, with the method: "POST /channels/{}/messages" */
	const char *major; /* the channel's, guild's or webhook's id (a webhook's with its token); NULL: none */
	const char *path; /* "/channels/10/messages?limit=100", behind the API's base */
	const char *body; /* JSON, NULL for none */
	size_t body_bytes;
	enum discord_rest_lane lane;
	/* May be sent again after a lost connection or a 5xx: GET, PUT, PATCH, DELETE, and a message that
	 * carries a nonce with enforce_nonce. */
	bool is_idempotent;
	/* An interaction's callback: sent once more after such a loss, and 40060 ("already acknowledged") is
	 * then success. */
	bool is_callback;
	/* Once it may have been carried out it is not sent again later than so long after it was first sent;
	 * 0: it may be. Then it ends with -ETIMEDOUT. */
	unsigned repeat_ms;
	unsigned deadline_ms; /* from now; 0: DISCORD_REST_DEADLINE_MS. What has not been sent by then is dropped */
};

struct discord_rest_result {
	/* 0 for 2xx. -EACCES: 401, the token is dead (or 403: not allowed); -ENOENT: 404; -EINVAL: another
	 * 4xx; -EIO: 5xx; -ETIMEDOUT: its deadline passed; otherwise as in http.h. */
	int error;
	const char *reason; /* one line for people and logs, "" with error 0 */
	int status;         /* of the last answer; 0 when none came */
	long code;          /* Discord's own ("10062"); 0 without one */
	const char *body;   /* terminated; "" when empty */
	size_t body_bytes;
	const char *sent;   /* the call's own body, NULL for none */
	bool is_maybe_done; /* with an error: it was sent, and what became of it is not known */
};

struct discord_rest_events {
	/* 401: the bot's token is no good. Everything has ended or ends now, nothing is sent any more. */
	void (*on_dead)(void *user, const char *reason);
	/* Everything pauses: a global limit, Cloudflare, too many invalid requests. Once for each pause. May
	 * be NULL. */
	void (*on_pause)(void *user, const char *reason, uint64_t pause_ms);
	/* For the trace, and only while trace_is_on: a request or an answer as one line of text, tokens
	 * replaced. May be NULL. */
	void (*on_wire)(void *user, enum trace_direction direction, const char *text, size_t length);
};

struct discord_rest_counts {
	uint64_t sent, answered, repeated, limited; /* limited: answers with 429 */
	uint64_t dropped;                           /* deadline or full queue */
	unsigned waiting, under_way;
};

/* http and loop are borrowed for its life; api ("https://discord.com/api/v10") and token are copied. -EINVAL:
 * no such rate; -ENOMEM. */
int discord_rest_new(struct loop *loop, struct http *http, const char *api, const char *token,
		unsigned global_rate, struct discord_rest **ret);
/* Ends everything without callbacks. NULL-safe; not inside a callback of its own. */
void discord_rest_free(struct discord_rest *rest);

void discord_rest_listen(struct discord_rest *rest, const struct discord_rest_events *events, void *user);

/*
 * Everything is copied, and sent in the loop's next round: calls of one moment
 * leave together. on_done comes exactly once, never from within this call; it may send more. -EAGAIN:
 * the queue is full (counted as dropped); -EACCES: the token is dead; -EMSGSIZE: the body or the path is too
 * long; -ENOMEM.
 */
int discord_rest_send(struct discord_rest *rest, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user);

bool discord_rest_is_dead(const struct discord_rest *rest);
bool discord_rest_is_idle(const struct discord_rest *rest); /* nothing waits, nothing is under way */
void discord_rest_count(const struct discord_rest *rest, struct discord_rest_counts *ret);

#endif
