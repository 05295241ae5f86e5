/* The time zones of people. */

#include "bot/core/person_zone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/core/key.h"
#include "bot/store/store.h"

#define AREA            "zone/person"
#define VALUE_MAX_BYTES (ZONE_NAME_BYTES + 16)
#define DAY_MS          (24 * 60 * 60 * 1000u)

int person_zone_get(struct store *store, const char *gateway, const struct message *author,
		char ret[ZONE_NAME_BYTES])
{
	char key[KEY_MAX_BYTES], *value = NULL;
	int r = key_of_person(gateway, author, NULL, key) ? store_get(store, AREA, key, &value) : -ENOENT;

	ret[0] = '\0';
	if (r < 0)
		return r;
	/* "Europe/Berlin 20787": the zone, and the day when it was set. */
	value[strcspn(value, " ")] = '\0';
	if (zone_is_known(value))
		snprintf(ret, ZONE_NAME_BYTES, "%s", value);
	free(value);
	return *ret ? 0 : -ENOENT;
}

/* The zones that are kept, and the oldest of them. */
struct zone_count {
	size_t count;
	long oldest_day;
	char *oldest_key; /* NULL: out of memory, or there is no zone */
};

static void on_zone(void *user, const char *key, const char *value)
{
	struct zone_count *count = user;
	const char *space = strchr(value, ' ');
	long day = space ? strtol(space + 1, NULL, 10) : 0;

	if (count->count++ > 0 && day >= count->oldest_day)
		return;
	count->oldest_day = day;
	free(count->oldest_key);
	count->oldest_key = str_copy(key);
}

/* At the limit, delete the oldest zone if it is old enough. */
static int make_room(struct store *store, long today)
{
	struct zone_count count = {0};
	int r = store_each(store, AREA, on_zone, &count);

	if (r == 0 && count.count >= PERSON_ZONES_MAX) {
		r = -E2BIG;
		if (count.oldest_key && today - count.oldest_day > PERSON_ZONES_KEPT_DAYS)
			r = store_keep(store, AREA, count.oldest_key, NULL);
	}
	free(count.oldest_key);
	return r;
}

int person_zone_set(struct store *store, const char *gateway, const struct message *author, const char *zone)
{
	char key[KEY_MAX_BYTES], value[VALUE_MAX_BYTES], before[ZONE_NAME_BYTES];
	long today = (long)(author->time_ms / DAY_MS);
	bool is_new = person_zone_get(store, gateway, author, before) < 0;
	int r = 0;

	if (!key_of_person(gateway, author, NULL, key))
		return -EINVAL;
	if (!zone)
		return is_new ? -ENOENT : store_keep(store, AREA, key, NULL);
	if (strcmp(zone, before) == 0)
		return -EEXIST;
	if (is_new)
		r = make_room(store, today);
	snprintf(value, sizeof(value), "%s %ld", zone, today);
	return r < 0 ? r : store_keep(store, AREA, key, value);
}
