/* What the hosts of a cluster hold, read from the database. */

#include "bot/daemon/cluster_command.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/cluster/lease.h"
#include "bot/config/config.h"
#include "bot/postgres/session.h"
#include "bot/postgres/statements.h"

#define DEFAULT_CONFIG "/etc/episoded/episoded.json"
#define CELLS_MAX      10
#define CELL_MAX_BYTES 160
#define TEXT_MAX_BYTES (8 * 1024 * 1024)
#define TABLE_MAX      8192 /* rows of one table; the others are counted */

/* process, host, program, weight, state, ms until its deadline, its leases, s since its start, a hash of its gateways */
static const char hosts_sql[] = "SELECT h.process, h.host, h.program, h.weight, h.state, "
				"(extract(epoch FROM h.deadline - now()) * 1000)::bigint, "
				"(SELECT count(*) FROM episoded_lease l WHERE l.owner = h.process), "
				"(extract(epoch FROM now() - h.started_at))::bigint, h.gateways "
				"FROM episoded_host h ORDER BY h.deadline < now(), h.host, h.process";
/* name, owner, epoch, s since it was taken, ms until its deadline, ready, waits for IDENTIFY, bytes of its position */
static const char leases_sql[] =
		"SELECT name, coalesce(owner, ''), epoch, (extract(epoch FROM now() - since))::bigint, "
		"(extract(epoch FROM deadline - now()) * 1000)::bigint, is_ready::int, needs_identify::int, "
		"octet_length(position), kind FROM episoded_lease ORDER BY kind, gateway, total, number, "
		"name";
/* gateway, total, state, s since */
static const char sets_sql[] = "SELECT gateway, total, state, (extract(epoch FROM now() - since))::bigint "
			       "FROM episoded_shards ORDER BY gateway, total";
/* gateway, starts a day, left, s until they are reset, concurrency, ms until the latest moment of a bucket */
static const char starts_sql[] =
		"SELECT s.gateway, s.total, CASE WHEN s.reset_at <= now() THEN s.total ELSE s.remaining END, "
		"greatest(0, (extract(epoch FROM s.reset_at - now()))::bigint), s.concurrency, "
		"(SELECT greatest(0, (extract(epoch FROM max(g.next_at) - now()) * 1000)::bigint) "
		"FROM episoded_gate g WHERE g.gateway = s.gateway) FROM episoded_starts s ORDER BY s.gateway";
/* gateway, rate, free, ms of a pause */
static const char budgets_sql[] = "SELECT gateway, rate, free, "
				  "greatest(0, (extract(epoch FROM paused_until - now()) * 1000)::bigint) "
				  "FROM episoded_budget ORDER BY gateway";
/* gateway, process, slots */
static const char slots_sql[] = "SELECT gateway, process, slots FROM episoded_slots WHERE slots > 0 ORDER BY "
				"gateway, process";
/* open, handed in, s since the oldest */
static const char journal_sql[] = "SELECT count(*), count(CASE WHEN begun_by = '' THEN 1 END), "
				  "coalesce((extract(epoch FROM now() - min(begun_at)))::bigint, 0) "
				  "FROM episoded_journal WHERE done_at IS NULL";

enum part { HOSTS, LEASES, SETS, STARTS, BUDGETS, SLOTS, JOURNAL, PARTS };
static const char *const part_sql[PARTS] = {
		[HOSTS] = hosts_sql,
		[LEASES] = leases_sql,
		[SETS] = sets_sql,
		[STARTS] = starts_sql,
		[BUDGETS] = budgets_sql,
		[SLOTS] = slots_sql,
		[JOURNAL] = journal_sql,
};

/* ---------------------------------------------------------------- reading */

/* One line of text, escaped. */
__attribute__((format(printf, 2, 3))) static void add_line(struct str *str, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(str, format, arguments);
	va_end(arguments);
	str_append(str, "\n");
}

static int fail(struct session *session, int error, struct str *report)
{
	if (str_equal(session_state(session), "42P01")) {
		add_line(report, "%s has no state of episoded yet: start a host first",
				session_host(session));
		return EX_DATAERR;
	}
	add_line(report, "%s: %s", session_host(session), session_reason(session));
	return error == -EAGAIN ? EX_UNAVAILABLE : error == -EACCES ? EX_NOPERM : EX_OSERR;
}

static int open_session(const struct database_config *config, struct session **ret, struct str *report)
{
	char reason[SESSION_REASON_BYTES];
	int r = session_open(config, "cluster", ret, reason);

	if (!r)
		return EX_OK;
	add_line(report, "%s", r == -ENOMEM ? "out of memory" : reason);
	return r == -EAGAIN ? EX_UNAVAILABLE : r == -EACCES ? EX_NOPERM : EX_OSERR;
}

static const char *text(const struct pg_result *rows, size_t row, unsigned column)
{
	const char *cell = session_text(rows, row, column);

	return cell ? cell : "";
}

/* "b" of "b/1a2b3c4d". */
static int host_length(const char *process)
{
	const char *slash = strrchr(process, '/');

	return slash ? (int)(slash - process) : (int)strlen(process);
}

/* ---------------------------------------------------------------- as text */

/* Rows of cells, whose columns are made as wide as their widest cell. */
struct printed_table {
	unsigned columns;
	unsigned widths[CELLS_MAX];
	struct str cells; /* each ends with a NUL */
};

__attribute__((format(printf, 2, 3))) static void cell(struct printed_table *table, const char *format, ...)
{
	struct str line = STR(CELL_MAX_BYTES);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	str_append(&table->cells, str_text(&line));
	str_append_char(&table->cells, '\0');
	str_release(&line);
}

static void print_table(struct printed_table *table, struct str *str)
{
	const char *at = table->cells.bytes, *end = at + table->cells.length;

	for (unsigned column = 0; at && at < end; at += strlen(at) + 1, column++) {
		unsigned width = (unsigned)strlen(at), *widest = &table->widths[column % table->columns];

		*widest = width > *widest ? width : *widest;
	}
	at = table->cells.bytes;
	for (unsigned column = 0; at && at < end; at += strlen(at) + 1, column++) {
		bool is_last = column % table->columns == table->columns - 1;

		str_printf(str, "%s%s", column % table->columns ? "  " : "", at);
		if (is_last)
			str_append(str, "\n");
		else
			str_printf(str, "%*s", (int)(table->widths[column % table->columns] - strlen(at)),
					"");
	}
	str_release(&table->cells);
}

static struct printed_table table_of(unsigned columns, const char *const *heads)
{
	struct printed_table table = {.columns = columns, .cells = STR(4 * 1024 * 1024)};

	for (unsigned i = 0; i < columns; i++)
		cell(&table, "%s", heads[i]);
	return table;
}

/* "34 s", "12 min", "5 h", "3 d". */
static void cell_time(struct printed_table *table, int64_t seconds, const char *after)
{
	if (seconds < 120)
		cell(table, "%" PRId64 " s%s", seconds, after);
	else if (seconds < 2 * 3600)
		cell(table, "%" PRId64 " min%s", seconds / 60, after);
	else if (seconds < 2 * 86400)
		cell(table, "%" PRId64 " h%s", seconds / 3600, after);
	else
		cell(table, "%" PRId64 " d%s", seconds / 86400, after);
}

static const char *host_state(const struct pg_result *rows, size_t row)
{
	if (session_number(rows, row, 5) >= 0)
		return text(rows, row, 4);
	return str_equal(text(rows, row, 4), "left") ? "stopped" : "away";
}

static void print_hosts(const struct pg_result *rows, struct str *str)
{
	static const char *const heads[] = {
			"HOST", "PROCESS", "VERSION", "WEIGHT", "LEASES", "STATE", "STARTED", "LAST BEAT"};
	struct printed_table table = table_of(8, heads);

	for (size_t i = 0; i < session_rows(rows) && i < TABLE_MAX; i++) {
		cell(&table, "%s", text(rows, i, 1));
		cell(&table, "%s", text(rows, i, 0));
		cell(&table, "%s", text(rows, i, 2));
		cell(&table, "%s", text(rows, i, 3));
		cell(&table, "%s", text(rows, i, 6));
		cell(&table, "%s", host_state(rows, i));
		cell_time(&table, session_number(rows, i, 7), " ago");
		cell_time(&table, (LEASE_MS - session_number(rows, i, 5)) / 1000, " ago");
	}
	print_table(&table, str);
}

static const char *lease_state(const struct pg_result *rows, size_t row)
{
	bool is_shard = str_equal(text(rows, row, 8), "shard");

	if (!*text(rows, row, 1))
		return "free";
	if (session_number(rows, row, 4) < 0)
		return "lapsed";
	if (!is_shard)
		return "held";
	if (session_number(rows, row, 5))
		return "ready";
	return session_number(rows, row, 6) ? "waits to identify" : "connecting";
}

static void print_leases(const struct pg_result *rows, struct str *str)
{
	static const char *const heads[] = {"LEASE", "HOST", "EPOCH", "SINCE", "STATE", "RENEWED"};
	struct printed_table table = table_of(6, heads);

	for (size_t i = 0; i < session_rows(rows) && i < TABLE_MAX; i++) {
		const char *owner = text(rows, i, 1);

		cell(&table, "%s", text(rows, i, 0));
		cell(&table, "%.*s", *owner ? host_length(owner) : 1, *owner ? owner : "-");
		cell(&table, "%s", text(rows, i, 2));
		cell_time(&table, session_number(rows, i, 3), "");
		cell(&table, "%s", lease_state(rows, i));
		if (*owner)
			cell_time(&table, (LEASE_MS - session_number(rows, i, 4)) / 1000, " ago");
		else
			cell(&table, "-");
	}
	print_table(&table, str);
	if (session_rows(rows) > TABLE_MAX)
		str_printf(str, "and %zu more\n", session_rows(rows) - TABLE_MAX);
}

static void print_discord(struct pg_result *const *parts, struct str *str)
{
	const struct pg_result *sets = parts[SETS], *starts = parts[STARTS], *budgets = parts[BUDGETS],
			       *slots = parts[SLOTS];

	for (size_t i = 0; i < session_rows(sets); i++)
		add_line(str, "%s: %s shards, %s", text(sets, i, 0), text(sets, i, 1), text(sets, i, 2));
	for (size_t i = 0; i < session_rows(starts); i++)
		str_printf(str,
				"%s: %s of %s starts left, reset in %" PRId64
				" min; %s at once, the next after %.1f s\n",
				text(starts, i, 0), text(starts, i, 2), text(starts, i, 1),
				session_number(starts, i, 3) / 60, text(starts, i, 4),
				(double)session_number(starts, i, 5) / 1000);
	for (size_t i = 0; i < session_rows(budgets); i++) {
		const char *gateway = text(budgets, i, 0);

		str_printf(str, "%s: %s REST requests a second: %s free", gateway, text(budgets, i, 1),
				text(budgets, i, 2));
		for (size_t j = 0; j < session_rows(slots); j++) {
			const char *process = text(slots, j, 1);

			if (str_equal(text(slots, j, 0), gateway))
				str_printf(str, ", %.*s %s", host_length(process), process,
						text(slots, j, 2));
		}
		if (session_number(budgets, i, 3) > 0)
			str_printf(str, "; paused for %.1f s", (double)session_number(budgets, i, 3) / 1000);
		str_append(str, "\n");
	}
}

static void print_journal(const struct pg_result *rows, struct str *str)
{
	int64_t open = session_number(rows, 0, 0);

	if (!open)
		str_append(str, "no open questions\n");
	else
		str_printf(str,
				"%" PRId64 " open question(s), %" PRId64
				" of them handed in, the oldest for %" PRId64 " s\n",
				open, session_number(rows, 0, 1), session_number(rows, 0, 2));
}

static void print_text(struct pg_result *const *parts, struct str *str)
{
	print_hosts(parts[HOSTS], str);
	str_append(str, "\n");
	print_leases(parts[LEASES], str);
	str_append(str, "\n");
	print_discord(parts, str);
	print_journal(parts[JOURNAL], str);
}

/* ---------------------------------------------------------------- as JSON */

/* The name of each column of a part; after ':' its kind: n number, b boolean, otherwise a text. */
static const char *const columns[PARTS][CELLS_MAX] = {
		[HOSTS] = {"process", "host", "version", "n:weight", "state", "n:deadline_ms", "n:leases",
				"n:started_s", "gateways"},
		[LEASES] = {"name", "owner", "n:epoch", "n:since_s", "n:deadline_ms", "b:ready",
				"b:needs_identify", "n:position_bytes", "kind"},
		[SETS] = {"gateway", "n:total", "state", "n:since_s"},
		[STARTS] = {"gateway", "n:total", "n:remaining", "n:reset_s", "n:concurrency", "n:next_ms"},
		[BUDGETS] = {"gateway", "n:rate", "n:free", "n:paused_ms"},
		[SLOTS] = {"gateway", "process", "n:slots"},
		[JOURNAL] = {"n:open", "n:handed_in", "n:oldest_s"},
};
static const char *const part_names[PARTS] = {
		[HOSTS] = "hosts",
		[LEASES] = "leases",
		[SETS] = "sets",
		[STARTS] = "starts",
		[BUDGETS] = "budgets",
		[SLOTS] = "slots",
		[JOURNAL] = "journal",
};

static cJSON *object_of(enum part part, const struct pg_result *rows, size_t row)
{
	cJSON *object = cJSON_CreateObject();

	for (unsigned column = 0; column < CELLS_MAX && columns[part][column]; column++) {
		const char *name = columns[part][column];

		if (str_starts(name, "n:"))
			cJSON_AddNumberToObject(object, name + 2, (double)session_number(rows, row, column));
		else if (str_starts(name, "b:"))
			cJSON_AddBoolToObject(object, name + 2, session_number(rows, row, column) != 0);
		else
			cJSON_AddStringToObject(object, name, text(rows, row, column));
	}
	return object;
}

static int print_json(struct pg_result *const *parts, struct str *str)
{
	cJSON *root = cJSON_CreateObject();
	char *printed;

	for (enum part part = 0; part < JOURNAL; part++) {
		cJSON *array = cJSON_AddArrayToObject(root, part_names[part]);

		for (size_t i = 0; i < session_rows(parts[part]); i++)
			cJSON_AddItemToArray(array, object_of(part, parts[part], i));
	}
	cJSON_AddItemToObject(root, part_names[JOURNAL], object_of(JOURNAL, parts[JOURNAL], 0));
	printed = cJSON_Print(root);
	if (printed) {
		str_append(str, printed);
		str_append(str, "\n");
	}
	cJSON_free(printed);
	cJSON_Delete(root);
	return printed ? 0 : -ENOMEM;
}

/* ---------------------------------------------------------------- the commands */

static int show(const struct database_config *config, bool is_json, struct str *ret_text, struct str *report)
{
	struct pg_result *parts[PARTS] = {NULL};
	struct session *session = NULL;
	int code = open_session(config, &session, report);

	for (enum part part = 0; code == EX_OK && part < PARTS; part++) {
		int r = session_ask(session, part_sql[part], 0, NULL, &parts[part]);

		if (r < 0)
			code = fail(session, r, report);
	}
	if (code == EX_OK && is_json && print_json(parts, ret_text) < 0)
		code = EX_OSERR;
	else if (code == EX_OK && !is_json)
		print_text(parts, ret_text);
	for (enum part part = 0; part < PARTS; part++)
		session_release(parts[part]);
	session_close(session);
	return code;
}

/* Only processes whose permits ended long ago: those of a live host are refused. */
static const char drop_sql[] =
		"DELETE FROM episoded_host h WHERE h.host = $1 AND h.deadline < now() - interval '5 seconds' "
		"AND NOT EXISTS (SELECT 1 FROM episoded_slots s WHERE s.process = h.process) RETURNING "
		"h.process";
static const char alive_sql[] = "SELECT process FROM episoded_host WHERE host = $1 AND deadline >= now() - "
				"interval '5 seconds'";

static int drop(const struct database_config *config, const char *host, struct str *ret_text,
		struct str *report)
{
	struct pg_result *alive = NULL, *dropped = NULL;
	struct session *session = NULL;
	int code = open_session(config, &session, report), r;

	if (code != EX_OK)
		goto out;
	r = session_ask(session, alive_sql, 1, &host, &alive);
	if (!r && !session_rows(alive))
		r = session_ask(session, statements_text(STATEMENT_SLOTS_REAP)->sql, 0, NULL, NULL);
	if (!r && !session_rows(alive))
		r = session_ask(session, drop_sql, 1, &host, &dropped);
	if (r < 0) {
		code = fail(session, r, report);
	} else if (session_rows(alive)) {
		add_line(report,
				"host %s lives, or lived a moment ago (process %s): stop it there, and drop "
				"it "
				"10 s later",
				host, text(alive, 0, 0));
		code = EX_TEMPFAIL;
	} else if (!session_rows(dropped)) {
		add_line(report, "no host %s: see \"episoded cluster\"", host);
		code = EX_DATAERR;
	} else {
		add_line(ret_text, "dropped %zu process(es) of host %s", session_rows(dropped), host);
	}
out:
	session_release(alive);
	session_release(dropped);
	session_close(session);
	return code;
}

int cluster_command(const char *config_path, bool is_json, int count, char *const *words,
		void (*print)(bool is_error, const char *text))
{
	const char *path = config_path ? config_path : DEFAULT_CONFIG;
	bool is_drop = count == 2 && str_equal(words[0], "drop");
	struct str told = STR(TEXT_MAX_BYTES), report = STR(64 * 1024);
	struct config *config = NULL;
	int code, r;

	if (count && !is_drop) {
		print(true, "\"cluster\" needs no argument, or \"drop\" and the name of a host.\n");
		return EX_USAGE;
	}
	r = config_load_database(path, &report, &config);
	if (r < 0) {
		code = r == -ENOMEM ? EX_OSERR : EX_CONFIG;
	} else if (!config->database) {
		add_line(&report,
				"%s: \"state\" is a folder: this host is alone; see episoded.conf(5) for a "
				"database that hosts share",
				path);
		code = EX_CONFIG;
	} else if (is_drop) {
		code = drop(config->database, words[1], &told, &report);
	} else {
		code = show(config->database, is_json, &told, &report);
	}
	if (report.length)
		print(true, str_text(&report));
	if (told.length)
		print(false, str_text(&told));
	config_free(config);
	str_release(&told);
	str_release(&report);
	return code;
}
