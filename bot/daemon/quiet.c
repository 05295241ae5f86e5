/* Idle trim: free heap goes back to the system after a start and after a burst. */

#include "bot/daemon/quiet.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "bot/net/loop.h"

#define START_MS    5000 /* until a gateway that has just become ready has said and asked what it must */
#define QUIET_MS    500
#define BURST_COUNT 64 /* answers; fewer leave nothing worth the trouble */

struct quiet {
	struct timer *timer;
	unsigned count; /* answers since memory was last given back */
	unsigned seen;  /* of them, when the timer was set */
};

static void on_timer(void *user)
{
	struct quiet *quiet = user;

	if (quiet->count != quiet->seen) {
		quiet->seen = quiet->count;
		timer_set(quiet->timer, QUIET_MS);
		return;
	}
	quiet->count = quiet->seen = 0;
	(void)malloc_trim(0); /* 1: memory was returned, 0: there was none to return */
}

int quiet_new(struct loop *loop, struct quiet **ret)
{
	struct quiet *quiet = calloc(1, sizeof(*quiet));

	if (!quiet)
		return -ENOMEM;
	quiet->timer = timer_new(loop, on_timer, quiet);
	if (!quiet->timer) {
		free(quiet);
		return -ENOMEM;
	}
	*ret = quiet;
	return 0;
}

void quiet_free(struct quiet *quiet)
{
	if (!quiet)
		return;
	timer_free(quiet->timer);
	free(quiet);
}

void quiet_after_start(struct quiet *quiet)
{
	quiet->seen = quiet->count;
	timer_set(quiet->timer, START_MS);
}

void quiet_after_answer(struct quiet *quiet)
{
	if (++quiet->count == BURST_COUNT)
		timer_set(quiet->timer, QUIET_MS);
}
