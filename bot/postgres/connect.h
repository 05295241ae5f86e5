#ifndef EPISODED_POSTGRES_CONNECT_H
#define EPISODED_POSTGRES_CONNECT_H

/*
 * One attempt to connect to a PostgreSQL: each host of the configuration, and each address of a host, until one takes the
 * connection and can be written to. Then missing tables are made, and the statements are prepared.
 * Nothing blocks: names are resolved by net/resolve, because libpq would do it inside the call.
 */

#include <libpq-fe.h>
#include <stdbool.h>

#include "bot/postgres/failure.h"

#define CONNECT_ADDRESS_MS   4000 /* for one address, up to its prepared statements */
#define CONNECT_REASON_BYTES 600

struct connect; /* one attempt */
struct database_config;
struct loop;

struct connected {
	PGconn *connection; /* in pipeline mode, not blocking; the caller's, who ends it by PQfinish() */
	bool has_hints;     /* the server has NOTIFY */
};

struct connect_events {
	void (*on_connected)(void *user, const struct connected *connected);
	/* No host took it. is_final: every one refused, and the operator has to mend it; error -EACCES, -ENOTSUP,
	 * -EINVAL. reason names the host and the fix. */
	void (*on_failed)(void *user, int error, bool is_final, const char *reason);
};

/* Remove the PG* variables from the environment, which would change what libpq does. Before threads start. */
void connect_clear_environment(void);

/* purpose: "work" or "beat", for application_name. wants_hints: LISTEN. Neither event is called inside. -ENOMEM. */
int connect_start(struct loop *loop, const struct database_config *config, const char *process,
		const char *purpose, bool wants_hints, const struct connect_events *events, void *user,
		struct connect **ret);
/* No event is called any more. NULL-safe; after an event the attempt is freed by itself. */
void connect_cancel(struct connect *connect);

#endif
