/* The line to a real PostgreSQL: batches of the store, statements, loads. */

#include "line_world.h"

#include "bot/postgres/failure.h"

#define PUTS 40

/* ---------------------------------------------------------------- batches */

static void batch_begins_puts_and_ends_in_order(void **state)
{
	struct line_world *world = world_of(state);
	struct change begins[] = {begin_of("irc/home", 3, "1"), begin_of("irc/home", 2, "2"),
			begin_of("", 0, "3"), begin_of(NULL, 0, "4")};
	struct change rest[] = {done_of("1"), put_of("prefix", "home", "?"),
			leased_of("irc/home", 3, "channels", "#a"), leased_of("irc/home", 2, "late", "#b")};

	world_lease(world, "irc/home", "a/00000001", 3);
	world_send(world, begins, 4, true);
	world_run(world, world_is_settled);
	assert_true(world->ours[1][0]);
	assert_false(world->ours[1][1]); /* the epoch of an earlier lease */
	assert_true(world->ours[1][2]);
	assert_false(world->ours[1][3]);
	world_sql(world, "SELECT string_agg(id || ' ' || begun_by, ',' ORDER BY id) FROM episoded_journal",
			"1 a/00000001/1,3 a/00000001/1");
	world_sql(world,
			"SELECT body || extra || route || flags || time_ms FROM episoded_journal WHERE id = "
			"'1'",
			"!nexttoken2936012821770000000123");
	world_send(world, rest, 4, false);
	world_run(world, world_is_settled);
	assert_int_equal(world->versions[2], 1);
	world_sql(world, "SELECT count(*) FROM episoded_journal WHERE done_at IS NULL", "1");
	world_sql(world, "SELECT body IS NULL AND extra IS NULL FROM episoded_journal WHERE id = '1'", "t");
	world_sql(world,
			"SELECT string_agg(area || key || value || version, ',' ORDER BY area) FROM "
			"episoded_value",
			"irc/homechannels#a0,prefixhome?1");
}

static void question_of_another_process_is_not_ours(void **state)
{
	struct line_world *world = world_of(state);
	struct change begins[] = {begin_of("", 0, "1"), begin_of("", 0, "2")};

	postgres_sql(world->connection, "INSERT INTO episoded_journal (gateway, id, channel, author_id, "
					"author_name, account, time_ms,"
					" begun_by) VALUES ('home', '2', '', '', '', '', 0, 'b/00000002/1')");
	world_send(world, begins, 2, true);
	world_run(world, world_is_settled);
	assert_true(world->ours[1][0]);
	assert_false(world->ours[1][1]);
	world_sql(world, "SELECT begun_by FROM episoded_journal WHERE id = '2'", "b/00000002/1");
}

static void what_others_wrote_is_heard_before_the_result(void **state)
{
	struct line_world *world = world_of(state);
	struct change begins[] = {begin_of("", 0, "1")}, again[] = {begin_of("", 0, "2")};

	postgres_sql(world->connection, "UPDATE episoded_meta SET n = 5 WHERE name = 'version';"
					"INSERT INTO episoded_value (area, key, value, version) VALUES "
					"('progress', 'nam-ra', '5', 4),"
					" ('progress', 'on-jo', NULL, 5), ('irc/home', 'channels', '#a', 0)");
	world_send(world, begins, 1, true);
	world_run(world, world_is_settled);
	assert_string_equal(world->heard, "progress nam-ra=5@4|progress on-jo=NULL@5|");
	*world->heard = '\0';
	world_send(world, again, 1, true);
	world_run(world, world_is_settled);
	assert_string_equal(world->heard, "");
}

static void batches_that_are_not_awaited_are_one_transaction(void **state)
{
	struct line_world *world = world_of(state);
	struct change puts[PUTS];
	char keys[PUTS][8];

	for (size_t i = 0; i < PUTS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "%zu", i);
		puts[i] = put_of("prefix", keys[i], "!");
		world_send(world, &puts[i], 1, false);
	}
	world_run(world, world_is_settled);
	/* The version ticks once a transaction. */
	world_sql(world, "SELECT n FROM episoded_meta WHERE name = 'version'", "1");
	world_sql(world, "SELECT count(*) FROM episoded_value WHERE version = 1", "40");
}

static void last_value_of_a_key_wins(void **state)
{
	struct line_world *world = world_of(state);
	struct change first[] = {
			put_of("prefix", "a", "1"), put_of("prefix", "b", "1"), put_of("prefix", "a", "2")};
	struct change second[] = {
			{.kind = CHANGE_DELETE, .area = "prefix", .key = "b"}, put_of("prefix", "a", "3")};

	world_send(world, first, 3, false);
	world_send(world, second, 2, false);
	world_run(world, world_is_settled);
	world_sql(world,
			"SELECT string_agg(key || coalesce(value, 'NULL'), ',' ORDER BY key) FROM "
			"episoded_value",
			"a3,bNULL");
}

static void effect_leaves_its_mark(void **state)
{
	struct line_world *world = world_of(state);
	struct change begins[] = {begin_of("", 0, "1"), begin_of("", 0, "2")};
	struct change effects[] = {{.kind = CHANGE_KEEP,
						   .area = "progress",
						   .key = "nam-ra",
						   .value = "6",
						   .effect = "home 1"},
			{.kind = CHANGE_MARK, .effect = "home 2", .value = "refused"}};

	world_send(world, begins, 2, true);
	world_run(world, world_is_settled);
	world_send(world, effects, 2, true);
	world_run(world, world_is_settled);
	world_sql(world, "SELECT string_agg(id || mark, ',' ORDER BY id) FROM episoded_journal",
			"1done,2refused");
	world_sql(world, "SELECT value FROM episoded_value WHERE key = 'nam-ra'", "6");
}

static void handed_in_question_is_open_for_the_next_owner(void **state)
{
	struct line_world *world = world_of(state);
	struct change hand_in = begin_of(NULL, 0, "1");

	hand_in.kind = CHANGE_HAND_IN;
	world_send(world, &hand_in, 1, false);
	world_run(world, world_is_settled);
	world_sql(world, "SELECT begun_by = '' AND body = '!next' AND done_at IS NULL FROM episoded_journal",
			"t");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
	struct line_world *world = world_of(state);
	struct change put = put_of("prefix", "home",
			"a\xff"
			"b\xe2\x82");

	world_send(world, &put, 1, true);
	world_run(world, world_is_settled);
	world_sql(world, "SELECT value FROM episoded_value",
			"a\xef\xbf\xbd"
			"b\xef\xbf\xbd\xef\xbf\xbd");
}

/* The index takes no key of this length, whatever the server: the change is dropped, and no other. */
static void change_that_the_server_refuses_is_dropped_alone(void **state)
{
	struct line_world *world = world_of(state);
	static char key[20001];
	struct change bad[] = {put_of("prefix", "a", "1"), begin_of("", 0, "1"), put_of("prefix", key, "2"),
			begin_of("", 0, "2")};
	struct change good = put_of("prefix", "b", "3");
	uint64_t state_of = 88172645463325252;

	for (size_t i = 0; i < sizeof(key) - 1; i++) { /* without what could be compressed */
		state_of ^= state_of << 13;
		state_of ^= state_of >> 7;
		state_of ^= state_of << 17;
		key[i] = (char)('0' + state_of % 75);
	}
	world_send(world, bad, 4, false);
	world_send(world, &good, 1, false);
	world_run(world, world_is_settled);
	assert_true(world->ours[1][0]);
	assert_true(world->ours[1][1]);
	world_sql(world, "SELECT string_agg(key, ',' ORDER BY key) FROM episoded_value", "a,b");
	world_sql(world, "SELECT count(*) FROM episoded_journal", "2");
	assert_int_equal(world->downs[LINE_WORK], 0);
}

/* A lock that another client holds for longer than lock_timeout (55P03). */
static void conflict_is_sent_again_and_keeps_the_order(void **state)
{
	struct line_world *world = world_of(state);
	PGconn *other = postgres_connect(&line_server, world->database);
	struct change first = put_of("prefix", "a", "1"), second = put_of("prefix", "a", "2"),
		      third[] = {begin_of("", 0, "1")};

	postgres_sql(other, "INSERT INTO episoded_value (area, key, value) VALUES ('prefix', 'a', '0')");
	postgres_sql(other, "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 2500;"
			    " SELECT 1 FROM episoded_value WHERE key = 'a' FOR UPDATE");
	world_send(world, &first, 1, true);
	world_send(world, third, 1, true);
	world_send(world, &second, 1, true);
	world_run(world, world_is_settled);
	PQfinish(other);
	assert_true(world->ours[2][0]);
	world_sql(world, "SELECT value FROM episoded_value", "2");
	assert_int_equal(world->downs[LINE_WORK], 0);
}

/* ---------------------------------------------------------------- statements */

struct answers {
	char text[512];
	unsigned count, expected;
};

static struct answers answers;

static void on_rows(void *user, int error, const struct rows *rows)
{
	size_t length = strlen(answers.text);

	snprintf(answers.text + length, sizeof(answers.text) - length, "%s:%d:%s|", (const char *)user, error,
			rows ? rows_text(rows, 0, 0) : "");
	assert_true(error ? !rows : rows != NULL);
	answers.count++;
}

static void ask(struct line_world *world, enum line_lane lane, enum statement statement,
		const struct parameters *parameters, const char *name)
{
	answers.expected++;
	assert_int_equal(line_ask(world->line, lane, statement, parameters, on_rows, (void *)(uintptr_t)name),
			0);
}

static bool are_answered(struct line_world *world)
{
	(void)world;
	return answers.count >= answers.expected;
}

static struct parameters *renewal(const char *process)
{
	struct parameters *parameters = parameters_new();

	assert_non_null(parameters);
	parameters_text(parameters, process);
	parameters_seconds(parameters, 5);
	return parameters;
}

static void statements_are_answered_in_order(void **state)
{
	struct line_world *world = world_of(state);
	struct parameters *ours = renewal("a/00000001"), *theirs = renewal("b/00000002");

	answers = (struct answers){0};
	world_lease(world, "irc/home", "a/00000001", 3);
	ask(world, LINE_BEAT, STATEMENT_LEASE_RENEW, ours, "renew");
	ask(world, LINE_BEAT, STATEMENT_LEASE_RENEW, theirs, "none");
	line_sync(world->line, LINE_BEAT);
	ask(world, LINE_BEAT, STATEMENT_SLOTS_REAP, NULL, "reap");
	line_sync(world->line, LINE_BEAT);
	assert_int_equal(answers.count, 0); /* never inside */
	world_run(world, are_answered);
	assert_string_equal(answers.text, "renew:0:irc/home|none:0:|reap:0:|");
	parameters_free(ours);
	parameters_free(theirs);
}

/* lease_give of a NULL process name array: the transaction fails as a whole. */
static void failed_transaction_tells_each_statement(void **state)
{
	struct line_world *world = world_of(state);
	struct parameters *bad = parameters_new(), *good = renewal("a/00000001");

	answers = (struct answers){0};
	parameters_text(bad, NULL); /* a column that must not be NULL */
	parameters_number(bad, 5);
	world_lease(world, "irc/home", "a/00000001", 3);
	ask(world, LINE_BEAT, STATEMENT_LEASE_RENEW, good, "first");
	ask(world, LINE_BEAT, STATEMENT_BUDGET_OFFER, bad, "bad");
	ask(world, LINE_BEAT, STATEMENT_LEASE_RENEW, good, "behind");
	line_sync(world->line, LINE_BEAT);
	ask(world, LINE_BEAT, STATEMENT_LEASE_RENEW, good, "next");
	line_sync(world->line, LINE_BEAT);
	world_run(world, are_answered);
	assert_string_equal(answers.text, "first:-125:|bad:-22:|behind:-125:|next:0:irc/home|");
	assert_true(line_is_up(world->line, LINE_BEAT));
	parameters_free(bad);
	parameters_free(good);
}

static bool is_waiting_for_a_lock(struct line_world *world)
{
	return *postgres_sql(
			world->connection, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
}

/* A position that is ahead of the journal would lose a question. */
static void statement_of_the_work_lane_waits_for_batches_before_it(void **state)
{
	struct line_world *world = world_of(state);
	PGconn *other = postgres_connect(&line_server, world->database);
	struct parameters *parameters = renewal("a/00000001");
	struct change put = put_of("prefix", "a", "1");

	answers = (struct answers){0};
	world_lease(world, "irc/home", "a/00000001", 3);
	postgres_sql(other, "BEGIN; SELECT 1 FROM episoded_meta WHERE name = 'version' FOR UPDATE");
	world_send(world, &put, 1, true);
	ask(world, LINE_WORK, STATEMENT_LEASE_RENEW, parameters, "position");
	line_sync(world->line, LINE_WORK);
	world_run(world, is_waiting_for_a_lock);
	assert_int_equal(answers.count, 0);
	assert_int_equal(world->settled, 0);
	postgres_sql(other, "COMMIT");
	PQfinish(other);
	world_run(world, are_answered);
	assert_int_equal(world->settled, 1);
	assert_string_equal(answers.text, "position:0:irc/home|");
	parameters_free(parameters);
}

static bool is_hinted(struct line_world *world)
{
	return world->hints > 0;
}

static void hint_of_another_process_is_heard_and_our_own_is_not(void **state)
{
	struct line_world *world = world_of(state);
	struct change put = put_of("prefix", "a", "1");

	world_send(world, &put, 1, true);
	line_notify(world->line);
	world_run(world, world_is_settled);
	postgres_sql(world->connection, "NOTIFY episoded, 'theirs'");
	world_run(world, is_hinted);
	assert_int_equal(world->hints, 1);
}

/* ---------------------------------------------------------------- loads */

static bool is_loaded(struct line_world *world)
{
	return world->loads > 0;
}

static void load_gives_values_and_open_questions(void **state)
{
	struct line_world *world = world_of(state);
	struct store_claim claim = {.lease = "discord/home/64/7",
			.gateway = "home",
			.epoch = 3,
			.number = 7,
			.total = 64};
	struct change begins[] = {begin_of("", 0, "1"), begin_of("", 0, "2"), begin_of("", 0, "3")};
	struct change rest[] = {done_of("2"), leased_of("discord/home/64/7", 3, "rooms", "[]")};

	begins[2].entry.route = 8ull << 22; /* of another shard */
	world_lease(world, "discord/home/64/7", "a/00000001", 3);
	world_send(world, begins, 3, true);
	world_send(world, rest, 2, false);
	/* Its answer comes after the batches that were given before. */
	assert_int_equal(world->store.load(world->store.user, &claim), 0);
	world_run(world, is_loaded);
	assert_int_equal(world->settled, 2);
	assert_int_equal(world->loaded, 0);
	assert_string_equal(world->heard, "discord/home/64/7 rooms=[]@0|");
	assert_string_equal(world->opened, "home 1 !next -|");
	world_sql(world, "SELECT begun_by FROM episoded_journal WHERE id = '1'", "a/00000001/open");
	world_sql(world, "SELECT begun_by FROM episoded_journal WHERE id = '3'", "a/00000001/1");
}

static void load_without_the_lease_is_stale(void **state)
{
	struct line_world *world = world_of(state);
	struct store_claim claim = {.lease = "irc/home", .gateway = "home", .epoch = 2};
	struct change begin = begin_of("", 0, "1");

	world_lease(world, "irc/home", "a/00000001", 3);
	world_send(world, &begin, 1, true);
	assert_int_equal(world->store.load(world->store.user, &claim), 0);
	world_run(world, is_loaded);
	assert_int_equal(world->loaded, -ESTALE);
	assert_string_equal(world->opened, "");
	world_sql(world, "SELECT begun_by FROM episoded_journal", "a/00000001/1");
}

static void load_of_this_host_needs_no_lease(void **state)
{
	struct line_world *world = world_of(state);
	struct store_claim claim = {.lease = "lobby/home@a", .gateway = "home@a"};
	struct change changes[] = {begin_of("", 0, "1"), {.kind = CHANGE_PUT,
									 .area = "lobby/home@a",
									 .key = "next",
									 .value = "7",
									 .lease = ""}};

	changes[0].entry.gateway = "home@a";
	world_send(world, changes, 2, true);
	assert_int_equal(world->store.load(world->store.user, &claim), 0);
	world_run(world, is_loaded);
	assert_int_equal(world->loaded, 0);
	assert_string_equal(world->heard, "lobby/home@a next=7@0|");
	assert_string_equal(world->opened, "home@a 1 !next -|");
}

/* A role has values; the questions of its gateway belong to others. */
static void load_of_a_role_takes_no_questions(void **state)
{
	struct line_world *world = world_of(state);
	struct store_claim claim = {.lease = "role/discord/home", .gateway = "home", .epoch = 1};
	struct change changes[] = {begin_of("", 0, "1"), leased_of("role/discord/home", 1, "commands", "77")};

	world_lease(world, "role/discord/home", "a/00000001", 1);
	world_send(world, changes, 2, true);
	assert_int_equal(world->store.load(world->store.user, &claim), 0);
	world_run(world, is_loaded);
	assert_int_equal(world->loaded, 0);
	assert_string_equal(world->heard, "role/discord/home commands=77@0|");
	assert_string_equal(world->opened, "");
}

/* ---------------------------------------------------------------- SQLSTATEs */

static void failures_are_told_apart(void **state)
{
	char sqlstate[FAILURE_STATE_BYTES];

	(void)state;
	assert_int_equal(failure_of(NULL), FAILURE_AWAY);
	assert_int_equal(failure_of("57P01"), FAILURE_AWAY);
	assert_int_equal(failure_of("25006"), FAILURE_AWAY);
	assert_int_equal(failure_of("40001"), FAILURE_AGAIN);
	assert_int_equal(failure_of("55P03"), FAILURE_AGAIN);
	assert_int_equal(failure_of("55000"), FAILURE_AWAY);
	assert_int_equal(failure_of("28P01"), FAILURE_REFUSED);
	assert_int_equal(failure_of("42501"), FAILURE_REFUSED);
	assert_int_equal(failure_of("42P01"), FAILURE_AWAY); /* the tables were dropped: made again */
	assert_int_equal(failure_of("26000"), FAILURE_AWAY); /* a pooler of statements */
	assert_int_equal(failure_of("22021"), FAILURE_OURS);
	assert_int_equal(failure_of("54000"), FAILURE_OURS);
	assert_true(failure_state(
			"connection to server failed: FATAL:  28P01: password authentication failed\n",
			sqlstate));
	assert_string_equal(sqlstate, "28P01");
	assert_true(failure_state("SCHWERWIEGEND:  57P03: das Datenbanksystem startet", sqlstate));
	assert_string_equal(sqlstate, "57P03");
	assert_false(failure_state("server closed the connection unexpectedly: \n", sqlstate));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			LINE_TEST(batch_begins_puts_and_ends_in_order),
			LINE_TEST(question_of_another_process_is_not_ours),
			LINE_TEST(what_others_wrote_is_heard_before_the_result),
			LINE_TEST(batches_that_are_not_awaited_are_one_transaction),
			LINE_TEST(last_value_of_a_key_wins),
			LINE_TEST(effect_leaves_its_mark),
			LINE_TEST(handed_in_question_is_open_for_the_next_owner),
			LINE_TEST(bytes_that_are_not_utf8_are_replaced),
			LINE_TEST(change_that_the_server_refuses_is_dropped_alone),
			LINE_TEST(conflict_is_sent_again_and_keeps_the_order),
			LINE_TEST(statements_are_answered_in_order),
			LINE_TEST(failed_transaction_tells_each_statement),
			LINE_TEST(statement_of_the_work_lane_waits_for_batches_before_it),
			LINE_TEST(hint_of_another_process_is_heard_and_our_own_is_not),
			LINE_TEST(load_gives_values_and_open_questions),
			LINE_TEST(load_without_the_lease_is_stale),
			LINE_TEST(load_of_this_host_needs_no_lease),
			LINE_TEST(load_of_a_role_takes_no_questions),
			cmocka_unit_test(failures_are_told_apart),
	};

	return cmocka_run_group_tests(tests, line_start_server, line_stop_server);
}
