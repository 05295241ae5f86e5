#ifndef EPISODED_POSTGRES_REFUSAL_H
#define EPISODED_POSTGRES_REFUSAL_H

/* Why a PostgreSQL did not take a connection, and what the operator can do: the words of "check config", of "store copy"
 * and of the log. Pure. */

#define REFUSAL_BYTES 600

struct database_config;
struct database_host;

/*
 * refusal_describe - what a message of libpq means.
 *
 * Shape:   as PQerrorMessage() gives it at PQERRORS_VERBOSE: 'connection to server at "db" (10.0.0.1), port 5432 failed:
 *          FATAL:  28P01: password authentication failed ...', then more lines. The server's words are in its language
 *          (lc_messages), so the SQLSTATE decides where there is one.
 * Owns:    ret: one line, "db:5432: the reason; the fix".
 * Returns: -EACCES: only the operator can help; -EAGAIN: another try may help.
 */
int refusal_describe(const struct database_config *config, const struct database_host *host,
		const char *message, char ret[REFUSAL_BYTES]);

#endif
