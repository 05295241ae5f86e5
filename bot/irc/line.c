/* Parse and format IRC lines. */

#include "bot/irc/line.h"

#include <errno.h>
#include <string.h>

/* End the word at text with a NUL. Return the text after the spaces that follow. */
static char *cut_word(char *text)
{
	char *end = strchr(text, ' ');

	if (!end)
		return text + strlen(text);
	*end++ = '\0';
	while (*end == ' ')
		end++;
	return end;
}

int irc_line_parse(char *bytes, size_t length, struct irc_line *ret)
{
	const char *tags = NULL, *source = NULL, *verb;
	char *next = bytes;

	if (memchr(bytes, '\0', length))
		return -EBADMSG;
	bytes[length] = '\0';
	while (*next == ' ')
		next++;
	if (*next == '@') {
		tags = next + 1;
		next = cut_word(next);
	}
	if (*next == ':') {
		source = next + 1;
		next = cut_word(next);
	}
	if (*next == '\0')
		return -EBADMSG;
	verb = next;
	next = cut_word(next);

	ret->tags = tags;
	ret->source = source;
	ret->verb = verb;
	ret->param_count = 0;
	while (*next && ret->param_count < IRC_PARAMS_MAX) {
		if (*next == ':') {
			ret->params[ret->param_count++] = next + 1;
			break;
		}
		ret->params[ret->param_count++] = next;
		next = cut_word(next);
	}
	return 0;
}

/* Remove CR and NUL, which no line may contain. Deleting them keeps a text on its line: as a separator, a CR
 * would let a person write lines of the server. */
static size_t drop_invalid(char *bytes, size_t length)
{
	size_t kept = 0;

	if (!memchr(bytes, '\r', length) && !memchr(bytes, '\0', length))
		return length;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != '\r' && bytes[i] != '\0')
			bytes[kept++] = bytes[i];
	}
	return kept;
}

bool irc_line_take(
		const char **bytes, size_t *length, char buffer[IRC_LINE_MAX_BYTES + 1], struct irc_line *ret)
{
	while (*length > 0) {
		const char *line = *bytes, *end = memchr(line, '\n', *length);
		size_t line_length = end ? (size_t)(end - line) : *length;

		*bytes += line_length + (end != NULL);
		*length -= line_length + (end != NULL);
		while (line_length > 0 && line[line_length - 1] == '\r')
			line_length--;
		if (line_length == 0 || line_length > IRC_LINE_MAX_BYTES)
			continue;
		memcpy(buffer, line, line_length);
		if (irc_line_parse(buffer, drop_invalid(buffer, line_length), ret) == 0)
			return true;
	}
	return false;
}

const char *irc_line_param(const struct irc_line *line, size_t index)
{
	return index < line->param_count ? line->params[index] : "";
}

unsigned irc_line_numeric(const struct irc_line *line)
{
	unsigned number = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (line->verb[i] < '0' || line->verb[i] > '9')
			return 0;
		number = number * 10 + (unsigned)(line->verb[i] - '0');
	}
	return line->verb[3] == '\0' ? number : 0;
}

bool irc_tag_next(const char **cursor, struct irc_tag *ret)
{
	const char *tag = *cursor, *end, *equals;

	while (tag && *tag == ';')
		tag++;
	if (!tag || *tag == '\0')
		return false;
	end = strchr(tag, ';');
	if (!end)
		end = tag + strlen(tag);
	equals = memchr(tag, '=', (size_t)(end - tag));

	ret->key = tag;
	ret->key_length = (size_t)((equals ? equals : end) - tag);
	ret->value = equals ? equals + 1 : end;
	ret->value_length = (size_t)(end - ret->value);
	*cursor = end;
	return true;
}

bool irc_tag_is(const struct irc_tag *tag, const char *key)
{
	return strlen(key) == tag->key_length && memcmp(key, tag->key, tag->key_length) == 0;
}

/* The meaning of the byte after a backslash. */
static char unescape(char byte)
{
	switch (byte) {
	case ':': return ';';
	case 's': return ' ';
	case 'r': return '\r';
	case 'n': return '\n';
	default: return byte;
	}
}

int irc_tag_value(const struct irc_tag *tag, char *ret, size_t size)
{
	size_t i, length = 0;

	if (tag->value_length >= size)
		return -EMSGSIZE;
	for (i = 0; i < tag->value_length; i++) {
		if (tag->value[i] != '\\')
			ret[length++] = tag->value[i];
		else if (++i < tag->value_length)
			ret[length++] = unescape(tag->value[i]);
	}
	ret[length] = '\0';
	return 0;
}

int irc_line_tag(const struct irc_line *line, const char *key, char *ret, size_t size)
{
	const char *cursor = line->tags;
	struct irc_tag tag, found = {0};

	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, key))
			found = tag;
	}
	return found.key ? irc_tag_value(&found, ret, size) : -ENOENT;
}

void irc_tag_append(struct str *tags, const char *key, const char *value)
{
	if (tags->length > 0)
		str_append_char(tags, ';');
	str_append(tags, key);
	if (*value == '\0')
		return;
	str_append_char(tags, '=');
	for (; *value; value++) {
		switch (*value) {
		case ';': str_append(tags, "\\:"); break;
		case ' ': str_append(tags, "\\s"); break;
		case '\\': str_append(tags, "\\\\"); break;
		case '\r': str_append(tags, "\\r"); break;
		case '\n': str_append(tags, "\\n"); break;
		default: str_append_char(tags, *value); break;
		}
	}
}

/* Append text with line breaks replaced by spaces. */
static void append_safe(struct str *str, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\r\n");

		str_append_bytes(str, text, length);
		text += length;
		if (*text) {
			str_append_char(str, ' ');
			text++;
		}
	}
}

static bool needs_colon(const char *param)
{
	return *param == '\0' || *param == ':' || strpbrk(param, " \r\n") != NULL;
}

/* True for a byte that must not occur inside a word. */
static bool has_break(const char *word)
{
	return word && strpbrk(word, " \r\n") != NULL;
}

int irc_line_format(const struct irc_line *line, struct str *ret)
{
	size_t i;

	if (*line->verb == '\0' || has_break(line->verb) || has_break(line->tags) || has_break(line->source))
		return -EINVAL;
	for (i = 0; i + 1 < line->param_count; i++) {
		if (needs_colon(line->params[i]))
			return -EINVAL;
	}

	if (line->tags && *line->tags) {
		str_append_char(ret, '@');
		str_append(ret, line->tags);
		str_append_char(ret, ' ');
	}
	if (line->source) {
		str_append_char(ret, ':');
		str_append(ret, line->source);
		str_append_char(ret, ' ');
	}
	str_append(ret, line->verb);
	for (i = 0; i < line->param_count; i++) {
		str_append_char(ret, ' ');
		if (i + 1 == line->param_count && needs_colon(line->params[i]))
			str_append_char(ret, ':');
		append_safe(ret, line->params[i]);
	}
	return ret->error;
}
