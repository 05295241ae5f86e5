/* A reply as a few lines of IRC. */

#include "bot/gateway/irc/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/split.h"

#define BOLD "\x02"
#define VEIL                                                                                                 \
	"\x03"                                                                                               \
	"01,01" /* black on black: shown by selecting it */
#define UNVEIL         "\x0F"
#define SEPARATOR      " · "
#define FLOW_MAX_BYTES (64 * 1024)
#define BODY_LEAST     24 /* bytes of text beside a long title; with less it gets lines of its own */

/* One flow of text with something in front. */
struct paragraph {
	struct str lead; /* formatted; on the first line only */
	struct str body;
	bool is_veiled;
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

static int add_line(struct irc_lines *lines, struct str *text, bool goes_on)
{
	int r = 0;

	if (lines->count < IRC_RENDER_LINES_MAX)
		r = str_take(text, &lines->line[lines->count]);
	if (r == 0 && lines->count < IRC_RENDER_LINES_MAX)
		lines->goes_on[lines->count++] = goes_on;
	str_release(text);
	return r;
}

/* A cut between two thoughts reads better, where one is not far. */
static size_t cut_at_separator(const char *body, size_t piece, size_t *next)
{
	size_t length = strlen(SEPARATOR), at = *next;

	while (at > length && at > piece / 2) {
		if (memcmp(body + at - length, SEPARATOR, length) == 0) {
			*next = at;
			return at - length;
		}
		at--;
	}
	return piece;
}

/* What fits room of text; *ret_next is where the next line begins, *ret_goes_on how. */
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

/* Nothing of it would be seen: each line ends its formats itself. */
static bool is_only_formats(const char *text, size_t length)
{
	size_t at = 0, one;

	while ((one = irc_format_length(text + at, length - at)) > 0)
		at += one;
	return at == length;
}

/* Cut text into lines. */
static int add_flow(struct irc_lines *lines, const char *text, const struct irc_render_options *options,
	size_t room_bytes)
{
	struct irc_formats formats = {0};
	size_t length = strlen(text), next;
	bool goes_on = false, next_goes_on;
	int r = 0;

	while (!is_only_formats(text, length) && r == 0) {
		struct str line = STR(FLOW_MAX_BYTES);
		size_t room = irc_split_room(&formats, text, length, room_bytes);
		size_t piece = cut_line(text, length, room, options, &next, &next_goes_on);

		irc_split_append(&formats, text, piece, &line);
		r = add_line(lines, &line, goes_on);
		goes_on = next_goes_on;
		text += next;
		length -= next;
	}
	return r;
}

static int add_paragraph(struct irc_lines *lines, const struct paragraph *paragraph,
	const struct irc_render_options *options, size_t room_bytes)
{
	const char *lead = str_text(&paragraph->lead), *body = str_text(&paragraph->body);
	struct str text = STR(FLOW_MAX_BYTES);
	int r = 0;

	if (*body && strlen(lead) + strlen(VEIL UNVEIL) + BODY_LEAST <= room_bytes)
		str_append(&text, lead);
	else
		r = add_flow(lines, lead, options, room_bytes);
	if (*body)
		str_printf(&text, "%s%s%s", paragraph->is_veiled ? VEIL : "", body,
			paragraph->is_veiled ? UNVEIL : "");
	if (r == 0)
		r = paragraph->lead.error || paragraph->body.error || text.error
			    ? -ENOMEM
			    : add_flow(lines, str_text(&text), options, room_bytes);
	str_release(&text);
	return r;
}

static void add_part(struct str *flow, const char *text)
{
	if (flow->length > 0)
		str_append(flow, SEPARATOR);
	str_append(flow, text);
}

static void fill_lead(struct str *lead, const struct reply *reply, const struct irc_render_options *options)
{
	const char *bold = options->is_plain ? "" : BOLD;
	bool has_body = reply->text || reply->field_count > 0 || reply->item_count > 0;

	str_append(lead, options->address);
	if (reply->title)
		str_printf(
			lead, "%s%s%s%s", bold, reply->title, bold, reply->spoiler || !has_body ? " " : ": ");
	if (reply->spoiler)
		str_printf(lead, "[%s] ", reply->spoiler);
}

static void fill_body(struct str *body, const struct reply *reply)
{
	size_t i;

	if (reply->text)
		add_part(body, reply->text);
	for (i = 0; i < reply->field_count; i++) {
		add_part(body, reply->fields[i].name);
		str_printf(body, ": %s", reply->fields[i].value);
	}
	for (i = 0; i < reply->item_count; i++)
		add_part(body, reply->items[i]);
}

/* What is never veiled: the footer, and after a problem what may have been meant. */
static void fill_end(struct str *end, const struct reply *reply, const char *prefix)
{
	size_t i;

	if (reply->footer)
		add_part(end, reply->footer);
	if (reply->kind != REPLY_PROBLEM)
		return;
	for (i = 0; i < reply->choice_count; i++) {
		if (i == 0)
			add_part(end, "Try: ");
		str_printf(end, "%s%s%s", i > 0 ? ", " : "", prefix, reply->choices[i].command);
	}
}

static int render_all(const struct reply *reply, const struct irc_render_options *options, size_t room_bytes,
	struct irc_lines *ret)
{
	bool is_veiled = reply->spoiler && !options->is_plain;
	struct paragraph main = {STR(FLOW_MAX_BYTES), STR(FLOW_MAX_BYTES), is_veiled};
	struct paragraph end = {STR(FLOW_MAX_BYTES), STR(FLOW_MAX_BYTES), false};
	struct irc_lines lines = {
		.line = calloc(IRC_RENDER_LINES_MAX, sizeof(*lines.line)),
		.goes_on = calloc(IRC_RENDER_LINES_MAX, sizeof(*lines.goes_on)),
	};
	int r = lines.line && lines.goes_on ? 0 : -ENOMEM;

	fill_lead(&main.lead, reply, options);
	fill_body(&main.body, reply);
	fill_end(main.is_veiled ? &end.body : &main.body, reply, options->prefix);
	if (r == 0)
		r = add_paragraph(&lines, &main, options, room_bytes);
	if (r == 0)
		r = add_paragraph(&lines, &end, options, room_bytes);
	if (r == 0)
		*ret = lines;
	else
		irc_lines_release(&lines);
	str_release(&main.lead);
	str_release(&main.body);
	str_release(&end.lead);
	str_release(&end.body);
	return r;
}

/* Keep the lines of this answer; the hint goes to the last one. */
static int keep_answer(
	struct irc_lines *lines, const struct irc_render_options *options, const char *hint, size_t *ret_next)
{
	size_t first = options->first_line < lines->count ? options->first_line : lines->count;
	size_t count = lines->count - first, i;
	bool has_more = count > options->lines_max;
	struct str last = STR(FLOW_MAX_BYTES);
	char *text;
	int r;

	if (has_more)
		count = options->lines_max;
	for (i = 0; i < lines->count; i++) {
		if (i < first || i >= first + count)
			free(lines->line[i]);
	}
	memmove(lines->line, lines->line + first, count * sizeof(*lines->line));
	memmove(lines->goes_on, lines->goes_on + first, count * sizeof(*lines->goes_on));
	lines->goes_on[0] = false; /* there is always one, if only a free place */
	lines->count = count;
	*ret_next = has_more ? first + count : 0;
	if (!has_more)
		return 0;
	str_printf(&last, "%s%s", lines->line[count - 1], hint);
	r = str_take(&last, &text);
	if (r < 0)
		return r;
	free(lines->line[count - 1]);
	lines->line[count - 1] = text;
	return 0;
}

int irc_render(const struct reply *reply, const struct irc_render_options *options, struct irc_lines *ret,
	size_t *ret_next)
{
	struct str hint = STR(64);
	struct irc_lines lines = {0};
	size_t next = 0;
	int r;

	str_printf(&hint, " (%smore)", options->prefix);
	r = render_all(reply, options, options->room_bytes, &lines);
	/* A long one leaves room for the hint in all its lines, so that they are the same in each answer. */
	if (r == 0 && lines.count > options->lines_max) {
		irc_lines_release(&lines);
		r = render_all(reply, options, options->room_bytes - hint.length, &lines);
	}
	if (r == 0)
		r = keep_answer(&lines, options, str_text(&hint), &next);
	if (r == 0) {
		*ret = lines;
		*ret_next = next;
	} else {
		irc_lines_release(&lines);
	}
	str_release(&hint);
	return r;
}
