#ifndef EPISODED_TWITCH_EVENTSUB_H
#define EPISODED_TWITCH_EVENTSUB_H

/*
 * One account in Twitch's chat over EventSub and the API, as a pure state machine: frames of
 * WebSockets, responses and times in, requests and events out. Every event arrives over one
 * WebSocket. While Twitch moves the bot to another server there are two: the old one stays open until
 * the new one is welcomed, and an event received on both is processed once. Messages are sent as
 * requests.
 *
 * Twitch keeps nothing for a client that is away: what is written while no WebSocket is connected is
 * never received.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/twitch/chat.h"
#include "bot/irc/now.h"

#define TWITCH_REQUESTS_MAX          8 /* under way at once, besides messages */
#define TWITCH_SESSION_ID_MAX_BYTES  255
#define TWITCH_RECONNECT_MAX_BYTES   1023 /* a reconnect URL */
#define TWITCH_REQUEST_PATH_MAX      4096
#define TWITCH_REQUEST_BODY_MAX      8192
#define TWITCH_SUBSCRIPTIONS_MAX     300         /* of one WebSocket */
#define TWITCH_EVENTSUB_WELCOME_MS   (30 * 1000) /* for name, TCP, TLS, upgrade and session_welcome */
#define TWITCH_EVENTSUB_KEEPALIVE_S  30          /* asked for in the URL; Twitch allows 10 to 600 */
#define TWITCH_EVENTSUB_KEEPALIVE_MS (10 * 1000) /* if session_welcome does not tell */

struct twitch_eventsub; /* opaque: gateway/twitch/eventsub.c */

/* Texts are borrowed until the next twitch_eventsub_configure() or the end, channels for the call. */
struct twitch_eventsub_config {
	const char *login;     /* lower case */
	char *const *channels; /* lower case, with their # */
	size_t channel_count;
	bool is_verified;
	uint64_t seed;            /* of nonces and back-off */
	uint64_t base_ms, cap_ms; /* of the back-off */
};

enum twitch_call {
	TWITCH_CALL_SELF,        /* Get Users, of the token */
	TWITCH_CALL_USERS,       /* Get Users, of the channels */
	TWITCH_CALL_SUBSCRIBE,   /* Create EventSub Subscription */
	TWITCH_CALL_UNSUBSCRIBE, /* Delete EventSub Subscription */
	TWITCH_CALL_SETTINGS,    /* Get Chat Settings */
	TWITCH_CALL_SEND,        /* Send Chat Message */
};

/* A request. The owner of the session copies all but method, path and body, and returns it with the response. */
struct twitch_request {
	enum twitch_call call;
	unsigned session; /* number of the EventSub session */
	size_t feed;
	char room_id[TWITCH_ID_MAX_BYTES + 1];
	char nonce[TWITCH_NONCE_BYTES];
	const char *method; /* "POST" */
	const char *path;   /* "/chat/messages", after the URL of the API */
	const char *body;   /* JSON; NULL: no body */
};

struct twitch_response {
	int error;          /* 0, or a negative errno: no response */
	bool is_unsent;     /* with an error: the request did not reach Twitch */
	const char *reason; /* of the error, for people */
	int status;
	const char *body;
	size_t length;
	uint64_t pause_ms; /* the rate limit of the API is used up for so long; 0: it is not, or is unknown */
};

struct twitch_eventsub_events {
	/* Connect a WebSocket; twitch_eventsub_receive() or twitch_eventsub_closed() follows, not inside. url is
	 * a reconnect URL; NULL: the configured one. */
	void (*on_connect)(void *user, size_t link, const char *url);
	/* Close a WebSocket, or stop connecting it; call nothing. */
	void (*on_drop)(void *user, size_t link);
	/* Start a request; twitch_eventsub_response() follows, not inside. A negative errno: it cannot be
	 * started. */
	int (*on_request)(void *user, const struct twitch_request *request);
	/* Twitch refuses the token, or has revoked it. No request starts until twitch_eventsub_authorize(), not
	 * inside. */
	void (*on_refused)(void *user);
	void (*on_ready)(void *user); /* connected and subscribed; perhaps again */
	void (*on_down)(void *user, const char *reason, uint64_t delay_ms);
	void (*on_info)(void *user, const char *text);
	void (*on_stopped)(void *user); /* after twitch_eventsub_quit() */
};

/* -ENOMEM */
int twitch_eventsub_new(const struct twitch_eventsub_config *config,
		const struct twitch_eventsub_events *events, void *user, struct twitch_eventsub **ret);
void twitch_eventsub_free(struct twitch_eventsub *eventsub); /* NULL-safe; not inside an event */
/* Change the channels. -ENOMEM: nothing changed. */
int twitch_eventsub_configure(struct twitch_eventsub *eventsub, const struct twitch_eventsub_config *config,
		const struct irc_now *now);

/* A token can be used, the first or another. user_id: the account's; "": unknown, it is looked up. */
void twitch_eventsub_authorize(
		struct twitch_eventsub *eventsub, const char *user_id, const struct irc_now *now);
/* There is no usable token: start no request. Connections stay. */
void twitch_eventsub_hold(struct twitch_eventsub *eventsub);
/* The same, and close all connections. */
void twitch_eventsub_drop(struct twitch_eventsub *eventsub);

/* A WebSocket has ended, or could not be connected. code: Twitch's close code, 0: no code. */
void twitch_eventsub_closed(struct twitch_eventsub *eventsub, size_t link, unsigned code, const char *reason,
		const struct irc_now *now);

/*
 * twitch_eventsub_receive - process one WebSocket message.
 *
 * Shape:   {"metadata": {"message_id": s, "message_type": s, "message_timestamp": RFC 3339,
 *          "subscription_type": s}, "payload": {"session": {...}, "subscription": {...}, "event": {...}}}
 * Owns:    bytes are borrowed for the call.
 * Errors:  no errors; malformed messages are skipped.
 * Source:  dev.twitch.tv, "WebSocket Messages" (read 2026-11).
 */
void twitch_eventsub_receive(struct twitch_eventsub *eventsub, size_t link, const char *bytes, size_t length,
		const struct irc_now *now);
void twitch_eventsub_response(struct twitch_eventsub *eventsub, const struct twitch_request *request,
		const struct twitch_response *response, const struct irc_now *now);

/* Do what is due. Call it at twitch_eventsub_next_ms() or earlier. */
void twitch_eventsub_tick(struct twitch_eventsub *eventsub, const struct irc_now *now);
/* When the next tick is due, perhaps in the past. UINT64_MAX: never. */
uint64_t twitch_eventsub_next_ms(const struct twitch_eventsub *eventsub);

/* Stop sending. on_stopped follows once the result of every message is known, perhaps at once. */
void twitch_eventsub_quit(struct twitch_eventsub *eventsub, const struct irc_now *now);

/* Its channels and send queues. The caller sets its events by twitch_chat_listen(), after
 * twitch_eventsub_new(). */
struct twitch_chat *twitch_eventsub_chat(struct twitch_eventsub *eventsub);

#endif
