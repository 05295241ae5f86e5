/* Connecting: TLS as strict as elsewhere, refusals with their fix, several hosts, nothing that stops the loop. */

#include "certificates.h"
#include "line_world.h"

#include <sys/stat.h>

#include "bot/postgres/connect.h"

#define SECRET "correct horse"

static struct certificates made;
static char ca_path[CERTIFICATES_PATH_BYTES], other_path[CERTIFICATES_PATH_BYTES];

/* The server wants TLS, and a password by TCP from user "guest". */
static int start(void **state)
{
	static char certificate[CERTIFICATES_PATH_BYTES + 16], key[CERTIFICATES_PATH_BYTES + 16];
	static char path[CERTIFICATES_PATH_BYTES], hba[96];
	static const char *const settings[] = {
			"ssl=on", certificate, key, "password_encryption=scram-sha-256", NULL};
	const struct passwd *user = getpwnam("postgres");
	PGconn *connection;
	FILE *file;

	(void)state;
	certificates_begin(&made);
	certificates_make(&made, &(struct certificate_plan){.name = "localhost",
						 .authority = "ca-good",
						 .names = "DNS:localhost"});
	certificates_path(&made, "ca-good", ".pem", ca_path);
	certificates_path(&made, "ca-other", ".pem", other_path);
	snprintf(certificate, sizeof(certificate), "ssl_cert_file=%s",
			certificates_path(&made, "localhost", ".pem", path));
	snprintf(key, sizeof(key), "ssl_key_file=%s", certificates_path(&made, "localhost", ".key", path));
	if (geteuid() == 0 && user) {
		assert_int_equal(chmod(made.folder, 0755), 0);
		assert_int_equal(chown(path, user->pw_uid, user->pw_gid), 0);
	}
	assert_int_equal(chmod(path, 0600), 0);
	if (!postgres_server_start(&line_server, settings))
		return 0;
	snprintf(hba, sizeof(hba), "%s/pg_hba.conf", line_server.data);
	file = fopen(hba, "w");
	assert_non_null(file);
	fputs("local all all trust\n"
	      "hostssl all guest 127.0.0.1/32 scram-sha-256\n"
	      "host all episoded 127.0.0.1/32 trust\n",
			file);
	fclose(file);
	connection = postgres_connect(&line_server, "postgres");
	postgres_sql(connection, "SELECT pg_reload_conf(); CREATE ROLE guest LOGIN PASSWORD '" SECRET "'");
	PQfinish(connection);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	postgres_server_stop(&line_server);
	certificates_end(&made);
	return 0;
}

/* A world whose line is not started: the test says how to connect. */
static int set_up(void **state)
{
	*state = *line_server.programs ? world_new() : NULL;
	return 0;
}

static int tear_down(void **state)
{
	struct line_world *world = *state;

	if (!world)
		return 0;
	if (world->line)
		world_end(world);
	PQfinish(world->connection);
	free(world);
	return 0;
}

#define CONNECT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static bool is_refused(struct line_world *world)
{
	return world->refused != 0;
}

static bool is_down(struct line_world *world)
{
	return world->downs[LINE_WORK] > 0;
}

static struct database_config by_tls(struct line_world *world, const char *host)
{
	static char guest[] = "guest";
	struct database_config config = postgres_config(&line_server, host, 0, world->database);

	config.is_plain = false;
	config.ca_file = ca_path;
	config.user = guest;
	config.password = (char *)(uintptr_t)SECRET;
	postgres_sql(world->connection, "GRANT ALL ON SCHEMA public TO guest");
	return config;
}

static void certificate_of_the_host_is_accepted(void **state)
{
	struct line_world *world = world_of(state);
	struct change begin = begin_of("", 0, "1");

	world->config = by_tls(world, "localhost");
	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	world_sql(world,
			"SELECT bool_and(ssl) AND count(*) = 2 FROM pg_stat_ssl JOIN pg_stat_activity USING "
			"(pid)"
			" WHERE usename = 'guest'",
			"t");
	world_send(world, &begin, 1, true);
	world_run(world, world_is_settled);
	assert_true(world->ours[1][0]);
}

static void assert_refused(struct line_world *world, const char *words)
{
	world_begin(world, "a/00000001");
	world_run(world, is_refused);
	assert_int_equal(world->refused, -EACCES);
	if (!strstr(world->reason, words))
		fail_msg("\"%s\" is not in: %s", words, world->reason);
	assert_null(strstr(world->reason, SECRET));
	assert_int_equal(world->ups[LINE_WORK], 0);
}

static void certificate_of_another_ca_is_refused(void **state)
{
	struct line_world *world = world_of(state);

	world->config = by_tls(world, "localhost");
	world->config.ca_file = other_path;
	assert_refused(world, "\"ca_file\"");
}

static void certificate_of_another_host_is_refused(void **state)
{
	struct line_world *world = world_of(state);

	world->config = by_tls(world, "127.0.0.1");
	assert_refused(world, "does not match host name");
}

static void wrong_password_is_refused_with_its_fix(void **state)
{
	struct line_world *world = world_of(state);
	static char wrong[] = "wrong horse";

	world->config = by_tls(world, "localhost");
	world->config.password = wrong;
	assert_refused(world, "episoded secret set");
	assert_null(strstr(world->reason, wrong));
}

static void missing_database_is_refused_with_its_fix(void **state)
{
	struct line_world *world = world_of(state);
	static char missing[] = "missing";

	world->config.database = missing;
	assert_refused(world, "createdb");
}

static void missing_rights_are_refused_with_their_fix(void **state)
{
	struct line_world *world = world_of(state);
	static char guest[] = "guest";

	world->config.user = guest; /* PostgreSQL 15: only the owner may create tables in "public" */
	assert_refused(world, "GRANT CREATE, USAGE ON SCHEMA public");
}

static void newer_schema_is_refused(void **state)
{
	struct line_world *world = world_of(state);

	postgres_sql(world->connection,
			"CREATE TABLE episoded_meta (name text PRIMARY KEY, n bigint NOT NULL);"
			"INSERT INTO episoded_meta VALUES ('schema', 2)");
	world_begin(world, "a/00000001");
	world_run(world, is_refused);
	assert_int_equal(world->refused, -ENOTSUP);
	assert_non_null(strstr(world->reason, "upgrade this host"));
}

static void encoding_that_is_not_utf8_is_refused(void **state)
{
	struct line_world *world = world_of(state);
	static char latin[] = "latin";

	postgres_sql(world->connection, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
	world->config.database = latin;
	world_begin(world, "a/00000001");
	world_run(world, is_refused);
	assert_non_null(strstr(world->reason, "UTF8"));
}

/* The first host has no server: the second one is taken. A refusal at one host is no reason to give up another. */
static void second_host_is_taken(void **state)
{
	struct line_world *world = world_of(state);
	static char local[] = "127.0.0.1";
	struct database_host server = world->config.hosts[0];

	world->config.hosts[0] = (struct database_host){local, 1};
	world->config.hosts[1] = server;
	world->config.host_count = 2;
	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	assert_int_equal(world->downs[LINE_WORK], 0);
}

/* A standby: target_session_attrs. */
static void read_only_server_is_not_taken(void **state)
{
	struct line_world *world = world_of(state);
	char sql[96];

	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET default_transaction_read_only = on",
			world->database);
	postgres_sql(world->connection, sql);
	world_begin(world, "a/00000001");
	world_run(world, is_down);
	assert_int_equal(world->refused, 0);
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET default_transaction_read_only = off",
			world->database);
	postgres_sql(world->connection, "SET default_transaction_read_only = off");
	postgres_sql(world->connection, sql);
	world_run(world, world_is_up);
}

/* Of a running bot: pg_hba.conf may be mended. */
static void refusal_of_a_line_that_was_up_is_not_final(void **state)
{
	struct line_world *world = world_of(state);
	char sql[128];

	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	PQfinish(world->connection);
	world->connection = postgres_connect(&line_server, "postgres");
	snprintf(sql, sizeof(sql), "ALTER DATABASE %s RENAME TO renamed", world->database);
	postgres_sql(world->connection, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
					"application_name LIKE 'episoded%'");
	/* The line may be back already: then once more. */
	for (;;) {
		PGresult *result = PQexec(world->connection, sql);
		bool is_done = PQresultStatus(result) == PGRES_COMMAND_OK;

		PQclear(result);
		if (is_done)
			break;
		postgres_sql(world->connection, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
						" WHERE application_name LIKE 'episoded%'");
	}
	world->downs[LINE_WORK] = world->downs[LINE_BEAT] = 0;
	world_run(world, is_down);
	snprintf(sql, sizeof(sql), "ALTER DATABASE renamed RENAME TO %s", world->database);
	postgres_sql(world->connection, sql);
	world_run(world, world_is_up);
	assert_int_equal(world->refused, 0);
}

static void environment_does_not_redirect_the_bot(void **state)
{
	struct line_world *world = world_of(state);

	setenv("PGHOSTADDR", "192.0.2.1", 1);
	setenv("PGOPTIONS", "-c search_path=nowhere", 1);
	setenv("PGPASSWORD", "x", 1);
	world_begin(world, "a/00000001");
	world_run(world, world_is_up);
	assert_null(getenv("PGHOSTADDR"));
	assert_null(getenv("PGOPTIONS"));
	assert_null(getenv("PGPASSWORD"));
}

/* ---------------------------------------------------------------- the loop goes on */

struct turns {
	struct loop *loop;
	struct timer *timer;
	uint64_t last_us, longest_us; /* of the processor's time, because a full machine makes turns late */
	unsigned count;
};

static void on_tick(void *user)
{
	struct turns *turns = user;
	struct timespec time;
	uint64_t now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	now = (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
	if (turns->last_us && now - turns->last_us > turns->longest_us)
		turns->longest_us = now - turns->last_us;
	turns->last_us = now;
	turns->count++;
	timer_set(turns->timer, 1);
}

/* It takes the connection and says nothing, during TLS. With a call that blocks, there would be one turn in
 * CONNECT_ADDRESS_MS. */
static void silent_server_does_not_stop_the_loop(void **state)
{
	struct line_world *world = world_of(state);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct turns turns = {0};

	assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
	world->config = by_tls(world, "localhost");
	world->config.hosts[0].port = ntohs(address.sin_port);
	world_begin(world, "a/00000001");
	turns.loop = world->loop;
	turns.timer = timer_new(world->loop, on_tick, &turns);
	timer_set(turns.timer, 0);
	world_run(world, is_down);
	timer_free(turns.timer);
	close(listener);
	print_message("# %u turns, the longest %u us\n", turns.count, (unsigned)turns.longest_us);
	assert_true(turns.count > CONNECT_ADDRESS_MS / 20);
	assert_non_null(strstr(world->reason, "no answer"));
}

static void connecting_by_tls_does_not_stop_the_loop(void **state)
{
	struct line_world *world = world_of(state);
	struct turns turns = {0};

	world->config = by_tls(world, "localhost");
	world_begin(world, "a/00000001");
	turns.loop = world->loop;
	turns.timer = timer_new(world->loop, on_tick, &turns);
	timer_set(turns.timer, 0);
	world_run(world, world_is_up);
	timer_free(turns.timer);
	print_message("# %u turns, the longest %u us\n", turns.count, (unsigned)turns.longest_us);
	assert_true(turns.count > 3);
	assert_true(turns.longest_us < 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			CONNECT_TEST(certificate_of_the_host_is_accepted),
			CONNECT_TEST(certificate_of_another_ca_is_refused),
			CONNECT_TEST(certificate_of_another_host_is_refused),
			CONNECT_TEST(wrong_password_is_refused_with_its_fix),
			CONNECT_TEST(missing_database_is_refused_with_its_fix),
			CONNECT_TEST(missing_rights_are_refused_with_their_fix),
			CONNECT_TEST(newer_schema_is_refused),
			CONNECT_TEST(encoding_that_is_not_utf8_is_refused),
			CONNECT_TEST(second_host_is_taken),
			CONNECT_TEST(read_only_server_is_not_taken),
			CONNECT_TEST(refusal_of_a_line_that_was_up_is_not_final),
			CONNECT_TEST(environment_does_not_redirect_the_bot),
			CONNECT_TEST(silent_server_does_not_stop_the_loop),
			CONNECT_TEST(connecting_by_tls_does_not_stop_the_loop),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
