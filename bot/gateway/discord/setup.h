#ifndef EPISODED_DISCORD_SETUP_H
#define EPISODED_DISCORD_SETUP_H

/*
 * Before the first IDENTIFY: ask Discord about the bot (GET /applications/@me, GET /gateway/bot). After that:
 * register the slash commands, if they changed. Both are retried until they succeed.
 *
 * Among several processes one leads: it asks, at first and every hour, and the others read in the store what Discord has
 * answered, because GET /gateway/bot has a limit of its own.
 */

#include "bot/gateway/discord/audit.h"
#include "bot/gateway/discord/memory.h"
#include "bot/gateway/discord/rest/rest.h"
#include "bot/gateway/gateway.h"

struct discord_setup; /* opaque: gateway/discord/setup.c */
struct discord_slash;

struct discord_setup_config {
	const struct gateway_host *host;
	const char *gateway; /* name, for the log */
	struct discord_rest *rest;
	const struct discord_memory *memory;
	const struct permit *permit; /* to ask; NULL: always */
	bool is_shared;              /* with other processes */
	/* audit is complete, and valid until the setup is freed. NULL: failed for this reason, and retried;
	 * on_result comes again. With an invalid token on_result does not come: see struct
	 * discord_rest_events. */
	void (*on_result)(void *user, const char *reason, const struct discord_audit *audit);
	/* Discord itself has answered: after on_result, and then every hour. Borrowed for the call. May be NULL. */
	void (*on_asked)(void *user, const struct discord_audit *audit);
	void *user;
};

/* config is copied, what it points to is borrowed. -ENOMEM. */
int discord_setup_new(const struct discord_setup_config *config, struct discord_setup **ret);
/* NULL-safe. Only after discord_rest_free(), which drops the calls in flight. Not inside on_result. */
void discord_setup_free(struct discord_setup *setup);

void discord_setup_start(struct discord_setup *setup); /* in the loop's next round */
/* No retry and no on_result from now on. May be called inside on_result. */
void discord_setup_stop(struct discord_setup *setup);

/* This process registers the slash commands, as long as the permit is valid (NULL: always): one of all processes does it. */
void discord_setup_lead(struct discord_setup *setup, const struct permit *permit);
/* Another process does it from now on. Before discord_rest_drop(). */
void discord_setup_follow(struct discord_setup *setup);

/* The slash commands as Discord knows them; NULL before the first on_result with an audit. */
const struct discord_slash *discord_setup_slash(const struct discord_setup *setup);

#endif
