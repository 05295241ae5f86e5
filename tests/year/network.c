/* The network: what people see of the bot, and when it could not speak. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "tests/year/year.h"

bool year_is_up(void)
{
	return year->now_ms >= year->up_ms;
}

/* ---------------------------------------------------------------- trouble */

void year_add_trouble(uint64_t from_ms, uint64_t to_ms)
{
	if (year->trouble_count == YEAR_TROUBLES)
		exit(2);
	year->troubles[year->trouble_count++] = (struct year_trouble){from_ms, to_ms};
}

/* The end of a trouble at this time; otherwise 0, and when the next one begins. */
static uint64_t trouble_end(uint64_t at_ms, uint64_t *ret_next_ms)
{
	*ret_next_ms = UINT64_MAX;
	for (int i = 0; i < year->trouble_count; i++) {
		const struct year_trouble *trouble = &year->troubles[i];

		if (trouble->from_ms <= at_ms && at_ms < trouble->to_ms)
			return trouble->to_ms;
		if (trouble->from_ms > at_ms && trouble->from_ms < *ret_next_ms)
			*ret_next_ms = trouble->from_ms;
	}
	return 0;
}

bool year_was_well(int64_t from_s, int64_t to_s, int64_t span_s)
{
	uint64_t at_ms = (uint64_t)from_s * 1000, to_ms = (uint64_t)to_s * 1000, next_ms;

	while (at_ms < to_ms) {
		uint64_t end_ms = trouble_end(at_ms, &next_ms);

		if (end_ms) {
			at_ms = end_ms;
			continue;
		}
		if ((next_ms < to_ms ? next_ms : to_ms) - at_ms >= (uint64_t)span_s * 1000)
			return true;
		at_ms = next_ms;
	}
	return false;
}

/* ---------------------------------------------------------------- what people see */

bool year_tell(struct year_told *told, const struct year_post *post)
{
	if (told->count && strcmp(told->id, post->id) == 0) {
		year->repeats++; /* the same post once more: the network has it */
		return false;
	}
	if (!told->count++) {
		told->first_ms = year->now_ms;
		told->is_marked = strstr(post->footer, "Late by") != NULL;
		snprintf(told->id, sizeof(told->id), "%s", post->id);
	}
	return true;
}

/* Which episodes a post names: "Show 1 – Season 1, episode 5: ...", "... episodes 5 and 6". */
static void show_announcement(const struct year_post *post)
{
	int channel, show, first, last;
	const char *at = strstr(post->title, "pisode");

	if (sscanf(post->channel, "#c%d", &channel) != 1 || sscanf(post->title, "Show %d", &show) != 1 ||
			!at) {
		printf("# what is this? %s: %s\n", post->channel, post->title);
		_exit(3);
	}
	if (sscanf(at, "pisodes %d and %d", &first, &last) != 2) {
		if (sscanf(at, "pisode %d", &first) != 1)
			_exit(3);
		last = first;
	}
	for (int episode = first - 1; episode < last; episode++)
		year->said += year_tell(&year->told[channel][show][episode], post);
}

static void show_answer(const struct year_post *post)
{
	struct year_question *question = &year->questions[strtol(post->id + 1, NULL, 10) / 10];
	struct year_told before = question->answer;

	if (!year_tell(&question->answer, post) || before.count)
		return;
	year->open[question->person] = 0;
	if (question->kind == ASKED_WATCH)
		party_see_answer(question, post);
	else
		people_see_answer(question, post);
}

void year_show(const struct year_post *post)
{
	if (*post->id == 'q')
		show_answer(post);
	else if (str_starts(post->id, "announce:"))
		show_announcement(post);
	else if (str_starts(post->id, "watch:"))
		party_see_step(post);
	else
		people_see_reminder(post);
}
