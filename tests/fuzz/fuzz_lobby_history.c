/* A message of the lobby's history as the store has it: the key is the first line, the value the rest. What is accepted can be
 * sent in lines, and comes back the same. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/history_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_sendable(const char *text, bool has_lines)
{
	assert(utf8_valid(text, strlen(text)) && !strchr(text, '\r'));
	assert(has_lines || !strchr(text, '\n'));
}

static void check(const char *key, const char *place, const struct history_entry *entry)
{
	struct str again = STR(HISTORY_KEY_MAX_BYTES), value = STR(HISTORY_VALUE_MAX_BYTES * 2);
	char place_again[HISTORY_PLACE_BYTES];
	struct history_entry back;

	assert_sendable(entry->source, false);
	assert_sendable(entry->tags, false);
	assert_sendable(entry->text, entry->is_ours);
	assert(!strchr(entry->source, ' ') && !strchr(entry->tags, ' '));
	assert(!entry->card || (!strchr(entry->card, ' ') && !strchr(entry->card, ';')));
	history_record_key(place, entry, &again);
	history_record_value(entry, &value);
	assert(!again.error && strcmp(str_text(&again), key) == 0);
	assert(!value.error && history_record_parse(key, str_text(&value), place_again, &back) == 0);
	assert(strcmp(back.text, entry->text) == 0 && strcmp(back.tags, entry->tags) == 0);
	history_entry_release(&back);
	str_release(&again);
	str_release(&value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), place[HISTORY_PLACE_BYTES], *value;
	struct history_entry entry;

	assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	value = strchr(text, '\n');
	if (value)
		*value++ = '\0';
	if (value && history_record_parse(text, value, place, &entry) == 0) {
		check(text, place, &entry);
		history_entry_release(&entry);
	}
	free(text);
	return 0;
}
