/* The send queues: turns, rate limits, confirmations, refusals. */

#include "bot/gateway/twitch/outbox.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/notice.h"
#include "bot/gateway/twitch/text.h"
#include "bot/net/backoff.h"

#define ANSWER_LINES_MAX      2
#define FULL_TOLD_EVERY_MS    (60 * 1000)
#define SAME_MS               (30 * 1000) /* Twitch refuses the same text for so long */
#define SAID_LIMIT            19          /* of 20 in 30 s */
#define SAID_MOD_LIMIT        99          /* of 100 where the bot is a moderator */
#define TEXT_MAX_BYTES        4096
#define ADDRESS_MAX           27 /* "@name ", which Twitch puts before a reply */
#define NOTE_MAX_BYTES        300
#define SAID_SPAN_MS          (32 * 1000) /* Twitch counts in windows of 30 s with unknown beginnings */
#define VERIFIED_SAID_MS      480         /* 100 in each are 6250 in 30 s */
#define TRIES_MAX             2           /* in all */
#define REQUESTS_MAX          8           /* the same for requests, which have a result */
#define ECHO_MS               (5 * 1000)  /* for the bot's own message, after a request without response */
#define ECHO_CAP_MS           (20 * 1000) /* it doubles with each request */
#define REFUSED_TOLD_EVERY_MS (60 * 1000)
#define REST_MS               (30 * 1000) /* after msg_ratelimit */
#define TIMEOUT_MS            (60 * 1000) /* if Twitch gives no duration */
#define UNKNOWN_MS            (10 * 1000) /* if Twitch does not tell when it ends; doubles with each refusal */
#define OUT_MS                (60 * 60 * 1000)
#define MODE_MS               (10 * 60 * 1000) /* then try again: the account may have followed the channel */

struct twitch_entry {
	struct twitch_entry *next;
	uint64_t pushed_ms, sent_ms;
	uint64_t heard;   /* connection.heard when it was sent */
	size_t link;      /* the connection it was sent over */
	unsigned tries;   /* so far */
	bool is_doubtful; /* its request had no response; sent_ms is when it ended */
	bool is_begun;    /* a try was made, perhaps without reaching Twitch */
	bool is_varied;   /* an invisible character is appended */
	bool is_again;    /* an earlier process may have sent it */
	bool is_refused;  /* Twitch refused a try: no earlier one was delivered */
	bool is_last;     /* of the answer */
	char nonce[TWITCH_NONCE_BYTES];
	char *asked_id, *author_id;
	bool is_occasion; /* asked_id is of the bot */
	char *text;       /* as sent, without the variation */
};

void twitch_outbox_init(struct twitch_outbox *outbox, const struct twitch_outbox_events *events, void *user)
{
	*outbox = (struct twitch_outbox){.events = *events, .user = user};
}

void twitch_outbox_set_verified(struct twitch_outbox *outbox, bool is_verified)
{
	outbox->is_verified = is_verified;
	twitch_window_init(&outbox->said, is_verified ? VERIFIED_SAID_MS : SAID_SPAN_MS);
}

size_t twitch_outbox_lines_max(const struct twitch_room *room)
{
	return twitch_room_is_slow(room) ? 1 : ANSWER_LINES_MAX;
}

size_t twitch_outbox_text_max(void)
{
	return TWITCH_TEXT_MAX - TWITCH_GUARD_MAX - TWITCH_VARIED_MAX - ADDRESS_MAX;
}

/* Write a line to the log. */
__attribute__((format(printf, 2, 3))) static void note(struct twitch_outbox *outbox, const char *format, ...)
{
	char text[NOTE_MAX_BYTES];
	va_list arguments;

	va_start(arguments, format);
	utf8_vprint(text, sizeof(text), format, arguments);
	va_end(arguments);
	outbox->events.on_note(outbox->user, text);
}

/* ---------------------------------------------------------------- entries */

static void entry_free(struct twitch_entry *entry)
{
	if (!entry)
		return;
	free(entry->asked_id);
	free(entry->author_id);
	free(entry->text);
	free(entry);
}

static struct twitch_entry *new_entry(
		struct twitch_outbox *outbox, const struct twitch_say *say, const char *line, bool is_last)
{
	struct twitch_entry *entry = calloc(1, sizeof(*entry));
	struct str text = STR(TEXT_MAX_BYTES);
	uint64_t mark;

	if (!entry)
		return NULL;
	outbox->nonces++;
	mark = str_hash(outbox->seed, &outbox->nonces, sizeof(outbox->nonces));
	snprintf(entry->nonce, sizeof(entry->nonce), "%016llx%016llx", (unsigned long long)mark,
			(unsigned long long)str_hash(mark, say->channel, strlen(say->channel)));
	entry->pushed_ms = outbox->now->ms;
	entry->is_last = is_last;
	entry->is_again = say->is_again;
	entry->is_occasion = say->is_occasion;
	entry->asked_id = str_copy(say->asked_id);
	entry->author_id = str_copy(say->author_id);
	twitch_text_guard(&text, line);
	str_truncate(&text, twitch_text_span(str_text(&text), TWITCH_TEXT_MAX - TWITCH_VARIED_MAX));
	if (str_take(&text, &entry->text) < 0 || !entry->asked_id || !entry->author_id) {
		entry_free(entry);
		return NULL;
	}
	return entry;
}

static void append(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry)
{
	*room->last = entry;
	room->last = &entry->next;
	room->count++;
	outbox->line_count++;
}

static void prepend(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry)
{
	entry->next = room->first;
	room->first = entry;
	if (!entry->next)
		room->last = &entry->next;
	room->count++;
	outbox->line_count++;
}

static struct twitch_entry *take(struct twitch_outbox *outbox, struct twitch_room *room)
{
	struct twitch_entry *entry = room->first;

	room->first = entry->next;
	if (!room->first)
		room->last = &room->first;
	entry->next = NULL;
	room->count--;
	outbox->line_count--;
	return entry;
}

static bool is_same(const struct twitch_entry *a, const struct twitch_entry *b)
{
	return *a->asked_id ? strcmp(a->asked_id, b->asked_id) == 0 : a == b;
}

/* Complete the question of an entry, which is not queued any more, and free it. If it was not sent, drop
 * the rest of its answer. */
static void complete(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry,
		bool is_said)
{
	while (!is_said && !entry->is_last && room->first && is_same(room->first, entry))
		entry_free(take(outbox, room));
	if (is_said)
		room->refusals = 0;
	else
		outbox->dropped++;
	if (*entry->asked_id && (!is_said || entry->is_last))
		outbox->events.on_completed(outbox->user, entry->asked_id, is_said);
	entry_free(entry);
}

void twitch_outbox_clear(struct twitch_outbox *outbox, struct twitch_room *room, bool is_reported)
{
	struct twitch_entry *flying = room->flying;

	room->flying = NULL;
	if (flying && is_reported)
		complete(outbox, room, flying, false);
	else
		entry_free(flying);
	while (room->first) {
		struct twitch_entry *entry = take(outbox, room);

		if (is_reported)
			complete(outbox, room, entry, false);
		else
			entry_free(entry);
	}
}

/* ---------------------------------------------------------------- confirmations and refusals */

static unsigned tries_max(const struct twitch_outbox *outbox)
{
	return outbox->has_results ? REQUESTS_MAX : TRIES_MAX;
}

/* When a message that was sent is checked next. */
static uint64_t check_ms(const struct twitch_outbox *outbox, const struct twitch_entry *entry)
{
	const struct twitch_connection *connection = &outbox->connections->list[entry->link];

	if (outbox->has_results)
		return entry->is_doubtful
				       ? entry->sent_ms + backoff_doubled(ECHO_MS, ECHO_CAP_MS, entry->tries)
				       : UINT64_MAX;
	/* After a PING, the PONG or the timeout comes first. */
	if (connection->heard == entry->heard && connection->pinged_ms)
		return UINT64_MAX;
	return entry->sent_ms + TWITCH_CONFIRM_MS;
}

/* Retry or give up a message that was not confirmed in time. */
static void check(struct twitch_outbox *outbox, struct twitch_room *room)
{
	struct twitch_entry *entry = room->flying;

	if (outbox->now->ms < check_ms(outbox, entry))
		return;
	if (!outbox->has_results && outbox->connections->list[entry->link].heard == entry->heard) {
		outbox->events.on_ping(outbox->user, entry->link); /* is the connection alive? */
		return;
	}
	room->flying = NULL;
	if (entry->tries < tries_max(outbox) && !outbox->is_quitting) {
		prepend(outbox, room, entry);
		return;
	}
	note(outbox, "%s: an answer was not confirmed by Twitch and may be lost", room->name);
	complete(outbox, room, entry, false);
}

void twitch_outbox_confirmed(
		struct twitch_outbox *outbox, size_t link, struct twitch_room *room, const char *nonce)
{
	struct twitch_connection *connection = &outbox->connections->list[link];
	struct twitch_entry *entry = room->flying;

	if (*nonce)
		connection->has_nonces = true;
	/* A late confirmation, before the second try. */
	if (!entry && room->first && *nonce && strcmp(nonce, room->first->nonce) == 0) {
		complete(outbox, room, take(outbox, room), true);
		return;
	}
	if (!entry || entry->link != link)
		return;
	/* Without nonces: each message gets one USERSTATE, and only this message is unconfirmed in the
	 * channel. */
	if (*nonce ? strcmp(nonce, entry->nonce) != 0 : connection->has_nonces || !room->seats[link].has_self)
		return;
	room->flying = NULL;
	complete(outbox, room, entry, true);
}

/* Twitch refuses the same text within 30 s. */
static void on_duplicate(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry)
{
	/* So the first try was delivered, or that of an earlier process. */
	if ((entry->tries > 1 || entry->is_again) && !entry->is_refused) {
		complete(outbox, room, entry, true);
		return;
	}
	if (entry->is_varied || entry->tries >= tries_max(outbox)) {
		complete(outbox, room, entry, false);
		return;
	}
	entry->is_varied = true;
	entry->is_refused = true;
	prepend(outbox, room, entry);
}

/* Retry when the limits allow it. */
static void on_too_soon(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry)
{
	entry->is_refused = true;
	if (entry->tries < tries_max(outbox))
		prepend(outbox, room, entry);
	else
		complete(outbox, room, entry, false);
}

/* The channel or the account cannot send for a while. */
static void be_silent(struct twitch_outbox *outbox, struct twitch_room *room,
		const struct twitch_notice *notice, const char *text)
{
	uint64_t wait_ms = OUT_MS, unknown_ms = UNKNOWN_MS;

	for (unsigned i = 0; i < room->refusals && unknown_ms < MODE_MS; i++)
		unknown_ms *= 2;
	if (notice->verdict == TWITCH_TIMEOUT)
		wait_ms = twitch_notice_wait_ms(text, outbox->has_results ? unknown_ms : TIMEOUT_MS);
	else if (notice->verdict == TWITCH_MODE || notice->verdict == TWITCH_ACCOUNT)
		wait_ms = room->is_role_unknown ? unknown_ms : MODE_MS;
	room->refusals += outbox->has_results; /* on IRC, Twitch tells how long */
	twitch_outbox_silence(outbox, room, notice->words, notice->verdict == TWITCH_MODE, wait_ms);
}

void twitch_outbox_silence(struct twitch_outbox *outbox, struct twitch_room *room, const char *why,
		bool is_of_mode, uint64_t wait_ms)
{
	if (outbox->now->ms >= room->silent_until_ms &&
			room->refusals <= 1) /* the previous refusal has ended */
		log_gate_change(&room->silence_gate, 0);
	twitch_room_silence(room, why, is_of_mode, outbox->now->ms + wait_ms);
	if (log_gate_change(&room->silence_gate, 1))
		note(outbox, "%s: %s", room->name, why);
	twitch_outbox_clear(outbox, room, true);
	outbox->events.on_rooms(outbox->user);
}

/* Log a refused text, at most once in REFUSED_TOLD_EVERY_MS. */
static void tell_refused(struct twitch_outbox *outbox, struct twitch_room *room, const char *why)
{
	if (log_gate_every(&room->refused_gate, outbox->now->ms, REFUSED_TOLD_EVERY_MS))
		note(outbox, "%s: %s", room->name, why);
}

/* entry is the message that is refused; NULL: unknown. */
static void refuse(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry,
		const struct twitch_notice *notice, const char *text)
{
	if (entry)
		room->flying = NULL;
	switch (notice->verdict) {
	case TWITCH_DUPLICATE:
		if (entry)
			on_duplicate(outbox, room, entry);
		return;
	case TWITCH_TOO_FAST:
		outbox->quiet_until_ms = outbox->now->ms + REST_MS;
		note(outbox, "%s: pausing for %d s", notice->words, REST_MS / 1000);
		break;
	case TWITCH_SLOW:
		room->slow_ms = room->slow_ms ? room->slow_ms : twitch_notice_wait_ms(text, REST_MS);
		break;
	case TWITCH_TEXT:
		tell_refused(outbox, room, notice->words);
		if (entry)
			complete(outbox, room, entry, false);
		return;
	default:
		if (entry)
			complete(outbox, room, entry, false);
		be_silent(outbox, room, notice, text);
		return;
	}
	if (entry)
		on_too_soon(outbox, room, entry);
}

void twitch_outbox_refused(struct twitch_outbox *outbox, size_t link, struct twitch_room *room,
		const char *msg_id, const char *text)
{
	const struct twitch_notice *notice = twitch_notice_find(msg_id);

	if (notice)
		refuse(outbox, room, room->flying && room->flying->link == link ? room->flying : NULL, notice,
				text);
}

/* Is the message with this nonce sent, and not confirmed yet? */
static bool awaits(const struct twitch_room *room, const char *nonce)
{
	return room->flying && strcmp(room->flying->nonce, nonce) == 0;
}

void twitch_outbox_dropped(struct twitch_outbox *outbox, struct twitch_room *room, const char *nonce,
		const struct twitch_notice *notice)
{
	if (awaits(room, nonce))
		refuse(outbox, room, room->flying, notice, "");
}

void twitch_outbox_result(struct twitch_outbox *outbox, struct twitch_room *room, const char *nonce,
		enum twitch_result result, uint64_t wait_ms)
{
	struct twitch_entry *entry = room->flying;

	if (wait_ms > 0 && outbox->now->ms + wait_ms > outbox->quiet_until_ms)
		outbox->quiet_until_ms = outbox->now->ms + wait_ms;
	if (!awaits(room, nonce)) /* confirmed before, by the message itself */
		return;
	switch (result) {
	case TWITCH_RESULT_SENT:
		room->flying = NULL;
		complete(outbox, room, entry, true);
		break;
	case TWITCH_RESULT_UNSENT:
		room->flying = NULL;
		entry->tries--;
		prepend(outbox, room, entry);
		break;
	case TWITCH_RESULT_DOUBT:
		entry->is_doubtful = true;
		entry->sent_ms = outbox->now->ms;
		break;
	}
}

/* The text as sent: with the variation, or without. */
static bool has_text(const struct twitch_entry *entry, const char *text)
{
	size_t length = strlen(entry->text);

	/* Twitch trims the end of a message. */
	return strncmp(text, entry->text, length) == 0 &&
	       (text[length] == '\0' || (entry->is_varied && *TWITCH_VARIED == text[length]));
}

/* The message that it replies to, as Twitch knows it. */
static const char *parent_of(const struct twitch_entry *entry)
{
	return entry->is_occasion ? "" : entry->asked_id;
}

void twitch_outbox_echoed(struct twitch_outbox *outbox, struct twitch_room *room, const char *asked_id,
		const char *text)
{
	struct twitch_entry *entry = room->flying;

	if (entry && strcmp(parent_of(entry), asked_id) == 0 && has_text(entry, text)) {
		room->flying = NULL;
		complete(outbox, room, entry, true);
	} else if (room->first && room->first->tries > 0 && strcmp(parent_of(room->first), asked_id) == 0 &&
			has_text(room->first, text)) {
		complete(outbox, room, take(outbox, room), true); /* late, before the second try */
	}
}

void twitch_outbox_link_gone(struct twitch_outbox *outbox, size_t link)
{
	if (outbox->has_results)
		return;
	for (size_t i = 0; i < outbox->rooms->count; i++) {
		struct twitch_room *room = outbox->rooms->list[i];
		struct twitch_entry *entry = room->flying;

		if (!entry || entry->link != link)
			continue;
		/* What was lost with a connection is no failure of the message: the next connection sends it
		 * again, until it is too old. If it did arrive, Twitch refuses it as a duplicate. */
		room->flying = NULL;
		prepend(outbox, room, entry);
	}
}

bool twitch_outbox_is_flying(const struct twitch_outbox *outbox, size_t link)
{
	for (size_t i = 0; i < outbox->rooms->count; i++)
		if (outbox->rooms->list[i]->flying && outbox->rooms->list[i]->flying->link == link)
			return true;
	return false;
}

/* ---------------------------------------------------------------- moderation */

/* Drop queued answers that match, unless their first line was sent. */
static void forget(struct twitch_outbox *outbox, struct twitch_room *room,
		bool (*fits)(const struct twitch_entry *entry, const char *id), const char *id)
{
	struct twitch_entry *kept = room->first;

	room->first = NULL;
	room->last = &room->first;
	outbox->line_count -= room->count;
	room->count = 0;
	while (kept) {
		struct twitch_entry *entry = kept;

		kept = entry->next;
		entry->next = NULL;
		if (!fits(entry, id) || (room->flying && is_same(room->flying, entry))) {
			append(outbox, room, entry);
			continue;
		}
		while (kept && !entry->is_last && is_same(kept, entry)) {
			struct twitch_entry *rest = kept;

			kept = rest->next;
			entry_free(rest);
		}
		complete(outbox, room, entry, false);
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
		struct twitch_outbox *outbox, struct twitch_room *room, const char *message_id)
{
	forget(outbox, room, is_about_message, message_id);
}

void twitch_outbox_forget_author(
		struct twitch_outbox *outbox, struct twitch_room *room, const char *author_id)
{
	forget(outbox, room, is_for_author, author_id);
}

/* ---------------------------------------------------------------- sending */

/* Log why the bot does not answer, once until that changes. */
static void tell_refusal(struct twitch_outbox *outbox, struct twitch_room *room, const char *why)
{
	if (!log_gate_change(&room->silence_gate, 1))
		return;
	note(outbox, "%s: not answering: %s", room->name, why);
	outbox->events.on_rooms(outbox->user);
}

static void send_entry(struct twitch_outbox *outbox, struct twitch_room *room, struct twitch_entry *entry)
{
	struct str text = STR(TEXT_MAX_BYTES);
	uint64_t hash = str_hash(0, entry->text, strlen(entry->text));

	/* A second try has the same text: Twitch refuses it if the first was delivered. */
	if (!entry->is_begun && !room->is_mod)
		entry->is_varied = entry->is_varied ||
				   (room->spoke_ms && hash == room->spoke_hash &&
						   outbox->now->ms - room->spoke_ms < SAME_MS);
	str_append(&text, entry->text);
	if (entry->is_varied) {
		str_append(&text, TWITCH_VARIED);
		hash = str_hash(hash, TWITCH_VARIED, strlen(TWITCH_VARIED));
	}
	entry->is_begun = true;
	entry->tries++;
	entry->sent_ms = outbox->now->ms;
	entry->link = outbox->connections->current;
	entry->heard = outbox->connections->list[outbox->connections->current].heard;
	room->flying = entry;
	room->spoke_ms = outbox->now->ms;
	room->spoke_hash = hash;
	twitch_window_spend(&outbox->said, outbox->now->ms);
	entry->is_doubtful = false;
	if (!text.error)
		outbox->events.on_send(outbox->user, outbox->connections->current,
				&(struct twitch_outgoing){.room = room,
						.text = str_text(&text),
						.nonce = entry->nonce,
						.asked_id = parent_of(entry)});
	else if (outbox->has_results)
		twitch_outbox_result(outbox, room, entry->nonce, TWITCH_RESULT_UNSENT, 0);
	str_release(&text);
}

static size_t limit_of(const struct twitch_outbox *outbox, const struct twitch_room *room)
{
	if (outbox->is_verified)
		return TWITCH_WINDOW_SLOTS;
	return room->is_mod ? SAID_MOD_LIMIT : SAID_LIMIT;
}

/* When the next line of a channel may be sent. */
static uint64_t due_ms(const struct twitch_outbox *outbox, const struct twitch_room *room)
{
	uint64_t due = twitch_room_next_ms(room, outbox->is_verified);
	uint64_t window = outbox->now->ms +
			  twitch_window_wait(&outbox->said, limit_of(outbox, room), outbox->now->ms);

	due = due > window ? due : window;
	return due > outbox->quiet_until_ms ? due : outbox->quiet_until_ms;
}

static bool may_speak(const struct twitch_outbox *outbox, const struct twitch_room *room)
{
	return room->first && !room->flying && room->seats[outbox->connections->current].is_in &&
	       outbox->connections->list[outbox->connections->current].state == TWITCH_READY &&
	       !outbox->is_quitting && !outbox->is_mute;
}

/* Log a full queue, at most once in FULL_TOLD_EVERY_MS. */
static void tell_full(struct twitch_outbox *outbox, const struct twitch_room *room)
{
	if (log_gate_every(&outbox->full_gate, outbox->now->ms, FULL_TOLD_EVERY_MS))
		note(outbox, "%s: send queue full (Twitch's rate limit): dropping answers", room->name);
}

/* The first line in the queue is too old: the rate limit, or Twitch's API cannot be reached. */
static void tell_old(struct twitch_outbox *outbox, const struct twitch_room *room)
{
	if (!room->first->is_begun || !outbox->has_results)
		tell_full(outbox, room);
	else if (log_gate_every(&outbox->full_gate, outbox->now->ms, FULL_TOLD_EVERY_MS))
		note(outbox, "%s: Twitch's API has not taken an answer for %d min: dropping it", room->name,
				TWITCH_AGE_MAX_MS / 60000);
}

/* Drop lines that are too old, or that a channel does not allow any more. */
static void drop_dead(struct twitch_outbox *outbox, struct twitch_room *room)
{
	const char *why = twitch_room_refusal(room, outbox->now->ms);

	if (why && room->first && room->seats[outbox->connections->current].is_in) {
		tell_refusal(outbox, room, why);
		twitch_outbox_clear(outbox, room, true);
	}
	while (room->first && outbox->now->ms - room->first->pushed_ms > TWITCH_AGE_MAX_MS) {
		tell_old(outbox, room);
		complete(outbox, room, take(outbox, room), false);
	}
}

void twitch_outbox_run(struct twitch_outbox *outbox)
{
	size_t i;

	for (i = 0; i < outbox->rooms->count; i++) {
		if (outbox->rooms->list[i]->flying)
			check(outbox, outbox->rooms->list[i]);
		drop_dead(outbox, outbox->rooms->list[i]);
	}
	/* One line of each channel in turn; the next one only after its confirmation. */
	for (i = 0; i < outbox->rooms->count;) {
		size_t at = (outbox->turn + i) % outbox->rooms->count;
		struct twitch_room *room = outbox->rooms->list[at];

		if (!may_speak(outbox, room) || due_ms(outbox, room) > outbox->now->ms) {
			i++;
			continue;
		}
		send_entry(outbox, room, take(outbox, room));
		outbox->turn = at + 1;
		i = 0;
	}
}

uint64_t twitch_outbox_next_ms(const struct twitch_outbox *outbox)
{
	uint64_t next_ms = UINT64_MAX, at_ms;

	for (size_t i = 0; i < outbox->rooms->count; i++) {
		const struct twitch_room *room = outbox->rooms->list[i];

		if (room->first) {
			at_ms = room->first->pushed_ms + TWITCH_AGE_MAX_MS + 1;
			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
		if (may_speak(outbox, room)) {
			at_ms = due_ms(outbox, room);
			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
		if (room->flying) {
			at_ms = check_ms(outbox, room->flying);
			next_ms = at_ms < next_ms ? at_ms : next_ms;
		}
	}
	return next_ms;
}

int twitch_outbox_push(struct twitch_outbox *outbox, struct twitch_room *room, const struct twitch_say *say)
{
	struct twitch_entry *entries = NULL, **end = &entries, *entry;
	const char *why = twitch_room_refusal(room, outbox->now->ms);

	if (!why && twitch_room_is_slow(room) &&
			twitch_room_next_ms(room, false) + room->count * room->slow_ms >
					outbox->now->ms + TWITCH_AGE_MAX_MS)
		why = "slow mode is too slow to answer; make the bot a moderator or a VIP";
	if (why) {
		tell_refusal(outbox, room, why);
		return -EACCES;
	}
	if (room->count + say->line_count > TWITCH_ROOM_LINES_MAX ||
			outbox->line_count + say->line_count > TWITCH_LINES_MAX) {
		tell_full(outbox, room);
		return -ENOBUFS;
	}
	for (size_t i = 0; i < say->line_count; i++) {
		*end = new_entry(outbox, say, say->lines[i], i + 1 == say->line_count);
		if (!*end)
			goto out_of_memory;
		end = &(*end)->next;
	}
	while ((entry = entries) != NULL) {
		entries = entry->next;
		entry->next = NULL;
		append(outbox, room, entry);
	}
	return 0;

out_of_memory:
	while ((entry = entries) != NULL) {
		entries = entry->next;
		entry_free(entry);
	}
	return -ENOMEM;
}
