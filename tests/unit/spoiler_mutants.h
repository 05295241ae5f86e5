#ifndef EPISODED_TESTS_SPOILER_MUTANTS_H
#define EPISODED_TESTS_SPOILER_MUTANTS_H

/*
 * Faults planted in the rule of what may be told, each of which test_spoiler_property must find: it is linked with --wrap for
 * these functions (Makefile). Only calls from other files are replaced.
 */

#include "bot/catalogue/airing.h"
#include "bot/core/line.h"
#include "bot/core/reply.h"

enum spoiler_mutant {
	MUTANT_NONE,
	MUTANT_TELLS,     /* every text is told */
	MUTANT_EPISODE,   /* every synopsis is told */
	MUTANT_TITLE,     /* every title is told */
	MUTANT_CHARACTER, /* every character may be named */
	MUTANT_LIMIT,     /* words are searched in all episodes */
	MUTANT_AIRED,     /* every episode has been shown */
	MUTANT_CHANNEL,   /* a channel's line is not asked for */
	MUTANT_HIGHER,    /* the higher of two declarations counts */
	MUTANT_VEIL,      /* a veiled item is added in clear */
	MUTANTS
};

static const char *const spoiler_mutant_names[MUTANTS] = {
		[MUTANT_NONE] = "none",
		[MUTANT_TELLS] = "every text is told",
		[MUTANT_EPISODE] = "every synopsis is told",
		[MUTANT_TITLE] = "every title is told",
		[MUTANT_CHARACTER] = "every character may be named",
		[MUTANT_LIMIT] = "words are searched in all episodes",
		[MUTANT_AIRED] = "every episode has been shown",
		[MUTANT_CHANNEL] = "a channel's line is not asked for",
		[MUTANT_HIGHER] = "the higher of two declarations counts",
		[MUTANT_VEIL] = "a veiled item is added in clear",
};

static enum spoiler_mutant spoiler_mutant;

bool __real_line_tells(const struct line *line, int reveal, int asked);
bool __wrap_line_tells(const struct line *line, int reveal, int asked);
bool __real_line_tells_episode(const struct line *line, const struct episode *episode);
bool __wrap_line_tells_episode(const struct line *line, const struct episode *episode);
bool __real_line_tells_title(const struct line *line, const struct episode *episode, int asked);
bool __wrap_line_tells_title(const struct line *line, const struct episode *episode, int asked);
bool __real_line_tells_character(const struct line *line, const struct character *character);
bool __wrap_line_tells_character(const struct line *line, const struct character *character);
int __real_line_limit(const struct line *line);
int __wrap_line_limit(const struct line *line);
int __real_line_lower(int seen, int other);
int __wrap_line_lower(int seen, int other);
bool __real_episode_has_aired(const struct episode *episode, int64_t now_s);
bool __wrap_episode_has_aired(const struct episode *episode, int64_t now_s);
void __real_reply_add_veiled_item(struct reply *reply, const char *text);
void __wrap_reply_add_veiled_item(struct reply *reply, const char *text);

bool __wrap_line_tells(const struct line *line, int reveal, int asked)
{
	return spoiler_mutant == MUTANT_TELLS || __real_line_tells(line, reveal, asked);
}

bool __wrap_line_tells_episode(const struct line *line, const struct episode *episode)
{
	return spoiler_mutant == MUTANT_EPISODE || __real_line_tells_episode(line, episode);
}

bool __wrap_line_tells_title(const struct line *line, const struct episode *episode, int asked)
{
	return spoiler_mutant == MUTANT_TITLE || __real_line_tells_title(line, episode, asked);
}

bool __wrap_line_tells_character(const struct line *line, const struct character *character)
{
	return spoiler_mutant == MUTANT_CHARACTER || __real_line_tells_character(line, character);
}

int __wrap_line_limit(const struct line *line)
{
	return spoiler_mutant == MUTANT_LIMIT ? line->show->last_order : __real_line_limit(line);
}

int __wrap_line_lower(int seen, int other)
{
	if (spoiler_mutant == MUTANT_CHANNEL)
		return other;
	if (spoiler_mutant == MUTANT_HIGHER)
		return seen > other ? seen : other;
	return __real_line_lower(seen, other);
}

bool __wrap_episode_has_aired(const struct episode *episode, int64_t now_s)
{
	return spoiler_mutant == MUTANT_AIRED || __real_episode_has_aired(episode, now_s);
}

void __wrap_reply_add_veiled_item(struct reply *reply, const char *text)
{
	if (spoiler_mutant == MUTANT_VEIL)
		reply_add_item(reply, text);
	else
		__real_reply_add_veiled_item(reply, text);
}

#endif
