/* Merge two drafts of one show. */

#include "bot/import/merge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/load.h"

#define LABEL_BYTES 48

struct merge {
	struct show_draft *into;
	const struct show_draft *from;
	int flags;
	struct notes *notes;
};

/* "s02e03", "special 1", "a special" or "the show". */
static const char *label_of(const struct episode_draft *episode, char label[LABEL_BYTES])
{
	if (!episode)
		snprintf(label, LABEL_BYTES, "the show");
	else if (episode->number == 0)
		snprintf(label, LABEL_BYTES, "a special");
	else if (episode->season == 0)
		snprintf(label, LABEL_BYTES, "special %d", episode->number);
	else
		snprintf(label, LABEL_BYTES, "s%02de%02d", episode->season, episode->number);
	return label;
}

static bool is_special(const struct episode_draft *episode)
{
	return episode->season == 0 || episode->number == 0;
}

/* ---------------------------------------------------------------- one value */

static void copy(struct merge *merge, struct draft_value *into, const struct draft_value *from)
{
	*into = *from;
	into->text = draft_keep(merge->into, from->text, strlen(from->text));
	into->json = from->json ? draft_keep(merge->into, from->json, strlen(from->json)) : NULL;
}

/* "The ferry is late. The har…" beside the whole text. */
static bool is_beginning(const char *text, const char *whole)
{
	size_t length = strlen(text);

	if (length > 3 && strcmp(text + length - 3, "…") == 0)
		length -= 3;
	while (length > 0 && strchr(" .", text[length - 1]))
		length--;
	return length > 0 && strlen(whole) > length && strncmp(text, whole, length) == 0;
}

/* Is a worse than b? Both are known. */
static bool is_worse(
		const struct draft_field *field, const struct draft_value *a, const struct draft_value *b)
{
	if (a->json || b->json)
		return b->json && !a->json; /* a map of languages: more than one text */
	switch (field->kind) {
	case DRAFT_NAME: return draft_is_placeholder(a->text) && !draft_is_placeholder(b->text);
	case DRAFT_TEXT: return is_beginning(a->text, b->text);
	case DRAFT_DATE: return strlen(a->text) < strlen(b->text);
	case DRAFT_LINK: /* a picture beside the dataset is its owner's */
		return strcmp(field->key, "image") == 0 && strstr(a->text, "://") && !strstr(b->text, "://");
	case DRAFT_CLOCK:
	case DRAFT_STAMP:
	case DRAFT_ZONE:
	case DRAFT_NUMBER:
	case DRAFT_RATING: break;
	}
	return false;
}

static bool is_newer(const struct merge *merge, const struct draft_field *field)
{
	return merge->flags & (field->is_fact ? MERGE_FACTS : MERGE_TEXTS);
}

static void note_change(struct merge *merge, const struct episode_draft *episode,
		const struct draft_field *field, const struct draft_value *was, const struct draft_value *now)
{
	char label[LABEL_BYTES], quoted[2][UTF8_QUOTE_BYTES];

	notes_add(merge->notes, NOTE_CHANGED, now->origin, "%s: \"%s\" is now \"%s\", and was \"%s\"",
			label_of(episode, label), field->key, utf8_quote(now->text, quoted[0]),
			utf8_quote(was->text, quoted[1]));
}

static void merge_value(struct merge *merge, const struct episode_draft *episode,
		const struct draft_field *field, struct draft_value *into, const struct draft_value *from)
{
	if (!*from->text || (strcmp(from->text, into->text) == 0 && (into->json || !from->json)))
		return;
	if (!*into->text || is_worse(field, into, from)) {
		copy(merge, into, from);
	} else if (is_newer(merge, field) && !is_worse(field, from, into)) {
		note_change(merge, episode, field, into, from);
		copy(merge, into, from);
	}
}

/* ---------------------------------------------------------------- when an episode is shown */

static void copy_airing(struct merge *merge, struct episode_draft *into, const struct episode_draft *from)
{
	for (int field = EPISODE_AIRDATE; field <= EPISODE_AIRSTAMP; field++)
		copy(merge, &into->values[field], &from->values[field]);
}

/* The same day: the hour may be new, or another. An hour is not lost. */
static void merge_hour(struct merge *merge, struct episode_draft *into, const struct episode_draft *from)
{
	const struct draft_value *was = &into->values[EPISODE_AIRTIME], *now = &from->values[EPISODE_AIRTIME];
	const struct draft_value *was_at = &into->values[EPISODE_AIRSTAMP],
				 *now_at = &from->values[EPISODE_AIRSTAMP];
	bool had = *was->text || *was_at->text, has = *now->text || *now_at->text;
	bool is_same = strcmp(was->text, now->text) == 0 && strcmp(was_at->text, now_at->text) == 0;

	if (!has || is_same || (had && !(merge->flags & MERGE_FACTS)))
		return;
	if (had && *now->text && *was->text && strcmp(was->text, now->text) != 0)
		note_change(merge, into, &episode_fields[EPISODE_AIRTIME], was, now);
	else if (had && *now_at->text && *was_at->text)
		note_change(merge, into, &episode_fields[EPISODE_AIRSTAMP], was_at, now_at);
	copy_airing(merge, into, from);
}

static void merge_airing(struct merge *merge, struct episode_draft *into, const struct episode_draft *from)
{
	const struct draft_field *field = &episode_fields[EPISODE_AIRDATE];
	const struct draft_value *was = &into->values[EPISODE_AIRDATE], *now = &from->values[EPISODE_AIRDATE];
	char label[LABEL_BYTES];

	if (strcmp(was->text, now->text) == 0) {
		merge_hour(merge, into, from);
	} else if (!*was->text || (*now->text && is_worse(field, was, now))) {
		if (!*into->values[EPISODE_AIRSTAMP].text || *now->text)
			copy_airing(merge, into, from);
	} else if (*now->text && !is_worse(field, now, was) && (merge->flags & MERGE_FACTS)) {
		note_change(merge, into, field, was, now);
		copy_airing(merge, into, from);
	} else if (*now->text && !is_worse(field, now, was)) {
		notes_add(merge->notes, NOTE_DOUBTFUL, now->origin,
				"%s was shown on %s here, and on %s in another source, which is kept",
				label_of(into, label), now->text, was->text);
	}
}

/* ---------------------------------------------------------------- lists and members kept as they are */

static void merge_list(struct merge *merge, struct draft_list *into, const struct draft_list *from)
{
	for (const struct draft_item *item = from->first; item; item = item->next)
		draft_add_json(merge->into, into, item->origin, item->key, item->json, item->reveal);
}

/* Is an actor in the list up to an item, with any role? Sources spell roles differently. */
static bool has_actor(const struct draft_list *list, const struct draft_item *last, const char *key)
{
	size_t length = strcspn(key, "/");

	for (const struct draft_item *item = list->first; item; item = item == last ? NULL : item->next) {
		if (strncmp(item->key, key, length + 1) == 0)
			return true;
	}
	return false;
}

static void merge_cast(struct merge *merge, struct draft_list *into, const struct draft_list *from)
{
	const struct draft_item *last = into->last;

	for (const struct draft_item *item = from->first; item; item = item->next) {
		if (!last || !has_actor(into, last, item->key))
			draft_add_json(merge->into, into, item->origin, item->key, item->json, item->reveal);
	}
}

static void merge_extras(struct merge *merge, struct draft_extra **into, const struct draft_extra *from)
{
	for (; from; from = from->next) {
		const struct draft_extra *extra = *into;

		while (extra && strcmp(extra->key, from->key) != 0)
			extra = extra->next;
		if (!extra)
			draft_add_extra(merge->into, into, from->key, from->json);
	}
}

/* ---------------------------------------------------------------- episodes */

/* The specials of into, with their folded names. */
struct merge_specials {
	struct episode_draft **episodes;
	char **names;
	size_t count;
};

static void release_specials(struct merge_specials *specials)
{
	for (size_t i = 0; i < specials->count; i++)
		free(specials->names[i]);
	free(specials->names);
	free(specials->episodes);
}

/* NULL for a name that says nothing. */
static char *folded_name(struct show_draft *draft, const struct episode_draft *episode)
{
	struct str folded = STR(LOAD_TEXT_MAX * UTF8_CODEPOINT_BYTES);
	char *name = NULL;

	if (draft_is_placeholder(episode->values[EPISODE_NAME].text))
		return NULL;
	utf8_fold(&folded, episode->values[EPISODE_NAME].text);
	if (str_take(&folded, &name) == -ENOMEM)
		draft->arena.error = -ENOMEM;
	return name;
}

static void list_specials(struct show_draft *into, const struct show_draft *from, struct merge_specials *ret)
{
	/* Sorted, specials last. A folder has a draft for each episode. */
	if (from->episode_count == 0 || !is_special(from->episodes[from->episode_count - 1])) {
		*ret = (struct merge_specials){0};
		return;
	}
	*ret = (struct merge_specials){
			.episodes = calloc(into->episode_count + 1, sizeof(struct episode_draft *)),
			.names = calloc(into->episode_count + 1, sizeof(char *))};
	if (!ret->episodes || !ret->names) {
		into->arena.error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < into->episode_count; i++) {
		if (!is_special(into->episodes[i]))
			continue;
		ret->episodes[ret->count] = into->episodes[i];
		ret->names[ret->count++] = folded_name(into, into->episodes[i]);
	}
}

/* The special of into that is the same: by name, else the only one of its day. Sources number specials differently. */
static struct episode_draft *find_special(struct merge *merge, const struct merge_specials *specials,
		const struct episode_draft *special)
{
	char *name = folded_name(merge->into, special);
	const char *day = special->values[EPISODE_AIRDATE].text;
	struct episode_draft *found = NULL, *of_day = NULL;
	size_t day_count = 0;

	for (size_t i = 0; i < specials->count && !found; i++) {
		struct episode_draft *episode = specials->episodes[i];

		if (name && specials->names[i] && strcmp(name, specials->names[i]) == 0)
			found = episode;
		if (strlen(day) == strlen("2026-01-15") &&
				strcmp(day, episode->values[EPISODE_AIRDATE].text) == 0) {
			of_day = episode;
			day_count++;
		}
	}
	if (!found && day_count == 1 && (!name || draft_is_placeholder(of_day->values[EPISODE_NAME].text)))
		found = of_day;
	free(name);
	return found ? found : draft_find(merge->into, special->season, special->number);
}

static struct episode_draft *counterpart(struct merge *merge, const struct merge_specials *specials,
		const struct episode_draft *episode)
{
	struct episode_draft *found = is_special(episode) ? find_special(merge, specials, episode) : NULL;

	if (found)
		return found;
	found = draft_episode(merge->into, episode->season, episode->number, episode->origin);
	if (!found)
		draft_refuse_episode(
				merge->into, episode->season, episode->number, episode->origin, merge->notes);
	return found;
}

static void merge_episode(struct merge *merge, struct episode_draft *into, const struct episode_draft *from)
{
	for (int field = 0; field < EPISODE_FIELDS; field++) {
		if (field < EPISODE_AIRDATE || field > EPISODE_AIRSTAMP)
			merge_value(merge, into, &episode_fields[field], &into->values[field],
					&from->values[field]);
	}
	merge_airing(merge, into, from);
	if (into->after.kind == REVEAL_DEFAULT)
		into->after = from->after;
	for (int list = 0; list < EPISODE_LISTS; list++)
		merge_list(merge, &into->lists[list], &from->lists[list]);
	merge_extras(merge, &into->extras, from->extras);
}

static void merge_episodes(struct merge *merge)
{
	struct merge_specials specials;

	list_specials(merge->into, merge->from, &specials);
	for (size_t i = 0; i < merge->from->episode_count && !draft_error(merge->into); i++) {
		const struct episode_draft *episode = merge->from->episodes[i];
		struct episode_draft *into = counterpart(merge, &specials, episode);

		if (into)
			merge_episode(merge, into, episode);
	}
	release_specials(&specials);
}

/* ---------------------------------------------------------------- episodes with another number */

static bool has_same_source(const struct merge *merge)
{
	const struct draft_value *into = merge->into->values, *from = merge->from->values;

	return *into[SHOW_ID].text && strcmp(into[SHOW_ID].text, from[SHOW_ID].text) == 0 &&
	       *into[SHOW_URL].text && strcmp(into[SHOW_URL].text, from[SHOW_URL].text) == 0;
}

static int compare_ids(const void *a, const void *b)
{
	const struct episode_draft *one = *(struct episode_draft *const *)a,
				   *other = *(struct episode_draft *const *)b;

	return strcmp(one->values[EPISODE_ID].text, other->values[EPISODE_ID].text);
}

/* An episode of into, and where the newer source has it. */
struct merge_move {
	struct episode_draft *episode;
	int season, number; /* new; then what it was */
};

static void swap_place(struct merge_move *move)
{
	int season = move->episode->season, number = move->episode->number;

	move->episode->season = move->season;
	move->episode->number = move->number;
	move->season = season;
	move->number = number;
}

/* Move all, unless two episodes would have one number then. */
static void make_moves(struct merge *merge, struct merge_move *moves, size_t count)
{
	char label[LABEL_BYTES];
	bool is_unique = true;

	for (size_t i = 0; i < count; i++)
		swap_place(&moves[i]);
	draft_sort(merge->into);
	for (size_t i = 1; i < merge->into->episode_count && is_unique; i++) {
		const struct episode_draft *a = merge->into->episodes[i - 1], *b = merge->into->episodes[i];

		is_unique = a->number == 0 || a->season != b->season || a->number != b->number;
	}
	for (size_t i = 0; i < count; i++) {
		if (is_unique)
			notes_add(merge->notes, NOTE_CHANGED, moves[i].episode->origin,
					"an episode is now %s, and was season %d, episode %d",
					label_of(moves[i].episode, label), moves[i].season, moves[i].number);
		else
			swap_place(&moves[i]);
	}
	draft_sort(merge->into);
}

static void find_moves(struct merge *merge, struct episode_draft **by_id, struct merge_move *moves)
{
	struct show_draft *into = merge->into;
	size_t count = 0;

	memcpy(by_id, into->episodes, into->episode_count * sizeof(struct episode_draft *));
	qsort(by_id, into->episode_count, sizeof(struct episode_draft *), compare_ids);
	for (size_t i = 0; i < merge->from->episode_count; i++) {
		struct episode_draft *from = merge->from->episodes[i], **found;

		found = *from->values[EPISODE_ID].text
					? bsearch(&from, by_id, into->episode_count,
							  sizeof(struct episode_draft *), compare_ids)
					: NULL;
		if (found && ((*found)->season != from->season || (*found)->number != from->number) &&
				count < into->episode_count)
			moves[count++] = (struct merge_move){*found, from->season, from->number};
	}
	if (count > 0)
		make_moves(merge, moves, count);
}

static void move_episodes(struct merge *merge)
{
	size_t count = merge->into->episode_count;
	struct episode_draft **by_id = calloc(count + 1, sizeof(struct episode_draft *));
	struct merge_move *moves = calloc(count + 1, sizeof(*moves));

	if (!by_id || !moves)
		merge->into->arena.error = -ENOMEM;
	else if (count > 0)
		find_moves(merge, by_id, moves);
	free(by_id);
	free(moves);
}

static void note_missing(struct merge *merge)
{
	char label[LABEL_BYTES];

	for (size_t i = 0; i < merge->into->episode_count; i++) {
		struct episode_draft *episode = merge->into->episodes[i];
		bool was_gone = episode->is_gone;

		episode->is_gone = *episode->values[EPISODE_ID].text && !is_special(episode) &&
				   !draft_find(merge->from, episode->season, episode->number);
		if (episode->is_gone && !was_gone)
			notes_add(merge->notes, NOTE_DOUBTFUL, (struct origin){0},
					"%s is no longer in the source; it is kept",
					label_of(episode, label));
	}
}

/* ---------------------------------------------------------------- the show */

static bool is_alias(const struct show_draft *draft, const char *folded)
{
	for (const struct draft_item *item = draft->lists[SHOW_ALIASES].first; item; item = item->next) {
		if (strcmp(item->key, folded) == 0)
			return true;
	}
	return false;
}

/* Two names that are not each other's alias are two shows. */
static bool is_one_show(struct merge *merge)
{
	const struct draft_value *a = &merge->into->values[SHOW_NAME], *b = &merge->from->values[SHOW_NAME];
	struct str one = STR(LOAD_TEXT_MAX), other = STR(LOAD_TEXT_MAX);
	bool is_so;

	utf8_fold(&one, a->text);
	utf8_fold(&other, b->text);
	is_so = !*a->text || !*b->text || strcmp(str_text(&one), str_text(&other)) == 0 ||
		is_alias(merge->into, str_text(&other)) || is_alias(merge->from, str_text(&one)) ||
		(merge->flags & MERGE_RENAMED);
	if (!is_so)
		notes_add(merge->notes, NOTE_PROBLEM, b->origin,
				"this is \"%s\", and the files before are \"%s\": import one show at a time, "
				"or say "
				"with --show that both are one",
				b->text, a->text);
	str_release(&one);
	str_release(&other);
	return is_so;
}

static void merge_show(struct merge *merge)
{
	struct show_draft *into = merge->into;
	const struct show_draft *from = merge->from;

	for (int field = 0; field < SHOW_FIELDS; field++)
		merge_value(merge, NULL, &show_fields[field], &into->values[field], &from->values[field]);
	for (int list = 0; list < SHOW_LISTS; list++) {
		bool is_whole = list == SHOW_GENRES || list == SHOW_SCHEDULE_DAYS; /* from one source */

		if (list == SHOW_CAST)
			merge_cast(merge, &into->lists[list], &from->lists[list]);
		else if (!is_whole || into->lists[list].count == 0)
			merge_list(merge, &into->lists[list], &from->lists[list]);
	}
	merge_extras(merge, &into->extras, from->extras);
	for (const struct draft_seen *seen = from->seen; seen; seen = seen->next)
		draft_add_seen(into, seen->show, seen->id, seen->season, seen->number);
}

void draft_merge(struct show_draft *into, struct show_draft *from, int flags, struct notes *notes)
{
	struct merge merge = {.into = into, .from = from, .flags = flags, .notes = notes};

	draft_sort(from);
	if (!is_one_show(&merge))
		return;
	if (!draft_take_orders(into, from))
		notes_add(notes, NOTE_DOUBTFUL, from->values[SHOW_NAME].origin,
				"the numbers of \"reveal\" here count other episodes than those of the file "
				"before; "
				"look at each");
	if (flags & MERGE_FACTS && has_same_source(&merge)) {
		move_episodes(&merge);
		note_missing(&merge);
	}
	merge_show(&merge);
	merge_episodes(&merge);
}
