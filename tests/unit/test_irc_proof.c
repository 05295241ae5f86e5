/* Delivery proof: by label, by echo, by PONG; refused, lost, said once more and never twice. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/proof.h"

/* A proof, its outbox without a throttle, and all that came out since the last look. */
struct world {
	struct irc_proof proof;
	struct irc_outbox outbox;
	struct str sent, settled;
	uint64_t now_ms, heard_ms;
};

static void on_send(void *user, const char *line, size_t length)
{
	struct world *world = user;

	str_append_bytes(&world->sent, line, length);
	str_append_char(&world->sent, '\n');
}

static void on_left(void *owner, uint64_t mark, bool is_sent)
{
	struct world *world = owner;

	irc_proof_left(&world->proof, mark, is_sent, world->now_ms);
}

static void begin(struct world *world, enum irc_proof_grade grade)
{
	*world = (struct world){.sent = STR(10000), .settled = STR(10000), .now_ms = 1000};
	irc_proof_init(&world->proof);
	irc_proof_set_grade(&world->proof, grade);
	irc_outbox_init(&world->outbox, on_send, world);
	irc_outbox_set_flood(&world->outbox, IRC_FLOOD_NONE);
	world->outbox.on_left = on_left;
	world->outbox.owner = world;
}

static void end(struct world *world)
{
	irc_proof_release(&world->proof);
	irc_outbox_clear(&world->outbox);
	str_release(&world->sent);
	str_release(&world->settled);
}

/* Do what is due, and note what is settled. */
static void run(struct world *world)
{
	static const char *const names[] = {"proved", "refused", "expired", "unproved"};
	struct irc_settled settled;

	irc_outbox_flush(&world->outbox, world->now_ms);
	irc_proof_run(&world->proof, &world->outbox, world->heard_ms, world->now_ms);
	irc_outbox_flush(&world->outbox, world->now_ms);
	while (irc_proof_take(&world->proof, &world->outbox, &settled))
		str_printf(&world->settled, "%s %s%s%s;", names[settled.verdict], settled.id,
			*settled.reason ? ": " : "", settled.reason);
}

static void pass(struct world *world, uint64_t ms)
{
	world->now_ms += ms;
	run(world);
}

/* An answer of as many lines as there are words. */
static int say(struct world *world, const char *id, const char *target, const char *words)
{
	struct irc_line lines[8];
	struct irc_outbox_answer answer = {.target = target, .asker = "", .lines = lines};
	char text[200], *word, *rest = text;
	int r;

	snprintf(text, sizeof(text), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		lines[answer.line_count++] = *IRC_LINE("PRIVMSG", target, word);
	lines[0].tags = "+reply=1";
	r = irc_proof_say(&world->proof, id, &answer, &world->outbox, world->now_ms);
	run(world);
	return r;
}

/* A line from the server; ours come from "bot". */
static bool hear(struct world *world, const char *text)
{
	char bytes[500];
	struct irc_line line;
	bool is_known;

	snprintf(bytes, sizeof(bytes), "%s", text);
	assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
	world->heard_ms = world->now_ms;
	is_known = irc_proof_hear(
		&world->proof, &line, line.source && str_starts(line.source, "bot!"), IRC_CASEMAP_ASCII);
	run(world);
	return is_known;
}

/* One of our lines is in the history, said at_ms. */
static void find(struct world *world, const char *text, const char *reply_to, uint64_t at_ms)
{
	struct irc_proof_found found = {"#tv", text, "", reply_to, at_ms};

	irc_proof_find(&world->proof, &found, IRC_CASEMAP_ASCII);
}

static void expect(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_truncate(str, 0);
}

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

static void gives_up_what_is_refused(void **state)
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

static void takes_back_what_waits_of_a_refused_answer(void **state)
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

/* ---------------------------------------------------------------- waiting, losing */

/* The throttle's time is not the server's. */
static void counts_from_the_sending(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_ECHO);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	say(&world, "7", "#tv", "1 2 3 4 5 6 7 8");
	for (int i = 1; i <= 5; i++) {
		char echo[] = ":bot!b@h PRIVMSG #tv 0";

		echo[sizeof(echo) - 2] = (char)('0' + i);
		hear(&world, echo);
	}
	str_truncate(&world.sent, 0);
	pass(&world, 6000);
	expect(&world.sent, "PRIVMSG #tv 6\nPRIVMSG #tv 7\nPRIVMSG #tv 8\n");
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 9000);
	expect(&world.sent, "");
	hear(&world, ":bot!b@h PRIVMSG #tv 6");
	hear(&world, ":bot!b@h PRIVMSG #tv 7");
	hear(&world, ":bot!b@h PRIVMSG #tv 8");
	expect(&world.settled, "proved 7;");
	end(&world);
}

/* The connection ends: what is proved is not said again, the rest is, once, where we are again. */
static void says_again_what_a_connection_lost(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one two");
	say(&world, "8", "anna", "three");
	hear(&world, "@label=e1 :bot!b@h PRIVMSG #tv one");
	str_truncate(&world.sent, 0);
	irc_proof_lose(&world.proof);
	irc_outbox_clear(&world.outbox);
	pass(&world, 30000);
	expect(&world.sent, "");
	irc_proof_set_grade(&world.proof, IRC_PROOF_ECHO);
	irc_proof_again(&world.proof, NULL, IRC_CASEMAP_ASCII, &world.outbox, world.now_ms);
	run(&world);
	expect(&world.sent, "@+reply=1 PRIVMSG anna three\n");
	hear(&world, "@label=e2 :bot!b@h PRIVMSG #other two"); /* of the old connection: means nothing */
	irc_proof_again(&world.proof, "#TV", IRC_CASEMAP_ASCII, &world.outbox, world.now_ms);
	irc_proof_again(&world.proof, "#tv", IRC_CASEMAP_ASCII, &world.outbox, world.now_ms);
	run(&world);
	expect(&world.sent, "PRIVMSG #tv two\n");
	hear(&world, ":bot!b@h PRIVMSG #tv two");
	expect(&world.settled, "proved 7;");
	end(&world);
}

static void does_not_say_again_what_is_too_old(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#tv", "one");
	str_truncate(&world.sent, 0);
	irc_proof_lose(&world.proof);
	pass(&world, IRC_PROOF_AGE_MAX_MS + 1);
	irc_proof_again(&world.proof, "#tv", IRC_CASEMAP_ASCII, &world.outbox, world.now_ms);
	run(&world);
	expect(&world.sent, "");
	expect(&world.settled, "expired 7: the connection was away too long;");
	end(&world);
}

/* In a channel that is left for good nothing is said again; it must not be remembered for ever. */
static void forgets_what_cannot_be_said_again(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	say(&world, "7", "#gone", "one");
	irc_proof_lose(&world.proof);
	pass(&world, IRC_PROOF_AGE_MAX_MS + 1);
	expect(&world.settled, "");
	say(&world, "8", "#tv", "one");
	expect(&world.settled, "expired 7: we were not there any more;");
	end(&world);
}

/* The history has the line that nobody echoed. */
static void finds_a_lost_line_in_the_history(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	world.now_ms = 20000;
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "one");
	irc_proof_lose(&world.proof);
	find(&world, "two", "", world.now_ms);
	find(&world, "one", "", world.now_ms - 5000); /* of a question before these */
	find(&world, "one", "6", world.now_ms);
	run(&world);
	expect(&world.settled, "");
	find(&world, "one", "", world.now_ms);
	str_truncate(&world.sent, 0);
	irc_proof_set_grade(&world.proof, IRC_PROOF_ECHO);
	irc_proof_again(&world.proof, "#tv", IRC_CASEMAP_ASCII, &world.outbox, world.now_ms);
	run(&world);
	expect(&world.settled, "proved 7;");
	expect(&world.sent, "@+reply=1 PRIVMSG #tv one\n");
	end(&world);
}

/* On a living connection the history is asked before anything is said a second time. */
static void looks_before_it_says_again(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	world.proof.has_history = true;
	say(&world, "7", "#tv", "one");
	say(&world, "8", "#tv", "two");
	str_truncate(&world.sent, 0);
	pass(&world, 9000);
	hear(&world, ":s NOTICE bot :alive");
	pass(&world, 1000);
	expect(&world.sent, "");
	assert_string_equal(world.proof.check_target, "#tv");
	find(&world, "one", "7", 0);
	irc_proof_checked(&world.proof, "#tv", IRC_CASEMAP_ASCII);
	hear(&world, ":s NOTICE bot :alive");
	run(&world);
	expect(&world.settled, "proved 7;");
	expect(&world.sent, "@label=e3;+reply=1 PRIVMSG #tv two\n");
	assert_string_equal(world.proof.check_target, "");
	end(&world);
}

static void gives_up_what_waited_too_long(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	irc_outbox_set_flood(&world.outbox, IRC_FLOOD_RFC1459);
	for (int i = 0; i < 5; i++)
		say(&world, "1", "#tv", "one");
	assert_int_equal(say(&world, "7", "#tv", "one"), 0);
	pass(&world, IRC_OUTBOX_AGE_MAX_MS + 1);
	expect(&world.settled, "expired 7: it waited too long for its turn;");
	end(&world);
}

static void has_a_limit(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	for (unsigned i = 0; i < IRC_PROOF_ANSWERS_MAX; i++)
		assert_int_equal(say(&world, "1", "#tv", "one"), 0);
	assert_int_equal(say(&world, "1", "#tv", "one"), -ENOBUFS);
	end(&world);
}

/* A batch is one: its opening has the label, and its echo proves it. */
static void proves_a_batch_as_one(void **state)
{
	struct irc_line lines[] = {*IRC_LINE("BATCH", "+m1", "draft/multiline", "#tv"),
		*IRC_LINE("PRIVMSG", "#tv", "one"), *IRC_LINE("PRIVMSG", "#tv", "two"),
		*IRC_LINE("BATCH", "-m1")};
	struct irc_outbox_answer answer = {
		.target = "#tv", .asker = "", .lines = lines, .line_count = 4, .is_batch = true};
	struct world world;

	(void)state;
	begin(&world, IRC_PROOF_LABEL);
	lines[0].tags = "+reply=1";
	lines[1].tags = lines[2].tags = "batch=m1";
	assert_int_equal(irc_proof_say(&world.proof, "7", &answer, &world.outbox, world.now_ms), 0);
	run(&world);
	expect(&world.sent, "@label=e1;+reply=1 BATCH +m1 draft/multiline #tv\n@batch=m1 PRIVMSG #tv one\n"
			    "@batch=m1 PRIVMSG #tv two\nBATCH -m1\n");
	hear(&world, "@label=e1 :bot!b@h BATCH +x draft/multiline #tv");
	expect(&world.settled, "");
	hear(&world, "@batch=x :bot!b@h PRIVMSG #tv one");
	expect(&world.settled, "proved 7;");
	irc_proof_lose(&world.proof);
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
		cmocka_unit_test(gives_up_what_is_refused),
		cmocka_unit_test(knows_a_refusal_without_a_label),
		cmocka_unit_test(takes_back_what_waits_of_a_refused_answer),
		cmocka_unit_test(proves_by_pong),
		cmocka_unit_test(lives_without_pongs),
		cmocka_unit_test(counts_from_the_sending),
		cmocka_unit_test(says_again_what_a_connection_lost),
		cmocka_unit_test(does_not_say_again_what_is_too_old),
		cmocka_unit_test(forgets_what_cannot_be_said_again),
		cmocka_unit_test(finds_a_lost_line_in_the_history),
		cmocka_unit_test(looks_before_it_says_again),
		cmocka_unit_test(gives_up_what_waited_too_long),
		cmocka_unit_test(has_a_limit),
		cmocka_unit_test(proves_a_batch_as_one),
	};

	return cmocka_run_group_tests_name("irc_proof", tests, NULL, NULL);
}
