/* Answers of a site in pages. */

#include "bot/import/pages.h"

#include <string.h>

#include "bot/base/str.h"

void pages_add(struct pages *pages, struct origin at, const char *self, const char *next)
{
	if (pages->count < PAGES_MAX)
		pages->list[pages->count++] = (struct import_page){
				.self = self ? self : "", .next = next ? next : "", .at = at};
}

static bool has_page(const struct pages *pages, const char *address)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (strcmp(pages->list[i].self, address) == 0)
			return true;
	}
	return false;
}

void pages_judge(const struct pages *pages, struct notes *notes)
{
	for (size_t i = 0; i < pages->count; i++) {
		const struct import_page *page = &pages->list[i];
		const char *query = strchr(page->next, '?'), *number = strstr(page->next, "page=");
		long counted = 0;

		if (!*page->next || has_page(pages, page->next))
			continue;
		/* The first page is page=0. */
		if (query && number && str_to_long(number + strlen("page="), 0, PAGES_MAX, &counted) == 0)
			notes_add(notes, NOTE_DOUBTFUL, page->at,
					"page %ld of %.*s is missing: fetch %s and give both files",
					counted + 1, (int)(query - page->next), page->next, page->next);
		else
			notes_add(notes, NOTE_DOUBTFUL, page->at,
					"the next page is missing: fetch %s and give both files", page->next);
	}
}
