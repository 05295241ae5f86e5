/* Skipping JSON sixteen bytes at a time gives the same result as byte by byte, without reading past the
 * end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "bot/base/random.h"
#include "bot/base/span.h"
#include "bot/base/str.h"

#define TEXTS      200000
#define LENGTH_MAX 100

/* A simple reference implementation. NULL: truncated. */
static const char *plainly(const char *at, const char *end)
{
	size_t depth = 0;
	bool is_in_string = false;

	for (; at < end; at++) {
		if (is_in_string && *at == '\\') {
			at++;
		} else if (*at == '"') {
			is_in_string = !is_in_string;
			if (!is_in_string && depth == 0)
				return at + 1;
		} else if (!is_in_string && (*at == '{' || *at == '[')) {
			depth++;
		} else if (!is_in_string && (*at == '}' || *at == ']') && --depth == 0) {
			return at + 1;
		}
	}
	return NULL;
}

/* A heap copy of the exact length, so that the sanitizer detects a read past the end. */
static void check(const char *text, size_t length)
{
	char *bytes = malloc(length ? length : 1);
	const char *expected, *found;

	assert_non_null(bytes);
	memcpy(bytes, text, length);
	expected = plainly(bytes, bytes + length);
	found = span_skip_value(bytes, bytes + length);
	if (found != expected)
		print_error("for %.*s\n", (int)length, text);
	assert_ptr_equal(found, expected);
	free(bytes);
}

/* Mostly letters, so that special characters occur at every position of a block and far apart. */
static char any_byte(struct random *random, const char *marks, unsigned one_in)
{
	return random_below(random, one_in) ? 'x' : marks[random_below(random, strlen(marks))];
}

static void test_marks_end_where_the_plain_scan_ends(void **state)
{
	static const char *const marks[] = {"\"\\", "\"\\{}[]", "{}[]", "\"\\\\\\\\{}"};
	struct random random;
	char text[LENGTH_MAX];

	(void)state;
	random_seed(&random, 7);
	for (unsigned i = 0; i < TEXTS; i++) {
		size_t length = 1 + random_below(&random, LENGTH_MAX);
		const char *of = marks[random_below(&random, 4)];
		unsigned one_in = 1 + (unsigned)random_below(&random, 20);

		text[0] = "\"{["[random_below(&random, 3)];
		for (size_t at = 1; at < length; at++)
			text[at] = any_byte(&random, of, one_in);
		check(text, length);
	}
}

/* The closing quote at every place, an escaped one before it at every other. */
static void test_an_escape_across_the_border_of_a_block(void **state)
{
	char text[LENGTH_MAX];

	(void)state;
	for (size_t length = 4; length < LENGTH_MAX; length++) {
		for (size_t at = 2; at + 2 < length; at++) {
			memset(text, 'x', sizeof(text));
			text[0] = '"';
			text[at - 1] = '\\';
			text[at] = '"';
			text[length - 1] = '"';
			check(text, length);
			text[0] = '{';
			text[1] = '"';
			text[length - 2] = '"';
			text[length - 1] = '}';
			check(text, length);
		}
	}
}

static void test_plain_bytes_end_at_each_mark(void **state)
{
	static const char marks[] = {'"', '\\', '\0', '\n', 0x1f};

	(void)state;
	for (size_t length = 0; length < 50; length++) {
		char *exact = malloc(length + !length); /* no byte past the end is read */

		assert_non_null(exact);
		for (size_t i = 0; i < length; i++)
			exact[i] = " \x7f\x80\xff{]"[i % 6];
		assert_ptr_equal(span_skip_plain(exact, exact + length), exact + length);
		for (size_t i = 0; i < length * sizeof(marks); i++) {
			char before = exact[i % length];

			exact[i % length] = marks[i / length];
			assert_ptr_equal(span_skip_plain(exact, exact + length), exact + i % length);
			exact[i % length] = before;
		}
		free(exact);
	}
}

static void test_members_one_by_one(void **state)
{
	const char text[] = "{ \"a\" : \"a long text with a \\\" in it and {brackets]\" , "
			    "\"bb\":[1,{\"c\":\"]\"}],"
			    "\"word\":-1.5E+3,\"n\":null}";
	struct span whole = SPAN(text), key, value;
	struct span_walk walk;

	(void)state;
	assert_int_equal(span_open(whole, '{', &walk), 0);
	assert_int_equal(span_member(&walk, &key, &value), 1);
	assert_true(span_is(key, "a"));
	assert_true(span_is(value, "\"a long text with a \\\" in it and {brackets]\""));
	assert_int_equal(span_member(&walk, &key, &value), 1);
	assert_true(span_is(key, "bb"));
	assert_true(span_is(value, "[1,{\"c\":\"]\"}]"));
	assert_int_equal(span_member(&walk, &key, &value), 1);
	assert_true(span_is(value, "-1.5E+3"));
	assert_int_equal(span_member(&walk, &key, &value), 1);
	assert_true(span_is(value, "null"));
	assert_int_equal(span_member(&walk, &key, &value), 0);
}

static void test_the_numbers_of_a_list(void **state)
{
	static const struct {
		const char *list;
		int result;
	} cases[] = {{"[1,\"2\"]", 0}, {"[1, 2, 3]", 0}, {"[1]", -EBADMSG}, {"[1,\"x\"]", -EBADMSG},
			{"[]", -EBADMSG}, {"{}", -EBADMSG}, {"12", -EBADMSG}, {"", -EBADMSG}};
	uint64_t number[2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span list = {cases[i].list, strlen(cases[i].list)};

		assert_int_equal(span_numbers(list, number, 2), cases[i].result);
		if (cases[i].result == 0) {
			assert_int_equal(number[0], 1);
			assert_int_equal(number[1], 2);
		}
	}
}

static void test_lists_of_numbers_are_read_as_written_and_broken_ones_skipped(void **state)
{
	static const char broken[] = "[[\"1\",\"2\"],7,[\"3\"],[\"x\",\"4\"],[\"5\",\"6\"]]";
	struct str text = STR(200);
	uint64_t number[2];
	struct span_walk walk;

	(void)state;
	str_append_char(&text, '[');
	span_append_numbers((const uint64_t[]){1, UINT64_MAX}, 2, &text);
	span_append_numbers((const uint64_t[]){5, 6}, 2, &text);
	str_append_char(&text, ']');
	assert_string_equal(str_text(&text), "[[\"1\",\"18446744073709551615\"],[\"5\",\"6\"]]");
	assert_int_equal(span_open((struct span){str_text(&text), text.length}, '[', &walk), 0);
	assert_true(span_next_numbers(&walk, number, 2) && number[0] == 1 && number[1] == UINT64_MAX);
	assert_true(span_next_numbers(&walk, number, 2) && number[0] == 5 && number[1] == 6);
	assert_false(span_next_numbers(&walk, number, 2));
	assert_int_equal(span_open((struct span){broken, sizeof(broken) - 1}, '[', &walk), 0);
	assert_true(span_next_numbers(&walk, number, 2) && number[0] == 1);
	assert_true(span_next_numbers(&walk, number, 2) && number[0] == 5);
	assert_false(span_next_numbers(&walk, number, 2));
	str_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_marks_end_where_the_plain_scan_ends),
			cmocka_unit_test(test_an_escape_across_the_border_of_a_block),
			cmocka_unit_test(test_plain_bytes_end_at_each_mark),
			cmocka_unit_test(test_members_one_by_one),
			cmocka_unit_test(test_the_numbers_of_a_list),
			cmocka_unit_test(test_lists_of_numbers_are_read_as_written_and_broken_ones_skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
