#ifndef EPISODED_DISCORD_BUTTON_H
#define EPISODED_DISCORD_BUTTON_H

/*
 * Buttons. The action is in the custom_id, so that a button works as long as its message exists, also after a
 * restart:
 *
 * 	c:episode 6      run the command
 * 	m:2:episodes     the same answer, third page
 *
 * Pure.
 */

#include <stdbool.h>

#include "bot/core/reply.h"

#define DISCORD_BUTTON_ID_MAX_UNITS    100
#define DISCORD_BUTTON_LABEL_MAX_UNITS 80
#define DISCORD_BUTTON_PAGE_MAX        999

struct discord_button {
	bool is_page;        /* shows a page of the answer that the button is part of */
	unsigned page;       /* from 0 */
	const char *command; /* without prefix; within the custom_id */
};

/*
 * button_parse - read a custom_id.
 *
 * Shape:   "c:" command, or "m:" page ":" command.
 * Owns:    ret->command is borrowed from custom_id.
 * Errors:  -EBADMSG not one of ours; *ret untouched.
 */
int discord_button_parse(const char *custom_id, struct discord_button *ret);

/* Can a button show another page of the answer to command? No, if that does not fit a custom_id. */
bool discord_button_holds(const char *command, unsigned page);

/*
 * Append the button rows as items of "components": the reply's choices, previous and next page if there are
 * several, and a link. command NULL: no page buttons; url NULL: no link.
 */
struct discord_button_pages {
	unsigned page, count;
	const char *command;
	const char *url;
	bool is_first; /* no component precedes the rows */
};
void discord_button_append_rows(
		struct str *str, const struct reply *reply, const struct discord_button_pages *pages);

#endif
