/* A copy from or to a PostgreSQL. */

#include "bot/postgres/copy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bot/base/clock.h"
#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/postgres/statements.h"
#include "bot/store/areas.h"

#define ARRAY_MAX_BYTES  (64u * 1024 * 1024)
#define AREA_MAX_BYTES   512
#define SHARDS_MAX       16384 /* of a gateway: a position that says more is not believed */
#define TABLES_TRIES_MAX 20
#define TABLES_AGAIN_MS  100L
#define LOOK_TRIES_MAX   35 /* for 7 s: a host that ended without a word is counted for 5 s */
#define LOOK_AGAIN_MS    200L
#define DEADLINE_BYTES   64
#define NUMBER_BYTES     24
#define STRING(number)   #number
#define FETCH_ROWS(n)    "FETCH FORWARD " STRING(n) " FROM episoded_copy"
#define FETCH            FETCH_ROWS(COPIED_BATCH_ROWS)

struct copy {
	struct session *session;
	char suffix[COPY_HOST_BYTES + 1]; /* "@HOST" */
	char begun_us[NUMBER_BYTES];      /* when the copy into this database was begun */
	bool is_reading;                  /* a transaction with the cursor is open */
	struct copied_place at;           /* where the cursor is; first NULL: nowhere */
	char reason[SESSION_REASON_BYTES];
};

__attribute__((format(printf, 3, 4))) static int fail(struct copy *copy, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(copy->reason, sizeof(copy->reason), format, arguments);
	va_end(arguments);
	return error;
}

/* A statement failed: keep its reason. */
static int explain(struct copy *copy, int r)
{
	return r < 0 ? fail(copy, r, "%s", session_reason(copy->session)) : r;
}

/* ---------------------------------------------------------------- reading */

/* $1, $2: the keys of the place; $3: "@HOST". The active set of shards, and the gateways that have a session there. */
#define CURSOR "DECLARE episoded_copy NO SCROLL CURSOR FOR "

static const char values_sql[] = CURSOR
		"WITH active AS (SELECT gateway, total FROM episoded_shards WHERE state = 'active'),"
		" positions AS (SELECT l.gateway, l.total, l.number, l.position FROM episoded_lease l JOIN "
		"active a"
		"  ON a.gateway = l.gateway AND a.total = l.total WHERE l.kind = 'shard' AND l.position <> "
		"''),"
		" sessions AS (SELECT DISTINCT gateway, total FROM positions),"
		" parts AS (SELECT s.gateway, split_part(v.area, '/', 4) AS number, v.key, v.value FROM "
		"episoded_value v"
		"  JOIN sessions s ON split_part(v.area, '/', 2) = s.gateway AND split_part(v.area, '/', 3) "
		"= s.total::text"
		"  WHERE v.area LIKE 'discord/%' AND v.value IS NOT NULL),"
		" v AS ("
		" SELECT area, key, value FROM episoded_value WHERE value IS NOT NULL"
		"  AND area NOT LIKE 'discord/%' AND area NOT LIKE 'role/%' AND area NOT LIKE 'lobby/%'"
		" UNION ALL SELECT left(area, length(area) - length($3)), key, value FROM episoded_value"
		"  WHERE value IS NOT NULL AND area LIKE 'lobby/%' AND right(area, length($3)) = $3"
		" UNION ALL SELECT substr(area, 6), key, value FROM episoded_value"
		"  WHERE value IS NOT NULL AND area LIKE 'role/discord/%' AND key = 'commands'"
		" UNION ALL SELECT area, key, value FROM episoded_value"
		"  WHERE value IS NOT NULL AND area LIKE 'discord/%' AND key = 'identify'"
		" UNION ALL SELECT 'discord/' || gateway, 'guilds/' || number, value FROM parts WHERE key = "
		"'guilds'"
		" UNION ALL SELECT 'discord/' || gateway, 'self', min(substring(position from "
		"',\"self\":([0-9]+)}$'))"
		"  FROM positions WHERE position ~ ',\"self\":[0-9]+}$' GROUP BY gateway"
		" UNION ALL SELECT 'discord/' || gateway, 'rooms',"
		"  '[' || string_agg(substr(value, 2, length(value) - 2), ',' ORDER BY length(number), "
		"number) || ']'"
		"  FROM parts WHERE key = 'rooms' AND length(value) > 2 GROUP BY gateway"
		" UNION ALL SELECT 'discord/' || gateway, 'shard/' || number::text,"
		"  regexp_replace(position, ',\"self\":[0-9]+}$', '}') FROM positions"
		" UNION ALL SELECT 'effect',"
		"  CASE WHEN right(gateway, length($3)) = $3 THEN left(gateway, length(gateway) - "
		"length($3)) ELSE gateway"
		"  END || ' ' || id, mark FROM episoded_journal WHERE mark IS NOT NULL AND done_at IS NULL"
		"  AND (position('@' in gateway) = 0 OR right(gateway, length($3)) = $3))"
		" SELECT area, key, value FROM v WHERE (area COLLATE \"C\", key COLLATE \"C\") > ($1, $2)"
		" ORDER BY area COLLATE \"C\", key COLLATE \"C\"";

/* The questions of this host and of all hosts, with the lobby's name as in the file. */
#define QUESTIONS                                                                                            \
	"WITH q AS (SELECT CASE WHEN right(gateway, length($3)) = $3 THEN left(gateway, length(gateway) - "  \
	"length($3))"                                                                                        \
	" ELSE gateway END AS name, j.* FROM episoded_journal j"                                             \
	" WHERE position('@' in gateway) = 0 OR right(gateway, length($3)) = $3)"
#define AGE "(extract(epoch FROM (SELECT max(begun_at) FROM episoded_journal) - begun_at) * 1000000)::bigint"
#define AFTER                                                                                                \
	" AND (name COLLATE \"C\", id COLLATE \"C\") > ($1, $2) ORDER BY name COLLATE \"C\", id COLLATE "    \
	"\"C\""

static const char open_sql[] = CURSOR QUESTIONS
		" SELECT name, id, " AGE ", channel, author_id, author_name, account, coalesce(body, ''),"
		" coalesce(extra, ''), flags, time_ms FROM q WHERE done_at IS NULL" AFTER;
static const char done_sql[] =
		CURSOR QUESTIONS " SELECT name, id, " AGE " FROM q WHERE done_at IS NOT NULL" AFTER;

static void read_row(const struct pg_result *rows, size_t i, enum copied_kind kind, struct copied_row *row)
{
	int64_t flags;

	*row = (struct copied_row){
			.kind = kind, .first = session_text(rows, i, 0), .second = session_text(rows, i, 1)};
	if (kind == COPIED_VALUE) {
		row->value = session_text(rows, i, 2);
		return;
	}
	row->age_us = (uint64_t)session_number(rows, i, 2);
	if (kind == COPIED_DONE)
		return;
	row->channel = session_text(rows, i, 3);
	row->author_id = session_text(rows, i, 4);
	row->author_name = session_text(rows, i, 5);
	row->account = session_text(rows, i, 6);
	row->text = session_text(rows, i, 7);
	row->extra = session_text(rows, i, 8);
	flags = session_number(rows, i, 9);
	row->is_private = flags & JOURNAL_IS_PRIVATE;
	row->is_addressed = flags & JOURNAL_IS_ADDRESSED;
	row->time_ms = (uint64_t)session_number(rows, i, 10);
}

/* The cursor's transaction would hide what other processes do. */
static void stop_reading(struct copy *copy)
{
	if (copy->is_reading)
		(void)session_run(copy->session, "ROLLBACK");
	copy->is_reading = false;
	copied_place_release(&copy->at);
}

/* One scan for all batches of a kind, unless they are not read one after the other. */
static int start_reading(struct copy *copy, const struct copied_place *place)
{
	static const char *const texts[COPIED_KINDS] = {open_sql, done_sql, values_sql};
	const char *parameters[] = {place->first, place->second, copy->suffix};
	int r;

	if (copy->is_reading && copy->at.first && copy->at.kind == place->kind &&
			str_equal(copy->at.first, place->first) && str_equal(copy->at.second, place->second))
		return 0;
	stop_reading(copy);
	r = explain(copy, session_run(copy->session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
	copy->is_reading = r == 0;
	if (r == 0)
		r = explain(copy, session_ask(copy->session, texts[place->kind], 3, parameters, NULL));
	return r;
}

static int copy_read(void *self, const struct copied_place *place, struct copied_batch *batch)
{
	struct copy *copy = self;
	struct pg_result *rows = NULL;
	bool has_space = true;
	size_t read = 0;
	int r = start_reading(copy, place);

	if (r == 0)
		r = explain(copy, session_ask(copy->session, FETCH, 0, NULL, &rows));
	for (; r == 0 && has_space && read < session_rows(rows); read++) {
		struct copied_row row;

		read_row(rows, read, place->kind, &row);
		has_space = copied_batch_add(batch, &row, &r);
	}
	batch->is_last = has_space;
	/* A batch that is full before the rows of the cursor are used up: the next one begins after it. */
	if (r == 0 && read == session_rows(rows) && batch->count)
		r = copied_place_set(&copy->at, place->kind, batch->rows[batch->count - 1].first,
				batch->rows[batch->count - 1].second);
	else
		copied_place_release(&copy->at);
	session_release(rows);
	return r;
}

/* ---------------------------------------------------------------- writing */

/* The columns of several rows, as text[] in PostgreSQL's text format: {"a","b"}. */
#define COLUMNS_MAX 12
struct table {
	struct str columns[COLUMNS_MAX];
	unsigned count;
	size_t rows;
};

static void table_init(struct table *table, unsigned count)
{
	*table = (struct table){.count = count};
	for (unsigned i = 0; i < count; i++)
		table->columns[i] = STR(ARRAY_MAX_BYTES);
}

static void table_add(struct table *table, const char *const *values)
{
	for (unsigned i = 0; i < table->count; i++) {
		struct str *column = &table->columns[i];

		str_append_char(column, table->rows ? ',' : '{');
		str_append_char(column, '"');
		for (const char *byte = values[i]; *byte; byte++) {
			if (*byte == '"' || *byte == '\\')
				str_append_char(column, '\\');
			str_append_char(column, *byte);
		}
		str_append_char(column, '"');
	}
	table->rows++;
}

/* Run a statement over the rows, if there are any; more parameters follow the columns. */
static int table_write(struct copy *copy, struct table *table, const char *sql, const char *parameter)
{
	const char *parameters[COLUMNS_MAX + 1];
	int r = 0;

	if (!table->rows)
		return 0;
	for (unsigned i = 0; i < table->count; i++) {
		str_append_char(&table->columns[i], '}');
		parameters[i] = str_text(&table->columns[i]);
		r = table->columns[i].error ? table->columns[i].error : r;
	}
	parameters[table->count] = parameter;
	return r ? r
		 : explain(copy, session_ask(copy->session, sql, table->count + (parameter != NULL),
						 parameters, NULL));
}

static void table_release(struct table *table)
{
	for (unsigned i = 0; i < table->count; i++)
		str_release(&table->columns[i]);
}

static int write_questions(struct copy *copy, const struct copied_batch *batch)
{
	static const char open[] = "INSERT INTO episoded_journal (gateway, id, channel, author_id, "
				   "author_name, account, body, extra, "
				   "flags, time_ms, begun_at, begun_by) SELECT gateway, id, channel, "
				   "author_id, author_name, account, "
				   "body, extra, flags::int, time_ms::bigint, to_timestamp(0) + ($12::bigint "
				   "- age::bigint) * interval "
				   "'1 microsecond', 'copy' FROM unnest($1::text[], $2::text[], $3::text[], "
				   "$4::text[], $5::text[], "
				   "$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
				   "$11::text[]) AS q(gateway, id, age, "
				   "channel, author_id, author_name, account, body, extra, flags, time_ms) "
				   "ON CONFLICT (gateway, id) DO "
				   "NOTHING";
	static const char done[] = "INSERT INTO episoded_journal (gateway, id, channel, author_id, "
				   "author_name, account, time_ms, "
				   "begun_at, begun_by, done_at) SELECT gateway, id, '', '', '', '', 0, "
				   "to_timestamp(0) + ($4::bigint - "
				   "age::bigint) * interval '1 microsecond', 'copy', now() FROM "
				   "unnest($1::text[], $2::text[], "
				   "$3::text[]) AS q(gateway, id, age) ON CONFLICT (gateway, id) DO NOTHING";
	bool is_open = batch->rows[0].kind == COPIED_OPEN;
	struct table table;
	int r;

	table_init(&table, is_open ? 11 : 3);
	for (size_t i = 0; i < batch->count; i++) {
		const struct copied_row *row = &batch->rows[i];
		char age[NUMBER_BYTES], flags[NUMBER_BYTES], time[NUMBER_BYTES];
		const char *values[] = {row->first, row->second, age, row->channel, row->author_id,
				row->author_name, row->account, row->text, row->extra, flags, time};

		snprintf(age, sizeof(age), "%" PRIu64, row->age_us);
		snprintf(flags, sizeof(flags), "%d",
				(row->is_private ? JOURNAL_IS_PRIVATE : 0) |
						(row->is_addressed ? JOURNAL_IS_ADDRESSED : 0));
		snprintf(time, sizeof(time), "%" PRIu64, row->time_ms);
		table_add(&table, values);
	}
	r = table_write(copy, &table, is_open ? open : done, copy->begun_us);
	table_release(&table);
	return r;
}

/* What the values of a batch become. */
struct written {
	struct table values; /* area, key, value, version */
	struct table leases; /* name, gateway, total, number, position */
	struct table marks;  /* gateway, id, mark */
};

static void add_value(struct written *written, const char *area, const char *key, const char *value)
{
	/* Version 0: values that other processes do not read. */
	const char *version = area_kind(area) == AREA_SHARED ? "1" : "0";
	const char *values[] = {area, key, value, version};

	table_add(&written->values, values);
}

/* The mark of an effect: its key is "GATEWAY ID". */
static int add_mark(struct written *written, const struct copied_row *row)
{
	size_t length = strcspn(row->second, " ");
	char *gateway = str_copy_bytes(row->second, length);
	const char *values[] = {gateway, row->second + length + (row->second[length] == ' '), row->value};

	if (!gateway)
		return -ENOMEM;
	table_add(&written->marks, values);
	free(gateway);
	return 0;
}

/* Divide the channels by the shards of their guilds. */
static int add_channels(struct written *written, const char *gateway, const struct copied_row *row)
{
	struct str *shards = calloc(row->total, sizeof(*shards));
	struct span_walk walk;
	struct span item;
	int r = shards ? 0 : -ENOMEM;

	for (unsigned i = 0; shards && i < row->total; i++)
		shards[i] = STR(ARRAY_MAX_BYTES);
	if (r == 0 && span_open((struct span){row->value, strlen(row->value)}, '[', &walk) == 0) {
		while (span_item(&walk, &item) > 0) {
			uint64_t numbers[3] = {0};
			struct str *shard;

			/* An item without a guild stays with the first shard, as a private channel does. */
			(void)span_numbers(item, numbers, 3);
			shard = &shards[(numbers[1] >> 22) % row->total];
			str_append_char(shard, shard->length ? ',' : '[');
			str_append_bytes(shard, item.at, item.length);
		}
	}
	for (unsigned i = 0; r == 0 && i < row->total; i++) {
		char area[AREA_MAX_BYTES];

		snprintf(area, sizeof(area), "discord/%s/%u/%u", gateway, row->total, i);
		str_append_char(&shards[i], ']');
		r = shards[i].error;
		if (r == 0 && shards[i].length > 1)
			add_value(written, area, "rooms", str_text(&shards[i]));
	}
	for (unsigned i = 0; shards && i < row->total; i++)
		str_release(&shards[i]);
	free(shards);
	return r;
}

/* The position in a database has the bot's user ID, too. */
static int add_position(struct written *written, const char *gateway, const char *number,
		const struct copied_row *row)
{
	const char *end = strrchr(row->value, '}');
	char name[AREA_MAX_BYTES], total[NUMBER_BYTES];
	struct str position = STR(ARRAY_MAX_BYTES);
	const char *values[] = {name, gateway, total, number, NULL};
	int r;

	snprintf(total, sizeof(total), "%u", row->total);
	snprintf(name, sizeof(name), "discord/%s/%s/%s", gateway, total, number);
	str_append_bytes(&position, row->value, end ? (size_t)(end - row->value) : strlen(row->value));
	if (end && *row->self && strspn(row->self, "0123456789") == strlen(row->self))
		str_printf(&position, ",\"self\":%s", row->self);
	str_append(&position, end ? end : "");
	values[4] = str_text(&position);
	r = position.error;
	if (r == 0)
		table_add(&written->leases, values);
	str_release(&position);
	return r;
}

static int add_discord(struct copy *copy, struct written *written, const struct copied_row *row)
{
	const char *gateway = row->first + strlen("discord/"), *key = row->second;
	char area[AREA_MAX_BYTES];

	snprintf(area, sizeof(area), "role/discord/%s", gateway);
	if (str_equal(key, "commands")) {
		add_value(written, area, key, row->value);
		return 0;
	}
	/* The buckets that are made for this gateway begin after it: statements.c. */
	if (str_equal(key, "identify")) {
		add_value(written, row->first, key, row->value);
		return 0;
	}
	if (!row->total || row->total > SHARDS_MAX)
		return fail(copy, -EBADMSG, "%s: the position of a shard has no valid number of shards",
				row->first);
	if (str_equal(key, "rooms"))
		return add_channels(written, gateway, row);
	if (str_starts(key, "shard/"))
		return add_position(written, gateway, key + strlen("shard/"), row);
	if (str_starts(key, "guilds/")) {
		snprintf(area, sizeof(area), "discord/%s/%u/%s", gateway, row->total,
				key + strlen("guilds/"));
		add_value(written, area, "guilds", row->value);
	}
	return 0; /* "self" is in the positions */
}

static int add_row(struct copy *copy, struct written *written, const struct copied_row *row)
{
	struct str area = STR(AREA_MAX_BYTES);
	int r;

	if (str_equal(row->first, "effect"))
		return add_mark(written, row);
	if (str_starts(row->first, "discord/"))
		return add_discord(copy, written, row);
	str_printf(&area, "%s%s", row->first, str_starts(row->first, "lobby/") ? copy->suffix : "");
	if (!area.error)
		add_value(written, str_text(&area), row->second, row->value);
	r = area.error;
	str_release(&area);
	return r;
}

static int write_values(struct copy *copy, const struct copied_batch *batch)
{
	struct written written;
	int r = 0;

	table_init(&written.values, 4);
	table_init(&written.leases, 5);
	table_init(&written.marks, 3);
	for (size_t i = 0; r == 0 && i < batch->count; i++)
		r = add_row(copy, &written, &batch->rows[i]);
	if (r == 0)
		r = table_write(copy, &written.values,
				"INSERT INTO episoded_value (area, key, value, version) SELECT area, key, "
				"value, "
				"version::bigint FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
				"AS q(area, key, "
				"value, version) ON CONFLICT (area, key) DO UPDATE SET value = "
				"excluded.value, version = "
				"excluded.version",
				NULL);
	if (r == 0)
		r = table_write(copy, &written.leases,
				"INSERT INTO episoded_lease (name, kind, gateway, total, number, position) "
				"SELECT name, "
				"'shard', gateway, total::int, number::int, position FROM unnest($1::text[], "
				"$2::text[], "
				"$3::text[], $4::text[], $5::text[]) AS q(name, gateway, total, number, "
				"position) ON "
				"CONFLICT (name) DO UPDATE SET position = excluded.position",
				NULL);
	if (r == 0 && written.leases.rows)
		r = explain(copy, session_run(copy->session, "INSERT INTO episoded_shards (gateway, total, "
							     "state) SELECT DISTINCT gateway, "
							     "total, 'active' FROM episoded_lease WHERE kind "
							     "= 'shard' ON CONFLICT "
							     "(gateway, total) DO NOTHING"));
	if (r == 0)
		r = table_write(copy, &written.marks,
				"UPDATE episoded_journal j SET mark = q.mark FROM unnest($1::text[], "
				"$2::text[], "
				"$3::text[]) AS q(gateway, id, mark) WHERE j.gateway = q.gateway AND j.id = "
				"q.id",
				NULL);
	table_release(&written.values);
	table_release(&written.leases);
	table_release(&written.marks);
	return r;
}

/* The questions of the lobbies are this host's own; the names of the lobbies are known once all values are there. */
static int name_lobbies(struct copy *copy)
{
	const char *parameters[] = {copy->suffix};

	return explain(copy, session_ask(copy->session,
					     "UPDATE episoded_journal SET gateway = gateway || $1 WHERE "
					     "begun_by = 'copy' AND "
					     "'lobby/' || gateway || $1 IN (SELECT area FROM episoded_value "
					     "WHERE area LIKE "
					     "'lobby/%')",
					     1, parameters, NULL));
}

/* Another copy into the same database moves the place: then this one ends. */
static int write_place(struct copy *copy, const struct copied_place *before, const struct copied_place *after)
{
	char had[NUMBER_BYTES], has[NUMBER_BYTES];
	const char *kind[] = {has, after->first, had, before->first}, *second[] = {after->second};
	struct pg_result *rows = NULL;
	int r;

	snprintf(had, sizeof(had), "%d", (int)before->kind);
	snprintf(has, sizeof(has), "%d", (int)after->kind);
	r = explain(copy, session_ask(copy->session,
					  "UPDATE episoded_meta SET n = $1::bigint, text = $2 WHERE name = "
					  "'" STATEMENTS_COPY
					  "/kind' AND n = $3::bigint AND text = $4 RETURNING 1",
					  4, kind, &rows));
	if (r == 0 && session_rows(rows) == 0)
		r = fail(copy, -EBUSY, "another copy into this database is under way");
	session_release(rows);
	if (r == 0)
		r = explain(copy, session_ask(copy->session,
						  "UPDATE episoded_meta SET text = $1 WHERE name = "
						  "'" STATEMENTS_COPY "/after'",
						  1, second, NULL));
	return r;
}

static int copy_write(void *self, const struct copied_batch *batch, const struct copied_place *before,
		const struct copied_place *after)
{
	struct copy *copy = self;
	int r;

	stop_reading(copy);
	r = explain(copy, session_run(copy->session, "BEGIN"));
	if (r == 0)
		r = write_place(copy, before, after);
	if (r == 0 && batch->count)
		r = before->kind == COPIED_VALUE ? write_values(copy, batch) : write_questions(copy, batch);
	if (r == 0 && after->kind == COPIED_KINDS)
		r = name_lobbies(copy);
	if (r == 0)
		return explain(copy, session_run(copy->session, "COMMIT"));
	(void)session_run(copy->session, "ROLLBACK");
	return r;
}

/* ---------------------------------------------------------------- a target */

static int read_number(struct copy *copy, const char *sql, int64_t *ret)
{
	struct pg_result *rows = NULL;
	int r = explain(copy, session_ask(copy->session, sql, 0, NULL, &rows));

	*ret = r == 0 && session_rows(rows) ? session_number(rows, 0, 0) : 0;
	session_release(rows);
	return r;
}

/* The place of a copy that was begun. place->first stays NULL: there is no such copy. */
static int read_place(struct copy *copy, const char *source, struct copied_place *ret)
{
	struct pg_result *rows = NULL;
	int r = explain(copy, session_ask(copy->session,
					      "SELECT c.n, c.text, k.n, k.text, a.text FROM episoded_meta c, "
					      "episoded_meta k, "
					      "episoded_meta a WHERE c.name = '" STATEMENTS_COPY
					      "' AND k.name = '" STATEMENTS_COPY
					      "/kind' AND a.name = '" STATEMENTS_COPY "/after'",
					      0, NULL, &rows));

	if (r == 0 && session_rows(rows)) {
		snprintf(copy->begun_us, sizeof(copy->begun_us), "%s", session_text(rows, 0, 0));
		if (!str_equal(session_text(rows, 0, 1), source))
			r = fail(copy, -EXDEV,
					"the database has the begin of a copy from %s; go on with that one, "
					"or empty the "
					"database (DROP OWNED BY its user, or a new one)",
					session_text(rows, 0, 1));
		else
			r = copied_place_set(ret, (enum copied_kind)session_number(rows, 0, 2),
					session_text(rows, 0, 3), session_text(rows, 0, 4));
	}
	session_release(rows);
	return r;
}

static int begin_place(struct copy *copy, const char *source, struct copied_place *ret)
{
	const char *parameters[] = {copy->begun_us, source};
	int64_t rows = 0;
	int r = read_number(copy,
			"SELECT (SELECT count(*) FROM episoded_value WHERE value IS NOT NULL) + (SELECT "
			"count(*) FROM "
			"episoded_journal)",
			&rows);

	if (r == 0 && rows)
		return fail(copy, -EEXIST, "the database has a state already; name an empty one");
	snprintf(copy->begun_us, sizeof(copy->begun_us), "%" PRIu64, clock_wall_ms() * 1000);
	if (r == 0)
		r = explain(copy,
				session_ask(copy->session,
						"INSERT INTO episoded_meta (name, n, text) VALUES "
						"('" STATEMENTS_COPY "', $1::bigint, $2), ('" STATEMENTS_COPY
						"/kind', 0, ''), ('" STATEMENTS_COPY
						"/after', 0, ''), ('version', 1, '') ON CONFLICT (name) DO "
						"UPDATE SET n = "
						"greatest(episoded_meta.n, excluded.n), text = excluded.text",
						2, parameters, NULL));
	return r == 0 ? copied_place_set(ret, 0, "", "") : r;
}

static int copy_begin(void *self, const char *source, struct copied_place *ret_place)
{
	struct copy *copy = self;
	int r = read_place(copy, source, ret_place);

	if (r == 0 && !ret_place->first)
		r = begin_place(copy, source, ret_place);
	return r;
}

static int copy_finish(void *self)
{
	struct copy *copy = self;

	stop_reading(copy);
	return explain(copy, session_run(copy->session,
					     "DELETE FROM episoded_meta WHERE name IN ('" STATEMENTS_COPY
					     "', '" STATEMENTS_COPY "/kind', '" STATEMENTS_COPY "/after')"));
}

/* ---------------------------------------------------------------- the side */

/* A process that lives renews its deadline each second; one that has ended a moment ago does not. */
static int copy_look(void *self)
{
	static const struct timespec pause = {.tv_nsec = LOOK_AGAIN_MS * 1000000};
	static const char sql[] =
			"SELECT host, deadline::text FROM episoded_host WHERE deadline > now() AND state <> "
			"'left' ORDER BY deadline DESC LIMIT 1";
	struct copy *copy = self;
	char first[DEADLINE_BYTES] = "";
	bool is_over = false;
	int r = 0;

	stop_reading(copy);
	for (int i = 0; r == 0 && !is_over && i < LOOK_TRIES_MAX; i++) {
		struct pg_result *rows = NULL;

		if (i)
			(void)nanosleep(&pause, NULL);
		r = explain(copy, session_ask(copy->session, sql, 0, NULL, &rows));
		is_over = r == 0 && session_rows(rows) == 0;
		if (r == 0 && !is_over &&
				(i + 1 == LOOK_TRIES_MAX ||
						(i && strcmp(first, session_text(rows, 0, 1)) != 0)))
			r = fail(copy, -EBUSY, "a process of the host %s uses the database; stop it first",
					session_text(rows, 0, 0));
		else if (r == 0 && !is_over)
			snprintf(first, sizeof(first), "%s", session_text(rows, 0, 1));
		session_release(rows);
	}
	return r;
}

static const char *copy_explain(void *self)
{
	return ((struct copy *)self)->reason;
}

static void copy_close(void *self)
{
	struct copy *copy = self;

	if (!copy)
		return;
	copied_place_release(&copy->at);
	session_close(copy->session);
	free(copy);
}

/* Another process may be making the same tables, such as the server's for a copy that was killed a moment ago. */
static int make_tables(struct copy *copy)
{
	static const struct timespec pause = {.tv_nsec = TABLES_AGAIN_MS * 1000000};
	int r = -EAGAIN;

	for (int i = 0; r < 0 && i < TABLES_TRIES_MAX; i++) {
		const char *state;

		if (i)
			(void)nanosleep(&pause, NULL);
		r = explain(copy, session_run(copy->session, statements_schema));
		state = session_state(copy->session);
		/* Unique violation, duplicate table or type, a conflict. */
		if (r < 0 && !str_starts(state, "23") && !str_equal(state, "42P07") &&
				!str_equal(state, "42710") && !str_starts(state, "40"))
			return r;
	}
	return r;
}

static int check_tables(struct copy *copy, bool is_target)
{
	int64_t has_tables = 0, schema = 0;
	int r = read_number(copy, "SELECT (to_regclass('episoded_value') IS NOT NULL)::int", &has_tables);

	if (r == 0 && !has_tables && !is_target)
		return fail(copy, -ENOENT, "the database has no state of episoded");
	if (r == 0 && !has_tables)
		r = make_tables(copy);
	if (r == 0)
		r = read_number(copy, statements_read_schema, &schema);
	if (r == 0 && schema > STATEMENTS_SCHEMA)
		return fail(copy, -ENOTSUP,
				"a newer episoded has changed the tables; copy with that version");
	if (r == 0 && schema < 0 && !is_target)
		return fail(copy, -ENOENT,
				"the database has only a part of a state; finish the copy into it first");
	return r ? r : copy_look(copy);
}

int copy_open(const struct database_config *config, const char *host, bool is_target, struct copied_side *ret,
		char ret_reason[SESSION_REASON_BYTES])
{
	struct copy *copy = calloc(1, sizeof(*copy));
	int r;

	utf8_print(ret_reason, SESSION_REASON_BYTES, "%s", strerror(ENOMEM));
	if (!copy)
		return -ENOMEM;
	snprintf(copy->suffix, sizeof(copy->suffix), "@%s", host);
	r = session_open(config, "store copy", &copy->session, ret_reason);
	if (r == 0) {
		r = check_tables(copy, is_target);
		if (r < 0)
			utf8_print(ret_reason, SESSION_REASON_BYTES, "%s: %s", session_host(copy->session),
					copy->reason);
	}
	if (r < 0) {
		copy_close(copy);
		return r;
	}
	*ret = (struct copied_side){copy, copy_read, copy_write, copy_begin, copy_finish, copy_look,
			copy_explain, copy_close};
	return 0;
}
