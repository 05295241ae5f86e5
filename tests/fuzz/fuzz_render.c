/*
 * A reply with any texts, rendered for each network: valid, within the limits, without text
 * that is interpreted as markup, and without a letter of what is veiled among what is in
 * clear. The input's first line has options, a byte each; each further line is a part of the
 * reply: a letter and its text ('=' separates two). A digit before the line doubles the text
 * that many times.
 *
 *	t title, e teaser, s spoiler, x text, X veiled text, n name=value, i item, I veiled item,
 *	f footer, m picture, u link, y command that tells what is veiled, c label=command,
 *	p it is a problem; j suggestions, d descriptions of commands
 *
 * In what is veiled, each letter and digit is VEILED, and VEILED is nowhere else.
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

#define VEILED         "\u01c2"
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
#define LAYOUT_UNITS      4000
#define COMPONENTS_MAX    40
#define LAYOUT_FLAG       32768

enum { BUTTON_LINK = 5, TEXT = 10, CONTAINER = 17 };

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

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

/* A copy in which letters and digits are VEILED, or in which VEILED does not occur. */
static char *marked(const char *text, bool is_veiled)
{
	struct str str = STR(PART_MAX_BYTES * 2 + 1);
	char *ret = NULL;

	for (; *text; text++) {
		if (is_veiled && is_letter(*text)) {
			str_append(&str, VEILED);
		} else if (!is_veiled && str_starts(text, VEILED)) {
			str_append_char(&str, '?');
			text++;
		} else {
			str_append_char(&str, *text);
		}
	}
	assert(str_take(&str, &ret) == 0);
	return ret;
}

static void assert_clear(const char *text)
{
	assert(!strstr(text, VEILED));
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

/* spoiler: the reason, set at the end if anything is veiled. */
static void add_part(struct reply *reply, const char *line, size_t length, char **spoiler)
{
	unsigned doublings = 0;
	char letter, *plain, *text, *second;

	if (length && *line >= '1' && *line <= '9') {
		doublings = (unsigned)(*line - '0') % (DOUBLINGS_MAX + 1);
		line++;
		length--;
	}
	if (!length)
		return;
	letter = *line;
	plain = part_text(line + 1, length - 1, doublings);
	text = marked(plain, letter == 'X' || letter == 'I');
	free(plain);
	second = strchr(text, '=');
	if ((letter == 'n' || letter == 'c') && second)
		*second++ = '\0';
	switch (letter) {
	case 't': reply_set_title(reply, text); break;
	case 'e': reply_set_teaser(reply, text); break;
	case 's':
		free(*spoiler);
		*spoiler = str_copy(text);
		break;
	case 'x':
	case 'X':
		reply_set_text(reply, text);
		reply->is_text_veiled = letter == 'X';
		break;
	case 'I': reply_add_veiled_item(reply, text); break;
	case 'm': reply_set_image(reply, text); break;
	case 'u': reply_set_url(reply, text); break;
	case 'y': reply_set_spoil(reply, text); break;
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

static bool has_veiled(const struct reply *reply)
{
	bool has = reply->is_text_veiled;

	for (size_t i = 0; i < reply->item_count; i++)
		has |= reply->items[i].is_veiled;
	return has;
}

/* ---------------------------------------------------------------- IRC and Twitch */

static void check_lines(const struct reply *reply)
{
	struct reply_line *lines;
	size_t count, hints = 0;

	assert(reply_lines(reply, "!", &lines, &count) == 0);
	for (size_t i = 0; i < count; i++) {
		if (!lines[i].is_veiled)
			assert_clear(lines[i].text);
		hints += lines[i].is_hint;
	}
	assert(hints == (reply->spoiler && *reply->spoiler));
	reply_lines_free(lines, count);
}

static void check_irc_line(const char *line, size_t room, bool is_plain)
{
	static char seen[64u * 1024];
	struct irc_formats formats = {0};

	assert(*line && strlen(line) <= room && utf8_valid(line, strlen(line)));
	assert_clear(line);
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
			assert_clear(lines.line[i]);
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
		} else if (at == text && str_starts(at, "### ")) {
			at += 3; /* the title of a layout */
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

/* In plain text, what is veiled is between bars. */
static void assert_clear_outside_bars(const char *text)
{
	bool is_outside = true;

	for (const char *at = text; *at; at++) {
		if (*at == '\\' && at[1]) {
			at++;
		} else if (str_starts(at, "||")) {
			is_outside = !is_outside;
			at++;
		} else {
			assert(!is_outside || !str_starts(at, VEILED));
		}
	}
}

static size_t check_embed(struct json_node *embed)
{
	size_t units = check_units(member(embed, "title"), 0, TITLE_UNITS), count = 0;
	struct json_node *field = json_first(json_get(embed, "fields"));

	check_markup(member(embed, "title"));
	units += check_units(member(embed, "description"), json_get(embed, "description") != NULL,
			DESCRIPTION_UNITS);
	check_markup(member(embed, "description"));
	assert_clear(member(embed, "title"));
	assert_clear(member(embed, "description"));
	for (; field; field = json_next(field), count++) {
		units += check_units(member(field, "name"), 1, TITLE_UNITS);
		units += check_units(member(field, "value"), 1, VALUE_UNITS);
		assert_clear(member(field, "name"));
		assert_clear(member(field, "value"));
		check_markup(member(field, "name"));
		check_markup(member(field, "value"));
	}
	assert(count <= FIELDS_MAX);
	if (json_get(embed, "footer"))
		units += check_units(member(json_get(embed, "footer"), "text"), 1, FOOTER_UNITS);
	assert(units > 0 && units <= EMBED_UNITS);
	return units;
}

/* Components before the rows of buttons; returns how many there are in all, and adds the units of their texts. */
static size_t check_layout(struct json_node *list, bool is_veiled, size_t *units)
{
	size_t count = 0;

	for (struct json_node *each = json_first(list); each; each = json_next(each)) {
		bool is_spoiler = json_get(each, "spoiler") != NULL;

		count += 1 + (json_get(each, "accessory") != NULL);
		count += check_layout(json_get(each, "components"), is_veiled || is_spoiler, units);
		if ((int)json_number(json_get(each, "type")) != TEXT)
			continue;
		*units += check_units(member(each, "content"), 1, LAYOUT_UNITS);
		check_markup(member(each, "content"));
		if (!is_veiled)
			assert_clear(member(each, "content"));
	}
	return count;
}

/* The rows of buttons are the last components. */
static struct json_node *first_row(struct json_node *components)
{
	struct json_node *row = json_first(components);

	while (row && (int)json_number(json_get(row, "type")) != 1)
		row = json_next(row);
	return row;
}

static void check_buttons(struct json_node *first)
{
	const char *ids[ROWS_MAX * 5];
	size_t count = 0, row_count = 0;

	for (struct json_node *row = first; row; row = json_next(row)) {
		size_t before = count;

		assert(++row_count <= ROWS_MAX);
		for (struct json_node *button = json_first(json_get(row, "components")); button;
				button = json_next(button)) {
			struct discord_button read;

			assert(count < before + 5 && count < sizeof(ids) / sizeof(ids[0]));
			check_units(member(button, "label"), 1, DISCORD_BUTTON_LABEL_MAX_UNITS);
			assert_clear(member(button, "label"));
			if ((int)json_number(json_get(button, "style")) == BUTTON_LINK) {
				count++;
				ids[count - 1] = "";
				assert(str_starts(member(button, "url"), "https://"));
				continue;
			}
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

static void check_message(const struct reply *reply, const struct str *text,
		const struct discord_render_options *options)
{
	struct json *json;
	struct json_node *root, *embed;
	size_t units = 0;
	bool is_layout;

	assert(text->length <= DISCORD_RENDER_BODY_MAX_BYTES);
	assert(json_parse(str_text(text), text->length, 0, &json) == 0 && json_root(json));
	root = json_root(json);
	embed = json_first(json_get(root, "embeds"));
	is_layout = (int)json_number(json_get(root, "flags")) & LAYOUT_FLAG;
	assert(is_layout == discord_render_is_layout(reply, options));
	assert((embed != NULL) == (!options->is_plain && !is_layout));
	if (is_layout) {
		assert(!json_string(json_get(root, "content")));
		assert(check_layout(json_get(root, "components"), false, &units) <= COMPONENTS_MAX);
		assert(units <= LAYOUT_UNITS);
	} else if (options->is_plain) {
		check_units(member(root, "content"), 1, CONTENT_UNITS);
		check_markup(member(root, "content"));
		assert_clear_outside_bars(member(root, "content"));
	}
	for (; embed; embed = json_next(embed))
		check_embed(embed);
	assert(json_get(json_get(root, "allowed_mentions"), "parse") &&
			!json_first(json_get(json_get(root, "allowed_mentions"), "parse")));
	check_buttons(first_row(json_get(root, "components")));
	json_free(json);
}

static void check_discord(const struct reply *reply, const uint8_t option[OPTIONS], const char *command)
{
	struct discord_render_options options = {.is_plain = option[4] & 1,
			.is_layout_host = option[4] & 2,
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
		check_message(reply, &text, &options);
		str_release(&text);
		assert(!position || position == before + 1);
		if (!position)
			break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	char *first, *line, *spoiler = NULL;
	uint8_t option[OPTIONS] = {0};
	size_t length;
	struct reply reply;

	first = fuzzed_line(&input, &length);
	if (!first)
		return 0;
	memcpy(option, first, length < OPTIONS ? length : OPTIONS);
	reply_init(&reply);
	for (unsigned i = 0; i < PARTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		add_part(&reply, line, length, &spoiler);
		free(line);
	}
	if (has_veiled(&reply))
		reply_set_spoiler(&reply, spoiler ? spoiler : "Spoils a later episode");
	free(spoiler);
	fuzzed_check_reply(&reply);
	check_lines(&reply);
	check_irc(&reply, option);
	check_twitch(&reply, option);
	check_discord(&reply, option, reply.title ? reply.title : "episodes");
	reply_release(&reply);
	free(first);
	return 0;
}
