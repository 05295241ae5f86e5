/* From the line of a question to what a reference depends on. */

#include "bot/core/asked.h"

#include "bot/core/when.h"

struct reference_asked asked_of(const struct line *line)
{
	struct reference_asked asked = {.aired = line->aired, .limit = line_limit(line)};

	/* At the epoch there is no clock. */
	if (line->now_s > 0)
		asked.today = when_today(line->now_s, line->show->zone ? line->show->zone : "");
	return asked;
}
