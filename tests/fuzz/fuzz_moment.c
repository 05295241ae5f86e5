/* Any words as a time: a moment is to come and at most a year away, a reason is one clean line, and no word is invented. */

#include <string.h>

#include "bot/catalogue/load.h"
#include "bot/core/moment.h"
#include "tests/fuzz/fuzzed.h"

#define NOW_S 1796050800 /* 30 November 2026 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char SHOW[] =
		"{\"name\": \"Harbour Lights\", \"timezone\": \"America/New_York\", \"episodes\": ["
		"{\"season\": 1, \"number\": 1, \"airdate\": \"2026-11-01\", \"airtime\": \"21:00\"},"
		"{\"season\": 1, \"number\": 2, \"name\": \"Low Tide\", \"airdate\": \"2026-12-06\", "
		"\"airtime\": \"21:00\"},"
		"{\"season\": 2, \"number\": 3, \"airdate\": \"2027-12-13\"}, {\"season\": 2, \"number\": "
		"4}]}";

static const struct show *show(void)
{
	static struct dataset *dataset;
	struct json *json = NULL;

	if (dataset)
		return &dataset->show;
	assert(json_parse(SHOW, strlen(SHOW), JSON_OPTIONAL, &json) == 0);
	assert(dataset_read(json, "small", &dataset) == 0);
	json_free(json);
	return &dataset->show;
}

static void check(const char *zone, const char *words)
{
	struct reference_asked asked = {.today = {2026, 11, 30}, .aired = 1, .limit = REFERENCE_ALL};
	struct moment_asker asker = {.now_s = NOW_S,
			.zone = zone,
			.show = show(),
			.asked = &asked,
			.prefix = "!",
			.command = "remind"};
	struct moment_reading reading;
	struct moment moment;

	moment_read(words, &reading);
	assert(strlen(reading.text) <= strlen(words) + 1); /* two words may have been joined by "T" */
	fuzzed_check_line(reading.text);
	fuzzed_check_line(reading.reference);
	if (moment_of(&reading, &asker, &moment) < 0) {
		assert(*moment.reason);
		fuzzed_check_line(moment.reason);
		return;
	}
	assert(!*moment.reason);
	assert(moment.at_s >= NOW_S && moment.at_s <= NOW_S + (MOMENT_AHEAD_DAYS + 1) * (int64_t)ZONE_DAY_S);
	assert(reading.form != MOMENT_AIRING || moment.episode);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed_input input = {data, size};
	size_t length;
	char *zone = fuzzed_line(&input, &length), *line;

	while (zone && (line = fuzzed_line(&input, &length)) != NULL) {
		char *words = fuzzed_text(line, length);

		check(zone_is_known(zone) ? zone : "", words);
		free(words);
		free(line);
	}
	free(zone);
	return 0;
}
