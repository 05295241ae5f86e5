/* The budget of buffers: the sum never exceeds the limit, and the largest share is dropped. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/net/budget.h"

#define MIB    (1024u * 1024)
#define HALF   (BUDGET_MAX_BYTES / 2)
#define SHARES 200

struct holder {
	struct budget_share share;
	unsigned given_up;
};

static void on_over(void *user)
{
	struct holder *holder = user;

	holder->given_up++;
	assert_int_equal(budget_hold(&holder->share, 0), 0);
}

static void begin(struct holder *holder)
{
	*holder = (struct holder){.share = {.on_over = on_over, .user = holder}};
}

/* Every test must release its shares. */
static int nothing_is_left(void **state)
{
	(void)state;
	return budget_used() == 0 ? 0 : -1;
}

static void the_limit_fits_and_one_byte_more_does_not(void **state)
{
	struct holder one;

	(void)state;
	begin(&one);
	assert_int_equal(budget_hold(&one.share, BUDGET_MAX_BYTES), 0);
	assert_int_equal(budget_hold(&one.share, BUDGET_MAX_BYTES + 1), -ENOBUFS);
	assert_int_equal(one.share.bytes, BUDGET_MAX_BYTES);
	assert_int_equal(budget_hold(&one.share, SIZE_MAX), -ENOBUFS);
	assert_int_equal(one.given_up, 0);
	assert_int_equal(budget_hold(&one.share, 0), 0);
}

static void a_small_share_fits_although_a_large_one_used_the_budget(void **state)
{
	struct holder big, small;

	(void)state;
	begin(&big);
	begin(&small);
	assert_int_equal(budget_hold(&big.share, BUDGET_MAX_BYTES), 0);
	assert_int_equal(budget_hold(&small.share, 1), 0);
	assert_int_equal(big.given_up, 1);
	assert_int_equal(small.given_up, 0);
	assert_int_equal(budget_used(), 1);
	assert_int_equal(budget_hold(&small.share, 0), 0);
}

static void the_biggest_goes_and_no_other(void **state)
{
	struct holder holders[4];
	const size_t sizes[] = {HALF / 4, HALF, HALF / 2, HALF / 8};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(&holders[i]);
		assert_int_equal(budget_hold(&holders[i].share, sizes[i]), 0);
	}
	assert_int_equal(budget_hold(&holders[0].share, HALF / 2), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(holders[i].given_up, i == 1);
		assert_int_equal(budget_hold(&holders[i].share, 0), 0);
	}
}

static void the_one_that_would_be_the_biggest_is_refused(void **state)
{
	struct holder one, other;

	(void)state;
	begin(&one);
	begin(&other);
	assert_int_equal(budget_hold(&one.share, HALF - 1), 0);
	assert_int_equal(budget_hold(&other.share, HALF), 0);
	assert_int_equal(budget_hold(&other.share, HALF + 2), -ENOBUFS);
	assert_int_equal(one.given_up, 0);
	assert_int_equal(other.share.bytes, HALF);
	assert_int_equal(budget_hold(&one.share, 0), 0);
	assert_int_equal(budget_hold(&other.share, 0), 0);
}

/* A message in use is borrowed, and a scratch buffer has no connection to close: neither is dropped. */
static void a_share_in_use_is_not_dropped(void **state)
{
	struct holder pinned, scratch, small;

	(void)state;
	begin(&pinned);
	begin(&small);
	scratch = (struct holder){.share = {0}};
	pinned.share.is_pinned = true;
	assert_int_equal(budget_hold(&pinned.share, HALF), 0);
	assert_int_equal(budget_hold(&scratch.share, HALF), 0);
	assert_int_equal(budget_hold(&small.share, 1), -ENOBUFS);
	assert_int_equal(pinned.given_up, 0);
	pinned.share.is_pinned = false;
	assert_int_equal(budget_hold(&small.share, 1), 0);
	assert_int_equal(pinned.given_up, 1);
	assert_int_equal(budget_hold(&scratch.share, 0), 0);
	assert_int_equal(budget_hold(&small.share, 0), 0);
}

static void a_buffer_counts_its_allocated_bytes(void **state)
{
	struct str text = STR(2 * BUDGET_MAX_BYTES);
	struct holder one, other;
	static const char block[MIB];

	(void)state;
	begin(&one);
	begin(&other);
	assert_int_equal(budget_hold(&other.share, 3 * MIB), 0);
	for (unsigned i = 0; i < BUDGET_MAX_BYTES / 2 / MIB - 1 && !text.error; i++) {
		budget_append(&one.share, &text, block, sizeof(block));
		assert_int_equal(one.share.bytes, text.capacity);
	}
	assert_int_equal(text.error, 0);
	/* The growing share is the largest: refused and unchanged. */
	for (unsigned i = 0; !text.error; i++) {
		assert_true(i < BUDGET_MAX_BYTES / MIB);
		budget_append(&one.share, &text, block, sizeof(block));
	}
	assert_int_equal(text.error, -ENOBUFS);
	assert_int_equal(one.share.bytes, text.capacity);
	assert_true(text.length >= BUDGET_MAX_BYTES / 2 - 2 * MIB);
	assert_true(budget_used() <= BUDGET_MAX_BYTES);
	assert_int_equal(other.given_up, 0);
	budget_release(&one.share, &text);
	assert_int_equal(one.share.bytes, 0);
	assert_int_equal(budget_hold(&other.share, 0), 0);
}

static void whatever_they_do_the_sum_stays_below_the_limit(void **state)
{
	static struct holder holders[SHARES];
	struct random random;
	unsigned refused = 0, given_up = 0;

	(void)state;
	random_seed(&random, 8);
	for (size_t i = 0; i < SHARES; i++)
		begin(&holders[i]);
	for (int step = 0; step < 100000; step++) {
		struct holder *holder = &holders[random_below(&random, SHARES)];
		size_t bytes = random_below(&random, 4) ? random_below(&random, 2 * MIB)
							: random_below(&random, BUDGET_MAX_BYTES);
		size_t before = holder->share.bytes, sum = 0;
		int r;

		holder->share.is_pinned = random_below(&random, 16) == 0;
		r = budget_hold(&holder->share, bytes);
		assert_int_equal(holder->share.bytes, r ? before : bytes);
		assert_true(r == 0 || bytes > before);
		refused += r != 0;
		for (size_t i = 0; i < SHARES; i++)
			sum += holders[i].share.bytes;
		assert_int_equal(budget_used(), sum);
		assert_true(sum <= BUDGET_MAX_BYTES);
	}
	for (size_t i = 0; i < SHARES; i++) {
		given_up += holders[i].given_up;
		assert_int_equal(budget_hold(&holders[i].share, 0), 0);
	}
	assert_true(refused > 0 && given_up > 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, nothing_is_left)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(the_limit_fits_and_one_byte_more_does_not),
			TEST(a_small_share_fits_although_a_large_one_used_the_budget),
			TEST(the_biggest_goes_and_no_other),
			TEST(the_one_that_would_be_the_biggest_is_refused),
			TEST(a_share_in_use_is_not_dropped),
			TEST(a_buffer_counts_its_allocated_bytes),
			TEST(whatever_they_do_the_sum_stays_below_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
