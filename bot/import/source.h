#ifndef EPISODED_IMPORT_SOURCE_H
#define EPISODED_IMPORT_SOURCE_H

/*
 * The formats that can be imported. A format is a file of this folder and a line of the table in source.c. It is found by
 * the content of a file, never by the file's name.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/import/draft.h"
#include "bot/import/notes.h"

#define SOURCE_JSON_MAX_BYTES (8u * 1024 * 1024) /* that of base/json */

/* One file, read as a whole. It lives as long as the drafts that were read from it: origins point to it. */
struct import_input {
	const char *name; /* for messages: "season-1.json", "standard input" */
	const char *bytes; /* terminated by a NUL, which is not part of the file; a NUL may also be in the file */
	size_t length;
	struct json *json; /* the document if the file is JSON; else NULL. Owned by who made the input */
};

struct imdb_episodes; /* import/imdb_episodes.h */
struct pages;         /* import/pages.h */

/* What the caller of the import asks for. */
struct import_options {
	const char *show;    /* "--show": which show, in a file of several (a name, "tt..."); may be NULL */
	struct pages *pages; /* of all files; NULL: not looked at */
	struct imdb_episodes *imdb; /* joins IMDb's files; NULL: each is read alone */
	const char *reveal; /* "--reveal": of facts whose file has no episodes ("s02e02", "last", "0"); NULL: last */
};

struct import_format {
	const char *name;  /* as messages name it: "TVmaze", "Kodi .nfo" */
	size_t max_bytes;  /* of a file; larger ones are refused before they are read as a whole */
	bool may_be_empty; /* the format gives no episodes: trivia, progress, one season's page of something */

	/*
	 * Is the file of this format? Cheap. The first format in the table that says so reads the file, hence strict: a
	 * doubtful file belongs to no format. input may have the first SOURCE_HEAD_BYTES of a larger file only; json is
	 * then NULL.
	 */
	bool (*looks_like)(const struct import_input *input);

	/* Optional: is the file read after all others, because they say what is read of it? input as above. */
	bool (*is_last)(const struct import_input *input);

	/*
	 * Optional, for files that are larger than what is read of them: while the file is still read into memory, drop in
	 * place what read() would skip. rows: the next bytes of the file; the last row may be incomplete, and stays. *ret_done:
	 * how many bytes of the result are not looked at again. Lines must stay lines, for positions. Returns the new length.
	 */
	size_t (*shrink)(char *rows, size_t length, const struct import_options *options, size_t *ret_done);

	/*
	 * Read the file into an empty draft. Values that cannot be used become notes.
	 *
	 * Errors: -EBADMSG, with a NOTE_PROBLEM that says why; -ENOMEM. The draft may be half filled then.
	 */
	int (*read)(const struct import_input *input, const struct import_options *options,
			struct show_draft *draft, struct notes *notes);
};

#define SOURCE_HEAD_BYTES 65536

extern const struct import_format import_own;     /* own.c: a dataset of this program */
extern const struct import_format import_tvmaze;  /* tvmaze.c */
extern const struct import_format import_tmdb;    /* tmdb.c */
extern const struct import_format import_tvdb;    /* tvdb.c */
extern const struct import_format import_nfo;     /* nfo.c */
extern const struct import_format import_csv;     /* csv.c */
extern const struct import_format import_imdb;    /* imdb.c */
extern const struct import_format import_red;     /* red.c */
extern const struct import_format import_opentdb; /* opentdb.c */
extern const struct import_format import_trakt;   /* trakt.c */

/* The format of a file; NULL if it is of no format. */
const struct import_format *source_format(const struct import_input *input);

/* Read a file of any format into an empty draft. A file of no format is a NOTE_PROBLEM that names the nearest reason
 * (no JSON: line and column; UTF-16; a picture), and -EBADMSG. -ENOMEM. */
int source_read(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes);

/* The position of a JSON value (of its key, if it has one) of an input. Cheap: the line is counted when it is printed. */
struct json_node;
struct origin source_at(const struct import_input *input, const struct json_node *node);

#endif
