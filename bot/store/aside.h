#ifndef EPISODED_STORE_ASIDE_H
#define EPISODED_STORE_ASIDE_H

/* Damaged database files: renamed, never overwritten, never deleted. */

#include <stdint.h>

#define ASIDE_NAME_BYTES 64

/*
 * Rename folder/name to folder/name.damaged-2026-11-29T17-30-00Z, and its
 * "-wal" and "-shm" with it; "-2" and so on is added where that name is taken.
 *
 * Errors: -EMLINK there are max such files already, or what the system says.
 */
int aside_move(const char *folder, const char *name, unsigned max, uint64_t wall_ms,
		char ret[ASIDE_NAME_BYTES]);

#endif
