/* What a Discord gateway keeps over a restart: places in the stream, IDENTIFYs spent, rooms. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

/*
 * A place that is a little old costs nothing: what is repeated meets the
 * journal, which was written before. So it is written seldom; but a session or
 * a room that is not known at all would be lost with the process.
 */
#define FLUSH_MS              2000
#define FLUSH_NEWS_MS         20 /* what comes at once is written at once */
#define AREA_MAX_BYTES        48
#define KEY_MAX_BYTES         24
#define VALUE_MAX_BYTES       8192
#define GUILDS_TEXT_MAX_BYTES (512 * 1024) /* of a shard: 10,000 guilds; Discord allows 2500 */

static struct store *store_of(const struct discord *discord)
{
	const struct gateway_host *host = discord->head.host;

	return host->store ? host->store(host->bot) : NULL;
}

static void area_of(const struct discord *discord, char area[AREA_MAX_BYTES])
{
	snprintf(area, AREA_MAX_BYTES, "discord/%s", discord->head.name);
}

/* The caller frees it. NULL when there is none. */
static char *get(const struct discord *discord, const char *key)
{
	struct store *store = store_of(discord);
	char area[AREA_MAX_BYTES], *value = NULL;

	area_of(discord, area);
	if (!store || store_get(store, area, key, &value) < 0)
		return NULL;
	return value;
}

/* An error is the store's to tell; the next flush tries anew. */
static void put(const struct discord *discord, const char *key, const struct str *value)
{
	struct store *store = store_of(discord);
	char area[AREA_MAX_BYTES];

	area_of(discord, area);
	if (store && !value->error)
		store_put(store, area, key, str_text(value));
}

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

/* ---------------------------------------------------------------- remembering */

void discord_remember(struct discord *discord)
{
	char *spent = get(discord, "identify"), *rooms = get(discord, "rooms"), *self = get(discord, "self");
	struct discord_identify_memory memory;
	uint64_t number;

	/* When the store is empty or unreadable, nothing is known to be spent: Discord's own count is asked
	 * for. */
	if (spent && span_number(span_get(whole(spent), "spent"), &memory.spent_ms) == 0 &&
			span_number(span_get(whole(spent), "last"), &memory.last_ms) == 0)
		discord_identify_gate_restore(&discord->gate, &memory, loop_now_ms(discord->head.host->loop),
				clock_wall_ms());
	if (rooms)
		discord_rooms_read(&discord->rooms, whole(rooms));
	if (self && span_number(whole(self), &number) == 0)
		discord->self.id = discord->shard_host.self_id = number;
	free(spent);
	free(rooms);
	free(self);
}

bool discord_remember_position(struct discord *discord, unsigned shard, struct discord_session_position *ret)
{
	struct discord_session_position position;
	char key[KEY_MAX_BYTES], *text;
	uint64_t total;
	bool is_good;

	snprintf(key, sizeof(key), "shard/%u", shard);
	text = get(discord, key);
	is_good = text && discord->self.id && span_number(span_get(whole(text), "shards"), &total) == 0 &&
		  total == discord->shard_total &&
		  span_number(span_get(whole(text), "sequence"), &position.sequence) == 0 &&
		  span_copy(span_get(whole(text), "session"), position.session_id,
				  sizeof(position.session_id)) &&
		  span_copy(span_get(whole(text), "address"), position.url, sizeof(position.url));
	free(text);
	if (is_good)
		*ret = position;
	return is_good;
}

/* A resume does not tell where the bot is. */
void discord_remember_guilds(struct discord *discord, struct discord_shard *shard)
{
	struct discord_guilds *guilds = discord_shard_guild_table(shard);
	char key[KEY_MAX_BYTES], *text;

	snprintf(key, sizeof(key), "guilds/%u", discord_shard_number(shard));
	text = get(discord, key);
	if (text)
		discord_guilds_read(guilds, whole(text));
	guilds->is_changed = false;
	free(text);
}

/* ---------------------------------------------------------------- writing it down */

static void store_position(struct discord *discord, const struct discord_shard *shard)
{
	const struct discord_session_position *position = discord_shard_position(shard);
	struct str value = STR(VALUE_MAX_BYTES);
	char key[KEY_MAX_BYTES];

	snprintf(key, sizeof(key), "shard/%u", discord_shard_number(shard));
	str_printf(&value, "{\"shards\":%u,\"sequence\":%" PRIu64 ",\"session\":", discord->shard_total,
			position->sequence);
	json_append_string(&value, position->session_id);
	str_append(&value, ",\"address\":");
	json_append_string(&value, position->url);
	str_append_char(&value, '}');
	put(discord, key, &value);
	str_release(&value);
}

static void store_guilds(struct discord *discord, struct discord_shard *shard)
{
	struct discord_guilds *guilds = discord_shard_guild_table(shard);
	struct str value = STR(GUILDS_TEXT_MAX_BYTES);
	char key[KEY_MAX_BYTES];

	if (!guilds->is_changed)
		return;
	snprintf(key, sizeof(key), "guilds/%u", discord_shard_number(shard));
	discord_guilds_append(guilds, &value);
	put(discord, key, &value);
	str_release(&value);
	guilds->is_changed = false;
}

static void store_number(struct discord *discord, const char *key, uint64_t number)
{
	struct str value = STR(VALUE_MAX_BYTES);

	str_printf(&value, "%" PRIu64, number);
	put(discord, key, &value);
	str_release(&value);
}

static void store_rooms(struct discord *discord)
{
	struct str value = STR(VALUE_MAX_BYTES);

	discord_rooms_append(&discord->rooms, &value);
	put(discord, "rooms", &value);
	str_release(&value);
	discord->are_rooms_changed = false;
}

void discord_flush_soon(struct discord *discord)
{
	discord->is_store_due = true;
}

void discord_flush(struct discord *discord)
{
	struct store *store = discord->is_store_due ? store_of(discord) : NULL;

	if (!discord->is_store_due)
		return;
	discord->is_flush_due = discord->is_store_due = false;
	if (!store || store_begin(store) < 0)
		return;
	if (discord->are_rooms_changed)
		store_rooms(discord);
	for (unsigned i = 0; i < discord->shard_count; i++) {
		if (discord->is_moved[i])
			store_position(discord, discord->shards[i]);
		if (discord->is_moved[i])
			store_guilds(discord, discord->shards[i]);
		discord->is_moved[i] = false;
	}
	store_number(discord, "self", discord->self.id);
	if (store_commit(store) < 0)
		store_rollback(store);
}

static void flush_in(struct discord *discord, uint64_t delay_ms)
{
	if (discord->is_flush_due && delay_ms == FLUSH_MS)
		return;
	discord->is_flush_due = true;
	timer_set(discord->flush_timer, delay_ms);
}

void discord_note_moved(struct discord *discord, const struct discord_shard *shard, bool is_new)
{
	unsigned place = discord_shard_number(shard) - discord_shard_number(discord->shards[0]);

	discord->is_moved[place] = true;
	flush_in(discord, is_new ? FLUSH_NEWS_MS : FLUSH_MS);
}

void discord_note_room(struct discord *discord, bool is_new)
{
	discord->are_rooms_changed = true;
	flush_in(discord, is_new ? FLUSH_NEWS_MS : FLUSH_MS);
}

void discord_store_identify(struct discord *discord)
{
	struct discord_identify_memory memory = discord_identify_gate_memory(&discord->gate);
	struct str value = STR(VALUE_MAX_BYTES);

	str_printf(&value, "{\"spent\":%" PRIu64 ",\"last\":%" PRIu64 "}", memory.spent_ms, memory.last_ms);
	put(discord, "identify", &value);
	str_release(&value);
}

uint64_t discord_remember_commands(struct discord *discord)
{
	char *value = get(discord, "commands");
	uint64_t hash = 0;

	if (value)
		span_number(whole(value), &hash);
	free(value);
	return hash;
}

void discord_store_commands(struct discord *discord, uint64_t hash)
{
	store_number(discord, "commands", hash);
}
