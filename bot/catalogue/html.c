/* HTML as plain text: tags removed, character references decoded. */

#include "bot/catalogue/html.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/entity_table.h"

#define REPLACEMENT     0xFFFDul
#define CODEPOINT_MAX   0x10FFFFul
#define NO_BREAK_SPACE  0xA0ul /* becomes a space: the line has no breaks */
#define SURROGATE_FIRST 0xD800ul
#define SURROGATE_LAST  0xDFFFul

/* "<p>", "</b>", "<br />", "<!-- -->"; 0 when a '<' is only a '<'. *has_end becomes false when no '>'
 * follows: then the search for '>' is not repeated at the next '<'. */
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

/* A number that names no character is replaced, and 0x80 to 0x9F are Windows-1252, as in browsers. */
static uint32_t numbered(unsigned long codepoint)
{
	static const uint16_t WINDOWS_1252[32] = {0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020,
			0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018,
			0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
			0x0153, 0x9D, 0x017E, 0x0178};

	if (codepoint == 0 || codepoint > CODEPOINT_MAX ||
			(codepoint >= SURROGATE_FIRST && codepoint <= SURROGATE_LAST))
		codepoint = REPLACEMENT;
	else if (codepoint == NO_BREAK_SPACE)
		codepoint = ' ';
	else if (codepoint >= 0x80 && codepoint <= 0x9F)
		codepoint = WINDOWS_1252[codepoint - 0x80];
	return (uint32_t)codepoint;
}

/* Decode "&#233;", "&#xE9;" or "&#233" into str. Returns its length; 0 when it has no digits. */
static size_t append_number(struct str *str, const char *text)
{
	bool is_hex = text[2] == 'x' || text[2] == 'X';
	const char *digits = text + (is_hex ? 3 : 2);
	char bytes[UTF8_CODEPOINT_BYTES], *end;
	unsigned long codepoint;

	if (is_hex ? !isxdigit((unsigned char)*digits) : !isdigit((unsigned char)*digits))
		return 0;
	codepoint = strtoul(digits, &end, is_hex ? 16 : 10); /* ULONG_MAX when out of range */
	str_append_bytes(str, bytes, utf8_encode(numbered(codepoint), bytes));
	return (size_t)(end - text) + (*end == ';');
}

struct entity_name {
	const char *bytes;
	size_t length;
};

static int compare_entity(const void *key, const void *entry)
{
	const struct entity_name *name = key;
	const struct entity *entity = entry;
	int order = strncmp(name->bytes, entity->name, name->length);

	return order ? order : -(entity->name[name->length] != '\0');
}

/* Decode the reference at text ("&amp;", "&#38;") into str. Returns its length; 0 when the text is not one. */
static size_t append_reference(struct str *str, const char *text)
{
	struct entity_name name = {.bytes = text + 1};
	const struct entity *entity;
	bool is_ended;

	if (text[1] == '#')
		return append_number(str, text);
	while (name.length <= ENTITY_NAME_MAX_BYTES && isalnum((unsigned char)name.bytes[name.length]))
		name.length++;
	/* Without a semicolon only where no word goes on: "AT&T", "?a=1&copy=2" are not meant. */
	is_ended = name.bytes[name.length] == ';';
	if (name.length == 0 || name.length > ENTITY_NAME_MAX_BYTES ||
			(!is_ended && name.bytes[name.length] == '='))
		return 0;
	entity = bsearch(&name, ENTITIES, ENTITY_COUNT, sizeof(*entity), compare_entity);
	if (!entity || (!is_ended && !entity->is_legacy))
		return 0;
	str_append(str, strcmp(entity->name, "nbsp") == 0 || strcmp(entity->name, "NonBreakingSpace") == 0
					? " "
					: entity->text);
	return 1 + name.length + is_ended;
}

/* Replace each run of spaces and control characters by one space, and trim both ends. */
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

void html_plain(struct str *str, const char *html)
{
	struct str text = STR(str->limit_bytes);
	bool has_end = true;
	size_t length;

	while (*html && text.error == 0) {
		length = *html == '<' ? tag_length(html, &has_end) : 0;
		if (length > 0 && !is_inline(html))
			str_append_char(&text, ' ');
		if (length == 0 && *html == '&')
			length = append_reference(&text, html);
		if (length == 0) {
			length = 1 + strcspn(html + 1, "<&");
			str_append_bytes(&text, html, length);
		}
		html += length;
	}
	if (text.error == 0)
		append_single_spaced(str, str_text(&text), text.length);
	else if (str->error == 0)
		str->error = text.error;
	str_release(&text);
}
