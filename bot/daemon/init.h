#ifndef EPISODED_INIT_H
#define EPISODED_INIT_H

/*
 * init_run - "episoded init": ask what the network needs (bot/config/draft.h), write a configuration, and say what comes
 * next.
 *
 * type:    a network; NULL or unknown: the known ones are listed.
 * path:    the file; NULL: /etc/episoded/episoded.json for root where its folder exists, else episoded.json here. A
 *          gateway is added to a file that exists, if the person agrees; the old file is kept as PATH.old.
 * program: how this program was called, for the commands that it shows.
 *
 * Reads standard input, a terminal or a pipe. Returns an exit code of sysexits(3): EX_OK, EX_USAGE, EX_DATAERR (an
 * answer is missing or wrong, in a pipe), EX_CONFIG (the file has errors), EX_CANTCREAT.
 */
int init_run(const char *type, const char *path, const char *program);

#endif
