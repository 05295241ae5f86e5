/* Render a reply for Twitch. */

#include "bot/gateway/twitch/render.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/twitch/text.h"

#define FLOW_MAX_BYTES (64 * 1024)

/* The reply as on IRC, in one line. It offers no "spoil", because no answer reaches one person alone. The caller frees
 * *ret. */
static int make_flow(const struct reply *reply, const char *prefix, char **ret)
{
	struct reply shown = *reply;
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
	int r;

	shown.spoil = NULL;
	r = irc_render(&shown, &options, &lines, &next);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lines.count; i++)
		str_printf(&flow, "%s%s", i > 0 ? " · " : "", lines.line[i]);
	irc_lines_release(&lines);
	return str_take(&flow, ret);
}

/* Cut the next message off *rest. If it is the last one of the answer, but not of the reply, append
 * "(!more)". */
static int next_line(const struct twitch_render_options *options, bool is_last, const char **rest, char **ret)
{
	struct str hint = STR(64), line = STR(FLOW_MAX_BYTES);
	size_t length = strlen(*rest), next = length;

	str_printf(&hint, " (%smore)", options->prefix);
	if (utf8_codepoints(*rest) > options->room) {
		size_t room = options->room - utf8_codepoints(str_text(&hint));

		length = irc_render_cut(*rest, length, twitch_text_span(*rest, room), &next);
	}
	str_append_bytes(&line, *rest, length);
	*rest += next;
	if (**rest && is_last)
		str_append(&line, str_text(&hint));
	str_release(&hint);
	return str_take(&line, ret);
}

int twitch_render(const struct reply *reply, const struct twitch_render_options *options,
		struct irc_lines *ret, size_t *ret_next)
{
	struct irc_lines lines = {.line = calloc(options->lines_max, sizeof(*lines.line))};
	const char *rest;
	char *flow = NULL;
	int r = lines.line ? make_flow(reply, options->prefix, &flow) : -ENOMEM;

	rest = r == 0 && options->position < strlen(flow) ? flow + options->position : flow;
	while (r == 0 && *rest && lines.count < options->lines_max) {
		r = next_line(options, lines.count + 1 == options->lines_max, &rest,
				&lines.line[lines.count]);
		lines.count += r == 0;
	}
	if (r == 0) {
		*ret = lines;
		*ret_next = *rest ? (size_t)(rest - flow) : 0;
	} else {
		irc_lines_release(&lines);
	}
	free(flow);
	return r;
}
