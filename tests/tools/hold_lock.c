/*
 * hold_lock - lock a SQLite file as a backup or an sqlite3 shell does, until
 * standard input ends. Writes "locked" once it holds the lock.
 */

#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	sqlite3 *db = NULL;
	int r = argc == 2 ? sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) : SQLITE_MISUSE;

	if (r == SQLITE_OK)
		r = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
	if (r != SQLITE_OK) {
		fprintf(stderr, "hold_lock: %s\n", db ? sqlite3_errmsg(db) : "usage: hold_lock FILE");
		return 1;
	}
	puts("locked");
	fflush(stdout);
	while (getchar() != EOF)
		;
	sqlite3_close(db);
	return 0;
}
