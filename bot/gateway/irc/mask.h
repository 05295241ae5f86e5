#ifndef EPISODED_IRC_MASK_H
#define EPISODED_IRC_MASK_H

/* nick!user@host: split, stored, and matched against a mask with * and ?. */

#include <stdbool.h>
#include <stddef.h>

#define IRC_USER_MAX_BYTES 63
#define IRC_HOST_MAX_BYTES 255

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
 * Errors:  no errors; any text is a valid name.
 */
void irc_source_split(const char *source, struct irc_source *ret);

/* Our user and host as other clients see them; "": unknown. */
struct irc_own_mask {
	char user[IRC_USER_MAX_BYTES + 1], host[IRC_HOST_MAX_BYTES + 1];
};

/* Set a part of the mask; a part that is too long becomes unknown. */
void irc_own_mask_set_user(struct irc_own_mask *mask, const char *user, size_t length);
void irc_own_mask_set_host(struct irc_own_mask *mask, const char *host, size_t length);
/* Read the parts that are present in nick!user@host; also user@host, or a host alone (396). */
void irc_own_mask_read(struct irc_own_mask *mask, const char *source);
void irc_own_mask_read_host(struct irc_own_mask *mask, const char *host);

/* Match '*' with any bytes, '?' with one byte. To ignore case, fold both arguments before. */
bool irc_mask_match(const char *mask, const char *text);

#endif
