/* The journal, over a SQLite file and over a database: begun, done, left open, too late, and without a store at all. */

#include "bot/daemon/journal.h"
#include "tests/unit/store_world.h"

#define NOW_MS 1700000000000ull

struct fixture {
	struct world world;
	unsigned count;
	struct journal *journal;
	char seen[256]; /* the ids replayed, with a space after each */
};

static int set_up_journal(void **state, const struct world_kind *kind)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	world_start(&fixture->world, kind);
	assert_int_equal(journal_new(fixture->world.store, &fixture->journal), 0);
	*state = fixture;
	return 0;
}

static int set_up_in_file(void **state)
{
	return set_up_journal(state, &in_file);
}

static int set_up_in_database(void **state)
{
	return set_up_journal(state, remote_kind());
}

static int tear_down_journal(void **state)
{
	struct fixture *fixture = *state;

	journal_free(fixture->journal);
	world_end(&fixture->world);
	free(fixture);
	return 0;
}

static struct message asked(const char *id, uint64_t time_ms)
{
	return (struct message){.id = id,
			.channel = "#c",
			.author_id = "me",
			.author_name = "Me",
			.account = "",
			.text = "!episode 5",
			.is_addressed = true,
			.time_ms = time_ms,
			.extra = "token"};
}

static void on_message(void *user, const struct message *message)
{
	struct fixture *fixture = user;

	assert_string_equal(message->channel, "#c");
	assert_string_equal(message->author_name, "Me");
	assert_string_equal(message->text, "!episode 5");
	assert_string_equal(message->extra, "token");
	assert_true(message->is_addressed);
	assert_false(message->is_private);
	assert_int_equal(message->origin, MESSAGE_JOURNAL);
	fixture->count++;
	strncat(fixture->seen, message->id, 16);
	strncat(fixture->seen, " ", 2);
}

static unsigned open_count(struct fixture *fixture, bool is_left_only, uint64_t now_ms)
{
	const struct journal_now now = {now_ms, now_ms};

	fixture->count = 0;
	journal_commit(fixture->journal);
	settle(&fixture->world);
	journal_each_open(fixture->journal, "home", is_left_only, &now, on_message, fixture);
	return fixture->count;
}

/* The store as a new process finds it. */
static void restart(struct fixture *fixture)
{
	journal_free(fixture->journal);
	open_again(&fixture->world);
	assert_int_equal(journal_new(fixture->world.store, &fixture->journal), 0);
}

static void test_a_message_is_processed_once(void **state)
{
	struct fixture *fixture = *state;
	struct message message = asked("1", NOW_MS);

	assert_true(journal_begin(fixture->journal, "home", &message));
	assert_false(journal_begin(fixture->journal, "home", &message));
	assert_true(journal_begin(fixture->journal, "away", &message)); /* another network, another message */
	journal_complete(fixture->journal, "home", "1");
	assert_false(journal_begin(fixture->journal, "home", &message)); /* answered is known too */
}

static void test_a_later_process_answers_open_questions(void **state)
{
	struct fixture *fixture = *state;
	struct message one = asked("1", NOW_MS - 2000), two = asked("2", NOW_MS - 1000);

	journal_begin(fixture->journal, "home", &one);
	journal_begin(fixture->journal, "home", &two);
	journal_complete(fixture->journal, "home", "1");
	restart(fixture);
	assert_int_equal(open_count(fixture, false, NOW_MS), 1);
	assert_string_equal(fixture->seen, "2 ");
	journal_complete(fixture->journal, "home", "2");
	assert_int_equal(open_count(fixture, false, NOW_MS), 0);
}

/* The store's file could be read only while questions of this process were on their way. */
static void test_a_question_of_this_process_does_not_count_as_left_open(void **state)
{
	struct fixture *fixture = *state;
	struct message left = asked("left", NOW_MS - 2000), ours = asked("ours", NOW_MS - 1000);

	journal_begin(fixture->journal, "home", &left);
	restart(fixture);
	journal_begin(fixture->journal, "home", &ours);
	assert_int_equal(open_count(fixture, true, NOW_MS), 1);
	assert_string_equal(fixture->seen, "left ");
}

static void test_too_late_is_closed(void **state)
{
	struct fixture *fixture = *state;
	struct message message = asked("old", NOW_MS - JOURNAL_LATE_MS - 1);

	journal_begin(fixture->journal, "home", &message);
	restart(fixture);
	assert_int_equal(open_count(fixture, false, NOW_MS), 0);
	assert_string_equal(fixture->seen, "");
	assert_int_equal(open_count(fixture, false, NOW_MS - 1000), 0);
}

/* The wall clock may be stepped in or between two processes, and so may a server's. */
static void test_one_wrong_clock_loses_no_question(void **state)
{
	static const uint64_t year_ms = 365 * 24 * 3600 * UINT64_C(1000);
	static const struct journal_now wrong[] = {{NOW_MS + 1000, NOW_MS + 10 * year_ms},
			{NOW_MS + 1000, NOW_MS - 50 * year_ms}, {NOW_MS + year_ms, NOW_MS + 1000},
			{NOW_MS - year_ms, NOW_MS + year_ms}, {0, NOW_MS + year_ms}, {0, 1000}};
	struct fixture *fixture = *state;
	struct message message = asked("1", NOW_MS);

	journal_begin(fixture->journal, "home", &message);
	journal_commit(fixture->journal);
	settle(&fixture->world);
	for (int life = 0; life < 2; life++) {
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			fixture->count = 0;
			journal_each_open(fixture->journal, "home", false, &wrong[i], on_message, fixture);
			assert_int_equal(fixture->count, 1);
			fixture->seen[0] = '\0';
		}
		restart(fixture);
	}
}

/* A question of this process: its age is known, whatever both clocks say. */
static void test_both_clocks_wrong_lose_no_question_of_this_process(void **state)
{
	struct fixture *fixture = *state;
	struct message message = asked("1", NOW_MS);

	journal_begin(fixture->journal, "home", &message);
	assert_int_equal(open_count(fixture, false, NOW_MS * 2), 1);
}

/* What the disk would not take is known all the same, and written as soon as it can be. */
static void test_answered_on_a_full_disk_is_not_answered_again(void **state)
{
	struct fixture *fixture = *state;
	struct message one = asked("1", NOW_MS), two = asked("2", NOW_MS);
	struct rlimit limit;

	journal_begin(fixture->journal, "home", &one);
	journal_begin(fixture->journal, "home", &two);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){1, limit.rlim_max}), 0);
	journal_complete(fixture->journal, "home", "1");
	assert_int_equal(open_count(fixture, false, NOW_MS), 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_string_equal(fixture->seen, "2 ");
	journal_complete(fixture->journal, "home", "2");
	restart(fixture);
	assert_int_equal(open_count(fixture, false, NOW_MS), 0);
	assert_string_equal(fixture->seen, "2 ");
}

static void test_without_a_store_answers_go_on(void **state)
{
	struct message message = asked("1", NOW_MS);
	struct journal *journal;

	(void)state;
	assert_int_equal(journal_new(NULL, &journal), 0);
	assert_true(journal_begin(journal, "home", &message));
	assert_true(journal_begin(journal, "home", &message));
	journal_complete(journal, "home", "1");
	journal_each_open(journal, "home", false, &(struct journal_now){0}, on_message,
			NULL); /* gives nothing */
	journal_free(journal);
}

static void on_occasion(void *user, const struct message *message)
{
	struct fixture *fixture = user;

	assert_true(message->is_occasion);
	assert_string_equal(message->text, "announcing @1700000000 harbour");
	assert_int_equal(message->until_ms, NOW_MS + 3600 * 1000);
	assert_int_equal(message->origin, MESSAGE_JOURNAL);
	fixture->count++;
}

/* The occasions that are open when both clocks show this. */
static unsigned occasions_at(struct fixture *fixture, uint64_t network_ms, uint64_t wall_ms)
{
	const struct journal_now now = {network_ms, wall_ms};

	fixture->count = 0;
	journal_commit(fixture->journal);
	settle(&fixture->world);
	journal_each_open(fixture->journal, "home", false, &now, on_occasion, fixture);
	return fixture->count;
}

/* The 15 minutes of a question do not count. */
static void test_an_occasion_stays_open_for_its_own_window(void **state)
{
	struct fixture *fixture = *state;
	struct message message = asked("occasion:1", NOW_MS);

	message.text = "announcing @1700000000 harbour";
	message.is_occasion = true;
	message.until_ms = NOW_MS + 3600 * 1000;
	assert_true(journal_begin(fixture->journal, "home", &message));
	settle(&fixture->world);
	restart(fixture);
	assert_int_equal(occasions_at(fixture, 0, NOW_MS + 3599 * 1000), 1);
	/* One clock that is wrong drops nothing. */
	assert_int_equal(occasions_at(fixture, NOW_MS, NOW_MS + 9999 * 1000), 1);
	assert_int_equal(occasions_at(fixture, 0, NOW_MS + 3600 * 1000), 0);
	assert_int_equal(occasions_at(fixture, 0, NOW_MS), 0);
	assert_false(journal_begin(fixture->journal, "home", &message));
}

#define JOURNAL_SUITE(TEST)                                                                                  \
	TEST(test_a_message_is_processed_once), TEST(test_a_later_process_answers_open_questions),           \
			TEST(test_a_question_of_this_process_does_not_count_as_left_open),                   \
			TEST(test_too_late_is_closed), TEST(test_one_wrong_clock_loses_no_question),         \
			TEST(test_both_clocks_wrong_lose_no_question_of_this_process),                       \
			TEST(test_an_occasion_stays_open_for_its_own_window)
#define JOURNAL_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_in_file, tear_down_journal)
#define DATABASE_TEST(test)                                                                                  \
	{                                                                                                    \
#test " (remote)", test, set_up_in_database, tear_down_journal, NULL                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
			JOURNAL_SUITE(JOURNAL_TEST),
			JOURNAL_SUITE(DATABASE_TEST),
			JOURNAL_TEST(test_answered_on_a_full_disk_is_not_answered_again),
			cmocka_unit_test(test_without_a_store_answers_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
