/* CHATHISTORY of the lobby: which messages, in which order, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/lobby_world.h"

#define LINES 6

/* One client who has said "line 0" .. "line 5", a second apart from 00:00:01 on. */
static void begin_lines(struct world *world)
{
	join(world, 0, "ann", "message-tags batch draft/chathistory echo-message server-time");
	for (int i = 0; i < LINES; i++) {
		char line[64];

		world->time.wall_ms += 1000;
		snprintf(line, sizeof(line), "PRIVMSG #lobby :line %d", i);
		say(world, 0, line);
	}
}

/* The reference of a line. */
static const char *msgid(int line)
{
	static char text[2][40];
	static int next;
	char *ret = text[next ^= 1];

	snprintf(ret, sizeof(text[0]), "msgid=%08x%06x", 1, line + 1);
	return ret;
}

/* The digits of the lines that a request gets, in their order; other output stays in world->seen[0]. */
__attribute__((format(printf, 2, 3))) static const char *asked(struct world *world, const char *format, ...)
{
	static char digits[32];
	size_t count = 0;
	char line[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	str_clear(&world->seen[0]);
	say(world, 0, line);
	for (const char *at = str_text(&world->seen[0]); (at = strstr(at, ":line ")) != NULL; at++)
		digits[count++] = at[strlen(":line ")];
	digits[count] = '\0';
	return digits;
}

static void a_reference_itself_is_not_sent(void **state)
{
	struct world *world = *state;

	begin_lines(world);
	assert_string_equal(asked(world, "CHATHISTORY LATEST #lobby * 2"), "45");
	assert_string_equal(asked(world, "CHATHISTORY LATEST #lobby %s 10", msgid(3)), "45");
	assert_string_equal(asked(world, "chathistory before #LOBBY %s 1", msgid(2)), "1");
	assert_string_equal(asked(world, "CHATHISTORY BEFORE #lobby %s 0", msgid(2)), "");
	assert_string_equal(asked(world, "CHATHISTORY AFTER #lobby %s 10", msgid(2)), "345");
	assert_string_equal(asked(world, "CHATHISTORY AFTER #lobby %s 2", msgid(2)), "34");
	assert_string_equal(asked(world, "CHATHISTORY AFTER #lobby timestamp=2022-01-28T00:00:03.000Z 10"),
			"345");
}

static void around_a_message_are_its_neighbours(void **state)
{
	struct world *world = *state;

	begin_lines(world);
	assert_string_equal(asked(world, "CHATHISTORY AROUND #lobby %s 3", msgid(2)), "123");
	assert_string_equal(asked(world, "CHATHISTORY AROUND #lobby %s 1", msgid(2)), "2");
	assert_string_equal(asked(world, "CHATHISTORY AROUND #lobby %s 5", msgid(0)), "01234");
	assert_string_equal(asked(world, "CHATHISTORY AROUND #lobby %s 100", msgid(5)), "012345");
	assert_string_equal(
			asked(world, "CHATHISTORY AROUND #lobby timestamp=2022-01-28T00:00:03.500Z 2"), "23");
}

static void between_two_messages_is_neither_of_them(void **state)
{
	struct world *world = *state;

	begin_lines(world);
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby %s %s 10", msgid(0), msgid(4)), "123");
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby %s %s 2", msgid(0), msgid(4)), "12");
	/* Backwards: the ones next to the first reference, in the order of time. */
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby %s %s 2", msgid(4), msgid(0)), "23");
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby %s %s 10", msgid(2), msgid(3)), "");
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby %s %s 10", msgid(2), msgid(2)), "");
	assert_string_equal(asked(world, "CHATHISTORY BETWEEN #lobby timestamp=2022-01-28T00:00:01.500Z "
					 "timestamp=2022-01-28T00:00:04.500Z 10"),
			"123");
}

static void targets_are_the_channels_with_messages_in_the_time(void **state)
{
	struct world *world = *state;

	begin_lines(world); /* the last at 00:00:06 */
	world->time.wall_ms += 1000;
	say(world, 0, "JOIN #tv\r\nPRIVMSG #tv :hi\r\nJOIN #empty\r\n");
	asked(world, "CHATHISTORY TARGETS timestamp=2022-01-28T00:00:00.000Z "
		     "timestamp=2022-01-28T01:00:00.000Z 10");
	assert_seen(world, 0, " draft/chathistory-targets\n@batch=");
	assert_seen(world, 0, ":lobby CHATHISTORY TARGETS #lobby 2022-01-28T00:00:06.000Z\n");
	assert_seen(world, 0, ":lobby CHATHISTORY TARGETS #tv 2022-01-28T00:00:07.000Z\n:lobby BATCH -");
	assert_unseen(world, 0, "#empty");
	asked(world, "CHATHISTORY TARGETS timestamp=2022-01-28T01:00:00.000Z "
		     "timestamp=2022-01-28T00:00:00.000Z 1");
	assert_unseen(world, 0, "#lobby");
	assert_seen(world, 0, "#tv");
	asked(world, "CHATHISTORY TARGETS timestamp=2022-01-28T00:00:00.000Z "
		     "timestamp=2022-01-28T00:00:06.000Z 10");
	assert_unseen(world, 0, "#");
	say(world, 0, "PART #tv\r\n");
	asked(world, "CHATHISTORY TARGETS timestamp=2022-01-28T00:00:00.000Z "
		     "timestamp=2022-01-28T01:00:00.000Z 10");
	assert_unseen(world, 0, "#tv");
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
			{"CHATHISTORY", " 461 ann CHATHISTORY :"},
			{"CHATHISTORY LATEST", "INVALID_PARAMS LATEST :"},
			{"CHATHISTORY LATEST #lobby *", "INVALID_PARAMS LATEST :"},
			{"CHATHISTORY BETWEEN #lobby msgid=1 10", "INVALID_PARAMS BETWEEN :"},
			{"CHATHISTORY NEWEST #lobby * 2", "INVALID_PARAMS NEWEST :"},
			{"CHATHISTORY LATEST #lobby * x", "INVALID_PARAMS LATEST x :"},
			{"CHATHISTORY LATEST #lobby * -1", "INVALID_PARAMS LATEST -1 :"},
			{"CHATHISTORY LATEST #elsewhere * 2", "INVALID_TARGET LATEST #elsewhere :"},
			{"CHATHISTORY LATEST episoded * 2", "INVALID_TARGET LATEST episoded :"},
			{"CHATHISTORY LATEST #lobby nonsense 2", "INVALID_MSGREFTYPE LATEST nonsense :"},
			{"CHATHISTORY BEFORE #lobby * 2", "INVALID_MSGREFTYPE BEFORE * :"},
			{"CHATHISTORY AROUND #lobby * 2", "INVALID_MSGREFTYPE AROUND * :"},
			{"CHATHISTORY BETWEEN #lobby msgid=1 timestamp=x 2",
					"INVALID_MSGREFTYPE BETWEEN timestamp=x :"},
			{"CHATHISTORY TARGETS msgid=1 timestamp=2022-01-28T00:00:00.000Z 2",
					"INVALID_PARAMS TARGETS :"},
	};
	struct world *world = *state;

	begin_lines(world);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(asked(world, "%s", cases[i].line), "");
		assert_seen(world, 0, cases[i].answer);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(a_reference_itself_is_not_sent),
			TEST(around_a_message_are_its_neighbours),
			TEST(between_two_messages_is_neither_of_them),
			TEST(targets_are_the_channels_with_messages_in_the_time),
			TEST(what_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
