/* Finding characters in a text: each once, by any spelling, whole words only, with any number of names. */

#include "bot/catalogue/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/catalogue/words.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const ALIASES[] = {"Lee", "Captain Lee Soo of Seoul"};

static struct show show_of(const struct character *characters, size_t count)
{
	return (struct show){.characters = characters, .character_count = count};
}

/* "0:1 2:0": character and spelling. */
static void expect(struct names *names, const char *folded, const char *expected)
{
	const struct name_match *matches;
	size_t count = names_find(names, folded, &matches);
	struct str found = STR(1000);

	for (size_t i = 0; i < count; i++)
		str_printf(&found, "%s%zu:%zu", i > 0 ? " " : "", matches[i].character, matches[i].spelling);
	assert_string_equal(str_text(&found), expected);
	str_release(&found);
}

static void test_found_by_any_spelling(void **state)
{
	const struct character characters[] = {
			{.name = "Soo", .aliases = ALIASES, .alias_count = 2},
			{.name = "Lee Soo"},
			{.name = "Lee"},
			{.name = "!!!"},
			{.name = "Nam On-jo"},
	};
	const struct show show = show_of(characters, COUNT_OF(characters));
	struct names *names = NULL;

	(void)state;
	assert_int_equal(names_new(&show, &names), 0);
	expect(names, "", "");
	expect(names, "no one", "");
	expect(names, "lees and sooner leesoo", "");
	expect(names, "lee", "0:1 2:0");
	expect(names, "lee soo", "0:0 1:0 2:0");
	expect(names, "soo lee", "0:0 2:0");
	expect(names, "the captain lee soo of seoul came", "0:0 1:0 2:0");
	expect(names, "captain lee so of seoul nam", "0:1 2:0");
	expect(names, "nam onjo", "4:0");
	names_free(names);
	names_free(NULL);
}

static void test_no_characters(void **state)
{
	const struct show show = show_of(NULL, 0);
	struct names *names = NULL;

	(void)state;
	assert_int_equal(names_new(&show, &names), 0);
	expect(names, "lee", "");
	names_free(names);
}

/* The search gives the same result as searching each name separately. */
static void test_the_same_as_one_by_one(void **state)
{
	static const char *const parts[] = {
			"a", "b", "ab", "a b", "b a", "a a", "a b a", "ba", "b b a", "a a a b"};
	struct character characters[COUNT_OF(parts)] = {{0}};
	const struct show show = show_of(characters, COUNT_OF(parts));
	struct names *names = NULL;
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		characters[i].name = parts[i];
	assert_int_equal(names_new(&show, &names), 0);
	for (int round = 0; round < 5000; round++) {
		const struct name_match *matches;
		char text[32] = "";
		size_t count, at = 0;

		for (size_t i = 0; i < 12; i++) {
			random = random * 1664525 + 1013904223;
			text[i] = " ab"[(random >> 16) % 3];
			if (text[i] == ' ' && (i == 0 || text[i - 1] == ' '))
				text[i] = 'a';
		}
		count = names_find(names, text, &matches);
		for (size_t i = 0; i < COUNT_OF(parts); i++) {
			bool is_found = at < count && matches[at].character == i;

			assert_int_equal(is_found, words_contain(text, parts[i]));
			at += is_found;
		}
		assert_int_equal(at, count);
	}
	names_free(names);
}

/* 100,000 names in 100,000 texts: each name looked for in each text would take an hour. */
static void test_many_names_in_many_texts(void **state)
{
	enum { COUNT = 100000 };
	struct character *characters = calloc(COUNT, sizeof(*characters));
	struct rlimit unbounded, bounded;
	const struct name_match *matches;
	struct names *names = NULL;
	struct show show;
	size_t found = 0;
	char text[64];

	(void)state;
	assert_non_null(characters);
	show = show_of(characters, COUNT);
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "Lee %d", i % (COUNT / 2));
		characters[i].name = str_copy(text);
	}
	assert_int_equal(getrlimit(RLIMIT_CPU, &unbounded), 0);
	bounded = unbounded;
	bounded.rlim_cur = 60;
	assert_int_equal(setrlimit(RLIMIT_CPU, &bounded), 0);
	assert_int_equal(names_new(&show, &names), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(text, sizeof(text), "who is lee %d lee", i);
		found += names_find(names, text, &matches);
	}
	assert_int_equal(setrlimit(RLIMIT_CPU, &unbounded), 0);
	assert_int_equal(found, COUNT);
	names_free(names);
	for (int i = 0; i < COUNT; i++)
		free((void *)(uintptr_t)characters[i].name);
	free(characters);
}

/* A name shared by all characters finds only a few of them. */
static void test_one_name_for_all(void **state)
{
	struct character characters[100] = {{0}};
	const struct show show = show_of(characters, COUNT_OF(characters));
	const struct name_match *matches;
	struct names *names = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(characters); i++)
		characters[i].name = "Lee";
	assert_int_equal(names_new(&show, &names), 0);
	assert_int_equal(names_find(names, "lee and lee", &matches), NAMES_SAME_MAX);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_found_by_any_spelling),
			cmocka_unit_test(test_no_characters),
			cmocka_unit_test(test_the_same_as_one_by_one),
			cmocka_unit_test(test_many_names_in_many_texts),
			cmocka_unit_test(test_one_name_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
