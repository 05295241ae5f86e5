/* Answers that wait until their effect is stored: what waits behind them, and what becomes of them. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/daemon/effects.h"
#include "bot/daemon/turns.h"
#include "tests/unit/later_world.h"

static unsigned dropped;

static void drop(void *user, struct answer *answer)
{
	(void)user;
	reply_free(answer->reply);
	dropped++;
}

static int set_up(void **state)
{
	struct effects *effects;

	reset_world();
	dropped = 0;
	assert_int_equal(effects_new(NULL, &effects), 0);
	*state = effects;
	return 0;
}

static int tear_down(void **state)
{
	effects_free(*state, drop, NULL);
	return 0;
}

static void add(struct effects *effects, struct gateway_head *gateway, const char *channel, const char *id)
{
	struct answer answer = {.reply = reply_new()};

	assert_non_null(answer.reply);
	assert_int_equal(effects_add(effects, question(gateway, channel, id, INBOX_OURS, NULL), &answer), 0);
}

static bool waits(struct effects *effects, struct gateway_head *gateway, const char *channel, const char *id)
{
	struct inbox_entry *entry = question(gateway, channel, id, INBOX_OURS, NULL);
	bool does = effects_wait_behind(effects, entry);

	if (!does)
		inbox_entries_free(entry);
	return does;
}

/* The next answer that can be sent, and the questions behind it: "1 2 3"; "" if no answer can be sent. */
static void assert_next(struct effects *effects, uint64_t now_ms, const char *ids)
{
	char text[64] = "";
	struct effect effect;

	if (effects_take(effects, now_ms, &effect)) {
		strncat(text, effect.entry->message->id, 8);
		for (const struct inbox_entry *entry = effect.behind; entry; entry = entry->next) {
			strncat(text, " ", 2);
			strncat(text, entry->message->id, 8);
		}
		inbox_entries_free(effect.entry);
		inbox_entries_free(effect.behind);
		reply_free(effect.answer.reply);
	}
	assert_string_equal(text, ids);
}

static void test_channel_keeps_its_order(void **state)
{
	struct effects *effects = *state;

	add(effects, &irc, "#tv", "1");
	assert_true(waits(effects, &irc, "#tv", "2"));
	assert_false(waits(effects, &irc, "#film", "3"));
	assert_false(waits(effects, &lobby, "#tv", "4"));
	assert_true(waits(effects, &irc, "#tv", "5"));
	assert_int_equal(effects_count(effects), 3);
	assert_true(effects_has(effects, gateway_of(&irc), "1"));
	assert_true(effects_has(effects, gateway_of(&irc), "5"));
	assert_false(effects_has(effects, gateway_of(&irc), "3"));
	effects_settle(effects, 0);
	assert_next(effects, 0, "");
	tell("");
	assert_next(effects, 0, "1 2 5");
	assert_int_equal(effects_count(effects), 0);
}

static void test_one_batch_a_turn(void **state)
{
	struct effects *effects = *state;

	effects_settle(effects, 0);
	assert_int_equal(asked_count, 0);
	add(effects, &irc, "#tv", "1");
	add(effects, &irc, "#film", "2");
	effects_settle(effects, 0);
	assert_int_equal(asked_count, 1);
	add(effects, &irc, "#radio", "3");
	effects_settle(effects, 0);
	effects_settle(effects, 0);
	assert_int_equal(asked_count, 2);
	tell("");
	assert_next(effects, 0, "1");
	assert_next(effects, 0, "2");
	assert_next(effects, 0, "");
	tell("");
	assert_next(effects, 0, "3");
}

/* While the database is away, a lobby is answered and a network that other processes reach is not. */
static void test_database_away(void **state)
{
	struct effects *effects = *state;

	add(effects, &irc, "#tv", "1");
	add(effects, &lobby, "#hall", "2");
	effects_settle(effects, 10);
	assert_int_equal(effects_next_ms(effects), 10 + TURNS_AWAY_MS);
	assert_next(effects, 10, "");
	assert_next(effects, 10 + TURNS_AWAY_MS, "2");
	assert_int_equal(effects_next_ms(effects), UINT64_MAX);
	add(effects, &lobby, "#hall", "3");
	effects_settle(effects, 20);
	assert_next(effects, 20, "");
	tell_away(1);
	assert_next(effects, 20, "3");
	tell("");
	assert_next(effects, 20, "1");
	tell("");
	assert_next(effects, 20, "");
}

static void test_gateway_goes(void **state)
{
	struct effects *effects = *state;

	add(effects, &irc, "#tv", "1");
	assert_true(waits(effects, &irc, "#tv", "2"));
	add(effects, &lobby, "#hall", "3");
	effects_settle(effects, 0);
	effects_forget(effects, gateway_of(&irc), drop, NULL);
	assert_int_equal(dropped, 1);
	assert_int_equal(effects_count(effects), 1);
	tell("");
	assert_next(effects, 0, "3");
	assert_next(effects, 0, "");
	add(effects, &irc, "#tv", "4"); /* freed with the rest */
}

/* A connection that was lost while the question waited for the database. */
static void test_gateway_is_not_connected(void **state)
{
	struct effects *effects = *state;
	struct answer answer = {.reply = reply_new()};

	assert_int_equal(effects_hold(effects, question(&irc, "#tv", "1", INBOX_OURS, NULL), &answer), 0);
	assert_true(waits(effects, &irc, "#tv", "2"));
	effects_settle(effects, 0);
	assert_int_equal(asked_count, 0);
	effects_ready(effects, gateway_of(&lobby));
	assert_next(effects, 10 * TURNS_AWAY_MS, "");
	add(effects, &lobby, "#hall", "3");
	effects_settle(effects, 0);
	assert_int_equal(asked_count, 1);
	effects_ready(effects, gateway_of(&irc));
	assert_next(effects, 0, "1 2");
	tell("");
	assert_next(effects, 0, "3");
}

static void test_nothing_to_store(void **state)
{
	struct effects *effects = *state;

	settle_error = -ENODATA;
	add(effects, &irc, "#tv", "1");
	effects_settle(effects, 0);
	assert_next(effects, 0, "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(test_channel_keeps_its_order, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_one_batch_a_turn, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_database_away, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_gateway_goes, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_gateway_is_not_connected, set_up, tear_down),
			cmocka_unit_test_setup_teardown(test_nothing_to_store, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
