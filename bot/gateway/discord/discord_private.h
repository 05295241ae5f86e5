#ifndef EPISODED_DISCORD_PRIVATE_H
#define EPISODED_DISCORD_PRIVATE_H

/* What the edges of this folder share; nobody else includes it. The pure cores know nothing of it. */

#include "bot/base/log_gate.h"
#include "bot/gateway/discord/audit.h"
#include "bot/gateway/discord/event.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/outbox.h"
#include "bot/gateway/discord/rest/rest.h"
#include "bot/gateway/discord/rooms.h"
#include "bot/gateway/discord/stream/identify.h"
#include "bot/gateway/discord/stream/shard.h"
#include "bot/gateway/gateway.h"

#define DISCORD_USER_AGENT       "DiscordBot (https://example.org/episoded, " EPISODED_VERSION ")"
#define DISCORD_SHARDS_MAX       384 /* in one process: the loop has 512 descriptors for everything */
#define DISCORD_REPLY_LATE_MS    (15 * 60 * 1000) /* a later answer helps nobody any more */
#define DISCORD_BACKFILL_AGE_MS  (10 * 60 * 1000) /* nor does one to an older question */
#define DISCORD_REASON_MAX_BYTES 160

struct http;
struct discord_look; /* backfill.c: a room being looked into */
struct discord_recall;
struct discord_setup; /* setup.c: questions under way */
struct discord_slash;
struct store;
struct timer;

struct discord {
	struct gateway_head head;
	struct gateway_config config;
	struct http *http;
	struct discord_rest *rest;
	enum gateway_state state;
	bool is_stopping;
	char reason[DISCORD_REASON_MAX_BYTES]; /* why it is not READY */

	/* setup.c: what Discord says of us before the first IDENTIFY */
	struct timer *setup_timer;   /* the next try */
	struct discord_setup *setup; /* under way, or NULL */
	unsigned setup_failures;
	uint64_t begun_wall_ms; /* when the shards were made */
	struct discord_audit audit;
	struct discord_slash *slash; /* the commands as Discord is told of them; NULL: not yet */
	uint64_t commands_hash;      /* of those on their way to it */
	char *activity;              /* "!help" */

	/* the shards, and what they share */
	unsigned shard_total;
	struct discord_shard_host shard_host;
	struct discord_shard **shards;
	unsigned shard_count;
	struct discord_identify_gate gate;
	struct log_gate session_gate; /* 1: sessions have run out */
	struct discord_scratch scratch;
	struct discord_event_self self;
	struct discord_event_message message;   /* buffers, used again for every message, */
	struct discord_interaction interaction; /* and every interaction */

	/* memory.c: what survives a restart */
	struct timer *flush_timer;
	bool is_flush_due; /* the timer is set */
	bool is_store_due; /* at the end of this turn */
	bool *is_moved;    /* by place in shards */
	struct discord_rooms rooms;
	bool are_rooms_changed;

	struct timer *goodbye; /* stop() waits no longer */
	struct discord_outgoing *outbox, **outbox_end;
	size_t outbox_count;
	bool is_waiting;                /* an answer there found no place in the REST side's queue */
	struct log_gate full_gate;      /* 1: the outbox is full */
	struct discord_look *looks;     /* into rooms, under way */
	struct discord_recall *recalls; /* under way */
	uint64_t heard, answered, dropped, reconnects;
};

static inline struct gateway *discord_as_gateway(struct discord *discord)
{
	return (struct gateway *)(void *)discord;
}

/* discord.c */
void discord_set_state(struct discord *discord, enum gateway_state state, const char *reason);
void discord_fail(struct discord *discord, const char *reason); /* for good */
int discord_make_shards(struct discord *discord);
/* While stopping: something has ended; has everything? */
void discord_check_goodbye(struct discord *discord);

/* hear.c: a message object, live or asked for later; as discord_event_message_read(). guild as in struct discord_event_self.
 */
int discord_hear(struct discord *discord, struct span message, uint64_t guild, enum message_origin origin);

/* setup.c: ask Discord about us, then make and start the shards. Tries for ever. */
void discord_set_up(struct discord *discord);
/* A session begins: where the bot is, and how to invite it where it is not. */
void discord_tell_guilds(const struct discord *discord, const struct discord_shard *shard);
void discord_setup_free(struct discord_setup *setup); /* once the REST side is gone; NULL-safe */

/* offer.c: tell Discord of the commands, unless it knows these already. */
void discord_offer_commands(struct discord *discord);

/* memory.c. Without a store nothing survives, and the log has said so. */
void discord_remember(struct discord *discord); /* fill gate, self and rooms from the store */
/* A shard's place in the stream. False: none, or one of another set of shards. */
bool discord_remember_position(struct discord *discord, unsigned shard, struct discord_session_position *ret);
void discord_remember_guilds(
		struct discord *discord, struct discord_shard *shard); /* of a session to be resumed */
/* Something is to be written down: soon when it is new, else when it is worth a write. */
void discord_note_moved(struct discord *discord, const struct discord_shard *shard, bool is_new);
void discord_note_room(struct discord *discord, bool is_new);
void discord_store_identify(struct discord *discord); /* before it is sent */
/* The hash of the commands that Discord was last told of; 0: none. */
uint64_t discord_remember_commands(struct discord *discord);
void discord_store_commands(struct discord *discord, uint64_t hash);
/* At the end of this turn, when the journal has its questions: write down what is due. */
void discord_flush_soon(struct discord *discord);
void discord_flush(struct discord *discord);

/* answer.c: as gateway_class.say(). */
int discord_say(struct discord *discord, struct delivery *delivery);
/* The same for a word to who used an interaction: in answer to that, or not at all. */
int discord_deliver_notice(struct discord *discord, struct delivery *delivery);

/* backfill.c: a session was lost; ask for what was said in the rooms of this shard meanwhile. */
void discord_backfill(struct discord *discord, unsigned shard);
void discord_backfill_release(struct discord *discord);

/* interact.c */
void discord_on_interaction(struct discord *discord, struct span interaction, enum message_origin origin);
/* As gateway_class.decline(). */
void discord_decline(struct discord *discord, const struct message *message);
/* "/interactions/<id>/<token>/callback" */
void discord_append_callback_path(struct str *path, const char *id, const char *token);
/* "/webhooks/<application>/<token>/messages/@original" */
void discord_append_original_path(struct str *path, uint64_t application, const char *token);

#endif
