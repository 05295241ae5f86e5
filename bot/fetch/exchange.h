#ifndef EPISODED_FETCH_EXCHANGE_H
#define EPISODED_FETCH_EXCHANGE_H

/* Visits to one site over HTTPS, one after another, with the pauses that the site asks for. An edge. */

#include "bot/fetch/visit.h"

struct exchange; /* opaque: fetch/exchange.c */
struct loop;

/* How a site is reached. All are copied. */
struct exchange_site {
	enum fetch_site_id site;
	const char *url;     /* in place of the site's own; may be NULL */
	const char *ca_file; /* the only CAs that may sign its certificate; NULL: the system's */
	const char *proxy;   /* as of http_set_proxy() */
	const char *token;   /* a secret; NULL: there is no such token */
};

/* -ENOMEM. */
int exchange_new(struct loop *loop, const struct exchange_site *site, struct exchange **ret);
/* Cancel the visit without a callback. NULL-safe. */
void exchange_free(struct exchange *exchange);

/*
 * exchange_start - visit the site.
 *
 * tries: how often a request is sent that fails for a passing reason, at least 1; further ones wait a few seconds, or as
 * long as the site wants, if that is at most a minute.
 * on_done is called once, in a later turn of the loop, with VISIT_DONE, VISIT_SAME or VISIT_FAILED. The visit is
 * released after it. on_done may start the next visit and may free the exchange.
 * Errors: -EBUSY while a visit is in progress, -EINVAL, -ENOMEM.
 */
int exchange_start(struct exchange *exchange, const struct fetch_address *address,
		const struct visit_known *known, unsigned tries,
		void (*on_done)(void *user, enum visit_step step, struct visit *visit), void *user);
bool exchange_is_busy(const struct exchange *exchange);

#endif
