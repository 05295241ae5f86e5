/* SQLSTATEs of PostgreSQL (appendix "Error codes" of its manual), and what the line does about them. */

#include "bot/postgres/failure.h"

#include <errno.h>
#include <string.h>

/*
 * The longest prefix wins. Not in the table: our fault, and what it is about is dropped, as with 22 (a value that the
 * server refuses), 23 (a constraint) and 54 (a key that is too long). A missing table or prepared statement is not: a
 * new connection makes it.
 */
static const struct {
	const char *prefix;
	enum failure failure;
	const char *fix;
} known[] = {
		{"08", FAILURE_AWAY, ""}, /* connection exceptions */
		{"0A", FAILURE_AWAY, ""}, /* "cached plan must not change result type" */
		{"25", FAILURE_AWAY, ""}, /* transaction state */
		{"26", FAILURE_AWAY, ": let PgBouncer pool sessions (pool_mode = session)"},
		{"42", FAILURE_AWAY, ": the tables are not those of this program; restore them"},
		{"53", FAILURE_AWAY, ""},    /* disk full, out of memory ... */
		{"55000", FAILURE_AWAY, ""}, /* not in the state: a standby that is becoming primary */
		{"57P", FAILURE_AWAY, ""},   /* shutdown, crash, start */
		{"58", FAILURE_AWAY, ""},    /* input and output of the server */
		{"XX", FAILURE_AWAY, ""},    /* a fault of the server */
		{"25006", FAILURE_AWAY, ": the server is read-only; list the primary in the URL"},
		{"53100", FAILURE_AWAY, ": free disk space on the database's server"},
		{"53300", FAILURE_AWAY, ": raise max_connections of the server (each process needs 2)"},
		{"40001", FAILURE_AGAIN, ""}, /* serialization failure */
		{"40P01", FAILURE_AGAIN, ""}, /* deadlock detected */
		{"55P03", FAILURE_AGAIN, ""}, /* lock_timeout */
		{"57014", FAILURE_AGAIN, ""}, /* statement_timeout */
		{"28", FAILURE_REFUSED, ""},
		{"42501", FAILURE_REFUSED,
				": as the owner of the database, GRANT CREATE, USAGE ON SCHEMA public TO the "
				"user "
				"of the URL"},
};

static const char state_alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static int find(const char *sqlstate)
{
	size_t longest = 0;
	int found = -1;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t length = strlen(known[i].prefix);

		if (length > longest && strncmp(sqlstate, known[i].prefix, length) == 0) {
			longest = length;
			found = (int)i;
		}
	}
	return found;
}

enum failure failure_of(const char *sqlstate)
{
	int found;

	if (!sqlstate || !*sqlstate)
		return FAILURE_AWAY;
	found = find(sqlstate);
	return found < 0 ? FAILURE_OURS : known[found].failure;
}

int failure_errno(enum failure failure)
{
	switch (failure) {
	case FAILURE_NONE: return 0;
	case FAILURE_AWAY: return -EAGAIN;
	case FAILURE_AGAIN: return -EBUSY;
	case FAILURE_REFUSED: return -EACCES;
	case FAILURE_ABORTED: return -ECANCELED;
	case FAILURE_OURS: break;
	}
	return -EINVAL;
}

/* The severity before it is in the server's language; the code is between ":  " and ": ". */
bool failure_state(const char *message, char ret[FAILURE_STATE_BYTES])
{
	for (const char *at = strstr(message, ":  "); at; at = strstr(at + 1, ":  ")) {
		if (strspn(at + 3, state_alphabet) == FAILURE_STATE_BYTES - 1 &&
				(at[8] == ':' || at[8] == '\n' || at[8] == '\0')) {
			memcpy(ret, at + 3, FAILURE_STATE_BYTES - 1);
			ret[FAILURE_STATE_BYTES - 1] = '\0';
			return true;
		}
	}
	return false;
}

const char *failure_fix(const char *sqlstate)
{
	int found = sqlstate && *sqlstate ? find(sqlstate) : -1;

	return found < 0 ? "" : known[found].fix;
}
