#ifndef EPISODED_LOBBY_CHAT_GUEST_H
#define EPISODED_LOBBY_CHAT_GUEST_H

/*
 * One person of a page, over all connections: the private messages between the person and the bot. A browser has a secret
 * token, and the person's key is its hash: the store and the journal have the key only, so that they open nothing.
 */

#include <stdbool.h>

#include "bot/gateway/lobby/history.h"

#define CHAT_GUEST_KEY_BYTES 34 /* '@', 32 hex digits, NUL */

struct chat_guest {
	char key[CHAT_GUEST_KEY_BYTES];
	struct history history;
};

/* The key of a token. False: the token is too short to be a secret, or too long. */
bool chat_guest_key(const char *token, char ret[CHAT_GUEST_KEY_BYTES]);
bool chat_guest_key_ok(const char *key);

/* NULL: out of memory. */
struct chat_guest *chat_guest_new(const char *key, const struct history_keeper *keeper);
void chat_guest_free(struct chat_guest *guest); /* NULL-safe */

/* When the last private message was sent or received; 0: never. */
uint64_t chat_guest_last_ms(const struct chat_guest *guest);

#endif
