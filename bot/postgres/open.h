#ifndef EPISODED_POSTGRES_OPEN_H
#define EPISODED_POSTGRES_OPEN_H

/* The begin of a connection to one host. Every parameter of libpq is explicit, so that neither a variable of the
 * environment nor a file in the home folder changes it. */

#include <libpq-fe.h>

struct database_config;
struct database_host;

/*
 * As PQconnectStart(): go on with PQconnectPoll(). address: numeric; NULL: libpq looks the host's name up, which blocks.
 * name: for the server's list of connections. NULL: out of memory. Messages are at PQERRORS_VERBOSE, for
 * refusal_describe().
 */
PGconn *open_start(const struct database_config *config, const struct database_host *host,
		const char *address, const char *name);

#endif
