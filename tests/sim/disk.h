#ifndef EPISODED_SIM_DISK_H
#define EPISODED_SIM_DISK_H

/*
 * The machine's disk, as SQLite's default VFS: files in the world's memory. A
 * killed process leaves what it has written; lost power takes any part of what
 * was not synced; and a disk may be full or failing for a while.
 */

#include <stdbool.h>

void disk_reset(void); /* after world_reset() */
/* Make it SQLite's default; in each process that opens a store. */
void disk_mount(void);
/* The power is gone: of what was not synced, some is lost and some is torn. */
void disk_lose_power(void);

enum disk_state {
	DISK_WELL,
	DISK_FULL,
	DISK_FAILING, /* writes and syncs return errors */
};
void disk_set(enum disk_state state);
enum disk_state disk_state(void);

#endif
