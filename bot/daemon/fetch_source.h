#ifndef EPISODED_FETCH_SOURCE_H
#define EPISODED_FETCH_SOURCE_H

/* A show of a site as a source of "episoded import": it is fetched, shown, and taken when the person agrees. */

#include <stdbool.h>

#include "bot/fetch/visit.h"

struct fetch_source_options {
	const char *config_path; /* for "sites", "proxy" and the token; NULL: without a configuration */
	bool is_agreed;          /* "--yes": do not ask */
	void (*print)(bool is_error, const char *text); /* lines that are escaped already */
};

#define FETCH_SOURCE_DECLINED 1 /* an exit code: the person said no */

/*
 * fetch_source - fetch the show of an address, "tvmaze:NAME".
 *
 * *ret has the documents; visit_release(). It is set with EX_OK only.
 * Returns an exit code of sysexits(3): EX_USAGE: the address is wrong, or the person cannot be asked; EX_NOINPUT: there is
 * no such show; EX_CONFIG: the configuration, or the token; EX_TEMPFAIL: the site cannot be reached; EX_PROTOCOL: its
 * answer cannot be used; EX_OSERR; FETCH_SOURCE_DECLINED.
 */
int fetch_source(const char *word, const struct fetch_source_options *options, struct visit *ret);

#endif
