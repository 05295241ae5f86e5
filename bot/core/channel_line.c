/* How far a channel has watched a show. */

#include "bot/core/channel_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/zone_name.h"

#define WEEK_DAYS      7
#define EPOCH_WEEKDAY  4           /* 1970-01-01 was a Thursday */
#define FIRST_ZONE_S   (14 * 3600) /* how far the zones of the world are ahead of UTC */
#define LAST_ZONE_S    (-12 * 3600)
#define WORDS_MAX      8 /* a zone may be several: "new york" */
#define WORD_MAX_BYTES ZONE_NAME_BYTES

static const char *const DAYS[] = {
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "daily"};
#define DAY_COUNT (sizeof(DAYS) / sizeof(DAYS[0]))

/* The words of a step. */
struct words {
	char word[WORDS_MAX][WORD_MAX_BYTES];
	size_t count;
};

/* False if there are too many words, or too long ones. */
static bool split(const char *text, struct words *ret)
{
	ret->count = 0;
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");

		if (ret->count == WORDS_MAX || length >= WORD_MAX_BYTES)
			return false;
		memcpy(ret->word[ret->count], text, length);
		ret->word[ret->count++][length] = '\0';
		text += length;
	}
	return true;
}

static bool read_step(const char *word, int *ret)
{
	long step;

	if (*word != '+' || str_to_long(word + 1, 1, CHANNEL_LINE_STEP_MAX, &step) < 0)
		return false;
	*ret = (int)step;
	return true;
}

static bool read_day(const char *word, int *ret)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < DAY_COUNT; i++) {
		if (length >= 3 && length <= strlen(DAYS[i]) && strncasecmp(word, DAYS[i], length) == 0) {
			*ret = (int)i;
			return true;
		}
	}
	return false;
}

/* "21:00", "9:05" */
static bool read_minute(const char *word, int *ret)
{
	const char *colon = strchr(word, ':');
	char hours[3] = "";
	long hour, minute;

	if (!colon || colon == word || colon - word > 2 || strlen(colon + 1) != 2)
		return false;
	memcpy(hours, word, (size_t)(colon - word));
	if (str_to_long(hours, 0, 23, &hour) < 0 || str_to_long(colon + 1, 0, 59, &minute) < 0)
		return false;
	*ret = (int)(hour * 60 + minute);
	return true;
}

/* The text after the first words. */
static const char *after_words(const char *text, size_t count)
{
	for (text += strspn(text, " "); count && *text; count--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	return text;
}

/* accepts_lost: a zone that this system lacks is taken as it is written. */
static int parse(const char *text, bool accepts_lost, struct channel_line *ret)
{
	struct channel_line line = *ret;
	struct words words;
	size_t next = 2;

	line.minute = 0;
	if (!split(text, &words) || words.count < 2 || !read_step(words.word[0], &line.step) ||
			!read_day(words.word[1], &line.weekday))
		return -EINVAL;
	if (next < words.count && read_minute(words.word[next], &line.minute))
		next++;
	if (next < words.count && zone_find(after_words(text, next), line.zone) < 0) {
		if (!accepts_lost || next + 1 != words.count)
			return -EINVAL;
		memcpy(line.zone, words.word[next], sizeof(line.zone));
	}
	if (!*line.zone)
		memcpy(line.zone, "UTC", sizeof("UTC"));
	*ret = line;
	return 0;
}

int channel_line_parse(const char *text, struct channel_line *ret)
{
	return parse(text, false, ret);
}

bool channel_line_lacks_zone(const struct channel_line *line)
{
	return line->step && strcmp(line->zone, "UTC") != 0 && !zone_is_known(line->zone);
}

/* A moment as seconds since 1970 on the clock of the line's zone. */
static int64_t on_clock(const struct channel_line *line, int64_t moment_s)
{
	return moment_s + zone_time_at(line->zone, moment_s).ahead_s;
}

/* The steps up to a time on the zone's clock, counted from 1970. */
static int64_t steps_until(const struct channel_line *line, int64_t clock_s)
{
	int64_t since_first = clock_s - (int64_t)line->minute * 60;
	int64_t first_day = (line->weekday - EPOCH_WEEKDAY + WEEK_DAYS) % WEEK_DAYS,
		period = (int64_t)WEEK_DAYS * ZONE_DAY_S;

	if (line->weekday == CHANNEL_LINE_DAILY)
		period = ZONE_DAY_S;
	else
		since_first -= first_day * ZONE_DAY_S;
	return since_first < 0 ? 0 : since_first / period + 1;
}

int channel_line_at(const struct channel_line *line, int64_t now_s, int last)
{
	int64_t steps = 0, seen = line->seen;

	if (channel_line_lacks_zone(line))
		steps = steps_until(line, now_s + LAST_ZONE_S) -
			steps_until(line, line->since_s + FIRST_ZONE_S);
	else if (line->step && now_s > line->since_s)
		steps = steps_until(line, on_clock(line, now_s)) -
			steps_until(line, on_clock(line, line->since_s));
	if (steps > 0)
		seen += steps * line->step;
	return seen < last ? (int)seen : last;
}

void channel_line_append_step(const struct channel_line *line, struct str *str)
{
	if (line->step)
		str_printf(str, "+%d %s %02d:%02d %s", line->step, DAYS[line->weekday], line->minute / 60,
				line->minute % 60, line->zone);
}

void channel_line_append(const struct channel_line *line, struct str *str)
{
	str_printf(str, "%d %lld ", line->seen, (long long)line->since_s);
	channel_line_append_step(line, str);
}

int channel_line_read(const char *text, struct channel_line *ret)
{
	struct channel_line line = {0};
	char *end;
	long long since;
	long seen = strtol(text, &end, 10);

	if (end == text || *end != ' ' || seen < 0 || seen > INT16_MAX * 16)
		return -EINVAL;
	line.seen = (int)seen;
	text = end;
	since = strtoll(text, &end, 10);
	if (end == text || since < 0)
		return -EINVAL;
	line.since_s = since;
	end += strspn(end, " ");
	if (*end && parse(end, true, &line) < 0)
		return -EINVAL;
	*ret = line;
	return 0;
}
