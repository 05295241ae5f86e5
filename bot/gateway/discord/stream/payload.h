#ifndef EPISODED_DISCORD_PAYLOAD_H
#define EPISODED_DISCORD_PAYLOAD_H

/* The payloads a bot sends on the gateway, appended as JSON. Pure. */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/str.h"

#define PAYLOAD_MAX_BYTES 4096 /* Discord closes the connection (4002) on a longer one */

enum payload_op {
	OP_DISPATCH = 0,
	OP_HEARTBEAT = 1,
	OP_IDENTIFY = 2,
	OP_RESUME = 6,
	OP_RECONNECT = 7,
	OP_INVALID_SESSION = 9,
	OP_HELLO = 10,
	OP_HEARTBEAT_ACK = 11,
};

struct payload_identity {
	const char *token; /* without "Bot " */
	uint64_t intents;
	unsigned shard, shard_count;
	const char *activity; /* "Listening to ..."; NULL for none */
};

void payload_identify(struct str *str, const struct payload_identity *identity);
void payload_resume(struct str *str, const char *token, const char *session_id, uint64_t sequence);
void payload_heartbeat(struct str *str, bool has_sequence, uint64_t sequence);

#endif
