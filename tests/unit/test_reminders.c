/* The words of reminders and of watching together: what is written is read again, and damaged words are refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/party.h"
#include "bot/core/reminders.h"

#define START_S 1796050800

static void a_reminder_is_read_as_it_was_written(void **state)
{
	static const struct reminder REMINDERS[] = {
			{.number = 1, .asked_s = START_S, .text = "watch party | with Ana"},
			{.number = 40, .asked_s = START_S, .is_for_channel = true},
			{.number = 3,
					.show = "harbour-lights",
					.code = "s02e03",
					.offset_s = -3600,
					.is_undated = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(REMINDERS) / sizeof(REMINDERS[0]); i++) {
		struct str words = STR(1000);
		struct reminder read;

		reminder_append(&REMINDERS[i], &words);
		assert_int_equal(reminder_read(str_text(&words), &read), 0);
		assert_int_equal(read.number, REMINDERS[i].number);
		assert_int_equal(read.asked_s, REMINDERS[i].asked_s);
		assert_int_equal(read.is_for_channel, REMINDERS[i].is_for_channel);
		assert_int_equal(read.is_undated, REMINDERS[i].is_undated);
		assert_int_equal(read.offset_s, REMINDERS[i].offset_s);
		assert_string_equal(read.show, REMINDERS[i].show);
		assert_string_equal(read.code, REMINDERS[i].code);
		assert_string_equal(read.text, REMINDERS[i].text);
		str_release(&words);
	}
}

static void damaged_words_are_no_reminder(void **state)
{
	static const char *const WORDS[] = {"", "1", "0 1 . - - 0 x", "x 1 . - - 0", "1 x . - - 0",
			"1 1 . - - x", "1 1 .ccccccccccc - - 0", "99999 1 . - - 0", "1 1  - - 0",
			"1 99999999999999999999999 . - - 0"};
	struct reminder read = {.number = 7};

	(void)state;
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		assert_int_not_equal(reminder_read(WORDS[i], &read), 0);
	assert_int_equal(read.number, 7);
}

static struct party party_of(void)
{
	return (struct party){.show = "harbour-lights",
			.code = "s01e05",
			.start_s = START_S,
			.runtime_s = 3000,
			.starter = {.key = 1, .name = "anna"}};
}

static void a_party_is_read_as_it_was_written(void **state)
{
	struct party party = party_of(), read;
	struct str words = STR(1000);

	(void)state;
	assert_int_equal(party_pause_person(&party, &(struct party_person){.key = 2, .name = "b|e rt"},
					 START_S + 60),
			0);
	assert_true(party_pause(&party, START_S + 100));
	party_append(&party, &words);
	assert_int_equal(party_read(str_text(&words), &read), 0);
	assert_string_equal(read.show, "harbour-lights");
	assert_string_equal(read.starter.name, "anna");
	assert_int_equal(read.count, 1);
	assert_string_equal(read.people[0].name, "b/e rt");
	assert_true(read.people[0].is_paused);
	assert_int_equal(read.people[0].at_s, 60);
	assert_int_equal(read.paused_s, START_S + 100);
	str_release(&words);
}

static void damaged_words_are_no_party(void **state)
{
	static const char *const WORDS[] = {"", "a b", "a b 1 0 0 0", "a b -1 9 0 0", "a b 1 9 0 -1",
			"a b 1 99999999 0 0", "a b 1 9 0 0 x", "a b 1 9 0 0|", "a b 1 9 0 0|1 -1 -1 x",
			"a b 1 9 0 0|1 0 99999999 x",
			("a b 1 9 0 0|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 a|1 0 0 "
			 "a|1 0 0 a")};
	struct party read;

	(void)state;
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		assert_int_not_equal(party_read(WORDS[i], &read), 0);
}

static void a_pause_for_all_moves_the_end(void **state)
{
	struct party party = party_of();

	(void)state;
	assert_int_equal(party_position(&party, START_S - 60), -60);
	assert_false(party_pause(&party, START_S - 60));
	assert_int_equal(party_end(&party, START_S), START_S + 3000);
	assert_true(party_pause(&party, START_S + 600));
	assert_false(party_pause(&party, START_S + 700));
	assert_int_equal(party_position(&party, START_S + 5000), 600);
	assert_false(party_is_over(&party, START_S + 5000));
	assert_true(party_resume(&party, START_S + 5000));
	assert_false(party_resume(&party, START_S + 5000));
	assert_int_equal(party_position(&party, START_S + 5060), 660);
	assert_int_equal(party_end(&party, START_S + 5060), START_S + 3000 + 4400);
	assert_true(party_is_over(&party, START_S + 3000 + 4400));
	assert_false(party_pause(&party, START_S + 8000));
}

static void a_clock_that_is_set_back_in_a_pause_takes_nothing_away(void **state)
{
	struct party party = party_of();

	(void)state;
	assert_true(party_pause(&party, START_S + 600));
	assert_true(party_resume(&party, START_S + 500));
	assert_int_equal(party.lost_s, 0);
}

static void who_pauses_alone_is_behind(void **state)
{
	struct party party = party_of();
	const struct party_person bert = {.key = 2, .name = "bert"};

	(void)state;
	assert_int_not_equal(party_resume_person(&party, &bert, START_S + 60), 0);
	assert_int_not_equal(party_pause_person(&party, &bert, START_S - 60), 0);
	assert_int_equal(party_pause_person(&party, &bert, START_S + 600), 0);
	assert_int_not_equal(party_pause_person(&party, &bert, START_S + 600), 0);
	assert_int_equal(party_person_position(&party, &party.people[0], START_S + 900), 600);
	assert_int_equal(party_resume_person(&party, &bert, START_S + 900), 0);
	assert_int_equal(party.people[0].behind_s, 300);
	assert_int_equal(party_person_position(&party, &party.people[0], START_S + 1000), 700);
	/* A second pause counts on. */
	assert_int_equal(party_pause_person(&party, &bert, START_S + 1000), 0);
	assert_int_equal(party_resume_person(&party, &bert, START_S + 1100), 0);
	assert_int_equal(party.people[0].behind_s, 400);
	assert_int_equal(party.count, 1);
	for (uint64_t key = 3; key < 3 + PARTY_PEOPLE_MAX - 1; key++)
		assert_int_equal(party_pause_person(
						 &party, &(struct party_person){.key = key}, START_S + 1200),
				0);
	assert_int_not_equal(
			party_pause_person(&party, &(struct party_person){.key = 99}, START_S + 1200), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_reminder_is_read_as_it_was_written),
			cmocka_unit_test(damaged_words_are_no_reminder),
			cmocka_unit_test(a_party_is_read_as_it_was_written),
			cmocka_unit_test(damaged_words_are_no_party),
			cmocka_unit_test(a_pause_for_all_moves_the_end),
			cmocka_unit_test(a_clock_that_is_set_back_in_a_pause_takes_nothing_away),
			cmocka_unit_test(who_pauses_alone_is_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
