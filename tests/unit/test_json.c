/* JSON: positions, problems, typed getters, files, writing. */

#include <errno.h>

#include <sys/resource.h>

#include "tests/unit/json_report.h"

/* ---------------------------------------------------------------- positions */

static void test_position_of_every_value(void **state)
{
	struct json *json = parse("{\"a\": [10,\n  [], {\"x\": {}}],\n \"b\": \"\xC3\xA9\", \"c\": null}",
			JSON_OPTIONAL);
	struct json_node *root = json_root(json), *list = json_get(root, "a");
	const struct {
		const struct json_node *node;
		unsigned line, column;
	} cases[] = {
			{root, 1, 1},
			{list, 1, 2},
			{json_first(list), 1, 8},
			{json_next(json_first(list)), 2, 3},
			{json_next(json_next(json_first(list))), 2, 7},
			{json_first(json_next(json_next(json_first(list)))), 2, 8},
			{json_get(root, "b"), 3, 2},
			{json_get(root, "c"), 3, 12},
			{NULL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned line = 99, column = 99;

		json_position(json, cases[i].node, &line, &column);
		assert_int_equal(line, cases[i].line);
		assert_int_equal(column, cases[i].column);
	}
	json_free(json);
}

/* ---------------------------------------------------------------- problems */

static void test_strings_and_numbers_read_as_written(void **state)
{
	struct json *json =
			parse("{\"plain\": \"caf\u00e9, without escapes\", \"e\\u006be\": \"\\\\ \\/ \\\" "
			      "\\b\\f\\n\\r\\t \\u00e9\\u20AC \\ud83d\\ude00 end\", \"\": \"\", "
			      "\"numbers\": [0, -0, 7, 123456789012345, 1234567890123456, -1.5e-2, 9e2]}",
					JSON_OPTIONAL);
	static const double numbers[] = {0, 0, 7, 123456789012345, 1234567890123456, -0.015, 900};
	struct json_node *root = json_root(json), *node = json_first(json_get(root, "numbers"));

	(void)state;
	assert_report(json, "");
	assert_string_equal(json_string(json_get(root, "plain")), "caf\u00e9, without escapes");
	assert_string_equal(
			json_string(json_get(root, "eke")), "\\ / \" \b\f\n\r\t \u00e9\u20ac \U0001f600 end");
	assert_string_equal(json_string(json_get(root, "")), "");
	for (size_t i = 0; i < COUNT_OF(numbers); i++, node = json_next(node))
		assert_true(json_number(node) == numbers[i]);
	assert_null(node);
	json_free(json);
}

static void test_escapes_leave_positions_alone(void **state)
{
	struct json *json = parse("{\"\\u00e9\\n\": \"\\u00e9\", \"b\": [\"\u00e9\", 1]}", JSON_OPTIONAL);
	struct json_node *list = json_get(json_root(json), "b");
	unsigned line, column;

	(void)state;
	json_position(json, list, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 24);
	json_position(json, json_next(json_first(list)), &line, &column);
	assert_int_equal(column, 35);
	json_free(json);
}

static void test_duplicate_keys(void **state)
{
	struct json *json =
			parse("{\"a\": 1, \"b\": {\"a\": 1, \"a\": 2}, \"A\": 3,\n\"a\": 4}", JSON_OPTIONAL);

	(void)state;
	assert_report(json, "f:1:24: the key \"a\" is given a second time; keep one of them\n"
			    "f:2:1: the key \"a\" is given a second time; keep one of them\n");
	assert_non_null(json_root(json));
	json_free(json);
}

static void test_problems_are_in_the_order_of_the_text(void **state)
{
	struct json *json = parse("[1, 2, 3]", JSON_OPTIONAL);
	struct json_node *one = json_first(json_root(json)), *two = json_next(one);

	(void)state;
	json_warning(json, json_next(two), "third");
	json_problem(json, one, "first %d", 1);
	json_problem(json, two, "second");
	json_problem(json, two, "second again");
	json_problem(json, NULL, "the file");
	assert_report(json, "f: the file\nf:1:2: first 1\nf:1:5: second\nf:1:5: second again\n"
			    "f:1:8: warning: third\n");
	assert_int_equal(json_problem_count(json), 5);
	assert_true(json_problem_at(json, 4)->is_warning);
	assert_null(json_problem_at(json, 5));
	json_free(json);
}

static void test_a_warning_does_not_break(void **state)
{
	struct json *json = parse("{}", JSON_OPTIONAL);

	(void)state;
	json_warning(json, json_root(json), "hm");
	assert_false(json_is_broken(json));
	json_free(json);
}

static void test_problems_are_capped_but_still_break(void **state)
{
	struct json *json = parse("{}", JSON_OPTIONAL);
	char *report;

	(void)state;
	for (int i = 0; i < JSON_PROBLEMS_MAX; i++)
		json_warning(json, json_root(json), "w");
	json_problem(json, json_root(json), "p");
	assert_int_equal(json_problem_count(json), JSON_PROBLEMS_MAX);
	assert_true(json_is_broken(json));
	report = report_of(json);
	assert_non_null(strstr(report, "f: and 1 more\n"));
	free(report);
	json_free(json);
}

/* 190 KB with one key 20,000 times once took 6 to 38 s: finding the position of each problem, also of dropped ones,
 * scanned from the start. */
static void test_a_million_problems_cost_no_more_than_the_first(void **state)
{
	enum { TIMES = 200000 };
	static const char *const known[] = {"name", "nick"};
	struct str text = STR(JSON_FILE_MAX_BYTES);
	struct rlimit unbounded, bounded;
	struct json *json;
	char *report;

	(void)state;
	str_append(&text, "{\"first\": 0");
	for (int i = 0; i < TIMES; i++)
		str_append(&text, ",\n\"nck\": 1e999");
	str_append(&text, "}");
	assert_int_equal(text.error, 0);
	/* Processor time, so that a busy machine does not matter; the square of this would take hours. */
	assert_int_equal(getrlimit(RLIMIT_CPU, &unbounded), 0);
	bounded = unbounded;
	bounded.rlim_cur = 60;
	assert_int_equal(setrlimit(RLIMIT_CPU, &bounded), 0);
	json = parse(str_text(&text), JSON_OPTIONAL);
	json_known_keys(json, json_root(json), known, COUNT_OF(known), false);
	assert_true(json_is_full(json));
	assert_int_equal(setrlimit(RLIMIT_CPU, &unbounded), 0);
	report = report_of(json);
	/* A number too large each, a second time all but one, unknown all of them and "first". */
	assert_non_null(strstr(report, "f:52:1: the key \"nck\" is given a second time"));
	assert_non_null(strstr(report, "f: and 599950 more\n"));
	free(report);
	json_free(json);
	str_release(&text);
}

static void test_a_tree_has_a_largest_size(void **state)
{
	struct str text = STR(JSON_FILE_MAX_BYTES);
	struct json *json;

	(void)state;
	str_append(&text, "[0");
	for (int i = 2; i < JSON_VALUES_MAX; i++)
		str_append(&text, ",0");
	str_append(&text, "]");
	json = parse(str_text(&text), JSON_OPTIONAL);
	assert_report(json, "");
	json_free(json);
	str_truncate(&text, text.length - 1);
	str_append(&text, ",0]");
	json = parse(str_text(&text), JSON_OPTIONAL);
	assert_report(json, "f:1:1000000: too many values for one file; the limit is 500000\n");
	json_free(json);
	str_release(&text);
}

static void test_outside_text_cannot_steer_a_terminal(void **state)
{
	static const char *const known[] = {"nick"};
	struct json *json = parse("{\"\\u001b[2J\\n\\u009b\": 1}", JSON_OPTIONAL);
	char *report;

	(void)state;
	json_known_keys(json, json_root(json), known, 1, false);
	report = report_of(json);
	assert_null(strchr(report, '\033'));
	assert_null(strstr(report, "\xC2\x9B"));
	assert_int_equal(strcspn(report, "\n"), strlen(report) - 1);
	free(report);
	json_free(json);
}

/* ---------------------------------------------------------------- getters */

static void test_getters_accept_nothing(void **state)
{
	const char *text = "untouched";
	struct json *json = parse("{}", JSON_OPTIONAL);

	(void)state;
	assert_int_equal(json_type(NULL), JSON_NULL);
	assert_null(json_key(NULL));
	assert_null(json_get(NULL, "a"));
	assert_null(json_first(NULL));
	assert_null(json_next(NULL));
	assert_int_equal(json_count(NULL), 0);
	assert_null(json_string(NULL));
	assert_true(json_number(NULL) == 0);
	assert_false(json_is_true(NULL));
	assert_false(json_text(json, NULL, "a", JSON_REQUIRED, &text));
	assert_string_equal(text, "untouched");
	assert_report(json, "");
	json_free(json);
	json_free(NULL);
}

static void test_typed_members(void **state)
{
	struct json *json =
			parse("{\"t\": \"x\", \"n\": -7, \"b\": true, \"l\": [1, 2], \"o\": {\"k\": null}}",
					JSON_OPTIONAL);
	struct json_node *root = json_root(json), *list = NULL, *object = NULL;
	const char *text = NULL;
	bool is_true = false;
	long number = 0;

	(void)state;
	assert_true(json_text(json, root, "t", JSON_REQUIRED, &text));
	assert_string_equal(text, "x");
	assert_true(json_integer(json, root, "n", JSON_REQUIRED, -10, 10, &number));
	assert_int_equal(number, -7);
	assert_true(json_boolean(json, root, "b", JSON_REQUIRED, &is_true));
	assert_true(is_true);
	assert_true(json_array(json, root, "l", JSON_REQUIRED, &list));
	assert_int_equal(json_count(list), 2);
	assert_true(json_object(json, root, "o", JSON_REQUIRED, &object));
	assert_string_equal(json_key(json_first(object)), "k");
	assert_int_equal(json_type(json_first(object)), JSON_NULL);
	assert_false(json_text(json, object, "k", JSON_OPTIONAL, &text));
	assert_null(json_get(root, "T"));
	assert_report(json, "");
	json_free(json);
}

static void test_wrong_members(void **state)
{
	struct json *json = parse("{\"t\": 1,\n\"n\": 1.5,\n\"m\": 99,\n\"b\": \"yes\",\n\"l\": {},\n\"o\": "
				  "[],\n\"z\": null}",
			JSON_OPTIONAL);
	struct json_node *root = json_root(json), *node = NULL;
	const char *text = "untouched";
	bool is_true = true;
	long number = 42;

	(void)state;
	assert_false(json_text(json, root, "t", JSON_OPTIONAL, &text));
	assert_false(json_integer(json, root, "n", JSON_OPTIONAL, 0, 10, &number));
	assert_false(json_integer(json, root, "m", JSON_OPTIONAL, 0, 10, &number));
	assert_false(json_boolean(json, root, "b", JSON_OPTIONAL, &is_true));
	assert_false(json_array(json, root, "l", JSON_OPTIONAL, &node));
	assert_false(json_object(json, root, "o", JSON_OPTIONAL, &node));
	assert_false(json_text(json, root, "z", JSON_REQUIRED, &text));
	assert_false(json_text(json, root, "gone", JSON_REQUIRED, &text));
	assert_false(json_text(json, root, "gone", JSON_OPTIONAL, &text));
	assert_string_equal(text, "untouched");
	assert_int_equal(number, 42);
	assert_true(is_true);
	assert_null(node);
	assert_report(json, "f:1:1: \"gone\" is missing; it must be a string\n"
			    "f:1:2: \"t\" must be a string, not a number; put it in double quotes\n"
			    "f:2:1: \"n\" must be a whole number from 0 to 10, not 1.5\n"
			    "f:3:1: \"m\" must be a whole number from 0 to 10, not 99\n"
			    "f:4:1: \"b\" must be true or false, not a string; remove its quotes\n"
			    "f:5:1: \"l\" must be a list [...], not an object {...}; put [ and ] around it\n"
			    "f:6:1: \"o\" must be an object {...}, not a list [...]\n"
			    "f:7:1: \"z\" is missing; it must be a string\n");
	json_free(json);
}

static void test_unknown_keys(void **state)
{
	static const char *const known[] = {"nick", "name", "url"};
	struct json *json = parse("{\"nik\": 1, \"url\": 2, \"weather\": 3}", JSON_OPTIONAL);

	(void)state;
	json_known_keys(json, json_root(json), known, COUNT_OF(known), false);
	assert_report(json, "f:1:2: unknown key \"nik\"; did you mean \"nick\"?\n"
			    "f:1:22: unknown key \"weather\"; known here: nick, name, url\n");
	json_free(json);

	json = parse("{\"nik\": 1}", JSON_OPTIONAL);
	json_known_keys(json, json_root(json), known, COUNT_OF(known), true);
	assert_false(json_is_broken(json));
	assert_report(json, "f:1:2: warning: unknown key \"nik\"; did you mean \"nick\"?\n");
	json_free(json);
}

/* ---------------------------------------------------------------- files */

static void test_files(void **state)
{
	char path[] = "/tmp/episoded-json-XXXXXX";
	struct json *json = NULL;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "{\"a\": 1}", 8), 8);
	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), 0);
	assert_true(json_number(json_get(json_root(json), "a")) == 1);
	json_free(json);
	json = NULL;

	assert_int_equal(ftruncate(fd, (off_t)JSON_FILE_MAX_BYTES + 1), 0);
	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), -EFBIG);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), 0);
	assert_report(json, "f:1:1: the file is empty; write at least {}\n");
	json_free(json);
	json = NULL;
	close(fd);
	unlink(path);

	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), -ENOENT);
	assert_int_equal(json_parse_file("/tmp", JSON_OPTIONAL, &json), -EISDIR);
	assert_null(json);
}

/* ---------------------------------------------------------------- writing */

static void test_append_string(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
			{"", "\"\""},
			{"a \"b\" \\ /", "\"a \\\"b\\\" \\\\ /\""},
			{"\r\n\t\x01\x7F", "\"\\r\\n\\t\\u0001\\u007f\""},
			{"</script>&", "\"\\u003c/script\\u003e\\u0026\""},
			{"\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xA6", "\"\\u2028\\u2029\xE2\x80\xA6\""},
			{"\xF0\x9F\x98\x80\xED\x95\x9C", "\"\xF0\x9F\x98\x80\xED\x95\x9C\""},
			{"a\xFF"
			 "b\xC3",
					"\"a\xEF\xBF\xBD"
					"b\xEF\xBF\xBD\""},
			{"\xC3(", "\"\xEF\xBF\xBD(\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str str = STR(200);

		json_append_string(&str, cases[i].text);
		assert_string_equal(str_text(&str), cases[i].expected);
		str_release(&str);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_position_of_every_value),
			cmocka_unit_test(test_strings_and_numbers_read_as_written),
			cmocka_unit_test(test_escapes_leave_positions_alone),
			cmocka_unit_test(test_duplicate_keys),
			cmocka_unit_test(test_problems_are_in_the_order_of_the_text),
			cmocka_unit_test(test_a_warning_does_not_break),
			cmocka_unit_test(test_problems_are_capped_but_still_break),
			cmocka_unit_test(test_a_million_problems_cost_no_more_than_the_first),
			cmocka_unit_test(test_a_tree_has_a_largest_size),
			cmocka_unit_test(test_outside_text_cannot_steer_a_terminal),
			cmocka_unit_test(test_getters_accept_nothing),
			cmocka_unit_test(test_typed_members),
			cmocka_unit_test(test_wrong_members),
			cmocka_unit_test(test_unknown_keys),
			cmocka_unit_test(test_files),
			cmocka_unit_test(test_append_string),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
