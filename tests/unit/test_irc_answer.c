/* Replies on their way to people: in place or to the asker alone, plain where no colours are, shown while
 * they wait. */

#include "tests/unit/irc_answer_script.h"

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
		irc_session_flush(script.session, &script.now);
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
		str_clear(&script.sent);
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

/* ---------------------------------------------------------------- STATUSMSG */

static void answer_among(struct script *script, const char *target, bool is_private)
{
	struct message message = asked;
	struct reply reply;

	message.extra = target;
	reply_init(&reply);
	reply_set_title(&reply, "T");
	reply_set_text(&reply, "Text.");
	reply.is_private = is_private;
	assert_int_equal(answer_to(script, &message, &reply), 0);
	reply_release(&reply);
}

/* An answer never reaches more people than the question did. */
static void answers_those_who_were_asked(void **state)
{
	static const char *const targets[] = {"@#tv", "+#tv", "%#tv", "@+#tv", "&#tv", "@#TV"};
	char line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		struct script script;

		begin_on(&script, "x", "", "STATUSMSG=&@%+");
		answer_among(&script, targets[i], false);
		snprintf(line, sizeof(line), "@+reply=q1;+draft/reply=q1 PRIVMSG %s :\x02T\x02: Text.\n",
				targets[i]);
		expect(&script.sent, line);
		snprintf(line, sizeof(line), ":bot!~user@host.example PRIVMSG %s :\x02T\x02: Text.",
				targets[i]);
		str_clear(&script.completed);
		server(&script, line);
		expect(&script.completed, "confirmed q1\n");
		answer_among(&script, targets[i], true);
		assert_non_null(strstr(str_text(&script.sent), " NOTICE jin :"));
		end(&script);
	}
}

/* The journal brings a target of another day: as long as the server does not say what it means, the answer
 * goes to the asker only. */
static void answers_the_asker_where_the_status_is_unknown(void **state)
{
	static const char *const tokens[] = {"NICKLEN=12", "STATUSMSG=+", "STATUSMSG=@ -STATUSMSG"};

	(void)state;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct script script;

		begin_on(&script, "x", "", tokens[i]);
		answer_among(&script, "@#tv", false);
		expect(&script.sent, "@+channel-context=#tv;+draft/channel-context=#tv NOTICE jin "
				     ":\x02T\x02: Text.\n");
		end(&script);
	}
	{
		struct script script;

		begin_on(&script, "x", "", "STATUSMSG=@+");
		answer_among(&script, "@#other", false); /* not of that channel */
		assert_non_null(strstr(str_text(&script.sent), " NOTICE jin :"));
		end(&script);
	}
}

static void a_status_has_the_modes_of_its_channel(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "", "STATUSMSG=@+ CHANMODES=b,k,l,cnt");
	server(&script, ":s 324 bot #tv +cnt");
	answer_among(&script, "@#tv", false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG @#tv :T: Text.\n");
	end(&script);

	begin_on(&script, "x", "", "STATUSMSG=@+");
	answer_among(&script, "@#tv", false);
	str_clear(&script.sent);
	server(&script, ":s 404 bot @#tv :Can't send colors to channel (+c is set)");
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG @#tv :T: Text.\n");
	end(&script);
}

static void a_refused_status_is_not_said_to_the_channel(void **state)
{
	static const char *const refusals[] = {
			":s 404 bot #tv :Cannot send to channel", ":s 404 bot @#tv :Cannot send to channel"};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct script script;

		begin_on(&script, "x", "", "STATUSMSG=@+");
		answer_among(&script, "@#tv", false);
		str_clear(&script.sent);
		str_clear(&script.completed);
		server(&script, refusals[i]);
		assert_true(str_starts(str_text(&script.completed), "refused q1"));
		pass(&script, 60000);
		assert_null(strstr(str_text(&script.sent), "Text."));
		end(&script);
	}
}

static void a_lost_status_is_said_again_where_it_was(void **state)
{
	struct script script;

	(void)state;
	begin_on(&script, "x", "", "STATUSMSG=@+");
	answer_among(&script, "@#tv", false);
	answer_among(&script, "+#tv", false);
	irc_session_close(script.session);
	irc_session_open(script.session, &script.now);
	str_clear(&script.sent);
	register_on(&script, "x", "", "STATUSMSG=@+");
	/* register_on() forgets what was sent meanwhile; the echoes show where it went */
	str_clear(&script.completed);
	server(&script, ":bot!~user@host.example PRIVMSG @#tv :\x02T\x02: Text.\n"
			":bot!~user@host.example PRIVMSG +#tv :\x02T\x02: Text.");
	assert_non_null(strstr(str_text(&script.completed), "confirmed q1"));
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
	/* A spoiler is not sent, so it needs no colour. */
	say(&script, "T", "He lives.", "Spoils a later episode", false);
	expect(&script.sent,
			"@+reply=q1;+draft/reply=q1 PRIVMSG #tv :T: Spoils a later episode, so I left it out "
			"here.\n");
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
	say(&script, "S", "Refused for another reason.", NULL, false);
	say(&script, "T", "Text.", NULL, false);
	str_clear(&script.sent);
	server(&script, ":s 404 bot #tv :Cannot send to channel (+m)");
	assert_true(irc_session_has_colour(script.session, "#tv"));
	server(&script, ":s 404 bot #TV :Can't send colors to channel (+c is set)");
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :T: Text.\n");
	pass(&script, 5000);
	say(&script, "V", "Text.", NULL, false);
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :V: Text.\n");
	end(&script);

	begin_on(&script, "x", "", "NICKLEN=12"); /* Bahamut has a numeric for it */
	say(&script, "T", "Text.", NULL, false);
	str_clear(&script.sent);
	server(&script, ":s 408 bot #tv :You cannot use colors on this channel. Not sent: T");
	expect(&script.sent, "@+reply=q1;+draft/reply=q1 PRIVMSG #tv :T: Text.\n");
	end(&script);
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
	assert_int_equal(count_of(str_text(&script.sent), "NOTICE jin :You're asking too fast"), 1);
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
			cmocka_unit_test(answers_those_who_were_asked),
			cmocka_unit_test(answers_the_asker_where_the_status_is_unknown),
			cmocka_unit_test(a_status_has_the_modes_of_its_channel),
			cmocka_unit_test(a_refused_status_is_not_said_to_the_channel),
			cmocka_unit_test(a_lost_status_is_said_again_where_it_was),
			cmocka_unit_test(asks_for_the_modes_of_a_channel_only_where_they_matter),
			cmocka_unit_test(says_nothing_coloured_where_the_channel_is_plus_c),
			cmocka_unit_test(takes_plus_s_for_what_it_is_on_each_server),
			cmocka_unit_test(learns_from_a_refusal_and_says_it_again_plain),
			cmocka_unit_test(tells_who_asks_too_fast_once),
			cmocka_unit_test(types_where_an_answer_waits),
			cmocka_unit_test(does_not_type_for_a_crowd_nor_where_it_is_denied),
			cmocka_unit_test(shows_it_again_and_takes_it_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
