#ifndef EPISODED_ORDERS_H
#define EPISODED_ORDERS_H

/*
 * Owners: how they are recognised, and their commands. The channels they make the bot
 * join, the settings of channels and the ignore list are kept in the store.
 */

#include "bot/config/config.h"
#include "bot/core/dispatch.h"
#include "bot/core/message.h"

struct store;
struct orders; /* opaque: core/rights.c */

/* What is to be done once the command that asked for it is answered. */
enum order {
	ORDER_CHANNELS, /* orders_apply() gives other channels now */
	ORDER_RELOAD,
};

int orders_new(void (*on_order)(void *user, enum order order), void *user, struct orders **ret);
void orders_free(struct orders *orders); /* NULL-safe */

/* Keep them here, and read what is kept; again when the store's file could be read only later. store may be
 * NULL: then nothing outlasts this process. -ENOMEM. */
int orders_open(struct orders *orders, struct store *store);
/* Whose orders, about which shows; borrowed until the next call. */
void orders_configure(struct orders *orders, const struct config *config, const struct catalogue *catalogue);

/* What dispatch asks; orders must outlive it. */
struct dispatch_orders orders_for_dispatch(struct orders *orders);
/* The prefixes set anywhere, NULL at the end; borrowed until the next order. */
const char *const *orders_prefixes(const struct orders *orders);

/* Is a message from an owner of that gateway? Never decided by a nick. */
bool orders_is_owner(const struct gateway_config *gateway, const struct message *message);

/* The configured gateways with the orders on top, as many as are configured; the caller frees with
 * orders_release(). -ENOMEM. */
int orders_apply(const struct orders *orders, struct gateway_config **ret);
void orders_release(struct gateway_config *gateways, size_t count);

#endif
