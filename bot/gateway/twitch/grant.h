#ifndef EPISODED_TWITCH_GRANT_H
#define EPISODED_TWITCH_GRANT_H

/*
 * The tokens of one gateway over time, as a pure state machine: when to validate and to refresh them, and
 * what each response means. Times are monotonic: a token expires expires_in after its response was received,
 * whatever the wall clock says.
 *
 * A public client's refresh token can be used once, and a second use revokes the tokens that the first use
 * gave (seen 2024-02, github.com/twitchdev/issues/issues/903). So "refreshing" is stored before each refresh
 * and cleared together with its result. A refresh without a known result (a crash, a lost response) is in
 * doubt: it is not repeated while the access token works, because then there would be something to lose.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/log.h"
#include "bot/gateway/twitch/oauth.h"

#define TWITCH_GRANT_VALIDATE_MS (60u * 60 * 1000) /* Twitch requires it every hour */
#define TWITCH_GRANT_MARGIN_MS   (10u * 60 * 1000) /* refresh this long before the expiry */
#define TWITCH_GRANT_WARN_MS                                                                                 \
	(60u * 60 * 1000) /* warn this long before a token expires that cannot be refreshed */
#define TWITCH_GRANT_AGAIN_MS  (60u * 60 * 1000) /* the first retry after a final refusal; doubles to a day */
#define TWITCH_GRANT_RETRY_MS  5000u             /* the first retry after passing trouble; doubles to 5 min */
#define TWITCH_GRANT_SECOND_MS 2000u             /* before a refusal is looked at again */

struct twitch_grant; /* opaque: gateway/twitch/grant.c */

/* Borrowed until twitch_grant_configure() or twitch_grant_free(). */
struct twitch_grant_config {
	const char *gateway;       /* its name, for the fix in messages */
	bool is_static;            /* the token is the configuration's and cannot be refreshed */
	const char *client_id;     /* may be NULL if is_static */
	bool has_secret;           /* a confidential client: its refresh token can be used again */
	const char *const *scopes; /* needed; NULL at the end */
};

struct twitch_grant_events {
	/* Send this request for twitch_grant_stored(). It replaces a request in progress. */
	void (*on_ask)(void *user, enum twitch_oauth_call call);
	/* Store the tokens. 0: they are on disk. */
	int (*on_keep)(void *user, const struct twitch_stored *stored);
	/* The tokens can be used: the first time, again, or others. */
	void (*on_usable)(void *user);
	/* As on_invalid of token.h. */
	void (*on_invalid)(void *user, const char *reason, bool is_final);
	void (*on_note)(void *user, enum log_level level, const char *text);
};

/* -ENOMEM */
int twitch_grant_new(const struct twitch_grant_config *config, const struct twitch_grant_events *events,
		void *user, struct twitch_grant **ret);
void twitch_grant_free(struct twitch_grant *grant); /* NULL-safe; wipes the tokens */

/* The same texts in other memory. */
void twitch_grant_configure(struct twitch_grant *grant, const char *gateway, const char *client_id);

/* Begin with these tokens, as stored, as configured or of a new login, in place of others. NULL: there is no login; reason
 * says why. Static tokens can be used at once, others when they are validated. */
void twitch_grant_begin(struct twitch_grant *grant, const struct twitch_stored *stored, const char *reason,
		bool is_final, uint64_t now_ms);
/* The response to the request of on_ask(). */
void twitch_grant_answer(struct twitch_grant *grant, enum twitch_oauth_call call,
		const struct twitch_oauth_response *response, uint64_t now_ms);
/* Twitch's chat or API has refused this access token. No event comes before the next tick, which is due now. */
void twitch_grant_refused(struct twitch_grant *grant, const char *access, uint64_t now_ms);

/* Do what is due. Call it at twitch_grant_next_ms() or earlier. */
void twitch_grant_tick(struct twitch_grant *grant, uint64_t now_ms);
uint64_t twitch_grant_next_ms(const struct twitch_grant *grant); /* UINT64_MAX: never */

const struct twitch_stored *twitch_grant_stored(const struct twitch_grant *grant);
bool twitch_grant_is_usable(const struct twitch_grant *grant);

#endif
