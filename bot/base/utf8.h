#ifndef EPISODED_BASE_UTF8_H
#define EPISODED_BASE_UTF8_H

/* Text from outside: is it UTF-8, make it so, fold it for comparing, walk it by what a person sees. */

#include "bot/base/str.h"

bool utf8_valid(const char *bytes, size_t length);

/* Bytes of the character at bytes, when it may be shown as it is; 0 at the end and for one that may not: a
 * control character, a separator of lines, a byte that is no UTF-8. */
size_t utf8_printable(const char *bytes, size_t length);

/*
 * Append bytes as valid, printable UTF-8: what is no UTF-8 becomes U+FFFD,
 * a control character (CR, LF, NUL, ESC, DEL, U+0080..9F) becomes a space.
 * Runs of spaces stay as they are.
 */
void utf8_clean(struct str *str, const char *bytes, size_t length);

/*
 * Append text folded for comparing: case, accents, width and compatibility
 * forms gone; hyphens, dashes, apostrophes and other punctuation are dropped
 * inside a word; each run of other non-letters becomes one space. Hangul stays
 * composed. "Nam On-jo!" -> "nam onjo".  Bad UTF-8 folds as U+FFFD would: to a space.
 */
void utf8_fold(struct str *str, const char *text);

/* Append text with case and compatibility forms folded ("Ｓ１Ｅ５" -> "s1e5") and any dash as '-'; the rest
 * stays. */
void utf8_normalize(struct str *str, const char *text);

/* Bytes of the grapheme cluster that starts at text (0 at the end): the least that may stand on a line of its
 * own. */
size_t utf8_grapheme(const char *text, size_t length);

#define UTF8_QUOTE_GRAPHEMES 40
#define UTF8_QUOTE_BYTES     124 /* 120 of the text, an ellipsis and the NUL */

/* What somebody typed, clean and short enough to be quoted back to them: its first graphemes, and "…" where
 * there are more. Returns ret. */
const char *utf8_quote(const char *text, char ret[UTF8_QUOTE_BYTES]);

/* Code points of valid UTF-8; UTF-16 units of valid UTF-8. */
size_t utf8_codepoints(const char *text);
size_t utf8_utf16_units(const char *text);

#endif
