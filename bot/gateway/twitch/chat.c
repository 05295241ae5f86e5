/* Channels, messages and send queues, independent of how Twitch is reached. */

#include "bot/gateway/twitch/chat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/ids.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

void twitch_chat_set_clock(struct twitch_chat *chat, const struct irc_now *now)
{
	if (now->ms > chat->now.ms)
		chat->now = *now;
}

void twitch_chat_note(struct twitch_chat *chat, const char *format, ...)
{
	char text[TWITCH_NOTE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	chat->events.on_note(chat->user, text);
}

struct twitch_room *twitch_chat_find(const struct twitch_chat *chat, const char *name)
{
	for (size_t i = 0; i < chat->rooms.count; i++)
		if (str_equal(chat->rooms.list[i]->name, name))
			return chat->rooms.list[i];
	return NULL;
}

/* ---------------------------------------------------------------- the channels */

static void free_rooms(struct twitch_chat *chat, struct twitch_room **rooms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		twitch_outbox_clear(&chat->outbox, rooms[i], false);
		free(rooms[i]);
	}
	free(rooms);
}

static struct twitch_room *new_room(const char *name)
{
	struct twitch_room *room = malloc(sizeof(*room));

	if (room)
		twitch_room_init(room, name);
	return room;
}

static void leave(struct twitch_chat *chat, struct twitch_room *room)
{
	chat->transport.on_leave(chat->owner, room);
	twitch_outbox_clear(&chat->outbox, room, true);
	free(room);
}

/* Find or make the rooms of these names; new ones are in the list ret_made, too. */
static int find_rooms(const struct twitch_chat *chat, char *const *names, size_t count,
		struct twitch_room **ret, struct twitch_room **ret_made)
{
	for (size_t i = 0; i < count; i++) {
		ret[i] = twitch_chat_find(chat, names[i]);
		if (ret[i])
			continue;
		ret[i] = new_room(names[i]);
		if (!ret[i])
			return -ENOMEM;
		ret[i]->made_before = *ret_made;
		*ret_made = ret[i];
	}
	return 0;
}

int twitch_chat_set_rooms(struct twitch_chat *chat, char *const *names, size_t count)
{
	struct twitch_room **rooms = calloc(count + 1, sizeof(*rooms)), **before = chat->rooms.list;
	struct twitch_room *made = NULL, *room;
	size_t i, before_count = chat->rooms.count;
	int r = rooms ? find_rooms(chat, names, count, rooms, &made) : -ENOMEM;

	if (r < 0) {
		while ((room = made) != NULL) {
			made = room->made_before;
			free(room);
		}
		free(rooms);
		return r;
	}
	chat->rooms.list = rooms;
	chat->rooms.count = count;
	for (i = 0; i < before_count; i++)
		if (!twitch_chat_find(chat, before[i]->name))
			leave(chat, before[i]);
	free(before);
	return 0;
}

/* ---------------------------------------------------------------- from the outbox */

static void on_outbox_send(void *user, size_t link, const struct twitch_outgoing *message)
{
	const struct twitch_chat *chat = user;

	chat->transport.on_send(chat->owner, link, message);
}

static void on_outbox_ping(void *user, size_t link)
{
	const struct twitch_chat *chat = user;

	chat->transport.on_ping(chat->owner, link);
}

static void on_outbox_completed(void *user, const char *message_id, bool is_said)
{
	const struct twitch_chat *chat = user;

	chat->events.on_completed(chat->user, message_id, is_said);
}

static void on_outbox_note(void *user, const char *text)
{
	const struct twitch_chat *chat = user;

	chat->events.on_note(chat->user, text);
}

static void on_outbox_rooms(void *user)
{
	const struct twitch_chat *chat = user;

	chat->events.on_rooms(chat->user);
}

static const struct twitch_outbox_events outbox_events = {
		on_outbox_send, on_outbox_ping, on_outbox_completed, on_outbox_note, on_outbox_rooms};

int twitch_chat_init(struct twitch_chat *chat, bool is_verified, uint64_t seed)
{
	chat->ids = ids_new();
	twitch_outbox_init(&chat->outbox, &outbox_events, chat);
	chat->outbox.now = &chat->now;
	chat->outbox.rooms = &chat->rooms;
	chat->outbox.connections = &chat->connections;
	chat->outbox.seed = seed;
	twitch_outbox_set_verified(&chat->outbox, is_verified);
	return chat->ids ? 0 : -ENOMEM;
}

void twitch_chat_listen(struct twitch_chat *chat, const struct twitch_chat_events *events, void *user)
{
	chat->events = *events;
	chat->user = user;
}

void twitch_chat_release(struct twitch_chat *chat)
{
	free_rooms(chat, chat->rooms.list, chat->rooms.count);
	ids_free(chat->ids);
}

void twitch_chat_hear(struct twitch_chat *chat, const struct twitch_room *room, struct message *message)
{
	if (ids_seen(chat->ids, str_hash(0, message->id, strlen(message->id))))
		return;
	message->channel = room->name;
	chat->events.on_message(chat->user, message);
}

/* ---------------------------------------------------------------- for the gateway */

size_t twitch_chat_current(const struct twitch_chat *chat)
{
	return chat->connections.current;
}

bool twitch_chat_is_ready(const struct twitch_chat *chat)
{
	return chat->connections.list[chat->connections.current].state == TWITCH_READY;
}

unsigned twitch_chat_joined_count(const struct twitch_chat *chat)
{
	unsigned count = 0;

	for (size_t i = 0; i < chat->rooms.count; i++)
		count += chat->rooms.list[i]->seats[chat->connections.current].is_in;
	return count;
}

uint64_t twitch_chat_dropped(const struct twitch_chat *chat)
{
	return chat->outbox.dropped;
}

void twitch_chat_silence(const struct twitch_chat *chat, uint64_t now_ms, char ret[TWITCH_STATUS_MAX_BYTES])
{
	ret[0] = '\0';
	for (size_t i = 0; i < chat->rooms.count; i++) {
		const struct twitch_room *room = chat->rooms.list[i];
		const char *why = twitch_room_refusal(room, now_ms);

		if (!why || !room->seats[chat->connections.current].is_in)
			continue;
		utf8_print(ret, TWITCH_STATUS_MAX_BYTES, "%s: %s", room->name, why);
		return;
	}
}

/* ---------------------------------------------------------------- answers */

size_t twitch_chat_lines_max(const struct twitch_chat *chat, const char *channel)
{
	static const struct twitch_room unknown;
	const struct twitch_room *room = twitch_chat_find(chat, channel);

	return twitch_outbox_lines_max(room ? room : &unknown);
}

size_t twitch_chat_room(void)
{
	return twitch_outbox_text_max();
}

int twitch_chat_say(struct twitch_chat *chat, const struct twitch_say *say, const struct irc_now *now)
{
	struct twitch_room *room = twitch_chat_find(chat, say->channel);
	int r;

	twitch_chat_set_clock(chat, now);
	if (!room)
		return -ENOENT;
	if (!twitch_chat_is_ready(chat) || chat->is_quitting)
		return -ENOTCONN;
	r = twitch_outbox_push(&chat->outbox, room, say);
	if (r == 0)
		chat->is_flush_due = true;
	return r;
}

void twitch_chat_set_mute(struct twitch_chat *chat, bool is_mute)
{
	chat->outbox.is_mute = is_mute;
	chat->is_flush_due |= !is_mute;
}

bool twitch_chat_is_flush_due(const struct twitch_chat *chat)
{
	return chat->is_flush_due;
}

void twitch_chat_flush(struct twitch_chat *chat, const struct irc_now *now)
{
	chat->is_flush_due = false;
	twitch_chat_set_clock(chat, now);
	twitch_outbox_run(&chat->outbox);
}
