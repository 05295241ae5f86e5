/*
 * The fence: a question is journalled under a lease only while this process holds it. Two connections to a real
 * PostgreSQL, one with an open transaction, in both orders; and without the lock, to show that the test finds its
 * absence. Several clients at once, to show that nothing deadlocks.
 */

#include "postgres_server.h"

#include "bot/postgres/statements.h"

#define CLIENTS 6
#define ROUNDS  150
#define LEASES  8
#define LOCK    " FOR SHARE OF l"

static struct postgres_server server;

struct world {
	char database[16];
	PGconn *owner, *taker, *watcher;
};

static int start(void **state)
{
	(void)state;
	(void)postgres_server_start(&server, NULL);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	postgres_server_stop(&server);
	return 0;
}

static void prepare(PGconn *connection, enum statement statement, const char *sql)
{
	const struct statement_text *text = statements_text(statement);
	Oid types[PARAMETERS_MAX];
	PGresult *result;
	int count = (int)strlen(text->types);

	for (int i = 0; i < count; i++)
		types[i] = statements_oid(text->types[i]);
	result = PQprepare(connection, text->name, sql ? sql : text->sql, count, types);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", text->name, PQerrorMessage(connection));
	PQclear(result);
}

static PGconn *open_client(const char *database)
{
	PGconn *connection = postgres_connect(&server, database);

	assert_int_equal(PQstatus(connection), CONNECTION_OK);
	for (unsigned i = 0; i < STATEMENT_COUNT; i++)
		if (i != STATEMENT_JOURNAL_BEGIN)
			prepare(connection, i, NULL);
	return connection;
}

static int set_up(void **state)
{
	struct world *world;

	*state = NULL;
	if (!*server.programs)
		return 0;
	world = calloc(1, sizeof(*world));
	assert_non_null(world);
	postgres_new_database(&server, world->database);
	world->watcher = postgres_connect(&server, world->database);
	postgres_sql(world->watcher, "SET client_min_messages = warning");
	postgres_sql(world->watcher, statements_schema);
	world->owner = open_client(world->database);
	world->taker = open_client(world->database);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	if (!world)
		return 0;
	PQfinish(world->owner);
	PQfinish(world->taker);
	PQfinish(world->watcher);
	free(world);
	return 0;
}

static struct world *world_of(void **state)
{
	if (!*state)
		skip();
	return *state;
}

/* ---------------------------------------------------------------- the statements, by name */

static void send_statement(PGconn *connection, enum statement statement, struct parameters *parameters)
{
	struct parameters_view view;

	assert_int_equal(parameters_error(parameters), 0);
	parameters_read(parameters, &view);
	assert_int_equal(PQsendQueryPrepared(connection, statements_text(statement)->name, (int)view.count,
					 view.values, view.lengths, view.formats, 0),
			1);
	parameters_free(parameters);
}

/* The rows of the statement that was sent; the caller frees them. */
static PGresult *receive(PGconn *connection)
{
	PGresult *result = PQgetResult(connection), *end = PQgetResult(connection);

	assert_null(end);
	return result;
}

static PGresult *run(PGconn *connection, enum statement statement, struct parameters *parameters)
{
	send_statement(connection, statement, parameters);
	return receive(connection);
}

static void assert_good(const PGresult *result)
{
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s", PQresultErrorMessage(result));
}

/* A question of each lease, as process has them with this epoch. */
static struct parameters *begin_of(const char *id, const char *const *leases, size_t count, int64_t epoch,
		const char *process, const char *begun_by)
{
	struct parameters *parameters = parameters_new();
	const char *texts[LEASES], *gateways[LEASES], *ids[LEASES], *bys[LEASES];
	int64_t numbers[LEASES] = {0}, epochs[LEASES];
	char names[LEASES][32];

	assert_non_null(parameters);
	for (size_t i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "%s-%zu", id, i);
		gateways[i] = "home";
		ids[i] = count == 1 ? id : names[i];
		texts[i] = "";
		epochs[i] = epoch;
		bys[i] = begun_by;
	}
	parameters_texts(parameters, gateways, count);
	parameters_texts(parameters, ids, count);
	parameters_numbers(parameters, numbers, count);
	for (unsigned i = 0; i < 6; i++)
		parameters_texts(parameters, texts, count);
	parameters_numbers(parameters, numbers, count);
	parameters_numbers(parameters, numbers, count);
	parameters_texts(parameters, leases, count);
	parameters_numbers(parameters, epochs, count);
	parameters_texts(parameters, bys, count);
	parameters_texts(parameters, leases, count);
	parameters_numbers(parameters, epochs, count);
	parameters_text(parameters, process);
	parameters_number(parameters, 0);
	return parameters;
}

static struct parameters *take_of(const char *const *leases, size_t count, const char *process)
{
	struct parameters *parameters = parameters_new();

	parameters_text(parameters, process);
	parameters_texts(parameters, leases, count);
	parameters_number(parameters, (int64_t)count);
	parameters_seconds(parameters, 5);
	parameters_seconds(parameters, 4e9); /* far in the future: each deadline that has passed has lapsed */
	return parameters;
}

static struct parameters *open_of(const char *lease, int64_t epoch, const char *process)
{
	struct parameters *parameters = parameters_new();

	parameters_text(parameters, "home");
	parameters_number(parameters, 0);
	parameters_number(parameters, 0);
	parameters_text(parameters, process);
	parameters_text(parameters, lease);
	parameters_number(parameters, epoch);
	return parameters;
}

static const char *const home[] = {"irc/home"};

static void lapse(const struct world *world)
{
	postgres_sql(world->watcher,
			"INSERT INTO episoded_lease (name, kind, gateway, owner, epoch, deadline)"
			" VALUES ('irc/home', 'gateway', 'home', 'a', 3, now() - interval '1 minute')");
}

static unsigned count_kind(const PGresult *result, const char *kind)
{
	unsigned count = 0;

	for (int i = 0; i < PQntuples(result); i++)
		count += strcmp(PQgetvalue(result, i, 0), kind) == 0;
	return count;
}

static bool waits_for_a_lock(const struct world *world)
{
	return *postgres_sql(world->watcher, "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
}

/* ---------------------------------------------------------------- both orders */

/*
 * The lease is taken in a transaction that is still open, and its new owner has read the open questions; then the old
 * owner, which does not know it, begins a question. Returns how many questions exist that neither process answers:
 * the new owner has not seen them, and the old one may not speak.
 */
static unsigned take_then_begin(struct world *world, const char *begin_sql)
{
	uint64_t deadline = postgres_now_ms() + 5000;
	unsigned seen, begun;
	PGresult *result;
	bool is_waiting = false;

	prepare(world->owner, STATEMENT_JOURNAL_BEGIN, begin_sql);
	lapse(world);
	postgres_sql(world->taker, "BEGIN");
	result = run(world->taker, STATEMENT_LEASE_TAKE, take_of(home, 1, "b"));
	assert_good(result);
	assert_int_equal(PQntuples(result), 1);
	assert_string_equal(PQgetvalue(result, 0, 1), "4");
	assert_string_equal(PQgetvalue(result, 0, 3), "a"); /* from whom */
	PQclear(result);
	result = run(world->taker, STATEMENT_JOURNAL_OPEN, open_of("irc/home", 4, "b"));
	assert_good(result);
	seen = count_kind(result, "1");
	assert_int_equal(count_kind(result, "0"), 1);
	PQclear(result);
	send_statement(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/1"));
	/* With the lock it waits for the take; without it, it ends. */
	while (!is_waiting && postgres_now_ms() < deadline && PQisBusy(world->owner)) {
		is_waiting = waits_for_a_lock(world);
		assert_int_equal(PQconsumeInput(world->owner), 1);
		if (!is_waiting)
			postgres_pause();
	}
	postgres_sql(world->taker, "COMMIT");
	result = receive(world->owner);
	assert_good(result);
	begun = count_kind(result, "1");
	PQclear(result);
	assert_string_equal(postgres_sql(world->watcher,
					    "SELECT count(*) FROM episoded_journal WHERE done_at IS NULL"),
			begun + seen ? "1" : "0");
	return begun - seen;
}

static void late_begin_waits_for_the_take_and_is_refused(void **state)
{
	struct world *world = world_of(state);

	assert_int_equal(take_then_begin(world, NULL), 0);
}

/* The mutant: without FOR SHARE the question is written, and no process answers it. */
static void without_the_lock_a_question_is_lost(void **state)
{
	struct world *world = world_of(state);
	const char *sql = statements_text(STATEMENT_JOURNAL_BEGIN)->sql, *lock = strstr(sql, LOCK);
	char mutant[4096];

	assert_non_null(lock);
	snprintf(mutant, sizeof(mutant), "%.*s%s", (int)(lock - sql), sql, lock + strlen(LOCK));
	assert_int_equal(take_then_begin(world, mutant), 1);
}

/* The old owner begins a question in a transaction that is still open: the lease is not taken until it has ended, and then
 * the new owner sees the question. */
static void take_skips_a_lease_whose_owner_writes(void **state)
{
	struct world *world = world_of(state);
	PGresult *result;

	prepare(world->owner, STATEMENT_JOURNAL_BEGIN, NULL);
	lapse(world);
	postgres_sql(world->owner, "BEGIN");
	result = run(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/1"));
	assert_good(result);
	assert_int_equal(count_kind(result, "1"), 1);
	PQclear(result);
	result = run(world->taker, STATEMENT_LEASE_TAKE, take_of(home, 1, "b"));
	assert_good(result);
	assert_int_equal(PQntuples(result), 0);
	PQclear(result);
	postgres_sql(world->owner, "COMMIT");
	result = run(world->taker, STATEMENT_LEASE_TAKE, take_of(home, 1, "b"));
	assert_int_equal(PQntuples(result), 1);
	PQclear(result);
	result = run(world->taker, STATEMENT_JOURNAL_OPEN, open_of("irc/home", 4, "b"));
	assert_int_equal(count_kind(result, "1"), 1);
	PQclear(result);
	/* The batch of the old owner is sent again: the question is not its own any more. */
	result = run(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/1"));
	assert_good(result);
	assert_int_equal(count_kind(result, "1"), 0);
	PQclear(result);
}

/* I1: the same batch gets its own questions back, another batch of the same process does not, and an answered one is not
 * begun again. */
static void batch_sent_again_gets_its_own_questions(void **state)
{
	struct world *world = world_of(state);
	PGresult *result;

	prepare(world->owner, STATEMENT_JOURNAL_BEGIN, NULL);
	lapse(world);
	for (unsigned i = 0; i < 2; i++) {
		result = run(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/1"));
		assert_int_equal(count_kind(result, "1"), 1);
		PQclear(result);
	}
	result = run(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/2"));
	assert_int_equal(count_kind(result, "1"), 0);
	PQclear(result);
	postgres_sql(world->watcher, "UPDATE episoded_journal SET done_at = now()");
	result = run(world->owner, STATEMENT_JOURNAL_BEGIN, begin_of("1", home, 1, 3, "a", "a/1"));
	assert_int_equal(count_kind(result, "1"), 0);
	PQclear(result);
}

/* A lapsed lease is taken only if its deadline is before what the taker knows of the database's clock. */
static void lapsed_lease_needs_a_clock_that_was_watched(void **state)
{
	struct world *world = world_of(state);
	struct parameters *parameters = parameters_new();
	PGresult *result;

	lapse(world);
	parameters_text(parameters, "b");
	parameters_texts(parameters, home, 1);
	parameters_number(parameters, 1);
	parameters_seconds(parameters, 5);
	parameters_seconds(parameters, 0);
	result = run(world->taker, STATEMENT_LEASE_TAKE, parameters);
	assert_good(result);
	assert_int_equal(PQntuples(result), 0);
	PQclear(result);
	postgres_sql(world->watcher, "UPDATE episoded_lease SET owner = NULL");
	result = run(world->taker, STATEMENT_LEASE_TAKE, take_of(home, 1, "b"));
	assert_int_equal(PQntuples(result), 1);
	PQclear(result);
}

/* ---------------------------------------------------------------- many clients */

/* In a process of its own: each round begins questions under all leases, in an order of its own, renews, stores positions
 * and takes. Ends with 0 if no statement failed. */
static int be_client(const char *database, unsigned number)
{
	PGconn *connection = postgres_connect(&server, database);
	const char *names[LEASES];
	char texts[LEASES][16], process[8], id[16];

	for (unsigned i = 0; i < STATEMENT_COUNT; i++)
		prepare(connection, i, NULL);
	snprintf(process, sizeof(process), "p%u", number);
	for (unsigned round = 0; round < ROUNDS; round++) {
		bool are_ready[LEASES] = {false};
		int64_t epochs[LEASES] = {0};
		PGresult *results[4];
		struct parameters *parameters;
		const char *positions[LEASES];

		for (unsigned i = 0; i < LEASES; i++) {
			snprintf(texts[i], sizeof(texts[i]), "lease%u",
					(i * (number * 2 + 1) + round) % LEASES);
			names[i] = texts[i];
			positions[i] = "{}";
			epochs[i] = 1;
		}
		snprintf(id, sizeof(id), "%u", round);
		results[0] = run(connection, STATEMENT_JOURNAL_BEGIN,
				begin_of(id, names, LEASES, 1, "owner", process));
		parameters = parameters_new();
		parameters_text(parameters, "owner");
		parameters_seconds(parameters, 5);
		results[1] = run(connection, STATEMENT_LEASE_RENEW, parameters);
		parameters = parameters_new();
		parameters_texts(parameters, names, LEASES);
		parameters_numbers(parameters, epochs, LEASES);
		parameters_texts(parameters, positions, LEASES);
		parameters_flags(parameters, are_ready, LEASES);
		parameters_flags(parameters, are_ready, LEASES);
		parameters_text(parameters, "owner");
		results[2] = run(connection, STATEMENT_LEASE_POSITION, parameters);
		results[3] = run(connection, STATEMENT_LEASE_TAKE, take_of(names, LEASES, process));
		for (unsigned i = 0; i < 4; i++) {
			ExecStatusType status = PQresultStatus(results[i]);

			if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
				fprintf(stderr, "round %u, statement %u: %s", round, i,
						PQresultErrorMessage(results[i]));
				return 1;
			}
			PQclear(results[i]);
		}
	}
	PQfinish(connection);
	return 0;
}

static void clients_that_write_under_the_same_leases_do_not_deadlock(void **state)
{
	const struct world *world = world_of(state);
	pid_t pids[CLIENTS];
	char expected[32];

	for (unsigned i = 0; i < LEASES; i++) {
		char sql[256];

		snprintf(sql, sizeof(sql),
				"INSERT INTO episoded_lease (name, kind, gateway, owner, epoch, deadline) "
				"VALUES"
				" ('lease%u', 'shard', 'home', 'owner', 1, now() + interval '1 hour')",
				i);
		postgres_sql(world->watcher, sql);
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(be_client(world->database, i));
	}
	for (unsigned i = 0; i < CLIENTS; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	/* Each question once, by the first client. */
	snprintf(expected, sizeof(expected), "%u", ROUNDS * LEASES);
	assert_string_equal(postgres_sql(world->watcher, "SELECT count(*) FROM episoded_journal"), expected);
	assert_string_equal(postgres_sql(world->watcher, "SELECT deadlocks FROM pg_stat_database WHERE "
							 "datname = current_database()"),
			"0");
}

#define FENCE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			FENCE_TEST(late_begin_waits_for_the_take_and_is_refused),
			FENCE_TEST(without_the_lock_a_question_is_lost),
			FENCE_TEST(take_skips_a_lease_whose_owner_writes),
			FENCE_TEST(batch_sent_again_gets_its_own_questions),
			FENCE_TEST(lapsed_lease_needs_a_clock_that_was_watched),
			FENCE_TEST(clients_that_write_under_the_same_leases_do_not_deadlock),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
