#ifndef EPISODED_BOT_H
#define EPISODED_BOT_H

/* The whole running bot: owns the loop, the configuration, the catalogue, the dispatch and the gateways. */

#include "bot/config/config.h"

struct bot_options {
	const char *config_path; /* NULL: the embedded default */
	const char *data;        /* the folder of datasets for the embedded default */
	const char *trace; /* gateways to trace, "home,lobby"; "": all; NULL: as the configuration says */
	const char *trace_file; /* NULL: as the configuration says */
};

/*
 * Run until a signal ends it. SIGTERM and SIGINT say goodbye on every gateway
 * and leave within 5 s (a second one at once), SIGHUP reloads,
 * SIGUSR1 switches the trace on and off.
 *
 * Returns an exit code of sysexits(3): EX_OK, EX_USAGE (a gateway to trace that there is not), EX_CONFIG,
 * EX_DATAERR, EX_UNAVAILABLE (no gateway could start), EX_TEMPFAIL (another episoded uses the state folder),
 * EX_OSERR.
 */
int bot_run(const struct bot_options *options);

/* What bot_run reads first; also for "chat" and "check". The report is printed on standard error. EX_OK or as
 * above. */
struct catalogue;
struct show;
int bot_read_config(const char *config_path, const char *data, struct config **ret);
int bot_read_catalogue(const struct config *config, struct catalogue **ret, const struct show **ret_default);
/* "1 show, 12 episodes" appended. */
void bot_describe_catalogue(const struct catalogue *catalogue, struct str *str);

#endif
