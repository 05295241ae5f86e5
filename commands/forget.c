/* !forget - forget a reminder. */

#include "bot/core/command.h"

static int forget(struct request *request)
{
	long number = request_integer(request, "number");

	switch (request_forget(request, number)) {
	case REQUEST_DONE: return reply_text(request, "Forgotten%s.", request_caveat(request));
	case REQUEST_ALREADY:
		return reply_problem(request, "You have no reminder %ld. \"%sreminders\" lists yours.",
				number, request_prefix(request));
	case REQUEST_ELSEWHERE: return reply_problem(request, "There are no reminders here.");
	default: return reply_problem(request, "I can't forget that: the store can't be written.");
	}
}

COMMAND(forget) = {
		.summary = "Forget one of your reminders",
		.details = "Give its number in \"reminders\". An owner can forget those of others for the "
			   "channel.",
		.examples = {"forget 2"},
		.options = {{.name = "number",
				.type = OPTION_INTEGER,
				.required = true,
				.low = 1,
				.high = 99,
				.help = "Its number, as \"reminders\" lists it"}},
		.visibility = COMMAND_PRIVATE,
		.has_effect = true,
		.run = forget,
};
