#ifndef EPISODED_POSTGRES_FAILURE_H
#define EPISODED_POSTGRES_FAILURE_H

/* What to do about a failed statement or connection, by its SQLSTATE. Pure. */

#include <stdbool.h>

#define FAILURE_STATE_BYTES 6 /* five characters and the NUL */

enum failure {
	FAILURE_NONE,
	FAILURE_AWAY,    /* the server has gone, or is full: connect again */
	FAILURE_AGAIN,   /* a conflict with another transaction, or a timeout: the same again */
	FAILURE_REFUSED, /* password, rights, no such database: only the operator can help */
	FAILURE_OURS,    /* a value is wrong: the statement would fail again */
	FAILURE_ABORTED, /* not done, because an earlier statement of its transaction failed */
};

/* sqlstate: five characters; NULL or "": the connection broke. */
enum failure failure_of(const char *sqlstate);
/* As line_ask() tells it: 0, -EAGAIN, -EBUSY (AGAIN), -EACCES, -EINVAL, -ECANCELED (ABORTED). */
int failure_errno(enum failure failure);

/* The SQLSTATE in a message of libpq at PQERRORS_VERBOSE: "FATAL:  28P01: password authentication failed". False:
 * there is no SQLSTATE. */
bool failure_state(const char *message, char ret[FAILURE_STATE_BYTES]);
/* What the operator can do, as a phrase that follows the message; "" where waiting is all. */
const char *failure_fix(const char *sqlstate);

#endif
