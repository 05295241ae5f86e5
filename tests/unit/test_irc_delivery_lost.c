/* Delivery confirmation: what waited, was lost with a connection, or is found in the history. */

#include "tests/unit/irc_delivery_world.h"

/* ---------------------------------------------------------------- waiting, losing */

/* The throttle's time is not the server's. */
static void counts_from_the_sending(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_ECHO);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	say(&world, "7", "#tv", "1 2 3 4 5 6 7 8");
	for (int i = 1; i <= 5; i++) {
		char echo[] = ":bot!b@h PRIVMSG #tv 0";

		echo[sizeof(echo) - 2] = (char)('0' + i);
		hear(&world, echo);
	}
	str_clear(&world.sent);
	pass(&world, 6000);
	expect(&world.sent, "PRIVMSG #tv 6\nPRIVMSG #tv 7\nPRIVMSG #tv 8\n");
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 9000);
	expect(&world.sent, "");
	hear(&world, ":bot!b@h PRIVMSG #tv 6");
	hear(&world, ":bot!b@h PRIVMSG #tv 7");
	hear(&world, ":bot!b@h PRIVMSG #tv 8");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

/* The connection ends: what is confirmed is not said again, the rest is, once, where we are again. */
static void says_again_what_a_connection_lost(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one two");
	say(&world, "8", "anna", "three");
	hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one");
	str_clear(&world.sent);
	irc_delivery_lose(&world.delivery);
	irc_outbox_clear(&world.outbox);
	pass(&world, 30000);
	expect(&world.sent, "");
	irc_delivery_set_method(&world.delivery, IRC_CONFIRM_ECHO);
	irc_delivery_again(&world.delivery, NULL, world.now_ms);
	run(&world);
	expect(&world.sent, "@+reply=1 PRIVMSG anna three\n");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #other two"); /* of the old connection: means nothing */
	irc_delivery_again(&world.delivery, "#TV", world.now_ms);
	irc_delivery_again(&world.delivery, "#tv", world.now_ms);
	run(&world);
	expect(&world.sent, "PRIVMSG #tv two\n");
	hear(&world, ":bot!b@h PRIVMSG #tv two");
	expect(&world.completed, "confirmed 7;");
	end(&world);
}

static void does_not_say_again_what_is_too_old(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one");
	str_clear(&world.sent);
	irc_delivery_lose(&world.delivery);
	world.now_ms += IRC_DELIVERY_AGE_MAX_MS + 1;
	irc_delivery_again(&world.delivery, "#tv", world.now_ms);
	run(&world);
	expect(&world.sent, "");
	expect(&world.completed, "expired 7: the connection was down for too long;");
	end(&world);
}

/* In a channel that is left for good nothing is said again; it must not be remembered for ever. */
static void forgets_what_cannot_be_said_again(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#gone", "one");
	irc_delivery_lose(&world.delivery);
	pass(&world, IRC_DELIVERY_AGE_MAX_MS - 1);
	expect(&world.completed, "");
	assert_int_equal(irc_delivery_next_ms(&world.delivery), world.now_ms + 1);
	pass(&world, 1);
	expect(&world.completed, "expired 7: the channel was not joined again in time;");
	end(&world);
}

/* The history has a line that was not echoed. */
static void finds_a_lost_line_in_the_history(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	world.now_ms = 20000;
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "one");
	irc_delivery_lose(&world.delivery);
	find(&world, "two", "", world.now_ms);
	find(&world, "one", "", world.now_ms - 5000); /* of a question before these */
	find(&world, "one", "6", world.now_ms);
	run(&world);
	expect(&world.completed, "");
	find(&world, "one", "", world.now_ms);
	str_clear(&world.sent);
	irc_delivery_set_method(&world.delivery, IRC_CONFIRM_ECHO);
	irc_delivery_again(&world.delivery, "#tv", world.now_ms);
	run(&world);
	expect(&world.completed, "confirmed 7;");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\n");
	end(&world);
}

/* On a living connection the history is asked before anything is said a second time. */
static void looks_before_it_says_again(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	world.delivery.has_history = true;
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "two");
	str_clear(&world.sent);
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 1000);
	expect(&world.sent, "");
	assert_string_equal(world.delivery.check_target, "#tv");
	find(&world, "one", "7", 0);
	irc_delivery_checked(&world.delivery, "#tv");
	hear(&world, ":s NOTICE bot :alive");
	run(&world);
	expect(&world.completed, "confirmed 7;");
	expect(&world.sent, "@label=e3;+reply=1 PRIVMSG #tv two\n");
	assert_string_equal(world.delivery.check_target, "");
	end(&world);
}

static void gives_up_what_waited_too_long(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	for (int i = 0; i < 5; i++)
		say(&world, "1", "#tv", "one");
	assert_int_equal(say(&world, "7", "#tv", "one"), 0);
	pass(&world, IRC_OUTBOX_AGE_MAX_MS + 1);
	expect(&world.completed, "expired 7: it waited too long in the send queue;");
	end(&world);
}

static void has_a_limit(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	for (unsigned i = 0; i < IRC_DELIVERY_ANSWERS_MAX; i++)
		assert_int_equal(say(&world, "1", "#tv", "one"), 0);
	assert_int_equal(say(&world, "1", "#tv", "one"), -ENOBUFS);
	end(&world);
}

/* A batch is one: its opening has the label, and its echo confirms it. */
static void confirms_a_batch_as_one(void **state)
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
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	lines[0].tags = "+reply=1";
	lines[1].tags = lines[2].tags = "batch=m1";
	assert_int_equal(irc_delivery_send(&world.delivery, &outgoing, world.now_ms), 0);
	run(&world);
	expect(&world.sent, "@label=e1;+reply=1 BATCH +m1 draft/multiline #tv\n@batch=m1 PRIVMSG #tv one\n"
			    "@batch=m1 PRIVMSG #tv two\nBATCH -m1\n");
	hear(&world, "@label=e1 :bot!b@h BATCH +x draft/multiline #tv");
	expect(&world.completed, "");
	hear(&world, "@batch=x :bot!b@h PRIVMSG #tv one");
	expect(&world.completed, "confirmed 7;");
	irc_delivery_lose(&world.delivery);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(counts_from_the_sending),
			cmocka_unit_test(says_again_what_a_connection_lost),
			cmocka_unit_test(does_not_say_again_what_is_too_old),
			cmocka_unit_test(forgets_what_cannot_be_said_again),
			cmocka_unit_test(finds_a_lost_line_in_the_history),
			cmocka_unit_test(looks_before_it_says_again),
			cmocka_unit_test(gives_up_what_waited_too_long),
			cmocka_unit_test(has_a_limit),
			cmocka_unit_test(confirms_a_batch_as_one),
	};

	return cmocka_run_group_tests_name("irc_delivery", tests, NULL, NULL);
}
