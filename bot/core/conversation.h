#ifndef EPISODED_CONVERSATION_H
#define EPISODED_CONVERSATION_H

/*
 * A conversation: one person in one channel. It remembers the last answer, which
 * "more", "next" and "source" without an argument continue. The table is limited in
 * size, entries expire, and nothing is written to disk.
 */

#include "bot/core/reply.h"

#define CONVERSATIONS_MAX     128 /* a new one replaces the one idle longest */
#define CONVERSATION_IDLE_MS  (15u * 60 * 1000)
#define CONVERSATION_ID_BYTES 64 /* of a show's ID; longer ones are not remembered */

/* The episodes drawn by "random" (draw.c). */
struct conversation_bag {
	uint64_t of, seed; /* hash of the show and the number of episodes; of the order in which they come */
	size_t drawn, shift;
	int last; /* the order of the episode drawn last */
};

struct conversation {
	uint64_t key;     /* 0: unused */
	uint64_t used_ms; /* monotonic */
	char show_id[CONVERSATION_ID_BYTES];
	size_t episode;     /* of the show: its index + 1; 0: not asked about one yet */
	uint64_t random_of; /* hash of the last random choice's kind and range; random_drawn is its result */
	size_t random_drawn;
	struct conversation_bag bag;
	struct reply *rest; /* a long answer with further pages, or NULL */
	size_t rest_position;
};

struct conversations {
	struct conversation slot[CONVERSATIONS_MAX];
};

void conversations_init(struct conversations *conversations);
void conversations_release(struct conversations *conversations);

/* Find the conversation of a key (a hash of gateway, channel and person). Start a new one if it does not exist or
 * has expired. */
struct conversation *conversations_get(struct conversations *conversations, uint64_t key, uint64_t now_ms);

/* Keep a reply for "more" to continue at position; takes ownership. NULL, or position 0, forgets the old one. */
void conversation_keep_rest(struct conversation *conversation, struct reply *reply, size_t position);

#endif
