#ifndef EPISODED_TESTS_IRC_ANSWER_SCRIPT_H
#define EPISODED_TESTS_IRC_ANSWER_SCRIPT_H

/* Replies sent by a session to a scripted server. */

#include "tests/unit/irc_script.h"

#include <stdio.h>

#include "bot/gateway/irc/answer.h"
#include "bot/gateway/irc/multiline.h"

static const struct message asked = {.id = "q1",
		.channel = "#tv",
		.author_id = "~jin",
		.author_name = "jin",
		.account = "",
		.text = "!x",
		.time_ms = WALL_MS};

/* Register with a server that has these capabilities in addition to tags and batches, and these 005 tokens; join #tv. */
static inline void register_on(
		struct script *script, const char *version, const char *cap, const char *tokens)
{
	char line[400];

	snprintf(line, sizeof(line), ":s CAP * LS :message-tags batch echo-message %s", cap);
	server(script, line);
	snprintf(line, sizeof(line), ":s CAP * ACK :message-tags batch echo-message %.*s",
			(int)strcspn(cap, "="), cap);
	server(script, line);
	snprintf(line, sizeof(line),
			":s 001 bot :hi\n:s 004 bot s %s a b\n:s 005 bot %s CHANTYPES=# :are\n:s 422 bot :no",
			version, tokens);
	server(script, line);
	server(script, ":bot!~user@host.example JOIN #tv");
	pass(script, 20000);
	str_clear(&script->sent);
}

static inline void begin_on(struct script *script, const char *version, const char *cap, const char *tokens)
{
	begin_with(script, "bot", NULL, 1);
	register_on(script, version, cap, tokens);
}

static inline int answer_to(struct script *script, const struct message *message, const struct reply *reply)
{
	struct delivery delivery = {.message = message, .reply = reply};
	int r = irc_answer(script->session, &delivery, "!", &script->now);

	irc_session_flush(script->session, &script->now);
	return r;
}

static inline void say(struct script *script, const char *title, const char *text, const char *spoiler,
		bool is_private)
{
	struct reply reply;

	reply_init(&reply);
	reply_set_title(&reply, title);
	reply_set_text(&reply, text);
	if (spoiler)
		reply_set_spoiler(&reply, spoiler);
	reply.is_text_veiled = spoiler != NULL;
	reply.is_private = is_private;
	assert_int_equal(answer_to(script, &asked, &reply), 0);
	reply_release(&reply);
}

static inline size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part)) != NULL) {
		count++;
		text++;
	}
	return count;
}

#endif
