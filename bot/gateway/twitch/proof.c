/* What became of what we said on Twitch. */

#include <string.h>

#include "bot/gateway/twitch/notice.h"
#include "bot/gateway/twitch/state.h"

#define TRIES_MAX             2 /* never a third time */
#define REFUSED_TOLD_EVERY_MS (60 * 1000)
#define REST_MS               (30 * 1000) /* after it found us too fast */
#define TIMEOUT_MS            (60 * 1000) /* where Twitch does not say how long */
#define OUT_MS                (60 * 60 * 1000)
#define MODE_MS               (10 * 60 * 1000) /* a follow may come without a word to us */

/* No word of Twitch's about what was said. */
void twitch_outbox_check(struct twitch_session *session, struct twitch_room *room)
{
	struct twitch_entry *entry = room->flying;
	const struct twitch_connection *connection = &session->connections[entry->link];

	if (session->now.ms < entry->sent_ms + TWITCH_PROOF_MS)
		return;
	if (connection->heard == entry->heard) { /* does it live? Then it answers. */
		twitch_ping(session, entry->link);
		return;
	}
	room->flying = NULL;
	if (entry->tries < TRIES_MAX && !session->is_quitting) {
		twitch_outbox_prepend(session, room, entry);
		return;
	}
	twitch_note(session, "%s: Twitch did not confirm an answer; it may not have been seen", room->name);
	twitch_outbox_settle(session, room, entry, false);
}

void twitch_outbox_proved(
		struct twitch_session *session, size_t link, struct twitch_room *room, const char *nonce)
{
	struct twitch_connection *connection = &session->connections[link];
	struct twitch_entry *entry = room->flying;

	if (*nonce)
		connection->has_nonces = true;
	/* Late, but before the second try. */
	if (!entry && room->first && *nonce && strcmp(nonce, room->first->nonce) == 0) {
		twitch_outbox_settle(session, room, twitch_outbox_take(session, room), true);
		return;
	}
	if (!entry || entry->link != link)
		return;
	/* Were it ever without: one comes for each message, and none other is on its way in this channel. */
	if (*nonce ? strcmp(nonce, entry->nonce) != 0 : connection->has_nonces || !room->seats[link].has_self)
		return;
	room->flying = NULL;
	twitch_outbox_settle(session, room, entry, true);
}

/* Twitch refuses the same words twice within 30 s. */
static void on_duplicate(struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry)
{
	if (entry->tries > 1 && !entry->is_refused) { /* the first try did arrive, then */
		twitch_outbox_settle(session, room, entry, true);
		return;
	}
	if (entry->is_varied || entry->tries >= TRIES_MAX) {
		twitch_outbox_settle(session, room, entry, false);
		return;
	}
	entry->is_varied = true;
	entry->is_refused = true;
	twitch_outbox_prepend(session, room, entry);
}

/* Again, when it is time. */
static void on_too_soon(struct twitch_session *session, struct twitch_room *room, struct twitch_entry *entry)
{
	entry->is_refused = true;
	if (entry->tries < TRIES_MAX)
		twitch_outbox_prepend(session, room, entry);
	else
		twitch_outbox_settle(session, room, entry, false);
}

/* The room, or the account, will not have us for a while. */
static void be_silent(struct twitch_session *session, struct twitch_room *room,
		const struct twitch_notice *notice, const char *text)
{
	uint64_t wait_ms = OUT_MS;

	if (notice->verdict == TWITCH_TIMEOUT)
		wait_ms = twitch_notice_wait_ms(text, TIMEOUT_MS);
	else if (notice->verdict == TWITCH_MODE || notice->verdict == TWITCH_ACCOUNT)
		wait_ms = MODE_MS;
	twitch_outbox_silence(session, room, notice->words, notice->verdict == TWITCH_MODE, wait_ms);
}

void twitch_outbox_silence(struct twitch_session *session, struct twitch_room *room, const char *why,
		bool is_of_mode, uint64_t wait_ms)
{
	if (session->now.ms >= room->silent_until_ms) /* an earlier one is over */
		log_gate_change(&room->silence_gate, 0);
	twitch_room_silence(room, why, is_of_mode, session->now.ms + wait_ms);
	if (log_gate_change(&room->silence_gate, 1))
		twitch_note(session, "%s: %s", room->name, why);
	twitch_outbox_clear(session, room, true);
	session->events.on_rooms(session->user);
}

/* Once in a while: it may be asked for again and again. */
static void tell_refused(struct twitch_session *session, struct twitch_room *room, const char *why)
{
	if (log_gate_every(&room->refused_gate, session->now.ms, REFUSED_TOLD_EVERY_MS))
		twitch_note(session, "%s: %s", room->name, why);
}

void twitch_outbox_refused(struct twitch_session *session, size_t link, struct twitch_room *room,
		const char *msg_id, const char *text)
{
	const struct twitch_notice *notice = twitch_notice_find(msg_id);
	struct twitch_entry *entry = room->flying && room->flying->link == link ? room->flying : NULL;

	if (!notice)
		return;
	if (entry)
		room->flying = NULL;
	switch (notice->verdict) {
	case TWITCH_DUPLICATE:
		if (entry)
			on_duplicate(session, room, entry);
		return;
	case TWITCH_TOO_FAST:
		session->quiet_until_ms = session->now.ms + REST_MS;
		twitch_note(session, "%s; it rests for %d s", notice->words, REST_MS / 1000);
		break;
	case TWITCH_SLOW:
		room->slow_ms = room->slow_ms ? room->slow_ms : twitch_notice_wait_ms(text, REST_MS);
		break;
	case TWITCH_TEXT:
		tell_refused(session, room, notice->words);
		if (entry)
			twitch_outbox_settle(session, room, entry, false);
		return;
	default:
		if (entry)
			twitch_outbox_settle(session, room, entry, false);
		be_silent(session, room, notice, text);
		return;
	}
	if (entry)
		on_too_soon(session, room, entry);
}

void twitch_outbox_link_gone(struct twitch_session *session, size_t link)
{
	for (size_t i = 0; i < session->room_count; i++) {
		struct twitch_room *room = session->rooms[i];
		struct twitch_entry *entry = room->flying;

		if (!entry || entry->link != link)
			continue;
		room->flying = NULL;
		if (entry->tries < TRIES_MAX)
			twitch_outbox_prepend(session, room, entry);
		else
			twitch_outbox_settle(session, room, entry, false);
	}
}

bool twitch_outbox_is_flying(const struct twitch_session *session, size_t link)
{
	for (size_t i = 0; i < session->room_count; i++)
		if (session->rooms[i]->flying && session->rooms[i]->flying->link == link)
			return true;
	return false;
}

/* ---------------------------------------------------------------- moderation */

/* Forget the answers that wait and fit; those begun are said to their end. */
static void forget(struct twitch_session *session, struct twitch_room *room,
		bool (*fits)(const struct twitch_entry *entry, const char *id), const char *id)
{
	struct twitch_entry *kept = room->first;

	room->first = NULL;
	room->last = &room->first;
	session->line_count -= room->count;
	room->count = 0;
	while (kept) {
		struct twitch_entry *entry = kept;

		kept = entry->next;
		entry->next = NULL;
		if (!fits(entry, id) || (room->flying && twitch_outbox_is_same(room->flying, entry))) {
			twitch_outbox_append(session, room, entry);
			continue;
		}
		while (kept && !entry->is_last && twitch_outbox_is_same(kept, entry)) {
			struct twitch_entry *rest = kept;

			kept = rest->next;
			twitch_outbox_free(rest);
		}
		twitch_outbox_settle(session, room, entry, false);
	}
}

static bool is_about_message(const struct twitch_entry *entry, const char *id)
{
	return *id && strcmp(entry->asked_id, id) == 0;
}

static bool is_for_author(const struct twitch_entry *entry, const char *id)
{
	return *id == '\0' || strcmp(entry->author_id, id) == 0;
}

void twitch_outbox_forget_message(
		struct twitch_session *session, struct twitch_room *room, const char *message_id)
{
	forget(session, room, is_about_message, message_id);
}

void twitch_outbox_forget_author(
		struct twitch_session *session, struct twitch_room *room, const char *author_id)
{
	forget(session, room, is_for_author, author_id);
}
