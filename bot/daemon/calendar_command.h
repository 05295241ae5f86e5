#ifndef EPISODED_CALENDAR_COMMAND_H
#define EPISODED_CALENDAR_COMMAND_H

/* "episoded calendar [SHOW]": the calendar of a show or of all, as text or as a file for a web server. */

#include <stdbool.h>

struct calendar_task {
	const char *config_path; /* its "data"; NULL: the datasets of data */
	const char *data;        /* as in struct files_source */
	const char *const *shows;
	const char *output; /* the file; NULL: print the calendar */
	const char *alarm;  /* minutes, as typed; NULL: no alarms */
};

/*
 * An earlier calendar in the file is read first: what has not changed stays as it is there, and a file that would not
 * change is not written. A file that is no calendar of this program is not replaced.
 *
 * words: SHOW, an ID, a name or an alias; no word: all shows. print: one line or, for the calendar, a text with its line ends. Returns an exit
 * code of sysexits(3): EX_OK, EX_USAGE, EX_DATAERR, EX_CANTCREAT, EX_CONFIG, EX_OSERR.
 */
int calendar_command(const struct calendar_task *task, int count, char *const *words,
		void (*print)(bool is_error, const char *text));

#endif
