/* !set - this channel's own settings: prefix, show, quiet hours, time zone, how far it has watched. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define CALLED_BYTES (ZONE_NAME_BYTES + 32)

/* The setting's name in an answer: "quiet hours (Berlin)". */
static const char *called(struct request *request, const char *name, char ret[CALLED_BYTES])
{
	char city[ZONE_NAME_BYTES];

	if (strcmp(name, "quiet") == 0)
		snprintf(ret, CALLED_BYTES, "quiet hours (%s)",
				zone_city(request_setting(request, "zone"), city));
	else
		snprintf(ret, CALLED_BYTES, "%s", strcmp(name, "zone") == 0 ? "time zone" : name);
	return ret;
}

static int elsewhere(struct request *request)
{
	return reply_problem(request, "Settings belong to a channel; please use this command there.");
}

/* "set" without arguments: list the channel's settings. */
static int show_all(struct request *request)
{
	char quiet[CALLED_BYTES], zone[ZONE_NAME_BYTES];
	const char *value;

	if (request_is_private(request))
		return elsewhere(request);
	reply_title(request, "Settings for this channel");
	value = request_setting(request, "prefix");
	reply_field(request, "Prefix", "%s", *value ? value : "default");
	value = request_setting(request, "show");
	reply_field(request, "Show", "%s", *value ? value : "default");
	value = request_setting(request, "zone");
	reply_field(request, "Time zone", "%s", *value ? zone_title(value, zone) : "default");
	called(request, "quiet", quiet);
	quiet[0] = 'Q';
	value = request_setting(request, "quiet");
	reply_field(request, quiet, "%s", *value ? value : "off");
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

/* After "set zone": what clocks show there. */
static int say_zone(struct request *request, const char *zone)
{
	struct zone_time now = zone_time_at(zone, request_now_s(request));
	char title[ZONE_NAME_BYTES];
	const char *quiet;

	zone_title(zone, title);
	reply_text(request, "New time zone for this channel: %s, where it's %02d:%02d now%s.", title,
			now.hour, now.minute, request_caveat(request));
	quiet = request_setting(request, "quiet");
	return *quiet ? reply_footer(request, "The quiet hours, %s, are hours of this time zone.", quiet) : 0;
}

static int set(struct request *request)
{
	const char *name = request_text(request, "setting"), *value = request_text(request, "value");
	char what[CALLED_BYTES], zone[ZONE_NAME_BYTES];
	const char *caveat;

	if (!name)
		return show_all(request);
	if (value && strcmp(name, "zone") == 0) {
		if (reply_zone_problem(request, "value", zone))
			return 0;
		value = zone;
	}
	switch (request_set(request, name, value)) {
	case REQUEST_DONE:
		if (strcmp(name, "seen") == 0)
			return say_line(request);
		if (value == zone)
			return say_zone(request, zone);
		called(request, name, what);
		caveat = request_caveat(request);
		if (!value)
			return reply_text(
					request, "Back to the default %s for this channel%s.", what, caveat);
		if (*caveat)
			return reply_text(request, "New %s for this channel: \"%s\"%s.", what, value, caveat);
		return reply_text(request, "New %s for this channel: %s", what, value);
	case REQUEST_WRONG:
		if (strcmp(name, "seen") == 0)
			return reply_problem(request,
					"\"%s\" isn't an episode that I know. Try \"7\", \"all\", \"off\", "
					"or for a "
					"weekly watch \"7 +1 friday 21:00 UTC\".",
					request_quote(request, "value"));
		called(request, name, what);
		return reply_problem(request,
				"\"%s\" can't be the %s. A prefix has 1 to 8 characters, a show must be one "
				"I know, quiet hours look like 22:00-07:00, and warnings are on or off.",
				request_quote(request, "value"), what);
	case REQUEST_ELSEWHERE: return elsewhere(request);
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(set) = {
		.summary = "This channel's own settings: prefix, show, quiet hours, time zone, how far it "
			   "has watched, warnings",
		.details = "Without arguments: the current settings. Without a value: back to the default. "
			   "Hours, and the quiet hours, are told in the channel's time zone. "
			   "During quiet hours only owners are answered in the channel; others get a private "
			   "answer. With \"seen\", what happens after that episode is hidden in the channel; "
			   "it can step by "
			   "itself each week. With \"warnings on\", content warnings come before a synopsis.",
		.examples = {"set prefix ?", "set show {show}", "set zone Europe/Berlin", "set seen 7"},
		.options = {{.name = "setting",
					    .type = OPTION_CHOICE,
					    .choices = {"prefix", "show", "quiet", "zone", "seen",
							    "warnings"}},
				{.name = "value",
						.type = OPTION_TEXT,
						.help = "The new value; leave it out for the default"}},
		.permission = PERMISSION_OWNER,
		.run = set,
};
