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

#define AREA_MAX_BYTES        72
#define KEY_MAX_BYTES         48 /* with the name of a gateway */
#define VALUE_MAX_BYTES       8192
#define CHANNELS_MAX_BYTES    (DISCORD_CHANNELS_MAX * 100)
#define GUILDS_TEXT_MAX_BYTES (512 * 1024) /* of a shard: 10,000 guilds; Discord allows 2500 */

static struct store *store_of(const struct discord_memory *memory)
{
	const struct gateway_host *host = memory->host;

	return host->store ? host->store(host->bot) : NULL;
}

/* An area and a key of the store. */
struct memory_place {
	char area[AREA_MAX_BYTES], key[KEY_MAX_BYTES];
};

static struct memory_place place_of(const struct discord_memory *memory, const char *key)
{
	struct memory_place place;

	snprintf(place.area, sizeof(place.area), "discord/%s", memory->gateway);
	snprintf(place.key, sizeof(place.key), "%s", key);
	return place;
}

/* Of a value that there is one of for each shard. */
static struct memory_place place_of_shard(
		const struct discord_memory *memory, unsigned shard, unsigned shard_total, const char *key)
{
	struct memory_place place = place_of(memory, key);

	if (memory->is_shared)
		snprintf(place.area, sizeof(place.area), "discord/%s/%u/%u", memory->gateway, shard_total,
				shard);
	else
		snprintf(place.key, sizeof(place.key), "%s/%u", key, shard);
	return place;
}

static struct memory_place place_of_commands(const struct discord_memory *memory)
{
	struct memory_place place = place_of(memory, "commands");

	if (memory->is_shared)
		snprintf(place.area, sizeof(place.area), "role/discord/%s", memory->gateway);
	return place;
}

static struct memory_place place_of_channels(
		const struct discord_memory *memory, unsigned shard, unsigned shard_total)
{
	return memory->is_shared ? place_of_shard(memory, shard, shard_total, "rooms")
				 : place_of(memory, "rooms");
}

/* The caller frees it. NULL: not found. */
static char *get(const struct discord_memory *memory, struct memory_place place)
{
	struct store *store = store_of(memory);
	char *value = NULL;

	if (!store || store_get(store, place.area, place.key, &value) < 0)
		return NULL;
	return value;
}

static void put(const struct discord_memory *memory, struct memory_place place, const struct str *value)
{
	struct store *store = store_of(memory);

	if (store && !value->error)
		store_put(store, place.area, place.key, str_text(value));
}

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static uint64_t get_number(const struct discord_memory *memory, struct memory_place place)
{
	char *value = get(memory, place);
	uint64_t number = 0;

	if (value)
		span_number(whole(value), &number);
	free(value);
	return number;
}

static void put_number(const struct discord_memory *memory, struct memory_place place, uint64_t number)
{
	struct str value = STR(VALUE_MAX_BYTES);

	str_printf(&value, "%" PRIu64, number);
	put(memory, place, &value);
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
	return get_number(memory, place_of(memory, "self"));
}

void discord_memory_save_self(const struct discord_memory *memory, uint64_t self)
{
	put_number(memory, place_of(memory, "self"), self);
}

bool discord_memory_load_identify(const struct discord_memory *memory, struct discord_identify_memory *ret)
{
	struct discord_identify_memory identify;
	char *text = get(memory, place_of(memory, "identify"));
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
	put(memory, place_of(memory, "identify"), &value);
	str_release(&value);
}

void discord_memory_load_channels(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_channels *channels)
{
	char *text = get(memory, place_of_channels(memory, shard, shard_total));

	if (text)
		discord_channels_read(channels, whole(text));
	free(text);
}

void discord_memory_save_channels(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_channels *channels)
{
	struct str value = STR(CHANNELS_MAX_BYTES);

	if (memory->is_shared)
		discord_channels_append_of(channels, shard_total, shard, &value);
	else
		discord_channels_append(channels, &value);
	put(memory, place_of_channels(memory, shard, shard_total), &value);
	str_release(&value);
}

/* ---------------------------------------------------------------- positions */

void discord_memory_append_position(
		struct str *str, unsigned shard_total, const struct discord_memory_position *position)
{
	str_printf(str, "{\"shards\":%u,\"intents\":%" PRIu64 ",\"sequence\":%" PRIu64 ",\"session\":",
			shard_total, position->intents, position->position.sequence);
	json_append_string(str, position->position.session_id);
	str_append(str, ",\"address\":");
	json_append_string(str, position->position.url);
	if (position->self)
		str_printf(str, ",\"self\":%" PRIu64, position->self);
	str_append_char(str, '}');
}

bool discord_memory_read_position(
		const char *text, unsigned shard_total, uint64_t intents, struct discord_memory_position *ret)
{
	struct discord_memory_position read = {.intents = intents};
	struct discord_session_position *position = &read.position;
	uint64_t total;
	bool is_good = span_number(span_get(whole(text), "shards"), &total) == 0 && total == shard_total &&
		       span_number(span_get(whole(text), "sequence"), &position->sequence) == 0 &&
		       span_copy(span_get(whole(text), "session"), position->session_id,
				       sizeof(position->session_id));

	if (!is_good)
		return false;
	if (!span_copy(span_get(whole(text), "address"), position->url, sizeof(position->url)))
		position->url[0] = '\0';
	span_number(span_get(whole(text), "intents"), &read.intents);
	span_number(span_get(whole(text), "self"), &read.self);
	if (read.intents != intents)
		return false;
	*ret = read;
	return true;
}

bool discord_memory_load_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, struct discord_memory_position *ret)
{
	char *text = get(memory, place_of_shard(memory, shard, shard_total, "shard"));
	bool is_good = text && discord_memory_read_position(text, shard_total, intents, ret);

	free(text);
	return is_good;
}

void discord_memory_save_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_memory_position *position)
{
	struct str value = STR(VALUE_MAX_BYTES);

	discord_memory_append_position(&value, shard_total, position);
	put(memory, place_of_shard(memory, shard, shard_total, "shard"), &value);
	str_release(&value);
}

/* ---------------------------------------------------------------- guilds */

void discord_memory_load_guilds(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_guilds *guilds)
{
	char *text = get(memory, place_of_shard(memory, shard, shard_total, "guilds"));

	if (text)
		discord_guilds_read(guilds, whole(text));
	guilds->is_changed = false;
	free(text);
}

void discord_memory_save_guilds(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_guilds *guilds)
{
	struct str value = STR(GUILDS_TEXT_MAX_BYTES);

	if (!guilds->is_changed)
		return;
	discord_guilds_append(guilds, &value);
	put(memory, place_of_shard(memory, shard, shard_total, "guilds"), &value);
	str_release(&value);
	guilds->is_changed = false;
}

/* ---------------------------------------------------------------- answers that are taken back */

void discord_memory_load_takebacks(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_takebacks *takebacks)
{
	char *text = get(memory, place_of_shard(memory, shard, shard_total, "takebacks"));

	if (text)
		discord_takebacks_read(takebacks, whole(text));
	free(text);
}

void discord_memory_save_takebacks(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_takebacks *takebacks)
{
	struct str value = STR(VALUE_MAX_BYTES);

	discord_takebacks_append(takebacks, shard_total, shard, &value);
	put(memory, place_of_shard(memory, shard, shard_total, "takebacks"), &value);
	str_release(&value);
}

void discord_memory_load_posts(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_posts *posts)
{
	char *text = get(memory, place_of_shard(memory, shard, shard_total, "posts"));

	if (text)
		discord_posts_read(posts, whole(text));
	free(text);
}

void discord_memory_save_posts(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_posts *posts)
{
	struct str value = STR(DISCORD_POSTS_TEXT_MAX_BYTES);

	discord_posts_append(posts, shard_total, shard, &value);
	put(memory, place_of_shard(memory, shard, shard_total, "posts"), &value);
	str_release(&value);
}

uint64_t discord_memory_load_commands(const struct discord_memory *memory)
{
	return get_number(memory, place_of_commands(memory));
}

void discord_memory_save_commands(const struct discord_memory *memory, uint64_t hash)
{
	put_number(memory, place_of_commands(memory), hash);
}

/* ---------------------------------------------------------------- what Discord has told about the application */

static struct memory_place place_of_answer(const struct discord_memory *memory, const char *key)
{
	struct memory_place place = {.area = "application"};

	snprintf(place.key, sizeof(place.key), "%s/%s", memory->gateway, key);
	return place;
}

bool discord_memory_load_answers(
		const struct discord_memory *memory, struct str *application, struct str *gateway)
{
	char *texts[2] = {get(memory, place_of_answer(memory, "me")),
			get(memory, place_of_answer(memory, "gateway"))};
	bool is_good = texts[0] && texts[1];

	if (is_good) {
		str_append(application, texts[0]);
		str_append(gateway, texts[1]);
		is_good = !application->error && !gateway->error;
	}
	free(texts[0]);
	free(texts[1]);
	return is_good;
}

void discord_memory_save_answers(
		const struct discord_memory *memory, const struct str *application, const struct str *gateway)
{
	put(memory, place_of_answer(memory, "me"), application);
	put(memory, place_of_answer(memory, "gateway"), gateway);
}
