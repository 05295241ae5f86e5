#ifndef EPISODED_BASE_IDS_H
#define EPISODED_BASE_IDS_H

/* The ids seen lately, so that what a network delivers twice is handled once. The oldest are forgotten first.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDS_SLOTS 4096 /* messages remembered; 64 KiB */

struct ids; /* opaque: base/ids.c */

/* NULL when out of memory. */
struct ids *ids_new(void);
void ids_free(struct ids *ids);

/* Remember hash (a str_hash of gateway and id). True when it was there already. */
bool ids_seen(struct ids *ids, uint64_t hash);

#endif
