#ifndef EPISODED_IRC_SESSION_STATE_H
#define EPISODED_IRC_SESSION_STATE_H

/* The inside of a session, for session*.c only. */

#include "bot/gateway/irc/caps.h"
#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/mask.h"
#include "bot/gateway/irc/nick.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/gateway/irc/sasl.h"
#include "bot/gateway/irc/seen.h"
#include "bot/gateway/irc/session.h"
#include "bot/irc/ctcp.h"
#include "bot/irc/line.h"

#define IRC_USER_MAX_BYTES  63
#define IRC_HOST_MAX_BYTES  255
#define IRC_BATCHES_MAX     16 /* open at the same time; of an older one it is not known what is in it */
#define IRC_BATCH_REF_BYTES 64
#define IRC_NOTE_MAX_BYTES  300
#define IRC_TYPING_MAX      8 /* targets where it is shown, or was a moment ago */

enum irc_session_state {
	IRC_SESSION_CLOSED,
	IRC_SESSION_REGISTERING,
	IRC_SESSION_WELCOMED, /* 001 came; the MOTD's end is awaited */
	IRC_SESSION_READY,
	IRC_SESSION_QUITTING,
};

/* Where people see that we are typing. */
struct irc_typing {
	char target[IRC_CHANNEL_NAME_MAX_BYTES + 1]; /* "": a free place */
	uint64_t shown_ms;
	uint64_t dropped; /* by the outbox, until then */
	bool is_shown;
	bool is_asked; /* an answer was queued, and may still wait */
};

#define IRC_STRANGERS_MAX         4 /* asked for at the same time */
#define IRC_ACCOUNT_MAX_BYTES     63
#define IRC_FINGERPRINT_MAX_BYTES 128 /* SHA-512 in digits */
#define IRC_AUTHOR_ID_MAX_BYTES   (1 + IRC_NICK_MAX_BYTES + IRC_ACCOUNT_MAX_BYTES)

/* An owner command that waits until the server has said who sent it. */
struct irc_stranger {
	struct message *message; /* NULL: a free place */
	char nick[IRC_NICK_MAX_BYTES + 1], user[IRC_USER_MAX_BYTES + 1], host[IRC_HOST_MAX_BYTES + 1];
	uint64_t deadline_ms;
	bool is_same; /* the server speaks of that user and host */
	char account[IRC_ACCOUNT_MAX_BYTES + 1], fingerprint[IRC_FINGERPRINT_MAX_BYTES + 1];
};

/* What the server sends together. */
struct irc_batch {
	char ref[IRC_BATCH_REF_BYTES]; /* "": a free place */
	bool is_live;                  /* said now; else the past, which is not answered */
};

struct irc_session {
	struct irc_session_config config;
	struct irc_session_events events;
	void *user;

	enum irc_session_state state;
	struct irc_now now; /* of the call we are in */
	uint64_t opened_ms, welcomed_ms;
	uint64_t welcomed_wall_ms; /* by the server's clock; 0: not yet */
	uint64_t heard_ms;         /* the last input */
	bool has_heard;            /* anything, on this connection */
	uint64_t pinged_ms;        /* our PING that nothing has answered yet; 0: none */
	uint64_t noted_ms;         /* since when notes are counted */
	unsigned notes;
	/* The server's wall clock when our monotonic clock was 0: a step of our wall clock changes nothing.
	 */
	uint64_t server_epoch_ms;

	struct irc_isupport isupport;
	struct irc_caps caps;
	struct irc_sasl sasl;
	bool is_scram_kept; /* events.on_scram() knows */
	struct irc_nick nick;
	struct irc_channels channels;
	struct irc_outbox outbox;
	struct irc_ctcp ctcp;
	struct irc_delivery delivery;
	struct irc_history history;
	struct irc_seen seen;
	bool is_flush_due; /* something was queued since the last irc_session_flush() */
	unsigned made_ids; /* see irc_session_make_id() */

	/* How others see us; "" when not known. */
	char own_user[IRC_USER_MAX_BYTES + 1];
	char own_host[IRC_HOST_MAX_BYTES + 1];

	struct irc_batch batches[IRC_BATCHES_MAX]; /* open ones */
	size_t next_batch;                         /* the place to use when none is free */

	struct irc_typing typing[IRC_TYPING_MAX];
	bool is_multiline_refused; /* on this connection */
	unsigned batch_count;      /* of those we opened */

	struct irc_stranger strangers[IRC_STRANGERS_MAX];

	char line[IRC_LINE_MAX_BYTES + 1];
	char text[MESSAGE_TEXT_MAX_BYTES + 1];
};

/* The server's wall clock now. */
static inline uint64_t irc_session_server_ms(const struct irc_session *session)
{
	return session->server_epoch_ms + session->now.ms;
}

/* session.c */
void irc_session_ready(struct irc_session *session);
void irc_session_lose(struct irc_session *session, const char *reason, bool stay_away);
void irc_session_note(struct irc_session *session, const char *format, ...)
		__attribute__((format(printf, 2, 3)));

/* session_login.c: SASL between the capabilities and the registration */
void irc_session_login_cap(struct irc_session *session, const struct irc_line *line);
void irc_session_login_line(struct irc_session *session, const struct irc_line *line);
void irc_session_login_run(struct irc_session *session);
/* 001 came. False: it may not be used without a login, and is closed. */
bool irc_session_login_welcome(struct irc_session *session);
/* 900: joins that were refused for want of an account are due. */
void irc_session_logged_in(struct irc_session *session, const struct irc_line *line);

/* session_line.c: what the server said, one line */
void irc_session_line(struct irc_session *session, const struct irc_line *line);
void irc_session_keep_mask(struct irc_session *session, const char *mask);
bool irc_session_is_self(const struct irc_session *session, const struct irc_line *line);

/* session_typing.c: an answer to target was queued; */
void irc_session_may_type(struct irc_session *session, const char *target);
/* the queue was flushed: show typing where the answer still waits */
void irc_session_type(struct irc_session *session);
/* Show it on where answers still wait; end it where none came. */
void irc_session_typing_run(struct irc_session *session);

/* session_say.c: may a line carry this tag? */
bool irc_session_may_tag(const struct irc_session *session, enum irc_client_tag tag);

/* session_mode.c: channels where colours are not shown, or not allowed */
void irc_session_ask_mode(struct irc_session *session, const char *channel);
void irc_session_mode(struct irc_session *session, const struct irc_line *line);
/* 324 nick channel modes ... */
void irc_session_mode_is(struct irc_session *session, const struct irc_line *line);
/* 404, 408: the channel may refuse colours. */
void irc_session_cannot_send(struct irc_session *session, const struct irc_line *line);

/* session_hear.c: an account is somebody; a nick is only called so, and '~' marks it: no account has one. */
void irc_session_author_id(const struct irc_session *session, const char *account, const char *nick,
		char ret[IRC_AUTHOR_ID_MAX_BYTES + 1]);

/* session_who.c: 276, 311, 318, 330, 401 */
void irc_session_who_line(struct irc_session *session, const struct irc_line *line, unsigned numeric);
/* Somebody is called so no more. */
void irc_session_who_is_gone(struct irc_session *session, const char *nick, size_t length);
void irc_session_who_run(struct irc_session *session);
uint64_t irc_session_who_next_ms(const struct irc_session *session);
void irc_session_forget_stranger(struct irc_stranger *stranger);
void irc_session_forget_strangers(struct irc_session *session);

/* session.c: what the server offers for delivery confirmation may have changed. */
void irc_session_set_confirmation(struct irc_session *session);
/* Do what is due, and report the answers that are complete. */
void irc_session_run_delivery(struct irc_session *session);
/* Open questions can be answered there. */
void irc_session_can_answer(struct irc_session *session, const struct irc_place *place);
/* session_history.c: what was asked while we were away. What the server offers for it: */
void irc_session_history_offer(struct irc_session *session);
/* True: the line belongs to the history of a channel that was asked for. */
bool irc_session_history_line(struct irc_session *session, const struct irc_line *line);
void irc_session_history_run(struct irc_session *session);
/* We are in channel: look what was missed, then answer what is open. */
void irc_session_catch_up(struct irc_session *session, const char *channel);
/* Somebody said something there, just now. */
void irc_session_saw(struct irc_session *session, const char *channel, uint64_t time_ms, const char *id);
void irc_session_save_seen(struct irc_session *session);

/* session_hear.c: a line of the history, as if it were said now */
void irc_session_hear_past(struct irc_session *session, const char *channel, const struct irc_past *past);

/* An id for a message that has none. */
void irc_session_make_id(struct irc_session *session, char *ret, size_t size);

/* session_hear.c: what people said */
void irc_session_hear(struct irc_session *session, const struct irc_line *line);
/* BATCH: playback is remembered, so that it is not answered. */
void irc_session_batch(struct irc_session *session, const struct irc_line *line);

#endif
