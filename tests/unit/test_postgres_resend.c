/* The line when its connection breaks: each batch is done once, in order, whatever was lost. */

#include "line_world.h"

static bool is_begun(struct line_world *world)
{
	return *postgres_sql(world->connection, "SELECT 1 FROM episoded_journal WHERE id = '1'");
}

static bool is_down(struct line_world *world)
{
	return world->downs[LINE_WORK] > 0;
}

static bool is_well(struct line_world *world)
{
	return world_is_settled(world) && world->trouble == 0 && world_is_up(world);
}

/* I1: the database has the questions, and this process does not know it. */
static void lost_reply_of_a_begin_is_still_ours(void **state)
{
	struct line_world *world = world_of(state);
	struct change begins[] = {begin_of("irc/home", 3, "1"), begin_of("irc/home", 3, "2")};
	struct change done = done_of("2"), theirs = begin_of("irc/home", 3, "3");

	world_lease(world, "irc/home", "a/00000001", 3);
	postgres_sql(world->connection, "INSERT INTO episoded_journal (gateway, id, channel, author_id, "
					"author_name, account, time_ms,"
					" begun_by) VALUES ('home', '3', '', '', '', '', 0, 'b/00000002/1')");
	gate_mute(&world->gate, true);
	world_send(world, begins, 2, true);
	world_send(world, &theirs, 1, true);
	world_run(world, is_begun);
	assert_int_equal(world->settled, 0);
	gate_cut(&world->gate);
	world_run(world, is_down);
	assert_int_equal(world->trouble, -ENOLINK);
	assert_int_equal(world->aways, 2);
	world_send(world, &done, 1, false);
	gate_mute(&world->gate, false);
	world_run(world, is_well);
	assert_true(world->ours[1][0]);
	assert_true(world->ours[1][1]);
	assert_false(world->ours[2][0]);
	world_sql(world, "SELECT string_agg(id || begun_by, ',' ORDER BY id) FROM episoded_journal",
			"1a/00000001/1,2a/00000001/1,3b/00000002/1");
	world_sql(world, "SELECT count(*) FROM episoded_journal WHERE done_at IS NOT NULL", "1");
}

/* The lease went to another process, which has read the question, before the batch is sent again. */
static void question_that_moved_with_its_lease_is_not_ours_any_more(void **state)
{
	struct line_world *world = world_of(state);
	struct change begin = begin_of("irc/home", 3, "1"), late = begin_of("irc/home", 3, "2");

	world_lease(world, "irc/home", "a/00000001", 3);
	gate_mute(&world->gate, true);
	world_send(world, &begin, 1, true);
	world_run(world, is_begun);
	world->config.hosts[0].port = 1; /* connection refused */
	gate_cut(&world->gate);
	world_run(world, is_down);
	world_send(world, &late, 1, true);
	world_lease(world, "irc/home", "b/00000002", 4);
	postgres_sql(world->connection, "UPDATE episoded_journal SET begun_by = 'b/00000002/open'");
	gate_mute(&world->gate, false);
	world->config.hosts[0].port = world->gate.port;
	line_hasten(world->line);
	world_run(world, is_well);
	assert_false(world->ours[1][0]);
	assert_false(world->ours[2][0]);
	world_sql(world, "SELECT string_agg(id || begun_by, ',') FROM episoded_journal", "1b/00000002/open");
}

static bool is_written(struct line_world *world)
{
	return *postgres_sql(world->connection, "SELECT 1 FROM episoded_value WHERE key = 'b'");
}

/* Said "6" by mistake here, and corrected to "5" at another host while the reply was lost: 5 stays, or somebody is
 * spoiled. */
static void value_of_another_process_is_newer_than_one_sent_again(void **state)
{
	struct line_world *world = world_of(state);
	struct change puts[] = {put_of("progress", "a", "6"), put_of("progress", "b", "6")};
	struct change again = put_of("progress", "b", "7"), new = put_of("progress", "a", "4");

	gate_mute(&world->gate, true);
	world_send(world, puts, 2, true);
	world_send(world, &again, 1, true);
	world_run(world, is_written);
	gate_cut(&world->gate);
	postgres_sql(world->connection,
			"UPDATE episoded_meta SET n = n + 1 WHERE name = 'version';"
			"UPDATE episoded_value SET value = '5', written_by = 'b/00000002',"
			" version = (SELECT n FROM episoded_meta WHERE name = 'version') WHERE key = 'a'");
	gate_mute(&world->gate, false);
	world_run(world, is_down);
	world_run(world, is_well);
	world_sql(world, "SELECT string_agg(key || value, ',' ORDER BY key) FROM episoded_value", "a5,b7");
	assert_int_equal(world->versions[1], 0); /* what is heard is newer */
	world_send(world, &new, 1, true);
	world_run(world, is_well);
	world_sql(world, "SELECT value FROM episoded_value WHERE key = 'a'", "4");
}

/* Nothing is lost in a restart of the server, and nothing is done twice. */
static void restart(void **state, int how)
{
	struct line_world *world = world_of(state);
	static struct change changes[600];
	static char ids[200][8];

	world_lease(world, "irc/home", "a/00000001", 3);
	for (size_t i = 0; i < 200; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%zu", i);
		changes[3 * i] = begin_of("irc/home", 3, ids[i]);
		changes[3 * i + 1] = put_of("progress", "a", ids[i]);
		changes[3 * i + 2] = leased_of("irc/home", 3, "channels", ids[i]);
	}
	for (size_t i = 0; i < 100; i++)
		world_send(world, &changes[3 * i], 3, i % 3 == 0);
	postgres_server_halt(&line_server, how);
	for (size_t i = 100; i < 150; i++)
		world_send(world, &changes[3 * i], 3, i % 3 == 0);
	world_run(world, is_down);
	for (size_t i = 150; i < 200; i++)
		world_send(world, &changes[3 * i], 3, i % 3 == 0);
	postgres_server_resume(&line_server);
	world_run(world, is_well);
	for (size_t i = 1; i <= 200; i++)
		assert_true(world->ours[i][0]);
	PQreset(world->connection);
	world_sql(world, "SELECT count(*) FROM episoded_journal", "200");
	world_sql(world, "SELECT string_agg(value, ',') FROM episoded_value", "199,199");
	assert_int_equal(world->ups[LINE_WORK], 2);
}

static void restart_of_the_server_loses_nothing(void **state)
{
	restart(state, SIGINT);
}

static void crash_of_the_server_loses_nothing(void **state)
{
	restart(state, SIGQUIT);
}

static unsigned refused;

static void on_refused_rows(void *user, int error, const struct rows *rows)
{
	(void)user;
	assert_int_equal(error, -EAGAIN);
	assert_null(rows);
	refused++;
}

static bool are_refused(struct line_world *world)
{
	(void)world;
	return refused == 3;
}

static void statement_under_way_is_refused_when_the_connection_breaks(void **state)
{
	struct line_world *world = world_of(state);

	refused = 0;
	gate_mute(&world->gate, true);
	assert_int_equal(line_ask(world->line, LINE_BEAT, STATEMENT_SLOTS_REAP, NULL, on_refused_rows, NULL),
			0);
	line_sync(world->line, LINE_BEAT);
	assert_int_equal(line_ask(world->line, LINE_BEAT, STATEMENT_SLOTS_REAP, NULL, on_refused_rows, NULL),
			0);
	gate_cut(&world->gate);
	world->config.hosts[0].port = 1;
	world_run(world, is_down);
	assert_int_equal(line_ask(world->line, LINE_BEAT, STATEMENT_SLOTS_REAP, NULL, on_refused_rows, NULL),
			0);
	line_sync(world->line, LINE_BEAT);
	world_run(world, are_refused);
}

static bool is_loaded(struct line_world *world)
{
	return world->loads > 0;
}

/* The load is not lost, and does not take what is sent again for what an earlier owner has left. */
static void load_is_kept_over_a_break(void **state)
{
	struct line_world *world = world_of(state);
	struct store_claim claim = {.lease = "irc/home", .gateway = "home", .epoch = 3};
	struct change begin = begin_of("irc/home", 3, "1");

	world_lease(world, "irc/home", "a/00000001", 3);
	gate_mute(&world->gate, true);
	world_send(world, &begin, 1, true);
	assert_int_equal(world->store.load(world->store.user, &claim), 0);
	world_run(world, is_begun);
	gate_cut(&world->gate);
	gate_mute(&world->gate, false);
	world_run(world, is_loaded);
	assert_int_equal(world->loaded, 0);
	assert_true(world->ours[1][0]);
	assert_string_equal(world->opened, "home 1 !next -|");
}

/* It takes connections and statements, and does not answer: as a machine that hangs. */
static void silent_server_is_away(void **state)
{
	struct line_world *world = world_of(state);
	struct change begin = begin_of("", 0, "1");

	gate_mute(&world->gate, true);
	world_send(world, &begin, 1, true);
	world_run(world, is_down);
	assert_string_equal(world->reason, "the server does not answer");
	gate_mute(&world->gate, false);
	gate_cut(&world->gate);
	world_run(world, is_well);
	assert_true(world->ours[1][0]);
}

/* By a person with DROP TABLE, or a backup that was restored. */
static void tables_that_vanished_are_made_again(void **state)
{
	struct line_world *world = world_of(state);
	struct change begin = begin_of("", 0, "1");

	postgres_sql(world->connection, "DROP TABLE episoded_journal, episoded_meta");
	world_send(world, &begin, 1, true);
	world_run(world, is_well);
	assert_true(world->ours[1][0]);
	world_sql(world, "SELECT count(*) FROM episoded_journal", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			GATED_TEST(lost_reply_of_a_begin_is_still_ours),
			GATED_TEST(question_that_moved_with_its_lease_is_not_ours_any_more),
			GATED_TEST(value_of_another_process_is_newer_than_one_sent_again),
			LINE_TEST(restart_of_the_server_loses_nothing),
			LINE_TEST(crash_of_the_server_loses_nothing),
			GATED_TEST(statement_under_way_is_refused_when_the_connection_breaks),
			GATED_TEST(load_is_kept_over_a_break),
			GATED_TEST(silent_server_is_away),
			LINE_TEST(tables_that_vanished_are_made_again),
	};

	return cmocka_run_group_tests(tests, line_start_server, line_stop_server);
}
