#ifndef EPISODED_LOBBY_HISTORY_RECORD_H
#define EPISODED_LOBBY_HISTORY_RECORD_H

/* An entry of a history as the store has it: a key that sorts by place and time, and a value. Pure. */

#include "bot/base/str.h"
#include "bot/gateway/lobby/history.h"

#define HISTORY_PLACE_BYTES     64 /* a channel, or a person's key, with NUL */
#define HISTORY_KEY_MAX_BYTES   (HISTORY_PLACE_BYTES + HISTORY_MSGID_BYTES + 20)
#define HISTORY_VALUE_MAX_BYTES (64 * 1024)

void history_record_key(const char *place, const struct history_entry *entry, struct str *ret);
void history_record_value(const struct history_entry *entry, struct str *ret);

/*
 * history_record_parse - read a key and a value, which may be damaged.
 *
 * Shape:   key: place SP 16 hex digits (ms since 1970) SP msgid; value: "1" SP flags SP source SP tags SP card LF text.
 *          "-" is no flags, tags or card.
 * Limits:  HISTORY_PLACE_BYTES, HISTORY_MSGID_BYTES, HISTORY_VALUE_MAX_BYTES. What comes back can be sent in a line: it
 *          is UTF-8 without NUL and CR, and with LF only between the lines of an answer of the bot.
 * Owns:    the caller releases *ret: history_entry_release().
 * Errors:  -EBADMSG, -ENOMEM; *ret untouched.
 */
int history_record_parse(const char *key, const char *value, char ret_place[HISTORY_PLACE_BYTES],
		struct history_entry *ret);

#endif
