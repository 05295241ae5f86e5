/* !ignore - no longer hear somebody, or hear them again. */

#include "bot/command.h"

static int ignore(struct request *request)
{
	const char *what = request_text(request, "what"), *who = request_text(request, "who");
	bool is_ignored = what[0] == 'a';

	switch (request_ignore(request, who, is_ignored)) {
	case REQUEST_DONE:
		return reply_text(
			request, is_ignored ? "%s is not heard any more." : "%s is heard again.", who);
	case REQUEST_ALREADY:
		return reply_problem(
			request, is_ignored ? "%s is ignored already." : "%s is not ignored.", who);
	case REQUEST_WRONG:
		return reply_problem(request, "\"%s\" is nobody's name.", request_quote(request, "who"));
	default: return reply_problem(request, "That cannot be kept: the store cannot be written.");
	}
}

COMMAND(ignore) = {
	.summary = "No longer hear somebody, or hear them again",
	.examples = {"ignore add pest", "ignore remove pest"},
	.options = {{.name = "what", .type = OPTION_CHOICE, .required = true, .choices = {"add", "remove"}},
		{.name = "who",
			.type = OPTION_TEXT,
			.required = true,
			.help = "An account, a user id, or the nick of somebody without"}},
	.visibility = COMMAND_PRIVATE,
	.permission = PERMISSION_OWNER,
	.run = ignore,
};
