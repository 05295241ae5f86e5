#ifndef EPISODED_ORDERS_H
#define EPISODED_ORDERS_H

/* Owners: who they are, and the channels they have told the bot to be in, or not to be in. */

#include "bot/config.h"
#include "bot/message.h"

struct store;

/* Is a message from an owner of that gateway? Never decided by a nick. */
bool orders_is_owner(const struct gateway_config *gateway, const struct message *message);

/* Remember that the bot is to be in a channel, or is not to. -EINVAL no channel's name, -ENOTSUP not on this
 * network, -EROFS there is no store, -EEXIST it is so already, or what the store says. */
int orders_channel(
	struct store *store, const struct gateway_config *gateway, const char *channel, bool is_in);

/* The configuration with these orders on top, deep; release with gateway_config_release(). -ENOMEM. */
int orders_apply(struct store *store, const struct gateway_config *config, struct gateway_config *ret);

#endif
