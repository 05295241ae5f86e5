/* A connection in libpq's pipeline mode: statements go out without waiting, outcomes come back in order. */

#include "bot/postgres/lane.h"

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"
#include "bot/postgres/connect.h"
#include "bot/postgres/line.h"

#define AGAIN_MIN_MS 200
#define AGAIN_MAX_MS 5000
#define STABLE_MS    5000 /* a connection that lasted so long resets the pause */
#define CHECK_MS     1000 /* how often a server that owes an answer is looked at */
#define RESULTS_MAX  256  /* results in one turn of the loop */
#define SENT_FIRST   64

/* What the server owes. Outcomes are told when their transaction is committed. */
struct lane_sent {
	bool is_sync;
	PGresult *result; /* before that */
	void (*on_outcome)(void *user, const struct outcome *outcome);
	void *user;
};

struct lane {
	struct loop *loop;
	const struct database_config *config;
	struct lane_events events;
	void *user;
	char *process;
	const char *purpose;
	bool wants_hints, has_hints;
	struct connect *connect;
	PGconn *connection; /* NULL: down */
	struct watch *watch;
	uint32_t watched;
	struct timer *timer; /* the pause before connecting; "ending"; further results */
	struct timer *check; /* for a server that is silent */
	struct backoff backoff;
	struct random random;
	struct lane_sent *sent; /* a ring */
	size_t sent_first, sent_count, sent_capacity, answered;
	enum failure commit_failure; /* of the transaction whose results come in */
	char commit_state[FAILURE_STATE_BYTES];
	uint64_t up_ms, heard_ms;
	bool is_ending, is_final, was_up, is_reading;
	int error; /* of a refusal */
	char reason[CONNECT_REASON_BYTES];
};

static void connect_now(struct lane *lane);
static void read_results(struct lane *lane);

/* ---------------------------------------------------------------- what the server owes */

static struct lane_sent *sent_at(const struct lane *lane, size_t index)
{
	assert(lane->sent_capacity > 0);
	return &lane->sent[(lane->sent_first + index) % lane->sent_capacity];
}

int lane_reserve(struct lane *lane, size_t count)
{
	size_t capacity = lane->sent_capacity ? lane->sent_capacity : SENT_FIRST;
	struct lane_sent *larger;

	while (capacity < lane->sent_count + count)
		capacity *= 2;
	if (capacity == lane->sent_capacity)
		return 0;
	larger = calloc(capacity, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	for (size_t i = 0; i < lane->sent_count; i++)
		larger[i] = *sent_at(lane, i);
	free(lane->sent);
	lane->sent = larger;
	lane->sent_first = 0;
	lane->sent_capacity = capacity;
	return 0;
}

static void sent_push(struct lane *lane, const struct lane_sent *sent)
{
	assert(lane->sent_count < lane->sent_capacity);
	*sent_at(lane, lane->sent_count++) = *sent;
}

static struct lane_sent sent_pop(struct lane *lane)
{
	struct lane_sent sent = lane->sent[lane->sent_first];

	lane->sent_first = (lane->sent_first + 1) % lane->sent_capacity;
	lane->sent_count--;
	return sent;
}

/* All statements of a transaction failed, or its connection ended. */
static void tell_failed(const struct lane_sent *sent, enum failure failure, const char *sqlstate)
{
	struct outcome outcome = {failure, sqlstate, NULL};

	PQclear(sent->result);
	if (sent->on_outcome)
		sent->on_outcome(sent->user, &outcome);
}

/* ---------------------------------------------------------------- the end of a connection */

void lane_drop(struct lane *lane, const char *reason)
{
	if (!lane->connection)
		return;
	watch_free(lane->watch);
	lane->watch = NULL;
	PQfinish(lane->connection);
	lane->connection = NULL;
	lane->has_hints = false;
	lane->answered = 0;
	lane->commit_failure = FAILURE_NONE;
	snprintf(lane->reason, sizeof(lane->reason), "%s", reason);
	lane->is_ending = true;
	timer_cancel(lane->check);
	timer_set(lane->timer, 0);
}

static void drop_for_libpq(struct lane *lane)
{
	char reason[CONNECT_REASON_BYTES], state[FAILURE_STATE_BYTES];
	const char *message = PQerrorMessage(lane->connection);

	if (failure_state(message, state)) {
		message = strstr(message, state) + FAILURE_STATE_BYTES - 1;
		message += strspn(message, ": ");
	}
	snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(message, "\n"),
			*message ? message : "the connection broke");
	lane_drop(lane, reason);
}

static void end(struct lane *lane)
{
	uint64_t lasted_ms = clock_monotonic_ms() - lane->up_ms;
	char reason[CONNECT_REASON_BYTES];

	memcpy(reason, lane->reason, sizeof(reason));
	while (lane->sent_count > 0) {
		struct lane_sent sent = sent_pop(lane);

		tell_failed(&sent, FAILURE_AWAY, "");
	}
	lane->is_ending = false;
	timer_set(lane->timer, backoff_next(&lane->backoff, lasted_ms >= STABLE_MS ? BACKOFF_STABLE_MS : 0,
					       &lane->random));
	lane->events.on_down(lane->user, reason);
}

/* ---------------------------------------------------------------- connecting */

static void on_connected(void *user, const struct connected *connected);
static void on_failed(void *user, int error, bool is_final, const char *reason);

static void on_timer(void *user)
{
	struct lane *lane = user;

	if (lane->is_ending)
		end(lane);
	else if (lane->connection)
		read_results(lane);
	else if (!lane->connect)
		connect_now(lane);
}

static void connect_now(struct lane *lane)
{
	static const struct connect_events events = {on_connected, on_failed};

	if (connect_start(lane->loop, lane->config, lane->process, lane->purpose, lane->wants_hints, &events,
			    lane, &lane->connect) < 0)
		timer_set(lane->timer, AGAIN_MAX_MS);
}

static void on_failed(void *user, int error, bool is_final, const char *reason)
{
	struct lane *lane = user;

	lane->connect = NULL;
	/* A running bot waits until a wrong pg_hba.conf or certificate is mended, but not for older tables. */
	if (is_final && (!lane->was_up || error == -ENOTSUP)) {
		lane->is_final = true;
		lane->events.on_refused(lane->user, error, reason);
		return;
	}
	timer_set(lane->timer, backoff_next(&lane->backoff, 0, &lane->random));
	lane->events.on_down(lane->user, reason);
}

void lane_wait(struct lane *lane)
{
	timer_cancel(lane->timer);
}

void lane_hasten(struct lane *lane)
{
	if (!lane->connection && !lane->connect && !lane->is_ending && !lane->is_final)
		timer_set(lane->timer, 0);
}

/* ---------------------------------------------------------------- results */

static const char *result_cell(const void *source, size_t row, unsigned column)
{
	const PGresult *result = source;

	return PQgetisnull(result, (int)row, (int)column) ? NULL : PQgetvalue(result, (int)row, (int)column);
}

static void rewatch(struct lane *lane)
{
	int unsent = PQflush(lane->connection);
	uint32_t events = EPOLLIN | (unsent > 0 ? EPOLLOUT : 0);

	if (unsent < 0) {
		drop_for_libpq(lane);
		return;
	}
	if (events == lane->watched)
		return;
	if (watch_change(lane->watch, events) < 0)
		lane_drop(lane, "out of memory");
	else
		lane->watched = events;
}

static void tell(struct lane *lane, const struct lane_sent *sent)
{
	const PGresult *result = sent->result;
	struct rows rows = {(size_t)PQntuples(result), (unsigned)PQnfields(result), result_cell, result};
	struct outcome outcome = {FAILURE_NONE, "", &rows};
	ExecStatusType status = PQresultStatus(result);
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (status == PGRES_FATAL_ERROR)
		outcome = (struct outcome){failure_of(state), state ? state : "", NULL};
	if (sent->on_outcome)
		sent->on_outcome(sent->user, &outcome);
	if (outcome.failure == FAILURE_AWAY) {
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
		char reason[CONNECT_REASON_BYTES];

		utf8_print(reason, sizeof(reason), "%s%s", message ? message : "the connection broke",
				failure_fix(state));
		lane_drop(lane, reason);
	}
	PQclear(sent->result);
}

/* The transaction is committed, or has failed as a whole. */
static void end_transaction(struct lane *lane)
{
	enum failure failure = lane->commit_failure;
	char state[FAILURE_STATE_BYTES];
	bool is_end = false, is_failed = false;

	memcpy(state, lane->commit_state, sizeof(state));
	lane->commit_failure = FAILURE_NONE;
	/* What was done before a failure is undone. */
	for (size_t i = 0; i < lane->answered; i++)
		is_failed |= PQresultStatus(sent_at(lane, i)->result) == PGRES_FATAL_ERROR;
	while (!is_end && lane->sent_count > 0 && lane->connection) {
		struct lane_sent sent = sent_pop(lane);

		is_end = sent.is_sync;
		if (!is_end)
			lane->answered--;
		if (failure != FAILURE_NONE)
			tell_failed(&sent, failure, state);
		else if (is_end && sent.on_outcome)
			sent.on_outcome(sent.user, &(struct outcome){FAILURE_NONE, "", NULL});
		else if (!is_end && is_failed && PQresultStatus(sent.result) != PGRES_FATAL_ERROR)
			tell_failed(&sent, FAILURE_ABORTED, "");
		else if (!is_end)
			tell(lane, &sent);
	}
}

/* A result of the oldest statement without one; taken over. */
static void take_result(struct lane *lane, PGresult *result)
{
	struct lane_sent *sent = sent_at(lane, lane->answered);
	ExecStatusType status = PQresultStatus(result);

	if (!sent->is_sync && status != PGRES_PIPELINE_SYNC) {
		sent->result = result;
		lane->answered++;
		return;
	}
	if (sent->is_sync && status == PGRES_PIPELINE_SYNC) {
		end_transaction(lane);
	} else if (sent->is_sync && status == PGRES_FATAL_ERROR) { /* at the commit; the sync follows */
		const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

		lane->commit_failure = failure_of(state);
		snprintf(lane->commit_state, sizeof(lane->commit_state), "%s", state ? state : "");
	} else {
		lane_drop(lane, "the server answers what was not asked: is there a pooler of statements "
				"between?");
	}
	PQclear(result);
}

static void hear_hints(struct lane *lane)
{
	PGnotify *notify;
	int process = 0;

	while (lane->connection && (notify = PQnotifies(lane->connection)) != NULL) {
		process = notify->be_pid;
		PQfreemem(notify);
		lane->events.on_hint(lane->user, process);
	}
}

static void read_results(struct lane *lane)
{
	unsigned count = 0;

	lane->is_reading = true;
	while (lane->connection && lane->sent_count > 0 && !PQisBusy(lane->connection)) {
		PGresult *result;

		if (++count > RESULTS_MAX) {
			timer_set(lane->timer, 0);
			break;
		}
		result = PQgetResult(lane->connection);
		if (lane->connection && PQstatus(lane->connection) == CONNECTION_BAD) {
			PQclear(result);
			drop_for_libpq(lane);
			break;
		}
		if (result)
			take_result(lane, result);
	}
	lane->is_reading = false;
	hear_hints(lane);
	if (lane->connection)
		rewatch(lane);
}

static void on_ready(void *user, uint32_t events)
{
	struct lane *lane = user;

	(void)events;
	lane->heard_ms = clock_monotonic_ms();
	if (!PQconsumeInput(lane->connection))
		drop_for_libpq(lane);
	else
		read_results(lane);
}

static void on_check(void *user)
{
	struct lane *lane = user;

	if (!lane->connection || lane->sent_count == 0)
		return;
	if (clock_monotonic_ms() - lane->heard_ms >= LINE_SILENT_MS)
		lane_drop(lane, "the server does not answer");
	else
		timer_set(lane->check, CHECK_MS);
}

static void on_connected(void *user, const struct connected *connected)
{
	struct lane *lane = user;

	lane->connect = NULL;
	lane->connection = connected->connection;
	lane->has_hints = connected->has_hints;
	lane->up_ms = lane->heard_ms = clock_monotonic_ms();
	lane->watched = EPOLLIN;
	if (watch_new(lane->loop, PQsocket(lane->connection), lane->watched, on_ready, lane, &lane->watch) <
			0) {
		lane_drop(lane, "out of memory");
		return;
	}
	lane->was_up = true;
	lane->events.on_up(lane->user);
	if (lane->connection)
		read_results(lane);
}

/* ---------------------------------------------------------------- sending */

static void push(struct lane *lane, bool is_sync,
		void (*on_outcome)(void *user, const struct outcome *outcome), void *user)
{
	struct lane_sent sent = {is_sync, NULL, on_outcome, user};

	if (lane->sent_count == 0 && lane->connection) {
		lane->heard_ms = clock_monotonic_ms();
		timer_set(lane->check, CHECK_MS);
	}
	sent_push(lane, &sent);
}

void lane_send(struct lane *lane, enum statement statement, const struct parameters *parameters,
		void (*on_outcome)(void *user, const struct outcome *outcome), void *user)
{
	struct parameters_view view;

	push(lane, false, on_outcome, user);
	if (!lane->connection)
		return;
	parameters_read(parameters, &view);
	if (!PQsendQueryPrepared(lane->connection, statements_text(statement)->name, (int)view.count,
			    view.values, view.lengths, view.formats, 0))
		drop_for_libpq(lane);
}

void lane_sync(struct lane *lane, void (*on_outcome)(void *user, const struct outcome *outcome), void *user)
{
	push(lane, true, on_outcome, user);
	if (!lane->connection)
		return;
	if (!PQpipelineSync(lane->connection))
		drop_for_libpq(lane);
	else if (!lane->is_reading)
		rewatch(lane);
}

/* ---------------------------------------------------------------- the lane */

bool lane_is_up(const struct lane *lane)
{
	return lane->connection != NULL;
}

bool lane_has_hints(const struct lane *lane)
{
	return lane->has_hints;
}

bool lane_is_ending(const struct lane *lane)
{
	return lane->is_ending;
}

int lane_server_process(const struct lane *lane)
{
	return lane->connection ? PQbackendPID(lane->connection) : 0;
}

int lane_new(struct loop *loop, const struct database_config *config, const char *process,
		const char *purpose, bool wants_hints, const struct lane_events *events, void *user,
		struct lane **ret)
{
	struct lane *lane = calloc(1, sizeof(*lane));
	int r = -ENOMEM;

	if (!lane)
		return r;
	lane->loop = loop;
	lane->config = config;
	lane->events = *events;
	lane->user = user;
	lane->purpose = purpose;
	lane->wants_hints = wants_hints;
	backoff_init(&lane->backoff, AGAIN_MIN_MS, AGAIN_MAX_MS);
	random_seed_from_system(&lane->random);
	lane->process = str_copy(process);
	lane->timer = timer_new(loop, on_timer, lane);
	lane->check = timer_new(loop, on_check, lane);
	if (!lane->process || !lane->timer || !lane->check)
		goto out;
	timer_set(lane->timer, 0);
	*ret = lane;
	lane = NULL;
	r = 0;
out:
	lane_free(lane);
	return r;
}

void lane_free(struct lane *lane)
{
	if (!lane)
		return;
	connect_cancel(lane->connect);
	watch_free(lane->watch);
	if (lane->connection)
		PQfinish(lane->connection);
	timer_free(lane->timer);
	timer_free(lane->check);
	while (lane->sent_count > 0)
		PQclear(sent_pop(lane).result);
	free(lane->sent);
	free(lane->process);
	free(lane);
}
