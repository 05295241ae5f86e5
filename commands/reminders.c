/* !reminders - what you'll be reminded of. */

#include "bot/core/command.h"

static int reminders(struct request *request)
{
	struct request_reminder reminder;
	size_t count = 0;

	while (request_reminder(request, count, &reminder)) {
		const char *when = reminder.is_undated ? "when its date is announced" : reminder.when;

		const char *whose = !reminder.is_for_channel ? ""
				    : reminder.is_own        ? ", for this channel"
							     : "";

		if (reminder.is_for_channel && !reminder.is_own)
			reply_item(request, "%d from %s, for this channel: %s%s%s%s%s", reminder.number,
					reminder.who, reminder.before, *reminder.before ? ", " : "", when,
					*reminder.text ? ": " : "", reminder.text);
		else
			reply_item(request, "%d%s: %s%s%s%s%s%s", reminder.number, whose,
					reminder.is_missed ? "missed, I couldn't reach you in time: " : "",
					reminder.before, *reminder.before ? ", " : "", when,
					*reminder.text ? ": " : "", reminder.text);
		count++;
	}
	if (!count)
		return reply_text(request,
				"You have no reminders. To set one: %sremind friday 20:00 watch party",
				request_prefix(request));
	reply_title(request, "Your reminders");
	return reply_footer(request, "To forget one: %sforget 1", request_prefix(request));
}

COMMAND(reminders) = {
		.summary = "What you'll be reminded of",
		.details = "Yours, and in a channel also those for the channel. The numbers are for "
			   "\"forget\".",
		.examples = {"reminders"},
		.visibility = COMMAND_PRIVATE,
		.run = reminders,
};
