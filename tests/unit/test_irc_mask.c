/* nick!user@host masks: the public test vectors, and masks that are slow in a naive matcher. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/gateway/irc/mask.h"
#include "bot/irc/casemap.h"

#define VECTORS "tests/vectors/irc/"

static struct json *vectors(const char *path)
{
	struct json *json;

	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), 0);
	assert_false(json_is_broken(json));
	return json;
}

static void assert_span(const char *span, size_t length, const char *wanted)
{
	wanted = wanted ? wanted : "";
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(span, wanted, length);
}

static void splits_the_vectors(void **state)
{
	struct json *json = vectors(VECTORS "userhost-split.json");
	struct json_node *tests = json_get(json_root(json), "tests");

	(void)state;
	assert_true(json_count(tests) > 5);
	for (struct json_node *test = json_first(tests); test; test = json_next(test)) {
		struct json_node *atoms = json_get(test, "atoms");
		struct irc_source source;

		irc_source_split(json_string(json_get(test, "source")), &source);
		assert_span(source.nick, source.nick_length, json_string(json_get(atoms, "nick")));
		assert_span(source.user, source.user_length, json_string(json_get(atoms, "user")));
		assert_span(source.host, source.host_length, json_string(json_get(atoms, "host")));
	}
	json_free(json);
}

static void matches_the_vectors(void **state)
{
	struct json *json = vectors(VECTORS "mask-match.json");
	struct json_node *tests = json_get(json_root(json), "tests");

	(void)state;
	assert_true(json_count(tests) > 5);
	for (struct json_node *test = json_first(tests); test; test = json_next(test)) {
		const char *mask = json_string(json_get(test, "mask"));
		struct json_node *text;

		for (text = json_first(json_get(test, "matches")); text; text = json_next(text))
			assert_true(irc_mask_match(mask, json_string(text)));
		for (text = json_first(json_get(test, "fails")); text; text = json_next(text))
			assert_false(irc_mask_match(mask, json_string(text)));
	}
	json_free(json);
}

static void matches_many_stars_in_no_time(void **state)
{
	(void)state;
	assert_true(irc_mask_match("*", ""));
	assert_true(irc_mask_match("a**b*", "axxb"));
	assert_false(irc_mask_match("?", ""));
	assert_false(irc_mask_match("a", ""));
	assert_false(irc_mask_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void splits_odd_sources(void **state)
{
	struct irc_source source;

	(void)state;
	irc_source_split("nick@ho!st", &source);
	assert_span(source.nick, source.nick_length, "nick");
	assert_span(source.user, source.user_length, "");
	assert_span(source.host, source.host_length, "ho!st");
	irc_source_split("", &source);
	assert_span(source.nick, source.nick_length, "");
	irc_source_split("n!u@h@i", &source);
	assert_span(source.user, source.user_length, "u@h");
	assert_span(source.host, source.host_length, "i");
}

static void folds_as_the_server_says(void **state)
{
	(void)state;
	assert_int_equal(irc_casemap_from_name("ascii"), IRC_CASEMAP_ASCII);
	assert_int_equal(irc_casemap_from_name("rfc1459"), IRC_CASEMAP_RFC1459);
	assert_int_equal(irc_casemap_from_name("rfc1459-strict"), IRC_CASEMAP_RFC1459_STRICT);
	assert_int_equal(irc_casemap_from_name("rfc8265"), IRC_CASEMAP_ASCII);
	assert_true(irc_casemap_equal(IRC_CASEMAP_RFC1459, "Nick[]\\^", "nICK{}|~"));
	assert_false(irc_casemap_equal(IRC_CASEMAP_RFC1459_STRICT, "a^", "a~"));
	assert_true(irc_casemap_equal(IRC_CASEMAP_RFC1459_STRICT, "A[", "a{"));
	assert_false(irc_casemap_equal(IRC_CASEMAP_ASCII, "a[", "a{"));
	assert_false(irc_casemap_equal(IRC_CASEMAP_ASCII, "a", "ab"));
	assert_false(irc_casemap_equal(IRC_CASEMAP_ASCII, "ab", "a"));
	assert_false(irc_casemap_equal(IRC_CASEMAP_RFC1459, "\xC3\x84", "\xC3\xA4"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(splits_the_vectors),
			cmocka_unit_test(matches_the_vectors),
			cmocka_unit_test(matches_many_stars_in_no_time),
			cmocka_unit_test(splits_odd_sources),
			cmocka_unit_test(folds_as_the_server_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
