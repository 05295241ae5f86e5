/* Convert a reply to a few lines of IRC. */

#include "bot/irc/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/irc/split.h"

#define BOLD           "\x02"
#define SEPARATOR      " · "
#define FLOW_MAX_BYTES (REPLY_MAX_BYTES + 64 * 1024)
#define BREAK          "\n" /* starts a new line; does not occur in replies */
#define SIGN_MAX_BYTES 8    /* enough bytes to detect a grapheme of several bytes */
#define BODY_LEAST     24   /* with fewer bytes left after a long title, the text starts on a new line */

/* One answer while it is cut into lines. */
struct page {
	const struct irc_render_options *options;
	const char *hint;
	const char *rest;           /* the part of the text that is left */
	struct irc_formats formats; /* active at rest */
	size_t seen_bytes;          /* visible bytes of the text before rest */
	bool goes_on;               /* the next line continues the one before */
	struct irc_lines lines;
};

void irc_lines_release(struct irc_lines *lines)
{
	size_t i;

	for (i = 0; i < lines->count; i++)
		free(lines->line[i]);
	free(lines->line);
	free(lines->goes_on);
	*lines = (struct irc_lines){0};
}

/* Prefer a cut at a separator, if there is one in the second half of the line. */
static size_t cut_at_separator(const char *body, size_t piece, size_t *next)
{
	size_t length = strlen(SEPARATOR), at = *next;

	while (at > length && at > piece / 2) {
		/* The separator's last space may carry a combining mark and is then part of a grapheme. */
		if (memcmp(body + at - length, SEPARATOR, length) == 0 &&
				utf8_grapheme(body + at - 1, strnlen(body + at - 1, SIGN_MAX_BYTES)) == 1) {
			*next = at;
			return at - length;
		}
		at--;
	}
	return piece;
}

size_t irc_render_cut(const char *text, size_t length, size_t limit_bytes, size_t *ret_next)
{
	size_t piece = irc_split(text, length, limit_bytes, ret_next);

	return *ret_next < length ? cut_at_separator(text, piece, ret_next) : piece;
}

/* Cut text to room_bytes. *ret_next is the start of the next line, *ret_goes_on whether that line continues a
 * sentence. */
static size_t cut_line(const char *text, size_t length, size_t room_bytes,
		const struct irc_render_options *options, size_t *ret_next, bool *ret_goes_on)
{
	size_t piece = irc_split(text, length, room_bytes - options->is_joined, ret_next), whole = piece;

	*ret_goes_on = false;
	if (*ret_next >= length)
		return piece;
	piece = cut_at_separator(text, piece, ret_next);
	*ret_goes_on = options->is_joined && piece == whole;
	return *ret_goes_on ? *ret_next : piece;
}

static void add_part(struct str *flow, const char *text)
{
	if (flow->length > 0)
		str_append(flow, SEPARATOR);
	str_append(flow, text);
}

/* Does anything follow the title? What is veiled has a hint in its place. */
static bool has_body(const struct reply *reply)
{
	return reply->teaser || reply->text || reply->field_count || reply->item_count;
}

static void fill_lead(struct str *lead, const struct reply *reply, const struct irc_render_options *options)
{
	const char *bold = options->is_plain ? "" : BOLD;

	if (options->position == 0)
		str_append(lead, options->address);
	if (reply->title)
		str_printf(lead, "%s%s%s%s", bold, reply->title, bold, has_body(reply) ? ": " : " ");
}

static void fill_body(struct str *body, const struct reply *reply, const struct irc_render_options *options)
{
	size_t i;

	if (reply->teaser)
		add_part(body, reply->teaser);
	if (reply->text && !reply->is_text_veiled)
		add_part(body, reply->text);
	for (i = 0; i < reply->field_count; i++) {
		add_part(body, reply->fields[i].name);
		str_printf(body, ": %s", reply->fields[i].value);
	}
	for (i = 0; i < reply->item_count; i++)
		if (!reply->items[i].is_veiled)
			add_part(body, reply->items[i].text);
	if (reply->spoiler) {
		add_part(body, "");
		reply_append_hint(reply, options->prefix, body);
	}
	if (reply->footer)
		add_part(body, reply->footer);
	if (reply->kind != REPLY_PROBLEM)
		return;
	for (i = 0; i < reply->choice_count; i++) {
		if (i == 0)
			add_part(body, "Try: ");
		str_printf(body, "%s%s%s", i > 0 ? ", " : "", options->prefix, reply->choices[i].command);
	}
}

/* Write the whole reply as one text, with BREAK where a new line must start. */
static int fill_text(struct str *text, const struct reply *reply, const struct irc_render_options *options)
{
	struct str body = STR(FLOW_MAX_BYTES);
	int r;

	fill_lead(text, reply, options);
	fill_body(&body, reply, options);
	if (body.length > 0 && text->length + BODY_LEAST > options->room_bytes)
		str_append(text, BREAK);
	str_append(text, str_text(&body));
	r = text->error || body.error ? -ENOMEM : 0;
	str_release(&body);
	return r;
}

/* The length of the invisible bytes at text: formatting codes and breaks. */
static size_t unseen_length(const char *text)
{
	size_t at = 0, one;

	do {
		one = text[at] == *BREAK ? 1
					 : irc_format_length(text + at,
							   strnlen(text + at, IRC_FORMATS_MAX_BYTES));
		at += one;
	} while (one > 0);
	return at;
}

/* Move on by length bytes and the invisible bytes after them: the next line restores the formats. */
static void advance(struct page *page, size_t length)
{
	const char *end = page->rest + length;

	end += unseen_length(end);
	while (page->rest < end) {
		size_t unseen = unseen_length(page->rest);

		irc_formats_read(&page->formats, page->rest, unseen);
		page->rest += unseen;
		if (page->rest < end) {
			page->rest++;
			page->seen_bytes++;
		}
	}
}

static int add_line(struct page *page)
{
	bool is_last = page->lines.count + 1 == page->options->lines_max, goes_on;
	size_t length = strcspn(page->rest, BREAK), next, piece, room;
	struct irc_formats formats = page->formats;
	struct str line = STR(FLOW_MAX_BYTES);
	int r;

	room = irc_split_room(&formats, page->rest, length, page->options->room_bytes);
	piece = cut_line(page->rest, length, room, page->options, &next, &goes_on);
	is_last = is_last && page->rest[next + unseen_length(page->rest + next)];
	if (is_last) /* text remains after the last line: leave space for the hint */
		piece = cut_line(page->rest, length, room - strlen(page->hint), page->options, &next,
				&goes_on);
	irc_split_append(&formats, page->rest, piece, &line);
	if (is_last)
		str_append(&line, page->hint);
	r = str_take(&line, &page->lines.line[page->lines.count]);
	if (r < 0)
		return r;
	page->lines.goes_on[page->lines.count++] = page->goes_on;
	page->goes_on = goes_on;
	advance(page, next);
	return 0;
}

/* Fill one answer with lines, starting at the position. */
static int fill_page(struct page *page)
{
	size_t lines_max = page->options->lines_max;
	int r = 0;

	page->lines.line = calloc(lines_max, sizeof(*page->lines.line));
	page->lines.goes_on = calloc(lines_max, sizeof(*page->lines.goes_on));
	if (!page->lines.line || !page->lines.goes_on)
		return -ENOMEM;
	advance(page, 0);
	while (*page->rest && page->seen_bytes < page->options->position)
		advance(page, 1);
	while (r == 0 && *page->rest && page->lines.count < lines_max)
		r = add_line(page);
	return r;
}

int irc_render(const struct reply *reply, const struct irc_render_options *options, struct irc_lines *ret,
		size_t *ret_next)
{
	size_t address_bytes = options->position == 0 ? strlen(options->address) : 0;
	struct str text = STR(FLOW_MAX_BYTES), hint = STR(64);
	struct page page = {.options = options};
	int r;

	str_printf(&hint, " (%smore)", options->prefix);
	r = hint.error ? hint.error : fill_text(&text, reply, options);
	page.hint = str_text(&hint);
	page.rest = str_text(&text);
	if (r == 0)
		r = fill_page(&page);
	if (r == 0) {
		*ret = page.lines;
		*ret_next = *page.rest ? page.seen_bytes - address_bytes : 0;
	} else {
		irc_lines_release(&page.lines);
	}
	str_release(&text);
	str_release(&hint);
	return r;
}
