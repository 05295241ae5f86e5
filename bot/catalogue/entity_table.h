#ifndef EPISODED_ENTITY_TABLE_H
#define EPISODED_ENTITY_TABLE_H

#include <stdbool.h>

#define ENTITY_COUNT          2125
#define ENTITY_NAME_MAX_BYTES 31 /* "CounterClockwiseContourIntegral" */

/* A named character reference: &name; */
struct entity {
	const char *name, *text;
	bool is_legacy; /* it may be written without the semicolon */
};

extern const struct entity ENTITIES[ENTITY_COUNT]; /* sorted by name */

#endif
