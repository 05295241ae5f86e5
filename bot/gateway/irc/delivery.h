#ifndef EPISODED_IRC_DELIVERY_H
#define EPISODED_IRC_DELIVERY_H

/*
 * Delivery confirmation of answers; pure. Its state outlives a connection: lines that were lost with a
 * connection are sent again on the next. The method, and what a confirmation means, depend on the server:
 *
 *   LABEL  labeled-response: the server replies to each line, with the line's label. The line was accepted
 *          and passed on, or refused with a reason.
 *   ECHO   echo-message without labels: our line is sent back as others see it. The meaning is the same, but
 *          lines are matched by target and text, and equal lines by their order.
 *   PING   neither: the PONG to a PING that was sent after the line. The server has read the line, because TCP
 *          keeps the order, and a refusal would have been received before the PONG. Whether the line was
 *          passed on is unknown.
 *
 * Two kinds of refusal are not the end of an answer. The server throttles the target: nothing is sent to it for a
 * while, and then the line again. The bot is not in the channel (kicked, or the connection was lost): the lines
 * wait until irc_delivery_again().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/channels.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/outbox.h"
#include "bot/gateway/irc/replies.h"
#include "bot/gateway/irc/sent.h"
#include "bot/irc/line.h"

#define IRC_DELIVERY_ANSWERS_MAX  2000 /* unconfirmed at the same time */
#define IRC_DELIVERY_BATCHES_MAX  8    /* of the server, open at the same time */
#define IRC_DELIVERY_ECHOES       32   /* remembered ids: a repeated echo must not confirm two lines */
#define IRC_DELIVERY_DEADLINE_MS  (10 * 1000)
#define IRC_DELIVERY_AGE_MAX_MS   (15 * 60 * 1000) /* an older answer is not sent again */
#define IRC_DELIVERY_HOLDS_MAX    20               /* of one answer; the next refusal is final */
#define IRC_DELIVERY_DOUBTS_MAX   8 /* targets with unresolved refusals; further refusals are final */
#define IRC_DELIVERY_REF_BYTES    64
#define IRC_DELIVERY_TOKEN_BYTES  32
#define IRC_DELIVERY_ID_BYTES     256
#define IRC_DELIVERY_TARGET_BYTES 256

enum irc_confirmation {
	IRC_CONFIRM_PING,
	IRC_CONFIRM_ECHO,
	IRC_CONFIRM_LABEL,
};

struct irc_delivery_batch {
	char ref[IRC_DELIVERY_REF_BYTES]; /* "": unused */
	uint64_t label;
};

/* Passing refusals that name a target and not a line. A server that refuses one line refuses all lines after it, so
 * the PONG tells which ones: the last. */
struct irc_delivery_doubt {
	char target[IRC_DELIVERY_TARGET_BYTES];
	size_t count; /* 0: unused */
};

struct irc_delivery {
	struct irc_outbox *outbox;
	const struct irc_isupport *isupport;
	const struct irc_channels *channels; /* NULL: the bot is in every channel */
	/* The server throttles a target. May be NULL. */
	void (*on_held)(void *owner, const char *target, const struct irc_refusal *refusal, const char *text);
	/* A message of ours answers a question, and the server has given it this ID: its echo or the history says so. May be
	 * NULL. */
	void (*on_posted)(void *owner, const char *question, const char *target, const char *id);
	void *owner;
	enum irc_confirmation method;
	bool is_unverified;       /* two advertised echoes were not received: use PING on this connection */
	bool has_history;         /* the channel's history is searched before a line is sent again */
	bool has_private_history; /* that of private messages tells the next process what arrived */
	bool has_echo; /* echo-message: a line that is passed on is echoed, whatever else the server says */
	bool has_multiline; /* a batch that was lost with an earlier connection may be sent again as a batch */

	struct irc_answer *answers, **last; /* unconfirmed answers, in the order of the first sending */
	size_t answer_count;
	struct irc_answer *completed, **last_completed;
	uint64_t pinged_label; /* labels up to here precede a PING that is queued or sent; 0: no PING */
	uint64_t ping_token;   /* of the last PING: the last label when it was queued */
	bool is_overdue;       /* no PONG tells which lines were refused: assume the last ones */
	bool is_ping_queued;   /* it will confirm all lines that leave before it */
	uint64_t ponged_label; /* the server has read the lines up to this label */
	uint64_t sent_token, sent_label; /* of the PING that left last, and the label that it confirms */
	uint64_t next_ms;                /* not later than the first deadline */

	struct irc_delivery_doubt doubts[IRC_DELIVERY_DOUBTS_MAX];
	char check_target[IRC_DELIVERY_TARGET_BYTES]; /* the channel whose history is wanted, or "" */
	struct irc_delivery_batch batches[IRC_DELIVERY_BATCHES_MAX];
	uint64_t echoes[IRC_DELIVERY_ECHOES];
	size_t next_batch, next_echo;
};

/* An answer whose delivery was confirmed or given up. */
struct irc_completed {
	enum irc_outcome outcome;
	char id[IRC_DELIVERY_ID_BYTES];
	char target[IRC_DELIVERY_TARGET_BYTES];
	char reason[IRC_REASON_BYTES]; /* "404 Cannot send to channel"; "" when confirmed */
	const char *fix;               /* what the operator can do; NULL: nothing is known */
	bool is_absent;                /* the person is not on the network, and read nothing of it */
};

/* Both pointers are borrowed until irc_delivery_release(). */
void irc_delivery_init(struct irc_delivery *delivery, struct irc_outbox *outbox,
		const struct irc_isupport *isupport);
void irc_delivery_release(struct irc_delivery *delivery);

/* Set the confirmation method at the start of a connection, and whenever the server's capabilities change. */
void irc_delivery_set_method(struct irc_delivery *delivery, enum irc_confirmation method);
/* The connection has ended: unconfirmed lines wait for irc_delivery_again(). */
void irc_delivery_lose(struct irc_delivery *delivery);

/* Queue an answer to the message outgoing->id. As irc_outbox_push_answer(); -ENOBUFS also above the limit. */
int irc_delivery_send(struct irc_delivery *delivery, const struct irc_outgoing *outgoing, uint64_t now_ms);
/* The question was taken back: give up its answer, unless a line of it was sent. */
void irc_delivery_withdraw(struct irc_delivery *delivery, const char *id);
/*
 * A clean stop. irc_delivery_leave() drops answers whose first line was not sent yet: the next process sends
 * them. The rest of an answer that was begun stays queued. irc_delivery_wait() asks with a PING whether the server
 * has read what was sent. False: nothing is left to wait for.
 */
void irc_delivery_leave(struct irc_delivery *delivery);
bool irc_delivery_wait(struct irc_delivery *delivery, uint64_t now_ms);
/* Confirm what the server has read, also where no label and no echo came: the lines before a PONG, or with
 * is_quit all lines, because the server has ended the connection for our QUIT. Answers that a history can tell
 * about are left to it. */
void irc_delivery_read(struct irc_delivery *delivery, bool is_quit);

/* Report that a record of an answer has left the outbox: SENT, or LOST because it became too old. */
void irc_delivery_left(struct irc_delivery *delivery, struct irc_sent *sent);
/* Report that a marked record has left the outbox. True: it is the PING of this module. */
bool irc_delivery_ping_left(struct irc_delivery *delivery, const struct irc_sent *sent);

/* The bot has left the channel and will be back: its lines wait for irc_delivery_again(). */
void irc_delivery_park(struct irc_delivery *delivery, const char *channel);
/* The bot will not be back: give up the answers to the channel that wait. */
void irc_delivery_drop(struct irc_delivery *delivery, const char *channel, const char *reason);
/* The channel was renamed: the answers to it follow. Lines that wait in the queue are queued again. */
void irc_delivery_rename(struct irc_delivery *delivery, const char *from, const char *to, uint64_t now_ms);

/* The token of a PING that is sent at once: its PONG confirms all lines before it. False: no line waits for one. */
bool irc_delivery_token(const struct irc_delivery *delivery, char ret[IRC_DELIVERY_TOKEN_BYTES]);

/* Queue lines again that were lost with an earlier connection: those to channel, or with NULL those to
 * people. */
void irc_delivery_again(struct irc_delivery *delivery, const char *channel, uint64_t now_ms);

/*
 * irc_delivery_line - a line from the server that may confirm or refuse one of ours.
 *
 * Shape:   any line; is_own: its source is us.
 * Errors:  no errors. True when the line was a reply to one of ours and needs no further handling; the session
 *          must also handle IRC_REPLY_NO_MULTILINE and IRC_REPLY_NO_FORMATS.
 * Source:  IRCv3 labeled-response, echo-message, standard-replies, batch.
 */
bool irc_delivery_line(
		struct irc_delivery *delivery, const struct irc_line *line, bool is_own, uint64_t now_ms);

/* One of our own lines in the history of a channel. It confirms a line that was sent on this or an earlier
 * connection as an answer to the same message; if that message is unknown, a line that was sent before this
 * time. */
struct irc_delivery_found {
	const char *channel, *text;
	const char *id, *reply_to; /* "": unknown */
	uint64_t at_ms;            /* when it was sent, on our monotonic clock; approximate */
};
void irc_delivery_find(struct irc_delivery *delivery, const struct irc_delivery_found *found);
/* The history of this channel has been read: lines that it did not confirm may be sent again. */
void irc_delivery_checked(struct irc_delivery *delivery, const char *channel);

/* Do what is due: send a PING, send lines again, give answers up. heard_ms: when the server last sent a
 * line. */
void irc_delivery_tick(struct irc_delivery *delivery, uint64_t heard_ms, uint64_t now_ms);
/* UINT64_MAX: never. */
uint64_t irc_delivery_next_ms(const struct irc_delivery *delivery);

/* Take the next completed answer. False: no answer is completed. */
bool irc_delivery_take(struct irc_delivery *delivery, struct irc_completed *ret);

/* Is the answer to this message unconfirmed, or completed and not yet taken? */
bool irc_delivery_has(const struct irc_delivery *delivery, const char *id);
/* When the oldest unconfirmed answer to channel, or with NULL to a person, was queued; UINT64_MAX: all are
 * confirmed. */
uint64_t irc_delivery_oldest_ms(const struct irc_delivery *delivery, const char *channel);

#endif
