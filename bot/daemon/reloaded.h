#ifndef EPISODED_RELOADED_H
#define EPISODED_RELOADED_H

/* What a reload led to, for the owner who asked for it: what has changed, and the problems. */

#include "bot/base/str.h"
#include "bot/core/command.h"

#define RELOADED_CHANGES_MAX    12 /* lines; further ones are counted */
#define RELOADED_PROBLEMS_BYTES (16 * 1024)

struct files;

struct reloaded {
	struct request_reload result;
	struct str changes, problems, dataset; /* problems: to be filled by files.h */
	size_t change_count;
};

void reloaded_init(struct reloaded *reloaded);
void reloaded_release(struct reloaded *reloaded);

/* A reload begins: forget the one before. */
void reloaded_begin(struct reloaded *reloaded);
/* The files that were read, and those that they replace. Both must be complete. */
void reloaded_compare(struct reloaded *reloaded, const struct files *before, const struct files *after);
/* The reload has ended. dataset describes what is in use now. */
void reloaded_end(struct reloaded *reloaded, bool is_done, const char *dataset);

#endif
