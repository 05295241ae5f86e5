/* People who watch together: what they type, and what they see of the countdown, the start and the end. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "tests/year/year.h"

#define MINUTE_S     60
#define HOUR_S       3600
#define DAY_S        86400
#define RUNTIME_S    (YEAR_RUNTIME * MINUTE_S)
#define PATIENCE_S   (3 * HOUR_S)
#define AGAIN_S      (5 * MINUTE_S) /* to the next try, if the bot is away or somebody waits for an answer */
#define EACH_S       (60 * HOUR_S)  /* at most between two parties */
#define FIRST_S      (3 * HOUR_S)   /* at least to the start */
#define SOON_S       (10 * MINUTE_S)
#define SOON_UNTIL_S MINUTE_S
#define START_S      (15 * MINUTE_S) /* how late the start is said */
#define END_S        (6 * HOUR_S) /* how late the end is said, and how long the bot knows of a party afterwards */
#define MINUTES_OFF  1 /* what a countdown says may differ so far, for what is rounded and what is under way */
#define ABOUT_BYTES  128

static int64_t now_s(void)
{
	return (int64_t)(year->now_ms / 1000);
}

static unsigned dice(unsigned sides)
{
	return (unsigned)random_below(&year->random, sides);
}

static int64_t end_of(const struct year_party *party)
{
	return party->start_s + RUNTIME_S + party->lost_s;
}

static bool is_over(const struct year_party *party, int64_t at_s)
{
	return !party->paused_s && at_s >= end_of(party);
}

/* ---------------------------------------------------------------- what they do */

static bool is_going_on(const struct year_party *party)
{
	return party->act != ACT_NONE;
}

uint64_t party_next_ms(void)
{
	uint64_t next_ms = year->next_party_ms;

	for (int i = year->party_count > 40 ? year->party_count - 40 : 0; i < year->party_count; i++) {
		if (is_going_on(&year->parties[i]) && year->parties[i].act_ms < next_ms)
			next_ms = year->parties[i].act_ms;
	}
	return next_ms;
}

static void act_at(struct year_party *party, enum year_act act, int64_t at_s)
{
	party->act = act;
	party->act_ms = (uint64_t)at_s * 1000 + random_below(&year->random, 1000);
}

/* What they do next. */
static void plan(struct year_party *party)
{
	if (party->is_unsure || (party->stopped_s && party->stopped_s <= now_s())) {
		party->act = ACT_NONE;
	} else if (party->has_stranger) {
		party->has_stranger = false;
		act_at(party, ACT_STRANGER, now_s() + 20 * MINUTE_S);
	} else if (party->is_called_off) {
		act_at(party, ACT_CALL_OFF, party->start_s - (int64_t)dice(30) * MINUTE_S);
	} else if (party->has_pause) {
		party->has_pause = false;
		act_at(party, ACT_PAUSE, party->start_s + 10 * MINUTE_S + dice(900));
	} else if (party->paused_s) {
		act_at(party, ACT_RESUME, now_s() + 3 * MINUTE_S + dice(720));
	} else if (party->is_short) {
		act_at(party, ACT_STOP, party->start_s + 30 * MINUTE_S);
	} else {
		act_at(party, ACT_STOP, end_of(party) + 5 * MINUTE_S + dice(1800));
	}
}

static int begin(void)
{
	int starter = (int)dice(YEAR_PEOPLE), channel = people_channel_of(starter),
	    number = year->party_count, hour = 13 + (int)dice(11), minute = 5 * (int)dice(12);
	struct year_party *party = &year->parties[number];
	const struct year_party *before =
			year->party[channel] ? &year->parties[year->party[channel] - 1] : NULL;
	char text[YEAR_TYPED_MAX];
	int asked;

	year->next_party_ms = year->now_ms + random_below(&year->random, EACH_S * UINT64_C(1000));
	if (number == YEAR_PARTIES)
		exit(2);
	if (!year_is_up() || (before && (is_going_on(before) || before->is_unsure)))
		return -1;
	*party = (struct year_party){.channel = channel,
			.starter = starter,
			.stranger = 1 + 2 * (int)dice(YEAR_PEOPLE / 2),
			.episode = 1 + (int)dice(YEAR_EPISODES - 2),
			.has_pause = dice(2) != 0,
			.act = ACT_BEGIN};
	party->has_stranger = party->stranger != starter && dice(3) == 0;
	party->is_called_off = !dice(8);
	party->is_short = !party->has_pause && !dice(4);
	party->start_s = year_clock(people_zone_of(starter), now_s() + FIRST_S, hour, minute);
	snprintf(text, sizeof(text), "!watch s01e%02d at %d:%02d", party->episode, hour, minute);
	/* "at 21:00" is the next time that clocks show it. */
	if (year_clock(people_zone_of(starter), now_s() + 1, hour, minute) != party->start_s)
		return -1;
	asked = people_ask(ASKED_WATCH, starter, channel, number, text);
	if (asked < 0)
		return -1;
	party->waiting = asked;
	party->act_ms = year->now_ms + PATIENCE_S * 1000;
	year->party[channel] = ++year->party_count;
	return asked;
}

/* They have waited too long for an answer, so that it is not known whether the bot did it. */
static int give_up(struct year_party *party)
{
	party->is_unsure = true;
	party->act = ACT_NONE;
	return -1;
}

int party_act(void)
{
	static const char *const words[] = {[ACT_STRANGER] = "!watch stop",
			[ACT_CALL_OFF] = "!watch stop",
			[ACT_PAUSE] = "!watch pause",
			[ACT_RESUME] = "!watch resume",
			[ACT_STOP] = "!watch stop"};
	struct year_party *party = year->parties;
	int who, asked;

	if (year->next_party_ms <= year->now_ms)
		return begin();
	while (!is_going_on(party) || party->act_ms > year->now_ms)
		party++;
	if (party->waiting >= 0)
		return give_up(party);
	who = party->act == ACT_STRANGER ? party->stranger : party->starter;
	asked = year_is_up() ? people_ask(ASKED_WATCH, who, party->channel, (int)(party - year->parties),
					       words[party->act])
			     : -1;
	if (asked < 0) {
		party->act_ms = year->now_ms + AGAIN_S * 1000;
		return -1;
	}
	party->waiting = asked;
	party->act_ms = year->now_ms + PATIENCE_S * 1000;
	return asked;
}

/* ---------------------------------------------------------------- what they are answered */

static void see_stopped(struct year_party *party, const char *text, int64_t at_s)
{
	bool is_seen = is_over(party, at_s) || at_s >= party->start_s + party->lost_s + RUNTIME_S * 3 / 4,
	     is_raised = is_seen && people_is_owner(party->starter) &&
			 party->episode > year->seen[party->channel];

	party->stopped_s = at_s;
	if (at_s >= end_of(party) + END_S && str_starts(text, "There's no watch-along"))
		return; /* the bot knows of it no more */
	/* Asked again after a restart, it says less; what it has done is seen at the end of the year. */
	if (!str_starts(text, is_seen ? "That was " : "The watch-along of ") &&
			!str_starts(text, "The watch-along is over"))
		party->wrong = "was not stopped";
	if (!is_raised && strstr(text, "This channel has now seen it"))
		party->wrong = "raised the channel's progress";
	if (is_raised)
		year->seen[party->channel] = party->episode;
}

static void see_changed(struct year_party *party, const char *text, int64_t at_s, bool is_pause)
{
	bool is_done = str_starts(text, is_pause ? "Paused for all" : "Going on for all"),
	     is_possible = is_pause ? !is_over(party, at_s) : party->paused_s != 0;

	if (is_done != is_possible)
		party->wrong = is_pause ? "was not paused, or could not be" : "did not go on";
	if (!is_done)
		return;
	if (!is_pause)
		party->lost_s += at_s - party->paused_s;
	party->paused_s = is_pause ? at_s : 0;
}

void party_see_answer(const struct year_question *question, const struct year_post *post)
{
	struct year_party *party = &year->parties[question->subject];
	int64_t at_s = (int64_t)(question->asked_ms / 1000);

	if (party->is_unsure)
		return;
	party->waiting = -1;
	switch (party->act) {
	case ACT_BEGIN:
		party->is_on = true;
		if (!str_starts(post->text, "Watch-along of "))
			party->wrong = "did not begin";
		break;
	case ACT_STRANGER:
		if (!str_starts(post->text, "Only "))
			party->wrong = "was stopped by a stranger";
		break;
	case ACT_PAUSE:
	case ACT_RESUME: see_changed(party, post->text, at_s, party->act == ACT_PAUSE); break;
	default: see_stopped(party, post->text, at_s);
	}
	plan(party);
}

/* ---------------------------------------------------------------- what they see */

/* "... starts in 10 minutes, ..." */
static void see_countdown(struct year_party *party, const struct year_post *post, bool is_edit)
{
	const char *span = strstr(post->text, " starts in ");
	int64_t left_s = party->start_s - now_s(), minutes = span ? strtol(span + 11, NULL, 10) : -1;

	if (party->start.count)
		party->wrong = "is counted down after its start";
	if (minutes < left_s / MINUTE_S - MINUTES_OFF || minutes > left_s / MINUTE_S + 1 + MINUTES_OFF)
		party->wrong = "is counted down wrongly";
	if (!is_edit && year_tell(&party->soon, post))
		party->posts++;
}

void party_see_step(const struct year_post *post)
{
	int channel = (int)strtol(post->channel + 2, NULL, 10);
	struct year_party *party;
	bool is_edit;

	if (!year->party[channel]) {
		printf("# what is this? %s: %s\n", post->channel, post->text);
		exit(3);
	}
	party = &year->parties[year->party[channel] - 1];
	is_edit = post->is_edit && *party->post && strcmp(party->post, post->key) == 0;
	if (party->is_unsure || (post->is_edit_only && !is_edit))
		return;
	if (party->stopped_s)
		party->wrong = "was stopped, and goes on";
	if (str_starts(post->text, "Starting now: ")) {
		if (year_tell(&party->start, post)) {
			year->started++;
			party->posts += !is_edit;
		}
	} else if (str_starts(post->text, "That was the end of ")) {
		(void)year_tell(&party->end, post);
		if (!is_over(party, now_s()))
			party->wrong = "has ended early";
		return; /* a post of its own */
	} else {
		see_countdown(party, post, is_edit);
	}
	if (!is_edit)
		snprintf(party->post, sizeof(party->post), "%s", post->key);
}

/* ---------------------------------------------------------------- the audit */

static unsigned audit_party(bool is_shown, const struct year_party *party)
{
	bool is_known = party->is_on && !party->is_unsure && party->act == ACT_NONE && !party->is_called_off;
	/* A countdown says what is left, and of the end it is not said that it is late. */
	struct year_told soon = party->soon, end = party->end;
	int64_t end_s = end_of(party);
	const char *what = party->wrong;
	char about[ABOUT_BYTES];
	unsigned faults = 0;

	snprintf(about, sizeof(about), "party of p%d, start %" PRId64 ", end %" PRId64, party->starter,
			party->start_s, end_s);
	if (!what && party->posts > 1)
		what = "has several posts";
	if (what)
		return year_wrong(is_shown, party->channel, about, what);
	if (party->is_unsure || end_s + END_S > (int64_t)(year->end_ms / 1000))
		return 0;
	soon.is_marked = (int64_t)(soon.first_ms / 1000) - party->start_s + SOON_S >= YEAR_LATE_S;
	if (year_audit_told(&soon, party->start_s - SOON_S, party->start_s - SOON_UNTIL_S, is_known, &what))
		faults += year_wrong(is_shown, party->channel, about, what);
	if (year_audit_told(&party->start, party->start_s, party->start_s + START_S, is_known, &what))
		faults += year_wrong(is_shown, party->channel, about, what);
	end.is_marked = (int64_t)(end.first_ms / 1000) - end_s >= YEAR_LATE_S;
	/* It is not said to people who have stopped it before. */
	if (year_audit_told(&end, end_s,
			    party->stopped_s && party->stopped_s < end_s + END_S ? party->stopped_s + 1
										 : end_s + END_S,
			    is_known && !party->paused_s && party->stopped_s >= end_s, &what))
		faults += year_wrong(is_shown, party->channel, about, what);
	return faults;
}

unsigned party_audit(bool is_shown)
{
	bool is_sure[YEAR_CHANNELS];
	unsigned faults = 0;

	memset(is_sure, 1, sizeof(is_sure));
	for (int i = 0; i < year->party_count; i++) {
		faults += audit_party(is_shown, &year->parties[i]);
		if (year->parties[i].is_unsure || year->parties[i].act != ACT_NONE)
			is_sure[year->parties[i].channel] = false;
	}
	for (int channel = 0; year->has_lines && channel < YEAR_CHANNELS; channel++) {
		if (is_sure[channel] && year->line[channel] != year->seen[channel])
			faults += year_wrong(is_shown, channel, "progress", "is not as people made it");
	}
	return faults;
}
