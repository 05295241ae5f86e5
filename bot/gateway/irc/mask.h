#ifndef EPISODED_IRC_MASK_H
#define EPISODED_IRC_MASK_H

/* nick!user@host: taken apart, and matched against a mask with * and ?. */

#include <stdbool.h>
#include <stddef.h>

/* Spans of the source; a missing part has length 0. */
struct irc_source {
	const char *nick, *user, *host;
	size_t nick_length, user_length, host_length;
};

/*
 * irc_source_split - servername, or nick[!user][@host].
 *
 * Shape:   the first '!' ends the nick, the last '@' begins the host.
 * Owns:    *ret points into source.
 * Errors:  none; everything is somebody's name.
 */
void irc_source_split(const char *source, struct irc_source *ret);

/* '*' stands for any bytes, '?' for one. Both sides already folded, where case does not count. */
bool irc_mask_match(const char *mask, const char *text);

#endif
