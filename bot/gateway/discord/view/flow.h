#ifndef EPISODED_DISCORD_FLOW_H
#define EPISODED_DISCORD_FLOW_H

/*
 * Paragraphs flowing into pages of so many UTF-16 units. Of all pages only the
 * wanted one is written; the others are counted. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define DISCORD_FLOW_PAGE_LEAST_UNITS 600 /* of a page; a lead must be a good deal shorter */

struct discord_flow {
	struct str *out;
	size_t page_units;
	size_t wanted; /* page, from 0 */
	size_t page;   /* the one being filled; after the last paragraph the last one */
	size_t used;   /* units of it */
};

/* A paragraph: lead is markup and stays as it is, text is escaped, or veiled with it. */
void discord_flow_add(struct discord_flow *flow, const char *lead, const char *text, bool is_veiled);

#endif
