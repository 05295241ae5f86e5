/* Idle trim: return free heap to the system after a start and after a burst of answers. */

#include "bot/daemon/idle_trim.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "bot/net/loop.h"

#define START_MS    5000 /* a gateway still allocates for a while after it became ready */
#define IDLE_MS     500
#define BURST_COUNT 64 /* answers; fewer do not leave enough free heap */

struct idle_trim {
	struct timer *timer;
	unsigned count; /* answers since the last trim */
	unsigned seen;  /* count when the timer was set */
};

static void on_timer(void *user)
{
	struct idle_trim *trim = user;

	if (trim->count != trim->seen) {
		trim->seen = trim->count;
		timer_set(trim->timer, IDLE_MS);
		return;
	}
	trim->count = trim->seen = 0;
	(void)malloc_trim(0); /* the result, whether memory was returned, does not matter */
}

int idle_trim_new(struct loop *loop, struct idle_trim **ret)
{
	struct idle_trim *trim = calloc(1, sizeof(*trim));

	if (!trim)
		return -ENOMEM;
	trim->timer = timer_new(loop, on_timer, trim);
	if (!trim->timer) {
		free(trim);
		return -ENOMEM;
	}
	*ret = trim;
	return 0;
}

void idle_trim_free(struct idle_trim *trim)
{
	if (!trim)
		return;
	timer_free(trim->timer);
	free(trim);
}

void idle_trim_after_start(struct idle_trim *trim)
{
	trim->seen = trim->count;
	timer_set(trim->timer, START_MS);
}

void idle_trim_after_answer(struct idle_trim *trim)
{
	if (++trim->count == BURST_COUNT)
		timer_set(trim->timer, IDLE_MS);
}
