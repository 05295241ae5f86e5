/* IRC lines in the trace. */

#include "bot/irc/wire.h"

#include <string.h>
#include <strings.h>

#define TEXT_MAX_BYTES (1024 * 1024) /* of a line; one read or message is shorter */

/* Skip the spaces between two words. */
static size_t skip_spaces(const char *line, size_t length, size_t at)
{
	while (at < length && line[at] == ' ')
		at++;
	return at;
}

static size_t skip_word(const char *line, size_t length, size_t at)
{
	while (at < length && line[at] != ' ')
		at++;
	return at;
}

/* The start of the verb, after tags and source. */
static size_t find_verb(const char *line, size_t length)
{
	size_t at = 0;

	if (at < length && line[at] == '@')
		at = skip_spaces(line, length, skip_word(line, length, at));
	if (at < length && line[at] == ':')
		at = skip_spaces(line, length, skip_word(line, length, at));
	return at;
}

static bool is_verb(const char *line, size_t begin, size_t end, const char *verb)
{
	return end - begin == strlen(verb) && strncasecmp(line + begin, verb, end - begin) == 0;
}

/* True for parameters of AUTHENTICATE that reveal nothing about the password: mechanism names, "+" and "*". */
static bool is_open(const char *word, size_t length)
{
	static const char *const words[] = {"+", "*", "ECDSA-NIST256P-CHALLENGE", "EXTERNAL", "PLAIN",
			"SCRAM-SHA-256", "SCRAM-SHA-512"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (length == strlen(words[i]) && memcmp(word, words[i], length) == 0)
			return true;
	return false;
}

void irc_wire_show(struct str *ret, const char *line, size_t length, const char *const *secrets, size_t count)
{
	size_t begin = find_verb(line, length), end = skip_word(line, length, begin);
	size_t word = skip_spaces(line, length, end);

	if (word < length && (is_verb(line, begin, end, "PASS") ||
					     (is_verb(line, begin, end, "AUTHENTICATE") &&
							     !is_open(line + word, length - word)))) {
		trace_hide(ret, line, word, secrets, count);
		str_append(ret, TRACE_SECRET);
		return;
	}
	trace_hide(ret, line, length, secrets, count);
}

void irc_wire_trace(
		const struct irc_wire *wire, enum trace_direction direction, const char *bytes, size_t length)
{
	while (length > 0) {
		const char *end = memchr(bytes, '\n', length);
		size_t taken = end ? (size_t)(end - bytes) + 1 : length, size = end ? taken - 1 : taken;
		struct str text = STR(TEXT_MAX_BYTES);

		while (size > 0 && bytes[size - 1] == '\r')
			size--;
		irc_wire_show(&text, bytes, size, wire->secrets, IRC_WIRE_SECRETS);
		trace_write(wire->gateway, -1, wire->connection, direction, str_text(&text), text.length);
		str_release(&text);
		bytes += taken;
		length -= taken;
	}
}
