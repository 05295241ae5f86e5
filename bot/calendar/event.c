/* Episodes as events of a calendar. */

#include "bot/calendar/event.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/str.h"
#include "bot/base/zone_name.h"
#include "bot/catalogue/telling.h"

#define TEXT_MAX_BYTES 16384

static int64_t day_s(struct date date)
{
	return clock_day_number(date.year, date.month, date.day) * ZONE_DAY_S;
}

static int64_t start_of(const struct episode *episode)
{
	return episode->airstamp ? episode->airstamp : day_s(episode->airdate);
}

/* A date like 9999-12-31 says that the day is not known. */
static bool is_dated(const struct episode *episode)
{
	return (episode->airstamp || episode->airdate.day) && start_of(episode) <= CALENDAR_LAST_S;
}

/* ---------------------------------------------------------------- the time */

/* Of the episode, or of the nearest earlier one of the show whose runtime is known. 0: not known. */
static int runtime_minutes(const struct episode *episode)
{
	const struct episode *at = episode;

	if (episode->order == 0)
		return episode->runtime_minutes;
	while (at > episode->show->episodes && !at->runtime_minutes)
		at--;
	return at->runtime_minutes;
}

static void set_time(const struct episode *episode, struct calendar_event *event)
{
	event->is_day = !episode->airstamp;
	event->start_s = start_of(episode);
	event->end_s = event->start_s + (event->is_day ? ZONE_DAY_S : runtime_minutes(episode) * 60);
}

/* ---------------------------------------------------------------- the texts */

static int write_summary(const struct episode *episode, const char *key, char **ret)
{
	struct str str = STR(TEXT_MAX_BYTES);

	str_append(&str, episode->show->name);
	if (episode->order == 0)
		str_append(&str, ", special");
	else
		str_printf(&str, ", %s", key);
	if (!episode->is_name_generic && !episode->title_reveal)
		str_printf(&str, ": %s", telling_text(episode->name));
	return str_take(&str, ret);
}

/* "At 21:00 (Seoul) on Channel Five." */
static void append_hour(const struct episode *episode, struct str *str)
{
	const struct show *show = episode->show;
	char city[ZONE_NAME_BYTES];
	struct zone_time time;

	if (episode->airstamp && *show->zone) {
		time = zone_time_at(show->zone, episode->airstamp);
		str_printf(str, "At %02d:%02d (%s)", time.hour, time.minute, zone_city(show->zone, city));
		if (*show->network)
			str_printf(str, " on %s", show->network);
		str_append(str, ".\n");
	} else if (*show->network) {
		str_printf(str, "On %s.\n", show->network);
	}
}

static int write_description(const struct episode *episode, char **ret)
{
	const struct show *show = episode->show;
	struct str str = STR(TEXT_MAX_BYTES);

	if (*episode->teaser)
		str_printf(&str, "%s\n\n", episode->teaser);
	append_hour(episode, &str);
	for (size_t i = 0; i < show->where_count; i++) {
		str_printf(&str, "Where to watch: %s", show->where[i].name);
		if (*show->where[i].url)
			str_printf(&str, ", %s", show->where[i].url);
		str_append(&str, "\n");
	}
	while (str.length && str.bytes[str.length - 1] == '\n')
		str_truncate(&str, str.length - 1);
	return str_take(&str, ret);
}

static int event_init(const struct episode *episode, struct calendar_event *ret)
{
	char code[EPISODE_LABEL_BYTES];
	int r;

	*ret = (struct calendar_event){.url = episode->url ? episode->url : ""};
	snprintf(ret->key, sizeof(ret->key), "%.*s", CALENDAR_KEY_BYTES - 1, episode_code(episode, code));
	set_time(episode, ret);
	r = write_summary(episode, ret->key, &ret->summary);
	if (r == 0)
		r = write_description(episode, &ret->description);
	return r;
}

bool calendar_key_is(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	return length > 0 && length < CALENDAR_KEY_BYTES && !text[length];
}

uint64_t calendar_event_hash(const struct calendar_event *event)
{
	const char *const texts[] = {event->summary, event->description, event->url};
	const int64_t numbers[] = {event->start_s, event->end_s, event->is_day, event->is_cancelled};
	uint64_t hash = str_hash(0, numbers, sizeof(numbers));

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		hash = str_hash(hash, texts[i], strlen(texts[i]) + 1);
	return hash;
}

/* ---------------------------------------------------------------- all of a show */

/* By time, then in the order of the dataset. */
static int compare(const void *a, const void *b)
{
	const struct episode *left = *(const struct episode *const *)a,
			     *right = *(const struct episode *const *)b;
	int64_t left_s = left->airstamp ? left->airstamp : day_s(left->airdate);
	int64_t right_s = right->airstamp ? right->airstamp : day_s(right->airdate);

	if (left_s != right_s)
		return left_s < right_s ? -1 : 1;
	return left < right ? -1 : left > right;
}

static size_t collect(const struct show *show, const struct episode **dated)
{
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count; i++) {
		if (is_dated(&show->episodes[i]))
			dated[count++] = &show->episodes[i];
	}
	qsort(dated, count, sizeof(*dated), compare);
	return count;
}

int calendar_events_of(const struct show *show, struct calendar_events *ret)
{
	const struct episode **dated = calloc(show->episode_count + 1, sizeof(*dated));
	struct calendar_events events = {0};
	size_t count, skipped;
	int r;

	if (!dated)
		return -ENOMEM;
	count = collect(show, dated);
	skipped = count > CALENDAR_EVENTS_MAX ? count - CALENDAR_EVENTS_MAX : 0;
	events.events = calloc(count - skipped + 1, sizeof(*events.events));
	r = events.events ? 0 : -ENOMEM;
	for (size_t i = skipped; r == 0 && i < count; i++)
		r = event_init(dated[i], &events.events[events.count++]);
	free(dated);
	if (r < 0)
		calendar_events_release(&events);
	else
		*ret = events;
	return r;
}

int calendar_events_add_cancelled(struct calendar_events *events, const struct show *show, const char *key,
		int64_t start_s, bool is_day)
{
	struct calendar_event *bigger = realloc(events->events, (events->count + 1) * sizeof(*bigger));
	struct calendar_event *event;
	struct str summary = STR(TEXT_MAX_BYTES);

	if (!bigger)
		return -ENOMEM;
	events->events = bigger;
	event = &bigger[events->count];
	*event = (struct calendar_event){.start_s = start_s,
			.end_s = is_day ? start_s + ZONE_DAY_S : start_s,
			.is_day = is_day,
			.is_cancelled = true,
			.url = ""};
	snprintf(event->key, sizeof(event->key), "%s", key);
	events->count++;
	event->description = str_copy("");
	str_printf(&summary, "%s, %s", show->name, key);
	if (str_take(&summary, &event->summary) == 0 && event->description)
		return 0;
	return -ENOMEM;
}

void calendar_events_release(struct calendar_events *events)
{
	for (size_t i = 0; i < events->count; i++) {
		free(events->events[i].summary);
		free(events->events[i].description);
	}
	free(events->events);
	*events = (struct calendar_events){0};
}
