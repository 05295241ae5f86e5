#ifndef EPISODED_RUNNING_H
#define EPISODED_RUNNING_H

/*
 * The file "episoded.running" of a state folder: which process has the folder, and where its lobby is open. For people who
 * start a second one. The lock on the folder decides who has it; the file only says it, so an error is no trouble.
 */

#include <stddef.h>

#define RUNNING_ADDRESS_BYTES 80
#define RUNNING_TEXT_BYTES    128

/* This process has the folder. address: "http://127.0.0.1:8080"; "": there is no lobby. */
void running_write(const char *folder, const char *address);
void running_remove(const char *folder);

/* While another process has the folder: "another episoded (process 12, open at http://127.0.0.1:8080)", or as much as the file
 * tells. */
void running_describe(const char *folder, char ret[RUNNING_TEXT_BYTES]);

#endif
