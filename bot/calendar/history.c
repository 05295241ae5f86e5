/* Versions of a calendar's events. */

#include "bot/calendar/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/zone.h"

#define TEXT_MAX_BYTES (512 * 1024)
#define LINE_MAX_BYTES 256
#define VERSIONS_MAX   (4 * CALENDAR_EVENTS_MAX) /* with cancelled ones */

static int compare_keys(const void *key, const void *version)
{
	return strcmp(key, ((const struct calendar_version *)version)->key);
}

static int compare(const void *a, const void *b)
{
	return compare_keys(((const struct calendar_version *)a)->key, b);
}

const struct calendar_version *calendar_history_find(const struct calendar_history *history, const char *key)
{
	if (!history->count)
		return NULL;
	return bsearch(key, history->versions, history->count, sizeof(*history->versions), compare_keys);
}

int calendar_history_add(struct calendar_history *history, const struct calendar_version *version)
{
	struct calendar_version *bigger = history->versions;
	size_t count = history->count;

	if (count >= VERSIONS_MAX)
		return -EMSGSIZE;
	if ((count & (count - 1)) == 0) /* 0 or a power of two: the array is full */
		bigger = realloc(bigger, (count ? 2 * count : 1) * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	bigger[history->count++] = *version;
	history->versions = bigger;
	return 0;
}

void calendar_history_sort(struct calendar_history *history)
{
	size_t kept = 0;

	if (!history->count)
		return;
	qsort(history->versions, history->count, sizeof(*history->versions), compare);
	for (size_t i = 0; i < history->count; i++) {
		if (!kept || strcmp(history->versions[kept - 1].key, history->versions[i].key) != 0)
			history->versions[kept++] = history->versions[i];
	}
	history->count = kept;
}

int calendar_history_copy(const struct calendar_history *history, struct calendar_history *ret)
{
	struct calendar_history copy = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < history->count; i++)
		r = calendar_history_add(&copy, &history->versions[i]);
	if (r < 0)
		calendar_history_release(&copy);
	else
		*ret = copy;
	return r;
}

void calendar_history_release(struct calendar_history *history)
{
	free(history->versions);
	*history = (struct calendar_history){0};
}

/* ---------------------------------------------------------------- what has changed */

static struct calendar_version next_version(
		const struct calendar_event *event, const struct calendar_version *before, int64_t now_s)
{
	struct calendar_version version = {
			.modified_s = now_s,
			.start_s = event->start_s,
			.hash = calendar_event_hash(event),
			.is_day = event->is_day,
			.is_cancelled = event->is_cancelled,
	};

	snprintf(version.key, sizeof(version.key), "%s", event->key);
	if (before && before->hash == version.hash) {
		version.sequence = before->sequence;
		version.modified_s = before->modified_s;
	} else if (before) {
		version.sequence = before->sequence + 1;
		if (before->modified_s > now_s) /* the clock was set back */
			version.modified_s = before->modified_s;
	}
	return version;
}

static int add_present(struct calendar_history *next, const struct calendar_history *before,
		const struct calendar_events *events, int64_t now_s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < events->count; i++) {
		struct calendar_version version = next_version(&events->events[i],
				calendar_history_find(before, events->events[i].key), now_s);

		r = calendar_history_add(next, &version);
	}
	calendar_history_sort(next);
	return r;
}

/* True if an event that is not in the dataset is told as cancelled. */
static bool is_told(const struct calendar_version *version, int64_t now_s)
{
	int64_t patience_s = version->is_cancelled ? (int64_t)CALENDAR_CANCELLED_DAYS * ZONE_DAY_S : 0;

	return version->start_s + patience_s >= now_s;
}

/* next has the present events, and gets the cancelled ones. */
static int add_cancelled(struct calendar_history *next, const struct calendar_history *before,
		struct calendar_events *events, const struct show *show, int64_t now_s)
{
	size_t present = events->count;
	int r = 0;

	for (size_t i = 0; r == 0 && i < before->count; i++) {
		const struct calendar_version *version = &before->versions[i];

		if (is_told(version, now_s) && !calendar_history_find(next, version->key))
			r = calendar_events_add_cancelled(
					events, show, version->key, version->start_s, version->is_day);
	}
	for (size_t i = present; r == 0 && i < events->count; i++) {
		struct calendar_version version = next_version(&events->events[i],
				calendar_history_find(before, events->events[i].key), now_s);

		r = calendar_history_add(next, &version);
	}
	calendar_history_sort(next);
	return r;
}

int calendar_history_update(struct calendar_history *history, struct calendar_events *events,
		const struct show *show, int64_t now_s)
{
	struct calendar_history next = {0};
	int r = add_present(&next, history, events, now_s);

	if (r == 0)
		r = add_cancelled(&next, history, events, show, now_s);
	if (r < 0) {
		calendar_history_release(&next);
		return r;
	}
	calendar_history_release(history);
	*history = next;
	return 0;
}

/* ---------------------------------------------------------------- as text */

int calendar_history_write(const struct calendar_history *history, char **ret)
{
	struct str text = STR(TEXT_MAX_BYTES);

	str_append(&text, "");
	for (size_t i = 0; i < history->count; i++) {
		const struct calendar_version *version = &history->versions[i];

		str_printf(&text, "%s %u %" PRId64 " %" PRId64 " %016" PRIx64 "%s%s\n", version->key,
				version->sequence, version->modified_s, version->start_s, version->hash,
				version->is_day ? " d" : "", version->is_cancelled ? " c" : "");
	}
	return str_take(&text, ret);
}

static bool is_moment(int64_t moment_s)
{
	return moment_s >= CALENDAR_FIRST_S && moment_s <= CALENDAR_LAST_S;
}

static bool read_line(const char *line, struct calendar_version *ret)
{
	struct calendar_version version = {0};
	int end = 0;

	/* NOLINTNEXTLINE(cert-err34-c): so few digits are no number out of range */
	if (sscanf(line, "%31s %9u %18" SCNd64 " %18" SCNd64 " %16" SCNx64 "%n", version.key,
			    &version.sequence, &version.modified_s, &version.start_s, &version.hash,
			    &end) != 5 ||
			!calendar_key_is(version.key) || !is_moment(version.start_s) ||
			!is_moment(version.modified_s))
		return false;
	version.is_day = strstr(line + end, " d") != NULL;
	version.is_cancelled = strstr(line + end, " c") != NULL;
	*ret = version;
	return true;
}

int calendar_history_read(const char *text, struct calendar_history *ret)
{
	struct calendar_history history = {0};
	struct calendar_version version;
	char line[LINE_MAX_BYTES];
	int r = 0;

	while (*text && r == 0) {
		size_t length = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", length < sizeof(line) ? (int)length : 0, text);
		if (read_line(line, &version))
			r = calendar_history_add(&history, &version);
		text += length + (text[length] == '\n');
	}
	if (r < 0) {
		calendar_history_release(&history);
		return r;
	}
	calendar_history_sort(&history);
	*ret = history;
	return 0;
}
