#ifndef EPISODED_CHECK_H
#define EPISODED_CHECK_H

/* "episoded check config": whether "run" would work with a configuration, and in the words of "run" why not. */

#include "bot/daemon/files.h"

struct str;

/*
 * Check the configuration, its datasets, its state folder, its trace file and what its gateways need to start. Problems
 * and warnings are appended to the report, a line each. What "run" logs and survives is a warning.
 *
 * Returns the exit code of "run": EX_OK, EX_CONFIG, EX_DATAERR, EX_OSERR. With EX_OK the report ends with a line that
 * says so.
 */
int check_config(const struct files_source *source, struct str *report);

#endif
