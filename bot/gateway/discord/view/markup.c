/* Text escaped for Discord. */

#include "bot/gateway/discord/view/markup.h"

#include <string.h>

#include "bot/base/utf8.h"

#define CLUSTER_MAX_BYTES 64 /* of one grapheme; a longer one (many stacked accents) is divided */
#define ELLIPSIS          "…"
#define BAR               "│" /* in place of a bar that would end the spoiler */

/* A text being written. */
struct markup_source {
	const char *text;
	size_t length, at;
	size_t url_end;     /* at is inside a URL up to here */
	size_t bracket_end; /* where the bracket around the URL closes; 0: no bracket is open */
	enum discord_markup_mode mode;
};

/* UTF-16 units of bytes of valid UTF-8. */
static size_t units_of(const char *bytes, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)bytes[i];

		count += (byte & 0xC0) != 0x80;
		count += byte >= 0xF0;
	}
	return count;
}

/* The end of a URL that starts at text; 0: no URL starts there. */
static size_t url_length(const char *text)
{
	size_t scheme = str_starts(text, "https://") ? 8 : str_starts(text, "http://") ? 7 : 0;
	size_t rest = scheme ? strcspn(text + scheme, " <>") : 0;

	return rest ? scheme + rest : 0;
}

/* "<https://...>": the brackets suppress Discord's preview. */
static bool is_bracketed_url(const char *text)
{
	size_t length = *text == '<' ? url_length(text + 1) : 0;

	return length && text[1 + length] == '>';
}

/* List markers, at the start of a line: "- ", "+ ", "12. " */
static bool is_list_mark(const struct markup_source *source)
{
	char byte = source->text[source->at];

	if (source->text[source->at + 1] != ' ')
		return false;
	if (byte == '-' || byte == '+')
		return source->at == 0;
	return (byte == '.' || byte == ')') && source->at > 0 &&
	       strspn(source->text, "0123456789") == source->at;
}

/* Write a byte that may be markup. False: it is not markup. */
static bool append_special(struct str *str, struct markup_source *source)
{
	const char *at = source->text + source->at;

	if (source->mode == DISCORD_MARKUP_RAW)
		return false;
	if (source->at < source->url_end) {
		/* Percent-encoded, these leave a link working and are not markup. */
		if (!strchr("\\*`|[]<>", *at))
			return false;
		str_printf(str, "%%%02X", (unsigned)(unsigned char)*at);
		return true;
	}
	if (*at == '|' && source->mode == DISCORD_MARKUP_VEILED) {
		str_append(str, BAR);
		return true;
	}
	if (!strchr("\\*_~`|<>[]#@", *at) && !is_list_mark(source))
		return false;
	str_append_char(str, '\\');
	str_append_char(str, *at);
	return true;
}

static size_t cluster_length(const char *text, size_t length)
{
	size_t cluster = utf8_grapheme(text, length);

	return cluster <= CLUSTER_MAX_BYTES ? cluster : utf8_whole(text, CLUSTER_MAX_BYTES);
}

/* Write the bracket before or after a URL, if one is due here. True if a bracket was written. */
static bool append_url_bracket(struct markup_source *source, struct str *piece)
{
	const char *at = source->text + source->at;
	size_t url;

	if (source->bracket_end && source->at == source->bracket_end) {
		source->bracket_end = 0;
		str_append_char(piece, '>');
		return true;
	}
	if (is_bracketed_url(at)) {
		source->bracket_end = source->url_end = source->at + 1 + url_length(at + 1);
		str_append_char(piece, '<');
		return true;
	}
	url = url_length(at);
	if (url)
		source->url_end = source->at + url;
	return false;
}

/* The next unit that must not be divided, as it is written. Returns the bytes of the source it takes. */
static size_t next_piece(struct markup_source *source, struct str *piece)
{
	size_t length;

	if (source->mode != DISCORD_MARKUP_RAW && source->at >= source->url_end &&
			append_url_bracket(source, piece))
		return 1;
	if (append_special(piece, source))
		return 1;
	length = cluster_length(source->text + source->at, source->length - source->at);
	str_append_bytes(piece, source->text + source->at, length);
	return length;
}

/* Bytes that may be markup or start a list. */
static const bool is_special[128] = {
		['\\'] = true,
		['*'] = true,
		['_'] = true,
		['~'] = true,
		['`'] = true,
		['|'] = true,
		['<'] = true,
		['>'] = true,
		['['] = true,
		[']'] = true,
		['#'] = true,
		['@'] = true,
		['-'] = true,
		['+'] = true,
		['.'] = true,
		[')'] = true,
};

/* ASCII without markup, and no URL starts there. */
static bool is_plain(const char *at)
{
	unsigned char byte = (unsigned char)*at;

	if (byte < 0x20 || byte >= 0x7f || is_special[byte])
		return false;
	return byte != 'h' || at[1] != 't' || at[2] != 't';
}

/*
 * Most text is plain and copied by the byte. Its last byte is left: an accent that combines with it may
 * follow.
 */
static size_t plain_run(const struct markup_source *source, size_t room_units)
{
	const char *start = source->text + source->at, *at = start;

	while ((size_t)(at - start) < room_units && is_plain(at) && (unsigned char)at[1] < 0x80)
		at++;
	return (size_t)(at - start);
}

size_t discord_markup_append(struct str *str, const char *text, enum discord_markup_mode mode,
		size_t room_units, size_t *ret_units)
{
	struct markup_source source = {.text = text, .length = strlen(text), .mode = mode};
	struct str piece = STR(CLUSTER_MAX_BYTES);
	size_t used = 0;

	while (source.at < source.length) {
		size_t taken = plain_run(&source, room_units - used), units = taken, length = taken;
		const char *bytes = text + source.at;

		if (!taken) {
			str_clear(&piece);
			taken = next_piece(&source, &piece);
			if (str && piece.error)
				str->error = str->error ? str->error : piece.error;
			bytes = str_text(&piece);
			length = piece.length;
			units = units_of(bytes, length);
			if (used + units > room_units)
				break;
		}
		if (str)
			str_append_bytes(str, bytes, length);
		used += units;
		source.at += taken;
	}
	str_release(&piece);
	if (ret_units)
		*ret_units = used;
	return source.at;
}

size_t discord_markup_append_cut(
		struct str *str, const char *text, enum discord_markup_mode mode, size_t limit_units)
{
	size_t units, used = discord_markup_append(NULL, text, mode, limit_units, &units);

	if (!text[used]) {
		discord_markup_append(str, text, mode, limit_units, NULL);
		return units;
	}
	discord_markup_append(str, text, mode, limit_units - units_of(ELLIPSIS, strlen(ELLIPSIS)), &units);
	str_append(str, ELLIPSIS);
	return units + units_of(ELLIPSIS, strlen(ELLIPSIS));
}

bool discord_markup_is_blank(const char *text)
{
	return !text || !text[strspn(text, " ")];
}

bool discord_markup_is_link(const char *text, size_t limit_units)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *host = text + strlen("https://"), *path;
	size_t length;

	if (!str_starts(text, "https://") || strlen(text) > limit_units)
		return false;
	length = strcspn(host, "/?#");
	path = host + length;
	/* A host name with a dot, perhaps a port, and no user. */
	for (size_t i = 0; i < length; i++) {
		if (!strchr(letters, host[i]) && !strchr("-.:", host[i]))
			return false;
	}
	if (!length || !memchr(host, '.', length) || !strchr(letters, *host))
		return false;
	for (; *path; path++) {
		if (!strchr(letters, *path) && !strchr("-._~:/?#[]@!$&'()*+,;=%", *path))
			return false;
	}
	return true;
}
