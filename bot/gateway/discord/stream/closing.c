/* Gateway close codes (Discord API v10, "Gateway Close Event Codes"). */

#include "bot/gateway/discord/stream/closing.h"

#include <stddef.h>

/*
 * Discord says of each code whether to reconnect, not whether the session
 * survives. Where it does not say, resuming is tried: it costs nothing, and a
 * session that is gone is answered with op 9.
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
		{4004, DISCORD_CLOSING_STOP,
				"Discord does not know the token (4004); reset it under Bot in the developer "
				"portal, put the "
				"new one where \"token\" of this gateway says, and reload"},
		{4010, DISCORD_CLOSING_STOP,
				"Discord refuses the shards (4010); set \"shards\" to \"auto\", or to a "
				"multiple of what "
				"Discord "
				"recommends"},
		{4011, DISCORD_CLOSING_STOP,
				"the bot is in too many servers for so few shards (4011); set \"shards\" to "
				"\"auto\" or a "
				"higher number"},
		{4012, DISCORD_CLOSING_STOP,
				"Discord no longer speaks version 10 of its gateway (4012); update episoded"},
		{4013, DISCORD_CLOSING_STOP,
				"Discord does not know the intents asked for (4013); update episoded"},
		{4014, DISCORD_CLOSING_STOP,
				"Discord disallows the intents (4014): the Message Content Intent was turned "
				"off; turn it on "
				"again under Bot in the developer portal and restart, or restart to go on "
				"without it"},
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
