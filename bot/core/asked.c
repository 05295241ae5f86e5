/* From the line of a question to what a reference depends on. */

#include "bot/core/asked.h"

#include "bot/base/zone.h"

struct reference_asked asked_of(const struct line *line)
{
	struct reference_asked asked = {.aired = line->aired, .limit = line_limit(line)};

	/* At the epoch there is no clock. */
	if (line->now_s > 0) {
		struct zone_time time = zone_time_at(line->show->zone ? line->show->zone : "", line->now_s);

		asked.today = (struct date){.year = time.year, .month = time.month, .day = time.day};
	}
	return asked;
}
