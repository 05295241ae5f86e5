#ifndef EPISODED_DISCORD_MEMORY_H
#define EPISODED_DISCORD_MEMORY_H

/*
 * What a Discord gateway keeps in the store across a restart. Each value is loaded and saved by itself; when it
 * is saved is the caller's decision. Without a store, loads find nothing and saves do nothing. A failed write is
 * logged by the store and repeated by the caller's next save.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/discord/stream/identify.h"
#include "bot/gateway/discord/stream/session.h"
#include "bot/gateway/gateway.h"

struct discord_memory {
	const struct gateway_host *host; /* its store is used */
	const char *gateway;             /* name; its values are in the store's area "discord/<name>" */
};

/* Join the saves up to discord_memory_commit() in one transaction. Negative: no store, or it is not writable. */
int discord_memory_begin(const struct discord_memory *memory);
void discord_memory_commit(const struct discord_memory *memory);

/* The bot's user id; 0: not known. */
uint64_t discord_memory_load_self(const struct discord_memory *memory);
void discord_memory_save_self(const struct discord_memory *memory, uint64_t self);

/* IDENTIFYs spent. False: not known; *ret untouched. */
bool discord_memory_load_identify(const struct discord_memory *memory, struct discord_identify_memory *ret);
void discord_memory_save_identify(
		const struct discord_memory *memory, const struct discord_identify_memory *identify);

void discord_memory_load_channels(const struct discord_memory *memory, struct discord_channels *channels);
void discord_memory_save_channels(
		const struct discord_memory *memory, const struct discord_channels *channels);

/* A shard's session and its position in the stream of events. False: not known, or saved with another
 * number of shards or other intents, which a session keeps for its life; *ret untouched. */
bool discord_memory_load_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, struct discord_session_position *ret);
void discord_memory_save_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, const struct discord_session_position *position);

/* The guilds of a shard: Discord lists them after IDENTIFY, but not after RESUME. Saved only if changed. */
void discord_memory_load_guilds(
		const struct discord_memory *memory, unsigned shard, struct discord_guilds *guilds);
void discord_memory_save_guilds(
		const struct discord_memory *memory, unsigned shard, struct discord_guilds *guilds);

/* The hash of the slash commands that Discord accepted last; 0: not known. */
uint64_t discord_memory_load_commands(const struct discord_memory *memory);
void discord_memory_save_commands(const struct discord_memory *memory, uint64_t hash);

#endif
