/* One shard's session on Discord's gateway. */

#include "bot/gateway/discord/stream/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/net/backoff.h"

#define HEARTBEAT_MIN_MS    100 /* the shortest interval accepted */
#define HEARTBEAT_MAX_MS    (10 * 60 * 1000)
#define RESUME_AT_ONCE_MS   250 /* first RESUME: jittered, so that shards do not reconnect together */
#define RESUME_STEP_MS      1000 /* RESUME n is delayed by n to 3n of these: 3 tries outlast a server's restart */
#define FLAP_MS             2000 /* a connection that ends sooner counts as a flap */
#define FLAPS_MAX           6
#define INVALID_WAIT_MS     1000 /* after op 9: 1 to 5 s (Discord's guide) */
#define INVALID_JITTER_MS   4000
#define IDENTIFY_REFUSED_MS 5000 /* after op 9 as answer to IDENTIFY: the bucket was in use */
#define REASON_MAX_BYTES    160

struct discord_session {
	struct discord_session_config config;
	struct discord_session_events events;
	void *user;

	enum discord_session_state state;
	uint64_t deadline_ms; /* of this state; UINT64_MAX: no deadline */
	struct discord_session_position position;
	bool has_sequence;       /* position.sequence is valid */
	unsigned failed_resumes; /* in a row */
	unsigned flaps;          /* connections in a row that ended within FLAP_MS */
	struct backoff backoff;  /* between IDENTIFYs */
	struct random random;
	bool is_stopping, is_resume;   /* is_resume: this connection is to RESUME */
	bool has_leave;                /* ask_identify() has allowed an IDENTIFY that is not sent yet */
	bool has_identified;           /* on this connection */
	bool is_put_off;               /* on this connection, it may not register yet */
	uint64_t ready_since_ms;       /* UINT64_MAX: not READY */
	uint64_t extra_wait_ms;        /* minimum delay of the next try */
	char reason[REASON_MAX_BYTES]; /* why we closed the connection; "" if we did not */

	uint64_t heartbeat_ms; /* interval; 0 before HELLO */
	uint64_t next_heartbeat_ms;
	bool is_awaiting_ack;
	bool heard_since;    /* something was received since the last heartbeat */
	unsigned unanswered; /* heartbeats in a row without an ACK */

	uint64_t sends[DISCORD_SESSION_SENDS_MAX]; /* ring: times of the last sends */
	size_t next_send;
};

int discord_session_new(const struct discord_session_config *config,
		const struct discord_session_events *events, void *user, struct discord_session **ret)
{
	struct discord_session *session = calloc(1, sizeof(*session));

	if (!session)
		return -ENOMEM;
	session->config = *config;
	session->events = *events;
	session->user = user;
	session->deadline_ms = UINT64_MAX;
	session->ready_since_ms = UINT64_MAX;
	random_seed(&session->random, config->seed);
	backoff_init(&session->backoff, DISCORD_SESSION_BACKOFF_BASE_MS, DISCORD_SESSION_BACKOFF_CAP_MS);
	*ret = session;
	return 0;
}

void discord_session_free(struct discord_session *session)
{
	free(session);
}

static void enter(struct discord_session *session, enum discord_session_state state, uint64_t deadline_ms)
{
	session->state = state;
	session->deadline_ms = deadline_ms;
}

static bool is_connected(const struct discord_session *session)
{
	return session->state >= DISCORD_SESSION_GREETING && session->state <= DISCORD_SESSION_READY;
}

static void forget(struct discord_session *session)
{
	session->position = (struct discord_session_position){.session_id = ""};
	session->has_sequence = false;
	session->failed_resumes = 0;
}

/* ---------------------------------------------------------------- sending */

/* May one more payload be sent, so that reserved ones remain? */
static bool may_send(const struct discord_session *session, size_t reserved, uint64_t now_ms)
{
	/* The send that many before must be out of the window. 0: there was no such send. */
	uint64_t then_ms = session->sends[(session->next_send + reserved) % DISCORD_SESSION_SENDS_MAX];

	return !then_ms || now_ms - then_ms > DISCORD_SESSION_SENDS_MS;
}

static bool send_payload(struct discord_session *session, struct str *payload, bool is_register,
		size_t reserved, uint64_t now_ms)
{
	bool is_sent = !payload->error && may_send(session, reserved, now_ms);

	if (is_sent) {
		session->sends[session->next_send] = now_ms ? now_ms : 1;
		session->next_send = (session->next_send + 1) % DISCORD_SESSION_SENDS_MAX;
		session->events.on_send(session->user, payload->bytes, payload->length, is_register);
	}
	str_release(payload);
	return is_sent;
}

static bool send_heartbeat(struct discord_session *session, size_t reserved, uint64_t now_ms)
{
	struct str payload = STR(DISCORD_PAYLOAD_MAX_BYTES);

	discord_payload_heartbeat(&payload, session->has_sequence, session->position.sequence);
	return send_payload(session, &payload, false, reserved, now_ms);
}

/* ---------------------------------------------------------------- ending a connection */

static void give_leave_back(struct discord_session *session, uint64_t now_ms)
{
	if (session->has_leave)
		session->events.on_identify(session->user, false, now_ms);
	session->has_leave = false;
}

/* Close the connection. The next step is decided in discord_session_closed(). */
static void drop(struct discord_session *session, const char *reason, uint64_t now_ms)
{
	if (session->state == DISCORD_SESSION_CLOSING)
		return;
	utf8_print(session->reason, sizeof(session->reason), "%s", reason);
	enter(session, DISCORD_SESSION_CLOSING, now_ms + DISCORD_SESSION_CLOSE_MS);
	session->events.on_drop(session->user, DISCORD_CLOSE_OURS);
}

/*
 * Delay of a RESUME, which costs no IDENTIFY: immediate if the session had been healthy, longer if tries fail
 * or the server closes new connections at once.
 */
static uint64_t resume_delay(struct discord_session *session, uint64_t registered_ms)
{
	unsigned steps = session->failed_resumes;

	if (!registered_ms || registered_ms >= FLAP_MS)
		session->flaps = 0;
	else if (session->flaps < FLAPS_MAX)
		session->flaps++;
	if (session->flaps > 1)
		steps += session->flaps - 1;
	if (!steps)
		return random_below(&session->random, RESUME_AT_ONCE_MS);
	return steps * (RESUME_STEP_MS + random_below(&session->random, 2 * RESUME_STEP_MS));
}

/* Delay of an IDENTIFY, longer with each failure, because a day's number is limited. A try that did not
 * reach IDENTIFY did not use one up, and should not wait ten minutes after the network is back. */
static uint64_t identify_delay(struct discord_session *session, uint64_t registered_ms)
{
	uint64_t delay_ms = backoff_next(&session->backoff, registered_ms, &session->random);

	if (delay_ms > DISCORD_SESSION_UNREACHED_MS && !session->has_identified)
		delay_ms = DISCORD_SESSION_UNREACHED_MS / 2 +
			   random_below(&session->random, DISCORD_SESSION_UNREACHED_MS / 2);
	return delay_ms;
}

/* Delay until the next try; also decides whether that is a RESUME. */
static uint64_t next_delay(struct discord_session *session, bool was_identify, uint64_t registered_ms)
{
	uint64_t delay_ms;

	if (session->position.session_id[0] && session->failed_resumes < DISCORD_SESSION_RESUMES_MAX) {
		delay_ms = resume_delay(session, registered_ms);
	} else {
		forget(session);
		if (was_identify || registered_ms)
			delay_ms = identify_delay(session, registered_ms);
		else
			delay_ms = random_below(&session->random, DISCORD_SESSION_BACKOFF_BASE_MS);
	}
	if (delay_ms < session->extra_wait_ms)
		delay_ms = session->extra_wait_ms;
	session->extra_wait_ms = 0;
	return delay_ms;
}

static void fail(struct discord_session *session, const char *reason)
{
	enter(session, DISCORD_SESSION_FAILED, UINT64_MAX);
	session->events.on_failed(session->user, reason);
}

void discord_session_closed(
		struct discord_session *session, unsigned code, const char *reason, uint64_t now_ms)
{
	enum discord_closing_verdict verdict = discord_closing_verdict(code);
	bool was_ready = session->ready_since_ms != UINT64_MAX;
	/* At least 1 if the session was READY. */
	uint64_t registered_ms = was_ready ? now_ms - session->ready_since_ms + 1 : 0, delay_ms;
	char why[REASON_MAX_BYTES];

	if (session->state < DISCORD_SESSION_CONNECTING || session->state > DISCORD_SESSION_CLOSING)
		return;
	give_leave_back(session, now_ms);
	session->ready_since_ms = UINT64_MAX;
	session->heartbeat_ms = 0;
	if (session->is_stopping) {
		enter(session, DISCORD_SESSION_STOPPED, UINT64_MAX);
		return;
	}
	if (verdict == DISCORD_CLOSING_STOP) {
		if (code != DISCORD_CLOSE_TOKEN) /* Discord has sent it wrongly: then the session is alive */
			forget(session);
		fail(session, discord_closing_advice(code));
		return;
	}
	if (verdict == DISCORD_CLOSING_RENEW)
		forget(session);
	else if (session->is_resume && !was_ready && !session->is_put_off)
		session->failed_resumes++;
	utf8_print(why, sizeof(why), "%s", session->reason[0] ? session->reason : reason);
	session->reason[0] = '\0';
	delay_ms = next_delay(session, !session->is_resume, registered_ms);
	enter(session, DISCORD_SESSION_WAITING, now_ms + delay_ms);
	session->events.on_lost(session->user, why, delay_ms);
}

void discord_session_broken(struct discord_session *session, const char *reason, uint64_t now_ms)
{
	if (is_connected(session))
		drop(session, reason, now_ms);
}

/* ---------------------------------------------------------------- starting a connection */

static void connect_now(struct discord_session *session, uint64_t now_ms)
{
	bool is_resume = session->position.session_id[0] != '\0';
	uint64_t wait_ms = session->events.ask_connect(session->user, is_resume, now_ms);

	if (wait_ms) {
		enter(session, DISCORD_SESSION_WAITING, now_ms + wait_ms);
		return;
	}
	session->is_resume = is_resume;
	session->has_leave = !is_resume;
	session->is_put_off = false;
	session->reason[0] = '\0';
	session->heartbeat_ms = 0;
	session->has_identified = false;
	enter(session, DISCORD_SESSION_CONNECTING, now_ms + DISCORD_SESSION_CONNECT_MS);
	session->events.on_connect(session->user,
			session->is_resume && session->position.url[0] ? session->position.url : NULL);
}

void discord_session_restore(struct discord_session *session, const struct discord_session_position *position)
{
	session->position = *position;
	session->has_sequence = position->session_id[0] != '\0';
}

void discord_session_start(struct discord_session *session, uint64_t now_ms)
{
	if (session->state == DISCORD_SESSION_STOPPED && !session->is_stopping)
		enter(session, DISCORD_SESSION_WAITING, now_ms);
}

void discord_session_stop(struct discord_session *session, uint64_t now_ms)
{
	session->is_stopping = true;
	if (session->state == DISCORD_SESSION_IDENTIFYING) {
		if (session->deadline_ms > now_ms + DISCORD_SESSION_STOP_MS)
			session->deadline_ms = now_ms + DISCORD_SESSION_STOP_MS;
	} else if (is_connected(session) || session->state == DISCORD_SESSION_CONNECTING) {
		drop(session, "stopping", now_ms);
	} else if (session->state != DISCORD_SESSION_CLOSING) {
		enter(session, DISCORD_SESSION_STOPPED, UINT64_MAX);
	}
}

void discord_session_open(struct discord_session *session, uint64_t now_ms)
{
	if (session->state != DISCORD_SESSION_CONNECTING)
		return;
	memset(session->sends, 0, sizeof(session->sends)); /* the limit is per connection */
	session->next_send = 0;
	enter(session, DISCORD_SESSION_GREETING, now_ms + DISCORD_SESSION_HELLO_MS);
}

/* ---------------------------------------------------------------- receiving */

/* Send IDENTIFY or RESUME, or wait for permission. */
static void try_register(struct discord_session *session, uint64_t now_ms)
{
	struct str payload = STR(DISCORD_PAYLOAD_MAX_BYTES);
	uint64_t wait_ms = session->events.ask_register ? session->events.ask_register(session->user,
									  session->is_resume, now_ms)
							: 0;
	bool is_sent;

	session->is_put_off = wait_ms > 0;
	if (wait_ms) {
		session->deadline_ms = now_ms + wait_ms;
		return;
	}
	enter(session, session->is_resume ? DISCORD_SESSION_RESUMING : DISCORD_SESSION_IDENTIFYING,
			now_ms + DISCORD_SESSION_READY_MS);
	if (session->is_resume) {
		discord_payload_resume(&payload, session->config.identity.token, session->position.session_id,
				session->position.sequence);
	} else {
		/* Counted before it is sent: a crash in between costs one IDENTIFY, not the token. */
		session->has_leave = false;
		session->has_identified = true;
		session->events.on_identify(session->user, true, now_ms);
		discord_payload_identify(&payload, &session->config.identity);
	}
	is_sent = send_payload(session, &payload, true, 0, now_ms);
	if (!is_sent)
		drop(session, "IDENTIFY or RESUME is too long", now_ms);
}

static void on_hello(struct discord_session *session, struct span data, uint64_t now_ms)
{
	uint64_t interval_ms;

	if (span_number(span_get(data, "heartbeat_interval"), &interval_ms) < 0 || !interval_ms) {
		drop(session, "HELLO without heartbeat_interval", now_ms);
		return;
	}
	if (session->state != DISCORD_SESSION_GREETING || session->heartbeat_ms)
		return;
	if (interval_ms < HEARTBEAT_MIN_MS)
		interval_ms = HEARTBEAT_MIN_MS;
	session->heartbeat_ms = interval_ms < HEARTBEAT_MAX_MS ? interval_ms : HEARTBEAT_MAX_MS;
	session->next_heartbeat_ms = now_ms + random_below(&session->random, session->heartbeat_ms);
	session->is_awaiting_ack = false;
	session->unanswered = 0;
	try_register(session, now_ms);
}

static void on_invalid_session(struct discord_session *session, struct span data, uint64_t now_ms)
{
	bool was_identifying = session->state == DISCORD_SESSION_IDENTIFYING;

	if (!span_is(data, "true")) {
		forget(session);
		session->extra_wait_ms = (was_identifying ? IDENTIFY_REFUSED_MS : INVALID_WAIT_MS) +
					 random_below(&session->random, INVALID_JITTER_MS);
	}
	drop(session, was_identifying ? "IDENTIFY refused (op 9)" : "session invalid (op 9)", now_ms);
}

/* Servers that speak Discord's protocol may leave something out. Without a session ID nothing can be resumed; without a
 * URL the session is resumed at the base address. */
static void on_ready(struct discord_session *session, struct span data)
{
	struct discord_session_position *position = &session->position;

	forget(session);
	if (!span_copy(span_get(data, "session_id"), position->session_id, sizeof(position->session_id)))
		position->session_id[0] = '\0';
	if (!span_copy(span_get(data, "resume_gateway_url"), position->url, sizeof(position->url)))
		position->url[0] = '\0';
}

static void become_ready(struct discord_session *session, bool is_resumed, uint64_t now_ms)
{
	session->failed_resumes = 0;
	session->ready_since_ms = now_ms;
	enter(session, DISCORD_SESSION_READY, UINT64_MAX);
	session->events.on_ready(session->user, is_resumed);
	if (session->is_stopping)
		drop(session, "stopping", now_ms);
}

static void on_dispatch(struct discord_session *session, const struct discord_frame *frame, uint64_t now_ms)
{
	bool is_ready = frame->event == DISCORD_EVENT_READY,
	     is_resumed = frame->event == DISCORD_EVENT_RESUMED;
	bool is_resuming = session->state == DISCORD_SESSION_RESUMING;

	/* READY after RESUME: a server that has no RESUME gave us a new session. */
	if (session->state == DISCORD_SESSION_GREETING || (is_resumed && !is_resuming) ||
			(is_ready && !is_resuming && session->state != DISCORD_SESSION_IDENTIFYING))
		return;
	if (is_ready)
		on_ready(session, frame->data);
	if (session->events.on_event(session->user, frame) < 0) {
		drop(session, "an event could not be handled", now_ms);
		return;
	}
	/* Only now: an event that was not handled must be sent again. Events out of order: the highest
	 * sequence counts. */
	if (frame->has_sequence && (!session->has_sequence || frame->sequence > session->position.sequence ||
						   is_ready)) {
		session->position.sequence = frame->sequence;
		session->has_sequence = true;
	}
	if (session->state == DISCORD_SESSION_RESUMING)
		session->deadline_ms = now_ms + DISCORD_SESSION_READY_MS;
	if ((is_ready || is_resumed) && is_connected(session))
		become_ready(session, is_resumed, now_ms);
}

void discord_session_receive(
		struct discord_session *session, const char *bytes, size_t length, uint64_t now_ms)
{
	struct discord_frame frame;

	if (!is_connected(session))
		return;
	session->heard_since = true;
	if (discord_frame_scan(bytes, length, &frame) < 0) {
		drop(session, "malformed payload", now_ms);
		return;
	}
	switch (frame.op) {
	case DISCORD_OP_DISPATCH: on_dispatch(session, &frame, now_ms); break;
	case DISCORD_OP_HEARTBEAT: send_heartbeat(session, DISCORD_SESSION_SENDS_RESERVED, now_ms); break;
	case DISCORD_OP_RECONNECT: drop(session, "Discord asked us to reconnect", now_ms); break;
	case DISCORD_OP_INVALID_SESSION: on_invalid_session(session, frame.data, now_ms); break;
	case DISCORD_OP_HELLO: on_hello(session, frame.data, now_ms); break;
	case DISCORD_OP_HEARTBEAT_ACK: session->is_awaiting_ack = false; break;
	default: break; /* unknown op: ignored */
	}
}

/* ---------------------------------------------------------------- time */

static void beat(struct discord_session *session, uint64_t now_ms)
{
	/* While a long READY delays the ACK, events show that the connection is alive; but only for a
	 * limited time, because it may be alive in one direction only. */
	session->unanswered = session->is_awaiting_ack ? session->unanswered + 1 : 0;
	if (session->unanswered > (session->heard_since ? DISCORD_SESSION_UNANSWERED_MAX : 0)) {
		drop(session, "connection dead: no heartbeat ACK", now_ms);
		return;
	}
	session->next_heartbeat_ms = now_ms + session->heartbeat_ms;
	/* Before sending: the answer may come during the send. */
	session->is_awaiting_ack = true;
	session->heard_since = false;
	if (!send_heartbeat(session, 0, now_ms))
		session->is_awaiting_ack = false;
}

static void on_deadline(struct discord_session *session, uint64_t now_ms)
{
	if (session->state == DISCORD_SESSION_GREETING && session->is_put_off) {
		try_register(session, now_ms);
		return;
	}
	switch (session->state) {
	case DISCORD_SESSION_WAITING: connect_now(session, now_ms); break;
	case DISCORD_SESSION_CONNECTING: drop(session, "no connection within 15 s", now_ms); break;
	case DISCORD_SESSION_GREETING: drop(session, "no HELLO within 60 s", now_ms); break;
	case DISCORD_SESSION_IDENTIFYING: drop(session, "no READY within 30 s", now_ms); break;
	case DISCORD_SESSION_RESUMING: drop(session, "not resumed within 30 s", now_ms); break;
	case DISCORD_SESSION_CLOSING:
		session->events.on_drop(session->user, 0);
		discord_session_closed(session, 0, session->reason, now_ms);
		break;
	default: break;
	}
}

void discord_session_tick(struct discord_session *session, uint64_t now_ms)
{
	if (now_ms >= session->deadline_ms)
		on_deadline(session, now_ms);
	if (is_connected(session) && session->heartbeat_ms && now_ms >= session->next_heartbeat_ms)
		beat(session, now_ms);
}

uint64_t discord_session_next_ms(const struct discord_session *session)
{
	uint64_t next_ms = session->deadline_ms;

	if (is_connected(session) && session->heartbeat_ms && session->next_heartbeat_ms < next_ms)
		next_ms = session->next_heartbeat_ms;
	return next_ms;
}

enum discord_session_state discord_session_state(const struct discord_session *session)
{
	return session->state;
}

const struct discord_session_position *discord_session_position(const struct discord_session *session)
{
	return &session->position;
}
