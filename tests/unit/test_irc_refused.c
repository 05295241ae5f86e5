/* Refusals: the table of every server's words, throttled targets, and answers that wait while the bot is outside. */

#include "bot/gateway/irc/replies.h"

#include "bot/gateway/irc/channels.h"
#include "tests/unit/irc_delivery_world.h"

/* What each server says, read in its source. hold_s: how long the target is left alone; 0: final. */
static void knows_every_servers_way_of_saying_no(void **state)
{
	static const struct {
		const char *server, *text;
		enum irc_reply meaning;
		unsigned hold_s;
		const char *target;
		const char *fix; /* a word of it; NULL: no fix */
	} cases[] = {
			{"Solanum 2026-07", ":s NOTICE bot :*** Message to #tv throttled due to flooding",
					IRC_REPLY_REFUSED, 12, "#tv", "+v"},
			{"Solanum 2026-07, under a label",
					"@label=e1 :s NOTICE bot :*** Message to #tv throttled due to "
					"flooding",
					IRC_REPLY_REFUSED, 12, "#tv", "+v"},
			{"hybrid 8.2, a person",
					":s NOTICE bot :*** Message to anna throttled due to flooding",
					IRC_REPLY_REFUSED, 12, "anna", "+v"},
			{"a person says so",
					":eve!e@h NOTICE bot :*** Message to #tv throttled due to flooding",
					IRC_REPLY_ECHO, 0, NULL, NULL},
			{"Solanum 2026-07", ":s 404 bot #tv :Cannot send to nick/channel", IRC_REPLY_REFUSED,
					0, "#tv", NULL},
			{"Solanum 2026-07", ":s 707 bot #tv :Targets changing too fast, message dropped",
					IRC_REPLY_REFUSED, 60, "#tv", NULL},
			{"Solanum 2026-07",
					":s 486 bot anna :You must log into your NickServ account to message "
					"this user",
					IRC_REPLY_REFUSED, 0, "anna", "sasl"},
			{"Solanum 2026-07",
					":s 480 bot #tv :Cannot join channel (+j) - throttle exceeded, try "
					"again later",
					IRC_REPLY_LABELLED, 30, "#tv", NULL},
			{"Solanum 2026-07",
					":s 716 bot anna :is in +g mode and must manually allow you to "
					"message them.",
					IRC_REPLY_REFUSED, 0, "anna", NULL},
			{"Solanum 2026-07",
					":s 494 bot anna :cannot answer you while you are +g, your message "
					"was not sent",
					IRC_REPLY_REFUSED, 0, "anna", NULL},
			{"hybrid 8.2", ":s 404 bot #tv :Cannot send to channel: You need voice (+v) (#tv)",
					IRC_REPLY_REFUSED, 0, "#tv", "+v"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :Flooding (Limit is 5 lines per 15 seconds) (#tv)",
					IRC_REPLY_REFUSED, 16, "#tv", "+v"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :Flooding (Your last message is too similar to "
					"previous ones) (#tv)",
					IRC_REPLY_REFUSED, 30, "#tv", "+v"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :Channel is being flooded. Message not delivered. "
					"(#tv)",
					IRC_REPLY_REFUSED, 12, "#tv", "+v"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :You cannot send messages to channels until you've "
					"been connected for 10 "
					"seconds or more (#tv)",
					IRC_REPLY_REFUSED, 11, "#tv", NULL},
			{"UnrealIRCd 6.1.8", ":s 404 bot #tv :You need voice (+v) (#tv)", IRC_REPLY_REFUSED,
					0, "#tv", "+v"},
			{"UnrealIRCd 6.1.8", ":s 404 bot #tv :You are banned (#tv)", IRC_REPLY_REFUSED, 0,
					"#tv", "ban"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :You must have a registered nick (+r) to talk on "
					"this channel (#tv)",
					IRC_REPLY_REFUSED, 0, "#tv", "sasl"},
			{"UnrealIRCd 6.1.8",
					":s 404 bot #tv :Control codes (color/bold/underline/italic/reverse) "
					"are not permitted in "
					"this channel (#tv)",
					IRC_REPLY_NO_FORMATS, 0, "#tv", NULL},
			{"UnrealIRCd 6.1.8",
					":s 439 bot anna :Message target change too fast. Please wait 17 "
					"seconds",
					IRC_REPLY_REFUSED, 18, "anna", NULL},
			{"UnrealIRCd 6.1.8", ":s 531 bot anna :User is being flooded. Message not delivered.",
					IRC_REPLY_REFUSED, 12, "anna", NULL},
			{"UnrealIRCd 6.1.8", ":s 531 bot anna :User does not accept private messages",
					IRC_REPLY_REFUSED, 0, "anna", NULL},
			{"InspIRCd 4",
					":s 404 bot #tv :You cannot send messages to this channel until you "
					"have been a member for "
					"1 minute.",
					IRC_REPLY_REFUSED, 61, "#tv", "+v"},
			{"InspIRCd 4",
					":s 404 bot #tv :Repeat flood detected (trigger is 3 messages in 20 "
					"seconds)",
					IRC_REPLY_REFUSED, 21, "#tv", "+v"},
			{"InspIRCd 4",
					":s NOTICE bot :*** [#tv] Message flood detected (trigger is 5 "
					"messages in 9 seconds)",
					IRC_REPLY_REFUSED, 10, "#tv", "+v"},
			{"InspIRCd 4",
					":s 404 bot #tv :You cannot send messages to this channel whilst the "
					"+m (moderated) mode is "
					"set.",
					IRC_REPLY_REFUSED, 0, "#tv", "+v"},
			{"InspIRCd 4",
					":s 404 bot #tv :You cannot send messages to this channel whilst an "
					"m: (mute) extban is set "
					"matching you.",
					IRC_REPLY_REFUSED, 0, "#tv", "ban"},
			{"InspIRCd 4",
					":s 404 bot #tv :You cannot send messages to this channel whilst "
					"banned.",
					IRC_REPLY_REFUSED, 0, "#tv", "ban"},
			{"InspIRCd 4",
					":s 404 bot #tv :You cannot send messages containing formatting "
					"characters to this channel "
					"whilst the +c (blockcolor) mode is set.",
					IRC_REPLY_NO_FORMATS, 0, "#tv", NULL},
			{"InspIRCd 4",
					":s 477 bot #tv :You need to be identified to a registered account "
					"to message this channel",
					IRC_REPLY_REFUSED, 0, "#tv", "sasl"},
			{"Ergo 2.15", ":s 404 bot #tv :Cannot send to channel (+m)", IRC_REPLY_REFUSED, 0,
					"#tv", "+v"},
			{"Ergo 2.15", ":s 404 bot #tv :Cannot send to channel (+M)", IRC_REPLY_REFUSED, 0,
					"#tv", "sasl"},
			{"Ergo 2.15", ":s 404 bot #tv :Cannot send to channel (+b)", IRC_REPLY_REFUSED, 0,
					"#tv", "ban"},
			{"IRCv3", "FAIL PRIVMSG ACCOUNT_REQUIRED #tv :Log in", IRC_REPLY_REFUSED, 0, "#tv",
					"sasl"},
			{"IRCv3", "FAIL PRIVMSG RATE_LIMITED #tv :Slower", IRC_REPLY_REFUSED, 12, "#tv",
					NULL},
			{"ngIRCd 27", ":s 404 bot #tv :Cannot send to channel", IRC_REPLY_REFUSED, 0, "#tv",
					NULL},
			{"ngIRCd 27", ":s 493 bot anna :You must share a common channel with anna",
					IRC_REPLY_REFUSED, 0, "anna", NULL},
			{"irc2 2.11", ":s 437 bot #tv :Nick/channel is temporarily unavailable",
					IRC_REPLY_LABELLED, 30, "#tv", NULL},
			{"irc2 2.11", ":s 263 bot PRIVMSG :Please wait a while and try again.",
					IRC_REPLY_LABELLED, 10, "PRIVMSG", NULL},
			{"ircu2 2.10", ":s 439 bot anna :Target change too fast. Please wait 9 seconds.",
					IRC_REPLY_REFUSED, 10, "anna", NULL},
			{"ircu2 2.10", ":s 489 bot #tv :You're neither voiced nor channel operator",
					IRC_REPLY_REFUSED, 0, "#tv", "+v"},
			{"Bahamut 2", ":s 408 bot #tv :You cannot use colors on this channel",
					IRC_REPLY_NO_FORMATS, 0, "#tv", NULL},
			{"a server that lies", ":s 439 bot anna :wait 99999999999999999999 hours",
					IRC_REPLY_REFUSED, IRC_REPLY_HOLD_MAX_MS / 1000, "anna", NULL},
			{"a greeting", ":s NOTICE * :*** Looking up your hostname", IRC_REPLY_IN_WORDS, 0,
					NULL, NULL},
			{"away", ":s 301 bot anna :gone", IRC_REPLY_ACK, 0, "anna", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char bytes[400], target[IRC_REPLY_TARGET_BYTES] = "";
		struct irc_refusal refusal;
		struct irc_line line;

		snprintf(bytes, sizeof(bytes), "%s", cases[i].text);
		assert_int_equal(irc_line_parse(bytes, strlen(bytes), &line), 0);
		irc_refusal_read(&line, &refusal);
		if (refusal.meaning != cases[i].meaning || refusal.hold_ms != cases[i].hold_s * 1000)
			fail_msg("%s: %s: meaning %d, hold %u ms", cases[i].server, cases[i].text,
					refusal.meaning, (unsigned)refusal.hold_ms);
		assert_int_equal(irc_reply_read(&line), cases[i].meaning);
		if (cases[i].target) {
			assert_true(irc_refusal_target(&line, target));
			assert_string_equal(target, cases[i].target);
		}
		assert_int_equal(refusal.fix != NULL, cases[i].fix != NULL);
		if (cases[i].fix && !strstr(refusal.fix, cases[i].fix))
			fail_msg("%s: %s: %s", cases[i].server, cases[i].text, refusal.fix);
	}
}

/* ---------------------------------------------------------------- throttled */

#define THROTTLED ":s NOTICE bot :*** Message to #tv throttled due to flooding"

static void says_again_what_solanum_throttled(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "7", "#tv", "one two three");
	say(&world, "8", "#tv", "four");
	str_clear(&world.sent);
	assert_true(hear(&world, "@label=e1 :bot!u@h PRIVMSG #tv :one"));
	assert_true(hear(&world, "@label=e2 " THROTTLED));
	assert_true(hear(&world, "@label=e3 " THROTTLED));
	assert_true(hear(&world, "@label=e4 " THROTTLED));
	pass(&world, 11999);
	expect(&world.sent, "");
	say(&world, "9", "#films", "other"); /* other channels do not wait */
	expect(&world.sent, "@label=e5;+reply=1 PRIVMSG #films other\n");
	pass(&world, 1);
	expect(&world.sent, "@label=e6 PRIVMSG #tv two\n");
	pass(&world, IRC_PACE_GAP_MS);
	expect(&world.sent, "@label=e7 PRIVMSG #tv three\n");
	pass(&world, IRC_PACE_GAP_MS);
	expect(&world.sent, "@label=e8;+reply=1 PRIVMSG #tv four\n");
	hear(&world, "@label=e5 :bot!u@h PRIVMSG #films :other");
	hear(&world, "@label=e6 :bot!u@h PRIVMSG #tv :two");
	hear(&world, "@label=e7 :bot!u@h PRIVMSG #tv :three");
	hear(&world, "@label=e8 :bot!u@h PRIVMSG #tv :four");
	expect(&world.completed, "confirmed 9;confirmed 7;confirmed 8;");
	end(&world);
}

/* hybrid has no labels: its notice names the channel, and the PONG tells that the last lines were refused. */
static void says_again_what_hybrid_throttled_and_nothing_else(void **state)
{
	static const char *const ids[] = {"1", "2", "3", "4", "5"};
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_PING);
	for (size_t i = 0; i < 5; i++)
		say(&world, ids[i], "#tv", ids[i]);
	say(&world, "6", "#films", "6");
	str_clear(&world.sent);
	hear(&world, THROTTLED);
	hear(&world, ":s NOTICE bot :*** Message to #TV throttled due to flooding");
	expect(&world.completed, "");
	assert_true(hear(&world, ":s PONG s :sent-6"));
	expect(&world.completed, "confirmed 1;confirmed 2;confirmed 3;confirmed 6;");
	str_clear(&world.sent);
	pass(&world, 11999);
	expect(&world.sent, "");
	pass(&world, 1);
	expect(&world.sent, "@+reply=1 PRIVMSG #tv 4\nPING sent-7\n");
	hear(&world, ":s PONG s :sent-7");
	pass(&world, IRC_PACE_GAP_MS);
	expect(&world.sent, "@+reply=1 PRIVMSG #tv 5\nPING sent-8\n");
	hear(&world, ":s PONG s :sent-8");
	expect(&world.completed, "confirmed 4;confirmed 5;");
	end(&world);
}

/* Each further refusal doubles the gap. */
static void learns_the_pace(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "1", "#tv", "a b");
	hear(&world, "@label=e1 " THROTTLED);
	hear(&world, "@label=e2 " THROTTLED);
	pass(&world, 12000);
	hear(&world, "@label=e3 " THROTTLED);
	pass(&world, 12000);
	str_clear(&world.sent);
	pass(&world, 2 * IRC_PACE_GAP_MS - 1);
	expect(&world.sent, "");
	pass(&world, 1);
	expect(&world.sent, "@label=e5 PRIVMSG #tv b\n");
	end(&world);
}

static void refuses_for_good_after_many_refusals(void **state)
{
	struct world world;
	char text[100];

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	say(&world, "1", "#tv", "a");
	for (unsigned i = 1; i <= IRC_DELIVERY_HOLDS_MAX + 1; i++) {
		snprintf(text, sizeof(text), "@label=e%x %s", i, THROTTLED);
		expect(&world.completed, "");
		assert_true(hear(&world, text));
		pass(&world, 12000);
	}
	expect(&world.completed, "refused 1: NOTICE *** Message to #tv throttled due to flooding;");
	end(&world);
}

/* Words that the table does not know, under our label and instead of the echo. */
static void takes_unknown_words_under_its_label_for_a_refusal(void **state)
{
	struct world world;

	(void)state;
	begin(&world, IRC_CONFIRM_LABEL);
	world.delivery.has_echo = true;
	say(&world, "1", "#tv", "a");
	say(&world, "2", "#tv", "b");
	assert_false(hear(&world, ":s NOTICE bot :Your message was eaten"));
	assert_true(hear(&world, "@label=e1 :s NOTICE bot :Your message was eaten"));
	expect(&world.completed, "refused 1: NOTICE Your message was eaten;");
	hear(&world, "@label=e2 :s BATCH +x labeled-response");
	assert_false(hear(&world, "@batch=x :s NOTICE bot :By the way"));
	hear(&world, "@batch=x :bot!u@h PRIVMSG #tv :b");
	expect(&world.completed, "confirmed 2;");
	hear(&world, ":s BATCH -x");
	end(&world);
}

/* ---------------------------------------------------------------- outside */

struct outside {
	struct world world;
	struct irc_channels channels;
};

static void begin_inside(struct outside *outside, enum irc_confirmation method)
{
	static char name[] = "#tv";
	char *const names[] = {name};

	begin(&outside->world, method);
	outside->channels = (struct irc_channels){0};
	irc_isupport_init(&outside->world.isupport);
	outside->world.isupport.casemap = IRC_CASEMAP_ASCII;
	assert_int_equal(irc_channels_set(&outside->channels, names, 1, &outside->world.isupport), 0);
	irc_channels_joined(&outside->channels, "#tv", &outside->world.isupport);
	outside->world.delivery.channels = &outside->channels;
}

static void end_outside(struct outside *outside)
{
	end(&outside->world);
	irc_channels_release(&outside->channels);
}

static void kick(struct outside *outside)
{
	irc_channels_kicked(&outside->channels, "#tv", &outside->world.isupport, outside->world.now_ms);
	irc_delivery_park(&outside->world.delivery, "#tv");
}

static void come_back(struct outside *outside)
{
	irc_channels_joined(&outside->channels, "#tv", &outside->world.isupport);
	irc_delivery_again(&outside->world.delivery, "#tv", outside->world.now_ms);
	run(&outside->world);
}

static void keeps_answers_while_it_is_kicked(void **state)
{
	struct outside outside;
	struct world *world = &outside.world;

	(void)state;
	begin_inside(&outside, IRC_CONFIRM_LABEL);
	say(world, "1", "#tv", "before");
	say(world, "2", "#tv", "refused");
	str_clear(&world->sent);
	kick(&outside);
	hear(world, "@label=e1 :bot!u@h PRIVMSG #tv :before"); /* read before the kick */
	hear(world, "@label=e2 :s 404 bot #tv :Cannot send to channel");
	assert_int_equal(say(world, "3", "#tv", "outside"), 0);
	pass(world, 60000);
	expect(&world->sent, "");
	expect(&world->completed, "confirmed 1;");
	come_back(&outside);
	expect(&world->sent,
			"@label=e3;+reply=1 PRIVMSG #tv refused\n@label=e4;+reply=1 PRIVMSG #tv outside\n");
	hear(world, "@label=e3 :bot!u@h PRIVMSG #tv :refused");
	hear(world, "@label=e4 :bot!u@h PRIVMSG #tv :outside");
	expect(&world->completed, "confirmed 2;confirmed 3;");
	end_outside(&outside);
}

/* Without labels the refusals name the channel: those lines that the server read before the kick are not repeated. */
static void keeps_answers_without_labels_while_it_is_kicked(void **state)
{
	struct outside outside;
	struct world *world = &outside.world;

	(void)state;
	begin_inside(&outside, IRC_CONFIRM_PING);
	say(world, "1", "#tv", "before");
	say(world, "2", "#tv", "refused");
	kick(&outside);
	hear(world, ":s 404 bot #tv :Cannot send to channel");
	hear(world, ":s PONG s :sent-2");
	expect(&world->completed, "confirmed 1;");
	str_clear(&world->sent);
	come_back(&outside);
	expect(&world->sent, "@+reply=1 PRIVMSG #tv refused\nPING sent-3\n");
	hear(world, ":s PONG s :sent-3");
	expect(&world->completed, "confirmed 2;");
	end_outside(&outside);
}

/* The history that was requested after the join arrives when the bot was kicked again. */
static void said_from_outside_what_the_history_had_not(void **state)
{
	struct outside outside;
	struct world *world = &outside.world;

	(void)state;
	begin_inside(&outside, IRC_CONFIRM_ECHO);
	kick(&outside);
	say(world, "1", "#tv", "one");
	irc_delivery_again(&world->delivery, "#tv", world->now_ms);
	run(world);
	expect(&world->sent, "");
	come_back(&outside);
	expect(&world->sent, "@+reply=1 PRIVMSG #tv one\n");
	end_outside(&outside);
}

static void gives_up_what_waits_when_it_is_banned_or_never_back(void **state)
{
	struct outside outside;
	struct world *world = &outside.world;

	(void)state;
	begin_inside(&outside, IRC_CONFIRM_LABEL);
	kick(&outside);
	say(world, "1", "#tv", "one");
	irc_delivery_drop(&world->delivery, "#TV", "the bot is banned from the channel");
	run(world);
	expect(&world->completed, "expired 1: the bot is banned from the channel;");
	say(world, "2", "#tv", "two");
	pass(world, IRC_DELIVERY_AGE_MAX_MS);
	expect(&world->completed, "expired 2: the channel was not joined again in time;");
	expect(&world->sent, "");
	end_outside(&outside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(knows_every_servers_way_of_saying_no),
			cmocka_unit_test(says_again_what_solanum_throttled),
			cmocka_unit_test(says_again_what_hybrid_throttled_and_nothing_else),
			cmocka_unit_test(learns_the_pace),
			cmocka_unit_test(refuses_for_good_after_many_refusals),
			cmocka_unit_test(takes_unknown_words_under_its_label_for_a_refusal),
			cmocka_unit_test(keeps_answers_while_it_is_kicked),
			cmocka_unit_test(keeps_answers_without_labels_while_it_is_kicked),
			cmocka_unit_test(said_from_outside_what_the_history_had_not),
			cmocka_unit_test(gives_up_what_waits_when_it_is_banned_or_never_back),
	};

	return cmocka_run_group_tests_name("irc_refused", tests, NULL, NULL);
}
