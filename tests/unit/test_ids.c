/* The ring of IDs: seen IDs are known, and only the oldest are forgotten. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/ids.h"
#include "bot/base/random.h"

static void test_seen_twice(void **state)
{
	struct ids *ids = ids_new();

	(void)state;
	assert_non_null(ids);
	assert_false(ids_seen(ids, 7));
	assert_true(ids_seen(ids, 7));
	assert_false(ids_seen(ids, 0));
	assert_true(ids_seen(ids, 0));
	ids_free(ids);
}

/* Compare with the definition: the last IDS_SLOTS different IDs are known, older ones are not. */
static void test_the_oldest_go_first(void **state)
{
	struct ids *ids = ids_new();
	struct random random;
	uint64_t *history = calloc(5 * IDS_SLOTS, sizeof(*history));

	(void)state;
	assert_non_null(ids);
	assert_non_null(history);
	random_seed(&random, 3);
	for (size_t i = 0; i < 5 * IDS_SLOTS; i++) {
		history[i] = random_next(&random) << 13 |
			     5; /* many IDs share a slot: long probes, many gaps */
		assert_false(ids_seen(ids, history[i]));
		if (i > IDS_SLOTS)
			assert_true(ids_seen(
					ids, history[i - 1 - (size_t)random_below(&random, IDS_SLOTS - 1)]));
	}
	for (size_t i = 4 * IDS_SLOTS; i < 5 * IDS_SLOTS; i++)
		assert_true(ids_seen(ids, history[i]));
	assert_false(ids_seen(ids, history[0]));
	free(history);
	ids_free(ids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_seen_twice),
			cmocka_unit_test(test_the_oldest_go_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
