#ifndef EPISODED_TRACING_H
#define EPISODED_TRACING_H

/* Which gateways are traced, and the file of the trace. The command line overrides the configuration, and
 * SIGUSR1 overrides both. */

#include "bot/config/config.h"

struct tracing {
	/* The value of --trace: "home,lobby"; "": all gateways; NULL: option not given. Borrowed. */
	const char *gateways;
	const char *file; /* NULL: "trace_file" of the configuration */
	bool is_on;       /* now */
	bool is_decided;  /* the first configuration has been applied: from then on SIGUSR1 decides, and
			     "trace" where  it changes */
	bool was_configured;
};

/* Apply a configuration. 0, or a negative errno, already logged: then the trace is off. */
int tracing_apply(struct tracing *tracing, const struct config *config);

/* Switch the trace on or off (SIGUSR1). */
void tracing_toggle(struct tracing *tracing, const struct config *config);

/* The first name of --trace that is not a gateway; NULL: all are valid. Borrowed until the next call. */
const char *tracing_unknown(const struct tracing *tracing, const struct config *config);

#endif
