#ifndef EPISODED_STORE_ASIDE_H
#define EPISODED_STORE_ASIDE_H

/* Rename damaged database files; never overwrite or delete them. */

#include <stdint.h>

#define ASIDE_NAME_BYTES 64

/*
 * Rename folder/name to folder/name.damaged-2026-11-29T17-30-00Z, together with its
 * "-wal" and "-shm" files. If that name is taken, "-2" and so on is added.
 *
 * Errors: -EMLINK there are already max such files; or the system's error.
 */
int aside_move(const char *folder, const char *name, unsigned max, uint64_t wall_ms,
		char ret[ASIDE_NAME_BYTES]);

#endif
