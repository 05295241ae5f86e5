/* Parser of a client's line. */

#include "bot/gateway/lobby/chat_line.h"

#include <errno.h>
#include <string.h>

static char *skip_spaces(char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

/* End the word at its space, and return the next word. */
static char *cut_word(char *word)
{
	char *end = word + strcspn(word, " ");

	if (!*end)
		return end;
	*end = '\0';
	return skip_spaces(end + 1);
}

int chat_line_parse(char *line, struct chat_line *ret)
{
	char *at = skip_spaces(line), *tags = NULL, *verb;
	size_t count = 0;

	if (*at == '@') {
		tags = at + 1;
		at = cut_word(at);
	}
	if (*at == ':')
		at = cut_word(at);
	if (!*at)
		return -EBADMSG;
	verb = at;
	at = cut_word(at);
	while (*at && count < CHAT_PARAMS_MAX) {
		bool is_last = *at == ':' || count == CHAT_PARAMS_MAX - 1;

		ret->params[count++] = at + (*at == ':');
		if (is_last)
			break;
		at = cut_word(at);
	}
	ret->param_count = count;
	ret->verb = verb;
	ret->tags = tags ? tags : at + strlen(at);
	return 0;
}

static char unescape(char escaped)
{
	switch (escaped) {
	case ':': return ';';
	case 's': return ' ';
	case 'r': return '\r';
	case 'n': return '\n';
	default: return escaped;
	}
}

bool chat_tag_get(const char *tags, const char *key, char *ret, size_t size_bytes)
{
	size_t key_length = strlen(key), used = 0;
	const char *tag = tags;

	while (strncmp(tag, key, key_length) != 0 || (tag[key_length] && !strchr("=;", tag[key_length]))) {
		tag = strchr(tag, ';');
		if (!tag)
			return false;
		tag++;
	}
	tag += key_length;
	if (*tag == '=')
		tag++;
	while (*tag && *tag != ';') {
		char byte = *tag++;

		if (byte == '\\') {
			if (!*tag || *tag == ';')
				break;
			byte = unescape(*tag++);
		}
		if (used + 1 >= size_bytes)
			return false;
		ret[used++] = byte;
	}
	ret[used] = '\0';
	return true;
}

void chat_tags_relay(struct str *str, const char *tags)
{
	while (*tags) {
		size_t length = strcspn(tags, ";");

		if (*tags == '+' && length > 1) {
			str_append_char(str, ';');
			str_append_bytes(str, tags, length);
		}
		tags += length;
		tags += *tags == ';';
	}
}

void chat_tag_escape(struct str *str, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case ';': str_append(str, "\\:"); break;
		case ' ': str_append(str, "\\s"); break;
		case '\\': str_append(str, "\\\\"); break;
		case '\r': str_append(str, "\\r"); break;
		case '\n': str_append(str, "\\n"); break;
		default: str_append_char(str, *text);
		}
	}
}
