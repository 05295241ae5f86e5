/* !join - the bot enters a channel and stays in it, also after a restart. */

#include "bot/core/command.h"

static int join(struct request *request)
{
	const char *channel = request_text(request, "channel");

	switch (request_join(request, channel)) {
	case REQUEST_DONE: return reply_text(request, "On my way to %s%s.", channel, request_caveat(request));
	case REQUEST_ALREADY: return reply_problem(request, "I am to be in %s already.", channel);
	case REQUEST_WRONG:
		return reply_problem(
				request, "\"%s\" is no channel's name.", request_quote(request, "channel"));
	case REQUEST_ELSEWHERE:
		return reply_problem(request,
				"Channels are joined on IRC and Twitch only; elsewhere I am invited.");
	default: return reply_problem(request, "That cannot be kept: the store cannot be written.");
	}
}

COMMAND(join) = {
		.summary = "Enter a channel, also after a restart",
		.examples = {"join #tv"},
		.options = {{.name = "channel",
				.type = OPTION_TEXT,
				.required = true,
				.help = "Its name, with the #"}},
		.permission = PERMISSION_OWNER,
		.run = join,
};
