/*
 * A reply with any texts, rendered for each network: valid, within the limits, and without
 * text that is interpreted as markup. The input's first line has options, a byte each; each
 * further line is a part of the reply: a letter and its text ('=' separates two). A digit
 * before the line doubles the text that many times.
 *
 *	t title, s spoiler, x text, n name=value, i item, f footer,
 *	c label=command, p it is a problem; j suggestions, d descriptions of commands
 */

#include <stdio.h>

#include "bot/gateway/discord/view/button.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/gateway/twitch/render.h"
#include "bot/gateway/twitch/text.h"
#include "bot/irc/render.h"
#include "bot/irc/split.h"
#include "bot/irc/text.h"
#include "tests/fuzz/fuzzed.h"

#define PARTS_MAX      96
#define PAGES_MAX      5
#define DOUBLINGS_MAX  8
#define ROOM_LEAST     64 /* irc_session_room(), and of Twitch */
#define OPTIONS        8
#define PART_MAX_BYTES 4100 /* slightly more than a reply accepts */

/* Discord's limits (API v10), in UTF-16 units. */
#define CONTENT_UNITS     2000
#define TITLE_UNITS       256
#define DESCRIPTION_UNITS 4096
#define VALUE_UNITS       1024
#define FOOTER_UNITS      2048
#define EMBED_UNITS       6000
#define FIELDS_MAX        25
#define ROWS_MAX          5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const prefixes[] = {"!", "?", "日本", "12345678"};

/* ---------------------------------------------------------------- the reply */

/* A text as a command would pass it; "3" before "a" gives "aaaaaaaa". */
static char *part_text(const char *bytes, size_t length, unsigned doublings)
{
	char whole[PART_MAX_BYTES], *text;

	length = length < sizeof(whole) ? length : sizeof(whole);
	memcpy(whole, bytes, length);
	for (; doublings && length * 2 <= sizeof(whole); doublings--, length *= 2)
		memcpy(whole + length, whole, length);
	text = str_copy_bytes(whole, length);
	assert(text);
	return text;
}

static void check_slash(char letter, const char *text)
{
	struct str str = STR(DISCORD_SLASH_BODY_MAX_BYTES);
	struct discord_slash *slash = NULL;
	enum discord_slash_form form = strlen(text) % 2 ? DISCORD_SLASH_FULL : DISCORD_SLASH_OLD;

	if (letter == 'j')
		discord_slash_append_choices(text, &str);
	else if (discord_slash_read(text, &slash) == 0 && discord_slash_append_body(slash, form, &str) < 0)
		str_clear(&str);
	if (str.length)
		json_free(fuzzed_json(&str));
	discord_slash_free(slash);
	str_release(&str);
}

static void add_part(struct reply *reply, const char *line, size_t length)
{
	unsigned doublings = 0;
	char letter, *text, *second;

	if (length && *line >= '1' && *line <= '9') {
		doublings = (unsigned)(*line - '0') % (DOUBLINGS_MAX + 1);
		line++;
		length--;
	}
	if (!length)
		return;
	letter = *line;
	text = part_text(line + 1, length - 1, doublings);
	second = strchr(text, '=');
	if ((letter == 'n' || letter == 'c') && second)
		*second++ = '\0';
	switch (letter) {
	case 't': reply_set_title(reply, text); break;
	case 's': reply_set_spoiler(reply, text); break;
	case 'x': reply_set_text(reply, text); break;
	case 'n': reply_add_field(reply, text, second ? second : ""); break;
	case 'i': reply_add_item(reply, text); break;
	case 'f': reply_set_footer(reply, text); break;
	case 'c': reply_add_choice(reply, text, second ? second : text); break;
	case 'p': reply->kind = REPLY_PROBLEM; break;
	case 'j':
	case 'd': check_slash(letter, text); break;
	default: break;
	}
	free(text);
}

/* ---------------------------------------------------------------- IRC and Twitch */

static void check_irc_line(const char *line, size_t room, bool is_plain)
{
	static char seen[64u * 1024];
	struct irc_formats formats = {0};

	assert(*line && strlen(line) <= room && utf8_valid(line, strlen(line)));
	assert(!strpbrk(line, "\r\n"));
	irc_formats_read(&formats, line, strlen(line));
	assert(!irc_formats_is_on(&formats));
	assert(!is_plain || !irc_text_has_formats(line));
	/* Without formatting codes the text must be clean. */
	assert(irc_text_read(line, seen, sizeof(seen)) == 0);
	fuzzed_check_line(seen);
}

static void check_irc(const struct reply *reply, const uint8_t option[OPTIONS])
{
	struct irc_render_options options = {
			.lines_max = 1 + option[2] % 8,
			.address = option[3] & 1 ? "ann: " : "",
			.prefix = prefixes[option[3] >> 1 & 3],
			.is_joined = option[3] & 8,
			.is_plain = option[3] & 16,
	};

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		struct irc_lines lines;
		size_t next;

		/* The line length may differ in each answer. */
		options.room_bytes = ROOM_LEAST + (size_t)(option[0] << 8 | option[1]) * (page + 1) % 449;
		if (irc_render(reply, &options, &lines, &next) < 0)
			abort();
		assert(lines.count <= options.lines_max);
		for (size_t i = 0; i < lines.count; i++)
			check_irc_line(lines.line[i], options.room_bytes, options.is_plain);
		irc_lines_release(&lines);
		assert(!next || next > options.position);
		options.position = next;
		if (!next)
			break;
	}
}

static void check_twitch(const struct reply *reply, const uint8_t option[OPTIONS])
{
	struct twitch_render_options options = {
			.room = ROOM_LEAST + (size_t)(option[0] << 8 | option[1]) % 449,
			.lines_max = 1 + option[2] % 4,
			.prefix = prefixes[option[3] >> 1 & 3],
	};

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		struct irc_lines lines;
		struct str guarded = STR(64u * 1024);
		size_t next;

		if (twitch_render(reply, &options, &lines, &next) < 0)
			abort();
		assert(lines.count <= options.lines_max);
		for (size_t i = 0; i < lines.count; i++) {
			fuzzed_check_line(lines.line[i]);
			assert(utf8_codepoints(lines.line[i]) <= options.room);
			str_clear(&guarded);
			twitch_text_guard(&guarded, lines.line[i]);
			assert(*str_text(&guarded) != '/' && *str_text(&guarded) != '.');
		}
		str_release(&guarded);
		irc_lines_release(&lines);
		assert(!next || next > options.position);
		options.position = next;
		if (!next)
			break;
	}
}

/* ---------------------------------------------------------------- Discord */

static const char *member(struct json_node *object, const char *key)
{
	const char *text = json_string(json_get(object, key));

	return text ? text : "";
}

static size_t check_units(const char *text, size_t least, size_t most)
{
	size_t units = utf8_utf16_units(text);

	assert(units >= least && units <= most);
	assert(!least || text[strspn(text, " ")]);
	return units;
}

/* Only the bot's own markup may ping, link or end a spoiler: outside URLs every special character has a backslash. */
static void check_markup(const char *text)
{
	size_t bars = 0;

	for (const char *at = text; *at; at++) {
		if ((at == text || at[-1] == '\n') && str_starts(at, "-# ")) {
			at++; /* the small print of ours */
			assert(!strchr(at, '\n'));
		} else if (*at == '\\') {
			assert(at[1]);
			at++;
		} else if (str_starts(at, "http://") || str_starts(at, "https://")) {
			/* A bar or a backslash inside is written as a number. */
			at += strcspn(at, " <>|\\\n") - 1;
		} else if (*at == '|') {
			assert(at[1] == '|');
			at++;
			bars++;
		} else {
			assert(*at != '@' && *at != '`' && *at != '[' && *at != '#' && *at != '~');
			assert(*at != '<' || str_starts(at + 1, "http"));
		}
	}
	assert(bars % 2 == 0);
}

static size_t check_embed(struct json_node *embed)
{
	size_t units = check_units(member(embed, "title"), 0, TITLE_UNITS), count = 0;
	struct json_node *field = json_first(json_get(embed, "fields"));

	check_markup(member(embed, "title"));
	units += check_units(member(embed, "description"), json_get(embed, "description") != NULL,
			DESCRIPTION_UNITS);
	check_markup(member(embed, "description"));
	for (; field; field = json_next(field), count++) {
		units += check_units(member(field, "name"), 1, TITLE_UNITS);
		units += check_units(member(field, "value"), 1, VALUE_UNITS);
		check_markup(member(field, "name"));
		check_markup(member(field, "value"));
	}
	assert(count <= FIELDS_MAX);
	if (json_get(embed, "footer"))
		units += check_units(member(json_get(embed, "footer"), "text"), 1, FOOTER_UNITS);
	assert(units > 0 && units <= EMBED_UNITS);
	return units;
}

static void check_buttons(struct json_node *rows)
{
	const char *ids[ROWS_MAX * 5];
	size_t count = 0, row_count = 0;

	for (struct json_node *row = json_first(rows); row; row = json_next(row)) {
		size_t before = count;

		assert(++row_count <= ROWS_MAX);
		for (struct json_node *button = json_first(json_get(row, "components")); button;
				button = json_next(button)) {
			struct discord_button read;

			assert(count < before + 5 && count < sizeof(ids) / sizeof(ids[0]));
			check_units(member(button, "label"), 1, DISCORD_BUTTON_LABEL_MAX_UNITS);
			check_units(member(button, "custom_id"), 1, DISCORD_BUTTON_ID_MAX_UNITS);
			assert(discord_button_parse(member(button, "custom_id"), &read) == 0 &&
					*read.command);
			for (size_t i = 0; i < count; i++)
				assert(strcmp(ids[i], member(button, "custom_id")) != 0);
			ids[count++] = member(button, "custom_id");
		}
		assert(count > before);
	}
}

static void check_message(const struct str *text, const struct discord_render_options *options)
{
	struct json *json;
	struct json_node *root, *embed;

	assert(text->length <= DISCORD_RENDER_BODY_MAX_BYTES);
	assert(json_parse(str_text(text), text->length, 0, &json) == 0 && json_root(json));
	root = json_root(json);
	embed = json_first(json_get(root, "embeds"));
	assert((embed != NULL) == !options->is_plain);
	if (options->is_plain) {
		check_units(member(root, "content"), 1, CONTENT_UNITS);
		check_markup(member(root, "content"));
	}
	for (; embed; embed = json_next(embed))
		check_embed(embed);
	assert(json_get(json_get(root, "allowed_mentions"), "parse") &&
			!json_first(json_get(json_get(root, "allowed_mentions"), "parse")));
	check_buttons(json_get(root, "components"));
	json_free(json);
}

static void check_discord(const struct reply *reply, const uint8_t option[OPTIONS], const char *command)
{
	struct discord_render_options options = {.is_plain = option[4] & 1,
			.is_spoiler_clear = option[4] & 2,
			.is_ephemeral = option[4] & 4,
			.is_edit = option[4] & 8,
			.nonce = option[4] & 16 ? "1" : NULL,
			.reference = option[4] & 32 ? "2" : NULL,
			.command = option[4] & 64 ? command : NULL,
			.prefix = prefixes[option[3] >> 1 & 3]};
	size_t position = option[5] & 1 ? option[6] : 0;

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		struct str text = STR(DISCORD_RENDER_BODY_MAX_BYTES);
		size_t before = position;

		assert(discord_render_message(reply, &options, &position, &text) == 0);
		check_message(&text, &options);
		str_release(&text);
		assert(!position || position == before + 1);
		if (!position)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	char *first, *line;
	uint8_t option[OPTIONS] = {0};
	size_t length;
	struct reply reply;

	first = fuzzed_line(&input, &length);
	if (!first)
		return 0;
	memcpy(option, first, length < OPTIONS ? length : OPTIONS);
	reply_init(&reply);
	for (unsigned i = 0; i < PARTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		add_part(&reply, line, length);
		free(line);
	}
	fuzzed_check_reply(&reply);
	check_irc(&reply, option);
	check_twitch(&reply, option);
	check_discord(&reply, option, reply.title ? reply.title : "episodes");
	reply_release(&reply);
	free(first);
	return 0;
}
