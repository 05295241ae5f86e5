#ifndef EPISODED_IMPORT_INPUTS_H
#define EPISODED_IMPORT_INPUTS_H

/* The files of an import: named ones, those of a folder, standard input; each may be packed by gzip. */

#include <stdint.h>

#include "bot/import/source.h"

#define INPUTS_FILES_MAX       20000                 /* in folders */
#define INPUTS_DEPTH_MAX       4                     /* of folders in folders: a show, its seasons */
#define INPUTS_OTHER_MAX_BYTES SOURCE_JSON_MAX_BYTES /* of a file whose beginning is of no format */

/* A path that will be read. */
struct inputs_path {
	char *path;                           /* NULL: standard input */
	uint64_t bytes;                       /* 0: not known */
	const struct import_options *options; /* what is asked for of the file; may be NULL */
	bool waits;        /* left alone for now if its format is read after all others (-EAGAIN) */
	bool is_in_folder; /* found there, and not named by a person: left out if it is of no format */
};

struct inputs_paths {
	struct inputs_path *items;
	size_t count, capacity;
};

/*
 * Add what a person named: a file, "-" for standard input, or a folder: its files, sorted by name, and those of its
 * folders. Hidden files are left out.
 *
 * Errors: those of stat(2) and opendir(3); -E2BIG more than INPUTS_FILES_MAX files; -ENOMEM. What was added stays.
 */
int inputs_find(struct inputs_paths *paths, const char *source);
void inputs_paths_release(struct inputs_paths *paths);

/*
 * inputs_read - a file into memory, and its JSON.
 *
 * on_read: called with the bytes that were read, now and then; may be NULL.
 * Owns:    *ret is the caller's, inputs_free().
 * Errors:  those of open(2) and read(2); -EFBIG larger than its format allows, unpacked; -EBADMSG, -ENODATA as of unpacked_read(); -ENOMEM; -ENOEXEC: in a folder, of no
 *          format; -EAGAIN: it waits.
 */
int inputs_read(const struct inputs_path *path, void (*on_read)(void *context, uint64_t bytes), void *context,
		struct import_input **ret);
/* The same for bytes in memory, terminated, which are taken over, also on failure. name is copied. */
int inputs_take(const char *name, char *bytes, size_t length, struct import_input **ret);
void inputs_free(struct import_input *input);

#endif
