#ifndef EPISODED_DISCORD_BUTTON_H
#define EPISODED_DISCORD_BUTTON_H

/*
 * Buttons. What one does is written in its custom_id, so that it works as long
 * as the message is there, whatever became of the process that sent it:
 *
 *	c:episode 6      run the command
 *	m:2:episodes     the same answer, at its third page
 *
 * Pure.
 */

#include <stdbool.h>

#include "bot/core/reply.h"

#define DISCORD_BUTTON_ID_MAX_UNITS    100
#define DISCORD_BUTTON_LABEL_MAX_UNITS 80
#define DISCORD_BUTTON_PAGE_MAX        999

struct discord_button {
	bool is_page;        /* of the answer it stands under */
	unsigned page;       /* from 0 */
	const char *command; /* without prefix; within the custom_id */
};

/*
 * button_parse - a custom_id back into what it stands for.
 *
 * Shape:   "c:" command, or "m:" page ":" command.
 * Owns:    ret->command is borrowed from custom_id.
 * Errors:  -EBADMSG not one of ours; *ret untouched.
 */
int discord_button_parse(const char *custom_id, struct discord_button *ret);

/* A page of an answer to command can be asked for by a button. */
bool discord_button_holds(const char *command, unsigned page);

/*
 * Append the rows below an answer as "components": [...]: its choices, and the
 * pages before and after where there are several. command NULL: no page buttons.
 */
struct discord_button_pages {
	unsigned page, count;
	const char *command;
};
void discord_button_append_rows(
		struct str *str, const struct reply *reply, const struct discord_button_pages *pages);

#endif
