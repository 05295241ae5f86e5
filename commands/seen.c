/* !seen - say how far you have watched: later episodes are then hidden from you. */

#include <string.h>

#include "bot/core/command.h"

/* "undo" and "forget" leave an earlier declaration, or no declaration. */
static int say_undone(struct request *request)
{
	const struct show *show = request_show(request);
	const struct episode *episode = show_episode(show, request_progress(request));
	char label[EPISODE_LABEL_BYTES];

	if (request_progress(request) < 0)
		return reply_text(
				request, "Forgotten: I no longer hide anything of %s from you.", show->name);
	if (!episode)
		return reply_text(request,
				"You haven't seen any episode of %s; I'll hide what happens in them.",
				show->name);
	return reply_text(request, "You've seen %s up to %s.", show->name,
			request_mention(request, episode, label));
}

static int say_seen(struct request *request)
{
	const char *name = request_show(request)->name;

	reply_choice(request, "Undo", "seen undo");
	if (request_progress(request) >= request_aired(request))
		return reply_text(request, "Noted: you've seen all of %s so far.", name);
	say_undone(request);
	return reply_footer(request, "I'll hide what happens later. To go back: %sseen undo",
			request_prefix(request));
}

static int say_result(struct request *request, enum request_result result, bool is_undone)
{
	switch (result) {
	case REQUEST_DONE: return is_undone ? say_undone(request) : say_seen(request);
	case REQUEST_ALREADY:
		return is_undone ? reply_problem(request, "There's nothing to undo.") : say_seen(request);
	case REQUEST_ELSEWHERE: return reply_problem(request, "I can't remember that here.");
	default:
		return reply_problem(request,
				"I can't remember that: I keep the progress of as many people as I "
				"can already, or the store can't be written.");
	}
}

static int seen(struct request *request)
{
	const struct episode *episode = request_episode(request, "episode");
	const char *word = request_text(request, "episode");

	if (!word)
		return reply_progress(request);
	if (!episode && strcmp(word, "undo") == 0)
		return say_result(request, request_undo(request), true);
	if (!episode && strcmp(word, "forget") == 0)
		return say_result(request, request_declare(request, -1), true);
	if (!episode)
		return say_result(request,
				request_declare(request,
						strcmp(word, "all") == 0 ? request_aired(request) : 0),
				false);
	if (!episode->order)
		return reply_problem(
				request, "Specials don't count here. Which is the last episode you've seen?");
	if (!episode_has_aired(episode, request_now_s(request)))
		return reply_problem(request, "That one hasn't aired yet.");
	return say_result(request, request_declare(request, episode->order), false);
}

COMMAND(seen) = {
		.summary = "Say how far you've watched, and I'll hide what comes later",
		.details = "\"seen all\" is everything that has aired so far, \"seen nothing\" not even the "
			   "first "
			   "episode, \"seen undo\" goes back to what you said before, and \"seen forget\" "
			   "deletes it. "
			   "I remember it for your account, or for your nick if you have no account.",
		.examples = {"seen {episode}", "seen all", "seen undo"},
		.options = {{.name = "episode",
				.type = OPTION_EPISODE,
				.help = "The last one you've seen: a number, s01e05, all, nothing, undo or "
					"forget",
				.choices = {"all", "nothing", "undo", "forget"}}},
		.visibility = COMMAND_PRIVATE,
		.has_effect = true,
		.run = seen,
};
