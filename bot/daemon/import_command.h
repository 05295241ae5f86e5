#ifndef EPISODED_IMPORT_COMMAND_H
#define EPISODED_IMPORT_COMMAND_H

/* "episoded import SOURCE...": read what people have about a show, and write a dataset. */

#include <stdbool.h>

struct import_arguments {
	int count; /* of sources */
	char *const *sources;
	const char *output;      /* "-o": a file, "-": standard output; may be NULL */
	const char *into;        /* "--into": a folder; may be NULL */
	const char *show;        /* "--show"; may be NULL */
	const char *reveal;      /* "--reveal"; may be NULL */
	const char *config_path; /* for sources that are fetched; may be NULL */
	bool is_dry_run, replaces, updates;
	bool is_agreed; /* "--yes": a show that was fetched is the right one */
};

/*
 * import_command - read all sources into one dataset, and write it. A source may also be a show of a site, which is fetched
 * (fetch_source.h).
 *
 * Without output and into, the dataset goes to standard output, unless that is a terminal. Notes and the summary go to
 * standard error. print: one or more lines, which are escaped already.
 *
 * Returns an exit code of sysexits(3): EX_USAGE; EX_NOINPUT: a source cannot be read; EX_DATAERR: a source cannot be
 * imported; EX_CANTCREAT: the file exists, or cannot be written; EX_OSERR: out of memory; those of fetch_source().
 */
int import_command(const struct import_arguments *arguments, void (*print)(bool is_error, const char *text));

#endif
