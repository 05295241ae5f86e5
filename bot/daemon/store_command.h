#ifndef EPISODED_STORE_COMMAND_H
#define EPISODED_STORE_COMMAND_H

/* "episoded store copy FROM TO": move a state between a folder (SQLite) and a PostgreSQL. */

#include <stdbool.h>

/* words: "copy", FROM, TO: each a folder or the URL of a database. config_path: the keys of "database" in this file are
 * used; may be NULL. print: one line of output. Returns an exit code of sysexits(3), or 1: the copy differs. */
int store_command(const char *config_path, int count, char *const *words,
		void (*print)(bool is_error, const char *text));

#endif
