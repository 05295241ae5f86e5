#ifndef EPISODED_POSTGRES_SESSION_H
#define EPISODED_POSTGRES_SESSION_H

/*
 * A connection to a PostgreSQL for a command that ends, such as "check config" and "store copy": each call waits for its
 * answer. The running bot uses bot/postgres/line.h, which never waits.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/postgres/refusal.h"

#define SESSION_REASON_BYTES (REFUSAL_BYTES * 2) /* of several hosts */
#define SESSION_CONNECT_S    3                   /* for each host */
#define SESSION_ANSWER_S     60

struct database_config;
struct pg_result; /* PGresult of libpq */
struct session;   /* opaque */

/*
 * Connect to the first host that takes the connection and can be written to. purpose: "check", for the server's list of
 * connections.
 *
 * Errors: -EACCES: only the operator can help; -EAGAIN: no server, or not now; -ENOMEM. ret_reason has a line with the
 *         fix. Nothing is changed in the database.
 */
int session_open(const struct database_config *config, const char *purpose, struct session **ret,
		char ret_reason[SESSION_REASON_BYTES]);
void session_close(struct session *session); /* NULL-safe */

/*
 * session_ask - run one statement, with parameters in text format ($1, $2 ...; NULL is SQL's NULL).
 *
 * Owns:   *ret_rows, to be released with session_release(); ret_rows may be NULL.
 * Errors: -EAGAIN: the connection broke, or a conflict: try again on a new one; -EACCES: no right; -EBADMSG: any other
 *         error; -ENOMEM. session_reason() says why.
 */
int session_ask(struct session *session, const char *sql, unsigned count, const char *const *parameters,
		struct pg_result **ret_rows);
/* Several statements without parameters, separated by semicolons: one transaction. */
int session_run(struct session *session, const char *sql);
/* Why the last call failed: one line. Borrowed. And its SQLSTATE, or "". */
const char *session_reason(const struct session *session);
const char *session_state(const struct session *session);

/* "db.example.org": the host that took the connection. Borrowed. */
const char *session_host(const struct session *session);

size_t session_rows(const struct pg_result *rows);
/* Borrowed; NULL for SQL's NULL. */
const char *session_text(const struct pg_result *rows, size_t row, unsigned column);
int64_t session_number(const struct pg_result *rows, size_t row, unsigned column); /* 0: no number */
void session_release(struct pg_result *rows);                                      /* NULL-safe */

#endif
