/* Multiline messages: in a batch, within its limits, and as plain lines if the server refuses them. */

#include "tests/unit/irc_answer_script.h"

/* ---------------------------------------------------------------- several lines as one */

/* 300 numbered words: a few lines. */
static void say_much(struct script *script)
{
	struct str text = STR(4000);

	for (int i = 100; i < 300; i++)
		str_printf(&text, "%sword%d", i > 100 ? " " : "", i);
	say(script, "T", str_text(&text), NULL, false);
	str_release(&text);
}

static void says_several_lines_as_one_message(void **state)
{
	static const char begins[] = "@+reply=q1;+draft/reply=q1 BATCH +m1 draft/multiline #tv\n"
				     "@batch=m1 PRIVMSG #tv :\x02T\x02: word100 ";
	struct str whole = STR(8000);
	struct script script;
	char *line, *rest;

	(void)state;
	begin_on(&script, "x", "draft/multiline=max-bytes=4096,max-lines=24", "NICKLEN=12");
	assert_true(irc_session_has_multiline(script.session));
	say(&script, "T", "One line.", NULL, false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :\x02T\x02: One line.\n");
	server(&script, ":bot!~user@host.example PRIVMSG #tv :T: One line.");
	pass(&script, 20000);
	say_much(&script);
	pass(&script, 9000);
	assert_memory_equal(str_text(&script.sent), begins, sizeof(begins) - 1);
	/* Joined without breaks, the lines are the original text. */
	for (line = strtok_r(script.sent.bytes, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *text = strstr(line, " :");

		if (text && strstr(line, "PRIVMSG")) {
			assert_true(strlen(text + 2) <= irc_session_room(script.session, "PRIVMSG", "#tv"));
			assert_int_equal(strstr(line, "draft/multiline-concat ") != NULL, whole.length > 0);
			str_append(&whole, text + 2);
		} else {
			assert_true(strstr(line, "BATCH +m1") || strcmp(line, "BATCH -m1") == 0);
		}
	}
	assert_true(str_starts(str_text(&whole), "\x02T\x02: word100 word101 "));
	assert_int_equal(count_of(str_text(&whole), " word"), 200);
	str_release(&whole);
	end(&script);
}

static void keeps_to_the_limits_of_a_message(void **state)
{
	static const char *const caps[] = {"draft/multiline=max-bytes=1000,max-lines=24",
			"draft/multiline=max-bytes=4096,max-lines=2", "draft/multiline",
			"draft/multiline=max-bytes=x"};

	(void)state;
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		struct script script;

		begin_on(&script, "x", caps[i], "NICKLEN=12");
		say_much(&script);
		pass(&script, 30000);
		pass(&script, 30000);
		assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 0);
		assert_int_equal(count_of(str_text(&script.sent), "word"), 200);
		end(&script);
	}
}

static void repeats_it_in_plain_lines_once(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "draft/multiline=max-bytes=4096,max-lines=24", "NICKLEN=12");
	say_much(&script);
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 2);
	str_clear(&script.sent);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 0);
	assert_int_equal(count_of(str_text(&script.sent), "word"), 200);
	assert_true(str_starts(
			str_text(&script.sent), "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :\x02T\x02: "));
	str_clear(&script.sent);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	pass(&script, 30000);
	expect(&script.sent, "");
	say_much(&script);
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 0);
	end(&script);
}

/* Three in a row: the first is accepted and echoed; the others are refused. */
static void repeats_refused_lines_only(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "draft/multiline=max-bytes=4096,max-lines=24", "NICKLEN=12");
	script.config.flood = FLOOD_NONE;
	assert_int_equal(irc_session_configure(script.session, &script.config, &script.now), 0);
	irc_session_open(script.session, &script.now);
	register_on(&script, "x", "draft/multiline=max-bytes=4096,max-lines=24", "NICKLEN=12");
	for (int i = 0; i < 3; i++)
		say_much(&script);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH +m"), 3);
	str_clear(&script.sent);
	server(&script, ":bot!~user@host.example BATCH +x draft/multiline #tv\n:bot!~user@host.example BATCH "
			"-x\n"
			":other!u@h BATCH +y draft/multiline #tv\n:other!u@h BATCH -y");
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	assert_int_equal(count_of(str_text(&script.sent), "word100 "), 1);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	assert_int_equal(count_of(str_text(&script.sent), "word100 "), 2);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	assert_int_equal(count_of(str_text(&script.sent), "word100 "), 2);
	end(&script);
}

static void reads_the_limits(void **state)
{
	struct irc_multiline limits = {1, 2};

	(void)state;
	assert_int_equal(irc_multiline_read("", &limits), -EINVAL);
	assert_int_equal(irc_multiline_read("max-lines=3", &limits), -EINVAL);
	assert_int_equal(irc_multiline_read("max-bytes=0", &limits), -EINVAL);
	assert_int_equal(irc_multiline_read("max-bytes=100,max-lines=-1", &limits), -EINVAL);
	assert_int_equal(limits.max_bytes, 1);
	assert_int_equal(irc_multiline_read("other,max-lines=3,x=y,max-bytes=100", &limits), 0);
	assert_int_equal(limits.max_bytes, 100);
	assert_int_equal(limits.max_lines, 3);
	assert_int_equal(irc_multiline_read("max-bytes=100,max-lines=500", &limits), 0);
	assert_int_equal(limits.max_lines, IRC_MULTILINE_LINES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(says_several_lines_as_one_message),
			cmocka_unit_test(keeps_to_the_limits_of_a_message),
			cmocka_unit_test(repeats_it_in_plain_lines_once),
			cmocka_unit_test(repeats_refused_lines_only),
			cmocka_unit_test(reads_the_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
