/* What the statements of a transaction say. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/postgres/statements.h"
#include "bot/postgres/transaction.h"

static struct change question(enum change_kind kind, const char *id, const char *lease)
{
	return (struct change){.kind = kind,
			.entry = {.gateway = "net", .id = id, .channel = "#tv", .text = "episode 5"},
			.lease = lease,
			.epoch = 3};
}

static struct change value(const char *key, const char *text, const char *lease)
{
	return (struct change){.kind = text ? CHANGE_PUT : CHANGE_DELETE,
			.area = lease ? lease : "channels",
			.key = key,
			.value = text,
			.lease = lease};
}

static int setup(void **state)
{
	struct transaction *transaction = calloc(1, sizeof(*transaction));

	assert_non_null(transaction);
	transaction->process = "host/1a2b3c4d";
	transaction->parameters = parameters_new();
	assert_non_null(transaction->parameters);
	*state = transaction;
	return 0;
}

static int teardown(void **state)
{
	struct transaction *transaction = *state;

	parameters_free(transaction->parameters);
	transaction_release(transaction);
	free(transaction);
	return 0;
}

/* Of the statement that is being made. */
static unsigned parameter_count(const struct transaction *transaction)
{
	struct parameters_view view;

	assert_int_equal(parameters_error(transaction->parameters), 0);
	parameters_read(transaction->parameters, &view);
	return view.count;
}

static void test_a_question_of_two_batches_is_asked_for_once(void **state)
{
	struct transaction *transaction = *state;
	const struct change first[] = {question(CHANGE_BEGIN, "b", "irc/net"),
			question(CHANGE_BEGIN, "a", "irc/net"), question(CHANGE_BEGIN, "c", NULL)};
	const struct change second[] = {question(CHANGE_BEGIN, "a", "irc/net")};
	bool ours[3] = {false}, also_ours[1] = {false};
	const struct transaction_batch one = {.batch = {1, first, 3, false}, .ours = ours},
				       two = {.batch = {2, second, 1, false}, .ours = also_ours};
	struct transaction_questions questions = {0};

	assert_int_equal(transaction_add(transaction, &one), 0);
	assert_int_equal(transaction_add(transaction, &two), 0);
	/* "c" has no lease: it is not asked for. */
	assert_int_equal(transaction_begins(transaction, 7, &questions), 2);
	assert_string_equal(questions.list[0].id, "a");
	assert_string_equal(questions.list[1].id, "b");
	transaction_mark_ours(&questions, "net", "b");
	assert_true(ours[0]);
	assert_false(ours[1]);
	transaction_mark_ours(&questions, "net", "a"); /* behind the last one */
	transaction_mark_ours(&questions, "net", "c");
	transaction_mark_ours(&questions, "other", "a");
	assert_true(ours[1]); /* the first of the two */
	assert_false(ours[2]);
	assert_false(also_ours[0]);
	free(questions.list);
}

static void test_a_value_that_is_set_twice_is_written_once(void **state)
{
	struct transaction *transaction = *state;
	const struct change changes[] = {value("x", "1", NULL), value("y", "2", NULL), value("x", NULL, NULL),
			value("z", "3", "irc/net")};
	const struct transaction_batch batch = {.batch = {1, changes, 4, false}};
	size_t values = 0;

	assert_int_equal(transaction_add(transaction, &batch), 0);
	assert_true(transaction_shared(transaction, -1, &values));
	assert_int_equal(values, 2);
	assert_true(parameter_count(transaction) > 0);
	parameters_clear(transaction->parameters);
	assert_int_equal(transaction_leased(transaction), 1);
	parameters_clear(transaction->parameters);
	assert_int_equal(transaction_dones(transaction), 0);
	assert_int_equal(transaction_hand_ins(transaction), 0);
	assert_int_equal(parameter_count(transaction), 0); /* nothing is left for the next statement */
}

static void test_a_refused_batch_says_one_change(void **state)
{
	struct transaction *transaction = *state;
	const struct change changes[] = {question(CHANGE_DONE, "a", NULL), question(CHANGE_DONE, "b", NULL),
			question(CHANGE_HAND_IN, "c", NULL)};
	struct transaction_batch batch = {.batch = {1, changes, 3, false}, .is_single = true, .change = 1};
	size_t values = 0;

	assert_int_equal(transaction_add(transaction, &batch), 0);
	assert_int_equal(transaction_dones(transaction), 1);
	assert_int_equal(transaction_hand_ins(transaction), 0);
	batch.change = 2;
	assert_int_equal(transaction_dones(transaction), 0);
	assert_int_equal(transaction_hand_ins(transaction), 1);
	assert_false(transaction_shared(transaction, -1, &values));
	transaction_clear(transaction);
	assert_int_equal(transaction_hand_ins(transaction), 0);
}

static void test_an_effect_without_a_shared_value_has_its_mark(void **state)
{
	struct transaction *transaction = *state;
	const struct change mark = {.kind = CHANGE_MARK, .effect = "net a", .value = STORE_EFFECT_DONE};
	const struct transaction_batch batch = {.batch = {1, &mark, 1, false}};
	char what[32];
	size_t values = 9;

	assert_int_equal(transaction_add(transaction, &batch), 0);
	assert_true(transaction_shared(transaction, -1, &values));
	assert_int_equal(values, 0);
	transaction_describe(&mark, what, sizeof(what));
	assert_string_equal(what, "the effect of net a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					test_a_question_of_two_batches_is_asked_for_once, setup, teardown),
			cmocka_unit_test_setup_teardown(
					test_a_value_that_is_set_twice_is_written_once, setup, teardown),
			cmocka_unit_test_setup_teardown(
					test_a_refused_batch_says_one_change, setup, teardown),
			cmocka_unit_test_setup_teardown(
					test_an_effect_without_a_shared_value_has_its_mark, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
