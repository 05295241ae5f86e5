/* The sums by which "store copy" compares two sides: equal in any order, and different for any other row. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/store/copied.h"

static struct copied_row value(const char *area, const char *key, const char *text)
{
	return (struct copied_row){.kind = COPIED_VALUE, .first = area, .second = key, .value = text};
}

static struct copied_sum sum_of(const struct copied_row *rows, size_t count)
{
	struct copied_sums sums = {0};

	for (size_t i = 0; i < count; i++)
		assert_int_equal(copied_sums_add(&sums, &rows[i]), 0);
	return sums.of[rows[0].kind];
}

static void equal_in_any_order(void **state)
{
	const struct copied_row rows[] = {
			value("a", "b", "c"), value("a", "c", "d"), value("show", "x", "y")};
	const struct copied_row turned[] = {rows[2], rows[0], rows[1]};
	struct copied_sum one = sum_of(rows, 3), other = sum_of(turned, 3);

	(void)state;
	assert_true(copied_sum_equal(&one, &other));
	assert_int_equal(one.count, 3);
}

/* The lengths of the fields are part of a row: what moves from one field to the next is noticed. */
static void any_other_row_differs(void **state)
{
	const struct copied_row row = value("a", "b", "c");
	const struct copied_row others[] = {value("a", "b", "d"), value("a", "bc", ""), value("ab", "", "c"),
			value("", "ab", "c"), value("a", "b", "")};
	struct copied_sum one = sum_of(&row, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct copied_sum other = sum_of(&others[i], 1);

		assert_false(copied_sum_equal(&one, &other));
	}
}

/* A row that is there twice is not the same as no row: a sum is no exclusive or. */
static void a_row_that_is_there_twice_counts(void **state)
{
	const struct copied_row rows[] = {value("a", "b", "c"), value("d", "e", "f"), value("d", "e", "f")};
	struct copied_sum once = sum_of(rows, 1), thrice = sum_of(rows, 3);

	(void)state;
	once.count = thrice.count;
	assert_false(copied_sum_equal(&once, &thrice));
}

static void each_field_of_an_open_question_counts(void **state)
{
	const struct copied_row row = {.kind = COPIED_OPEN,
			.first = "home",
			.second = "1",
			.channel = "#c",
			.author_id = "id",
			.author_name = "name",
			.account = "account",
			.text = "!episode 5",
			.extra = "token",
			.time_ms = 7};
	struct copied_row others[9];
	struct copied_sum one = sum_of(&row, 1), other;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		others[i] = row;
	others[0].channel = "#d";
	others[1].author_id = "";
	others[2].author_name = "nam";
	others[3].account = "";
	others[4].text = "!episode 6";
	others[5].extra = "";
	others[6].time_ms = 8;
	others[7].is_private = true;
	others[8].is_addressed = true;
	for (size_t i = 0; i < 9; i++) {
		other = sum_of(&others[i], 1);
		assert_false(copied_sum_equal(&one, &other));
	}
	/* When it was begun is relative to the side that it comes from. */
	others[0] = row;
	others[0].age_us = 99;
	other = sum_of(others, 1);
	assert_true(copied_sum_equal(&one, &other));
}

/* A file has one list of Discord's channels, a database one for each shard. */
static void a_divided_list_of_channels_is_equal(void **state)
{
	const struct copied_row whole = value("discord/home", "rooms",
			"[[\"1\",\"2\",\"3\"],[\"4\",\"5\",\"6\"],[\"7\",\"8\",\"9\"]]");
	const struct copied_row parts[] = {value("discord/home", "rooms", "[[\"4\",\"5\",\"6\"]]"),
			value("discord/home", "rooms", "[]"),
			value("discord/home", "rooms", "[[\"7\",\"8\",\"9\"],[\"1\",\"2\",\"3\"]]")};
	struct copied_sum one = sum_of(&whole, 1), other = sum_of(parts, 3), less = sum_of(parts, 2);

	(void)state;
	assert_true(copied_sum_equal(&one, &other));
	assert_false(copied_sum_equal(&one, &less));
}

/* A batch ends when it is full of rows or of bytes, and the place goes on after its last row. */
static void a_batch_is_bounded(void **state)
{
	static char large[COPIED_BATCH_MAX_BYTES / 2];
	static struct copied_batch batch;
	struct copied_place place = {0};
	struct copied_row row = value("a", "b", "c");
	int r = 0;

	(void)state;
	for (size_t i = 1; i < COPIED_BATCH_ROWS; i++)
		assert_true(copied_batch_add(&batch, &row, &r));
	assert_false(copied_batch_add(&batch, &row, &r));
	assert_int_equal(batch.count, COPIED_BATCH_ROWS);
	copied_batch_clear(&batch);

	memset(large, 'x', sizeof(large) - 1);
	row.value = large;
	assert_true(copied_batch_add(&batch, &row, &r));
	row.second = "c";
	assert_false(copied_batch_add(&batch, &row, &r));
	assert_int_equal(r, 0);
	assert_int_equal(copied_place_set(&place, COPIED_VALUE, "", ""), 0);
	assert_int_equal(copied_place_move(&place, &batch), 0);
	assert_string_equal(place.second, "c");
	batch.is_last = true;
	assert_int_equal(copied_place_move(&place, &batch), 0);
	assert_int_equal(place.kind, COPIED_KINDS);
	copied_batch_clear(&batch);
	copied_place_release(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(equal_in_any_order),
			cmocka_unit_test(any_other_row_differs),
			cmocka_unit_test(a_row_that_is_there_twice_counts),
			cmocka_unit_test(each_field_of_an_open_question_counts),
			cmocka_unit_test(a_divided_list_of_channels_is_equal),
			cmocka_unit_test(a_batch_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
