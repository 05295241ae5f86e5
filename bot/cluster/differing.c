/* Hosts that are configured in another way. */

#include "bot/cluster/differing.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/str.h"

#define PROCESS_MAX_BYTES 256
#define DIFFERENCE_MS     10000 /* another host has another configuration for so long before the log says so */

struct differing {
	char process[PROCESS_MAX_BYTES];
	uint64_t since_ms;
	bool is_logged;
	struct differing *next;
};

int differing_host_length(const char *process)
{
	const char *slash = strrchr(process, '/');

	return slash ? (int)(slash - process) : (int)strlen(process);
}

static struct differing *find(const struct differing_hosts *hosts, const char *process)
{
	struct differing *differing = hosts->first;

	while (differing && !str_equal(differing->process, process))
		differing = differing->next;
	return differing;
}

/* NULL: out of memory. */
static struct differing *add(struct differing_hosts *hosts, const char *process, uint64_t now_ms)
{
	struct differing *differing = calloc(1, sizeof(*differing));

	if (!differing)
		return NULL;
	snprintf(differing->process, sizeof(differing->process), "%s", process);
	differing->since_ms = now_ms;
	differing->next = hosts->first;
	hosts->first = differing;
	return differing;
}

void differing_warn(struct differing_hosts *hosts, const char *process, uint64_t now_ms)
{
	struct differing *differing = find(hosts, process);

	if (!differing)
		differing = add(hosts, process, now_ms);
	if (!differing || differing->is_logged || now_ms - differing->since_ms < DIFFERENCE_MS)
		return;
	differing->is_logged = true;
	log_warning("host %.*s has other gateways than this one: give all hosts the same configuration, so "
		    "that they share the work",
			differing_host_length(process), process);
}

void differing_agree(struct differing_hosts *hosts, const char *process, uint64_t now_ms)
{
	struct differing *differing = find(hosts, process);

	if (differing)
		differing->since_ms = now_ms;
}

void differing_release(struct differing_hosts *hosts)
{
	while (hosts->first) {
		struct differing *next = hosts->first->next;

		free(hosts->first);
		hosts->first = next;
	}
}
