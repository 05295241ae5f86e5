/*
 * Any show as a calendar, and any file as a calendar that was written before. The first byte is the alarm; then a dataset,
 * and behind a NUL what its calendar told before, or the other calendar. What is written is iCalendar, the same again
 * with what it told, and read again as it was told.
 */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/calendar/alarm.h"
#include "bot/calendar/calendar.h"
#include "bot/catalogue/load.h"

#define NOW_S          INT64_C(1796050800) /* 30 November 2026 */
#define LINE_MAX_BYTES 75                  /* RFC 5545, 3.1 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Lines of at most 75 bytes that end with CRLF, without other control characters. */
static void check_text(const char *text)
{
	assert(utf8_valid(text, strlen(text)));
	assert(strncmp(text, "BEGIN:VCALENDAR\r\n", strlen("BEGIN:VCALENDAR\r\n")) == 0);
	while (*text) {
		const char *end = strstr(text, "\r\n");

		assert(end && end - text <= LINE_MAX_BYTES);
		for (; text < end; text++)
			assert((unsigned char)*text >= 0x20 && *text != 0x7F);
		text = end + strlen("\r\n");
	}
}

/* What was told is read again, and told again an hour later without a change. */
static void check_again(
		const struct show *show, int alarm, const char *text, const struct calendar_history *history)
{
	struct calendar_part read = {.show = show};
	char *again = NULL;

	assert(calendar_read(text, &read, 1) == 0);
	assert(read.history.count == history->count);
	assert(calendar_write(show, alarm, NOW_S + 3600, &read.history, &again) == 0);
	assert(strcmp(text, again) == 0);
	calendar_history_release(&read.history);
	free(again);
}

/* The same text, with its alarms put in afterwards. */
static void check_alarm(const struct show *show, int alarm, const char *text, const char *before)
{
	struct calendar_history history = {0};
	char *plain = NULL, *again = NULL;
	int r = before ? calendar_history_read(before, &history) : 0;

	if (r < 0)
		history = (struct calendar_history){0};
	r = calendar_write(show, 0, NOW_S, &history, &plain);
	assert(r == 0);
	r = calendar_set_alarm(plain, alarm, &again);
	assert(r == 0);
	assert(strcmp(text, again) == 0);
	calendar_history_release(&history);
	free(plain);
	free(again);
}

static void use_show(const struct show *show, int alarm, const char *before)
{
	struct calendar_part part = {.show = show};
	char *text = NULL;
	int r;

	if (before && calendar_history_read(before, &part.history) < 0)
		part.history = (struct calendar_history){0};
	assert(calendar_write(show, alarm, NOW_S, &part.history, &text) == 0);
	check_text(text);
	check_again(show, alarm, text, &part.history);
	check_alarm(show, alarm, text, before);
	free(text);
	text = NULL;
	assert(calendar_write_all(&part, 1, alarm, NOW_S - CALENDAR_ALL_PAST_S, NOW_S, NULL, NULL, &text) ==
			0);
	check_text(text);
	free(text);
	r = before ? calendar_read(before, &part, 1) : 0;
	assert(r == 0 || r == -EBADMSG);
	calendar_history_release(&part.history);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dataset *dataset = NULL;
	struct json *json = NULL;
	const char *end;
	char *bytes, *before;
	int alarm;

	if (size < 2)
		return 0;
	alarm = data[0] == '-' ? CALENDAR_NO_ALARM : data[0];
	bytes = malloc(size);
	assert(bytes);
	memcpy(bytes, data + 1, size - 1);
	bytes[size - 1] = '\0';
	end = memchr(bytes, '\0', size);
	before = end < bytes + size - 1 ? bytes + (end - bytes) + 1 : NULL;
	if (json_parse(bytes, (size_t)(end - bytes), JSON_COMMENTS, &json) == 0 &&
			dataset_read(json, "fuzzed", &dataset) == 0)
		use_show(&dataset->show, alarm, before);
	dataset_free(dataset);
	json_free(json);
	free(bytes);
	return 0;
}
