#ifndef EPISODED_DISCORD_FLOW_H
#define EPISODED_DISCORD_FLOW_H

/*
 * Paragraphs divided into pages of a number of UTF-16 units. Only the wanted page is written; the others are
 * counted. What is veiled is between ||bars||, or in parts of its own. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "bot/base/str.h"

#define DISCORD_FLOW_PAGE_LEAST_UNITS 600 /* of a page; a lead must be much shorter */

/* With has_parts: begins each part in out, and says whether the part is veiled. No text contains these. */
#define DISCORD_FLOW_CLEAR  '\x01'
#define DISCORD_FLOW_VEILED '\x02'

#define DISCORD_FLOW_PARTS_MAX 12 /* on a page */

struct discord_flow {
	struct str *out;
	bool has_parts; /* consecutive paragraphs that are all clear or all veiled make a part */
	size_t page_units;
	size_t wanted;       /* page, from 0 */
	size_t page;         /* the page being filled; at the end the last page */
	size_t used;         /* units of that page */
	size_t parts;        /* of that page */
	bool is_part_veiled; /* the last of them */
};

/* A paragraph: lead is markup and written as it is; text is escaped. Veiled: both are a spoiler. */
void discord_flow_add(struct discord_flow *flow, const char *lead, const char *text, bool is_veiled);

#endif
