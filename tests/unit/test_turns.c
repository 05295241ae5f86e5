/* Questions that wait for the journal's word: the order of answers, what is answered while the database is away, and what
 * becomes of the questions of a gateway that goes. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/daemon/turns.h"
#include "tests/unit/later_world.h"

#define LATER_MS 1000

static int set_up(void **state)
{
	struct turns *turns;

	reset_world();
	assert_int_equal(turns_new(NULL, &turns), 0);
	*state = turns;
	return 0;
}

static int tear_down(void **state)
{
	turns_free(*state);
	return 0;
}

/* The next question is this one, in this state; "" if there is no next one. */
static void assert_next(struct turns *turns, uint64_t now_ms, const char *id, enum inbox_state state)
{
	struct inbox_entry *entry = turns_take(turns, now_ms);

	assert_string_equal(entry ? entry->message->id : "", id);
	if (entry)
		assert_int_equal(entry->state, state);
	inbox_entries_free(entry);
}

static void test_answered_in_order(void **state)
{
	struct turns *turns = *state;

	turns_add(turns,
			question(&irc, "#tv", "1", INBOX_ASKED,
					question(&irc, "#tv", "2", INBOX_ASKED, NULL)),
			0);
	turns_add(turns, question(&irc, "#tv", "3", INBOX_PLAIN, NULL),
			0); /* the journal has it, but it is later */
	turns_add(turns, question(&irc, "#tv", "4", INBOX_ASKED, NULL), 0);
	assert_int_equal(turns_count(turns), 4);
	assert_int_equal(asked_count, 2);
	assert_next(turns, 0, "", INBOX_PLAIN);
	tell("yn");
	assert_next(turns, 0, "1", INBOX_OURS);
	assert_next(turns, 0, "2", INBOX_FOREIGN);
	assert_next(turns, 0, "3", INBOX_PLAIN);
	assert_next(turns, 0, "", INBOX_PLAIN);
	tell("y");
	assert_next(turns, 0, "4", INBOX_OURS);
	assert_int_equal(turns_count(turns), 0);
}

static void test_nothing_asked_is_answered_at_once(void **state)
{
	struct turns *turns = *state;

	assert_int_equal(turns_add(turns, NULL, 0), 0);
	turns_add(turns, question(&irc, "#tv", "", INBOX_PLAIN, NULL), 0);
	assert_int_equal(asked_count, 0);
	assert_next(turns, 0, "", INBOX_PLAIN);
	assert_int_equal(turns_count(turns), 0);
}

/* A database that does not answer holds up the networks that other processes reach, and no lobby. */
static void test_lobby_goes_on_without_an_answer(void **state)
{
	struct turns *turns = *state;

	turns_add(turns,
			question(&irc, "#tv", "1", INBOX_ASKED,
					question(&lobby, "#hall", "2", INBOX_ASKED, NULL)),
			5);
	assert_int_equal(turns_next_ms(turns), 5 + TURNS_AWAY_MS);
	assert_next(turns, 4 + TURNS_AWAY_MS, "", INBOX_PLAIN);
	assert_next(turns, 5 + TURNS_AWAY_MS, "2", INBOX_ASKED);
	assert_next(turns, LATER_MS, "", INBOX_PLAIN);
	assert_int_equal(turns_next_ms(turns), UINT64_MAX);
	tell("yy"); /* the place of each entry in the result is that of the batch */
	assert_next(turns, LATER_MS, "1", INBOX_OURS);
	assert_int_equal(turns_late(turns), 1);
	assert_int_equal(turns_late(turns), 0);
	assert_next(turns, LATER_MS, "", INBOX_PLAIN);
}

static void test_lobby_goes_on_when_the_database_goes(void **state)
{
	struct turns *turns = *state;

	turns_add(turns, question(&lobby, "#hall", "1", INBOX_ASKED, NULL), 0);
	turns_add(turns,
			question(&irc, "#tv", "2", INBOX_ASKED,
					question(&lobby, "#hall", "3", INBOX_ASKED, NULL)),
			0);
	assert_next(turns, 1, "", INBOX_PLAIN);
	tell_away(1);
	trouble_now = -ENOLINK;
	turns_add(turns, question(&lobby, "#hall", "4", INBOX_ASKED, NULL), 1);
	assert_next(turns, 1, "1", INBOX_ASKED);
	assert_next(turns, 1, "3", INBOX_ASKED);
	assert_next(turns, 1, "4", INBOX_ASKED);
	assert_next(turns, LATER_MS, "", INBOX_PLAIN);
	tell("y");
	tell("ny");
	assert_next(turns, LATER_MS, "2", INBOX_FOREIGN);
	tell("y");
	assert_next(turns, LATER_MS, "", INBOX_PLAIN);
}

static void count_forgotten(void *user, const struct inbox_entry *entry)
{
	char *seen = user;

	assert_int_equal(entry->state, INBOX_ASKED);
	strncat(seen, entry->message->id, 4);
}

static void test_gateway_goes_while_its_question_waits(void **state)
{
	struct turns *turns = *state;
	char seen[16] = "";

	turns_add(turns,
			question(&irc, "#tv", "1", INBOX_ASKED,
					question(&lobby, "#hall", "2", INBOX_ASKED, NULL)),
			0);
	turns_add(turns, question(&irc, "#tv", "3", INBOX_ASKED, NULL), 0);
	turns_forget(turns, gateway_of(&irc), count_forgotten, seen);
	assert_string_equal(seen, "13");
	assert_int_equal(turns_count(turns), 1);
	tell("ny");
	assert_next(turns, 0, "2", INBOX_OURS);
	tell("y");
	assert_next(turns, 0, "", INBOX_PLAIN);
}

static void test_database_that_takes_nothing(void **state)
{
	struct turns *turns = *state;

	settle_error = -ENOMEM;
	turns_add(turns, question(&irc, "#tv", "1", INBOX_ASKED, NULL), 0);
	assert_next(turns, 0, "1", INBOX_REFUSED);
	settle_error = 0;
	turns_add(turns,
			question(&irc, "#tv", "2", INBOX_ASKED,
					question(&irc, "#tv", "3", INBOX_ASKED, NULL)),
			0);
	tell("y"); /* too short an answer */
	assert_next(turns, 0, "2", INBOX_OURS);
	assert_next(turns, 0, "3", INBOX_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(test_answered_in_order, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_nothing_asked_is_answered_at_once, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_lobby_goes_on_without_an_answer, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_lobby_goes_on_when_the_database_goes, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					test_gateway_goes_while_its_question_waits, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_database_that_takes_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
