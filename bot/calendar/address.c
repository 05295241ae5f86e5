/* Addresses of calendars. */

#include "bot/calendar/address.h"

#include <errno.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/calendar/calendar.h"

#define FOLDER CALENDAR_INDEX
#define SUFFIX ".ics"
#define ALARM  "alarm="

static int digit_of(char hex)
{
	if (hex >= '0' && hex <= '9')
		return hex - '0';
	if (hex >= 'a' && hex <= 'f')
		return hex - 'a' + 10;
	return hex >= 'A' && hex <= 'F' ? hex - 'A' + 10 : -1;
}

/* Decode a part of a path. False: an invalid code, a control character or a slash, too long, or empty. */
static bool decode(const char *coded, size_t length, char ret[CALENDAR_SHOW_BYTES])
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		int value = (unsigned char)coded[i];

		if (coded[i] == '%') {
			int high = i + 2 < length ? digit_of(coded[i + 1]) : -1;
			int low = i + 2 < length ? digit_of(coded[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			value = high * 16 + low;
			i += 2;
		}
		if (value < ' ' || value == '/' || value == 0x7f || count + 1 >= CALENDAR_SHOW_BYTES)
			return false;
		ret[count++] = (char)value;
	}
	ret[count] = '\0';
	return count > 0;
}

static int read_alarm(const char *query, int *ret)
{
	long minutes;

	if (!*query) {
		*ret = CALENDAR_NO_ALARM;
		return 0;
	}
	if (!str_starts(query, ALARM) ||
			str_to_long(query + strlen(ALARM), 0, CALENDAR_ALARM_MAX_MINUTES, &minutes) < 0)
		return -EINVAL;
	*ret = (int)minutes;
	return 0;
}

int calendar_address_read(const char *path, const char *query, struct calendar_address *ret)
{
	struct calendar_address address;
	size_t length = strlen(path), around = strlen(FOLDER) + strlen(SUFFIX);
	int r;

	address.show[0] = '\0';
	if (strcmp(path, CALENDAR_ALL) != 0 &&
			(!str_starts(path, FOLDER) || length <= around ||
					strcmp(path + length - strlen(SUFFIX), SUFFIX) != 0 ||
					!decode(path + strlen(FOLDER), length - around, address.show)))
		return -ENOENT;
	r = read_alarm(query, &address.alarm_minutes);
	if (r == 0)
		*ret = address;
	return r;
}
