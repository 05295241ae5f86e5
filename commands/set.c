/* !set - what is different in this channel: prefix, show, quiet hours. */

#include <string.h>

#include "bot/core/command.h"

/* What a person calls a setting. */
static const char *called(const char *name)
{
	return strcmp(name, "quiet") == 0 ? "quiet hours (UTC)" : name;
}

static int elsewhere(struct request *request)
{
	return reply_problem(request, "Settings belong to a channel; say it there.");
}

/* Nothing named: what there is. */
static int show_all(struct request *request)
{
	const char *value;

	if (request_is_private(request))
		return elsewhere(request);
	reply_title(request, "Settings here");
	value = request_setting(request, "prefix");
	reply_field(request, "Prefix", "%s", *value ? value : "as everywhere");
	value = request_setting(request, "show");
	reply_field(request, "Show", "%s", *value ? value : "as everywhere");
	value = request_setting(request, "quiet");
	return reply_field(request, "Quiet hours (UTC)", "%s", *value ? value : "none");
}

static int set(struct request *request)
{
	const char *name = request_text(request, "setting"), *value = request_text(request, "value");
	const char *caveat;

	if (!name)
		return show_all(request);
	switch (request_set(request, name, value)) {
	case REQUEST_DONE:
		caveat = request_caveat(request);
		if (!value)
			return reply_text(request, "%s, %s here: as everywhere%s.",
					*caveat ? "For now" : "From now on", called(name), caveat);
		if (*caveat)
			return reply_text(
					request, "For now, %s here: \"%s\"%s.", called(name), value, caveat);
		return reply_text(request, "From now on, %s here: %s", called(name), value);
	case REQUEST_WRONG:
		return reply_problem(request,
				"\"%s\" cannot be the %s: a prefix is 1 to 8 signs, a show one I know, quiet "
				"hours "
				"are like 22:00-07:00.",
				request_quote(request, "value"), called(name));
	case REQUEST_ELSEWHERE: return elsewhere(request);
	default: return reply_problem(request, "That cannot be kept: the store cannot be written.");
	}
}

COMMAND(set) = {
		.summary = "What is different in this channel: prefix, show, quiet hours",
		.details = "Alone it says what is set. Without a value a setting is as everywhere again. In "
			   "quiet "
			   "hours the channel hears answers to owners only; others are answered in private.",
		.examples = {"set", "set prefix ?", "set show all-of-us-are-dead", "set quiet 22:00-07:00"},
		.options = {{.name = "setting",
					    .type = OPTION_CHOICE,
					    .choices = {"prefix", "show", "quiet"}},
				{.name = "value",
						.type = OPTION_TEXT,
						.help = "What it is to be; nothing: as everywhere"}},
		.permission = PERMISSION_OWNER,
		.run = set,
};
