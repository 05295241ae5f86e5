#ifndef EPISODED_TESTS_LINE_WORLD_H
#define EPISODED_TESTS_LINE_WORLD_H

/* A line to a real PostgreSQL, with a database of its own for each test, and a receiver that records what comes. */

#include "gate.h"
#include "postgres_server.h"

#include <errno.h>
#include <inttypes.h>

#include "bot/net/loop.h"
#include "bot/postgres/line.h"

#define LINE_DEADLINE_MS 30000
#define LINE_SETTLED_MAX 4096
#define LINE_HEARD_BYTES 65536

struct line_world {
	struct loop *loop;
	struct postgres_line *line;
	struct store_line store;
	struct timer *deadline, *poll;
	struct database_config config;
	char database[16];
	PGconn *connection; /* the test's own */
	uint64_t number;    /* of the last batch */
	uint64_t settled;   /* of the last result without an error */
	unsigned aways;     /* results -EAGAIN */
	bool ours[LINE_SETTLED_MAX][8];
	uint64_t versions[LINE_SETTLED_MAX];
	uint64_t version;
	int trouble;
	unsigned troubles;
	char heard[LINE_HEARD_BYTES];  /* "area key=value@version|" */
	char opened[LINE_HEARD_BYTES]; /* "gateway id text mark|" */
	int loaded;
	unsigned loads, ups[2], downs[2], hints;
	int refused;
	char reason[512];
	bool (*is_over)(struct line_world *world);
	struct relay_gate gate; /* of a world behind a gate */
	bool has_gate;
};

static struct postgres_server line_server;

static inline void world_append(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline void world_append(char *to, const char *format, ...)
{
	size_t length = strlen(to);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(to + length, LINE_HEARD_BYTES - length, format, arguments);
	va_end(arguments);
}

static inline void world_check(struct line_world *world)
{
	if (world->is_over && world->is_over(world))
		loop_stop(world->loop);
}

static inline void world_settled(void *user, const struct store_result *result)
{
	struct line_world *world = user;

	if (result->error == -EAGAIN) {
		world->aways++;
	} else {
		assert_int_equal(result->error, 0);
		assert_int_equal(result->number, world->settled + 1); /* in order, once */
		world->settled = result->number;
		world->versions[result->number % LINE_SETTLED_MAX] = result->version;
		for (size_t i = 0; i < result->begun && i < 8; i++)
			world->ours[result->number % LINE_SETTLED_MAX][i] = result->is_ours[i];
	}
	world_check(world);
}

static inline void world_heard(
		void *user, const char *area, const char *key, const char *value, uint64_t version)
{
	struct line_world *world = user;

	world_append(world->heard, "%s %s=%s@%" PRIu64 "|", area, key, value ? value : "NULL", version);
	if (version > world->version)
		world->version = version;
}

static inline void world_caught_up(void *user, uint64_t asked)
{
	(void)user;
	(void)asked;
}

static inline void world_opened(void *user, const struct journal_entry *entry, const char *mark)
{
	struct line_world *world = user;

	world_append(world->opened, "%s %s %s %s|", entry->gateway, entry->id, entry->text,
			mark ? mark : "-");
}

static inline void world_loaded(void *user, const struct store_claim *claim, int error)
{
	struct line_world *world = user;

	(void)claim;
	world->loads++;
	world->loaded = error;
	world_check(world);
}

static inline void world_set_trouble(void *user, int error)
{
	struct line_world *world = user;

	world->trouble = error;
	world->troubles++;
	world_check(world);
}

static inline uint64_t world_version(void *user)
{
	const struct line_world *world = user;

	return world->version;
}

static inline void world_up(void *user, enum line_lane lane)
{
	struct line_world *world = user;

	world->ups[lane]++;
	world_check(world);
}

static inline void world_down(void *user, enum line_lane lane, const char *reason)
{
	struct line_world *world = user;

	world->downs[lane]++;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	world_check(world);
}

static inline void world_hint(void *user)
{
	struct line_world *world = user;

	world->hints++;
	world_check(world);
}

static inline void world_refused(void *user, int error, const char *reason)
{
	struct line_world *world = user;

	world->refused = error;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	world_check(world);
}

static inline void world_late(void *user)
{
	(void)user;
	fail_msg("not within %d ms", LINE_DEADLINE_MS);
}

/* Some ends show in the database only. */
static inline void world_look(void *user)
{
	struct line_world *world = user;

	world_check(world);
	timer_set(world->poll, 5);
}

static inline void world_run(struct line_world *world, bool (*is_over)(struct line_world *world))
{
	world->is_over = is_over;
	timer_set(world->deadline, LINE_DEADLINE_MS);
	timer_set(world->poll, 0);
	if (!is_over(world))
		assert_int_equal(loop_run(world->loop), 0);
	timer_cancel(world->poll);
	timer_cancel(world->deadline);
	world->is_over = NULL;
}

static inline bool world_is_up(struct line_world *world)
{
	return line_is_up(world->line, LINE_WORK) && line_is_up(world->line, LINE_BEAT);
}

static inline bool world_is_settled(struct line_world *world)
{
	return world->settled >= world->number;
}

/* has_gate: the line reaches the server through world->gate. */
static inline void world_begin(struct line_world *world, const char *process)
{
	static const struct line_sink sink = {world_settled, world_heard, world_caught_up, world_opened,
			world_loaded, world_set_trouble, world_version};
	static const struct line_events events = {world_up, world_down, world_hint, world_refused};

	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, world_late, world);
	world->poll = timer_new(world->loop, world_look, world);
	if (world->has_gate) {
		gate_open(&world->gate, world->loop, world->config.hosts[0].port);
		world->config.hosts[0].port = world->gate.port;
	}
	assert_int_equal(line_new(world->loop, &world->config, process, &events, world, &world->line), 0);
	line_serve_sink(world->line, &sink, world);
	world->store = line_store(world->line);
}

static inline void world_end(struct line_world *world)
{
	line_free(world->line);
	if (world->has_gate)
		gate_close(&world->gate);
	timer_free(world->deadline);
	timer_free(world->poll);
	loop_free(world->loop);
	world->line = NULL;
	world->loop = NULL;
}

/* Batches are borrowed until their result: they stay until the world ends. Returns the number. */
static inline uint64_t world_send(
		struct line_world *world, const struct change *changes, size_t count, bool is_awaited)
{
	struct store_batch batch = {++world->number, changes, count, is_awaited};

	assert_int_equal(world->store.send(world->store.user, &batch), 0);
	return batch.number;
}

static inline void world_sql(struct line_world *world, const char *sql, const char *expected)
{
	assert_string_equal(postgres_sql(world->connection, sql), expected);
}

static inline struct line_world *world_new(void)
{
	struct line_world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	postgres_new_database(&line_server, world->database);
	world->config = postgres_config(&line_server, NULL, 0, world->database);
	world->connection = postgres_connect(&line_server, world->database);
	return world;
}

static inline int line_set_up(void **state)
{
	struct line_world *world;

	if (!*line_server.programs) {
		*state = NULL;
		return 0;
	}
	world = world_new();
	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	*state = world;
	return 0;
}

/* Through a gate. */
static inline int line_set_up_gated(void **state)
{
	struct line_world *world;

	if (!*line_server.programs) {
		*state = NULL;
		return 0;
	}
	world = world_new();
	world->config = postgres_config(&line_server, "127.0.0.1", 0, world->database);
	world->has_gate = true;
	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	*state = world;
	return 0;
}

static inline int line_tear_down(void **state)
{
	struct line_world *world = *state;

	if (!world)
		return 0;
	world_end(world);
	PQfinish(world->connection);
	free(world);
	return 0;
}

/* At the start of each test: PostgreSQL is needed for "make test", and may be missing for "make check". */
static inline struct line_world *world_of(void **state)
{
	if (!*state)
		skip();
	return *state;
}

static inline int line_start_server(void **state)
{
	(void)state;
	(void)postgres_server_start(&line_server, NULL);
	return 0;
}

static inline int line_stop_server(void **state)
{
	(void)state;
	postgres_server_stop(&line_server);
	return 0;
}

#define LINE_TEST(name) cmocka_unit_test_setup_teardown(name, line_set_up, line_tear_down)

#define GATED_TEST(name) cmocka_unit_test_setup_teardown(name, line_set_up_gated, line_tear_down)

/* ---------------------------------------------------------------- changes */

static inline struct change begin_of(const char *lease, uint64_t epoch, const char *id)
{
	return (struct change){
			.kind = CHANGE_BEGIN,
			.lease = lease,
			.epoch = epoch,
			.entry = {.gateway = "home",
					.id = id,
					.route = 7ull << 22,
					.channel = "10",
					.author_id = "77",
					.author_name = "Nam-ra",
					.account = "",
					.text = "!next",
					.is_addressed = true,
					.time_ms = 1770000000123,
					.extra = "token"},
	};
}

static inline struct change done_of(const char *id)
{
	return (struct change){.kind = CHANGE_DONE, .entry = {.gateway = "home", .id = id}};
}

static inline struct change put_of(const char *area, const char *key, const char *value)
{
	return (struct change){.kind = CHANGE_PUT, .area = area, .key = key, .value = value};
}

static inline struct change leased_of(const char *lease, uint64_t epoch, const char *key, const char *value)
{
	return (struct change){.kind = CHANGE_PUT,
			.area = lease,
			.key = key,
			.value = value,
			.lease = lease,
			.epoch = epoch};
}

/* A lease that process holds, for an hour. */
static inline void world_lease(
		struct line_world *world, const char *name, const char *process, unsigned epoch)
{
	char sql[768];

	/* Of a shard, the name says which one of how many. */
	snprintf(sql, sizeof(sql),
			"INSERT INTO episoded_lease (name, kind, gateway, owner, epoch, deadline, total, "
			"number) "
			"VALUES ('%s', 'shard', 'home', '%s', %u, now() + interval '1 hour', "
			"coalesce(substring('%s' from '/([0-9]+)/[0-9]+$')::int, 0), "
			"coalesce(substring('%s' from '/[0-9]+/([0-9]+)$')::int, 0)) "
			"ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch",
			name, process, epoch, name, name);
	postgres_sql(world->connection, sql);
}

#endif
