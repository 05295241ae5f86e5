#ifndef EPISODED_TYPED_HISTORY_H
#define EPISODED_TYPED_HISTORY_H

/*
 * The lines that were typed in earlier sessions, in a file of the person's own (mode 0600): one a line, oldest first.
 * A line is appended when it is typed, so several sessions at once lose nothing. Without a file (no home, a full disk)
 * nothing is kept, and no error is reported: it is a convenience.
 */

#include <stddef.h>

#define TYPED_HISTORY_LINES    1000         /* older lines are dropped */
#define TYPED_HISTORY_BYTES    (256 * 1024) /* of the file */
#define TYPED_HISTORY_LINE_MAX 2048         /* a longer line is not kept */

struct typed_history; /* opaque: gateway/console/typed_history.c */

/* Read the file, and shorten it where it is too long. path may be NULL: nothing is kept. NULL: out of memory. */
struct typed_history *typed_history_open(const char *path);
void typed_history_close(struct typed_history *history); /* NULL-safe */

/* A line of earlier sessions, oldest first; NULL after the last. Borrowed. */
const char *typed_history_line(const struct typed_history *history, size_t index);

/* Append a line. The one before is not repeated. */
void typed_history_add(struct typed_history *history, const char *line);

#endif
