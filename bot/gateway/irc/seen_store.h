#ifndef EPISODED_IRC_SEEN_STORE_H
#define EPISODED_IRC_SEEN_STORE_H

/* Stores the position in each channel of a gateway, and the names of renamed channels. */

#include "bot/store/store.h"

/* False: nothing stored, or store is NULL. */
bool irc_seen_load(struct store *store, const char *gateway, const char *channel, char *ret, size_t size);
/* After a failure the history is read from an earlier position; the journal knows the answered questions. */
void irc_seen_save(struct store *store, const char *gateway, const char *channel, const char *text);

/* The present name of a channel that was renamed. False: nothing stored, or store is NULL. */
bool irc_renamed_load(struct store *store, const char *gateway, const char *channel, char *ret, size_t size);
void irc_renamed_save(struct store *store, const char *gateway, const char *channel, const char *current);

#endif
