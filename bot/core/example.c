/* Examples of commands, filled in from the show that is loaded. */

#include "bot/core/example.h"

#include <stdio.h>
#include <string.h>

#include "bot/catalogue/telling.h"

/* The character who becomes known first, if that is within the line. */
static const struct character *first_character(const struct line *line)
{
	const struct show *show = line->show;
	const struct character *first = NULL;

	for (size_t i = 0; i < show->character_count; i++) {
		const struct character *character = &show->characters[i];

		if (line_tells_character(line, character) &&
				(!first || character->about.reveal < first->about.reveal))
			first = character;
	}
	return first;
}

/* Write what a placeholder is for. False: there is no such thing. */
static bool fill_placeholder(
		const struct line *line, const char *name, size_t length, char ret[EPISODE_LABEL_BYTES])
{
	const struct episode *episode = show_example(line->show);
	const struct character *character;

	if (strncmp(name, "episode", length) == 0) {
		if (episode->order && line->show->season_count == 1)
			snprintf(ret, EPISODE_LABEL_BYTES, "%d", episode->number);
		else
			episode_code(episode, ret);
		return episode->order != 0;
	}
	if (strncmp(name, "season", length) == 0) {
		snprintf(ret, EPISODE_LABEL_BYTES, "%d", episode->season);
		return episode->order != 0;
	}
	if (strncmp(name, "show", length) == 0) {
		snprintf(ret, EPISODE_LABEL_BYTES, "%s", line->show->id);
		return true;
	}
	character = first_character(line);
	snprintf(ret, EPISODE_LABEL_BYTES, "%s", character ? character->name : "");
	return character != NULL;
}

bool example_fill(const struct line *line, const char *text, char ret[EXAMPLE_BYTES])
{
	const char *open = strchr(text, '{'), *end = open ? strchr(open, '}') : NULL;
	char value[EPISODE_LABEL_BYTES];
	int length;

	if (!end) {
		length = snprintf(ret, EXAMPLE_BYTES, "%s", text);
		return length < EXAMPLE_BYTES;
	}
	if (!fill_placeholder(line, open + 1, (size_t)(end - open - 1), value))
		return false;
	length = snprintf(ret, EXAMPLE_BYTES, "%.*s%s%s", (int)(open - text), text, value, end + 1);
	return length < EXAMPLE_BYTES;
}
