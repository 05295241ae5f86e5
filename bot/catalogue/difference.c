/* Compares two readings of a show, member by member. */

#include "bot/catalogue/difference.h"

#include "bot/catalogue/telling.h"

static bool same_telling(const struct telling *a, const struct telling *b)
{
	return str_equal(telling_text(a), telling_text(b));
}

static bool same_names(const char *const *a, size_t a_count, const char *const *b, size_t b_count)
{
	bool is_same = a_count == b_count;

	for (size_t i = 0; i < a_count && is_same; i++)
		is_same = str_equal(a[i], b[i]);
	return is_same;
}

static bool same_sources(
		const struct source *const *a, size_t a_count, const struct source *const *b, size_t b_count)
{
	bool is_same = a_count == b_count;

	for (size_t i = 0; i < a_count && is_same; i++)
		is_same = str_equal(a[i]->id, b[i]->id);
	return is_same;
}

static bool same_fact(const struct fact *a, const struct fact *b)
{
	return same_telling(a->text, b->text) && a->reveal == b->reveal &&
	       same_sources(a->sources, a->source_count, b->sources, b->source_count);
}

static bool same_facts(const struct fact *a, size_t a_count, const struct fact *b, size_t b_count)
{
	bool is_same = a_count == b_count;

	for (size_t i = 0; i < a_count && is_same; i++)
		is_same = same_fact(&a[i], &b[i]);
	return is_same;
}

static bool same_warnings(const struct warning *a, size_t a_count, const struct warning *b, size_t b_count)
{
	bool is_same = a_count == b_count;

	for (size_t i = 0; i < a_count && is_same; i++)
		is_same = a[i].kind == b[i].kind && same_fact(&a[i].note, &b[i].note);
	return is_same;
}

static bool same_quotes(const struct quote *a, size_t a_count, const struct quote *b, size_t b_count)
{
	bool is_same = a_count == b_count;

	for (size_t i = 0; i < a_count && is_same; i++)
		is_same = str_equal(a[i].speaker, b[i].speaker) && same_fact(&a[i].said, &b[i].said);
	return is_same;
}

static bool same_rating(double a, double b)
{
	return !(a < b) && !(b < a);
}

static bool same_keywords(const struct episode *a, const struct episode *b)
{
	bool is_same = a->keyword_count == b->keyword_count;

	for (size_t i = 0; i < a->keyword_count && is_same; i++)
		is_same = same_telling(a->keywords[i], b->keywords[i]);
	return is_same;
}

/* Without aired_from_s, which follows from this, the show's zone and the other episodes. */
static bool same_air(const struct episode *a, const struct episode *b)
{
	return date_equal(a->airdate, b->airdate) && str_equal(a->airtime, b->airtime) &&
	       a->airstamp == b->airstamp && a->runtime_minutes == b->runtime_minutes;
}

static bool same_episode(const struct episode *a, const struct episode *b)
{
	return same_telling(a->name, b->name) && a->title_reveal == b->title_reveal && a->after == b->after &&
	       same_air(a, b) && same_telling(a->summary, b->summary) && str_equal(a->teaser, b->teaser) &&
	       same_facts(a->trivia, a->trivia_count, b->trivia, b->trivia_count) && same_keywords(a, b) &&
	       same_warnings(a->warnings, a->warning_count, b->warnings, b->warning_count) &&
	       same_quotes(a->quotes, a->quote_count, b->quotes, b->quote_count) &&
	       str_equal(a->image, b->image) && str_equal(a->url, b->url) &&
	       same_rating(a->rating, b->rating) &&
	       same_sources(a->sources, a->source_count, b->sources, b->source_count);
}

static bool same_character(const struct character *a, const struct character *b)
{
	return str_equal(a->name, b->name) && same_fact(&a->about, &b->about) &&
	       str_equal(a->image, b->image) && a->first_seen == b->first_seen &&
	       same_names(a->aliases, a->alias_count, b->aliases, b->alias_count) &&
	       same_facts(a->facts, a->fact_count, b->facts, b->fact_count);
}

static bool same_people(const struct show *a, const struct show *b)
{
	bool is_same = a->character_count == b->character_count && a->cast_count == b->cast_count;

	for (size_t i = 0; is_same && i < a->character_count; i++)
		is_same = same_character(&a->characters[i], &b->characters[i]);
	for (size_t i = 0; is_same && i < a->cast_count; i++)
		is_same = str_equal(a->cast[i].actor, b->cast[i].actor) &&
			  str_equal(a->cast[i].role, b->cast[i].role);
	return is_same;
}

static bool same_outlets(const struct show *a, const struct show *b)
{
	bool is_same = a->where_count == b->where_count;

	for (size_t i = 0; is_same && i < a->where_count; i++)
		is_same = str_equal(a->where[i].name, b->where[i].name) &&
			  str_equal(a->where[i].url, b->where[i].url);
	return is_same;
}

static bool same_all_sources(const struct show *a, const struct show *b)
{
	bool is_same = a->all_source_count == b->all_source_count;

	for (size_t i = 0; is_same && i < a->all_source_count; i++) {
		const struct source *one = &a->all_sources[i], *other = &b->all_sources[i];

		is_same = str_equal(one->id, other->id) && str_equal(one->title, other->title) &&
			  str_equal(one->publisher, other->publisher) && str_equal(one->url, other->url) &&
			  date_equal(one->published, other->published);
	}
	return is_same;
}

static bool same_head(const struct show *a, const struct show *b)
{
	return str_equal(a->name, b->name) && str_equal(a->language, b->language) &&
	       str_equal(a->network, b->network) && str_equal(a->status, b->status) &&
	       str_equal(a->zone, b->zone) && str_equal(a->schedule_time, b->schedule_time) &&
	       str_equal(a->summary, b->summary) && str_equal(a->image, b->image) &&
	       str_equal(a->url, b->url) && str_equal(a->license, b->license) &&
	       same_rating(a->rating, b->rating) && date_equal(a->premiered, b->premiered) &&
	       date_equal(a->ended, b->ended) &&
	       same_names(a->aliases, a->alias_count, b->aliases, b->alias_count) &&
	       same_names(a->genres, a->genre_count, b->genres, b->genre_count) &&
	       same_names(a->schedule_days, a->schedule_day_count, b->schedule_days, b->schedule_day_count);
}

void show_compare(const struct show *before, const struct show *after, struct difference *ret)
{
	size_t common = 0;

	*ret = (struct difference){0};
	for (size_t i = 0; i < after->episode_count; i++) {
		const struct episode *episode = &after->episodes[i];
		const struct episode *old = show_numbered(before, episode->season,
				episode->season ? episode->number : episode->special);

		common += old != NULL;
		ret->added += old == NULL;
		ret->changed += old && !same_episode(old, episode);
	}
	ret->removed = before->episode_count > common ? before->episode_count - common : 0;
	ret->is_other = !same_head(before, after) || !same_people(before, after) ||
			!same_outlets(before, after) || !same_all_sources(before, after) ||
			!same_facts(before->trivia, before->trivia_count, after->trivia,
					after->trivia_count) ||
			!same_warnings(before->warnings, before->warning_count, after->warnings,
					after->warning_count) ||
			!same_quotes(before->quotes, before->quote_count, after->quotes, after->quote_count);
}

static void append(struct str *str, size_t start, size_t count, const char *what)
{
	if (count)
		str_printf(str, "%s%zu episode%s %s", str->length > start ? ", " : "", count,
				count == 1 ? "" : "s", what);
}

void difference_describe(const struct difference *difference, struct str *str)
{
	size_t start = str->length;

	append(str, start, difference->changed, "changed");
	append(str, start, difference->added, "added");
	append(str, start, difference->removed, "removed");
	if (difference->is_other)
		str_append(str, str->length > start ? ", and the show itself" : "changed");
}
