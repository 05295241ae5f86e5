/* Settings made by owners: per channel, and the ignore list. */

#include "bot/core/channel_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/core/announcement.h"
#include "bot/core/key.h"
#include "bot/store/store.h"

#define AREA_IGNORED "ignored"
#define LATE_MAX_S   (7 * 24 * 3600) /* the journal knows what was said for as long */

/* "gateway channel", lower case. */
struct channel_entry {
	char *key;
	uint64_t hash;
	struct channel_settings settings;
};

struct settings {
	struct store *store;
	struct channel_entry channels[SETTINGS_CHANNELS_MAX];
	size_t channel_count;
	char *ignored[SETTINGS_IGNORED_MAX]; /* "gateway author" */
	size_t ignored_count;
	const char *prefixes[SETTINGS_CHANNELS_MAX + 1]; /* all prefixes set, NULL at the end */
};

/* ---------------------------------------------------------------- values */

static bool set_prefix(struct channel_settings *settings, const char *value)
{
	size_t length = strlen(value);

	if (length == 0 || length >= sizeof(settings->prefix))
		return false;
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)value[i] <= ' ' || value[i] == 0x7f)
			return false;
	}
	memcpy(settings->prefix, value, length + 1);
	return true;
}

static bool set_show(struct channel_settings *settings, const char *value)
{
	size_t length = strlen(value);

	if (length == 0 || length >= sizeof(settings->show))
		return false;
	memcpy(settings->show, value, length + 1);
	return true;
}

/* Read "22:30" as minutes since midnight. */
static bool read_time(const char *text, unsigned *ret)
{
	static const char form[] = "dd:dd";
	unsigned hour, minute;

	for (size_t i = 0; form[i]; i++) {
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	}
	hour = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
	minute = (unsigned)(text[3] - '0') * 10 + (unsigned)(text[4] - '0');
	*ret = hour * 60 + minute;
	return hour < 24 && minute < 60;
}

static bool set_quiet(struct channel_settings *settings, const char *value)
{
	unsigned from, to;

	if (strlen(value) != strlen("22:00-07:00") || value[5] != '-' || !read_time(value, &from) ||
			!read_time(value + 6, &to) || from == to)
		return false;
	settings->quiet_from = from;
	settings->quiet_to = to;
	settings->has_quiet_hours = true;
	return true;
}

static bool set_zone(struct channel_settings *settings, const char *value)
{
	size_t length = strlen(value);

	if (length >= sizeof(settings->zone) || !zone_is_known(value))
		return false;
	memcpy(settings->zone, value, length + 1);
	return true;
}

static bool set_warnings(struct channel_settings *settings, const char *value)
{
	settings->has_warnings = str_equal_nocase(value, "on");
	return settings->has_warnings || str_equal_nocase(value, "off");
}

static bool set_hour(struct channel_settings *settings, const char *value)
{
	settings->has_hour = strlen(value) == strlen("18:00") && read_time(value, &settings->hour);
	return settings->has_hour;
}

static bool set_late(struct channel_settings *settings, const char *value)
{
	size_t length = announcement_read_span(value, &settings->late_s);

	settings->has_late = length && !value[length] && settings->late_s <= LATE_MAX_S;
	return settings->has_late;
}

static void clear_prefix(struct channel_settings *settings)
{
	settings->prefix[0] = '\0';
}

static void clear_show(struct channel_settings *settings)
{
	settings->show[0] = '\0';
}

static void clear_quiet(struct channel_settings *settings)
{
	settings->has_quiet_hours = false;
}

static void clear_zone(struct channel_settings *settings)
{
	settings->zone[0] = '\0';
}

static void clear_warnings(struct channel_settings *settings)
{
	settings->has_warnings = false;
}

static void clear_hour(struct channel_settings *settings)
{
	settings->has_hour = false;
}

static void clear_late(struct channel_settings *settings)
{
	settings->has_late = false;
}

static void say_prefix(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	memcpy(ret, settings->prefix, sizeof(settings->prefix));
}

static void say_show(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	memcpy(ret, settings->show, sizeof(settings->show));
}

static void say_quiet(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	unsigned from = settings->quiet_from, to = settings->quiet_to;

	if (settings->has_quiet_hours)
		snprintf(ret, SETTINGS_VALUE_BYTES, "%02u:%02u-%02u:%02u", from / 60, from % 60, to / 60,
				to % 60);
}

static void say_zone(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	memcpy(ret, settings->zone, sizeof(settings->zone));
}

static void say_warnings(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	if (settings->has_warnings)
		memcpy(ret, "on", sizeof("on"));
}

static void say_hour(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	if (settings->has_hour)
		snprintf(ret, SETTINGS_VALUE_BYTES, "%02u:%02u", settings->hour / 60, settings->hour % 60);
}

static void say_late(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES])
{
	int minutes = (int)(settings->late_s / 60);

	if (settings->has_late)
		snprintf(ret, SETTINGS_VALUE_BYTES, "%d%s", minutes % 60 ? minutes : minutes / 60,
				minutes % 60 ? "m" : "h");
}

static const struct kind {
	const char *name, *area;
	bool (*set)(struct channel_settings *settings, const char *value);
	void (*clear)(struct channel_settings *settings);
	void (*say)(const struct channel_settings *settings, char ret[SETTINGS_VALUE_BYTES]);
} kinds[] = {
		{"prefix", "setting/prefix", set_prefix, clear_prefix, say_prefix},
		{"show", "setting/show", set_show, clear_show, say_show},
		{"quiet", "setting/quiet", set_quiet, clear_quiet, say_quiet},
		{"zone", "setting/zone", set_zone, clear_zone, say_zone},
		{"warnings", "setting/warnings", set_warnings, clear_warnings, say_warnings},
		{"hour", "setting/hour", set_hour, clear_hour, say_hour},
		{"late", "setting/late", set_late, clear_late, say_late},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

void settings_value(const struct channel_settings *channel, const char *name, char ret[SETTINGS_VALUE_BYTES])
{
	const struct kind *kind = kind_of(name);

	ret[0] = '\0';
	if (kind && channel)
		kind->say(channel, ret);
}

/* ---------------------------------------------------------------- channels */

static struct channel_entry *find(const struct settings *settings, const char *key)
{
	uint64_t hash = str_hash(0, key, strlen(key));

	for (size_t i = 0; i < settings->channel_count; i++) {
		const struct channel_entry *entry = &settings->channels[i];

		if (entry->hash == hash && strcmp(entry->key, key) == 0)
			return (struct channel_entry *)(uintptr_t)entry;
	}
	return NULL;
}

/* A channel whose settings were all reset. */
static struct channel_entry *find_default(struct settings *settings)
{
	for (size_t i = 0; i < settings->channel_count; i++) {
		const struct channel_settings *channel = &settings->channels[i].settings;

		if (!*channel->prefix && !*channel->show && !*channel->zone && !channel->has_quiet_hours &&
				!channel->has_warnings && !channel->has_hour && !channel->has_late)
			return &settings->channels[i];
	}
	return NULL;
}

static int find_or_add(struct settings *settings, const char *key, struct channel_entry **ret)
{
	struct channel_entry *entry = find(settings, key);
	bool is_full = settings->channel_count == SETTINGS_CHANNELS_MAX;
	char *copy;

	if (!entry) {
		entry = is_full ? find_default(settings) : &settings->channels[settings->channel_count];
		if (!entry)
			return -E2BIG;
		copy = str_copy(key);
		if (!copy)
			return -ENOMEM;
		if (is_full)
			free(entry->key);
		*entry = (struct channel_entry){.key = copy, .hash = str_hash(0, key, strlen(key))};
		settings->channel_count += !is_full;
	}
	*ret = entry;
	return 0;
}

const struct channel_settings *settings_find(
		const struct settings *settings, const char *gateway, const char *channel)
{
	const struct channel_entry *entry;
	char key[KEY_MAX_BYTES];

	if (settings->channel_count == 0 || !key_of(gateway, channel, NULL, key))
		return NULL;
	entry = find(settings, key);
	return entry ? &entry->settings : NULL;
}

bool settings_is_quiet(const struct channel_settings *channel, uint64_t wall_ms)
{
	struct zone_time now;
	unsigned minute;

	if (!channel || !channel->has_quiet_hours)
		return false;
	now = zone_time_at(channel->zone, (int64_t)(wall_ms / 1000));
	minute = (unsigned)(now.hour * 60 + now.minute);
	if (channel->quiet_from < channel->quiet_to)
		return minute >= channel->quiet_from && minute < channel->quiet_to;
	return minute >= channel->quiet_from || minute < channel->quiet_to;
}

const char *const *settings_prefixes(const struct settings *settings)
{
	return settings->prefixes;
}

/* Rebuild the list of prefixes. Comparing all pairs is fast enough: few channels have their own prefix, and the
 * list changes only when a setting does. */
static void collect_prefixes(struct settings *settings)
{
	size_t count = 0, k;

	for (size_t i = 0; i < settings->channel_count; i++) {
		const char *prefix = settings->channels[i].settings.prefix;

		for (k = 0; k < count && strcmp(settings->prefixes[k], prefix) != 0; k++)
			;
		if (*prefix && k == count)
			settings->prefixes[count++] = prefix;
	}
	settings->prefixes[count] = NULL;
}

int settings_set(struct settings *settings, const char *gateway, const char *channel, const char *name,
		const char *value)
{
	struct channel_settings tried = {0};
	struct channel_entry *entry;
	const struct kind *kind = kind_of(name);
	char key[KEY_MAX_BYTES];
	int r;

	if (!kind || !key_of(gateway, channel, NULL, key))
		return -EINVAL;
	if (value && !kind->set(&tried, value))
		return -EINVAL;
	if (!value && !find(settings, key))
		return 0; /* nothing to reset */
	r = find_or_add(settings, key, &entry);
	if (r == 0 && settings->store)
		r = store_keep(settings->store, kind->area, key, value);
	if (r < 0)
		return r;
	if (value)
		kind->set(&entry->settings, value);
	else
		kind->clear(&entry->settings);
	collect_prefixes(settings);
	return 0;
}

/* ---------------------------------------------------------------- ignore list */

static size_t ignored_index(const struct settings *settings, const char *key)
{
	size_t i = 0;

	while (i < settings->ignored_count && strcmp(settings->ignored[i], key) != 0)
		i++;
	return i;
}

static int add_ignored(struct settings *settings, const char *key)
{
	if (settings->ignored_count == SETTINGS_IGNORED_MAX)
		return -E2BIG;
	settings->ignored[settings->ignored_count] = str_copy(key);
	if (!settings->ignored[settings->ignored_count])
		return -ENOMEM;
	settings->ignored_count++;
	return 0;
}

static void remove_ignored(struct settings *settings, size_t index)
{
	free(settings->ignored[index]);
	settings->ignored[index] = settings->ignored[--settings->ignored_count];
}

int settings_ignore(struct settings *settings, const char *gateway, const char *who, bool is_ignored)
{
	char key[KEY_MAX_BYTES];
	size_t index;
	int r = 0;

	who += *who == '~'; /* an entry matches accounts and nicks; "~" marks a nick in author_id */
	if (!*who || !key_of(gateway, who, NULL, key))
		return -EINVAL;
	index = ignored_index(settings, key);
	if (is_ignored == (index < settings->ignored_count))
		return is_ignored ? -EEXIST : -ENOENT;
	if (settings->store)
		r = store_keep(settings->store, AREA_IGNORED, key, is_ignored ? "1" : NULL);
	if (r < 0)
		return r;
	if (is_ignored)
		return add_ignored(settings, key);
	remove_ignored(settings, index);
	return 0;
}

const char *settings_ignored(const struct settings *settings, const char *gateway, size_t index)
{
	size_t length = strlen(gateway);

	for (size_t i = 0; i < settings->ignored_count; i++) {
		const char *key = settings->ignored[i];

		if (strncmp(key, gateway, length) == 0 && key[length] == ' ' && index-- == 0)
			return key + length + 1;
	}
	return NULL;
}

bool settings_ignores(const struct settings *settings, const char *gateway, const char *author_id)
{
	char key[KEY_MAX_BYTES];

	author_id += *author_id == '~';
	return settings->ignored_count > 0 && key_of(gateway, author_id, NULL, key) &&
	       ignored_index(settings, key) < settings->ignored_count;
}

/* ---------------------------------------------------------------- other processes */

static void hear_setting(
		struct settings *settings, const struct kind *kind, const char *key, const char *value)
{
	struct channel_entry *entry = find(settings, key);

	if (!entry && (!value || find_or_add(settings, key, &entry) < 0))
		return;
	if (!value || !kind->set(&entry->settings, value))
		kind->clear(&entry->settings);
	collect_prefixes(settings);
}

static void hear_ignored(struct settings *settings, const char *key, bool is_ignored)
{
	size_t index = ignored_index(settings, key);

	if (is_ignored && index == settings->ignored_count)
		(void)add_ignored(settings, key);
	else if (!is_ignored && index < settings->ignored_count)
		remove_ignored(settings, index);
}

bool settings_heard(struct settings *settings, const char *area, const char *key, const char *value)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i].area, area) == 0) {
			hear_setting(settings, &kinds[i], key, value);
			return true;
		}
	}
	if (strcmp(area, AREA_IGNORED) == 0)
		hear_ignored(settings, key, value != NULL);
	return false;
}

/* ---------------------------------------------------------------- life */

struct settings_reading {
	struct settings *settings;
	const struct kind *kind;
};

static void on_setting(void *user, const char *key, const char *value)
{
	struct settings_reading *reading = user;
	struct channel_entry *entry;

	if (find_or_add(reading->settings, key, &entry) == 0)
		reading->kind->set(&entry->settings, value);
}

static void on_ignored(void *user, const char *key, const char *value)
{
	(void)value;
	add_ignored(user, key);
}

int settings_new(struct store *store, struct settings **ret)
{
	struct settings *settings = calloc(1, sizeof(*settings));

	if (!settings)
		return -ENOMEM;
	settings->store = store;
	for (size_t i = 0; store && i < KIND_COUNT; i++) {
		struct settings_reading reading = {settings, &kinds[i]};

		store_each(store, kinds[i].area, on_setting, &reading);
	}
	if (store)
		store_each(store, AREA_IGNORED, on_ignored, settings);
	collect_prefixes(settings);
	*ret = settings;
	return 0;
}

void settings_free(struct settings *settings)
{
	if (!settings)
		return;
	for (size_t i = 0; i < settings->channel_count; i++)
		free(settings->channels[i].key);
	for (size_t i = 0; i < settings->ignored_count; i++)
		free(settings->ignored[i]);
	free(settings);
}
