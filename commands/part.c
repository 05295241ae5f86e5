/* !part - leave a channel and stay out of it after a restart. */

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
	case REQUEST_ALREADY: return reply_problem(request, "I'm not in %s.", channel);
	case REQUEST_WRONG:
		return reply_problem(
				request, "\"%s\" isn't a channel name.", request_quote(request, "channel"));
	case REQUEST_ELSEWHERE: return reply_problem(request, "I can only leave channels on IRC and Twitch.");
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(part) = {
		.aliases = {"leave"},
		.summary = "Leave a channel, and stay out of it after a restart",
		.examples = {"part #tv", "part"},
		.options = {{.name = "channel",
				.type = OPTION_TEXT,
				.help = "The channel's name; leave it out for this channel"}},
		.permission = PERMISSION_OWNER,
		.run = part,
};
