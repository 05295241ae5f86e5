/* The event loop: libwebsockets' poll loop, which also polls a signalfd and one epoll descriptor. */

#include "bot/net/loop.h"

#include <assert.h>
#include <errno.h>
#include <libwebsockets.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/str.h"

/* The size of libwebsockets' tables: the slots, and a few descriptors of the loop itself. */
#define DESCRIPTORS_MAX 512
/* For many cookies in a server's handshake: if they do not fit, libwebsockets drops the connection without a reason. */
#define HEADERS_MAX_BYTES 16384
#define SIGNALS_MAX       8
#define READY_MAX         16 /* watches processed per round */

struct caught {
	int signal;
	void (*on_signal)(void *user, int signal);
	void *user;
};

struct loop {
	struct lws_context *lws;
	struct lws_vhost *vhost; /* the vhost of the adopted descriptors */
	int epoll_fd, signal_fd; /* closed by libwebsockets once adopted */
	bool is_stopping;
	void (*on_turn)(void *user);
	void *turn_user;
	unsigned slots_taken;
	sigset_t signals;
	struct caught caught[SIGNALS_MAX];
	size_t caught_count;
	/* The events of the current round. watch_free() clears a watch's entry, so that a freed watch is not
	 * called. */
	struct epoll_event ready[READY_MAX];
	int ready_count;
};

struct timer {
	lws_sorted_usec_list_t sul;
	struct loop *loop;
	void (*on_timer)(void *user);
	void *user;
};

struct watch {
	struct loop *loop;
	int fd;
	void (*on_ready)(void *user, uint32_t events);
	void *user;
};

/*
 * Log libwebsockets' own lines at the debug level: they are for developers. Errors of a
 * connection reach its owner as an error and a reason, and are logged there.
 */
static void on_lws_log(int level, const char *line)
{
	size_t length = strlen(line);

	(void)level;
	while (length && (line[length - 1] == '\n' || line[length - 1] == ' '))
		length--;
	if (length)
		log_debug("libwebsockets: %.*s", (int)length, line);
}

void loop_each_turn(struct loop *loop, void (*on_turn)(void *user), void *user)
{
	loop->on_turn = on_turn;
	loop->turn_user = user;
}

static void end_turn(const struct loop *loop)
{
	if (loop->on_turn)
		loop->on_turn(loop->turn_user);
}

static void serve_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		for (size_t i = 0; i < loop->caught_count; i++) {
			struct caught *caught = &loop->caught[i];

			if (caught->signal == (int)info.ssi_signo)
				caught->on_signal(caught->user, caught->signal);
		}
	}
}

static void serve_watches(struct loop *loop)
{
	loop->ready_count = epoll_wait(loop->epoll_fd, loop->ready, READY_MAX, 0);
	for (int i = 0; i < loop->ready_count; i++) {
		struct watch *watch = loop->ready[i].data.ptr;

		if (watch)
			watch->on_ready(watch->user, loop->ready[i].events);
	}
	loop->ready_count = 0;
}

/*
 * libwebsockets asks the first protocol of the first vhost, which is this one, whether a
 * server's certificate is valid. Ask the connection's own protocol; if there is no such
 * protocol, refuse the certificate.
 */
static int ask_owner(struct lws *wsi, enum lws_callback_reasons reason, void *in, void *ssl, size_t length);

static int on_adopted(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct loop *loop;

	switch (reason) {
	case LWS_CALLBACK_RAW_RX_FILE:
		loop = lws_context_user(lws_get_context(wsi));
		if (lws_get_socket_fd(wsi) == loop->signal_fd)
			serve_signals(loop);
		else
			serve_watches(loop);
		return 0;
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		return ask_owner(wsi, reason, user, in, length);
	default: return 0;
	}
}

static const struct lws_protocols protocols[] = {
		{.name = "loop", .callback = on_adopted},
		{.name = NULL},
};

static int ask_owner(struct lws *wsi, enum lws_callback_reasons reason, void *in, void *ssl, size_t length)
{
	const struct lws_protocols *owner = lws_get_protocol(wsi);

	if (!owner || owner->callback == on_adopted)
		return 1;
	return owner->callback(wsi, reason, in, ssl, length);
}

/* Fetch one algorithm of each kind that TLS uses: OpenSSL initialises each kind once, and if that fails for lack of
 * memory, the kind is missing for the rest of the process. */
static bool has_algorithms(void)
{
	EVP_MD *digest = EVP_MD_fetch(NULL, "SHA384", NULL);
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_KDF *older = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL), *kdf = EVP_KDF_fetch(NULL, "TLS13-KDF", NULL);
	EVP_RAND *random = EVP_RAND_fetch(NULL, "CTR-DRBG", NULL);
	EVP_KEYMGMT *curve = EVP_KEYMGMT_fetch(NULL, "EC", NULL), *rsa = EVP_KEYMGMT_fetch(NULL, "RSA", NULL);
	EVP_KEYEXCH *exchange = EVP_KEYEXCH_fetch(NULL, "ECDH", NULL);
	EVP_SIGNATURE *signature = EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL);
	bool is_whole = digest && cipher && mac && older && kdf && random && curve && rsa && exchange &&
			signature;

	EVP_MD_free(digest);
	EVP_CIPHER_free(cipher);
	EVP_MAC_free(mac);
	EVP_KDF_free(older);
	EVP_KDF_free(kdf);
	EVP_RAND_free(random);
	EVP_KEYMGMT_free(curve);
	EVP_KEYMGMT_free(rsa);
	EVP_KEYEXCH_free(exchange);
	EVP_SIGNATURE_free(signature);
	return is_whole;
}

/* Decode a public key, as every handshake does: OpenSSL collects its decoders once, and if that fails for lack of
 * memory, it takes all certificates for weak for the rest of the process. */
static bool can_decode_keys(void)
{
	/* P-256; its private key was thrown away. */
	static const unsigned char key[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d,
			0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42,
			0x00, 0x04, 0x3a, 0x99, 0x4b, 0xba, 0x00, 0x2e, 0xee, 0xfe, 0xf5, 0x1f, 0x72, 0xce,
			0xc0, 0x14, 0xf1, 0x67, 0x3a, 0x3d, 0xb9, 0x94, 0x13, 0x24, 0x0b, 0xcd, 0x67, 0xf1,
			0x2f, 0xa1, 0x96, 0xac, 0x1e, 0xf8, 0x7b, 0x52, 0x8c, 0x64, 0x43, 0x78, 0x04, 0x88,
			0x41, 0x16, 0xa8, 0x08, 0xe4, 0x06, 0x32, 0xb3, 0x6e, 0x02, 0xb6, 0x80, 0x1a, 0x5a,
			0x8a, 0xd6, 0x5f, 0x7e, 0x0a, 0x11, 0x20, 0x66, 0xef, 0x44};
	const unsigned char *at = key;
	EVP_PKEY *decoded = d2i_PUBKEY(NULL, &at, sizeof(key));
	bool is_decoded = decoded != NULL;

	EVP_PKEY_free(decoded);
	return is_decoded;
}

/* Initialise OpenSSL completely, or fail: otherwise no connection of this process could use TLS. systemd then restarts
 * the process. */
static int check_tls(void)
{
	/* The digests of certificate signatures. OpenSSL may fail to register one without an error. */
	static const char *const digests[] = {"SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
	SSL_CTX *context;

	if (!OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		if (!EVP_get_digestbyname(digests[i]))
			return -ENOMEM;
	}
	context = SSL_CTX_new(TLS_method());
	SSL_CTX_free(context);
	return context && has_algorithms() && can_decode_keys() ? 0 : -ENOMEM;
}

/* libwebsockets goes on without the index under which it keeps its data of a TLS connection; each handshake would then
 * fail. Seen by its place after the index taken before, in 4.1, whose order is known. */
static bool lacks_index(int before)
{
	return str_starts(lws_get_library_version(), "4.1.") &&
	       SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL) < before + 2;
}

static int make_context(struct loop *loop)
{
	struct lws_context_creation_info info = {
			.port = CONTEXT_PORT_NO_LISTEN,
			/* Without RAW_ORIGIN libwebsockets adds a second scheme to an Origin. */
			.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
				   LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN,
			.protocols = protocols,
			.vhost_name = "loop",
			.user = loop,
			.fd_limit_per_thread = DESCRIPTORS_MAX,
			.pt_serv_buf_size = LOOP_READ_BYTES,
			.max_http_header_data2 = HEADERS_MAX_BYTES,
			.timeout_secs = 15, /* longer than all our own deadlines */
			/* Ignore http_proxy of the environment, as on every vhost. */
			.http_proxy_address = ":0",
	};
	int before, r = check_tls();

	if (r < 0)
		return r;
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	before = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	loop->lws = lws_create_context(&info);
	if (!loop->lws || before < 0 || lacks_index(before))
		return -ENOMEM;
	info.options = 0; /* no TLS on this vhost, so do not load CAs for it */
	loop->vhost = lws_create_vhost(loop->lws, &info);
	return loop->vhost ? 0 : -ENOMEM;
}

/* From here on libwebsockets closes the descriptor, even if it refuses it. */
static int adopt(struct loop *loop, int fd)
{
	lws_sock_file_fd_type adopted = {.filefd = fd};

	if (!lws_adopt_descriptor_vhost(
			    loop->vhost, LWS_ADOPT_RAW_FILE_DESC, adopted, protocols[0].name, NULL))
		return -EMFILE;
	return 0;
}

int loop_new(struct loop **ret)
{
	struct loop *loop = NULL;
	int r;

	loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;
	sigemptyset(&loop->signals);
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->signal_fd = signalfd(-1, &loop->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->epoll_fd < 0 || loop->signal_fd < 0) {
		r = -errno;
		goto close;
	}
	r = make_context(loop);
	if (r < 0)
		goto close;
	r = adopt(loop, loop->signal_fd);
	if (r < 0) {
		close(loop->epoll_fd);
		goto out;
	}
	r = adopt(loop, loop->epoll_fd);
	if (r < 0)
		goto out;
	*ret = loop;
	return 0;
close:
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
out:
	loop_free(loop);
	return r;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	if (loop->lws)
		lws_context_destroy(loop->lws);
	free(loop);
}

int loop_run(struct loop *loop)
{
	end_turn(loop); /* the result of earlier steps */
	while (!loop->is_stopping) {
		/* libwebsockets ignores the time-out: it sleeps until a timer is due. */
		if (lws_service(loop->lws, 0) < 0)
			return -EIO;
		end_turn(loop);
	}
	loop->is_stopping = false;
	return 0;
}

void loop_stop(struct loop *loop)
{
	loop->is_stopping = true;
	lws_cancel_service(loop->lws);
}

uint64_t loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return clock_monotonic_ms();
}

struct lws_context *loop_lws(struct loop *loop)
{
	return loop->lws;
}

bool loop_slot_take(struct loop *loop, unsigned reserve)
{
	if (loop->slots_taken + reserve >= LOOP_SLOTS_MAX)
		return false;
	loop->slots_taken++;
	return true;
}

void loop_slot_give(struct loop *loop)
{
	assert(loop->slots_taken > 0);
	loop->slots_taken--;
}

int loop_catch(struct loop *loop, int signal, void (*on_signal)(void *user, int signal), void *user)
{
	if (loop->caught_count == SIGNALS_MAX)
		return -ENOSPC;
	sigaddset(&loop->signals, signal);
	/* Keep the signals blocked: a second SIGTERM must not kill the process while it says goodbye. */
	if (sigprocmask(SIG_BLOCK, &loop->signals, NULL) < 0 ||
			signalfd(loop->signal_fd, &loop->signals, 0) < 0)
		return -errno;
	loop->caught[loop->caught_count++] = (struct caught){signal, on_signal, user};
	return 0;
}

/* libwebsockets runs timers before it sleeps, not after: the turn ends here. */
static void on_sul(lws_sorted_usec_list_t *sul)
{
	struct timer *timer = lws_container_of(sul, struct timer, sul);
	const struct loop *loop = timer->loop;

	timer->on_timer(timer->user); /* may free the timer */
	end_turn(loop);
}

struct timer *timer_new(struct loop *loop, void (*on_timer)(void *user), void *user)
{
	struct timer *timer = calloc(1, sizeof(*timer));

	if (!timer)
		return NULL;
	timer->loop = loop;
	timer->on_timer = on_timer;
	timer->user = user;
	return timer;
}

void timer_set(struct timer *timer, uint64_t delay_ms)
{
	/* With a delay of 0 a timer would be due in the round that set it, and a timer that sets itself again would never
	 * let other events run. */
	lws_usec_t delay_us = delay_ms ? (lws_usec_t)delay_ms * LWS_US_PER_MS : 1;

	lws_sul_schedule(timer->loop->lws, 0, &timer->sul, on_sul, delay_us);
}

void timer_cancel(struct timer *timer)
{
	lws_sul_cancel(&timer->sul);
}

void timer_free(struct timer *timer)
{
	if (!timer)
		return;
	lws_sul_cancel(&timer->sul);
	free(timer);
}

int watch_new(struct loop *loop, int fd, uint32_t events, void (*on_ready)(void *user, uint32_t events),
		void *user, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int r;

	if (!watch)
		return -ENOMEM;
	watch->loop = loop;
	watch->fd = fd;
	watch->on_ready = on_ready;
	watch->user = user;
	if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
		r = -errno;
		free(watch);
		return r;
	}
	*ret = watch;
	return 0;
}

int watch_change(struct watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	return epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event) < 0 ? -errno : 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
	for (int i = 0; i < watch->loop->ready_count; i++)
		if (watch->loop->ready[i].data.ptr == watch)
			watch->loop->ready[i].data.ptr = NULL;
	free(watch);
}
