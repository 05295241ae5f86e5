/* Why Discord would not have an answer. */

#include "bot/gateway/discord/rest/refusal.h"

#include <stddef.h>

bool refusal_is_muting(long code)
{
	static const long codes[] = {CODE_UNKNOWN_CHANNEL, CODE_MISSING_ACCESS, CODE_NO_PRIVATE, CODE_NO_TEXT,
			CODE_MISSING_PERMISSION, CODE_ARCHIVED, CODE_NO_PRIVATE_EITHER, CODE_LOCKED};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}
