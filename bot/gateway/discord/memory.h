#ifndef EPISODED_DISCORD_MEMORY_H
#define EPISODED_DISCORD_MEMORY_H

/*
 * What a Discord gateway keeps in the store across a restart. Each value is loaded and saved by itself; when it
 * is saved is the caller's decision. Without a store, loads find nothing and saves do nothing. A failed write is
 * logged by the store and repeated by the caller's next save.
 *
 * Alone, all values are in the area "discord/<name>". Among several processes, a value belongs to a lease and is in the
 * area that is named as the lease: "discord/<name>/<total>/<shard>", "role/discord/<name>"; and positions are kept with
 * the lease itself (cluster_position()). What Discord has told about the application is for all processes, in the area
 * "application".
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/posts.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/discord/stream/identify.h"
#include "bot/gateway/discord/stream/session.h"
#include "bot/gateway/discord/takeback.h"
#include "bot/gateway/gateway.h"

struct discord_memory {
	const struct gateway_host *host; /* its store is used */
	const char *gateway;             /* name */
	bool is_shared;                  /* with other processes */
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

/* Alone: of all shards. Shared: of this one; load adds to what is in *channels. */
void discord_memory_load_channels(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_channels *channels);
void discord_memory_save_channels(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_channels *channels);

/* A shard's session, its position in the stream of events, and what the session keeps for its life. */
struct discord_memory_position {
	struct discord_session_position position;
	uint64_t intents;
	uint64_t self; /* the bot's user id, which RESUMED does not tell; 0: not known */
};
/* Append it as JSON; self is left out if 0. */
void discord_memory_append_position(
		struct str *str, unsigned shard_total, const struct discord_memory_position *position);
/*
 * memory_read_position - a position as discord_memory_append_position() writes it.
 *
 * Shape:   {"shards": n, "intents"?: n, "sequence": n, "session": s, "address": s, "self"?: id}
 * Errors:  false: malformed, or of another number of shards or other intents; *ret untouched.
 * Source:  written by ourselves; earlier versions left out "intents".
 */
bool discord_memory_read_position(const char *text, unsigned shard_total, uint64_t intents,
		struct discord_memory_position *ret);
/* Alone: from and to the store. */
bool discord_memory_load_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		uint64_t intents, struct discord_memory_position *ret);
void discord_memory_save_position(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_memory_position *position);

/* The guilds of a shard: Discord lists them after IDENTIFY, but not after RESUME. Saved only if changed. */
void discord_memory_load_guilds(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_guilds *guilds);
void discord_memory_save_guilds(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_guilds *guilds);

/* The answers of a shard that are being taken back. */
void discord_memory_load_takebacks(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_takebacks *takebacks);
void discord_memory_save_takebacks(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_takebacks *takebacks);

/* What was said without being asked, of a shard. */
void discord_memory_load_posts(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		struct discord_posts *posts);
void discord_memory_save_posts(const struct discord_memory *memory, unsigned shard, unsigned shard_total,
		const struct discord_posts *posts);

/* Shared: what Discord has answered to GET /applications/@me and GET /gateway/bot, for all processes. False: nothing yet. */
bool discord_memory_load_answers(
		const struct discord_memory *memory, struct str *application, struct str *gateway);
void discord_memory_save_answers(const struct discord_memory *memory, const struct str *application,
		const struct str *gateway);

/* The hash of the slash commands that Discord accepted last; 0: not known. */
uint64_t discord_memory_load_commands(const struct discord_memory *memory);
void discord_memory_save_commands(const struct discord_memory *memory, uint64_t hash);

#endif
