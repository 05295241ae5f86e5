#ifndef EPISODED_CATALOGUE_ARENA_H
#define EPISODED_CATALOGUE_ARENA_H

/* An arena: memory that is allocated in pieces and freed as a whole. Each show has one. */

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	int error; /* 0 or -ENOMEM; stays set, so that checking it once at the end is enough */
};

/* Allocate a zeroed array, aligned for any type. Out of memory: NULL, and the error is set. Not NULL for count 0. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes);
/* Copy a text; "" for NULL and if out of memory. */
const char *arena_text(struct arena *arena, const char *text);
/* Copy length bytes, and end them with a NUL. "" if out of memory. */
const char *arena_text_bytes(struct arena *arena, const char *text, size_t length);
void arena_release(struct arena *arena);

#endif
