/* What we say on Twitch: in whose turn, and how fast. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/twitch/state.h"
#include "bot/gateway/twitch/text.h"

#define ANSWER_LINES_MAX   2
#define FULL_TOLD_EVERY_MS (60 * 1000)
#define SAME_MS            (30 * 1000) /* Twitch refuses the same words for so long */
#define SAID_LIMIT         19          /* of 20 in 30 s */
#define SAID_MOD_LIMIT     99          /* of 100 where the bot is a moderator */
#define LINE_MAX_BYTES     4096
#define ADDRESS_MAX        27 /* "@name ", which Twitch puts before a reply */

size_t twitch_session_lines_max(const struct twitch_session *session, const char *channel)
{
	const struct twitch_room *room = twitch_find_room(session, channel);

	return room && twitch_room_is_slow(room) ? 1 : ANSWER_LINES_MAX;
}

size_t twitch_session_room(void)
{
	return TWITCH_TEXT_MAX - TWITCH_GUARD_MAX - TWITCH_VARIED_MAX - ADDRESS_MAX;
}

/* ---------------------------------------------------------------- entries */

void twitch_outbox_free(struct twitch_entry *entry)
{
	if (!entry)
		return;
	free(entry->asked_id);
	free(entry->author_id);
	free(entry->text);
	free(entry);
}

static struct twitch_entry *new_entry(
		struct twitch_session *session, const struct twitch_say *say, const char *line, bool is_last)
{
	struct twitch_entry *entry = calloc(1, sizeof(*entry));
	struct str text = STR(LINE_MAX_BYTES);
	uint64_t mark;

	if (!entry)
		return NULL;
	session->nonces++;
	mark = str_hash(session->config.seed, &session->nonces, sizeof(session->nonces));
	snprintf(entry->nonce, sizeof(entry->nonce), "%016llx%016llx", (unsigned long long)mark,
			(unsigned long long)str_hash(mark, say->channel, strlen(say->channel)));
	entry->pushed_ms = session->now.ms;
	entry->is_last = is_last;
	entry->asked_id = str_copy(say->asked_id);
	entry->author_id = str_copy(say->author_id);
	twitch_text_guard(&text, line);
	if (!text.error)
		str_truncate(&text, twitch_text_span(str_text(&text), TWITCH_TEXT_MAX - TWITCH_VARIED_MAX));
	if (str_take(&text, &entry->text) < 0 || !entry->asked_id || !entry->author_id) {
		twitch_outbox_free(entry);
		return NULL;
	}
	return entry;
}

void twitch_outbox_append(
		struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry)
{
	*room->last = entry;
	room->last = &entry->next;
	room->count++;
	session->line_count++;
}

void twitch_outbox_prepend(
		struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry)
{
	entry->next = room->first;
	room->first = entry;
	if (!entry->next)
		room->last = &entry->next;
	room->count++;
	session->line_count++;
}

struct twitch_entry *twitch_outbox_take(struct twitch_session *session, struct twitch_room *room)
{
	struct twitch_entry *entry = room->first;

	room->first = entry->next;
	if (!room->first)
		room->last = &room->first;
	entry->next = NULL;
	room->count--;
	session->line_count--;
	return entry;
}

bool twitch_outbox_is_same(const struct twitch_entry *a, const struct twitch_entry *b)
{
	return *a->asked_id ? strcmp(a->asked_id, b->asked_id) == 0 : a == b;
}

/* The answer of an entry, which is taken off already, is over. What is left of it is not said. */
void twitch_outbox_settle(struct twitch_session *session, struct twitch_room *room,
		struct twitch_entry *entry, bool is_said)
{
	while (!is_said && !entry->is_last && room->first && twitch_outbox_is_same(room->first, entry))
		twitch_outbox_free(twitch_outbox_take(session, room));
	if (!is_said)
		session->dropped++;
	if (*entry->asked_id && (!is_said || entry->is_last))
		session->events.on_completed(session->user, entry->asked_id, is_said);
	twitch_outbox_free(entry);
}

void twitch_outbox_clear(struct twitch_session *session, struct twitch_room *room, bool is_settled)
{
	struct twitch_entry *flying = room->flying;

	room->flying = NULL;
	if (flying && is_settled)
		twitch_outbox_settle(session, room, flying, false);
	else
		twitch_outbox_free(flying);
	while (room->first) {
		struct twitch_entry *entry = twitch_outbox_take(session, room);

		if (is_settled)
			twitch_outbox_settle(session, room, entry, false);
		else
			twitch_outbox_free(entry);
	}
}

/* ---------------------------------------------------------------- sending */

/* Said in the log once, until something changes. */
static void tell_refusal(struct twitch_session *session, struct twitch_room *room, const char *why)
{
	if (!log_gate_change(&room->silence_gate, 1))
		return;
	twitch_note(session, "%s: not answered: %s", room->name, why);
	session->events.on_rooms(session->user);
}

static void send_entry(struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry)
{
	struct str tags = STR(1024), text = STR(LINE_MAX_BYTES);
	uint64_t hash = str_hash(0, entry->text, strlen(entry->text));
	struct irc_line line;

	/* A second try is the same to the letter: if the first did arrive, Twitch refuses it. */
	if (entry->tries == 0 && !room->is_mod)
		entry->is_varied = entry->is_varied ||
				   (room->spoke_ms && hash == room->spoke_hash &&
						   session->now.ms - room->spoke_ms < SAME_MS);
	str_append(&text, entry->text);
	if (entry->is_varied) {
		str_append(&text, TWITCH_VARIED);
		hash = str_hash(hash, TWITCH_VARIED, strlen(TWITCH_VARIED));
	}
	irc_tag_append(&tags, "client-nonce", entry->nonce);
	if (*entry->asked_id)
		irc_tag_append(&tags, "reply-parent-msg-id", entry->asked_id);
	line = *IRC_LINE("PRIVMSG", room->name, str_text(&text));
	line.tags = str_text(&tags);
	entry->tries++;
	entry->sent_ms = session->now.ms;
	entry->link = session->current;
	entry->heard = session->connections[session->current].heard;
	room->flying = entry;
	room->spoke_ms = session->now.ms;
	room->spoke_hash = hash;
	twitch_window_spend(&session->said, session->now.ms);
	if (!tags.error && !text.error)
		twitch_send(session, session->current, &line);
	str_release(&tags);
	str_release(&text);
}

static size_t limit_of(const struct twitch_session *session, const struct twitch_room *room)
{
	if (session->config.is_verified)
		return TWITCH_WINDOW_SLOTS;
	return room->is_mod ? SAID_MOD_LIMIT : SAID_LIMIT;
}

/* When the next entry of a room may go. */
static uint64_t due_ms(const struct twitch_session *session, const struct twitch_room *room)
{
	uint64_t due = twitch_room_next_ms(room, session->config.is_verified);
	uint64_t window = session->now.ms +
			  twitch_window_wait(&session->said, limit_of(session, room), session->now.ms);

	due = due > window ? due : window;
	return due > session->quiet_until_ms ? due : session->quiet_until_ms;
}

static bool may_speak(const struct twitch_session *session, const struct twitch_room *room)
{
	return room->first && !room->flying && room->seats[session->current].is_in &&
	       session->connections[session->current].state == TWITCH_READY && !session->is_quitting;
}

/* Once in a while: whoever floods the channel must not flood the log as well. */
static void tell_full(struct twitch_session *session, const struct twitch_room *room)
{
	if (log_gate_every(&session->full_gate, session->now.ms, FULL_TOLD_EVERY_MS))
		twitch_note(session, "%s: more is asked than Twitch lets us say: answers are dropped",
				room->name);
}

/* What is too old, or may not be said there any more. */
static void drop_dead(struct twitch_session *session, struct twitch_room *room)
{
	const char *why = twitch_room_refusal(room, session->now.ms);

	if (why && room->first && room->seats[session->current].is_in) {
		tell_refusal(session, room, why);
		twitch_outbox_clear(session, room, true);
	}
	while (room->first && session->now.ms - room->first->pushed_ms > TWITCH_AGE_MAX_MS) {
		tell_full(session, room);
		twitch_outbox_settle(session, room, twitch_outbox_take(session, room), false);
	}
}

void twitch_outbox_run(struct twitch_session *session)
{
	size_t i;

	for (i = 0; i < session->room_count; i++) {
		if (session->rooms[i]->flying)
			twitch_outbox_check(session, session->rooms[i]);
		drop_dead(session, session->rooms[i]);
	}
	/* One of each in turn; a room that has spoken waits for its proof. */
	for (i = 0; i < session->room_count;) {
		size_t at = (session->turn + i) % session->room_count;
		struct twitch_room *room = session->rooms[at];

		if (!may_speak(session, room) || due_ms(session, room) > session->now.ms) {
			i++;
			continue;
		}
		send_entry(session, room, twitch_outbox_take(session, room));
		session->turn = at + 1;
		i = 0;
	}
}

uint64_t twitch_outbox_next_ms(const struct twitch_session *session)
{
	uint64_t next_ms = UINT64_MAX, at_ms;

	for (size_t i = 0; i < session->room_count; i++) {
		const struct twitch_room *room = session->rooms[i];

		if (room->first) {
			at_ms = room->first->pushed_ms + TWITCH_AGE_MAX_MS + 1;
			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
		if (may_speak(session, room)) {
			at_ms = due_ms(session, room);
			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
		if (room->flying) {
			const struct twitch_connection *connection =
					&session->connections[room->flying->link];

			/* Once asked for a sign of life, its answer or its end comes first. */
			at_ms = room->flying->sent_ms + TWITCH_PROOF_MS;
			if (connection->heard != room->flying->heard || !connection->pinged_ms)
				next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
	}
	return next_ms;
}

int twitch_session_say(
		struct twitch_session *session, const struct twitch_say *say, const struct irc_now *now)
{
	struct twitch_room *room = twitch_find_room(session, say->channel);
	struct twitch_entry *entries = NULL, **end = &entries, *entry;
	const char *why;

	twitch_clock(session, now);
	if (!room)
		return -ENOENT;
	if (!twitch_session_is_ready(session) || session->is_quitting)
		return -ENOTCONN;
	why = twitch_room_refusal(room, now->ms);
	if (!why && twitch_room_is_slow(room) &&
			twitch_room_next_ms(room, false) + room->count * room->slow_ms >
					now->ms + TWITCH_AGE_MAX_MS)
		why = "slow mode leaves no time for it; make the bot a moderator or a VIP";
	if (why) {
		tell_refusal(session, room, why);
		return -EACCES;
	}
	if (room->count + say->line_count > TWITCH_ROOM_LINES_MAX ||
			session->line_count + say->line_count > TWITCH_LINES_MAX) {
		tell_full(session, room);
		return -ENOBUFS;
	}
	for (size_t i = 0; i < say->line_count; i++) {
		*end = new_entry(session, say, say->lines[i], i + 1 == say->line_count);
		if (!*end)
			goto out_of_memory;
		end = &(*end)->next;
	}
	while ((entry = entries) != NULL) {
		entries = entry->next;
		entry->next = NULL;
		twitch_outbox_append(session, room, entry);
	}
	session->is_flush_due = true;
	return 0;

out_of_memory:
	while ((entry = entries) != NULL) {
		entries = entry->next;
		twitch_outbox_free(entry);
	}
	return -ENOMEM;
}

bool twitch_session_is_flush_due(const struct twitch_session *session)
{
	return session->is_flush_due;
}

void twitch_session_flush(struct twitch_session *session, const struct irc_now *now)
{
	session->is_flush_due = false;
	twitch_clock(session, now);
	twitch_outbox_run(session);
}
