/* !set - what is different in this channel: prefix, show, quiet hours. */

#include "bot/command.h"

static int set(struct request *request)
{
	const char *name = request_text(request, "setting"), *value = request_text(request, "value");

	switch (request_set(request, name, value)) {
	case REQUEST_DONE:
		if (!value)
			return reply_text(request, "The %s is here as everywhere.", name);
		return reply_text(request, "From now on, the %s here: %s", name, value);
	case REQUEST_WRONG:
		return reply_problem(request,
			"\"%s\" cannot be the %s: a prefix is 1 to 8 signs, a show one I know, quiet hours "
			"are like 22:00-07:00 (UTC).",
			request_quote(request, "value"), name);
	case REQUEST_ELSEWHERE: return reply_problem(request, "Settings belong to a channel; say it there.");
	default: return reply_problem(request, "That cannot be kept: the store cannot be written.");
	}
}

COMMAND(set) = {
	.summary = "What is different in this channel: prefix, show, quiet hours",
	.details = "Without a value the setting is as everywhere again. In quiet hours only owners are "
		   "answered.",
	.examples = {"set prefix ?", "set show all-of-us-are-dead", "set quiet 22:00-07:00", "set quiet"},
	.options = {{.name = "setting",
			    .type = OPTION_CHOICE,
			    .required = true,
			    .choices = {"prefix", "show", "quiet"}},
		{.name = "value", .type = OPTION_TEXT, .help = "What it is to be; nothing: as everywhere"}},
	.permission = PERMISSION_OWNER,
	.run = set,
};
