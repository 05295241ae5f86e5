/* !ping - check that the bot answers. */

#include "bot/core/command.h"

static int ping(struct request *request)
{
	return reply_text(request, "Pong.");
}

COMMAND(ping) = {
		.summary = "Check that the bot is awake",
		.run = ping,
};
