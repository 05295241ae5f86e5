/* Replies on their way to people: in place or to the asker alone, plain where no colours are, several lines
 * as one. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

#include "bot/gateway/irc/answer.h"
#include "bot/gateway/irc/multiline.h"

static const struct message asked = {.id = "q1",
	.channel = "#tv",
	.author_id = "~jin",
	.author_name = "jin",
	.account = "",
	.text = "!x",
	.time_ms = WALL_MS};

/* A server with these capabilities besides tags and batches, and these 005 tokens; in #tv. */
static void register_on(struct script *script, const char *version, const char *cap, const char *tokens)
{
	char line[400];

	snprintf(line, sizeof(line), ":s CAP * LS :message-tags batch echo-message %s", cap);
	server(script, line);
	snprintf(line, sizeof(line), ":s CAP * ACK :message-tags batch echo-message %.*s",
		(int)strcspn(cap, "="), cap);
	server(script, line);
	snprintf(line, sizeof(line),
		":s 001 bot :hi\n:s 004 bot s %s a b\n:s 005 bot %s CHANTYPES=# :are\n:s 422 bot :no",
		version, tokens);
	server(script, line);
	server(script, ":bot!~user@host.example JOIN #tv");
	pass(script, 20000);
	str_truncate(&script->sent, 0);
}

static void begin_on(struct script *script, const char *version, const char *cap, const char *tokens)
{
	begin_with(script, "bot", NULL, 1);
	register_on(script, version, cap, tokens);
}

static int answer_to(struct script *script, const struct message *message, const struct reply *reply)
{
	struct delivery delivery = {.message = message, .reply = reply};

	return irc_answer(script->session, &delivery, "!", &script->now);
}

static void say(
	struct script *script, const char *title, const char *text, const char *spoiler, bool is_private)
{
	struct reply reply;

	reply_init(&reply);
	reply_set_title(&reply, title);
	reply_set_text(&reply, text);
	if (spoiler)
		reply_set_spoiler(&reply, spoiler);
	reply.is_private = is_private;
	assert_int_equal(answer_to(script, &asked, &reply), 0);
	reply_release(&reply);
}

static void says_in_place_or_to_the_asker_alone(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "", "NICKLEN=12");
	say(&script, "T", "Text.", NULL, false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :\x02T\x02: Text.\n");
	say(&script, "T", "Text.", NULL, true);
	expect(&script.sent,
		"@+channel-context=#tv;+draft/channel-context=#tv NOTICE jin :\x02T\x02: Text.\n");
	server(&script, ":s 005 bot CLIENTTAGDENY=*,-draft/channel-context :are supported");
	say(&script, "T", "Text.", NULL, true);
	expect(&script.sent, "@+draft/channel-context=#tv NOTICE jin :\x02T\x02: Text.\n");
	say(&script, "T", "Text.", NULL, false);
	expect(&script.sent, "PRIVMSG #tv :jin: \x02T\x02: Text.\n");
	end(&script);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		count++;
		text++;
	}
	return count;
}

/* The channel reads four lines; who wants the rest reads it alone, from the very next word on. */
static void says_the_rest_of_a_long_answer_to_the_asker_alone(void **state)
{
	struct delivery delivery = {.message = &asked};
	struct str text = STR(8000), whole = STR(20000);
	struct script script;
	struct reply reply;

	(void)state;
	begin_on(&script, "x", "", "NICKLEN=12 CLIENTTAGDENY=*,-channel-context");
	for (int i = 1000; i < 1600; i++)
		str_printf(&text, "%sw%d", i > 1000 ? " " : "", i);
	reply_init(&reply);
	reply_set_title(&reply, "T");
	reply_set_text(&reply, str_text(&text));
	delivery.reply = &reply;
	for (int page = 0; page == 0 || delivery.position; page++) {
		const char *to = page == 0 ? "PRIVMSG #tv :" : "NOTICE jin :";
		char *line, *rest;

		assert_int_equal(irc_answer(script.session, &delivery, "!", &script.now), 0);
		for (int i = 0; i < 30; i++)
			pass(&script, 1000);
		assert_int_equal(count_of(str_text(&script.sent), "+channel-context=#tv"), page > 0);
		for (line = strtok_r(script.sent.bytes, "\n", &rest); line;
			line = strtok_r(NULL, "\n", &rest)) {
			const char *said = strstr(line, to);

			if (!said && strstr(line, "PING"))
				continue;
			assert_non_null(said);
			str_printf(&whole, "%s ", said + strlen(to));
		}
		str_truncate(&script.sent, 0);
		assert_true(page < 10);
	}
	for (int i = 1000; i < 1600; i++) {
		char word[16];

		snprintf(word, sizeof(word), "w%d ", i);
		assert_int_equal(count_of(str_text(&whole), word), 1);
	}
	str_release(&text);
	str_release(&whole);
	reply_release(&reply);
	end(&script);
}

/* ---------------------------------------------------------------- colours */

static void asks_for_the_modes_of_a_channel_only_where_they_matter(void **state)
{
	static const struct {
		const char *modes;
		bool is_asked;
	} cases[] = {
		{"CHANMODES=beI,k,l,cimnpst", true},
		{"CHANMODES=beI,k,l,imnpst", false},
		{"CHANMODES=beIc,k,l,imnpst", false}, /* a list of some kind */
		{"CHANMODES=beI,k,lc,imnpst,c", false},
		{"CHANMODES=c", false},
		{"NICKLEN=12", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script script;

		begin_on(&script, "x", "", cases[i].modes);
		server(&script, ":bot!~user@host.example PART #tv");
		server(&script, ":bot!~user@host.example JOIN #tv");
		pass(&script, 20000);
		expect(&script.sent, cases[i].is_asked ? "MODE #tv\n" : "");
		end(&script);
	}
}

static void says_nothing_coloured_where_the_channel_is_plus_c(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "", "CHANMODES=b,k,l,cnt");
	server(&script, ":s 324 bot #TV +cnt");
	assert_false(irc_session_has_colour(script.session, "#tv"));
	say(&script, "T", "Text.", NULL, false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :T: Text.\n");
	/* Nothing could veil it there, so it goes to who asked. */
	say(&script, "T", "He lives.", "Spoils the ending", false);
	expect(&script.sent,
		"@+channel-context=#tv;+draft/channel-context=#tv NOTICE jin :\x02T\x02 [Spoils the ending] "
		"\x03"
		"01,01He lives.\x0F\n");
	server(&script, ":op!u@h MODE #tv -c+n");
	assert_true(irc_session_has_colour(script.session, "#tv"));
	server(&script, ":op!u@h MODE #tv +S");
	assert_true(irc_session_has_colour(script.session, "#tv")); /* TLS only, on Solanum */
	server(&script, ":op!u@h MODE #tv +klc-s key 5");
	assert_false(irc_session_has_colour(script.session, "#tv"));
	server(&script, ":bot!~user@host.example PART #tv\n:bot!~user@host.example JOIN #tv");
	assert_true(irc_session_has_colour(script.session, "#tv"));
	server(&script, ":op!u@h MODE #other +c\n:bot MODE bot +c\nMODE\n324\n404");
	assert_true(irc_session_has_colour(script.session, "#tv"));
	end(&script);
}

static void takes_plus_s_for_what_it_is_on_each_server(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "InspIRCd-3", "", "CHANMODES=b,k,l,cSnt");
	server(&script, ":s 324 bot #tv +Snt");
	assert_false(irc_session_has_colour(script.session, "#tv"));
	end(&script);
}

static void learns_from_a_refusal_and_says_it_again_plain(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "", "NICKLEN=12");
	say(&script, "T", "Text.", NULL, false);
	say(&script, "U", "He lives.", "Spoils the ending", false);
	str_truncate(&script.sent, 0);
	server(&script, ":s 404 bot #tv :Cannot send to channel (+m)");
	assert_true(irc_session_has_colour(script.session, "#tv"));
	server(&script, ":s 404 bot #TV :Can't send colors to channel (+c is set)");
	expect(&script.sent, "PRIVMSG #tv :T: Text.\n"); /* and what spoils stays unsaid */
	server(&script, ":s 404 bot #tv :Can't send colors to channel (+c is set)");
	expect(&script.sent, "");
	say(&script, "V", "Text.", NULL, false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :V: Text.\n");
	end(&script);

	begin_on(&script, "x", "", "NICKLEN=12"); /* Bahamut has a numeric for it */
	say(&script, "T", "Text.", NULL, false);
	str_truncate(&script.sent, 0);
	server(&script, ":s 408 bot #tv :You cannot use colors on this channel. Not sent: T");
	expect(&script.sent, "PRIVMSG #tv :T: Text.\n");
	end(&script);
}

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
	/* Joined without a break, it is the text as it was. */
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

static void says_it_again_in_plain_lines_once(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "draft/multiline=max-bytes=4096,max-lines=24", "NICKLEN=12");
	say_much(&script);
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 2);
	str_truncate(&script.sent, 0);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 0);
	assert_int_equal(count_of(str_text(&script.sent), "word"), 200);
	assert_true(
		str_starts(str_text(&script.sent), "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :\x02T\x02: "));
	str_truncate(&script.sent, 0);
	server(&script, "FAIL BATCH MULTILINE_MAX_LINES 3 :Too many");
	pass(&script, 30000);
	expect(&script.sent, "");
	say_much(&script);
	pass(&script, 30000);
	assert_int_equal(count_of(str_text(&script.sent), "BATCH"), 0);
	end(&script);
}

/* Three in a row: the first is taken, and the echo says so; the others are refused. */
static void says_again_what_was_refused_and_nothing_else(void **state)
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
	str_truncate(&script.sent, 0);
	server(&script,
		":bot!~user@host.example BATCH +x draft/multiline #tv\n:bot!~user@host.example BATCH -x\n"
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

/* ---------------------------------------------------------------- too much */

static void tells_who_asks_too_fast_once(void **state)
{
	unsigned refused = 0;
	struct script script;
	struct reply reply;

	(void)state;
	begin_ready(&script);
	reply_init(&reply);
	reply_set_text(&reply, "Text.");
	for (int i = 0; i < 200; i++) {
		int r = answer_to(&script, &asked, &reply);

		assert_true(r == 0 || r == -ENOBUFS);
		refused += r < 0;
	}
	pass(&script, 30000);
	pass(&script, 30000);
	assert_int_equal(refused, 200 - 9 - IRC_OUTBOX_ASKER_LINES_MAX);
	assert_int_equal(count_of(str_text(&script.sent), "PRIVMSG #tv"), 9 + IRC_OUTBOX_ASKER_LINES_MAX);
	assert_int_equal(count_of(str_text(&script.sent), "NOTICE jin :You ask faster"), 1);
	reply_release(&reply);
	end(&script);
}

/* ---------------------------------------------------------------- typing */

/* Ten lines of ten people: the first nine go at once. */
static void say_to_many(struct script *script, unsigned people)
{
	struct message message = asked;
	struct reply reply;
	char name[16];

	reply_init(&reply);
	reply_set_text(&reply, "Text.");
	for (unsigned i = 0; i < people; i++) {
		snprintf(name, sizeof(name), "p%u", i % 100);
		message.author_id = name;
		assert_int_equal(answer_to(script, &message, &reply), 0);
	}
	reply_release(&reply);
}

static void types_where_an_answer_waits(void **state)
{
	static const char shown[] = "@+typing=active TAGMSG #tv\n";
	struct script script;

	(void)state;
	begin_ready(&script);
	say_to_many(&script, 11); /* the tenth waits for a second, the eleventh for two */
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 0);
	say_to_many(&script, 1);
	assert_int_equal(count_of(str_text(&script.sent), shown), 1);
	say_to_many(&script, 1);
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 1); /* once in three seconds */
	for (int i = 0; i < 20; i++)
		pass(&script, 1000);
	assert_int_equal(count_of(str_text(&script.sent), "PRIVMSG #tv"), 13);
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 1); /* what was said ended it */
	end(&script);
}

static void does_not_type_for_a_crowd_nor_where_it_is_denied(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	server(&script, ":s 005 bot CLIENTTAGDENY=typing :are supported");
	say_to_many(&script, 25);
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 0);
	server(&script, ":s 005 bot -CLIENTTAGDENY :are supported");
	say_to_many(&script, 1); /* seventeen wait now */
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 0);
	server(&script, ":s CAP bot DEL :message-tags");
	for (int i = 0; i < 60; i++)
		pass(&script, 1000);
	say_to_many(&script, 12);
	assert_int_equal(count_of(str_text(&script.sent), "TAGMSG"), 0);
	end(&script);
}

static void shows_it_again_and_takes_it_back(void **state)
{
	struct script script;

	(void)state;
	begin_ready(&script);
	say_to_many(&script, 18);
	assert_int_equal(count_of(str_text(&script.sent), "+typing=active"), 1);
	for (int i = 0; i < 5; i++)
		pass(&script, 1000);
	assert_int_equal(count_of(str_text(&script.sent), "+typing=active"), 2);
	pass(&script, 10 * 60 * 1000); /* the machine slept: what waited is of no use any more */
	assert_int_equal(count_of(str_text(&script.sent), "+typing=done"), 1);
	pass(&script, 1000);
	assert_int_equal(count_of(str_text(&script.sent), "+typing"), 3);
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_in_place_or_to_the_asker_alone),
		cmocka_unit_test(says_the_rest_of_a_long_answer_to_the_asker_alone),
		cmocka_unit_test(asks_for_the_modes_of_a_channel_only_where_they_matter),
		cmocka_unit_test(says_nothing_coloured_where_the_channel_is_plus_c),
		cmocka_unit_test(takes_plus_s_for_what_it_is_on_each_server),
		cmocka_unit_test(learns_from_a_refusal_and_says_it_again_plain),
		cmocka_unit_test(says_several_lines_as_one_message),
		cmocka_unit_test(keeps_to_the_limits_of_a_message),
		cmocka_unit_test(says_it_again_in_plain_lines_once),
		cmocka_unit_test(says_again_what_was_refused_and_nothing_else),
		cmocka_unit_test(reads_the_limits),
		cmocka_unit_test(tells_who_asks_too_fast_once),
		cmocka_unit_test(types_where_an_answer_waits),
		cmocka_unit_test(does_not_type_for_a_crowd_nor_where_it_is_denied),
		cmocka_unit_test(shows_it_again_and_takes_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
