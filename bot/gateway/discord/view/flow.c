/* Paragraphs divided into pages. */

#include "bot/gateway/discord/view/flow.h"

#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/markup.h"

#define VEIL        "||"
#define VEIL_UNITS  4   /* of both markers */
#define PIECE_LEAST 200 /* units; with less space left, a paragraph starts on the next page */

static void turn_page(struct discord_flow *flow)
{
	flow->page++;
	flow->used = 0;
	flow->parts = 0;
}

/* Does the paragraph begin a part on this page? */
static bool begins_part(const struct discord_flow *flow, bool is_veiled)
{
	return flow->has_parts && (!flow->parts || flow->is_part_veiled != is_veiled);
}

static void begin_part(struct discord_flow *flow, bool is_veiled)
{
	flow->parts++;
	flow->is_part_veiled = is_veiled;
	if (flow->page == flow->wanted)
		str_append_char(flow->out, is_veiled ? DISCORD_FLOW_VEILED : DISCORD_FLOW_CLEAR);
}

/* A part of text that takes these units; more than it takes only if the page ends with it. */
static void put(struct discord_flow *flow, const char *lead, const char *text, size_t length, size_t units,
		bool is_veiled)
{
	bool has_bars = is_veiled && !flow->has_parts, is_first = !flow->used || begins_part(flow, is_veiled);
	enum discord_markup_mode mode = has_bars ? DISCORD_MARKUP_VEILED : DISCORD_MARKUP_ESCAPED;
	struct str *out = flow->page == flow->wanted ? flow->out : NULL;

	if (begins_part(flow, is_veiled))
		begin_part(flow, is_veiled);
	if (out) {
		struct str piece = STR(length ? length : 1);

		str_append_bytes(&piece, text, length);
		str_append(out, is_first ? "" : "\n");
		str_append(out, lead);
		str_append(out, has_bars ? VEIL : "");
		discord_markup_append(out, str_text(&piece), mode, DISCORD_MARKUP_NO_LIMIT, NULL);
		str_append(out, has_bars ? VEIL : "");
		out->error = out->error ? out->error : piece.error;
		str_release(&piece);
	}
	flow->used += (flow->used > 0) + utf8_utf16_units(lead) + (has_bars ? VEIL_UNITS : 0) + units;
}

/* Move back to the end of a word, if one is near. */
static size_t at_a_word(const char *text, size_t length)
{
	if (!text[length])
		return length;
	for (size_t at = length; at > length / 2; at--) {
		if (text[at] == ' ')
			return at;
	}
	return length;
}

/* How much of the paragraph fits into the room, and its units. True if it is the whole of it. */
static bool fits(const char *text, enum discord_markup_mode mode, size_t frame_units, size_t room_units,
		size_t *ret_length, size_t *ret_units)
{
	*ret_length = *ret_units = 0;
	if (frame_units > room_units)
		return false;
	*ret_length = discord_markup_append(NULL, text, mode, room_units - frame_units, ret_units);
	return !text[*ret_length];
}

void discord_flow_add(struct discord_flow *flow, const char *lead, const char *text, bool is_veiled)
{
	enum discord_markup_mode mode;
	bool has_bars;

	is_veiled = is_veiled && !discord_markup_is_blank(text);
	has_bars = is_veiled && !flow->has_parts;
	mode = has_bars ? DISCORD_MARKUP_VEILED : DISCORD_MARKUP_ESCAPED;
	for (;;) {
		size_t frame = utf8_utf16_units(lead) + (has_bars ? VEIL_UNITS : 0), room, length, units;
		size_t next_length, next_units;

		if (begins_part(flow, is_veiled) && flow->parts == DISCORD_FLOW_PARTS_MAX)
			turn_page(flow);
		room = flow->page_units - flow->used;
		/* It starts on the next page if it fits there whole, or if too little of it fits here. */
		if (!fits(text, mode, frame + (flow->used > 0), room, &length, &units) && flow->used &&
				(fits(text, mode, frame, flow->page_units, &next_length, &next_units) ||
						room < frame + PIECE_LEAST)) {
			turn_page(flow);
			length = next_length;
			units = next_units;
		}
		length = at_a_word(text, length);
		put(flow, lead, text, length, units, is_veiled);
		text += length;
		text += strspn(text, " ");
		if (!*text)
			return;
		turn_page(flow);
		lead = "";
	}
}
