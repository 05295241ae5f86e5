#ifndef EPISODED_IRC_CASEMAP_H
#define EPISODED_IRC_CASEMAP_H

/* Nicks and channels compared the way the server does it (ISUPPORT CASEMAPPING). */

#include <stdbool.h>
#include <stddef.h>

/* The highest byte that has a lower case 32 above it; the mapping is its own rule. */
enum irc_casemap {
	IRC_CASEMAP_ASCII = 'Z',
	IRC_CASEMAP_RFC1459_STRICT = ']', /* []\ are the capitals of {}| */
	IRC_CASEMAP_RFC1459 = '^',        /* and ^ of ~; the default */
};

/* An unknown name is taken for ascii. */
enum irc_casemap irc_casemap_from_name(const char *name);

char irc_casemap_lower(enum irc_casemap casemap, char byte);
bool irc_casemap_equal(enum irc_casemap casemap, const char *a, const char *b);
/* The same with a that is not terminated. */
bool irc_casemap_equal_bytes(enum irc_casemap casemap, const char *a, size_t a_length, const char *b);

#endif
