/* What all channels want to be told, and the next occasions of it. */

#include "bot/core/announcements.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/channel_settings.h"
#include "bot/core/occasions.h"
#include "bot/store/store.h"

#define AREA    "announcement"
#define OWN     "announce:"
#define COMMAND "announcing"
#define DAY_S   86400

struct kept_announcement {
	struct announcement wanted;
	struct planned planned[PLANNED_KINDS];
	bool has[PLANNED_KINDS];
	char why[ANNOUNCEMENTS_WHY_BYTES];
};

struct announcements {
	struct store *store;
	struct occasions *occasions;
	const struct catalogue *catalogue; /* NULL: not configured yet */
	const struct settings *settings;
	int64_t (*now_s)(void);
	struct kept_announcement **list;
	size_t count, capacity;
};

/* ---------------------------------------------------------------- the list */

/* The position of an ID, or count. Also accepts the ID of an occasion, "announce:ID:...". */
static size_t index_of(const struct announcements *announcements, const char *id)
{
	size_t i = 0, length;

	if (announcements_own(id))
		id += strlen(OWN);
	length = strcspn(id, ":");
	while (i < announcements->count &&
			(strlen(announcements->list[i]->wanted.id) != length ||
					strncmp(announcements->list[i]->wanted.id, id, length) != 0))
		i++;
	return i;
}

static struct kept_announcement *find(const struct announcements *announcements, const char *id)
{
	size_t i = index_of(announcements, id);

	return i < announcements->count ? announcements->list[i] : NULL;
}

static int add(struct announcements *announcements, const struct announcement *wanted,
		struct kept_announcement **ret)
{
	struct kept_announcement *kept;

	if (announcements->count == ANNOUNCEMENTS_MAX)
		return -E2BIG;
	if (announcements->count == announcements->capacity) {
		size_t capacity = announcements->capacity ? announcements->capacity * 2 : 16;
		struct kept_announcement **list =
				realloc(announcements->list, capacity * sizeof(struct kept_announcement *));

		if (!list)
			return -ENOMEM;
		announcements->list = list;
		announcements->capacity = capacity;
	}
	kept = calloc(1, sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	kept->wanted = *wanted;
	announcements->list[announcements->count++] = kept;
	*ret = kept;
	return 0;
}

bool announcements_own(const char *occasion)
{
	return str_starts(occasion, OWN);
}

/* ---------------------------------------------------------------- plans */

/* What is planned is named by its episode and its day, so that the same is not said twice, and another day is another; an
 * event and a correction by the hour. */
static void make_id(const struct kept_announcement *kept, const struct planned *planned,
		char ret[OCCASION_ID_BYTES])
{
	int64_t of_s = planned->kind == PLANNED_AIRING ? planned->due_s / DAY_S : planned->airs_s;

	snprintf(ret, OCCASION_ID_BYTES, OWN "%s:%s:%d.%d:%" PRId64, kept->wanted.id,
			planning_word(planned->kind), planned->first.season, planned->first.number, of_s);
}

static void append_words(
		const struct kept_announcement *kept, const struct planned *planned, struct str *words)
{
	str_printf(words, "%s %s %d %d %d %" PRId64, kept->wanted.id, planning_word(planned->kind),
			planned->first.season, planned->first.number, planned->last, planned->airs_s);
}

static struct planning planning_of(
		const struct announcements *announcements, const struct kept_announcement *kept)
{
	const struct channel_settings *settings =
			announcements->settings ? settings_find(announcements->settings, kept->wanted.gateway,
								  kept->wanted.channel)
						: NULL;

	return (struct planning){.zone = settings ? settings->zone : "",
			.minute = settings && settings->has_hour ? (int)settings->hour : PLANNING_HOUR,
			.late_s = settings && settings->has_late ? settings->late_s : PLANNING_LATE_S};
}

static const struct show *show_of(
		const struct announcements *announcements, const struct kept_announcement *kept)
{
	return announcements->catalogue ? catalogue_find(announcements->catalogue, kept->wanted.show) : NULL;
}

static void unplan(struct announcements *announcements, struct kept_announcement *kept)
{
	for (int kind = 0; kind < PLANNED_KINDS; kind++) {
		char id[OCCASION_ID_BYTES];

		if (!kept->has[kind])
			continue;
		make_id(kept, &kept->planned[kind], id);
		(void)occasions_remove(announcements->occasions, id);
		kept->has[kind] = false;
	}
}

static void put_occasion(struct announcements *announcements, const struct kept_announcement *kept,
		const struct planned *planned)
{
	struct str words = STR(OCCASION_WORDS_MAX_BYTES);
	char id[OCCASION_ID_BYTES];

	make_id(kept, planned, id);
	append_words(kept, planned, &words);
	/* Out of memory, or no room: it is planned again with the next change. */
	(void)occasions_plan(announcements->occasions,
			&(struct occasion){.id = id,
					.due_s = planned->due_s,
					.until_s = planned->until_s,
					.place = {.gateway = kept->wanted.gateway,
							.channel = kept->wanted.channel,
							.author_id = "",
							.author_name = "",
							.account = "",
							.extra = "",
							.host = kept->wanted.host,
							.route = kept->wanted.route},
					.command = COMMAND,
					.words = str_text(&words),
					.group = kept->wanted.id,
					.is_pressing = planned->kind == PLANNED_EVENT});
	str_release(&words);
}

static void plan(struct announcements *announcements, struct kept_announcement *kept)
{
	const struct show *show = show_of(announcements, kept);
	const struct planning planning = planning_of(announcements, kept);

	unplan(announcements, kept);
	for (int kind = 0; show && kind < PLANNED_KINDS; kind++) {
		struct planned *planned = &kept->planned[kind];

		kept->has[kind] = planning_next(&kept->wanted, show, &planning, (enum planned_kind)kind,
				announcements->now_s(), planned);
		if (kept->has[kind])
			put_occasion(announcements, kept, planned);
	}
}

void announcements_plan(struct announcements *announcements)
{
	for (size_t i = 0; announcements->catalogue && i < announcements->count; i++)
		plan(announcements, announcements->list[i]);
}

void announcements_configure(struct announcements *announcements, const struct catalogue *catalogue,
		const struct settings *settings, int64_t (*now_s)(void))
{
	announcements->catalogue = catalogue;
	announcements->settings = settings;
	announcements->now_s = now_s;
	announcements_plan(announcements);
}

/* ---------------------------------------------------------------- changes */

static bool is_wanted_so(const struct announcement *a, const struct announcement *b)
{
	return a->at == b->at && (a->at != ANNOUNCE_AFTER || a->after_s == b->after_s) &&
	       (a->at != ANNOUNCE_DAILY || a->minute == b->minute) && str_equal(a->role, b->role) &&
	       a->has_thread == b->has_thread && a->has_event == b->has_event;
}

/* put: store_put(), or store_keep() with an fsync. */
static int save(const struct announcements *announcements, const struct announcement *wanted,
		int (*put)(struct store *store, const char *area, const char *key, const char *value))
{
	struct str form = STR(ANNOUNCEMENT_MAX_BYTES);
	int r = 0;

	announcement_append(wanted, &form);
	if (form.error)
		r = form.error;
	else if (announcements->store)
		r = put(announcements->store, AREA, wanted->id, str_text(&form));
	str_release(&form);
	return r;
}

int announcements_set(struct announcements *announcements, const struct announcement *wanted)
{
	struct announcement named = *wanted;
	struct kept_announcement *kept;
	int r;

	announcement_make_id(&named);
	kept = find(announcements, named.id);
	named.floor_s = kept ? kept->wanted.floor_s : named.since_s - 3 * DAY_S;
	named.told_count = 0;
	named.event = (struct announcement_told){0};
	if (kept && is_wanted_so(&kept->wanted, &named))
		return -EEXIST;
	if (kept) {
		named.since_s = kept->wanted.since_s;
		named.event = kept->wanted.event;
		named.told_count = kept->wanted.told_count;
		memcpy(named.told, kept->wanted.told, sizeof(named.told));
	} else if (announcements->count == ANNOUNCEMENTS_MAX) {
		return -E2BIG;
	}
	r = save(announcements, &named, store_keep);
	if (r < 0)
		return r;
	if (kept) {
		unplan(announcements, kept);
		kept->wanted = named;
	} else {
		r = add(announcements, &named, &kept);
		if (r < 0)
			return r; /* out of memory; it is read after a restart */
	}
	if (announcements->catalogue)
		plan(announcements, kept);
	return 0;
}

static void remove_at(struct announcements *announcements, size_t index)
{
	unplan(announcements, announcements->list[index]);
	free(announcements->list[index]);
	announcements->list[index] = announcements->list[--announcements->count];
}

int announcements_off(struct announcements *announcements, const char *id)
{
	size_t index = index_of(announcements, id);
	int r = 0;

	if (index == announcements->count)
		return -ENOENT;
	if (announcements->store)
		r = store_keep(announcements->store, AREA, announcements->list[index]->wanted.id, NULL);
	if (r < 0)
		return r;
	remove_at(announcements, index);
	return 0;
}

void announcements_over(struct announcements *announcements, const char *occasion, bool is_said)
{
	struct kept_announcement *kept = find(announcements, occasion);
	const struct show *show = kept ? show_of(announcements, kept) : NULL;
	struct planning planning;

	if (!show)
		return;
	planning = planning_of(announcements, kept);
	for (int kind = 0; kind < PLANNED_KINDS; kind++) {
		char id[OCCASION_ID_BYTES];

		if (!kept->has[kind])
			continue;
		make_id(kept, &kept->planned[kind], id);
		if (!str_equal(id, occasion))
			continue;
		/* An airing that was not said is over by itself; with a clock that is set right again, it is not. */
		if (is_said || kind != PLANNED_AIRING) {
			planning_done(&kept->wanted, show, &planning, &kept->planned[kind]);
			(void)save(announcements, &kept->wanted, store_put);
		}
		if (is_said)
			kept->why[0] = '\0';
		plan(announcements, kept);
		return;
	}
}

void announcements_refused(struct announcements *announcements, const char *occasion, const char *why)
{
	struct kept_announcement *kept = announcements_own(occasion) ? find(announcements, occasion) : NULL;

	if (kept)
		snprintf(kept->why, sizeof(kept->why), "%s", why);
}

/* ---------------------------------------------------------------- reading */

const struct announcement *announcements_find(const struct announcements *announcements, const char *id)
{
	const struct kept_announcement *kept = find(announcements, id);

	return kept ? &kept->wanted : NULL;
}

const struct announcement *announcements_at(const struct announcements *announcements, size_t index)
{
	return index < announcements->count ? &announcements->list[index]->wanted : NULL;
}

const struct planned *announcements_next(
		const struct announcements *announcements, const char *id, enum planned_kind kind)
{
	const struct kept_announcement *kept = find(announcements, id);

	return kept && kept->has[kind] ? &kept->planned[kind] : NULL;
}

const char *announcements_why(const struct announcements *announcements, const char *id)
{
	const struct kept_announcement *kept = find(announcements, id);

	return kept ? kept->why : "";
}

/* ---------------------------------------------------------------- life */

/* An entry that cannot be read stays in the store, for the version that wrote it. */
static void put_value(struct announcements *announcements, const char *key, const char *value)
{
	struct announcement *read = calloc(1, sizeof(*read));
	char *bytes = str_copy(value);
	struct kept_announcement *kept = NULL;

	if (read && bytes && announcement_read(bytes, read) == 0 && str_equal(read->id, key)) {
		kept = find(announcements, key);
		if (kept) {
			unplan(announcements, kept);
			kept->wanted = *read;
		} else if (add(announcements, read, &kept) < 0) {
			kept = NULL;
		}
	}
	if (kept && announcements->catalogue)
		plan(announcements, kept);
	free(bytes);
	free(read);
}

bool announcements_heard(
		struct announcements *announcements, const char *area, const char *key, const char *value)
{
	size_t index;

	if (strcmp(area, AREA) != 0)
		return false;
	index = index_of(announcements, key);
	if (value)
		put_value(announcements, key, value);
	else if (index < announcements->count)
		remove_at(announcements, index);
	return true;
}

static void on_value(void *user, const char *key, const char *value)
{
	put_value(user, key, value);
}

int announcements_new(struct store *store, struct occasions *occasions, struct announcements **ret)
{
	struct announcements *announcements = calloc(1, sizeof(*announcements));

	if (!announcements)
		return -ENOMEM;
	announcements->store = store;
	announcements->occasions = occasions;
	if (store)
		store_each(store, AREA, on_value, announcements);
	*ret = announcements;
	return 0;
}

void announcements_free(struct announcements *announcements)
{
	if (!announcements)
		return;
	for (size_t i = 0; i < announcements->count; i++)
		free(announcements->list[i]);
	free(announcements->list);
	free(announcements);
}
