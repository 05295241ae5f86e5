/* !set - this channel's own settings: prefix, show, quiet hours, time zone, how far it has watched, warnings, announcements. */

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bot/core/command.h"

#define CALLED_BYTES (ZONE_NAME_BYTES + 32)
#define VALUE_BYTES  512

static const struct setting {
	const char *name, *called, *title;
	const char *example; /* a value */
} settings[] = {
		{"prefix", "prefix", "Prefix", "?"},
		{"show", "show", "Show", "{show}"},
		{"zone", "time zone", "Time zone", "Europe/Berlin"},
		{"quiet", "quiet hours", "Quiet hours", "22:00-07:00"},
		{"warnings", "content warnings", "Content warnings", "on"},
		{"hour", "hour for days without an hour", "Hour for days without an hour", "18:00"},
		{"late", "limit for late announcements", "Limit for late announcements", "6h"},
		{"seen", "episodes seen", "Seen so far", ""},
};
#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

static const struct setting *setting_of(const char *name)
{
	size_t i = 0;

	while (i + 1 < SETTING_COUNT && strcmp(settings[i].name, name) != 0)
		i++;
	return &settings[i];
}

/* "this channel", or "this terminal". */
static const char *here(const struct request *request)
{
	return request_is_private(request) ? "this terminal" : "this channel";
}

/* A setting's name, with the zone of its hours: "quiet hours (Berlin)". */
static const char *with_zone(struct request *request, const struct setting *setting, const char *name,
		char ret[CALLED_BYTES])
{
	char city[ZONE_NAME_BYTES];

	if (strcmp(setting->name, "quiet") == 0)
		snprintf(ret, CALLED_BYTES, "%s (%s)", name,
				zone_city(request_setting(request, "zone"), city));
	else
		snprintf(ret, CALLED_BYTES, "%s", name);
	return ret;
}

/* What !set is to be followed by in an example; a show that is loaded. */
static const char *example_of(struct request *request, const struct setting *setting)
{
	if (strcmp(setting->name, "seen") == 0)
		return request_seen_example(request);
	return strcmp(setting->name, "show") == 0 ? request_show(request)->id : setting->example;
}

/* The value for people: "22:00-07:00", "off", "default (!)". */
static const char *value_of(struct request *request, const struct setting *setting, char ret[VALUE_BYTES])
{
	const char *value = request_setting(request, setting->name);
	const struct show *show;
	char title[ZONE_NAME_BYTES];

	if (strcmp(setting->name, "zone") == 0)
		snprintf(ret, VALUE_BYTES, "%s",
				*value ? zone_title(value, title) : "default (that of each show)");
	else if (*value && strcmp(setting->name, "show") == 0 && (show = request_show_called(request, value)))
		snprintf(ret, VALUE_BYTES, "%s", show->name);
	else if (*value)
		snprintf(ret, VALUE_BYTES, "%s", value);
	else if (strcmp(setting->name, "prefix") == 0)
		snprintf(ret, VALUE_BYTES, "default (%s)", request_default_prefix(request));
	else if (strcmp(setting->name, "show") == 0)
		snprintf(ret, VALUE_BYTES, "default (%s)", request_default_show(request)->name);
	else if (strcmp(setting->name, "hour") == 0)
		snprintf(ret, VALUE_BYTES, "default (18:00)");
	else if (strcmp(setting->name, "late") == 0)
		snprintf(ret, VALUE_BYTES, "default (6h)");
	else
		snprintf(ret, VALUE_BYTES, "%s", strcmp(setting->name, "seen") == 0 ? "not set" : "off");
	return ret;
}

static int elsewhere(struct request *request)
{
	return reply_problem(request, "Settings belong to a channel; please use this command there.");
}

/* "set" alone: the settings, and how they are changed. */
static int show_all(struct request *request)
{
	const char *prefix = request_prefix(request);
	char title[CALLED_BYTES], value[VALUE_BYTES];

	reply_title(request, "Settings for %s", here(request));
	for (size_t i = 0; i < SETTING_COUNT; i++)
		reply_field(request, with_zone(request, &settings[i], settings[i].title, title), "%s",
				value_of(request, &settings[i], value));
	return reply_footer(request,
			"To change one: \"%sset quiet 22:00-07:00\". To go back: \"%sset quiet off\".",
			prefix, prefix);
}

/* "set quiet": one setting, and how it is changed. */
static int show_one(struct request *request, const struct setting *setting)
{
	const char *prefix = request_prefix(request);
	char title[CALLED_BYTES], value[VALUE_BYTES];

	reply_text(request, "%s for %s: %s", with_zone(request, setting, setting->title, title),
			here(request), value_of(request, setting, value));
	return reply_footer(request, "To change it: \"%sset %s %s\". To go back: \"%sset %s off\".", prefix,
			setting->name, example_of(request, setting), prefix, setting->name);
}

/* A word for the default, in place of a value. */
static bool is_reset(const char *value)
{
	static const char *const words[] = {"off", "none", "default", "reset", "clear", "unset"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(value, words[i]) == 0)
			return true;
	}
	return false;
}

/* After "set seen": what it means. */
static int say_line(struct request *request)
{
	const char *value = request_setting(request, "seen"), *caveat = request_caveat(request);
	const char *name = request_show(request)->name;

	if (!*value)
		return reply_text(request,
				"I no longer hide later episodes of %s from %s%s. Episodes that haven't "
				"aired stay "
				"hidden.",
				name, here(request), caveat);
	return reply_text(request, "%s has seen %s up to: %s%s. I'll hide what happens later.",
			request_is_private(request) ? "This terminal" : "This channel", name, value, caveat);
}

/* After "set zone": what clocks show there. */
static int say_zone(struct request *request, const char *zone)
{
	struct zone_time now = zone_time_at(zone, request_now_s(request));
	char title[ZONE_NAME_BYTES];
	const char *quiet;

	zone_title(zone, title);
	reply_text(request, "New time zone for %s: %s, where it's %02d:%02d now%s.", here(request), title,
			now.hour, now.minute, request_caveat(request));
	quiet = request_setting(request, "quiet");
	return *quiet ? reply_footer(request, "The quiet hours, %s, are hours of this time zone.", quiet) : 0;
}

/* After "set quiet": what clocks show now, because the zone may be a surprise. */
static int say_quiet_footer(struct request *request)
{
	const char *zone = request_setting(request, "zone");
	struct zone_time now = zone_time_at(zone, request_now_s(request));
	char city[ZONE_NAME_BYTES];

	if (*zone)
		return reply_footer(request, "It's %02d:%02d now in %s.", now.hour, now.minute,
				zone_city(zone, city));
	return reply_footer(request, "It's %02d:%02d UTC now. Other hours: \"%sset zone Berlin\".", now.hour,
			now.minute, request_prefix(request));
}

static int say_changed(struct request *request, const struct setting *setting, const char *value)
{
	const char *caveat = request_caveat(request);
	char called[CALLED_BYTES], now[VALUE_BYTES];

	if (strcmp(setting->name, "seen") == 0)
		return say_line(request);
	if (strcmp(setting->name, "zone") == 0 && value)
		return say_zone(request, value);
	with_zone(request, setting, setting->called, called);
	value_of(request, setting, now);
	/* An answer that is repeated after a restart: the setting may have been reset since. */
	if (value && !*request_setting(request, setting->name))
		snprintf(now, sizeof(now), "%s", value);
	if (!value) {
		reply_text(request, "Back to the default %s for %s%s.", called, here(request), caveat);
		return strncmp(now, "default", strlen("default")) == 0 ? reply_footer(request, "Now: %s", now)
								       : 0;
	}
	if (*caveat)
		reply_text(request, "New %s for %s: \"%s\"%s.", called, here(request), now, caveat);
	else
		reply_text(request, "New %s for %s: %s", called, here(request), now);
	return strcmp(setting->name, "quiet") == 0 ? say_quiet_footer(request) : 0;
}

/* Each setting has its own error, with an example. */
static int say_wrong(struct request *request, const struct setting *setting, const char *value)
{
	const char *typed = request_quote(request, "value"), *prefix = request_prefix(request);

	if (strcmp(setting->name, "prefix") == 0)
		return reply_problem(request,
				"\"%s\" can't be the prefix: it has 1 to 8 characters and no space, as in "
				"\"%sset prefix ?\".",
				typed, prefix);
	if (strcmp(setting->name, "show") == 0)
		return reply_problem(request,
				"\"%s\" can't be the show. \"%sshows\" lists those that I know, as in "
				"\"%sset show %s\".",
				typed, prefix, prefix, example_of(request, setting));
	if (strcmp(setting->name, "quiet") == 0)
		return reply_problem(request,
				"\"%s\" can't be the quiet hours: they're two different times of the day, as "
				"in "
				"\"%sset quiet 22:00-07:00\" or \"%sset quiet 10pm-7am\".",
				typed, prefix, prefix);
	if (strcmp(setting->name, "warnings") == 0)
		return reply_problem(request,
				"Content warnings are on or off, not \"%s\", as in \"%sset warnings on\".",
				typed, prefix);
	if (strcmp(setting->name, "hour") == 0)
		return reply_problem(request,
				"\"%s\" is no time of the day. When shall I announce an episode whose hour "
				"isn't "
				"known? Try \"%sset hour 18:00\".",
				typed, prefix);
	if (strcmp(setting->name, "late") == 0)
		return reply_problem(request,
				"\"%s\" is no time up to a week. How late may an announcement come? Try "
				"\"%sset "
				"late 6h\" or \"%sset late 2d\".",
				typed, prefix, prefix);
	if (strcmp(setting->name, "zone") == 0)
		return reply_problem(request,
				"I don't know the time zone \"%s\". Try \"%sset zone Europe/Berlin\".", typed,
				prefix);
	return reply_seen_problem(request, value);
}

/* The typed value without a sign in front of it: "= ?", ": ?". */
static const char *tidy(const char *value)
{
	if (value && (value[0] == '=' || value[0] == ':') && value[1] == ' ')
		return value + 1 + strspn(value + 1, " ");
	return value;
}

static int set(struct request *request)
{
	const char *name = request_text(request, "setting"), *value = tidy(request_text(request, "value"));
	const struct setting *setting;
	char zone[ZONE_NAME_BYTES];

	if (!request_has_settings(request))
		return elsewhere(request);
	if (!name)
		return show_all(request);
	setting = setting_of(name);
	if (!value)
		return show_one(request, setting);
	if (is_reset(value))
		value = NULL;
	else if (strcmp(name, "zone") == 0) {
		if (reply_zone_problem(request, "value", zone))
			return 0;
		value = zone;
	}
	switch (request_set(request, name, value)) {
	case REQUEST_DONE: return say_changed(request, setting, value);
	case REQUEST_WRONG: return say_wrong(request, setting, value);
	case REQUEST_ELSEWHERE: return elsewhere(request);
	case REQUEST_FULL:
		return reply_problem(
				request, "I can't keep that: too many channels have settings of their own.");
	default: return reply_problem(request, "I can't save that: the store can't be written.");
	}
}

COMMAND(set) = {
		.summary = "This channel's own settings: prefix, show, quiet hours, time zone, how far it "
			   "has watched, warnings, announcements",
		.details = "Without arguments: all settings. Without a value: that setting. \"off\": back to "
			   "the "
			   "default. "
			   "Hours, and the quiet hours, are told in the channel's time zone. "
			   "During quiet hours only owners are answered in the channel; others get a private "
			   "answer. With \"seen\", what happens after that episode is hidden in the channel; "
			   "it can step by "
			   "itself each week. With \"warnings on\", content warnings come before a synopsis. "
			   "\"hour\" and \"late\" are for announcements: when to announce an episode whose "
			   "hour isn't "
			   "known, and how late one may come.",
		.examples = {"set quiet 22:00-07:00", "set show {show}", "set zone Europe/Berlin",
				"set seen 7"},
		.options = {{.name = "setting",
					    .type = OPTION_CHOICE,
					    .choices = {"prefix", "show", "quiet", "zone", "seen", "warnings",
							    "hour", "late"}},
				{.name = "value",
						.type = OPTION_TEXT,
						.help = "The new value, or \"off\" for the default; leave it "
							"out to see the "
							"present one"}},
		.permission = PERMISSION_OWNER,
		.run = set,
};
