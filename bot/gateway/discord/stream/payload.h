#ifndef EPISODED_DISCORD_PAYLOAD_H
#define EPISODED_DISCORD_PAYLOAD_H

/* The payloads that a bot sends on the gateway, appended as JSON. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/str.h"

#define DISCORD_PAYLOAD_MAX_BYTES 4096 /* Discord closes the connection (4002) on a longer one */

enum discord_payload_op {
	DISCORD_OP_DISPATCH = 0,
	DISCORD_OP_HEARTBEAT = 1,
	DISCORD_OP_IDENTIFY = 2,
	DISCORD_OP_RESUME = 6,
	DISCORD_OP_RECONNECT = 7,
	DISCORD_OP_INVALID_SESSION = 9,
	DISCORD_OP_HELLO = 10,
	DISCORD_OP_HEARTBEAT_ACK = 11,
};

struct discord_payload_identity {
	const char *token; /* without "Bot " */
	uint64_t intents;
	unsigned shard, shard_count;
	const char *activity; /* "Listening to ..."; NULL: no activity */
};

void discord_payload_identify(struct str *str, const struct discord_payload_identity *identity);
void discord_payload_resume(struct str *str, const char *token, const char *session_id, uint64_t sequence);
void discord_payload_heartbeat(struct str *str, bool has_sequence, uint64_t sequence);

#endif
