#ifndef EPISODED_DISCORD_SESSION_H
#define EPISODED_DISCORD_SESSION_H

/*
 * One shard's session on Discord's gateway as a pure state machine: connection events and the time go in,
 * actions come out through callbacks. A session outlives connections: while Discord remembers it, it is
 * resumed and no event is lost. Every state has a deadline, and the session retries for ever except after a
 * close code that needs the operator.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/discord/stream/frame.h"
#include "bot/gateway/discord/stream/payload.h"

#define DISCORD_SESSION_ID_MAX_BYTES  128
#define DISCORD_SESSION_URL_MAX_BYTES 512

#define DISCORD_SESSION_CONNECT_MS 15000 /* name, TCP, TLS and upgrade */
#define DISCORD_SESSION_HELLO_MS   60000
#define DISCORD_SESSION_READY_MS   30000 /* READY after IDENTIFY; during RESUME, between two events */
#define DISCORD_SESSION_CLOSE_MS   5000
#define DISCORD_SESSION_STOP_MS    1000 /* while stopping: READY after IDENTIFY */

#define DISCORD_SESSION_UNANSWERED_MAX  2 /* heartbeats without ACK while events arrive; else 1 */
#define DISCORD_SESSION_RESUMES_MAX     3 /* failures in a row; then a new session */
#define DISCORD_SESSION_BACKOFF_BASE_MS 1000
#define DISCORD_SESSION_BACKOFF_CAP_MS  (600 * 1000) /* with full jitter: about 288 IDENTIFYs a day */
#define DISCORD_SESSION_UNREACHED_MS    (60 * 1000)  /* the same for tries that do not reach IDENTIFY */
#define DISCORD_SESSION_SENDS_MAX       120 /* in DISCORD_SESSION_SENDS_MS; above, Discord closes with 4008 */
#define DISCORD_SESSION_SENDS_MS        60000
#define DISCORD_SESSION_SENDS_RESERVED  5 /* of those, for scheduled heartbeats; requested ones leave them */

struct discord_session; /* opaque: gateway/discord/stream/session.c */

enum discord_session_state {
	DISCORD_SESSION_STOPPED,
	DISCORD_SESSION_WAITING,    /* for the next try, or for permission to connect */
	DISCORD_SESSION_CONNECTING, /* on_connect was called */
	DISCORD_SESSION_GREETING,   /* open, waiting for HELLO, or after it for permission to register */
	DISCORD_SESSION_IDENTIFYING,
	DISCORD_SESSION_RESUMING,
	DISCORD_SESSION_READY,
	DISCORD_SESSION_CLOSING, /* on_drop was called */
	DISCORD_SESSION_FAILED,  /* permanently */
};

struct discord_session_config {
	struct discord_payload_identity identity; /* texts are borrowed for the session's life */
	uint64_t seed;                            /* of its jitter */
};

/* The position in the stream of events, which must survive a restart. session_id "": nothing to resume. */
struct discord_session_position {
	char session_id[DISCORD_SESSION_ID_MAX_BYTES];
	char url[DISCORD_SESSION_URL_MAX_BYTES]; /* "wss://host"; "": the base address */
	uint64_t sequence;
};

/* No callback may free the session; on_event may call discord_session_stop(). */
struct discord_session_events {
	/* Connect and call discord_session_open() or discord_session_closed(). url: NULL for the base
	 * address. */
	void (*on_connect)(void *user, const char *url);
	/* is_register: IDENTIFY or RESUME; otherwise a heartbeat. */
	void (*on_send)(void *user, const char *bytes, size_t length, bool is_register);
	/* Close the connection or cancel connecting, then call discord_session_closed() in a later round
	 * of the loop. Code 0: drop the connection at once and call nothing. */
	void (*on_drop)(void *user, unsigned short code);
	/* A dispatch, including READY and RESUMED. Negative: it could not be handled (out of memory); the
	 * connection ends, and the position stays before it. A malformed one is ignored, as it would come again. */
	int (*on_event)(void *user, const struct discord_frame *frame);
	/* May the shard connect to IDENTIFY or to RESUME? 0: yes; otherwise ask again after so many ms. */
	uint64_t (*ask_connect)(void *user, bool is_resume, uint64_t now_ms);
	/* After HELLO: may it IDENTIFY or RESUME now? 0: yes; otherwise ask again after so many ms. May be NULL: it may. */
	uint64_t (*ask_register)(void *user, bool is_resume, uint64_t now_ms);
	/* After permission to IDENTIFY: it is sent now (is_sent), or the permission is returned. */
	void (*on_identify)(void *user, bool is_sent, uint64_t now_ms);
	void (*on_ready)(void *user, bool is_resumed);
	/* The connection ended or a try failed; the next try is in delay_ms. */
	void (*on_lost)(void *user, const char *reason, uint64_t delay_ms);
	void (*on_failed)(void *user, const char *reason);
};

/* config and events are copied. -ENOMEM. */
int discord_session_new(const struct discord_session_config *config,
		const struct discord_session_events *events, void *user, struct discord_session **ret);
void discord_session_free(struct discord_session *session); /* NULL-safe */

/* Continue the session of an earlier process; before discord_session_start(). */
void discord_session_restore(
		struct discord_session *session, const struct discord_session_position *position);
void discord_session_start(struct discord_session *session, uint64_t now_ms);
/* Disconnect so that the session can be resumed. discord_session_closed() follows if there is a connection. Between IDENTIFY and
 * READY, it first waits a moment for READY: without the session's ID, what is said from now on would be lost with the session. */
void discord_session_stop(struct discord_session *session, uint64_t now_ms);

void discord_session_open(struct discord_session *session, uint64_t now_ms);
/* The connection ended or could not be made. code: the server's close code; 0: no code. */
void discord_session_closed(
		struct discord_session *session, unsigned code, const char *reason, uint64_t now_ms);

/*
 * session_receive - one payload.
 *
 * Shape:   as discord_frame_scan(); HELLO {"heartbeat_interval": ms}, op 9 bool, READY {"session_id": s,
 *          "resume_gateway_url": s}.
 * Errors:  no errors for the caller; what is not JSON or has no op ends the connection, and the session is resumed.
 * Source:  Discord API v10, "Gateway".
 */
void discord_session_receive(
		struct discord_session *session, const char *bytes, size_t length, uint64_t now_ms);
/* Bytes that could not be decompressed. */
void discord_session_broken(struct discord_session *session, const char *reason, uint64_t now_ms);

/* To be called at discord_session_next_ms() (UINT64_MAX: never); an early call does no harm. */
void discord_session_tick(struct discord_session *session, uint64_t now_ms);
uint64_t discord_session_next_ms(const struct discord_session *session);

enum discord_session_state discord_session_state(const struct discord_session *session);
/* Valid until the next call. */
const struct discord_session_position *discord_session_position(const struct discord_session *session);

#endif
