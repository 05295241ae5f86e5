/* A reply as few messages of Twitch's. */

#include "bot/gateway/irc/twitch_render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/split.h"
#include "bot/gateway/irc/twitch_text.h"

#define FLOW_MAX_BYTES (64 * 1024)
#define NOT_SAID       "Not said here, where nothing can be hidden from those who have not seen it."

/* What IRC would show on one endless line. The caller frees *ret. */
static int make_flow(const struct reply *reply, const char *prefix, char **ret)
{
	const struct irc_render_options options = {
		.room_bytes = FLOW_MAX_BYTES / 2,
		.lines_max = IRC_RENDER_LINES_MAX,
		.address = "",
		.prefix = prefix,
		.is_plain = true,
	};
	struct str flow = STR(FLOW_MAX_BYTES);
	struct irc_lines lines;
	size_t next;
	int r = irc_render(reply, &options, &lines, &next);

	if (r < 0)
		return r;
	for (size_t i = 0; i < lines.count; i++)
		str_printf(&flow, "%s%s", i > 0 ? " · " : "", lines.line[i]);
	irc_lines_release(&lines);
	return str_take(&flow, ret);
}

/* The same reply without what it veils. */
static struct reply without_spoiler(const struct reply *reply)
{
	static char not_said[] = NOT_SAID;
	struct reply plain = *reply;

	if (reply->spoiler) {
		plain.text = not_said;
		plain.field_count = 0;
		plain.item_count = 0;
	}
	return plain;
}

int twitch_render(const struct reply *reply, const struct twitch_render_options *options,
	struct irc_lines *ret, size_t *ret_next)
{
	const struct reply plain = without_spoiler(reply);
	struct str hint = STR(64);
	struct irc_lines lines = {.line = calloc(options->lines_max, sizeof(*lines.line))};
	char *flow = NULL, *rest;
	size_t number = 0, length, next;
	int r = lines.line ? make_flow(&plain, options->prefix, &flow) : -ENOMEM;

	str_printf(&hint, " (%smore)", options->prefix);
	rest = flow;
	/* Lines before the first one were said already; every line has room for the hint. */
	while (r == 0 && *rest && lines.count < options->lines_max) {
		size_t room = options->room - utf8_codepoints(str_text(&hint));
		struct str line = STR(FLOW_MAX_BYTES);

		length = strlen(rest);
		if (utf8_codepoints(rest) <= options->room)
			next = length;
		else
			length = irc_split(rest, length, twitch_text_span(rest, room), &next);
		if (number++ >= options->first_line) {
			str_append_bytes(&line, rest, length);
			if (rest[next] && lines.count + 1 == options->lines_max)
				str_append(&line, str_text(&hint));
			r = str_take(&line, &lines.line[lines.count]);
			lines.count += r == 0;
		}
		rest += next;
	}
	if (r == 0) {
		*ret = lines;
		*ret_next = *rest ? number : 0;
	} else {
		irc_lines_release(&lines);
	}
	free(flow);
	str_release(&hint);
	return r;
}
