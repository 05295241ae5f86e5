/* Who is in the lobby, and where. */

#include "bot/gateway/lobby/chat_directory.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "bot/base/utf8.h"

/* ---- finding */

struct chat_client *chat_directory_find_client(const struct chat_directory *directory, const char *nick)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (directory->clients[i] && str_equal_nocase(directory->clients[i]->nick, nick))
			return directory->clients[i];
	}
	return NULL;
}

struct chat_channel *chat_directory_find_channel(const struct chat_directory *directory, const char *name)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (directory->channels[i] && str_equal_nocase(directory->channels[i]->name, name))
			return directory->channels[i];
	}
	return NULL;
}

struct chat_client *chat_directory_find_holder(
		const struct chat_directory *directory, const struct chat_client *client, uint64_t skeleton)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		struct chat_client *other = directory->clients[i];

		if (other && other != client && other->nick[0] && other->skeleton == skeleton)
			return other;
	}
	return NULL;
}

bool chat_directory_is_bot(const struct chat_directory *directory, const char *nick)
{
	return str_equal_nocase(directory->wire->bot_nick, nick);
}

/* ---- people */

struct chat_client *chat_directory_find_guest_here(const struct chat_directory *directory, const char *key)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		struct chat_client *client = directory->clients[i];

		if (client && client->is_registered && str_equal(client->person, key))
			return client;
	}
	return NULL;
}

struct chat_guest *chat_directory_find_guest(const struct chat_directory *directory, const char *key)
{
	for (size_t i = 0; i < CHAT_GUESTS_MAX; i++) {
		if (directory->guests[i] && str_equal(directory->guests[i]->key, key))
			return directory->guests[i];
	}
	return NULL;
}

static void evict(struct chat_guest *guest)
{
	while (guest->history.count)
		history_forget_oldest(&guest->history);
	chat_guest_free(guest);
}

struct chat_guest *chat_directory_guest(struct chat_directory *directory, const char *key, bool may_evict)
{
	struct chat_guest *guest = chat_directory_find_guest(directory, key);
	size_t place = 0;

	if (guest)
		return guest;
	for (size_t i = 0; i < CHAT_GUESTS_MAX && directory->guests[place]; i++) {
		if (!directory->guests[i] || chat_guest_last_ms(directory->guests[i]) <
							     chat_guest_last_ms(directory->guests[place]))
			place = i;
	}
	if (directory->guests[place] && !may_evict)
		return NULL;
	guest = chat_guest_new(key, directory->keeper);
	if (!guest)
		return NULL;
	if (directory->guests[place])
		evict(directory->guests[place]);
	directory->guests[place] = guest;
	return guest;
}

/* ---- channels */

int chat_directory_add(struct chat_directory *directory, const char *name, struct chat_channel **ret)
{
	size_t i = 0;

	while (i < CHAT_CHANNELS_MAX && directory->channels[i])
		i++;
	if (i == CHAT_CHANNELS_MAX)
		return -ENOSPC;
	directory->channels[i] = chat_channel_new(name);
	if (!directory->channels[i])
		return -ENOMEM;
	*ret = directory->channels[i];
	return 0;
}

void chat_directory_forget_if_empty(struct chat_directory *directory, struct chat_channel *channel)
{
	if (channel->members || channel->is_kept)
		return;
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (directory->channels[i] == channel)
			directory->channels[i] = NULL;
	}
	chat_channel_free(channel);
}

void chat_directory_part_all(struct chat_directory *directory, struct chat_client *client)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = directory->channels[i];

		if (!channel || !chat_channel_has(channel, client))
			continue;
		channel->members &= ~(UINT64_C(1) << client->slot);
		chat_directory_forget_if_empty(directory, channel);
	}
}

bool chat_directory_may_join(
		const struct chat_directory *directory, const struct chat_client *client, bool is_new)
{
	unsigned joined = 0, made = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		const struct chat_channel *channel = directory->channels[i];

		joined += channel && chat_channel_has(channel, client);
		made += channel && !channel->is_kept;
	}
	return joined < CHAT_JOINED_MAX && (!is_new || made < CHAT_GUEST_CHANNELS);
}

/* The largest history of the configured channels, or of the others. NULL: all are empty. */
static struct history *largest_history(struct chat_directory *directory, bool is_kept)
{
	struct history *largest = NULL;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = directory->channels[i];

		if (channel && channel->is_kept == is_kept && channel->history.count &&
				(!largest || channel->history.weight_bytes > largest->weight_bytes))
			largest = &channel->history;
	}
	return largest;
}

/* The same of the people. */
static struct history *largest_private(struct chat_directory *directory)
{
	struct history *largest = NULL;

	for (size_t i = 0; i < CHAT_GUESTS_MAX; i++) {
		struct chat_guest *guest = directory->guests[i];

		if (guest && guest->history.count &&
				(!largest || guest->history.weight_bytes > largest->weight_bytes))
			largest = &guest->history;
	}
	return largest;
}

void chat_directory_trim(struct chat_directory *directory)
{
	size_t weight_bytes = 0;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++)
		weight_bytes += directory->channels[i] ? directory->channels[i]->history.weight_bytes : 0;
	for (size_t i = 0; i < CHAT_GUESTS_MAX; i++)
		weight_bytes += directory->guests[i] ? directory->guests[i]->history.weight_bytes : 0;
	while (weight_bytes > CHAT_HISTORY_ALL_BYTES) {
		struct history *largest = largest_history(directory, false);

		if (!largest)
			largest = largest_private(directory);
		if (!largest)
			largest = largest_history(directory, true);
		weight_bytes -= largest->weight_bytes;
		history_forget_oldest(largest);
		weight_bytes += largest->weight_bytes;
	}
}

/* ---- sending */

__attribute__((format(printf, 3, 0))) static void send_to(
		const struct chat_directory *directory, uint64_t slots, const char *format, va_list arguments)
{
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		va_list again;

		if (!(slots >> i & 1) || !directory->clients[i])
			continue;
		va_copy(again, arguments);
		chat_client_send_v(directory->clients[i], "", "", format, again);
		va_end(again);
	}
}

void chat_directory_send_members(const struct chat_directory *directory, const struct chat_channel *channel,
		const struct chat_client *except, const char *format, ...)
{
	uint64_t slots = channel->members & ~(except ? UINT64_C(1) << except->slot : 0);
	va_list arguments;

	va_start(arguments, format);
	send_to(directory, slots, format, arguments);
	va_end(arguments);
}

void chat_directory_send_peers(const struct chat_directory *directory, const struct chat_client *client,
		const char *format, ...)
{
	uint64_t slots = 0;
	va_list arguments;

	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		if (directory->channels[i] && chat_channel_has(directory->channels[i], client))
			slots |= directory->channels[i]->members;
	}
	va_start(arguments, format);
	send_to(directory, slots & ~(UINT64_C(1) << client->slot), format, arguments);
	va_end(arguments);
}

/* ---- topics */

/* The text, and the JSON; NULL: the channel has no topic. */
static const char *topic_for(const struct chat_directory *directory, const struct chat_channel *channel,
		const char *nick, char ret[CHAT_TOPIC_MAX_BYTES + 1])
{
	const struct chat_hooks *hooks = &directory->wire->hooks;
	struct str text = STR(4 * CHAT_TOPIC_MAX_BYTES);
	const char *name = "", *json;

	if (!channel->is_kept || !hooks->topic)
		return NULL;
	json = hooks->topic(hooks->user, channel->name, nick, &name);
	utf8_clean(&text, name, strnlen(name, CHAT_TOPIC_MAX_BYTES));
	str_truncate(&text, utf8_fit(str_text(&text), text.length, CHAT_TOPIC_MAX_BYTES));
	memcpy(ret, str_text(&text), text.length + 1);
	str_release(&text);
	return *ret ? json : NULL;
}

bool chat_directory_topic_of(const struct chat_directory *directory, const struct chat_channel *channel,
		char ret[CHAT_TOPIC_MAX_BYTES + 1])
{
	return topic_for(directory, channel, directory->wire->bot_nick, ret) != NULL;
}

void chat_directory_send_topic(const struct chat_directory *directory, struct chat_client *client,
		struct chat_channel *channel)
{
	const unsigned needed = CHAT_CAP_TOPIC | CHAT_CAP_TAGS;
	struct str tags = STR(CHAT_OUT_MAX_BYTES), value = STR(CHAT_TOPIC_DATA_MAX_BYTES);
	char text[CHAT_TOPIC_MAX_BYTES + 1];
	const char *json = topic_for(directory, channel, client->nick, text);

	if (!json)
		return;
	channel->topic = str_hash(0, text, strlen(text));
	if ((client->caps & needed) == needed) {
		chat_tag_escape(&value, json);
		directory->wire->is_lossy |= value.error == -ENOMEM;
		if (!value.error)
			str_printf(&tags, ";episoded/topic=%s", str_text(&value));
	}
	chat_client_send(client, str_text(&tags), ":" CHAT_SERVER " 332 %s %s :%s", client->nick,
			channel->name, text);
	str_release(&value);
	str_release(&tags);
}

/* To one member of a channel whose topic may have changed. */
static void resend_topic(const struct chat_directory *directory, struct chat_client *client,
		struct chat_channel *channel, uint64_t before)
{
	char text[CHAT_TOPIC_MAX_BYTES + 1];

	if (client->caps & CHAT_CAP_TOPIC)
		chat_directory_send_topic(directory, client, channel);
	else if (chat_directory_topic_of(directory, channel, text) &&
			str_hash(0, text, strlen(text)) != before)
		chat_client_send(client, "", ":%s!%s@" CHAT_SERVER " TOPIC %s :%s", directory->wire->bot_nick,
				directory->wire->bot_nick, channel->name, text);
}

void chat_directory_send_topics(const struct chat_directory *directory, const struct chat_client *client)
{
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		struct chat_channel *channel = directory->channels[i];
		uint64_t before = channel ? channel->topic : 0;
		char text[CHAT_TOPIC_MAX_BYTES + 1];

		if (!channel || !channel->is_kept)
			continue;
		for (size_t j = 0; j < CHAT_CLIENTS_MAX; j++) {
			if ((channel->members >> j & 1) && (!client || directory->clients[j] == client))
				resend_topic(directory, directory->clients[j], channel, before);
		}
		if (chat_directory_topic_of(directory, channel, text))
			channel->topic = str_hash(0, text, strlen(text));
	}
}

/* ---- the commands that ask */

void chat_directory_send_names(const struct chat_directory *directory, struct chat_client *client,
		const struct chat_channel *channel)
{
	struct str list = STR(4096);

	if (channel->is_kept)
		str_append(&list, directory->wire->bot_nick);
	for (size_t i = 0; i < CHAT_CLIENTS_MAX; i++) {
		if (!(channel->members >> i & 1))
			continue;
		if (list.length > 350) {
			chat_client_numeric(client, 353, "= %s :%s", channel->name, str_text(&list));
			str_clear(&list);
		}
		str_printf(&list, "%s%s", list.length ? " " : "", directory->clients[i]->nick);
	}
	if (list.length)
		chat_client_numeric(client, 353, "= %s :%s", channel->name, str_text(&list));
	chat_client_numeric(client, 366, "%s :End of NAMES list", channel->name);
	str_release(&list);
}

void chat_directory_names(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	const struct chat_channel *channel = chat_directory_find_channel(directory, line->params[0]);

	if (channel)
		chat_directory_send_names(directory, client, channel);
	else
		chat_client_numeric(client, 366, "%s :End of NAMES list", line->params[0]);
}

static void who_one(struct chat_client *client, const char *where, const struct chat_client *other)
{
	chat_client_numeric(client, 352, "%s %s " CHAT_SERVER " " CHAT_SERVER " %s H%s :0 %s", where,
			other->user, other->nick, other->is_bot ? "B" : "", other->realname);
}

static void who_bot(const struct chat_directory *directory, struct chat_client *client, const char *where)
{
	chat_client_numeric(client, 352, "%s %s " CHAT_SERVER " " CHAT_SERVER " %s HB :0 bot of this lobby",
			where, directory->wire->bot_nick, directory->wire->bot_nick);
}

void chat_directory_who(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0];
	const struct chat_channel *channel = chat_directory_find_channel(directory, target);
	const struct chat_client *other = channel ? NULL : chat_directory_find_client(directory, target);

	if (channel && channel->is_kept)
		who_bot(directory, client, channel->name);
	for (size_t i = 0; channel && i < CHAT_CLIENTS_MAX; i++) {
		if (channel->members >> i & 1)
			who_one(client, channel->name, directory->clients[i]);
	}
	if (!channel && chat_directory_is_bot(directory, target))
		who_bot(directory, client, "*");
	else if (other && other->is_registered)
		who_one(client, "*", other);
	chat_client_numeric(client, 315, "%s :End of WHO list", target);
}

void chat_directory_topic(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	const char *name = line->params[0];
	struct chat_channel *channel = chat_directory_find_channel(directory, name);
	char text[CHAT_TOPIC_MAX_BYTES + 1];

	if (!channel)
		chat_client_numeric(client, 403, "%s :No such channel", name);
	else if (line->param_count > 1)
		chat_client_numeric(client, 482, "%s :There are no channel operators here", name);
	else if (chat_directory_topic_of(directory, channel, text))
		chat_directory_send_topic(directory, client, channel);
	else
		chat_client_numeric(client, 331, "%s :No topic is set", name);
}

void chat_directory_list(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	(void)line;
	for (size_t i = 0; i < CHAT_CHANNELS_MAX; i++) {
		const struct chat_channel *channel = directory->channels[i];
		char text[CHAT_TOPIC_MAX_BYTES + 1] = "";

		if (!channel)
			continue;
		chat_directory_topic_of(directory, channel, text);
		chat_client_numeric(client, 322, "%s %d :%s", channel->name,
				__builtin_popcountll(channel->members) + channel->is_kept, text);
	}
	chat_client_numeric(client, 323, ":End of LIST");
}

void chat_directory_mode(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	const char *target = line->params[0], *change = line->param_count > 1 ? line->params[1] : NULL;

	if (*target == '#') {
		if (!chat_directory_find_channel(directory, target))
			chat_client_numeric(client, 403, "%s :No such channel", target);
		else if (!change)
			chat_client_numeric(client, 324, "%s +nt", target);
		else if (!str_equal(change, "b") && !str_equal(change, "+b"))
			chat_client_numeric(client, 482, "%s :There are no channel operators here", target);
		else
			chat_client_numeric(client, 368, "%s :End of channel ban list", target);
		return;
	}
	if (!str_equal_nocase(target, client->nick)) {
		chat_client_numeric(client, 502, ":Cannot change the modes of others");
		return;
	}
	if (!change) {
		chat_client_numeric(client, 221, "+%s", client->is_bot ? "B" : "");
	} else if (str_equal(change, "+B") || str_equal(change, "-B")) {
		client->is_bot = *change == '+';
		chat_client_send(client, "", ":%s MODE %s %s", client->nick, client->nick, change);
	} else {
		chat_client_numeric(client, 501, ":Unknown mode");
	}
}

void chat_directory_whois(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	const char *nick = line->params[line->param_count - 1];
	const struct chat_client *other = chat_directory_find_client(directory, nick);

	if (chat_directory_is_bot(directory, nick)) {
		chat_client_numeric(client, 311, "%s %s " CHAT_SERVER " * :bot of this lobby",
				directory->wire->bot_nick, directory->wire->bot_nick);
		chat_client_numeric(client, 330, "%s %s :is logged in as", directory->wire->bot_nick,
				directory->wire->bot_nick);
		chat_client_numeric(client, 335, "%s :is a bot", directory->wire->bot_nick);
	} else if (other && other->is_registered) {
		chat_client_numeric(client, 311, "%s %s " CHAT_SERVER " * :%s", other->nick, other->user,
				other->realname);
		if (other->is_bot)
			chat_client_numeric(client, 335, "%s :is a bot", other->nick);
	} else {
		chat_client_numeric(client, 401, "%s :No such nick", nick);
	}
	chat_client_numeric(client, 318, "%s :End of WHOIS list", nick);
}

void chat_directory_ison(
		const struct chat_directory *directory, struct chat_client *client, struct chat_line *line)
{
	struct str list = STR(CHAT_LINE_MAX_BYTES);

	for (size_t i = 0; i < line->param_count; i++) {
		char *nick, *rest = line->params[i];

		while ((nick = strsep(&rest, " "))) {
			const struct chat_client *other = chat_directory_find_client(directory, nick);

			if (*nick && ((other && other->is_registered) ||
						     chat_directory_is_bot(directory, nick)))
				str_printf(&list, "%s%s", list.length ? " " : "", nick);
		}
	}
	chat_client_numeric(client, 303, ":%s", str_text(&list));
	str_release(&list);
}
