#ifndef EPISODED_PERSON_ZONE_H
#define EPISODED_PERSON_ZONE_H

/*
 * The time zones that people have set for themselves. They are kept in the store alone: only
 * an answer that tells an hour reads one.
 *
 * A person is that of key_of_person() (key.h).
 */

#include <stddef.h>

#include "bot/base/zone.h"
#include "bot/core/message.h"

/* People. At the limit, the oldest zone is deleted if it is older than PERSON_ZONES_KEPT_DAYS; otherwise a new one is
 * refused. */
#define PERSON_ZONES_MAX       10000
#define PERSON_ZONES_KEPT_DAYS 400

struct store;

/* The zone of a message's author. -ENOENT not set, or the store's error; ret is then "". */
int person_zone_get(struct store *store, const char *gateway, const struct message *author,
		char ret[ZONE_NAME_BYTES]);

/* Set it; zone NULL deletes it. -EEXIST it is so already, -ENOENT there is nothing to delete, -E2BIG
 * PERSON_ZONES_MAX, -EINVAL too long a name, or the store's error; nothing is then changed. */
int person_zone_set(struct store *store, const char *gateway, const struct message *author, const char *zone);

#endif
