/* A show in the making: its episodes, and the memory of all that it has. */

#include "bot/import/draft.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/catalogue/load.h"

const struct draft_field show_fields[SHOW_FIELDS] = {
		[SHOW_ID] = {"id", DRAFT_NUMBER, true, 1, INT32_MAX},
		[SHOW_NAME] = {"name", DRAFT_NAME, .is_fact = false},
		[SHOW_LANGUAGE] = {"language", DRAFT_NAME, .is_fact = false},
		[SHOW_NETWORK] = {"network", DRAFT_NAME, .is_fact = true},
		[SHOW_TIMEZONE] = {"timezone", DRAFT_ZONE, .is_fact = false},
		[SHOW_PREMIERED] = {"premiered", DRAFT_DATE, .is_fact = true},
		[SHOW_ENDED] = {"ended", DRAFT_DATE, .is_fact = true},
		[SHOW_STATUS] = {"status", DRAFT_NAME, .is_fact = true},
		[SHOW_SCHEDULE_TIME] = {"time", DRAFT_CLOCK, .is_fact = true},
		[SHOW_SUMMARY] = {"summary", DRAFT_TEXT, .is_fact = false},
		[SHOW_IMAGE] = {"image", DRAFT_LINK, .is_fact = true},
		[SHOW_URL] = {"url", DRAFT_LINK, .is_fact = false},
		[SHOW_RATING] = {"rating", DRAFT_RATING, .is_fact = true},
		[SHOW_LICENSE] = {"license", DRAFT_NAME, .is_fact = false},
};

const struct draft_field episode_fields[EPISODE_FIELDS] = {
		[EPISODE_ID] = {"id", DRAFT_NUMBER, true, 1, INT32_MAX},
		[EPISODE_NAME] = {"name", DRAFT_NAME, .is_fact = false},
		[EPISODE_TYPE] = {"type", DRAFT_NAME, .is_fact = true},
		[EPISODE_AIRDATE] = {"airdate", DRAFT_DATE, .is_fact = true},
		[EPISODE_AIRTIME] = {"airtime", DRAFT_CLOCK, .is_fact = true},
		[EPISODE_AIRSTAMP] = {"airstamp", DRAFT_STAMP, .is_fact = true},
		[EPISODE_RUNTIME] = {"runtime", DRAFT_NUMBER, true, 1, LOAD_MINUTES_MAX},
		[EPISODE_SUMMARY] = {"summary", DRAFT_TEXT, .is_fact = false},
		[EPISODE_TEASER] = {"teaser", DRAFT_TEXT, .is_fact = false},
		[EPISODE_IMAGE] = {"image", DRAFT_LINK, .is_fact = true},
		[EPISODE_URL] = {"url", DRAFT_LINK, .is_fact = false},
		[EPISODE_RATING] = {"rating", DRAFT_RATING, .is_fact = true},
};

const char *const show_list_keys[SHOW_LISTS] = {"aliases", "genres", "days", "where", "cast", "sources",
		"characters", "trivia", "warnings", "quotes"};
const char *const episode_list_keys[EPISODE_LISTS] = {"keywords", "trivia", "warnings", "quotes", "sources"};

/* A hash table with open addressing: each slot is an index of episodes + 1, or 0. */
struct draft_index {
	size_t slot_count; /* a power of two, more than twice the episodes */
	size_t capacity;   /* of the array of episodes */
	uint32_t slots[];
};

int draft_new(struct show_draft **ret)
{
	struct show_draft *draft = calloc(1, sizeof(*draft));

	if (!draft)
		return -ENOMEM;
	for (int i = 0; i < SHOW_FIELDS; i++)
		draft->values[i].text = "";
	*ret = draft;
	return 0;
}

void draft_free(struct show_draft *draft)
{
	if (!draft)
		return;
	arena_release(&draft->arena);
	free(draft);
}

int draft_error(const struct show_draft *draft)
{
	return draft->arena.error;
}

const char *draft_keep(struct show_draft *draft, const char *text, size_t length)
{
	return text ? arena_text_bytes(&draft->arena, text, length) : "";
}

/* ---------------------------------------------------------------- episodes */

static size_t slot_of(const struct draft_index *index, long season, long number)
{
	return ((size_t)season * 40503u + (size_t)number * 2654435761u) & (index->slot_count - 1);
}

/* Put episode position into the index. A special without a number is not found by it. */
static void index_episode(struct show_draft *draft, size_t position)
{
	const struct episode_draft *episode = draft->episodes[position];
	struct draft_index *index = draft->index;
	size_t slot = slot_of(index, episode->season, episode->number);

	if (episode->number == 0)
		return;
	while (index->slots[slot])
		slot = (slot + 1) & (index->slot_count - 1);
	index->slots[slot] = (uint32_t)position + 1;
}

static void index_all(struct show_draft *draft)
{
	memset(draft->index->slots, 0, draft->index->slot_count * sizeof(draft->index->slots[0]));
	for (size_t i = 0; i < draft->episode_count; i++)
		index_episode(draft, i);
}

/* Make place for one more episode. */
static bool grow(struct show_draft *draft)
{
	size_t capacity = draft->index ? draft->index->capacity * 2 : 16, slot_count = capacity * 4;
	struct episode_draft **episodes;
	struct draft_index *index;

	if (draft->index && draft->episode_count < draft->index->capacity)
		return true;
	episodes = arena_array(&draft->arena, capacity, sizeof(struct episode_draft *));
	index = arena_array(&draft->arena, 1, sizeof(*index) + slot_count * sizeof(index->slots[0]));
	if (!episodes || !index)
		return false;
	if (draft->episode_count > 0)
		memcpy(episodes, draft->episodes, draft->episode_count * sizeof(struct episode_draft *));
	*index = (struct draft_index){.slot_count = slot_count, .capacity = capacity};
	draft->episodes = episodes;
	draft->index = index;
	index_all(draft);
	return true;
}

struct episode_draft *draft_find(const struct show_draft *draft, long season, long number)
{
	const struct draft_index *index = draft->index;
	size_t slot;

	if (!index || number <= 0)
		return NULL;
	for (slot = slot_of(index, season, number); index->slots[slot];
			slot = (slot + 1) & (index->slot_count - 1)) {
		struct episode_draft *episode = draft->episodes[index->slots[slot] - 1];

		if (episode->season == season && episode->number == number)
			return episode;
	}
	return NULL;
}

static bool may_have(const struct show_draft *draft, long season, long number)
{
	return season >= 0 && season <= LOAD_SEASONS_MAX && number >= 0 && number <= LOAD_NUMBER_MAX &&
	       draft->episode_count < DRAFT_EPISODES_MAX;
}

struct episode_draft *draft_episode(struct show_draft *draft, long season, long number, struct origin at)
{
	struct episode_draft *episode = draft_find(draft, season, number);

	if (episode)
		return episode;
	if (!may_have(draft, season, number) || !grow(draft))
		return NULL;
	episode = arena_array(&draft->arena, 1, sizeof(*episode));
	if (!episode)
		return NULL;
	episode->season = (int)season;
	episode->number = (int)number;
	episode->origin = at;
	for (int i = 0; i < EPISODE_FIELDS; i++)
		episode->values[i].text = "";
	draft->episodes[draft->episode_count] = episode;
	index_episode(draft, draft->episode_count++);
	return episode;
}

void draft_refuse_episode(const struct show_draft *draft, long season, long number, struct origin at,
		struct notes *notes)
{
	if (draft_error(draft))
		return;
	if (draft->episode_count == DRAFT_EPISODES_MAX)
		notes_add(notes, NOTE_PROBLEM, at, "more than %d episodes: is this one show?",
				DRAFT_EPISODES_MAX);
	else
		notes_add(notes, NOTE_DROPPED, at,
				"season %ld, episode %ld: a season is 0 to %d, an episode 0 to %d", season,
				number, LOAD_SEASONS_MAX, LOAD_NUMBER_MAX);
}

static bool is_special(const struct episode_draft *episode)
{
	return episode->season == 0 || episode->number == 0;
}

/* Seasons and numbers, then specials; specials without a number by date, as they were added otherwise. */
static int compare_episodes(const void *a, const void *b)
{
	const struct episode_draft *one = *(struct episode_draft *const *)a,
				   *other = *(struct episode_draft *const *)b;
	int order = is_special(one) - is_special(other);

	if (order == 0 && is_special(one))
		order = (one->number == 0) - (other->number == 0);
	if (order == 0 && one->number > 0)
		order = one->season != other->season ? one->season - other->season
						     : one->number - other->number;
	if (order == 0)
		order = strcmp(one->values[EPISODE_AIRDATE].text, other->values[EPISODE_AIRDATE].text);
	if (order == 0)
		order = strcmp(one->values[EPISODE_NAME].text, other->values[EPISODE_NAME].text);
	return order;
}

void draft_sort(struct show_draft *draft)
{
	if (draft->episode_count < 2)
		return;
	qsort(draft->episodes, draft->episode_count, sizeof(struct episode_draft *), compare_episodes);
	index_all(draft);
}

/* ---------------------------------------------------------------- the numbers of reveals */

/* The episodes of a dataset in order: the first is order 1. */
struct draft_orders {
	size_t count;
	struct draft_place {
		int season, number;
	} places[];
};

void draft_learn_orders(struct show_draft *draft)
{
	struct draft_orders *orders;

	draft_sort(draft);
	orders = arena_array(
			&draft->arena, 1, sizeof(*orders) + draft->episode_count * sizeof(orders->places[0]));
	if (!orders)
		return;
	for (size_t i = 0; i < draft->episode_count && !is_special(draft->episodes[i]); i++)
		orders->places[orders->count++] =
				(struct draft_place){draft->episodes[i]->season, draft->episodes[i]->number};
	draft->orders = orders;
}

bool draft_take_orders(struct show_draft *into, const struct show_draft *from)
{
	size_t into_count = into->orders ? into->orders->count : 0,
	       from_count = from->orders ? from->orders->count : 0;
	size_t shorter = into_count < from_count ? into_count : from_count;
	struct draft_orders *orders;

	if (shorter > 0 && memcmp(into->orders->places, from->orders->places,
					   shorter * sizeof(struct draft_place)) != 0)
		return false;
	if (from_count <= into_count)
		return true;
	orders = arena_array(&into->arena, 1, sizeof(*orders) + from_count * sizeof(orders->places[0]));
	if (!orders)
		return true;
	orders->count = from_count;
	memcpy(orders->places, from->orders->places, from_count * sizeof(orders->places[0]));
	into->orders = orders;
	return true;
}

int draft_order(const struct show_draft *draft, int season, int number)
{
	size_t low = 0, high = 0;

	while (high < draft->episode_count && !is_special(draft->episodes[high]))
		high++;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct episode_draft *episode = draft->episodes[middle];

		if (episode->season < season || (episode->season == season && episode->number < number))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == draft->episode_count || draft->episodes[low]->season != season ||
			draft->episodes[low]->number != number)
		return 0;
	return (int)low + 1;
}

int draft_order_now(const struct show_draft *draft, int order)
{
	const struct draft_orders *orders = draft->orders;

	if (!orders || order <= 0 || (size_t)order > orders->count)
		return order;
	return draft_order(draft, orders->places[order - 1].season, orders->places[order - 1].number);
}

bool draft_is_renumbered(const struct show_draft *draft)
{
	for (size_t i = 0; draft->orders && i < draft->orders->count; i++) {
		if (draft_order_now(draft, (int)i + 1) != (int)i + 1)
			return true;
	}
	return false;
}

int draft_order_before(const struct show_draft *draft, int season, int number)
{
	int before = 0;

	for (size_t i = 0; i < draft->episode_count && !is_special(draft->episodes[i]); i++) {
		const struct episode_draft *episode = draft->episodes[i];

		before += episode->season < season || (episode->season == season && episode->number < number);
	}
	return before;
}

int draft_last_order(const struct show_draft *draft)
{
	int last = 0;

	for (size_t i = 0; i < draft->episode_count; i++)
		last += !is_special(draft->episodes[i]);
	return last;
}

/* ---------------------------------------------------------------- members kept as they are */

void draft_add_extra(struct show_draft *draft, struct draft_extra **extras, const char *key, const char *json)
{
	struct draft_extra *extra;

	while (*extras)
		extras = &(*extras)->next;
	extra = arena_array(&draft->arena, 1, sizeof(*extra));
	if (!extra)
		return;
	extra->key = arena_text(&draft->arena, key);
	extra->json = arena_text(&draft->arena, json);
	*extras = extra;
}

void draft_add_seen(struct show_draft *draft, const char *show, const char *id, int season, int number)
{
	struct draft_seen *seen = arena_array(&draft->arena, 1, sizeof(*seen));

	if (!seen)
		return;
	*seen = (struct draft_seen){.next = draft->seen,
			.show = arena_text(&draft->arena, show),
			.id = arena_text(&draft->arena, id),
			.season = season,
			.number = number};
	draft->seen = seen;
}

int draft_reveal_from(const char *text, struct draft_reveal *ret)
{
	struct draft_reveal reveal = {.kind = REVEAL_EPISODE};
	char *end;

	if (str_equal_nocase(text, "last") || strcmp(text, "0") == 0) {
		ret->kind = *text == '0' ? REVEAL_NEVER : REVEAL_LAST;
		ret->season = ret->number = 0;
		return 0;
	}
	text += *text == 's' || *text == 'S';
	if (!isdigit((unsigned char)*text))
		return -EBADMSG;
	reveal.season = (int)strtol(text, &end, 10);
	if (!strchr("eExX", *end) || !isdigit((unsigned char)end[0 + (*end != '\0')]))
		return -EBADMSG;
	reveal.number = (int)strtol(end + 1, &end, 10);
	if (*end || reveal.season < 1 || reveal.season > LOAD_SEASONS_MAX || reveal.number < 1 ||
			reveal.number > LOAD_NUMBER_MAX)
		return -EBADMSG;
	*ret = reveal;
	return 0;
}
