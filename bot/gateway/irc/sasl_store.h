#ifndef EPISODED_IRC_SASL_STORE_H
#define EPISODED_IRC_SASL_STORE_H

/* That the network of a gateway offers SCRAM, in the store: a later offer of PLAIN alone is a downgrade. */

#include "bot/store/store.h"

/* False also where there is no store (NULL). */
bool irc_sasl_load_scram(struct store *store, const char *gateway);
/* Without a store it is known as long as the process runs. */
void irc_sasl_save_scram(struct store *store, const char *gateway);

#endif
