#ifndef EPISODED_IRC_SASL_STORE_H
#define EPISODED_IRC_SASL_STORE_H

/* Stores that the network of a gateway offers SCRAM: then a later offer of PLAIN alone is a downgrade. */

#include "bot/store/store.h"

/* Has the network ever offered SCRAM? store may be NULL: false. */
bool irc_sasl_load_scram(struct store *store, const char *gateway);
/* store may be NULL: then it is known until the process ends. */
void irc_sasl_save_scram(struct store *store, const char *gateway);

#endif
