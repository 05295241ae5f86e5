#ifndef EPISODED_AREAS_H
#define EPISODED_AREAS_H

/* What kind of value an area of the store has, for a store that several processes share. */

#include <stdbool.h>

enum area_kind {
	AREA_SHARED, /* all processes know it, and hear of changes */
	AREA_LEASED, /* only the owner of a gateway's or a shard's lease reads and writes it */
	AREA_HOST,   /* each host has its own: the lobby */
};

/* An area that is not in the table is AREA_SHARED: right, if slower. */
enum area_kind area_kind(const char *area);
/* Is it in the table? tests/unit/test_areas.c requires it of each area in bot/. */
bool area_is_listed(const char *area);

#endif
