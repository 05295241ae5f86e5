#ifndef EPISODED_IRC_HISTORY_H
#define EPISODED_IRC_HISTORY_H

/*
 * What was said in a channel while we were away, asked from a server that
 * keeps it (CHATHISTORY); pure. One channel at a time, a few pages each. What
 * it means that a line is there is the session's business.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"
#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_HISTORY_LINES_MAX 500 /* kept of one channel */
#define IRC_HISTORY_PAGE      100 /* lines asked for at a time, where the server allows as many */
#define IRC_HISTORY_PAGES_MAX 5
#define IRC_HISTORY_NESTED    8 /* batches inside, open at the same time */
#define IRC_HISTORY_TEXT_MAX  4096
#define IRC_HISTORY_WAIT_MS   (10 * 1000) /* for an answer; after two in vain nothing more is asked */
#define IRC_HISTORY_REF_BYTES 64
#define IRC_HISTORY_ID_BYTES  256
#define IRC_HISTORY_MARK      (UINT64_C(1) << 63) /* in the outbox, which only requests have */

/* One line that was said. */
struct irc_past {
	char *id, *nick, *account, *text;
	char *reply_to; /* the message it answers; "" */
	char *target;   /* "@#channel": only those with that status read it; NULL: all */
	uint64_t time_ms;
	size_t place; /* in the order in which they came */
	bool is_own, is_bot;
	bool is_counted; /* for whoever goes through them */
};

/* All that is known of a channel now. */
struct irc_history_result {
	char *channel;
	bool is_check;
	struct irc_past *lines; /* in the order of their times */
	size_t line_count;
	uint64_t newest_ms; /* 0: there are none */
};

/* Where open questions can be answered. */
struct irc_place {
	const char *channel;                   /* NULL: in private */
	const struct irc_history_result *past; /* the channel's history; NULL: not known */
};

/* A channel to be asked about, and since when. */
struct irc_history_request {
	struct irc_history_request *next;
	uint64_t since_ms; /* wall, the server's */
	char *since_id;    /* "" where there is none: for servers that know no times */
	bool is_check;     /* for a delivery confirmation, not for what was missed */
	char channel[];
};

struct irc_history_batch {
	char ref[IRC_HISTORY_REF_BYTES]; /* "": a free place */
	size_t line;                     /* of several lines, the one it is; SIZE_MAX: not one message */
};

struct irc_history {
	/* What the server offers. */
	bool is_usable;
	bool has_times, has_ids; /* references it understands */
	bool has_labels;
	size_t limit; /* of its own for a page; 0: none */

	struct irc_history_request *requests; /* the first is under way once is_asked */
	bool is_asked, is_done;               /* done: the lines are all there */
	bool used_id;                         /* in the page asked for last */
	unsigned asked;                       /* labels so far */
	unsigned silent;                      /* times it did not answer */
	uint64_t deadline_ms;                 /* UINT64_MAX: it has not gone out yet */

	char ref[IRC_HISTORY_REF_BYTES]; /* of the batch that answers; "": none yet */
	struct irc_history_batch nested[IRC_HISTORY_NESTED];
	size_t next_nested, pages, page_count;
	uint64_t newest_ms;
	char newest_id[IRC_HISTORY_ID_BYTES];
	struct irc_past *lines;
	size_t line_count;
};

void irc_history_init(struct irc_history *history);
void irc_history_release(struct irc_history *history);
/* The connection is gone: nothing is asked any more. */
void irc_history_lose(struct irc_history *history);

/*
 * irc_history_offer - what a server says of its history.
 *
 * Shape:   reference_types as in MSGREFTYPES ("msgid,timestamp"; NULL: both), limit as in CHATHISTORY
 *          (0: no limit).
 * Errors:  none; without a known reference type the history is not usable.
 */
void irc_history_offer(
		struct irc_history *history, const char *reference_types, size_t limit, bool has_labels);

/* Ask about channel once its turn comes; a second request for it is one with the first. -ENOMEM. */
int irc_history_ask(struct irc_history *history, const char *channel, uint64_t since_ms, const char *since_id,
		bool is_check);
bool irc_history_is_asking(const struct irc_history *history, const char *channel, enum irc_casemap casemap);

/*
 * irc_history_hear - a line while a request is under way.
 *
 * Shape:   BATCH +ref chathistory channel, its lines and whatever batches are
 *          inside; FAIL CHATHISTORY; an ACK, a numeric or a FAIL with our label. is_own: said by us.
 * Units:   times are the server's wall clock.
 * Errors:  none; a line too many is left out. True when it belongs to the answer.
 * Source:  IRCv3 draft/chathistory, batch.
 */
bool irc_history_hear(struct irc_history *history, const struct irc_line *line, bool is_own,
		enum irc_casemap casemap);
/* The outbox has sent the request. */
void irc_history_sent(struct irc_history *history, uint64_t mark, uint64_t now_ms);

/* Ask for the next channel or the next page; give up what is not answered. */
void irc_history_run(struct irc_history *history, struct irc_outbox *outbox, uint64_t now_ms);
uint64_t irc_history_next_ms(const struct irc_history *history);

/* Take what is known of the first channel that is done; the caller releases it. False: none is. */
bool irc_history_take(struct irc_history *history, struct irc_history_result *ret);
void irc_history_result_release(struct irc_history_result *result);

#endif
