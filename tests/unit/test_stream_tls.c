/* A stream with TLS: accepted and refused certificates, and client certificates. */

#include "tests/unit/stream_world.h"

static void say_hello(struct world *world)
{
	assert_int_equal(stream_send(world->stream, "hello", 5), 0);
}

static void assert_believed(struct world *world, struct tls *tls)
{
	world->on_bytes = say_hello;
	tls->says = "welcome";
	play_tls(world, tls);
	assert_int_equal(world->opened, 1);
	assert_string_equal(world->heard, "welcome");
	assert_string_equal(tls->heard, "hello");
}

static void assert_refused(struct world *world, const char *name, const char *reason)
{
	struct tls tls = {.name = name, .says = "welcome"};

	play_tls(world, &tls);
	assert_int_equal(world->opened, 0);
	assert_int_equal(world->heard_bytes, 0);
	assert_string_equal(tls.heard, "");
	assert_int_equal(world->error, -EKEYREJECTED);
	if (strncmp(world->reason, reason, strlen(reason)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", world->reason, reason);
}

static void the_right_authority_and_name(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "right"};

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_believed(world, &tls);
	assert_string_equal(tls.sni, "irc.example.org");
	assert_string_equal(tls.client, "");
	assert_string_equal(world->reason, "closed by the server");
}

static void an_address_as_name(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "right"};

	world->options.ca_file = in_dir("ca-good", ".pem");
	world->options.host = "127.0.0.1";
	assert_believed(world, &tls);
	assert_string_equal(tls.sni, "");
}

static void another_address(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	world->options.host = "::1";
	assert_refused(world, "right", "certificate for another host");
}

static void another_authority(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-other", ".pem");
	assert_refused(world, "right",
			"certificate from an unknown CA (good); if this is the right server, set \"ca_file\" "
			"to "
			"its CA or \"fingerprint\" to the SHA-256 of its certificate");
}

static void a_ca_file_that_is_missing(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "right", .says = "welcome"};

	world->options.ca_file = "/nowhere/ca.pem";
	play_tls(world, &tls);
	assert_int_equal(world->opened, 0);
	assert_int_equal(world->error, -ENOENT);
	assert_string_equal(world->reason,
			"the CA file /nowhere/ca.pem cannot be read: No such file or directory");
}

/* Write to a file what another one has. */
static void copy(const char *from, const char *suffix, const char *to)
{
	FILE *in = certificates_open(&made, from, suffix, "r"),
	     *out = certificates_open(&made, to, suffix, "w");
	int byte;

	while ((byte = getc(in)) != EOF)
		putc(byte, out);
	fclose(in);
	fclose(out);
}

/* Connect with the client certificate "mine"; ret_shown is the name in the one that the server saw. */
static void connect_with_mine(struct world *world, char ret_shown[64])
{
	struct tls tls = {.name = "right"};

	*world = (struct world){.loop = world->loop, .deadline = world->deadline, .options = world->options};
	world->options.ca_file = in_dir("ca-good", ".pem");
	world->options.certificate = in_dir("mine", ".pem");
	world->options.key = in_dir("mine", ".key");
	assert_believed(world, &tls);
	snprintf(ret_shown, 64, "%s", tls.client);
}

/* A renewed client certificate is shown from the next connection on, without a reload. While certificate and key do not
 * belong together, because only one of them was replaced yet, the old pair is shown. */
static void a_client_certificate_that_is_renewed(void **state)
{
	struct world *world = *state;
	char shown[64];

	copy("client", ".pem", "mine");
	copy("client", ".key", "mine");
	connect_with_mine(world, shown);
	assert_string_equal(shown, "client");
	copy("right", ".pem", "mine");
	connect_with_mine(world, shown);
	assert_string_equal(shown, "client");
	copy("right", ".key", "mine");
	connect_with_mine(world, shown);
	assert_string_equal(shown, "right");
}

static void authorities_of_the_system(void **state)
{
	assert_refused(*state, "right", "certificate from an unknown CA");
}

static void another_host(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "elsewhere", "certificate for another host");
}

static void expired(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "expired", "certificate expired");
}

static void self_signed(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "self", "self-signed certificate");
}

#define NO_NAME                                                                                              \
	"certificate has no subjectAltName; the server needs a new certificate, or pin its fingerprint"

/* RFC 9525: the common name is ignored. */
static void common_name_is_no_host(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "common", NO_NAME);
}

static void subject_alt_name_without_a_host(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "email", NO_NAME);
}

static void name_with_a_nul(void **state)
{
	struct world *world = *state;

	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "nul", "certificate for another host");
}

/* What the reason advises. */
static void a_pinned_certificate_needs_no_name(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "common"};
	char fingerprint[65];

	certificates_fingerprint(&made, "common", fingerprint);
	world->options.fingerprints = fingerprint;
	assert_believed(world, &tls);
}

static void the_right_fingerprint_needs_nothing_else(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "self"};
	char fingerprint[65];

	certificates_fingerprint(&made, "self", fingerprint);
	world->options.fingerprints = fingerprint;
	world->options.ca_file = in_dir("ca-other", ".pem");
	assert_believed(world, &tls);
	assert_string_equal(tls.sni, "irc.example.org");
}

static void one_of_two_fingerprints(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "self"};
	char both[130], other[65], fingerprint[65];

	certificates_fingerprint(&made, "right", other);
	certificates_fingerprint(&made, "self", fingerprint);
	snprintf(both, sizeof(both), "%s %s", other, fingerprint);
	world->options.fingerprints = both;
	assert_believed(world, &tls);
}

/* With a pinned fingerprint, a valid CA does not help. */
static void another_fingerprint(void **state)
{
	struct world *world = *state;
	char fingerprint[65];

	certificates_fingerprint(&made, "self", fingerprint);
	world->options.fingerprints = fingerprint;
	world->options.ca_file = in_dir("ca-good", ".pem");
	assert_refused(world, "right", "the certificate has another fingerprint");
}

static void a_shortened_fingerprint_matches_nothing(void **state)
{
	struct world *world = *state;
	char fingerprint[65];

	certificates_fingerprint(&made, "self", fingerprint);
	fingerprint[62] = '\0';
	world->options.fingerprints = fingerprint;
	assert_refused(world, "self", "the certificate has another fingerprint");
}

static void an_empty_fingerprint_matches_nothing(void **state)
{
	struct world *world = *state;

	world->options.fingerprints = "";
	assert_refused(world, "self", "the certificate has another fingerprint");
}

static void the_server_sees_our_certificate(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "right"};

	world->options.ca_file = in_dir("ca-good", ".pem");
	world->options.certificate = in_dir("client", ".pem");
	world->options.key = in_dir("client", ".key");
	assert_believed(world, &tls);
	assert_string_equal(tls.client, "client");
}

static void certificate_and_key_in_one_file(void **state)
{
	struct world *world = *state;
	struct tls tls = {.name = "right"};

	world->options.ca_file = in_dir("ca-good", ".pem");
	world->options.certificate = in_dir("both", ".pem");
	assert_believed(world, &tls);
	assert_string_equal(tls.client, "client");
}

/* Another certificate's key, an encrypted key (no prompt on the terminal), and a missing key. */
static void a_certificate_that_cannot_be_used(void **state)
{
	static const char *const keys[] = {"right", "locked", "missing"};
	static const char *const reasons[] = {"does not belong to the certificate", "without a passphrase",
			"cannot be read: No such file or directory"};
	struct world *world = *state;

	for (size_t i = 0; i < 3; i++) {
		struct tls tls = {.name = "right"};

		world->options.ca_file = in_dir("ca-good", ".pem");
		world->options.certificate = in_dir("client", ".pem");
		world->options.key = in_dir(keys[i], ".key");
		world->closed = 0;
		play_tls(world, &tls);
		assert_int_equal(world->opened, 0);
		assert_string_equal(tls.client, "");
		assert_non_null(strstr(world->reason, "our own key "));
		assert_non_null(strstr(world->reason, reasons[i]));
	}
}

static void script_irc(struct server *server, int fd)
{
	(void)server;
	write_text(fd, ":irc.example.org NOTICE * :*** Looking up your hostname...\r\n");
}

static void no_tls_at_the_other_end(void **state)
{
	struct world *world = *state;

	world->options.is_tls = true;
	world->options.ca_file = in_dir("ca-good", ".pem");
	play(world, script_irc);
	assert_int_equal(world->opened, 0);
	assert_int_equal(world->error, -EPROTO);
	assert_string_equal(world->reason, "TLS handshake failed: the server answered without TLS; check the "
					   "port and the scheme of "
					   "the URL");
}

static void hear_it_all(struct world *world)
{
	if (world->heard_bytes == 65536)
		stream_close(world->stream);
}

/* More than one record at once: bytes inside TLS do not make the socket readable. */
static void many_bytes_at_once(void **state)
{
	static char much[65537];
	struct world *world = *state;
	struct tls tls = {.name = "right", .says = much};

	memset(much, 'x', 65536);
	world->options.ca_file = in_dir("ca-good", ".pem");
	world->on_bytes = hear_it_all;
	play_tls(world, &tls);
	assert_int_equal(world->heard_bytes, 65536);
	assert_int_equal(world->error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(the_right_authority_and_name),
			TEST(an_address_as_name),
			TEST(another_address),
			TEST(another_authority),
			TEST(authorities_of_the_system),
			TEST(a_ca_file_that_is_missing),
			TEST(a_client_certificate_that_is_renewed),
			TEST(another_host),
			TEST(expired),
			TEST(self_signed),
			TEST(common_name_is_no_host),
			TEST(subject_alt_name_without_a_host),
			TEST(name_with_a_nul),
			TEST(a_pinned_certificate_needs_no_name),
			TEST(the_right_fingerprint_needs_nothing_else),
			TEST(one_of_two_fingerprints),
			TEST(another_fingerprint),
			TEST(a_shortened_fingerprint_matches_nothing),
			TEST(an_empty_fingerprint_matches_nothing),
			TEST(the_server_sees_our_certificate),
			TEST(certificate_and_key_in_one_file),
			TEST(a_certificate_that_cannot_be_used),
			TEST(no_tls_at_the_other_end),
			TEST(many_bytes_at_once),
	};

	return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
