#ifndef EPISODED_IRC_OUTBOX_H
#define EPISODED_IRC_OUTBOX_H

/*
 * Every line to the server goes through here: one bucket over all commands,
 * as servers count. The targets take turns line by line, and inside a target
 * those who asked take turns answer by answer: neither a long answer in one
 * channel nor one person's hundred questions hold up anybody else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/sent.h"
#include "bot/irc/line.h"
#include "bot/net/throttle.h"

#define IRC_OUTBOX_TARGETS_MAX      64 /* with lines waiting at the same time; the server always has a place */
#define IRC_OUTBOX_PEOPLE_MAX       48  /* of them: a crowd that asks in private leaves room for channels */
#define IRC_OUTBOX_TARGET_LINES_MAX 200 /* waiting for one target */
#define IRC_OUTBOX_ASKER_LINES_MAX  12  /* of them for one person */
#define IRC_OUTBOX_LINES_MAX        1000
#define IRC_OUTBOX_AGE_MAX_MS       (5 * 60 * 1000) /* a later answer is of no use */

/* How a kind of server counts. */
enum irc_flood {
	IRC_FLOOD_SAFE,        /* what the strictest known (ircu2, UnrealIRCd) accept */
	IRC_FLOOD_PER_COMMAND, /* InspIRCd: a command a second, whatever its length */
	IRC_FLOOD_RFC1459,     /* ngIRCd and the old ones: two seconds a line, ten ahead */
	IRC_FLOOD_FAST,        /* Solanum, Ergo: four at once, then three in two seconds */
	IRC_FLOOD_NONE,        /* our own server, without limits */
};

/* How a server counts, by its version in 004 (names as of 2026). False: not known. */
bool irc_flood_of(const char *version, enum irc_flood *ret);

struct irc_outbox_target;

struct irc_outbox {
	void (*on_send)(void *user, const char *line, size_t length);
	void *user;
	enum irc_flood flood;
	struct throttle throttle;
	struct irc_outbox_target *targets; /* in the order of their turns */
	size_t target_count, people_count, line_count;
	size_t followed_count; /* records of followed answers in the queue */
	bool has_labels;       /* the server answers by label: records of followed answers get one */
	uint64_t last_label;   /* records of followed answers sent so far; labels are never used twice */
	uint64_t dropped;      /* lines never sent, since init */
	unsigned clears;       /* for a flush to see that on_send() cleared the outbox */
	bool is_short; /* out of memory: a line to the server was lost, and its answer will not come */

	/* A record that has a mark, or belongs to a followed answer, has left the queue: SENT, or LOST where it
	 * became too old. Must not push. May be NULL. */
	void (*on_left)(void *owner, struct irc_sent *sent);
	void *owner;
};

void irc_outbox_init(struct irc_outbox *outbox, void (*on_send)(void *user, const char *line, size_t length),
		void *user);
/* Drop all queued records: LOST. */
void irc_outbox_clear(struct irc_outbox *outbox);
/* A new count: at the start of a connection, and once the server's version is known. */
void irc_outbox_set_flood(struct irc_outbox *outbox, enum irc_flood flood);

/* Is there room for that many more lines to target? */
bool irc_outbox_has_room(const struct irc_outbox *outbox, const char *target, size_t lines);

/* Send a line when it is target's turn ("" for the server itself). -ENOBUFS, -ENOMEM, -EINVAL, -EMSGSIZE. */
int irc_outbox_push(
		struct irc_outbox *outbox, const char *target, const struct irc_line *line, uint64_t now_ms);
/* The same; on_left() reports it by this mark, which is not 0. */
int irc_outbox_push_marked(struct irc_outbox *outbox, const char *target, const struct irc_line *line,
		uint64_t mark, uint64_t now_ms);

/*
 * Queue all lines or none. As irc_outbox_push(), and where the asker has
 * IRC_OUTBOX_ASKER_LINES_MAX waiting: -EDQUOT the first time, which is worth
 * telling them, then -ENOBUFS until all of theirs is sent.
 *
 * ret: the answer is followed: the caller frees *ret, after irc_outbox_withdraw()
 * of what is queued. NULL: the outbox frees it once it has left.
 */
int irc_outbox_push_answer(struct irc_outbox *outbox, const struct irc_outgoing *outgoing, uint64_t now_ms,
		struct irc_answer **ret);
/* Queue a record of a followed answer again. -ENOBUFS, -ENOMEM. */
int irc_outbox_push_again(struct irc_outbox *outbox, struct irc_sent *sent, uint64_t now_ms);
/* Take a record of a followed answer out of the queue, if it is there. */
void irc_outbox_withdraw(struct irc_outbox *outbox, struct irc_sent *sent);

/* Send it now: PONG, QUIT, and everything of the registration. It counts all the same. */
int irc_outbox_urgent(struct irc_outbox *outbox, const struct irc_line *line, uint64_t now_ms);

/* Send what the server bears now. */
void irc_outbox_flush(struct irc_outbox *outbox, uint64_t now_ms);
/* About how long an answer pushed now for target would wait; 0 when it went out at once. */
uint64_t irc_outbox_wait_ms(const struct irc_outbox *outbox, const char *target, uint64_t now_ms);
/* What the server counts for a line of so many bytes. */
uint64_t irc_outbox_cost_ms(const struct irc_outbox *outbox, size_t length);
/* Does anything wait for target? */
bool irc_outbox_is_waiting(const struct irc_outbox *outbox, const char *target);
/* When the next flush has something to do; UINT64_MAX when nothing waits. */
uint64_t irc_outbox_next_ms(const struct irc_outbox *outbox, uint64_t now_ms);

#endif
