/* People who have themselves reminded: what they type, what they are promised, and what they see. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/zone.h"
#include "tests/year/year.h"

#define MINUTE_S     60
#define HOUR_S       3600
#define DAY_S        86400
#define PATIENCE_S   (3 * HOUR_S)    /* a person waits so long for an answer */
#define ANSWERED_S   (15 * MINUTE_S) /* a question that is older gets no answer */
#define OWN_MAX      12              /* reminders of a person at once */
#define PERSON_S     (24 * HOUR_S)   /* how late a reminder comes */
#define CHANNEL_S    (6 * HOUR_S)
#define TYPED_EACH_S (8 * HOUR_S) /* at most between two questions of all people */
#define ABOUT_BYTES  128

/* ---------------------------------------------------------------- who they are */

bool people_is_owner(int person)
{
	return person % 2 == 0;
}

int people_channel_of(int person)
{
	return person * 3;
}

/* Not that of the channel. */
const char *people_zone_of(int person)
{
	return year_zone_of(people_channel_of(person) + 5);
}

int people_ask(enum year_asked kind, int person, int channel, int subject, const char *text)
{
	struct year_question *question = &year->questions[year->question_count];

	if (year->open[person] &&
			year->now_ms < year->questions[year->open[person] - 1].asked_ms + PATIENCE_S * 1000)
		return -1;
	if (year->question_count == YEAR_QUESTIONS)
		exit(2);
	*question = (struct year_question){.kind = kind,
			.person = person,
			.channel = channel,
			.subject = subject,
			.asked_ms = year->now_ms};
	snprintf(question->text, sizeof(question->text), "%s", text);
	year->open[person] = ++year->question_count;
	return year->question_count - 1;
}

/* ---------------------------------------------------------------- what they type */

static int64_t now_s(void)
{
	return (int64_t)(year->now_ms / 1000);
}

static unsigned dice(unsigned sides)
{
	return (unsigned)random_below(&year->random, sides);
}

static bool is_to_come(const struct year_reminder *reminder)
{
	return reminder->is_promised && !reminder->told.count && !reminder->is_forgetting &&
	       !reminder->forgotten_ms;
}

static int64_t due_of(const struct year_reminder *reminder)
{
	return reminder->is_of_airing
			       ? year->shows[reminder->show].airs_s[reminder->episode] + reminder->offset_s
			       : reminder->due_s;
}

/* One of a person's that are to come; -1: there is no such one. The number of one that is due may be another's already. */
static int pick_own(int person, int *ret_count)
{
	int picked = -1;

	*ret_count = 0;
	for (int i = 0; i < year->reminder_count; i++) {
		const struct year_reminder *reminder = &year->reminders[i];

		if (reminder->person != person || !is_to_come(reminder) || due_of(reminder) <= now_s())
			continue;
		++*ret_count;
		if (picked < 0 || !dice((unsigned)*ret_count))
			picked = i;
	}
	return picked;
}

/* The beginning of the next day there. */
static int64_t next_day(const char *zone)
{
	return year_clock(zone, now_s() + 1, 0, 0);
}

static int64_t weekday(const char *zone, int day, int hour, int minute)
{
	int64_t at_s = year_clock(zone, now_s() + 1, hour, minute);

	while ((int)zone_time_at(zone, at_s).weekday % 7 != day)
		at_s = year_clock(zone, at_s + MINUTE_S, hour, minute);
	return at_s;
}

/* At an hour of clocks, after noon, so that it is no hour of the other half of the day. */
static void type_clock(struct year_reminder *reminder, int number, char text[YEAR_TYPED_MAX])
{
	static const char *const days[] = {
			"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"};
	const char *zone = people_zone_of(reminder->person),
		   *whom = reminder->is_for_channel ? "channel " : "";
	int hour = 13 + (int)dice(11), minute = 15 * (int)dice(4), day = (int)dice(7);

	switch (dice(4)) {
	case 0:
		reminder->due_s = year_clock(zone, now_s() + 1, hour, minute);
		snprintf(text, YEAR_TYPED_MAX, "!remind %sat %d:%02d r%d", whom, hour, minute, number);
		break;
	case 1:
		reminder->due_s = year_clock(zone, next_day(zone), hour, minute);
		snprintf(text, YEAR_TYPED_MAX, "!remind %stomorrow %d:%02d r%d", whom, hour, minute, number);
		break;
	case 2:
		reminder->due_s = weekday(zone, day, hour, minute);
		snprintf(text, YEAR_TYPED_MAX, "!remind %s%s %d:%02d r%d", whom, days[day], hour, minute,
				number);
		break;
	default:
		hour = 2 + (int)dice(40);
		reminder->due_s = now_s() + hour * HOUR_S;
		snprintf(text, YEAR_TYPED_MAX, "!remind %sin %d hours r%d", whom, hour, number);
	}
}

/* The next episode to air; YEAR_EPISODES: it has no other. */
static int next_episode(int show)
{
	int next = 0;

	while (next < YEAR_EPISODES && year->shows[show].airs_s[next] <= now_s())
		next++;
	return next;
}

/* False: the shows are over. */
static bool type_airing(struct year_reminder *reminder, int number, char text[YEAR_TYPED_MAX])
{
	static const int offsets[] = {0, -30, -60, -120, 30};
	const char *side = "", *whom = reminder->is_for_channel ? "channel " : "";
	char which[16] = "next", span[16] = "";
	int minutes = offsets[dice(5)];

	reminder->is_of_airing = true;
	reminder->show = year_show_of(reminder->channel);
	reminder->episode = next_episode(reminder->show);
	if (reminder->episode + 4 >= YEAR_EPISODES)
		return false;
	if (dice(2)) {
		reminder->episode += (int)dice(4);
		snprintf(which, sizeof(which), "s01e%02d", reminder->episode + 1);
	}
	reminder->offset_s = minutes * MINUTE_S;
	if (minutes) {
		snprintf(span, sizeof(span), "%dm ", abs(minutes));
		side = minutes < 0 ? "before " : "after ";
	}
	if (minutes > 0)
		snprintf(text, YEAR_TYPED_MAX, "!remind %s%s%s%s r%d", whom, span, side, which, number);
	else
		snprintf(text, YEAR_TYPED_MAX, "!remind %s%s %s%sr%d", whom, which, span, side, number);
	return true;
}

static int type_reminder(int person)
{
	int number = year->reminder_count, asked;
	struct year_reminder *reminder = &year->reminders[number];
	char text[YEAR_TYPED_MAX];

	if (number == YEAR_REMINDERS)
		exit(2);
	*reminder = (struct year_reminder){.person = person,
			.channel = people_channel_of(person),
			.is_for_channel = !dice(4),
			.asked_s = now_s()};
	if (dice(2))
		type_clock(reminder, number, text);
	else if (!type_airing(reminder, number, text))
		return -1;
	asked = people_ask(ASKED_REMIND, person, reminder->channel, number, text);
	year->reminder_count += asked >= 0;
	return asked;
}

int people_type(void)
{
	int person = (int)dice(YEAR_PEOPLE), count, asked, own = pick_own(person, &count);
	char text[YEAR_TYPED_MAX];

	year->next_person_ms = year->now_ms + random_below(&year->random, TYPED_EACH_S * UINT64_C(1000));
	if (!year_is_up())
		return -1;
	if (!dice(8))
		return people_ask(ASKED_LIST, person, people_channel_of(person), -1, "!reminders");
	if (own < 0 || (count < OWN_MAX && dice(5)))
		return type_reminder(person);
	snprintf(text, sizeof(text), "!forget %d", year->reminders[own].number);
	asked = people_ask(ASKED_FORGET, person, people_channel_of(person), own, text);
	year->reminders[own].is_forgetting = asked >= 0;
	return asked;
}

/* ---------------------------------------------------------------- what they see */

/* Each that is to come is in the list, and no other. */
static void see_list(const struct year_question *question, const struct year_post *post)
{
	for (int i = 0; i < year->reminder_count; i++) {
		struct year_reminder *reminder = &year->reminders[i];
		char tag[16];
		bool is_listed;

		if (reminder->person != question->person)
			continue;
		snprintf(tag, sizeof(tag), ": r%d\n", i);
		is_listed = strstr(post->items, tag) != NULL;
		if (is_to_come(reminder) && due_of(reminder) > now_s() && !is_listed)
			reminder->wrong = "is not in the list";
		if ((reminder->forgotten_ms || reminder->told.count || reminder->is_refused) && is_listed)
			reminder->wrong = "is in the list";
	}
}

static void see_promise(struct year_reminder *reminder, const struct year_post *post)
{
	const char *number = strstr(post->footer, "!forget ");

	reminder->is_promised = str_starts(post->text, "I'll remind ") && number;
	reminder->is_refused = !reminder->is_promised;
	if (reminder->is_promised)
		reminder->number = (int)strtol(number + strlen("!forget "), NULL, 10);
	if (reminder->is_refused && due_of(reminder) > reminder->asked_s)
		reminder->wrong = "was refused";
	if (reminder->is_promised && due_of(reminder) <= reminder->asked_s)
		reminder->wrong = "was promised for a time that is over";
}

void people_see_answer(const struct year_question *question, const struct year_post *post)
{
	struct year_reminder *reminder = question->subject >= 0 ? &year->reminders[question->subject] : NULL;

	if (!reminder) {
		see_list(question, post);
	} else if (question->kind == ASKED_REMIND) {
		see_promise(reminder, post);
	} else if (str_starts(post->text, "Forgotten")) {
		reminder->forgotten_ms = year->now_ms;
		year->forgotten++;
	} else {
		/* It may have been said before the question was asked. */
		if (!reminder->told.count && due_of(reminder) > now_s())
			reminder->wrong = "is to come, and could not be forgotten";
		reminder->is_forgetting = false;
	}
}

void people_see_reminder(const struct year_post *post)
{
	const char *tag = strstr(post->text, ": r");
	struct year_reminder *reminder;
	char place[16];

	if (!str_starts(post->text, "Reminder") || !tag) {
		printf("# what is this? %s: %s\n", post->channel, post->text);
		exit(3);
	}
	reminder = &year->reminders[strtol(tag + 3, NULL, 10)];
	if (!year_tell(&reminder->told, post))
		return;
	year->reminded++;
	year->late += reminder->told.is_marked;
	if (reminder->forgotten_ms)
		reminder->wrong = "was said though it is forgotten";
	if (post->is_private == reminder->is_for_channel)
		reminder->wrong = "was said in the wrong place";
	snprintf(place, sizeof(place), "p%d", reminder->person);
	if (post->is_private && strcmp(post->person, place) != 0)
		reminder->wrong = "was said to another person";
	snprintf(place, sizeof(place), "#c%d", reminder->channel);
	if (!post->is_private && strcmp(post->channel, place) != 0)
		reminder->wrong = "was said in another channel";
}

/* ---------------------------------------------------------------- the audit */

static unsigned audit_reminder(bool is_shown, int number)
{
	const struct year_reminder *reminder = &year->reminders[number];
	int64_t due_s = due_of(reminder), until_s = due_s + (reminder->is_for_channel ? CHANNEL_S : PERSON_S);
	char about[ABOUT_BYTES];
	const char *what = reminder->wrong;

	snprintf(about, sizeof(about), "r%d of p%d, asked %" PRId64 ", due %" PRId64 ", said %" PRIu64,
			number, reminder->person, reminder->asked_s, due_s, reminder->told.first_ms / 1000);
	if (what)
		return year_wrong(is_shown, reminder->channel, about, what);
	if (reminder->is_refused && reminder->told.count)
		return year_wrong(is_shown, reminder->channel, about, "was said though it was refused");
	if (until_s > (int64_t)(year->end_ms / 1000))
		return 0;
	if (year_audit_told(&reminder->told, due_s, until_s, is_to_come(reminder), &what))
		return year_wrong(is_shown, reminder->channel, about, what);
	year->dropped += is_to_come(reminder);
	return 0;
}

static unsigned audit_question(bool is_shown, const struct year_question *question)
{
	int64_t asked_s = (int64_t)(question->asked_ms / 1000);

	if (question->answer.count > 1)
		return year_wrong(is_shown, question->channel, question->text, "was answered twice");
	if (!question->answer.count && asked_s + DAY_S < (int64_t)(year->end_ms / 1000) &&
			year_was_well(asked_s, asked_s + ANSWERED_S, YEAR_WAIT_S))
		return year_wrong(is_shown, question->channel, question->text, "was not answered");
	return 0;
}

unsigned people_audit(bool is_shown)
{
	unsigned faults = 0;

	for (int i = 0; i < year->question_count; i++)
		faults += audit_question(is_shown, &year->questions[i]);
	for (int i = 0; i < year->reminder_count; i++)
		faults += audit_reminder(is_shown, i);
	return faults;
}
