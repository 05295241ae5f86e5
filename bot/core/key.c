/* Keys of what the store keeps about channels and people. */

#include "bot/core/key.h"

#include <stdio.h>

static bool make(const char *gateway, const char *mark, const char *name, const char *show,
		char ret[KEY_MAX_BYTES])
{
	int length = snprintf(ret, KEY_MAX_BYTES, "%s %s%s%s%s", gateway, mark, name, show ? " " : "",
			show ? show : "");

	for (char *byte = ret; *byte; byte++)
		*byte = *byte >= 'A' && *byte <= 'Z' ? (char)(*byte - 'A' + 'a') : *byte;
	return length > 0 && length < KEY_MAX_BYTES;
}

bool key_of(const char *gateway, const char *name, const char *show, char ret[KEY_MAX_BYTES])
{
	return make(gateway, "", name, show, ret);
}

bool key_of_person(
		const char *gateway, const struct message *author, const char *show, char ret[KEY_MAX_BYTES])
{
	bool has_account = author->account && *author->account;

	return make(gateway, has_account ? "@" : "", has_account ? author->account : author->author_id, show,
			ret);
}
