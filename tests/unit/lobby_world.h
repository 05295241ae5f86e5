#ifndef EPISODED_TESTS_LOBBY_WORLD_H
#define EPISODED_TESTS_LOBBY_WORLD_H

/* The lobby's IRC server with a few people, and what each has received; made for each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat.h"

#define PEOPLE 4

struct world {
	struct message *question; /* the message of this turn; may be NULL */
	struct chat *chat;
	struct chat_time time;
	struct chat_client *client[PEOPLE];
	struct str seen[PEOPLE]; /* all lines, LF after each */
	bool closed[PEOPLE];
	struct str heard;     /* "channel|author|text|private|addressed" */
	struct str completed; /* [["channel|author|private","command option partial"]], and spaces */
	int padding;          /* their number */
	char asked_id[64];
	const char *topic;    /* the topic of every channel; NULL: they have no topics */
	struct reply *answer; /* the immediate answer to every message; may be NULL */
};

static void on_line(void *user, void *link, const char *line, size_t length)
{
	struct world *world = user;
	struct str *seen = link;

	(void)world;
	assert_null(memchr(line, '\r', length));
	assert_null(memchr(line, '\n', length));
	assert_null(memchr(line, '\0', length));
	str_append_bytes(seen, line, length);
	str_append_char(seen, '\n');
}

static void on_close(void *user, void *link)
{
	struct world *world = user;

	world->closed[(struct str *)link - world->seen] = true;
}

static void on_said(void *user, const struct message *message)
{
	struct world *world = user;

	str_printf(&world->heard, "%s|%s|%s|%d|%d\n", message->channel, message->author_name, message->text,
			message->is_private, message->is_addressed);
	snprintf(world->asked_id, sizeof(world->asked_id), "%s", message->id);
	if (world->answer) {
		assert_null(world->question);
		world->question = message_copy(message);
	}
}

/* The end of a turn: what was asked in it is answered. */
static void end_turn(struct world *world)
{
	size_t position = 0;

	if (world->question)
		assert_int_equal(chat_say(world->chat, world->question, world->answer, &position, 2000), 0);
	free(world->question);
	world->question = NULL;
}

static const char *topic(void *user, const char *channel, const char *nick, const char **ret_name)
{
	static char json[100];
	struct world *world = user;

	*ret_name = world->topic ? world->topic : "";
	snprintf(json, sizeof(json), "{\"of\":\"%s; for %s\"}", channel, nick);
	return world->topic ? json : NULL;
}

static const char *prefix(void *user)
{
	(void)user;
	return "!";
}

static const char *complete(void *user, const struct message *asker, const char *command, const char *option,
		const char *partial)
{
	struct world *world = user;

	str_clear(&world->completed);
	str_printf(&world->completed, "[[\"%s|%s|%d\",\"%s %s %s\"]]%*s", asker->channel, asker->author_id,
			asker->is_private, command, option, partial, world->padding, "");
	return str_text(&world->completed);
}

static int begin(void **state)
{
	static char lobby[] = "#lobby";
	char *channels[] = {lobby};
	struct world *world = calloc(1, sizeof(*world));
	const struct chat_hooks hooks = {world, on_line, on_close, on_said, prefix, complete, topic};
	const struct chat_config config = {.bot_nick = "episoded", .seed = 1};

	assert_int_equal(chat_new(&hooks, &config, &world->chat), 0);
	assert_int_equal(chat_set_channels(world->chat, channels, 1), 0);
	for (size_t i = 0; i < PEOPLE; i++)
		world->seen[i] = STR(4 * 1024 * 1024);
	world->heard = STR(65536);
	world->completed = STR(65536);
	world->time = (struct chat_time){1000, 1643328000000};
	*state = world;
	return 0;
}

static int end(void **state)
{
	struct world *world = *state;

	chat_free(world->chat);
	for (size_t i = 0; i < PEOPLE; i++)
		str_release(&world->seen[i]);
	str_release(&world->heard);
	str_release(&world->completed);
	free(world);
	return 0;
}

static void say(struct world *world, unsigned who, const char *line)
{
	chat_receive(world->chat, world->client[who], line, strlen(line), world->time);
	end_turn(world);
}

static void enter(struct world *world, unsigned who)
{
	assert_int_equal(chat_enter(world->chat, &world->seen[who], world->time.now_ms, &world->client[who]),
			0);
}

/* Register with a nick and capabilities (may be ""), join #lobby, and clear the recorded output. */
static void join(struct world *world, unsigned who, const char *nick, const char *caps)
{
	char line[300];

	enter(world, who);
	snprintf(line, sizeof(line), "CAP REQ :%s\r\nNICK %s\r\nUSER %s 0 * :x\r\nCAP END\r\nJOIN #lobby",
			caps, nick, nick);
	say(world, who, line);
	for (unsigned i = 0; i < PEOPLE; i++)
		str_clear(&world->seen[i]);
}

static void assert_seen(struct world *world, unsigned who, const char *text)
{
	if (!strstr(str_text(&world->seen[who]), text))
		fail_msg("\"%s\" is not in:\n%s", text, str_text(&world->seen[who]));
}

static void assert_unseen(struct world *world, unsigned who, const char *text)
{
	if (strstr(str_text(&world->seen[who]), text))
		fail_msg("\"%s\" is in:\n%s", text, str_text(&world->seen[who]));
}

#endif
