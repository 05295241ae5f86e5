#ifndef EPISODED_TESTS_STREAM_WORLD_H
#define EPISODED_TESTS_STREAM_WORLD_H

/* A loop, a scripted server in TCP or TLS, one stream and what it has been told; made for each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <openssl/ssl.h>
#include <sys/wait.h>

#include "bot/net/loop.h"
#include "bot/net/stream.h"
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
	char reason[256];
	void (*on_open)(struct world *world);
	void (*on_bytes)(struct world *world);
};

/* What the TLS server shows and saw. */
struct tls {
	const char *name; /* of the certificate: NAME.pem, NAME.key */
	const char *says; /* after the handshake */
	char client[64];  /* common name of the client's certificate */
	char sni[64];
	char heard[256];
};

static char dir[] = "/tmp/episoded-stream-XXXXXX";

static const char make_all[] =
	"set -e; cd \"$1\"; exec >log 2>&1\n"
	"new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
	"for name in good other; do openssl req -x509 $new -keyout ca-$name.key -out ca-$name.pem -days 2 "
	"-subj /CN=$name; done\n"
	"sign() { # name days names\n"
	"  openssl req $new -keyout $1.key -out $1.csr -subj /CN=$1\n"
	"  echo \"subjectAltName=$3\" > $1.ext\n"
	"  openssl x509 -req -in $1.csr -CA ca-good.pem -CAkey ca-good.key -CAcreateserial -out $1.pem -days "
	"$2 -extfile $1.ext\n"
	"}\n"
	"sign right 1 DNS:irc.example.org,IP:127.0.0.1\n"
	"sign elsewhere 1 DNS:elsewhere.example.org\n"
	"sign expired -1 DNS:irc.example.org\n"
	"sign client 1 DNS:client\n"
	"openssl req -x509 $new -keyout self.key -out self.pem -days 1 -subj /CN=self\n"
	"openssl pkey -in client.key -aes128 -passout pass:secret -out locked.key\n"
	"cat client.pem client.key > both.pem\n"
	"for name in self right; do openssl x509 -in $name.pem -noout -fingerprint -sha256 | "
	"sed 's/.*=//; s/://g' | tr A-F a-f | tr -d '\\n' > $name.print; done\n";

static inline int run(char *const arguments[])
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(arguments[0], arguments);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

static inline int make_certificates(void **state)
{
	char sh[] = "sh", c[] = "-c", script[sizeof(make_all)];
	char *const arguments[] = {sh, c, script, sh, dir, NULL};

	(void)state;
	memcpy(script, make_all, sizeof(make_all));
	setenv("https_proxy", "http://127.0.0.1:1", 1); /* must change nothing */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	return mkdtemp(dir) ? run(arguments) : -1;
}

static inline int remove_certificates(void **state)
{
	char rm[] = "rm", rf[] = "-rf";
	char *const arguments[] = {rm, rf, dir, NULL};

	(void)state;
	return run(arguments);
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
	assert_int_equal(world->closed, 0); /* never within the call */
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

	snprintf(path, sizeof(paths[0]), "%s/%s%s", dir, name, suffix);
	return path;
}

static inline int accept_any(int is_good, X509_STORE_CTX *store)
{
	(void)is_good;
	(void)store;
	return 1;
}

/* Say, hear one read, and close properly. */
static inline void serve_tls(struct tls *tls, SSL *ssl)
{
	X509 *client = SSL_get1_peer_certificate(ssl);
	const char *sni = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	int length;

	if (client)
		X509_NAME_get_text_by_NID(
			X509_get_subject_name(client), NID_commonName, tls->client, sizeof(tls->client));
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
