#ifndef EPISODED_ORDERS_H
#define EPISODED_ORDERS_H

/*
 * Owners: how they are recognised, and their commands. The channels they make the bot
 * join, the settings of channels and the ignore list are kept in the store, with the
 * progress that people declare, and what the bot is to say of itself.
 */

#include "bot/config/config.h"
#include "bot/core/dispatch.h"
#include "bot/core/message.h"
#include "bot/core/occasions.h"

struct store;
struct orders; /* opaque: core/rights.c */

/* An action to carry out after the owner command was answered, or after one that another process has carried out. */
enum order {
	ORDER_CHANNELS, /* the result of orders_apply() has changed */
	ORDER_RELOAD,
	ORDER_TOPICS, /* another process has changed what gateways tell of their channels */
};

int orders_new(void (*on_order)(void *user, enum order order), void *user, struct orders **ret);
void orders_free(struct orders *orders); /* NULL-safe */

/* Use this store, and read the saved state from it; call again when the store's file becomes readable later. store may
 * be NULL: changes are then lost at a restart. -ENOMEM. */
int orders_open(struct orders *orders, struct store *store);
/* Set the configuration (owners) and the catalogue (shows); borrowed until the next call. */
void orders_configure(struct orders *orders, const struct config *config, const struct catalogue *catalogue);

/* What the bot says of itself: its edges. Copied; before orders_open(). Without it, nothing is planned. */
struct orders_speech {
	struct occasions_host host;
	int64_t (*now_s)(void); /* this machine's clock, since 1970 UTC */
	/* As in struct dispatch_orders; user is the host's. */
	const char *(*unreachable)(void *user, const char *gateway, const char *channel, uint64_t route);
	struct wishes_possible (*possible)(void *user, const char *gateway);
};
void orders_set_speech(struct orders *orders, const struct orders_speech *speech);
/* NULL until orders_open(); borrowed until the next orders_open(). */
struct occasions *orders_occasions(const struct orders *orders);
struct announcements *orders_announcements(const struct orders *orders);

/* What the last reload led to; NULL while one is in progress. Borrowed until the next call. */
void orders_set_reloaded(struct orders *orders, const struct request_reload *reloaded);

/* The callbacks for dispatch; orders must outlive it. */
struct dispatch_orders orders_for_dispatch(struct orders *orders);
/* The same for a terminal: the person there is the owner, and no one else's zone is kept. */
struct dispatch_orders orders_for_terminal(struct orders *orders);
/* The prefixes set in any channel, NULL at the end; borrowed until the next owner command. */
const char *const *orders_prefixes(const struct orders *orders);

/* True if a message is from an owner of that gateway; never decided by a nick. */
bool orders_is_owner(const struct gateway_config *gateway, const struct message *message);

/* Copy the configured gateways with the owners' changes applied; their number is that of the configuration. The caller
 * frees them with orders_release(). -ENOMEM. */
int orders_apply(const struct orders *orders, struct gateway_wanted **ret);
void orders_release(struct gateway_wanted *gateways, size_t count);

#endif
