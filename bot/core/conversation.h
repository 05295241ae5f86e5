#ifndef EPISODED_CONVERSATION_H
#define EPISODED_CONVERSATION_H

/*
 * What one person in one place asked last: what "more", "next" and "source"
 * without an argument go on from. Bounded, forgotten after a while, never
 * written to disk.
 */

#include "bot/core/reply.h"

#define CONVERSATIONS_MAX     128 /* the one idle longest makes room */
#define CONVERSATION_IDLE_MS  (15u * 60 * 1000)
#define CONVERSATION_ID_BYTES 64 /* of a show's id; a longer one is not remembered */

struct conversation {
	uint64_t key;     /* 0: free */
	uint64_t used_ms; /* monotonic */
	char show_id[CONVERSATION_ID_BYTES];
	int episode_order;  /* 0: none */
	uint64_t random_of; /* hash of what was drawn from; the draw itself */
	size_t random_drawn;
	struct reply *rest; /* a long answer that was not said to its end, or NULL */
	size_t rest_position;
};

struct conversations {
	struct conversation slot[CONVERSATIONS_MAX];
};

void conversations_init(struct conversations *conversations);
void conversations_release(struct conversations *conversations);

/* The conversation of a key (a hash of gateway, channel and person), new when there was none or it went
 * stale. */
struct conversation *conversations_get(struct conversations *conversations, uint64_t key, uint64_t now_ms);

/* Keep a reply (taken over) to go on from position; position 0 or NULL forgets. */
void conversation_keep_rest(struct conversation *conversation, struct reply *reply, size_t position);

#endif
