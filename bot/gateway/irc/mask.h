#ifndef EPISODED_IRC_MASK_H
#define EPISODED_IRC_MASK_H

/* nick!user@host: taken apart, kept, and matched against a mask with * and ?. */

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
 * Errors:  none; everything is somebody's name.
 */
void irc_source_split(const char *source, struct irc_source *ret);

/* How others see us; "" where it is not known. */
struct irc_own_mask {
	char user[IRC_USER_MAX_BYTES + 1], host[IRC_HOST_MAX_BYTES + 1];
};

/* Keep a part; one that is too long is as good as unknown. */
void irc_own_mask_set_user(struct irc_own_mask *mask, const char *user, size_t length);
void irc_own_mask_set_host(struct irc_own_mask *mask, const char *host, size_t length);
/* The parts of nick!user@host that are there; of user@host, or host, all (396). */
void irc_own_mask_read(struct irc_own_mask *mask, const char *source);
void irc_own_mask_read_host(struct irc_own_mask *mask, const char *host);

/* '*' stands for any bytes, '?' for one. Both sides already folded, where case does not count. */
bool irc_mask_match(const char *mask, const char *text);

#endif
