#ifndef EPISODED_IRC_SEEN_STORE_H
#define EPISODED_IRC_SEEN_STORE_H

/* What was seen last in each channel of a gateway, in the store. */

#include "bot/store/store.h"

/* False: there is nothing, or no store (NULL). */
bool irc_seen_load(struct store *store, const char *gateway, const char *channel, char *ret, size_t size);
/* A failure costs a look further back: the journal knows what was answered. */
void irc_seen_save(struct store *store, const char *gateway, const char *channel, const char *text);

#endif
