/* !ignore - no longer hear somebody, or hear them again. */

#include "bot/core/command.h"

static int list(struct request *request)
{
	const char *who;

	if (!request_ignored(request, 0))
		return reply_text(request, "Nobody is ignored here.");
	reply_title(request, "Ignored here");
	for (size_t i = 0; (who = request_ignored(request, i)) != NULL; i++)
		reply_item(request, "%s", who);
	return 0;
}

static int ignore(struct request *request)
{
	const char *what = request_text(request, "what"), *who = request_text(request, "who");
	bool is_ignored = what && what[0] == 'a';
	const char *caveat;

	if (!what)
		return list(request);
	if (!who)
		return reply_problem(
				request, "Whom? An account, a user id, or the nick of somebody without.");
	switch (request_ignore(request, who, is_ignored)) {
	case REQUEST_DONE:
		caveat = request_caveat(request);
		if (is_ignored && *caveat)
			return reply_text(request, "%s is ignored for now%s.", who, caveat);
		if (is_ignored)
			return reply_text(request, "%s is not heard any more.", who);
		return reply_text(request, "%s is heard again%s.", who, caveat);
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
		.details = "Alone it says who is not heard.",
		.examples = {"ignore", "ignore add pest", "ignore remove pest"},
		.options = {{.name = "what", .type = OPTION_CHOICE, .choices = {"add", "remove"}},
				{.name = "who",
						.type = OPTION_TEXT,
						.help = "An account, a user id, or the nick of somebody "
							"without"}},
		.visibility = COMMAND_PRIVATE,
		.permission = PERMISSION_OWNER,
		.run = ignore,
};
