/* Entries that are written as one: what a process leaves that dies before they are, and after. */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/daemon/journal.h"
#include "bot/store/store.h"

struct fixture {
	char folder[64];
	struct store *store;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	snprintf(fixture->folder, sizeof(fixture->folder), "/tmp/episoded-gather-XXXXXX");
	assert_non_null(mkdtemp(fixture->folder));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const files[] = {"episoded.db", "episoded.db-wal"};
	struct fixture *fixture = *state;
	char path[128];

	store_close(fixture->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fixture->folder, files[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	return 0;
}

/* What a process does with the store, and then it is gone without a goodbye: only what it wrote is there. */
static void live_and_die(struct fixture *fixture, void (*live)(struct store *store))
{
	pid_t pid;
	int status;

	store_close(fixture->store);
	fixture->store = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *store;

		if (store_open(fixture->folder, &store) < 0)
			_exit(1);
		live(store);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
}

static bool is_known(const struct fixture *fixture, const char *id)
{
	return store_journal_knows(fixture->store, "home", id);
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
	struct fixture *fixture = *state;

	live_and_die(fixture, gather_and_settle);
	assert_true(is_known(fixture, "1"));
	assert_true(is_known(fixture, "2"));
	assert_false(is_known(fixture, "3"));
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
	struct fixture *fixture = *state;
	char *position = NULL;

	live_and_die(fixture, gather_and_put);
	assert_int_equal(store_get(fixture->store, "area", "position", &position), 0);
	assert_string_equal(position, "7");
	free(position);
	assert_int_equal(store_get(fixture->store, "area", "kept", &position), 0);
	free(position);
	assert_true(is_known(fixture, "1"));
	assert_true(is_known(fixture, "2"));
	assert_false(is_known(fixture, "3"));
	assert_false(is_known(fixture, "4"));
}

static void gather_and_close(struct store *store)
{
	must(store_gather(store) == 0 && begin(store, "1") == 0);
	store_close(store);
}

static void test_closing_commits(void **state)
{
	struct fixture *fixture = *state;

	live_and_die(fixture, gather_and_close);
	assert_true(is_known(fixture, "1"));
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
	struct fixture *fixture = *state;

	live_and_die(fixture, hear_in_two_turns);
	assert_true(is_known(fixture, "1"));
	assert_true(is_known(fixture, "2"));
	assert_false(is_known(fixture, "3"));
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
	struct fixture *fixture = *state;
	struct journal *journal = NULL;
	char open[16] = "";

	live_and_die(fixture, complete_in_two_turns);
	assert_int_equal(journal_new(fixture->store, &journal), 0);
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
	struct fixture *fixture = *state;
	char *position = NULL;

	live_and_die(fixture, store_a_position_first);
	assert_int_equal(store_get(fixture->store, "area", "position", &position), -ENOENT);
}

static void test_a_journal_that_ends_has_written(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = NULL;

	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
	assert_int_equal(journal_new(fixture->store, &journal), 0);
	assert_true(hear(journal, "1"));
	journal_free(journal);
	assert_int_equal(store_begin(fixture->store), 0); /* not within another */
	store_rollback(fixture->store);
	assert_true(is_known(fixture, "1"));
}

/* A group that the disk does not take, by itself or for another change: what was answered in it is known. */
static void test_a_lost_group_is_remembered(void **state)
{
	struct fixture *fixture = *state;
	struct journal *journal = NULL;
	struct rlimit limit;
	char left[16] = "";

	assert_int_equal(store_open(fixture->folder, &fixture->store), 0);
	assert_int_equal(journal_new(fixture->store, &journal), 0);
	assert_true(hear(journal, "1") && hear(journal, "2") && hear(journal, "3"));
	journal_commit(journal);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, limit.rlim_max}), 0);
	journal_complete(journal, "home", "1");
	assert_int_equal(store_put(fixture->store, "a", "k", "v"), 0); /* in the same turn */
	assert_true(hear(journal, "4"));
	journal_commit(journal);
	journal_complete(journal, "home", "2");
	assert_true(hear(journal, "5"));
	journal_commit(journal);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	journal_each_open(journal, "home", false, &(struct journal_now){0}, on_open, left);
	assert_string_equal(left, "345"); /* heard, and not answered */
	journal_free(journal);
	assert_true(is_known(fixture, "1") && is_known(fixture, "2"));
}

#define GATHER_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			GATHER_TEST(test_committed_entries_survive),
			GATHER_TEST(test_a_position_is_not_stored_without_its_questions),
			GATHER_TEST(test_closing_commits),
			GATHER_TEST(test_an_answered_question_is_written),
			GATHER_TEST(test_a_turn_that_does_not_end_completes_nothing),
			GATHER_TEST(test_a_position_waits_for_the_end_of_its_turn),
			GATHER_TEST(test_a_journal_that_ends_has_written),
			GATHER_TEST(test_a_lost_group_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
