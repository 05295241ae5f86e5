/* A reminder that is due: the bot's own command. */

#include "bot/core/command.h"

static int reminding(struct request *request)
{
	return reply_reminder(request);
}

COMMAND(reminding) = {
		.summary = "Say a reminder",
		.options = {{.name = "words", .type = OPTION_TEXT, .required = true, .help = "The reminder"}},
		.permission = PERMISSION_BOT,
		.is_about_no_show = true,
		.run = reminding,
};
