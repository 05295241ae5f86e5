/* !zone - the time zone in which you are told hours. */

#include <stdio.h>
#include <string.h>

#include "bot/core/command.h"

#define CLOCK_BYTES 16

/* "14:05": what clocks show in a zone now. */
static const char *clock_in(struct request *request, const char *zone, char ret[CLOCK_BYTES])
{
	struct zone_time now = zone_time_at(zone, request_now_s(request));

	snprintf(ret, CLOCK_BYTES, "%02d:%02d", now.hour, now.minute);
	return ret;
}

static int show_zone(struct request *request)
{
	const char *zone = request_own_zone(request);
	char clock[CLOCK_BYTES], title[ZONE_NAME_BYTES];

	if (*zone)
		return reply_text(request, "Your time zone is %s: it's %s there now.",
				zone_title(zone, title), clock_in(request, zone, clock));
	zone = request_zone(request);
	reply_footer(request, "To set it: %szone Europe/Berlin", request_prefix(request));
	if (*zone)
		return reply_text(request,
				"You haven't set a time zone. I tell you hours in this channel's: %s.",
				zone_title(zone, title));
	return reply_text(request, "You haven't set a time zone. I tell you hours where a show airs.");
}

static int forget_zone(struct request *request)
{
	switch (request_set_zone(request, NULL)) {
	case REQUEST_DONE: return reply_text(request, "Forgotten%s.", request_caveat(request));
	case REQUEST_ALREADY: return reply_problem(request, "You haven't set a time zone.");
	case REQUEST_ELSEWHERE: return reply_problem(request, "I can't remember that here.");
	default: return reply_problem(request, "I can't forget that: the store can't be written.");
	}
}

static int set_zone(struct request *request, const char *zone)
{
	char clock[CLOCK_BYTES], title[ZONE_NAME_BYTES];

	switch (request_set_zone(request, zone)) {
	case REQUEST_DONE:
		return reply_text(request, "Your time zone is now %s: it's %s there%s.",
				zone_title(zone, title), clock_in(request, zone, clock),
				request_caveat(request));
	case REQUEST_ALREADY:
		return reply_text(request, "Your time zone is %s already: it's %s there.",
				zone_title(zone, title), clock_in(request, zone, clock));
	case REQUEST_ELSEWHERE: return reply_problem(request, "I can't remember that here.");
	default:
		return reply_problem(request,
				"I can't remember that: I keep the zones of as many people as I can "
				"already, or the store can't be written.");
	}
}

static int zone_answer(struct request *request)
{
	const char *typed = request_text(request, "zone");
	char zone[ZONE_NAME_BYTES];

	if (!typed)
		return show_zone(request);
	if (strcmp(typed, "off") == 0 || strcmp(typed, "forget") == 0)
		return forget_zone(request);
	return reply_zone_problem(request, "zone", zone) ? 0 : set_zone(request, zone);
}

COMMAND(zone) = {
		.aliases = {"timezone", "tz"},
		.summary = "Your time zone, in which I tell you hours",
		.details = "Give a city or a zone, as berlin, new york or Europe/Berlin. Without it: the "
			   "zone "
			   "you have set. \"zone off\" forgets it. I remember it for your account, or for "
			   "your "
			   "nick if you have no account.",
		.examples = {"zone", "zone Europe/Berlin", "zone new york", "zone off"},
		.options = {{.name = "zone",
				.type = OPTION_ZONE,
				.choices = {"off"},
				.help = "A city or a time zone, as berlin or Europe/Berlin; or off"}},
		.visibility = COMMAND_PRIVATE,
		.has_effect = true,
		.run = zone_answer,
};
