/* !reload - read the configuration and the datasets anew. */

#include "bot/core/command.h"

static int reload(struct request *request)
{
	if (request_reload(request) != REQUEST_DONE)
		return reply_problem(request, "There is nothing to reload here.");
	return reply_text(request, "Reading everything anew; the log tells what came of it.");
}

COMMAND(reload) = {
		.aliases = {"rehash"},
		.summary = "Read the configuration and the datasets anew",
		.visibility = COMMAND_PRIVATE,
		.permission = PERMISSION_OWNER,
		.run = reload,
};
