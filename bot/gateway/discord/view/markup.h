#ifndef EPISODED_DISCORD_MARKUP_H
#define EPISODED_DISCORD_MARKUP_H

/*
 * Text escaped for Discord: markup, mentions and list markers are shown as they are, URLs stay links, and
 * lengths are counted in UTF-16 units, as Discord's limits are. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

enum discord_markup_mode {
	DISCORD_MARKUP_RAW,     /* where Discord interprets no markup: footers, labels of buttons */
	DISCORD_MARKUP_ESCAPED, /* everywhere else */
	DISCORD_MARKUP_VEILED, /* between ||bars||: a bar in the text would end the spoiler, and is replaced */
};

#define DISCORD_MARKUP_NO_LIMIT ((size_t)-1)

/*
 * Append as much of text (clean UTF-8 without line breaks) as fits room_units, in whole graphemes (at most 64
 * bytes each). str may be NULL: measure only. Returns the bytes of text used; *ret_units (may be NULL) is
 * their length as written.
 */
size_t discord_markup_append(struct str *str, const char *text, enum discord_markup_mode mode,
		size_t room_units, size_t *ret_units);

/* Append the whole text, or its beginning and "…". Returns the units. */
size_t discord_markup_append_cut(
		struct str *str, const char *text, enum discord_markup_mode mode, size_t limit_units);

/* Has the text no visible character? Discord refuses such a title or label. */
bool discord_markup_is_blank(const char *text);

/* Is text an https link of at most limit_units that Discord accepts where it expects a URL? */
bool discord_markup_is_link(const char *text, size_t limit_units);

#endif
