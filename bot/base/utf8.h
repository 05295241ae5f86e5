#ifndef EPISODED_BASE_UTF8_H
#define EPISODED_BASE_UTF8_H

/*
 * Text from outside: validate UTF-8, make it safe to store and to show, fold it for comparison (utf8_fold.c), walk it
 * by grapheme clusters.
 *
 * Every text that leaves the program is cleaned or escaped. Both replace
 *
 *	control characters, C0, DEL and C1 (U+0000..1F, U+007F..9F), line and paragraph separators
 *	(U+2028, U+2029), bidirectional marks, embeddings, overrides and isolates (U+061C, U+200E, U+200F,
 *	U+202A..202E, U+2066..206F), and each byte that is not UTF-8
 *
 * utf8_clean() and utf8_print() are for text that is stored and sent (messages, names, reasons). They drop the
 * bidirectional characters, which have no width, and write a space for the others and U+FFFD for a bad byte. The
 * text stays readable, and cleaning it again changes nothing.
 *
 * utf8_escape() and utf8_line() are for the log, the terminal, "check" and systemd. They write an escape,
 * "\x1b" for a byte and "\u202e" for a code point beyond ASCII, which an operator can search for. A backslash
 * is not escaped: the escapes are not meant to be decoded.
 */

#include <stdarg.h>
#include <stdint.h>

#include "bot/base/str.h"

/*
 * utf8_next - the code point that begins at bytes.
 *
 * Units:   returns the bytes of the code point: 1 to 4; 0 only when length is 0. Never reads past length.
 * Errors:  *ret_codepoint is -1, and 1 is returned, for a byte that is not UTF-8 (overlong forms,
 *          surrogates).
 * Source:  RFC 3629.
 */
size_t utf8_next(const char *bytes, size_t length, int32_t *ret_codepoint);

#define UTF8_CODEPOINT_BYTES 4

/* Write a code point of at most U+10FFFF as UTF-8 and return its bytes. A surrogate becomes three bytes that
 * are not UTF-8. */
size_t utf8_encode(uint32_t codepoint, char ret[UTF8_CODEPOINT_BYTES]);

bool utf8_valid(const char *bytes, size_t length);

/* Bytes of the character at bytes if it may be shown unchanged. 0 at the end, and for a character that is
 * replaced (see above). */
size_t utf8_printable(const char *bytes, size_t length);

/* Append bytes as valid, printable UTF-8, as described above. Runs of spaces are kept. */
void utf8_clean(struct str *str, const char *bytes, size_t length);

/* Whether utf8_clean() would change nothing. */
bool utf8_is_clean(const char *bytes, size_t length);

/* snprintf() for a text that is stored: cleaned, and never cut inside a character. ret may be among the
 * arguments. utf8_print() returns ret. */
const char *utf8_print(char *ret, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
void utf8_vprint(char *ret, size_t size, const char *format, va_list arguments)
		__attribute__((format(printf, 3, 0)));

/* Append bytes, each replaced character as an escape. */
void utf8_escape(struct str *str, const char *bytes, size_t length);

#define UTF8_LINE_MAX_BYTES 4096 /* also what systemd takes in one notification */

/* Append one line of output, escaped as a whole, so that no argument can end the line. A line longer than
 * UTF8_LINE_MAX_BYTES is cut after a whole character or escape, with "…". */
void utf8_line(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void utf8_vline(struct str *str, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

/* utf8_line() and a line feed: one problem in a report. */
void utf8_report(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How many of length bytes remain without an incomplete character at the end. */
size_t utf8_whole(const char *bytes, size_t length);

/*
 * utf8_tidy - what a person typed, as a command is read: in place, never longer. Returns the new length.
 *
 * Each space of Unicode becomes ' ', each full-width form of ASCII its ASCII character, and each decimal digit of
 * any script '0' to '9'. Invisible characters are dropped: zero-width spaces and joiners, bidirectional marks,
 * variation selectors, tags, fillers. Joiners and selectors inside a word of another script or an emoji stay.
 */
size_t utf8_tidy(char *text, size_t length);

/* The position after prefix in a text that is not tidied, or NULL if the tidied text does not begin with it; spaces
 * before it are skipped. Only the first bytes are read. */
const char *utf8_after_prefix(const char *text, size_t length, const char *prefix);

/*
 * Append text folded for comparison: words in lower case with one space between them, without accents, width and
 * compatibility forms; strokes and ligatures as people type them ("Łódź" -> "lodz", "Æsir" -> "aesir"), digits of
 * every script as '0' to '9', katakana as hiragana.
 *
 * A hyphen or an apostrophe between two letters is dropped ("On-jo" -> "onjo", "it's" -> "its"), and so are the full
 * stops of "S.H.I.E.L.D.". Any other character that is not a letter or a digit separates, and so does the border
 * between a script with spaces and one without them ("Netflix의" -> "netflix 의"). Hangul stays composed. Bad UTF-8
 * separates. Folding twice changes nothing.
 */
void utf8_fold(struct str *str, const char *text);

/* The same, but a hyphen or an apostrophe separates: "fast-moving" -> "fast moving". */
void utf8_fold_apart(struct str *str, const char *text);

/* True for a letter of a script that has no spaces between words, or glues endings to them: Han, kana, Hangul, Thai,
 * Lao, Khmer, Myanmar. Such words are searched by pairs of letters. */
bool utf8_is_glued(int32_t codepoint);

/* Append text with case and compatibility forms folded ("Ｓ１Ｅ５" -> "s1e5"), tidied, and with each dash as '-'.
 * Everything else stays. */
void utf8_normalize(struct str *str, const char *text);

/* Bytes of the grapheme cluster that starts at text, 0 at the end. A line must not be broken inside one. */
size_t utf8_grapheme(const char *text, size_t length);

/* How many of length bytes fit into limit_bytes as whole grapheme clusters; 0 when the first one is
 * longer. */
size_t utf8_fit(const char *text, size_t length, size_t limit_bytes);

#define UTF8_QUOTE_GRAPHEMES 40
#define UTF8_QUOTE_BYTES     124 /* 120 of the text, an ellipsis and the NUL */

/* A person's text, cleaned and short enough to quote in an answer: its first grapheme clusters, and "…" where
 * there are more. Returns ret. */
const char *utf8_quote(const char *text, char ret[UTF8_QUOTE_BYTES]);

/* Code points of valid UTF-8; UTF-16 units of valid UTF-8. */
size_t utf8_codepoints(const char *text);
size_t utf8_utf16_units(const char *text);

#endif
