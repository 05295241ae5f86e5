/* Message to command to reply, with the real commands and the shipped dataset. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/core/commands.h"
#include "bot/core/dispatch.h"

/* The last answer, and its simulated delivery. */
struct heard {
	unsigned count;
	char title[256], text[4096], footer[512];
	size_t choice_count;
	enum reply_kind kind;
	bool is_private;
	size_t position, leave; /* leave: the position for "more" */
	int result;
};

/* What came of a message. */
struct outcome {
	enum question_kind kind;
	const struct command_entry *entry;
	bool is_answered, is_order, is_refused, is_late;
	int error;
};

struct fixture {
	struct catalogue *catalogue;
	struct dispatch *dispatch;
	struct heard heard;
	uint64_t now_ms;
};

static void hear(struct heard *heard, const struct answer *answer)
{
	const struct reply *reply = answer->reply;

	heard->count++;
	heard->kind = reply->kind;
	heard->is_private = reply->is_private;
	heard->position = answer->position;
	heard->choice_count = reply->choice_count;
	snprintf(heard->title, sizeof(heard->title), "%s", reply->title ? reply->title : "");
	snprintf(heard->text, sizeof(heard->text), "%s", reply->text ? reply->text : "");
	snprintf(heard->footer, sizeof(heard->footer), "%s", reply->footer ? reply->footer : "");
}

/* As the bot does: recognise, answer, send, keep. */
static struct outcome ask(struct dispatch *dispatch, const struct message *message, uint64_t now_ms,
		struct heard *heard)
{
	struct question question = dispatch_recognise(dispatch, "test", message, now_ms);
	struct outcome outcome = {.kind = question.kind};
	struct answer answer;
	int sent = -ECANCELED;

	if (question.kind == QUESTION_NONE)
		return outcome;
	dispatch_answer(dispatch, "test", message, &question, now_ms, &answer);
	if (answer.reply) {
		hear(heard, &answer);
		sent = heard->result;
		if (sent >= 0)
			answer.position = heard->leave;
	}
	outcome.entry = answer.entry;
	outcome.is_answered = sent >= 0;
	outcome.is_order = answer.is_order;
	outcome.is_refused = answer.is_refused;
	outcome.is_late = answer.is_late;
	outcome.error = answer.error ? answer.error : sent < 0 ? sent : 0;
	dispatch_keep(dispatch, &answer, sent, now_ms);
	return outcome;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct dispatch_host host = {.user = &fixture->heard};
	struct str report = STR(64 * 1024);

	assert_non_null(fixture);
	assert_int_equal(catalogue_load("data", &report, &fixture->catalogue), 0);
	assert_string_equal(str_text(&report), "");
	assert_int_equal(dispatch_new(&host, 1, &fixture->dispatch), 0);
	dispatch_configure(fixture->dispatch, "!", fixture->catalogue, NULL);
	fixture->now_ms = 1000;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	dispatch_free(fixture->dispatch);
	catalogue_free(fixture->catalogue);
	free(fixture);
	return 0;
}

static struct message said(const char *id, const char *who, const char *text)
{
	return (struct message){.id = id,
			.channel = "#c",
			.author_id = who,
			.author_name = who,
			.account = "",
			.text = text,
			.time_ms = 1796000000000};
}

static struct outcome say(struct fixture *fixture, const char *who, const char *text)
{
	struct message message = said("", who, text);

	memset(fixture->heard.title, 0, sizeof(fixture->heard.title));
	memset(fixture->heard.text, 0, sizeof(fixture->heard.text));
	return ask(fixture->dispatch, &message, fixture->now_ms, &fixture->heard);
}

static void test_a_command_is_answered(void **state)
{
	struct fixture *fixture = *state;
	struct outcome outcome = say(fixture, "me", "!episode 5");

	assert_string_equal(outcome.entry->name, "episode");
	assert_true(outcome.is_answered);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(fixture->heard.count, 1);
	assert_non_null(strstr(fixture->heard.title, "episode 5"));
}

static void test_chatter_is_not(void **state)
{
	static const char *const chatter[] = {"", " ", "hello", "episode 5", "!", "!!", "! episode 5", "!?",
			"!nosuch", "?!episode 5",
			"!episodeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee 5"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(chatter) / sizeof(chatter[0]); i++)
		assert_null(say(fixture, "me", chatter[i]).entry);
	assert_int_equal(fixture->heard.count, 0);
}

static void test_aliases_and_case(void **state)
{
	static const char *const same[] = {
			"!ep 5", "!E 5", "!SYNOPSIS 5", "  !episode   5  ", "!episode s01e05"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		say(fixture, "me", same[i]);
		assert_non_null(strstr(fixture->heard.title, "episode 5"));
	}
}

static void test_an_addressed_command_needs_no_prefix(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("", "me", "episode 5");

	message.is_addressed = true;
	assert_true(ask(fixture->dispatch, &message, 0, &fixture->heard).is_answered);
	message.text = "who escapes from the quarantine camp?";
	assert_string_equal(ask(fixture->dispatch, &message, 0, &fixture->heard).entry->name, "search");
	assert_int_equal(fixture->heard.count, 2);
}

static void test_who_addresses_the_bot_always_gets_an_answer(void **state)
{
	static const char *const texts[] = {"thank you", "hello", "asdf", "?", "!", "...", "!nosuch", "why",
			"드론", "please stop", "what", "no"};
	struct fixture *fixture = *state;
	struct message message = said("", "me", "");

	message.is_addressed = true;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		message.text = texts[i];
		assert_true(ask(fixture->dispatch, &message, i * 60000ull, &fixture->heard).is_answered);
		assert_int_equal(fixture->heard.count, i + 1);
		assert_true(*fixture->heard.text || *fixture->heard.title);
	}
}

static void test_two_bots_that_address_each_other_stop(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("", "other", "I don't know what you mean");

	message.is_addressed = true;
	message.text = "why";
	for (unsigned i = 0; i < 20; i++)
		ask(fixture->dispatch, &message, 1000 + i, &fixture->heard);
	assert_int_equal(fixture->heard.count, 4);
	message.text = "!episode 5"; /* a command is answered all the same */
	assert_true(ask(fixture->dispatch, &message, 2000, &fixture->heard).is_answered);
}

static void test_a_misspelt_command_is_suggested_in_private(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("", "me", "!epsiode 5");

	message.has_private = true;
	for (unsigned i = 1; i <= 2; i++) {
		fixture->heard.is_private = false;
		assert_true(ask(fixture->dispatch, &message, 0, &fixture->heard).is_answered);
		assert_string_equal(fixture->heard.text, "Did you mean !episode?");
		assert_int_equal(fixture->heard.choice_count, 1);
		assert_true(fixture->heard.is_private);
	}
}

static void test_a_misspelt_command_is_suggested_once_a_minute_where_all_read_it(void **state)
{
	struct fixture *fixture = *state;
	struct message first = said("", "me", "!epsiode 5"), second = said("", "you", "!randmo");
	struct question question = dispatch_recognise(fixture->dispatch, "test", &second, 0);
	struct answer answer;

	assert_true(ask(fixture->dispatch, &first, 0, &fixture->heard).is_answered);
	assert_false(fixture->heard.is_private);
	assert_int_equal(ask(fixture->dispatch, &second, 59000, &fixture->heard).kind, QUESTION_NONE);
	/* recognised in the same turn as the first one */
	dispatch_answer(fixture->dispatch, "test", &second, &question, 0, &answer);
	assert_null(answer.reply);
	dispatch_keep(fixture->dispatch, &answer, -ECANCELED, 0);
	assert_true(ask(fixture->dispatch, &second, 61000, &fixture->heard).is_answered);
	second.channel = "#d";
	assert_true(ask(fixture->dispatch, &second, 61000, &fixture->heard).is_answered);
}

static void test_the_commands_of_other_bots_stay_unanswered(void **state)
{
	static const char *const theirs[] = {"!play despacito", "!rank", "!roll 2d6", "!song", "!so somebody",
			"!downtime", "!stats", "!lurk", "!pong", "!mods", "!title", "!shop", "!clip",
			"!title", "!score", "!hug me", "!8ball will it", "!followage", "!shoutout",
			"!discord", "!lore", "!fast", "!w", "!ee", "!joke", "!points", "!queue", "!skip",
			"!vote 3", "!timer 5m", "!translate", "!weather"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		struct message without = said("", "me", theirs[i] + 1);

		assert_null(say(fixture, "me", theirs[i]).entry);
		/* The lobby removes the prefix. */
		without.is_addressed = without.has_prefix = true;
		assert_null(ask(fixture->dispatch, &without, 0, &fixture->heard).entry);
	}
	assert_int_equal(fixture->heard.count, 0);
}

static void test_an_owner_command_is_not_suggested_to_others(void **state)
{
	struct fixture *fixture = *state;

	assert_null(say(fixture, "me", "!relaod").entry);
	assert_null(say(fixture, "me", "!ingore x").entry);
}

static void test_a_wrong_argument_gets_the_usage(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "me", "!episode 13");
	assert_int_equal(fixture->heard.kind, REPLY_PROBLEM);
	assert_string_equal(fixture->heard.text, "No episode 13. Season 1 has episodes 1 to 12.");
	assert_string_equal(fixture->heard.footer, "Usage: !episode <episode>");
	say(fixture, "me", "!random nonsense");
	assert_int_equal(fixture->heard.kind, REPLY_PROBLEM);
	assert_string_equal(fixture->heard.footer, "Usage: !random [synopsis|trivia]");
}

static void test_a_show_may_be_named_first(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "me", "!episode aouad 3");
	assert_non_null(strstr(fixture->heard.title, "episode 3"));
	say(fixture, "me", "!episodes All of Us Are Dead");
	assert_non_null(strstr(fixture->heard.title, "12 episodes"));
}

static void test_an_id_is_answered_once(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("id-1", "me", "!ping");

	assert_true(ask(fixture->dispatch, &message, 0, &fixture->heard).is_answered);
	assert_null(ask(fixture->dispatch, &message, 0, &fixture->heard).entry);
	message.id = "id-2";
	assert_true(ask(fixture->dispatch, &message, 0, &fixture->heard).is_answered);
	assert_int_equal(fixture->heard.count, 2);
}

static void test_a_left_message_is_run_again_and_then_known(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("id-1", "me", "!ping");

	message.origin = MESSAGE_JOURNAL;
	assert_true(ask(fixture->dispatch, &message, 0, &fixture->heard).is_answered);
	message.origin = MESSAGE_LIVE;
	assert_null(ask(fixture->dispatch, &message, 0, &fixture->heard).entry);
	assert_int_equal(fixture->heard.count, 1);
}

/* The bot writes the question down between the two. */
static void test_recognising_a_question_runs_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct message message = said("id-1", "me", "thanks, !episode 5");
	struct question question;

	assert_false(dispatch_concerns(fixture->dispatch, "test", &message));
	assert_int_equal(dispatch_recognise(fixture->dispatch, "test", &message, 0).kind, QUESTION_NONE);
	message.text = " !episode  5";
	assert_true(dispatch_concerns(fixture->dispatch, "test", &message));
	question = dispatch_recognise(fixture->dispatch, "test", &message, 0);
	assert_int_equal(question.kind, QUESTION_COMMAND);
	assert_string_equal(question.entry->name, "episode");
	assert_int_equal(question.at, 2);
	assert_int_equal(question.length, strlen("episode"));
	question = dispatch_recognise(fixture->dispatch, "test", &message, 0);
	assert_int_equal(question.kind, QUESTION_NONE);
	assert_true(question.is_known);
	assert_string_equal(question.reason, "its id was seen before");
}

/* ---------------------------------------------------------------- owner commands */

static bool is_owner(void *user, const char *gateway, const struct message *message)
{
	(void)user;
	(void)gateway;
	return strcmp(message->account, "boss") == 0;
}

static unsigned ignored;

static int on_ignore(void *user, const char *gateway, const char *who, bool is_to_be)
{
	(void)user;
	(void)gateway;
	ignored += is_to_be && strcmp(who, "pest") == 0;
	return 0;
}

static struct dispatch *dispatch_with_owner(struct fixture *fixture)
{
	struct dispatch_host host = {
			.user = &fixture->heard, .orders = {.is_owner = is_owner, .on_ignore = on_ignore}};
	struct dispatch *dispatch;

	assert_int_equal(dispatch_new(&host, 1, &dispatch), 0);
	dispatch_configure(dispatch, "!", fixture->catalogue, NULL);
	ignored = 0;
	return dispatch;
}

static struct message order(const char *id, const char *account)
{
	struct message message = said(id, "anna", "!ignore add pest");

	message.account = account;
	return message;
}

/* A command from a network's history is refused, whatever its account. */
static void test_an_owner_command_is_not_carried_out_late(void **state)
{
	struct fixture *fixture = *state;
	struct dispatch *dispatch = dispatch_with_owner(fixture);
	struct message message = order("id-1", "boss");
	struct outcome outcome;

	message.origin = MESSAGE_BACKLOG;
	outcome = ask(dispatch, &message, 0, &fixture->heard);
	assert_int_equal(ignored, 0);
	assert_true(outcome.is_order && outcome.is_refused && outcome.is_late && outcome.is_answered);
	assert_true(fixture->heard.is_private);
	assert_string_equal(fixture->heard.text,
			"I wasn't here when you said that, so I didn't do it. Please send it again.");
	assert_int_equal(outcome.kind,
			QUESTION_COMMAND); /* in the journal: reported once, also after a restart */
	message.id = "id-2";
	assert_null(ask(dispatch, &message, 0, &fixture->heard).entry);
	assert_int_equal(fixture->heard.count, 1); /* one word in half a minute */
	message = order("id-3", "");
	message.origin = MESSAGE_BACKLOG;
	outcome = ask(dispatch, &message, 40000, &fixture->heard);
	assert_int_equal(fixture->heard.count, 2);
	assert_int_equal(outcome.kind, QUESTION_COMMAND); /* another person may have the nick now */
	message = order("id-4", "boss");
	outcome = ask(dispatch, &message, 80000, &fixture->heard);
	assert_int_equal(ignored, 1);
	assert_false(outcome.is_refused || outcome.is_late);
	dispatch_free(dispatch);
}

static void test_an_owner_command_is_not_carried_out_again(void **state)
{
	struct fixture *fixture = *state;
	struct dispatch *dispatch = dispatch_with_owner(fixture);
	struct message message = order("id-1", "boss");

	message.origin = MESSAGE_JOURNAL;
	assert_true(ask(dispatch, &message, 0, &fixture->heard).is_refused);
	assert_int_equal(ignored, 0);
	assert_true(str_starts(fixture->heard.text, "I can't tell whether I did that"));
	dispatch_free(dispatch);
}

/* Other questions are. */
static void test_a_question_is_answered_late(void **state)
{
	struct fixture *fixture = *state;
	struct dispatch *dispatch = dispatch_with_owner(fixture);
	struct message message = order("id-1", "boss");

	message.origin = MESSAGE_BACKLOG;
	message.text = "!help";
	assert_true(ask(dispatch, &message, 0, &fixture->heard).is_answered);
	assert_string_equal(fixture->heard.title, "Commands");
	dispatch_free(dispatch);
}

/* ---------------------------------------------------------------- conversations */

static void test_more_continues_where_it_stopped(void **state)
{
	struct fixture *fixture = *state;

	fixture->heard.leave = 4;
	say(fixture, "me", "!help");
	fixture->heard.leave = 8;
	say(fixture, "you", "!more"); /* another person has no next page */
	assert_int_equal(fixture->heard.kind, REPLY_PROBLEM);
	say(fixture, "me", "!more");
	assert_string_equal(fixture->heard.title, "Commands");
	assert_int_equal(fixture->heard.position, 4);
	fixture->heard.leave = 0;
	say(fixture, "me", "!m");
	assert_int_equal(fixture->heard.position, 8);
	say(fixture, "me", "!more");
	assert_int_equal(fixture->heard.kind, REPLY_PROBLEM);
}

static void test_a_conversation_grows_stale(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "me", "!episode 5");
	say(fixture, "me", "!next");
	assert_non_null(strstr(fixture->heard.title, "episode 6"));
	fixture->now_ms += 16 * 60 * 1000;
	say(fixture, "me", "!next"); /* of the show, not of that episode */
	assert_null(strstr(fixture->heard.title, "episode"));
}

static void test_many_conversations_at_once(void **state)
{
	struct fixture *fixture = *state;
	char who[16];

	for (int i = 0; i < 1000; i++) {
		fixture->now_ms++;
		snprintf(who, sizeof(who), "p%d", i);
		say(fixture, who, "!episode 5");
	}
	say(fixture, "p999", "!next");
	assert_non_null(strstr(fixture->heard.title, "episode 6"));
	say(fixture, "p0", "!next"); /* made room */
	assert_null(strstr(fixture->heard.title, "episode"));
}

static void test_random_does_not_repeat_itself(void **state)
{
	struct fixture *fixture = *state;
	char before[256] = "";

	for (int i = 0; i < 200; i++) {
		say(fixture, "me", "!random");
		assert_string_not_equal(fixture->heard.title, before);
		snprintf(before, sizeof(before), "%s", fixture->heard.title);
	}
}

static void test_a_failed_delivery_is_reported(void **state)
{
	struct fixture *fixture = *state;
	struct outcome outcome;

	fixture->heard.result = -EAGAIN;
	outcome = say(fixture, "me", "!ping");
	assert_false(outcome.is_answered);
	assert_int_equal(outcome.error, -EAGAIN);
}

static void test_a_monstrous_argument_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char text[3000] = "!search ";

	memset(text + 8, 'x', sizeof(text) - 9);
	text[sizeof(text) - 1] = '\0';
	say(fixture, "me", text);
	assert_int_equal(fixture->heard.kind, REPLY_PROBLEM);
}

static void test_completion(void **state)
{
	struct fixture *fixture = *state;
	const struct message asker = said("", "me", "");
	struct str json = STR(64 * 1024);

	dispatch_complete(fixture->dispatch, "test", &asker, "episode", "episode", "", &json);
	assert_non_null(strstr(str_text(&json), "\"s01e12\"]]"));
	str_clear(&json);
	dispatch_complete(fixture->dispatch, "test", &asker, "episode", "episode", "dron", &json);
	assert_true(str_starts(str_text(&json), "[[\"Episode 5"));
	str_clear(&json);
	dispatch_complete(fixture->dispatch, "test", &asker, "who", "name", "on-j", &json);
	assert_string_equal(str_text(&json), "[[\"Nam On-jo\",\"Nam On-jo\"]]");
	str_clear(&json);
	dispatch_complete(fixture->dispatch, "test", &asker, "help", "command", "epi", &json);
	assert_string_equal(str_text(&json), "[[\"episode\",\"episode\"],[\"episodes\",\"episodes\"]]");
	str_clear(&json);
	dispatch_complete(fixture->dispatch, "test", &asker, "nosuch", "x", "y", &json);
	assert_string_equal(str_text(&json), "[]");
	str_release(&json);
}

static void names_are_completed_with_typos_and_by_a_part(void **state)
{
	static const char *const typed[][4] = {
			{"help", "command", "pisod", "[[\"episode\",\"episode\"]"},
			{"help", "command", "epsiode", "[[\"episode\",\"episode\"]]"},
			{"help", "command", "synop", "[[\"episode\",\"episode\"]]"}, /* an alias */
			{"help", "command", "reloa", "[]"},                          /* of owners */
			{"who", "name", "njo", "[[\"Nam On-jo\",\"Nam On-jo\"]]"},
			{"who", "name", "cheong sna", "[[\"Lee Cheong-san\",\"Lee Cheong-san\"]]"},
			{"random", "what", "", "[[\"synopsis\",\"synopsis\"],[\"trivia\",\"trivia\"]]"},
			{"random", "what", "trivai", "[[\"trivia\",\"trivia\"]]"},
			{"seen", "episode", "und", "[[\"undo\",\"undo\"]]"}, {"zone", "zone", "o", "[["},
			{"zone", "zone", "Europe/Berl", "[[\"Europe/Berlin\",\"Europe/Berlin\"]]"},
			{"shows", "words", "drone", "[]"}, /* about no episode */
	};
	struct fixture *fixture = *state;
	const struct message asker = said("", "me", "");

	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		struct str json = STR(64 * 1024);

		dispatch_complete(fixture->dispatch, "test", &asker, typed[i][0], typed[i][1], typed[i][2],
				&json);
		if (!str_starts(str_text(&json), typed[i][3]))
			fail_msg("%s %s: %s", typed[i][0], typed[i][2], str_text(&json));
		str_release(&json);
	}
}

static void before_the_first_letter_all_commands_are_suggested(void **state)
{
	const struct fixture *fixture = *state;
	const struct message asker = said("", "me", "");
	struct str json = STR(64 * 1024);

	dispatch_complete(fixture->dispatch, "test", &asker, "help", "command", "", &json);
	for (size_t i = 0; i < command_entry_count; i++) {
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "[\"%s\",", command_entries[i].name);
		if (command_entries[i].command->permission == PERMISSION_OWNER)
			assert_null(strstr(str_text(&json), quoted));
		else
			assert_non_null(strstr(str_text(&json), quoted));
	}
	str_release(&json);
}

#define DISPATCH_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			DISPATCH_TEST(test_a_command_is_answered),
			DISPATCH_TEST(test_chatter_is_not),
			DISPATCH_TEST(test_aliases_and_case),
			DISPATCH_TEST(test_an_addressed_command_needs_no_prefix),
			DISPATCH_TEST(test_who_addresses_the_bot_always_gets_an_answer),
			DISPATCH_TEST(test_two_bots_that_address_each_other_stop),
			DISPATCH_TEST(test_a_misspelt_command_is_suggested_in_private),
			DISPATCH_TEST(test_a_misspelt_command_is_suggested_once_a_minute_where_all_read_it),
			DISPATCH_TEST(test_the_commands_of_other_bots_stay_unanswered),
			DISPATCH_TEST(test_an_owner_command_is_not_suggested_to_others),
			DISPATCH_TEST(test_a_wrong_argument_gets_the_usage),
			DISPATCH_TEST(test_a_show_may_be_named_first),
			DISPATCH_TEST(test_an_id_is_answered_once),
			DISPATCH_TEST(test_a_left_message_is_run_again_and_then_known),
			DISPATCH_TEST(test_recognising_a_question_runs_nothing),
			DISPATCH_TEST(test_an_owner_command_is_not_carried_out_late),
			DISPATCH_TEST(test_an_owner_command_is_not_carried_out_again),
			DISPATCH_TEST(test_a_question_is_answered_late),
			DISPATCH_TEST(test_more_continues_where_it_stopped),
			DISPATCH_TEST(test_a_conversation_grows_stale),
			DISPATCH_TEST(test_many_conversations_at_once),
			DISPATCH_TEST(test_random_does_not_repeat_itself),
			DISPATCH_TEST(test_a_failed_delivery_is_reported),
			DISPATCH_TEST(test_a_monstrous_argument_is_refused),
			DISPATCH_TEST(test_completion),
			DISPATCH_TEST(before_the_first_letter_all_commands_are_suggested),
			DISPATCH_TEST(names_are_completed_with_typos_and_by_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
