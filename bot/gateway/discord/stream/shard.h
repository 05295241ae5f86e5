#ifndef EPISODED_DISCORD_SHARD_H
#define EPISODED_DISCORD_SHARD_H

/* One shard: a session, the WebSocket under it, and its guilds. An edge. */

#include "bot/gateway/discord/stream/compress.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/discord/stream/session.h"

struct loop;
struct permit;
struct discord_shard; /* opaque: gateway/discord/stream/shard.c */

/* Shared by all shards of a gateway; must outlive them. */
struct discord_shard_host {
	struct loop *loop;
	const char *name;    /* of the gateway, for the log */
	const char *address; /* "wss://gateway.discord.gg" */
	const char *token;   /* replaced in the trace */
	const char *ca_file; /* NULL: the system's */
	const char *proxy;   /* as "configured" in net/proxy.h */
	const char *user_agent;
	uint64_t self_id; /* the bot's user; 0: not known yet */
	enum discord_compress compress;
	struct discord_scratch *scratch;
	void *user;
	/* READY (reason NULL), lost, failed or stopped. */
	void (*on_state)(void *user, struct discord_shard *shard, const char *reason);
	/* READY of a new session. Messages sent while there was no session are not in the stream. */
	void (*on_identified)(void *user, struct discord_shard *shard, struct span ready);
	int (*on_message)(void *user, struct discord_shard *shard,
			struct span message); /* as discord_event_message_read() */
	/* A message was edited or deleted, or got a reaction. 0, or negative as above. */
	int (*on_change)(void *user, struct discord_shard *shard, enum discord_event event, struct span data);
	int (*on_interaction)(void *user, struct discord_shard *shard,
			struct span interaction); /* as discord_interaction_read() */
	void (*on_moved)(
			void *user, struct discord_shard *shard); /* its position in the stream has changed */
	/* As in struct discord_session_events. */
	uint64_t (*ask_connect)(void *user, struct discord_shard *shard, bool is_resume, uint64_t now_ms);
	uint64_t (*ask_register)(void *user, struct discord_shard *shard, bool is_resume, uint64_t now_ms);
	void (*on_identify)(void *user, struct discord_shard *shard, bool is_sent, uint64_t now_ms);
};

/* host is borrowed. identity->shard is its number. position may be NULL. owner: for discord_shard_owner(). -ENOMEM. */
int discord_shard_new(const struct discord_shard_host *host, const struct discord_payload_identity *identity,
		const struct discord_session_position *position, void *owner, struct discord_shard **ret);
void discord_shard_free(struct discord_shard *shard); /* NULL-safe; in every state; not inside an event */

/* Before the start: IDENTIFY and RESUME leave only while it is valid. Borrowed; NULL: always. */
void discord_shard_set_permit(struct discord_shard *shard, const struct permit *permit);
void discord_shard_start(struct discord_shard *shard);
/* Disconnect so that the session can be resumed. */
void discord_shard_stop(struct discord_shard *shard);

void *discord_shard_owner(const struct discord_shard *shard);
unsigned discord_shard_number(const struct discord_shard *shard);
enum discord_session_state discord_shard_state(const struct discord_shard *shard);
const struct discord_session_position *discord_shard_position(const struct discord_shard *shard);
/* The shard's guilds. Before the start the caller may fill in those of an earlier process: Discord does
 * not list them after RESUME. */
struct discord_guilds *discord_shard_guild_table(struct discord_shard *shard);
size_t discord_shard_guilds(const struct discord_shard *shard);
size_t discord_shard_guilds_away(const struct discord_shard *shard);
/* When the next try is due, monotonic; 0: no try is due. */
uint64_t discord_shard_retry_ms(const struct discord_shard *shard);

#endif
