#ifndef EPISODED_PLANNING_H
#define EPISODED_PLANNING_H

/*
 * From what a channel wants to be told, and the dataset of this moment, to what is said next: one of each kind, not all
 * of a year. A dataset that changes is planned again. Pure: no clock, no store.
 *
 *	airing      episodes that were not told yet. Those of one day are one post; "daily": those of one hour of telling
 *	moved       episodes that were told, and whose date is a later one now: the post is corrected
 *	cancelled   episodes that were told, and that have no date any more
 *	event       the next episodes, some days before they air, or their new time
 */

#include "bot/core/announcement.h"
#include "bot/core/channel_settings.h"

#define PLANNING_HOUR       (18 * 60) /* of the day, for an episode without an hour, where nothing else is set */
#define PLANNING_LATE_S     (6 * 3600) /* how late it may be said */
#define PLANNING_LATE_MIN_S (10 * 60)
#define PLANNING_MOVED_S    (20 * 3600) /* a smaller difference is a correction of the hour, and no other day */
#define PLANNING_EVENT_S    (7 * 86400) /* an event is made so long before */

enum planned_kind {
	PLANNED_AIRING,
	PLANNED_MOVED,
	PLANNED_CANCELLED,
	PLANNED_EVENT,
	PLANNED_KINDS,
};

/* What the channel's settings say. */
struct planning {
	const char *zone; /* "": that of the show */
	int minute;       /* of the day, for an episode without an hour */
	int64_t late_s;
	const struct channel_settings
			*quiet; /* of the channel, for its quiet hours; NULL: it has no settings */
};

struct planned {
	enum planned_kind kind;
	int64_t due_s, until_s;
	struct announcement_key first; /* of the first episode */
	int last;                      /* of MOVED and CANCELLED: the number of the last one */
	int64_t airs_s;                /* when the first one airs; 0: it does not */
};

/* What is said next of a kind. False: nothing is known. now_s is this machine's time. */
bool planning_next(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, enum planned_kind kind, int64_t now_s, struct planned *ret);

/* Remember in the announcement that it was said, or given up; show as at planning_next(). */
void planning_done(struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct planned *planned);

/* The episodes that one post has told, in the order of the story; due_s as of the post. At most max. */
size_t planning_told(const struct announcement *announcement, const struct show *show, int64_t due_s,
		const struct episode **ret, size_t max);

/* When an episode is told, and when it airs: seconds since 1970 UTC. False: its day is not known. */
bool planning_due(const struct announcement *announcement, const struct show *show,
		const struct planning *planning, const struct episode *episode, int64_t *ret_due_s,
		int64_t *ret_airs_s);

/* Words of a kind: "airing", "moved" ...; PLANNED_KINDS: no such word. */
const char *planning_word(enum planned_kind kind);
enum planned_kind planning_kind(const char *word);

#endif
