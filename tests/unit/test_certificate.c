/* WebSocket over TLS: accepted and refused certificates, against openssl's server with certificates made for the test. */

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

#include "bot/net/loop.h"
#include "bot/net/websocket.h"
#include "tests/unit/certificates.h"

#define DEADLINE_MS 20000

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct websocket *websocket;
	pid_t server;
	unsigned short port;
	unsigned closed;
	int error;
	char reason[512];
};

static struct certificates made;

/* The other CA is not trusted. */
static int make_certificates(void **state)
{
	static const struct certificate_plan plans[] = {
			{.name = "right",
					.authority = "ca-good",
					.names = "DNS:irc.example.org,IP:127.0.0.1,IP:2001:db8::1"},
			{.name = "wildcard", .authority = "ca-good", .names = "DNS:*.example.org"},
			{.name = "elsewhere", .authority = "ca-good", .names = "DNS:elsewhere.example.org"},
			{.name = "stranger", .authority = "ca-other", .names = "DNS:irc.example.org"},
			{.name = "expired",
					.authority = "ca-good",
					.names = "DNS:irc.example.org",
					.is_expired = true},
			{.name = "tomorrow",
					.authority = "ca-good",
					.names = "DNS:irc.example.org",
					.is_not_yet_valid = true},
			{.name = "common", .common = "irc.example.org", .authority = "ca-good"},
			{.name = "common-address", .common = "127.0.0.1", .authority = "ca-good"},
			{.name = "email",
					.common = "irc.example.org",
					.authority = "ca-good",
					.names = "email:admin@irc.example.org,URI:ircs://irc.example.org"},
			{.name = "common-and-name",
					.common = "irc.example.org",
					.authority = "ca-good",
					.names = "DNS:elsewhere.example.org"},
			{.name = "partial", .authority = "ca-good", .names = "DNS:ir*.example.org"},
			{.name = "two-labels", .authority = "ca-good", .names = "DNS:*.org"},
			{.name = "nul", .authority = "ca-good", .before_nul = "irc.example.org"},
			{.name = "selfsigned", .common = "irc.example.org", .names = "DNS:irc.example.org"},
	};

	FILE *garbage;

	(void)state;
	certificates_begin(&made);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		certificates_make(&made, &plans[i]);
	garbage = certificates_open(&made, "garbage", "", "w");
	fputs("Here is no certificate.\n", garbage);
	fclose(garbage);
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

	if (world->server > 0) {
		kill(world->server, SIGTERM);
		waitpid(world->server, NULL, 0);
	}
	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

/* openssl's web server: it answers with a page, so the status 200 shows that TLS succeeded. */
static void serve(struct world *world, const char *name)
{
	char cert[128], key[128], line[256];
	int out[2];
	FILE *output;

	snprintf(cert, sizeof(cert), "%s/%s.pem", made.folder, name);
	snprintf(key, sizeof(key), "%s/%s.key", made.folder, name);
	assert_int_equal(pipe(out), 0);
	world->server = fork();
	assert_true(world->server >= 0);
	if (world->server == 0) {
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

static void on_open(void *user, const char *protocol)
{
	(void)user;
	(void)protocol;
	fail_msg("a web page is no WebSocket");
}

static void on_message(void *user, const char *bytes, size_t length, bool is_text)
{
	(void)user;
	(void)bytes;
	(void)length;
	(void)is_text;
}

static void on_close(void *user, int error, const char *reason)
{
	struct world *world = user;

	world->closed++;
	world->error = error;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	loop_stop(world->loop);
}

static const struct websocket_events events = {on_open, on_message, on_close};

/* ca: a file in the folder; NULL for the system's. */
static void visit(struct world *world, const char *host, const char *ca)
{
	char ca_file[128];
	const struct websocket_options options = {.address = "127.0.0.1",
			.host = host,
			.port = world->port,
			.path = "/",
			.is_tls = true,
			.ca_file = ca ? ca_file : NULL,
			.message_max_bytes = 1000};

	snprintf(ca_file, sizeof(ca_file), "%s/%s", made.folder, ca ? ca : "");
	assert_int_equal(websocket_connect(world->loop, &options, &events, world, &world->websocket), 0);
	assert_int_equal(loop_run(world->loop), 0);
}

static void believed(struct world *world, const char *host)
{
	visit(world, host, "ca-good.pem");
	assert_string_equal(world->reason, "WebSocket refused: HTTP status 200");
}

static void not_believed(struct world *world, const char *host, const char *reason)
{
	visit(world, host, "ca-good.pem");
	if (strncmp(world->reason, reason, strlen(reason)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", world->reason, reason);
	assert_int_equal(world->error, -EKEYREJECTED);
}

static void right_certificate(void **state)
{
	serve(*state, "right");
	believed(*state, "irc.example.org");
}

static void right_address(void **state)
{
	serve(*state, "right");
	believed(*state, "127.0.0.1");
	believed(*state, "2001:db8::1");
}

static void right_wildcard(void **state)
{
	serve(*state, "wildcard");
	believed(*state, "irc.example.org");
	not_believed(*state, "irc.elsewhere.org", "certificate for another host");
}

static void wrong_host(void **state)
{
	serve(*state, "elsewhere");
	not_believed(*state, "irc.example.org",
			"certificate for another host: elsewhere.example.org, not for irc.example.org: check "
			"the "
			"address");
}

/* libwebsockets cuts an IPv6 address at its first colon, and then checks no name or a wrong one. */
static void wrong_address(void **state)
{
	serve(*state, "elsewhere");
	not_believed(*state, "::1", "certificate for another host");
	not_believed(*state, "2001:db8::1", "certificate for another host");
	not_believed(*state, "127.0.0.1", "certificate for another host");
	not_believed(*state, ":", "certificate for another host");
}

static void unknown_authority(void **state)
{
	serve(*state, "stranger");
	not_believed(*state, "irc.example.org",
			"certificate from an unknown CA (other); if this is the right server, set "
			"\"ca_file\" to "
			"its CA");
}

static void expired(void **state)
{
	serve(*state, "expired");
	not_believed(*state, "irc.example.org", "certificate expired on 20");
	assert_non_null(strstr(((struct world *)*state)->reason, "the clock of this machine says 20"));
}

/* A machine without a battery begins in 1970: the reason names the clock. */
static void a_clock_that_is_behind(void **state)
{
	serve(*state, "tomorrow");
	not_believed(*state, "irc.example.org", "certificate not valid before 20");
	assert_non_null(strstr(((struct world *)*state)->reason, "the clock of this machine says 20"));
	assert_non_null(strstr(((struct world *)*state)->reason, "set the clock"));
}

static void self_signed(void **state)
{
	serve(*state, "selfsigned");
	not_believed(*state, "irc.example.org",
			"self-signed certificate; if this is the right server, set \"ca_file\"");
}

#define NO_NAME "certificate has no subjectAltName; the server needs a new certificate"

/* RFC 9525: the common name is ignored, whatever else the certificate contains. */
static void common_name_is_no_host(void **state)
{
	serve(*state, "common");
	not_believed(*state, "irc.example.org", NO_NAME);
}

static void common_name_is_no_address(void **state)
{
	serve(*state, "common-address");
	not_believed(*state, "127.0.0.1", NO_NAME);
}

static void subject_alt_name_without_a_host(void **state)
{
	serve(*state, "email");
	not_believed(*state, "irc.example.org", NO_NAME);
}

static void common_name_beside_another_name(void **state)
{
	serve(*state, "common-and-name");
	not_believed(*state, "irc.example.org", "certificate for another host");
}

static void partial_wildcard(void **state)
{
	serve(*state, "partial");
	not_believed(*state, "irc.example.org", "certificate for another host");
}

/* A wildcard matches one label. */
static void wildcard_of_two_labels(void **state)
{
	serve(*state, "two-labels");
	not_believed(*state, "irc.example.org", "certificate for another host");
}

static void name_with_a_nul(void **state)
{
	serve(*state, "nul");
	not_believed(*state, "irc.example.org", "certificate for another host");
}

static void trailing_dot(void **state)
{
	serve(*state, "right");
	believed(*state, "irc.example.org.");
	not_believed(*state, "irc.example.org..", "certificate for another host");
	not_believed(*state, ".", "certificate for another host");
}

/* A CA file replaces the system's CAs; without a CA file the system's are used. */
static void system_does_not_know_us(void **state)
{
	struct world *world = *state;

	serve(world, "right");
	visit(world, "irc.example.org", NULL);
	assert_non_null(strstr(world->reason, "certificate from an unknown CA"));
}

/* Two gateways in one process use their own CAs. */
static void authorities_are_not_shared(void **state)
{
	struct world *world = *state;

	serve(world, "right");
	believed(world, "irc.example.org");
	visit(world, "irc.example.org", NULL);
	assert_non_null(strstr(world->reason, "certificate from an unknown CA"));
	believed(world, "irc.example.org");
}

static void missing_authorities_are_an_error(void **state)
{
	struct world *world = *state;
	const struct websocket_options options = {.address = "127.0.0.1",
			.host = "irc.example.org",
			.port = 1,
			.path = "/",
			.is_tls = true,
			.ca_file = "/nowhere/ca.pem",
			.message_max_bytes = 1000};

	assert_int_equal(websocket_connect(world->loop, &options, &events, world, &world->websocket), 0);
	assert_int_equal(loop_run(world->loop), 0);
	assert_int_equal(world->closed, 1);
	assert_int_equal(world->error, -ENOENT);
	assert_string_equal(world->reason,
			"the CA file /nowhere/ca.pem cannot be read: No such file or directory");
}

static void a_garbage_ca_file_trusts_no_certificate(void **state)
{
	struct world *world = *state;

	serve(world, "right");
	visit(world, "irc.example.org", "garbage");
	assert_non_null(strstr(world->reason, "/garbage has no complete certificate in PEM format"));
	assert_int_equal(world->error, -EBADMSG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(right_certificate),
			TEST(right_address),
			TEST(right_wildcard),
			TEST(wrong_host),
			TEST(wrong_address),
			TEST(unknown_authority),
			TEST(expired),
			TEST(a_clock_that_is_behind),
			TEST(self_signed),
			TEST(common_name_is_no_host),
			TEST(common_name_is_no_address),
			TEST(subject_alt_name_without_a_host),
			TEST(common_name_beside_another_name),
			TEST(partial_wildcard),
			TEST(wildcard_of_two_labels),
			TEST(name_with_a_nul),
			TEST(trailing_dot),
			TEST(system_does_not_know_us),
			TEST(authorities_are_not_shared),
			TEST(missing_authorities_are_an_error),
			TEST(a_garbage_ca_file_trusts_no_certificate),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
