#ifndef EPISODED_PICTURES_LINK_H
#define EPISODED_PICTURES_LINK_H

/* Links that pictures are fetched from. Pure. */

#include <stdbool.h>

#define PICTURE_LINK_MAX_BYTES 2000

/*
 * picture_link_ok - may the bot ask this link?
 *
 * Shape:  https://NAME[:PORT][/...], visible ASCII without '"<>\^`{|}'; no user, no '@' in front of the path; NAME has a
 *         dot and letters, and is no IP address, "localhost" or name of a local network. allows_any: also these.
 */
bool picture_link_ok(const char *link, bool allows_any);

/*
 * picture_link_follow - where a redirect leads.
 *
 * location: a whole link, or a path that begins with one slash.
 * Owns:     the caller frees *ret.
 * Errors:   -EINVAL not such a location, or not allowed (picture_link_ok()); -ENOMEM.
 */
int picture_link_follow(const char *from, const char *location, bool allows_any, char **ret);

#endif
