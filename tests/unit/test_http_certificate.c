/* HTTPS: accepted and refused certificates, against openssl's server with certificates made for the test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/net/http.h"
#include "bot/net/loop.h"
#include "tests/unit/certificates.h"

#define DEADLINE_MS 20000
#define SECRET      "aW50ZXJhY3Rpb246secret"

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct http *http;
	pid_t openssl;
	unsigned short port;
	char url[256];
	unsigned done;
	int error, status;
	char reason[512];
};

static struct certificates made;

static int make_certificates(void **state)
{
	static const struct certificate_plan plans[] = {
			{.name = "right", .authority = "ca-good", .names = "DNS:localhost,IP:127.0.0.1"},
			{.name = "elsewhere", .authority = "ca-good", .names = "DNS:elsewhere.example.org"},
			{.name = "expired",
					.authority = "ca-good",
					.names = "DNS:localhost",
					.is_expired = true},
			{.name = "common", .common = "localhost", .authority = "ca-good"},
			{.name = "common-address", .common = "127.0.0.1", .authority = "ca-good"},
			{.name = "email",
					.common = "localhost",
					.authority = "ca-good",
					.names = "email:admin@localhost"},
			{.name = "common-and-name",
					.common = "localhost",
					.authority = "ca-good",
					.names = "IP:127.0.0.2"},
			{.name = "nul", .authority = "ca-good", .before_nul = "localhost"},
	};

	(void)state;
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("no_proxy", "127.0.0.1,localhost", 1); /* https_proxy must have no effect */
	certificates_begin(&made);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		certificates_make(&made, &plans[i]);
	return 0;
}

static int remove_certificates(void **state)
{
	(void)state;
	certificates_end(&made);
	return 0;
}

static void on_deadline(void *user)
{
	(void)user;
	fail_msg("nothing happened for %d ms", DEADLINE_MS);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	http_free(world->http);
	if (world->openssl > 0) {
		kill(world->openssl, SIGTERM);
		waitpid(world->openssl, NULL, 0);
	}
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_done(void *user, const struct http_response *response)
{
	struct world *world = user;

	world->done++;
	world->error = response->error;
	world->status = response->status;
	snprintf(world->reason, sizeof(world->reason), "%s", response->reason);
	assert_null(strstr(world->reason, SECRET));
	loop_stop(world->loop);
}

static void serve(struct world *world, const char *name)
{
	char cert[128], key[128], line[256];
	int out[2];
	FILE *output;

	snprintf(cert, sizeof(cert), "%s/%s.pem", made.folder, name);
	snprintf(key, sizeof(key), "%s/%s.key", made.folder, name);
	assert_int_equal(pipe(out), 0);
	world->openssl = fork();
	assert_true(world->openssl >= 0);
	if (world->openssl == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(out[1], 1);
		dup2(null, 2);
		execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key,
				"-www", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	output = fdopen(out[0], "r");
	assert_non_null(output);
	while (!world->port && fgets(line, sizeof(line), output))
		if (sscanf(line, "ACCEPT 127.0.0.1:%hu", &world->port) != 1)
			world->port = 0;
	fclose(output);
	assert_true(world->port > 0);
}

/* ca: a file in the folder; NULL for the system's. */
static void visit(struct world *world, const char *host, const char *ca)
{
	struct http_request request = {.method = "GET", .url = world->url};
	char ca_file[128];

	snprintf(ca_file, sizeof(ca_file), "%s/%s", made.folder, ca ? ca : "");
	snprintf(world->url, sizeof(world->url), "https://%s:%hu/" SECRET, host, world->port);
	http_free(world->http);
	assert_int_equal(http_new(world->loop, "a", ca ? ca_file : NULL, &world->http), 0);
	world->done = 0;
	assert_int_equal(http_start(world->http, &request, on_done, world, NULL), 0);
	assert_int_equal(loop_run(world->loop), 0);
}

static void the_right_server_is_accepted(void **state)
{
	struct world *world = *state;

	serve(world, "right");
	visit(world, "localhost", "ca-good.pem");
	assert_int_equal(world->error, 0);
	assert_int_equal(world->status, 200);
	visit(world, "127.0.0.1", "ca-good.pem");
	assert_int_equal(world->status, 200);
}

static void an_unknown_ca_is_refused(void **state)
{
	struct world *world = *state;

	serve(world, "right");
	visit(world, "localhost", NULL); /* the system does not trust the test's CA */
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason, "certificate from an unknown CA"));
	visit(world, "localhost", "ca-other.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_string_equal(world->reason, "certificate from an unknown CA (good); if this is the right "
					   "server, set \"ca_file\" to "
					   "its CA");
	visit(world, "localhost", "no-such-file.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason, "no-such-file.pem cannot be read: No such file or directory"));
}

static void another_host_name_is_refused(void **state)
{
	struct world *world = *state;

	serve(world, "elsewhere");
	visit(world, "localhost", "ca-good.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason,
			"certificate for another host: elsewhere.example.org, not for localhost: check the "
			"address"));
}

static void an_expired_certificate_is_refused(void **state)
{
	struct world *world = *state;

	serve(world, "expired");
	visit(world, "localhost", "ca-good.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason, "certificate expired on 20"));
}

#define NO_NAME "certificate has no subjectAltName; the server needs a new certificate"

static void assert_refused(struct world *world, const char *name, const char *host, const char *reason)
{
	serve(world, name);
	visit(world, host, "ca-good.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_string_equal(world->reason, reason);
}

/* RFC 9525: the common name is ignored. */
static void common_name_is_no_host(void **state)
{
	assert_refused(*state, "common", "localhost", NO_NAME);
}

static void common_name_is_no_address(void **state)
{
	assert_refused(*state, "common-address", "127.0.0.1", NO_NAME);
}

static void subject_alt_name_without_a_host(void **state)
{
	assert_refused(*state, "email", "localhost", NO_NAME);
}

static void common_name_beside_another_name(void **state)
{
	struct world *world = *state;

	serve(world, "common-and-name");
	visit(world, "localhost", "ca-good.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason, "localhost"));
}

static void name_with_a_nul(void **state)
{
	struct world *world = *state;

	serve(world, "nul");
	visit(world, "localhost", "ca-good.pem");
	assert_int_equal(world->error, -EPROTO);
	assert_non_null(strstr(world->reason, "localhost"));
}

int main(void)
{
#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
			HTTP_TEST(the_right_server_is_accepted),
			HTTP_TEST(an_unknown_ca_is_refused),
			HTTP_TEST(another_host_name_is_refused),
			HTTP_TEST(an_expired_certificate_is_refused),
			HTTP_TEST(common_name_is_no_host),
			HTTP_TEST(common_name_is_no_address),
			HTTP_TEST(subject_alt_name_without_a_host),
			HTTP_TEST(common_name_beside_another_name),
			HTTP_TEST(name_with_a_nul),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
