/* Fairness of the outbox: a person who floods a channel does not delay others, and fifty people at once are all
 * answered. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/irc/outbox.h"

/* The sent lines. */
struct sent {
	struct str text;
	unsigned lines;
	struct irc_outbox *clear_at_next; /* the connection breaks with the next line */
};

static void on_send(void *user, const char *line, size_t length)
{
	struct sent *sent = user;

	str_append_bytes(&sent->text, line, length);
	str_append_char(&sent->text, '\n');
	sent->lines++;
	if (sent->clear_at_next)
		irc_outbox_clear(sent->clear_at_next);
}

static void begin(struct irc_outbox *outbox, struct sent *sent, enum irc_flood flood)
{
	*sent = (struct sent){.text = STR(100000)};
	irc_outbox_init(outbox, on_send, sent);
	irc_outbox_set_flood(outbox, flood);
}

static void end(struct irc_outbox *outbox, struct sent *sent)
{
	irc_outbox_clear(outbox);
	assert_int_equal(outbox->line_count, 0);
	assert_int_equal(outbox->target_count, 0);
	str_release(&sent->text);
}

/* Queue an answer of several lines: "SAY asker.1", "SAY asker.2". */
static int ask(struct irc_outbox *outbox, const char *target, const char *asker, size_t count, bool is_batch)
{
	struct irc_line lines[8];
	char texts[8][32];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%s.%zu", asker, i + 1);
		lines[i] = *IRC_LINE("SAY", texts[i]);
	}
	return irc_outbox_push_answer(outbox,
			&(struct irc_outgoing){.target = target,
					.asker = asker,
					.lines = lines,
					.line_count = count,
					.is_batch = is_batch},
			0, NULL);
}

/* Run until the queue is empty; return the time of the last line. */
static uint64_t drain(struct irc_outbox *outbox, uint64_t now_ms)
{
	uint64_t next_ms;

	while ((next_ms = irc_outbox_next_ms(outbox, now_ms)) != UINT64_MAX) {
		now_ms = next_ms;
		irc_outbox_flush(outbox, now_ms);
	}
	return now_ms;
}

static void answers_take_turns_and_stay_whole(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	ask(&outbox, "#a", "ann", 2, false);
	ask(&outbox, "#a", "ann", 2, false);
	ask(&outbox, "#a", "bob", 2, false);
	ask(&outbox, "#b", "cid", 1, false);
	drain(&outbox, 0);
	assert_string_equal(str_text(&sent.text),
			"SAY ann.1\nSAY cid.1\nSAY ann.2\nSAY bob.1\nSAY bob.2\nSAY ann.1\nSAY ann.2\n");
	end(&outbox, &sent);
}

/* Two hundred commands of one person in one channel, then one of another. */
static void one_flooder_does_not_delay_others(void **state)
{
	unsigned refused = 0, told = 0, before, between = 0;
	struct irc_outbox outbox;
	struct sent sent;
	uint64_t now_ms = 0;
	const char *other;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	for (int i = 0; i < 200; i++) {
		int r = ask(&outbox, "#a", "flooder", 2, false);

		told += r == -EDQUOT;
		refused += r < 0;
		irc_outbox_flush(&outbox, 0);
	}
	assert_int_equal(told, 1);
	assert_true(refused > 180);
	assert_true(outbox.line_count <= IRC_OUTBOX_ASKER_LINES_MAX);
	before = sent.lines;
	assert_int_equal(ask(&outbox, "#a", "other", 1, false), 0);
	now_ms = drain(&outbox, now_ms);
	other = strstr(str_text(&sent.text), "SAY other.1");
	assert_non_null(other);
	for (const char *at = str_text(&sent.text); at < other; at = strchr(at, '\n') + 1)
		between++;
	assert_in_range(between - before, 0, 4); /* the flooder's answer under way, and one more */
	assert_true(now_ms <= (IRC_OUTBOX_ASKER_LINES_MAX + 1) * 1000);
	end(&outbox, &sent);
}

static void a_full_queue_is_reported_again_only_after_it_was_sent(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	while (ask(&outbox, "#a", "ann", 4, false) == 0)
		;
	assert_int_equal(ask(&outbox, "#a", "ann", 4, false), -ENOBUFS);
	assert_int_equal(ask(&outbox, "#b", "ann", 4, false), 0); /* another channel is another queue */
	irc_outbox_flush(&outbox, 0);
	while (ask(&outbox, "#a", "ann", 4, false) == 0)
		;
	assert_int_equal(ask(&outbox, "#a", "ann", 4, false), -ENOBUFS);
	drain(&outbox, 0);
	while (ask(&outbox, "#a", "ann", 4, false) == 0)
		;
	assert_int_equal(ask(&outbox, "#a", "ann", 4, false), -ENOBUFS);
	end(&outbox, &sent);
}

static void fifty_at_once_are_all_answered(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;
	char name[32];

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "person%d", i);
		assert_int_equal(ask(&outbox, "#a", name, 4, false), 0);
	}
	assert_int_equal(ask(&outbox, "#a", "late", 1, false), -ENOBUFS);
	assert_true(drain(&outbox, 0) < IRC_OUTBOX_AGE_MAX_MS);
	assert_int_equal(sent.lines, 200);
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "SAY person%d.4\n", i);
		assert_non_null(strstr(str_text(&sent.text), name));
	}
	end(&outbox, &sent);
}

/* No other line is sent inside a batch, and a batch waits until it can be sent completely. */
static void a_batch_goes_out_at_once(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	ask(&outbox, "#a", "ann", 6, true);
	ask(&outbox, "#b", "bob", 6, true);
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(sent.lines, 6);
	assert_string_equal(str_text(&sent.text),
			"SAY ann.1\nSAY ann.2\nSAY ann.3\nSAY ann.4\nSAY ann.5\nSAY ann.6\n");
	/* Six seconds are spent of the eight, and five of the next six must fit: 3 s. */
	assert_int_equal(irc_outbox_next_ms(&outbox, 0), 3000);
	irc_outbox_flush(&outbox, 2999);
	assert_int_equal(sent.lines, 6);
	irc_outbox_flush(&outbox, 3000);
	assert_int_equal(sent.lines, 12);
	end(&outbox, &sent);
}

static void a_batch_longer_than_the_burst_waits_for_quiet(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_FAST);
	ask(&outbox, "#a", "ann", 6, true);
	ask(&outbox, "#a", "ann", 6, true);
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(sent.lines, 6);
	assert_int_equal(irc_outbox_next_ms(&outbox, 0), 6 * 667);
	drain(&outbox, 0);
	assert_int_equal(sent.lines, 12);
	end(&outbox, &sent);
}

static void half_an_answer_is_never_dropped(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	for (int i = 0; i < 4; i++)
		ask(&outbox, "#a", "ann", 3, false);
	irc_outbox_flush(&outbox, 0); /* nine lines: the fourth answer waits whole */
	assert_int_equal(sent.lines, 9);
	ask(&outbox, "#a", "bob", 3, false);
	irc_outbox_flush(&outbox, 1000);
	assert_int_equal(sent.lines, 10);
	irc_outbox_flush(&outbox, IRC_OUTBOX_AGE_MAX_MS + 1);
	assert_string_equal(str_text(&sent.text) + strlen("SAY ann.1\nSAY ann.2\nSAY ann.3\n") * 3,
			"SAY ann.1\nSAY ann.2\nSAY ann.3\n");
	assert_int_equal(outbox.dropped, 3);
	end(&outbox, &sent);
}

/* Many nicks ask in private: channels and protocol lines still have space. */
static void a_crowd_in_private_leaves_room_for_channels(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;
	unsigned taken = 0;
	char name[32];

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "nick%d", i);
		taken += ask(&outbox, name, name, 1, false) == 0;
	}
	assert_int_equal(taken, IRC_OUTBOX_PEOPLE_MAX);
	for (int i = 0; i < IRC_OUTBOX_TARGETS_MAX - IRC_OUTBOX_PEOPLE_MAX; i++) {
		snprintf(name, sizeof(name), "#channel%d", i);
		assert_int_equal(ask(&outbox, name, "ann", 1, false), 0);
	}
	assert_int_equal(ask(&outbox, "#one-more", "ann", 1, false), -ENOBUFS);
	assert_int_equal(irc_outbox_push(&outbox, "", IRC_LINE("JOIN", "#tv"), 0), 0);
	drain(&outbox, 0);
	assert_int_equal(outbox.people_count, 0);
	assert_int_equal(ask(&outbox, "nick", "nick", 1, false), 0);
	end(&outbox, &sent);
}

static void guesses_how_long_one_waits(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_PER_COMMAND);
	ask(&outbox, "#a", "ann", 4, false);
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(irc_outbox_wait_ms(&outbox, "#a", 0), 0);
	assert_false(irc_outbox_is_waiting(&outbox, "#a"));
	ask(&outbox, "#a", "ann", 4, false);
	ask(&outbox, "#a", "bob", 4, false);
	irc_outbox_flush(&outbox, 0); /* nine are out, three wait, the first of them for a second */
	assert_true(irc_outbox_is_waiting(&outbox, "#a"));
	assert_int_equal(irc_outbox_wait_ms(&outbox, "#a", 0), 3000);
	end(&outbox, &sent);
}

static void survives_a_connection_that_breaks_while_it_sends(void **state)
{
	struct irc_outbox outbox;
	struct sent sent;

	(void)state;
	begin(&outbox, &sent, IRC_FLOOD_NONE);
	ask(&outbox, "#a", "ann", 4, true);
	ask(&outbox, "#b", "bob", 4, false);
	sent.clear_at_next = &outbox;
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(sent.lines, 1);
	assert_int_equal(outbox.line_count, 0);
	sent.clear_at_next = NULL;
	ask(&outbox, "#a", "ann", 1, false);
	irc_outbox_flush(&outbox, 0);
	assert_int_equal(sent.lines, 2);
	end(&outbox, &sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(answers_take_turns_and_stay_whole),
			cmocka_unit_test(one_flooder_does_not_delay_others),
			cmocka_unit_test(a_full_queue_is_reported_again_only_after_it_was_sent),
			cmocka_unit_test(fifty_at_once_are_all_answered),
			cmocka_unit_test(a_batch_goes_out_at_once),
			cmocka_unit_test(a_batch_longer_than_the_burst_waits_for_quiet),
			cmocka_unit_test(half_an_answer_is_never_dropped),
			cmocka_unit_test(a_crowd_in_private_leaves_room_for_channels),
			cmocka_unit_test(guesses_how_long_one_waits),
			cmocka_unit_test(survives_a_connection_that_breaks_while_it_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
