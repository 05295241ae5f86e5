/* The payloads that a bot sends on the gateway (Discord API v10, "Gateway Events"). */

#include "bot/gateway/discord/stream/payload.h"

#include <inttypes.h>

#include "bot/base/json.h"

#define LARGE_THRESHOLD 50 /* the minimum: member lists are not used */
#define LISTENING       2

void discord_payload_identify(struct str *str, const struct discord_payload_identity *identity)
{
	str_append(str, "{\"op\":2,\"d\":{\"token\":");
	json_append_string(str, identity->token);
	str_printf(str, ",\"intents\":%" PRIu64, identity->intents);
	str_append(str, ",\"properties\":{\"os\":\"linux\",\"browser\":\"episoded\",\"device\":"
			"\"episoded\"}");
	str_printf(str, ",\"compress\":false,\"large_threshold\":%d,\"shard\":[%u,%u]", LARGE_THRESHOLD,
			identity->shard, identity->shard_count);
	if (identity->activity) {
		str_append(str, ",\"presence\":{\"since\":null,\"activities\":[{\"name\":");
		json_append_string(str, identity->activity);
		str_printf(str, ",\"type\":%d}],\"status\":\"online\",\"afk\":false}", LISTENING);
	}
	str_append(str, "}}");
}

void discord_payload_resume(struct str *str, const char *token, const char *session_id, uint64_t sequence)
{
	str_append(str, "{\"op\":6,\"d\":{\"token\":");
	json_append_string(str, token);
	str_append(str, ",\"session_id\":");
	json_append_string(str, session_id);
	str_printf(str, ",\"seq\":%" PRIu64 "}}", sequence);
}

void discord_payload_heartbeat(struct str *str, bool has_sequence, uint64_t sequence)
{
	if (has_sequence)
		str_printf(str, "{\"op\":1,\"d\":%" PRIu64 "}", sequence);
	else
		str_append(str, "{\"op\":1,\"d\":null}");
}
