/* The lobby's server: its life, its clients, and what a line from one of them sets off. */

#include "bot/gateway/lobby/chat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_parts.h"
#include "bot/gateway/lobby/skeleton.h"

#define LINE_COST_MS    2    /* 500 lines a second ... */
#define LINE_BURST_MS   1000 /* ... after 500 at once */
#define PAUSE_MS        200  /* at least, so that a pause is worth its wake-up */
#define BYTES_PER_MS    256  /* and a byte costs too */
#define REAL_LINE_BYTES (1 + CHAT_TAGS_MAX_BYTES + 1 + CHAT_LINE_MAX_BYTES)

int chat_new(const struct chat_hooks *hooks, const struct chat_config *config, struct chat **ret)
{
	struct chat *chat = calloc(1, sizeof(*chat));

	if (!chat)
		return -ENOMEM;
	chat->hooks = *hooks;
	chat->seed = config->seed;
	chat->bot_nick = str_copy(config->bot_nick);
	if (!chat->bot_nick) {
		chat_free(chat);
		return -ENOMEM;
	}
	chat->bot_skeleton = skeleton_strict(chat->bot_nick);
	*ret = chat;
	return 0;
}

void chat_free(struct chat *chat)
{
	if (!chat)
		return;
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (chat->clients[i])
			str_release(&chat->clients[i]->held);
		free(chat->clients[i]);
	}
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		chat_channel_free(chat->channels[i]);
	free(chat->bot_nick);
	free(chat);
}

int chat_enter(struct chat *chat, void *link, uint64_t now_ms, struct chat_client **ret)
{
	struct chat_client *client;
	unsigned slot = 0;

	while (slot < CHAT_CLIENTS_MAX && chat->clients[slot])
		slot++;
	if (slot == CHAT_CLIENTS_MAX)
		return -ENOSPC;
	client = calloc(1, sizeof(*client));
	if (!client)
		return -ENOMEM;
	client->link = link;
	client->slot = slot;
	client->entered_ms = now_ms;
	client->heard_ms = now_ms;
	client->held = STR(CHAT_HELD_MAX_BYTES);
	throttle_init(&client->throttle, LINE_BURST_MS);
	throttle_spend(&client->throttle, 0, now_ms);
	chat->clients[slot] = client;
	*ret = client;
	return 0;
}

void chat_leave(struct chat *chat, struct chat_client *client, const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	if (!client)
		return;
	if (client->is_registered) {
		chat_mask(client, mask);
		chat_send_peers(chat, client, ":%s QUIT :%s", mask, reason);
	}
	chat_part_all(chat, client);
	chat->clients[client->slot] = NULL;
	str_release(&client->held);
	free(client);
}

static void close_client(struct chat *chat, struct chat_client *client, const char *reason)
{
	client->label[0] = '\0'; /* the last line waits for nothing */
	chat_send(chat, client, "", "ERROR :%s", reason);
	client->is_closing = true;
	chat->hooks.on_close(chat->hooks.user, client->link);
}

void chat_goodbye(struct chat *chat, const char *reason)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (chat->clients[i] && !chat->clients[i]->is_closing)
			close_client(chat, chat->clients[i], reason);
	}
}

/* When something is due for this client; what is due already is done. */
static uint64_t tick_client(struct chat *chat, struct chat_client *client, uint64_t now_ms)
{
	uint64_t due_ms = client->heard_ms + CHAT_PING_MS;

	if (!client->is_registered)
		due_ms = client->entered_ms + CHAT_REGISTER_MS;
	else if (client->pinged_ms)
		due_ms = client->pinged_ms + CHAT_PONG_MS;
	if (due_ms > now_ms)
		return due_ms;
	if (!client->is_registered) {
		close_client(chat, client, "Registration timed out");
	} else if (client->pinged_ms) {
		close_client(chat, client, "Ping timeout");
	} else {
		chat_send(chat, client, "", "PING :" CHAT_SERVER);
		client->pinged_ms = now_ms;
	}
	return now_ms + CHAT_PONG_MS;
}

uint64_t chat_tick(struct chat *chat, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		uint64_t due_ms;

		if (!chat->clients[i] || chat->clients[i]->is_closing)
			continue;
		due_ms = tick_client(chat, chat->clients[i], now_ms);
		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms == UINT64_MAX ? 0 : next_ms - now_ms;
}

unsigned chat_people(const struct chat *chat)
{
	unsigned people = 0;

	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++)
		people += chat->clients[i] && chat->clients[i]->is_registered;
	return people;
}

/* Take a client out of the lobby before its link has closed: chat_leave() sends no second QUIT. */
static void withdraw(struct chat *chat, struct chat_client *client, const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	if (client->is_registered) {
		chat_mask(client, mask);
		chat_send_peers(chat, client, ":%s QUIT :%s", mask, reason);
	}
	chat_part_all(chat, client);
	client->is_registered = false;
	client->nick[0] = '\0'; /* free at once */
	client->skeleton = 0;
}

static void chat_quit(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	withdraw(chat, client, line->param_count ? line->params[0] : "");
	close_client(chat, client, "Goodbye");
}

void chat_replace(struct chat *chat, struct chat_client *client)
{
	withdraw(chat, client, "Connected again");
	chat_send(chat, client, "",
			":" CHAT_SERVER " FAIL * SESSION_REPLACED :This page has connected again");
	close_client(chat, client, "Replaced by a newer connection of the same page");
}

static void chat_ping(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_send(chat, client, "", ":" CHAT_SERVER " PONG " CHAT_SERVER " :%s", line->params[0]);
}

static void chat_ignore(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)chat, (void)client, (void)line;
}

static void chat_motd(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)line;
	chat_numeric(chat, client, 422, ":No message of the day; say %shelp in a channel",
			chat->hooks.prefix(chat->hooks.user));
}

static const struct command_rule {
	const char *verb;
	chat_command *run;
	size_t needs;  /* parameters */
	bool is_early; /* also before registration */
} rules[] = {
		{"CAP", chat_cap, 1, true},
		{"NICK", chat_nick, 0, true},
		{"USER", chat_user, 4, true},
		{"PASS", chat_pass, 0, true},
		{"PING", chat_ping, 1, true},
		{"PONG", chat_ignore, 0, true},
		{"QUIT", chat_quit, 0, true},
		{"PRIVMSG", chat_privmsg, 0, false},
		{"NOTICE", chat_notice, 0, false},
		{"TAGMSG", chat_tagmsg, 1, false},
		{"JOIN", chat_join, 1, false},
		{"PART", chat_part, 1, false},
		{"NAMES", chat_names, 1, false},
		{"WHO", chat_who, 1, false},
		{"TOPIC", chat_topic, 1, false},
		{"LIST", chat_list, 0, false},
		{"MODE", chat_mode, 1, false},
		{"WHOIS", chat_whois, 1, false},
		{"ISON", chat_ison, 1, false},
		{"MOTD", chat_motd, 0, false},
		{"AWAY", chat_ignore, 0, false},
		{"CHATHISTORY", chat_history_command, 1, false},
};

static void run_line(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const struct command_rule *rule = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !rule; i++) {
		if (str_equal_nocase(line->verb, rules[i].verb))
			rule = &rules[i];
	}
	if (!client->is_registered && !(rule && rule->is_early))
		chat_numeric(chat, client, 451, ":You have not registered");
	else if (!rule)
		chat_numeric(chat, client, 421, "%s :Unknown command", line->verb);
	else if (line->param_count < rule->needs)
		chat_numeric(chat, client, 461, "%s :Not enough parameters", rule->verb);
	else
		rule->run(chat, client, line);
}

/* What is wrong with the bytes of a line, told to their sender; true when nothing is. */
static bool line_is_fit(struct chat *chat, struct chat_client *client, const char *line, size_t length)
{
	const char *end_of_tags = length && *line == '@' ? memchr(line, ' ', length) : NULL;
	size_t tags_bytes = end_of_tags ? (size_t)(end_of_tags - line) : 0;

	if (memchr(line, '\0', length)) {
		chat_send(chat, client, "", ":" CHAT_SERVER " FAIL * INVALID_MESSAGE :A line holds no NUL");
		return false;
	}
	if (tags_bytes > CHAT_TAGS_MAX_BYTES + 1 || length - tags_bytes > CHAT_LINE_MAX_BYTES + 1) {
		chat_too_long(chat, client);
		return false;
	}
	if (!utf8_valid(line, length)) {
		chat_send(chat, client, "", ":" CHAT_SERVER " FAIL * INVALID_UTF8 :A line is UTF-8");
		return false;
	}
	return true;
}

bool chat_take_loss(struct chat *chat)
{
	bool is_lossy = chat->is_lossy;

	chat->is_lossy = false;
	return is_lossy;
}

void chat_too_long(struct chat *chat, struct chat_client *client)
{
	chat_numeric(chat, client, 417, ":Input line was too long");
}

static void receive_line(struct chat *chat, struct chat_client *client, const char *bytes, size_t length)
{
	char buffer[REAL_LINE_BYTES + 3];
	struct chat_line line;

	if (!line_is_fit(chat, client, bytes, length))
		return;
	memcpy(buffer, bytes, length);
	buffer[length] = '\0';
	if (chat_line_parse(buffer, &line) < 0)
		return;
	chat_label_begin(client, line.tags);
	run_line(chat, client, &line);
	chat_label_end(chat, client);
}

uint64_t chat_receive(struct chat *chat, struct chat_client *client, const char *bytes, size_t length,
		struct chat_time time)
{
	const char *end = bytes + length;
	uint64_t wait_ms;

	chat->time = time;
	client->heard_ms = time.now_ms;
	client->pinged_ms = 0;
	while (bytes < end && !client->is_closing) {
		const char *stop = bytes;

		while (stop < end && *stop != '\r' && *stop != '\n')
			stop++;
		if (stop > bytes) {
			receive_line(chat, client, bytes, (size_t)(stop - bytes));
			throttle_spend(&client->throttle,
					LINE_COST_MS + (uint64_t)(stop - bytes) / BYTES_PER_MS, time.now_ms);
		}
		bytes = stop + 1;
	}
	wait_ms = client->is_closing ? 0 : throttle_wait(&client->throttle, time.now_ms);
	return wait_ms ? wait_ms + PAUSE_MS : 0;
}
