#ifndef EPISODED_FILES_H
#define EPISODED_FILES_H

/*
 * What the operator writes: the configuration and the datasets, read at the start, for a reload and for "chat".
 * Problems are logged. Functions that return an int return an exit code of sysexits(3): EX_OK, EX_CONFIG,
 * EX_DATAERR, EX_OSERR.
 */

#include <stdbool.h>

struct catalogue;
struct config;
struct loop;
struct show;
struct str;
struct files_reading; /* opaque: daemon/files.c */

struct files {
	struct config *config;
	struct catalogue *catalogue;
	const struct show *default_show; /* NULL: no "default_show" */
};

/* Where they are. */
struct files_source {
	const char *config_path; /* NULL: the configuration without a file */
	const char *data; /* the datasets that came with the program, used if the configuration has no "data" */
	/* Without a configuration: folders of the operator's shows beside them, NULL at the end. May be NULL. With a
	 * configuration it is the folder "shows" beside the file. */
	const char *const *shows;
	bool is_shows_only;   /* for "chat": no gateways, secrets or log of the file (config_load_shows()) */
	struct str *problems; /* problems and warnings are also appended here, a line each; may be NULL */
	const char *listen;   /* without a file: where the lobby listens; NULL: its default */
	const char *owners;   /* without a file: "everybody" or "nobody"; NULL: "nobody" */
};

/* The caller frees the configuration and the catalogue. EX_USAGE: listen or owners is wrong. */
int files_read(const struct files_source *source, struct files *ret);

/* The same for "check": the problems and warnings are appended to the report, with the words of files_read(). */
int files_check(const struct files_source *source, struct str *report, struct files *ret);

/*
 * files_read_later - the same, with the datasets read on a thread, because large ones take seconds.
 *
 * earlier is the catalogue in use: a broken dataset that it has stays as it is there. With EX_OK, on_read is called
 * later on the loop, and the reading is freed by itself. code EX_OK: files belong to the callee from then on. Otherwise
 * files is NULL.
 */
int files_read_later(struct loop *loop, const struct files_source *source, struct catalogue *earlier,
		void (*on_read)(void *user, int code, const struct files *files), void *user,
		struct files_reading **ret);
/*
 * The same for the datasets alone, because a file in one of their folders has changed. config must live until on_read,
 * and stays the caller's; in files it is config. The default show stays as it is in earlier if its file is gone.
 */
int files_read_shows_later(struct loop *loop, struct config *config, struct catalogue *earlier,
		void (*on_read)(void *user, int code, const struct files *files), void *user,
		struct files_reading **ret);
/* on_read will not be called. NULL-safe; not after on_read. */
void files_cancel(struct files_reading *reading);

/* Free a catalogue on a thread, because a large one takes tens of milliseconds. NULL-safe. */
void files_drop_catalogue(struct loop *loop, struct catalogue *catalogue);

/* Append "1 show, 12 episodes". */
void files_describe_catalogue(const struct catalogue *catalogue, struct str *str);

#endif
