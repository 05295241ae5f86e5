/* TVmaze writes its summaries in HTML; people read plain text. */

#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define ENTITY_MAX_BYTES 10

/* What stands in summaries; others stay as they are written. */
static const struct {
	const char *name, *text;
} ENTITIES[] = {
		{"amp", "&"},
		{"apos", "'"},
		{"gt", ">"},
		{"hellip", "…"},
		{"ldquo", "“"},
		{"lsquo", "‘"},
		{"lt", "<"},
		{"mdash", "—"},
		{"nbsp", " "},
		{"ndash", "–"},
		{"quot", "\""},
		{"rdquo", "”"},
		{"rsquo", "’"},
};

/* "<p>", "</b>", "<br />", "<!-- -->"; 0 when a '<' is only a '<'. *has_end becomes false where no '>'
 * follows: then none follows the next '<' either, and it is not looked for once more. */
static size_t tag_length(const char *text, bool *has_end)
{
	const char *end;

	if (!*has_end || (!isalpha((unsigned char)text[1]) && text[1] != '/' && text[1] != '!'))
		return 0;
	end = strchr(text, '>');
	*has_end = end != NULL;
	return end ? (size_t)(end - text) + 1 : 0;
}

static bool is_inline(const char *tag)
{
	static const char *const INLINE[] = {
			"a", "b", "em", "i", "q", "s", "span", "strong", "sub", "sup", "u"};
	size_t length;

	tag += strspn(tag, "</");
	length = strcspn(tag, " />");
	for (size_t i = 0; i < sizeof(INLINE) / sizeof(INLINE[0]); i++) {
		if (strlen(INLINE[i]) == length && strncmp(tag, INLINE[i], length) == 0)
			return true;
	}
	return false;
}

static void append_codepoint(struct str *str, unsigned long codepoint)
{
	char bytes[4];
	size_t length = 0;

	if (codepoint < 0x80) {
		bytes[length++] = (char)codepoint;
	} else if (codepoint < 0x800) {
		bytes[length++] = (char)(0xC0 | codepoint >> 6);
		bytes[length++] = (char)(0x80 | (codepoint & 0x3F));
	} else if (codepoint < 0x10000) {
		bytes[length++] = (char)(0xE0 | codepoint >> 12);
		bytes[length++] = (char)(0x80 | (codepoint >> 6 & 0x3F));
		bytes[length++] = (char)(0x80 | (codepoint & 0x3F));
	} else {
		bytes[length++] = (char)(0xF0 | codepoint >> 18);
		bytes[length++] = (char)(0x80 | (codepoint >> 12 & 0x3F));
		bytes[length++] = (char)(0x80 | (codepoint >> 6 & 0x3F));
		bytes[length++] = (char)(0x80 | (codepoint & 0x3F));
	}
	/* A surrogate or a control character comes out as what utf8_clean() makes of it. */
	str_append_bytes(str, bytes, length);
}

/* Decode the entity at text ("&amp;") into str. Its length, 0 when it is none. */
static size_t append_entity(struct str *str, const char *text)
{
	const char *end = memchr(text, ';', strnlen(text, ENTITY_MAX_BYTES + 2));
	size_t length = end ? (size_t)(end - text) : 0;
	unsigned long codepoint;
	char *rest;

	if (length < 2)
		return 0;
	if (text[1] == '#') {
		bool is_hex = text[2] == 'x' || text[2] == 'X';
		const char *digits = text + (is_hex ? 3 : 2);

		if (!isxdigit((unsigned char)*digits))
			return 0;
		codepoint = strtoul(digits, &rest, is_hex ? 16 : 10);
		if (rest != end || codepoint == 0 || codepoint > 0x10FFFF)
			return 0;
		append_codepoint(str, codepoint);
		return length + 1;
	}
	for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
		if (strlen(ENTITIES[i].name) == length - 1 &&
				strncmp(text + 1, ENTITIES[i].name, length - 1) == 0) {
			str_append(str, ENTITIES[i].text);
			return length + 1;
		}
	}
	return 0;
}

/* Control characters and runs of space become one space, none at the ends. */
static void append_single_spaced(struct str *str, const char *text, size_t length)
{
	struct str clean = STR(str->limit_bytes);
	bool is_started = false;
	const char *word;

	utf8_clean(&clean, text, length);
	for (word = str_text(&clean); *(word += strspn(word, " ")); word += strcspn(word, " ")) {
		if (is_started)
			str_append_char(str, ' ');
		str_append_bytes(str, word, strcspn(word, " "));
		is_started = true;
	}
	if (clean.error != 0 && str->error == 0)
		str->error = clean.error;
	str_release(&clean);
}

void load_plain(struct str *str, const char *html)
{
	struct str text = STR(str->limit_bytes);
	bool has_end = true;
	size_t length;

	while (*html && text.error == 0) {
		length = *html == '<' ? tag_length(html, &has_end) : 0;
		if (length > 0 && !is_inline(html))
			str_append_char(&text, ' ');
		if (length == 0 && *html == '&')
			length = append_entity(&text, html);
		if (length == 0) {
			str_append_char(&text, *html);
			length = 1;
		}
		html += length;
	}
	if (text.error == 0)
		append_single_spaced(str, str_text(&text), text.length);
	else if (str->error == 0)
		str->error = text.error;
	str_release(&text);
}
