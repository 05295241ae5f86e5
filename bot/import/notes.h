#ifndef EPISODED_IMPORT_NOTES_H
#define EPISODED_IMPORT_NOTES_H

/*
 * What an import dropped, changed or doubts, and why, with the position in the file. Bounded: of notes that differ in
 * their arguments only, the first NOTES_ALIKE_MAX are kept and the others counted.
 */

#include <stdbool.h>
#include <stddef.h>

#define NOTES_MAX       500 /* kept in total; further ones are counted */
#define NOTES_ALIKE_MAX 5   /* kept of one format string */

struct import_input; /* import/source.h */
struct str;

/* Where a value was read. */
struct origin {
	const struct import_input *input; /* NULL: not from a file */
	size_t offset;                    /* in the bytes of the file; used if line is 0 */
	unsigned line, column; /* from 1; column in code points, 0: the line as a whole. Line 0: see offset */
};

/* Values are also the order in which a summary shows them. */
enum note_kind {
	NOTE_PROBLEM,  /* the file cannot be imported: the import fails */
	NOTE_DROPPED,  /* a value is left out */
	NOTE_CHANGED,  /* a value was changed: cut, corrected */
	NOTE_DOUBTFUL, /* kept, but the owner should look at it */
	NOTE_KINDS,
};

struct notes; /* opaque: import/notes.c */

/* -ENOMEM. */
int notes_new(struct notes **ret);
void notes_free(struct notes *notes);

/*
 * notes_add - one line, which says what happened, and how to fix it where the owner can.
 *
 * format must be a string literal: it is compared by its address to find notes that are alike. The text is escaped.
 * Out of memory: the note is counted and not kept.
 */
void notes_add(struct notes *notes, enum note_kind kind, struct origin at, const char *format, ...)
		__attribute__((format(printf, 4, 5)));

/* At least one NOTE_PROBLEM: the draft is not to be written. */
bool notes_have_problem(const struct notes *notes);
/* All that were added, whether kept or only counted. */
size_t notes_count(const struct notes *notes, enum note_kind kind);

/* Append the notes, a line each: "season-1.json:12:7: dropped: the text". Sorted by kind, then in the order in which they
 * were added; where some were counted only, a line says how many. */
void notes_print(const struct notes *notes, struct str *str);

#endif
