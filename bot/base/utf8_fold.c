/* What people type, and the words of texts: tidied for reading commands, folded for comparison. */

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "bot/base/utf8.h"

#define TIDY_NOTHING 0 /* a character that is dropped */

/* ---------------------------------------------------------------- single characters */

/* The value of a decimal digit of any script, or -1. Unicode encodes the digits of a script from 0 to 9 in a row, and
 * only the rows of styled digits touch each other. */
static int digit_of(int32_t codepoint)
{
	int value = 0;

	if (codepoint < 0x80)
		return codepoint >= '0' && codepoint <= '9' ? codepoint - '0' : -1;
	if (codepoint >= 0x1D7CE && codepoint <= 0x1D7FF)
		return (codepoint - 0x1D7CE) % 10;
	if (utf8proc_category(codepoint) != UTF8PROC_CATEGORY_ND)
		return -1;
	while (value < 9 && utf8proc_category(codepoint - value - 1) == UTF8PROC_CATEGORY_ND)
		value++;
	return value;
}

static bool is_space(int32_t codepoint)
{
	switch (codepoint) {
	case '\t':
	case '\n':
	case '\v':
	case '\f':
	case '\r':
	case ' ':
	case 0x85:
	case 0xA0:
	case 0x1680:
	case 0x2028:
	case 0x2029:
	case 0x202F:
	case 0x205F:
	case 0x2800: /* the empty Braille pattern */
	case 0x3000: return true;
	default: return codepoint >= 0x2000 && codepoint <= 0x200A;
	}
}

/* A character without width: Unicode's Default_Ignorable_Code_Point and the interlinear annotations. */
static bool is_invisible(int32_t codepoint)
{
	switch (codepoint) {
	case 0xAD:
	case 0x34F:
	case 0x61C:
	case 0x115F: /* Hangul fillers */
	case 0x1160:
	case 0x17B4:
	case 0x17B5:
	case 0x3164:
	case 0xFEFF:
	case 0xFFA0: return true;
	default:
		return (codepoint >= 0x180B && codepoint <= 0x180F) ||
		       (codepoint >= 0x200B && codepoint <= 0x200F) ||
		       (codepoint >= 0x202A && codepoint <= 0x202E) ||
		       (codepoint >= 0x2060 && codepoint <= 0x206F) ||
		       (codepoint >= 0xFE00 && codepoint <= 0xFE0F) ||
		       (codepoint >= 0xFFF0 && codepoint <= 0xFFFB) ||
		       (codepoint >= 0x1BCA0 && codepoint <= 0x1BCA3) ||
		       (codepoint >= 0x1D173 && codepoint <= 0x1D17A) ||
		       (codepoint >= 0xE0000 && codepoint <= 0xE0FFF);
	}
}

/* Joiners and the selectors of emoji, which shape the characters around them. */
static bool is_shaping(int32_t codepoint)
{
	return codepoint == 0x200C || codepoint == 0x200D || codepoint == 0xFE0E || codepoint == 0xFE0F;
}

/* A character as a command is read: another one, the same, or TIDY_NOTHING. */
static int32_t tidied(int32_t codepoint)
{
	int digit;

	if (codepoint < 0x80)
		return codepoint;
	if (codepoint >= 0xFF01 && codepoint <= 0xFF5E)
		return codepoint - 0xFF01 + '!';
	if (is_space(codepoint))
		return ' ';
	if (is_invisible(codepoint))
		return TIDY_NOTHING;
	digit = digit_of(codepoint);
	return digit >= 0 ? '0' + digit : codepoint;
}

bool utf8_is_glued(int32_t codepoint)
{
	static const struct {
		int32_t first, last;
	} ranges[] = {
			{0x0E00, 0x0EFF},   /* Thai, Lao */
			{0x1000, 0x11FF},   /* Myanmar, Georgian (below), Hangul Jamo */
			{0x1780, 0x17FF},   /* Khmer */
			{0x3005, 0x3007},   /* Han */
			{0x3040, 0x318F},   /* kana, Bopomofo, Hangul */
			{0x31A0, 0x31FF},   /* Bopomofo, kana */
			{0x3400, 0x4DBF},   /* Han */
			{0x4E00, 0x9FFF},   /* Han */
			{0xA960, 0xA97F},   /* Hangul Jamo */
			{0xAC00, 0xD7FF},   /* Hangul */
			{0xF900, 0xFAFF},   /* Han */
			{0x1B000, 0x1B16F}, /* kana */
			{0x20000, 0x3FFFF}, /* Han */
	};

	if (codepoint < ranges[0].first || (codepoint >= 0x10A0 && codepoint < 0x1100))
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (codepoint >= ranges[i].first && codepoint <= ranges[i].last)
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- tidying */

/* How many bytes from here are ASCII. */
static size_t ascii_run(const char *bytes, size_t length)
{
	size_t count = 0;

	while (count < length && (unsigned char)bytes[count] < 0x80)
		count++;
	return count;
}

/* Whether a shaping character before these bytes stays: between two visible characters beyond ASCII, or, for a
 * selector, after one. */
static bool is_shaping_here(int32_t codepoint, int32_t before, const char *after, size_t length)
{
	int32_t next;

	if (before < 0x80)
		return false;
	if (codepoint >= 0xFE00)
		return before >= 0x2000;
	return utf8_next(after, length, &next) > 0 && next >= 0x80 && tidied(next) == next;
}

size_t utf8_tidy(char *text, size_t length)
{
	size_t kept = ascii_run(text, length), at = kept;
	int32_t before = kept ? text[kept - 1] : 0, codepoint, clean;

	while (at < length) {
		size_t size = utf8_next(text + at, length - at, &codepoint);

		clean = codepoint < 0 ? codepoint : tidied(codepoint);
		if (clean == TIDY_NOTHING && codepoint && is_shaping(codepoint) &&
				is_shaping_here(codepoint, before, text + at + size, length - at - size))
			clean = codepoint;
		if (clean == codepoint) {
			memmove(text + kept, text + at, size);
			kept += size;
			before = codepoint;
		} else if (clean != TIDY_NOTHING) {
			text[kept++] = (char)clean;
			before = clean;
		}
		at += size;
	}
	if (kept < length)
		text[kept] = '\0';
	return kept;
}

/* Bytes up to end, or to a NUL. */
struct piece {
	const char *at, *end;
};

/* Take the next tidied character that is not dropped; 0 at the end. */
static int32_t next_tidied(struct piece *piece)
{
	int32_t codepoint;

	do {
		if (piece->at == piece->end || !*piece->at)
			return 0;
		if ((unsigned char)*piece->at < 0x80)
			return *piece->at++;
		piece->at += utf8_next(piece->at,
				strnlen(piece->at, (size_t)(piece->end - piece->at) < UTF8_CODEPOINT_BYTES
								   ? (size_t)(piece->end - piece->at)
								   : UTF8_CODEPOINT_BYTES),
				&codepoint);
	} while (codepoint >= 0 && tidied(codepoint) == TIDY_NOTHING);
	return codepoint < 0 ? codepoint : tidied(codepoint);
}

const char *utf8_after_prefix(const char *text, size_t length, const char *prefix)
{
	struct piece rest = {text, text + length}, before = rest, wanted = {prefix, prefix + strlen(prefix)};
	int32_t codepoint;

	/* Most lines of a chat end here: ASCII is tidied to itself. */
	if (length && (unsigned char)*text < 0x80 && *text != ' ' && *prefix &&
			(unsigned char)*prefix < 0x80 && *text != *prefix)
		return NULL;
	do {
		before = rest;
	} while (next_tidied(&rest) == ' ');
	while ((codepoint = next_tidied(&wanted))) {
		if (next_tidied(&before) != codepoint)
			return NULL;
	}
	return before.at;
}

/* ---------------------------------------------------------------- code points */

/* A text as code points, decomposed and in lower case. */
struct codepoints {
	int32_t *at;
	size_t count;
	bool is_plain; /* nothing to strip or to compose */
};

/* Apostrophes and hyphens of all kinds, before compatibility forms would make them something else. */
static utf8proc_int32_t unify(utf8proc_int32_t codepoint, void *user)
{
	(void)user;
	switch (codepoint) {
	case 0xB4:
	case 0x2B9:
	case 0x2BB:
	case 0x2BC:
	case 0x2BD:
	case 0x2C8:
	case 0x5F3:
	case 0x2018:
	case 0x2019:
	case 0x201B:
	case 0x2032:
	case 0xA78B:
	case 0xA78C:
	case 0xFF07: return '\'';
	case 0x58A:
	case 0x1806:
	case 0x2010:
	case 0x2011:
	case 0xFE63:
	case 0xFF0D: return '-';
	default: return codepoint;
	}
}

static int decompose(const char *text, size_t length, utf8proc_custom_func replace, struct codepoints *ret)
{
	const utf8proc_option_t options =
			UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	/* Enough for nearly every text: few characters are shorter in UTF-8 than decomposed. */
	size_t capacity = length + 16;
	utf8proc_ssize_t count;
	int32_t *at = NULL;

	for (;;) {
		int32_t *larger = realloc(at, (capacity + 1) * sizeof(*at));

		if (!larger) {
			free(at);
			return -ENOMEM;
		}
		at = larger;
		count = utf8proc_decompose_custom((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length,
				at, (utf8proc_ssize_t)capacity, options, replace, NULL);
		if (count < 0) {
			free(at);
			return -ENOMEM;
		}
		if ((size_t)count <= capacity)
			break;
		capacity = (size_t)count;
	}
	ret->at = at;
	ret->count = (size_t)count;
	return 0;
}

/* Compose what is left, for Hangul and kana. */
static void compose(struct codepoints *codepoints)
{
	utf8proc_ssize_t count = utf8proc_normalize_utf32(
			codepoints->at, (utf8proc_ssize_t)codepoints->count, UTF8PROC_COMPOSE);

	if (count >= 0)
		codepoints->count = (size_t)count;
}

/* ---------------------------------------------------------------- letters */

/* An accent, which people leave out; vowel signs of Indic and Thai scripts are letters. */
static bool is_accent(int32_t codepoint)
{
	static const struct {
		int32_t first, last;
	} ranges[] = {
			{0x0300, 0x036F}, /* Latin, Greek, Cyrillic */
			{0x0483, 0x0489}, /* Cyrillic */
			{0x0591, 0x05C7}, /* Hebrew points */
			{0x0610, 0x061A}, /* Arabic */
			{0x0640, 0x0640}, /* Arabic: the stretched line, a letter in Unicode */
			{0x064B, 0x065F}, /* Arabic vowels */
			{0x0670, 0x0670},
			{0x06D6, 0x06ED},
			{0x0E47, 0x0E4E}, /* Thai tones */
			{0x1AB0, 0x1AFF},
			{0x1DC0, 0x1DFF},
			{0x20D0, 0x20FF},
			{0xFE20, 0xFE2F},
	};

	if (codepoint < ranges[0].first)
		return false;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (codepoint >= ranges[i].first && codepoint <= ranges[i].last)
			return utf8proc_category(codepoint) != UTF8PROC_CATEGORY_PO &&
			       utf8proc_category(codepoint) != UTF8PROC_CATEGORY_PD;
	}
	return false;
}

/* Letters that Unicode does not decompose, as people type them. Sorted. */
static const struct spelling {
	int32_t codepoint;
	int32_t letters[2];
} SPELLINGS[] = {
		{0x00E6, {'a', 'e'}}, /* æ */
		{0x00F0, {'d'}},      /* ð */
		{0x00F8, {'o'}},      /* ø */
		{0x00FE, {'t', 'h'}}, /* þ */
		{0x0111, {'d'}},      /* đ */
		{0x0127, {'h'}},      /* ħ */
		{0x0131, {'i'}},      /* ı */
		{0x0138, {'k'}},      /* ĸ */
		{0x0142, {'l'}},      /* ł */
		{0x014B, {'n'}},      /* ŋ */
		{0x0153, {'o', 'e'}}, /* œ */
		{0x0167, {'t'}},      /* ŧ */
		{0x0180, {'b'}},
		{0x0192, {'f'}},
		{0x0199, {'k'}},
		{0x019A, {'l'}},
		{0x019E, {'n'}},
		{0x01A5, {'p'}},
		{0x01AD, {'t'}},
		{0x01B4, {'y'}},
		{0x01B6, {'z'}},
		{0x01DD, {'e'}},
		{0x01E5, {'g'}},
		{0x0237, {'j'}},
		{0x023C, {'c'}},
		{0x0247, {'e'}},
		{0x0249, {'j'}},
		{0x024D, {'r'}},
		{0x024F, {'y'}},
		{0x0253, {'b'}},
		{0x0256, {'d'}},
		{0x0257, {'d'}},
		{0x0259, {'e'}},
		{0x0260, {'g'}},
		{0x0268, {'i'}},
		{0x026B, {'l'}},
		{0x0272, {'n'}},
		{0x0275, {'o'}},
		{0x0289, {'u'}},
		{0x0629, {0x0647}}, /* Arabic: forms that are written one for the other */
		{0x0649, {0x064A}},
		{0x06A9, {0x0643}},
		{0x06CC, {0x064A}},
		{0x1D7D, {'p'}},
		{0x2C61, {'l'}},
		{0x2C65, {'a'}},
		{0x2C66, {'t'}},
};

static int by_codepoint(const void *key, const void *entry)
{
	int32_t codepoint = *(const int32_t *)key, other = ((const struct spelling *)entry)->codepoint;

	return (codepoint > other) - (codepoint < other);
}

/* Write a letter as it is compared. Return the number of letters. */
static size_t spell(int32_t codepoint, int32_t ret[2])
{
	const struct spelling *spelling = NULL;
	int digit;

	ret[0] = codepoint;
	if (codepoint < 0x80)
		return 1;
	if (codepoint <= SPELLINGS[sizeof(SPELLINGS) / sizeof(SPELLINGS[0]) - 1].codepoint)
		spelling = bsearch(&codepoint, SPELLINGS, sizeof(SPELLINGS) / sizeof(SPELLINGS[0]),
				sizeof(SPELLINGS[0]), by_codepoint);
	if (spelling) {
		ret[0] = spelling->letters[0];
		ret[1] = spelling->letters[1];
		return ret[1] ? 2 : 1;
	}
	digit = digit_of(codepoint);
	if (digit >= 0)
		ret[0] = '0' + digit;
	else if ((codepoint >= 0x30A1 && codepoint <= 0x30F6) || codepoint == 0x30FD || codepoint == 0x30FE)
		ret[0] = codepoint - 0x60; /* katakana as hiragana */
	return 1;
}

/* A letter, a digit, or a mark that is no accent. */
static bool is_letter(int32_t codepoint)
{
	utf8proc_category_t category;

	if (codepoint < 0x80)
		return (codepoint >= 'a' && codepoint <= 'z') || (codepoint >= '0' && codepoint <= '9');
	category = utf8proc_category(codepoint);
	return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* ---------------------------------------------------------------- texts in Latin script */

#define LATIN_END 0x0250

/* What each letter of Latin scripts is folded to: one or two letters of ASCII; a character that is no letter stays. 0: not
 * in the table, because it is folded to something else. */
static unsigned char latin[LATIN_END][2];
static pthread_once_t latin_once = PTHREAD_ONCE_INIT;

static void fill_latin(void)
{
	for (int32_t codepoint = 0xA0; codepoint < LATIN_END; codepoint++) {
		int32_t unified = unify(codepoint, NULL), parts[8], letters[2] = {0};
		int boundary = 0;
		utf8proc_ssize_t count = utf8proc_decompose_char(unified, parts, 8,
				UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
				&boundary);
		size_t kept = 0, letter_count;

		for (utf8proc_ssize_t i = 0; i < count && i < 8; i++) {
			if (!is_accent(parts[i]))
				parts[kept++] = parts[i];
		}
		/* One character, or two letters such as those of the German sharp s. */
		letter_count = kept == 1 ? spell(parts[0], letters) : 0;
		if (kept == 2 && is_letter(parts[0]) && is_letter(parts[1])) {
			memcpy(letters, parts, sizeof(letters));
			letter_count = 2;
		}
		if (letter_count && letters[0] < 0x80 && letters[1] < 0x80) {
			latin[codepoint][0] = (unsigned char)letters[0];
			latin[codepoint][1] = (unsigned char)letters[1];
		}
	}
}

/* Read a text of ASCII, of Latin letters and of punctuation that is not decomposed. False if it has another character.
 * is_folding: Latin letters are folded to ASCII; false: they are other characters. */
static bool read_plain(const char *text, size_t length, bool is_folding, struct codepoints *ret)
{
	size_t count = 0, size;
	int32_t codepoint;

	pthread_once(&latin_once, fill_latin);
	for (size_t i = 0; i < length; i += size) {
		unsigned char byte = (unsigned char)text[i];

		size = 1;
		if (byte < 0x80) {
			if (byte < ' ' || byte == 0x7F)
				byte = ' ';
			ret->at[count++] = byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte;
			continue;
		}
		if (!is_folding)
			return false;
		size = utf8_next(text + i, length - i, &codepoint);
		if (codepoint >= 0xA0 && codepoint < LATIN_END && latin[codepoint][0]) {
			ret->at[count++] = latin[codepoint][0];
			if (latin[codepoint][1])
				ret->at[count++] = latin[codepoint][1];
		} else if (codepoint >= 0x2010 && codepoint <= 0x2022 && codepoint != 0x2017) {
			ret->at[count++] = unify(codepoint, NULL);
		} else {
			return false;
		}
	}
	ret->count = count;
	return true;
}

/* text may be invalid UTF-8: each bad byte becomes U+FFFD. replace: applied to each character first; may be NULL. The
 * caller frees ret->at. */
static int codepoints_of(const char *text, utf8proc_custom_func replace, struct codepoints *ret)
{
	struct str clean = STR(SIZE_MAX / 4);
	size_t length = strlen(text);
	int r;

	*ret = (struct codepoints){.at = malloc((length + 1) * sizeof(*ret->at)), .is_plain = true};
	if (!ret->at)
		return -ENOMEM;
	if (read_plain(text, length, replace != NULL, ret))
		return 0;
	free(ret->at);
	*ret = (struct codepoints){0};
	utf8_clean(&clean, text, length);
	r = clean.error < 0 ? clean.error : decompose(str_text(&clean), clean.length, replace, ret);
	str_release(&clean);
	return r;
}

/* Append code points as UTF-8. */
static void append(struct str *str, const int32_t *at, size_t count)
{
	char bytes[UTF8_CODEPOINT_BYTES * 64];
	size_t length = 0;

	for (size_t i = 0; i < count; i++) {
		if (length + UTF8_CODEPOINT_BYTES > sizeof(bytes)) {
			str_append_bytes(str, bytes, length);
			length = 0;
		}
		if (at[i] < 0x80)
			bytes[length++] = (char)at[i];
		else
			length += utf8_encode((uint32_t)at[i], bytes + length);
	}
	str_append_bytes(str, bytes, length);
}

static void fail(struct str *str, int error)
{
	if (str->error == 0)
		str->error = error;
}

void utf8_normalize(struct str *str, const char *text)
{
	struct codepoints codepoints;
	size_t count = 0;
	int r = codepoints_of(text, NULL, &codepoints);

	if (r < 0) {
		fail(str, r);
		return;
	}
	if (!codepoints.is_plain)
		compose(&codepoints);
	for (size_t i = 0; i < codepoints.count; i++) {
		int32_t codepoint = codepoints.at[i];

		if (codepoint >= 0x80) {
			codepoint = tidied(codepoint);
			/* The minus sign is a mathematical symbol in Unicode; people type it as a dash. A keycap is
			 * a digit and an enclosing mark. */
			if (codepoint == 0x2212 || utf8proc_category(codepoint) == UTF8PROC_CATEGORY_PD)
				codepoint = '-';
			else if (utf8proc_category(codepoint) == UTF8PROC_CATEGORY_ME)
				codepoint = TIDY_NOTHING;
			if (codepoint == TIDY_NOTHING)
				continue;
		}
		codepoints.at[count++] = codepoint;
	}
	append(str, codepoints.at, count);
	free(codepoints.at);
}

/* ---------------------------------------------------------------- folding */

static bool is_letter_at(const struct codepoints *text, size_t at)
{
	return at < text->count && is_letter(text->at[at]);
}

/* Whether the character at at, which is no letter, is inside a word: a hyphen, an apostrophe, or the full stop of an
 * abbreviation such as "S.H.I.E.L.D.". */
static bool is_inside(const struct codepoints *text, size_t at, bool is_apart)
{
	if (at == 0 || !is_letter(text->at[at - 1]) || !is_letter_at(text, at + 1))
		return false;
	switch (text->at[at]) {
	case '-':
	case '`':
	case '\'': return !is_apart;
	case '.':
		return (at < 2 || !is_letter(text->at[at - 2])) && !is_letter_at(text, at + 2) &&
		       digit_of(text->at[at - 1]) < 0 && digit_of(text->at[at + 1]) < 0;
	default: return false;
	}
}

/* Drop accents and invisible characters, then compose. */
static void strip(struct codepoints *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->count; i++) {
		if (text->at[i] < 0x80 || (!is_accent(text->at[i]) && !is_invisible(text->at[i])))
			text->at[count++] = text->at[i];
	}
	text->count = count;
	compose(text);
}

static void fold(struct str *str, const char *text, bool is_apart)
{
	struct codepoints codepoints;
	int32_t *folded, letters[2], before = 0;
	bool is_space_due = false;
	size_t count = 0;
	int r = codepoints_of(text, unify, &codepoints);

	if (r < 0) {
		fail(str, r);
		return;
	}
	if (!codepoints.is_plain)
		strip(&codepoints);
	/* A letter becomes at most two, with a space before them. */
	folded = malloc((3 * codepoints.count + 1) * sizeof(*folded));
	for (size_t i = 0; folded && i < codepoints.count; i++) {
		int32_t codepoint = codepoints.at[i];
		size_t letter_count;

		if (!is_letter(codepoint)) {
			is_space_due = is_space_due || !is_inside(&codepoints, i, is_apart);
			continue;
		}
		letter_count = spell(codepoint, letters);
		if (count && (is_space_due || utf8_is_glued(before) != utf8_is_glued(letters[0])))
			folded[count++] = ' ';
		for (size_t k = 0; k < letter_count; k++)
			folded[count++] = letters[k];
		before = letters[0];
		is_space_due = false;
	}
	if (folded)
		append(str, folded, count);
	else
		fail(str, -ENOMEM);
	free(folded);
	free(codepoints.at);
}

void utf8_fold(struct str *str, const char *text)
{
	fold(str, text, false);
}

void utf8_fold_apart(struct str *str, const char *text)
{
	fold(str, text, true);
}
