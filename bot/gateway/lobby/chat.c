/* The lobby's IRC server: clients connect, register, join channels and send messages; the bot answers. */

#include "bot/gateway/lobby/chat.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_answer.h"
#include "bot/gateway/lobby/chat_complete.h"
#include "bot/gateway/lobby/chat_directory.h"
#include "bot/gateway/lobby/chat_history.h"
#include "bot/gateway/lobby/skeleton.h"

#define LINE_COST_MS    2   /* 500 lines a second */
#define PAUSE_MS        200 /* added to each pause, to wake up less often */
#define BYTES_PER_MS    256 /* a byte costs time, too */
#define REAL_LINE_BYTES (1 + CHAT_TAGS_MAX_BYTES + 1 + CHAT_LINE_MAX_BYTES)

#define SESSION_PREFIX "page:"
#define PERSON_PREFIX  "person:"

struct chat {
	struct chat_wire wire;
	struct chat_directory here;
	struct chat_time time; /* of the call in progress */
};

/* The caller has counted the parameters. */
typedef void chat_command(struct chat *chat, struct chat_client *client, struct chat_line *line);

int chat_new(const struct chat_hooks *hooks, const struct chat_config *config, struct chat **ret)
{
	struct chat *chat = calloc(1, sizeof(*chat));

	if (!chat)
		return -ENOMEM;
	chat->wire.hooks = *hooks;
	chat->here.wire = &chat->wire;
	chat->wire.seed = config->seed;
	chat->wire.bot_nick = str_copy(config->bot_nick);
	if (!chat->wire.bot_nick) {
		chat_free(chat);
		return -ENOMEM;
	}
	chat->here.bot_skeleton = skeleton_strict(chat->wire.bot_nick);
	*ret = chat;
	return 0;
}

void chat_free(struct chat *chat)
{
	if (!chat)
		return;
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		chat_client_free(chat->here.clients[i]);
	}
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		chat_channel_free(chat->here.channels[i]);
	for (size_t i = 0; i < CHAT_GUESTS_MAX; i++)
		chat_guest_free(chat->here.guests[i]);
	free(chat->wire.bot_nick);
	free(chat);
}

int chat_enter(struct chat *chat, void *link, uint64_t now_ms, struct chat_client **ret)
{
	struct chat_client *client;
	unsigned slot = 0;
	int r;

	while (slot < CHAT_CLIENTS_MAX && chat->here.clients[slot])
		slot++;
	if (slot == CHAT_CLIENTS_MAX)
		return -ENOSPC;
	r = chat_client_new(&chat->wire, link, slot, now_ms, &client);
	if (r < 0)
		return r;
	chat->here.clients[slot] = client;
	*ret = client;
	return 0;
}

void chat_leave(struct chat *chat, struct chat_client *client, const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	if (!client)
		return;
	if (client->is_registered) {
		chat_client_mask(client, mask);
		chat_directory_send_peers(&chat->here, client, ":%s QUIT :%s", mask, reason);
	}
	chat_directory_part_all(&chat->here, client);
	chat->here.clients[client->slot] = NULL;
	chat_client_free(client);
}

static void close_client(struct chat *chat, struct chat_client *client, const char *reason)
{
	client->label[0] = '\0'; /* send ERROR at once, not as part of a labelled response */
	chat_client_send(client, "", "ERROR :%s", reason);
	client->is_closing = true;
	chat->wire.hooks.on_close(chat->wire.hooks.user, client->link);
}

void chat_goodbye(struct chat *chat, const char *reason)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (chat->here.clients[i] && !chat->here.clients[i]->is_closing)
			close_client(chat, chat->here.clients[i], reason);
	}
}

/* Do what is due for one client, and return when the next thing is. */
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
		chat_client_send(client, "", "PING :" CHAT_SERVER);
		client->pinged_ms = now_ms;
	}
	return now_ms + CHAT_PONG_MS;
}

uint64_t chat_tick(struct chat *chat, uint64_t now_ms)
{
	uint64_t next_ms = UINT64_MAX;

	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		uint64_t due_ms;

		if (!chat->here.clients[i] || chat->here.clients[i]->is_closing)
			continue;
		due_ms = tick_client(chat, chat->here.clients[i], now_ms);
		if (due_ms < next_ms)
			next_ms = due_ms;
	}
	return next_ms == UINT64_MAX ? 0 : next_ms - now_ms;
}

unsigned chat_people(const struct chat *chat)
{
	unsigned people = 0;

	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++)
		people += chat->here.clients[i] && chat->here.clients[i]->is_registered;
	return people;
}

/* Remove a client from the lobby before its link has closed; chat_leave() then sends no second QUIT. */
static void withdraw(struct chat *chat, struct chat_client *client, const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	if (client->is_registered) {
		chat_client_mask(client, mask);
		chat_directory_send_peers(&chat->here, client, ":%s QUIT :%s", mask, reason);
	}
	chat_directory_part_all(&chat->here, client);
	client->is_registered = false;
	client->nick[0] = '\0'; /* free at once */
	client->skeleton = 0;
}

static void on_quit(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	withdraw(chat, client, line->param_count ? line->params[0] : "");
	close_client(chat, client, "Goodbye");
}

static void replace(struct chat *chat, struct chat_client *client)
{
	withdraw(chat, client, "Connected again");
	chat_client_send(client, "",
			":" CHAT_SERVER " FAIL * SESSION_REPLACED :This page has connected again");
	close_client(chat, client, "Replaced by a newer connection of the same page");
}

static void on_ping(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)chat;
	chat_client_send(client, "", ":" CHAT_SERVER " PONG " CHAT_SERVER " :%s", line->params[0]);
}

static void on_ignore(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)chat, (void)client, (void)line;
}

static void on_motd(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)line;
	chat_client_numeric(client, 422, ":No message of the day; try %shelp in a channel",
			chat->wire.hooks.prefix(chat->wire.hooks.user));
}

/* ---- registration */

static void welcome(struct chat *chat, struct chat_client *client)
{
	struct str channels = STR(400);

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->here.channels[i] && chat->here.channels[i]->is_kept)
			str_printf(&channels, "%s%s", channels.length ? "," : "",
					chat->here.channels[i]->name);
	}
	chat_client_numeric(client, 1, ":Welcome to the lobby, %s", client->nick);
	chat_client_numeric(client, 2, ":Your host is " CHAT_SERVER ", running episoded " EPISODED_VERSION);
	chat_client_numeric(client, 3, ":Running since the bot was started");
	chat_client_numeric(client, 4, CHAT_SERVER " episoded-" EPISODED_VERSION " B nt");
	chat_client_numeric(client, 5,
			"NETWORK=" CHAT_SERVER
			" CASEMAPPING=ascii CHANTYPES=# PREFIX= CHANMODES=,,,nt NICKLEN=%d "
			"CHANNELLEN=%d LINELEN=%d BOT=B UTF8ONLY MSGREFTYPES=msgid,timestamp CHATHISTORY=%d "
			"TARGMAX=PRIVMSG:1,NOTICE:1 :are supported by this server",
			CHAT_NICK_MAX_BYTES, CHAT_CHANNEL_MAX_BYTES, CHAT_LINE_MAX_BYTES + 2,
			CHAT_HISTORY_MAX);
	/* Not in any RFC; for the page: the bot's nick, and its channels. */
	chat_client_numeric(client, 5, "episoded/BOT=%s episoded/CHANNELS=%s :are supported by this server",
			chat->wire.bot_nick, str_text(&channels));
	chat_client_numeric(client, 422, ":No message of the day; try %shelp in a channel",
			chat->wire.hooks.prefix(chat->wire.hooks.user));
	str_release(&channels);
}

static void register_if_complete(struct chat *chat, struct chat_client *client)
{
	if (client->is_registered || client->is_negotiating || !client->nick[0] || !client->user[0])
		return;
	client->is_registered = true;
	welcome(chat, client);
}

static void send_caps(struct chat_client *client, const char *subcommand, unsigned caps)
{
	struct str list = STR(400);

	chat_client_append_caps(&list, caps);
	chat_client_send(client, "", ":" CHAT_SERVER " CAP %s %s :%s", client->nick[0] ? client->nick : "*",
			subcommand, str_text(&list));
	str_release(&list);
}

static void on_cap(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *subcommand = line->params[0], *wanted = line->param_count > 1 ? line->params[1] : "";
	const char *nick = client->nick[0] ? client->nick : "*";

	if (str_equal_nocase(subcommand, "LS")) {
		client->is_negotiating = !client->is_registered;
		send_caps(client, "LS", ~0u);
	} else if (str_equal_nocase(subcommand, "LIST")) {
		send_caps(client, "LIST", client->caps);
	} else if (str_equal_nocase(subcommand, "REQ")) {
		bool is_known = chat_client_request_caps(client, wanted);

		client->is_negotiating = !client->is_registered;
		chat_client_send(client, "", ":" CHAT_SERVER " CAP %s %s :%s", nick, is_known ? "ACK" : "NAK",
				wanted);
	} else if (str_equal_nocase(subcommand, "END")) {
		client->is_negotiating = false;
		register_if_complete(chat, client);
	} else {
		chat_client_numeric(client, 410, "%s :Invalid CAP command", subcommand);
	}
}

/* Does the nick equal or resemble the bot's, or that of another client? A page that reconnects before
 * the server has seen its old connection close keeps its nick: the old connection is replaced. */
static bool is_taken(struct chat *chat, struct chat_client *client, const char *nick, uint64_t nick_skeleton)
{
	struct chat_client *holder;

	if (chat_directory_is_bot(&chat->here, nick) || skeleton_strict(nick) == chat->here.bot_skeleton)
		return true;
	holder = chat_directory_find_holder(&chat->here, client, nick_skeleton);
	if (!holder || client->is_registered || !client->session[0] ||
			!str_equal(holder->session, client->session))
		return holder;
	replace(chat, holder);
	return false;
}

/* The lobby needs no password. The page sends "page:" and a random token, the same after each reload of
 * a window, then "person:" and another one, the same for all windows of a browser. */
static void on_pass(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *session;
	size_t length;

	(void)chat;
	if (!line->param_count || !str_starts(line->params[0], SESSION_PREFIX) || client->is_registered)
		return;
	if (line->param_count > 1 && str_starts(line->params[1], PERSON_PREFIX))
		(void)chat_guest_key(line->params[1] + strlen(PERSON_PREFIX), client->person);
	session = line->params[0] + strlen(SESSION_PREFIX);
	length = strlen(session);
	if (length >= CHAT_SESSION_MIN_BYTES && length <= CHAT_SESSION_MAX_BYTES)
		memcpy(client->session, session, length + 1);
}

static void on_nick(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *nick = line->param_count ? line->params[0] : "";
	uint64_t nick_skeleton;
	char mask[CHAT_MASK_BYTES];

	if (!*nick) {
		chat_client_numeric(client, 431, ":No nickname given");
		return;
	}
	if (!chat_client_nick_ok(nick)) {
		chat_client_numeric(client, 432, "%s :Erroneous nickname", nick);
		return;
	}
	nick_skeleton = skeleton(nick);
	if (!nick_skeleton || is_taken(chat, client, nick, nick_skeleton)) {
		chat_client_numeric(client, 433, "%s :Nickname is already in use, or looks like one that is",
				nick);
		return;
	}
	if (client->is_registered) {
		chat_client_mask(client, mask);
		chat_directory_send_peers(&chat->here, client, ":%s NICK :%s", mask, nick);
		chat_client_send(client, "", ":%s NICK :%s", mask, nick);
	}
	snprintf(client->nick, sizeof(client->nick), "%s", nick);
	client->skeleton = nick_skeleton;
	if (client->is_registered) /* what people have seen is kept under their nicks */
		chat_directory_send_topics(&chat->here, client);
	else
		register_if_complete(chat, client);
}

/* Keep letters and digits only: other clients see the user name in the mask. */
static void set_user(struct chat_client *client, const char *user)
{
	size_t length = 0;

	for (; *user && length < CHAT_USER_MAX_BYTES; user++) {
		if ((*user >= 'a' && *user <= 'z') || (*user >= 'A' && *user <= 'Z') ||
				(*user >= '0' && *user <= '9'))
			client->user[length++] = *user;
	}
	client->user[length] = '\0';
	if (!length)
		snprintf(client->user, sizeof(client->user), "user");
}

static void on_user(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *realname = line->params[3];

	if (client->user[0]) {
		chat_client_numeric(client, 462, ":You may not reregister");
		return;
	}
	set_user(client, line->params[0]);
	memcpy(client->realname, realname, utf8_fit(realname, strlen(realname), CHAT_REAL_MAX_BYTES));
	register_if_complete(chat, client);
}

/* ---- joining and leaving channels */

static void bot_moves(struct chat *chat, struct chat_channel *channel, const char *verb)
{
	chat_directory_send_members(&chat->here, channel, NULL, ":%s!%s@" CHAT_SERVER " %s %s",
			chat->wire.bot_nick, chat->wire.bot_nick, verb, channel->name);
}

static bool is_listed(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(names[i], name))
			return true;
	}
	return false;
}

void chat_keep(struct chat *chat, const struct history_keeper *keeper)
{
	chat->here.keeper = keeper;
}

static void keep_history(const struct history *history)
{
	for (size_t i = 0; history->keeper && i < history->count; i++)
		history->keeper->on_added(history->keeper->user, history->place, history_at(history, i));
}

void chat_keep_all(const struct chat *chat)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->here.channels[i])
			keep_history(&chat->here.channels[i]->history);
	}
	for (size_t i = 0; i < CHAT_GUESTS_MAX; i++) {
		if (chat->here.guests[i])
			keep_history(&chat->here.guests[i]->history);
	}
}

bool chat_restore(struct chat *chat, const char *place, struct history_entry *entry)
{
	struct chat_channel *channel = chat_directory_find_channel(&chat->here, place);
	struct chat_guest *guest;

	if (channel)
		return channel->is_kept && history_add_older(&channel->history, entry);
	guest = chat_guest_key_ok(place) ? chat_directory_guest(&chat->here, place, false) : NULL;
	return guest && history_add_older(&guest->history, entry);
}

/* The bot joins a channel, whose history is kept from now on. */
static void begin_channel(struct chat *chat, struct chat_channel *channel)
{
	bot_moves(chat, channel, "JOIN");
	channel->is_kept = true;
	channel->history.keeper = chat->here.keeper;
	channel->history.place = channel->name;
	keep_history(&channel->history);
}

static void end_channel(struct chat *chat, struct chat_channel *channel)
{
	bot_moves(chat, channel, "PART");
	channel->is_kept = false;
	chat_channel_unkeep(channel);
	chat_directory_forget_if_empty(&chat->here, channel);
}

int chat_set_channels(struct chat *chat, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct chat_channel *channel = chat_directory_find_channel(&chat->here, names[i]);
		int r = channel ? 0 : chat_directory_add(&chat->here, names[i], &channel);

		if (r < 0)
			return r;
		if (!channel->is_kept)
			begin_channel(chat, channel);
	}
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = chat->here.channels[i];

		if (!channel || !channel->is_kept || is_listed(names, count, channel->name))
			continue;
		end_channel(chat, channel);
	}
	return 0;
}

unsigned chat_channels(const struct chat *chat)
{
	unsigned channels = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		channels += chat->here.channels[i] && chat->here.channels[i]->is_kept;
	return channels;
}

static void join_one(struct chat *chat, struct chat_client *client, const char *name)
{
	struct chat_channel *channel = chat_directory_find_channel(&chat->here, name);
	char mask[CHAT_MASK_BYTES];
	size_t count;

	if (channel && chat_channel_has(channel, client))
		return;
	if (!channel && !chat_channel_ok(name)) {
		chat_client_numeric(client, 403, "%s :No such channel", name);
		return;
	}
	if (!chat_directory_may_join(&chat->here, client, !channel) ||
			(!channel && chat_directory_add(&chat->here, name, &channel) < 0)) {
		chat_client_numeric(client, 405, "%s :Too many channels", name);
		return;
	}
	channel->members |= UINT64_C(1) << client->slot;
	chat_client_mask(client, mask);
	chat_directory_send_members(&chat->here, channel, NULL, ":%s JOIN %s", mask, channel->name);
	chat_directory_send_topic(&chat->here, client, channel);
	chat_directory_send_names(&chat->here, client, channel);
	count = channel->history.count;
	if ((client->caps & CHAT_CAP_BATCH) && !(client->caps & CHAT_CAP_HISTORY))
		chat_channel_play(channel, client,
				count > CHAT_JOIN_HISTORY_MAX ? count - CHAT_JOIN_HISTORY_MAX : 0, count);
}

static void on_join(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	char *name, *rest = line->params[0];

	while ((name = strsep(&rest, ",")))
		join_one(chat, client, name);
}

static void part_one(struct chat *chat, struct chat_client *client, struct chat_channel *channel,
		const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	chat_client_mask(client, mask);
	chat_directory_send_members(
			&chat->here, channel, NULL, ":%s PART %s :%s", mask, channel->name, reason);
	channel->members &= ~(UINT64_C(1) << client->slot);
	chat_directory_forget_if_empty(&chat->here, channel);
}

static void on_part(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	char *name, *rest = line->params[0];

	while ((name = strsep(&rest, ","))) {
		struct chat_channel *channel = chat_directory_find_channel(&chat->here, name);

		if (!channel)
			chat_client_numeric(client, 403, "%s :No such channel", name);
		else if (!chat_channel_has(channel, client))
			chat_client_numeric(client, 442, "%s :You're not on that channel", name);
		else
			part_one(chat, client, channel, line->param_count > 1 ? line->params[1] : "");
	}
}

/* ---- messages */

static void send_to_channel(struct chat *chat, const struct chat_channel *channel,
		const struct chat_client *from, const struct history_entry *entry)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		struct chat_client *client = chat->here.clients[i];

		if (!(channel->members >> i & 1) || (client == from && !(client->caps & CHAT_CAP_ECHO)))
			continue;
		chat_client_send_entry(client, channel->name, entry, "");
	}
}

static bool starts_with_prefix(const char *text, const char *prefix)
{
	return str_starts(text, prefix) && isalnum((unsigned char)text[strlen(prefix)]);
}

/* The words after the bot's nick. NULL: it does not begin with it. */
static const char *words_after_nick(const struct chat *chat, const char *text)
{
	const char *at = text + strspn(text, " @");
	size_t nick_length = strlen(chat->wire.bot_nick);

	if (strncasecmp(at, chat->wire.bot_nick, nick_length) == 0 && strchr(":, ", at[nick_length])) {
		at += nick_length;
		return at + strspn(at, ":, ");
	}
	return NULL;
}

/* The words after the default prefix, which the buttons of the page use even if the channel has another; or NULL. */
static const char *words_after_prefix(const struct chat *chat, const char *text)
{
	const char *prefix = chat->wire.hooks.prefix(chat->wire.hooks.user);

	return starts_with_prefix(text, prefix) ? text + strlen(prefix) : NULL;
}

/* Pass a message to the bot; channel is NULL: a private one. ACTION and other CTCP are never commands. */
static void tell_bot(struct chat *chat, const struct chat_client *client, const char *msgid,
		const char *channel, const char *line)
{
	struct str text = STR(MESSAGE_TEXT_MAX_BYTES);
	struct message message = {
			.id = msgid,
			.channel = channel ? channel : client->nick,
			.author_id = client->nick,
			.author_name = client->nick,
			.account = "",
			.extra = client->person,
			.is_private = !channel,
			.has_private = true,
			.is_known_by_extra = true,
			.time_ms = chat->time.wall_ms,
	};
	const char *words;

	if (client->is_bot || *line == '\x01')
		return;
	utf8_clean(&text, line, strlen(line));
	chat->wire.is_lossy |= text.error == -ENOMEM;
	if (!text.error) {
		words = words_after_nick(chat, str_text(&text));
		if (!words && (words = words_after_prefix(chat, str_text(&text))))
			message.has_prefix = true;
		message.text = words ? words : str_text(&text);
		message.is_addressed = message.is_private || words;
		chat->wire.hooks.on_said(chat->wire.hooks.user, &message);
	}
	str_release(&text);
}

/* The bytes left for the text: a receiver's line has at most 512 bytes, the sender's mask included. */
static size_t text_room(const char *mask, const char *verb, const char *target)
{
	size_t taken = strlen(mask) + strlen(verb) + strlen(target) + strlen(":   :");

	return taken < CHAT_LINE_MAX_BYTES ? CHAT_LINE_MAX_BYTES - taken : 0;
}

/* How many bytes of text fit: cut at a space near the end, else between graphemes. */
static size_t fitting_bytes(const char *text, size_t length, size_t room)
{
	size_t fit = utf8_fit(text, length, room);
	const char *space = fit < length ? memrchr(text, ' ', fit) : NULL;

	if (space && (size_t)(space - text) > room * 3 / 4)
		return (size_t)(space - text);
	/* A grapheme longer than a line is cut between code points. */
	return fit || !length ? fit : utf8_whole(text, room);
}

static int fill_entry(struct chat *chat, const struct chat_client *client, const struct chat_line *line,
		bool is_notice, const char *target, struct history_entry *ret)
{
	struct history_entry entry = {.wall_ms = chat->time.wall_ms, .is_notice = is_notice};
	struct str tags = STR(CHAT_TAGS_MAX_BYTES + 1);
	const char *text = line->params[1];
	char mask[CHAT_MASK_BYTES];

	chat_client_mask(client, mask);
	chat_wire_next_id(&chat->wire, entry.msgid);
	chat_tags_relay(&tags, line->tags);
	entry.is_bot = client->is_bot;
	entry.source = str_copy(mask);
	entry.text = str_copy_bytes(
			text, fitting_bytes(text, strlen(text),
					      text_room(mask, is_notice ? "NOTICE" : "PRIVMSG", target)));
	entry.tags = str_copy(str_text(&tags));
	str_release(&tags);
	if (!entry.source || !entry.text || !entry.tags) {
		chat->wire.is_lossy = true;
		history_entry_release(&entry);
		return -ENOMEM;
	}
	*ret = entry;
	return 0;
}

static void talk_to_channel(struct chat *chat, struct chat_client *client, struct chat_line *line,
		bool is_notice, struct chat_channel *channel)
{
	struct history_entry entry;
	const struct history_entry *kept;

	if (fill_entry(chat, client, line, is_notice, channel->name, &entry) < 0)
		return;
	kept = history_add(&channel->history, &entry);
	chat->wire.is_lossy |= !kept;
	if (!kept)
		return;
	send_to_channel(chat, channel, client, kept);
	if (!is_notice && channel->is_kept)
		tell_bot(chat, client, kept->msgid, channel->name, line->params[1]);
	chat_directory_trim(&chat->here);
}

static void talk_to_person(struct chat *chat, struct chat_client *client, struct chat_line *line,
		bool is_notice, struct chat_client *other)
{
	struct history_entry entry;

	if (fill_entry(chat, client, line, is_notice, other->nick, &entry) < 0)
		return;
	if (client->caps & CHAT_CAP_ECHO)
		chat_client_send_entry(client, other->nick, &entry, "");
	if (other != client)
		chat_client_send_entry(other, other->nick, &entry, "");
	history_entry_release(&entry);
}

/* Keep a private message between the bot and a person. The entry stays the caller's: it is copied. */
static void keep_private(struct chat *chat, const char *key, const struct history_entry *entry)
{
	struct chat_guest *guest;
	struct history_entry copy = *entry;

	if (!chat_guest_key_ok(key))
		return;
	copy.source = str_copy(entry->source);
	copy.tags = str_copy(entry->tags);
	copy.text = str_copy(entry->text);
	copy.card = entry->card ? str_copy(entry->card) : NULL;
	guest = chat_directory_guest(&chat->here, key, true);
	if (!guest)
		history_entry_release(&copy);
	if (!guest || !history_add(&guest->history, &copy))
		chat->wire.is_lossy = true;
	chat_directory_trim(&chat->here);
}

static void talk_to_bot(struct chat *chat, struct chat_client *client, struct chat_line *line, bool is_notice)
{
	struct history_entry entry;

	if (fill_entry(chat, client, line, is_notice, chat->wire.bot_nick, &entry) < 0)
		return;
	keep_private(chat, client->person, &entry);
	if (client->caps & CHAT_CAP_ECHO)
		chat_client_send_entry(client, chat->wire.bot_nick, &entry, "");
	if (!is_notice)
		tell_bot(chat, client, entry.msgid, NULL, line->params[1]);
	history_entry_release(&entry);
}

/* An error in answer to NOTICE would be an automatic reply, which RFC 2812 forbids. */
__attribute__((format(printf, 4, 5))) static void refuse_talk(
		struct chat_client *client, bool is_notice, int numeric, const char *format, ...)
{
	char text[CHAT_LINE_MAX_BYTES];
	va_list arguments;

	if (is_notice)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	chat_client_numeric(client, numeric, "%s", text);
}

static void talk(struct chat *chat, struct chat_client *client, struct chat_line *line, bool is_notice)
{
	const char *target = line->param_count ? line->params[0] : "";
	struct chat_channel *channel = chat_directory_find_channel(&chat->here, target);
	struct chat_client *other = chat_directory_find_client(&chat->here, target);

	if (!*target)
		refuse_talk(client, is_notice, 411, ":No recipient given (%s)", line->verb);
	else if (line->param_count < 2 || !*line->params[1])
		refuse_talk(client, is_notice, 412, ":No text to send");
	else if (channel && !chat_channel_has(channel, client))
		refuse_talk(client, is_notice, 404, "%s :Join the channel first", channel->name);
	else if (channel)
		talk_to_channel(chat, client, line, is_notice, channel);
	else if (chat_directory_is_bot(&chat->here, target))
		talk_to_bot(chat, client, line, is_notice);
	else if (other && other->is_registered)
		talk_to_person(chat, client, line, is_notice, other);
	else
		refuse_talk(client, is_notice, *target == '#' ? 403 : 401, "%s :No such nick or channel",
				target);
}

static void on_privmsg(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	talk(chat, client, line, false);
}

static void on_notice(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	talk(chat, client, line, true);
}

static void send_tagmsg(struct chat *chat, const struct chat_client *from, struct chat_client *client,
		const char *target, const char *relayed)
{
	struct str tags = STR(CHAT_OUT_MAX_BYTES);
	char mask[CHAT_MASK_BYTES], msgid[HISTORY_MSGID_BYTES], time[CLOCK_ISO_BYTES];

	if (client->caps & CHAT_CAP_TAGS) {
		chat_client_mask(from, mask);
		chat_wire_next_id(&chat->wire, msgid);
		clock_iso(chat->time.wall_ms, time);
		if (client->caps & CHAT_CAP_TIME)
			str_printf(&tags, ";time=%s", time);
		str_printf(&tags, ";msgid=%s%s", msgid, relayed);
		chat_client_send(client, str_text(&tags), ":%s TAGMSG %s", mask, target);
	}
	str_release(&tags);
}

static void on_tagmsg(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0];
	const struct chat_channel *channel = chat_directory_find_channel(&chat->here, target);
	struct chat_client *other = chat_directory_find_client(&chat->here, target);
	bool is_bot = chat_directory_is_bot(&chat->here, target);
	struct str tags = STR(CHAT_TAGS_MAX_BYTES + 1);

	chat_tags_relay(&tags, line->tags);
	if (!(client->caps & CHAT_CAP_TAGS)) {
		chat_client_numeric(client, 421, "TAGMSG :Request the message-tags capability first");
	} else if (channel && chat_channel_has(channel, client)) {
		for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
			bool is_back = chat->here.clients[i] == client && !(client->caps & CHAT_CAP_ECHO);

			if ((channel->members >> i & 1) && !is_back)
				send_tagmsg(chat, client, chat->here.clients[i], channel->name,
						str_text(&tags));
		}
	} else if (is_bot || (other && other->is_registered)) {
		if (client->caps & CHAT_CAP_ECHO)
			send_tagmsg(chat, client, client, target, str_text(&tags));
		if (other && other != client)
			send_tagmsg(chat, client, other, other->nick, str_text(&tags));
	} else {
		chat_client_numeric(client, channel ? 404 : 401, "%s :%s", target,
				channel ? "Join the channel first" : "No such nick or channel");
	}
	str_release(&tags);
}

/* ---- answers of the bot */

static char *answer_tags(const struct message *asked, const char *context)
{
	struct str tags = STR(256);
	char *text = NULL;

	if (asked->id[0] && !asked->is_occasion)
		str_printf(&tags, ";+reply=%s", asked->id);
	if (context)
		str_printf(&tags, ";+channel-context=%s", context);
	if (!tags.length)
		str_append(&tags, "");
	return str_take(&tags, &text) < 0 ? NULL : text;
}

/* Build the history entry of an answer. Takes over the strings of answer. */
static int fill_answer(struct chat *chat, const struct message *asked, const struct chat_answer *answer,
		const char *context, uint64_t wall_ms, struct history_entry *entry)
{
	struct str source = STR(CHAT_MASK_BYTES * 2);

	*entry = (struct history_entry){.wall_ms = wall_ms,
			.is_bot = true,
			.is_ours = true,
			.text = answer->text,
			.card = answer->card,
			.tags = answer_tags(asked, context)};
	chat_wire_next_id(&chat->wire, entry->msgid);
	str_printf(&source, "%s!%s@" CHAT_SERVER, chat->wire.bot_nick, chat->wire.bot_nick);
	return str_take(&source, &entry->source) < 0 || !entry->tags ? -ENOMEM : 0;
}

static int say_in_channel(
		struct chat *chat, const struct chat_channel *channel, const struct history_entry *entry)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (channel->members >> i & 1)
			chat_client_send_entry(chat->here.clients[i], channel->name, entry, "");
	}
	return 0;
}

/* The client that a private answer is for: the one that asked, or another of the same person. A question of an older
 * version names only a nick. NULL: it is not here. */
static struct chat_client *find_asker(const struct chat *chat, const struct message *asked)
{
	struct chat_client *client = chat_directory_find_client(&chat->here, asked->author_id);

	if (!asked->extra || !*asked->extra || (client && str_equal(client->person, asked->extra)))
		return client;
	return chat_directory_find_guest_here(&chat->here, asked->extra);
}

/* Send a private answer; a person who is not here gets it later. */
static int say_in_private(struct chat *chat, const struct message *asked, struct chat_client *client,
		const struct history_entry *entry)
{
	if (asked->extra)
		keep_private(chat, asked->extra, entry);
	if (client)
		chat_client_send_entry(client, client->nick, entry, "");
	return 0;
}

static int say_in_public(struct chat *chat, struct chat_channel *channel, struct history_entry *entry)
{
	const struct history_entry *kept = history_add(&channel->history, entry);
	int r;

	*entry = (struct history_entry){0}; /* the history has it now */
	r = kept ? say_in_channel(chat, channel, kept) : -ENOMEM;
	chat_directory_trim(&chat->here);
	return r;
}

int chat_say(struct chat *chat, const struct message *asked, const struct reply *reply, size_t *position,
		uint64_t wall_ms)
{
	struct chat_channel *channel =
			asked->is_private ? NULL : chat_directory_find_channel(&chat->here, asked->channel);
	struct chat_client *client = find_asker(chat, asked);
	bool is_kept = asked->extra && chat_guest_key_ok(asked->extra);
	/* What was wrong with a question is of use to its author only. */
	bool is_private = asked->is_private || reply->is_private ||
			  (reply->kind == REPLY_PROBLEM && (client || is_kept));
	struct history_entry entry = {0};
	struct chat_answer answer;
	int r;

	if (is_private ? !client && !is_kept : !channel)
		return -ENOENT;
	r = chat_answer_render(reply, *position, chat->wire.hooks.prefix(chat->wire.hooks.user), &answer);
	if (r < 0)
		return r;
	r = fill_answer(chat, asked, &answer, is_private && channel ? channel->name : NULL, wall_ms, &entry);
	if (r == 0)
		r = is_private ? say_in_private(chat, asked, client, &entry)
			       : say_in_public(chat, channel, &entry);
	if (r == 0)
		*position = answer.next;
	history_entry_release(&entry);
	return r;
}

bool chat_can_reach(const struct chat *chat, const struct message *author)
{
	return (author->extra && chat_guest_key_ok(author->extra)) || find_asker(chat, author);
}

bool chat_has_channel(const struct chat *chat, const char *name)
{
	return chat_directory_find_channel(&chat->here, name) != NULL;
}

void chat_send_topics(struct chat *chat)
{
	chat_directory_send_topics(&chat->here, NULL);
}

/* ---- one line */

static void on_names(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_names(&chat->here, client, line);
}

static void on_who(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_who(&chat->here, client, line);
}

static void on_topic(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_topic(&chat->here, client, line);
}

static void on_list(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_list(&chat->here, client, line);
}

static void on_mode(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_mode(&chat->here, client, line);
}

static void on_whois(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_whois(&chat->here, client, line);
}

static void on_ison(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_directory_ison(&chat->here, client, line);
}

static void on_chathistory(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_history(&chat->here, client, line);
}

static void on_complete(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	chat_complete(&chat->here, client, line, chat->time.wall_ms);
}

static const struct command_rule {
	const char *verb;
	chat_command *run;
	size_t needs;  /* parameters */
	bool is_early; /* also before registration */
} rules[] = {
		{"CAP", on_cap, 1, true},
		{"NICK", on_nick, 0, true},
		{"USER", on_user, 4, true},
		{"PASS", on_pass, 0, true},
		{"PING", on_ping, 1, true},
		{"PONG", on_ignore, 0, true},
		{"QUIT", on_quit, 0, true},
		{"PRIVMSG", on_privmsg, 0, false},
		{"NOTICE", on_notice, 0, false},
		{"TAGMSG", on_tagmsg, 1, false},
		{"JOIN", on_join, 1, false},
		{"PART", on_part, 1, false},
		{"NAMES", on_names, 1, false},
		{"WHO", on_who, 1, false},
		{"TOPIC", on_topic, 1, false},
		{"LIST", on_list, 0, false},
		{"MODE", on_mode, 1, false},
		{"WHOIS", on_whois, 1, false},
		{"ISON", on_ison, 1, false},
		{"MOTD", on_motd, 0, false},
		{"AWAY", on_ignore, 0, false},
		{"CHATHISTORY", on_chathistory, 1, false},
		{"COMPLETE", on_complete, 2, false},
};

static void run_line(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const struct command_rule *rule = NULL;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && !rule; i++) {
		if (str_equal_nocase(line->verb, rules[i].verb))
			rule = &rules[i];
	}
	if (!client->is_registered && !(rule && rule->is_early))
		chat_client_numeric(client, 451, ":You have not registered");
	else if (!rule)
		chat_client_numeric(client, 421, "%s :Unknown command", line->verb);
	else if (line->param_count < rule->needs)
		chat_client_numeric(client, 461, "%s :Not enough parameters", rule->verb);
	else
		rule->run(chat, client, line);
}

/* Check the bytes of a line; an invalid line is refused with FAIL or 417. */
static bool line_is_fit(struct chat_client *client, const char *line, size_t length)
{
	const char *end_of_tags = length && *line == '@' ? memchr(line, ' ', length) : NULL;
	size_t tags_bytes = end_of_tags ? (size_t)(end_of_tags - line) : 0;

	if (memchr(line, '\0', length)) {
		chat_client_send(client, "",
				":" CHAT_SERVER " FAIL * INVALID_MESSAGE :Lines must not contain NUL");
		return false;
	}
	if (tags_bytes > CHAT_TAGS_MAX_BYTES + 1 || length - tags_bytes > CHAT_LINE_MAX_BYTES + 1) {
		chat_too_long(client);
		return false;
	}
	if (!utf8_valid(line, length)) {
		chat_client_send(client, "",
				":" CHAT_SERVER " FAIL * INVALID_UTF8 :Lines must be valid UTF-8");
		return false;
	}
	return true;
}

bool chat_take_loss(struct chat *chat)
{
	bool is_lossy = chat->wire.is_lossy;

	chat->wire.is_lossy = false;
	return is_lossy;
}

void chat_too_long(struct chat_client *client)
{
	chat_client_numeric(client, 417, ":Input line was too long");
}

static void receive_line(struct chat *chat, struct chat_client *client, const char *bytes, size_t length)
{
	char buffer[REAL_LINE_BYTES + 3];
	struct chat_line line;

	if (!line_is_fit(client, bytes, length))
		return;
	memcpy(buffer, bytes, length);
	buffer[length] = '\0';
	if (chat_line_parse(buffer, &line) < 0)
		return;
	chat_client_label_begin(client, line.tags);
	run_line(chat, client, &line);
	chat_client_label_end(client);
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
