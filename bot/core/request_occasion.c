/* What the commands of the bot know of their occasion (PERMISSION_BOT). */

#include <inttypes.h>

#include "bot/core/request.h"

#define LATE_S   (5 * 60) /* later than this is told */
#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

int64_t request_due_s(const struct request *request)
{
	return request->due_s;
}

static int say_late(struct request *request, int64_t late, const char *unit)
{
	return reply_footer(request, "Late by %" PRId64 " %s%s: I could not say it then.", late, unit,
			late == 1 ? "" : "s");
}

int reply_late(struct request *request)
{
	int64_t late_s = request_now_s(request) - request->due_s;

	if (!request->due_s || late_s < LATE_S)
		return 0;
	if (late_s < 2 * HOUR_S)
		return say_late(request, late_s / MINUTE_S, "minute");
	if (late_s < 2 * DAY_S)
		return say_late(request, late_s / HOUR_S, "hour");
	return say_late(request, late_s / DAY_S, "day");
}

int reply_nothing(struct request *request)
{
	request->is_void = true;
	return 0;
}
