/* The supported networks: each is a folder in bot/gateway/ and a line here. */

#include "bot/daemon/networks.h"

#define NETWORKS(NETWORK)                                                                                    \
	NETWORK(lobby)                                                                                       \
	NETWORK(irc)                                                                                         \
	NETWORK(discord)                                                                                     \
	NETWORK(twitch)

#define DECLARE(name) extern const struct network name##_network;
#define ENTRY(name)   &name##_network,

NETWORKS(DECLARE)

const struct network *const networks[] = {NETWORKS(ENTRY) NULL};
