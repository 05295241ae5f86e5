/* IRC lines: the public test vectors, and further cases. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/irc/line.h"

#define VECTORS "tests/vectors/irc/"

static struct json *vectors(const char *path)
{
	struct json *json;

	assert_int_equal(json_parse_file(path, JSON_OPTIONAL, &json), 0);
	assert_false(json_is_broken(json));
	return json;
}

static struct irc_line parse(char *bytes)
{
	struct irc_line line;

	assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
	return line;
}

static void check_tags(const struct irc_line *line, struct json_node *tags)
{
	char value[512];

	for (struct json_node *tag = json_first(tags); tag; tag = json_next(tag)) {
		const char *wanted = json_string(tag) ? json_string(tag) : "";

		assert_int_equal(irc_line_tag(line, json_key(tag), value, sizeof(value)), 0);
		assert_string_equal(value, wanted);
	}
}

static void check_split(struct json_node *test)
{
	struct json_node *atoms = json_get(test, "atoms"), *params = json_get(atoms, "params");
	char *bytes = str_copy(json_string(json_get(test, "input")));
	const char *source = json_string(json_get(atoms, "source"));
	struct irc_line line = parse(bytes);
	size_t i = 0;

	if (source)
		assert_string_equal(line.source, source);
	else
		assert_null(line.source);
	assert_string_equal(line.verb, json_string(json_get(atoms, "verb")));
	assert_int_equal(line.param_count, json_count(params));
	for (struct json_node *param = json_first(params); param; param = json_next(param))
		assert_string_equal(line.params[i++], json_string(param));
	check_tags(&line, json_get(atoms, "tags"));
	free(bytes);
}

static void splits_the_vectors(void **state)
{
	struct json *json = vectors(VECTORS "msg-split.json");
	struct json_node *tests = json_get(json_root(json), "tests");

	(void)state;
	assert_true(json_count(tests) > 20);
	for (struct json_node *test = json_first(tests); test; test = json_next(test))
		check_split(test);
	json_free(json);
}

static void check_join(struct json_node *test)
{
	struct json_node *atoms = json_get(test, "atoms");
	struct irc_line line = {.source = json_string(json_get(atoms, "source")),
			.verb = json_string(json_get(atoms, "verb"))};
	struct str tags = STR(1000), text = STR(1000);
	bool is_match = false;

	for (struct json_node *tag = json_first(json_get(atoms, "tags")); tag; tag = json_next(tag))
		irc_tag_append(&tags, json_key(tag), json_string(tag) ? json_string(tag) : "");
	for (struct json_node *param = json_first(json_get(atoms, "params")); param; param = json_next(param))
		line.params[line.param_count++] = json_string(param);
	line.tags = str_text(&tags);
	assert_int_equal(irc_line_format(&line, &text), 0);
	for (struct json_node *match = json_first(json_get(test, "matches")); match; match = json_next(match))
		is_match = is_match || strcmp(json_string(match), str_text(&text)) == 0;
	if (!is_match)
		fail_msg("%s is not an accepted form", str_text(&text));
	str_release(&tags);
	str_release(&text);
}

static void joins_the_vectors(void **state)
{
	struct json *json = vectors(VECTORS "msg-join.json");
	struct json_node *tests = json_get(json_root(json), "tests");

	(void)state;
	assert_true(json_count(tests) > 10);
	for (struct json_node *test = json_first(tests); test; test = json_next(test))
		check_join(test);
	json_free(json);
}

static void refuses_malformed_lines(void **state)
{
	struct irc_line line = {.verb = "untouched"};
	char empty[] = "", spaces[] = "   ", tags[] = "@a=b", source[] = ":me", nul[] = "PING\0x";

	(void)state;
	assert_int_equal(irc_line_parse(empty, 0, &line), -EBADMSG);
	assert_int_equal(irc_line_parse(spaces, 3, &line), -EBADMSG);
	assert_int_equal(irc_line_parse(tags, 4, &line), -EBADMSG);
	assert_int_equal(irc_line_parse(source, 3, &line), -EBADMSG);
	assert_int_equal(irc_line_parse(nul, 6, &line), -EBADMSG);
	assert_string_equal(line.verb, "untouched");
}

static void leaves_out_params_past_the_limit(void **state)
{
	char bytes[] = "X 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22";
	struct irc_line line = parse(bytes);

	(void)state;
	assert_int_equal(line.param_count, IRC_PARAMS_MAX);
	assert_string_equal(irc_line_param(&line, 19), "20");
	assert_string_equal(irc_line_param(&line, 20), "");
}

static void knows_numerics(void **state)
{
	char welcome[] = ":s 001 me :hi", word[] = "PING 1", four[] = "0011 a";
	struct irc_line line = parse(welcome);

	(void)state;
	assert_int_equal(irc_line_numeric(&line), 1);
	line = parse(word);
	assert_int_equal(irc_line_numeric(&line), 0);
	line = parse(four);
	assert_int_equal(irc_line_numeric(&line), 0);
}

static void finds_the_last_of_a_repeated_tag(void **state)
{
	char bytes[] = "@a=1;b;;a=2;c=\\:\\s\\\\\\r\\n\\x\\ PING";
	struct irc_line line = parse(bytes);
	char value[16], small[1];

	(void)state;
	assert_int_equal(irc_line_tag(&line, "a", value, sizeof(value)), 0);
	assert_string_equal(value, "2");
	assert_int_equal(irc_line_tag(&line, "b", value, sizeof(value)), 0);
	assert_string_equal(value, "");
	assert_int_equal(irc_line_tag(&line, "c", value, sizeof(value)), 0);
	assert_string_equal(value, "; \\\r\nx");
	assert_int_equal(irc_line_tag(&line, "d", value, sizeof(value)), -ENOENT);
	assert_int_equal(irc_line_tag(&line, "a", small, sizeof(small)), -EMSGSIZE);
}

static void never_writes_a_line_break(void **state)
{
	struct str text = STR(200), tags = STR(200);
	struct irc_line line = *IRC_LINE("PRIVMSG", "#a", "hello\r\nQUIT :bye\n");

	(void)state;
	irc_tag_append(&tags, "+reply", "a\r\nb; c\\");
	line.tags = str_text(&tags);
	line.source = "a";
	assert_int_equal(irc_line_format(&line, &text), 0);
	assert_string_equal(str_text(&text), "@+reply=a\\r\\nb\\:\\sc\\\\ :a PRIVMSG #a :hello  QUIT :bye ");
	str_release(&text);
	str_release(&tags);
}

static void refuses_to_format_ambiguous_lines(void **state)
{
	struct str text = STR(20);

	(void)state;
	assert_int_equal(irc_line_format(IRC_LINE("JOIN", "a b", "c"), &text), -EINVAL);
	assert_int_equal(irc_line_format(IRC_LINE("JOIN", "", "c"), &text), -EINVAL);
	assert_int_equal(irc_line_format(IRC_LINE("JOIN", ":a", "c"), &text), -EINVAL);
	assert_int_equal(irc_line_format(IRC_LINE("JOIN", "a\nb", "c"), &text), -EINVAL);
	assert_int_equal(irc_line_format(IRC_LINE("", "a"), &text), -EINVAL);
	assert_int_equal(irc_line_format(IRC_LINE("JOIN\n", "a"), &text), -EINVAL);
	assert_int_equal(irc_line_format(&(struct irc_line){.source = "a\nb", .verb = "X"}, &text), -EINVAL);
	assert_int_equal(irc_line_format(&(struct irc_line){.tags = "a b", .verb = "X"}, &text), -EINVAL);
	assert_int_equal(text.length, 0);
	assert_int_equal(irc_line_format(IRC_LINE("PRIVMSG", "#channel", "too long"), &text), -EMSGSIZE);
	str_release(&text);
}

/* Several lines in one piece, with and without line ends; malformed ones are skipped. */
static void takes_one_line_after_the_other(void **state)
{
	static const char text[] = "\r\nPING a\r\n\n@only=tags\nPONG b\nQUIT";
	static char buffer[IRC_LINE_MAX_BYTES + 1];
	static char long_line[IRC_LINE_MAX_BYTES + 20];
	const char *bytes = text;
	size_t length = strlen(text);
	struct irc_line line;

	(void)state;
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(line.verb, "PING");
	assert_string_equal(irc_line_param(&line, 0), "a");
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(line.verb, "PONG");
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(line.verb, "QUIT");
	assert_false(irc_line_take(&bytes, &length, buffer, &line));
	assert_int_equal(length, 0);

	memset(long_line, 'x', IRC_LINE_MAX_BYTES + 1);
	memcpy(long_line + IRC_LINE_MAX_BYTES + 1, "\nPING", 5);
	bytes = long_line;
	length = IRC_LINE_MAX_BYTES + 6;
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(line.verb, "PING");
	bytes = long_line + 1; /* the longest there may be */
	length = IRC_LINE_MAX_BYTES;
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
}

/* UnrealIRCd 6.1.8 ends the first line of a labelled reply with CR CR LF: one CR stayed in the channel's name, and
 * the history was ignored. */
static void cr_is_never_content(void **state)
{
	static const char text[] = "@label=h1 :s BATCH +b chathistory #tv\r\r\n\r\r\nPING "
				   "a\r\r\r\n:a\r!b\r@c PRIVMSG #t\rv "
				   ":one\rQUIT two\0three\r\n\r \r\n:s PONG b\r\r";
	static char buffer[IRC_LINE_MAX_BYTES + 1];
	const char *bytes = text;
	size_t length = sizeof(text) - 1;
	struct irc_line line;

	(void)state;
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(irc_line_param(&line, 2), "#tv");
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(irc_line_param(&line, 0), "a");
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(line.source, "a!b@c");
	assert_string_equal(line.verb, "PRIVMSG");
	assert_string_equal(irc_line_param(&line, 0), "#tv");
	assert_string_equal(irc_line_param(&line, 1), "oneQUIT twothree");
	assert_true(irc_line_take(&bytes, &length, buffer, &line));
	assert_string_equal(irc_line_param(&line, 0), "b");
	assert_false(irc_line_take(&bytes, &length, buffer, &line));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(cr_is_never_content),
			cmocka_unit_test(splits_the_vectors),
			cmocka_unit_test(joins_the_vectors),
			cmocka_unit_test(refuses_malformed_lines),
			cmocka_unit_test(leaves_out_params_past_the_limit),
			cmocka_unit_test(knows_numerics),
			cmocka_unit_test(finds_the_last_of_a_repeated_tag),
			cmocka_unit_test(never_writes_a_line_break),
			cmocka_unit_test(refuses_to_format_ambiguous_lines),
			cmocka_unit_test(takes_one_line_after_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
