#ifndef EPISODED_ANNOUNCEMENTS_H
#define EPISODED_ANNOUNCEMENTS_H

/*
 * What all channels want to be told: kept in the store and in memory, and planned against the datasets of this moment. The
 * next occasions of each announcement are in the book of occasions, under its ID as their group; they are not kept, because
 * they are computed again from what is.
 */

#include "bot/core/announcement.h"
#include "bot/core/planning.h"

#define ANNOUNCEMENTS_MAX       2048
#define ANNOUNCEMENTS_WHY_BYTES 200

struct catalogue;
struct occasions;
struct settings;
struct store;
struct announcements; /* opaque: core/announcements.c */

/* store may be NULL: changes are then lost at a restart. occasions is borrowed. Unreadable entries are skipped, and kept in
 * the store. -ENOMEM. */
int announcements_new(struct store *store, struct occasions *occasions, struct announcements **ret);
void announcements_free(struct announcements *announcements); /* NULL-safe */

/* What is planned with; borrowed until the next call. now_s reads this machine's clock. Plans all. */
void announcements_configure(struct announcements *announcements, const struct catalogue *catalogue,
		const struct settings *settings, int64_t (*now_s)(void));
/* Plan all again: the settings of a channel or the clock have changed. */
void announcements_plan(struct announcements *announcements);

/* Keep what a channel wants, in place of what it wanted of this show; which episodes were announced stays. It is named by gateway,
 * channel, host and show: id, floor_s and told are not read. -EEXIST it wants just that, -E2BIG, -ENOMEM, or the store's
 * error; nothing is then changed. */
int announcements_set(struct announcements *announcements, const struct announcement *wanted);
/* -ENOENT, or the store's error. */
int announcements_off(struct announcements *announcements, const char *id);

/* Borrowed until the next change. */
const struct announcement *announcements_find(const struct announcements *announcements, const char *id);
const struct announcement *announcements_at(const struct announcements *announcements, size_t index);
/* What is said next of it; NULL: nothing is known. */
const struct planned *announcements_next(
		const struct announcements *announcements, const char *id, enum planned_kind kind);
/* The IDs of its occasions begin with "announce:". */
bool announcements_own(const char *occasion);
/* An occasion was said, or its window is over: remember it, in the transaction of this turn, and plan the next one. */
void announcements_over(struct announcements *announcements, const char *occasion, bool is_said);
/* Why the last one could not be said, for "announce list"; "": nothing is known. Both accept an occasion's ID. */
void announcements_refused(struct announcements *announcements, const char *occasion, const char *why);
const char *announcements_why(const struct announcements *announcements, const char *id);

/* Another process has changed a value of the store (NULL: deleted it). True: it is an announcement. */
bool announcements_heard(
		struct announcements *announcements, const char *area, const char *key, const char *value);

#endif
