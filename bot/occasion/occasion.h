#ifndef EPISODED_OCCASION_H
#define EPISODED_OCCASION_H

/*
 * An occasion: a moment at which the bot speaks without being asked. It has an ID, a time, a place, and the internal
 * command that makes what is said, at the moment when it is said. When it is due, it becomes a message (MESSAGE_OCCASION)
 * that is written to the journal and answered as a question is.
 *
 * Here is its form in the store; core/occasions keeps them. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/base/str.h"

#define OCCASION_ID_BYTES        96                    /* of an ID, with the NUL */
#define OCCASION_WORDS_MAX_BYTES 1000                  /* of its words */
#define OCCASION_NAME_MAX_BYTES  400                   /* of each other text */
#define OCCASION_MAX_BYTES       6000                  /* of the form in the store */
#define OCCASION_LAST_S          INT64_C(253402300799) /* the end of the year 9999 */

/* Where it is said, as in struct message: what a gateway needs to answer there. */
struct occasion_place {
	const char *gateway, *channel;                 /* the channel, or the person if is_private */
	const char *author_id, *author_name, *account; /* the person it is for; "" if it is for the channel */
	const char *extra;                             /* of the gateway; may be "" */
	const char *host; /* the host whose gateway says it, where each host has its own (a lobby); "": any */
	uint64_t route;
	bool is_private;
	bool is_for_author; /* said to the author alone, wherever the author asked for it */
};

/* Texts are borrowed, and not NULL. */
struct occasion {
	const char *id;         /* unique in the state */
	int64_t due_s, until_s; /* said from due_s until before until_s, or not at all; seconds since 1970 UTC */
	struct occasion_place place;
	const char *command; /* its name: PERMISSION_BOT */
	const char *words;   /* behind the command's name */
	const char *group;   /* occasions that are moved and removed together; "": alone */
	bool is_pressing;    /* said in the channel's quiet hours, too; otherwise at their end */
	bool is_missed; /* its window is over, and it was not said: kept so that its author learns of it */
};

/* Append the form of the store. Sets str->error if a text is too long. */
void occasion_append(const struct occasion *occasion, struct str *str);

/*
 * occasion_read - read the form of the store.
 *
 * Shape:   lines "name value", each name at most once; unknown names are skipped.
 * Owns:    ret's texts point into bytes, which is changed.
 * Errors:  -EBADMSG; *ret untouched.
 */
int occasion_read(char *bytes, struct occasion *ret);

#endif
