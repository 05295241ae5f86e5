/*
 * A person's export of Trakt: what they have watched. It gives no show; for each show it gives the last episode up to which
 * they have seen every episode, for "!seen".
 *
 * Source: trakt.docs.apiary.io, "Get watched"; the export of a user's data ("watched-shows.json").
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/import/source.h"

#define NUMBERS_MAX 20000 /* episodes of one show */

struct trakt_reading {
	const struct import_input *input;
	struct show_draft *draft;
	struct notes *notes;
};

struct trakt_episode {
	int season, number;
};

static int compare(const void *a, const void *b)
{
	const struct trakt_episode *one = a, *other = b;

	if (one->season != other->season)
		return (one->season > other->season) - (one->season < other->season);
	return (one->number > other->number) - (one->number < other->number);
}

/* A whole number of at least 1; 0: something else. Season 0 are specials, which have no order. */
static int positive(struct json_node *object, const char *key)
{
	struct json_node *node = json_get(object, key);
	double number = json_type(node) == JSON_NUMBER ? json_number(node) : 0;

	return number >= 1 && number <= 99999 ? (int)number : 0;
}

static size_t collect(struct json_node *seasons, struct trakt_episode *ret)
{
	size_t count = 0;

	for (struct json_node *season = json_first(seasons); season; season = json_next(season)) {
		struct json_node *episode = json_first(json_get(season, "episodes"));

		for (; episode && count < NUMBERS_MAX; episode = json_next(episode)) {
			ret[count] = (struct trakt_episode){
					positive(season, "number"), positive(episode, "number")};
			count += ret[count].season > 0 && ret[count].number > 0;
		}
	}
	return count;
}

/*
 * The last episode that was seen in a row from the first one on. An episode that was left out ends the row, so that nothing of
 * it is told. A season begins with 1, or goes on with the number after the season before.
 */
static struct trakt_episode in_a_row(struct trakt_episode *seen, size_t count)
{
	struct trakt_episode last = {0, 0};

	qsort(seen, count, sizeof(*seen), compare);
	for (size_t i = 0; i < count; i++) {
		bool is_again = compare(&seen[i], &last) == 0;
		bool is_next = seen[i].season == last.season && seen[i].number == last.number + 1;
		bool is_season = seen[i].season == last.season + 1 &&
				 (seen[i].number == 1 || seen[i].number == last.number + 1);

		if (!is_again && !is_next && !is_season)
			break;
		last = seen[i];
	}
	return last;
}

static void read_show(
		const struct trakt_reading *reading, struct json_node *entry, struct trakt_episode *buffer)
{
	struct json_node *show = json_get(entry, "show");
	const char *name = json_string(json_get(show, "title")),
		   *id = json_string(json_get(json_get(show, "ids"), "slug"));
	struct origin at = source_at(reading->input, entry);
	struct trakt_episode last;
	size_t count;

	if (!name || !*name) {
		notes_add(reading->notes, NOTE_DROPPED, at, "an entry without a show's title");
		return;
	}
	count = collect(json_get(entry, "seasons"), buffer);
	last = in_a_row(buffer, count);
	if (last.season == 0) {
		notes_add(reading->notes, NOTE_DROPPED, at,
				"%s: the first episode is not among those that were seen", name);
		return;
	}
	if (compare(&buffer[count - 1], &last) > 0)
		notes_add(reading->notes, NOTE_DOUBTFUL, at,
				"%s: later episodes were seen too, up to s%02de%02d, but not the one after "
				"s%02de%02d",
				name, buffer[count - 1].season, buffer[count - 1].number, last.season,
				last.number);
	draft_add_seen(reading->draft, name, id ? id : "", last.season, last.number);
}

/* ---------------------------------------------------------------- the format */

/* A list, whose first entry has a show and its seasons. Films are in a list of their own. */
static bool looks_like(const struct import_input *input)
{
	struct json_node *root = input->json ? json_root(input->json) : NULL;
	struct json_node *entry = json_type(root) == JSON_ARRAY ? json_first(root) : NULL;

	return entry && json_type(json_get(entry, "show")) == JSON_OBJECT &&
	       (json_get(entry, "plays") || json_get(entry, "last_watched_at")) &&
	       json_type(json_get(entry, "seasons")) == JSON_ARRAY;
}

static int read_trakt(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct trakt_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct trakt_episode *buffer = calloc(NUMBERS_MAX, sizeof(*buffer));

	(void)options;
	if (!buffer)
		return -ENOMEM;
	for (struct json_node *entry = json_first(json_root(input->json)); entry; entry = json_next(entry))
		read_show(&reading, entry, buffer);
	free(buffer);
	if (!draft->seen && draft_error(draft) == 0) {
		notes_add(notes, NOTE_PROBLEM, (struct origin){.input = input},
				"has no show that was watched from its first episode on");
		return -EBADMSG;
	}
	return draft_error(draft);
}

const struct import_format import_trakt = {
		.name = "Trakt's watched shows",
		.max_bytes = SOURCE_JSON_MAX_BYTES,
		.may_be_empty = true,
		.looks_like = looks_like,
		.read = read_trakt,
};
