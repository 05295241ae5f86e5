/* The parameters of a connection. */

#include "bot/postgres/open.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/config/config.h"
#include "bot/net/authorities.h"

#define KEYWORDS_MAX 24
#define NO_FILE      "/dev/null/none" /* in place of libpq's files in the home folder */

struct keywords {
	const char *names[KEYWORDS_MAX + 1], *values[KEYWORDS_MAX + 1]; /* NULL at the end */
	unsigned count;
};

/* A value that is NULL is libpq's default. */
static void set(struct keywords *keywords, const char *name, const char *value)
{
	if (!value || keywords->count == KEYWORDS_MAX)
		return;
	keywords->names[keywords->count] = name;
	keywords->values[keywords->count++] = value;
}

/* NOTICE and WARNING of the server, which libpq would print. */
static void on_notice(void *user, const PGresult *result)
{
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	(void)user;
	log_debug("PostgreSQL: %s", text ? text : "a notice");
}

PGconn *open_start(const struct database_config *config, const struct database_host *host,
		const char *address, const char *name)
{
	const char *ca_file = config->ca_file ? config->ca_file : authorities_bundle();
	struct keywords keywords = {.count = 0};
	char port[16];
	PGconn *connection;

	snprintf(port, sizeof(port), "%u", host->port);
	set(&keywords, "host", host->name);
	set(&keywords, "hostaddr", address);
	set(&keywords, "port", port);
	set(&keywords, "user", config->user);
	set(&keywords, "dbname", config->database);
	set(&keywords, "password", config->password);
	set(&keywords, "passfile", NO_FILE); /* it warns of /dev/null, on standard error */
	set(&keywords, "client_encoding", "UTF8");
	set(&keywords, "application_name", name);
	set(&keywords, "target_session_attrs", "read-write");
	set(&keywords, "gssencmode", "disable");
	set(&keywords, "sslmode", config->is_plain ? "disable" : "verify-full");
	set(&keywords, "sslrootcert", config->is_plain ? NO_FILE : ca_file);
	set(&keywords, "sslcert", config->certificate ? config->certificate : NO_FILE);
	set(&keywords, "sslkey", config->key ? config->key : NO_FILE);
	set(&keywords, "sslcrl", NO_FILE);
	set(&keywords, "keepalives_idle", "2");
	set(&keywords, "keepalives_interval", "1");
	set(&keywords, "keepalives_count", "3");
	set(&keywords, "tcp_user_timeout", "4000");
	connection = PQconnectStartParams(keywords.names, keywords.values, 0);
	if (!connection)
		return NULL;
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	PQsetNoticeReceiver(connection, on_notice, NULL);
	return connection;
}
