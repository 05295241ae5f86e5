/* !more - the next page of a long answer. */

#include "bot/core/command.h"

static int more(struct request *request)
{
	if (request_more(request) < 0)
		return reply_problem(request, "That's all; there's nothing more to show.");
	return 0;
}

COMMAND(more) = {
		.aliases = {"m"},
		.summary = "The next page of the last long answer",
		.run = more,
};
