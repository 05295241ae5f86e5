/* Catching up: to read questions sent while the bot was offline is answered once, the newest of it, and
 * marked late. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

#include "bot/base/clock.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/seen.h"

/* A time so many seconds before the script's, as a tag. */
static const char *ago(const struct script *script, unsigned seconds)
{
	static char texts[8][CLOCK_ISO_BYTES];
	static unsigned next;
	char *text = texts[next++ % 8];

	clock_iso(script->now.wall_ms - seconds * UINT64_C(1000), text);
	return text;
}

/* Everything that is said to the bot is answered. */
static void answer_all(struct script *script, const char *id, const char *text)
{
	char line[64];
	char *lines[] = {line};
	struct irc_say say = {.verb = "PRIVMSG",
			.target = "#tv",
			.reply_to = id,
			.id = id,
			.lines = lines,
			.line_count = 1};

	snprintf(line, sizeof(line), "re %s", text);
	assert_int_equal(script_say(script, &say), 0);
}

static void on_command(void *user, const struct message *message)
{
	struct script *script = user;

	if (message->text[0] != '!')
		return;
	str_printf(&script->heard, "%s%s;", message->text,
			irc_session_late_ms(script->session, message) ? " late" : "");
	answer_all(script, message->id, message->text);
}

/* The server has the time on messages only. */
static bool hides_its_time;

/* As Ergo does: what the server sends by itself has the time, too. */
static const char *time_tag(struct script *script, const char *caps)
{
	static char tag[64];

	tag[0] = '\0';
	if (strstr(caps, "server-time") && !hides_its_time)
		snprintf(tag, sizeof(tag), "@time=%s ", ago(script, 0));
	return tag;
}

/* In #tv, on a server with a history. */
static void begin_at(struct script *script, const char *seen, const char *caps, const char *tokens)
{
	struct irc_session_events events = script_events;
	char line[400];

	begin_with(script, "bot", NULL, 1);
	irc_session_free(script->session);
	snprintf(script->seen, sizeof(script->seen), "%s", seen);
	events.on_message = on_command;
	assert_int_equal(irc_session_new(&script->config, &events, script, &script->session), 0);
	irc_session_open(script->session, &script->now);
	snprintf(line, sizeof(line), ":s CAP * LS :%s\n:s CAP * ACK :%s", caps, caps);
	server(script, line);
	snprintf(line, sizeof(line),
			"%s:s 001 bot :hi\n:s 004 bot s episoded-1 a b\n:s 005 bot %s :are\n:s 422 bot :no",
			time_tag(script, caps), tokens);
	server(script, line);
	pass(script, 60000);
	str_clear(&script->sent);
	str_clear(&script->completed);
	snprintf(line, sizeof(line), "%s:bot!~user@host.example JOIN #tv", time_tag(script, caps));
	server(script, line);
}

#define CAPS  "message-tags server-time batch echo-message draft/chathistory"
#define LABEL CAPS " labeled-response"

/* On the next connection. */
static void welcome_again(struct script *script, const char *nick)
{
	char line[200];

	server(script, ":s CAP * LS :" LABEL "\n:s CAP * ACK :" LABEL);
	snprintf(line, sizeof(line), "%s:s 001 %s :hi", time_tag(script, LABEL), nick);
	server(script, line);
}

/* What the store has when something was seen so many seconds before the script begins. */
static const char *seen_ago(unsigned seconds)
{
	static char text[100];

	snprintf(text, sizeof(text), "%llu %llu last",
			(unsigned long long)(WALL_MS + 60000 - seconds * 1000u),
			(unsigned long long)(WALL_MS + 60000 - seconds * 1000u));
	return text;
}

/* A line of the history. */
static void past(
		struct script *script, const char *tags, const char *nick, unsigned seconds, const char *text)
{
	char line[500];

	snprintf(line, sizeof(line), "@batch=h;time=%s%s :%s!u@h PRIVMSG #tv :%s", ago(script, seconds), tags,
			nick, text);
	server(script, line);
}

static void asks_where_it_left_off(void **state)
{
	struct script script;
	char wanted[200];

	(void)state;
	begin_at(&script, seen_ago(200), CAPS, "NICKLEN=12");
	snprintf(wanted, sizeof(wanted), "CHATHISTORY AFTER #tv timestamp=%s 100\n", ago(&script, 260));
	expect(&script.sent, wanted);
	expect(&script.completed, ""); /* first the history, then the journal */
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 100, "!one");
	past(&script, ";msgid=2", "anna", 90, "chatter");
	expect(&script.heard, "");
	server(&script, ":s BATCH -h");
	expect(&script.completed, "replay #tv\n");
	expect(&script.heard, "!one late;");
	expect(&script.sent, "@+reply=1;+draft/reply=1 PRIVMSG #tv :re !one\n");
	end(&script);
}

static void leaves_alone_what_was_before_it_came(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, "", CAPS, "NICKLEN=12");
	expect(&script.sent, "");
	expect(&script.completed, "replay #tv\n");
	assert_true(*script.seen);
	end(&script);
}

static int hide_time(void **state)
{
	(void)state;
	hides_its_time = true;
	return 0;
}

static int show_time(void **state)
{
	(void)state;
	hides_its_time = false;
	return 0;
}

/* Our clock is ten years ahead, and the server has the time on messages only. */
static void a_clock_of_ours_does_not_hide_what_was_missed(void **state)
{
	struct script script;
	char wanted[200];

	(void)state;
	begin_at(&script, seen_ago(200), CAPS, "NICKLEN=12");
	snprintf(wanted, sizeof(wanted), "CHATHISTORY AFTER #tv timestamp=%s 100\n", ago(&script, 260));
	expect(&script.sent, wanted);
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 190, "!one");
	past(&script, ";msgid=2", "anna", 90, "chatter");
	script.now.wall_ms += 10 * 365 * 24 * 3600 * UINT64_C(1000);
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!one late;");
	end(&script);
}

/* The first visit: the history tells the server's time, and is not answered. */
static void on_the_first_visit_the_history_tells_the_time(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, "", CAPS, "NICKLEN=12");
	expect(&script.sent, "CHATHISTORY LATEST #tv * 100\n");
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 90, "!one");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "");
	assert_true(atoll(script.seen) > 0);
	assert_true((unsigned long long)atoll(script.seen) <= script.now.wall_ms - 90000);
	end(&script);
}

/* Otherwise the position, an hour in the future, hides every question until then. */
static void a_position_in_the_future_hides_nothing(void **state)
{
	struct script script;
	char seen[100], wanted[200];

	(void)state;
	snprintf(seen, sizeof(seen), "%llu %llu last", WALL_MS + 3600000ull, WALL_MS + 3600000ull);
	begin_at(&script, seen, CAPS, "NICKLEN=12");
	snprintf(wanted, sizeof(wanted), "CHATHISTORY AFTER #tv timestamp=%s 100\n", ago(&script, 660));
	expect(&script.sent, wanted);
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 100, "!one");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!one late;");
	end(&script);
}

static void needs_times_and_ids(void **state)
{
	static const char *const caps[] = {"message-tags server-time echo-message draft/chathistory",
			"message-tags batch draft/chathistory", "message-tags server-time batch"};

	(void)state;
	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		struct script script;

		begin_at(&script, seen_ago(200), caps[i], "NICKLEN=12");
		expect(&script.sent, "");
		expect(&script.completed, "replay #tv\n");
		end(&script);
	}
}

/* Answered by us, by another bot, too old, before the floor, not a command, without an id. */
static void skips_what_needs_no_answer(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(700), CAPS, "NICKLEN=12");
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=a", "anna", 701, "!floor");
	past(&script, ";msgid=b", "anna", 610, "!old");
	past(&script, ";msgid=c", "anna", 500, "!ours");
	past(&script, ";msgid=d", "anna", 490, "!theirs");
	past(&script, ";msgid=e;+reply=c", "bot", 480, "answer");
	past(&script, ";msgid=f;+draft/reply=d;bot", "other", 470, "answer");
	past(&script, ";msgid=g;bot", "other", 460, "!loop");
	past(&script, "", "anna", 450, "!noid");
	past(&script, ";msgid=h", "anna", 440,
			"\x01"
			"VERSION\x01");
	past(&script, ";msgid=i", "bot", 430, "!own");
	past(&script, ";msgid=j", "anna", 420, "!yes");
	past(&script, ";msgid=k", "berta", 410, "!addressed");
	past(&script, ";msgid=l", "bot", 400, "berta: answer");
	past(&script, ";msgid=j", "anna", 420, "!yes");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!yes late;");
	/* The journal hears of all that was answered. */
	expect(&script.completed, "confirmed c\nconfirmed d\nreplay #tv\n");
	end(&script);
}

static void hands_on_what_was_missed_once_oldest_first(void **state)
{
	struct script script;
	char wanted[200];

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=4", "anna", 70, "!four");
	past(&script, ";msgid=1", "anna", 100, "!one");
	past(&script, ";msgid=2", "anna", 90, "!two");
	past(&script, ";msgid=3", "anna", 80, "!three");
	past(&script, ";msgid=5", "anna", 60, "!five");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!one late;!two late;!three late;!four late;!five late;");
	/* Not again at the next connection. */
	str_clear(&script.sent);
	server(&script, ":bot!~user@host.example JOIN #tv");
	snprintf(wanted, sizeof(wanted), "CHATHISTORY AFTER #tv timestamp=%s 100\n", ago(&script, 120));
	expect(&script.sent, wanted);
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=4", "anna", 70, "!four");
	past(&script, ";msgid=5", "anna", 60, "!five");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "");
	end(&script);
}

/* Lines that the server adds because they belong to those of the page: reactions, or what is replied to. */
static void leaves_out_the_context_of_a_page(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "CHATHISTORY=2");
	str_clear(&script.sent);
	server(&script, "@label=h1 :s BATCH +h chathistory #tv");
	past(&script, ";msgid=0;draft/chathistory-context", "anna", 900, "!context");
	past(&script, ";msgid=1", "anna", 200, "!one");
	past(&script, ";draft/chathistory-context=;msgid=9", "anna", 100, "!context");
	server(&script, "@batch=h;draft/chathistory-context;msgid=8 :anna!u@h BATCH +m draft/multiline #tv\n"
			"@batch=m :anna!u@h PRIVMSG #tv :!context\n:s BATCH -m");
	server(&script, ":s BATCH -h");
	/* One line is no full page. */
	assert_null(strstr(str_text(&script.sent), "CHATHISTORY"));
	expect(&script.heard, "!one late;");
	end(&script);
}

static void goes_on_from_page_to_page(void **state)
{
	struct script script;
	char wanted[200], tags[40];

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "CHATHISTORY=2");
	for (unsigned page = 0; page < 5; page++) {
		char line[100];

		if (page == 0)
			snprintf(wanted, sizeof(wanted), "@label=h1 CHATHISTORY AFTER #tv timestamp=%s 2\n",
					ago(&script, 360));
		else
			snprintf(wanted, sizeof(wanted), "@label=h%u CHATHISTORY AFTER #tv msgid=m%u 2\n",
					page + 1, page * 2 - 1);
		expect(&script.sent, wanted);
		expect(&script.completed, "");
		snprintf(line, sizeof(line), "@label=h%u :s BATCH +h chathistory #tv", page + 1);
		server(&script, line);
		for (unsigned i = 0; i < 2; i++) {
			snprintf(tags, sizeof(tags), ";msgid=m%u", page * 2 + i);
			past(&script, tags, "anna", 200 - page * 2 - i, page == 4 && i == 1 ? "!last" : "x");
		}
		server(&script, ":s BATCH -h");
	}
	expect(&script.heard, "!last late;"); /* after five pages it is enough */
	end(&script);
}

/* The history in a batch that answers the label, with a message of several lines in it. */
static void reads_batches_in_batches(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "NICKLEN=12");
	server(&script, "@label=h1 :s BATCH +l labeled-response\n@batch=l :s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 100, "!one");
	server(&script, "@batch=h;msgid=2;time=2026-11-23T09:11:00.000Z;+reply=1 :bot!u@h BATCH +m "
			"draft/multiline #tv\n@batch=m :bot!u@h PRIVMSG #tv :first\n@batch=m :bot!u@h "
			"PRIVMSG "
			"#tv :second\n:s BATCH -m");
	server(&script, "@batch=h;msgid=3;time=2026-11-23T09:11:00.000Z :anna!u@h BATCH +n draft/multiline "
			"#tv\n@batch=n :anna!u@h PRIVMSG #tv :!tw\n"
			"@batch=n;draft/multiline-concat :anna!u@h PRIVMSG #tv :o\n:s BATCH -n");
	/* another batch around a message of several lines */
	server(&script, "@batch=h :s BATCH +o other\n@batch=o;msgid=5;time=2026-11-23T09:11:00.000Z "
			":anna!u@h "
			"BATCH +p draft/multiline #tv\n@batch=p :anna!u@h PRIVMSG #tv :!four\n"
			"@batch=p :anna!u@h PRIVMSG #tv :!five\n:s BATCH -p\n:s BATCH -o");
	past(&script, ";msgid=4", "anna", 50, "!three");
	server(&script, "@batch=h :anna!u@h JOIN #tv\n:s BATCH -h\n:s BATCH -l");
	expect(&script.heard, "!two late;!four late;!five late;!three late;");
	expect(&script.completed, "confirmed 1\nreplay #tv\n");
	end(&script);
}

/* An earlier process found the nick in use, and answered under another one. */
static void knows_its_answers_under_another_nick(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 100, "!one");
	past(&script, ";msgid=2;+reply=1", "bot_", 99, "re !one");
	past(&script, ";msgid=3", "anna", 98, "!two");
	past(&script, ";msgid=4;+reply=3", "bot3", 97, "re !two");
	past(&script, ";msgid=5", "anna", 96, "!three");
	past(&script, ";msgid=6;+reply=5", "bother", 95, "re !three");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!three late;");
	expect(&script.completed, "confirmed 1\nconfirmed 3\nreplay #tv\n");
	end(&script);
}

/* A server sends a history that was not requested: it is not answered, and not taken for the reply. */
static void does_not_answer_playback(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "NICKLEN=12");
	server(&script, ":s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 100, "!one");
	server(&script, ":s BATCH -h\n:s BATCH +h znc.in/playback #tv");
	past(&script, ";msgid=2", "anna", 10, "!two");
	server(&script, ":s BATCH -h\n@label=h1 :s BATCH +h chathistory #tv\n:s BATCH -h");
	expect(&script.heard, "");
	expect(&script.completed, "replay #tv\n");
	end(&script);
}

static void goes_on_after_a_refusal(void **state)
{
	static const char *const refusals[] = {"FAIL CHATHISTORY INVALID_TARGET AFTER #tv :No such channel",
			"@label=h1 FAIL * NEED_MORE_PARAMS :What", "@label=h1 :s ACK",
			"@label=h1 :s 403 bot #tv :No such channel",
			":s 421 bot CHATHISTORY :Unknown command"};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct script script;

		begin_at(&script, seen_ago(300), LABEL, "NICKLEN=12");
		str_clear(&script.sent);
		server(&script, refusals[i]);
		expect(&script.completed, "replay #tv\n");
		expect(&script.sent, "");
		end(&script);
	}
}

static void tries_the_other_kind_of_reference(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	str_clear(&script.sent);
	server(&script, "FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER timestamp=x :No times");
	expect(&script.sent, "CHATHISTORY AFTER #tv msgid=last 100\n");
	server(&script, "FAIL CHATHISTORY INVALID_MSGREFTYPE AFTER msgid=last :No ids");
	expect(&script.sent, "");
	expect(&script.completed, "replay #tv\n");
	end(&script);
	begin_at(&script, "5 5 ", CAPS, "MSGREFTYPES=msgid CHATHISTORY=50");
	expect(&script.sent, "CHATHISTORY LATEST #tv * 50\n");
	end(&script);
}

static void does_not_wait_for_ever(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	assert_int_equal(irc_session_next_ms(script.session, script.now.ms),
			script.now.ms + IRC_HISTORY_WAIT_MS);
	pass(&script, 9999);
	expect(&script.completed, "");
	pass(&script, 1);
	expect(&script.completed, "replay #tv\n");
	str_clear(&script.sent);
	server(&script, ":bot!~user@host.example JOIN #tv");
	pass(&script, 10000);
	expect(&script.completed, "replay #tv\n");
	str_clear(&script.sent);
	server(&script, ":bot!~user@host.example JOIN #tv"); /* twice in vain: not asked again */
	expect(&script.sent, "");
	expect(&script.completed, "replay #tv\n");
	end(&script);
}

/* A cut between the answer and its echo: the history has it, so it is not said again. */
static void confirms_by_the_history_what_was_lost(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "NICKLEN=12");
	server(&script, "@label=h1 :s BATCH +h chathistory #tv\n:s BATCH -h");
	server(&script, "@msgid=7 :anna!u@h PRIVMSG #tv !one\n@msgid=8 :anna!u@h PRIVMSG #tv !two");
	str_clear(&script.sent);
	str_clear(&script.completed);
	irc_session_close(script.session);
	script.now.ms += 3000;
	script.now.wall_ms += 3000;
	irc_session_open(script.session, &script.now);
	welcome_again(&script, "bot_");
	server(&script, ":s 422 bot_ :no");
	pass(&script, 9000);
	expect(&script.completed, "");
	server(&script, "@label=h2 :s BATCH +t draft/chathistory-targets\n:s BATCH -t");
	expect(&script.completed, "replay private\n");
	pass(&script, 11000);
	str_clear(&script.sent);
	server(&script, ":bot_!~user@host.example JOIN #tv");
	server(&script, "@label=h3 :s BATCH +h chathistory #tv");
	past(&script, ";msgid=7", "anna", 23, "!one");
	past(&script, ";msgid=8", "anna", 23, "!two");
	past(&script, ";msgid=9;+reply=7", "bot", 23, "re !one");
	str_clear(&script.sent);
	server(&script, ":s BATCH -h");
	expect(&script.completed, "replay #tv\nconfirmed 7\n");
	expect(&script.sent, "@label=e3;+reply=8;+draft/reply=8 PRIVMSG #tv :re !two\n");
	end(&script);
}

/* The names come in a batch of their own type; only people are asked about, the latest first. */
static void reads_the_private_messages_of_those_who_wrote(void **state)
{
	struct script script;
	char line[300], wanted[300];

	(void)state;
	begin_at(&script, "", LABEL, "NICKLEN=12");
	server(&script, "@msgid=1 :anna!u@h PRIVMSG bot !one");
	irc_session_close(script.session);
	pass(&script, 60000);
	irc_session_open(script.session, &script.now);
	str_clear(&script.sent);
	welcome_again(&script, "bot");
	str_clear(&script.sent);
	server(&script, ":s 005 bot NICKLEN=12 CHANTYPES=# :are\n:s 422 bot :no");
	pass(&script, 9000);
	snprintf(wanted, sizeof(wanted), "CHATHISTORY TARGETS timestamp=%s ", ago(&script, 129));
	assert_non_null(strstr(str_text(&script.sent), wanted));
	str_clear(&script.sent);
	server(&script, ":s BATCH +l labeled-response");
	server(&script, "@label=h1 :s BATCH +o labeled-response\n@batch=o :s BATCH +t "
			"draft/chathistory-targets");
	snprintf(line, sizeof(line),
			"@batch=t :s CHATHISTORY TARGETS #tv %s\n@batch=t :s CHATHISTORY TARGETS bert %s\n"
			"@batch=t :s CHATHISTORY TARGETS\n@batch=t :s CHATHISTORY TARGETS cora never\n"
			"@batch=t :s CHATHISTORY TARGETS dora %s",
			ago(&script, 3), ago(&script, 30), ago(&script, 20));
	server(&script, line);
	str_clear(&script.completed);
	server(&script, ":s BATCH -t\n:s BATCH -o");
	assert_non_null(strstr(str_text(&script.sent), "CHATHISTORY AFTER dora timestamp="));
	assert_null(strstr(str_text(&script.sent), "CHATHISTORY AFTER bert"));
	str_clear(&script.heard);
	server(&script, "@label=h2 :s BATCH +d chathistory dora");
	snprintf(line, sizeof(line), "@batch=d;time=%s;msgid=5 :dora!u@h PRIVMSG bot !five",
			ago(&script, 20));
	server(&script, line);
	server(&script, ":s BATCH -d");
	expect(&script.heard, "!five late;");
	pass(&script, 9000);
	assert_non_null(strstr(str_text(&script.sent), "CHATHISTORY AFTER bert"));
	expect(&script.completed, "replay private\n");
	server(&script, "@label=h3 :s FAIL CHATHISTORY INVALID_TARGET AFTER bert :no");
	expect(&script.completed, "replay private\nreplay private\n"); /* bert, and then all others */
	end(&script);
}

/*
 * Ergo 2.11.1: on the first visit somebody asks before the history is read, and the connection is lost. What is asked
 * meanwhile is answered, also if the next visit begins with a live question.
 */
static void a_live_question_hides_no_missed_one_after_a_short_first_visit(void **state)
{
	struct script script;
	char line[300];

	(void)state;
	begin_at(&script, "", LABEL, "NICKLEN=12");
	assert_non_null(strstr(str_text(&script.sent), "@label=h2 CHATHISTORY LATEST #tv"));
	snprintf(line, sizeof(line), "@msgid=1;time=%s :anna!u@h PRIVMSG #tv !one", ago(&script, 0));
	server(&script, line);
	irc_session_close(script.session);
	pass(&script, 60000);
	irc_session_open(script.session, &script.now);
	welcome_again(&script, "bot");
	server(&script, ":s 422 bot :no\n:bot!~user@host.example JOIN #tv");
	pass(&script, 9000);
	snprintf(line, sizeof(line), "@msgid=3;time=%s :anna!u@h PRIVMSG #tv !three", ago(&script, 0));
	server(&script, line);
	assert_non_null(strstr(str_text(&script.sent), "@label=h3 CHATHISTORY AFTER #tv timestamp="));
	str_clear(&script.heard);
	server(&script, "@label=h3 :s BATCH +h chathistory #tv");
	past(&script, ";msgid=2", "anna", 40, "!two");
	server(&script, ":s BATCH -h");
	expect(&script.heard, "!two late;");
	end(&script);
}

/* The bot was away for longer than the minute by which the reading begins earlier, and is cut off in it. */
static void a_live_question_hides_no_missed_one_when_the_reading_is_cut_off(void **state)
{
	struct script script;
	char line[300], wanted[200];

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	snprintf(line, sizeof(line), "@msgid=3;time=%s :anna!u@h PRIVMSG #tv !three", ago(&script, 0));
	server(&script, line);
	expect(&script.heard, "!three;");
	irc_session_close(script.session);
	assert_string_equal(script.seen, seen_ago(300)); /* what the next process begins with */
	pass(&script, 60000);
	irc_session_open(script.session, &script.now);
	welcome_again(&script, "bot");
	server(&script, ":s 422 bot :no\n:bot!~user@host.example JOIN #tv");
	pass(&script, 9000);
	snprintf(wanted, sizeof(wanted), "@label=h3 CHATHISTORY AFTER #tv timestamp=%s 100\n",
			ago(&script, 429));
	server(&script, "@label=h2 :s FAIL CHATHISTORY INVALID_TARGET TARGETS :no");
	pass(&script, 9000);
	assert_non_null(strstr(str_text(&script.sent), wanted));
	str_clear(&script.heard);
	server(&script, "@label=h3 :s BATCH +h chathistory #tv");
	past(&script, ";msgid=1", "anna", 300, "!one");
	past(&script, ";msgid=3", "anna", 69, "!three");
	server(&script, ":s BATCH -h");
	assert_true(str_starts(str_text(&script.heard), "!one late;"));
	end(&script);
}

/* An echo that does not come, on a living connection: the history is looked at first. */
static void looks_into_the_history_before_it_says_again(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), LABEL, "NICKLEN=12");
	server(&script, "@label=h1 :s BATCH +h chathistory #tv\n:s BATCH -h");
	server(&script, "@msgid=7 :anna!u@h PRIVMSG #tv !one");
	pass(&script, 5000);
	server(&script, ":s NOTICE bot :alive");
	str_clear(&script.sent);
	str_clear(&script.completed);
	pass(&script, 5000);
	assert_non_null(strstr(str_text(&script.sent), "@label=h2 CHATHISTORY AFTER #tv timestamp="));
	assert_null(strstr(str_text(&script.sent), "PRIVMSG"));
	server(&script, "@label=h2 :s BATCH +h chathistory #tv");
	past(&script, ";msgid=9;+reply=7", "bot", 10, "re !one");
	server(&script, ":s BATCH -h");
	expect(&script.completed, "confirmed 7\n");
	assert_null(strstr(str_text(&script.sent), "PRIVMSG"));
	end(&script);
}

static void keeps_what_was_seen(void **state)
{
	struct irc_seen_channel channel = {.time_ms = 12, .floor_ms = 3, .id = "x y"}, read;
	char text[IRC_SEEN_TEXT_BYTES];
	static const char *const broken[] = {
			"", "1", "1 2", "x 2 ", "1 -2 ", "1  2", "99999999999999999999 1 x"};

	(void)state;
	irc_seen_write(&channel, text);
	assert_string_equal(text, "12 3 x y");
	assert_int_equal(irc_seen_read(text, &read), 0);
	assert_int_equal(read.time_ms, 12);
	assert_int_equal(read.floor_ms, 3);
	assert_string_equal(read.id, "x y");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		assert_int_equal(irc_seen_read(broken[i], &read), -EBADMSG);
}

/* Lazily, so that chatter costs next to nothing, and when the connection ends. */
static void saves_what_was_seen(void **state)
{
	struct script script;

	(void)state;
	begin_at(&script, seen_ago(300), CAPS, "NICKLEN=12");
	server(&script, ":s BATCH +h chathistory #tv\n:s BATCH -h");
	script.seen[0] = '\0';
	server(&script, "@msgid=7;time=2026-11-23T09:13:00.000Z :anna!u@h PRIVMSG #tv chatter");
	server(&script, "@msgid=8;time=2026-11-23T09:12:00.000Z :anna!u@h PRIVMSG #tv chatter");
	assert_string_equal(script.seen, "");
	pass(&script, IRC_SEEN_SAVE_MS);
	assert_true(str_starts(script.seen, "1795425180000 "));
	assert_non_null(strstr(script.seen, " 7"));
	assert_int_not_equal(irc_session_next_ms(script.session, script.now.ms), script.now.ms);
	server(&script, "@msgid=9;time=2026-11-23T09:13:02.000Z :anna!u@h PRIVMSG #tv chatter");
	irc_session_close(script.session);
	assert_non_null(strstr(script.seen, " 9"));
	end(&script);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(asks_where_it_left_off),
			cmocka_unit_test(leaves_alone_what_was_before_it_came),
			cmocka_unit_test_setup_teardown(
					a_clock_of_ours_does_not_hide_what_was_missed, hide_time, show_time),
			cmocka_unit_test_setup_teardown(
					on_the_first_visit_the_history_tells_the_time, hide_time, show_time),
			cmocka_unit_test(a_position_in_the_future_hides_nothing),
			cmocka_unit_test(needs_times_and_ids),
			cmocka_unit_test(skips_what_needs_no_answer),
			cmocka_unit_test(hands_on_what_was_missed_once_oldest_first),
			cmocka_unit_test(leaves_out_the_context_of_a_page),
			cmocka_unit_test(goes_on_from_page_to_page),
			cmocka_unit_test(reads_batches_in_batches),
			cmocka_unit_test(knows_its_answers_under_another_nick),
			cmocka_unit_test(does_not_answer_playback),
			cmocka_unit_test(goes_on_after_a_refusal),
			cmocka_unit_test(tries_the_other_kind_of_reference),
			cmocka_unit_test(does_not_wait_for_ever),
			cmocka_unit_test(confirms_by_the_history_what_was_lost),
			cmocka_unit_test(reads_the_private_messages_of_those_who_wrote),
			cmocka_unit_test_setup_teardown(
					a_live_question_hides_no_missed_one_after_a_short_first_visit,
					hide_time, show_time),
			cmocka_unit_test(a_live_question_hides_no_missed_one_when_the_reading_is_cut_off),
			cmocka_unit_test(looks_into_the_history_before_it_says_again),
			cmocka_unit_test(keeps_what_was_seen),
			cmocka_unit_test(saves_what_was_seen),
	};

	return cmocka_run_group_tests_name("irc_history", tests, NULL, NULL);
}
