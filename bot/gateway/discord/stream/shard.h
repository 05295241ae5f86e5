#ifndef EPISODED_DISCORD_SHARD_H
#define EPISODED_DISCORD_SHARD_H

/* One shard: a session, the WebSocket under it, and what it counts. An edge. */

#include "bot/gateway/discord/stream/compress.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/discord/stream/session.h"

struct loop;
struct shard; /* opaque: gateway/discord/stream/shard.c */

/* What all shards of a gateway share; outlives them. */
struct shard_host {
	struct loop *loop;
	const char *name;    /* of the gateway, for the log */
	const char *address; /* "wss://gateway.discord.gg" */
	const char *token;   /* never shown in the trace */
	const char *ca_file; /* NULL: the system's */
	const char *user_agent;
	uint64_t self_id; /* the bot's user; 0: not known yet */
	enum discord_compress compress;
	struct scratch *scratch;
	void *user;
	/* READY, lost, failed, stopped; reason is NULL for the first. */
	void (*on_state)(void *user, struct shard *shard, const char *reason);
	/* READY of a new session: who we are. What was said while there was none has to be asked for. */
	void (*on_identified)(void *user, struct shard *shard, struct span ready);
	int (*on_message)(void *user, struct shard *shard, struct span message); /* as event_message_read() */
	void (*on_interaction)(void *user, struct shard *shard, struct span interaction);
	void (*on_moved)(void *user, struct shard *shard); /* its place in the stream is another now */
	uint64_t (*ask_identify)(void *user, struct shard *shard, uint64_t now_ms);
	void (*on_identify)(void *user, struct shard *shard, bool is_sent, uint64_t now_ms);
};

/* host is borrowed. identity->shard is its number. position: NULL for none. -ENOMEM. */
int shard_new(const struct shard_host *host, const struct payload_identity *identity,
		const struct session_position *position, struct shard **ret);
void shard_free(struct shard *shard); /* NULL-safe; in every state; not inside an event */

void shard_start(struct shard *shard);
/* Leave, so that the session can be resumed. */
void shard_stop(struct shard *shard);

unsigned shard_number(const struct shard *shard);
enum session_state shard_state(const struct shard *shard);
const struct session_position *shard_position(const struct shard *shard);
/* Those it is in: the caller may fill them from what an earlier process knew, for a resume does not tell. */
struct guilds *shard_guild_table(struct shard *shard);
size_t shard_guilds(const struct shard *shard);
size_t shard_guilds_away(const struct shard *shard);
/* When the next try is due, monotonic; 0 when none is. */
uint64_t shard_retry_ms(const struct shard *shard);

#endif
