/* What people and the bot say, and how each client gets to see it. */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/clock.h"
#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat_parts.h"

/* The tags of one line of a message, for what this client asked for. */
static void append_tags(struct str *tags, const struct chat *chat, const struct chat_client *client,
		const struct history_entry *entry, const char *batch, unsigned part)
{
	char time[CLOCK_ISO_BYTES];

	if (*batch)
		str_printf(tags, ";batch=%s", batch);
	if (client->caps & CHAT_CAP_TIME) {
		clock_iso(entry->wall_ms, time);
		str_printf(tags, ";time=%s", time);
	}
	if (entry->is_ours && (client->caps & CHAT_CAP_ACCOUNT))
		str_printf(tags, ";account=%s", chat->bot_nick);
	if (!(client->caps & CHAT_CAP_TAGS))
		return;
	if (part)
		str_printf(tags, ";msgid=%s.%u", entry->msgid, part);
	else
		str_printf(tags, ";msgid=%s", entry->msgid);
	if (entry->is_bot)
		str_append(tags, ";bot");
	str_append(tags, entry->tags);
}

void chat_send_entry(struct chat *chat, struct chat_client *client, const char *target,
		const struct history_entry *entry, const char *batch)
{
	bool is_card = entry->card && (client->caps & CHAT_CAP_CARD) && (client->caps & CHAT_CAP_TAGS);
	const char *verb = entry->is_notice ? "NOTICE" : "PRIVMSG", *line = entry->text;
	struct str tags = STR(CHAT_OUT_MAX_BYTES);
	unsigned part = 0;

	do {
		int length = (int)strcspn(line, "\n");

		str_truncate(&tags, 0);
		append_tags(&tags, chat, client, entry, batch, part++);
		if (is_card)
			str_printf(&tags, ";episoded/card=%s", entry->card);
		chat->is_lossy |= tags.error == -ENOMEM;
		chat_send(chat, client, str_text(&tags), ":%s %s %s :%.*s", entry->source, verb, target,
				length, line);
		line += length;
		line += *line == '\n';
	} while (*line && !is_card);
	str_release(&tags);
}

static void send_to_channel(struct chat *chat, const struct chat_channel *channel,
		const struct chat_client *from, const struct history_entry *entry)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		struct chat_client *client = chat->clients[i];

		if (!(channel->members >> i & 1) || (client == from && !(client->caps & CHAT_CAP_ECHO)))
			continue;
		chat_send_entry(chat, client, channel->name, entry, "");
	}
}

static bool starts_with_prefix(const char *text, const char *prefix)
{
	return str_starts(text, prefix) && isalnum((unsigned char)text[strlen(prefix)]);
}

/* The bot is mentioned first, or what the page's buttons say is a command here, whatever prefix an owner has set for
 * the channel. The words after that; NULL: neither. */
static const char *addressed_words(const struct chat *chat, const char *text)
{
	const char *prefix = chat->hooks.prefix(chat->hooks.user), *at = text + strspn(text, " @");
	size_t nick_length = strlen(chat->bot_nick);

	if (strncasecmp(at, chat->bot_nick, nick_length) == 0 && strchr(":, ", at[nick_length])) {
		at += nick_length;
		return at + strspn(at, ":, ");
	}
	return starts_with_prefix(text, prefix) ? text + strlen(prefix) : NULL;
}

/* Tell the bot what a person said in one of its channels, or, with NULL, to the bot alone. ACTIONs and other CTCP are
 * no commands. */
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
			.is_private = !channel,
			.has_private = true,
			.time_ms = chat->time.wall_ms,
	};
	const char *words;

	if (client->is_bot || *line == '\x01')
		return;
	utf8_clean(&text, line, strlen(line));
	chat->is_lossy |= text.error == -ENOMEM;
	if (!text.error) {
		words = addressed_words(chat, str_text(&text));
		message.text = words ? words : str_text(&text);
		message.is_addressed = message.is_private || words;
		chat->hooks.on_said(chat->hooks.user, &message);
	}
	str_release(&text);
}

/* A receiver's line may have 512 bytes with the sender's mask in it: what does not fit is cut. */
static size_t text_room(const char *mask, const char *verb, const char *target)
{
	size_t taken = strlen(mask) + strlen(verb) + strlen(target) + strlen(":   :");

	return taken < CHAT_LINE_MAX_BYTES ? CHAT_LINE_MAX_BYTES - taken : 0;
}

/* Bytes of text that fit in room, cut at a space where one is near the end, else between graphemes. */
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

	chat_mask(client, mask);
	chat_next_id(chat, entry.msgid);
	chat_tags_relay(&tags, line->tags);
	entry.is_bot = client->is_bot;
	entry.source = str_copy(mask);
	entry.text = str_copy_bytes(
			text, fitting_bytes(text, strlen(text),
					      text_room(mask, is_notice ? "NOTICE" : "PRIVMSG", target)));
	entry.tags = str_copy(str_text(&tags));
	str_release(&tags);
	if (!entry.source || !entry.text || !entry.tags) {
		chat->is_lossy = true;
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

	if (!chat_is_member(channel, client)) {
		chat_numeric(chat, client, 404, "%s :Join it before you speak", channel->name);
		return;
	}
	if (fill_entry(chat, client, line, is_notice, channel->name, &entry) < 0)
		return;
	kept = history_add(&channel->history, &entry);
	chat->is_lossy |= !kept;
	if (!kept)
		return;
	send_to_channel(chat, channel, client, kept);
	if (!is_notice && channel->is_kept)
		tell_bot(chat, client, kept->msgid, channel->name, line->params[1]);
	chat_trim_histories(chat);
}

static void talk_to_person(struct chat *chat, struct chat_client *client, struct chat_line *line,
		bool is_notice, struct chat_client *other)
{
	const char *target = other ? other->nick : chat->bot_nick;
	struct history_entry entry;

	if (fill_entry(chat, client, line, is_notice, target, &entry) < 0)
		return;
	if (client->caps & CHAT_CAP_ECHO)
		chat_send_entry(chat, client, target, &entry, "");
	if (other && other != client)
		chat_send_entry(chat, other, target, &entry, "");
	if (!other && !is_notice)
		tell_bot(chat, client, entry.msgid, NULL, line->params[1]);
	history_entry_release(&entry);
}

static void talk(struct chat *chat, struct chat_client *client, struct chat_line *line, bool is_notice)
{
	const char *target = line->param_count ? line->params[0] : "";
	struct chat_channel *channel = chat_find_channel(chat, target);
	struct chat_client *other = chat_find_client(chat, target);

	if (!*target)
		chat_numeric(chat, client, 411, ":No recipient given (%s)", line->verb);
	else if (line->param_count < 2 || !*line->params[1])
		chat_numeric(chat, client, 412, ":No text to send");
	else if (channel)
		talk_to_channel(chat, client, line, is_notice, channel);
	else if (chat_is_bot_nick(chat, target) || (other && other->is_registered))
		talk_to_person(chat, client, line, is_notice, other);
	else
		chat_numeric(chat, client, *target == '#' ? 403 : 401, "%s :Nobody is there", target);
}

void chat_privmsg(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	talk(chat, client, line, false);
}

void chat_notice(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	talk(chat, client, line, true);
}

static void send_tagmsg(struct chat *chat, const struct chat_client *from, struct chat_client *client,
		const char *target, const char *relayed)
{
	struct str tags = STR(CHAT_OUT_MAX_BYTES);
	char mask[CHAT_MASK_BYTES], msgid[HISTORY_MSGID_BYTES], time[CLOCK_ISO_BYTES];

	if (client->caps & CHAT_CAP_TAGS) {
		chat_mask(from, mask);
		chat_next_id(chat, msgid);
		clock_iso(chat->time.wall_ms, time);
		if (client->caps & CHAT_CAP_TIME)
			str_printf(&tags, ";time=%s", time);
		str_printf(&tags, ";msgid=%s%s", msgid, relayed);
		chat_send(chat, client, str_text(&tags), ":%s TAGMSG %s", mask, target);
	}
	str_release(&tags);
}

void chat_tagmsg(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0];
	const struct chat_channel *channel = chat_find_channel(chat, target);
	struct chat_client *other = chat_find_client(chat, target);
	struct str tags = STR(CHAT_TAGS_MAX_BYTES + 1);

	chat_tags_relay(&tags, line->tags);
	if (!(client->caps & CHAT_CAP_TAGS)) {
		chat_numeric(chat, client, 421, "TAGMSG :Ask for message-tags first");
	} else if (channel && chat_is_member(channel, client)) {
		for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
			bool is_back = chat->clients[i] == client && !(client->caps & CHAT_CAP_ECHO);

			if ((channel->members >> i & 1) && !is_back)
				send_tagmsg(chat, client, chat->clients[i], channel->name, str_text(&tags));
		}
	} else if (other && other->is_registered) {
		send_tagmsg(chat, client, other, other->nick, str_text(&tags));
	} else if (!chat_is_bot_nick(chat, target)) {
		chat_numeric(chat, client, 401, "%s :Nobody is there", target);
	}
	str_release(&tags);
}
