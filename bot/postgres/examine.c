/* A look at the database of a configuration. */

#include "bot/postgres/examine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/postgres/session.h"
#include "bot/postgres/statements.h"

#define VERSION_MIN     14
#define HOST_NAME_BYTES 256

/* The columns of the first statement. */
enum column {
	COLUMN_VERSION,
	COLUMN_NAME,
	COLUMN_ENCODING,
	COLUMN_SCHEMA,
	COLUMN_MAY_CREATE,
	COLUMN_HAS_TABLES,
	COLUMN_CLOCK
};

static const char look_sql[] = "SELECT current_setting('server_version_num'), version(), "
			       "current_setting('server_encoding'), current_schema(), "
			       "has_schema_privilege(current_schema(), 'CREATE'), "
			       "to_regclass('episoded_meta') IS NOT NULL, "
			       "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/* has_table_privilege() with a list means any of them. */
static const char rights_sql[] =
		"SELECT bool_and(has_table_privilege(c.oid, r.name)) FROM pg_class c, "
		"(VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE')) AS r(name) "
		"WHERE c.relkind = 'r' AND c.relname LIKE 'episoded\\_%' AND c.relnamespace = "
		"(SELECT oid FROM pg_namespace WHERE nspname = current_schema())";

static const char hosts_sql[] = "SELECT count(*) FROM episoded_host WHERE deadline > now() AND host = $1";

static bool is_true(const struct pg_result *rows, unsigned column)
{
	return str_equal(session_text(rows, 0, column), "t");
}

/* What the server is. CockroachDB and YugabyteDB count versions of their own. */
static void examine_server(const struct database_config *config, const char *host,
		const struct pg_result *rows, struct examined *ret)
{
	const char *name = session_text(rows, 0, COLUMN_NAME);
	const char *encoding = session_text(rows, 0, COLUMN_ENCODING), *words;
	int64_t version = session_number(rows, 0, COLUMN_VERSION) / 10000;
	bool is_other = name && (strstr(name, "Cockroach") || strstr(name, "-YB-"));

	/* "PostgreSQL 15.8 (Debian ...) on x86_64 ...": the first two words. */
	words = name ? strchr(name, ' ') : NULL;
	if (words)
		str_printf(ret->server, "%.*s on %s", (int)(words - name) + 1 + (int)strcspn(words + 1, " "),
				name, host);
	if (!is_other && version < VERSION_MIN)
		utf8_report(ret->problems, "the server is PostgreSQL %" PRId64 "; upgrade it to %d or later",
				version, VERSION_MIN);
	if (!str_equal(encoding, "UTF8"))
		utf8_report(ret->problems,
				"the encoding of the database \"%s\" is %s, not UTF8; create another one: "
				"createdb "
				"-E UTF8 -T template0 -O %s NAME",
				config->database, encoding ? encoding : "unknown", config->user);
}

static void examine_clock(int64_t theirs_ms, struct examined *ret)
{
	int64_t difference_ms = theirs_ms - (int64_t)clock_wall_ms();

	if (llabs(difference_ms) > EXAMINE_SKEW_MS)
		utf8_report(ret->warnings,
				"the clock of the database is %lld s %s this machine's; set both by NTP "
				"(timedatectl "
				"set-ntp true)",
				llabs(difference_ms) / 1000, difference_ms > 0 ? "ahead of" : "behind");
}

static void examine_new(
		const struct database_config *config, const struct pg_result *rows, struct examined *ret)
{
	const char *schema = session_text(rows, 0, COLUMN_SCHEMA);

	if (!schema)
		utf8_report(ret->problems,
				"the search_path of the user \"%s\" names no schema that it may use; create "
				"one: CREATE "
				"SCHEMA AUTHORIZATION %s",
				config->user, config->user);
	else if (!is_true(rows, COLUMN_MAY_CREATE))
		utf8_report(ret->problems,
				"the user \"%s\" may not make the tables; allow it: GRANT CREATE, USAGE ON "
				"SCHEMA %s TO "
				"%s (in the database \"%s\")",
				config->user, schema, config->user, config->database);
}

/* Statements that other rights than ours could refuse: the reason is the problem. */
static void report_failure(struct session *session, struct examined *ret)
{
	utf8_report(ret->problems, "%s", session_reason(session));
}

/* The host's own name, as cluster_new() takes it. */
static void read_host(const struct database_config *config, char ret[HOST_NAME_BYTES])
{
	utf8_print(ret, HOST_NAME_BYTES, "%s", config->host ? config->host : "");
	if (!config->host && gethostname(ret, HOST_NAME_BYTES - 1) < 0)
		ret[0] = '\0';
	ret[HOST_NAME_BYTES - 1] = '\0';
}

static void examine_tables(const struct database_config *config, struct session *session, const char *schema,
		struct examined *ret)
{
	struct pg_result *rows = NULL;
	char host[HOST_NAME_BYTES];
	const char *parameter = host;

	if (session_ask(session, rights_sql, 0, NULL, &rows) < 0) {
		report_failure(session, ret);
		return;
	}
	if (!is_true(rows, 0)) {
		utf8_report(ret->problems,
				"the user \"%s\" may not use the tables of another role; allow it: GRANT "
				"SELECT, "
				"INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %s TO %s, as their owner",
				config->user, schema, config->user);
		session_release(rows);
		return;
	}
	session_release(rows);
	rows = NULL;
	if (session_ask(session, statements_read_schema, 0, NULL, &rows) < 0)
		report_failure(session, ret);
	else if (session_rows(rows) == 1 && session_number(rows, 0, 0) > STATEMENTS_SCHEMA)
		utf8_report(ret->problems, "a newer episoded has changed the tables; upgrade this host, too");
	else if (session_rows(rows) == 1 && session_number(rows, 0, 0) < 0)
		utf8_report(ret->problems, "%s", STATEMENTS_PART_OF_A_COPY);
	session_release(rows);
	rows = NULL;
	read_host(config, host);
	if (session_ask(session, hosts_sql, 1, &parameter, &rows) == 0)
		ret->is_running = session_number(rows, 0, 0) > 0;
	session_release(rows);
}

int examine_database(const struct database_config *config, struct examined *ret)
{
	struct session *session = NULL;
	struct pg_result *rows = NULL;
	char reason[SESSION_REASON_BYTES];
	int r = session_open(config, "check", &session, reason);

	ret->is_running = false;
	if (r == -EACCES)
		utf8_report(ret->problems, "%s", reason);
	else if (r == -EAGAIN)
		utf8_report(ret->warnings, "%s; until the database answers, the bot runs only the lobby",
				reason);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (session_ask(session, look_sql, 0, NULL, &rows) < 0) {
		report_failure(session, ret);
	} else {
		examine_server(config, session_host(session), rows, ret);
		examine_clock(session_number(rows, 0, COLUMN_CLOCK), ret);
		if (is_true(rows, COLUMN_HAS_TABLES))
			examine_tables(config, session, session_text(rows, 0, COLUMN_SCHEMA), ret);
		else
			examine_new(config, rows, ret);
	}
	session_release(rows);
	session_close(session);
	return 0;
}
