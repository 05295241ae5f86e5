/* !ignore - list the people the bot ignores, add one, or remove one. */

#include "bot/core/command.h"

static int list(struct request *request)
{
	const char *who;

	if (!request_ignored(request, 0))
		return reply_text(request, "The ignore list is empty.");
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
		return reply_problem(request,
				"Who? Give an account, a user ID, or a nick (if they have no account).");
	switch (request_ignore(request, who, is_ignored)) {
	case REQUEST_DONE:
		caveat = request_caveat(request);
		if (is_ignored && *caveat)
			return reply_text(request, "%s is ignored for now%s.", who, caveat);
		if (is_ignored)
			return reply_text(request, "%s is now ignored.", who);
		return reply_text(request, "%s is no longer ignored%s.", who, caveat);
	case REQUEST_ALREADY:
		return reply_problem(
				request, is_ignored ? "%s is already ignored." : "%s isn't ignored.", who);
	case REQUEST_WRONG:
		return reply_problem(request, "\"%s\" isn't an account, a user ID or a nick.",
				request_quote(request, "who"));
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(ignore) = {
		.summary = "Ignore somebody, or stop ignoring them",
		.details = "Without arguments: the list of ignored people.",
		.examples = {"ignore", "ignore add pest", "ignore remove pest"},
		.options = {{.name = "what", .type = OPTION_CHOICE, .choices = {"add", "remove"}},
				{.name = "who",
						.type = OPTION_TEXT,
						.help = "An account, a user ID, or a nick (if they have no "
							"account)"}},
		.visibility = COMMAND_PRIVATE,
		.permission = PERMISSION_OWNER,
		.run = ignore,
};
