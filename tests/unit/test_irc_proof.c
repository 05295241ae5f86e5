/* Delivery proof: by label, by echo, by PONG, or refused. */

#include "tests/unit/irc_proof_world.h"

/* ---------------------------------------------------------------- labels */

static void proves_by_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	assert_int_equal(say(&world, "7", "#tv", "one two"), 0);
	expect(&world.sent, "@label=e1;+reply=1 PRIVMSG #tv one\n@label=e2 PRIVMSG #tv two\n");
	assert_true(irc_proof_has(&world.proof, "7"));
	assert_true(hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv two"));
	expect(&world.settled, "");
	assert_true(hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one"));
	expect(&world.settled, "proved 7;");
	assert_false(irc_proof_has(&world.proof, "7"));
	assert_int_equal(irc_proof_next_ms(&world.proof), UINT64_MAX);
	end(&world);
}

/* All the forms in which a server may answer a label. */
static void proves_by_ack_and_by_batch(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	assert_true(hear(&world, "@label=e1 :s ACK"));
	expect(&world.settled, "proved 7;");
	say(&world, "8", "anna", "one");
	assert_true(hear(&world, "@label=e2 :s BATCH +x labeled-response"));
	assert_false(hear(&world, "@batch=x :s 301 bot anna :away"));
	expect(&world.settled, "");
	assert_true(hear(&world, "@batch=x :bot!b@h PRIVMSG anna one"));
	expect(&world.settled, "proved 8;");
	assert_false(hear(&world, ":s BATCH -x"));
	say(&world, "9", "anna", "one");
	assert_true(hear(&world, "@label=e3 :s BATCH +y labeled-response"));
	assert_true(hear(&world, ":s BATCH -y"));
	expect(&world.settled, "proved 9;");
	end(&world);
}

static void knows_an_echo_that_has_lost_its_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	hear(&world, ":bot!b@h PRIVMSG #other one");
	hear(&world, ":bot!b@h PRIVMSG #tv two");
	hear(&world, "@label=other :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "");
	hear(&world, ":bot!b@h PRIVMSG #TV one");
	expect(&world.settled, "proved 7;");
	end(&world);
}

static void does_not_count_an_echo_twice(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "one");
	hear(&world, "@label=e1;msgid=a :bot!b@h PRIVMSG #tv one");
	hear(&world, "@label=e1;msgid=a :bot!b@h PRIVMSG #tv one");
	hear(&world, "@msgid=a :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "proved 7;");
	hear(&world, "@msgid=b :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "proved 8;");
	end(&world);
}

/* A channel may take the colours out. */
static void knows_an_echo_without_its_colours(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_ECHO);
	say(&world, "7", "#tv",
			"\x02one\x02:\x03"
			"04red");
	hear(&world, ":bot!b@h PRIVMSG #tv :one:red");
	expect(&world.settled, "proved 7;");
	end(&world);
}

static void says_once_more_and_never_twice(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	str_truncate(&world.sent, 0);
	assert_int_equal(irc_proof_next_ms(&world.proof), world.now_ms + IRC_PROOF_DEADLINE_MS);
	pass(&world, 5000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 4999);
	expect(&world.sent, "");
	pass(&world, 1);
	expect(&world.sent, "@label=e2;+reply=1 PRIVMSG #tv one\n");
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	expect(&world.settled, "");
	pass(&world, 1000);
	expect(&world.settled, "unproved 7: no echo, also of the second try;");
	pass(&world, 60000);
	expect(&world.sent, "");
	/* The next one is not said twice: who does not echo is not asked for it again. */
	say(&world, "8", "#tv", "two");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv two\nPING proof-3\n");
	hear(&world, ":s PONG s :proof-3");
	expect(&world.settled, "proved 8;");
	end(&world);
}

static void takes_a_late_echo_of_the_first_try(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 1000);
	expect(&world.sent, "@label=e1;+reply=1 PRIVMSG #tv one\n@label=e2;+reply=1 PRIVMSG #tv one\n");
	hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "proved 7;");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "");
	end(&world);
}

/* Nothing came since: whether it lives is asked first. */
static void does_not_say_again_to_a_silent_server(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	str_truncate(&world.sent, 0);
	pass(&world, 10000);
	expect(&world.sent, "PING proof-1\n");
	pass(&world, 10000);
	expect(&world.sent, "");
	hear(&world, ":s PONG s :proof-1");
	pass(&world, 10000);
	expect(&world.sent, "@label=e2;+reply=1 PRIVMSG #tv one\n");
	end(&world);
}

/* ---------------------------------------------------------------- refusals */

static void drops_refused_answers(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one two");
	say(&world, "8", "#tv", "one");
	say(&world, "9", "#tv", "one");
	assert_true(hear(&world, "@label=e3 :s 404 bot #tv :Cannot send to channel"));
	expect(&world.settled, "refused 8: 404 Cannot send to channel;");
	assert_true(hear(&world, "@label=e4 FAIL PRIVMSG TOO_FAST #tv :Slow down"));
	expect(&world.settled, "refused 9: TOO_FAST Slow down;");
	assert_true(hear(&world, "@label=e1 :s BATCH +x labeled-response"));
	assert_true(hear(&world, "@batch=x :s 482 bot #tv :Operators only"));
	expect(&world.settled, "refused 7: 482 Operators only;");
	hear(&world, ":s BATCH -x");
	pass(&world, 60000);
	expect(&world.settled, "");
	end(&world);
}

static void knows_a_refusal_without_a_label(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_PING);
	say(&world, "7", "#tv", "one");
	say(&world, "8", "anna", "one");
	assert_false(hear(&world, ":s 404 bot #other :Cannot send"));
	assert_false(hear(&world, ":s 433 bot #tv :Nick"));
	assert_false(hear(&world, "@label=x :s 404 bot #tv :Cannot send"));
	assert_true(hear(&world, ":s 401 bot anna :No such nick"));
	expect(&world.settled, "refused 8: 401 No such nick;");
	assert_true(hear(&world, ":s 404 bot #TV :Cannot send"));
	expect(&world.settled, "refused 7: 404 Cannot send;");
	assert_false(hear(&world, ":s 404 bot #tv :Cannot send"));
	say(&world, "9", "#tv", "one");
	assert_true(hear(&world, ":s 442 bot #tv :You're not on that channel"));
	expect(&world.settled, "refused 9: 442 You're not on that channel;");
	end(&world);
}

static void removes_queued_lines_of_a_refused_answer(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	say(&world, "7", "#tv", "1 2 3 4 5 6 7");
	str_truncate(&world.sent, 0);
	assert_true(hear(&world, "@label=e2 :s 404 bot #tv :Cannot send to channel"));
	expect(&world.settled, "refused 7: 404 Cannot send to channel;");
	pass(&world, 60000);
	expect(&world.sent, "");
	assert_int_equal(world.outbox.line_count, 0);
	end(&world);
}

/* ---------------------------------------------------------------- PING */

static void proves_by_pong(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_PING);
	say(&world, "7", "#tv", "one two");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\nPRIVMSG #tv two\nPING proof-2\n");
	say(&world, "8", "#tv", "three"); /* one PING at a time */
	expect(&world.sent, "@+reply=1 PRIVMSG #tv three\n");
	assert_false(hear(&world, ":s PONG s :episoded"));
	assert_false(hear(&world, ":s PONG s :proof-x"));
	expect(&world.settled, "");
	assert_true(hear(&world, ":s PONG s :proof-2"));
	expect(&world.settled, "proved 7;");
	expect(&world.sent, "PING proof-3\n");
	assert_true(hear(&world, ":s PONG s :proof-3"));
	expect(&world.settled, "proved 8;");
	assert_int_equal(irc_proof_next_ms(&world.proof), UINT64_MAX);
	end(&world);
}

/* A server that does not answer PINGs but speaks: asked once more, nothing is said twice. */
static void lives_without_pongs(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_PING);
	say(&world, "7", "#tv", "one");
	str_truncate(&world.sent, 0);
	for (int i = 0; i < 19; i++) {
		pass(&world, 1000);
		hear(&world, ":s NOTICE bot :alive");
	}
	expect(&world.settled, "");
	expect(&world.sent, "PING proof-1\n");
	pass(&world, 1000);
	expect(&world.settled, "proved 7;");
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(proves_by_label),
			cmocka_unit_test(proves_by_ack_and_by_batch),
			cmocka_unit_test(knows_an_echo_that_has_lost_its_label),
			cmocka_unit_test(does_not_count_an_echo_twice),
			cmocka_unit_test(knows_an_echo_without_its_colours),
			cmocka_unit_test(says_once_more_and_never_twice),
			cmocka_unit_test(takes_a_late_echo_of_the_first_try),
			cmocka_unit_test(does_not_say_again_to_a_silent_server),
			cmocka_unit_test(drops_refused_answers),
			cmocka_unit_test(knows_a_refusal_without_a_label),
			cmocka_unit_test(removes_queued_lines_of_a_refused_answer),
			cmocka_unit_test(proves_by_pong),
			cmocka_unit_test(lives_without_pongs),
	};

	return cmocka_run_group_tests_name("irc_proof", tests, NULL, NULL);
}
