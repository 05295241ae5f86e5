/* Channels: coming, going, and who is there. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/lobby/chat_parts.h"

bool chat_channel_ok(const char *name)
{
	size_t length = strlen(name);

	if (*name != '#' || length < 2 || length > CHAT_CHANNEL_MAX_BYTES)
		return false;
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == ',' || *name == 0x7f)
			return false;
	}
	return true;
}

int chat_channel_new(struct chat *chat, const char *name, struct chat_channel **ret)
{
	struct chat_channel *channel;
	size_t i = 0;

	while (i < CHAT_CHANNELS_MAX && chat->channels[i])
		i++;
	if (i == CHAT_CHANNELS_MAX)
		return -ENOSPC;
	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return -ENOMEM;
	snprintf(channel->name, sizeof(channel->name), "%s", name);
	chat->channels[i] = channel;
	*ret = channel;
	return 0;
}

void chat_channel_free(struct chat_channel *channel)
{
	if (!channel)
		return;
	history_release(&channel->history);
	free(channel);
}

/* The largest history of the kept channels, or of the others. NULL: all are empty. */
static struct history *largest_history(struct chat *chat, bool is_kept)
{
	struct history *largest = NULL;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = chat->channels[i];

		if (channel && channel->is_kept == is_kept && channel->history.count &&
				(!largest || channel->history.weight_bytes > largest->weight_bytes))
			largest = &channel->history;
	}
	return largest;
}

void chat_trim_histories(struct chat *chat)
{
	size_t weight_bytes = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		weight_bytes += chat->channels[i] ? chat->channels[i]->history.weight_bytes : 0;
	while (weight_bytes > CHAT_HISTORY_ALL_BYTES) {
		struct history *largest = largest_history(chat, false);

		if (!largest)
			largest = largest_history(chat, true);
		weight_bytes -= largest->weight_bytes;
		history_forget_oldest(largest);
		weight_bytes += largest->weight_bytes;
	}
}

static void forget_if_empty(struct chat *chat, struct chat_channel *channel)
{
	if (channel->members || channel->is_kept)
		return;
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (chat->channels[i] == channel)
			chat->channels[i] = NULL;
	}
	chat_channel_free(channel);
}

static void bot_moves(struct chat *chat, struct chat_channel *channel, const char *verb)
{
	chat_send_members(chat, channel, NULL, ":%s!%s@" CHAT_SERVER " %s %s", chat->bot_nick, chat->bot_nick,
			verb, channel->name);
}

static bool is_listed(char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(names[i], name))
			return true;
	}
	return false;
}

int chat_set_channels(struct chat *chat, char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct chat_channel *channel = chat_find_channel(chat, names[i]);
		int r = channel ? 0 : chat_channel_new(chat, names[i], &channel);

		if (r < 0)
			return r;
		if (!channel->is_kept)
			bot_moves(chat, channel, "JOIN");
		channel->is_kept = true;
	}
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = chat->channels[i];

		if (!channel || !channel->is_kept || is_listed(names, count, channel->name))
			continue;
		bot_moves(chat, channel, "PART");
		channel->is_kept = false;
		forget_if_empty(chat, channel);
	}
	return 0;
}

unsigned chat_channels(const struct chat *chat)
{
	unsigned channels = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		channels += chat->channels[i] && chat->channels[i]->is_kept;
	return channels;
}

static void send_names(struct chat *chat, struct chat_client *client, const struct chat_channel *channel)
{
	struct str list = STR(4096);

	if (channel->is_kept)
		str_append(&list, chat->bot_nick);
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (!(channel->members >> i & 1))
			continue;
		if (list.length > 350) {
			chat_numeric(chat, client, 353, "= %s :%s", channel->name, str_text(&list));
			str_truncate(&list, 0);
		}
		str_printf(&list, "%s%s", list.length ? " " : "", chat->clients[i]->nick);
	}
	if (list.length)
		chat_numeric(chat, client, 353, "= %s :%s", channel->name, str_text(&list));
	chat_numeric(chat, client, 366, "%s :End of NAMES list", channel->name);
	str_release(&list);
}

/* May this client make one more channel, and be in one more? */
static bool may_have_more(const struct chat *chat, const struct chat_client *client, bool is_new)
{
	unsigned joined = 0, made = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		const struct chat_channel *channel = chat->channels[i];

		joined += channel && chat_is_member(channel, client);
		made += channel && !channel->is_kept;
	}
	return joined < CHAT_JOINED_MAX && (!is_new || made < CHAT_GUEST_CHANNELS);
}

static void join_one(struct chat *chat, struct chat_client *client, const char *name)
{
	struct chat_channel *channel = chat_find_channel(chat, name);
	char mask[CHAT_MASK_BYTES];
	size_t count;

	if (channel && chat_is_member(channel, client))
		return;
	if (!channel && !chat_channel_ok(name)) {
		chat_numeric(chat, client, 403, "%s :No such channel", name);
		return;
	}
	if (!may_have_more(chat, client, !channel) ||
			(!channel && chat_channel_new(chat, name, &channel) < 0)) {
		chat_numeric(chat, client, 405, "%s :Too many channels", name);
		return;
	}
	channel->members |= UINT64_C(1) << client->slot;
	chat_mask(client, mask);
	chat_send_members(chat, channel, NULL, ":%s JOIN %s", mask, channel->name);
	send_names(chat, client, channel);
	count = channel->history.count;
	if ((client->caps & CHAT_CAP_BATCH) && !(client->caps & CHAT_CAP_HISTORY))
		chat_play(chat, client, channel,
				count > CHAT_JOIN_HISTORY_MAX ? count - CHAT_JOIN_HISTORY_MAX : 0, count);
}

void chat_join(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	char *name, *rest = line->params[0];

	while ((name = strsep(&rest, ",")))
		join_one(chat, client, name);
}

static void part_one(struct chat *chat, struct chat_client *client, struct chat_channel *channel,
		const char *reason)
{
	char mask[CHAT_MASK_BYTES];

	chat_mask(client, mask);
	chat_send_members(chat, channel, NULL, ":%s PART %s :%s", mask, channel->name, reason);
	channel->members &= ~(UINT64_C(1) << client->slot);
	forget_if_empty(chat, channel);
}

void chat_part(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	char *name, *rest = line->params[0];

	while ((name = strsep(&rest, ","))) {
		struct chat_channel *channel = chat_find_channel(chat, name);

		if (!channel)
			chat_numeric(chat, client, 403, "%s :No such channel", name);
		else if (!chat_is_member(channel, client))
			chat_numeric(chat, client, 442, "%s :You're not on that channel", name);
		else
			part_one(chat, client, channel, line->param_count > 1 ? line->params[1] : "");
	}
}

void chat_part_all(struct chat *chat, struct chat_client *client)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = chat->channels[i];

		if (!channel || !chat_is_member(channel, client))
			continue;
		channel->members &= ~(UINT64_C(1) << client->slot);
		forget_if_empty(chat, channel);
	}
}

void chat_names(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const struct chat_channel *channel = chat_find_channel(chat, line->params[0]);

	if (channel)
		send_names(chat, client, channel);
	else
		chat_numeric(chat, client, 366, "%s :End of NAMES list", line->params[0]);
}

static void who_one(struct chat *chat, struct chat_client *client, const char *where,
		const struct chat_client *other)
{
	chat_numeric(chat, client, 352, "%s %s " CHAT_SERVER " " CHAT_SERVER " %s H%s :0 %s", where,
			other->user, other->nick, other->is_bot ? "B" : "", other->realname);
}

static void who_bot(struct chat *chat, struct chat_client *client, const char *where)
{
	chat_numeric(chat, client, 352,
			"%s %s " CHAT_SERVER " " CHAT_SERVER " %s HB :0 the bot of this lobby", where,
			chat->bot_nick, chat->bot_nick);
}

void chat_who(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0];
	const struct chat_channel *channel = chat_find_channel(chat, target);
	const struct chat_client *other = channel ? NULL : chat_find_client(chat, target);

	if (channel && channel->is_kept)
		who_bot(chat, client, channel->name);
	for (size_t i = 0; channel && i < CHAT_CLIENTS_MAX; i++) {
		if (channel->members >> i & 1)
			who_one(chat, client, channel->name, chat->clients[i]);
	}
	if (!channel && chat_is_bot_nick(chat, target))
		who_bot(chat, client, "*");
	else if (other && other->is_registered)
		who_one(chat, client, "*", other);
	chat_numeric(chat, client, 315, "%s :End of WHO list", target);
}

void chat_topic(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	const char *name = line->params[0];

	if (!chat_find_channel(chat, name))
		chat_numeric(chat, client, 403, "%s :No such channel", name);
	else if (line->param_count > 1)
		chat_numeric(chat, client, 482, "%s :Nobody is an operator here", name);
	else
		chat_numeric(chat, client, 331, "%s :No topic is set", name);
}

void chat_list(struct chat *chat, struct chat_client *client, struct chat_line *line)
{
	(void)line;
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		const struct chat_channel *channel = chat->channels[i];

		if (channel)
			chat_numeric(chat, client, 322, "%s %d :", channel->name,
					__builtin_popcountll(channel->members) + channel->is_kept);
	}
	chat_numeric(chat, client, 323, ":End of LIST");
}
