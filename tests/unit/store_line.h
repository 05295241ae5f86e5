#ifndef EPISODED_TESTS_STORE_LINE_H
#define EPISODED_TESTS_STORE_LINE_H

/* A store on a real PostgreSQL: that of the URL in EPISODED_TEST_DATABASE, whose tables are dropped before each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <assert.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/database_url.h"
#include "bot/net/loop.h"
#include "bot/postgres/line.h"
#include "bot/postgres/open.h"

#define STORE_LINE_DEADLINE_MS 20000

struct store_line_world {
	struct database_config config;
	PGconn *connection; /* the test's own */
	struct loop *loop;
	struct timer *deadline;
	struct postgres_line *line;
	struct store_line sender; /* of the line */
	struct store *store;
	uint64_t sent, settled;
	unsigned claims;
	bool is_up, is_read;
};

static inline void store_line_check(struct store_line_world *world)
{
	if (world->is_up && world->is_read && world->claims == 0 && world->settled >= world->sent)
		loop_stop(world->loop);
}

static inline void store_line_late(void *user)
{
	(void)user;
	fputs("the database does not answer\n", stderr);
	abort();
}

static inline bool store_line_is_idle(const struct store_line_world *world)
{
	return world->is_up && world->is_read && world->claims == 0 && world->settled >= world->sent;
}

static inline void store_line_run(struct store_line_world *world)
{
	if (store_line_is_idle(world))
		return;
	timer_set(world->deadline, STORE_LINE_DEADLINE_MS);
	assert(loop_run(world->loop) == 0);
	timer_cancel(world->deadline);
}

/* ---------------------------------------------------------------- the store's side: batches are counted */

static inline int store_line_send(void *user, const struct store_batch *batch)
{
	struct store_line_world *world = user;
	int r = world->sender.send(world->sender.user, batch);

	if (r == 0)
		world->sent = batch->number;
	return r;
}

static inline int store_line_load(void *user, const struct store_claim *claim)
{
	const struct store_line_world *world = user;

	return world->sender.load(world->sender.user, claim);
}

static inline void store_line_hasten(void *user)
{
	(void)user;
}

static inline void store_line_settled(void *user, const struct store_result *result)
{
	struct store_line_world *world = user;

	if (result->error == 0)
		world->settled = result->number;
	remote_settled(world->store, result);
	store_line_check(world);
}

static inline void store_line_heard(
		void *user, const char *area, const char *key, const char *value, uint64_t version)
{
	const struct store_line_world *world = user;

	remote_heard(world->store, area, key, value, version);
}

static inline void store_line_caught_up(void *user, uint64_t asked)
{
	const struct store_line_world *world = user;

	remote_caught_up(world->store, asked);
}

static inline void store_line_opened(void *user, const struct journal_entry *entry, const char *mark)
{
	const struct store_line_world *world = user;

	remote_opened(world->store, entry, mark);
}

static inline void store_line_loaded(void *user, const struct store_claim *claim, int error)
{
	const struct store_line_world *world = user;

	remote_loaded(world->store, claim, error);
}

static inline void store_line_trouble(void *user, int error)
{
	const struct store_line_world *world = user;

	remote_set_trouble(world->store, error);
}

static inline uint64_t store_line_version(void *user)
{
	const struct store_line_world *world = user;

	return remote_version(world->store);
}

/* ---------------------------------------------------------------- the cluster's side */

static inline void store_line_shared(void *user, int error, const struct rows *rows)
{
	struct store_line_world *world = user;

	assert(error == 0);
	for (size_t i = 0; i < rows_count(rows); i++)
		remote_heard(world->store, rows_text(rows, i, 0), rows_text(rows, i, 1),
				rows_is_null(rows, i, 2) ? NULL : rows_text(rows, i, 2),
				(uint64_t)rows_number(rows, i, 3));
	remote_read(world->store);
	world->is_read = true;
	store_line_check(world);
}

static inline void store_line_up(void *user, enum line_lane lane)
{
	struct store_line_world *world = user;

	if (lane != LINE_WORK)
		return;
	world->is_up = true;
	assert(line_ask(world->line, LINE_WORK, STATEMENT_VALUES_SHARED, NULL, store_line_shared, world) ==
			0);
	line_sync(world->line, LINE_WORK);
}

static inline void store_line_down(void *user, enum line_lane lane, const char *reason)
{
	(void)user;
	(void)lane;
	fprintf(stderr, "# %s\n", reason);
}

static inline void store_line_refused(void *user, int error, const char *reason)
{
	(void)user;
	(void)error;
	fprintf(stderr, "%s\n", reason);
	abort();
}

static inline void store_line_claimed(void *user, const struct store_claim *claim, int error)
{
	struct store_line_world *world = user;

	(void)claim;
	assert(error == 0);
	world->claims--;
	store_line_check(world);
}

static inline void store_line_sql(struct store_line_world *world, const char *sql)
{
	PGresult *result = PQexec(world->connection, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
		fprintf(stderr, "%s: %s\n", sql, PQerrorMessage(world->connection));
		abort();
	}
	PQclear(result);
}

static inline void store_line_claim(
		struct store_line_world *world, const char *process, const char *lease, const char *gateway)
{
	struct store_claim claim = {.lease = lease, .gateway = gateway};
	char sql[512];
	PGresult *result;

	snprintf(sql, sizeof(sql),
			"INSERT INTO episoded_lease AS l (name, kind, gateway, owner, epoch, deadline) "
			"VALUES ('%s', "
			"'gateway', '%s', '%s', 1, now() + interval '1 hour') ON CONFLICT (name) DO UPDATE "
			"SET "
			"owner = excluded.owner, epoch = l.epoch + 1 RETURNING epoch",
			lease, gateway, process);
	result = PQexec(world->connection, sql);
	assert(PQresultStatus(result) == PGRES_TUPLES_OK);
	claim.epoch = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	world->claims++;
	assert(remote_claim(world->store, &claim, store_line_claimed, world) == 0);
	store_line_run(world);
}

static inline struct store_line_world *store_line_new(const char *url)
{
	struct store_line_world *world = calloc(1, sizeof(*world));
	char problem[DATABASE_URL_PROBLEM_BYTES];
	PGconn *connection;

	assert(world);
	if (database_url_parse(url, &world->config, problem) < 0) {
		fprintf(stderr, "EPISODED_TEST_DATABASE: %s\n", problem);
		abort();
	}
	connection = open_start(&world->config, &world->config.hosts[0], NULL, "store suite");
	while (PQconnectPoll(connection) != PGRES_POLLING_OK)
		assert(PQstatus(connection) != CONNECTION_BAD);
	world->connection = connection;
	store_line_sql(world, "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA "
			      "public");
	return world;
}

/* A new process. */
static inline struct store *store_line_open(struct store_line_world *world, const char *process)
{
	static const struct line_sink sink = {store_line_settled, store_line_heard, store_line_caught_up,
			store_line_opened, store_line_loaded, store_line_trouble, store_line_version};
	static const struct line_events events = {store_line_up, store_line_down, NULL, store_line_refused};
	const struct store_line counting = {world, store_line_send, store_line_load, store_line_hasten};

	assert(loop_new(&world->loop) == 0);
	world->deadline = timer_new(world->loop, store_line_late, world);
	assert(world->deadline);
	assert(line_new(world->loop, &world->config, process, &events, world, &world->line) == 0);
	line_serve_sink(world->line, &sink, world);
	world->sender = line_store(world->line);
	assert(store_new_remote(&counting, process, &world->store) == 0);
	store_line_run(world);
	return world->store;
}

static inline void store_line_close(struct store_line_world *world)
{
	if (!world->line)
		return;
	line_free(world->line);
	world->line = NULL;
	/* What the end of the store still sends goes nowhere. */
	world->sender.send = NULL;
	store_close(world->store);
	timer_free(world->deadline);
	loop_free(world->loop);
	world->sent = world->settled = 0;
	world->claims = 0;
	world->is_up = world->is_read = false;
}

static inline void store_line_free(struct store_line_world *world)
{
	PQfinish(world->connection);
	database_config_release(&world->config);
	free(world);
}

#endif
