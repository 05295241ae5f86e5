#ifndef EPISODED_SETTINGS_H
#define EPISODED_SETTINGS_H

/*
 * Settings made by owners: the prefix, show, quiet hours, time zone, content warnings and announcements of a channel, and
 * the ignore list. They are kept in the store, and in memory because every line needs them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/zone.h"

#define SETTINGS_CHANNELS_MAX 512
#define SETTINGS_IGNORED_MAX  512
#define SETTINGS_PREFIX_BYTES 9
#define SETTINGS_SHOW_BYTES   65
#define SETTINGS_VALUE_BYTES  SETTINGS_SHOW_BYTES /* the longest value as text */

struct store;
struct settings; /* opaque: core/channel_settings.c */

/* Empty strings mean the configured default. */
struct channel_settings {
	char prefix[SETTINGS_PREFIX_BYTES];
	char show[SETTINGS_SHOW_BYTES]; /* id */
	char zone[ZONE_NAME_BYTES];     /* of times and of the quiet hours; "": UTC */
	bool has_quiet_hours;
	bool has_hour, has_late;       /* of announcements: */
	unsigned hour;                 /* of episodes without an hour, in minutes after midnight */
	int64_t late_s;                /* how late one may be said */
	bool has_warnings;             /* content warnings in front of a synopsis */
	unsigned quiet_from, quiet_to; /* minutes after midnight, from inclusive, to exclusive; they span
					  midnight if to < from */
};

/* store may be NULL: changes are then lost at a restart. Unreadable entries are skipped. -ENOMEM. */
int settings_new(struct store *store, struct settings **ret);
void settings_free(struct settings *settings);

/* The settings of a channel; NULL if all are default. Borrowed until the next change. */
const struct channel_settings *settings_find(
		const struct settings *settings, const char *gateway, const char *channel);
/* One value in the form that settings_set() accepts; "" for the default. channel may be NULL. */
void settings_value(const struct channel_settings *channel, const char *name, char ret[SETTINGS_VALUE_BYTES]);
/* All prefixes set in any channel, without duplicates, NULL at the end. Borrowed until the next change. */
const char *const *settings_prefixes(const struct settings *settings);
bool settings_is_quiet(const struct channel_settings *channel, uint64_t wall_ms);

/*
 * Set the "prefix", "show", "quiet", "zone", "warnings", "hour" or "late" of a channel; value NULL resets it.
 *
 * Shape:   prefix: 1 to 8 bytes above space; show: at most 64 bytes; quiet: "HH:MM-HH:MM"; zone: an IANA name;
 *          warnings: "on" or "off"; hour: "HH:MM"; late: "30m", "6h", "2d", at most a week.
 * Errors:  -EINVAL, -E2BIG too many channels, -ENOMEM, or the store's error; nothing is then changed.
 */
int settings_set(struct settings *settings, const char *gateway, const char *channel, const char *name,
		const char *value);

/* Change the ignore list. who is a nick, or an author_id as in struct message. -EEXIST, -ENOENT, -E2BIG, -ENOMEM,
 * or the store's error. */
int settings_ignore(struct settings *settings, const char *gateway, const char *who, bool is_ignored);
/* Entry number index of the ignore list, unsorted; NULL after the last. Borrowed until the next change. */
const char *settings_ignored(const struct settings *settings, const char *gateway, size_t index);
bool settings_ignores(const struct settings *settings, const char *gateway, const char *author_id);

/* Another process has changed a value of the store (NULL: deleted it). True: it is a channel's setting. */
bool settings_heard(struct settings *settings, const char *area, const char *key, const char *value);

#endif
