/* Calendars by libical. libical's objects end in this file; of its time zones only UTC is used (docs/decisions/11). */

#include "bot/calendar/calendar.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/zone.h"
#include "bot/catalogue/airing.h"

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

/* libical refuses later moments. A clock that was wrong may have left one as LAST-MODIFIED. */
static struct icaltimetype moment_of(int64_t moment_s)
{
	struct zone_time at =
			zone_time_at("", moment_s < CALENDAR_LAST_S ? moment_s : (int64_t)CALENDAR_LAST_S);
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

/* "harbour-lights/s02e05@episoded"; key "" and at "": what the UIDs of the show begin with. */
static void append_uid(struct str *uid, const struct show *show, const char *key, const char *at)
{
	str_append_encoded(uid, show->id);
	str_printf(uid, "/%s%s", key, at);
}

static icalcomponent *component_of(const struct show *show, const struct calendar_event *event,
		const struct calendar_version *version)
{
	icalcomponent *component = icalcomponent_new_vevent();
	struct str uid = STR(UID_MAX_BYTES);

	append_uid(&uid, show, event->key, UID_AT);
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
static icalcomponent *frame_of(const char *name)
{
	icalcomponent *frame = icalcomponent_new_vcalendar();

	add(frame, icalproperty_new_version("2.0"));
	add(frame, icalproperty_new_prodid(PRODUCT));
	add(frame, icalproperty_new_name(name));
	add_text(frame, "X-WR-CALNAME", name);
	add(frame, icalproperty_new_refreshinterval(icaldurationtype_from_int(REFRESH_S)));
	add_text(frame, "X-PUBLISHED-TTL", "PT6H");
	return frame;
}

/* A calendar that is being written. */
struct calendar_writing {
	icalcomponent *calendar;
	int alarm_minutes;
	int64_t since_s; /* earlier events are left out */
	size_t left;     /* how many more events fit */
};

static void add_event(struct calendar_writing *writing, const struct calendar_part *part,
		const struct calendar_event *event)
{
	icalcomponent *component =
			component_of(part->show, event, calendar_history_find(&part->history, event->key));

	if (writing->alarm_minutes >= 0 && !event->is_cancelled)
		icalcomponent_add_component(component, alarm_of(event, writing->alarm_minutes));
	icalcomponent_add_component(writing->calendar, component);
	writing->left--;
}

/* The part has the history of the text then. */
static int add_show(struct calendar_writing *writing, struct calendar_part *part, int64_t now_s)
{
	struct calendar_history next = {0};
	struct calendar_events events = {0};
	int r = calendar_events_of(part->show, &events);

	if (r == 0)
		r = calendar_history_copy(&part->history, &next);
	if (r == 0)
		r = calendar_history_update(&next, &events, part->show, now_s);
	if (r == 0) {
		calendar_history_release(&part->history);
		part->history = next;
		for (size_t i = 0; end() == 0 && i < events.count && writing->left; i++)
			if (events.events[i].start_s >= writing->since_s)
				add_event(writing, part, &events.events[i]);
		r = end();
	} else {
		calendar_history_release(&next);
	}
	calendar_events_release(&events);
	return r;
}

static int finish(struct calendar_writing *writing, int r, char **ret)
{
	char *text = NULL;

	if (r == 0)
		r = end();
	if (r == 0)
		text = icalcomponent_as_ical_string_r(writing->calendar); /* from malloc() */
	if (r == 0)
		r = text ? end() : -ENOMEM;
	icalcomponent_free(writing->calendar);
	if (r < 0)
		free(text);
	else
		*ret = text;
	return r;
}

int calendar_write(const struct show *show, int alarm_minutes, int64_t now_s,
		struct calendar_history *history, char **ret)
{
	struct calendar_writing writing = {
			.alarm_minutes = alarm_minutes, .since_s = INT64_MIN, .left = SIZE_MAX};
	struct calendar_part part = {.show = show};
	int r = calendar_history_copy(history, &part.history);

	begin();
	writing.calendar = frame_of(show->name);
	if (r == 0)
		r = add_show(&writing, &part, now_s);
	r = finish(&writing, r, ret);
	calendar_history_release(r == 0 ? history : &part.history);
	if (r == 0)
		*history = part.history;
	return r;
}

/* May a show have events at or after since_s? Quick, for shows that ended long ago. */
static bool is_current(const struct calendar_part *part, int64_t since_s)
{
	const struct show *show = part->show;

	/* A day is at most some hours away from the moment from which it counts as aired. */
	for (size_t i = 0; i < show->episode_count; i++)
		if (show->episodes[i].aired_from_s >= since_s - 2 * ZONE_DAY_S &&
				show->episodes[i].aired_from_s != AIRED_NEVER)
			return true;
	for (size_t i = 0; i < part->history.count; i++)
		if (part->history.versions[i].start_s >= since_s)
			return true;
	return false;
}

int calendar_write_all(struct calendar_part *parts, size_t count, int alarm_minutes, int64_t since_s,
		int64_t now_s, int (*load)(void *user, struct calendar_part *part), void *user, char **ret)
{
	struct calendar_writing writing = {
			.alarm_minutes = alarm_minutes, .since_s = since_s, .left = CALENDAR_ALL_MAX};
	int r = 0;

	begin();
	writing.calendar = frame_of(CALENDAR_ALL_NAME);
	for (size_t i = 0; i < count && r == 0 && writing.left; i++) {
		r = load ? load(user, &parts[i]) : 0;
		if (r < 0 || !is_current(&parts[i], since_s))
			continue;
		r = add_show(&writing, &parts[i], now_s);
		parts[i].is_told = r == 0;
	}
	return finish(&writing, r, ret);
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

/* The part whose show the UID names, and the key: "show/s02e05@episoded" -> "s02e05". NULL: no UID of ours. */
static struct calendar_part *part_of(
		const char *uid, struct calendar_part *parts, size_t count, char ret_key[CALENDAR_KEY_BYTES])
{
	const char *slash = uid ? strrchr(uid, '/') : NULL, *at = slash ? strchr(slash, '@') : NULL;
	int length = at ? (int)(at - slash - 1) : 0;

	if (length <= 0 || length >= CALENDAR_KEY_BYTES || !str_equal(at, UID_AT))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		struct str start = STR(UID_MAX_BYTES);
		bool is_same;

		append_uid(&start, parts[i].show, "", "");
		is_same = start.length == (size_t)(slash - uid) + 1 && str_starts(uid, str_text(&start));
		str_release(&start);
		if (!is_same)
			continue;
		snprintf(ret_key, CALENDAR_KEY_BYTES, "%.*s", length, slash + 1);
		return &parts[i];
	}
	return NULL;
}

/* 1: *ret is the version. 0: not of a show of the parts. -ENOMEM. */
static int version_of(icalcomponent *component, struct calendar_part *parts, size_t count,
		struct calendar_part **ret_part, struct calendar_version *ret)
{
	icalproperty *url = icalcomponent_get_first_property(component, ICAL_URL_PROPERTY),
		     *end = icalcomponent_get_first_property(component, ICAL_DTEND_PROPERTY);
	struct icaltimetype start = icalcomponent_get_dtstart(component);
	struct calendar_event event = {
			.start_s = moment_from(start),
			.is_day = start.is_date,
			.is_cancelled = icalcomponent_get_status(component) == ICAL_STATUS_CANCELLED,
			.url = text_or_empty(url ? icalproperty_get_url(url) : NULL),
	};
	struct calendar_part *part = part_of(icalcomponent_get_uid(component), parts, count, event.key);

	if (!part || !calendar_key_is(event.key))
		return 0;
	event.summary = str_copy(text_or_empty(icalcomponent_get_summary(component)));
	event.description = str_copy(text_or_empty(icalcomponent_get_description(component)));
	event.end_s = end ? moment_from(icalproperty_get_dtend(end)) : event.start_s;
	if (event.summary && event.description) {
		*ret = (struct calendar_version){
				.sequence = (unsigned)icalcomponent_get_sequence(component),
				.modified_s = modified_of(component),
				.start_s = event.start_s,
				.hash = calendar_event_hash(&event),
				.is_day = event.is_day,
				.is_cancelled = event.is_cancelled,
		};
		snprintf(ret->key, sizeof(ret->key), "%s", event.key);
		*ret_part = part;
	}
	free(event.summary);
	free(event.description);
	return *ret_part ? 1 : -ENOMEM;
}

static bool is_ours(icalcomponent *calendar)
{
	icalproperty *product = icalcomponent_get_first_property(calendar, ICAL_PRODID_PROPERTY);

	return product && str_equal(icalproperty_get_prodid(product), PRODUCT);
}

/* Sorted histories into the parts, or released. */
static void take(struct calendar_part *parts, struct calendar_part *read, size_t count, bool is_good)
{
	for (size_t i = 0; i < count; i++) {
		if (is_good) {
			calendar_history_sort(&read[i].history);
			calendar_history_release(&parts[i].history);
			parts[i].history = read[i].history;
		} else {
			calendar_history_release(&read[i].history);
		}
	}
}

int calendar_read(const char *text, struct calendar_part *parts, size_t count)
{
	struct calendar_part *read = calloc(count + 1, sizeof(*read));
	icalcomponent *calendar, *component;
	int r;

	if (!read)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		read[i].show = parts[i].show;
	begin();
	calendar = icalparser_parse_string(text);
	r = calendar && is_ours(calendar) ? 0 : -EBADMSG;
	component = r == 0 ? icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT) : NULL;
	for (; component && r == 0;
			component = icalcomponent_get_next_component(calendar, ICAL_VEVENT_COMPONENT)) {
		struct calendar_part *part = NULL;
		struct calendar_version version;

		r = version_of(component, read, count, &part, &version);
		if (r > 0)
			r = calendar_history_add(&part->history, &version);
	}
	if (calendar)
		icalcomponent_free(calendar);
	take(parts, read, count, r == 0);
	free(read);
	return r;
}
