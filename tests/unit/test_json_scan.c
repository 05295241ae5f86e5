/* The JSON scanner: valid and invalid texts, and the positions of errors. */

#include "tests/unit/json_report.h"

static void test_sound_texts(void **state)
{
	static const char *const texts[] = {
			"{}",
			"[]",
			" \t\r\n null \n",
			"true",
			"\"a\"",
			"0",
			"-0.5e-10",
			"[1, -2.5, 1E+2, \"\\u00e9\\n\\/\", {\"a\": [[]]}]",
			"\"\\ud83d\\ude00\"",
			"{\"\": 1, \" \": 2}",
			"\xEF\xBB\xBF{\"a\": 1}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct json *json = parse(texts[i], JSON_OPTIONAL);

		assert_report(json, "");
		assert_non_null(json_root(json));
		assert_false(json_is_broken(json));
		json_free(json);
	}
}

static void test_broken_texts_say_where_and_what(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
			{"", "1:1: the file is empty; write at least {}"},
			{"  \n ", "1:1: the file is empty; write at least {}"},
			{"{\n  \"a\": 1,\n}", "2:9: remove this comma; nothing follows before }"},
			{"[1,]", "1:3: remove this comma; nothing follows before ]"},
			{"[1,,2]", "1:4: a comma where a value belongs; remove it"},
			{"{,}", "1:2: a comma too many; remove it"},
			{"[1\n 2]", "1:3: a comma is missing here, or ]"},
			{"{\"a\": \"\xC3\xA9\" \"b\": 2}", "1:10: a comma is missing here, or }"},
			{"{'a': 1}", "1:2: a key needs double quotes, not single quotes"},
			{"{\"a\": 'b'}", "1:7: a string needs double quotes, not single quotes"},
			{"{a: 1}", "1:2: the key needs double quotes: \"a\""},
			{"{1: 1}", "1:2: the key needs double quotes: \"1\""},
			{"{\"a\" 1}", "1:6: a colon is missing after the key"},
			{"{\"a\" = 1}", "1:6: write a colon instead of ="},
			{"{\"a\": 1: 2}", "1:8: a colon where a comma or } belongs"},
			{"[1; 2]", "1:3: write a comma instead of the semicolon"},
			{"{\"a\": True}", "1:7: True is written true"},
			{"[[1}", "1:4: } where the [ of line 1 must be closed first; put ] here"},
			{"{\n\"a\": [1, 2\n}",
					"3:1: } where the [ of line 2 must be closed first; put ] here"},
			{"{\"a\": [1, 2]", "1:1: this { is never closed; add }"},
			{"[1, 2", "1:1: this [ is never closed; add ]"},
			{"[", "1:1: this [ is never closed; add ]"},
			{"{\"a\":", "1:6: the text ends where a value belongs"},
			{"{} {}", "1:4: text after the end; remove it, or the bracket that closed too early"},
			{"\"a", "1:1: this string has no closing \" on its line; a line break is written "
				"\\n"},
			{"[\"a\n\"]", "1:2: this string has no closing \" on its line; a line break is "
				      "written \\n"},
			{"\"a\tb\"", "1:3: a control character in a string; a tab is written \\t, others "
				     "\\u0009"},
			{"\"\\x\"", "1:2: no such escape after a backslash; a backslash itself is written "
				    "\\\\"},
			{"\"\\", "1:2: no such escape after a backslash; a backslash itself is written \\\\"},
			{"\"\\u12g4\"", "1:2: \\u needs four hexadecimal digits, as in \\u00e9"},
			{"\"a\\u0000\"", "1:3: a string must not contain a NUL character; remove \\u0000"},
			{"\"\\ud800\"", "1:2: \\ud800 is half a character; write the character itself"},
			{"\"\\udc00\"", "1:2: \\udc00 is half a character; write the character itself"},
			{"\"\\ud800\\u0041\"",
					"1:2: \\ud800 is half a character; write the character itself"},
			{"01", "1:1: a number cannot begin with 0; remove the 0, or put it in double quotes"},
			{"-01", "1:1: a number cannot begin with 0; remove the 0, or put it in double "
				"quotes"},
			{"+1", "1:1: a number has no plus sign; remove it"},
			{".5", "1:1: a number cannot begin with a point; write 0 before it"},
			{"1.", "1:1: a digit is missing after the decimal point"},
			{"1e+", "1:1: a digit is missing in the exponent"},
			{"-", "1:1: a digit is missing after the minus sign"},
			{"0x10", "1:1: neither a number nor a string; put it in double quotes"},
			{"1e999", "1:1: this number is too large; nothing here needs one beyond 1e300"},
			{"[#tv]", "1:2: a comment begins with //; a channel name needs double quotes"},
			{"[@]", "1:2: a value belongs here"},
			{"[\"\xFF\"]", "1:3: this is not UTF-8; save the file as UTF-8"},
			{"[\"\xC3\xA9\xE2\x82\"]", "1:4: this is not UTF-8; save the file as UTF-8"},
			{"\"\xED\xA0\x80\"", "1:2: this is not UTF-8; save the file as UTF-8"},
			{"// x\n{}", "1:1: comments are not allowed in this file; remove it"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct json *json = parse(cases[i].text, JSON_OPTIONAL);
		char expected[300];

		snprintf(expected, sizeof(expected), "f:%s\n", cases[i].problem);
		assert_report(json, expected);
		assert_true(json_is_broken(json));
		json_free(json);
	}
}

/* An unquoted word in place of a value may be a password, so reports must not contain it. */
static void test_an_unquoted_value_is_not_repeated(void **state)
{
	struct json *json = parse("{\"password\": hunter2}", JSON_OPTIONAL);

	(void)state;
	assert_report(json, "f:1:14: a word needs double quotes before and after it\n");
	json_free(json);
}

/* Found by the fuzzer: a string with a NUL was copied up to the NUL, but wiped in full length. */
static void test_nul_byte(void **state)
{
	char text[400] = "{\n\0}";
	struct json *json = NULL;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text), JSON_OPTIONAL, &json), 0);
	assert_report(json, "f:2:1: a NUL byte; save the file as UTF-8 text\n");
	json_free(json);
}

static void test_text_is_not_terminated(void **state)
{
	struct json *json = NULL;
	char *text = malloc(2);

	(void)state;
	assert_non_null(text);
	memcpy(text, "12", 2);
	assert_int_equal(json_parse(text, 2, JSON_OPTIONAL, &json), 0);
	free(text);
	assert_true(json_number(json_root(json)) == 12);
	json_free(json);
}

static void test_depth(void **state)
{
	char text[2 * (JSON_DEPTH_MAX + 1) + 1] = "";
	struct json *json;

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	json = parse(text, JSON_OPTIONAL);
	assert_report(json, "");
	json_free(json);

	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	json = parse(text, JSON_OPTIONAL);
	assert_report(json, "f:1:65: nested too deep; the limit is 64 levels\n");
	json_free(json);
}

static void test_number_of_61_characters_is_refused(void **state)
{
	char text[70];
	struct json *json;

	(void)state;
	memset(text, '1', 61);
	text[61] = '\0';
	json = parse(text, JSON_OPTIONAL);
	assert_report(json, "f:1:1: this number is too long; the limit is 60 characters\n");
	json_free(json);
}

/* ---------------------------------------------------------------- comments */

static void test_comments(void **state)
{
	struct json *json = parse(
			"// one\n{ /* two\n */ \"a\": \"// no /* no */\", // three\n \"b\" /**/ : 1 }//",
			JSON_COMMENTS);

	(void)state;
	assert_report(json, "");
	assert_string_equal(json_string(json_get(json_root(json), "a")), "// no /* no */");
	assert_true(json_number(json_get(json_root(json), "b")) == 1);
	json_free(json);
}

static void test_comment_keeps_columns(void **state)
{
	struct json *json = parse("{/* \xED\x95\x9C\xEA\xB5\xAD */ \"a\": 1}", JSON_COMMENTS);
	unsigned line = 0, column = 0;

	(void)state;
	json_position(json, json_get(json_root(json), "a"), &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 11);
	json_free(json);
}

static void test_comment_that_never_ends(void **state)
{
	struct json *json = parse("{}\n /* *", JSON_COMMENTS);

	(void)state;
	assert_report(json, "f:2:2: this comment never ends; close it with */\n");
	json_free(json);

	json = parse("{} /", JSON_COMMENTS);
	assert_true(json_is_broken(json));
	json_free(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_sound_texts),
			cmocka_unit_test(test_broken_texts_say_where_and_what),
			cmocka_unit_test(test_an_unquoted_value_is_not_repeated),
			cmocka_unit_test(test_nul_byte),
			cmocka_unit_test(test_text_is_not_terminated),
			cmocka_unit_test(test_depth),
			cmocka_unit_test(test_number_of_61_characters_is_refused),
			cmocka_unit_test(test_comments),
			cmocka_unit_test(test_comment_keeps_columns),
			cmocka_unit_test(test_comment_that_never_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
