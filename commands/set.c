/* !set - this channel's own settings: prefix, show, quiet hours. */

#include <string.h>

#include "bot/core/command.h"

/* The setting's name in an answer. */
static const char *called(const char *name)
{
	return strcmp(name, "quiet") == 0 ? "quiet hours (UTC)" : name;
}

static int elsewhere(struct request *request)
{
	return reply_problem(request, "Settings belong to a channel; please use this command there.");
}

/* "set" without arguments: list the channel's settings. */
static int show_all(struct request *request)
{
	const char *value;

	if (request_is_private(request))
		return elsewhere(request);
	reply_title(request, "Settings for this channel");
	value = request_setting(request, "prefix");
	reply_field(request, "Prefix", "%s", *value ? value : "default");
	value = request_setting(request, "show");
	reply_field(request, "Show", "%s", *value ? value : "default");
	value = request_setting(request, "quiet");
	return reply_field(request, "Quiet hours (UTC)", "%s", *value ? value : "off");
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
			return reply_text(request, "Back to the default %s for this channel%s.", called(name),
					caveat);
		if (*caveat)
			return reply_text(request, "New %s for this channel: \"%s\"%s.", called(name), value,
					caveat);
		return reply_text(request, "New %s for this channel: %s", called(name), value);
	case REQUEST_WRONG:
		return reply_problem(request,
				"\"%s\" can't be the %s. A prefix has 1 to 8 characters, a show must be one "
				"I know, and quiet hours look like 22:00-07:00.",
				request_quote(request, "value"), called(name));
	case REQUEST_ELSEWHERE: return elsewhere(request);
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(set) = {
		.summary = "This channel's own settings: prefix, show, quiet hours",
		.details = "Without arguments: the current settings. Without a value: back to the default. "
			   "During quiet hours only owners are answered in the channel; others get a private "
			   "answer.",
		.examples = {"set", "set prefix ?", "set show all-of-us-are-dead", "set quiet 22:00-07:00"},
		.options = {{.name = "setting",
					    .type = OPTION_CHOICE,
					    .choices = {"prefix", "show", "quiet"}},
				{.name = "value",
						.type = OPTION_TEXT,
						.help = "The new value; leave it out for the default"}},
		.permission = PERMISSION_OWNER,
		.run = set,
};
