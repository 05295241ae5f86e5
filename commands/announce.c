/* !announce - tell a channel when new episodes air. */

#include <string.h>

#include "bot/core/command.h"

static int announce(struct request *request)
{
	const char *what = request_text(request, "what"), *how = request_text(request, "how");

	if (what && strcmp(what, "here") == 0)
		return reply_announce_here(request, how ? how : "");
	if (what && strcmp(what, "off") == 0)
		return reply_announce_off(request, how ? how : "");
	return reply_announce_list(request);
}

COMMAND(announce) = {
		.aliases = {"announcements"},
		.summary = "Announce new episodes in this channel when they air",
		.details = "\"here\": in this channel, at airtime. Behind it another show, and how: \"at "
			   "+2h\", "
			   "\"daily 18:00\", \"role Fans\" (pinged on Discord), \"thread\" and \"event\" "
			   "(Discord). "
			   "Several episodes of one day are one post. \"list\": what is announced where. "
			   "\"off\": no "
			   "more here. Hours are those of the channel (\"set zone\").",
		.examples = {"announce here", "announce here {show} at +2h", "announce here daily 18:00",
				"announce off"},
		.options = {{.name = "what", .type = OPTION_CHOICE, .choices = {"here", "list", "off"}},
				{.name = "how",
						.type = OPTION_TEXT,
						.help = "After \"here\": a show, at airtime, +2h or daily "
							"18:00, role "
							"Fans, thread, event"}},
		.permission = PERMISSION_OWNER,
		.is_about_no_show = true,
		.run = announce,
};
