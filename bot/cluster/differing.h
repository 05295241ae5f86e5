#ifndef EPISODED_DIFFERING_H
#define EPISODED_DIFFERING_H

/*
 * Hosts that are configured in another way. They cannot serve the same leases, and the log says so; for a moment hosts
 * differ at each start and reload.
 */

#include <stdint.h>

struct differing; /* opaque: cluster/differing.c */

struct differing_hosts {
	struct differing *first;
};

void differing_release(struct differing_hosts *hosts);

/* The process has another configuration than this one: warn once, if it has had it for some time. */
void differing_warn(struct differing_hosts *hosts, const char *process, uint64_t now_ms);
/* It has the same as this one: if it differs later, the time counts from now. */
void differing_agree(struct differing_hosts *hosts, const char *process, uint64_t now_ms);

/* The length of the host's name in a process's: of "b" in "b/1a2b3c4d". */
int differing_host_length(const char *process);

#endif
