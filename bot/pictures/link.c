/* Links of pictures. */

#include "bot/pictures/link.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"

#define SCHEME         "https://"
#define HOST_MAX_BYTES 253

static bool has_valid_bytes(const char *link)
{
	size_t length = strlen(link);

	for (size_t i = 0; i < length; i++) {
		if (link[i] <= ' ' || link[i] > '~' || strchr("\"<>\\^`{|}", link[i]))
			return false;
	}
	return length <= PICTURE_LINK_MAX_BYTES;
}

/* A name that only this machine or this network knows. */
static bool is_local_name(const char *host)
{
	static const char *const ends[] = {"localhost", "local", "internal", "intranet", "lan", "home",
			"corp", "private", "home.arpa", "onion"};
	size_t length = strlen(host);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (length > end && host[length - end - 1] == '.' &&
				str_equal_nocase(host + length - end, ends[i]))
			return true;
	}
	return !strchr(host, '.');
}

/* No IP address in any notation ("127.1", "0x7f.1"): the last part of a name on the internet begins with a letter. */
static bool is_public_name(const char *host)
{
	const char *last = strrchr(host, '.');
	char first = last ? last[1] : '\0';

	return ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z')) && !is_local_name(host);
}

bool picture_link_ok(const char *link, bool allows_any)
{
	char host[HOST_MAX_BYTES + 1];
	const char *from = link + strlen(SCHEME);
	size_t length, authority;
	long port;

	if (!str_starts(link, SCHEME) || !has_valid_bytes(link))
		return false;
	authority = strcspn(from, "/?#");
	length = strcspn(from, ":/?#");
	if (memchr(from, '@', authority))
		return false;
	if (allows_any)
		return authority > 0;
	if (!length || length > HOST_MAX_BYTES)
		return false;
	memcpy(host, from, length);
	host[length] = '\0';
	if (from[length] == ':') {
		char digits[6] = "";

		if (authority - length - 1 >= sizeof(digits))
			return false;
		memcpy(digits, from + length + 1, authority - length - 1);
		if (str_to_long(digits, 1, 65535, &port) < 0)
			return false;
	}
	return is_public_name(host);
}

int picture_link_follow(const char *from, const char *location, bool allows_any, char **ret)
{
	struct str link = STR(PICTURE_LINK_MAX_BYTES);
	char *text = NULL;
	int r;

	if (location[0] == '/' && location[1] != '/')
		str_append_bytes(&link, from, strlen(SCHEME) + strcspn(from + strlen(SCHEME), "/?#"));
	str_append(&link, location);
	r = str_take(&link, &text);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	if (picture_link_ok(text, allows_any)) {
		*ret = text;
		return 0;
	}
	free(text);
	return -EINVAL;
}
