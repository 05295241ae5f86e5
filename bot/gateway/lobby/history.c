/* A ring of messages. */

#include "bot/gateway/lobby/history.h"

#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/gateway/lobby/chat.h"

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

static size_t weight(const struct history_entry *entry)
{
	return sizeof(*entry) + length_of(entry->source) + length_of(entry->tags) + length_of(entry->text) +
	       length_of(entry->card);
}

void history_entry_release(struct history_entry *entry)
{
	free(entry->source);
	free(entry->tags);
	free(entry->text);
	free(entry->card);
	*entry = (struct history_entry){0};
}

static size_t ring_size(const struct history *history)
{
	return history->max ? history->max : CHAT_HISTORY_MAX;
}

static bool make_ring(struct history *history)
{
	if (!history->entries)
		history->entries = calloc(ring_size(history), sizeof(*history->entries));
	return history->entries;
}

static bool is_full(const struct history *history, const struct history_entry *entry)
{
	return history->count == ring_size(history) ||
	       (history->count && history->weight_bytes + weight(entry) > CHAT_HISTORY_MAX_BYTES);
}

static bool is_too_old(const struct history *history, uint64_t now_ms)
{
	return history->count && history->entries[history->first].wall_ms + CHAT_HISTORY_MAX_MS < now_ms;
}

void history_forget_oldest(struct history *history)
{
	struct history_entry *oldest = &history->entries[history->first];

	if (history->keeper)
		history->keeper->on_dropped(history->keeper->user, history->place, oldest);
	history->weight_bytes -= weight(oldest);
	history_entry_release(oldest);
	history->first = (history->first + 1) % ring_size(history);
	history->count--;
}

void history_release(struct history *history)
{
	history->keeper = NULL;
	while (history->count)
		history_forget_oldest(history);
	free(history->entries);
	*history = (struct history){0};
}

const struct history_entry *history_add(struct history *history, struct history_entry *entry)
{
	struct history_entry *place;

	if (!entry->source || !entry->tags || !entry->text || !make_ring(history)) {
		history_entry_release(entry);
		return NULL;
	}
	while (is_full(history, entry) || is_too_old(history, entry->wall_ms))
		history_forget_oldest(history);
	place = &history->entries[(history->first + history->count) % ring_size(history)];
	*place = *entry;
	history->count++;
	history->weight_bytes += weight(place);
	if (history->keeper)
		history->keeper->on_added(history->keeper->user, history->place, place);
	return place;
}

bool history_add_older(struct history *history, struct history_entry *entry)
{
	if (is_full(history, entry) || !make_ring(history))
		return false;
	history->first = (history->first + ring_size(history) - 1) % ring_size(history);
	history->entries[history->first] = *entry;
	history->count++;
	history->weight_bytes += weight(entry);
	return true;
}

const struct history_entry *history_at(const struct history *history, size_t index)
{
	return &history->entries[(history->first + index) % ring_size(history)];
}

size_t history_find(const struct history *history, const char *msgid)
{
	size_t i;

	for (i = 0; i < history->count; i++) {
		if (strcmp(history_at(history, i)->msgid, msgid) == 0)
			break;
	}
	return i;
}

size_t history_since(const struct history *history, uint64_t wall_ms)
{
	size_t i;

	for (i = 0; i < history->count; i++) {
		if (history_at(history, i)->wall_ms >= wall_ms)
			break;
	}
	return i;
}

bool history_find_reference(
		const struct history *history, const char *reference, size_t *ret_before, size_t *ret_after)
{
	uint64_t wall_ms;

	if (str_equal(reference, "*")) {
		*ret_before = history->count;
		*ret_after = 0;
		return true;
	}
	if (str_starts(reference, "msgid=")) {
		size_t at = history_find(history, reference + strlen("msgid="));

		*ret_before = at;
		*ret_after = at < history->count ? at + 1
						 : 0; /* dropped already: every entry left is newer */
		return true;
	}
	if (!str_starts(reference, "timestamp=") ||
			clock_from_iso(reference + strlen("timestamp="), &wall_ms) < 0)
		return false;
	*ret_before = history_since(history, wall_ms);
	*ret_after = history_since(history, wall_ms + 1);
	return true;
}
