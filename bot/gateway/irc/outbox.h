#ifndef EPISODED_IRC_OUTBOX_H
#define EPISODED_IRC_OUTBOX_H

/*
 * The send queue: every line to the server goes through it. One token bucket for all commands, like the
 * servers' flood control. Targets take turns line by line, and within a target the askers take turns answer
 * by answer: a long answer in one channel, or a hundred questions of one person, does not delay others.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/pace.h"
#include "bot/gateway/irc/sent.h"
#include "bot/irc/line.h"
#include "bot/net/throttle.h"

#define IRC_OUTBOX_TARGETS_MAX      64  /* with queued lines; the server itself is not counted */
#define IRC_OUTBOX_PEOPLE_MAX       48  /* of these for private answers, so that channels always have some */
#define IRC_OUTBOX_TARGET_LINES_MAX 200 /* queued for one target */
#define IRC_OUTBOX_ASKER_LINES_MAX  12  /* of these for one asker */
#define IRC_OUTBOX_LINES_MAX        1000
#define IRC_OUTBOX_AGE_MAX_MS       (5 * 60 * 1000) /* an answer that waited longer is dropped */

/* The flood control of a kind of server. */
enum irc_flood {
	IRC_FLOOD_SAFE,        /* within the limits of the strictest known servers (ircu2, UnrealIRCd) */
	IRC_FLOOD_PER_COMMAND, /* InspIRCd: a command a second, whatever its length */
	IRC_FLOOD_RFC1459,     /* ngIRCd and the old ones: two seconds a line, ten ahead */
	IRC_FLOOD_FAST,        /* Solanum, Ergo: four at once, then three in two seconds */
	IRC_FLOOD_NONE,        /* our own server, without limits */
};

/* The flood control of a server, by its version in 004 (names as of 2026). False: unknown version. */
bool irc_flood_of(const char *version, enum irc_flood *ret);

struct irc_outbox_target;

struct irc_outbox {
	void (*on_send)(void *user, const char *line, size_t length);
	void *user;
	enum irc_flood flood;
	struct throttle throttle;
	struct irc_paces paces;            /* targets that the server throttles, over all connections */
	struct irc_outbox_target *targets; /* in the order of their turns */
	size_t target_count, people_count, line_count;
	size_t followed_count; /* queued records of answers whose delivery is tracked */
	bool has_labels; /* the server supports labeled-response: records of tracked answers get a label */
	uint64_t last_label; /* the last label used; labels are never reused */
	uint64_t dropped;    /* lines never sent, since init */
	unsigned clears;     /* lets a flush notice that on_send() cleared the outbox */
	bool is_mute;        /* only lines to the server itself are sent: there is no permit to speak */
	bool is_short;       /* out of memory: a line to the server was lost, and its answer will not come */

	/* A record with a mark, or of a tracked answer, has left the queue: SENT, or LOST because it became
	 * too old. Must not push lines. May be NULL. */
	void (*on_left)(void *owner, struct irc_sent *sent);
	void *owner;
};

void irc_outbox_init(struct irc_outbox *outbox, void (*on_send)(void *user, const char *line, size_t length),
		void *user);
/* Drop all queued records; their state becomes LOST. */
void irc_outbox_clear(struct irc_outbox *outbox);
/* Drop all queued records but those of tracked answers. */
void irc_outbox_drop_untracked(struct irc_outbox *outbox);
/* Set the flood control and reset its count: at the start of a connection, and when the server's version is
 * known. */
void irc_outbox_set_flood(struct irc_outbox *outbox, enum irc_flood flood);

/* Is there room for that many more lines to target? */
bool irc_outbox_has_room(const struct irc_outbox *outbox, const char *target, size_t lines);

/* Queue a line; it is sent when it is the turn of target ("": the server itself). -ENOBUFS, -ENOMEM, -EINVAL,
 * -EMSGSIZE. */
int irc_outbox_push(
		struct irc_outbox *outbox, const char *target, const struct irc_line *line, uint64_t now_ms);
/* The same; on_left() reports it by this mark, which is not 0. */
int irc_outbox_push_marked(struct irc_outbox *outbox, const char *target, const struct irc_line *line,
		uint64_t mark, uint64_t now_ms);

/*
 * Queue all lines, or on failure no line. Errors as irc_outbox_push(). When the asker already has
 * IRC_OUTBOX_ASKER_LINES_MAX queued lines: -EDQUOT the first time, so that the asker can be told, then
 * -ENOBUFS until all their lines are sent.
 *
 * ret not NULL: the delivery is tracked, and the caller frees *ret after irc_outbox_withdraw() of its queued
 * records. ret NULL: the outbox frees the answer once it is sent.
 */
int irc_outbox_push_answer(struct irc_outbox *outbox, const struct irc_outgoing *outgoing, uint64_t now_ms,
		struct irc_answer **ret);
/* Queue a record of a tracked answer again. is_first: not together with the record queued last. -ENOBUFS, -ENOMEM. */
int irc_outbox_push_again(struct irc_outbox *outbox, struct irc_sent *sent, bool is_first, uint64_t now_ms);
/* Remove a record of a tracked answer from the queue, if it is queued. */
void irc_outbox_withdraw(struct irc_outbox *outbox, struct irc_sent *sent);
/* The same, to queue it again later: it does not count as dropped. */
void irc_outbox_take_back(struct irc_outbox *outbox, struct irc_sent *sent);

/* The server throttles target: send nothing to it for hold_ms, then more slowly. Other targets do not wait. */
void irc_outbox_hold(struct irc_outbox *outbox, const char *target, uint64_t hold_ms, uint64_t now_ms);
/* Does each target with queued lines wait because the server throttles it, or because there is no permit? */
bool irc_outbox_is_held(const struct irc_outbox *outbox, uint64_t now_ms);

/* Send a line at once: PONG, QUIT, and the registration. It counts for the flood control. */
int irc_outbox_urgent(struct irc_outbox *outbox, const struct irc_line *line, uint64_t now_ms);

/* Send queued lines within the server's flood limit. */
void irc_outbox_flush(struct irc_outbox *outbox, uint64_t now_ms);
/* Estimate how long an answer for target that is pushed now would wait; 0: it would be sent at once, or the server
 * throttles the target. */
uint64_t irc_outbox_wait_ms(const struct irc_outbox *outbox, const char *target, uint64_t now_ms);
/* The cost of a line of length bytes in the server's flood control. */
uint64_t irc_outbox_cost_ms(const struct irc_outbox *outbox, size_t length);
/* Are lines queued for target? */
bool irc_outbox_is_waiting(const struct irc_outbox *outbox, const char *target);
/* When the next flush can send a line; UINT64_MAX: nothing is queued. */
uint64_t irc_outbox_next_ms(const struct irc_outbox *outbox, uint64_t now_ms);

#endif
