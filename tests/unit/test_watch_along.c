/* Watching together, through dispatch: a step speaks for its own party only, also when a crash has left it open. */

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/dispatch.h"
#include "bot/core/rights.h"
#include "bot/gateway/irc/config.h"

#define START_S  INT64_C(1796050800)
#define MINUTE_S 60

struct world {
	struct catalogue *catalogue;
	struct orders *orders;
	struct dispatch *dispatch;
	struct config config;
	char text[1000]; /* the last answer; "": it says nothing */
};

static void on_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct dispatch_host host = {.user = world};
	struct str report = STR(64 * 1024);

	assert_non_null(world);
	assert_int_equal(catalogue_load("data", &report, &world->catalogue), 0);
	str_release(&report);
	assert_int_equal(orders_new(on_order, world, &world->orders), 0);
	assert_int_equal(orders_open(world->orders, NULL), 0);
	orders_configure(world->orders, &world->config, world->catalogue);
	host.orders = orders_for_dispatch(world->orders);
	assert_int_equal(dispatch_new(&host, 1, &world->dispatch), 0);
	dispatch_configure(world->dispatch, "!", world->catalogue, NULL);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	dispatch_free(world->dispatch);
	orders_free(world->orders);
	catalogue_free(world->catalogue);
	free(world);
	return 0;
}

static void answer(struct world *world, const struct message *message)
{
	struct question question = dispatch_recognise(world->dispatch, "test", message, message->time_ms);
	struct answer answer;

	world->text[0] = '\0';
	assert_int_not_equal(question.kind, QUESTION_NONE);
	dispatch_answer(world->dispatch, "test", message, &question, message->time_ms, &answer);
	if (answer.reply)
		snprintf(world->text, sizeof(world->text), "%s",
				answer.reply->text ? answer.reply->text : "");
	dispatch_keep(world->dispatch, &answer, 0, message->time_ms);
}

static struct message message_at(int64_t now_s, const char *text)
{
	return (struct message){.id = "",
			.channel = "#tv",
			.author_id = "anna",
			.author_name = "anna",
			.account = "",
			.text = text,
			.time_ms = (uint64_t)now_s * 1000};
}

static void type(struct world *world, int64_t now_s, const char *text)
{
	const struct message message = message_at(now_s, text);

	answer(world, &message);
}

/* A step of a party, said at now_s. */
static void step(struct world *world, int64_t now_s, int64_t due_s, const char *name)
{
	struct message message;
	char text[80];

	snprintf(text, sizeof(text), "together @%" PRId64 " %s", due_s, name);
	message = message_at(now_s, text);
	message.origin = MESSAGE_OCCASION;
	message.is_occasion = message.is_addressed = true;
	answer(world, &message);
}

static void a_step_that_a_crash_left_open_does_not_speak_for_the_next_party(void **state)
{
	struct world *world = *state;
	const int64_t next_s = START_S + 12 * MINUTE_S;

	type(world, START_S - 60 * MINUTE_S, "!watch s01e01 in 60 minutes");
	step(world, START_S - 10 * MINUTE_S, START_S - 10 * MINUTE_S, "soon");
	assert_non_null(strstr(world->text, "starts in 10 minutes"));
	type(world, START_S, "!watch stop");
	type(world, START_S + MINUTE_S, "!watch s01e02 in 11 minutes");
	assert_non_null(strstr(world->text, "it starts"));
	step(world, START_S + MINUTE_S, START_S, "start");
	assert_string_equal(world->text, "");
	step(world, START_S + MINUTE_S, START_S - 10 * MINUTE_S, "soon");
	assert_string_equal(world->text, "");
	step(world, next_s - 10 * MINUTE_S, next_s - 10 * MINUTE_S, "soon");
	assert_non_null(strstr(world->text, "episode 2 starts in 10 minutes"));
	step(world, next_s + MINUTE_S, next_s, "start");
	assert_non_null(strstr(world->text, "Starting now"));
}

static void an_end_that_a_pause_has_moved_is_not_said_at_its_old_time(void **state)
{
	struct world *world = *state;
	int64_t end_s = START_S + 1000 * MINUTE_S; /* later than each end */

	type(world, START_S, "!watch s01e01");
	type(world, START_S + 10 * MINUTE_S, "!watch pause");
	step(world, end_s, end_s, "end");
	assert_string_equal(world->text, "");
	type(world, START_S + 20 * MINUTE_S, "!watch resume");
	step(world, end_s, START_S + 45 * MINUTE_S, "end"); /* due before the pause */
	assert_string_equal(world->text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					a_step_that_a_crash_left_open_does_not_speak_for_the_next_party,
					set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					an_end_that_a_pause_has_moved_is_not_said_at_its_old_time, set_up,
					tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
