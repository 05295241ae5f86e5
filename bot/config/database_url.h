#ifndef EPISODED_CONFIG_DATABASE_URL_H
#define EPISODED_CONFIG_DATABASE_URL_H

/* The URL of a PostgreSQL. Pure: text in, struct out. */

#include <stdbool.h>

#include "bot/config/config.h"

#define DATABASE_PORT_DEFAULT      5432
#define DATABASE_SOCKET_FOLDER     "/run/postgresql" /* the server's of Debian, if the URL names no host */
#define DATABASE_URL_MAX_BYTES     1024
#define DATABASE_NAME_MAX_BYTES    63 /* of a role or a database: NAMEDATALEN - 1 */
#define DATABASE_URL_PROBLEM_BYTES 320
/* The credential that has the password, if the configuration names no other. */
#define DATABASE_CREDENTIAL "state-password"

/* Is a text meant as a URL, not as a folder? True also for wrong URLs: "postgres:db", "mysql://db". */
bool database_url_is(const char *text);

/*
 * database_url_parse - take the URL of a PostgreSQL apart.
 *
 * Shape:  postgresql://USER@HOST[:PORT][,HOST[:PORT]...][/DATABASE][?OPTION=VALUE&...], as libpq reads it, with the
 *         options sslmode, host, port and target_session_attrs. A host that begins with "/" is the folder of a Unix
 *         socket, written percent-encoded or as ?host=/run/postgresql.
 * Owns:   sets url, hosts, user, database and is_plain of *ret; release with database_config_release().
 * Errors: -ENOMEM; -EBADMSG: ret_problem says what is wrong and how to correct it, to follow "\"state\": ". It quotes
 *         names of options only, since the URL may contain a password.
 */
int database_url_parse(
		const char *text, struct database_config *ret, char ret_problem[DATABASE_URL_PROBLEM_BYTES]);

void database_config_release(struct database_config *config); /* the password is wiped */

/* Is the host a folder with a Unix socket? */
bool database_host_is_socket(const struct database_host *host);
/* Does it stay on this machine: a Unix socket, "localhost" or a loopback address? */
bool database_host_is_local(const struct database_host *host);

#endif
