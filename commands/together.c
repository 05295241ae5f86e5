/* A step of watching together that is due: the bot's own command. */

#include "bot/core/command.h"

static int together(struct request *request)
{
	return reply_watch_step(request);
}

COMMAND(together) = {
		.summary = "Say a step of watching together",
		.options = {{.name = "words", .type = OPTION_TEXT, .required = true, .help = "The step"}},
		.permission = PERMISSION_BOT,
		.is_about_no_show = true,
		.run = together,
};
