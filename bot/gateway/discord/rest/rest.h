#ifndef EPISODED_DISCORD_REST_H
#define EPISODED_DISCORD_REST_H

/*
 * Discord's REST API: calls wait in bounded queues for the rate limits, are retried if that is safe, and end
 * exactly once. Nothing here blocks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/trace.h"
#include "bot/gateway/discord/rest/upload.h"

#define DISCORD_REST_CALLS_MAX        4096u /* waiting, all together */
#define DISCORD_REST_CALLS_A_LINE_MAX 256u  /* waiting, for one route and major parameter */
#define DISCORD_REST_BODY_MAX_BYTES   (512u * 1024)
#define DISCORD_REST_BODIES_MAX_BYTES (16u * 1024 * 1024) /* of all waiting calls */
#define DISCORD_REST_PATH_MAX_BYTES   1024u
#define DISCORD_REST_DEADLINE_MS      60000u

struct http;
struct loop;
struct permit;
struct discord_rest; /* opaque: gateway/discord/rest/rest.c */

enum discord_rest_lane {
	DISCORD_REST_LANE_BOT,         /* with the bot's token, within the global limit */
	DISCORD_REST_LANE_INTERACTION, /* the path has its own token: no Authorization, outside the global limit */
};

struct discord_rest_call {
	const char *method; /* "POST" */
	const char *route;  /* the template, with the method: "POST /channels/{}/messages" */
	const char *major; /* the channel's, guild's or webhook's id (a webhook's with its token); may be NULL */
	const char *path; /* "/channels/10/messages?limit=100", appended to the API's base URL */
	const char *body; /* JSON; NULL: no body */
	size_t body_bytes;
	struct discord_upload file; /* sent with the body; its type is a constant */
	enum discord_rest_lane lane;
	/* May be retried after a lost connection or a 5xx: GET, PUT, PATCH, DELETE, and a message with a
	 * nonce and enforce_nonce. */
	bool is_idempotent;
	/* An interaction's callback: retried once after such a loss, and then 40060 ("already
	 * acknowledged") is success. */
	bool is_callback;
	/* A call that may have been carried out is not retried later than this after its first attempt,
	 * and ends with -ETIMEDOUT; 0: no such limit. */
	unsigned repeat_ms;
	/* The call waits while this is not valid, and others pass it; NULL: always valid. Borrowed until the call ends or
	 * discord_rest_drop(). */
	const struct permit *permit;
	unsigned delay_ms;    /* from now; not sent before */
	unsigned deadline_ms; /* from now; 0: DISCORD_REST_DEADLINE_MS. A call not sent by then is dropped */
};

struct discord_rest_result {
	/* 0: 2xx. -EACCES: the token is invalid, or 401 or 403: not allowed; -ENOENT: 404; -EINVAL: another
	 * 4xx; -EIO: 5xx; -ETIMEDOUT: deadline passed; otherwise as in http.h. */
	int error;
	const char *reason; /* one line for the log; "" with error 0 */
	int status;         /* of the last response; 0: no response */
	long code;          /* Discord's own error code (10062); 0: no code */
	const char *body;   /* terminated; "" when empty */
	size_t body_bytes;
	const char *sent; /* the call's own body; NULL: no body */
	const char *fields; /* the members that Discord refused: "0.options.1.name: ..."; NULL or "": not known */
	bool is_maybe_done; /* with an error: it was sent, and may have been carried out */
};

struct discord_rest_events {
	/* The bot's token is invalid: a call and then the check of the token were refused with 401. All calls
	 * end, and no more are sent. */
	void (*on_dead)(void *user, const char *reason);
	/* A call ("POST /channels/10/messages") was refused with 401. Calls with the token wait until GET
	 * /users/@me has been answered; then on_trust or on_dead comes. May be NULL. */
	void (*on_doubt)(void *user, const char *refused);
	/* The token is valid: the calls continue, the refused one included. May be NULL. */
	void (*on_trust)(void *user);
	/* All calls pause: a global limit, Cloudflare, or too many invalid requests. Once per pause. May
	 * be NULL. */
	void (*on_pause)(void *user, const char *reason, uint64_t pause_ms);
	/* Discord's wall clock by a response; it may be accurate to a second only. May be NULL. */
	void (*on_date)(void *user, uint64_t date_ms);
	/* Requests fail again and again before Discord answers: no connection, TLS, a proxy. Once per reason,
	 * until a response comes. May be NULL. */
	void (*on_trouble)(void *user, const char *reason);
	/* For the trace, only while trace_is_on: a request or response as one line of text, tokens
	 * replaced. May be NULL. */
	void (*on_wire)(void *user, enum trace_direction direction, const char *text, size_t length);
};

struct discord_rest_counts {
	uint64_t sent, answered, repeated, limited; /* limited: 429 responses */
	uint64_t dropped;                           /* deadline or full queue */
	unsigned waiting, under_way;
};

/* http and loop are borrowed; api ("https://discord.com/api/v10") and token are copied. -EINVAL: invalid
 * rate; -ENOMEM. */
int discord_rest_new(struct loop *loop, struct http *http, const char *api, const char *token,
		unsigned global_rate, struct discord_rest **ret);
/* Drops all calls without callbacks. NULL-safe; not inside one of its own callbacks. */
void discord_rest_free(struct discord_rest *rest);

void discord_rest_listen(struct discord_rest *rest, const struct discord_rest_events *events, void *user);

/*
 * Queue a call; everything is copied. Calls of one round of the loop are sent together in the next round.
 * on_done comes exactly once, never inside this call, and may send more calls. -EAGAIN: the queue is full
 * (counted as dropped); -EACCES: the token is invalid; -EMSGSIZE: the body or the path is too long; -ENOMEM.
 */
int discord_rest_send(struct discord_rest *rest, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user);

/* The lease is lost for good: waiting calls with this permit end inside this call with -EKEYEXPIRED, and those in flight
 * with their response, but are not sent again. The permit is not used afterwards. */
void discord_rest_drop(struct discord_rest *rest, const struct permit *permit);
/* The calls of this user are not wanted any more: waiting ones end inside this call with -ECANCELED, and one in flight with
 * its response, but it is not sent again. user is that of discord_rest_send(), not NULL. */
void discord_rest_withdraw(struct discord_rest *rest, const void *user);
/* The permit of the check of the token; borrowed; NULL: always. */
void discord_rest_set_permit(struct discord_rest *rest, const struct permit *permit);

/* The global limit shared with other processes, as bot/cluster/cluster.h has it. */
struct discord_rest_budget {
	void (*move)(void *user, int change); /* discord_rest_moved() follows, not inside */
	void (*pause)(void *user, uint64_t pause_ms);
};
/* rate: of all together, a second. From now on this process sends only in the slots of discord_rest_moved(). */
int discord_rest_set_budget(struct discord_rest *rest, const struct discord_rest_budget *budget, void *user,
		unsigned rate);
void discord_rest_moved(struct discord_rest *rest, int error, unsigned held);
void discord_rest_lapsed(struct discord_rest *rest);
void discord_rest_hear_beat(struct discord_rest *rest, unsigned hosts, uint64_t pause_ms);

bool discord_rest_is_dead(const struct discord_rest *rest);
bool discord_rest_is_idle(const struct discord_rest *rest); /* no call is waiting or in flight */
void discord_rest_count(const struct discord_rest *rest, struct discord_rest_counts *ret);

#endif
