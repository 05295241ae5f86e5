/* What is logged once until it changes, or once in a while. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bot/base/log_gate.h"

static void test_a_state_is_logged_once_until_it_changes(void **state)
{
	struct log_gate gate = {0};

	(void)state;
	assert_false(log_gate_change(&gate, 0)); /* in order, as at the beginning */
	assert_true(log_gate_change(&gate, -28));
	assert_false(log_gate_change(&gate, -28));
	assert_true(log_gate_change(&gate, -5));
	assert_int_equal(gate.state, -5);
	assert_true(log_gate_change(&gate, 0));
	assert_false(log_gate_change(&gate, 0));
	assert_true(log_gate_change(&gate, -28));
}

static void test_an_event_is_logged_once_in_an_interval(void **state)
{
	struct log_gate gate = {0};

	(void)state;
	assert_true(log_gate_every(&gate, 0, 60000)); /* also at time 0 */
	assert_false(log_gate_every(&gate, 0, 60000));
	assert_false(log_gate_every(&gate, 59999, 60000));
	assert_true(log_gate_every(&gate, 60000, 60000));
	assert_false(log_gate_every(&gate, 119999, 60000));
	assert_true(log_gate_every(&gate, 1000000, 60000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_a_state_is_logged_once_until_it_changes),
			cmocka_unit_test(test_an_event_is_logged_once_in_an_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
