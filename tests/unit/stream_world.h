#ifndef EPISODED_TESTS_STREAM_WORLD_H
#define EPISODED_TESTS_STREAM_WORLD_H

/* A loop, a scripted server with TCP or TLS, and a stream with its recorded events; made for each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/wait.h>

#include "bot/net/loop.h"
#include "bot/net/stream.h"
#include "tests/unit/certificates.h"
#include "tests/unit/scripted_server.h"

#define DEADLINE_MS 20000

struct world {
	struct loop *loop;
	struct timer *deadline;
	struct server server;
	struct stream_options options;
	struct stream *stream;
	unsigned opened, closed;
	size_t heard_bytes;
	char heard[1024]; /* the beginning */
	int error;
	char reason[512];
	void (*on_open)(struct world *world);
	void (*on_bytes)(struct world *world);
};

/* The TLS server's certificate, and its view of the client. */
struct tls {
	const char *name; /* of the certificate: NAME.pem, NAME.key */
	const char *says; /* after the handshake */
	char client[64];  /* common name of the client's certificate */
	char sni[64];
	char heard[256];
};

static struct certificates made;

/* Write a file with a certificate and its key. */
static inline void make_both(const char *of)
{
	static const char *const parts[] = {".pem", ".key"};
	FILE *both = certificates_open(&made, "both", ".pem", "w"), *part;
	int byte;

	for (size_t i = 0; i < 2; i++) {
		part = certificates_open(&made, of, parts[i], "r");
		while ((byte = getc(part)) != EOF)
			putc(byte, both);
		fclose(part);
	}
	fclose(both);
}

static inline int make_certificates(void **state)
{
	static const struct certificate_plan plans[] = {
			{.name = "right",
					.authority = "ca-good",
					.names = "DNS:irc.example.org,IP:127.0.0.1"},
			{.name = "elsewhere", .authority = "ca-good", .names = "DNS:elsewhere.example.org"},
			{.name = "expired",
					.authority = "ca-good",
					.names = "DNS:irc.example.org",
					.is_expired = true},
			{.name = "client", .authority = "ca-good", .names = "DNS:client"},
			{.name = "self"},
			{.name = "common", .common = "irc.example.org", .authority = "ca-good"},
			{.name = "email",
					.common = "irc.example.org",
					.authority = "ca-good",
					.names = "email:admin@irc.example.org"},
			{.name = "nul", .authority = "ca-good", .before_nul = "irc.example.org"},
	};

	(void)state;
	setenv("https_proxy", "http://127.0.0.1:1", 1); /* must have no effect */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	certificates_begin(&made);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		certificates_make(&made, &plans[i]);
	certificates_lock(&made, "client", "locked");
	make_both("client");
	return 0;
}

static inline int remove_certificates(void **state)
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

static inline int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	assert_int_equal(loop_new(&world->loop), 0);
	world->deadline = timer_new(world->loop, on_deadline, world);
	timer_set(world->deadline, DEADLINE_MS);
	world->options = (struct stream_options){.address = "127.0.0.1", .host = "irc.example.org"};
	*state = world;
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *world = *state;

	timer_free(world->deadline);
	loop_free(world->loop);
	free(world);
	return 0;
}

static void on_open(void *user)
{
	struct world *world = user;

	world->opened++;
	if (world->on_open)
		world->on_open(world);
}

static void on_bytes(void *user, const char *bytes, size_t length)
{
	struct world *world = user;
	size_t room = world->heard_bytes < sizeof(world->heard) - 1
				      ? sizeof(world->heard) - 1 - world->heard_bytes
				      : 0;

	assert_true(length > 0);
	memcpy(world->heard + (room ? world->heard_bytes : 0), bytes, length < room ? length : room);
	world->heard_bytes += length;
	if (world->on_bytes)
		world->on_bytes(world);
}

static void on_close(void *user, int error, const char *reason)
{
	struct world *world = user;

	world->closed++;
	world->error = error;
	snprintf(world->reason, sizeof(world->reason), "%s", reason);
	loop_stop(world->loop);
}

static const struct stream_events events = {on_open, on_bytes, on_close};

static inline void connect_to(struct world *world, unsigned short port)
{
	world->options.port = port;
	assert_int_equal(stream_connect(world->loop, &world->options, &events, world, &world->stream), 0);
	assert_int_equal(world->closed, 0); /* must not be called inside the call */
	assert_int_equal(world->opened, 0);
}

/* Connect to the script and run until the connection has ended. */
static inline void play(struct world *world, void (*script)(struct server *server, int fd))
{
	server_start(&world->server, script);
	connect_to(world, world->server.port);
	assert_int_equal(loop_run(world->loop), 0);
	server_stop(&world->server);
	assert_int_equal(world->closed, 1);
}

/* ---------------------------------------------------------------- TLS */

static inline const char *in_dir(const char *name, const char *suffix)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s%s", made.folder, name, suffix);
	return path;
}

static inline int accept_any(int is_good, X509_STORE_CTX *store)
{
	(void)is_good;
	(void)store;
	return 1;
}

/* Write, read once, and close properly. */
static inline void serve_tls(struct tls *tls, SSL *ssl)
{
	X509 *client = SSL_get1_peer_certificate(ssl);
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	int length;

	if (client)
		X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, tls->client,
				sizeof(tls->client));
	X509_free(client);
	snprintf(tls->sni, sizeof(tls->sni), "%s", sni ? sni : "");
	if (tls->says)
		SSL_write(ssl, tls->says, (int)strlen(tls->says));
	length = SSL_read(ssl, tls->heard, sizeof(tls->heard) - 1);
	tls->heard[length > 0 ? length : 0] = '\0';
	SSL_shutdown(ssl);
}

static inline void script_tls(struct server *server, int fd)
{
	struct tls *tls = (struct tls *)(uintptr_t)server->bytes;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	SSL_CTX_use_certificate_file(context, in_dir(tls->name, ".pem"), SSL_FILETYPE_PEM);
	SSL_CTX_use_PrivateKey_file(context, in_dir(tls->name, ".key"), SSL_FILETYPE_PEM);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, accept_any);
	ssl = SSL_new(context);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		serve_tls(tls, ssl);
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static inline void play_tls(struct world *world, struct tls *tls)
{
	world->options.is_tls = true;
	world->server.bytes = tls;
	play(world, script_tls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
