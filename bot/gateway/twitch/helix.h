#ifndef EPISODED_TWITCH_HELIX_H
#define EPISODED_TWITCH_HELIX_H

/* Requests to Twitch's API (Helix) over HTTP, and their place in the trace. Nothing here blocks. */

#include <stdint.h>

#include "bot/gateway/twitch/eventsub.h"

struct loop;
struct permit;
struct twitch_helix; /* opaque: gateway/twitch/helix.c */

struct twitch_helix_options {
	const char *gateway; /* its name in the trace */
	const char *api;     /* "https://api.twitch.tv/helix" */
	const char *ca_file; /* may be NULL: the system's CAs */
	const char *proxy;   /* as "configured" in net/proxy.h */
};

/* Options are borrowed until twitch_helix_configure() or the end. on_response is called exactly once for each
 * request, not inside twitch_helix_send(). -ENOMEM. */
int twitch_helix_new(struct loop *loop, const struct twitch_helix_options *options,
		void (*on_response)(void *user, const struct twitch_request *request,
				const struct twitch_response *response),
		void *user, struct twitch_helix **ret);
void twitch_helix_configure(struct twitch_helix *helix, const struct twitch_helix_options *options);
/* Cancel all requests without callbacks. NULL-safe; not inside on_response. */
void twitch_helix_free(struct twitch_helix *helix);

/* Messages are sent only while it is valid; borrowed; NULL: always. */
void twitch_helix_set_permit(struct twitch_helix *helix, const struct permit *permit);
/* Cancel all requests without callbacks; not inside on_response. */
void twitch_helix_cancel(struct twitch_helix *helix);

/* Authorize requests from now on; copied. -EMSGSIZE, -ENOMEM. */
int twitch_helix_authorize(struct twitch_helix *helix, const char *access, const char *client_id);
/* The token of the requests; "": not authorized yet. */
const char *twitch_helix_access(const struct twitch_helix *helix);

/* Start a request. A negative errno: it cannot be started. */
int twitch_helix_send(struct twitch_helix *helix, const struct twitch_request *request);

/*
 * twitch_helix_pause_ms - how long the rate limit of the API is used up.
 *
 * Shape:   Ratelimit-Remaining: points; Ratelimit-Reset: Unix time in seconds; Date: of RFC 9110, the server's
 *          own clock, which this host's need not match. Each may be NULL.
 * Errors:  0: not used up, or not known.
 * Source:  dev.twitch.tv, "Twitch API Concepts" (read 2026-11).
 */
uint64_t twitch_helix_pause_ms(int status, const char *remaining, const char *reset, const char *date);

#endif
