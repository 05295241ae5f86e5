/*
 * A token in a database: two processes that refresh it at once would lose it. So a refresh is sent only when the mark
 * "refreshing" is in the database, and while enough of the lease is left; and a login that is made on a host without the
 * lease reaches the one that has it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "bot/base/clock.h"
#include "bot/gateway/gateway.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/login_file.h"
#include "bot/gateway/twitch/token.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "tests/unit/line_by_hand.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS 20000
#define AREA        "twitch/chat"
#define OLD                                                                                                  \
	"{\"id\":\"11111111111111111111111111111111\",\"access\":\"old\",\"refresh\":\"r1\","                \
	"\"client\":\"app\",\"user\":\"7\",\"login\":\"bot\",\"scopes\":\"chat:read chat:edit\","            \
	"\"refreshing\":false}"

struct world {
	struct loop *loop;
	struct timer *deadline, *later;
	struct server server;
	struct hand_database *database;
	struct line_by_hand line;
	struct gateway_host host;
	struct twitch_config config;
	struct twitch_token *token;
	struct permit permit;
	char oauth[64], folder[64], access[64];
	unsigned usable;
};

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static void on_later(void *user)
{
	struct world *world = user;

	loop_stop(world->loop);
}

static void run_for(struct world *world, uint64_t ms)
{
	timer_set(world->later, ms);
	assert_int_equal(loop_run(world->loop), 0);
}

static struct store *on_store(void *bot)
{
	struct world *world = bot;

	return world->line.store;
}

static void on_token(void *user, const struct twitch_identity *identity)
{
	struct world *world = user;

	world->usable++;
	snprintf(world->access, sizeof(world->access), "%s", identity->access);
	loop_stop(world->loop);
}

static void on_invalid(void *user, const char *reason, bool is_final)
{
	(void)user;
	(void)reason;
	(void)is_final;
}

/* Refuses the validation of the old token, and refreshes it. */
static void script_oauth(struct server *server, int fd)
{
	const char *body;
	char text[600];

	server->request[0] = '\0';
	memset(server->request, 0, sizeof(server->request));
	read_request(server, fd);
	if (strstr(server->request, "/validate")) {
		bool is_new = strstr(server->request, "new") != NULL;

		body = is_new ? "{\"client_id\":\"app\",\"login\":\"bot\",\"scopes\":[\"chat:read\",\"chat:"
				"edit\"],"
				"\"user_id\":\"7\",\"expires_in\":14000}"
			      : "{\"status\":401,\"message\":\"invalid access token\"}";
		snprintf(text, sizeof(text),
				"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n"
				"Content-Length: %zu\r\n\r\n%s",
				is_new ? "200 OK" : "401 Unauthorized", strlen(body), body);
	} else if (strstr(server->request, "/token")) {
		server->pongs++; /* refreshes */
		body = "{\"access_token\":\"new\",\"refresh_token\":\"r2\",\"expires_in\":14000,"
		       "\"scope\":[\"chat:read\",\"chat:edit\"],\"token_type\":\"bearer\"}";
		snprintf(text, sizeof(text),
				"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
				"Content-Length: %zu\r\n\r\n%s",
				strlen(body), body);
	} else {
		return; /* connected, and no request */
	}
	write_text(fd, text);
}

static int set_up(void **state)
{
	static char name[] = "chat", id[] = "app";
	static const struct twitch_token_events events = {on_token, on_invalid};
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->later = timer_new(world->loop, on_later, world);
	server_start(&world->server, script_oauth);
	snprintf(world->oauth, sizeof(world->oauth), "http://127.0.0.1:%hu", world->server.port);
	snprintf(world->folder, sizeof(world->folder), "/tmp/episoded-token-XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	world->database = hand_database_new();
	hand_put(world->database, AREA, "token", OLD, 0);
	hand_open(&world->line, world->database, "a/1");
	world->host = (struct gateway_host){.loop = world->loop, .bot = world, .store = on_store};
	world->config = (struct twitch_config){
			.client_id = id, .oauth = world->oauth, .state = world->folder};
	world->config.head.name = name;
	world->permit.until_boot_ms = clock_boot_ms() + DEADLINE_MS;
	assert_int_equal(twitch_token_new(&world->host, &world->config, twitch_scopes_irc, &events, world,
					 &world->token),
			0);
	twitch_token_set_permit(world->token, &world->permit);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	twitch_token_free(world->token);
	while (hand_answer(&world->line)) /* for a token that is gone */
		;
	hand_close(&world->line);
	hand_database_free(world->database);
	server_stop(&world->server);
	twitch_login_file_remove(world->folder, "chat");
	rmdir(world->folder);
	timer_free(world->later);
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

/* Until the old token was refused, and the refresh waits for the database. */
static void begin(struct world *world)
{
	hand_claim(&world->line, AREA, "chat", 0, 0);
	twitch_token_start(world->token);
	while (!world->line.pending_count)
		run_for(world, 20);
}

static const char *stored(struct world *world)
{
	return hand_value(world->database, AREA, "token")->value;
}

static void a_refresh_waits_for_its_mark_in_the_database(void **state)
{
	struct world *world = *state;

	begin(world);
	run_for(world, 200);
	assert_int_equal(world->server.pongs, 0);
	hand_cut(&world->line); /* away is no answer */
	run_for(world, 200);
	assert_int_equal(world->server.pongs, 0);
	hand_mend(&world->line);
	hand_answer_all(&world->line);
	assert_non_null(strstr(stored(world), "\"refreshing\":true"));
	assert_int_equal(loop_run(world->loop), 0); /* until there is a token */
	assert_int_equal(world->server.pongs, 1);
	assert_string_equal(world->access, "new");
	assert_int_equal(store_settle(world->line.store), 0);
	hand_answer_all(&world->line);
	assert_non_null(strstr(stored(world), "\"r2\""));
	assert_non_null(strstr(stored(world), "\"refreshing\":false"));
}

/* Not even when the old token does not work any more. */
static void without_a_database_a_refresh_waits(void **state)
{
	struct world *world = *state;

	hand_claim(&world->line, AREA, "chat", 0, 0);
	hand_cut(&world->line);
	twitch_token_start(world->token);
	run_for(world, 1000);
	assert_int_equal(world->server.pongs, 0);
	hand_mend(&world->line);
	while (world->usable == 0) {
		run_for(world, 50);
		hand_answer_all(&world->line);
	}
	assert_int_equal(world->server.pongs, 1);
	assert_string_equal(world->access, "new");
}

static void a_lost_lease_refreshes_nothing(void **state)
{
	struct world *world = *state;

	begin(world);
	twitch_token_abandon(world->token);
	hand_answer_all(&world->line);
	run_for(world, 300);
	assert_int_equal(world->server.pongs, 0);
	assert_int_equal(world->usable, 0);
}

static void a_lease_that_ends_soon_refreshes_nothing(void **state)
{
	struct world *world = *state;

	begin(world);
	world->permit.until_boot_ms = clock_boot_ms() + 1500;
	hand_answer_all(&world->line);
	run_for(world, 300);
	assert_int_equal(world->server.pongs, 0);
}

static void a_login_on_another_host_reaches_the_one_with_the_lease(void **state)
{
	struct world *world = *state;
	struct twitch_stored login = {.id = "22222222222222222222222222222222",
			.tokens = {.access = "new-of-a-person",
					.refresh = "r9",
					.client_id = "app",
					.user_id = "7",
					.login = "bot",
					.scopes = "chat:read chat:edit"}};
	struct twitch_stored found;
	struct line_by_hand other;

	begin(world);
	/* Host b has the login file, and not the lease. */
	hand_open(&other, world->database, "b/1");
	assert_int_equal(twitch_login_file_write(world->folder, "chat", &login), 0);
	assert_int_equal(twitch_login_hand_over(world->folder, "chat", other.store), 0);
	assert_int_equal(twitch_login_file_read(world->folder, "chat", &found),
			0); /* not in the database yet */
	hand_answer_all(&other);
	assert_int_equal(twitch_login_hand_over(world->folder, "chat", other.store), 0);
	assert_int_equal(twitch_login_file_read(world->folder, "chat", &found), -ENOENT);
	assert_int_equal(twitch_login_hand_over(world->folder, "chat", other.store), 0);
	/* The owner looks every 5 s. */
	hand_beat(&world->line);
	while (!strstr(stored(world), "new-of-a-person")) {
		run_for(world, 100);
		assert_int_equal(store_settle(world->line.store), 0);
		hand_answer_all(&world->line);
	}
	assert_true(hand_value(world->database, TWITCH_HANDOVER_AREA, "chat")->is_deleted);
	while (strcmp(world->access, "new-of-a-person") != 0)
		assert_int_equal(loop_run(world->loop), 0);
	hand_close(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
			TEST(a_refresh_waits_for_its_mark_in_the_database),
			TEST(without_a_database_a_refresh_waits),
			TEST(a_lost_lease_refreshes_nothing),
			TEST(a_lease_that_ends_soon_refreshes_nothing),
			TEST(a_login_on_another_host_reaches_the_one_with_the_lease),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
