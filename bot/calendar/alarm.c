/* The alarms of a calendar that is written. */

#include "bot/calendar/alarm.h"

#include <errno.h>
#include <libical/ical.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/span.h"
#include "bot/base/str.h"

#define TRIGGER_MAX_BYTES 64
#define MINUTE_S          60

/* "TRIGGER:-PT30M" */
static void trigger_of(int alarm_minutes, struct str *ret)
{
	char *duration = icaldurationtype_as_ical_string_r(
			icaldurationtype_from_int(-alarm_minutes * MINUTE_S));

	if (duration)
		str_printf(ret, "TRIGGER:%s\r\n", duration);
	else
		ret->error = -ENOMEM;
	free(duration);
}

static bool is_line(struct span line, const char *text)
{
	return line.length == strlen(text) && memcmp(line.at, text, line.length) == 0;
}

/* Texts cannot look like these lines: a line break in them is escaped, and the rest of a long line begins with a space. */
static void copy(const char *text, bool has_alarm, const char *before, const char *trigger, struct str *ret)
{
	bool is_skipping = false;

	while (*text) {
		const char *end = strchr(text, '\n');
		struct span line = {text, end ? (size_t)(end + 1 - text) : strlen(text)};

		if (!has_alarm && is_line(line, "BEGIN:VALARM\r\n"))
			is_skipping = true;
		if (is_line(line, before))
			line = (struct span){trigger, strlen(trigger)};
		if (!is_skipping)
			str_append_bytes(ret, line.at, line.length);
		if (is_line(line, "END:VALARM\r\n"))
			is_skipping = false;
		text = end ? end + 1 : text + strlen(text);
	}
}

int calendar_set_alarm(const char *text, int alarm_minutes, char **ret)
{
	struct str before = STR(TRIGGER_MAX_BYTES), trigger = STR(TRIGGER_MAX_BYTES);
	struct str copied = STR(2 * strlen(text) + 1);
	int r;

	trigger_of(0, &before);
	trigger_of(alarm_minutes, &trigger);
	r = before.error ? before.error : trigger.error;
	if (r == 0)
		copy(text, alarm_minutes >= 0, str_text(&before), str_text(&trigger), &copied);
	str_release(&before);
	str_release(&trigger);
	if (r == 0)
		return str_take(&copied, ret) < 0 ? -ENOMEM : 0;
	str_release(&copied);
	return r;
}
