#ifndef EPISODED_DISCORD_MARKUP_H
#define EPISODED_DISCORD_MARKUP_H

/*
 * Text as Discord is to show it: what would be markup, a mention or a list is
 * escaped, addresses stay links, and lengths are counted in UTF-16 units, the
 * way Discord's limits are understood to be. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

enum discord_markup_mode {
	DISCORD_MARKUP_RAW,     /* where Discord shows text as it is: footers, labels of buttons */
	DISCORD_MARKUP_ESCAPED, /* everywhere else */
	DISCORD_MARKUP_VEILED, /* between ||bars||: a bar in the text would lift the veil, so it becomes another */
};

#define DISCORD_MARKUP_NO_LIMIT ((size_t)-1)

/*
 * Append as much of text (clean UTF-8 without line breaks) as makes at most
 * room_units, in whole graphemes; what is longer than 64 bytes is none. str
 * may be NULL to measure only. Returns the bytes of text used; *ret_units
 * (may be NULL) is what they came to.
 */
size_t discord_markup_append(struct str *str, const char *text, enum discord_markup_mode mode,
		size_t room_units, size_t *ret_units);

/* All of it, or its beginning and "…". Returns the units. */
size_t discord_markup_append_cut(
		struct str *str, const char *text, enum discord_markup_mode mode, size_t limit_units);

/* Nothing that can be seen: Discord refuses such a title or label. */
bool discord_markup_is_blank(const char *text);

#endif
