/* Error codes with which Discord refuses an answer. */

#include "bot/gateway/discord/rest/refusal.h"

#include <stddef.h>

bool discord_refusal_is_muting(long code)
{
	static const long codes[] = {DISCORD_CODE_UNKNOWN_CHANNEL, DISCORD_CODE_MISSING_ACCESS,
			DISCORD_CODE_NO_PRIVATE, DISCORD_CODE_NO_TEXT, DISCORD_CODE_MISSING_PERMISSION,
			DISCORD_CODE_ARCHIVED, DISCORD_CODE_NO_PRIVATE_EITHER, DISCORD_CODE_LOCKED};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}
