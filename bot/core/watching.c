/* How far people and channels have watched: the functions that commands call. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/reference.h"
#include "bot/catalogue/telling.h"
#include "bot/core/asked.h"
#include "bot/core/dispatch.h"
#include "bot/core/progress.h"
#include "bot/core/request.h"

int request_progress(const struct request *request)
{
	const struct progress *progress = progress_in(request->host);

	return progress ? progress_of(progress, request->gateway, request->message, request->show->id)
			: LINE_UNDECLARED;
}

/* "season 1, episode 5" */
static const char *mention(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	episode_label_untitled(episode, buffer);
	if (*buffer >= 'A' && *buffer <= 'Z')
		*buffer = (char)(*buffer - 'A' + 'a');
	return buffer;
}

int reply_progress(struct request *request)
{
	const struct progress *progress = progress_in(request->host);
	const struct show *show;
	char setting[REQUEST_SETTING_BYTES], label[EPISODE_LABEL_BYTES];

	reply_title(request, "Your progress");
	for (size_t i = 0; progress && (show = catalogue_at(request->catalogue, i)) != NULL; i++) {
		int seen = progress_of(progress, request->gateway, request->message, show->id);
		const struct episode *episode = show_episode(show, seen);

		if (episode)
			reply_item(request, "%s: up to %s", show->name, mention(episode, label));
		else if (seen != LINE_UNDECLARED)
			reply_item(request, "%s: nothing yet", show->name);
	}
	if (!request->reply->item_count) {
		reply_text(request,
				"You haven't told me how far you've watched. Say \"%sseen 3\" after episode "
				"3, and "
				"I'll hide what comes later.",
				request->prefix);
	}
	request_line_setting(request, setting);
	if (*setting && !request_is_private(request))
		reply_field(request, "This channel", "%s: %s", request->show->name, setting);
	return 0;
}

int request_aired(struct request *request)
{
	return request_line(request)->aired;
}

/* Begin a change of what is declared. NULL: there is no change, and *ret is the result. */
static struct progress *begin_change(struct request *request, enum request_result *ret)
{
	struct progress *progress = progress_in(request->host);

	*ret = REQUEST_ELSEWHERE;
	return progress && request_begin_effect(request, ret) ? progress : NULL;
}

static enum request_result end_change(struct request *request, int r)
{
	request->line.show = NULL; /* a declaration has changed: the line is computed again */
	return request_end_effect(request, r);
}

enum request_result request_declare(struct request *request, int seen)
{
	enum request_result result;
	struct progress *progress = begin_change(request, &result);

	if (!progress)
		return result;
	return end_change(request, progress_declare(progress, request->gateway, request->message,
						   request->show->id, seen < 0 ? LINE_UNDECLARED : seen));
}

enum request_result request_undo(struct request *request)
{
	enum request_result result;
	struct progress *progress = begin_change(request, &result);

	if (!progress)
		return result;
	return end_change(request,
			progress_undo(progress, request->gateway, request->message, request->show->id));
}

/* ---------------------------------------------------------------- a channel */

static bool parse_seen(struct request *request, const char *words, int *ret)
{
	struct reference_asked asked;
	struct reference reference;

	if (str_equal_nocase(words, "all")) {
		*ret = request_aired(request);
		return true;
	}
	if (str_equal_nocase(words, "nothing")) {
		*ret = 0;
		return true;
	}
	asked = asked_of(request_line(request));
	reference_resolve(request->show, words, &asked, &reference);
	*ret = reference.kind == REFERENCE_FOUND ? reference.candidates[0]->order : 0;
	return *ret > 0;
}

/* The words in front of the weekly step, for the caller to free, and the step; NULL: there is no step. */
static char *words_of(const char *value, const char **ret_step)
{
	const char *step = strchr(value, '+');
	size_t length = step ? (size_t)(step - value) : strlen(value);

	while (length && value[length - 1] == ' ')
		length--;
	*ret_step = step;
	return str_copy_bytes(value, length);
}

/* "7", "all", "7 +1 friday 21:00 Europe/Berlin" */
static bool parse_line(struct request *request, const char *value, struct channel_line *ret)
{
	const char *step;
	char *words = words_of(value, &step);
	bool is_good;

	*ret = (struct channel_line){.since_s = request_now_s(request)};
	if (request->settings)
		memcpy(ret->zone, request->settings->zone, sizeof(ret->zone));
	is_good = words && parse_seen(request, words, &ret->seen) &&
		  (!step || channel_line_parse(step, ret) == 0);
	free(words);
	return is_good;
}

enum request_result request_set_line(struct request *request, const char *value)
{
	enum request_result result;
	struct progress *progress = begin_change(request, &result);
	struct channel_line line;
	bool is_on = value && !str_equal_nocase(value, "off");

	if (!progress)
		return result;
	if (is_on && !parse_line(request, value, &line))
		return end_change(request, -EINVAL);
	return end_change(request, progress_set_channel(progress, request->gateway, request->message->channel,
						   request->show->id, is_on ? &line : NULL));
}

const char *request_seen_example(struct request *request)
{
	const struct episode *last = show_episode(request->show, request_aired(request));
	char code[EPISODE_LABEL_BYTES];

	if (!last)
		return "nothing";
	/* One that has aired, because it is to have been seen. */
	if (show_example(request->show)->order > last->order)
		snprintf(request->example, sizeof(request->example), "%s", episode_code(last, code));
	else if (!example_fill(request_line(request), "{episode}", request->example))
		return "all";
	return request->example;
}

int reply_seen_problem(struct request *request, const char *value)
{
	const char *example = request_seen_example(request), *prefix = request_prefix(request), *step;
	char *words = words_of(value, &step), quoted[UTF8_QUOTE_BYTES];
	struct reference_asked asked = asked_of(request_line(request));
	struct reference found;
	int seen;

	if (!words)
		return -ENOMEM;
	if (step && parse_seen(request, words, &seen)) {
		reply_problem(request,
				"\"%s\" isn't a weekly step, as in \"%sset seen %s +1 friday 21:00 UTC\".",
				utf8_quote(step, quoted), prefix, example);
	} else {
		reference_resolve(request->show, words, &asked, &found);
		if (found.kind == REFERENCE_FOUND)
			reply_problem(request, "Specials don't count here.");
		else if (*found.reason)
			reply_problem(request, "%s", found.reason);
		else
			reply_problem(request, "\"%s\" isn't an episode that I know.",
					utf8_quote(words, quoted));
		reply_footer(request,
				"Try \"%sset seen %s\", \"all\", \"off\", or for a weekly watch \"%s +1 "
				"friday 21:00 "
				"UTC\".",
				prefix, example, example);
	}
	free(words);
	return 0;
}

void request_line_setting(struct request *request, char ret[REQUEST_SETTING_BYTES])
{
	const struct progress *progress = progress_in(request->host);
	const struct channel_line *line = NULL;
	const struct episode *episode;
	char label[EPISODE_LABEL_BYTES];
	struct str text = STR(REQUEST_SETTING_BYTES - 1);
	int seen;

	ret[0] = '\0';
	if (progress)
		line = progress_channel(
				progress, request->gateway, request->message->channel, request->show->id);
	if (!line)
		return;
	seen = channel_line_at(line, request_now_s(request), request->show->last_order);
	episode = show_episode(request->show, seen);
	str_append(&text, episode ? episode_code(episode, label) : "nothing");
	if (line->step)
		str_append_char(&text, ' ');
	channel_line_append_step(line, &text);
	if (channel_line_lacks_zone(line))
		str_append(&text, " (this system has no such time zone, so it steps late)");
	memcpy(ret, str_text(&text), text.length + 1);
	str_release(&text);
}
