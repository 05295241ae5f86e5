/* The resolver: addresses, localhost, an unknown name, and cancelled queries. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bot/net/loop.h"
#include "bot/net/resolve.h"

#define DEADLINE_MS 30000 /* a name server may be slow to report an unknown name */

struct world {
	struct loop *loop;
	struct timer *timer;
	struct resolve *question;
	unsigned answers;
	int error;
	size_t count;
	char first[RESOLVE_ADDRESS_BYTES];
	char reason[RESOLVE_REASON_BYTES];
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("no answer for %d ms", DEADLINE_MS);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->timer = timer_new(world->loop, on_deadline, world);
	timer_set(world->timer, DEADLINE_MS);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	timer_free(world->timer);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	struct world *world = user;

	world->answers++;
	world->error = answer->error;
	world->count = answer->count;
	snprintf(world->reason, sizeof(world->reason), "%s", answer->reason);
	snprintf(world->first, sizeof(world->first), "%s", answer->count ? answer->addresses[0] : "");
	loop_stop(world->loop);
}

static void ask(struct world *world, const char *host)
{
	assert_int_equal(resolve_start(world->loop, host, on_answer, world, &world->question), 0);
	assert_int_equal(world->answers, 0); /* never inside the call */
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->answers, 1);
}

static void numbers_are_answered_at_once(void **state)
{
	struct world *world = *state;

	ask(world, "192.0.2.7");
	assert_int_equal(world->error, 0);
	assert_int_equal(world->count, 1);
	assert_string_equal(world->first, "192.0.2.7");
}

static void ipv6_number_is_a_number(void **state)
{
	struct world *world = *state;

	ask(world, "2001:DB8::1");
	assert_int_equal(world->error, 0);
	assert_string_equal(world->first, "2001:db8::1");
}

static void localhost_is_loopback(void **state)
{
	struct world *world = *state;

	ask(world, "localhost");
	assert_int_equal(world->error, 0);
	assert_true(world->count >= 1);
	assert_true(!strcmp(world->first, "127.0.0.1") || !strcmp(world->first, "::1"));
}

/* RFC 6761 reserves .invalid; a machine without a name server says "try again" instead. */
static void unknown_name_has_an_error_and_a_reason(void **state)
{
	struct world *world = *state;

	ask(world, "no-such-host.invalid");
	assert_true(world->error == -ENOENT || world->error == -EAGAIN);
	assert_int_equal(world->count, 0);
	assert_memory_equal(world->reason, "cannot resolve ", 15); /* followed by the name */
	assert_non_null(strstr(world->reason, ".invalid: "));
}

static void impossible_hosts_are_refused(void **state)
{
	struct world *world = *state;
	struct resolve *question = NULL;
	char host[1000];

	memset(host, 'a', sizeof(host) - 1);
	host[sizeof(host) - 1] = '\0';
	assert_int_equal(resolve_start(world->loop, host, on_answer, world, &question), -EINVAL);
	assert_int_equal(resolve_start(world->loop, "", on_answer, world, &question), -EINVAL);
	assert_null(question);
	resolve_cancel(NULL);
}

static void on_unwanted(void *user, const struct resolve_answer *answer)
{
	(void)user;
	(void)answer;
	fail_msg("an answer after the cancellation");
}

/* While their threads are running. */
static void cancelled_questions_stay_silent(void **state)
{
	struct world *world = *state;
	const char *const hosts[] = {"localhost", "127.0.0.1", "no-such-host.invalid"};

	for (int i = 0; i < 12; i++) {
		struct resolve *question = NULL;
		int r = resolve_start(world->loop, hosts[i % 3], on_unwanted, world, &question);

		assert_true(r == 0 || r == -EAGAIN); /* many threads may still be busy */
		resolve_cancel(question);
	}
	ask(world, "127.0.0.2");
	assert_string_equal(world->first, "127.0.0.2");
}

static size_t thread_count(void)
{
	DIR *tasks = opendir("/proc/self/task");
	size_t count = 0;

	assert_non_null(tasks);
	for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
		count += entry->d_name[0] != '.';
	closedir(tasks);
	return count;
}

/* The leak check at the exit takes what the C library holds in the middle of a look-up for lost. */
static int wait_for_threads(void **state)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	(void)state;
	for (int i = 0; i < 30000 && thread_count() > 1; i++)
		nanosleep(&moment, NULL);
	return thread_count() == 1 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(numbers_are_answered_at_once, set_up, tear_down),
			cmocka_unit_test_setup_teardown(ipv6_number_is_a_number, set_up, tear_down),
			cmocka_unit_test_setup_teardown(localhost_is_loopback, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					unknown_name_has_an_error_and_a_reason, set_up, tear_down),
			cmocka_unit_test_setup_teardown(impossible_hosts_are_refused, set_up, tear_down),
			cmocka_unit_test_setup_teardown(cancelled_questions_stay_silent, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, wait_for_threads);
}
