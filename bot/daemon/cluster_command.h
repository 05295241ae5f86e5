#ifndef EPISODED_CLUSTER_COMMAND_H
#define EPISODED_CLUSTER_COMMAND_H

/* "episoded cluster": which host holds what, from the database. */

#include <stdbool.h>

/*
 * Without words: print the hosts, the leases, the starts and the REST budget of Discord, and the open questions, as text or
 * as JSON. "drop HOST": forget a host that is dead, so that it leaves the list and its REST slots are free; its leases
 * lapse by themselves.
 *
 * config_path NULL: /etc/episoded/episoded.json. Returns an exit code of sysexits(3): EX_OK; EX_USAGE; EX_CONFIG;
 * EX_UNAVAILABLE the database does not answer, EX_NOPERM it refuses; EX_DATAERR it has no state of episoded, or no such
 * host; EX_TEMPFAIL a process of the host to be dropped lives; EX_OSERR.
 */
int cluster_command(const char *config_path, bool is_json, int count, char *const *words,
		void (*print)(bool is_error, const char *text));

#endif
