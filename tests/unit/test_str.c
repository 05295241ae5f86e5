/* Strings: growth, limits, the persistent error, numbers. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/str.h"

static void test_append(void **state)
{
	struct str str = STR(100);
	char *text = NULL;

	(void)state;
	assert_string_equal(str_text(&str), "");
	str_append(&str, "one");
	str_append_char(&str, ' ');
	str_printf(&str, "%d-%s", 2, "three");
	str_append_bytes(&str, "xyz", 0);
	assert_string_equal(str_text(&str), "one 2-three");
	str_truncate(&str, 3);
	assert_int_equal(str_take(&str, &text), 0);
	assert_string_equal(text, "one");
	assert_string_equal(str_text(&str), "");
	free(text);
}

static void test_a_url_carries_any_bytes(void **state)
{
	struct str str = STR(100);

	(void)state;
	str_append_encoded(&str, "aZ09-._~ /?&=+%\n\xc3\xa9");
	assert_string_equal(str_text(&str), "aZ09-._~%20%2F%3F%26%3D%2B%25%0A%C3%A9");
	str_release(&str);
}

static void test_the_cap_sticks(void **state)
{
	struct str str = STR(4);
	char *text = NULL;

	(void)state;
	str_append(&str, "1234");
	assert_int_equal(str.error, 0);
	str_append(&str, "5");
	assert_int_equal(str.error, -EMSGSIZE);
	str_append(&str, "");
	str_printf(&str, "%s", "x");
	assert_string_equal(str_text(&str), "1234");
	assert_int_equal(str_take(&str, &text), -EMSGSIZE);
	assert_null(text);
	assert_null(str.bytes);
}

static void a_buffer_that_overflowed_is_as_new_once_emptied(void **state)
{
	struct str str = STR(4);

	(void)state;
	str_append(&str, "12345"); /* into nothing at all */
	assert_int_equal(str.error, -EMSGSIZE);
	str_clear(&str);
	str_append(&str, "1234");
	assert_string_equal(str_text(&str), "1234");
	str_append(&str, "5");
	assert_int_equal(str.error, -EMSGSIZE);
	str_truncate(&str, 2); /* the rest is missing still */
	assert_int_equal(str.error, -EMSGSIZE);
	str_append(&str, "x");
	assert_string_equal(str_text(&str), "12");
	str_truncate(&str,
			0); /* a length that was worked out and happens to be 0: the text is no empty text */
	assert_int_equal(str.error, -EMSGSIZE);
	str_clear(&str);
	assert_int_equal(str.error, 0);
	str_append(&str, "abc");
	assert_string_equal(str_text(&str), "abc");
	str_release(&str);
}

static void test_take_of_nothing_is_an_empty_text(void **state)
{
	struct str str = STR(4);
	char *text = NULL;

	(void)state;
	assert_int_equal(str_take(&str, &text), 0);
	assert_string_equal(text, "");
	free(text);
}

static void test_growth_keeps_everything(void **state)
{
	struct str str = STR(1 << 20);

	(void)state;
	for (int i = 0; i < 100000; i++)
		str_append_char(&str, (char)('a' + i % 26));
	assert_int_equal(str.length, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(str.bytes[i], 'a' + i % 26);
	str_release(&str);
}

static void test_numbers(void **state)
{
	long number = 77;

	(void)state;
	assert_int_equal(str_to_long("12", 0, 99, &number), 0);
	assert_int_equal(number, 12);
	assert_int_equal(str_to_long("-5", -9, 9, &number), 0);
	assert_int_equal(number, -5);
	number = 77;
	assert_int_equal(str_to_long("", 0, 99, &number), -EINVAL);
	assert_int_equal(str_to_long(" 1", 0, 99, &number), -EINVAL);
	assert_int_equal(str_to_long("+1", 0, 99, &number), -EINVAL);
	assert_int_equal(str_to_long("1x", 0, 99, &number), -EINVAL);
	assert_int_equal(str_to_long("100", 0, 99, &number), -ERANGE);
	assert_int_equal(str_to_long("99999999999999999999999", 0, 99, &number), -ERANGE);
	assert_int_equal(number, 77);
}

static void test_comparing(void **state)
{
	(void)state;
	assert_true(str_equal(NULL, NULL));
	assert_false(str_equal("", NULL));
	assert_true(str_equal_nocase("HeLP", "help"));
	assert_false(str_equal_nocase("help", "helpx"));
	assert_false(str_equal_nocase("[", "{")); /* ASCII letters only */
	assert_true(str_starts("prefix", "pre"));
	assert_false(str_starts("pr", "pre"));
}

static void test_hash_depends_on_all(void **state)
{
	(void)state;
	assert_int_not_equal(str_hash(0, "ab", 2), str_hash(0, "ba", 2));
	assert_int_not_equal(str_hash(0, "ab", 2), str_hash(1, "ab", 2));
	assert_int_equal(str_hash(0, "ab", 2), str_hash(0, "ab", 2));
}

/* Into the room that is left, and past it: at every length around the sizes that memory is taken in. */
static void printf_fits_or_grows_or_leaves_the_text(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int before = 0; before < 140; before++) {
		for (int length = 0; length < 140; length++) {
			struct str str = STR(200);

			str_append_bytes(&str, text, (size_t)before);
			str_printf(&str, "%.*s", length, text);
			assert_int_equal(str.error, before + length > 200 ? -EMSGSIZE : 0);
			assert_int_equal(strlen(str_text(&str)), str.error ? before : before + length);
			assert_int_equal(str.length, strlen(str_text(&str)));
			str_release(&str);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(printf_fits_or_grows_or_leaves_the_text),
			cmocka_unit_test(test_append),
			cmocka_unit_test(test_a_url_carries_any_bytes),
			cmocka_unit_test(test_the_cap_sticks),
			cmocka_unit_test(a_buffer_that_overflowed_is_as_new_once_emptied),
			cmocka_unit_test(test_take_of_nothing_is_an_empty_text),
			cmocka_unit_test(test_growth_keeps_everything),
			cmocka_unit_test(test_numbers),
			cmocka_unit_test(test_comparing),
			cmocka_unit_test(test_hash_depends_on_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
