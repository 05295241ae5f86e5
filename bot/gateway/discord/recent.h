#ifndef EPISODED_DISCORD_RECENT_H
#define EPISODED_DISCORD_RECENT_H

/*
 * The latest questions that were written as messages, and the messages that answer them: what an edit, a deletion or a
 * reaction may still concern. In memory only: Discord itself knows which message answers which. A full table replaces its
 * oldest entry. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCORD_RECENT_MAX 256

struct discord_asked {
	uint64_t question;       /* id of the message; 0: a free place */
	uint64_t channel, guild; /* guild 0: a direct message */
	uint64_t asker;          /* user; 0: not known */
	uint64_t edited_ms;      /* the latest edit; 0: not edited */
	uint64_t post;           /* id of the message that answers it; 0: not known */
	bool is_bare; /* no message of the bot answers it: it was declined, or the answer was taken back */
	bool is_unwanted; /* the answer that is under way is taken back as soon as it is delivered */
	bool is_layout;   /* the post is made of components */
};

struct discord_recent {
	struct discord_asked asked[DISCORD_RECENT_MAX];
	size_t next;
};

/* The entry of a question; a new one is empty but for its number. Never NULL; valid until the next call. */
struct discord_asked *discord_recent_note(struct discord_recent *recent, uint64_t question);
/* NULL: not known. question and post are not 0. */
struct discord_asked *discord_recent_find(struct discord_recent *recent, uint64_t question);
struct discord_asked *discord_recent_find_post(struct discord_recent *recent, uint64_t post);

#endif
