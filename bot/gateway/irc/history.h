#ifndef EPISODED_IRC_HISTORY_H
#define EPISODED_IRC_HISTORY_H

/*
 * Requests the messages that were sent in a channel, or in private, while the bot was offline (CHATHISTORY), and
 * the names of those who sent some (CHATHISTORY TARGETS); pure. Reads one channel or person at a time, a few
 * pages each. catchup.h interprets the lines.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"
#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_HISTORY_LINES_MAX  500 /* read of one channel */
#define IRC_HISTORY_PAGE       100 /* lines in one request, if the server allows as many */
#define IRC_HISTORY_PAGES_MAX  5
#define IRC_HISTORY_NESTED     8 /* nested batches that are open at the same time */
#define IRC_HISTORY_TEXT_MAX   4096
#define IRC_HISTORY_WAIT_MS    (10 * 1000) /* for a reply; after two timeouts no more requests */
#define IRC_HISTORY_REF_BYTES  64
#define IRC_HISTORY_ID_BYTES   256
#define IRC_HISTORY_PEOPLE_MAX 24                  /* whose private messages are read after a reconnect */
#define IRC_HISTORY_MARK       (UINT64_C(1) << 63) /* marks requests in the outbox */

/* One message of the history. */
struct irc_past {
	char *id, *nick, *account, *text;
	char *reply_to; /* id of the message it answers; "": unknown */
	char *target;   /* "@#channel": sent to people with that status only; NULL: to all */
	uint64_t time_ms;
	size_t place; /* index in order of arrival */
	bool is_own, is_bot;
	bool is_notice;  /* never a question */
	bool is_further; /* not the first line of its message */
	bool is_counted; /* for the caller: already matched with a question */
};

/* The history of a channel or a person, as far as it was read. */
struct irc_history_result {
	char *channel; /* "" if is_targets */
	bool is_check;
	bool is_targets; /* each line is a channel or a person (nick), with the time of its last message */
	struct irc_past *lines; /* sorted by time */
	size_t line_count;
	uint64_t newest_ms; /* 0: no lines */
};

/* A channel, or private messages, where open questions can be answered now. */
struct irc_place {
	const char *channel;                   /* NULL: in private */
	const char *person;                    /* in private: with this person; NULL: with any */
	const struct irc_history_result *past; /* the history there; NULL: not known */
};

/* A request: a channel, and the position to read from. */
struct irc_history_request {
	struct irc_history_request *next;
	uint64_t since_ms; /* on the server's wall clock; 0: not known */
	char *since_id;    /* "": unknown; for servers without timestamp references */
	bool is_check;     /* to confirm a delivery, not to find missed questions */
	uint64_t until_ms; /* of a request for targets; 0: another request */
	char channel[];    /* or a nick; "" for targets */
};

struct irc_isupport;

struct irc_history_batch {
	char ref[IRC_HISTORY_REF_BYTES]; /* "": unused */
	size_t first, line; /* of a multiline batch: the indexes of its first and its current line; SIZE_MAX: not one */
	unsigned count; /* its lines */
};

struct irc_history {
	/* What the server offers. */
	bool is_usable;
	bool is_without_targets; /* this server does not know TARGETS; kept over connections */
	bool has_times, has_ids; /* reference types that the server supports */
	bool has_labels;
	size_t limit; /* the server's limit for a page; 0: no limit */

	struct irc_history_request *requests; /* the first is in progress if is_asked */
	bool is_asked, is_done;               /* done: all lines were received */
	bool used_id;                         /* in the last request */
	unsigned asked;                       /* labels so far */
	unsigned silent;                      /* requests without a reply */
	uint64_t deadline_ms;                 /* UINT64_MAX: the request was not sent yet */

	char ref[IRC_HISTORY_REF_BYTES]; /* of the batch with the reply; "": not begun */
	struct irc_history_batch nested[IRC_HISTORY_NESTED];
	size_t next_nested, pages, page_count;
	uint64_t newest_ms;
	char newest_id[IRC_HISTORY_ID_BYTES];
	struct irc_past *lines;
	size_t line_count;
};

void irc_history_init(struct irc_history *history);
void irc_history_release(struct irc_history *history);
/* The connection has ended: drop all requests. */
void irc_history_lose(struct irc_history *history);

/*
 * irc_history_offer - set what history the server offers.
 *
 * Shape:   reference_types as in MSGREFTYPES ("msgid,timestamp"; NULL: both), limit as in CHATHISTORY
 *          (0: no limit).
 * Errors:  no errors; without a known reference type the history is not usable.
 */
void irc_history_offer(
		struct irc_history *history, const char *reference_types, size_t limit, bool has_labels);

/* Queue a request for the history of channel; a second request for the same channel is merged with the first.
 * -ENOMEM. */
int irc_history_ask(struct irc_history *history, const char *channel, uint64_t since_ms, const char *since_id,
		bool is_check);
/* Queue a request for the channels and people with messages between two times. -ENOTSUP: the server would not reply,
 * -ENOMEM. */
int irc_history_ask_targets(struct irc_history *history, uint64_t since_ms, uint64_t until_ms);
/* Is a request about private messages queued or in progress? */
bool irc_history_is_private(const struct irc_history *history, const struct irc_isupport *isupport);
bool irc_history_is_asking(const struct irc_history *history, const char *channel, enum irc_casemap casemap);

/*
 * irc_history_hear - handle a line while a request is in progress.
 *
 * Shape:   BATCH +ref chathistory channel, its lines and nested batches; BATCH +ref draft/chathistory-targets, with
 *          CHATHISTORY TARGETS name time; FAIL CHATHISTORY; an ACK, a numeric or
 *          a FAIL with our label. is_own: sent by us.
 * Units:   times are the server's wall clock.
 * Errors:  no errors; lines beyond IRC_HISTORY_LINES_MAX are skipped. True when the line belongs to the reply.
 * Source:  IRCv3 draft/chathistory, batch.
 */
bool irc_history_hear(struct irc_history *history, const struct irc_line *line, bool is_own,
		enum irc_casemap casemap);
/* The outbox has sent the request. */
void irc_history_sent(struct irc_history *history, uint64_t mark, uint64_t now_ms);

/* Request the next page or channel; give up a request without a reply. */
void irc_history_run(struct irc_history *history, struct irc_outbox *outbox, uint64_t now_ms);
uint64_t irc_history_next_ms(const struct irc_history *history);

/* Take the result of the first request if it is done; the caller releases it. False: not done. */
bool irc_history_take(struct irc_history *history, struct irc_history_result *ret);
void irc_history_result_release(struct irc_history_result *result);

#endif
