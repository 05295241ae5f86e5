#ifndef EPISODED_DISCORD_FLOW_H
#define EPISODED_DISCORD_FLOW_H

/*
 * Paragraphs divided into pages of a number of UTF-16 units. Only the wanted page is written; the others are
 * counted. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define DISCORD_FLOW_PAGE_LEAST_UNITS 600 /* of a page; a lead must be much shorter */

struct discord_flow {
	struct str *out;
	size_t page_units;
	size_t wanted; /* page, from 0 */
	size_t page;   /* the page being filled; at the end the last page */
	size_t used;   /* units of that page */
};

/* A paragraph: lead is markup and written as it is; text is escaped. Veiled: both are a spoiler. */
void discord_flow_add(struct discord_flow *flow, const char *lead, const char *text, bool is_veiled);

#endif
