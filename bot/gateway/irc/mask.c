/* nick!user@host and masks of it. */

#include "bot/gateway/irc/mask.h"

#include <string.h>

void irc_source_split(const char *source, struct irc_source *ret)
{
	size_t length = strlen(source);
	const char *end = source + length;
	const char *bang = memchr(source, '!', length);
	const char *at = memrchr(source, '@', length);

	if (at && bang && at < bang) /* "a@b!c": '!' after '@' does not begin a user */
		bang = NULL;
	ret->nick = source;
	ret->nick_length = (size_t)((bang ? bang : at ? at : end) - source);
	ret->user = bang ? bang + 1 : end;
	ret->user_length = bang ? (size_t)((at ? at : end) - ret->user) : 0;
	ret->host = at ? at + 1 : end;
	ret->host_length = (size_t)(end - ret->host);
}

static void keep(char *ret, size_t size, const char *text, size_t length)
{
	if (length >= size)
		length = 0;
	memcpy(ret, text, length);
	ret[length] = '\0';
}

void irc_own_mask_set_user(struct irc_own_mask *mask, const char *user, size_t length)
{
	keep(mask->user, sizeof(mask->user), user, length);
}

void irc_own_mask_set_host(struct irc_own_mask *mask, const char *host, size_t length)
{
	keep(mask->host, sizeof(mask->host), host, length);
}

void irc_own_mask_read(struct irc_own_mask *mask, const char *text)
{
	struct irc_source source;

	irc_source_split(text, &source);
	if (source.user_length > 0)
		irc_own_mask_set_user(mask, source.user, source.user_length);
	if (source.host_length > 0)
		irc_own_mask_set_host(mask, source.host, source.host_length);
}

void irc_own_mask_read_host(struct irc_own_mask *mask, const char *host)
{
	const char *at = strchr(host, '@');

	if (at) {
		irc_own_mask_set_user(mask, host, (size_t)(at - host));
		host = at + 1;
	}
	irc_own_mask_set_host(mask, host, strlen(host));
}

/* Backtrack to the last star only: once a later star is reached, the match of an earlier star need not
 * change. At most O(n * m). */
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
