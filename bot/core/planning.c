/* What is said next. */

#include "bot/core/planning.h"

#include <string.h>

#include "bot/base/zone.h"
#include "bot/catalogue/airing.h"

#define DAY_S          86400
#define CORRECT_S      (14 * DAY_S) /* an older post is not corrected */
#define CORRECT_LATE_S DAY_S        /* a correction may be so late */

static const char *const words[PLANNED_KINDS] = {
		[PLANNED_AIRING] = "airing",
		[PLANNED_MOVED] = "moved",
		[PLANNED_CANCELLED] = "cancelled",
		[PLANNED_EVENT] = "event",
};

const char *planning_word(enum planned_kind kind)
{
	return words[kind];
}

enum planned_kind planning_kind(const char *word)
{
	int kind = 0;

	while (kind < PLANNED_KINDS && strcmp(words[kind], word) != 0)
		kind++;
	return (enum planned_kind)kind;
}

/* ---------------------------------------------------------------- times */

static const char *zone_of(const struct planning *planning, const struct show *show)
{
	return *planning->zone ? planning->zone : show->zone;
}

/* The first moment from this one on when clocks in the zone show the minute of the day. */
static int64_t next_minute(const char *zone, int64_t from_s, int minute)
{
	struct zone_time time = zone_time_at(zone, from_s);
	int64_t moment_s;

	time.hour = minute / 60;
	time.minute = minute % 60;
	time.second = 0;
	moment_s = zone_moment(zone, &time);
	while (moment_s < from_s) {
		time.day++;
		moment_s = zone_moment(zone, &time);
	}
	return moment_s;
}

/* What falls into the quiet hours of the channel is told at their end. */
static int64_t after_quiet_hours(const struct channel_settings *quiet, int64_t due_s)
{
	/* Once more where clocks change in that night. */
	for (int i = 0; i < 3 && settings_is_quiet(quiet, (uint64_t)due_s * 1000); i++)
		due_s = next_minute(quiet->zone, due_s, (int)quiet->quiet_to);
	return due_s;
}

/* airing_settle() knows an hour: its own, or the one of the show's schedule. */
static bool has_hour(const struct show *show, const struct episode *episode)
{
	return episode->airstamp != 0 || (*show->zone && *show->schedule_time);
}

bool planning_due(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct episode *episode, int64_t *ret_due_s,
		int64_t *ret_airs_s)
{
	const char *zone = zone_of(planning, show);
	int64_t airs_s = episode->aired_from_s;

	if (!episode->airstamp && !episode->airdate.day)
		return false;
	if (airs_s == AIRED_ALWAYS || airs_s == AIRED_NEVER)
		return false;
	if (!has_hour(show, episode) && announcement->at != ANNOUNCE_DAILY)
		airs_s = next_minute(zone, airs_s, planning->minute);
	*ret_airs_s = airs_s;
	switch (announcement->at) {
	case ANNOUNCE_AT_AIRTIME: *ret_due_s = airs_s; break;
	case ANNOUNCE_AFTER: *ret_due_s = airs_s + announcement->after_s; break;
	case ANNOUNCE_DAILY: *ret_due_s = next_minute(zone, airs_s, announcement->minute); break;
	}
	*ret_due_s = after_quiet_hours(planning->quiet, *ret_due_s);
	return true;
}

static int64_t late_of(const struct planning *planning)
{
	return planning->late_s < PLANNING_LATE_MIN_S ? PLANNING_LATE_MIN_S : planning->late_s;
}

/* ---------------------------------------------------------------- airing */

/* An episode that is to be told, and when. */
struct candidate {
	const struct episode *episode;
	int64_t due_s, airs_s;
};

static bool is_candidate(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct episode *episode, struct candidate *ret)
{
	ret->episode = episode;
	if (episode->aired_from_s <= announcement->floor_s)
		return false; /* without looking into its zone */
	return planning_due(announcement, show, planning, episode, &ret->due_s, &ret->airs_s) &&
	       ret->due_s >= announcement->since_s &&
	       !announcement_told_of(announcement, announcement_key_of(episode));
}

/* Are two of them one post? Those of one day of the show; told daily, those that are told together. */
static bool is_same_post(
		const struct announcement *announcement, const struct candidate *a, const struct candidate *b)
{
	if (announcement->at == ANNOUNCE_DAILY)
		return a->due_s == b->due_s;
	return a->due_s == b->due_s ||
	       (a->episode->airdate.day && date_equal(a->episode->airdate, b->episode->airdate));
}

static bool next_airing(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, int64_t now_s, struct candidate *ret)
{
	bool is_found = false;

	for (size_t i = 0; i < show->episode_count; i++) {
		const struct episode *episode = &show->episodes[i];
		struct candidate candidate;

		/* Most of a long show is past: the window is checked before the zone is looked into. */
		if (episode->aired_from_s == AIRED_ALWAYS ||
				episode->aired_from_s <
						now_s - late_of(planning) - announcement->after_s - 3 * DAY_S)
			continue;
		/* It is not told before it airs. */
		if (is_found && episode->aired_from_s > ret->due_s)
			continue;
		if (!is_candidate(announcement, show, planning, episode, &candidate) ||
				candidate.due_s + late_of(planning) <= now_s)
			continue;
		if (!is_found || candidate.due_s < ret->due_s)
			*ret = candidate;
		is_found = true;
	}
	return is_found;
}

static void tell_group(struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct planned *planned)
{
	const struct episode *first = announcement_episode(show, planned->first);
	struct candidate leader, other;

	/* The first one in any case, also if the dataset has changed since it was planned. */
	if (!first || !is_candidate(announcement, show, planning, first, &leader)) {
		announcement_tell(announcement, planned->first, planned->airs_s, planned->due_s);
		return;
	}
	for (size_t i = 0; i < show->episode_count; i++) {
		int64_t apart_s = show->episodes[i].aired_from_s / 2 - first->aired_from_s / 2;

		/* Far from its day: without looking into its zone. */
		if (apart_s > DAY_S || apart_s < -DAY_S)
			continue;
		if (is_candidate(announcement, show, planning, &show->episodes[i], &other) &&
				is_same_post(announcement, &leader, &other) && other.due_s >= leader.due_s)
			announcement_tell(announcement, announcement_key_of(other.episode), other.airs_s,
					planned->due_s);
	}
	announcement_tell(announcement, planned->first, planned->airs_s, planned->due_s);
}

size_t planning_told(const struct announcement *announcement, const struct show *show, int64_t due_s,
		const struct episode **ret, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < show->episode_count && count < max; i++) {
		const struct announcement_told *told =
				announcement_told_of(announcement, announcement_key_of(&show->episodes[i]));

		if (told && told->due_s == due_s)
			ret[count++] = &show->episodes[i];
	}
	return count;
}

/* ---------------------------------------------------------------- corrections */

/* What has become of an episode that was told: MOVED, CANCELLED, or AIRING if it is as it was told. */
static enum planned_kind look_at_told(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, struct announcement_key key, int64_t told_airs_s,
		int64_t now_s, int64_t *ret_airs_s)
{
	const struct episode *episode = announcement_episode(show, key);
	int64_t due_s;

	*ret_airs_s = 0;
	if (!episode)
		return PLANNED_CANCELLED;
	if (!planning_due(announcement, show, planning, episode, &due_s, ret_airs_s))
		return episode->airdate.year ? PLANNED_AIRING : PLANNED_CANCELLED;
	return *ret_airs_s > told_airs_s + PLANNING_MOVED_S && *ret_airs_s > now_s ? PLANNED_MOVED
										   : PLANNED_AIRING;
}

/* The episodes of one post, one after the other, of which the same has become. False: as they were told. */
static bool find_changed(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct announcement_told *told, enum planned_kind kind,
		int64_t now_s, struct planned *ret)
{
	bool is_found = false;

	for (int number = told->first.number; number <= told->last; number++) {
		struct announcement_key key = {told->first.season, number};
		/* Those of one post may air at different hours of a day. */
		int64_t airs_s, told_airs_s = told->airs_s + (number > told->first.number ? DAY_S : 0);
		bool is_changed = look_at_told(announcement, show, planning, key, told_airs_s, now_s,
						  &airs_s) == kind;

		if (is_found && !is_changed)
			break;
		if (!is_changed)
			continue;
		if (!is_found)
			*ret = (struct planned){.kind = kind,
					.due_s = now_s,
					.until_s = now_s + CORRECT_LATE_S,
					.first = key,
					.airs_s = airs_s};
		ret->last = number;
		is_found = true;
	}
	return is_found;
}

static bool next_correction(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, enum planned_kind kind, int64_t now_s, struct planned *ret)
{
	for (size_t i = 0; i < announcement->told_count; i++) {
		const struct announcement_told *told = &announcement->told[i];

		if (told->due_s <= now_s && told->due_s >= now_s - CORRECT_S &&
				find_changed(announcement, show, planning, told, kind, now_s, ret))
			return true;
	}
	return false;
}

/* ---------------------------------------------------------------- events */

/* The event of an episode that has no date any more is deleted. */
static bool is_event_over(const struct announcement *announcement, const struct show *show, int64_t now_s)
{
	const struct announcement_told *made = &announcement->event;
	const struct episode *episode = made->first.number ? announcement_episode(show, made->first) : NULL;

	return made->first.number && made->airs_s > now_s &&
	       (!episode || (!episode->airstamp && !episode->airdate.day));
}

static bool next_event(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, int64_t now_s, struct planned *ret)
{
	const struct announcement_told *made = &announcement->event;
	struct candidate next;
	struct announcement_key key;
	int64_t from_s;

	if (is_event_over(announcement, show, now_s)) {
		*ret = (struct planned){.kind = PLANNED_EVENT,
				.due_s = now_s,
				.until_s = now_s + CORRECT_LATE_S,
				.first = made->first};
		return true;
	}
	if (!announcement->has_event || !next_airing(announcement, show, planning, now_s, &next) ||
			next.airs_s <= now_s)
		return false;
	key = announcement_key_of(next.episode);
	from_s = next.airs_s - PLANNING_EVENT_S;
	if (made->first.season == key.season && made->first.number == key.number) {
		if (made->airs_s == next.airs_s)
			return false;
		from_s = now_s; /* it was moved */
	}
	*ret = (struct planned){.kind = PLANNED_EVENT,
			.due_s = from_s > now_s ? from_s : now_s,
			.until_s = next.airs_s,
			.first = key,
			.airs_s = next.airs_s};
	return true;
}

/* ---------------------------------------------------------------- all */

bool planning_next(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, enum planned_kind kind, int64_t now_s, struct planned *ret)
{
	struct candidate next;

	if (kind == PLANNED_EVENT)
		return next_event(announcement, show, planning, now_s, ret);
	if (kind != PLANNED_AIRING)
		return next_correction(announcement, show, planning, kind, now_s, ret);
	if (!next_airing(announcement, show, planning, now_s, &next))
		return false;
	*ret = (struct planned){.kind = PLANNED_AIRING,
			.due_s = next.due_s,
			.until_s = next.due_s + late_of(planning),
			.first = announcement_key_of(next.episode),
			.airs_s = next.airs_s};
	return true;
}

void planning_done(struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct planned *planned)
{
	switch (planned->kind) {
	case PLANNED_AIRING: tell_group(announcement, show, planning, planned); break;
	case PLANNED_EVENT:
		announcement->event = (struct announcement_told){.first = planned->first,
				.last = planned->first.number,
				.airs_s = planned->airs_s,
				.due_s = planned->due_s};
		break;
	default:
		for (int number = planned->first.number; number <= planned->last; number++)
			announcement_forget(announcement,
					(struct announcement_key){planned->first.season, number});
	}
}
