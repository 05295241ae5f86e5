/* Entries that are written as one: what a process leaves that dies before they are, and after. */

#include "bot/daemon/journal.h"
#include "tests/unit/store_world.h"

static int set_up_closed(void **state, const struct world_kind *kind)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->kind = kind;
	kind->make(world);
	*state = world;
	return 0;
}

static int set_up_in_file(void **state)
{
	return set_up_closed(state, &in_file);
}

static int set_up_in_database(void **state)
{
	return set_up_closed(state, remote_kind());
}

/* What a process does with the store, and then it is gone without a goodbye: only what it wrote is there. */
static void live_and_die(struct world *world, void (*live)(struct store *store))
{
	pid_t pid;
	int status;

	world->kind->close(world);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		world->kind->open(world);
		live(world->store);
		/* What it sent to a database before it died arrives. */
		if (world->kind == &in_database)
			hand_answer_all(&world->line);
		else if (world->kind == &on_postgres)
			store_line_run(world->user);
		_exit(0);
	}
	world->processes++; /* the child's name is not used again */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	world->kind->open(world);
}

static bool is_known(const struct world *world, const char *id)
{
	return store_journal_knows(world->store, "home", id);
}

/* In the child: cmocka's own asserts would go on with the parent's tests. */
static void must(bool is_so)
{
	if (!is_so)
		_exit(2);
}

/* ---------------------------------------------------------------- the store */

static int begin(struct store *store, const char *id)
{
	const struct journal_entry entry = {.gateway = "home",
			.id = id,
			.channel = "c",
			.author_id = "a",
			.author_name = "A",
			.account = "",
			.text = "!episode 5",
			.extra = ""};

	return store_journal_begin(store, &entry);
}

static void gather_and_settle(struct store *store)
{
	must(store_settle(store) == 0); /* nothing to settle */
	must(store_gather(store) == 0 && begin(store, "1") == 0);
	must(store_gather(store) == 0 && begin(store, "2") == 0);
	must(begin(store, "1") == -EEXIST); /* no reason to lose the others */
	must(store_settle(store) == 0);
	must(store_gather(store) == 0 && begin(store, "3") == 0);
	must(store_journal_knows(store, "home", "3"));
}

static void test_committed_entries_survive(void **state)
{
	struct world *world = *state;

	live_and_die(world, gather_and_settle);
	assert_true(is_known(world, "1"));
	assert_true(is_known(world, "2"));
	assert_false(is_known(world, "3"));
}

static void gather_and_put(struct store *store)
{
	must(store_gather(store) == 0 && begin(store, "1") == 0);
	must(store_put(store, "area", "position", "7") == 0);
	must(store_keep(store, "area", "kept", "by an owner") == 0); /* settles first */
	must(store_gather(store) == 0 && begin(store, "2") == 0);
	must(store_begin(store) == 0 && store_put(store, "area", "position", "8") == 0); /* so does this */
	must(store_gather(store) == 0 && begin(store, "3") == 0); /* part of the transaction */
	store_rollback(store);
	must(store_gather(store) == 0);
	must(store_put(store, "area", "position", "9") == 0); /* past a question that is written down later */
	must(store_delete(store, "area", "kept") == 0);
	must(begin(store, "4") == 0);
}

static void test_a_position_is_not_stored_without_its_questions(void **state)
{
	struct world *world = *state;
	char *position = NULL;

	live_and_die(world, gather_and_put);
	assert_int_equal(store_get(world->store, "area", "position", &position), 0);
	assert_string_equal(position, "7");
	free(position);
	assert_int_equal(store_get(world->store, "area", "kept", &position), 0);
	free(position);
	assert_true(is_known(world, "1"));
	assert_true(is_known(world, "2"));
	assert_false(is_known(world, "3"));
	assert_false(is_known(world, "4"));
}

static void gather_and_close(struct store *store)
{
	must(store_gather(store) == 0 && begin(store, "1") == 0);
	store_close(store);
}

static void test_closing_commits(void **state)
{
	struct world *world = *state;

	live_and_die(world, gather_and_close);
	assert_true(is_known(world, "1"));
}

/* ---------------------------------------------------------------- the journal */

static bool hear(struct journal *journal, const char *id)
{
	const struct message message = {.id = id,
			.channel = "c",
			.author_id = "a",
			.author_name = "A",
			.account = "",
			.text = "!episode 5",
			.extra = ""};

	return journal_begin(journal, "home", &message);
}

static struct journal *make_journal(struct store *store)
{
	struct journal *journal = NULL;

	must(journal_new(store, &journal) == 0);
	return journal;
}

static void hear_in_two_turns(struct store *store)
{
	struct journal *journal = make_journal(store);

	must(hear(journal, "1") && !hear(journal, "1"));
	must(hear(journal, "2"));
	journal_commit(journal); /* the end of the turn: answers leave */
	must(hear(journal, "3"));
}

static void test_an_answered_question_is_written(void **state)
{
	struct world *world = *state;

	live_and_die(world, hear_in_two_turns);
	assert_true(is_known(world, "1"));
	assert_true(is_known(world, "2"));
	assert_false(is_known(world, "3"));
}

static void complete_in_two_turns(struct store *store)
{
	struct journal *journal = make_journal(store);

	must(hear(journal, "1") && hear(journal, "2"));
	journal_commit(journal);
	journal_complete(journal, "home", "1");
	journal_commit(journal);
	journal_complete(journal, "home", "2"); /* its turn does not end */
}

static void on_open(void *user, const struct message *message)
{
	strncat(user, message->id, 8);
}

static void test_a_turn_that_does_not_end_completes_nothing(void **state)
{
	struct world *world = *state;
	struct journal *journal = NULL;
	char open[16] = "";

	live_and_die(world, complete_in_two_turns);
	assert_int_equal(journal_new(world->store, &journal), 0);
	journal_each_open(journal, "home", true, &(struct journal_now){0}, on_open, open);
	assert_string_equal(open, "2");
	journal_free(journal);
}

/* A message came that may be a question: what is stored in its turn waits for the question. */
static void store_a_position_first(struct store *store)
{
	struct journal *journal = make_journal(store);

	journal_gather(journal);
	must(store_put(store, "area", "position", "7") == 0);
}

static void test_a_position_waits_for_the_end_of_its_turn(void **state)
{
	struct world *world = *state;
	char *position = NULL;

	live_and_die(world, store_a_position_first);
	assert_int_equal(store_get(world->store, "area", "position", &position), -ENOENT);
}

static void test_a_journal_that_ends_has_written(void **state)
{
	struct world *world = *state;
	struct journal *journal = NULL;

	world->kind->open(world);
	assert_int_equal(journal_new(world->store, &journal), 0);
	assert_true(hear(journal, "1"));
	journal_free(journal);
	assert_int_equal(store_begin(world->store), 0); /* not within another */
	store_rollback(world->store);
	assert_true(is_known(world, "1"));
}

/* A group that the disk does not take, by itself or for another change: what was answered in it is known. */
static void test_a_lost_group_is_remembered(void **state)
{
	struct world *world = *state;
	struct journal *journal = NULL;
	struct rlimit limit;
	char left[16] = "";

	world->kind->open(world);
	assert_int_equal(journal_new(world->store, &journal), 0);
	assert_true(hear(journal, "1") && hear(journal, "2") && hear(journal, "3"));
	journal_commit(journal);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, limit.rlim_max}), 0);
	journal_complete(journal, "home", "1");
	assert_int_equal(store_put(world->store, "a", "k", "v"), 0); /* in the same turn */
	assert_true(hear(journal, "4"));
	journal_commit(journal);
	journal_complete(journal, "home", "2");
	assert_true(hear(journal, "5"));
	journal_commit(journal);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	journal_each_open(journal, "home", false, &(struct journal_now){0}, on_open, left);
	assert_string_equal(left, "345"); /* heard, and not answered */
	journal_free(journal);
	assert_true(is_known(world, "1") && is_known(world, "2"));
}

#define GATHER_SUITE(TEST)                                                                                   \
	TEST(test_committed_entries_survive), TEST(test_an_answered_question_is_written),                    \
			TEST(test_a_turn_that_does_not_end_completes_nothing),                               \
			TEST(test_a_position_waits_for_the_end_of_its_turn),                                 \
			TEST(test_a_journal_that_ends_has_written)
#define GATHER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_in_file, tear_down)
#define DATABASE_TEST(test)                                                                                  \
	{                                                                                                    \
#test " (remote)", test, set_up_in_database, tear_down, NULL                                 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
			GATHER_SUITE(GATHER_TEST),
			GATHER_SUITE(DATABASE_TEST),
			GATHER_TEST(test_a_position_is_not_stored_without_its_questions),
			GATHER_TEST(test_closing_commits),
			GATHER_TEST(test_a_lost_group_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
