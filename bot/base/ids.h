#ifndef EPISODED_BASE_IDS_H
#define EPISODED_BASE_IDS_H

/* The most recent message ids, so that a message delivered twice is handled once. A full table drops its
 * oldest id. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDS_SLOTS 4096 /* messages remembered; 64 KiB */

struct ids; /* opaque: base/ids.c */

/* NULL when out of memory. */
struct ids *ids_new(void);
void ids_free(struct ids *ids);

/* Add hash (a str_hash() of gateway and id). True when it was there already. */
bool ids_seen(struct ids *ids, uint64_t hash);

#endif
