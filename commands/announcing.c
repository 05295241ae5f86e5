/* announcing - the bot's own: say that an episode airs. */

#include "bot/core/command.h"

static int announcing(struct request *request)
{
	return reply_announcing(request, request_text(request, "what"));
}

COMMAND(announcing) = {
		.summary = "Say that an episode airs",
		.options = {{.name = "what",
				.type = OPTION_TEXT,
				.help = "The announcement and the episode"}},
		.permission = PERMISSION_BOT,
		.is_about_no_show = true,
		.run = announcing,
};
