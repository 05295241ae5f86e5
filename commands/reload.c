/* !reload - read the configuration and the datasets again, and say what came of it. */

#include <string.h>

#include "bot/core/command.h"

#define PROBLEMS_MAX 5 /* lines in an answer; the log has all */

/* Each line as an item, at most limit of them. Returns the number of the others. */
static size_t add_lines(struct request *request, const char *lines, size_t limit)
{
	size_t count = 0;

	while (*lines) {
		size_t length = strcspn(lines, "\n");

		if (length && count++ < limit)
			reply_item(request, "%.*s", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
	return count > limit ? count - limit : 0;
}

static int say(struct request *request, const struct request_reload *result)
{
	size_t left_out;

	if (result->is_restarted)
		return reply_text(request, "I was restarted in the meantime, so everything has been read "
					   "again. The log says how "
					   "it went.");
	if (!result->is_done)
		reply_text(request, "Not reloaded: I keep what I had (%s). Correct this, then reload again:",
				result->dataset);
	else if (*result->changes)
		reply_text(request, "Reloaded: %s.", result->dataset);
	else
		reply_text(request, "Reloaded: %s. Nothing has changed.", result->dataset);
	if (result->is_done)
		add_lines(request, result->changes, SIZE_MAX);
	left_out = add_lines(request, result->problems, PROBLEMS_MAX);
	if (left_out)
		return reply_footer(request, "%zu more in the log.", left_out);
	if (!result->is_done && !*result->problems)
		return reply_footer(request, "The log has the reason.");
	return 0;
}

static int reload(struct request *request)
{
	const struct request_reload *result;
	bool is_waiting;

	switch (request_reload(request, &result, &is_waiting)) {
	case REQUEST_DONE: break;
	case REQUEST_ELSEWHERE: return reply_problem(request, "There's nothing to reload here.");
	default: return reply_problem(request, "I can't reload now. The reason is in the bot's log.");
	}
	if (result)
		return say(request, result);
	if (is_waiting)
		return reply_text(request,
				"I'm still reading the datasets. The log will say how it went, and %sshows "
				"what is "
				"loaded.",
				request_prefix(request));
	return 0;
}

COMMAND(reload) = {
		.aliases = {"rehash"},
		.summary = "Read the configuration and the datasets again",
		.details = "The answer says what has changed, and which problems there are.",
		.visibility = COMMAND_PRIVATE,
		.permission = PERMISSION_OWNER,
		.run = reload,
};
