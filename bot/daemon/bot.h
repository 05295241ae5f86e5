#ifndef EPISODED_BOT_H
#define EPISODED_BOT_H

/* The whole running bot: owns the loop, the configuration, the catalogue, the dispatch and the gateways. */

#include "bot/config/config.h"

struct bot_options {
	const char *config_path; /* NULL: the embedded default */
	const char *data;        /* folder of datasets, used with the embedded default configuration */
	const char *trace; /* gateways to trace, "home,lobby"; "": all; NULL: "trace" of the configuration */
	const char *trace_file; /* NULL: "trace_file" of the configuration */
};

/*
 * Run until a signal ends it. SIGTERM and SIGINT say goodbye on every gateway
 * and leave within 5 s (a second one at once), SIGHUP reloads,
 * SIGUSR1 switches the trace on and off.
 *
 * Returns an exit code of sysexits(3): EX_OK, EX_USAGE (--trace names an unknown gateway), EX_CONFIG,
 * EX_DATAERR, EX_UNAVAILABLE (no gateway could start), EX_TEMPFAIL (another episoded uses the state folder),
 * EX_OSERR.
 */
int bot_run(const struct bot_options *options);

/* Read a configuration, or a dataset; also for "chat" and "check". Problems are printed on standard error.
 * Returns EX_OK or a code as above. */
struct catalogue;
struct show;
int bot_read_config(const char *config_path, const char *data, struct config **ret);
int bot_read_catalogue(const struct config *config, struct catalogue **ret, const struct show **ret_default);
/* Append "1 show, 12 episodes". */
void bot_describe_catalogue(const struct catalogue *catalogue, struct str *str);

#endif
