/* !progress - how far the person who asks has watched each show. */

#include "bot/core/command.h"

static int progress(struct request *request)
{
	return reply_progress(request);
}

COMMAND(progress) = {
		.aliases = {"watched"},
		.summary = "How far you have watched, as you told me",
		.examples = {"progress"},
		.visibility = COMMAND_PRIVATE,
		.run = progress,
};
