/* RENAME (Ergo 2.15): what belongs to a channel follows it, and the configured name stays its name for the bot. */

#include <stdio.h>

#include "tests/unit/irc_script.h"

static char renamed[64];

static bool on_load_renamed(void *user, const char *channel, char *ret, size_t size)
{
	(void)user;
	snprintf(ret, size, "%s", renamed);
	return *renamed && strcmp(channel, "#tv") == 0;
}

static void on_save_renamed(void *user, const char *channel, const char *current)
{
	(void)user;
	assert_string_equal(channel, "#tv");
	snprintf(renamed, sizeof(renamed), "%s", current);
}

/* The session begins again, now with the names of renamed channels. */
static void begin_renaming(struct script *script, const char *stored)
{
	struct irc_session_events events = script_events;

	snprintf(renamed, sizeof(renamed), "%s", stored);
	begin_with(script, "bot", NULL, 1);
	irc_session_free(script->session);
	events.on_load_renamed = on_load_renamed;
	events.on_save_renamed = on_save_renamed;
	assert_int_equal(irc_session_new(&script->config, &events, script, &script->session), 0);
	irc_session_open(script->session, &script->now);
	server(script, ":s CAP * LS :message-tags draft/channel-rename echo-message labeled-response batch\n"
		       ":s CAP bot ACK :message-tags draft/channel-rename echo-message labeled-response "
		       "batch\n"
		       ":s 001 bot :Welcome\n:s 004 bot s ergo-2.15 a b\n:s 005 bot STATUSMSG=@+ CHANTYPES=# "
		       ":are supported\n"
		       ":s 422 bot :no MOTD");
}

static int say(struct script *script, const char *id, const char *target, char *text)
{
	char *lines[] = {text};

	return script_say(script, &(struct irc_say){.verb = "PRIVMSG",
						  .target = target,
						  .reply_to = "",
						  .lines = lines,
						  .line_count = 1,
						  .id = id});
}

static void follows_a_rename(void **state)
{
	static char one[] = "one", two[] = "two", three[] = "three";
	struct script script;

	(void)state;
	begin_renaming(&script, "");
	server(&script, ":bot!u@h JOIN #tv");
	script.now.ms += 20000;
	str_clear(&script.sent);
	assert_int_equal(say(&script, "1", "#tv", one), 0);
	expect(&script.sent, "@label=e1 PRIVMSG #tv one\n");
	server(&script, ":op!o@h RENAME #tv #series :because");
	assert_non_null(strstr(
			str_text(&script.notes), "#tv is now #series: change it in the configuration"));
	assert_string_equal(renamed, "#series");
	/* The line was on the way: it is said again, to the new name. */
	server(&script, "@label=e1 :s 403 bot #tv :No such channel");
	expect(&script.sent, "@label=e2 PRIVMSG #series one\n");
	server(&script, "@label=e2 :bot!u@h PRIVMSG #series :one");
	expect(&script.completed, "replay private\nreplay #tv\nconfirmed 1\n");
	/* For settings, journal and conversations it is the old channel. */
	server(&script, ":anna!a@h PRIVMSG #series :!ping\n:anna!a@h PRIVMSG @#series :!ping");
	expect(&script.heard, "#tv anna(~anna) !ping\n#tv among @#series anna(~anna) !ping\n");
	assert_true(irc_session_is_status_of(script.session, "@#series", "#tv"));
	assert_int_equal(say(&script, "2", "#tv", two), 0);
	assert_int_equal(say(&script, "3", "@#tv", three), 0);
	expect(&script.sent, "@label=e3 PRIVMSG #series two\n@label=e4 PRIVMSG @#series three\n");
	pass(&script, 100000);
	assert_null(strstr(str_text(&script.sent), "JOIN"));
	/* Kicked, it joins the channel under its present name. */
	str_clear(&script.sent);
	server(&script, ":op!o@h KICK #series bot :out");
	pass(&script, 10000);
	assert_non_null(strstr(str_text(&script.sent), "JOIN #series\n"));
	assert_null(strstr(str_text(&script.sent), "JOIN #tv"));
	end(&script);
}

/* What waits in the send queue is addressed to the new name. */
static void takes_along_what_waits(void **state)
{
	static char text[] = "text";
	struct script script;

	(void)state;
	begin_renaming(&script, "");
	server(&script, ":bot!u@h JOIN #tv\n:op!o@h KICK #tv bot :out");
	script.now.ms += 20000;
	assert_int_equal(say(&script, "1", "#tv", text), 0);
	server(&script, ":op!o@h RENAME #tv #series");
	str_clear(&script.sent);
	server(&script, ":bot!u@h JOIN #series");
	pass(&script, 20000);
	assert_non_null(strstr(str_text(&script.sent), " PRIVMSG #series text\n"));
	end(&script);
}

static void joins_the_present_name_after_a_restart(void **state)
{
	struct script script;

	(void)state;
	begin_renaming(&script, "#series");
	pass(&script, 20000);
	assert_non_null(strstr(str_text(&script.sent), "JOIN #series\n"));
	assert_null(strstr(str_text(&script.sent), "JOIN #tv"));
	assert_non_null(strstr(
			str_text(&script.notes), "#tv is now #series: change it in the configuration"));
	server(&script, ":bot!u@h JOIN #series\n:anna!a@h PRIVMSG #series :!ping");
	expect(&script.heard, "#tv anna(~anna) !ping\n");
	end(&script);
}

static void ignores_other_renames(void **state)
{
	struct script script;

	(void)state;
	begin_renaming(&script, "no channel");
	server(&script, ":bot!u@h JOIN #tv\n:op!o@h RENAME #other #series\n:op!o@h RENAME #tv\n:op!o@h "
			"RENAME #tv anna\nRENAME");
	assert_string_equal(renamed, "no channel");
	server(&script, ":anna!a@h PRIVMSG #tv :!ping");
	expect(&script.heard, "#tv anna(~anna) !ping\n");
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(follows_a_rename),
			cmocka_unit_test(takes_along_what_waits),
			cmocka_unit_test(joins_the_present_name_after_a_restart),
			cmocka_unit_test(ignores_other_renames),
	};

	return cmocka_run_group_tests_name("irc_rename", tests, NULL, NULL);
}
