/* !status - the bot's version, uptime, gateways and dataset. */

#include <stdio.h>

#include "bot/core/command.h"

/* Format a duration in its two largest units: "3 d 4 h", "4 h 12 min", "12 min 5 s", "5 s". */
static const char *duration(uint64_t ms, char *buffer, size_t size)
{
	unsigned long seconds = (unsigned long)(ms / 1000), minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24)
		snprintf(buffer, size, "%lu d %lu h", hours / 24, hours % 24);
	else if (hours)
		snprintf(buffer, size, "%lu h %lu min", hours, minutes % 60);
	else if (minutes)
		snprintf(buffer, size, "%lu min %lu s", minutes, seconds % 60);
	else
		snprintf(buffer, size, "%lu s", seconds);
	return buffer;
}

static int status(struct request *request)
{
	struct request_status now;
	char up[64];

	request_status(request, &now);
	reply_title(request, "episoded %s", now.version);
	if (*now.gateways) {
		reply_field(request, "Up for", "%s", duration(now.uptime_ms, up, sizeof(up)));
		reply_field(request, "Answered", "%llu", (unsigned long long)now.asked);
	}
	/* Names and states of the gateways are for owners only. */
	if (*now.gateways && request_is_owner(request) && request_has_private(request)) {
		reply_field(request, "Gateways", "%s", now.gateways);
		if (now.trouble)
			reply_field(request, "State", "not kept: %s", now.trouble);
		if (*now.broken)
			reply_field(request, "Datasets with errors", "%s; the log says where", now.broken);
		request_make_private(request);
	}
	return reply_field(request, "Dataset", "%s", now.dataset);
}

COMMAND(status) = {
		.aliases = {"uptime", "version"},
		.summary = "How the bot is doing: uptime, gateways, dataset",
		.details = "Owners also get the state of each gateway, in private.",
		.visibility = COMMAND_PUBLIC,
		.permission = PERMISSION_OWNER_MORE,
		.run = status,
};
