#ifndef EPISODED_NEW_SHOW_H
#define EPISODED_NEW_SHOW_H

/*
 * new_show_run - "episoded new-show NAME": write a dataset with comments, for a person to fill in, and say what comes next.
 *
 * output: the file; "-": standard output; NULL: a file in the folder, named after the show.
 * into:   the folder, which is created; NULL: the operator's, as the configuration says.
 *
 * A file that exists is never changed. Returns an exit code of sysexits(3): EX_OK, EX_USAGE, EX_CONFIG, EX_CANTCREAT,
 * EX_OSERR.
 */

struct new_show_options {
	const char *name;
	const char *output, *into; /* not both */
	const char *config_path;   /* may be NULL */
	const char *program;       /* how this program was called, for the commands that it shows */
};

int new_show_run(const struct new_show_options *options);

#endif
