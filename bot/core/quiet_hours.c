/* Two times of a day. */

#include "bot/core/quiet_hours.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/utf8.h"

#define TEXT_MAX_BYTES 256

enum half { HALF_NOT_SAID, HALF_MORNING, HALF_EVENING };

struct time_of_day {
	int hour, minute;
	enum half half;
};

/* Move past a word and the spaces after it. False: there is another one. */
static bool skip(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) != 0)
		return false;
	*text += length;
	*text += strspn(*text, " ");
	return true;
}

static bool skip_one(const char **text, const char *const *words)
{
	for (size_t i = 0; words[i]; i++) {
		if (skip(text, words[i]))
			return true;
	}
	return false;
}

/* At most so many digits; -1 without digits. */
static int read_number(const char **text, size_t limit, size_t *ret_digits)
{
	int number = 0;
	size_t digits = 0;

	while (digits < limit && (*text)[digits] >= '0' && (*text)[digits] <= '9')
		number = 10 * number + ((*text)[digits++] - '0');
	*text += digits;
	*ret_digits = digits;
	return digits ? number : -1;
}

static bool read_clock(const char **text, struct time_of_day *ret)
{
	static const char *const units[] = {"hours", "hrs", "hour", "uhr", "o'clock", "h", NULL};
	size_t digits, ignored;
	int number = read_number(text, 4, &digits);

	*ret = (struct time_of_day){.hour = number};
	if (number < 0)
		return false;
	if (digits > 2) {
		ret->hour = number / 100;
		ret->minute = number % 100;
	} else if (**text && strchr(":.h", **text) && (*text)[1] >= '0' && (*text)[1] <= '9') {
		(*text)++;
		ret->minute = read_number(text, 2, &ignored);
		if (ignored != 2)
			return false;
	}
	*text += strspn(*text, " ");
	(void)skip_one(text, units);
	return true;
}

static bool read_time(const char **text, struct time_of_day *ret)
{
	static const char *const mornings[] = {"a.m.", "am", NULL}, *const evenings[] = {"p.m.", "pm", NULL};

	*ret = (struct time_of_day){0};
	if (skip(text, "midnight"))
		return true;
	ret->hour = 12;
	if (skip(text, "noon") || skip(text, "midday"))
		return true;
	if (!read_clock(text, ret))
		return false;
	if (skip_one(text, mornings))
		ret->half = HALF_MORNING;
	else if (skip_one(text, evenings))
		ret->half = HALF_EVENING;
	if (ret->half && (ret->hour < 1 || ret->hour > 12))
		return false;
	if (ret->hour == 24 && ret->minute == 0)
		ret->hour = 0;
	return ret->hour < 24 && ret->minute < 60;
}

static int minutes(const struct time_of_day *time)
{
	int hour = time->half ? time->hour % 12 + (time->half == HALF_EVENING ? 12 : 0) : time->hour;

	return 60 * hour + time->minute;
}

/* "10-11pm" begins in the evening, "10-7am" in the evening before. */
static void complete(struct time_of_day *from, const struct time_of_day *to)
{
	if (!to->half || from->half || from->hour < 1 || from->hour > 12)
		return;
	from->half = to->half;
	if (minutes(from) >= minutes(to))
		from->half = to->half == HALF_MORNING ? HALF_EVENING : HALF_MORNING;
}

static int parse(const char *text, char ret[QUIET_HOURS_BYTES])
{
	static const char *const starts[] = {"from ", "between ", NULL};
	static const char *const links[] = {
			"-", "..", "~", "to ", "until ", "till ", "til ", "and ", "bis ", NULL};
	struct time_of_day from, to;
	unsigned begin, end;

	text += strspn(text, " ");
	(void)skip_one(&text, starts);
	if (!read_time(&text, &from) || !skip_one(&text, links) || !read_time(&text, &to) || *text)
		return -EINVAL;
	complete(&from, &to);
	begin = (unsigned)minutes(&from) % (24 * 60);
	end = (unsigned)minutes(&to) % (24 * 60);
	if (begin == end)
		return -ERANGE;
	snprintf(ret, QUIET_HOURS_BYTES, "%02u:%02u-%02u:%02u", begin / 60, begin % 60, end / 60, end % 60);
	return 0;
}

int quiet_hours_find(const char *text, char ret[QUIET_HOURS_BYTES])
{
	struct str normal = STR(TEXT_MAX_BYTES);
	int r;

	utf8_normalize(&normal, text);
	r = normal.error == -ENOMEM ? -ENOMEM : normal.error ? -EINVAL : parse(str_text(&normal), ret);
	str_release(&normal);
	return r;
}
