/* Processes that share leases in a real PostgreSQL: shares, hand-over with the position, questions that were handed in,
 * and a resharding. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/postgres_server.h"

#include <inttypes.h>

#include "bot/base/str.h"
#include "bot/cluster/cluster.h"
#include "bot/cluster/sets.h"
#include "bot/net/loop.h"
#include "bot/store/store.h"

#define DEADLINE_MS 30000
#define NODES       2
#define HELD_MAX    32

struct cluster_world;

/* A process. */
struct node {
	struct cluster_world *world;
	struct cluster *cluster;
	struct database_config config;
	struct {
		char gateway[32], position[32];
		enum lease_kind kind;
		unsigned total, number;
		const struct permit *permit;
	} held[HELD_MAX];
	size_t count;
	unsigned opened, lost, given;
	bool is_ready, has_left;
	char host[2];
};

struct cluster_world {
	struct loop *loop;
	struct timer *deadline, *poll;
	struct node nodes[NODES];
	char database[16];
	PGconn *connection;
	bool (*is_over)(struct cluster_world *world);
};

static struct postgres_server server;
static bool has_server;
static uint64_t skipped_ms; /* added to the loop's clock, which only bot/cluster/sets.c of these files reads */

uint64_t __real_loop_now_ms(const struct loop *loop);
uint64_t __wrap_loop_now_ms(const struct loop *loop);
uint64_t __wrap_loop_now_ms(const struct loop *loop)
{
	return __real_loop_now_ms(loop) + skipped_ms;
}

/* ---------------------------------------------------------------- a process */

static void on_ready(void *user)
{
	struct node *node = user;

	node->is_ready = true;
}

static void on_taken(void *user, const struct lease_wanted *lease, const struct lease_row *row,
		const struct permit *permit)
{
	struct node *node = user;
	size_t i = node->count++;

	assert_true(i < HELD_MAX);
	assert_true(permit_is_valid(permit));
	snprintf(node->held[i].gateway, sizeof(node->held[i].gateway), "%s", lease->gateway);
	snprintf(node->held[i].position, sizeof(node->held[i].position), "%s", row->position);
	node->held[i].kind = lease->kind;
	node->held[i].total = lease->total;
	node->held[i].number = lease->number;
	node->held[i].permit = permit;
}

static void forget(struct node *node, const struct lease_wanted *lease)
{
	for (size_t i = 0; i < node->count; i++) {
		if (node->held[i].kind != lease->kind || node->held[i].total != lease->total ||
				node->held[i].number != lease->number ||
				!str_equal(node->held[i].gateway, lease->gateway))
			continue;
		node->held[i] = node->held[--node->count];
		return;
	}
	fail_msg("%s %u/%u is not held", lease->gateway, lease->total, lease->number);
}

static void on_lost(void *user, const struct lease_wanted *lease, const char *why)
{
	struct node *node = user;

	assert_true(*why);
	node->lost++;
	forget(node, lease);
}

static void on_give(void *user, const struct lease_wanted *lease)
{
	struct node *node = user;

	node->given++;
	forget(node, lease);
	cluster_gave(node->cluster, lease, lease->kind == LEASE_SHARD ? "closed" : NULL);
}

static void on_opened(void *user, const char *gateway)
{
	struct node *node = user;

	assert_true(*gateway);
	node->opened++;
}

static void on_refused(void *user, int error, const char *reason)
{
	(void)user;
	fail_msg("refused: %d %s", error, reason);
}

static void on_left(void *user)
{
	struct node *node = user;

	node->has_left = true;
}

static void start_node(struct cluster_world *world, unsigned number)
{
	static const struct cluster_events events = {
			on_ready, on_taken, on_lost, on_give, on_opened, on_refused};
	struct node *node = &world->nodes[number];

	*node = (struct node){.world = world, .host = {(char)('a' + number)}};
	node->config = postgres_config(&server, NULL, 0, world->database);
	node->config.host = node->host;
	assert_int_equal(cluster_new(world->loop, &node->config, &events, node, &node->cluster), 0);
}

static void want(struct node *node, const struct lease_wanted *leases, size_t count)
{
	assert_int_equal(cluster_want(node->cluster, leases, count), 0);
}

/* ---------------------------------------------------------------- the world */

static void on_deadline(void *user)
{
	struct cluster_world *world = user;

	for (unsigned i = 0; i < NODES; i++)
		print_message("# node %u: %zu held, %u lost, %u given, %s\n", i, world->nodes[i].count,
				world->nodes[i].lost, world->nodes[i].given,
				world->nodes[i].cluster ? cluster_describe(world->nodes[i].cluster) : "-");
	fail_msg("not in %d s", DEADLINE_MS / 1000);
}

static void on_poll(void *user)
{
	struct cluster_world *world = user;

	if (world->is_over(world))
		loop_stop(world->loop);
	else
		timer_set(world->poll, 20);
}

static void run_until(struct cluster_world *world, bool (*is_over)(struct cluster_world *world))
{
	world->is_over = is_over;
	timer_set(world->deadline, DEADLINE_MS);
	timer_set(world->poll, 0);
	assert_int_equal(loop_run(world->loop), 0);
	timer_cancel(world->deadline);
}

static int set_up(void **state)
{
	struct cluster_world *world = has_server ? calloc(1, sizeof(*world)) : NULL;

	*state = world;
	if (!has_server)
		return 0;
	assert_non_null(world);
	postgres_new_database(&server, world->database);
	world->connection = postgres_connect(&server, world->database);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	world->poll = timer_new(world->loop, on_poll, world);
	for (unsigned i = 0; i < NODES; i++)
		start_node(world, i);
	return 0;
}

static int tear_down(void **state)
{
	struct cluster_world *world = *state;

	if (!world)
		return 0;
	for (unsigned i = 0; i < NODES; i++)
		cluster_free(world->nodes[i].cluster);
	timer_free(world->deadline);
	timer_free(world->poll);
	loop_free(world->loop);
	PQfinish(world->connection);
	free(world);
	return 0;
}

static struct cluster_world *begin(void **state)
{
	if (!has_server)
		skip();
	return *state;
}

/* ---------------------------------------------------------------- tests */

static const struct lease_wanted connections[] = {
		{LEASE_GATEWAY, "one", "irc", 0, 0},
		{LEASE_GATEWAY, "two", "irc", 0, 0},
		{LEASE_GATEWAY, "three", "twitch", 0, 0},
		{LEASE_ROLE, "", "", 0, 0},
};
static const struct lease_wanted divided[] = {{LEASE_ROLE, "home", "discord", 0, 0}};

static bool both_know_each_other(struct cluster_world *world)
{
	for (unsigned i = 0; i < NODES; i++) {
		if (!world->nodes[i].is_ready || cluster_live(world->nodes[i].cluster) < NODES)
			return false;
	}
	return true;
}

static bool all_connections_are_held(struct cluster_world *world)
{
	return world->nodes[0].count + world->nodes[1].count == 4;
}

static bool first_has_left(struct cluster_world *world)
{
	return world->nodes[0].has_left;
}

static bool second_holds_four(struct cluster_world *world)
{
	return world->nodes[1].count == 4;
}

static void leases_are_shared_and_a_leaver_gives_all(void **state)
{
	struct cluster_world *world = begin(state);
	uint64_t left_ms;

	run_until(world, both_know_each_other);
	for (unsigned i = 0; i < NODES; i++)
		want(&world->nodes[i], connections, 4);
	run_until(world, all_connections_are_held);
	assert_int_equal(world->nodes[0].count, 2);
	assert_int_equal(world->nodes[1].count, 2);
	assert_string_equal(cluster_describe(world->nodes[0].cluster), "2 hosts, 2 of 4 leases here");
	left_ms = postgres_now_ms();
	cluster_leave(world->nodes[0].cluster, on_left, &world->nodes[0]);
	run_until(world, second_holds_four);
	assert_true(postgres_now_ms() - left_ms < 2000);
	run_until(world, first_has_left);
	assert_int_equal(world->nodes[0].count + world->nodes[0].lost, 0);
	assert_string_equal(
			postgres_sql(world->connection,
					"SELECT string_agg(DISTINCT epoch::text, ' ' ORDER BY epoch::text) "
					"FROM episoded_lease"),
			"1 2");
	assert_string_equal(
			postgres_sql(world->connection, "SELECT state FROM episoded_host WHERE host = 'a'"),
			"left");
}

static struct node *holder_of_one(struct cluster_world *world)
{
	for (unsigned n = 0; n < NODES; n++) {
		for (size_t i = 0; i < world->nodes[n].count; i++) {
			if (str_equal(world->nodes[n].held[i].gateway, "one"))
				return &world->nodes[n];
		}
	}
	fail_msg("no process holds irc/one");
	return NULL;
}

static bool one_was_opened(struct cluster_world *world)
{
	return holder_of_one(world)->opened > 0;
}

static void questions_that_were_handed_in_are_loaded_by_the_owner(void **state)
{
	struct cluster_world *world = begin(state);

	for (unsigned i = 0; i < NODES; i++)
		want(&world->nodes[i], connections, 4);
	run_until(world, all_connections_are_held);
	postgres_sql(world->connection, "INSERT INTO episoded_journal (gateway, id, channel, author_id, "
					"author_name, account, body, "
					"extra, time_ms, begun_by) VALUES ('one', 'm1', '#tv', 'u', 'n', '', "
					"'ping', '', 1, '')");
	run_until(world, one_was_opened);
	assert_int_equal(world->nodes[0].opened + world->nodes[1].opened, 1);
	assert_string_equal(postgres_sql(world->connection,
					    "SELECT split_part(begun_by, '/', 3) FROM episoded_journal"),
			"open");
}

static size_t shards_of(const struct node *node, unsigned total)
{
	size_t count = 0;

	for (size_t i = 0; i < node->count; i++)
		count += node->held[i].kind == LEASE_SHARD && node->held[i].total == total;
	return count;
}

static bool each_holds_two_shards(struct cluster_world *world)
{
	return shards_of(&world->nodes[0], 4) == 2 && shards_of(&world->nodes[1], 4) == 2 &&
	       world->nodes[0].count + world->nodes[1].count == 5;
}

static bool a_position_is_stored(struct cluster_world *world)
{
	return str_equal(postgres_sql(world->connection, "SELECT count(*) FROM episoded_lease WHERE position "
							 "= 'session' AND is_ready"),
			"2");
}

static bool second_holds_all_shards(struct cluster_world *world)
{
	return world->nodes[1].count == 5;
}

static void shards_are_divided_and_move_with_their_position(void **state)
{
	struct cluster_world *world = begin(state);
	struct node *first = &world->nodes[0], *second = &world->nodes[1];
	unsigned closed = 0;

	run_until(world, both_know_each_other);
	for (unsigned i = 0; i < NODES; i++) {
		want(&world->nodes[i], divided, 1);
		cluster_total(world->nodes[i].cluster, "home", 4);
	}
	run_until(world, each_holds_two_shards);
	for (size_t i = 0; i < first->count; i++) {
		if (first->held[i].kind == LEASE_SHARD)
			cluster_position(first->cluster, "home", 4, first->held[i].number, "session", true);
	}
	run_until(world, a_position_is_stored);
	cluster_leave(first->cluster, on_left, first);
	run_until(world, second_holds_all_shards);
	for (size_t i = 0; i < second->count; i++)
		closed += str_equal(second->held[i].position, "closed");
	assert_int_equal(closed, 2);
	assert_int_equal(second->lost, 0);
}

static bool first_holds_two_shards(struct cluster_world *world)
{
	return shards_of(&world->nodes[0], 2) == 2 && world->nodes[0].count == 3;
}

static bool first_holds_both_sets(struct cluster_world *world)
{
	return shards_of(&world->nodes[0], 2) == 2 && shards_of(&world->nodes[0], 4) == 4;
}

/* The clock of the sets runs 25 times as fast. */
static bool first_holds_the_new_set(struct cluster_world *world)
{
	skipped_ms += 500;
	return shards_of(&world->nodes[0], 2) == 0;
}

static void a_resharding_starts_the_new_set_beside_the_old_one(void **state)
{
	struct cluster_world *world = begin(state);
	struct node *first = &world->nodes[0];

	want(first, divided, 1);
	cluster_total(first->cluster, "home", 2);
	run_until(world, first_holds_two_shards);
	cluster_total(first->cluster, "home", 1); /* refused: a smaller number */
	cluster_total(first->cluster, "home", 4);
	run_until(world, first_holds_both_sets);
	assert_string_equal(
			postgres_sql(world->connection,
					"SELECT string_agg(total || ' ' || state, ', ' ORDER BY total) FROM "
					"episoded_shards"),
			"2 active, 4 new");
	for (unsigned number = 0; number < 4; number++)
		cluster_position(first->cluster, "home", 4, number, "session", true);
	run_until(world, first_holds_the_new_set);
	assert_true(skipped_ms >= SETS_READY_MS);
	assert_int_equal(first->given, 2);
	assert_int_equal(first->lost, 0);
	assert_int_equal(shards_of(first, 4), 4);
	assert_string_equal(
			postgres_sql(world->connection,
					"SELECT string_agg(total || ' ' || state, ', ' ORDER BY total) FROM "
					"episoded_shards"),
			"2 retiring, 4 active");
}

static bool first_knows_its_starts(struct cluster_world *world)
{
	return str_equal(postgres_sql(world->connection, "SELECT count(*) FROM episoded_starts"), "1");
}

static bool a_while_has_passed(struct cluster_world *world)
{
	skipped_ms += 500;
	return ++world->nodes[0].opened > 150; /* 3 s: the sets are read every 2 s */
}

static void a_resharding_waits_for_starts(void **state)
{
	struct cluster_world *world = begin(state);
	struct node *first = &world->nodes[0];

	want(first, divided, 1);
	cluster_total(first->cluster, "home", 2);
	run_until(world, first_holds_two_shards);
	cluster_starts(first->cluster, "home", 1000, 4, 3600000, 1);
	run_until(world, first_knows_its_starts);
	cluster_total(first->cluster, "home", 4); /* and one in reserve would be five */
	run_until(world, a_while_has_passed);
	assert_string_equal(postgres_sql(world->connection, "SELECT count(*) FROM episoded_shards"), "1");
}

static int start(void **state)
{
	(void)state;
	has_server = postgres_server_start(&server, (const char *const[]){NULL});
	return 0;
}

static int stop(void **state)
{
	(void)state;
	postgres_server_stop(&server);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					leases_are_shared_and_a_leaver_gives_all, set_up, tear_down),
			cmocka_unit_test_setup_teardown(questions_that_were_handed_in_are_loaded_by_the_owner,
					set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					shards_are_divided_and_move_with_their_position, set_up, tear_down),
			cmocka_unit_test_setup_teardown(a_resharding_starts_the_new_set_beside_the_old_one,
					set_up, tear_down),
			cmocka_unit_test_setup_teardown(a_resharding_waits_for_starts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
