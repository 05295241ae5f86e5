/* JSON read in place, without a tree. */

#include "bot/base/span.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "bot/base/utf8.h"

#define CODEPOINT_BAD 0xfffdu

/* The bytes that matter for skipping a value. */
enum byte_class { BYTE_OTHER, BYTE_QUOTE, BYTE_OPEN, BYTE_CLOSE };

static const unsigned char classes[256] = {
		['"'] = BYTE_QUOTE,
		['{'] = BYTE_OPEN,
		['['] = BYTE_OPEN,
		['}'] = BYTE_CLOSE,
		[']'] = BYTE_CLOSE,
};

static bool is_space(char byte)
{
	return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

const char *span_skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/*
 * The bytes that matter are a handful of bytes apart, so sixteen are compared at
 * once where the processor can (SSE2). Skipping was a quarter of the CPU time of
 * an event; with this it is an eighth.
 */
#ifdef __SSE2__
#define BLOCK_BYTES 16

/* A bit for each byte of a block that is a quote or a backslash, or, with_brackets, a bracket. */
static unsigned marks_in(const char *at, bool with_brackets)
{
	const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
	__m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
			_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));

	if (with_brackets) {
		/* '[' and '{' differ in one bit, and so do ']' and '}'. */
		const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));

		marks = _mm_or_si128(marks, _mm_cmpeq_epi8(folded, _mm_set1_epi8('{')));
		marks = _mm_or_si128(marks, _mm_cmpeq_epi8(folded, _mm_set1_epi8('}')));
	}
	return (unsigned)_mm_movemask_epi8(marks);
}
#else
#define BLOCK_BYTES PTRDIFF_MAX /* never reached: byte by byte, as at the end */

static unsigned marks_in(const char *at, bool with_brackets)
{
	(void)at;
	(void)with_brackets;
	return 0;
}
#endif

const char *span_skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i last_control = _mm_set1_epi8(0x1f);

	for (; end - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
		const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
		unsigned marks = marks_in(at, false) | (unsigned)_mm_movemask_epi8(controls);

		if (marks)
			return at + __builtin_ctz(marks);
	}
#endif
	while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20)
		at++;
	return at;
}

/* From the byte after the opening quote to the byte after the closing one, or NULL. */
static const char *skip_string(const char *at, const char *end)
{
	while (end - at >= BLOCK_BYTES) {
		unsigned marks = marks_in(at, false);

		if (!marks) {
			at += BLOCK_BYTES;
			continue;
		}
		at += __builtin_ctz(marks);
		if (*at == '"')
			return at + 1;
		if (end - at < 2)
			return NULL;
		at += 2; /* a backslash, and what it escapes */
	}
	for (; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && ++at == end)
			return NULL;
	}
	return NULL;
}

/* The state of skipping a container. */
struct skip {
	size_t depth;
	bool is_in_string, is_escaped; /* the next byte */
};

/* Take one byte that may matter. True at the closing bracket of the container. */
static bool skip_byte(struct skip *skip, char byte)
{
	if (skip->is_in_string) {
		skip->is_escaped = byte == '\\';
		skip->is_in_string = byte != '"';
		return false;
	}
	switch (classes[(unsigned char)byte]) {
	case BYTE_QUOTE: skip->is_in_string = true; return false;
	case BYTE_OPEN: skip->depth++; return false;
	case BYTE_CLOSE: return --skip->depth == 0;
	default: return false;
	}
}

/* From the byte after the opening bracket to the byte after the one that closes it, or NULL. */
static const char *skip_container(const char *at, const char *end)
{
	struct skip skip = {.depth = 1};

	while (end - at >= BLOCK_BYTES) {
		unsigned marks = marks_in(at, true);

		if (skip.is_escaped)
			marks &= ~1u;
		skip.is_escaped = false;
		while (marks) {
			unsigned place = (unsigned)__builtin_ctz(marks);

			marks &= marks - 1;
			if (skip_byte(&skip, at[place]))
				return at + place + 1;
			if (!skip.is_escaped || place == BLOCK_BYTES - 1)
				continue;
			marks &= ~(2u << place);
			skip.is_escaped = false;
		}
		at += BLOCK_BYTES;
	}
	for (; at < end; at++) {
		if (skip.is_escaped)
			skip.is_escaped = false;
		else if (skip_byte(&skip, *at))
			return at + 1;
	}
	return NULL;
}

/* A number, true, false or null: the bytes that these consist of. */
static const char *skip_word(const char *at, const char *end)
{
	const char *start = at;

	while (at < end && ((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') || *at == '-' ||
					   *at == '+' || *at == '.' || *at == 'E'))
		at++;
	return at > start ? at : NULL;
}

const char *span_skip_value(const char *at, const char *end)
{
	if (at >= end)
		return NULL;
	switch (classes[(unsigned char)*at]) {
	case BYTE_QUOTE: return skip_string(at + 1, end);
	case BYTE_OPEN: return skip_container(at + 1, end);
	case BYTE_CLOSE: return NULL;
	default: return skip_word(at, end);
	}
}

int span_open(struct span value, char bracket, struct span_walk *ret)
{
	if (!value.at || !value.length || value.at[0] != bracket)
		return -EBADMSG;
	*ret = (struct span_walk){value.at + 1, value.at + value.length, bracket == '{' ? '}' : ']', false};
	return 0;
}

/* To the first byte of the next key or item: 1, 0 past the closing bracket, -EBADMSG. */
static int step(struct span_walk *walk)
{
	walk->at = span_skip_space(walk->at, walk->end);
	if (walk->at >= walk->end)
		return -EBADMSG;
	if (*walk->at == walk->close) {
		walk->at++;
		return 0;
	}
	if (walk->is_begun) {
		if (*walk->at != ',')
			return -EBADMSG;
		walk->at = span_skip_space(walk->at + 1, walk->end);
	}
	walk->is_begun = true;
	return 1;
}

static int take_value(struct span_walk *walk, struct span *ret)
{
	const char *after = span_skip_value(walk->at, walk->end);

	if (!after)
		return -EBADMSG;
	*ret = (struct span){walk->at, (size_t)(after - walk->at)};
	walk->at = after;
	return 1;
}

int span_member(struct span_walk *walk, struct span *ret_key, struct span *ret_value)
{
	const char *key, *after;
	int r = step(walk);

	if (r <= 0)
		return r;
	if (walk->at >= walk->end || *walk->at != '"')
		return -EBADMSG;
	key = walk->at + 1;
	after = skip_string(key, walk->end);
	if (!after)
		return -EBADMSG;
	walk->at = span_skip_space(after, walk->end);
	if (walk->at >= walk->end || *walk->at != ':')
		return -EBADMSG;
	walk->at = span_skip_space(walk->at + 1, walk->end);
	r = take_value(walk, ret_value);
	if (r > 0)
		*ret_key = (struct span){key, (size_t)(after - 1 - key)};
	return r;
}

int span_item(struct span_walk *walk, struct span *ret_value)
{
	int r = step(walk);

	return r <= 0 ? r : take_value(walk, ret_value);
}

bool span_is(struct span span, const char *text)
{
	size_t length = strlen(text);

	return span.at && span.length == length && memcmp(span.at, text, length) == 0;
}

bool span_is_string(struct span value)
{
	return value.at && value.length >= 2 && value.at[0] == '"';
}

struct span span_get(struct span object, const char *key)
{
	struct span name, value;
	struct span_walk walk;

	if (span_open(object, '{', &walk) < 0)
		return (struct span){0};
	while (span_member(&walk, &name, &value) > 0)
		if (span_is(name, key))
			return value;
	return (struct span){0};
}

int span_number(struct span value, uint64_t *ret)
{
	const char *at = value.at, *end;
	uint64_t number = 0;

	if (!at)
		return -EBADMSG;
	end = at + value.length;
	if (span_is_string(value)) {
		at++;
		end--;
	}
	if (at == end || end - at > 20)
		return -EBADMSG;
	for (; at < end; at++) {
		unsigned digit = (unsigned)(unsigned char)*at - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		number = number * 10 + digit;
	}
	*ret = number;
	return 0;
}

int span_numbers(struct span list, uint64_t *ret, size_t count)
{
	struct span_walk walk;
	struct span item;
	int r = span_open(list, '[', &walk);

	for (size_t i = 0; r >= 0 && i < count; i++)
		r = span_item(&walk, &item) > 0 ? span_number(item, &ret[i]) : -EBADMSG;
	return r < 0 ? -EBADMSG : 0;
}

bool span_next_numbers(struct span_walk *walk, uint64_t *ret, size_t count)
{
	struct span item;

	while (span_item(walk, &item) > 0)
		if (span_numbers(item, ret, count) == 0)
			return true;
	return false;
}

void span_append_numbers(const uint64_t *number, size_t count, struct str *str)
{
	if (str->length && str_text(str)[str->length - 1] != '[')
		str_append_char(str, ',');
	for (size_t i = 0; i < count; i++)
		str_printf(str, "%s\"%" PRIu64 "\"", i ? "," : "[", number[i]);
	str_append_char(str, ']');
}

/* ---------------------------------------------------------------- a string's text */

/* Four hexadecimal digits, or -1. */
static int hex4(const char *at, const char *end)
{
	int value = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char byte = at[i];
		int digit = byte >= '0' && byte <= '9'   ? byte - '0'
			    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
			    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
							 : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void append_codepoint(struct str *str, uint32_t codepoint)
{
	char bytes[UTF8_CODEPOINT_BYTES];

	utf8_clean(str, bytes, utf8_encode(codepoint, bytes));
}

/* After "\u": append the code point, of a surrogate pair both halves. The byte after it, or NULL. */
static const char *append_escaped_codepoint(const char *at, const char *end, struct str *str)
{
	int code = hex4(at, end), low;

	if (code < 0)
		return NULL;
	at += 4;
	if (code < 0xd800 || code > 0xdfff) {
		append_codepoint(str, (unsigned)code);
		return at;
	}
	low = code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? hex4(at + 2, end) : -1;
	if (low < 0xdc00 || low > 0xdfff) {
		append_codepoint(str, CODEPOINT_BAD);
		return at;
	}
	append_codepoint(str, 0x10000u + (((unsigned)code - 0xd800u) << 10) + ((unsigned)low - 0xdc00u));
	return at + 6;
}

/* After a backslash. The byte after the escape, or NULL. */
static const char *append_escape(const char *at, const char *end, struct str *str)
{
	if (at >= end)
		return NULL;
	switch (*at) {
	case '"':
	case '\\':
	case '/': str_append_char(str, *at); return at + 1;
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't': str_append_char(str, ' '); return at + 1; /* as utf8_clean() replaces a control character */
	case 'u': return append_escaped_codepoint(at + 1, end, str);
	default: return NULL;
	}
}

int span_append(struct span value, struct str *str)
{
	const char *at, *end;

	if (!span_is_string(value))
		return -EBADMSG;
	at = value.at + 1;
	end = value.at + value.length - 1;
	while (at < end) {
		const char *plain = at;

		while (at < end && *at != '\\')
			at++;
		utf8_clean(str, plain, (size_t)(at - plain));
		if (at == end)
			break;
		at = append_escape(at + 1, end, str);
		if (!at)
			return -EBADMSG;
	}
	return str->error;
}

bool span_copy(struct span value, char *buffer, size_t size)
{
	struct str text = STR(size - 1);
	bool fits = span_append(value, &text) == 0 && text.length;

	if (fits)
		memcpy(buffer, text.bytes, text.length + 1);
	str_release(&text);
	return fits;
}
