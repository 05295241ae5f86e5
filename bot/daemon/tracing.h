#ifndef EPISODED_TRACING_H
#define EPISODED_TRACING_H

/* Which gateways are traced, and where to: the command line over the configuration, and SIGUSR1 over both. */

#include "bot/config/config.h"

struct tracing {
	/* The command line's: "home,lobby", "" for all gateways, NULL for none. Borrowed. */
	const char *gateways;
	const char *file; /* NULL: as the configuration says */
	bool is_on;       /* now */
	bool is_decided;  /* the first configuration has been applied: from then on SIGUSR1 decides, and
			     "trace" where  it changes */
	bool was_configured;
};

/* A configuration is in use from now on. 0, or a negative errno, already logged: the trace is off then. */
int tracing_apply(struct tracing *tracing, const struct config *config);

/* The other way round than now (SIGUSR1). */
void tracing_toggle(struct tracing *tracing, const struct config *config);

/* The first name on the command line that no gateway has; NULL: all are right. Valid until the next call. */
const char *tracing_unknown(const struct tracing *tracing, const struct config *config);

#endif
