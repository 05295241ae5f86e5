/* Releasing memory: pages of libraries are dropped and read again unchanged; and when that happens automatically. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <link.h>

#include "bot/base/footprint.h"
#include "bot/base/str.h"
#include "bot/daemon/quiet.h"
#include "bot/net/loop.h"

#define POLL_MS     20
#define DEADLINE_MS 20000
#define BURST       64

/* Pages of files, in KB, as the kernel counts them. */
static unsigned long file_kb(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long kb = 0;
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "RssFile: %lu", &kb) == 1)
			break;
	fclose(file);
	assert_true(kb > 0);
	return kb;
}

/* Every byte of what can be let go of, read: so all of it is in memory, too. */
static int hash_library(struct dl_phdr_info *library, size_t size, void *user)
{
	uint64_t *hash = user;

	(void)size;
	for (int i = 0; i < library->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &library->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) && *library->dlpi_name == '/')
			*hash = str_hash(*hash, (const char *)(library->dlpi_addr + segment->p_vaddr),
					segment->p_filesz);
	}
	return 0;
}

static uint64_t touch_all(void)
{
	uint64_t hash = 0;

	dl_iterate_phdr(hash_library, &hash);
	return hash;
}

static void test_dropped_pages_are_read_again_unchanged(void **state)
{
	uint64_t before = touch_all();
	unsigned long full_kb = file_kb();

	(void)state;
	footprint_shrink();
	assert_in_range(file_kb(), 1, full_kb / 2);
	footprint_shrink(); /* of nothing */
	assert_true(touch_all() == before);
	assert_in_range(file_kb(), full_kb / 2, full_kb * 2);
}

struct watch_over {
	struct loop *loop;
	struct timer *timer;
	unsigned long full_kb;
	unsigned waited_ms;
};

static void on_look(void *user)
{
	struct watch_over *over = user;

	over->waited_ms += POLL_MS;
	if (file_kb() < over->full_kb / 2 || over->waited_ms >= DEADLINE_MS)
		loop_stop(over->loop);
	else
		timer_set(over->timer, POLL_MS);
}

/* True when it has shrunk before the deadline. */
static bool shrinks(struct loop *loop)
{
	struct watch_over over = {.loop = loop, .full_kb = (touch_all(), file_kb())};

	over.timer = timer_new(loop, on_look, &over);
	assert_non_null(over.timer);
	timer_set(over.timer, POLL_MS);
	assert_int_equal(loop_run(loop), 0);
	timer_free(over.timer);
	return over.waited_ms < DEADLINE_MS;
}

static void test_after_a_start_and_after_a_burst(void **state)
{
	struct loop *loop = NULL;
	struct quiet *quiet = NULL;

	(void)state;
	assert_int_equal(loop_new(&loop), 0);
	assert_int_equal(quiet_new(loop, &quiet), 0);
	for (unsigned i = 0; i < BURST; i++)
		quiet_after_answer(quiet);
	assert_true(shrinks(loop));
	quiet_after_start(quiet);
	assert_true(shrinks(loop));
	quiet_free(quiet);
	quiet_free(NULL);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_dropped_pages_are_read_again_unchanged),
			cmocka_unit_test(test_after_a_start_and_after_a_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
