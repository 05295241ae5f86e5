/*
 * What tests/fleet/database.c says the statements mean is what a real PostgreSQL does: the same random statements on both.
 *
 * Time is virtual on both sides. Each statement runs in a transaction, in which now() is one moment, after every time in the
 * tables has been moved so that as much has passed as the model says.
 */

#include "tests/unit/postgres_server.h"

#include <inttypes.h>

#include "bot/base/random.h"
#include "bot/base/str.h"
#include "bot/postgres/statements.h"
#include "tests/fleet/database.c"

#define SEQUENCES   25
#define STEPS       40
#define SHARDS      6
#define PROCESSES   4
#define CONCURRENCY 2
#define STARTS      5
#define BUDGET      10
#define LEASE_S     5
#define SPACING_S   5.5
#define CLEAR_MS    5 /* what the move rounds */
#define EPOCH_MS    INT64_C(1800000000000)

struct world {
	PGconn *connection;
	struct random random;
	struct database model;
	double base_s; /* the server's clock when the model's showed now_ms */
};

static struct postgres_server server;

/* ---------------------------------------------------------------- the server */

static PGresult *ask(struct world *world, enum statement statement, struct parameters *parameters)
{
	const struct statement_text *text = statements_text(statement);
	struct parameters_view view;
	unsigned oids[PARAMETERS_MAX];
	PGresult *result;

	assert_int_equal(parameters_error(parameters), 0);
	parameters_read(parameters, &view);
	assert_int_equal(view.count, strlen(text->types));
	for (unsigned i = 0; i < view.count; i++)
		oids[i] = statements_oid(text->types[i]);
	result = PQexecParams(world->connection, text->sql, (int)view.count, oids, view.values, view.lengths,
			view.formats, 0);
	parameters_free(parameters);
	if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", text->name, PQerrorMessage(world->connection));
	return result;
}

static double number(PGresult *result, int row, int column)
{
	return strtod(PQgetvalue(result, row, column), NULL);
}

static double clock_s(struct world *world)
{
	return strtod(postgres_sql(world->connection, "SELECT extract(epoch FROM now())"), NULL);
}

static void move_times(struct world *world, double by_s)
{
	char sql[768];

	snprintf(sql, sizeof(sql),
			"UPDATE episoded_lease SET deadline = deadline + %f * interval '1 second';"
			"UPDATE episoded_host SET deadline = deadline + %f * interval '1 second';"
			"UPDATE episoded_gate SET next_at = next_at + %f * interval '1 second';"
			"UPDATE episoded_starts SET reset_at = reset_at + %f * interval '1 second'",
			by_s, by_s, by_s, by_s);
	postgres_sql(world->connection, sql);
}

/* ---------------------------------------------------------------- time */

static bool is_far(int64_t difference_ms)
{
	return difference_ms > CLEAR_MS || difference_ms < -CLEAR_MS;
}

/* Does no statement depend on a few ms now? */
static bool is_clear(const struct database *model)
{
	for (size_t i = 0; i < model->lease_count; i++) {
		if (!is_far(model->leases[i].deadline_ms - model->now_ms))
			return false;
	}
	for (size_t i = 0; i < model->process_count; i++) {
		if (!is_far(model->processes[i].deadline_ms - model->now_ms) ||
				!is_far(model->processes[i].deadline_ms - model->now_ms + 5000))
			return false;
	}
	for (int i = 0; i < CONCURRENCY; i++) {
		if (!is_far(model->gate_ms[i] - model->now_ms - 3000) ||
				!is_far(model->gate_ms[i] - model->now_ms - 1500))
			return false;
	}
	return is_far(model->starts_reset_ms - model->now_ms);
}

static void pass_time(struct world *world)
{
	static const int64_t steps_ms[] = {0, 170, 1130, 2310, 3170, 5330, 9010, 12110};
	int64_t before_ms = world->model.now_ms;
	double now_s;

	world->model.now_ms += steps_ms[random_below(&world->random, 8)];
	while (!is_clear(&world->model))
		world->model.now_ms += 110;
	postgres_sql(world->connection, "BEGIN");
	now_s = clock_s(world);
	move_times(world, now_s - world->base_s - (double)(world->model.now_ms - before_ms) / 1000);
	world->base_s = now_s;
}

/* ---------------------------------------------------------------- statements on both */

static const char *process_name(unsigned process, char ret[16])
{
	snprintf(ret, 16, "p%u", process);
	return ret;
}

/* The row of a lease by its name. */
static size_t index_of(const char *name)
{
	return (size_t)strtoul(strrchr(name, '/') + 1, NULL, 10);
}

static void beat(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	struct database_process hosts[PROCESSES + 1];
	bool is_leaving = random_below(&world->random, 8) == 0;
	char name[16];
	PGresult *result;

	parameters_text(parameters, process_name(process, name));
	parameters_text(parameters, "host");
	parameters_text(parameters, "1.0");
	parameters_number(parameters, 1);
	parameters_text(parameters, is_leaving ? "leaving" : "live");
	parameters_seconds(parameters, LEASE_S);
	parameters_text(parameters, "");
	result = ask(world, STATEMENT_HOST_BEAT, parameters);
	database_host_beat(&world->model, process, 1, is_leaving, LEASE_S * 1000);
	assert_int_equal(PQntuples(result), database_hosts(&world->model, hosts, PROCESSES + 1));
	PQclear(result);
}

static void expect_leases(const struct world *world, PGresult *result, const size_t *rows, size_t count)
{
	bool is_listed[SHARDS] = {false};

	assert_int_equal(PQntuples(result), count);
	for (size_t i = 0; i < count; i++)
		is_listed[rows[i]] = true;
	for (int i = 0; i < (int)count; i++) {
		size_t index = index_of(PQgetvalue(result, i, 0));

		assert_true(is_listed[index]);
		assert_int_equal((uint64_t)number(result, i, 1), world->model.leases[index].epoch);
	}
}

static void renew(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	size_t rows[SHARDS];
	char name[16];
	PGresult *result;

	parameters_text(parameters, process_name(process, name));
	parameters_seconds(parameters, LEASE_S);
	result = ask(world, STATEMENT_LEASE_RENEW, parameters);
	expect_leases(world, result, rows, database_renew(&world->model, process, LEASE_S * 1000, rows));
	PQclear(result);
}

static void take(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	unsigned limit = 1 + (unsigned)random_below(&world->random, SHARDS);
	bool is_watched = random_below(&world->random, 3) != 0;
	const char *names[SHARDS];
	size_t rows[SHARDS];
	char name[16];
	PGresult *result;

	for (int i = 0; i < SHARDS; i++)
		names[i] = world->model.leases[i].name;
	parameters_text(parameters, process_name(process, name));
	parameters_texts(parameters, names, SHARDS);
	parameters_number(parameters, limit);
	parameters_seconds(parameters, LEASE_S);
	parameters_seconds(parameters, is_watched ? world->base_s + 1 : 0);
	result = ask(world, STATEMENT_LEASE_TAKE, parameters);
	expect_leases(world, result, rows,
			database_take(&world->model, process, limit, LEASE_S * 1000,
					is_watched ? (uint64_t)(world->model.now_ms + 1000) : 0, rows));
	for (int i = 0; i < PQntuples(result); i++)
		assert_int_equal((uint64_t)number(result, i, 2),
				world->model.leases[index_of(PQgetvalue(result, i, 0))].position);
	PQclear(result);
}

/* Its epoch, or an old one. */
static uint64_t some_epoch(struct world *world, size_t lease)
{
	uint64_t epoch = world->model.leases[lease].epoch;

	return epoch && random_below(&world->random, 4) == 0 ? epoch - 1 : epoch;
}

static void give(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	size_t lease = random_below(&world->random, SHARDS);
	uint64_t epoch = some_epoch(world, lease), position = 1 + random_below(&world->random, 1000);
	char name[16], text[24];
	PGresult *result;

	snprintf(text, sizeof(text), "%" PRIu64, position);
	parameters_texts(parameters, (const char *const[]){world->model.leases[lease].name}, 1);
	parameters_numbers(parameters, (const int64_t[]){(int64_t)epoch}, 1);
	parameters_texts(parameters, (const char *const[]){text}, 1);
	parameters_text(parameters, process_name(process, name));
	result = ask(world, STATEMENT_LEASE_GIVE, parameters);
	assert_int_equal(PQntuples(result), database_give(&world->model, process, lease, epoch, position));
	PQclear(result);
}

static void put_position(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	size_t lease = random_below(&world->random, SHARDS);
	uint64_t epoch = some_epoch(world, lease), position = 1 + random_below(&world->random, 1000);
	bool is_ready = random_below(&world->random, 2), needs = random_below(&world->random, 2);
	char name[16], text[24];
	PGresult *result;

	snprintf(text, sizeof(text), "%" PRIu64, position);
	parameters_texts(parameters, (const char *const[]){world->model.leases[lease].name}, 1);
	parameters_numbers(parameters, (const int64_t[]){(int64_t)epoch}, 1);
	parameters_texts(parameters, (const char *const[]){text}, 1);
	parameters_flags(parameters, &is_ready, 1);
	parameters_flags(parameters, &needs, 1);
	parameters_text(parameters, process_name(process, name));
	result = ask(world, STATEMENT_LEASE_POSITION, parameters);
	assert_int_equal(PQntuples(result),
			database_position(&world->model, process, lease, epoch, position, is_ready, needs));
	PQclear(result);
}

static void reserve(struct world *world, unsigned process)
{
	struct parameters *parameters = parameters_new();
	unsigned shard = (unsigned)random_below(&world->random, SHARDS);
	int64_t wait_ms;
	PGresult *result;

	(void)process;
	parameters_text(parameters, "home");
	parameters_number(parameters, shard % CONCURRENCY);
	parameters_number(parameters, shard);
	parameters_number(parameters, CONCURRENCY);
	parameters_number(parameters, SHARDS);
	parameters_seconds(parameters, SPACING_S);
	result = ask(world, STATEMENT_GATE_RESERVE, parameters);
	wait_ms = database_reserve(
			&world->model, shard % CONCURRENCY, shard, CONCURRENCY, (int64_t)(SPACING_S * 1000));
	assert_int_equal(PQntuples(result), wait_ms >= 0);
	if (wait_ms >= 0)
		assert_true(number(result, 0, 0) * 1000 > (double)wait_ms - CLEAR_MS &&
				number(result, 0, 0) * 1000 < (double)wait_ms + CLEAR_MS);
	PQclear(result);
}

static void move_slots(struct world *world, unsigned process, bool is_back)
{
	struct parameters *parameters = parameters_new();
	int count = 1 + (int)random_below(&world->random, 5), held;
	char name[16];
	PGresult *result;

	parameters_text(parameters, "home");
	parameters_text(parameters, process_name(process, name));
	parameters_number(parameters, count);
	result = ask(world, is_back ? STATEMENT_SLOTS_BACK : STATEMENT_SLOTS_MOVE, parameters);
	held = is_back ? database_slots_back(&world->model, process, count)
		       : database_slots_move(&world->model, process, count);
	assert_int_equal(PQntuples(result), held >= 0);
	if (held >= 0)
		assert_int_equal((int)number(result, 0, 0), held);
	PQclear(result);
}

static void take_slots(struct world *world, unsigned process)
{
	move_slots(world, process, false);
}

static void return_slots(struct world *world, unsigned process)
{
	move_slots(world, process, true);
}

static void reap_slots(struct world *world, unsigned process)
{
	PGresult *result = ask(world, STATEMENT_SLOTS_REAP, parameters_new());
	int freed = 0;

	(void)process;
	for (int i = 0; i < PQntuples(result); i++)
		freed += (int)number(result, i, 1);
	assert_int_equal(freed, database_slots_reap(&world->model));
	PQclear(result);
}

/* ---------------------------------------------------------------- the tables are equal */

static void expect_near(double actual_s, int64_t expected_ms)
{
	double difference_ms = actual_s * 1000 - (double)expected_ms;

	if (difference_ms > CLEAR_MS || difference_ms < -CLEAR_MS)
		fail_msg("%f s, not %" PRId64 " ms", actual_s, expected_ms);
}

static void expect_rows(struct world *world)
{
	PGresult *result = PQexec(world->connection,
			"SELECT coalesce(owner, ''), epoch, is_ready, needs_identify, position,"
			" extract(epoch FROM deadline - now()) FROM episoded_lease ORDER BY number");
	char name[16];

	assert_int_equal(PQntuples(result), SHARDS);
	for (int i = 0; i < SHARDS; i++) {
		const struct database_lease *lease = &world->model.leases[i];

		assert_string_equal(PQgetvalue(result, i, 0),
				lease->owner ? process_name(lease->owner, name) : "");
		assert_int_equal((uint64_t)number(result, i, 1), lease->epoch);
		assert_string_equal(PQgetvalue(result, i, 2), lease->is_ready ? "t" : "f");
		assert_string_equal(PQgetvalue(result, i, 3), lease->needs_identify ? "t" : "f");
		assert_int_equal((uint64_t)number(result, i, 4), lease->position);
		expect_near(number(result, i, 5), lease->deadline_ms - world->model.now_ms);
	}
	PQclear(result);
	result = PQexec(world->connection, "SELECT remaining, extract(epoch FROM reset_at - now()), free"
					   " FROM episoded_starts, episoded_budget");
	assert_int_equal((int)number(result, 0, 0), world->model.starts_remaining);
	expect_near(number(result, 0, 1), world->model.starts_reset_ms - world->model.now_ms);
	assert_int_equal((int)number(result, 0, 2), world->model.budget_free);
	PQclear(result);
	result = PQexec(world->connection,
			"SELECT extract(epoch FROM next_at - now()) FROM episoded_gate ORDER BY bucket");
	for (int i = 0; i < CONCURRENCY; i++)
		expect_near(number(result, i, 0), world->model.gate_ms[i] - world->model.now_ms);
	PQclear(result);
}

/* ---------------------------------------------------------------- sequences */

static void offer(struct world *world)
{
	struct parameters *parameters = parameters_new();
	const char *names[SHARDS], *kinds[SHARDS], *gateways[SHARDS];
	int64_t totals[SHARDS], numbers[SHARDS];

	for (int i = 0; i < SHARDS; i++) {
		names[i] = world->model.leases[i].name;
		kinds[i] = "shard";
		gateways[i] = "home";
		totals[i] = SHARDS;
		numbers[i] = i;
	}
	parameters_texts(parameters, names, SHARDS);
	parameters_texts(parameters, kinds, SHARDS);
	parameters_texts(parameters, gateways, SHARDS);
	parameters_numbers(parameters, totals, SHARDS);
	parameters_numbers(parameters, numbers, SHARDS);
	PQclear(ask(world, STATEMENT_LEASE_OFFER, parameters));
	parameters = parameters_new();
	parameters_text(parameters, "home");
	parameters_number(parameters, BUDGET);
	PQclear(ask(world, STATEMENT_BUDGET_OFFER, parameters));
	parameters = parameters_new();
	parameters_text(parameters, "home");
	parameters_number(parameters, STARTS);
	parameters_number(parameters, STARTS);
	parameters_seconds(parameters, 90);
	parameters_number(parameters, CONCURRENCY);
	PQclear(ask(world, STATEMENT_GATE_STARTS, parameters));
	postgres_sql(world->connection, "UPDATE episoded_lease SET position = '0'");
}

static void begin(struct world *world, uint64_t seed)
{
	char name[16];

	*world = (struct world){0};
	random_seed(&world->random, seed);
	postgres_new_database(&server, name);
	world->connection = postgres_connect(&server, name);
	postgres_sql(world->connection, statements_schema);
	database_begin(&world->model, SHARDS, EPOCH_MS);
	world->model.starts_total = world->model.starts_remaining = STARTS;
	world->model.starts_reset_ms = EPOCH_MS + 90 * 1000;
	world->model.budget_free = BUDGET;
	postgres_sql(world->connection, "BEGIN");
	offer(world);
	world->base_s = clock_s(world);
	postgres_sql(world->connection, "COMMIT");
}

static void run_sequence(uint64_t seed)
{
	static void (*const statements[])(struct world * world, unsigned process) = {beat, renew, renew, take,
			take, give, put_position, put_position, reserve, reserve, take_slots, return_slots,
			reap_slots};
	struct world world;

	begin(&world, seed);
	for (int i = 0; i < STEPS; i++) {
		uint64_t which = random_below(&world.random, sizeof(statements) / sizeof(statements[0]));

		pass_time(&world);
		statements[which](&world, 1 + (unsigned)random_below(&world.random, PROCESSES));
		expect_rows(&world);
		postgres_sql(world.connection, "COMMIT");
	}
	PQfinish(world.connection);
}

static void test_the_model_and_a_real_server_agree(void **state)
{
	(void)state;
	if (!postgres_server_start(&server, NULL)) {
		skip();
		return;
	}
	for (uint64_t seed = 1; seed <= SEQUENCES; seed++)
		run_sequence(seed);
	postgres_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_the_model_and_a_real_server_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
