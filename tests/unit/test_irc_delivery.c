/* Delivery confirmation: by label, by echo, by PONG, or refused. */

#include "tests/unit/irc_delivery_world.h"

/* ---------------------------------------------------------------- labels */

static void confirms_by_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	assert_int_equal(say(&world, "7", "#tv", "one two"), 0);
	expect(&world.sent, "@label=e1;+reply=1 PRIVMSG #tv one\n@label=e2 PRIVMSG #tv two\n");
	assert_true(irc_delivery_has(&world.delivery, "7"));
	assert_true(hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv two"));
	expect(&world.completed, "");
	assert_true(hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one"));
	expect(&world.completed, "confirmed 7;");
	assert_false(irc_delivery_has(&world.delivery, "7"));
	assert_int_equal(irc_delivery_next_ms(&world.delivery), UINT64_MAX);
	end(&world);
}

/* All the forms in which a server may answer a label. */
static void confirms_by_ack_and_by_batch(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	assert_true(hear(&world, "@label=e1 :s ACK"));
	expect(&world.completed, "confirmed 7;");
	say(&world, "8", "anna", "one");
	assert_true(hear(&world, "@label=e2 :s BATCH +x labeled-response"));
	assert_false(hear(&world, "@batch=x :s 301 bot anna :away"));
	expect(&world.completed, "");
	assert_true(hear(&world, "@batch=x :bot!b@h PRIVMSG anna one"));
	expect(&world.completed, "confirmed 8;");
	assert_false(hear(&world, ":s BATCH -x"));
	say(&world, "9", "anna", "one");
	assert_true(hear(&world, "@label=e3 :s BATCH +y labeled-response"));
	assert_true(hear(&world, ":s BATCH -y"));
	expect(&world.completed, "confirmed 9;");
	end(&world);
}

static void knows_an_echo_that_has_lost_its_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	hear(&world, ":bot!b@h PRIVMSG #other one");
	hear(&world, ":bot!b@h PRIVMSG #tv two");
	hear(&world, "@label=other :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "");
	hear(&world, ":bot!b@h PRIVMSG #TV one");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

static void does_not_count_an_echo_twice(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "one");
	hear(&world, "@label=e1;msgid=a :bot!b@h PRIVMSG #tv one");
	hear(&world, "@label=e1;msgid=a :bot!b@h PRIVMSG #tv one");
	hear(&world, "@msgid=a :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "confirmed 7;");
	hear(&world, "@msgid=b :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "confirmed 8;");
	end(&world);
}

/* A channel may take the colours out. */
static void knows_an_echo_without_its_colours(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_ECHO);
	say(&world, "7", "#tv",
			"\x02one\x02:\x03"
			"04red");
	hear(&world, ":bot!b@h PRIVMSG #tv :one:red");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

static void says_once_more_and_never_twice(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	str_clear(&world.sent);
	assert_int_equal(irc_delivery_next_ms(&world.delivery), world.now_ms + IRC_DELIVERY_DEADLINE_MS);
	pass(&world, 5000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 4999);
	expect(&world.sent, "");
	pass(&world, 1);
	expect(&world.sent, "@label=e2;+reply=1 PRIVMSG #tv one\n");
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	expect(&world.completed, "");
	pass(&world, 1000);
	expect(&world.completed, "unconfirmed 7: neither try was echoed;");
	pass(&world, 60000);
	expect(&world.sent, "");
	/* The next one is not said twice: who does not echo is not asked for it again. */
	say(&world, "8", "#tv", "two");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv two\nPING sent-3\n");
	hear(&world, ":s PONG s :sent-3");
	expect(&world.completed, "confirmed 8;");
	end(&world);
}

static void takes_a_late_echo_of_the_first_try(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 1000);
	expect(&world.sent, "@label=e1;+reply=1 PRIVMSG #tv one\n@label=e2;+reply=1 PRIVMSG #tv one\n");
	hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "confirmed 7;");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "");
	end(&world);
}

/* Nothing came since: whether it lives is asked first. */
static void does_not_say_again_to_a_silent_server(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	str_clear(&world.sent);
	pass(&world, 10000);
	expect(&world.sent, "PING sent-1\n");
	pass(&world, 10000);
	expect(&world.sent, "");
	hear(&world, ":s PONG s :sent-1");
	pass(&world, 10000);
	expect(&world.sent, "@label=e2;+reply=1 PRIVMSG #tv one\n");
	end(&world);
}

/* ---------------------------------------------------------------- refusals */

static void gives_up_what_is_refused(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one two");
	say(&world, "8", "#tv", "one");
	say(&world, "9", "#tv", "one");
	assert_true(hear(&world, "@label=e3 :s 404 bot #tv :Cannot send to channel"));
	expect(&world.completed, "refused 8: 404 Cannot send to channel;");
	assert_true(hear(&world, "@label=e4 FAIL PRIVMSG TOO_FAST #tv :Slow down"));
	expect(&world.completed, "refused 9: TOO_FAST Slow down;");
	assert_true(hear(&world, "@label=e1 :s BATCH +x labeled-response"));
	assert_true(hear(&world, "@batch=x :s 482 bot #tv :Operators only"));
	expect(&world.completed, "refused 7: 482 Operators only;");
	hear(&world, ":s BATCH -x");
	pass(&world, 60000);
	expect(&world.completed, "");
	end(&world);
}

static void knows_a_refusal_without_a_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_PING);
	say(&world, "7", "#tv", "one");
	say(&world, "8", "anna", "one");
	assert_false(hear(&world, ":s 404 bot #other :Cannot send"));
	assert_false(hear(&world, ":s 433 bot #tv :Nick"));
	assert_false(hear(&world, "@label=x :s 404 bot #tv :Cannot send"));
	assert_true(hear(&world, ":s 401 bot anna :No such nick"));
	expect(&world.completed, "refused 8: 401 No such nick;");
	assert_true(hear(&world, ":s 404 bot #TV :Cannot send"));
	expect(&world.completed, "refused 7: 404 Cannot send;");
	assert_false(hear(&world, ":s 404 bot #tv :Cannot send"));
	say(&world, "9", "#tv", "one");
	assert_true(hear(&world, ":s 442 bot #tv :You're not on that channel"));
	expect(&world.completed, "refused 9: 442 You're not on that channel;");
	end(&world);
}

static void takes_back_what_waits_of_a_refused_answer(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	say(&world, "7", "#tv", "1 2 3 4 5 6 7");
	str_clear(&world.sent);
	assert_true(hear(&world, "@label=e2 :s 404 bot #tv :Cannot send to channel"));
	expect(&world.completed, "refused 7: 404 Cannot send to channel;");
	pass(&world, 60000);
	expect(&world.sent, "");
	assert_int_equal(world.outbox.line_count, 0);
	end(&world);
}

static void knows_what_a_reply_means(void **state)
{
	static const struct {
		const char *line;
		enum irc_reply meaning;
	} cases[] = {
			{":bot!u@h PRIVMSG #tv :text", IRC_REPLY_ECHO},
			{":bot!u@h notice #tv :text", IRC_REPLY_ECHO},
			{":bot!u@h TAGMSG #tv", IRC_REPLY_OTHER},
			{":s ACK", IRC_REPLY_ACK},
			{":s BATCH +x labeled-response", IRC_REPLY_BATCH},
			{":s PONG s :sent-1", IRC_REPLY_PONG},
			{"FAIL BATCH MULTILINE_MAX_LINES 3 :Too many", IRC_REPLY_NO_MULTILINE},
			{"FAIL BATCH INVALID :No", IRC_REPLY_REFUSED},
			{"FAIL privmsg TOO_FAST #tv :Slow down", IRC_REPLY_REFUSED},
			{"FAIL JOIN TOO_FAST #tv :Slow down", IRC_REPLY_LABELLED},
			{"WARN PRIVMSG TOO_FAST #tv :Slow down", IRC_REPLY_OTHER},
			{":s 404 bot #tv :Cannot send to channel", IRC_REPLY_REFUSED},
			{":s 404 bot #tv :Can't send colors to channel", IRC_REPLY_NO_FORMATS},
			{":s 404 bot #tv :Cannot send to channel (+c)", IRC_REPLY_NO_FORMATS},
			{":s 404 bot #tv :Cannot send to channel (+C)", IRC_REPLY_REFUSED}, /* no CTCP */
			{":s 408 bot #tv :You cannot use COLOURS here", IRC_REPLY_NO_FORMATS},
			{":s 408 bot #tv", IRC_REPLY_REFUSED},
			{":s 401 bot anna :No such nick", IRC_REPLY_REFUSED},
			{":s 433 bot anna :Nick in use", IRC_REPLY_LABELLED},
			{":s 399 bot #tv :?", IRC_REPLY_OTHER},
			{":s 600 bot #tv :?", IRC_REPLY_OTHER},
			{":s 716 bot anna :is ignoring you", IRC_REPLY_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char bytes[200];
		struct irc_line line;

		snprintf(bytes, sizeof(bytes), "%s", cases[i].line);
		assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
		assert_int_equal(irc_reply_read(&line), cases[i].meaning);
	}
}

/* ---------------------------------------------------------------- plainer forms */

static void sends_a_line_without_formats_where_they_are_refused(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "\x02one\x02 two");
	str_clear(&world.sent);
	/* The session learns of it as well. */
	assert_false(hear(&world, "@label=e1 :s 404 bot #tv :Can't send colors to channel (+c is set)"));
	expect(&world.sent, "@label=e3;+reply=1 PRIVMSG #tv one\n");
	expect(&world.completed, "");
	hear(&world, "@label=e3 :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv two");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

/* A second refusal is final, and so is one of a line that has no plainer form. */
static void gives_up_a_line_that_is_refused_plain(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_ECHO);
	say(&world, "7", "#tv", "\x02one");
	str_clear(&world.sent);
	hear(&world, ":s 408 bot #tv :You cannot use colors on this channel. Not sent: one");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\n");
	hear(&world, ":s 408 bot #tv :You cannot use colors on this channel. Not sent: one");
	expect(&world.completed, "refused 7: 408 You cannot use colors on this channel. Not sent: one;");
	say(&world, "8", "#tv", "two"); /* it has no formats */
	str_clear(&world.sent);
	hear(&world, ":s 404 bot #tv :No colour (+c)");
	expect(&world.sent, "");
	expect(&world.completed, "refused 8: 404 No colour (+c);");
	end(&world);
}

/* Lost with its connection, it is sent again as plain as it was. */
static void keeps_a_plainer_form_after_a_reconnect(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_ECHO);
	say(&world, "7", "#tv", "\x02one");
	hear(&world, ":s 404 bot #tv :No colour (+c)");
	irc_delivery_lose(&world.delivery);
	irc_outbox_clear(&world.outbox);
	str_clear(&world.sent);
	irc_delivery_again(&world.delivery, "#tv", world.now_ms);
	run(&world);
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\nPING sent-3\n");
	end(&world);
}

static void say_batch(struct world *world)
{
	struct irc_line lines[] = {*IRC_LINE("BATCH", "+m1", "draft/multiline", "#tv"),
			*IRC_LINE("PRIVMSG", "#tv", "one"), *IRC_LINE("PRIVMSG", "#tv", "two"),
			*IRC_LINE("BATCH", "-m1")};
	struct irc_outgoing outgoing = {.id = "7",
			.target = "#tv",
			.asker = "",
			.lines = lines,
			.line_count = 4,
			.is_batch = true};

	lines[0].tags = "+reply=1";
	lines[1].tags = "batch=m1";
	lines[2].tags = "batch=m1;draft/multiline-concat";
	assert_int_equal(irc_delivery_send(&world->delivery, &outgoing, world->now_ms), 0);
	run(world);
	str_clear(&world->sent);
}

static void sends_a_refused_batch_as_lines(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say_batch(&world);
	assert_false(hear(&world, "@label=e1 FAIL BATCH MULTILINE_MAX_LINES 1 :Too many"));
	expect(&world.sent, "@label=e2;+reply=1 PRIVMSG #tv one\nPRIVMSG #tv two\n");
	expect(&world.completed, "");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

/* The next server may not know BATCH. */
static void sends_a_lost_batch_as_the_server_accepts_it(void **state)
{
	(void)state;
	for (int has_multiline = 0; has_multiline <= 1; has_multiline++) {
		struct world world;

		begin(&world, IRC_CONFIRM_ECHO);
		say_batch(&world);
		irc_delivery_lose(&world.delivery);
		irc_delivery_set_method(&world.delivery, IRC_CONFIRM_ECHO);
		world.delivery.has_multiline = has_multiline;
		irc_delivery_again(&world.delivery, "#tv", world.now_ms);
		run(&world);
		expect(&world.sent, has_multiline ? "@+reply=1 BATCH +m1 draft/multiline #tv\n@batch=m1 "
						    "PRIVMSG #tv one\n"
						    "@batch=m1;draft/multiline-concat PRIVMSG #tv two\nBATCH "
						    "-m1\n"
						  : "@+reply=1 PRIVMSG #tv one\nPRIVMSG #tv two\n");
		hear(&world, ":bot!b@h PRIVMSG #tv one");
		expect(&world.completed, "confirmed 7;");
		end(&world);
	}
}

/* ---------------------------------------------------------------- PING */

/* A PING whose answers were completed by something else does not keep the next answer waiting. */
static void pings_again_after_an_answer_was_refused(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_PING);
	say(&world, "7", "#tv", "one");
	hear(&world, ":s 404 bot #tv :Cannot send");
	expect(&world.completed, "refused 7: 404 Cannot send;");
	str_clear(&world.sent);
	say(&world, "8", "#tv", "two");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv two\nPING sent-2\n");
	hear(&world, ":s PONG s :sent-1");
	expect(&world.completed, "");
	hear(&world, ":s PONG s :sent-2");
	expect(&world.completed, "confirmed 8;");
	end(&world);
}

static void confirms_by_pong(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_PING);
	say(&world, "7", "#tv", "one two");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\nPRIVMSG #tv two\nPING sent-2\n");
	say(&world, "8", "#tv", "three"); /* one PING at a time */
	expect(&world.sent, "@+reply=1 PRIVMSG #tv three\n");
	assert_false(hear(&world, ":s PONG s :episoded"));
	assert_false(hear(&world, ":s PONG s :sent-x"));
	expect(&world.completed, "");
	assert_true(hear(&world, ":s PONG s :sent-2"));
	expect(&world.completed, "confirmed 7;");
	expect(&world.sent, "PING sent-3\n");
	assert_true(hear(&world, ":s PONG s :sent-3"));
	expect(&world.completed, "confirmed 8;");
	assert_int_equal(irc_delivery_next_ms(&world.delivery), UINT64_MAX);
	end(&world);
}

/* A server that does not answer PINGs but speaks: asked once more, nothing is said twice. */
static void lives_without_pongs(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_PING);
	say(&world, "7", "#tv", "one");
	str_clear(&world.sent);
	for (int i = 0; i < 19; i++) {
		pass(&world, 1000);
		hear(&world, ":s NOTICE bot :alive");
	}
	expect(&world.completed, "");
	expect(&world.sent, "PING sent-1\n");
	pass(&world, 1000);
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(confirms_by_label),
			cmocka_unit_test(confirms_by_ack_and_by_batch),
			cmocka_unit_test(knows_an_echo_that_has_lost_its_label),
			cmocka_unit_test(does_not_count_an_echo_twice),
			cmocka_unit_test(knows_an_echo_without_its_colours),
			cmocka_unit_test(says_once_more_and_never_twice),
			cmocka_unit_test(takes_a_late_echo_of_the_first_try),
			cmocka_unit_test(does_not_say_again_to_a_silent_server),
			cmocka_unit_test(gives_up_what_is_refused),
			cmocka_unit_test(knows_a_refusal_without_a_label),
			cmocka_unit_test(takes_back_what_waits_of_a_refused_answer),
			cmocka_unit_test(knows_what_a_reply_means),
			cmocka_unit_test(sends_a_line_without_formats_where_they_are_refused),
			cmocka_unit_test(gives_up_a_line_that_is_refused_plain),
			cmocka_unit_test(keeps_a_plainer_form_after_a_reconnect),
			cmocka_unit_test(sends_a_refused_batch_as_lines),
			cmocka_unit_test(sends_a_lost_batch_as_the_server_accepts_it),
			cmocka_unit_test(pings_again_after_an_answer_was_refused),
			cmocka_unit_test(confirms_by_pong),
			cmocka_unit_test(lives_without_pongs),
	};

	return cmocka_run_group_tests_name("irc_delivery", tests, NULL, NULL);
}
