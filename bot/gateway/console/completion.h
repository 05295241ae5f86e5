#ifndef EPISODED_COMPLETION_H
#define EPISODED_COMPLETION_H

/* Completion of a line that is being typed in a terminal: the command's name, then its arguments as on every other
 * network (core/complete.h). */

#include <stddef.h>

#include "bot/core/dispatch.h"

#define COMPLETION_MAX 64 /* more than there are commands */

struct completion {
	size_t at; /* the byte of the line where the completed part begins */
	size_t count;
	struct {
		char *value, *label; /* what replaces the part; what it is */
	} matches[COMPLETION_MAX];
};

/* line: up to the cursor. asker says who types, where and when. If memory runs out, matches are missing. The caller
 * releases *ret. */
void completion_of(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		const char *line, struct completion *ret);
void completion_release(struct completion *completion);

/* How many bytes all values have in common at their beginning: whole characters. */
size_t completion_common(const struct completion *completion);

#endif
