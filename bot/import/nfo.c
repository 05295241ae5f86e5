/*
 * Kodi's and Jellyfin's .nfo files: a tvshow.nfo, and a file for each episode or for several.
 *
 * Directors, writers, local pictures and what a person has watched are not read: a dataset has no place for them. A
 * short plot (<outline>) is no teaser, because it may tell how the episode ends.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/import/source.h"
#include "bot/import/xml.h"

#define RATING_BYTES   64
#define SPAN_MAX       20   /* episodes in one file by <episodenumberend>; more is a mistake */
#define AT_SEASONS_END 4096 /* Kodi's <displayepisode> for "after all others" */

struct nfo_reading {
	const struct import_input *input;
	struct show_draft *draft;
	struct notes *notes;
};

static struct origin at_element(const struct nfo_reading *reading, const struct xml_element *element)
{
	return (struct origin){.input = reading->input, .line = element->line, .column = element->column};
}

/* The number in a child; -1: not known. Kodi writes -1, Jellyfin nothing. */
static long child_number(const struct xml_element *element, const char *name)
{
	const char *text = xml_child_text(element, name);
	char *end;
	long number;

	if (!*text)
		return -1;
	errno = 0;
	number = strtol(text, &end, 10);
	return errno == 0 && end != text && number >= 0 ? number : -1;
}

/* ---------------------------------------------------------------- values */

static void set_show(
		const struct nfo_reading *reading, enum show_field field, const struct xml_element *element)
{
	if (element)
		draft_set_show(reading->draft, field, at_element(reading, element), element->text,
				reading->notes);
}

static void set_episode(const struct nfo_reading *reading, struct episode_draft *episode,
		enum episode_field field, const struct xml_element *element)
{
	if (element)
		draft_set_episode(reading->draft, episode, field, at_element(reading, element), element->text,
				reading->notes);
}

/* Media servers write the first day that their language knows for a day that is not known. */
static bool is_day(const struct xml_element *element)
{
	return element && *element->text && strcmp(element->text, "-1") != 0 && element->text[0] != '0' &&
	       !str_starts(element->text, "1601-01-01");
}

/* The first child of the names that is a day. */
static const struct xml_element *first_day(const struct xml_element *element, const char *const *names)
{
	for (; *names; names++) {
		const struct xml_element *child = xml_child(element, *names);

		if (is_day(child))
			return child;
	}
	return NULL;
}

/*
 * read_rating - a rating out of 10.
 *
 * Shape:   <ratings><rating name="imdb" max="10" default="true"><value>7.5</value><votes>3</votes></rating></ratings>, or
 *          <rating>7,5</rating>. Of several the default one, else the first. 0 is "not rated".
 * Errors:  NULL: there is no rating. The text may be out of range or no number.
 */
static const struct xml_element *read_rating(const struct xml_element *element, char ret[RATING_BYTES])
{
	const struct xml_element *rating = xml_child(xml_child(element, "ratings"), "rating"), *value;
	double most, number;
	char *end;

	for (const struct xml_element *other = rating; other; other = xml_again(other)) {
		if (strcmp(xml_attribute(other, "default"), "true") == 0)
			rating = other;
	}
	value = rating ? xml_child(rating, "value") : xml_child(element, "rating");
	if (!value || !*value->text || strlen(value->text) >= RATING_BYTES)
		return NULL;
	memcpy(ret, value->text, strlen(value->text) + 1);
	for (char *comma = ret; (comma = strchr(comma, ',')) != NULL;)
		*comma = '.';
	most = strtod(xml_attribute(rating, "max"), NULL);
	number = strtod(ret, &end);
	if (most > 0 && most != 10 && *end == '\0') /* of 5 or of 100 */
		snprintf(ret, RATING_BYTES, "%.1f", number * 10 / most);
	return value;
}

/* The page on IMDb, whose ids are the only ones that are a link without a language or a slug. */
static bool read_link(const struct xml_element *element, struct str *ret)
{
	const struct xml_element *id = xml_child(element, "uniqueid");

	while (id && strcmp(xml_attribute(id, "type"), "imdb") != 0)
		id = xml_again(id);
	if (!id)
		id = xml_child(element, "imdb_id");
	if (!id || !str_starts(id->text, "tt") || strspn(id->text + 2, "0123456789") != strlen(id->text) - 2)
		return false;
	str_printf(ret, "https://www.imdb.com/title/%s/", id->text);
	return ret->error == 0;
}

/* A picture from the web. Those beside the videos are paths of another machine. */
static const struct xml_element *picture(const struct xml_element *element, const char *aspect)
{
	const struct xml_element *first = NULL;

	for (const struct xml_element *thumb = xml_child(element, "thumb"); thumb; thumb = xml_again(thumb)) {
		if (!str_starts(thumb->text, "http") || strcmp(xml_attribute(thumb, "type"), "season") == 0)
			continue;
		if (aspect && strcmp(xml_attribute(thumb, "aspect"), aspect) == 0)
			return thumb;
		if (!first)
			first = thumb;
	}
	return first;
}

/* ---------------------------------------------------------------- the show */

static const char *status_of(const char *status)
{
	static const char *const STATUSES[][2] = {{"Continuing", "Running"}, {"Returning Series", "Running"},
			{"Ended", "Ended"}, {"Canceled", "Ended"}, {"Cancelled", "Ended"},
			{"In Production", "In Development"}, {"Planned", "In Development"},
			{"Pilot", "In Development"}, {"Upcoming", "In Development"}};

	for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
		if (str_equal_nocase(status, STATUSES[i][0]))
			return STATUSES[i][1];
	}
	return "";
}

/* Each <genre>, and each part of "Drama / Mystery". */
static void add_genres(const struct nfo_reading *reading, const struct xml_element *show)
{
	for (const struct xml_element *genre = xml_child(show, "genre"); genre; genre = xml_again(genre)) {
		const char *at = genre->text, *end;

		do {
			end = strstr(at, " / ");
			draft_add_name(reading->draft, &reading->draft->lists[SHOW_GENRES],
					at_element(reading, genre),
					draft_keep(reading->draft, at, end ? (size_t)(end - at) : strlen(at)),
					reading->notes);
			at = end ? end + 3 : NULL;
		} while (at);
	}
}

static void add_cast(const struct nfo_reading *reading, const struct xml_element *show)
{
	for (const struct xml_element *actor = xml_child(show, "actor"); actor; actor = xml_again(actor)) {
		const char *name = xml_child_text(actor, "name");

		if (*name)
			draft_add_cast(reading->draft, at_element(reading, actor), name,
					xml_child_text(actor, "role"), reading->notes);
	}
}

static void set_show_rating(const struct nfo_reading *reading, const struct xml_element *show)
{
	char rating[RATING_BYTES];
	const struct xml_element *value = read_rating(show, rating);

	if (value)
		draft_set_show(reading->draft, SHOW_RATING, at_element(reading, value), rating,
				reading->notes);
}

static void read_show(const struct nfo_reading *reading, const struct xml_element *show)
{
	static const char *const FIRST_DAYS[] = {"premiered", "aired", "year", NULL},
				 *const LAST_DAYS[] = {"enddate", NULL};
	struct origin at = at_element(reading, show);
	const struct xml_element *original = xml_child(show, "originaltitle");
	struct str link = STR(200);

	set_show(reading, SHOW_NAME, xml_child(show, "title"));
	if (original && strcmp(original->text, xml_child_text(show, "title")) != 0)
		draft_add_name(reading->draft, &reading->draft->lists[SHOW_ALIASES],
				at_element(reading, original), original->text, reading->notes);
	set_show(reading, SHOW_SUMMARY, xml_child(show, "plot"));
	set_show(reading, SHOW_PREMIERED, first_day(show, FIRST_DAYS));
	set_show(reading, SHOW_ENDED, first_day(show, LAST_DAYS));
	draft_set_show(reading->draft, SHOW_STATUS, at, status_of(xml_child_text(show, "status")),
			reading->notes);
	set_show(reading, SHOW_NETWORK, xml_child(show, "studio"));
	set_show(reading, SHOW_IMAGE, picture(show, "poster"));
	set_show_rating(reading, show);
	add_genres(reading, show);
	add_cast(reading, show);
	if (read_link(show, &link))
		draft_set_show(reading->draft, SHOW_URL, at, str_text(&link), reading->notes);
	str_release(&link);
}

/* ---------------------------------------------------------------- an episode */

/* Where a special belongs: after a season, or before an episode. */
static struct draft_reveal special_place(const struct xml_element *element)
{
	long after = child_number(element, "airsafter_season"),
	     season = child_number(element, "airsbefore_season"),
	     number = child_number(element, "airsbefore_episode");

	if (after <= 0)
		after = child_number(element, "displayafterseason");
	if (season <= 0) {
		season = child_number(element, "displayseason");
		number = child_number(element, "displayepisode");
		if (season > 0 && number >= AT_SEASONS_END)
			after = season;
	}
	if (after > 0 && after <= INT_MAX)
		return (struct draft_reveal){.kind = REVEAL_SEASON, .season = (int)after};
	if (season > 0 && season <= INT_MAX && number <= INT_MAX)
		return (struct draft_reveal){.kind = REVEAL_BEFORE,
				.season = (int)season,
				.number = number > 0 ? (int)number : 0};
	return (struct draft_reveal){.kind = REVEAL_DEFAULT};
}

/* What several episodes in one description share. */
static void set_shared(const struct nfo_reading *reading, const struct xml_element *element,
		struct episode_draft *episode)
{
	static const char *const DAYS[] = {"aired", "premiered", "year", NULL};

	set_episode(reading, episode, EPISODE_NAME, xml_child(element, "title"));
	set_episode(reading, episode, EPISODE_AIRDATE, first_day(element, DAYS));
	set_episode(reading, episode, EPISODE_IMAGE, picture(element, NULL));
}

static void set_runtime(const struct nfo_reading *reading, const struct xml_element *element,
		struct episode_draft *episode)
{
	const struct xml_element *runtime = xml_child(element, "runtime");
	long minutes = child_number(element, "runtime");

	if (minutes > 0)
		draft_set_episode_number(reading->draft, episode, EPISODE_RUNTIME,
				at_element(reading, runtime), minutes, reading->notes);
}

static void set_own(const struct nfo_reading *reading, const struct xml_element *element,
		struct episode_draft *episode)
{
	const struct xml_element *plot = xml_child(element, "plot"), *value;
	char rating[RATING_BYTES];
	struct str link = STR(200);

	set_episode(reading, episode, EPISODE_SUMMARY,
			plot && *plot->text ? plot : xml_child(element, "outline"));
	value = read_rating(element, rating);
	if (value)
		draft_set_episode(reading->draft, episode, EPISODE_RATING, at_element(reading, value), rating,
				reading->notes);
	if (read_link(element, &link))
		draft_set_episode(reading->draft, episode, EPISODE_URL, at_element(reading, element),
				str_text(&link), reading->notes);
	if (episode->season == 0)
		episode->after = special_place(element);
	str_release(&link);
}

/* The last episode of a description of several: <episodenumberend>. */
static long last_number(const struct nfo_reading *reading, const struct xml_element *element, long first)
{
	const struct xml_element *end = xml_child(element, "episodenumberend");
	long last = child_number(element, "episodenumberend");

	if (last <= first)
		return first;
	if (last - first < SPAN_MAX)
		return last;
	notes_add(reading->notes, NOTE_DROPPED, at_element(reading, end),
			"<episodenumberend> %ld: a file of over %d episodes; only episode %ld is taken", last,
			SPAN_MAX, first);
	return first;
}

static void read_episode(const struct nfo_reading *reading, const struct xml_element *element)
{
	long season = child_number(element, "season"), first = child_number(element, "episode"), last;
	struct origin at = at_element(reading, element);
	struct episode_draft *episode = NULL;

	if (!*reading->draft->values[SHOW_NAME].text)
		set_show(reading, SHOW_NAME, xml_child(element, "showtitle"));
	if (season < 0 || first < 0) {
		notes_add(reading->notes, NOTE_DROPPED, at,
				"an episode without <season> or <episode>; add both, for a special season 0");
		return;
	}
	last = last_number(reading, element, first);
	for (long number = first; number <= last; number++) {
		episode = draft_episode(reading->draft, season, number, at);
		if (!episode) {
			draft_refuse_episode(reading->draft, season, number, at, reading->notes);
			return;
		}
		set_shared(reading, element, episode);
	}
	/* The text of several tells how the last one ends, and their runtime is that of all. */
	set_own(reading, element, episode);
	if (last == first)
		set_runtime(reading, element, episode);
	else
		notes_add(reading->notes, NOTE_CHANGED, at,
				"episodes %ld to %ld have one description, which is given to the last one",
				first, last);
}

/* ---------------------------------------------------------------- the format */

/* Whether a root that is read begins here: its name without the "<". */
static bool is_root(const char *text)
{
	static const char *const ROOTS[] = {"tvshow", "episodedetails", "season"};

	for (size_t i = 0; i < sizeof(ROOTS) / sizeof(ROOTS[0]); i++) {
		if (str_starts(text, ROOTS[i]) && strchr(" \t\r\n/>[", text[strlen(ROOTS[i])]))
			return true;
	}
	return false;
}

/* After a byte order mark, spaces, declaration and comments: an element that this file reads. A document type is refused later,
 * with the reason. */
static bool looks_like(const struct import_input *input)
{
	const char *at = input->bytes, *end;

	if (str_starts(at, "\xEF\xBB\xBF"))
		at += 3;
	for (;;) {
		at += strspn(at, " \t\r\n");
		if (str_starts(at, "<!DOCTYPE "))
			return is_root(at + strlen("<!DOCTYPE "));
		if (str_starts(at, "<!--"))
			end = strstr(at, "-->");
		else if (str_starts(at, "<?"))
			end = strchr(at, '>');
		else
			return *at == '<' && is_root(at + 1);
		if (!end)
			return false;
		at = end + strcspn(end, ">") + 1;
	}
}

static int read_nfo(const struct import_input *input, const struct import_options *options,
		struct show_draft *draft, struct notes *notes)
{
	struct nfo_reading reading = {.input = input, .draft = draft, .notes = notes};
	struct xml xml;
	int r = xml_read(input->bytes, input->length, &xml);

	(void)options;
	if (r == -EBADMSG)
		notes_add(notes, NOTE_PROBLEM,
				(struct origin){.input = input, .line = xml.line, .column = xml.column}, "%s",
				xml.problem);
	for (const struct xml_element *root = xml.roots; r == 0 && root; root = root->next) {
		if (strcmp(root->name, "tvshow") == 0)
			read_show(&reading, root);
		else if (strcmp(root->name, "episodedetails") == 0)
			read_episode(&reading, root);
		else
			notes_add(notes, NOTE_DROPPED, at_element(&reading, root),
					"<%s>: only <tvshow> and <episodedetails> are read", root->name);
	}
	xml_release(&xml);
	return r < 0 ? r : draft_error(draft);
}

const struct import_format import_nfo = {
		.name = "Kodi .nfo",
		.max_bytes = XML_MAX_BYTES,
		.may_be_empty = true, /* tvshow.nfo has no episodes */
		.looks_like = looks_like,
		.read = read_nfo,
};
