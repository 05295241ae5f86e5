#ifndef EPISODED_DISCORD_SHARD_H
#define EPISODED_DISCORD_SHARD_H

/* One shard: a session, the WebSocket under it, and what it counts. An edge. */

#include "bot/gateway/discord/stream/compress.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/discord/stream/session.h"

struct loop;
struct discord_shard; /* opaque: gateway/discord/stream/shard.c */

/* What all shards of a gateway share; outlives them. */
struct discord_shard_host {
	struct loop *loop;
	const char *name;    /* of the gateway, for the log */
	const char *address; /* "wss://gateway.discord.gg" */
	const char *token;   /* never shown in the trace */
	const char *ca_file; /* NULL: the system's */
	const char *user_agent;
	uint64_t self_id; /* the bot's user; 0: not known yet */
	enum discord_compress compress;
	struct discord_scratch *scratch;
	void *user;
	/* READY, lost, failed, stopped; reason is NULL for the first. */
	void (*on_state)(void *user, struct discord_shard *shard, const char *reason);
	/* READY of a new session: who we are. What was said while there was none has to be asked for. */
	void (*on_identified)(void *user, struct discord_shard *shard, struct span ready);
	int (*on_message)(void *user, struct discord_shard *shard,
			struct span message); /* as discord_event_message_read() */
	void (*on_interaction)(void *user, struct discord_shard *shard, struct span interaction);
	void (*on_moved)(
			void *user, struct discord_shard *shard); /* its place in the stream is another now */
	uint64_t (*ask_identify)(void *user, struct discord_shard *shard, uint64_t now_ms);
	void (*on_identify)(void *user, struct discord_shard *shard, bool is_sent, uint64_t now_ms);
};

/* host is borrowed. identity->shard is its number. position: NULL for none. -ENOMEM. */
int discord_shard_new(const struct discord_shard_host *host, const struct discord_payload_identity *identity,
		const struct discord_session_position *position, struct discord_shard **ret);
void discord_shard_free(struct discord_shard *shard); /* NULL-safe; in every state; not inside an event */

void discord_shard_start(struct discord_shard *shard);
/* Leave, so that the session can be resumed. */
void discord_shard_stop(struct discord_shard *shard);

unsigned discord_shard_number(const struct discord_shard *shard);
enum discord_session_state discord_shard_state(const struct discord_shard *shard);
const struct discord_session_position *discord_shard_position(const struct discord_shard *shard);
/* Those it is in: the caller may fill them from what an earlier process knew, for a resume does not tell. */
struct discord_guilds *discord_shard_guild_table(struct discord_shard *shard);
size_t discord_shard_guilds(const struct discord_shard *shard);
size_t discord_shard_guilds_away(const struct discord_shard *shard);
/* When the next try is due, monotonic; 0 when none is. */
uint64_t discord_shard_retry_ms(const struct discord_shard *shard);

#endif
