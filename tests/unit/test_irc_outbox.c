/* The outbox: stays within the server's flood limit, takes turns, is bounded, and drops what is too old. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/outbox.h"

/* What went out, a line each. */
struct sent {
	struct str text;
	unsigned lines;
};

static void on_send(void *user, const char *line, size_t length)
{
	struct sent *sent = user;

	str_append_bytes(&sent->text, line, length);
	str_append_char(&sent->text, '\n');
	sent->lines++;
}

static void begin(struct irc_outbox *outbox, struct sent *sent)
{
	*sent = (struct sent){.text = STR(100000)};
	irc_outbox_init(outbox, on_send, sent);
}

static void end(struct irc_outbox *outbox, struct sent *sent)
{
	irc_outbox_clear(outbox);
	assert_int_equal(outbox->line_count, 0);
	assert_int_equal(outbox->target_count, 0);
	str_release(&sent->text);
}

static void lets_targets_take_turns(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 0);
	irc_outbox_push(&outbox, "#a", IRC_LINE("A", "2"), 0);
	irc_outbox_push(&outbox, "#b", IRC_LINE("B", "1"), 0);
	irc_outbox_push(&outbox, "#c", IRC_LINE("C", "1"), 0);
	irc_outbox_flush(&outbox, 0);
	assert_string_equal(str_text(&sent.text), "A 1\nB 1\nC 1\nA 2\n");
	assert_int_equal(irc_outbox_next_ms(&outbox, 0), UINT64_MAX);
	end(&outbox, &sent);
}

/* The rule of ircu2 and of UnrealIRCd both: neither count may pass ten seconds ahead. */
static void stays_below_what_strict_servers_bear(void **state)
{
	char text[400];
	uint64_t now_ms = 0, ircu_ms = 0, unreal_ms = 0, i;
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	for (i = 0; i < 100; i++) {
		memset(text, 'x', sizeof(text));
		text[(i * 37) % sizeof(text)] = '\0';
		assert_int_equal(irc_outbox_push(&outbox, "#a", IRC_LINE("PRIVMSG", "#a", text), 0), 0);
	}
	while (irc_outbox_next_ms(&outbox, now_ms) != UINT64_MAX) {
		size_t before = sent.text.length, length;

		now_ms = irc_outbox_next_ms(&outbox, now_ms);
		if (now_ms > IRC_OUTBOX_AGE_MAX_MS)
			break;
		irc_outbox_flush(&outbox, now_ms);
		for (; before < sent.text.length; before += length + 1) {
			length = strcspn(str_text(&sent.text) + before, "\n");
			ircu_ms = (ircu_ms > now_ms ? ircu_ms : now_ms) + 2000 + length * 1000 / 120;
			unreal_ms = (unreal_ms > now_ms ? unreal_ms : now_ms) + 1000 + length * 1000 / 90;
			assert_true(unreal_ms - now_ms <=
					10000 + 6000); /* checked before a line, not after */
			assert_true(ircu_ms - now_ms <= 10000 + 6000);
		}
	}
	assert_true(sent.lines > 50);
	end(&outbox, &sent);
}

static void waits_a_second_a_command_on_inspircd(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;
	uint64_t now_ms = 5000;
	unsigned i;

	(void)state;
	begin(&outbox, &sent);
	irc_outbox_set_flood(&outbox, IRC_FLOOD_PER_COMMAND);
	for (i = 0; i < 150; i++)
		irc_outbox_push(&outbox, "#a", IRC_LINE("PRIVMSG", "#a", "words of an answer"), now_ms);
	irc_outbox_flush(&outbox, now_ms);
	assert_int_equal(sent.lines, 9);
	assert_int_equal(irc_outbox_next_ms(&outbox, now_ms), now_ms + 1000);
	while (irc_outbox_next_ms(&outbox, now_ms) != UINT64_MAX) {
		now_ms = irc_outbox_next_ms(&outbox, now_ms);
		irc_outbox_flush(&outbox, now_ms);
	}
	assert_int_equal(sent.lines, 150);
	assert_int_equal(now_ms, 5000 + 141 * 1000);
	end(&outbox, &sent);
}

static void sends_what_is_urgent_at_once(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;
	unsigned i;

	(void)state;
	begin(&outbox, &sent);
	for (i = 0; i < 20; i++)
		irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 0);
	irc_outbox_flush(&outbox, 0);
	assert_true(sent.lines < 20);
	str_clear(&sent.text);
	irc_outbox_urgent(&outbox, IRC_LINE("PONG", "x"), 0);
	assert_string_equal(str_text(&sent.text), "PONG x\n");
	end(&outbox, &sent);
}

static void is_bounded(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;
	char name[8];
	unsigned i;

	(void)state;
	begin(&outbox, &sent);
	for (i = 0; i < IRC_OUTBOX_TARGET_LINES_MAX; i++)
		assert_int_equal(irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 0), 0);
	assert_int_equal(irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 0), -ENOBUFS);
	assert_false(irc_outbox_has_room(&outbox, "#a", 1));
	assert_true(irc_outbox_has_room(&outbox, "#b", 4));
	for (i = 1; i < IRC_OUTBOX_TARGETS_MAX; i++) {
		snprintf(name, sizeof(name), "#%u", i);
		assert_int_equal(irc_outbox_push(&outbox, name, IRC_LINE("A", "1"), 0), 0);
	}
	assert_false(irc_outbox_has_room(&outbox, "#b", 1));
	assert_int_equal(irc_outbox_push(&outbox, "#b", IRC_LINE("A", "1"), 0), -ENOBUFS);
	end(&outbox, &sent);
}

static void drops_what_is_too_late(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	irc_outbox_push(&outbox, "#a", IRC_LINE("A", "old"), 0);
	irc_outbox_push(&outbox, "#b", IRC_LINE("B", "new"), 1);
	irc_outbox_flush(&outbox, IRC_OUTBOX_AGE_MAX_MS + 1);
	assert_string_equal(str_text(&sent.text), "B new\n");
	assert_int_equal(outbox.dropped, 1);
	irc_outbox_push(&outbox, "#a", IRC_LINE("A", "unsent"), IRC_OUTBOX_AGE_MAX_MS);
	irc_outbox_clear(&outbox);
	assert_int_equal(outbox.dropped, 2);
	end(&outbox, &sent);
}

/* A slow moment: what answers a line is later than the line, after which all is flushed. */
static void an_answer_from_the_future_is_not_late(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	for (int i = 0; i < 20; i++)
		irc_outbox_push(&outbox, "#a", IRC_LINE("A", "answer"), 1003);
	irc_outbox_flush(&outbox, 1000);
	assert_int_equal(outbox.dropped, 0);
	end(&outbox, &sent);
}

static void refuses_a_broken_line(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	assert_int_equal(irc_outbox_push(&outbox, "#a", IRC_LINE("A", "b c", "d"), 0), -EINVAL);
	assert_int_equal(irc_outbox_urgent(&outbox, IRC_LINE("A", "b c", "d"), 0), -EINVAL);
	assert_int_equal(outbox.line_count, 0);
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(sent.lines, 0);
	end(&outbox, &sent);
}

/* What is reported of marked lines: "mark+" sent, "mark-" too old. */
static void on_left(void *owner, struct irc_sent *sent)
{
	str_printf(owner, "%u%c ", (unsigned)sent->answer->mark, sent->state == IRC_SENT_SENT ? '+' : '-');
}

/* A followed answer of one line. */
static struct irc_answer *push_followed(struct irc_outbox *outbox, const struct irc_line *line, uint64_t mark)
{
	struct irc_outgoing outgoing = {
			.target = "#a", .asker = "", .lines = line, .line_count = 1, .mark = mark};
	struct irc_answer *answer = NULL;

	assert_int_equal(irc_outbox_push_answer(outbox, &outgoing, 0, &answer), 0);
	return answer;
}

static void tells_what_has_left(void **state)
{
	struct irc_outbox outbox;
	struct irc_answer *followed[4];
	struct sent sent;
	struct str left = STR(100);

	(void)state;
	begin(&outbox, &sent);
	outbox.on_left = on_left;
	outbox.owner = &left;
	for (uint64_t mark = 1; mark <= 5; mark++)
		irc_outbox_push_marked(&outbox, "#a", IRC_LINE("A", "1"), mark, 0);
	for (uint64_t mark = 6; mark <= 9; mark++)
		followed[mark - 6] = push_followed(&outbox, IRC_LINE("A", "1"), mark);
	irc_outbox_push(&outbox, "#a", IRC_LINE("B", "1"), 0);
	irc_outbox_flush(&outbox, 0);
	assert_string_equal(str_text(&left), "1+ 2+ 3+ 4+ ");
	for (size_t i = 0; i < 4; i++) {
		irc_outbox_withdraw(&outbox, &followed[i]->sent[0]);
		irc_answer_free(followed[i]);
	}
	assert_int_equal(outbox.line_count, 2);
	assert_int_equal(outbox.dropped, 4);
	irc_outbox_flush(&outbox, IRC_OUTBOX_AGE_MAX_MS + 1);
	assert_string_equal(str_text(&left), "1+ 2+ 3+ 4+ 5- ");
	assert_int_equal(irc_outbox_next_ms(&outbox, IRC_OUTBOX_AGE_MAX_MS + 1), UINT64_MAX);
	str_release(&left);
	end(&outbox, &sent);
}

/* An answer may be pushed while what came a moment before is still handled. */
static void takes_what_is_younger_than_now(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	irc_outbox_set_flood(&outbox, IRC_FLOOD_RFC1459);
	for (int i = 0; i < 5; i++)
		irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 1000);
	irc_outbox_flush(&outbox, 1000);
	irc_outbox_push(&outbox, "#a", IRC_LINE("A", "1"), 1001);
	irc_outbox_flush(&outbox, 1000);
	assert_int_equal(outbox.line_count + sent.lines, 6);
	assert_int_equal(outbox.dropped, 0);
	end(&outbox, &sent);
}

static void takes_lines_after_all_were_taken_back(void **state)
{
	struct irc_outbox outbox;
	struct irc_answer *answer;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent);
	answer = push_followed(&outbox, IRC_LINE("A", "1"), 1);
	irc_outbox_withdraw(&outbox, &answer->sent[0]);
	irc_answer_free(answer);
	irc_outbox_push_marked(&outbox, "#a", IRC_LINE("B", "1"), 2, 0);
	irc_outbox_flush(&outbox, 0);
	assert_string_equal(str_text(&sent.text), "B 1\n");
	end(&outbox, &sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(lets_targets_take_turns),
			cmocka_unit_test(takes_what_is_younger_than_now),
			cmocka_unit_test(tells_what_has_left),
			cmocka_unit_test(takes_lines_after_all_were_taken_back),
			cmocka_unit_test(stays_below_what_strict_servers_bear),
			cmocka_unit_test(waits_a_second_a_command_on_inspircd),
			cmocka_unit_test(sends_what_is_urgent_at_once),
			cmocka_unit_test(is_bounded),
			cmocka_unit_test(drops_what_is_too_late),
			cmocka_unit_test(an_answer_from_the_future_is_not_late),
			cmocka_unit_test(refuses_a_broken_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
