/*
 * The lobby's server with three clients at once. Each input line is an event: its first byte
 * chooses the client and whether it connects, sends or leaves; the rest is the sent text.
 * Lines from the server must not contain line ends.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/gateway/lobby/chat.h"

#define CLIENTS   3
#define ASKED_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct chat *chat;

static void on_line(void *user, void *link, const char *line, size_t length)
{
	(void)user, (void)link;
	assert(length && length < 16384);
	assert(!memchr(line, '\n', length) && !memchr(line, '\r', length) && !memchr(line, '\0', length));
}

static void on_close(void *user, void *link)
{
	(void)user, (void)link;
}

static struct message *asked[ASKED_MAX]; /* in one call of chat_receive() */
static size_t asked_count;

static void on_said(void *user, const struct message *message)
{
	(void)user;
	if (asked_count == ASKED_MAX)
		return;
	asked[asked_count] = message_copy(message);
	assert(asked[asked_count]);
	asked_count++;
}

static void answer(const struct message *message)
{
	struct reply reply;
	size_t position = 0;

	reply_init(&reply);
	reply_set_title(&reply, message->text);
	reply_set_text(&reply, message->author_name);
	reply_add_item(&reply, message->text);
	reply_add_veiled_item(&reply, message->text);
	reply_set_spoiler(&reply, message->text);
	reply.is_text_veiled = message->is_addressed;
	chat_say(chat, message, &reply, &position, message->time_ms);
	reply_release(&reply);
}

static void end_turn(void)
{
	for (size_t i = 0; i < asked_count; i++) {
		answer(asked[i]);
		free(asked[i]);
	}
	asked_count = 0;
}

static const char *topic(void *user, const char *channel, const char *nick, const char **ret_name)
{
	(void)user;
	assert(*channel == '#' && *nick);
	*ret_name = "A show";
	return "{\"show\":\"A show; of \\\\ two\",\"prefix\":\"!\",\"aired\":1,\"runs\":[[1,1,1]]}";
}

static const char *prefix(void *user)
{
	(void)user;
	return "!";
}

static const char *complete(void *user, const struct message *asker, const char *command, const char *option,
		const char *partial)
{
	static struct str text;

	(void)user;
	assert(asker->channel && asker->author_id);
	str_release(&text);
	text = STR(64 * 1024);
	str_append(&text, "[[");
	json_append_string(&text, command);
	str_append(&text, ",");
	json_append_string(&text, option);
	str_append(&text, "],[");
	json_append_string(&text, partial);
	str_append(&text, ",\"x\"]]");
	return str_text(&text);
}

static void event(struct chat_client **clients, const char *text, size_t length, struct chat_time time)
{
	static const char hello[] = "CAP REQ :message-tags batch echo-message labeled-response server-time";
	unsigned who = (unsigned char)text[0] % CLIENTS;
	static const char *const register_lines[CLIENTS] = {"NICK ann\nUSER a 0 * :a\nCAP END\nJOIN #lobby",
			"NICK bob\nUSER b 0 * :b\nJOIN #lobby", "PASS x"};

	if (!clients[who]) {
		if (chat_enter(chat, &clients[who], time.now_ms, &clients[who]) < 0)
			return;
		if (who == 0)
			chat_receive(chat, clients[who], hello, sizeof(hello) - 1, time);
		chat_receive(chat, clients[who], register_lines[who], strlen(register_lines[who]), time);
	}
	if (text[0] & 0x80) {
		chat_leave(chat, clients[who], "gone");
		clients[who] = NULL;
		return;
	}
	chat_receive(chat, clients[who], text + 1, length - 1, time);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char lobby[] = "#lobby";
	char *channels[] = {lobby};
	const struct chat_hooks hooks = {NULL, on_line, on_close, on_said, prefix, complete, topic};
	const struct chat_config config = {.bot_nick = "episoded", .seed = 7};
	struct chat_client *clients[CLIENTS] = {NULL};
	struct chat_time time = {1000, 1643328000000};
	const char *text = (const char *)data, *end = text + size;

	if (!size || chat_new(&hooks, &config, &chat) < 0)
		return 0;
	chat_set_channels(chat, channels, 1);
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((stop ? stop : end) - text);

		if (length)
			event(clients, text, length, time);
		end_turn();
		time.wall_ms += 10;
		time.now_ms += 10;
		text += length + 1;
	}
	chat_free(chat);
	return 0;
}
