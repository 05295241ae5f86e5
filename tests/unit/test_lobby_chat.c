/* The lobby's IRC server without a network: lines in, lines out. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/chat_complete.h"
#include "tests/unit/lobby_world.h"

static void test_welcome_waits_for_cap_end(void **state)
{
	struct world *world = *state;

	enter(world, 0);
	say(world, 0, "CAP LS 302");
	assert_seen(world, 0,
			":lobby CAP * LS :message-tags server-time echo-message batch labeled-response");
	say(world, 0, "NICK ann");
	say(world, 0, "USER ann 0 * :Ann");
	assert_unseen(world, 0, " 001 ");
	say(world, 0, "CAP REQ :batch nonsense");
	assert_seen(world, 0, "CAP ann NAK :batch nonsense");
	say(world, 0, "CAP REQ :message-tags -batch ");
	assert_seen(world, 0, "CAP ann ACK :message-tags -batch ");
	say(world, 0, "CAP END");
	assert_seen(world, 0, ":lobby 001 ann :Welcome");
	assert_seen(world, 0, "episoded/CHANNELS=#lobby");
	assert_seen(world, 0, ":lobby 422 ann ");
}

static void test_without_cap_it_works_too(void **state)
{
	struct world *world = *state;

	enter(world, 0);
	say(world, 0, "JOIN #lobby");
	assert_seen(world, 0, ":lobby 451 * :You have not registered");
	say(world, 0, "NICK ann\r\nUSER ann 0 * :Ann\nJOIN #lobby");
	assert_seen(world, 0, ":ann!ann@lobby JOIN #lobby\n");
	assert_seen(world, 0, ":lobby 353 ann = #lobby :episoded ann\n");
	assert_unseen(world, 0, "BATCH");
}

static void test_nicks_are_one_persons(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	enter(world, 1);
	say(world, 1, "NICK ANN");
	assert_seen(world, 1, ":lobby 433 * ANN :");
	say(world, 1, "NICK Episoded");
	assert_seen(world, 1, ":lobby 433 * Episoded :");
	say(world, 1, "NICK 민지\r\nUSER x 0 * :x\r\nJOIN #lobby");
	assert_seen(world, 0, ":민지!x@lobby JOIN #lobby\n");
	say(world, 1, "NICK minji");
	assert_seen(world, 0, ":민지!x@lobby NICK :minji\n");
}

#define SESSION "PASS page:0123456789abcdef\r\n"

static void enter_page(struct world *world, unsigned who, const char *pass)
{
	char line[200];

	enter(world, who);
	snprintf(line, sizeof(line), "%sCAP LS 302\r\nNICK ann\r\nUSER ann 0 * :x\r\nCAP END\r\nJOIN #lobby",
			pass);
	say(world, who, line);
}

static void test_a_page_that_reloads_keeps_its_nick(void **state)
{
	struct world *world = *state;

	join(world, 2, "cat", "");
	enter_page(world, 0, SESSION);
	enter_page(world, 1, SESSION);
	assert_seen(world, 1, ":lobby 001 ann ");
	assert_true(world->closed[0]);
	assert_seen(world, 0, ":lobby FAIL * SESSION_REPLACED :");
	assert_seen(world, 0, "ERROR :Replaced");
	assert_seen(world, 2,
			":ann!ann@lobby JOIN #lobby\n:ann!ann@lobby QUIT :Connected again\n"
			":ann!ann@lobby JOIN #lobby\n");
	assert_int_equal(chat_people(world->chat), 2);

	/* What the old connection still sends is not the new one's. */
	say(world, 0, "PRIVMSG #lobby :too late");
	assert_unseen(world, 2, "too late");
	chat_leave(world->chat, world->client[0], "Connection closed");
	say(world, 1, "PRIVMSG #lobby :here");
	assert_seen(world, 2, ":ann!ann@lobby PRIVMSG #lobby :here");
	if (strstr(strstr(str_text(&world->seen[2]), "QUIT") + 1, "QUIT"))
		fail_msg("a second QUIT");
	chat_leave(world->chat, world->client[1], "");
	chat_leave(world->chat, world->client[2], "");
}

static void test_a_nick_is_given_up_to_its_own_page_only(void **state)
{
	static const char *const others[] = {"", "PASS page:\r\n", "PASS page:short\r\n",
			"PASS 0123456789abcdef\r\n", "PASS page:0123456789abcdeF\r\n",
			"PASS page:0123456789abcdef0\r\n"};
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		enter_page(world, 0, i < 4 ? others[i] : SESSION);
		enter_page(world, 1, others[i]);
		assert_seen(world, 0, ":lobby 001 ann ");
		assert_seen(world, 1, ":lobby 433 * ann :");
		assert_false(world->closed[0]);
		for (unsigned who = 0; who < 2; who++) {
			chat_leave(world->chat, world->client[who], "");
			str_clear(&world->seen[who]);
		}
	}

	/* A client that is registered already cannot take the nick of another client, or a new token. */
	enter_page(world, 0, SESSION);
	join(world, 1, "bob", "");
	say(world, 1, SESSION "NICK ann");
	assert_seen(world, 1, ":lobby 433 bob ann :");
	assert_false(world->closed[0]);
	chat_leave(world->chat, world->client[0], "");
	chat_leave(world->chat, world->client[1], "");
}

static void test_bad_nicks_are_refused(void **state)
{
	const char *const bad[] = {"NICK 1ann", "NICK a!b", "NICK #ann", "NICK a@b", "NICK :a b", "NICK -a",
			"NICK a\xe2\x80\x8b", "NICK \xf0\x9f\x8e\xac",
			"NICK aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct world *world = *state;

	enter(world, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		str_clear(&world->seen[0]);
		say(world, 0, bad[i]);
		assert_seen(world, 0, ":lobby 432 * ");
	}
	say(world, 0, "NICK");
	assert_seen(world, 0, ":lobby 431 * ");
}

static void test_people_hear_each_other(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "message-tags server-time echo-message");
	say(world, 1, "@+episoded/id=x1;unknown=y;+typing=done PRIVMSG #lobby :hello: world");
	assert_seen(world, 0, ":bob!bob@lobby PRIVMSG #lobby :hello: world\n");
	assert_int_equal(str_text(&world->seen[0])[0], ':');
	assert_seen(world, 1, ";+episoded/id=x1;+typing=done :bob!bob@lobby PRIVMSG #lobby :hello: world\n");
	assert_seen(world, 1, "@time=2022-01-28T00:00:00.000Z;msgid=");
	assert_unseen(world, 1, "unknown");
	assert_string_equal(str_text(&world->heard), "#lobby|bob|hello: world|0|0\n");
	say(world, 0, "PRIVMSG #lobby :no echo for me");
	assert_unseen(world, 0, "no echo");
}

static void test_the_bot_detects_messages_for_it(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	say(world, 0, "PRIVMSG #lobby :episoded: episode 5");
	say(world, 0, "PRIVMSG #lobby :@Episoded episode 6");
	say(world, 0, "PRIVMSG episoded :episode 7");
	say(world, 0, "PRIVMSG #lobby :episodedly");
	assert_string_equal(str_text(&world->heard), "#lobby|ann|episode 5|0|1\n"
						     "#lobby|ann|episode 6|0|1\n"
						     "ann|ann|episode 7|1|1\n"
						     "#lobby|ann|episodedly|0|0\n");
}

static void test_the_bot_ignores_chatter(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	say(world, 0, "NOTICE #lobby :!episode 5");
	say(world, 0, "NOTICE episoded :!episode 5");
	say(world, 0,
			"PRIVMSG #lobby :\x01"
			"ACTION waves\x01");
	say(world, 0, "MODE ann +B");
	say(world, 0, "PRIVMSG #lobby :!episode 5");
	assert_int_equal(world->heard.length, 0);
}

static struct reply *make_answer(struct reply *reply)
{
	reply_init(reply);
	reply_set_title(reply, "Episode 5; the \\ test");
	reply_set_teaser(reply, "A drone.");
	reply_set_text(reply, "What happens.");
	reply->is_text_veiled = true;
	reply_set_spoiler(reply, "Spoils a later episode");
	reply_set_spoil(reply, "spoil 5");
	return reply;
}

static void test_an_answer_is_a_card_or_lines(void **state)
{
	struct world *world = *state;
	struct reply reply;
	char expected[100];

	join(world, 0, "ann", "message-tags episoded/card");
	join(world, 1, "bob", "message-tags");
	world->answer = make_answer(&reply);
	say(world, 0, "PRIVMSG #lobby :!episode 5");
	assert_seen(world, 0,
			"episoded/"
			"card={\"kind\":\"answer\",\"title\":\"Episode\\s5\\:\\sthe\\s\\\\\\\\\\stest\",");
	assert_seen(world, 0,
			":episoded!episoded@lobby PRIVMSG #lobby :\x02"
			"Episode 5; the \\ test\x0f\n");
	assert_unseen(world, 0, "PRIVMSG #lobby :\x03");
	assert_seen(world, 1,
			"PRIVMSG #lobby :\x02"
			"Episode 5; the \\ test\x0f\n");
	assert_seen(world, 0, "\"teaser\":\"A\\sdrone.\",\"spoiler\":\"Spoils\\sa\\slater\\sepisode\",");
	assert_seen(world, 0, "\"text\":\"What\\shappens.\",\"veiled\":{\"text\":true}");
	assert_seen(world, 1, "PRIVMSG #lobby :A drone.\n");
	assert_seen(world, 1,
			"PRIVMSG #lobby :Spoils a later episode: say !spoil 5, and I'll tell you alone.\n");
	assert_unseen(world, 1, "What happens");
	snprintf(expected, sizeof(expected), ";bot;+reply=%s", world->asked_id);
	assert_seen(world, 0, expected);
	assert_seen(world, 1, expected);
	reply_release(&reply);
}

static void test_a_private_answer_is_for_the_asker_only(void **state)
{
	struct world *world = *state;
	struct reply reply;

	join(world, 0, "ann", "message-tags");
	join(world, 1, "bob", "message-tags");
	world->answer = make_answer(&reply);
	reply.is_private = true;
	say(world, 0, "PRIVMSG #lobby :!help");
	assert_seen(world, 0, ";+channel-context=#lobby :episoded!episoded@lobby PRIVMSG ann :");
	assert_unseen(world, 1, "episoded!");
	say(world, 1, "CHATHISTORY LATEST #lobby * 50");
	assert_unseen(world, 1, "What happens");
	reply_release(&reply);
}

static void test_a_long_answer_goes_on_with_more(void **state)
{
	struct world *world = *state;
	struct message asked = {.id = "1",
			.channel = "#lobby",
			.author_id = "ann",
			.author_name = "ann",
			.text = "x"};
	size_t position = 0, parts = 0;
	struct reply reply;
	char item[300];

	join(world, 0, "ann", "message-tags episoded/card");
	reply_init(&reply);
	for (int i = 0; i < 60; i++) {
		snprintf(item, sizeof(item), "item%02d %0250d", i, i);
		reply_add_item(&reply, item);
	}
	do {
		size_t before = position;

		assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 0), 0);
		assert_true(position == 0 || position > before);
		parts++;
	} while (position);
	assert_int_equal(parts, 3);
	assert_seen(world, 0, "[\"More\",\"more\"]");
	for (int i = 0; i < 60; i++) {
		snprintf(item, sizeof(item), "\"item%02d\\s", i);
		assert_seen(world, 0, item);
	}
	reply_release(&reply);
}

/* A picture is veiled with the text, and the later parts have neither text nor reason. */
static void test_the_later_part_of_an_answer_showed_the_veiled_picture(void **state)
{
	struct world *world = *state;
	struct message asked = {.id = "1",
			.channel = "#lobby",
			.author_id = "ann",
			.author_name = "ann",
			.text = "x"};
	size_t position = 0;
	struct reply reply;
	char item[300];

	join(world, 0, "ann", "message-tags episoded/card");
	reply_init(&reply);
	reply_set_text(&reply, "What happens.");
	reply.is_text_veiled = true;
	reply_set_spoiler(&reply, "Spoils a later episode");
	reply_set_image(&reply, "https://example.org/5.jpg");
	for (int i = 0; i < 60; i++) {
		snprintf(item, sizeof(item), "item%02d %0250d", i, i);
		reply_add_item(&reply, item);
	}
	assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 0), 0);
	assert_true(position > 0);
	assert_seen(world, 0, "\"image\":\"https://example.org/5.jpg\"");
	str_clear(&world->seen[0]);
	while (position)
		assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 0), 0);
	assert_seen(world, 0, "\"item59\\s");
	assert_unseen(world, 0, "5.jpg");
	reply_release(&reply);
}

static void test_an_answer_without_a_recipient_is_an_error(void **state)
{
	struct world *world = *state;
	struct message asked = {
			.id = "", .channel = "#gone", .author_id = "x", .author_name = "x", .text = ""};
	struct reply reply;
	size_t position = 0;

	make_answer(&reply);
	assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 0), -ENOENT);
	asked.is_private = true;
	assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 0), -ENOENT);
	reply_release(&reply);
}

static void test_history_comes_on_join_as_a_batch(void **state)
{
	struct world *world = *state;
	struct reply reply;

	join(world, 0, "ann", "");
	world->answer = make_answer(&reply);
	say(world, 0, "PRIVMSG #lobby :!episode 5");
	world->answer = NULL;
	enter(world, 1);
	say(world, 1,
			"CAP REQ :batch message-tags episoded/card\r\nNICK bob\r\nUSER b 0 * :b\r\nCAP "
			"END\r\nJOIN "
			"#lobby");
	assert_seen(world, 1, " BATCH +");
	assert_seen(world, 1, " chathistory #lobby\n@batch=");
	assert_seen(world, 1, ":ann!ann@lobby PRIVMSG #lobby :!episode 5\n@batch=");
	assert_seen(world, 1, "episoded/card=");
	assert_seen(world, 1, ":lobby BATCH -");
	reply_release(&reply);
}

static void test_history_is_bounded(void **state)
{
	struct world *world = *state;
	size_t count = 0;

	join(world, 0, "ann", "message-tags batch draft/chathistory");
	for (int i = 0; i < CHAT_HISTORY_MAX + 50; i++) {
		char line[64];

		snprintf(line, sizeof(line), "PRIVMSG #lobby :<%d>", i);
		say(world, 0, line);
	}
	say(world, 0, "CHATHISTORY LATEST #lobby * 1000");
	for (const char *at = str_text(&world->seen[0]); (at = strstr(at, " PRIVMSG ")); at++)
		count++;
	assert_int_equal(count, CHAT_HISTORY_MAX);
	assert_unseen(world, 0, "<49>");
	assert_seen(world, 0, "<50>");
}

static void test_labels_mark_their_answers(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "message-tags batch labeled-response echo-message");
	say(world, 0, "@label=one PING x");
	assert_seen(world, 0, "@label=one :lobby PONG lobby :x\n");
	say(world, 0, "@label=two PONG x");
	assert_seen(world, 0, "@label=two :lobby ACK\n");
	say(world, 0, "@label=three NAMES #lobby");
	assert_seen(world, 0, "@label=three :lobby BATCH +");
	assert_seen(world, 0, " labeled-response\n@batch=");
	say(world, 0, "@label=four PRIVMSG #lobby :hi");
	assert_seen(world, 0, "@label=four;msgid=");
}

static void test_an_answer_has_no_label(void **state)
{
	struct world *world = *state;
	struct reply reply;

	join(world, 0, "ann", "message-tags batch labeled-response echo-message");
	world->answer = make_answer(&reply);
	say(world, 0, "@label=five PRIVMSG #lobby :!episode 5");
	assert_seen(world, 0, "@label=five;msgid=");
	assert_seen(world, 0, "\n@msgid=");
	assert_unseen(world, 0, "labeled-response");
	reply_release(&reply);
}

static void test_typing_is_relayed_and_not_kept(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "message-tags");
	join(world, 1, "bob", "message-tags");
	join(world, 2, "old", "");
	say(world, 0, "@+typing=active TAGMSG #lobby");
	assert_seen(world, 1, ";+typing=active :ann!ann@lobby TAGMSG #lobby\n");
	assert_int_equal(world->seen[0].length, 0);
	assert_int_equal(world->seen[2].length, 0);
	say(world, 1, "CHATHISTORY LATEST #lobby * 10");
	assert_unseen(world, 1, "BATCH");
}

static void test_long_and_malformed_lines_are_reported(void **state)
{
	static char line[CHAT_TAGS_MAX_BYTES + 600];
	struct world *world = *state;

	join(world, 0, "ann", "message-tags");
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "PRIVMSG #lobby :", 16);
	say(world, 0, line);
	assert_seen(world, 0, ":lobby 417 ann :");
	str_clear(&world->seen[0]);
	memcpy(line, "@+a=", 4);
	say(world, 0, line);
	assert_seen(world, 0, ":lobby 417 ann :");
	say(world, 0, "PRIVMSG #lobby :\xff\xfe");
	assert_seen(world, 0, "FAIL * INVALID_UTF8");
	chat_receive(world->chat, world->client[0], "PRIVMSG #lobby :a\0b", 19, world->time);
	assert_seen(world, 0, "FAIL * INVALID_MESSAGE");
	assert_int_equal(world->heard.length, 0);
	assert_false(world->closed[0]);
}

static void test_a_line_for_others_stays_within_512(void **state)
{
	struct world *world = *state;
	char line[CHAT_LINE_MAX_BYTES + 1];
	size_t length;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	length = (size_t)snprintf(line, sizeof(line), "PRIVMSG #lobby :");
	while (length + 2 < sizeof(line)) {
		memcpy(line + length, "\xc3\xa9", 2);
		length += 2;
	}
	line[length] = '\0';
	say(world, 0, line);
	assert_true(world->seen[1].length > 500);
	assert_true(world->seen[1].length <= CHAT_LINE_MAX_BYTES + 1);
	assert_seen(world, 1, "\xc3\xa9\n");
}

static void test_a_sign_longer_than_a_line_was_cut_inside_a_character(void **state)
{
	static const char *const signs[] = {
			"e", "\xc3\xa9"}; /* so that the cut falls on either byte of a mark */
	struct world *world = *state;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	for (size_t i = 0; i < 2; i++) {
		char line[CHAT_LINE_MAX_BYTES + 1];
		size_t length = (size_t)snprintf(line, sizeof(line), "PRIVMSG #lobby :%s", signs[i]);

		while (length + 2 < sizeof(line)) {
			memcpy(line + length, "\xcc\x81", 2);
			length += 2;
		}
		line[length] = '\0';
		str_clear(&world->seen[1]);
		say(world, 0, line);
		assert_seen(world, 1, signs[i]);
		assert_true(utf8_valid(str_text(&world->seen[1]), world->seen[1].length));
	}
}

static void test_errors_have_their_numerics(void **state)
{
	static const struct {
		const char *line, *answer;
	} cases[] = {
			{"NONSENSE", " 421 ann NONSENSE :"},
			{"JOIN", " 461 ann JOIN :"},
			{"JOIN lobby", " 403 ann lobby :"},
			{"PART #no", " 403 ann #no :"},
			{"PRIVMSG", " 411 ann :"},
			{"PRIVMSG #lobby", " 412 ann :"},
			{"PRIVMSG #no :x", " 403 ann #no :"},
			{"PRIVMSG ghost :x", " 401 ann ghost :"},
			{"TOPIC #lobby :x", " 482 ann #lobby :"},
			{"TOPIC #lobby", " 331 ann #lobby :"},
			{"MODE #lobby", " 324 ann #lobby +nt"},
			{"MODE ann", " 221 ann +"},
			{"MODE bob", " 502 ann :"},
			{"WHO #lobby", " 352 ann #lobby episoded lobby lobby episoded HB :0 "},
			{"WHO #lobby", " 315 ann #lobby :"},
			{"WHOIS episoded", " 335 ann episoded :is a bot"},
			{"WHOIS ghost", " 401 ann ghost :"},
			{"LIST", " 322 ann #lobby 2 :"},
			{"ISON ann ghost episoded", " 303 ann :ann episoded"},
			{"USER a b c d", " 462 ann :"},
			{"CAP WHAT", " 410 ann WHAT :"},
			{"CAP LIST", "CAP ann LIST :"},
			{"NICK episoded", " 433 ann episoded :"},
	};
	struct world *world = *state;

	join(world, 0, "ann", "");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str_clear(&world->seen[0]);
		say(world, 0, cases[i].line);
		assert_seen(world, 0, cases[i].answer);
	}
}

static void test_a_notice_is_never_answered(void **state)
{
	static const char *const lines[] = {"NOTICE", "NOTICE #lobby", "NOTICE #no :x", "NOTICE ghost :x",
			"NOTICE #bobs :x", "NOTICE episoded :!ping"};
	struct world *world = *state;

	join(world, 0, "ann", "message-tags");
	join(world, 1, "bob", "");
	say(world, 1, "JOIN #bobs");
	str_clear(&world->seen[1]);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		say(world, 0, lines[i]);
	assert_string_equal(str_text(&world->seen[0]), "");
	say(world, 0, "NOTICE bob :hi");
	assert_string_equal(str_text(&world->seen[1]), ":ann!ann@lobby NOTICE bob :hi\n");
}

static void test_tags_alone_are_echoed_to_their_sender(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "message-tags echo-message batch labeled-response");
	join(world, 1, "bob", "message-tags");
	say(world, 0, "@label=1;+draft/react=x TAGMSG #lobby");
	assert_seen(world, 0, "@label=1;msgid=");
	assert_seen(world, 0, ";+draft/react=x :ann!ann@lobby TAGMSG #lobby\n");
	say(world, 0, "@label=2;+typing=done TAGMSG bob");
	assert_seen(world, 0, "@label=2;msgid=");
	assert_seen(world, 0, ";+typing=done :ann!ann@lobby TAGMSG bob\n");
	assert_seen(world, 1, ";+typing=done :ann!ann@lobby TAGMSG bob\n");
	say(world, 0, "@label=3;+typing=done TAGMSG episoded");
	assert_seen(world, 0, "@label=3;msgid=");
	say(world, 1, "@+typing=active TAGMSG ann");
	assert_unseen(world, 1, "bob!bob@lobby TAGMSG"); /* without the capability */
	say(world, 1, "PART #lobby");
	say(world, 1, "@+typing=active TAGMSG #lobby");
	assert_seen(world, 1, " 404 bob #lobby :");
}

static void test_leaving_is_reported_once(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	say(world, 1, "QUIT :bye");
	assert_seen(world, 0, ":bob!bob@lobby QUIT :bye\n");
	assert_seen(world, 1, "ERROR :Goodbye\n");
	assert_true(world->closed[1]);
	str_clear(&world->seen[0]);
	chat_leave(world->chat, world->client[1], "Connection closed");
	assert_int_equal(world->seen[0].length, 0);
	join(world, 2, "bob", "");
	str_clear(&world->seen[0]);
	chat_leave(world->chat, world->client[2], "Connection closed");
	assert_seen(world, 0, ":bob!bob@lobby QUIT :Connection closed\n");
	assert_int_equal(chat_people(world->chat), 1);
}

static void test_channels_come_and_go_with_the_configuration(void **state)
{
	static char lobby[] = "#lobby", films[] = "#films";
	struct world *world = *state;
	char *both[] = {lobby, films}, *one[] = {films};

	join(world, 0, "ann", "");
	assert_int_equal(chat_set_channels(world->chat, both, 2), 0);
	assert_int_equal(chat_channels(world->chat), 2);
	assert_int_equal(chat_set_channels(world->chat, one, 1), 0);
	assert_seen(world, 0, ":episoded!episoded@lobby PART #lobby\n");
	say(world, 0, "PRIVMSG #lobby :!episode 5");
	assert_int_equal(world->heard.length, 0);
	assert_false(chat_channel_ok("lobby"));
	assert_false(chat_channel_ok("#"));
	assert_false(chat_channel_ok("#a b"));
	assert_false(chat_channel_ok("#a,b"));
}

static void test_a_flood_is_slowed(void **state)
{
	struct world *world = *state;
	uint64_t wait_ms = 0;
	int lines = 0;

	join(world, 0, "ann", "");
	while (!wait_ms && lines < 10000) {
		wait_ms = chat_receive(world->chat, world->client[0], "PING x", 6, world->time);
		lines++;
	}
	assert_in_range(lines, 100, 1000);
	world->time.now_ms += wait_ms;
	assert_int_equal(chat_receive(world->chat, world->client[0], "PING x", 6, world->time), 0);
}

static void test_the_lobby_has_an_end(void **state)
{
	struct world *world = *state;
	struct chat_client *client;
	struct str seen = STR(1);

	for (int i = 0; i < CHAT_CLIENTS_MAX; i++)
		assert_int_equal(chat_enter(world->chat, &seen, 0, &client), 0);
	assert_int_equal(chat_enter(world->chat, &seen, 0, &client), -ENOSPC);
}

static void test_goodbye_reaches_everybody(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	enter(world, 1);
	chat_goodbye(world->chat, "The bot is stopping.");
	assert_seen(world, 0, "ERROR :The bot is stopping.\n");
	assert_seen(world, 1, "ERROR :The bot is stopping.\n");
	assert_true(world->closed[0] && world->closed[1]);
}

static void tick(struct world *world, uint64_t now_ms, uint64_t expected_ms)
{
	world->time.now_ms = now_ms;
	assert_int_equal(chat_tick(world->chat, now_ms), expected_ms);
}

static void test_a_link_that_never_registers_stayed_for_ever(void **state)
{
	struct world *world = *state;

	tick(world, 1000, 0);
	enter(world, 0);
	tick(world, 1000, CHAT_REGISTER_MS);
	tick(world, 1000 + CHAT_REGISTER_MS - 1, 1);
	say(world, 0, "NICK ann\r\nPING x"); /* lines alone do not help */
	tick(world, 1000 + CHAT_REGISTER_MS, CHAT_PONG_MS);
	assert_true(world->closed[0]);
	assert_seen(world, 0, "ERROR :Registration timed out\n");
	tick(world, 1000 + CHAT_REGISTER_MS, 0);
	/* In the middle of the negotiation, too. */
	enter(world, 1);
	say(world, 1, "CAP LS 302\r\nNICK bob\r\nUSER b 0 * :b");
	tick(world, 1000 + 2 * CHAT_REGISTER_MS, CHAT_PONG_MS);
	assert_true(world->closed[1]);
}

static void test_a_dead_link_is_asked_and_cut(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	tick(world, 1000 + CHAT_PING_MS - 1, 1);
	assert_unseen(world, 0, "PING");
	tick(world, 1000 + CHAT_PING_MS, CHAT_PONG_MS);
	assert_seen(world, 0, "PING :lobby\n");
	world->time.now_ms += 5000;
	say(world, 0, "PONG lobby");
	tick(world, 1000 + CHAT_PING_MS + CHAT_PONG_MS, CHAT_PING_MS - CHAT_PONG_MS + 5000);
	assert_false(world->closed[0]);
	assert_true(world->closed[1]);
	assert_seen(world, 1, "PING :lobby\nERROR :Ping timeout\n");
	chat_leave(world->chat, world->client[1], "Connection closed");
	assert_seen(world, 0, ":bob!bob@lobby QUIT :Connection closed\n");
}

static void test_one_visitor_took_every_channel(void **state)
{
	struct world *world = *state;
	char name[40];

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	for (int i = 0; i < CHAT_CHANNELS_MAX; i++) {
		snprintf(name, sizeof(name), "JOIN #a%d", i);
		say(world, 0, name);
	}
	assert_seen(world, 0, ":lobby 366 ann #a18 ");
	assert_seen(world, 0, ":lobby 405 ann #a19 :Too many channels");
	for (int i = 0; i < CHAT_JOINED_MAX; i++) {
		snprintf(name, sizeof(name), "JOIN #b%d", i);
		say(world, 1, name);
	}
	assert_seen(world, 1, ":lobby 366 bob #b12 ");
	assert_seen(world, 1, ":lobby 405 bob #b13 :Too many channels");
	say(world, 1, "JOIN #a1");
	assert_seen(world, 1, ":lobby 366 bob #a1 ");
	say(world, 1, "PART #b0");
	say(world, 1, "JOIN #c");
	assert_seen(world, 1, ":lobby 366 bob #c ");
}

static void test_configured_channels_find_their_place_among_many(void **state)
{
	char names[100][16], *channels[100];
	struct world *world = *state;
	char name[40];

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	for (int i = 0; i < CHAT_GUEST_CHANNELS; i++) {
		snprintf(name, sizeof(name), "JOIN #a%d", i);
		say(world, i % 2 ? 1 : 0, name);
	}
	for (size_t i = 0; i < 100; i++) {
		snprintf(names[i], sizeof(names[i]), "#kept%zu", i);
		channels[i] = names[i];
	}
	assert_int_equal(chat_set_channels(world->chat, channels, 100), 0);
	assert_int_equal(chat_channels(world->chat), 100);
}

/* The history of all channels together is limited; the configured channels are shortened last. */
static void test_history_of_all_channels_is_bounded(void **state)
{
	struct world *world = *state;
	char line[CHAT_LINE_MAX_BYTES + 1], name[40], tags[3700];
	struct str message = STR(8192);
	size_t kept = 0;

	memset(tags, 'x', sizeof(tags) - 1);
	tags[sizeof(tags) - 1] = '\0';
	join(world, 0, "ann", "batch draft/chathistory message-tags");
	join(world, 1, "bob", "batch draft/chathistory message-tags");
	say(world, 0, "PRIVMSG #lobby :the first of all");
	for (int channel = 0; channel < CHAT_GUEST_CHANNELS; channel++) {
		unsigned who = channel % 2 ? 1 : 0;

		snprintf(name, sizeof(name), "JOIN #a%d", channel);
		say(world, who, name);
		snprintf(line, sizeof(line), "PRIVMSG #a%d :words", channel);
		for (int i = 0; i < 70; i++) {
			str_clear(&message);
			str_printf(&message, "@+x=%s %s", tags, line);
			say(world, who, str_text(&message));
		}
	}
	str_clear(&world->seen[0]);
	say(world, 0, "CHATHISTORY LATEST #lobby * 200");
	assert_seen(world, 0, "the first of all");
	for (int channel = 0; channel < CHAT_GUEST_CHANNELS; channel++) {
		unsigned who = channel % 2 ? 1 : 0;

		str_clear(&world->seen[who]);
		snprintf(line, sizeof(line), "CHATHISTORY LATEST #a%d * 200", channel);
		say(world, who, line);
		for (const char *at = str_text(&world->seen[who]); (at = strstr(at, ":words\n")); at++)
			kept++;
	}
	assert_in_range(kept, CHAT_HISTORY_ALL_BYTES / 5000, CHAT_HISTORY_ALL_BYTES / sizeof(tags));
	str_release(&message);
}

static void assert_nick(struct world *world, unsigned who, const char *nick, const char *numeric)
{
	char line[100];

	str_clear(&world->seen[who]);
	snprintf(line, sizeof(line), "NICK %s", nick);
	say(world, who, line);
	if (*numeric) {
		assert_seen(world, who, numeric);
		assert_unseen(world, who, "NICK :");
	} else {
		snprintf(line, sizeof(line), "NICK :%s\n", nick);
		assert_seen(world, who, line);
	}
}

static void test_a_nick_that_looks_like_the_bot_was_taken(void **state)
{
	static const char *const bots[] = {"episoded", "EPISODED", "еріѕоԁеԁ", "ерisoded", "εpisoded",
			"epis0ded", "eplsoded", "ep1soded", "ep|soded", "épisoded", "episødeđ",
			"e\xcc\x81pisoded", "ｅｐｉｓｏｄｅｄ", "𝐞𝐩𝐢𝐬𝐨𝐝𝐞𝐝", "ⓔⓟⓘⓢⓞⓓⓔⓓ",
			"episo\xe2\x80\x8d"
			"ded",
			"episo\xef\xb8\x8f"
			"ded",
			"episocled", "episoded_", "_episoded", "epi-soded", "ep3i", "epi5oded", "3pisoded",
			"`episoded`", "ᎬpisodeᏧ", "epısoded", "ᴇᴘɪꜱᴏᴅᴇᴅ", "episöded", "[episoded]"};
	struct world *world = *state;

	join(world, 0, "ann", "");
	for (size_t i = 0; i < sizeof(bots) / sizeof(bots[0]); i++) {
		if (strcmp(bots[i], "ep3i") == 0)
			assert_nick(world, 0, bots[i], "");
		else
			assert_nick(world, 0, bots[i], ":lobby 43");
	}
	assert_nick(world, 0, "episodes", "");
	assert_nick(world, 0, "민지", "");
}

static void test_a_nick_that_looks_like_another_persons_was_taken(void **state)
{
	static const char *const others[] = {"ANN", "аnn", "ánn", "ａｎｎ", "αnn", "an\xe2\x80\x8dn"};
	struct world *world = *state;

	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_nick(world, 1, others[i], ":lobby 433");
	assert_nick(world, 1, "b0b", ""); /* its own */
	assert_nick(world, 1, "anna", "");
	say(world, 0, "QUIT :gone");
	assert_nick(world, 1, "аnn", "");
}

/* Only the bot has the account: no mode, nick or tag gives it to a person. */
static void test_only_the_bot_has_an_account(void **state)
{
	struct world *world = *state;
	struct reply reply;

	join(world, 0, "ann", "message-tags account-tag echo-message");
	join(world, 1, "bob", "message-tags account-tag");
	say(world, 1, "MODE bob +B");
	say(world, 1, "@account=episoded;+account=episoded PRIVMSG #lobby :!ping");
	assert_seen(world, 0, ";bot;+account=episoded :bob!bob@lobby PRIVMSG #lobby :!ping\n");
	assert_unseen(world, 0, ";account=");
	world->answer = make_answer(&reply);
	say(world, 0, "PRIVMSG #lobby :!episode 5");
	assert_seen(world, 0, "@account=episoded;msgid=");
	reply_release(&reply);
}

static void test_suggestions_are_for_one_client_in_its_channel(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "message-tags");
	join(world, 1, "bob", "message-tags");
	say(world, 0, "COMPLETE 7 #LOBBY episode episode :dro ne;");
	assert_seen(world, 0,
			"@episoded/suggestions=[[\"#lobby|ann|0\",\"episode\\sepisode\\sdro\\sne\\:\"]] "
			":lobby "
			"COMPLETE 7\n");
	assert_string_equal(str_text(&world->seen[1]), "");
	assert_string_equal(str_text(&world->heard), ""); /* it is no message */
	str_clear(&world->seen[0]);
	say(world, 0, "COMPLETE 8 episoded who name :");
	assert_seen(world, 0, "[[\"ann|ann|1\",\"who\\sname\\s\"]] :lobby COMPLETE 8\n");
	str_clear(&world->seen[0]);
	say(world, 0, "COMPLETE 9 #elsewhere who name :x");
	assert_string_equal(str_text(&world->seen[0]), "@episoded/suggestions=[] :lobby COMPLETE 9\n");
	say(world, 0, "COMPLETE");
	assert_seen(world, 0, " 461 ann COMPLETE ");
}

static void test_a_word_is_looked_up_as_the_bot_reads_it(void **state)
{
	static const char *const words[][2] = {{"episode", "command :episode"}, {"EP", "command :episode"},
			{"ep5", "command :episode"}, {"s01e05", "command :episode"},
			{"epsiode", "typo :episode"}, {"xyzzy", "other :"}, {"stats", "other :"},
			{"", "other :"}, {"two words", "other :"}, {"relaod", "other :"} /* of owners */};
	struct world *world = *state;

	join(world, 0, "ann", "message-tags");
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char line[100], answer[100];

		str_clear(&world->seen[0]);
		snprintf(line, sizeof(line), "COMPLETE 1 :%s", words[i][0]);
		snprintf(answer, sizeof(answer), ":lobby COMPLETE 1 %s\n", words[i][1]);
		say(world, 0, line);
		assert_string_equal(str_text(&world->seen[0]), answer);
	}
}

static void test_suggestions_need_tags_and_stay_within_a_line(void **state)
{
	struct world *world = *state;

	join(world, 0, "ann", "");
	say(world, 0, "COMPLETE 7 #lobby episode episode :x");
	assert_seen(world, 0, " 421 ann COMPLETE ");
	join(world, 1, "bob", "message-tags");
	world->padding = CHAT_SUGGESTIONS_MAX_BYTES;
	say(world, 1, "COMPLETE 7 #lobby episode episode :x");
	assert_string_equal(str_text(&world->seen[1]), "@episoded/suggestions=[] :lobby COMPLETE 7\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void test_the_topic_follows_the_show_and_the_name(void **state)
{
	struct world *world = *state;

	world->topic = "A show";
	join(world, 0, "ann", "message-tags episoded/topic");
	join(world, 1, "bob", "");
	say(world, 0, "PART #lobby");
	say(world, 0, "JOIN #lobby");
	say(world, 1, "PART #lobby");
	say(world, 1, "JOIN #lobby");
	assert_seen(world, 0,
			"@episoded/topic={\"of\":\"#lobby\\:\\sfor\\sann\"} :lobby 332 ann #lobby :A show\n");
	assert_seen(world, 1, "\n:lobby 332 bob #lobby :A show\n");
	str_clear(&world->seen[0]);
	str_clear(&world->seen[1]);
	chat_send_topics(world->chat);
	assert_seen(world, 0, "332 ann #lobby :A show\n"); /* its data may be other than before */
	assert_unseen(world, 1, "#lobby");
	world->topic = "Another show";
	chat_send_topics(world->chat);
	assert_seen(world, 0, "332 ann #lobby :Another show\n");
	assert_seen(world, 1, "TOPIC #lobby :Another show\n");
	str_clear(&world->seen[0]);
	str_clear(&world->seen[1]);
	chat_send_topics(world->chat);
	assert_unseen(world, 1, "#lobby"); /* it knows already */
	say(world, 0, "NICK anna");
	assert_seen(world, 0, "\\sfor\\sanna\"} :lobby 332 anna #lobby :");
	say(world, 1, "LIST");
	assert_seen(world, 1, " 322 bob #lobby 3 :Another show\n");
	say(world, 1, "TOPIC #lobby");
	assert_seen(world, 1, " 332 bob #lobby :Another show\n");
}

static void test_a_wrong_question_was_answered_to_everybody(void **state)
{
	struct world *world = *state;
	struct message asked = {.id = "",
			.channel = "#lobby",
			.author_id = "ann",
			.author_name = "ann",
			.account = "",
			.text = ""};
	struct reply reply;
	size_t position = 0;

	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply_set_text(&reply, "No episode 13.");
	join(world, 0, "ann", "");
	join(world, 1, "bob", "");
	assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 2000), 0);
	assert_seen(world, 0, "PRIVMSG ann :No episode 13.");
	assert_unseen(world, 1, "No episode 13.");
	/* Asked before a restart, by a person who has not come back. */
	asked.author_id = "cat";
	assert_int_equal(chat_say(world->chat, &asked, &reply, &position, 2000), 0);
	assert_seen(world, 1, "PRIVMSG #lobby :No episode 13.");
	reply_release(&reply);
}

static void test_a_channel_without_the_bot_has_no_topic(void **state)
{
	struct world *world = *state;

	world->topic = "A show";
	join(world, 0, "ann", "message-tags episoded/topic");
	str_clear(&world->seen[0]);
	say(world, 0, "JOIN #mine");
	say(world, 0, "LIST");
	chat_send_topics(world->chat);
	assert_unseen(world, 0, " 332 ann #mine");
	assert_seen(world, 0, " 322 ann #mine 1 :\n");
}

static void test_a_topic_longer_than_a_line_is_cut(void **state)
{
	static char name[2000];
	struct world *world = *state;
	const char *line;

	memset(name, 'x', sizeof(name) - 1);
	world->topic = name;
	join(world, 0, "ann", "");
	say(world, 0, "TOPIC #lobby");
	line = strstr(str_text(&world->seen[0]), " 332 ");
	assert_non_null(line);
	assert_true(strcspn(line, "\n") < CHAT_LINE_MAX_BYTES);
	assert_true(strcspn(line, "\n") > CHAT_TOPIC_MAX_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_welcome_waits_for_cap_end),
			TEST(test_without_cap_it_works_too),
			TEST(test_nicks_are_one_persons),
			TEST(test_a_page_that_reloads_keeps_its_nick),
			TEST(test_a_nick_is_given_up_to_its_own_page_only),
			TEST(test_bad_nicks_are_refused),
			TEST(test_people_hear_each_other),
			TEST(test_the_bot_detects_messages_for_it),
			TEST(test_the_bot_ignores_chatter),
			TEST(test_an_answer_is_a_card_or_lines),
			TEST(test_a_private_answer_is_for_the_asker_only),
			TEST(test_a_long_answer_goes_on_with_more),
			TEST(test_the_later_part_of_an_answer_showed_the_veiled_picture),
			TEST(test_an_answer_without_a_recipient_is_an_error),
			TEST(test_history_comes_on_join_as_a_batch),
			TEST(test_history_is_bounded),
			TEST(test_labels_mark_their_answers),
			TEST(test_an_answer_has_no_label),
			TEST(test_typing_is_relayed_and_not_kept),
			TEST(test_long_and_malformed_lines_are_reported),
			TEST(test_a_line_for_others_stays_within_512),
			TEST(test_a_sign_longer_than_a_line_was_cut_inside_a_character),
			TEST(test_errors_have_their_numerics),
			TEST(test_a_notice_is_never_answered),
			TEST(test_tags_alone_are_echoed_to_their_sender),
			TEST(test_leaving_is_reported_once),
			TEST(test_channels_come_and_go_with_the_configuration),
			TEST(test_a_flood_is_slowed),
			TEST(test_the_lobby_has_an_end),
			TEST(test_goodbye_reaches_everybody),
			TEST(test_a_link_that_never_registers_stayed_for_ever),
			TEST(test_a_dead_link_is_asked_and_cut),
			TEST(test_one_visitor_took_every_channel),
			TEST(test_configured_channels_find_their_place_among_many),
			TEST(test_history_of_all_channels_is_bounded),
			TEST(test_a_nick_that_looks_like_the_bot_was_taken),
			TEST(test_a_nick_that_looks_like_another_persons_was_taken),
			TEST(test_only_the_bot_has_an_account),
			TEST(test_suggestions_are_for_one_client_in_its_channel),
			TEST(test_a_word_is_looked_up_as_the_bot_reads_it),
			TEST(test_suggestions_need_tags_and_stay_within_a_line),
			TEST(test_the_topic_follows_the_show_and_the_name),
			TEST(test_a_wrong_question_was_answered_to_everybody),
			TEST(test_a_channel_without_the_bot_has_no_topic),
			TEST(test_a_topic_longer_than_a_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
