/* !remind - be reminded of something at a time, or when an episode airs. */

#include "bot/core/command.h"

/* "I'll remind you 1 hour before season 2, episode 3 airs, tonight at 20:00 (Berlin): get snacks." */
static int say_done(struct request *request, const struct request_reminder *reminder, bool is_new)
{
	const char *whom = reminder->is_for_channel ? "this channel" : "you";
	const char *colon = *reminder->text ? ": " : "", *stop = *reminder->text ? "" : ".";

	if (reminder->is_undated)
		reply_text(request, "I'll remind %s %s; its date isn't announced yet%s%s%s%s", whom,
				reminder->before, is_new ? request_caveat(request) : "", colon,
				reminder->text, stop);
	else
		reply_text(request, "I'll remind %s %s%s%s%s%s%s%s", whom, reminder->before,
				*reminder->before ? ", " : "", reminder->when,
				is_new ? request_caveat(request) : "", colon, reminder->text, stop);
	return reply_footer(request, "%s%s%sTo forget it: %sforget %d", reminder->note,
			*reminder->note ? " " : "",
			*reminder->before ? "If the airing moves, the reminder moves with it. " : "",
			request_prefix(request), reminder->number);
}

static int remind(struct request *request)
{
	struct request_reminder reminder;
	enum request_result result = request_remind(request, request_text(request, "words"), &reminder);

	switch (result) {
	case REQUEST_DONE:
	case REQUEST_ALREADY: return say_done(request, &reminder, result == REQUEST_DONE);
	case REQUEST_WRONG: return 0;
	case REQUEST_ELSEWHERE: return reply_problem(request, "I can't remind anyone here.");
	case REQUEST_FULL:
		return reply_problem(request,
				"That's too many: I keep 20 reminders for each person, and 20 for a channel. "
				"\"%sreminders\" lists yours.",
				request_prefix(request));
	default: return reply_problem(request, "I can't remember that: the store can't be written.");
	}
}

COMMAND(remind) = {
		.aliases = {"reminder", "remindme"},
		.summary = "Be reminded at a time, or when an episode airs",
		.details = "Give a time and what it's about, as friday 20:00 watch party, in 2 hours tea, or "
			   "next 1h "
			   "before. Hours are those of your time zone. \"remind channel ...\" reminds "
			   "everybody here. "
			   "I remind you in private, where the network can.",
		.examples = {"remind next 1h before", "remind friday 20:00 watch party", "remind in 2 hours",
				"remind channel tomorrow 8pm watch party"},
		.options = {{.name = "words",
				.type = OPTION_TEXT,
				.required = true,
				.help = "A time and a text, as friday 20:00 watch party or next 1h before"}},
		.visibility = COMMAND_PRIVATE,
		.is_about_no_show = true,
		.has_effect = true,
		.run = remind,
};
