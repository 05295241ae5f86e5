#ifndef EPISODED_IMPORT_PAGES_H
#define EPISODED_IMPORT_PAGES_H

/* Answers that a site gives in pages, each a file with links to itself and to the next one: is each page there? */

#include "bot/import/notes.h"

#define PAGES_MAX 1000 /* that are looked at; of a show with 500 episodes a page, and of nothing else */

struct pages {
	struct import_page {
		const char *self, *next; /* borrowed from the input; "": not said, or the last page */
		struct origin at;
	} list[PAGES_MAX];
	size_t count;
};

/* self and next may be NULL. */
void pages_add(struct pages *pages, struct origin at, const char *self, const char *next);
/* All files are read: note each page that is missing, with the address from where to fetch it. */
void pages_judge(const struct pages *pages, struct notes *notes);

#endif
