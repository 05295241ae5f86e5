/* Gateway close codes (Discord API v10, "Gateway Close Event Codes"). */

#include "bot/gateway/discord/stream/closing.h"

#include <stddef.h>

/*
 * Discord documents for each code whether to reconnect, not whether the session survives. Where it does not,
 * RESUME is tried first: it costs no IDENTIFY, and Discord answers op 9 if the session is gone.
 */
static const struct {
	unsigned code;
	enum discord_closing_verdict verdict;
	const char *advice;
} codes[] = {
		{4003, DISCORD_CLOSING_RENEW, NULL}, /* not authenticated */
		{4005, DISCORD_CLOSING_RENEW, NULL}, /* already authenticated */
		{4007, DISCORD_CLOSING_RENEW, NULL}, /* invalid sequence */
		{4009, DISCORD_CLOSING_RENEW, NULL}, /* session timed out */
		{DISCORD_CLOSE_TOKEN, DISCORD_CLOSING_STOP,
				"invalid bot token (4004): " DISCORD_TOKEN_REMEDY},
		{4010, DISCORD_CLOSING_STOP,
				"invalid shard (4010): set \"shards\" to \"auto\", or to a multiple of "
				"what Discord recommends"},
		{4011, DISCORD_CLOSING_STOP,
				"too many servers for this number of shards (4011): set \"shards\" to "
				"\"auto\", or to a higher number"},
		{4012, DISCORD_CLOSING_STOP,
				"Discord no longer supports version 10 of its gateway (4012): "
				"update episoded"},
		{4013, DISCORD_CLOSING_STOP,
				"invalid intents (4013): Discord does not know an intent that this version "
				"asks for: update episoded"},
		{4014, DISCORD_CLOSING_STOP,
				"disallowed intents (4014): the Message Content Intent was turned off "
				"under Bot in the developer portal; the next try is without it"},
};

enum discord_closing_verdict discord_closing_verdict(unsigned code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].verdict;
	return DISCORD_CLOSING_RESUME;
}

const char *discord_closing_advice(unsigned code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return codes[i].advice;
	return NULL;
}
