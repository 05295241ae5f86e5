/* The timer of the wall clock: at its time, at once if that has passed, and not at all when it was cancelled. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/clock.h"
#include "bot/net/loop.h"
#include "bot/net/wall_timer.h"

#define DEADLINE_MS 5000

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct wall_timer *timer;
	unsigned fired;
};

static void on_deadline(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

static void on_time(void *user)
{
	struct world *world = user;

	world->fired++;
	loop_stop(world->loop);
}

static void begin(struct world *world)
{
	*world = (struct world){0};
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	assert_int_equal(wall_timer_new(world->loop, on_time, world, &world->timer), 0);
}

/* Run until it has fired, or for so long. */
static void run(struct world *world, uint64_t ms)
{
	timer_set(world->deadline, ms);
	assert_int_equal(loop_run(world->loop), 0);
}

static void end(struct world *world)
{
	wall_timer_free(world->timer);
	timer_free(world->deadline);
	loop_free(world->loop);
}

static void it_fires_when_the_clock_shows_its_time(void **state)
{
	int64_t time_s = (int64_t)(clock_wall_ms() / 1000) + 1;
	struct world world;

	(void)state;
	begin(&world);
	wall_timer_set(world.timer, time_s);
	run(&world, DEADLINE_MS);
	assert_int_equal(world.fired, 1);
	assert_true((int64_t)clock_wall_ms() >= time_s * 1000);
	end(&world);
}

static void a_time_that_has_passed_fires_at_once(void **state)
{
	static const int64_t times[] = {1, 0, -5};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct world world;

		begin(&world);
		wall_timer_set(world.timer, times[i]);
		run(&world, DEADLINE_MS);
		assert_int_equal(world.fired, 1);
		end(&world);
	}
}

static void far_away_or_cancelled_it_does_not_fire(void **state)
{
	struct world world;

	(void)state;
	begin(&world);
	wall_timer_set(world.timer, (int64_t)(clock_wall_ms() / 1000) + 1);
	wall_timer_set(world.timer, (int64_t)(clock_wall_ms() / 1000) + 1000000);
	run(&world, 50);
	wall_timer_set(world.timer, 0);
	wall_timer_cancel(world.timer);
	run(&world, 50);
	assert_int_equal(world.fired, 0);
	end(&world);
	wall_timer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(it_fires_when_the_clock_shows_its_time),
			cmocka_unit_test(a_time_that_has_passed_fires_at_once),
			cmocka_unit_test(far_away_or_cancelled_it_does_not_fire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
