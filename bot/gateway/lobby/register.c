/* How a client becomes somebody: capabilities, nick and user, and the welcome. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_parts.h"
#include "bot/gateway/lobby/skeleton.h"

static const struct cap_name {
	const char *name;
	enum chat_cap cap;
} cap_names[] = {
		{"message-tags", CHAT_CAP_TAGS},
		{"server-time", CHAT_CAP_TIME},
		{"echo-message", CHAT_CAP_ECHO},
		{"batch", CHAT_CAP_BATCH},
		{"labeled-response", CHAT_CAP_LABEL},
		{"draft/chathistory", CHAT_CAP_HISTORY},
		{"cap-notify", CHAT_CAP_NOTIFY},
		{"account-tag", CHAT_CAP_ACCOUNT},
		{"episoded/card", CHAT_CAP_CARD},
};
#define CAP_COUNT (sizeof(cap_names) / sizeof(cap_names[0]))

static void append_caps(struct str *str, unsigned caps)
{
	for (size_t i = 0; i < CAP_COUNT; i++) {
		if (caps & cap_names[i].cap)
			str_printf(str, "%s%s", str->length ? " " : "", cap_names[i].name);
	}
}

/* Accepted or refused as a whole. */
static bool caps_after(const char *wanted, unsigned *caps)
{
	unsigned result = *caps;

	while (*wanted) {
		size_t length = strcspn(wanted, " "), i = 0;
		bool is_off = *wanted == '-';
		const char *name = wanted + is_off;

		if (length) {
			size_t name_length = length - is_off;

			while (i < CAP_COUNT &&
					(strlen(cap_names[i].name) != name_length ||
							strncmp(cap_names[i].name, name, name_length) != 0))
				i++;
			if (i == CAP_COUNT)
				return false;
			result = is_off ? result & ~(unsigned)cap_names[i].cap : result | cap_names[i].cap;
		}
		wanted += length;
		wanted += *wanted == ' ';
	}
	*caps = result;
	return true;
}

static void welcome(struct chat *chat, struct chat_client *client)
{
	struct str channels = STR(400);

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->channels[i] && chat->channels[i]->is_kept)
			str_printf(&channels, "%s%s", channels.length ? "," : "", chat->channels[i]->name);
	}
	chat_numeric(chat, client, 1, ":Welcome to the lobby, %s", client->nick);
	chat_numeric(chat, client, 2, ":Your host is " CHAT_SERVER ", running episoded " EPISODED_VERSION);
	chat_numeric(chat, client, 3, ":It is as old as the bot's last start");
	chat_numeric(chat, client, 4, CHAT_SERVER " episoded-" EPISODED_VERSION " B nt");
	chat_numeric(chat, client, 5,
			"NETWORK=" CHAT_SERVER
			" CASEMAPPING=ascii CHANTYPES=# PREFIX= CHANMODES=,,,nt NICKLEN=%d "
			"CHANNELLEN=%d LINELEN=%d BOT=B UTF8ONLY MSGREFTYPES=msgid,timestamp CHATHISTORY=%d "
			"TARGMAX=PRIVMSG:1,NOTICE:1 :are supported by this server",
			CHAT_NICK_MAX_BYTES, CHAT_CHANNEL_MAX_BYTES, CHAT_LINE_MAX_BYTES + 2,
			CHAT_HISTORY_MAX);
	/* Ours, for the page: who the bot is and where it can be found. */
	chat_numeric(chat, client, 5, "episoded/BOT=%s episoded/CHANNELS=%s :are supported by this server",
			chat->bot_nick, str_text(&channels));
	chat_numeric(chat, client, 422, ":No message of the day; say %shelp in a channel",
			chat->hooks.prefix(chat->hooks.user));
	str_release(&channels);
}

static void register_if_complete(struct chat *chat, struct chat_client *client)
{
	if (client->is_registered || client->is_negotiating || !client->nick[0] || !client->user[0])
		return;
	client->is_registered = true;
	welcome(chat, client);
}

static void send_caps(struct chat *chat, struct chat_client *client, const char *subcommand, unsigned caps)
{
	struct str list = STR(400);

	append_caps(&list, caps);
	chat_send(chat, client, "", ":" CHAT_SERVER " CAP %s %s :%s", client->nick[0] ? client->nick : "*",
			subcommand, str_text(&list));
	str_release(&list);
}

void chat_cap(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *subcommand = line->params[0], *wanted = line->param_count > 1 ? line->params[1] : "";
	const char *nick = client->nick[0] ? client->nick : "*";

	if (str_equal_nocase(subcommand, "LS")) {
		client->is_negotiating = !client->is_registered;
		send_caps(chat, client, "LS", ~0u);
	} else if (str_equal_nocase(subcommand, "LIST")) {
		send_caps(chat, client, "LIST", client->caps);
	} else if (str_equal_nocase(subcommand, "REQ")) {
		bool is_known = caps_after(wanted, &client->caps);

		client->is_negotiating = !client->is_registered;
		chat_send(chat, client, "", ":" CHAT_SERVER " CAP %s %s :%s", nick, is_known ? "ACK" : "NAK",
				wanted);
	} else if (str_equal_nocase(subcommand, "END")) {
		client->is_negotiating = false;
		register_if_complete(chat, client);
	} else {
		chat_numeric(chat, client, 410, "%s :Invalid CAP command", subcommand);
	}
}

/* Beyond ASCII, whatever folds to letters or digits: no spaces, marks on their own or pictures. */
static bool is_letter(const char *text, size_t length)
{
	struct str folded = STR(64), letter = STR(64);
	bool result;

	str_append_bytes(&letter, text, length);
	utf8_fold(&folded, str_text(&letter));
	result = !letter.error && !folded.error && folded.length && !strchr(str_text(&folded), ' ');
	str_release(&letter);
	str_release(&folded);
	return result;
}

static bool nick_ok(const char *nick)
{
	size_t length = strlen(nick);

	if (!length || length > CHAT_NICK_MAX_BYTES || strchr("0123456789-", *nick))
		return false;
	while (length) {
		size_t step = utf8_grapheme(nick, length);
		char c = *nick;
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				(c && strchr("-_[]{}|^`\\", c));

		if (!step || (step == 1 ? !is_plain : !is_letter(nick, step)))
			return false;
		nick += step;
		length -= step;
	}
	return true;
}

/* Does this nick equal or resemble the bot's, or that of another client? */
static bool is_taken(
		struct chat *chat, const struct chat_client *client, const char *nick, uint64_t nick_skeleton)
{
	if (chat_is_bot_nick(chat, nick) || skeleton_strict(nick) == chat->bot_skeleton)
		return true;
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		const struct chat_client *other = chat->clients[i];

		if (other && other != client && other->nick[0] && other->skeleton == nick_skeleton)
			return true;
	}
	return false;
}

void chat_nick(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *nick = line->param_count ? line->params[0] : "";
	uint64_t nick_skeleton;
	char mask[CHAT_MASK_BYTES];

	if (!*nick) {
		chat_numeric(chat, client, 431, ":No nickname given");
		return;
	}
	if (!nick_ok(nick)) {
		chat_numeric(chat, client, 432, "%s :Erroneous nickname", nick);
		return;
	}
	nick_skeleton = skeleton(nick);
	if (!nick_skeleton || is_taken(chat, client, nick, nick_skeleton)) {
		chat_numeric(chat, client, 433, "%s :Nickname is already in use, or looks like one that is",
				nick);
		return;
	}
	if (client->is_registered) {
		chat_mask(client, mask);
		chat_send_peers(chat, client, ":%s NICK :%s", mask, nick);
		chat_send(chat, client, "", ":%s NICK :%s", mask, nick);
	}
	snprintf(client->nick, sizeof(client->nick), "%s", nick);
	client->skeleton = nick_skeleton;
	register_if_complete(chat, client);
}

/* Letters and digits only: it becomes part of everybody's view of the mask. */
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

void chat_user(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *realname = line->params[3];

	if (client->user[0]) {
		chat_numeric(chat, client, 462, ":You may not reregister");
		return;
	}
	set_user(client, line->params[0]);
	memcpy(client->realname, realname, utf8_fit(realname, strlen(realname), CHAT_REAL_MAX_BYTES));
	register_if_complete(chat, client);
}
