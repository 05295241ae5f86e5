/* The loop: order of timers, freeing in callbacks, signals, and no wake-ups while idle. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bot/net/loop.h"

#define DEADLINE_MS 5000 /* a test that hangs fails with a message, not with the whole run's time */

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct timer *timers[3];
	struct watch *watches[2];
	int fds[2];
	char order[16];
	unsigned count;
	int signal;
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_first(void *user)
{
	struct world *world = user;

	world->order[world->count++] = 'a';
}

static void on_second(void *user)
{
	struct world *world = user;

	world->order[world->count++] = 'b';
	loop_stop(world->loop);
}

static void timers_fire_in_order_of_time(void **state)
{
	struct world *world = *state;
	uint64_t begin_ms = loop_now_ms(world->loop);
	struct timer *second = timer_new(world->loop, on_second, world);
	struct timer *first = timer_new(world->loop, on_first, world);

	timer_set(second, 60);
	timer_set(first, 20);
	assert_int_equal(loop_run(world->loop), 0);
	assert_string_equal(world->order, "ab");
	assert_true(loop_now_ms(world->loop) - begin_ms >= 59);
	timer_free(first);
	timer_free(second);
}

static void cancelled_timer_stays_silent(void **state)
{
	struct world *world = *state;
	struct timer *second = timer_new(world->loop, on_second, world);
	struct timer *first = timer_new(world->loop, on_first, world);

	timer_set(first, 5);
	timer_cancel(first);
	timer_cancel(first);
	timer_set(second, 1000);
	timer_set(second, 30); /* set again: the last time counts */
	assert_int_equal(loop_run(world->loop), 0);
	assert_string_equal(world->order, "b");
	timer_free(first);
	timer_free(second);
	timer_free(NULL);
}

static void on_free_itself(void *user)
{
	struct world *world = user;

	timer_free(world->timers[0]);
	timer_free(world->timers[1]); /* due in the same moment */
	world->timers[0] = world->timers[1] = NULL;
	loop_stop(world->loop);
}

static void timer_frees_itself_and_another(void **state)
{
	struct world *world = *state;

	world->timers[0] = timer_new(world->loop, on_free_itself, world);
	world->timers[1] = timer_new(world->loop, on_free_itself, world);
	timer_set(world->timers[0], 0);
	timer_set(world->timers[1], 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_null(world->timers[0]);
}

static void on_again(void *user)
{
	struct world *world = user;

	if (++world->count == 100)
		loop_stop(world->loop);
	else
		timer_set(world->timers[0], 0);
}

static void timer_sets_itself(void **state)
{
	struct world *world = *state;

	world->timers[0] = timer_new(world->loop, on_again, world);
	timer_set(world->timers[0], 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->count, 100);
	timer_free(world->timers[0]);
}

static void on_free_both(void *user, uint32_t events)
{
	struct world *world = user;

	assert_true(events & EPOLLIN);
	world->count++;
	for (int i = 0; i < 2; i++) {
		watch_free(world->watches[i]);
		close(world->fds[i]);
	}
	loop_stop(world->loop);
}

static void watch_frees_itself_and_its_neighbour(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 2; i++) {
		world->fds[i] = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
		assert_int_equal(watch_new(world->loop, world->fds[i], EPOLLIN, on_free_both, world,
						 &world->watches[i]),
				0);
	}
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->count, 1);
	watch_free(NULL);
}

static void on_writable(void *user, uint32_t events)
{
	struct world *world = user;

	assert_int_equal(events, EPOLLOUT);
	loop_stop(world->loop);
}

static void watch_changes_its_mind(void **state)
{
	struct world *world = *state;
	struct watch *watch = NULL;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_int_equal(watch_new(world->loop, fd, EPOLLIN, on_writable, world, &watch), 0);
	assert_int_equal(watch_change(watch, EPOLLOUT), 0);
	assert_int_equal(loop_run(world->loop), 0);
	watch_free(watch);
	close(fd);
}

static void watch_refuses_a_bad_descriptor(void **state)
{
	struct world *world = *state;
	struct watch *watch = NULL;

	assert_int_equal(watch_new(world->loop, -1, EPOLLIN, on_writable, world, &watch), -EBADF);
	assert_null(watch);
}

static void on_signal(void *user, int signal)
{
	struct world *world = user;

	world->signal = signal;
	loop_stop(world->loop);
}

static void signals_come_through_the_loop(void **state)
{
	struct world *world = *state;

	assert_int_equal(loop_catch(world->loop, SIGUSR1, on_signal, world), 0);
	assert_int_equal(loop_catch(world->loop, SIGUSR2, on_signal, world), 0);
	kill(getpid(), SIGUSR2);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->signal, SIGUSR2);
	kill(getpid(), SIGUSR1);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->signal, SIGUSR1);
}

static void on_stop(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

static void idle_loop_does_not_wake(void **state)
{
	struct world *world = *state;
	struct timer *stop = timer_new(world->loop, on_stop, world);
	struct rusage before, after;

	timer_set(stop, 2000);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	/* One for the timer itself; libwebsockets may look once at its own. */
	assert_true(after.ru_nvcsw - before.ru_nvcsw <= 3);
	timer_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(timers_fire_in_order_of_time, set_up, tear_down),
			cmocka_unit_test_setup_teardown(cancelled_timer_stays_silent, set_up, tear_down),
			cmocka_unit_test_setup_teardown(timer_frees_itself_and_another, set_up, tear_down),
			cmocka_unit_test_setup_teardown(timer_sets_itself, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					watch_frees_itself_and_its_neighbour, set_up, tear_down),
			cmocka_unit_test_setup_teardown(watch_changes_its_mind, set_up, tear_down),
			cmocka_unit_test_setup_teardown(watch_refuses_a_bad_descriptor, set_up, tear_down),
			cmocka_unit_test_setup_teardown(signals_come_through_the_loop, set_up, tear_down),
			cmocka_unit_test_setup_teardown(idle_loop_does_not_wake, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
