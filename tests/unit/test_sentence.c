/* What sentences ask for. Each row is a kind of question that went unanswered. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/sentence.h"

struct row {
	const char *text, *command, *words;
};

static void check(const struct row *rows, size_t count)
{
	struct sentence sentence;
	unsigned wrong = 0;

	for (size_t i = 0; i < count; i++) {
		sentence_read(rows[i].text, &sentence);
		if (strcmp(sentence.command, rows[i].command) == 0 &&
				strcmp(sentence.words, rows[i].words) == 0)
			continue;
		print_error("\"%s\": %s \"%s\"\n", rows[i].text, sentence.command, sentence.words);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_a_question_about_an_episode_was_searched_for_its_question_words(void **state)
{
	static const struct row rows[] = {
			{"which episode has the drone?", "episode", "drone"},
			{"hey bot, which episode is the one with the auditorium?", "episode", "auditorium"},
			{"what happens in ep 7", "episode", "ep 7"},
			{"can you tell me what happens in episode five please", "episode", "episode five"},
			{"what does on-jo do in episode 5", "episode", "episode 5"},
			{"summary of episode 4", "episode", "episode 4"},
			{"recap of s01e04, please!", "episode", "s01e04"},
			{"episode with the thunderstorm", "episode", "thunderstorm"},
			{"the one where everyone confesses", "episode", "everyone confesses"},
			{"when do they get to the roof", "episode", "roof"},
			{"in which episode does so-ju escape", "episode", "so-ju escape"},
			{"episodes with jae-ik", "search", "jae-ik"},
			{"which episodes is cheong-san in", "search", "cheong-san"},
			{"the fifth one", "episode", "fifth one"},
			{"7", "episode", "7"},
			{"tell me about 7", SENTENCE_TELL, "7"},
			{"season 1 episode 3", "episode", "season 1 episode 3"},
			{"how does it end", "episode", "last"},
			{"제5화", "episode", "제5화"},
	};

	(void)state;
	CHECK(rows);
}

static void test_a_question_about_the_show_got_no_answer(void **state)
{
	static const struct row rows[] = {
			{"what is it about", "show", ""},
			{"What's it about?", "show", ""},
			{"what's the plot", "show", ""},
			{"tell me about the show", "show", ""},
			{"where can I watch it", "show", ""},
			{"how can i watch this?", "show", ""},
			{"is it on netflix", "show", ""},
			{"which platform is it on", "show", ""},
			{"what language is it in?", "show", ""},
			{"is it dubbed", "show", ""},
			{"what genre is it", "show", ""},
			{"how many episodes are there?", "show", ""},
			{"how many seasons does it have?", "show", ""},
			{"how long are the episodes", "show", ""},
			{"is it any good?", "show", ""},
			{"is it over", "show", ""},
			{"is there a season 2?", "episode", "season 2"},
			{"will there be a second season", "episode", "second season"},
			{"list all episodes", "episodes", ""},
			{"show me the episodes", "episodes", ""},
			{"which shows do you know", "shows", ""},
			{"content warnings for episode 3", "warnings", "episode 3"},
	};

	(void)state;
	CHECK(rows);
}

static void test_a_question_about_a_date_was_searched_for_its_verb(void **state)
{
	static const struct row rows[] = {
			{"when does ep 3 air", "airdate", "ep 3"},
			{"when did episode 12 come out?", "airdate", "episode 12"},
			{"when did it come out?", "airdate", ""},
			{"when did the show premiere", "airdate", ""},
			{"what's the release date", "airdate", ""},
			{"how old is it", "airdate", ""},
			{"when is season 2 coming out", "airdate", "season 2"},
			{"has episode 5 aired yet", "airdate", "episode 5"},
			{"when is the next episode", "next", ""},
			{"what's next?", "next", ""},
			{"what comes after episode 5", "next", "episode 5"},
			{"what happened before episode 4", "previous", "episode 4"},
	};

	(void)state;
	CHECK(rows);
}

static void test_a_question_about_a_person_or_a_fact_got_no_answer(void **state)
{
	static const struct row rows[] = {
			{"who is onjo", SENTENCE_WHO, "onjo"},
			{"Who's Lee Na-yeon?", SENTENCE_WHO, "Lee Na-yeon"},
			{"who gets bitten?", SENTENCE_WHO, "bitten"},
			{"who plays On-jo?", "cast", "On-jo"},
			{"who stars in it", "cast", ""},
			{"who are the characters", "who", ""},
			{"who is in it", "who", ""},
			{"tell me about Gwi-nam", SENTENCE_TELL, "Gwi-nam"},
			{"tell me something about squid game", SENTENCE_TELL, "squid game"},
			{"what do you know about inventing anna", SENTENCE_TELL, "inventing anna"},
			{"how long was it no 1", SENTENCE_TELL, "no 1"},
			{"how many days was it number one", SENTENCE_TELL, "days number one"},
			{"give me a fun fact", "trivia", ""},
			{"a fact about episode 3", "trivia", "episode 3"},
			{"where was it filmed", SENTENCE_TELL, "filmed"},
			{"says who?", "source", ""},
			{"surprise me", "random", ""},
			{"pick an episode for me", "random", ""},
			{"is there a helicopter?", SENTENCE_WORDS, "helicopter"},
			{"do they go to the hospital?", SENTENCE_WORDS, "hospital"},
			{"드론", SENTENCE_WORDS, "드론"},
	};

	(void)state;
	CHECK(rows);
}

static void test_small_talk_was_answered_with_an_error(void **state)
{
	static const struct row rows[] = {
			{"hello bot", SENTENCE_HELLO, ""},
			{"Hi!", SENTENCE_HELLO, ""},
			{"good morning everyone", SENTENCE_HELLO, ""},
			{"are you a bot?", SENTENCE_HELLO, ""},
			{"thanks", SENTENCE_THANKS, ""},
			{"ok thanks!", SENTENCE_THANKS, ""},
			{"good bot", SENTENCE_THANKS, ""},
			{"bad bot", SENTENCE_SORRY, ""},
			{"help me", "help", ""},
			{"what can you do?", "help", ""},
			{"i've seen episode 7", "seen", "episode 7"},
			{"i have seen everything", "seen", "all"},
			{"?", "", ""},
			{"", "", ""},
			{"what", "", ""},
	};

	(void)state;
	CHECK(rows);
}

static void test_a_reference_is_found_anywhere(void **state)
{
	static const struct {
		const char *text, *reference; /* NULL: no reference */
	} rows[] = {
			{"the drone in episode 6", "episode 6"},
			{"5 of them are missing", NULL},
			{"s1 finale", "s1 finale"},
			{"what about #5?", "#5"},
			{"episodes 5 and 6", "episodes 5 and 6"},
			{"episode 5 of season 2", "episode 5 of season 2"},
			{"the drone", NULL},
			{"number one", NULL},
			{"2026-11-24", "2026-11-24"},
			{"mix the first and the second", NULL},
	};
	char found[SENTENCE_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sentence_reference(rows[i].text, found), rows[i].reference != NULL);
		if (rows[i].reference)
			assert_string_equal(found, rows[i].reference);
	}
}

static void test_a_long_text_is_read_up_to_a_limit(void **state)
{
	char text[4001];
	struct sentence sentence;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sentence_read(text, &sentence);
	assert_string_equal(sentence.words, "");
	for (size_t i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = ' ';
	sentence_read(text, &sentence);
	assert_true(strlen(sentence.words) < SENTENCE_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(
					test_a_question_about_an_episode_was_searched_for_its_question_words),
			cmocka_unit_test(test_a_question_about_the_show_got_no_answer),
			cmocka_unit_test(test_a_question_about_a_date_was_searched_for_its_verb),
			cmocka_unit_test(test_a_question_about_a_person_or_a_fact_got_no_answer),
			cmocka_unit_test(test_small_talk_was_answered_with_an_error),
			cmocka_unit_test(test_a_reference_is_found_anywhere),
			cmocka_unit_test(test_a_long_text_is_read_up_to_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
