/* !join - join a channel now and after every restart. */

#include "bot/core/command.h"

static int join(struct request *request)
{
	const char *channel = request_text(request, "channel");

	switch (request_join(request, channel)) {
	case REQUEST_DONE: return reply_text(request, "On my way to %s%s.", channel, request_caveat(request));
	case REQUEST_ALREADY: return reply_problem(request, "I'm already in %s.", channel);
	case REQUEST_WRONG:
		return reply_problem(
				request, "\"%s\" isn't a channel name.", request_quote(request, "channel"));
	case REQUEST_ELSEWHERE:
		return reply_problem(request,
				"I can only join channels on IRC and Twitch; on Discord, please invite me.");
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(join) = {
		.summary = "Join a channel, and join it again after a restart",
		.examples = {"join #tv"},
		.options = {{.name = "channel",
				.type = OPTION_TEXT,
				.required = true,
				.help = "The channel's name, with its #"}},
		.permission = PERMISSION_OWNER,
		.run = join,
};
