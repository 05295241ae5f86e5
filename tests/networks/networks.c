/* The networks of build/test/episoded-echo: the program's, and each folder in tests/networks/. */

#include "bot/daemon/networks.h"

#define NETWORKS(NETWORK)                                                                                    \
	NETWORK(lobby)                                                                                       \
	NETWORK(irc)                                                                                         \
	NETWORK(discord)                                                                                     \
	NETWORK(echo)                                                                                        \
	NETWORK(twitch)

#define DECLARE(name) extern const struct network name##_network;
#define ENTRY(name)   &name##_network,

NETWORKS(DECLARE)

const struct network *const networks[] = {NETWORKS(ENTRY) NULL};
