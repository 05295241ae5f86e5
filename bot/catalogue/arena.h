#ifndef EPISODED_CATALOGUE_ARENA_H
#define EPISODED_CATALOGUE_ARENA_H

/* Memory that is given out in pieces and given back as a whole: all of a show lives in one. */

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	int error;                  /* 0 or -ENOMEM; sticky, so that a reader looks once, at the end */
};

/* Zeroed and aligned for anything. NULL, and the error set, when out of memory; never NULL for nothing. */
void *arena_array(struct arena *arena, size_t count, size_t size_bytes);
/* A copy; "" for NULL and when out of memory. */
const char *arena_text(struct arena *arena, const char *text);
void arena_release(struct arena *arena);

#endif
