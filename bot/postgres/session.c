/* A blocking connection to a PostgreSQL. */

#include "bot/postgres/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/postgres/open.h"

#define NAME_BYTES 64

struct session {
	const struct database_config *config;
	const struct database_host *host;
	PGconn *connection;
	char state[6], reason[REFUSAL_BYTES];
};

/* ---------------------------------------------------------------- connecting */

/* Wait for the socket. False: the deadline has passed. */
static bool wait_for(PGconn *connection, short events, uint64_t deadline_ms)
{
	struct pollfd descriptor = {.fd = PQsocket(connection), .events = events};
	uint64_t now_ms;
	int r;

	do {
		now_ms = clock_boot_ms();
		r = now_ms < deadline_ms ? poll(&descriptor, 1, (int)(deadline_ms - now_ms)) : 0;
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

/* True: connected. False: ret_message is set, borrowed from the connection or static. */
static bool establish(PGconn *connection, const char **ret_message)
{
	uint64_t deadline_ms = clock_boot_ms() + SESSION_CONNECT_S * 1000;
	PostgresPollingStatusType status = PGRES_POLLING_WRITING;

	while (PQstatus(connection) != CONNECTION_BAD) {
		if (!wait_for(connection, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ms)) {
			*ret_message = "timeout expired";
			return false;
		}
		status = PQconnectPoll(connection);
		if (status == PGRES_POLLING_OK)
			return true;
		if (status == PGRES_POLLING_FAILED)
			break;
	}
	*ret_message = PQerrorMessage(connection);
	return false;
}

int session_open(const struct database_config *config, const char *purpose, struct session **ret,
		char ret_reason[SESSION_REASON_BYTES])
{
	struct session *session = calloc(1, sizeof(*session));
	struct str reasons = STR((size_t)REFUSAL_BYTES * DATABASE_HOSTS_MAX);
	char name[NAME_BYTES];
	int r = session ? 0 : -ENOMEM;

	snprintf(name, sizeof(name), "episoded %s", purpose);
	for (size_t i = 0; session && !session->connection && i < config->host_count && r != -ENOMEM; i++) {
		PGconn *connection = open_start(config, &config->hosts[i], NULL, name);
		const char *message = NULL;
		char reason[REFUSAL_BYTES];
		int why = -ENOMEM;

		if (connection && establish(connection, &message)) {
			session->connection = connection;
			session->host = &config->hosts[i];
			break;
		}
		if (connection)
			why = refusal_describe(config, &config->hosts[i], message, reason);
		if (connection)
			str_printf(&reasons, "%s%s", reasons.length ? " | " : "", reason);
		PQfinish(connection);
		/* Final only if every host refuses. */
		r = why == -ENOMEM || r == 0 || why == -EAGAIN ? why : r;
	}
	if (session && session->connection) {
		session->config = config;
		*ret = session;
		r = 0;
	} else {
		utf8_print(ret_reason, SESSION_REASON_BYTES, "%s",
				r == -ENOMEM ? strerror(ENOMEM) : str_text(&reasons));
		free(session);
	}
	str_release(&reasons);
	return r;
}

void session_close(struct session *session)
{
	if (!session)
		return;
	PQfinish(session->connection);
	free(session);
}

/* ---------------------------------------------------------------- statements */

static int fail(struct session *session, const char *state, const char *message)
{
	snprintf(session->state, sizeof(session->state), "%s", state ? state : "");
	utf8_print(session->reason, sizeof(session->reason), "%s: %.*s", session->host->name,
			(int)strcspn(message, "\n"), message);
	if (!state || PQstatus(session->connection) == CONNECTION_BAD || str_starts(state, "08") ||
			str_starts(state, "57") || str_starts(state, "40"))
		return -EAGAIN;
	return str_equal(state, "42501") ? -EACCES : -EBADMSG;
}

/* Takes the result of one statement; NULL: out of memory, or the connection broke. */
static int judge(struct session *session, PGresult *result, struct pg_result **ret_rows)
{
	ExecStatusType status = PQresultStatus(result);
	int r = 0;

	session->state[0] = session->reason[0] = '\0';
	if (!result)
		r = fail(session, NULL, PQerrorMessage(session->connection));
	else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY) {
		const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

		r = fail(session, PQresultErrorField(result, PG_DIAG_SQLSTATE),
				message ? message : PQerrorMessage(session->connection));
	}
	if (r == 0 && ret_rows)
		*ret_rows = result;
	else
		PQclear(result);
	return r;
}

/* Wait until the whole result is there; NULL as judge() expects it. */
static PGresult *await(struct session *session)
{
	uint64_t deadline_ms = clock_boot_ms() + SESSION_ANSWER_S * 1000;
	PGresult *last = NULL, *next;

	for (;;) {
		while (PQisBusy(session->connection)) {
			if (!wait_for(session->connection, POLLIN, deadline_ms) ||
					!PQconsumeInput(session->connection)) {
				PQclear(last);
				return NULL;
			}
		}
		next = PQgetResult(session->connection);
		if (!next)
			return last;
		/* Of several statements, the one that failed; otherwise the last. */
		if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
			PQclear(next);
			continue;
		}
		PQclear(last);
		last = next;
	}
}

int session_ask(struct session *session, const char *sql, unsigned count, const char *const *parameters,
		struct pg_result **ret_rows)
{
	int is_sent = PQsendQueryParams(
			session->connection, sql, (int)count, NULL, parameters, NULL, NULL, 0);

	return judge(session, is_sent ? await(session) : NULL, ret_rows);
}

int session_run(struct session *session, const char *sql)
{
	return judge(session, PQsendQuery(session->connection, sql) ? await(session) : NULL, NULL);
}

const char *session_reason(const struct session *session)
{
	return session->reason;
}

const char *session_state(const struct session *session)
{
	return session->state;
}

const char *session_host(const struct session *session)
{
	return session->host->name;
}

/* ---------------------------------------------------------------- rows */

size_t session_rows(const struct pg_result *rows)
{
	return (size_t)PQntuples(rows);
}

const char *session_text(const struct pg_result *rows, size_t row, unsigned column)
{
	return PQgetisnull(rows, (int)row, (int)column) ? NULL : PQgetvalue(rows, (int)row, (int)column);
}

int64_t session_number(const struct pg_result *rows, size_t row, unsigned column)
{
	const char *text = session_text(rows, row, column);

	return text ? strtoll(text, NULL, 10) : 0;
}

void session_release(struct pg_result *rows)
{
	PQclear(rows);
}
