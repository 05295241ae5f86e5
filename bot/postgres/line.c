/*
 * The line: batches of the store, statements of the cluster.
 *
 * A batch becomes part of a transaction, with the batches that wait beside it. Transactions are under way together, and
 * the database does them in order. If one fails, those behind it are void, whatever became of them, and all are
 * sent again in order: each statement may be done twice.
 */

#include "bot/postgres/line.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/net/loop.h"
#include "bot/postgres/connect.h"
#include "bot/postgres/lane.h"
#include "bot/postgres/transaction.h"

#define AGAIN_MIN_MS    20
#define AGAIN_MAX_MS    200
#define UNIT_STATEMENTS 8 /* of a transaction of the store, with its sync */

/* A batch without a result. */
struct held {
	struct held *next;
	struct transaction_batch part; /* of a transaction */
	size_t begun;                  /* questions */
	bool is_urgent;                /* an answer or another process waits for it */
	bool was_sent;                 /* since when the database may have it */
	int64_t known;                 /* the version that was known then */
	uint64_t version;              /* of its shared values */
	bool is_alone;                 /* not joined with others: one of them was refused */
	bool is_told_away;             /* -EAGAIN was reported */
};

/* A transaction of the store that is under way. */
struct unit {
	struct unit *next;
	struct postgres_line *line;
	struct held *first;
	size_t batches;
	struct transaction_questions questions;
	size_t shared; /* values */
	int64_t known;
	uint64_t version;
	bool is_void; /* one before it failed */
	bool is_news; /* other processes want to know */
	enum failure failure;
	char sqlstate[FAILURE_STATE_BYTES];
};

/* A statement of line_ask(), or the end of a transaction. */
struct ask {
	struct ask *next;
	bool is_sync, is_sent;
	enum statement statement;
	struct parameters *parameters;
	uint64_t after; /* sent when this batch has its result */
	void (*on_rows)(void *user, int error, const struct rows *rows);
	void *user;
};

struct load {
	struct load *next;
	struct postgres_line *line;
	struct store_claim claim; /* with copies of the texts */
	uint64_t after;
	bool is_sent, is_held;
	enum failure failure;
	char texts[];
};

struct queue {
	struct postgres_line *line;
	struct lane *lane;
	enum line_lane which;
	struct ask *first, **last;
	size_t count;
	unsigned syncs;      /* that are not sent */
	struct timer *timer; /* for statements that were asked while the lane is down */
};

struct postgres_line {
	struct loop *loop;
	struct line_events events;
	void *user;
	char process[TRANSACTION_PROCESS_MAX_BYTES];
	struct queue queues[2];
	const struct line_sink *sink;
	void *sink_user;
	struct held *first, **last, *next; /* next: the first that is not under way; NULL: all are */
	size_t held_count;
	uint64_t last_number; /* of the newest batch */
	struct unit *units, **units_last;
	size_t unit_count;
	unsigned failures; /* of the oldest batch, in a row */
	bool is_held;      /* a pause before it is sent again */
	bool is_gathering, is_away, is_recovering;
	bool has_news;         /* for NOTIFY, which rides with what no answer waits for */
	uint64_t recovered_at; /* the batch whose result ends the trouble */
	struct timer *gather, *again, *news;
	struct load *loads;
	struct parameters *parameters;
	struct random random;
	struct transaction transaction; /* scratch */
};

static void pump(struct postgres_line *line);

static struct lane *work(const struct postgres_line *line)
{
	return line->queues[LINE_WORK].lane;
}

/* ---------------------------------------------------------------- batches */

static size_t count_of(const struct store_batch *batch, enum change_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->count; i++)
		count += batch->changes[i].kind == kind;
	return count;
}

static void free_held(struct held *held)
{
	free(held->part.ours);
	free(held);
}

static void free_unit(struct unit *unit)
{
	free(unit->questions.list);
	free(unit);
}

/* What nothing waits for is sent a little later. */
static void gather(struct postgres_line *line)
{
	if (line->is_gathering)
		return;
	line->is_gathering = true;
	timer_set(line->gather, LINE_GATHER_MS);
}

static int send_batch(void *user, const struct store_batch *batch)
{
	struct postgres_line *line = user;
	struct held *held;

	if (line->held_count >= LINE_HELD_MAX)
		return -ENOBUFS;
	held = calloc(1, sizeof(*held));
	if (!held)
		return -ENOMEM;
	held->part.batch = *batch;
	held->begun = count_of(batch, CHANGE_BEGIN);
	held->is_urgent = batch->is_awaited || count_of(batch, CHANGE_HAND_IN) > 0;
	held->part.ours = calloc(held->begun + 1, sizeof(*held->part.ours));
	if (!held->part.ours) {
		free(held);
		return -ENOMEM;
	}
	snprintf(held->part.begun_by, sizeof(held->part.begun_by), "%s/%" PRIu64, line->process,
			batch->number);
	*line->last = held;
	line->last = &held->next;
	line->held_count++;
	line->last_number = batch->number;
	if (!line->next)
		line->next = held;
	if (!held->is_urgent)
		gather(line);
	pump(line);
	return 0;
}

/* The oldest batch has its result. */
static void settle(struct postgres_line *line)
{
	struct held *held = line->first;
	struct store_result result = {
			.number = held->part.batch.number,
			.is_ours = held->part.ours,
			.begun = held->begun,
			.version = held->version,
	};

	line->first = held->next;
	if (!line->first)
		line->last = &line->first;
	if (line->next == held)
		line->next = held->next;
	line->held_count--;
	line->failures = 0;
	if (line->sink)
		line->sink->settled(line->sink_user, &result);
	free_held(held);
}

/* ---------------------------------------------------------------- a transaction's results */

static void note_failure(struct unit *unit, const struct outcome *outcome)
{
	if (outcome->failure == FAILURE_NONE ||
			(unit->failure != FAILURE_NONE && unit->failure != FAILURE_ABORTED))
		return;
	unit->failure = outcome->failure;
	snprintf(unit->sqlstate, sizeof(unit->sqlstate), "%s", outcome->sqlstate);
}

static void on_plain(void *user, const struct outcome *outcome)
{
	note_failure(user, outcome);
}

static void on_shared(void *user, const struct outcome *outcome)
{
	struct unit *unit = user;

	note_failure(unit, outcome);
	/* A value that another process has written meanwhile: ours is not the newest. */
	if (!outcome->rows || rows_count(outcome->rows) < unit->shared)
		return;
	for (size_t i = 0; i < rows_count(outcome->rows); i++) {
		uint64_t version = (uint64_t)rows_number(outcome->rows, i, 0);

		if (version > unit->version)
			unit->version = version;
	}
}

static void on_begun(void *user, const struct outcome *outcome)
{
	struct unit *unit = user;
	const struct postgres_line *line = unit->line;

	note_failure(unit, outcome);
	if (!outcome->rows)
		return;
	for (size_t i = 0; i < rows_count(outcome->rows); i++) {
		switch (rows_number(outcome->rows, i, 0)) {
		case ROW_BEGUN:
			/* Batches of a void transaction may have been sent again, and these may be others' by now. */
			if (!unit->is_void)
				transaction_mark_ours(&unit->questions, rows_text(outcome->rows, i, 1),
						rows_text(outcome->rows, i, 2));
			break;
		case ROW_VALUE:
			if (line->sink)
				line->sink->heard(line->sink_user, rows_text(outcome->rows, i, 1),
						rows_text(outcome->rows, i, 2),
						rows_is_null(outcome->rows, i, 3)
								? NULL
								: rows_text(outcome->rows, i, 3),
						(uint64_t)rows_number(outcome->rows, i, 4));
			break;
		default: break;
		}
	}
	if (line->sink)
		line->sink->caught_up(line->sink_user, (uint64_t)unit->known);
}

static void end_recovery(struct postgres_line *line)
{
	if (!line->is_recovering || (line->first && line->first->part.batch.number <= line->recovered_at))
		return;
	line->is_recovering = false;
	if (line->sink)
		line->sink->set_trouble(line->sink_user, 0);
}

/* It would fail again: find the change whose fault it is, and go on without it. */
static void split(struct postgres_line *line, const struct unit *unit)
{
	struct held *held = unit->first;
	char what[128];

	if (unit->batches > 1) {
		for (size_t i = 0; i < unit->batches; i++, held = held->next)
			held->is_alone = true;
		return;
	}
	if (!held->part.is_single) {
		held->part.is_single = held->is_alone = true;
		held->part.change = 0;
		return;
	}
	transaction_describe(&held->part.batch.changes[held->part.change], what, sizeof(what));
	log_error("the database refuses %s (SQLSTATE %s): dropped; please report it", what, unit->sqlstate);
	if (++held->part.change >= held->part.batch.count)
		settle(line);
}

static void send_again(struct postgres_line *line, const struct unit *unit)
{
	char reason[128];

	line->failures++;
	if (line->failures > LINE_AGAIN_MAX) {
		snprintf(reason, sizeof(reason), "a transaction failed %d times (SQLSTATE %s)",
				LINE_AGAIN_MAX, unit->sqlstate);
		line->failures = 0;
		lane_drop(work(line), reason);
	} else if (line->failures > 1) {
		line->is_held = true;
		timer_set(line->again,
				AGAIN_MIN_MS + random_below(&line->random, AGAIN_MAX_MS - AGAIN_MIN_MS + 1));
	}
}

static void fail_unit(struct postgres_line *line, const struct unit *unit)
{
	char reason[128];

	for (struct unit *behind = line->units; behind; behind = behind->next)
		behind->is_void = true;
	line->next = unit->first;
	switch (unit->failure) {
	case FAILURE_OURS: split(line, unit); break;
	case FAILURE_AGAIN: send_again(line, unit); break;
	case FAILURE_REFUSED:
		snprintf(reason, sizeof(reason), "permission denied%s", failure_fix(unit->sqlstate));
		lane_drop(work(line), reason);
		break;
	case FAILURE_AWAY:    /* the lane has ended */
	case FAILURE_ABORTED: /* without a first failure: cannot be */
	case FAILURE_NONE: break;
	}
}

static void settle_unit(struct postgres_line *line, struct unit *unit)
{
	struct held *held = unit->first;

	if (held->part.is_single) {
		if (unit->version > held->version)
			held->version = unit->version;
		if (++held->part.change < held->part.batch.count) {
			line->next = held;
			return;
		}
		settle(line);
		return;
	}
	for (size_t i = 0; i < unit->batches; i++) {
		line->first->version = unit->version;
		settle(line);
	}
}

static void on_unit_end(void *user, const struct outcome *outcome)
{
	struct unit *unit = user;
	struct postgres_line *line = unit->line;

	assert(line->units == unit);
	note_failure(unit, outcome);
	line->units = unit->next;
	if (!line->units)
		line->units_last = &line->units;
	line->unit_count--;
	if (unit->failure == FAILURE_NONE && unit->is_news) {
		line->has_news = true;
		timer_set(line->news, LINE_NEWS_MS);
	}
	if (!unit->is_void && unit->failure == FAILURE_NONE)
		settle_unit(line, unit);
	else if (!unit->is_void)
		fail_unit(line, unit);
	free_unit(unit);
	end_recovery(line);
	pump(line);
}

/* ---------------------------------------------------------------- sending transactions of the store */

static void send_part(struct postgres_line *line, struct unit *unit, enum statement statement,
		void (*on_outcome)(void *user, const struct outcome *outcome))
{
	if (parameters_error(line->parameters))
		lane_drop(work(line), "out of memory");
	lane_send(work(line), statement, line->parameters, on_outcome, unit);
	parameters_clear(line->parameters);
}

/* known: the version before which the database may have had this transaction; -1: it is new. */
static int send_statements(struct postgres_line *line, struct unit *unit, int64_t known)
{
	struct transaction *transaction = &line->transaction;
	int r;

	unit->known = line->sink ? (int64_t)line->sink->version(line->sink_user) : 0;
	r = transaction_begins(transaction, unit->known, &unit->questions);
	if (r < 0)
		return r;
	if (r > 0)
		send_part(line, unit, STATEMENT_JOURNAL_BEGIN, on_begun);
	if (transaction_hand_ins(transaction) > 0) {
		send_part(line, unit, STATEMENT_JOURNAL_HAND_IN, on_plain);
		unit->is_news = true;
	}
	if (transaction_shared(transaction, known, &unit->shared)) {
		send_part(line, unit, STATEMENT_VALUE_SHARED, on_shared);
		unit->is_news = true;
	}
	if (transaction_leased(transaction) > 0)
		send_part(line, unit, STATEMENT_VALUE_LEASED, on_plain);
	if (transaction_dones(transaction) > 0)
		send_part(line, unit, STATEMENT_JOURNAL_DONE, on_plain);
	return 0;
}

/* The next transaction: as many batches as fit. Those that the database may have had already are not mixed with others,
 * because their shared values give way to newer ones. */
static size_t next_batches(const struct postgres_line *line)
{
	const struct held *first = line->next;
	size_t batches = 0, changes = 0;

	for (const struct held *held = first; held; held = held->next) {
		if (batches > 0 && (changes + held->part.batch.count > LINE_BATCH_MAX || held->is_alone ||
						   first->is_alone || held->was_sent != first->was_sent))
			break;
		batches++;
		changes += held->part.batch.count;
	}
	return batches;
}

static int send_unit(struct postgres_line *line)
{
	struct unit *unit = calloc(1, sizeof(*unit));
	struct held *held = line->next;
	int64_t known = -1, now_known = line->sink ? (int64_t)line->sink->version(line->sink_user) : 0;
	bool is_urgent = false;
	int r = -ENOMEM;

	if (!unit)
		return r;
	unit->line = line;
	unit->first = held;
	unit->batches = next_batches(line);
	if (lane_reserve(work(line), UNIT_STATEMENTS) < 0)
		goto out;
	transaction_clear(&line->transaction);
	for (size_t i = 0; i < unit->batches; i++, held = held->next) {
		is_urgent |= held->is_urgent;
		if (!held->part.is_single)
			memset(held->part.ours, 0, held->begun * sizeof(*held->part.ours));
		if (!held->was_sent)
			held->known = now_known;
		else if (known < 0 || held->known < known)
			known = held->known;
		r = transaction_add(&line->transaction, &held->part);
		if (r < 0)
			goto out;
	}
	r = send_statements(line, unit, known);
	if (r < 0)
		goto out;
	if (line->has_news && !is_urgent && lane_has_hints(work(line))) {
		lane_send(work(line), STATEMENT_NOTIFY, line->parameters, on_plain, unit);
		line->has_news = false;
	}
	*line->units_last = unit;
	line->units_last = &unit->next;
	line->unit_count++;
	held = unit->first;
	for (size_t i = 0; i < unit->batches; i++, held = held->next)
		held->was_sent = true;
	line->next = held;
	lane_sync(work(line), on_unit_end, unit);
	return 0;
out:
	free_unit(unit);
	return r;
}

/* A turn, another process, a statement or a load waits for one of the batches that are not under way. */
static bool is_awaited(const struct postgres_line *line)
{
	if (line->queues[LINE_WORK].syncs > 0)
		return true;
	for (const struct load *load = line->loads; load; load = load->next)
		if (!load->is_sent)
			return true;
	for (const struct held *held = line->next; held; held = held->next)
		if (held->is_urgent || held->was_sent)
			return true;
	return false;
}

static void pump_batches(struct postgres_line *line)
{
	while (line->next && lane_is_up(work(line)) && !line->is_held &&
			line->unit_count < LINE_UNDER_WAY_MAX) {
		/* The changes of such a batch go one by one. */
		if (line->unit_count > 0 &&
				(line->next->part.is_single || line->units->first->part.is_single))
			return;
		if ((line->unit_count > 0 || line->is_gathering) && !is_awaited(line))
			return;
		if (send_unit(line) < 0) {
			line->is_held = true;
			timer_set(line->again, AGAIN_MAX_MS);
		}
	}
}

static void on_gathered(void *user)
{
	struct postgres_line *line = user;

	line->is_gathering = false;
	pump(line);
}

static void on_news(void *user)
{
	struct postgres_line *line = user;

	if (line->has_news)
		line_notify(line);
	line->has_news = false;
}

static void on_again(void *user)
{
	struct postgres_line *line = user;

	line->is_held = false;
	pump(line);
}

/* ---------------------------------------------------------------- loads */

static int load_claim(void *user, const struct store_claim *claim)
{
	struct postgres_line *line = user;
	size_t lease_bytes = strlen(claim->lease) + 1, gateway_bytes = strlen(claim->gateway) + 1;
	struct load *load = calloc(1, sizeof(*load) + lease_bytes + gateway_bytes), **last = &line->loads;

	if (!load)
		return -ENOMEM;
	load->line = line;
	load->claim = *claim;
	load->claim.lease = memcpy(load->texts, claim->lease, lease_bytes);
	load->claim.gateway = memcpy(load->texts + lease_bytes, claim->gateway, gateway_bytes);
	load->after = line->last_number;
	while (*last)
		last = &(*last)->next;
	*last = load;
	pump(line);
	return 0;
}

static bool is_own(const struct store_claim *claim)
{
	return claim->epoch == 0;
}

static void on_values(void *user, const struct outcome *outcome)
{
	struct load *load = user;
	const struct postgres_line *line = load->line;

	if (outcome->failure != FAILURE_NONE)
		load->failure = outcome->failure;
	for (size_t i = 0; outcome->rows && line->sink && i < rows_count(outcome->rows); i++)
		line->sink->heard(line->sink_user, load->claim.lease, rows_text(outcome->rows, i, 0),
				rows_text(outcome->rows, i, 1), 0);
}

static void on_open(void *user, const struct outcome *outcome)
{
	struct load *load = user;
	const struct postgres_line *line = load->line;

	if (outcome->failure != FAILURE_NONE && load->failure == FAILURE_NONE)
		load->failure = outcome->failure;
	for (size_t i = 0; outcome->rows && i < rows_count(outcome->rows); i++) {
		struct journal_entry entry;
		const char *mark;

		if (rows_number(outcome->rows, i, 0) == 0) {
			load->is_held = true;
			continue;
		}
		rows_entry(outcome->rows, i, load->claim.gateway, &entry, &mark);
		if (line->sink)
			line->sink->opened(line->sink_user, &entry, mark);
	}
}

static void on_loaded(void *user, const struct outcome *outcome)
{
	struct load *load = user, **at;
	struct postgres_line *line = load->line;
	int error = 0;

	if (outcome->failure != FAILURE_NONE && load->failure == FAILURE_NONE)
		load->failure = outcome->failure;
	load->is_sent = false;
	if (load->failure == FAILURE_AWAY || load->failure == FAILURE_AGAIN) {
		load->after = line->last_number;
		timer_set(line->again, AGAIN_MIN_MS);
		return;
	}
	if (load->failure != FAILURE_NONE)
		error = failure_errno(load->failure);
	else if (!load->is_held && !is_own(&load->claim))
		error = -ESTALE;
	for (at = &line->loads; *at != load; at = &(*at)->next)
		;
	*at = load->next;
	if (line->sink)
		line->sink->loaded(line->sink_user, &load->claim, error);
	free(load);
}

static bool is_settled(const struct postgres_line *line, uint64_t number)
{
	return !line->first || line->first->part.batch.number > number;
}

/* A role's lease has values, but no questions. */
static void send_load(struct postgres_line *line, struct load *load)
{
	const struct store_claim *claim = &load->claim;
	bool has_questions = *claim->gateway && !str_starts(claim->lease, "role/");

	if (lane_reserve(work(line), 3) < 0)
		return;
	load->is_sent = true;
	load->is_held = false;
	load->failure = FAILURE_NONE;
	parameters_clear(line->parameters);
	/* The journal first: it locks the lease, so that the values are those of the last owner. */
	parameters_text(line->parameters, has_questions ? claim->gateway : "");
	parameters_number(line->parameters, claim->total);
	parameters_number(line->parameters, claim->number);
	parameters_text(line->parameters, line->process);
	parameters_text(line->parameters, is_own(claim) ? "" : claim->lease);
	parameters_number(line->parameters, (int64_t)claim->epoch);
	lane_send(work(line), STATEMENT_JOURNAL_OPEN, line->parameters, on_open, load);
	parameters_clear(line->parameters);
	parameters_text(line->parameters, claim->lease);
	lane_send(work(line), STATEMENT_VALUES_LOAD, line->parameters, on_values, load);
	parameters_clear(line->parameters);
	lane_sync(work(line), on_loaded, load);
}

static void pump_loads(struct postgres_line *line)
{
	for (struct load *load = line->loads; load && lane_is_up(work(line)); load = load->next)
		if (!load->is_sent && is_settled(line, load->after))
			send_load(line, load);
}

/* ---------------------------------------------------------------- statements of line_ask() */

static void free_ask(struct ask *ask)
{
	parameters_free(ask->parameters);
	free(ask);
}

static struct ask *pop_ask(struct queue *queue)
{
	struct ask *ask = queue->first;

	queue->first = ask->next;
	if (!queue->first)
		queue->last = &queue->first;
	queue->count--;
	return ask;
}

static void on_ask_outcome(void *user, const struct outcome *outcome)
{
	struct queue *queue = user;
	struct ask *ask = pop_ask(queue);

	if (ask->on_rows)
		ask->on_rows(ask->user, failure_errno(outcome->failure), outcome->rows);
	free_ask(ask);
}

static void send_ask(struct queue *queue, struct ask *ask)
{
	ask->is_sent = true;
	if (ask->is_sync)
		lane_sync(queue->lane, on_ask_outcome, queue);
	else
		lane_send(queue->lane, ask->statement, ask->parameters, on_ask_outcome, queue);
	parameters_free(ask->parameters);
	ask->parameters = NULL;
}

/* Whole transactions only. */
static void pump_asks(struct queue *queue)
{
	struct ask *ask = queue->first;

	while (ask && ask->is_sent)
		ask = ask->next;
	while (queue->syncs > 0 && lane_is_up(queue->lane)) {
		const struct ask *sync = ask;
		size_t count = 1;

		while (sync && !sync->is_sync) {
			sync = sync->next;
			count++;
		}
		if (!sync)
			return;
		if (queue->which == LINE_WORK && !is_settled(queue->line, sync->after))
			return;
		if (lane_reserve(queue->lane, count) < 0) {
			timer_set(queue->timer, AGAIN_MAX_MS);
			return;
		}
		queue->syncs--;
		while (count-- > 0) {
			struct ask *next = ask->next;

			send_ask(queue, ask);
			ask = next;
		}
	}
}

static void refuse_asks(struct queue *queue)
{
	struct ask *first = queue->first;

	/* What the answers ask for is refused later. */
	queue->first = NULL;
	queue->last = &queue->first;
	queue->count = 0;
	queue->syncs = 0;
	while (first) {
		struct ask *ask = first;

		first = ask->next;
		if (ask->on_rows)
			ask->on_rows(ask->user, -EAGAIN, NULL);
		free_ask(ask);
	}
}

static void on_asked(void *user)
{
	struct queue *queue = user;

	if (lane_is_up(queue->lane))
		pump_asks(queue);
	else if (lane_is_ending(queue->lane))
		timer_set(queue->timer, 0);
	else
		refuse_asks(queue);
}

static int add_ask(struct queue *queue, const struct ask *ask)
{
	struct ask *copy;

	if (queue->count >= LINE_ASKED_MAX)
		return -ENOBUFS;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *ask;
	copy->after = queue->line->last_number;
	*queue->last = copy;
	queue->last = &copy->next;
	queue->count++;
	if (!lane_is_up(queue->lane))
		timer_set(queue->timer, 0);
	return 0;
}

int line_ask(struct postgres_line *line, enum line_lane lane, enum statement statement,
		const struct parameters *parameters,
		void (*on_rows)(void *user, int error, const struct rows *rows), void *user)
{
	struct ask ask = {.statement = statement, .on_rows = on_rows, .user = user};
	int r = parameters ? parameters_error(parameters) : 0;

	if (r < 0)
		return r;
	ask.parameters = parameters ? parameters_copy(parameters) : parameters_new();
	if (!ask.parameters)
		return -ENOMEM;
	r = add_ask(&line->queues[lane], &ask);
	if (r < 0)
		parameters_free(ask.parameters);
	return r;
}

void line_sync(struct postgres_line *line, enum line_lane lane)
{
	struct queue *queue = &line->queues[lane];
	struct ask ask = {.is_sync = true};

	if (add_ask(queue, &ask) < 0) {
		lane_drop(queue->lane, "out of memory");
		return;
	}
	queue->syncs++;
	if (lane == LINE_WORK)
		pump(line);
	else if (lane_is_up(queue->lane))
		pump_asks(queue);
}

void line_notify(struct postgres_line *line)
{
	if (lane_has_hints(work(line)) && line_ask(line, LINE_WORK, STATEMENT_NOTIFY, NULL, NULL, NULL) == 0)
		line_sync(line, LINE_WORK);
}

/* ---------------------------------------------------------------- up and down */

static void pump(struct postgres_line *line)
{
	if (!lane_is_up(work(line)))
		return;
	pump_batches(line);
	pump_asks(&line->queues[LINE_WORK]);
	pump_loads(line);
}

static void on_work_up(void *user)
{
	struct postgres_line *line = user;

	line->is_held = false;
	line->is_away = false;
	line->is_recovering = true;
	line->recovered_at = line->last_number;
	for (struct held *held = line->first; held; held = held->next)
		held->is_told_away = false;
	/* Loads behind all that is sent again: they would take its questions for those of an earlier owner. */
	for (struct load *load = line->loads; load; load = load->next)
		load->after = line->last_number;
	pump(line);
	end_recovery(line);
	lane_hasten(line->queues[LINE_BEAT].lane);
	line->events.on_up(line->user, LINE_WORK);
}

static void on_work_down(void *user, const char *reason)
{
	struct postgres_line *line = user;
	struct store_result result = {.error = -EAGAIN};
	bool was_away = line->is_away;

	line->is_away = true;
	line->is_recovering = false;
	line->failures = 0;
	line->next = line->first;
	timer_cancel(line->again);
	if (!was_away && line->sink)
		line->sink->set_trouble(line->sink_user, -ENOLINK);
	/* What is given to the line meanwhile is behind these. */
	for (struct held *held = line->first; held && line->sink; held = held->next) {
		if (held->is_told_away)
			continue;
		held->is_told_away = true;
		result.number = held->part.batch.number;
		result.begun = held->begun;
		result.is_ours = held->part.ours;
		line->sink->settled(line->sink_user, &result);
	}
	refuse_asks(&line->queues[LINE_WORK]);
	lane_hasten(line->queues[LINE_BEAT].lane);
	line->events.on_down(line->user, LINE_WORK, reason);
}

static void on_beat_up(void *user)
{
	struct postgres_line *line = user;

	line->events.on_up(line->user, LINE_BEAT);
}

static void on_beat_down(void *user, const char *reason)
{
	struct postgres_line *line = user;

	refuse_asks(&line->queues[LINE_BEAT]);
	line->events.on_down(line->user, LINE_BEAT, reason);
}

static void on_hint(void *user, int process)
{
	struct postgres_line *line = user;

	if (process != lane_server_process(work(line)) && line->events.on_hint)
		line->events.on_hint(line->user);
}

static void on_refused(void *user, int error, const char *reason)
{
	struct postgres_line *line = user;

	line->events.on_refused(line->user, error, reason);
}

static void hasten(void *user)
{
	line_hasten(user);
}

/* ---------------------------------------------------------------- the line */

void line_serve_sink(struct postgres_line *line, const struct line_sink *sink, void *user)
{
	line->sink = sink;
	line->sink_user = user;
}

struct store_line line_store(struct postgres_line *line)
{
	return (struct store_line){.user = line, .send = send_batch, .load = load_claim, .hasten = hasten};
}

bool line_is_up(const struct postgres_line *line, enum line_lane lane)
{
	return lane_is_up(line->queues[lane].lane);
}

void line_hasten(struct postgres_line *line)
{
	lane_hasten(line->queues[LINE_WORK].lane);
	lane_hasten(line->queues[LINE_BEAT].lane);
}

static int open_queue(struct postgres_line *line, enum line_lane which, const struct database_config *config,
		const struct lane_events *events)
{
	struct queue *queue = &line->queues[which];

	queue->line = line;
	queue->which = which;
	queue->last = &queue->first;
	queue->timer = timer_new(line->loop, on_asked, queue);
	if (!queue->timer)
		return -ENOMEM;
	return lane_new(line->loop, config, line->process, which == LINE_WORK ? "work" : "beat",
			which == LINE_BEAT, events, line, &queue->lane);
}

int line_new(struct loop *loop, const struct database_config *config, const char *process,
		const struct line_events *events, void *user, struct postgres_line **ret)
{
	static const struct lane_events work_events = {on_work_up, on_work_down, on_hint, on_refused};
	static const struct lane_events beat_events = {on_beat_up, on_beat_down, on_hint, on_refused};
	struct postgres_line *line = calloc(1, sizeof(*line));
	int r = -ENOMEM;

	if (!line)
		return r;
	connect_clear_environment();
	line->loop = loop;
	line->events = *events;
	line->user = user;
	line->last = &line->first;
	line->units_last = &line->units;
	line->is_away = true;
	random_seed_from_system(&line->random);
	if (strlen(process) >= sizeof(line->process)) {
		r = -EINVAL;
		goto out;
	}
	memcpy(line->process, process, strlen(process) + 1);
	line->parameters = parameters_new();
	line->transaction = (struct transaction){.process = line->process, .parameters = line->parameters};
	line->gather = timer_new(loop, on_gathered, line);
	line->again = timer_new(loop, on_again, line);
	line->news = timer_new(loop, on_news, line);
	if (!line->parameters || !line->gather || !line->again || !line->news)
		goto out;
	r = open_queue(line, LINE_WORK, config, &work_events);
	if (r == 0)
		r = open_queue(line, LINE_BEAT, config, &beat_events);
	if (r < 0)
		goto out;
	/* One after the other: if the server refuses the first, there is no second one on a thread when the process ends. */
	lane_wait(line->queues[LINE_BEAT].lane);
	*ret = line;
	line = NULL;
out:
	line_free(line);
	return r;
}

void line_free(struct postgres_line *line)
{
	if (!line)
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct queue *queue = &line->queues[i];

		lane_free(queue->lane);
		timer_free(queue->timer);
		while (queue->first)
			free_ask(pop_ask(queue));
	}
	while (line->units) {
		struct unit *next = line->units->next;

		free_unit(line->units);
		line->units = next;
	}
	while (line->first) {
		struct held *next = line->first->next;

		free_held(line->first);
		line->first = next;
	}
	while (line->loads) {
		struct load *next = line->loads->next;

		free(line->loads);
		line->loads = next;
	}
	timer_free(line->gather);
	timer_free(line->again);
	timer_free(line->news);
	parameters_free(line->parameters);
	transaction_release(&line->transaction);
	free(line);
}
