#ifndef EPISODED_SIM_DISK_H
#define EPISODED_SIM_DISK_H

/*
 * The machine's disk, as SQLite's default VFS: files in the shared memory. After a kill all
 * writes remain; after a power cut any unsynced writes may be lost; and the disk may be
 * full or failing for a while.
 */

#include <stdbool.h>

void disk_reset(void); /* call after world_reset() */
/* Register it as SQLite's default VFS; call in each process that opens a store. */
void disk_mount(void);
/* Power cut: unsynced writes are lost or torn by chance. */
void disk_lose_power(void);

enum disk_state {
	DISK_WELL,
	DISK_FULL,
	DISK_FAILING, /* writes and syncs return errors */
};
void disk_set(enum disk_state state);
enum disk_state disk_state(void);

#endif
