/* IRC case mappings. */

#include "bot/irc/casemap.h"

#include <string.h>

enum irc_casemap irc_casemap_from_name(const char *name)
{
	if (strcmp(name, "rfc1459") == 0)
		return IRC_CASEMAP_RFC1459;
	if (strcmp(name, "rfc1459-strict") == 0 || strcmp(name, "strict-rfc1459") == 0)
		return IRC_CASEMAP_RFC1459_STRICT;
	return IRC_CASEMAP_ASCII;
}

char irc_casemap_lower(enum irc_casemap casemap, char byte)
{
	return byte >= 'A' && byte <= (char)casemap ? (char)(byte + ('a' - 'A')) : byte;
}

bool irc_casemap_equal_bytes(enum irc_casemap casemap, const char *a, size_t a_length, const char *b)
{
	size_t i;

	for (i = 0; i < a_length; i++) {
		if (b[i] == '\0' || irc_casemap_lower(casemap, a[i]) != irc_casemap_lower(casemap, b[i]))
			return false;
	}
	return b[a_length] == '\0';
}

bool irc_casemap_equal(enum irc_casemap casemap, const char *a, const char *b)
{
	return irc_casemap_equal_bytes(casemap, a, strlen(a), b);
}
