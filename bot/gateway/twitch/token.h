#ifndef EPISODED_TWITCH_TOKEN_H
#define EPISODED_TWITCH_TOKEN_H

/*
 * The user access token of one gateway: validated at the start and every hour, refreshed before it
 * expires or when Twitch refuses it, kept in the store. The same interface for a token of the
 * configuration ("token"), which cannot be refreshed. Connects the pure state machine (grant.c) to
 * HTTP, the store and the loop.
 */

#include <stdbool.h>
#include <stddef.h>

struct gateway_host;
struct permit;
struct twitch_config;
struct twitch_token; /* opaque: gateway/twitch/token.c */

/* Who the bot is. Texts are borrowed until the next event. Twitch may not have confirmed user_id yet while
 * its authorization server cannot be reached: it is then "" (static token) or as stored. */
struct twitch_identity {
	const char *access;    /* without "oauth:" */
	const char *client_id; /* of the application that the token was issued to; "": unknown */
	const char *user_id;
};

struct twitch_token_events {
	/* A usable token: the first, the same again after it was refused or first validated, or another in
	 * place of one that may still work. Never inside a function below. */
	void (*on_token)(void *user, const struct twitch_identity *identity);
	/* No usable token, until on_token comes: refused by Twitch, expired, not logged in, or a scope is
	 * missing. is_final: the reason names the fix, a reload or a login; the gateway logs it. Otherwise the
	 * token is being refreshed or validated again, and what there is to log is logged. Either way on_token
	 * may follow. */
	void (*on_invalid)(void *user, const char *reason, bool is_final);
};

/* config and scopes (NULL at the end) are borrowed. -ENOMEM. */
int twitch_token_new(const struct gateway_host *host, const struct twitch_config *config,
		const char *const *scopes, const struct twitch_token_events *events, void *user,
		struct twitch_token **ret);
void twitch_token_free(struct twitch_token *token); /* NULL-safe; not inside an event */
void twitch_token_start(struct twitch_token *token);

/* Requests are sent only while it is valid: two processes that refresh one token lose it. Borrowed; NULL: always. */
void twitch_token_set_permit(struct twitch_token *token, const struct permit *permit);
/* The lease is lost: no request and no event any more. */
void twitch_token_abandon(struct twitch_token *token);

/* An equal configuration in other memory. */
void twitch_token_configure(struct twitch_token *token, const struct twitch_config *config);

/* Twitch has refused this access token (401, "Login authentication failed"). Ignored if another token has
 * replaced it. on_token or on_invalid follows, perhaps much later. */
void twitch_token_refused(struct twitch_token *token, const char *access);

/* The scopes that each transport needs. */
extern const char *const twitch_scopes_irc[];      /* chat:read chat:edit */
extern const char *const twitch_scopes_eventsub[]; /* user:read:chat user:write:chat */

#endif
