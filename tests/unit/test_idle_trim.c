/* When the heap is trimmed: after a start and after a burst of answers, once each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>

#include "bot/daemon/idle_trim.h"
#include "bot/net/loop.h"

#define DEADLINE_MS 20000
#define BURST       64

static struct loop *loop;
static unsigned trims;

/* In place of the C library's: the program's symbols come first. */
int malloc_trim(size_t pad)
{
	assert_int_equal(pad, 0);
	trims++;
	loop_stop(loop);
	return 1;
}

static void on_deadline(void *user)
{
	(void)user;
	loop_stop(loop);
}

/* Run until the heap is trimmed; the milliseconds that took. */
static uint64_t wait_for_trim(void)
{
	struct timer *deadline = timer_new(loop, on_deadline, NULL);
	uint64_t begin_ms = loop_now_ms(loop), taken_ms;

	assert_non_null(deadline);
	trims = 0;
	timer_set(deadline, DEADLINE_MS);
	assert_int_equal(loop_run(loop), 0);
	timer_free(deadline);
	taken_ms = loop_now_ms(loop) - begin_ms;
	assert_int_equal(trims, 1);
	return taken_ms;
}

static void test_after_a_burst_and_after_a_start(void **state)
{
	struct idle_trim *trim = NULL;

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(idle_trim_new(loop, &trim), 0);
	for (unsigned i = 0; i < BURST; i++)
		idle_trim_after_answer(trim);
	assert_in_range(wait_for_trim(), 400, 4500);
	/* One answer less than a burst sets no timer: only the start's is due, and not before its time. */
	idle_trim_after_start(trim);
	for (unsigned i = 0; i < BURST - 1; i++)
		idle_trim_after_answer(trim);
	assert_in_range(wait_for_trim(), 5000, DEADLINE_MS);
	idle_trim_free(trim);
	idle_trim_free(NULL);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_after_a_burst_and_after_a_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
