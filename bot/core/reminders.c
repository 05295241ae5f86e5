/* The words of a reminder, and reminders that follow an airing. */

#include "bot/core/reminders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/core/moment.h"

#define FOR_CHANNEL 'c'
#define UNDATED     'u'
#define OF_CLOCK    "-" /* in place of a show */
#define NUMBER_MAX  9999

/* "3 1796050800 c harbour-lights s02e03 -3600 get snacks" */
void reminder_append(const struct reminder *reminder, struct str *str)
{
	bool is_clock = !*reminder->show;

	str_printf(str, "%d %" PRId64 " .%s%s %s %s %" PRId64 " %s", reminder->number, reminder->asked_s,
			reminder->is_for_channel ? "c" : "", reminder->is_undated ? "u" : "",
			is_clock ? OF_CLOCK : reminder->show, is_clock ? OF_CLOCK : reminder->code,
			reminder->offset_s, reminder->text);
}

/* Take the next word. False: there is no other, or it is too long. */
static bool take(const char **words, char *ret, size_t size)
{
	size_t length = strcspn(*words, " ");

	if (length == 0 || length >= size)
		return false;
	memcpy(ret, *words, length);
	ret[length] = '\0';
	*words += length;
	*words += **words == ' ';
	return true;
}

/* With a limit, so that sums of times are no overflow. */
static bool take_number(const char **words, int64_t low, int64_t high, int64_t *ret)
{
	char word[24], *end;

	if (!take(words, word, sizeof(word)))
		return false;
	errno = 0;
	*ret = strtoll(word, &end, 10);
	return !errno && !*end && *ret >= low && *ret <= high;
}

int reminder_read(const char *words, struct reminder *ret)
{
	struct reminder reminder = {0};
	char flags[8];
	int64_t number;

	if (!take_number(&words, 1, NUMBER_MAX, &number) ||
			!take_number(&words, 0, OCCASION_LAST_S, &reminder.asked_s) ||
			!take(&words, flags, sizeof(flags)) ||
			!take(&words, reminder.show, sizeof(reminder.show)) ||
			!take(&words, reminder.code, sizeof(reminder.code)) ||
			!take_number(&words, -OCCASION_LAST_S, OCCASION_LAST_S, &reminder.offset_s) ||
			strlen(words) >= sizeof(reminder.text))
		return -EBADMSG;
	reminder.number = (int)number;
	reminder.is_for_channel = strchr(flags, FOR_CHANNEL) != NULL;
	reminder.is_undated = strchr(flags, UNDATED) != NULL;
	if (strcmp(reminder.show, OF_CLOCK) == 0)
		reminder.show[0] = reminder.code[0] = '\0';
	utf8_print(reminder.text, sizeof(reminder.text), "%s", words);
	*ret = reminder;
	return 0;
}

const struct episode *reminders_find_episode(
		const struct catalogue *catalogue, const char *show_id, const char *code)
{
	const struct show *show = *show_id ? catalogue_find(catalogue, show_id) : NULL;
	char label[EPISODE_LABEL_BYTES];

	for (size_t i = 0; show && i < show->episode_count; i++) {
		if (str_equal(episode_code(&show->episodes[i], label), code))
			return &show->episodes[i];
	}
	return NULL;
}

const struct episode *reminder_episode(const struct reminder *reminder, const struct catalogue *catalogue)
{
	return reminders_find_episode(catalogue, reminder->show, reminder->code);
}

/* ---------------------------------------------------------------- following */

/* A change that is made when all occasions have been looked at. */
struct reminder_move {
	char id[OCCASION_ID_BYTES];
	int64_t due_s, until_s;
};

struct reminder_moves {
	const struct catalogue *catalogue;
	struct reminder_move *list;
	size_t count, capacity;
};

static bool add_move(struct reminder_moves *moves, const struct occasion *occasion, int64_t due_s)
{
	struct reminder_move *list;

	if (moves->count == moves->capacity) {
		size_t capacity = moves->capacity ? moves->capacity * 2 : 16;

		list = reallocarray(moves->list, capacity, sizeof(*list));
		if (!list)
			return false;
		moves->list = list;
		moves->capacity = capacity;
	}
	moves->list[moves->count] = (struct reminder_move){
			.due_s = due_s, .until_s = occasion->until_s + due_s - occasion->due_s};
	snprintf(moves->list[moves->count++].id, OCCASION_ID_BYTES, "%s", occasion->id);
	return true;
}

static bool look_at(void *user, const struct occasion *occasion)
{
	struct reminder_moves *moves = user;
	const struct episode *episode;
	struct reminder reminder;
	int64_t airs_s, due_s;
	bool is_day_only;

	if (!str_equal(occasion->command, REMINDERS_COMMAND) || reminder_read(occasion->words, &reminder) < 0)
		return true;
	episode = reminder_episode(&reminder, moves->catalogue);
	if (!episode)
		return true;
	if (moment_of_airing(episode, &airs_s, &is_day_only))
		due_s = airs_s + reminder.offset_s;
	else /* its date was withdrawn */
		due_s = reminder.asked_s + MOMENT_UNDATED_S - ZONE_DAY_S;
	return due_s == occasion->due_s || add_move(moves, occasion, due_s);
}

void reminders_follow(struct occasions *occasions, const struct catalogue *catalogue)
{
	struct reminder_moves moves = {.catalogue = catalogue};

	occasions_each(occasions, NULL, NULL, look_at, &moves);
	for (size_t i = 0; i < moves.count; i++)
		(void)occasions_move(occasions, moves.list[i].id, moves.list[i].due_s, moves.list[i].until_s);
	free(moves.list);
}
