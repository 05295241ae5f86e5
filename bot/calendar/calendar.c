/* Calendars by libical. libical's objects end in this file; of its time zones only UTC is used (docs/decisions/11). */

#include "bot/calendar/calendar.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/zone.h"

#define PRODUCT       "-//episoded//calendar//EN" /* without a version: an update is no change of the calendar */
#define UID_AT        "@episoded"
#define UID_MAX_BYTES 1024
#define REFRESH_S     (6 * 3600)
#define MORNING_S     (9 * 3600) /* when the alarm of a day goes off */
#define MINUTE_S      60

/* libical answers a call that ran out of memory with NULL, takes such a NULL as an error, and remembers the first one. */
static void begin(void)
{
	icalerror_set_errors_are_fatal(0);
	icalerror_clear_errno();
}

static int end(void)
{
	return icalerrno == ICAL_NO_ERROR ? 0 : -ENOMEM;
}

/* ---------------------------------------------------------------- writing */

static struct icaltimetype moment_of(int64_t moment_s)
{
	struct zone_time at = zone_time_at("", moment_s);
	struct icaltimetype time = icaltime_null_time();

	time.year = at.year;
	time.month = at.month;
	time.day = at.day;
	time.hour = at.hour;
	time.minute = at.minute;
	time.second = at.second;
	time.zone = icaltimezone_get_utc_timezone();
	return time;
}

static struct icaltimetype day_of(int64_t moment_s)
{
	struct icaltimetype time = moment_of(moment_s);

	time.hour = time.minute = time.second = 0;
	time.is_date = 1;
	time.zone = NULL;
	return time;
}

static void add(icalcomponent *component, icalproperty *property)
{
	icalcomponent_add_property(component, property);
}

static void add_text(icalcomponent *component, const char *name, const char *text)
{
	icalproperty *property = icalproperty_new_x(text);

	if (property)
		icalproperty_set_x_name(property, name);
	add(component, property);
}

static icalcomponent *alarm_of(const struct calendar_event *event, int alarm_minutes)
{
	icalcomponent *alarm = icalcomponent_new_valarm();
	struct icaltriggertype trigger = {
			.duration = icaldurationtype_from_int(
					event->is_day ? MORNING_S : -alarm_minutes * MINUTE_S)};

	trigger.time = icaltime_null_time();
	add(alarm, icalproperty_new_action(ICAL_ACTION_DISPLAY));
	add(alarm, icalproperty_new_trigger(trigger));
	add(alarm, icalproperty_new_description(event->summary));
	return alarm;
}

static void add_time(icalcomponent *component, const struct calendar_event *event)
{
	struct icaltimetype (*const time_of)(int64_t) = event->is_day ? day_of : moment_of;

	add(component, icalproperty_new_dtstart(time_of(event->start_s)));
	if (event->end_s > event->start_s)
		add(component, icalproperty_new_dtend(time_of(event->end_s)));
}

static icalcomponent *component_of(const struct show *show, const struct calendar_event *event,
		const struct calendar_version *version)
{
	icalcomponent *component = icalcomponent_new_vevent();
	struct str uid = STR(UID_MAX_BYTES);

	str_append_encoded(&uid, show->id);
	str_printf(&uid, "/%s" UID_AT, event->key);
	if (uid.error)
		icalerror_set_errno(ICAL_NEWFAILED_ERROR);
	add(component, icalproperty_new_uid(str_text(&uid)));
	str_release(&uid);
	add(component, icalproperty_new_dtstamp(moment_of(version->modified_s)));
	add(component, icalproperty_new_lastmodified(moment_of(version->modified_s)));
	add(component, icalproperty_new_sequence((int)version->sequence));
	add_time(component, event);
	add(component, icalproperty_new_status(
				       event->is_cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED));
	add(component, icalproperty_new_transp(
				       ICAL_TRANSP_TRANSPARENT)); /* takes no time of the reader's day */
	add(component, icalproperty_new_summary(event->summary));
	if (*event->description)
		add(component, icalproperty_new_description(event->description));
	if (*event->url)
		add(component, icalproperty_new_url(event->url));
	return component;
}

/* REFRESH-INTERVAL and NAME are of RFC 7986; programs that are older know the others. */
static icalcomponent *frame_of(const struct show *show)
{
	icalcomponent *frame = icalcomponent_new_vcalendar();

	add(frame, icalproperty_new_version("2.0"));
	add(frame, icalproperty_new_prodid(PRODUCT));
	add(frame, icalproperty_new_name(show->name));
	add_text(frame, "X-WR-CALNAME", show->name);
	add(frame, icalproperty_new_refreshinterval(icaldurationtype_from_int(REFRESH_S)));
	add_text(frame, "X-PUBLISHED-TTL", "PT6H");
	return frame;
}

static int write_events(const struct show *show, int alarm_minutes, const struct calendar_events *events,
		const struct calendar_history *history, char **ret)
{
	icalcomponent *calendar;
	char *text = NULL;
	int r;

	begin();
	calendar = frame_of(show);
	for (size_t i = 0; end() == 0 && i < events->count; i++) {
		const struct calendar_event *event = &events->events[i];
		icalcomponent *component =
				component_of(show, event, calendar_history_find(history, event->key));

		if (alarm_minutes >= 0 && !event->is_cancelled)
			icalcomponent_add_component(component, alarm_of(event, alarm_minutes));
		icalcomponent_add_component(calendar, component);
	}
	if (end() == 0)
		text = icalcomponent_as_ical_string_r(calendar); /* from malloc() */
	r = end();
	icalcomponent_free(calendar);
	if (r < 0 || !text) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	return 0;
}

int calendar_write(const struct show *show, int alarm_minutes, int64_t now_s,
		struct calendar_history *history, char **ret)
{
	struct calendar_history next = {0};
	struct calendar_events events = {0};
	int r = calendar_events_of(show, &events);

	if (r == 0)
		r = calendar_history_copy(history, &next);
	if (r == 0)
		r = calendar_history_update(&next, &events, show, now_s);
	if (r == 0)
		r = write_events(show, alarm_minutes, &events, &next, ret);
	if (r == 0) {
		calendar_history_release(history);
		*history = next;
	} else {
		calendar_history_release(&next);
	}
	calendar_events_release(&events);
	return r;
}

/* ---------------------------------------------------------------- reading */

static const char *text_or_empty(const char *text)
{
	return text ? text : "";
}

static int64_t moment_from(struct icaltimetype time)
{
	const struct zone_time at = {.year = time.year,
			.month = time.month,
			.day = time.day,
			.hour = time.is_date ? 0 : time.hour,
			.minute = time.is_date ? 0 : time.minute,
			.second = time.is_date ? 0 : time.second};

	return zone_moment("", &at);
}

static int64_t modified_of(icalcomponent *component)
{
	icalproperty *property = icalcomponent_get_first_property(component, ICAL_LASTMODIFIED_PROPERTY);

	return property ? moment_from(icalproperty_get_lastmodified(property)) : 0;
}

/* "show/s02e05@episoded" -> "s02e05". False: not a UID of ours. */
static bool key_of(const char *uid, char ret[CALENDAR_KEY_BYTES])
{
	const char *slash = uid ? strrchr(uid, '/') : NULL, *at = slash ? strchr(slash, '@') : NULL;
	int length = at ? (int)(at - slash - 1) : 0;

	if (length <= 0 || length >= CALENDAR_KEY_BYTES || !str_equal(at, UID_AT))
		return false;
	snprintf(ret, CALENDAR_KEY_BYTES, "%.*s", length, slash + 1);
	return true;
}

static bool version_of(icalcomponent *component, struct calendar_version *ret)
{
	icalproperty *url = icalcomponent_get_first_property(component, ICAL_URL_PROPERTY),
		     *end = icalcomponent_get_first_property(component, ICAL_DTEND_PROPERTY);
	struct icaltimetype start = icalcomponent_get_dtstart(component);
	char *summary = str_copy(text_or_empty(icalcomponent_get_summary(component)));
	char *description = str_copy(text_or_empty(icalcomponent_get_description(component)));
	struct calendar_event event = {
			.start_s = moment_from(start),
			.is_day = start.is_date,
			.is_cancelled = icalcomponent_get_status(component) == ICAL_STATUS_CANCELLED,
			.summary = summary,
			.description = description,
			.url = text_or_empty(url ? icalproperty_get_url(url) : NULL),
	};
	bool is_read = summary && description && key_of(icalcomponent_get_uid(component), event.key);

	event.end_s = end ? moment_from(icalproperty_get_dtend(end)) : event.start_s;
	if (is_read) {
		*ret = (struct calendar_version){
				.sequence = (unsigned)icalcomponent_get_sequence(component),
				.modified_s = modified_of(component),
				.start_s = event.start_s,
				.hash = calendar_event_hash(&event),
				.is_day = event.is_day,
				.is_cancelled = event.is_cancelled,
		};
		snprintf(ret->key, sizeof(ret->key), "%s", event.key);
	}
	free(summary);
	free(description);
	return is_read;
}

static bool is_ours(icalcomponent *calendar)
{
	icalproperty *product = icalcomponent_get_first_property(calendar, ICAL_PRODID_PROPERTY);

	return product && str_equal(icalproperty_get_prodid(product), PRODUCT);
}

int calendar_read(const char *text, struct calendar_history *ret)
{
	struct calendar_history history = {0};
	struct calendar_version version;
	icalcomponent *calendar, *component;
	int r;

	begin();
	calendar = icalparser_parse_string(text);
	r = calendar && is_ours(calendar) ? 0 : -EBADMSG;
	component = r == 0 ? icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT) : NULL;
	for (; component && r == 0;
			component = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
		if (version_of(component, &version))
			r = calendar_history_add(&history, &version);
	}
	if (calendar)
		icalcomponent_free(calendar);
	if (r < 0) {
		calendar_history_release(&history);
		return r;
	}
	calendar_history_sort(&history);
	*ret = history;
	return 0;
}
