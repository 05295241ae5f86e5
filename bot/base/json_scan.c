/* A strict JSON parser: values, or a message with a position and a fix. */

#include "bot/base/json_scan.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define BLOCK_FIRST_NODES 64
#define BLOCK_MAX_NODES   4096
#define INTEGER_DIGITS    15 /* a double holds so many exactly */
#define KEY_BITS          256

struct json_scan_block {
	struct json_scan_block *next;
	size_t count;
	struct json_node nodes[];
};

/* Each step returns true to go on, false after an error: with a message, or without one when out of
 * memory. */
static bool scan_value(struct json_scan *scan, struct json_node **ret);

void json_scan_advance(const char *text, struct json_scan_place *place, size_t offset)
{
	for (; place->offset < offset; place->offset++) {
		if (text[place->offset] == '\n') {
			place->line++;
			place->column = 1;
		} else if (((unsigned char)text[place->offset] & 0xC0) != 0x80) {
			place->column++;
		}
	}
}

static bool fail(struct json_scan *scan, size_t offset, const char *format, ...)
		__attribute__((format(printf, 3, 4)));

static bool fail(struct json_scan *scan, size_t offset, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(scan->message, sizeof(scan->message), format, arguments);
	va_end(arguments);
	scan->offset = offset;
	return false;
}

static bool at_end(const struct json_scan *scan)
{
	return scan->offset >= scan->length;
}

/* The byte at offset + ahead; 0 at the end (scan_bytes() has refused a NUL in the text). Callers look at the
 * bytes before it first, so it never reads past the end. */
static char peek(const struct json_scan *scan, size_t ahead)
{
	return scan->text[scan->offset + ahead];
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_word(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || is_digit(byte) ||
	       byte == '_' || byte == '-' || byte == '$' || ((unsigned char)byte & 0x80);
}

/* Bytes of the bare word at the cursor, at most 40: a message shows no more. */
static int word_length(const struct json_scan *scan)
{
	int length = 0;

	while (length < 40 && is_word(peek(scan, (size_t)length)))
		length++;
	return length;
}

/* Report what a word processor or a website makes of quotes and spaces. False: the cursor is at something else. */
static bool fail_typographic(struct json_scan *scan)
{
	static const int32_t quotes[] = {
			0x2018, 0x2019, 0x201a, 0x201c, 0x201d, 0x201e, 0xab, 0xbb, 0x2033, 0xff02};
	static const int32_t spaces[] = {
			0xa0, 0x1680, 0x200b, 0x200c, 0x200d, 0x202f, 0x205f, 0x2060, 0x3000, 0xfeff};
	int32_t codepoint = 0;

	(void)utf8_next(scan->text + scan->offset, scan->length - scan->offset, &codepoint);
	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		if (quotes[i] == codepoint) {
			(void)fail(scan, scan->offset,
					"this is a typographic quote; write a straight one: \"");
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
		if (spaces[i] == codepoint || (codepoint >= 0x2000 && codepoint <= 0x200a)) {
			(void)fail(scan, scan->offset,
					"an invisible character (U+%04X) that is not an ordinary space; "
					"delete it",
					(unsigned)codepoint);
			return true;
		}
	}
	return false;
}

static unsigned line_of(const struct json_scan *scan, size_t offset)
{
	struct json_scan_place place = {0, 1, 1};

	json_scan_advance(scan->text, &place, offset);
	return place.line;
}

/* ---------------------------------------------------------------- between values */

static bool skip_comment(struct json_scan *scan)
{
	size_t start = scan->offset;
	bool is_block = peek(scan, 1) == '*';

	if (!scan->allows_comments)
		return fail(scan, start, "comments are not allowed in this file; remove it");
	scan->offset += 2;
	while (!at_end(scan) && (is_block || peek(scan, 0) != '\n')) {
		if (is_block && peek(scan, 0) == '*' && peek(scan, 1) == '/')
			break;
		scan->offset++;
	}
	if (is_block && at_end(scan))
		return fail(scan, start, "this comment never ends; close it with */");
	if (is_block)
		scan->offset += 2;
	return true;
}

static bool skip_space(struct json_scan *scan)
{
	for (;;) {
		char byte = peek(scan, 0);

		if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r') {
			scan->offset++;
		} else if (byte == '/' && (peek(scan, 1) == '/' || peek(scan, 1) == '*')) {
			if (!skip_comment(scan))
				return false;
		} else {
			return true;
		}
	}
}

/* ---------------------------------------------------------------- strings, numbers, words */

/* The four hexadecimal digits after \u; -1 when there are fewer. */
static long hex4(const struct json_scan *scan, size_t ahead)
{
	long value = 0;

	for (size_t i = 0; i < 4; i++) {
		char byte = peek(scan, ahead + i);

		if (is_digit(byte))
			value = value * 16 + (byte - '0');
		else if (byte >= 'a' && byte <= 'f')
			value = value * 16 + (byte - 'a' + 10);
		else if (byte >= 'A' && byte <= 'F')
			value = value * 16 + (byte - 'A' + 10);
		else
			return -1;
	}
	return value;
}

/* One allocation is enough for this string and all that follow: decoding makes no text longer. */
static bool begin_decoding(struct json_scan *scan, size_t start)
{
	if (scan->decoded)
		return true;
	scan->decoded_size = scan->length - start;
	scan->decoded = malloc(scan->decoded_size);
	return scan->decoded != NULL;
}

static void decode_bytes(struct json_scan *scan, const char *bytes, size_t length)
{
	memcpy(scan->decoded + scan->decoded_length, bytes, length);
	scan->decoded_length += length;
}

static bool scan_unicode_escape(struct json_scan *scan)
{
	size_t start = scan->offset;
	long unit = hex4(scan, 2), low;
	char bytes[UTF8_CODEPOINT_BYTES];

	if (unit < 0)
		return fail(scan, start, "\\u needs four hexadecimal digits, as in \\u00e9");
	if (unit == 0)
		return fail(scan, start, "a string must not contain a NUL character; remove \\u0000");
	scan->offset += 6;
	if (unit >= 0xD800 && unit <= 0xDFFF) {
		low = peek(scan, 0) == '\\' && peek(scan, 1) == 'u' ? hex4(scan, 2) : -1;
		if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
			return fail(scan, start, "\\u%04lx is half a character; write the character itself",
					(unsigned long)unit);
		scan->offset += 6;
		unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
	}
	decode_bytes(scan, bytes, utf8_encode((uint32_t)unit, bytes));
	return true;
}

static bool scan_escape(struct json_scan *scan)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	char byte = peek(scan, 1);
	const char *found = byte ? strchr(escapes, byte) : NULL;

	if (byte == 'u')
		return scan_unicode_escape(scan);
	if (!found)
		return fail(scan, scan->offset,
				"no such escape after a backslash; a backslash itself is written \\\\");
	decode_bytes(scan, meanings + (found - escapes), 1);
	scan->offset += 2;
	return true;
}

static bool scan_escaped_string(struct json_scan *scan, size_t start, const char **ret, size_t *ret_length);

/* A string without escapes stays where it is in the text, terminated in place of its closing quote. */
static bool scan_string(struct json_scan *scan, const char **ret, size_t *ret_length)
{
	size_t start = scan->offset++;

	scan->offset = (size_t)(span_skip_plain(scan->text + scan->offset, scan->text + scan->length) -
				scan->text);
	if (peek(scan, 0) != '"')
		return scan_escaped_string(scan, start, ret, ret_length);
	*ret = scan->text + start + 1;
	*ret_length = scan->offset - start - 1;
	scan->text[scan->offset++] = '\0';
	return true;
}

/* A string that is plain up to the cursor, where a backslash, an error or the end of the text is. */
static bool scan_escaped_string(struct json_scan *scan, size_t start, const char **ret, size_t *ret_length)
{
	const char *end = scan->text + scan->length, *plain = scan->text + start + 1;
	size_t begin = scan->decoded_length;

	if (!begin_decoding(scan, start))
		return false;
	for (;;) {
		char byte = peek(scan, 0);

		decode_bytes(scan, plain, (size_t)(scan->text + scan->offset - plain));
		if (byte == '"')
			break;
		if (at_end(scan) || byte == '\n' || byte == '\r')
			return fail(scan, start,
					"this string has no closing \" on its line; a line break is written "
					"\\n");
		if (byte != '\\')
			return fail(scan, scan->offset,
					"a control character in a string; a tab is written \\t, others "
					"\\u%04x",
					(unsigned char)byte);
		if (!scan_escape(scan))
			return false;
		plain = scan->text + scan->offset;
		scan->offset = (size_t)(span_skip_plain(plain, end) - scan->text);
	}
	scan->offset++;
	*ret = scan->decoded + begin;
	*ret_length = scan->decoded_length - begin;
	decode_bytes(scan, "", 1);
	return true;
}

static void skip_digits(struct json_scan *scan)
{
	while (is_digit(peek(scan, 0)))
		scan->offset++;
}

/* The value of a number that scan_number() has checked. */
static double number_at(const char *digits, size_t length)
{
	double number = 0;

	if (length > INTEGER_DIGITS || strspn(digits, "0123456789") < length)
		return strtod(digits, NULL);
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (digits[i] - '0');
	return number;
}

static bool scan_number(struct json_scan *scan, double *ret)
{
	size_t start = scan->offset;

	if (peek(scan, 0) == '-')
		scan->offset++;
	if (!is_digit(peek(scan, 0)))
		return fail(scan, start, "a digit is missing after the minus sign");
	if (peek(scan, 0) == '0' && is_digit(peek(scan, 1)))
		return fail(scan, start,
				"a number cannot begin with 0; remove the 0, or put it in double quotes");
	skip_digits(scan);
	if (peek(scan, 0) == '.') {
		scan->offset++;
		if (!is_digit(peek(scan, 0)))
			return fail(scan, start, "a digit is missing after the decimal point");
		skip_digits(scan);
	}
	if (peek(scan, 0) == 'e' || peek(scan, 0) == 'E') {
		scan->offset++;
		if (peek(scan, 0) == '+' || peek(scan, 0) == '-')
			scan->offset++;
		if (!is_digit(peek(scan, 0)))
			return fail(scan, start, "a digit is missing in the exponent");
		skip_digits(scan);
	}
	if (is_word(peek(scan, 0)))
		return fail(scan, start, "neither a number nor a string; put it in double quotes");
	if (scan->offset - start > JSON_SCAN_NUMBER_MAX_BYTES)
		return fail(scan, start, "this number is too long; the limit is %d characters",
				JSON_SCAN_NUMBER_MAX_BYTES);
	*ret = number_at(scan->text + start, scan->offset - start);
	scan->has_doubts |= !isfinite(*ret);
	return true;
}

static bool scan_word(struct json_scan *scan, struct json_node *node)
{
	static const char *const words[] = {"false", "true", "null"};
	const char *word = scan->text + scan->offset;
	int length = word_length(scan);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((size_t)length != strlen(words[i]))
			continue;
		if (memcmp(word, words[i], (size_t)length) == 0) {
			scan->offset += (size_t)length;
			node->type = i < 2 ? JSON_BOOLEAN : JSON_NULL;
			node->number = i == 1;
			return true;
		}
		if (strncasecmp(word, words[i], (size_t)length) == 0)
			return fail(scan, scan->offset, "%.*s is written %s", length, word, words[i]);
	}
	/* The message does not contain the word: it may be a password. */
	return fail(scan, scan->offset, "a word needs double quotes before and after it");
}

/* ---------------------------------------------------------------- containers */

/* After a value: a comma (*ret_more), the closing bracket, or a problem. */
static bool scan_separator(struct json_scan *scan, size_t start, char closing, bool *ret_more)
{
	char opening = scan->text[start], byte;
	size_t comma = scan->offset;

	if (!skip_space(scan))
		return false;
	byte = peek(scan, 0);
	if (at_end(scan))
		return fail(scan, start, "this %c is never closed; add %c", opening, closing);
	if (byte == closing) {
		scan->offset++;
		*ret_more = false;
		return true;
	}
	if (byte == ']' || byte == '}')
		return fail(scan, scan->offset,
				"%c where the %c of line %u must be closed first; put %c here", byte, opening,
				line_of(scan, start), closing);
	if (byte == ';')
		return fail(scan, scan->offset, "write a comma instead of the semicolon");
	if (byte == ':')
		return fail(scan, scan->offset, "a colon where a comma or %c belongs", closing);
	if (byte != ',')
		return fail(scan, comma, "a comma is missing here, or %c", closing);
	comma = scan->offset++;
	if (!skip_space(scan))
		return false;
	if (peek(scan, 0) == closing)
		return fail(scan, comma, "remove this comma; nothing follows before %c", closing);
	*ret_more = true;
	return true;
}

static bool scan_key(struct json_scan *scan, size_t start, const char **ret, size_t *ret_length)
{
	int length = word_length(scan);
	const char *key = scan->text + scan->offset;

	if (at_end(scan))
		return fail(scan, start, "this { is never closed; add }");
	if (peek(scan, 0) == '\'')
		return fail(scan, scan->offset, "a key needs double quotes, not single quotes");
	if (peek(scan, 0) == '#')
		return fail(scan, scan->offset, "a comment begins with //, not with #");
	if (fail_typographic(scan))
		return false;
	if (length > 0)
		return fail(scan, scan->offset, "the key needs double quotes: \"%.*s\"", length, key);
	if (peek(scan, 0) == ',')
		return fail(scan, scan->offset, "a comma too many; remove it");
	if (peek(scan, 0) != '"')
		return fail(scan, scan->offset,
				"a key in double quotes belongs here, as in \"name\": \"value\"");
	if (!scan_string(scan, ret, ret_length) || !skip_space(scan))
		return false;
	if (peek(scan, 0) == '=')
		return fail(scan, scan->offset, "write a colon instead of =");
	if (peek(scan, 0) != ':')
		return fail(scan, scan->offset, "a colon is missing after the key");
	scan->offset++;
	return true;
}

/* Whether a key may equal an earlier one of its object: one bit for each hash so far. */
static bool may_repeat(uint64_t seen[KEY_BITS / 64], const char *key, size_t length)
{
	uint64_t hash = str_hash(0, key, length);
	uint64_t *word = &seen[hash % (KEY_BITS / 64)], bit = UINT64_C(1) << (hash / (KEY_BITS / 64) % 64);
	bool is_seen = *word & bit;

	*word |= bit;
	return is_seen;
}

static bool scan_container(struct json_scan *scan, struct json_node *container, char closing)
{
	struct json_node **link = &container->child;
	uint64_t seen[KEY_BITS / 64] = {0};
	size_t start = scan->offset++;
	bool has_more = true;

	if (++scan->depth > scan->depth_max)
		return fail(scan, start, "nested too deep; the limit is %u levels", scan->depth_max);
	if (!skip_space(scan))
		return false;
	if (peek(scan, 0) == closing) {
		scan->offset++;
		has_more = false;
	}
	while (has_more) {
		size_t offset = scan->offset, length = 0;
		const char *key = NULL;

		if (closing == '}') {
			if (!scan_key(scan, start, &key, &length) || !skip_space(scan))
				return false;
			container->may_repeat |= may_repeat(seen, key, length);
		} else if (at_end(scan)) {
			return fail(scan, start, "this [ is never closed; add ]");
		}
		if (!scan_value(scan, link))
			return false;
		(*link)->key = key;
		(*link)->offset = (unsigned)offset;
		link = &(*link)->next;
		/* The next key or item begins after the space that scan_separator() skipped. */
		if (!scan_separator(scan, start, closing, &has_more))
			return false;
	}
	scan->has_doubts |= container->may_repeat;
	scan->depth--;
	return true;
}

static struct json_node *new_node(struct json_scan *scan)
{
	struct json_scan_block *block = scan->blocks;
	size_t count;

	if (scan->free_nodes == 0) {
		count = !block                           ? BLOCK_FIRST_NODES
			: block->count < BLOCK_MAX_NODES ? block->count * 2
							 : block->count;
		block = malloc(sizeof(*block) + count * sizeof(block->nodes[0]));
		if (!block)
			return NULL;
		block->next = scan->blocks;
		block->count = scan->free_nodes = count;
		scan->blocks = block;
	}
	return &block->nodes[block->count - scan->free_nodes--];
}

/* A byte that no value begins with. */
static bool fail_value(struct json_scan *scan, char byte)
{
	switch (byte) {
	case '\'': return fail(scan, scan->offset, "a string needs double quotes, not single quotes");
	case '+': return fail(scan, scan->offset, "a number has no plus sign; remove it");
	case '.': return fail(scan, scan->offset, "a number cannot begin with a point; write 0 before it");
	case ',': return fail(scan, scan->offset, "a comma where a value belongs; remove it");
	case '#':
		return fail(scan, scan->offset,
				"a comment begins with //; a channel name needs double quotes");
	default: return fail(scan, scan->offset, "a value belongs here");
	}
}

static bool scan_value(struct json_scan *scan, struct json_node **ret)
{
	char byte = peek(scan, 0);
	struct json_node *node;
	size_t length;

	if (at_end(scan))
		return fail(scan, scan->offset, "the text ends where a value belongs");
	if (scan->values++ == scan->values_max)
		return fail(scan, scan->offset, "too many values for one file; the limit is %zu",
				scan->values_max);
	node = new_node(scan);
	if (!node)
		return false;
	*node = (struct json_node){.offset = (unsigned)scan->offset};
	*ret = node;
	if (byte == '{' || byte == '[') {
		node->type = byte == '{' ? JSON_OBJECT : JSON_ARRAY;
		return scan_container(scan, node, byte == '{' ? '}' : ']');
	}
	if (byte == '"') {
		node->type = JSON_STRING;
		return scan_string(scan, &node->string, &length);
	}
	if (byte == '-' || is_digit(byte)) {
		node->type = JSON_NUMBER;
		return scan_number(scan, &node->number);
	}
	if (fail_typographic(scan))
		return false;
	return is_word(byte) ? scan_word(scan, node) : fail_value(scan, byte);
}

/* ---------------------------------------------------------------- the whole text */

/* The offset of the first byte that is not UTF-8. */
static size_t first_bad_byte(const char *text, size_t length)
{
	size_t offset = 0, size;
	int32_t codepoint;

	while ((size = utf8_next(text + offset, length - offset, &codepoint)) > 0 && codepoint >= 0)
		offset += size;
	return offset;
}

static bool scan_bytes(struct json_scan *scan)
{
	const char *nul = memchr(scan->text, '\0', scan->length);

	/* With a byte order mark, or with ASCII as its first character. */
	if (scan->length >= 2 &&
			(memcmp(scan->text, "\xff\xfe", 2) == 0 || memcmp(scan->text, "\xfe\xff", 2) == 0 ||
					(!scan->text[0] != !scan->text[1] && nul)))
		return fail(scan, 0, "this is UTF-16; save the file as UTF-8");
	if (!utf8_valid(scan->text, nul ? (size_t)(nul - scan->text) : scan->length))
		return fail(scan, first_bad_byte(scan->text, scan->length),
				"this is not UTF-8; save the file as UTF-8");
	if (nul)
		return fail(scan, (size_t)(nul - scan->text), "a NUL byte; save the file as UTF-8 text");
	return true;
}

/* "key: value" or "key = value" at the beginning, as in YAML, TOML, or an object without its braces. */
static bool is_key_without_brace(const struct json_scan *scan)
{
	const char *at = scan->text + scan->offset;
	bool is_quoted = *at == '"';

	at += is_quoted;
	while (*at && (is_word(*at) || *at == '.'))
		at++;
	at += is_quoted && *at == '"';
	at += strspn(at, " \t");
	return at > scan->text + scan->offset && (*at == ':' || *at == '=');
}

static bool scan_root(struct json_scan *scan)
{
	if (!skip_space(scan))
		return false;
	if (at_end(scan))
		return fail(scan, 0, "the file is empty; write at least {}");
	if (is_key_without_brace(scan))
		return fail(scan, scan->offset, "the text must begin with { and end with }");
	if (!scan_value(scan, &scan->root) || !skip_space(scan))
		return false;
	if (!at_end(scan))
		return fail(scan, scan->offset,
				"text after the end; remove it, or the bracket that closed too early");
	return true;
}

int json_scan(struct json_scan *scan)
{
	if (scan_bytes(scan) && scan_root(scan))
		return 0;
	scan->root = NULL;
	return *scan->message ? -EBADMSG : -ENOMEM;
}

void json_scan_release(struct json_scan *scan)
{
	struct json_scan_block *block, *next;

	for (block = scan->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	if (scan->decoded)
		explicit_bzero(scan->decoded, scan->decoded_length);
	free(scan->decoded);
}
