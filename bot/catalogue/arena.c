/* An arena: memory that is allocated in pieces and freed as a whole. */

#include "bot/catalogue/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES 16384

struct arena_block {
	struct arena_block *next;
	size_t used, capacity;
	alignas(max_align_t) unsigned char bytes[];
};

static void *out_of_memory(struct arena *arena)
{
	arena->error = -ENOMEM;
	return NULL;
}

/* Take bytes of a block. alignment: a power of two; texts have none, so that they are packed. */
static void *take(struct arena *arena, size_t length, size_t alignment)
{
	struct arena_block *block = arena->blocks;
	size_t begin = block ? (block->used + alignment - 1) & ~(alignment - 1) : 0, capacity;

	if (!block || begin > block->capacity || block->capacity - begin < length) {
		capacity = length > ARENA_BLOCK_BYTES ? length : ARENA_BLOCK_BYTES;
		block = calloc(1, sizeof(*block) + capacity);
		if (!block)
			return out_of_memory(arena);
		block->capacity = capacity;
		block->next = arena->blocks;
		arena->blocks = block;
		begin = 0;
	}
	block->used = begin + length;
	return block->bytes + begin;
}

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
	if (count > SIZE_MAX / 4 / (size_bytes ? size_bytes : 1))
		return out_of_memory(arena);
	/* Not 0 bytes, so that no two arrays have the same address. */
	return take(arena, count && size_bytes ? count * size_bytes : 1, alignof(max_align_t));
}

const char *arena_text_bytes(struct arena *arena, const char *text, size_t length)
{
	char *copy = take(arena, length + 1, 1);

	if (!copy)
		return "";
	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

const char *arena_text(struct arena *arena, const char *text)
{
	return arena_text_bytes(arena, text ? text : "", strlen(text ? text : ""));
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->blocks, *next;

	for (; block; block = next) {
		next = block->next;
		free(block);
	}
	*arena = (struct arena){0};
}
