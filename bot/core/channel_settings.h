#ifndef EPISODED_SETTINGS_H
#define EPISODED_SETTINGS_H

/*
 * What an owner has set for a channel, and whom the bot does not hear: in
 * memory, because it is asked for with every line, and in the store.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SETTINGS_CHANNELS_MAX 512
#define SETTINGS_IGNORED_MAX  512
#define SETTINGS_PREFIX_BYTES 9
#define SETTINGS_SHOW_BYTES   65
#define SETTINGS_VALUE_BYTES  SETTINGS_SHOW_BYTES /* of any of them, as text */

struct store;
struct settings; /* opaque: core/channel_settings.c */

/* "" and no quiet hours: as everywhere. */
struct channel_settings {
	char prefix[SETTINGS_PREFIX_BYTES];
	char show[SETTINGS_SHOW_BYTES]; /* id */
	bool has_quiet_hours;
	/* Minutes of the day, UTC; from inclusive, over midnight where to is smaller. */
	unsigned quiet_from, quiet_to;
};

/* store may be NULL: then nothing is kept over a restart. -ENOMEM; what cannot be read is left out. */
int settings_new(struct store *store, struct settings **ret);
void settings_free(struct settings *settings);

/* NULL: nothing is set there. Borrowed until the next change. */
const struct channel_settings *settings_find(
		const struct settings *settings, const char *gateway, const char *channel);
/* The value as settings_set() takes it; "" where it is as everywhere, also for a NULL channel. */
void settings_value(const struct channel_settings *channel, const char *name, char ret[SETTINGS_VALUE_BYTES]);
/* Every prefix that is set somewhere, once; NULL at the end; borrowed until the next change. */
const char *const *settings_prefixes(const struct settings *settings);
bool settings_is_quiet(const struct channel_settings *channel, uint64_t wall_ms);

/*
 * One of "prefix", "show", "quiet" of a channel; value NULL takes it back.
 *
 * Shape:   prefix: 1 to 8 bytes above space; show: at most 64 bytes; quiet: "HH:MM-HH:MM".
 * Errors:  -EINVAL, -E2BIG too many channels, -ENOMEM, or what the store says: nothing is changed.
 */
int settings_set(struct settings *settings, const char *gateway, const char *channel, const char *name,
		const char *value);

/* author_id as in struct message; who is that, or a nick. -EEXIST, -ENOENT, -E2BIG, -ENOMEM, the store's. */
int settings_ignore(struct settings *settings, const char *gateway, const char *who, bool is_ignored);
/* The index-th of them, in no order; NULL: there are no more. Borrowed until the next change. */
const char *settings_ignored(const struct settings *settings, const char *gateway, size_t index);
bool settings_ignores(const struct settings *settings, const char *gateway, const char *author_id);

#endif
