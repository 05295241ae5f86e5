/* What the text of a secret may look like, and what copying adds to it. */

#include "bot/config/secret_text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/utf8.h"

#define CHARACTER_BYTES 64 /* of the name of a character */
#define WORD_BYTES      64 /* of a variable's name before "=" */

__attribute__((format(printf, 2, 3))) static bool found(
		char ret_problem[SECRET_PROBLEM_BYTES], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ret_problem, SECRET_PROBLEM_BYTES, format, arguments);
	va_end(arguments);
	return false;
}

/* ---------------------------------------------------------------- encodings */

/* UTF-16, as editors and PowerShell of Windows write it: with a byte order mark, or every second byte is 0. */
static bool is_utf16(const char *bytes, size_t length)
{
	size_t zeros = 0;

	if (length < 2)
		return false;
	if (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)
		return true;
	for (size_t i = 0; i < length; i++)
		zeros += bytes[i] == '\0';
	return zeros * 3 > length && zeros * 3 < length * 2;
}

static bool is_line_end(char byte)
{
	return byte == '\n' || byte == '\r';
}

static bool check_encoding(const struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES])
{
	if (is_utf16(secret->bytes, secret->length))
		return found(ret_problem, "is in UTF-16; save the file as UTF-8 without BOM");
	if (secret->length >= 3 && memcmp(secret->bytes, "\xEF\xBB\xBF", 3) == 0)
		return found(ret_problem,
				"begins with a byte order mark (BOM); save the file as UTF-8 without BOM");
	if (memchr(secret->bytes, '\0', secret->length))
		return found(ret_problem, "is in a binary file; put the secret alone, as text, into it");
	return true;
}

/* ---------------------------------------------------------------- characters */

static bool is_between(int32_t point, int32_t low, int32_t high)
{
	return point >= low && point <= high;
}

/* Spaces that look like ' '. */
static bool is_other_space(int32_t point)
{
	return point == 0xA0 || point == 0x1680 || is_between(point, 0x2000, 0x200A) || point == 0x202F ||
	       point == 0x205F || point == 0x3000;
}

/* Characters without a shape. A password cannot be typed with them, and a copy does not show them. Variation selectors
 * belong to emoji. */
static bool is_invisible(int32_t point)
{
	return point == 0xAD || point == 0x34F || point == 0x61C || point == 0x115F || point == 0x1160 ||
	       point == 0x180E || is_between(point, 0x200B, 0x200F) || is_between(point, 0x2028, 0x202E) ||
	       is_between(point, 0x2060, 0x206F) || point == 0x3164 || point == 0xFEFF ||
	       is_between(point, 0xFFF9, 0xFFFB) || is_between(point, 0xE0000, 0xE007F);
}

static const char *name_of(int32_t point, char ret[CHARACTER_BYTES])
{
	static const struct {
		int32_t point;
		const char *name;
	} known[] = {{'\t', "a tab"}, {' ', "a space"}, {0xA0, "a no-break space (U+00A0)"},
			{0x200B, "a zero-width space (U+200B)"}, {0x200C, "a zero-width non-joiner (U+200C)"},
			{0x200D, "a zero-width joiner (U+200D)"}, {0x2060, "a word joiner (U+2060)"},
			{0xAD, "a soft hyphen (U+00AD)"}, {0xFEFF, "a zero-width no-break space (U+FEFF)"},
			{0xFFFD, "a replacement character (U+FFFD), the trace of a wrong conversion"}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].point == point)
			return known[i].name;
	snprintf(ret, CHARACTER_BYTES, "%s U+%04X",
			point < 0x20 || is_between(point, 0x7F, 0x9F) ? "the control character"
			: is_other_space(point)                       ? "the space"
			: is_invisible(point)                         ? "the invisible character"
								      : "the character",
			(unsigned)point);
	return ret;
}

static bool is_blank(int32_t point)
{
	return point == ' ' || point == '\t' || is_other_space(point) || is_invisible(point);
}

static bool check_characters(const struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES])
{
	char name[CHARACTER_BYTES];
	size_t character = 1;
	int32_t point = 0;

	for (size_t i = 0; i < secret->length; character++) {
		size_t bytes = utf8_next(secret->bytes + i, secret->length - i, &point);
		bool is_end = i + bytes == secret->length;

		if (point < 0)
			return found(ret_problem,
					"is not UTF-8 from character %zu on; save the file as UTF-8",
					character);
		if (is_blank(point) && (i == 0 || is_end))
			return found(ret_problem, "%s with %s; remove it", i == 0 ? "begins" : "ends",
					name_of(point, name));
		if (point < 0x20 || is_between(point, 0x7F, 0x9F) || is_other_space(point) ||
				is_invisible(point) || point == 0xFFFD)
			return found(ret_problem, "contains %s as character %zu; remove it",
					name_of(point, name), character);
		i += bytes;
	}
	return true;
}

static bool is_all_blank(const struct secret_span *secret)
{
	int32_t point;

	for (size_t i = 0; i < secret->length;) {
		i += utf8_next(secret->bytes + i, secret->length - i, &point);
		if (!is_blank(point))
			return false;
	}
	return true;
}

bool secret_trim(struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES])
{
	if (!check_encoding(secret, ret_problem))
		return false;
	while (secret->length > 0 && is_line_end(secret->bytes[secret->length - 1]))
		secret->length--;
	while (secret->length > 0 && is_line_end(secret->bytes[0])) {
		secret->bytes++;
		secret->length--;
	}
	if (secret->length == 0)
		return found(ret_problem, "is empty; put one line into it");
	if (is_all_blank(secret))
		return found(ret_problem, "is empty: it has spaces only; put one line into it");
	if (memchr(secret->bytes, '\n', secret->length) || memchr(secret->bytes, '\r', secret->length))
		return found(ret_problem, "has several lines; put the secret alone, as one line, into it");
	if (secret->length > CONFIG_SECRET_MAX_BYTES)
		return found(ret_problem, "is too long; the limit is %d bytes", CONFIG_SECRET_MAX_BYTES);
	return check_characters(secret, ret_problem);
}

/* ---------------------------------------------------------------- what is around it */

static bool begins(const struct secret_span *secret, const char *text)
{
	return secret->length >= strlen(text) && memcmp(secret->bytes, text, strlen(text)) == 0;
}

static bool ends(const struct secret_span *secret, const char *text)
{
	size_t length = strlen(text);

	return secret->length >= length && memcmp(secret->bytes + secret->length - length, text, length) == 0;
}

/* Quotes of code and of word processors, and the brackets of placeholders. */
static bool is_quoted(const struct secret_span *secret)
{
	static const char *const pairs[][2] = {{"\"", "\""}, {"'", "'"}, {"`", "`"}, {"<", ">"},
			{"\xE2\x80\x9C", "\xE2\x80\x9D"} /* “” */, {"\xE2\x80\x98", "\xE2\x80\x99"} /* ‘’ */,
			{"\xE2\x80\x9E", "\xE2\x80\x9C"} /* „“ */, {"\xE2\x80\x9E", "\xE2\x80\x9D"} /* „” */,
			{"\xC2\xAB", "\xC2\xBB"} /* «» */};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (secret->length > 1 && begins(secret, pairs[i][0]) && ends(secret, pairs[i][1]))
			return true;
	return false;
}

/* "NAME=" or "export NAME = " of a .env file; "name:" of YAML only before a token. Copies the name. */
static bool is_assignment(const struct secret_span *secret, enum secret_kind kind, char ret_name[WORD_BYTES])
{
	size_t i = begins(secret, "export ") ? 7 : begins(secret, "set ") ? 4 : 0, start = i, length;

	if (begins(secret, "$env:"))
		start = i = 5;
	while (i < secret->length && (isalnum((unsigned char)secret->bytes[i]) || secret->bytes[i] == '_'))
		i++;
	length = i - start;
	if (length == 0 || length >= WORD_BYTES || isdigit((unsigned char)secret->bytes[start]))
		return false;
	memcpy(ret_name, secret->bytes + start, length);
	ret_name[length] = '\0';
	while (i < secret->length && secret->bytes[i] == ' ')
		i++;
	if (i + 1 >= secret->length)
		return false;
	if (secret->bytes[i] == '=')
		return true;
	return kind == SECRET_TOKEN && secret->bytes[i] == ':' && secret->bytes[i + 1] == ' ';
}

/* A password as "a=b" is common. An assignment is certain if the name says so: "IRC_PASSWORD". */
static bool is_name_of_secret(const char *name)
{
	static const char *const words[] = {"PASS", "TOKEN", "SECRET", "PWD"};

	for (const char *byte = name; *byte; byte++)
		if (islower((unsigned char)*byte))
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

/* The scheme of an Authorization header, of which the secret is the rest. */
static const char *scheme_before(const struct secret_span *secret)
{
	static const char *const schemes[] = {
			"Bot ", "Bearer ", "OAuth ", "Basic ", "Token ", "Authorization: "};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t length = strlen(schemes[i]), k = 0;

		while (k < length && k < secret->length &&
				tolower((unsigned char)secret->bytes[k]) ==
						tolower((unsigned char)schemes[i][k]))
			k++;
		if (k == length)
			return schemes[i];
	}
	return NULL;
}

static bool check_word(const struct secret_span *secret, char ret_problem[SECRET_PROBLEM_BYTES])
{
	char name[CHARACTER_BYTES];
	size_t character = 1;
	int32_t point;

	for (size_t i = 0; i < secret->length; character++) {
		i += utf8_next(secret->bytes + i, secret->length - i, &point);
		if (point <= ' ' || point >= 0x7F)
			return found(ret_problem,
					"contains %s as character %zu, which is in no token; copy the token "
					"again",
					name_of(point, name), character);
	}
	return true;
}

bool secret_check(const struct secret_span *secret, enum secret_kind kind, bool *ret_is_certain,
		char ret_problem[SECRET_PROBLEM_BYTES])
{
	char name[WORD_BYTES];
	const char *scheme;

	*ret_is_certain = kind == SECRET_TOKEN;
	if (is_quoted(secret))
		return found(ret_problem, "has quotes or brackets around it; remove them");
	if (is_assignment(secret, kind, name) && (kind == SECRET_TOKEN || is_name_of_secret(name))) {
		*ret_is_certain = true;
		/* The name is not shown: it may be a part of the secret. */
		return found(ret_problem, "begins with a name, as a line of a .env file; keep what comes "
					  "after \"NAME=\" "
					  "only");
	}
	scheme = scheme_before(secret);
	if (scheme && (kind == SECRET_TOKEN || !memchr(secret->bytes + strlen(scheme), ' ',
							       secret->length - strlen(scheme))))
		return found(ret_problem, "begins with \"%s\"; keep what comes after it only", scheme);
	if (kind == SECRET_TOKEN && (begins(secret, "{") || begins(secret, "[")))
		return found(ret_problem, "is JSON; keep the token only, without quotes");
	return kind == SECRET_TOKEN ? check_word(secret, ret_problem) : true;
}
