/* !set - this channel's own settings: prefix, show, quiet hours, how far it has watched. */

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
	reply_field(request, "Quiet hours (UTC)", "%s", *value ? value : "off");
	value = request_setting(request, "warnings");
	reply_field(request, "Content warnings", "%s", *value ? value : "off");
	value = request_setting(request, "seen");
	return reply_field(request, "Seen so far", "%s", *value ? value : "not set");
}

/* After "set seen": what it means. */
static int say_line(struct request *request)
{
	const char *value = request_setting(request, "seen"), *caveat = request_caveat(request);
	const char *name = request_show(request)->name;

	if (!*value)
		return reply_text(request,
				"I no longer hide later episodes of %s from this channel%s. Episodes that "
				"haven't "
				"aired stay hidden.",
				name, caveat);
	return reply_text(request, "This channel has seen %s up to: %s%s. I'll hide what happens later.",
			name, value, caveat);
}

static int set(struct request *request)
{
	const char *name = request_text(request, "setting"), *value = request_text(request, "value");
	const char *caveat;

	if (!name)
		return show_all(request);
	switch (request_set(request, name, value)) {
	case REQUEST_DONE:
		if (strcmp(name, "seen") == 0)
			return say_line(request);
		caveat = request_caveat(request);
		if (!value)
			return reply_text(request, "Back to the default %s for this channel%s.", called(name),
					caveat);
		if (*caveat)
			return reply_text(request, "New %s for this channel: \"%s\"%s.", called(name), value,
					caveat);
		return reply_text(request, "New %s for this channel: %s", called(name), value);
	case REQUEST_WRONG:
		if (strcmp(name, "seen") == 0)
			return reply_problem(request,
					"\"%s\" isn't an episode that I know. Try \"7\", \"all\", \"off\", "
					"or for a "
					"weekly watch \"7 +1 friday 21:00 UTC\".",
					request_quote(request, "value"));
		return reply_problem(request,
				"\"%s\" can't be the %s. A prefix has 1 to 8 characters, a show must be one "
				"I know, quiet hours look like 22:00-07:00, and warnings are on or off.",
				request_quote(request, "value"), called(name));
	case REQUEST_ELSEWHERE: return elsewhere(request);
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(set) = {
		.summary = "This channel's own settings: prefix, show, quiet hours, how far it has watched, "
			   "warnings",
		.details = "Without arguments: the current settings. Without a value: back to the default. "
			   "During quiet hours only owners are answered in the channel; others get a private "
			   "answer. With \"seen\", what happens after that episode is hidden in the channel; "
			   "it can step by "
			   "itself each week. With \"warnings on\", content warnings come before a synopsis.",
		.examples = {"set", "set prefix ?", "set show all-of-us-are-dead", "set seen 7"},
		.options = {{.name = "setting",
					    .type = OPTION_CHOICE,
					    .choices = {"prefix", "show", "quiet", "seen", "warnings"}},
				{.name = "value",
						.type = OPTION_TEXT,
						.help = "The new value; leave it out for the default"}},
		.permission = PERMISSION_OWNER,
		.run = set,
};
