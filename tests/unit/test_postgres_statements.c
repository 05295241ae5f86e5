/* The SQL stays in the subset that PostgreSQL 14, YugabyteDB and CockroachDB share; parameters and rows are read right. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/postgres/array.h"
#include "bot/postgres/statements.h"

/* Upper case, with one space between words: texts of the source have line breaks anywhere. */
static char *normal(const char *sql)
{
	char *text = malloc(strlen(sql) + 1), *to = text;

	assert_non_null(text);
	for (; *sql; sql++)
		if (!isspace((unsigned char)*sql))
			*to++ = (char)toupper((unsigned char)*sql);
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return text;
}

/* What one of the three lacks, or has as a stub that always succeeds. */
static void sql_stays_in_the_subset(void **state)
{
	static const char *const banned[] = {"ADVISORY", "LOCK TABLE", "MERGE ", " USING GIN", "TABLESAMPLE",
			"LISTEN", "PG_NOTIFY", "TRUNCATE", "CREATE TYPE", "CREATE FUNCTION", "TRIGGER",
			"DO $$", " LATERAL ", "MATERIALIZED", "XMIN", "CTID", "TXID_", "PG_CURRENT_XACT",
			"DEFERRABLE", "COPY ", "CURSOR", "SERIAL", "JSONB", "REGEXP", "PG_SLEEP", "NOWAIT",
			"FOR KEY SHARE", "ISOLATION LEVEL", "DISTINCT ON", "FILTER (", "STRING_AGG",
			"PREPARE TRANSACTION"};

	(void)state;
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		char *sql = normal(statements_text(i)->sql);

		for (size_t k = 0; k < sizeof(banned) / sizeof(banned[0]); k++)
			if (strstr(sql, banned[k]))
				fail_msg("%s has %s", statements_text(i)->name, banned[k]);
		free(sql);
	}
}

/* CockroachDB refuses a statement with two changes of one table (0A000). */
static void no_statement_changes_a_table_twice(void **state)
{
	static const char *const changes[] = {"INSERT INTO ", "UPDATE EPISODED_", "DELETE FROM "};

	(void)state;
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		char *sql = normal(statements_text(i)->sql), tables[512] = "";

		for (size_t k = 0; k < 3; k++) {
			for (const char *at = strstr(sql, changes[k]); at; at = strstr(at + 1, changes[k])) {
				const char *table = strstr(at, "EPISODED_");
				char name[64];

				assert_non_null(table);
				snprintf(name, sizeof(name), "%.*s,",
						(int)strspn(table, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), table);
				if (strstr(tables, name))
					fail_msg("%s changes %s twice", statements_text(i)->name, name);
				strncat(tables, name, sizeof(tables) - strlen(tables) - 1);
			}
		}
		free(sql);
	}
}

/* The highest $n of the text is the number of types, and each is of a known kind. */
static void types_agree_with_the_texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
		const struct statement_text *text = statements_text(i);
		unsigned long highest = 0;

		assert_non_null(text->sql);
		for (const char *at = strchr(text->sql, '$'); at; at = strchr(at + 1, '$')) {
			unsigned long number = strtoul(at + 1, NULL, 10);

			highest = number > highest ? number : highest;
		}
		if (highest != strlen(text->types))
			fail_msg("%s has $%lu and %zu types", text->name, highest, strlen(text->types));
		for (const char *type = text->types; *type; type++)
			assert_int_not_equal(statements_oid(*type), 0);
	}
}

/* Tables of two versions of the program are used side by side: columns are only added. */
static void tables_begin_with_our_name(void **state)
{
	char *sql = normal(statements_schema);
	unsigned count = 0;

	(void)state;
	for (const char *at = strstr(sql, "CREATE TABLE "); at; at = strstr(at + 1, "CREATE TABLE ")) {
		assert_int_equal(strncmp(at, "CREATE TABLE IF NOT EXISTS EPISODED_", 36), 0);
		count++;
	}
	assert_int_equal(count, 10);
	free(sql);
}

/* ---------------------------------------------------------------- parameters */

static void parameters_are_encoded(void **state)
{
	struct parameters *parameters = parameters_new(), *copy;
	struct parameters_view view;
	static const char expected[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\2ab\xff\xff\xff\xff"
				       "\0\0\0\3\xef\xbf\xbd";

	(void)state;
	parameters_text(parameters, NULL);
	parameters_text(parameters, "a\x80");
	parameters_number(parameters, INT64_MIN);
	parameters_seconds(parameters, 0.5);
	parameters_flag(parameters, true);
	parameters_texts(parameters, (const char *const[]){"ab", NULL, "\xfe"}, 3);
	parameters_numbers(parameters, (const int64_t[]){-1, 2}, 2);
	parameters_flags(parameters, (const bool[]){true, false}, 2);
	parameters_texts(parameters, NULL, 0);
	parameters_numbers(parameters, NULL, 0);
	assert_int_equal(parameters_error(parameters), 0);
	copy = parameters_copy(parameters);
	parameters_free(parameters);
	parameters_read(copy, &view);
	assert_int_equal(view.count, 10);
	assert_null(view.values[0]);
	assert_string_equal(view.values[1], "a\xef\xbf\xbd");
	assert_string_equal(view.values[2], "-9223372036854775808");
	assert_string_equal(view.values[3], "0.500000");
	assert_string_equal(view.values[4], "t");
	assert_int_equal(view.formats[4], 0);
	assert_int_equal(view.formats[5], 1);
	assert_int_equal(view.lengths[5], sizeof(expected) - 1);
	assert_memory_equal(view.values[5], expected, sizeof(expected) - 1);
	assert_string_equal(view.values[6], "{-1,2}");
	assert_string_equal(view.values[7], "{t,f}");
	assert_int_equal(view.lengths[8], 12); /* no dimension */
	assert_string_equal(view.values[9], "{}");
	parameters_free(copy);
}

static void too_many_parameters_are_an_error(void **state)
{
	struct parameters *parameters = parameters_new();

	(void)state;
	for (unsigned i = 0; i <= PARAMETERS_MAX; i++)
		parameters_number(parameters, i);
	assert_true(parameters_error(parameters) < 0);
	parameters_clear(parameters);
	assert_int_equal(parameters_error(parameters), 0);
	parameters_free(parameters);
}

/* ---------------------------------------------------------------- rows */

static const char *const cells[2][13] = {
		{"1", "77", "29360128", "10", "5", "Nam-ra", "", "!next", "token", "3", "1770000000123",
				"done", "-5"},
		{"0", NULL, "x", NULL, "1e400", "nan", "t", "12z", "99999999999999999999", "2", "-1", NULL,
				"9"},
};

static const char *cell_of(const void *source, size_t row, unsigned column)
{
	(void)source;
	return cells[row][column];
}

static void cells_are_read_as_what_they_are(void **state)
{
	struct rows rows = {2, 13, cell_of, NULL};
	struct journal_entry entry;
	const char *mark;

	(void)state;
	assert_int_equal(rows_number(&rows, 0, 2), 29360128);
	assert_int_equal(rows_number(&rows, 1, 2), 0);
	assert_int_equal(rows_number(&rows, 1, 7), 0);
	assert_int_equal(rows_number(&rows, 1, 8), 0);
	assert_int_equal(rows_number(&rows, 7, 0), 0); /* no such row */
	assert_true(rows_seconds(&rows, 1, 4) == 0);
	assert_true(rows_seconds(&rows, 1, 5) == 0);
	assert_true(rows_is_null(&rows, 1, 1));
	assert_string_equal(rows_text(&rows, 1, 1), "");
	assert_true(rows_flag(&rows, 1, 6));
	rows_entry(&rows, 0, "home", &entry, &mark);
	assert_string_equal(entry.gateway, "home");
	assert_string_equal(entry.id, "77");
	assert_int_equal(entry.route, 29360128);
	assert_true(entry.is_private && entry.is_addressed && entry.is_left);
	assert_int_equal(entry.age_ms, 0); /* the server's clock was set back */
	assert_string_equal(mark, "done");
	rows_entry(&rows, 1, "home", &entry, &mark);
	assert_false(entry.is_private);
	assert_null(mark);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(sql_stays_in_the_subset),
			cmocka_unit_test(no_statement_changes_a_table_twice),
			cmocka_unit_test(types_agree_with_the_texts),
			cmocka_unit_test(tables_begin_with_our_name),
			cmocka_unit_test(parameters_are_encoded),
			cmocka_unit_test(too_many_parameters_are_an_error),
			cmocka_unit_test(cells_are_read_as_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
