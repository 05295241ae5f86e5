/* Conversations: a small table that replaces the one idle longest. */

#include "bot/core/conversation.h"

void conversations_init(struct conversations *conversations)
{
	*conversations = (struct conversations){0};
}

static void forget(struct conversation *conversation)
{
	conversation_keep_rest(conversation, NULL, 0);
	*conversation = (struct conversation){0};
}

void conversations_release(struct conversations *conversations)
{
	for (size_t i = 0; i < CONVERSATIONS_MAX; i++)
		forget(&conversations->slot[i]);
}

struct conversation *conversations_get(struct conversations *conversations, uint64_t key, uint64_t now_ms)
{
	struct conversation *found = NULL, *oldest = &conversations->slot[0];

	for (size_t i = 0; i < CONVERSATIONS_MAX && !found; i++) {
		struct conversation *slot = &conversations->slot[i];

		if (slot->key == key)
			found = slot;
		if (slot->used_ms < oldest->used_ms)
			oldest = slot;
	}
	if (found && now_ms - found->used_ms > CONVERSATION_IDLE_MS)
		forget(found);
	if (!found) {
		found = oldest;
		forget(found);
	}
	found->key = key;
	found->used_ms = now_ms;
	return found;
}

void conversation_keep_rest(struct conversation *conversation, struct reply *reply, size_t position)
{
	if (conversation->rest != reply)
		reply_free(conversation->rest);
	conversation->rest = reply;
	conversation->rest_position = position;
}
