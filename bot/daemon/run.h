#ifndef EPISODED_RUN_H
#define EPISODED_RUN_H

/* A run of the bot, from its start to its end: owns the loop, the configuration, the catalogue and all parts. */

struct run_options {
	const char *config_path;  /* NULL: the embedded default */
	const char *data;         /* as in struct files_source */
	const char *const *shows; /* as in struct files_source */
	const char *listen; /* without a configuration file: where the lobby listens; NULL: its default */
	const char *owners; /* the same: "everybody" or "nobody"; NULL: "nobody" */
	const char *trace;  /* gateways to trace, "home,lobby"; "": all; NULL: "trace" of the configuration */
	const char *trace_file; /* NULL: "trace_file" of the configuration */
};

/*
 * Run until a signal ends it. SIGTERM and SIGINT say goodbye on every gateway
 * and leave within 5 s (a second one at once), SIGHUP reloads,
 * SIGUSR1 switches the trace on and off.
 *
 * Returns an exit code of sysexits(3): EX_OK, EX_USAGE (--trace names an unknown gateway, --listen is no address), EX_CONFIG,
 * EX_DATAERR, EX_UNAVAILABLE (no gateway could start), EX_TEMPFAIL (another episoded uses the state folder),
 * EX_OSERR.
 */
int run_bot(const struct run_options *options);

#endif
