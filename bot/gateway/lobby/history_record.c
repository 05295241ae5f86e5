/* An entry of a history as the store has it. */

#include "bot/gateway/lobby/history_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/lobby/chat.h"
#include "bot/gateway/lobby/chat_client.h"
#include "bot/gateway/lobby/chat_guest.h"

#define VERSION    "1"
#define NOTHING    "-"
#define TIME_BYTES 16                        /* hex digits */
#define WALL_MAX   UINT64_C(253402300799999) /* the end of the year 9999 */
#define HEX_DIGITS "0123456789abcdef"

void history_record_key(const char *place, const struct history_entry *entry, struct str *ret)
{
	str_printf(ret, "%s %016" PRIx64 " %s", place, entry->wall_ms, entry->msgid);
}

static const char *or_nothing(const char *text)
{
	return text && *text ? text : NOTHING;
}

void history_record_value(const struct history_entry *entry, struct str *ret)
{
	char flags[4];

	snprintf(flags, sizeof(flags), "%s%s%s", entry->is_notice ? "n" : "", entry->is_bot ? "b" : "",
			entry->is_ours ? "o" : "");
	str_printf(ret, VERSION " %s %s %s %s\n%s", or_nothing(flags), entry->source, or_nothing(entry->tags),
			or_nothing(entry->card), entry->text);
}

/* ---- reading */

/* Copy the word at *at, and advance *at to the next one. False: it ends too soon, or is too long. */
static bool take_word(const char **at, char end, char *ret, size_t size_bytes)
{
	size_t length = strcspn(*at, " \n");

	if ((*at)[length] != end || !length || length >= size_bytes)
		return false;
	memcpy(ret, *at, length);
	ret[length] = '\0';
	*at += length + (end != '\0');
	return true;
}

/* Can these bytes be a part of a line? */
static bool is_clean(const char *text, const char *forbidden)
{
	for (const char *at = text; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f || strchr(forbidden, *at))
			return false;
	}
	return utf8_valid(text, strlen(text));
}

static bool parse_key(const char *key, char place[HISTORY_PLACE_BYTES], struct history_entry *entry)
{
	char time[TIME_BYTES + 1];

	if (!take_word(&key, ' ', place, HISTORY_PLACE_BYTES) || !take_word(&key, ' ', time, sizeof(time)) ||
			!take_word(&key, '\0', entry->msgid, sizeof(entry->msgid)))
		return false;
	if (strspn(time, HEX_DIGITS) != TIME_BYTES || entry->msgid[strspn(entry->msgid, HEX_DIGITS)])
		return false;
	entry->wall_ms = strtoull(time, NULL, 16);
	return entry->wall_ms <= WALL_MAX && (chat_guest_key_ok(place) || chat_channel_ok(place));
}

static bool parse_flags(const char *flags, struct history_entry *entry)
{
	if (flags[strspn(flags, "nbo" NOTHING)])
		return false;
	entry->is_notice = strchr(flags, 'n');
	entry->is_bot = strchr(flags, 'b');
	entry->is_ours = strchr(flags, 'o');
	return true;
}

static bool text_ok(const char *text, bool is_ours)
{
	return *text && *text != '\n' && !strchr(text, '\r') && (is_ours || !strchr(text, '\n')) &&
	       utf8_valid(text, strlen(text));
}

static int copy_parts(struct history_entry *entry, const char *source, const char *tags, const char *card,
		const char *text)
{
	entry->source = str_copy(source);
	entry->tags = str_copy(str_equal(tags, NOTHING) ? "" : tags);
	entry->text = str_copy(text);
	entry->card = str_equal(card, NOTHING) ? NULL : str_copy(card);
	if (entry->source && entry->tags && entry->text && (entry->card || str_equal(card, NOTHING)))
		return 0;
	history_entry_release(entry);
	return -ENOMEM;
}

int history_record_parse(const char *key, const char *value, char ret_place[HISTORY_PLACE_BYTES],
		struct history_entry *ret)
{
	char version[2], flags[4], source[CHAT_MASK_BYTES], tags[CHAT_TAGS_MAX_BYTES + 2],
			card[CHAT_CARD_MAX_BYTES + 1];
	struct history_entry entry = {0};
	int r;

	if (strlen(value) > HISTORY_VALUE_MAX_BYTES || !parse_key(key, ret_place, &entry))
		return -EBADMSG;
	if (!take_word(&value, ' ', version, sizeof(version)) || !str_equal(version, VERSION) ||
			!take_word(&value, ' ', flags, sizeof(flags)) || !parse_flags(flags, &entry) ||
			!take_word(&value, ' ', source, sizeof(source)) || !is_clean(source, ":") ||
			!take_word(&value, ' ', tags, sizeof(tags)) || !is_clean(tags, "") ||
			!take_word(&value, '\n', card, sizeof(card)) || !is_clean(card, ";") ||
			!text_ok(value, entry.is_ours))
		return -EBADMSG;
	if (!str_equal(tags, NOTHING) && *tags != ';')
		return -EBADMSG;
	r = copy_parts(&entry, source, tags, card, value);
	if (r == 0)
		*ret = entry;
	return r;
}
