/* !ping - is anybody there? */

#include "bot/core/command.h"

static int ping(struct request *request)
{
	return reply_text(request, "Pong.");
}

COMMAND(ping) = {
		.summary = "Whether the bot is there",
		.run = ping,
};
