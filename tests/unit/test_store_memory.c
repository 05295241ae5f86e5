/* Memory runs out at each allocation of a remote store in turn: a call fails whole, and works when it is called again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/line_by_hand.h"

#define ALLOCATIONS_MAX 500

static bool is_armed; /* only what the store allocates fails */
static unsigned countdown;

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool is_out(void)
{
	return is_armed && countdown > 0 && --countdown == 0;
}

void *__wrap_malloc(size_t size)
{
	return is_out() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return is_out() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
	return is_out() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
	return is_out() ? NULL : __real_strdup(text);
}
/* NOLINTEND(bugprone-reserved-identifier) */

struct world {
	struct hand_database *database;
	struct line_by_hand line;
	unsigned failures, told, ours;
	int claimed;
};

/* Call it until memory suffices; what it left undone is checked before each further try. */
#define CALL(world, call, is_undone)                                                                         \
	do {                                                                                                 \
		int result;                                                                                  \
                                                                                                             \
		is_armed = true;                                                                             \
		result = (call);                                                                             \
		is_armed = false;                                                                            \
		if (result == 0)                                                                             \
			break;                                                                               \
		assert_int_equal(result, -ENOMEM);                                                           \
		assert_true(is_undone);                                                                      \
		(world)->failures++;                                                                         \
	} while (true)

static bool has(struct world *world, const char *area, const char *key, const char *expected)
{
	char *value = NULL;
	int r = store_get(world->line.store, area, key, &value);
	bool is_so = expected ? r == 0 && strcmp(value, expected) == 0 : r == -ENOENT;

	free(value);
	return is_so;
}

static int begin(struct world *world, const char *gateway, const char *id)
{
	const struct journal_entry entry = {.gateway = gateway,
			.id = id,
			.channel = "#c",
			.author_id = "me",
			.author_name = "Me",
			.account = "",
			.text = "!next",
			.extra = ""};

	return store_journal_begin(world->line.store, &entry);
}

static bool knows(struct world *world, const char *gateway, const char *id)
{
	return store_journal_knows(world->line.store, gateway, id);
}

static void on_settled(void *user, const struct store_result *result)
{
	struct world *world = user;

	world->told++;
	for (size_t i = 0; i < result->begun; i++)
		world->ours += result->is_ours[i];
}

static void on_claimed(void *user, const struct store_claim *claim, int error)
{
	(void)claim;
	((struct world *)user)->claimed = error;
}

static int keep_with_effect(struct world *world, const char *gateway, const char *id)
{
	int r;

	is_armed = false; /* without memory for its key an effect has no mark */
	store_effect_begin(world->line.store, gateway, id);
	is_armed = true;
	r = store_keep(world->line.store, "setting/prefix", "den #c", "?");
	store_effect_end(world->line.store, NULL);
	return r;
}

static int put_two(struct world *world)
{
	int r = store_begin(world->line.store);

	if (r == 0)
		r = store_put(world->line.store, "area", "k", "3");
	if (r == 0)
		r = store_put(world->line.store, "area", "new", "4");
	if (r == 0)
		return store_commit(world->line.store);
	store_rollback(world->line.store);
	return r;
}

/* The results come in the store's functions: what they need must be there. */
static void answer(struct world *world)
{
	while (world->line.pending_count) {
		struct hand_pending pending = world->line.pending[0];

		if (!pending.batch) {
			is_armed = true;
			hand_answer(&world->line);
			is_armed = false;
			if (world->claimed == -ENOMEM) { /* load it again */
				const struct store_claim again = {.lease = "lobby/den", .gateway = "den"};

				world->failures++;
				world->claimed = 1;
				assert_int_equal(remote_claim(world->line.store, &again, on_claimed, world),
						0);
			}
			continue;
		}
		hand_answer(&world->line);
	}
}

static void live(struct world *world)
{
	const struct store_claim den = {.lease = "lobby/den", .gateway = "den"};
	struct store *store = world->line.store;

	CALL(world, remote_claim(store, &den, on_claimed, world), true);
	/* A load that could not be asked for is asked for at the next result. */
	CALL(world, store_put(store, "area", "k", "1"), has(world, "area", "k", NULL));
	CALL(world, store_put(store, "area", "k", "2"), has(world, "area", "k", "1"));
	assert_int_equal(store_settle(store), 0);
	answer(world);
	assert_int_equal(world->claimed, 0);
	assert_true(has(world, "lobby/den", "nick/ben", "old"));
	assert_true(knows(world, "den", "left"));

	CALL(world, begin(world, "den", "1"), !knows(world, "den", "1"));
	CALL(world, begin(world, "home", "1"), !knows(world, "home", "1"));
	CALL(world, store_put(store, "lobby/den", "nick/ben", "new"),
			has(world, "lobby/den", "nick/ben", "old"));
	CALL(world, keep_with_effect(world, "den", "1"), has(world, "setting/prefix", "den #c", NULL));
	CALL(world, put_two(world), has(world, "area", "k", "2") && has(world, "area", "new", NULL));
	CALL(world, store_settle_later(store, true, on_settled, world), true);
	CALL(world, store_settle_later(store, true, on_settled, world), true);
	answer(world);
	assert_int_equal(world->told, 2);
	assert_int_equal(world->ours, 2);
	CALL(world, store_journal_done(store, "den", "1"), knows(world, "den", "1"));
	CALL(world, store_delete(store, "area", "k"), has(world, "area", "k", "3"));
	assert_int_equal(store_settle(store), 0);
	answer(world);

	/* What another process wrote: the version moves when all of it is known. */
	do {
		is_armed = true;
		remote_heard(store, "area", "k", "theirs", 100);
		remote_heard(store, "area", "other", "theirs", 101);
		remote_caught_up(store, remote_version(store));
		is_armed = false;
	} while (remote_version(store) < 101);
	assert_true(has(world, "area", "k", "theirs") && has(world, "area", "other", "theirs"));
	assert_true(has(world, "area", "new", "4"));
}

static void check_database(struct world *world)
{
	const struct hand_row *row = hand_row(world->database, "den@alpha", "1");

	assert_non_null(row);
	assert_true(row->is_done);
	assert_string_equal(row->mark, STORE_EFFECT_DONE);
	assert_non_null(hand_row(world->database, "home", "1"));
	assert_string_equal(hand_value(world->database, "lobby/den@alpha", "nick/ben")->value, "new");
	assert_true(hand_value(world->database, "area", "k")->is_deleted);
	assert_string_equal(hand_value(world->database, "area", "new")->value, "4");
}

static void test_memory_runs_out_once_at_each_allocation(void **state)
{
	const struct journal_entry left = {.gateway = "den@alpha", .id = "left"};
	unsigned failures = 0;

	(void)state;
	for (unsigned at = 1;; at++) {
		struct world world = {.database = hand_database_new(), .claimed = 1};

		assert_true(at < ALLOCATIONS_MAX);
		hand_put(world.database, "lobby/den@alpha", "nick/ben", "old", 0);
		hand_add_row(world.database, &left, "alpha/0/1");
		hand_open(&world.line, world.database, "alpha/1");
		hand_claim(&world.line, "irc/home", "home", 0, 0);
		countdown = at;
		live(&world);
		check_database(&world);
		hand_close(&world.line);
		hand_database_free(world.database);
		failures += world.failures;
		if (countdown)
			break; /* it did not run out any more */
	}
	assert_true(failures > 20);
}

static void test_without_memory_there_is_no_store(void **state)
{
	const struct store_line line = {0};
	struct store *store;
	int r;

	(void)state;
	for (unsigned at = 1;; at++) {
		store = NULL;
		countdown = at;
		is_armed = true;
		r = store_new_remote(&line, "alpha/1", &store);
		is_armed = false;
		if (r == 0)
			break;
		assert_int_equal(r, -ENOMEM);
		assert_null(store);
	}
	countdown = 0;
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_memory_runs_out_once_at_each_allocation),
			cmocka_unit_test(test_without_memory_there_is_no_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
