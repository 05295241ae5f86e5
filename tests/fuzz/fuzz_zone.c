/* What people type as a time zone, and moments and dates of any value: a found zone exists, the clocks of a zone and
 * its moments agree, and a phrase is a phrase. */

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/base/zone_name.h"
#include "bot/core/when.h"

#define TYPED_MAX_BYTES 300

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *typed)
{
	char zone[ZONE_NAME_BYTES], city[ZONE_NAME_BYTES];
	int r = zone_find(typed, zone);

	assert(r == 0 || r == -ENOENT);
	assert(r < 0 || zone_is_known(zone));
	assert(!*zone || zone_is_known(zone));
	assert(*zone_city(zone, city));
}

static void check_moment(const char *zone, int64_t moment_s)
{
	struct zone_time time = zone_time_at(zone, moment_s), again;
	int64_t found_s = zone_moment(zone, &time);

	assert(time.year >= 1 && time.year <= 9999 && time.month >= 1 && time.month <= 12 && time.day >= 1);
	again = zone_time_at(zone, found_s);
	assert(time.year < 2 || time.year > 9998 || (again.day == time.day && again.minute == time.minute));
}

static void check_phrase(const struct when *when, int64_t now_s, const char *reader)
{
	char phrase[WHEN_BYTES], after[WHEN_BYTES], brief[WHEN_BYTES];
	size_t length;

	when_phrase(when, now_s, reader, phrase);
	when_after_verb(when, now_s, reader, after);
	when_short(when, now_s, reader, brief);
	when_is_to_come(when, now_s, reader);
	when_depends_on_zone(when, now_s);
	length = strlen(after);
	assert(*phrase && *brief && length >= strlen(phrase) && length + 1 < WHEN_BYTES);
	assert(strcmp(after + length - strlen(phrase), phrase) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ZONES[] = {"", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
			"Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "Europe/Nowhere"};
	struct when when = {0};
	int64_t now_s = 0;
	char typed[TYPED_MAX_BYTES];
	size_t length = size < sizeof(typed) ? size : sizeof(typed) - 1;

	if (size < 16)
		return 0;
	memcpy(&now_s, data, sizeof(now_s));
	memcpy(&when.moment_s, data + 8, sizeof(when.moment_s));
	when.zone = ZONES[data[0] % 8];
	when.date = (struct date){1 + data[1] * 39, data[2] % 13, 0};
	if (when.date.month)
		when.date.day = data[3] % 29;
	when.has_happened = data[4] & 1;
	if (data[4] & 2)
		when.moment_s = 0;
	/* Messages are of this era, and datasets have the years 1 to 9999. */
	now_s = (int64_t)((uint64_t)now_s % UINT64_C(253402300800));
	when.moment_s %= INT64_C(62135596800);
	check_moment(when.zone, when.moment_s);
	check_phrase(&when, now_s, ZONES[data[5] % 8]);
	memcpy(typed, data, length);
	typed[length] = '\0';
	if (utf8_valid(typed, strlen(typed)))
		check_name(typed);
	return 0;
}
