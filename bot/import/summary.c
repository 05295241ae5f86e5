/* What an import found, in a few lines. */

#include "bot/import/summary.h"

#include <stdio.h>
#include <string.h>

#include "bot/base/utf8.h"

#define LINE_BYTES 400

struct summary {
	size_t episodes, specials, seasons, untitled;
	size_t have[EPISODE_FIELDS];
	size_t facts, warnings, quotes;
	const char *first, *last; /* dates */
};

static bool is_special(const struct episode_draft *episode)
{
	return episode->season == 0 || episode->number == 0;
}

static void count_episode(struct summary *summary, const struct episode_draft *episode)
{
	const char *date = episode->values[EPISODE_AIRDATE].text;

	for (int field = 0; field < EPISODE_FIELDS; field++)
		summary->have[field] += *episode->values[field].text != '\0';
	summary->untitled += draft_is_placeholder(episode->values[EPISODE_NAME].text);
	summary->facts += episode->lists[EPISODE_TRIVIA].count;
	summary->warnings += episode->lists[EPISODE_WARNINGS].count;
	summary->quotes += episode->lists[EPISODE_QUOTES].count;
	if (*date && (!*summary->first || strcmp(date, summary->first) < 0))
		summary->first = date;
	if (*date && strcmp(date, summary->last) > 0)
		summary->last = date;
}

/* The episodes are sorted. */
static void count(const struct show_draft *draft, struct summary *summary)
{
	int season = 0;

	summary->facts = draft->lists[SHOW_TRIVIA].count;
	summary->warnings = draft->lists[SHOW_WARNINGS].count;
	summary->quotes = draft->lists[SHOW_QUOTES].count;
	for (size_t i = 0; i < draft->episode_count; i++) {
		const struct episode_draft *episode = draft->episodes[i];

		count_episode(summary, episode);
		summary->specials += is_special(episode);
		summary->episodes += !is_special(episode);
		summary->seasons += !is_special(episode) && episode->season != season;
		season = episode->season;
	}
}

/* ", 3 specials"; nothing for 0. */
static void append_count(
		struct str *line, const char *before, size_t number, const char *one, const char *more)
{
	if (number > 0)
		str_printf(line, "%s%zu %s", line->length ? before : "", number, number == 1 ? one : more);
}

static void print_line(struct str *str, const char *what, struct str *line)
{
	if (line->length > 0)
		utf8_report(str, "  %-10s%s", what, str_text(line));
	str_clear(line);
}

static void print_dates(const struct summary *summary, struct str *str, struct str *line)
{
	size_t hours = summary->have[EPISODE_AIRTIME] > summary->have[EPISODE_AIRSTAMP]
				       ? summary->have[EPISODE_AIRTIME]
				       : summary->have[EPISODE_AIRSTAMP];
	size_t total = summary->episodes + summary->specials, dated = summary->have[EPISODE_AIRDATE];

	if (dated > 0)
		str_printf(line, "%s to %s", summary->first, summary->last);
	append_count(line, "; ", hours, "with the hour", "with the hour");
	append_count(line, "; ", total - dated, "without a date", "without a date");
	print_line(str, "dates", line);
}

void summary_print(const struct show_draft *draft, struct str *str)
{
	struct summary summary = {.first = "", .last = ""};
	struct str line = STR(LINE_BYTES);
	size_t pictures;

	count(draft, &summary);
	utf8_report(str, "%s", *draft->values[SHOW_NAME].text ? draft->values[SHOW_NAME].text : "(no name)");
	append_count(&line, ", ", summary.seasons, "season", "seasons");
	append_count(&line, ", ", summary.episodes, "episode", "episodes");
	append_count(&line, ", ", summary.specials, "special", "specials");
	append_count(&line, "; ", summary.untitled, "without a title", "without a title");
	print_line(str, "episodes", &line);
	print_dates(&summary, str, &line);
	append_count(&line, ", ", summary.have[EPISODE_SUMMARY], "synopsis", "synopses");
	append_count(&line, ", ", summary.have[EPISODE_TEASER], "teaser", "teasers");
	append_count(&line, ", ", summary.facts, "fact", "facts");
	append_count(&line, ", ", summary.warnings, "content warning", "content warnings");
	append_count(&line, ", ", summary.quotes, "quote", "quotes");
	print_line(str, "texts", &line);
	append_count(&line, ", ", draft->lists[SHOW_CHARACTERS].count, "character", "characters");
	append_count(&line, ", ", draft->lists[SHOW_CAST].count, "member of the cast", "members of the cast");
	print_line(str, "people", &line);
	pictures = summary.have[EPISODE_IMAGE] + (*draft->values[SHOW_IMAGE].text != '\0');
	append_count(&line, ", ", pictures, "link", "links");
	print_line(str, "pictures", &line);
	str_append(&line, draft->values[SHOW_LICENSE].text);
	print_line(str, "license", &line);
	str_release(&line);
}

void summary_print_seen(const struct show_draft *draft, struct str *str)
{
	for (const struct draft_seen *seen = draft->seen; seen; seen = seen->next)
		utf8_report(str, "!seen s%02de%02d %s", seen->season, seen->number, seen->show);
}
