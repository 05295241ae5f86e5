#ifndef EPISODED_LOBBY_CHAT_ANSWER_H
#define EPISODED_LOBBY_CHAT_ANSWER_H

/* A reply in the two forms of the lobby: a card for the page, plain lines for every other client. */

#include <stddef.h>

#include "bot/core/reply.h"

struct chat_answer {
	char *text;  /* lines with LF between, with IRC formatting */
	char *card;  /* JSON, escaped as a tag's value; NULL: too large for a card */
	size_t next; /* the position after this answer; 0: the reply ends here */
};

/* Render as many items as one card holds, from position on. prefix is for the commands in it. The caller frees text and
 * card. -ENOMEM: *ret untouched. */
int chat_answer_render(
		const struct reply *reply, size_t position, const char *prefix, struct chat_answer *ret);

#endif
