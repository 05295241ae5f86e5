/* nick!user@host and masks of it. */

#include "bot/gateway/irc/mask.h"

#include <string.h>

void irc_source_split(const char *source, struct irc_source *ret)
{
	size_t length = strlen(source);
	const char *end = source + length;
	const char *bang = memchr(source, '!', length);
	const char *at = memrchr(source, '@', length);

	if (at && bang && at < bang) /* "a@b!c": no user where no host follows it */
		bang = NULL;
	ret->nick = source;
	ret->nick_length = (size_t)((bang ? bang : at ? at : end) - source);
	ret->user = bang ? bang + 1 : end;
	ret->user_length = bang ? (size_t)((at ? at : end) - ret->user) : 0;
	ret->host = at ? at + 1 : end;
	ret->host_length = (size_t)(end - ret->host);
}

/* One star remembered is enough: a later star makes an earlier one's choice final. So it is O(n * m), never
 * worse. */
bool irc_mask_match(const char *mask, const char *text)
{
	const char *star = NULL, *star_text = NULL;

	while (*text) {
		if (*mask == '*') {
			star = ++mask;
			star_text = text;
		} else if (*mask == '?' || *mask == *text) {
			mask++;
			text++;
		} else if (star) {
			mask = star;
			text = ++star_text;
		} else {
			return false;
		}
	}
	while (*mask == '*')
		mask++;
	return *mask == '\0';
}
