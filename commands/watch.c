/* !watch - watch an episode together. */

#include "bot/core/command.h"

static int watch(struct request *request)
{
	return reply_watch(request, request_text(request, "words"));
}

COMMAND(watch) = {
		.aliases = {"watchalong", "watchparty"},
		.summary = "Watch an episode together: a countdown, pause and resume",
		.details = "\"watch s01e05 at 21:00\" begins one, \"watch\" alone says where everybody is. "
			   "\"watch pause\" "
			   "and \"watch resume\" by the person who began it, or an owner, are for all; by "
			   "others, for "
			   "themselves. \"watch stop\" ends it, and an owner's raises the channel's "
			   "progress.",
		.examples = {"watch {episode} at 21:00", "watch pause", "watch resume", "watch stop"},
		.options = {{.name = "words",
				.type = OPTION_TEXT,
				.help = "An episode and a time, as s01e05 at 21:00; or pause, resume or "
					"stop"}},
		.is_about_no_show = true,
		.has_effect = true,
		.run = watch,
};
