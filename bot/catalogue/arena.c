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

void *arena_array(struct arena *arena, size_t count, size_t size_bytes)
{
	struct arena_block *block = arena->blocks;
	const size_t alignment = alignof(max_align_t);
	size_t length, capacity;
	void *piece;

	if (count > SIZE_MAX / 4 / (size_bytes ? size_bytes : 1))
		return out_of_memory(arena);
	length = count * size_bytes;
	length = (length ? length + alignment - 1 : alignment) / alignment * alignment;
	if (!block || block->capacity - block->used < length) {
		capacity = length > ARENA_BLOCK_BYTES ? length : ARENA_BLOCK_BYTES;
		block = calloc(1, sizeof(*block) + capacity);
		if (!block)
			return out_of_memory(arena);
		block->capacity = capacity;
		block->next = arena->blocks;
		arena->blocks = block;
	}
	piece = block->bytes + block->used;
	block->used += length;
	return piece;
}

const char *arena_text(struct arena *arena, const char *text)
{
	size_t size = strlen(text ? text : "") + 1;
	char *copy = arena_array(arena, size, 1);

	return copy ? memcpy(copy, text ? text : "", size) : "";
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
