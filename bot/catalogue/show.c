/* Format episodes and dates for people. */

#include "bot/catalogue/telling.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define EXAMPLE_NUMBER 5 /* of the episode that help suggests, where there is one */

const char *telling_text(const struct telling *telling)
{
	return telling ? &telling->first : "";
}

const struct telling *telling_of(const char *text)
{
	return (const struct telling *)text;
}

const char *episode_label(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	const char *title = telling_text(episode->name);
	size_t length;

	episode_label_untitled(episode, buffer);
	length = strlen(buffer);
	if (episode->order == 0 || !episode->is_name_generic)
		snprintf(buffer + length, EPISODE_LABEL_BYTES - length, ": %s", title);
	return buffer;
}

const char *episode_label_untitled(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	if (episode->order == 0)
		snprintf(buffer, EPISODE_LABEL_BYTES, "Special");
	else if (episode->show->season_count == 1)
		snprintf(buffer, EPISODE_LABEL_BYTES, "Episode %d", episode->number);
	else
		snprintf(buffer, EPISODE_LABEL_BYTES, "Season %d, episode %d", episode->season,
				episode->number);
	return buffer;
}

const struct episode *show_example(const struct show *show)
{
	const struct episode *middle = show_episode(show, (show->last_order + 1) / 2), *example;

	if (!middle)
		return &show->episodes[0];
	example = show_numbered(show, show->episodes[0].season, EXAMPLE_NUMBER);
	return example ? example : middle;
}

int show_season_last(const struct show *show, int season)
{
	size_t end = show_find(show, season, INT_MAX);

	return end && show->episodes[end - 1].season == season ? show->episodes[end - 1].number : 0;
}

const char *episode_code(const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	if (episode->order == 0)
		snprintf(buffer, EPISODE_LABEL_BYTES, "s00e%02d", episode->special);
	else
		snprintf(buffer, EPISODE_LABEL_BYTES, "s%02de%02d", episode->season, episode->number);
	return buffer;
}

const char *date_text(struct date date, char buffer[DATE_BYTES])
{
	static const char *const MONTHS[] = {"January", "February", "March", "April", "May", "June", "July",
			"August", "September", "October", "November", "December"};

	if (date.year == 0)
		snprintf(buffer, DATE_BYTES, "not known");
	else if (date.month < 1 || date.month > 12)
		snprintf(buffer, DATE_BYTES, "%d", date.year);
	else if (date.day == 0)
		snprintf(buffer, DATE_BYTES, "%s %d", MONTHS[date.month - 1], date.year);
	else
		snprintf(buffer, DATE_BYTES, "%d %s %d", date.day, MONTHS[date.month - 1], date.year);
	return buffer;
}

const char *warning_text(enum warning_kind kind)
{
	static const char *const TEXTS[WARNING_COUNT] = {
			[WARNING_VIOLENCE] = "violence",
			[WARNING_BLOOD] = "blood",
			[WARNING_SELF_HARM] = "self-harm",
			[WARNING_SUICIDE] = "suicide",
			[WARNING_SEXUAL_VIOLENCE] = "sexual violence",
			[WARNING_BULLYING] = "bullying",
			[WARNING_HARM_TO_CHILDREN] = "harm to children",
			[WARNING_HARM_TO_ANIMALS] = "harm to animals",
			[WARNING_FLASHING_LIGHTS] = "flashing lights",
			[WARNING_GRIEF] = "grief",
	};

	return TEXTS[kind];
}

bool date_equal(struct date a, struct date b)
{
	return a.year == b.year && a.month == b.month && a.day == b.day;
}

int date_compare(struct date a, struct date b)
{
	if (a.year != b.year)
		return a.year < b.year ? -1 : 1;
	if (a.month != b.month)
		return a.month < b.month ? -1 : 1;
	return (a.day > b.day) - (a.day < b.day);
}

bool date_exists(struct date date)
{
	static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;

	return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
	       date.day <= DAYS[date.month - 1] + (date.month == 2 && is_leap);
}

int character_place(const struct character *character)
{
	return character->first_seen ? character->first_seen : character->about.reveal;
}

const struct episode *show_episode(const struct show *show, int order)
{
	/* Episodes are sorted by order, followed by specials. */
	if (order < 1 || order > show->last_order)
		return NULL;
	return &show->episodes[order - 1];
}

size_t show_find(const struct show *show, int season, int number)
{
	size_t low = 0, high = (size_t)show->last_order;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct episode *episode = &show->episodes[middle];

		if (episode->season < season || (episode->season == season && episode->number < number))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct episode *show_numbered(const struct show *show, int season, int number)
{
	const struct episode *found = show_episode(show, (int)show_find(show, season, number) + 1);

	if (found && found->season == season && found->number == number)
		return found;
	for (size_t i = (size_t)show->last_order; season == 0 && i < show->episode_count; i++) {
		if (show->episodes[i].special == number)
			return &show->episodes[i];
	}
	return NULL;
}

/* True if one was shown before the other. On one day, a special comes after the episodes, and specials keep their
 * order. */
static bool is_before(const struct episode *one, const struct episode *other)
{
	int order = date_compare(one->airdate, other->airdate);

	return order ? order < 0 : one < other;
}

const struct episode *show_neighbour(const struct episode *episode, int step)
{
	const struct show *show = episode->show;
	const struct episode *found = NULL, *begin = show->episodes, *end = begin + show->episode_count;

	if (episode->order)
		return show_episode(show, episode->order + step);
	/* Specials without a date only follow one another. */
	if (!episode->airdate.year) {
		found = episode + step;
		return found >= begin + show->last_order && found < end ? found : NULL;
	}
	for (const struct episode *other = begin; other < end; other++) {
		if (other == episode || !other->airdate.year)
			continue;
		if (step > 0 ? !is_before(episode, other) : !is_before(other, episode))
			continue;
		if (!found || (step > 0 ? is_before(other, found) : is_before(found, other)))
			found = other;
	}
	return found;
}
