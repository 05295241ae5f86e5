/* One person of a page, over all connections. */

#include "bot/gateway/lobby/chat_guest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/lobby/chat.h"

#define KEY_HASH_BYTES 16 /* of SHA-256 */

bool chat_guest_key(const char *token, char ret[CHAT_GUEST_KEY_BYTES])
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	size_t length = strlen(token);

	if (length < CHAT_SESSION_MIN_BYTES || length > CHAT_SESSION_MAX_BYTES ||
			EVP_Digest(token, length, hash, NULL, EVP_sha256(), NULL) != 1)
		return false;
	*ret = '@';
	for (size_t i = 0; i < KEY_HASH_BYTES; i++)
		snprintf(ret + 1 + 2 * i, 3, "%02x", hash[i]);
	return true;
}

bool chat_guest_key_ok(const char *key)
{
	return *key == '@' && strlen(key) == CHAT_GUEST_KEY_BYTES - 1 &&
	       strspn(key + 1, "0123456789abcdef") == CHAT_GUEST_KEY_BYTES - 2;
}

struct chat_guest *chat_guest_new(const char *key, const struct history_keeper *keeper)
{
	struct chat_guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	snprintf(guest->key, sizeof(guest->key), "%s", key);
	guest->history = (struct history){.max = CHAT_PRIVATE_MAX, .keeper = keeper, .place = guest->key};
	return guest;
}

void chat_guest_free(struct chat_guest *guest)
{
	if (!guest)
		return;
	history_release(&guest->history);
	free(guest);
}

uint64_t chat_guest_last_ms(const struct chat_guest *guest)
{
	const struct history *history = &guest->history;

	return history->count ? history_at(history, history->count - 1)->wall_ms : 0;
}
