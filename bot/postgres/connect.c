/* Connecting to a PostgreSQL: hosts, addresses, TLS, tables, prepared statements. */

#include "bot/postgres/connect.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/net/loop.h"
#include "bot/net/resolve.h"
#include "bot/net/work.h"
#include "bot/postgres/open.h"
#include "bot/postgres/refusal.h"
#include "bot/postgres/statements.h"

#define VERSION_MIN      140000
#define TABLES_TRIES_MAX 10 /* other processes may be making the same tables */
#define TABLES_AGAIN_MS  100
#define NAME_BYTES       64
#define STACK_BYTES      (256 * 1024)
#define NO_ANSWER        "no answer; is it a PostgreSQL, and does a firewall let us through?"
#define NO_FILE          "/dev/null/none" /* instead of libpq's defaults in the home folder */
#define PARAMETER_COUNT  32

enum step {
	STEP_SETTINGS, /* timeouts; the server's version */
	STEP_KEEPALIVE,
	STEP_DURATION, /* each of these two may be refused */
	STEP_READ,     /* is there a schema? */
	STEP_MAKE,     /* the tables */
	STEP_TUNE,     /* and what only PostgreSQL has; may be refused */
	STEP_PREPARE,
};

struct connect {
	struct loop *loop;
	const struct database_config *config;
	struct connect_events events;
	void *user;
	char name[NAME_BYTES];
	bool wants_hints;
	struct timer *timer; /* the start, the deadline of an address, the pause before another look at the tables */
	struct watch *watch;
	struct resolve *resolve;
	struct work *work; /* it has the connection while this is not NULL */
	size_t host;       /* in config->hosts */
	struct resolve_answer addresses;
	size_t address;
	PGconn *connection;
	enum step step;
	unsigned tuned, tries, prepared, syncs;
	bool is_waiting, has_hints;
	char state[FAILURE_STATE_BYTES]; /* of the first error of a step */
	char problem[CONNECT_REASON_BYTES];
	long long schema;
	bool has_schema, is_known_server;
	/* Of the whole attempt. */
	unsigned failures, refusals;
	int error;
	struct str reasons;
};

static void next_host(struct connect *connect);
static void next_address(struct connect *connect);
static void begin_step(struct connect *connect, enum step step);

void connect_clear_environment(void)
{
	static const char *const names[] = {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER",
			"PGPASSWORD", "PGPASSFILE", "PGCHANNELBINDING", "PGSERVICE", "PGSERVICEFILE",
			"PGSYSCONFDIR", "PGOPTIONS", "PGAPPNAME", "PGSSLMODE", "PGREQUIRESSL",
			"PGSSLCOMPRESSION", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL",
			"PGSSLCRLDIR", "PGSSLSNI", "PGREQUIREPEER", "PGSSLMINPROTOCOLVERSION",
			"PGSSLMAXPROTOCOLVERSION", "PGSSLCERTMODE", "PGSSLNEGOTIATION", "PGGSSENCMODE",
			"PGKRBSRVNAME", "PGGSSLIB", "PGGSSDELEGATION", "PGREQUIREAUTH", "PGCONNECT_TIMEOUT",
			"PGCLIENTENCODING", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS", "PGDATESTYLE",
			"PGTZ", "PGGEQO", "PGLOCALEDIR"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (getenv(names[i]))
			unsetenv(names[i]);
}

/* ---------------------------------------------------------------- the end of an address, and of the attempt */

static void close_connection(struct connect *connect)
{
	watch_free(connect->watch);
	connect->watch = NULL;
	timer_cancel(connect->timer);
	connect->is_waiting = false;
	if (connect->connection)
		PQfinish(connect->connection);
	connect->connection = NULL;
}

static void release(struct connect *connect)
{
	if (!connect)
		return;
	resolve_cancel(connect->resolve);
	work_cancel(connect->work);
	if (connect->timer)
		close_connection(connect);
	timer_free(connect->timer);
	str_release(&connect->reasons);
	free(connect);
}

void connect_cancel(struct connect *connect)
{
	release(connect);
}

/* An address failed. error 0: another try may help. */
static void note(struct connect *connect, int error, const char *problem)
{
	connect->failures++;
	connect->refusals += error != 0;
	if (error)
		connect->error = error;
	str_printf(&connect->reasons, "%s%s", connect->reasons.length ? "; " : "", problem);
}

static void fail(struct connect *connect)
{
	struct connect_events events = connect->events;
	void *user = connect->user;
	char reason[CONNECT_REASON_BYTES];
	bool is_final = connect->failures > 0 && connect->refusals == connect->failures;
	int error = is_final ? connect->error : -EAGAIN;

	utf8_print(reason, sizeof(reason), "%s",
			connect->reasons.length ? str_text(&connect->reasons) : "no host");
	release(connect);
	events.on_failed(user, error, is_final, reason);
}

static void give_up_address(struct connect *connect, int error, const char *problem)
{
	const struct database_host *host = &connect->config->hosts[connect->host];
	char whole[REFUSAL_BYTES];

	utf8_print(whole, sizeof(whole), "%s:%u: %s", host->name, host->port, problem);
	note(connect, error, whole);
	close_connection(connect);
	next_address(connect);
}

static void give_up(struct connect *connect)
{
	const struct database_host *host = &connect->config->hosts[connect->host];
	char problem[REFUSAL_BYTES];
	int r = refusal_describe(connect->config, host, PQerrorMessage(connect->connection), problem);

	note(connect, r == -EAGAIN ? 0 : r, problem);
	close_connection(connect);
	next_address(connect);
}

/* ---------------------------------------------------------------- the steps after the connection */

static void finish(struct connect *connect)
{
	struct connect_events events = connect->events;
	struct connected connected = {connect->connection, connect->has_hints};
	void *user = connect->user;

	connect->connection = NULL;
	release(connect);
	events.on_connected(user, &connected);
}

static int send_statements(struct connect *connect)
{
	if (!PQenterPipelineMode(connect->connection))
		return 0;
	for (unsigned i = 0; i < STATEMENT_NOTIFY; i++) {
		const struct statement_text *text = statements_text(i);
		Oid types[PARAMETERS_MAX];
		int count = (int)strlen(text->types);

		for (int k = 0; k < count; k++)
			types[k] = statements_oid(text->types[k]);
		if (!PQsendPrepare(connect->connection, text->name, text->sql, count, types))
			return 0;
	}
	if (!PQpipelineSync(connect->connection))
		return 0;
	/* CockroachDB has neither NOTIFY nor LISTEN: a transaction of their own. */
	connect->syncs = 2;
	if (connect->wants_hints && !PQsendQueryParams(connect->connection, "LISTEN episoded", 0, NULL, NULL,
						    NULL, NULL, 0))
		return 0;
	return PQsendPrepare(connect->connection, statements_text(STATEMENT_NOTIFY)->name,
			       statements_text(STATEMENT_NOTIFY)->sql, 0, NULL) &&
	       PQpipelineSync(connect->connection);
}

static const char *step_sql(const struct connect *connect)
{
	switch (connect->step) {
	case STEP_SETTINGS:
		return "SET statement_timeout = 4000; SET lock_timeout = 2000;"
		       " SET client_min_messages = warning; SELECT version()";
	/* So that the server notices a host that has gone while it held a lock. */
	case STEP_KEEPALIVE:
		return "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1;"
		       " SET tcp_keepalives_count = 3; SET tcp_user_timeout = 4000";
	case STEP_DURATION: return "SET transaction_timeout = 5000"; /* PostgreSQL 17 */
	case STEP_READ: return statements_read_schema;
	case STEP_MAKE: return statements_schema;
	case STEP_TUNE: return statements_tuning[connect->tuned];
	case STEP_PREPARE: break;
	}
	return "";
}

static void on_deadline(void *user)
{
	struct connect *connect = user;

	if (connect->is_waiting) {
		connect->is_waiting = false;
		timer_set(connect->timer, CONNECT_ADDRESS_MS);
		begin_step(connect, STEP_READ);
		return;
	}
	if (!connect->connection) { /* the start */
		next_host(connect);
		return;
	}
	give_up_address(connect, 0, NO_ANSWER);
}

/* The tables are of a newer version, or have a part of a state. */
static bool is_schema_refused(struct connect *connect)
{
	if (connect->schema > STATEMENTS_SCHEMA)
		give_up_address(connect, -ENOTSUP,
				"a newer episoded has changed the tables: upgrade this host too");
	else if (connect->schema < 0)
		give_up_address(connect, -ENOTSUP, STATEMENTS_PART_OF_A_COPY);
	else
		return false;
	return true;
}

/* Another process was faster: unique violation, duplicate table or column, or a conflict. */
static bool is_made_by_another(const char *state)
{
	return strncmp(state, "23", 2) == 0 || strcmp(state, "42P07") == 0 || strcmp(state, "42710") == 0 ||
	       failure_of(state) == FAILURE_AGAIN;
}

/* A statement of a step failed. */
static void give_up_step(struct connect *connect)
{
	char problem[CONNECT_REASON_BYTES + 256];

	snprintf(problem, sizeof(problem), "%s%s", connect->problem, failure_fix(connect->state));
	switch (failure_of(connect->state)) {
	case FAILURE_REFUSED: give_up_address(connect, -EACCES, problem); return;
	case FAILURE_OURS: give_up_address(connect, -EINVAL, problem); return;
	case FAILURE_NONE:
	case FAILURE_AWAY:
	case FAILURE_ABORTED:
	case FAILURE_AGAIN: give_up_address(connect, 0, problem); return;
	}
}

/* What the result of a whole step means. */
static void end_step(struct connect *connect)
{
	bool is_good = !*connect->state;
	char problem[CONNECT_REASON_BYTES + 256];

	switch (connect->step) {
	case STEP_SETTINGS:
		if (!is_good)
			break;
		if (PQserverVersion(connect->connection) < VERSION_MIN && !connect->is_known_server) {
			snprintf(problem, sizeof(problem),
					"the server is PostgreSQL %d: upgrade it to 14 or newer",
					PQserverVersion(connect->connection) / 10000);
			give_up_address(connect, -ENOTSUP, problem);
			return;
		}
		begin_step(connect, STEP_KEEPALIVE);
		return;
	case STEP_KEEPALIVE: begin_step(connect, STEP_DURATION); return;
	case STEP_DURATION: begin_step(connect, STEP_READ); return;
	case STEP_READ:
		if (is_good && connect->has_schema && is_schema_refused(connect))
			return;
		if (is_good && connect->has_schema) {
			begin_step(connect, STEP_PREPARE);
			return;
		}
		if (is_good || strcmp(connect->state, "42P01") == 0) { /* undefined table */
			begin_step(connect, STEP_MAKE);
			return;
		}
		break;
	case STEP_MAKE:
		if (is_good) {
			connect->tuned = 0;
			begin_step(connect, STEP_TUNE);
			return;
		}
		if (is_made_by_another(connect->state) && ++connect->tries < TABLES_TRIES_MAX) {
			connect->is_waiting = true;
			timer_set(connect->timer, TABLES_AGAIN_MS);
			return;
		}
		break;
	case STEP_TUNE:
		if (++connect->tuned < statements_tuning_count)
			begin_step(connect, STEP_TUNE);
		else
			begin_step(connect, STEP_PREPARE);
		return;
	case STEP_PREPARE: break;
	}
	give_up_step(connect);
}

static void note_error(struct connect *connect, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (*connect->state)
		return;
	snprintf(connect->state, sizeof(connect->state), "%s", state ? state : "08006");
	snprintf(connect->problem, sizeof(connect->problem), "%s",
			message ? message : "the connection broke");
}

static void read_result(struct connect *connect, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
		if (connect->step == STEP_SETTINGS && PQntuples(result) == 1) {
			const char *version = PQgetvalue(result, 0, 0);

			connect->is_known_server = strstr(version, "Cockroach") || strstr(version, "-YB-");
		}
		if (connect->step == STEP_READ) {
			connect->has_schema = PQntuples(result) == 1;
			connect->schema =
					connect->has_schema ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 0;
		}
		return;
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY: return;
	default: note_error(connect, result); return;
	}
}

/* Prepared statements: the errors of the first part end the attempt, those of the second mean that there are no hints.
 * True: the step has ended. */
static bool read_prepared(struct connect *connect, const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);
	bool is_hint = connect->syncs == 1;

	if (status == PGRES_PIPELINE_SYNC) {
		if (is_hint)
			connect->has_hints = !*connect->state;
		if (!is_hint && *connect->state) {
			char problem[CONNECT_REASON_BYTES + 256];

			snprintf(problem, sizeof(problem), "%s: %s",
					connect->prepared < STATEMENT_COUNT
							? statements_text(connect->prepared)->name
							: "a statement",
					connect->problem);
			give_up_address(connect, failure_of(connect->state) == FAILURE_OURS ? -EINVAL : 0,
					problem);
			return true;
		}
		if (--connect->syncs == 0) {
			finish(connect);
			return true;
		}
		return false;
	}
	if (status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_ABORTED)
		note_error(connect, result);
	else if (!*connect->state)
		connect->prepared++;
	return false;
}

static int rewatch(struct connect *connect, uint32_t events);

/* Read what has come in. */
static void continue_step(struct connect *connect)
{
	int unsent;

	if (!PQconsumeInput(connect->connection)) {
		give_up(connect);
		return;
	}
	unsent = PQflush(connect->connection);
	if (unsent < 0) {
		give_up(connect);
		return;
	}
	while (!PQisBusy(connect->connection)) {
		PGresult *result = PQgetResult(connect->connection);

		if (!result && connect->step != STEP_PREPARE) {
			end_step(connect);
			return;
		}
		if (PQstatus(connect->connection) == CONNECTION_BAD) {
			PQclear(result);
			give_up(connect);
			return;
		}
		if (connect->step != STEP_PREPARE)
			read_result(connect, result);
		else if (result && read_prepared(connect, result)) {
			PQclear(result);
			return;
		}
		PQclear(result);
	}
	if (rewatch(connect, EPOLLIN | (unsent ? EPOLLOUT : 0)) < 0)
		give_up_address(connect, 0, "out of memory");
}

static void begin_step(struct connect *connect, enum step step)
{
	int is_sent;

	connect->step = step;
	*connect->state = *connect->problem = '\0';
	connect->has_schema = false;
	if (step == STEP_PREPARE) {
		connect->prepared = 0;
		is_sent = PQsetnonblocking(connect->connection, 1) == 0 && send_statements(connect);
	} else {
		is_sent = PQsendQuery(connect->connection, step_sql(connect));
	}
	if (!is_sent)
		give_up(connect);
	else if (rewatch(connect, EPOLLIN | EPOLLOUT) < 0)
		give_up_address(connect, 0, "out of memory");
}

/* ---------------------------------------------------------------- the connection */

static void on_ready(void *user, uint32_t events)
{
	struct connect *connect = user;

	(void)events;
	if (!connect->is_waiting)
		continue_step(connect);
	else if (!PQconsumeInput(connect->connection))
		give_up(connect);
}

static int rewatch(struct connect *connect, uint32_t events)
{
	if (connect->watch)
		return watch_change(connect->watch, events);
	return watch_new(connect->loop, PQsocket(connect->connection), events, on_ready, connect,
			&connect->watch);
}

/*
 * On a thread, because libpq reads the file of CAs (30 ms for those of a system) and hashes the password (4096 rounds)
 * inside PQconnectPoll().
 */
struct connect_opening {
	PGconn *connection;
	bool is_late;
};

static void poll_opening(struct connect_opening *opening)
{
	uint64_t deadline_ms = clock_monotonic_ms() + CONNECT_ADDRESS_MS;
	PostgresPollingStatusType polled = PGRES_POLLING_WRITING;

	while (polled == PGRES_POLLING_READING || polled == PGRES_POLLING_WRITING) {
		struct pollfd pollfd = {.fd = PQsocket(opening->connection),
				.events = polled == PGRES_POLLING_READING ? POLLIN : POLLOUT};
		uint64_t now_ms = clock_monotonic_ms();

		if (now_ms >= deadline_ms) {
			opening->is_late = true;
			return;
		}
		if (poll(&pollfd, 1, (int)(deadline_ms - now_ms)) > 0)
			polled = PQconnectPoll(opening->connection);
	}
}

static void opening_run(void *job)
{
	poll_opening(job);
	OPENSSL_thread_stop(); /* frees what OpenSSL has of this thread, while the process waits for the job */
}

static void opening_free(void *job)
{
	struct connect_opening *opening = job;

	if (opening->connection)
		PQfinish(opening->connection);
	free(opening);
}

static void on_opened(void *user, void *job)
{
	struct connect *connect = user;
	struct connect_opening *opening = job;
	const char *encoding;

	connect->work = NULL;
	connect->connection = opening->connection;
	opening->connection = NULL;
	timer_set(connect->timer, CONNECT_ADDRESS_MS);
	if (opening->is_late) {
		give_up_address(connect, 0, NO_ANSWER);
		return;
	}
	if (PQstatus(connect->connection) != CONNECTION_OK) {
		give_up(connect);
		return;
	}
	encoding = PQparameterStatus(connect->connection, "server_encoding");
	if (encoding && strcmp(encoding, "UTF8") != 0)
		give_up_address(connect, -EINVAL,
				"the database's encoding is not UTF8: create one with createdb -E UTF8 -T "
				"template0");
	else
		begin_step(connect, STEP_SETTINGS);
}

static void open_connection(struct connect *connect, const char *address)
{
	static const struct work_class class = {opening_run, opening_free, STACK_BYTES};
	const struct database_host *host = &connect->config->hosts[connect->host];
	struct connect_opening *opening;

	connect->tries = 0;
	connect->connection = open_start(connect->config, host, address, connect->name);
	if (!connect->connection) {
		give_up_address(connect, 0, "out of memory");
		return;
	}
	if (PQstatus(connect->connection) == CONNECTION_BAD) {
		give_up(connect);
		return;
	}
	opening = calloc(1, sizeof(*opening));
	if (opening) {
		opening->connection = connect->connection;
		if (work_start(connect->loop, &class, opening, on_opened, connect, &connect->work) == 0) {
			connect->connection = NULL;
			return;
		}
		free(opening);
	}
	connect->work = NULL;
	give_up_address(connect, 0, "out of memory");
}

/* ---------------------------------------------------------------- hosts and addresses */

static void on_addresses(void *user, const struct resolve_answer *answer)
{
	struct connect *connect = user;

	connect->resolve = NULL;
	connect->addresses = *answer;
	connect->address = 0;
	if (answer->error)
		note(connect, 0, answer->reason);
	next_address(connect);
}

static void next_address(struct connect *connect)
{
	if (connect->address < connect->addresses.count) {
		open_connection(connect, connect->addresses.addresses[connect->address++]);
		return;
	}
	connect->host++;
	next_host(connect);
}

static void next_host(struct connect *connect)
{
	const struct database_config *config = connect->config;

	connect->addresses.count = connect->address = 0;
	if (connect->host >= config->host_count) {
		fail(connect);
		return;
	}
	if (*config->hosts[connect->host].name == '/') {
		open_connection(connect, NULL);
		return;
	}
	if (resolve_start(connect->loop, config->hosts[connect->host].name, on_addresses, connect,
			    &connect->resolve) < 0) {
		connect->resolve = NULL;
		note(connect, 0, "cannot look up the name");
		next_address(connect);
	}
}

int connect_start(struct loop *loop, const struct database_config *config, const char *process,
		const char *purpose, bool wants_hints, const struct connect_events *events, void *user,
		struct connect **ret)
{
	struct connect *connect = calloc(1, sizeof(*connect));

	if (!connect)
		return -ENOMEM;
	connect->loop = loop;
	connect->config = config;
	connect->events = *events;
	connect->user = user;
	connect->wants_hints = wants_hints;
	connect->reasons = STR(CONNECT_REASON_BYTES * DATABASE_HOSTS_MAX * 2);
	snprintf(connect->name, sizeof(connect->name), "episoded %s %s", process, purpose);
	connect->timer = timer_new(loop, on_deadline, connect);
	if (!connect->timer) {
		free(connect);
		return -ENOMEM;
	}
	timer_set(connect->timer, 0);
	*ret = connect;
	return 0;
}
