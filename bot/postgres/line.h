#ifndef EPISODED_LINE_H
#define EPISODED_LINE_H

/*
 * Statements to a PostgreSQL, and their rows, over two connections: one for the journal and the values, one for leases,
 * so that a long load cannot delay a renewal. Everything is asynchronous, on the loop. Prepared statements, pipelined.
 *
 * While a connection is away the line connects again by itself (200 ms, doubled up to 5 s, with jitter). A batch of the
 * store is sent again until it has its result; a statement of line_ask() is not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/postgres/statements.h"
#include "bot/store/remote.h"

#define LINE_UNDER_WAY_MAX 8     /* transactions of the store without a result */
#define LINE_BATCH_MAX     512   /* changes that are joined into one transaction */
#define LINE_HELD_MAX      65536 /* batches without a result */
#define LINE_GATHER_MS     25    /* a batch that nothing waits for waits so long for another to join it */
#define LINE_NEWS_MS                                                                                         \
	250 /* other processes hear of a value so late, unless a later batch takes the hint along */
#define LINE_SILENT_MS                                                                                       \
	5000             /* a server that owes an answer for so long is away; its statement_timeout is 4 s */
#define LINE_AGAIN_MAX 5 /* a transaction that meets conflicts is sent so often, then the connection is new */

enum line_lane { LINE_WORK, LINE_BEAT };

struct database_config;
struct postgres_line; /* opaque */
struct loop;

/* Who hears of the store's batches: see remote.h for what each means. */
struct line_sink {
	void (*settled)(void *user, const struct store_result *result);
	void (*heard)(void *user, const char *area, const char *key, const char *value, uint64_t version);
	void (*caught_up)(void *user, uint64_t asked);
	void (*opened)(void *user, const struct journal_entry *entry, const char *mark);
	void (*loaded)(void *user, const struct store_claim *claim, int error);
	void (*set_trouble)(void *user, int error);
	uint64_t (*version)(void *user);
};

struct line_events {
	/* Connected, the schema is there, statements are prepared. */
	void (*on_up)(void *user, enum line_lane lane);
	/* reason: of libpq, with the host and the fix, for the log. */
	void (*on_down)(void *user, enum line_lane lane, const char *reason);
	/* NOTIFY: something may be new. */
	void (*on_hint)(void *user);
	/* Another try cannot help: password, certificate, rights, a newer schema. -EACCES, -ENOTSUP, -EINVAL. */
	void (*on_refused)(void *user, int error, const char *reason);
};

/* Connecting begins at once. process names this process in the tables: "HOST/1a2b3c4d". events may not call line_free().
 * -ENOMEM, -EINVAL. */
int line_new(struct loop *loop, const struct database_config *config, const char *process,
		const struct line_events *events, void *user, struct postgres_line **ret);
void line_free(struct postgres_line *line); /* NULL-safe; on_rows is not called any more */

/*
 * The statement is sent by the next line_sync(). on_rows comes once, in the order of the calls of a lane, and never inside
 * this call; rows are borrowed for the call, and NULL if there is an error:
 *
 *	-EAGAIN the lane is down, or went down before the answer: the statement may have been done or not
 *	-EBUSY a conflict with another transaction: ask again; -ECANCELED: an earlier statement of its transaction failed
 *	-EACCES, -EINVAL: see failure.h
 *
 * On LINE_WORK a transaction waits until each batch that was given to the line before has its result, so that what it
 * says is never ahead of the journal. -ENOMEM, -ENOBUFS: on_rows does not come.
 */
int line_ask(struct postgres_line *line, enum line_lane lane, enum statement statement,
		const struct parameters *parameters,
		void (*on_rows)(void *user, int error, const struct rows *rows), void *user);
/* The statements since the last call are one transaction. */
void line_sync(struct postgres_line *line, enum line_lane lane);
/* Tell other processes that something is new, behind what was asked of LINE_WORK. Does nothing if the server has no
 * NOTIFY. */
void line_notify(struct postgres_line *line);
bool line_is_up(const struct postgres_line *line, enum line_lane lane);
/* Connect now instead of after the pause. */
void line_hasten(struct postgres_line *line);

/* What the store sends its batches to; store is told by line_serve(), or a test's own sink. Before the loop runs. */
struct store_line line_store(struct postgres_line *line);
void line_serve(struct postgres_line *line, struct store *store);
void line_serve_sink(struct postgres_line *line, const struct line_sink *sink, void *user);

#endif
