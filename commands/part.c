/* !part - the bot leaves a channel and stays out, also after a restart. */

#include "bot/core/command.h"

static int part(struct request *request)
{
	const char *channel = request_text(request, "channel");

	if (!channel && request_is_private(request))
		return reply_problem(request, "Which channel?");
	if (!channel)
		channel = request_channel(request);
	switch (request_part(request, channel)) {
	case REQUEST_DONE: return reply_text(request, "Leaving %s%s.", channel, request_caveat(request));
	case REQUEST_ALREADY: return reply_problem(request, "I am not in %s.", channel);
	case REQUEST_WRONG:
		return reply_problem(
				request, "\"%s\" is no channel's name.", request_quote(request, "channel"));
	case REQUEST_ELSEWHERE: return reply_problem(request, "Channels are left on IRC and Twitch only.");
	default: return reply_problem(request, "That cannot be kept: the store cannot be written.");
	}
}

COMMAND(part) = {
		.aliases = {"leave"},
		.summary = "Leave a channel, also after a restart",
		.examples = {"part #tv", "part"},
		.options = {{.name = "channel",
				.type = OPTION_TEXT,
				.help = "Its name; this one when left out"}},
		.permission = PERMISSION_OWNER,
		.run = part,
};
