/* Stores the position in each channel, and the names of renamed channels. */

#include "bot/gateway/irc/seen_store.h"

#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

#define KEY_MAX_BYTES 1000

static int with_keys(
		struct str *area, struct str *key, const char *kind, const char *gateway, const char *channel)
{
	str_printf(area, "irc/%s", gateway);
	str_printf(key, "%s/%s", kind, channel);
	return area->error ? area->error : key->error;
}

static bool load(struct store *store, const char *kind, const char *gateway, const char *channel, char *ret,
		size_t size)
{
	struct str area = STR(KEY_MAX_BYTES), key = STR(KEY_MAX_BYTES);
	char *text = NULL;
	bool is_there = store && with_keys(&area, &key, kind, gateway, channel) == 0 &&
			store_get(store, str_text(&area), str_text(&key), &text) == 0 && strlen(text) < size;

	if (is_there)
		memcpy(ret, text, strlen(text) + 1);
	free(text);
	str_release(&area);
	str_release(&key);
	return is_there;
}

static void save(struct store *store, const char *kind, const char *gateway, const char *channel,
		const char *text)
{
	struct str area = STR(KEY_MAX_BYTES), key = STR(KEY_MAX_BYTES);

	if (store && with_keys(&area, &key, kind, gateway, channel) == 0)
		store_put(store, str_text(&area), str_text(&key), text);
	str_release(&area);
	str_release(&key);
}

bool irc_seen_load(struct store *store, const char *gateway, const char *channel, char *ret, size_t size)
{
	return load(store, "seen", gateway, channel, ret, size);
}

void irc_seen_save(struct store *store, const char *gateway, const char *channel, const char *text)
{
	save(store, "seen", gateway, channel, text);
}

bool irc_renamed_load(struct store *store, const char *gateway, const char *channel, char *ret, size_t size)
{
	return load(store, "renamed", gateway, channel, ret, size);
}

void irc_renamed_save(struct store *store, const char *gateway, const char *channel, const char *current)
{
	save(store, "renamed", gateway, channel, current);
}
