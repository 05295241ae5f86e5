/* What a Discord gateway keeps in the store across a restart. */

#include "bot/gateway/discord/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/span.h"
#include "bot/store/store.h"

#define AREA_MAX_BYTES        48
#define KEY_MAX_BYTES         24
#define VALUE_MAX_BYTES       8192
#define GUILDS_TEXT_MAX_BYTES (512 * 1024) /* of a shard: 10,000 guilds; Discord allows 2500 */

static struct store *store_of(const struct discord_memory *memory)
{
	const struct gateway_host *host = memory->host;

	return host->store ? host->store(host->bot) : NULL;
}

static void area_of(const struct discord_memory *memory, char area[AREA_MAX_BYTES])
{
	snprintf(area, AREA_MAX_BYTES, "discord/%s", memory->gateway);
}

/* The caller frees it. NULL: not found. */
static char *get(const struct discord_memory *memory, const char *key)
{
	struct store *store = store_of(memory);
	char area[AREA_MAX_BYTES], *value = NULL;

	area_of(memory, area);
	if (!store || store_get(store, area, key, &value) < 0)
		return NULL;
	return value;
}

static void put(const struct discord_memory *memory, const char *key, const struct str *value)
{
	struct store *store = store_of(memory);
	char area[AREA_MAX_BYTES];

	area_of(memory, area);
	if (store && !value->error)
		store_put(store, area, key, str_text(value));
}

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static uint64_t get_number(const struct discord_memory *memory, const char *key)
{
	char *value = get(memory, key);
	uint64_t number = 0;

	if (value)
		span_number(whole(value), &number);
	free(value);
	return number;
}

static void put_number(const struct discord_memory *memory, const char *key, uint64_t number)
{
	struct str value = STR(VALUE_MAX_BYTES);

	str_printf(&value, "%" PRIu64, number);
	put(memory, key, &value);
	str_release(&value);
}

int discord_memory_begin(const struct discord_memory *memory)
{
	struct store *store = store_of(memory);

	return store ? store_begin(store) : -ENOENT;
}

void discord_memory_commit(const struct discord_memory *memory)
{
	struct store *store = store_of(memory);

	if (store && store_commit(store) < 0)
		store_rollback(store);
}

uint64_t discord_memory_load_self(const struct discord_memory *memory)
{
	return get_number(memory, "self");
}

void discord_memory_save_self(const struct discord_memory *memory, uint64_t self)
{
	put_number(memory, "self", self);
}

bool discord_memory_load_identify(const struct discord_memory *memory, struct discord_identify_memory *ret)
{
	struct discord_identify_memory identify;
	char *text = get(memory, "identify");
	bool is_good = text && span_number(span_get(whole(text), "spent"), &identify.spent_ms) == 0 &&
		       span_number(span_get(whole(text), "last"), &identify.last_ms) == 0;

	free(text);
	if (is_good)
		*ret = identify;
	return is_good;
}

void discord_memory_save_identify(
		const struct discord_memory *memory, const struct discord_identify_memory *identify)
{
	struct str value = STR(VALUE_MAX_BYTES);

	str_printf(&value, "{\"spent\":%" PRIu64 ",\"last\":%" PRIu64 "}", identify->spent_ms,
			identify->last_ms);
	put(memory, "identify", &value);
	str_release(&value);
}

void discord_memory_load_channels(const struct discord_memory *memory, struct discord_channels *channels)
{
	char *text = get(memory, "rooms");

	if (text)
		discord_channels_read(channels, whole(text));
	free(text);
}

void discord_memory_save_channels(
		const struct discord_memory *memory, const struct discord_channels *channels)
{
	struct str value = STR(VALUE_MAX_BYTES);

	discord_channels_append(channels, &value);
	put(memory, "rooms", &value);
	str_release(&value);
}

bool discord_memory_load_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, struct discord_session_position *ret)
{
	struct discord_session_position position;
	char key[KEY_MAX_BYTES], *text;
	uint64_t total, had = intents;
	bool is_good;

	snprintf(key, sizeof(key), "shard/%u", shard);
	text = get(memory, key);
	is_good = text && span_number(span_get(whole(text), "shards"), &total) == 0 && total == shard_total &&
		  span_number(span_get(whole(text), "sequence"), &position.sequence) == 0 &&
		  span_copy(span_get(whole(text), "session"), position.session_id,
				  sizeof(position.session_id));
	if (is_good && !span_copy(span_get(whole(text), "address"), position.url, sizeof(position.url)))
		position.url[0] = '\0';
	if (is_good) /* not written by earlier versions */
		span_number(span_get(whole(text), "intents"), &had);
	free(text);
	if (!is_good || had != intents)
		return false;
	*ret = position;
	return true;
}

void discord_memory_save_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, const struct discord_session_position *position)
{
	struct str value = STR(VALUE_MAX_BYTES);
	char key[KEY_MAX_BYTES];

	snprintf(key, sizeof(key), "shard/%u", shard);
	str_printf(&value, "{\"shards\":%u,\"intents\":%" PRIu64 ",\"sequence\":%" PRIu64 ",\"session\":",
			shard_total, intents, position->sequence);
	json_append_string(&value, position->session_id);
	str_append(&value, ",\"address\":");
	json_append_string(&value, position->url);
	str_append_char(&value, '}');
	put(memory, key, &value);
	str_release(&value);
}

void discord_memory_load_guilds(
		const struct discord_memory *memory, unsigned shard, struct discord_guilds *guilds)
{
	char key[KEY_MAX_BYTES], *text;

	snprintf(key, sizeof(key), "guilds/%u", shard);
	text = get(memory, key);
	if (text)
		discord_guilds_read(guilds, whole(text));
	guilds->is_changed = false;
	free(text);
}

void discord_memory_save_guilds(
		const struct discord_memory *memory, unsigned shard, struct discord_guilds *guilds)
{
	struct str value = STR(GUILDS_TEXT_MAX_BYTES);
	char key[KEY_MAX_BYTES];

	if (!guilds->is_changed)
		return;
	snprintf(key, sizeof(key), "guilds/%u", shard);
	discord_guilds_append(guilds, &value);
	put(memory, key, &value);
	str_release(&value);
	guilds->is_changed = false;
}

uint64_t discord_memory_load_commands(const struct discord_memory *memory)
{
	return get_number(memory, "commands");
}

void discord_memory_save_commands(const struct discord_memory *memory, uint64_t hash)
{
	put_number(memory, "commands", hash);
}
