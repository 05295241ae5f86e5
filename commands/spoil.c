/* !spoil - what an answer veiled, told to the person who asks and no other. */

#include "bot/core/command.h"

static int spoil(struct request *request)
{
	return request_spoil(request, request_text(request, "what"));
}

COMMAND(spoil) = {
		.aliases = {"reveal", "unveil"},
		.summary = "What was hidden as a spoiler, told to you alone",
		.details = "An episode, or any command whose answer was hidden.",
		.examples = {"spoil {episode}", "spoil who {name}"},
		.options = {{.name = "what",
				.type = OPTION_TEXT,
				.required = true,
				.help = "An episode or a command: 9, who onjo"}},
		.visibility = COMMAND_PRIVATE,
		.run = spoil,
};
