#ifndef EPISODED_IRC_CASEMAP_H
#define EPISODED_IRC_CASEMAP_H

/* Compare nicks and channel names with the server's case mapping (ISUPPORT CASEMAPPING). */

#include <stdbool.h>
#include <stddef.h>

/* The value is the highest upper-case byte: bytes from 'A' up to it have a lower-case form 32 above. */
enum irc_casemap {
	IRC_CASEMAP_ASCII = 'Z',
	IRC_CASEMAP_RFC1459_STRICT = ']', /* []\ are the upper case of {}| */
	IRC_CASEMAP_RFC1459 = '^',        /* and ^ of ~; the default without ISUPPORT */
};

/* Unknown names give IRC_CASEMAP_ASCII. */
enum irc_casemap irc_casemap_from_name(const char *name);

char irc_casemap_lower(enum irc_casemap casemap, char byte);
bool irc_casemap_equal(enum irc_casemap casemap, const char *a, const char *b);
/* The same, but a is not NUL-terminated. */
bool irc_casemap_equal_bytes(enum irc_casemap casemap, const char *a, size_t a_length, const char *b);

#endif
