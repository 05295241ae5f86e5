/* !reload - read the configuration and the datasets again. */

#include "bot/core/command.h"

static int reload(struct request *request)
{
	if (request_reload(request) != REQUEST_DONE)
		return reply_problem(request, "There's nothing to reload here.");
	return reply_text(request,
			"Reloading the configuration and the datasets; the log will say how it went.");
}

COMMAND(reload) = {
		.aliases = {"rehash"},
		.summary = "Read the configuration and the datasets again",
		.visibility = COMMAND_PRIVATE,
		.permission = PERMISSION_OWNER,
		.run = reload,
};
