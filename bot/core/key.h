#ifndef EPISODED_KEY_H
#define EPISODED_KEY_H

/*
 * Keys of what the store keeps about channels and people: "libera #dark", "libera @onjo dark". ASCII letters are in
 * lower case, which is enough for keys; the gateways compare names with the network's own case mapping.
 */

#include <stdbool.h>

#include "bot/core/message.h"

#define KEY_MAX_BYTES 400 /* with the NUL; longer keys are refused */

/* "gateway name", or "gateway name show" if show is not NULL. False: the key is too long. */
bool key_of(const char *gateway, const char *name, const char *show, char ret[KEY_MAX_BYTES]);

/* The same of a person: the services account, or author_id on networks and for people without accounts. "@" marks an
 * account, so that another person's author_id cannot be taken for it. */
bool key_of_person(
		const char *gateway, const struct message *author, const char *show, char ret[KEY_MAX_BYTES]);

#endif
