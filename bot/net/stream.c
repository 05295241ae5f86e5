/* A TLS or TCP connection with libcurl's CURLOPT_CONNECT_ONLY: libcurl connects and verifies, then the loop watches
 * the socket. */

#include "bot/net/stream.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/authorities.h"
#include "bot/net/budget.h"
#include "bot/net/descriptors.h"
#include "bot/net/identity.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/tls.h"
#include "bot/net/tunnel.h"

#define STREAM_OPEN_DEADLINE_MS 10000 /* TCP and TLS together */
#define STREAM_REASON_BYTES     TUNNEL_REASON_BYTES
#define STREAM_SOCKETS_MAX      4 /* sockets that libcurl opens while it connects to one address */

struct watch;
struct timer;

enum stream_phase {
	STREAM_CONNECTING, /* libcurl connects */
	STREAM_OPEN,
	STREAM_CLOSING, /* stream_close() was called */
	STREAM_OVER,    /* only on_close is left to call */
};

struct stream_socket {
	struct stream *stream;
	struct watch *watch; /* NULL: the slot is free */
	curl_socket_t fd;
};

struct stream {
	struct loop *loop;
	struct stream_events events;
	void *user;
	enum stream_phase phase;
	struct timer *timer; /* libcurl's timer; when open: read the remaining bytes; at the end: call on_close */
	struct timer *deadline; /* for opening or closing */
	bool *ret_is_gone;      /* set while on_bytes runs; stream_abandon() sets it to true */

	CURLM *multi; /* its own, so that an error in HTTP's pool does not affect it */
	CURL *easy;
	struct curl_slist *connect_to;
	struct stream_socket sockets[STREAM_SOCKETS_MAX];
	char *host, *fingerprints;
	char *ca_file, *certificate, *key; /* may be NULL; the last two with TLS only */
	bool is_tls, is_verified;
	struct tunnel tunnel;
	char *target; /* "irc.example.org:6697"; with a proxy only */
	char curl_reason[CURL_ERROR_SIZE];

	curl_socket_t fd; /* valid once open */
	struct watch *watch;
	bool is_writing;           /* waiting until the socket accepts more */
	struct budget_share share; /* counts outgoing */
	struct str outgoing;
	size_t sent;                 /* bytes of outgoing that were sent */
	const struct permit *permit; /* NULL: always */
	size_t permitted_end;        /* bytes of outgoing before this need the permit */
	unsigned stuck_rounds; /* consecutive rounds in which TLS read nothing although the socket has bytes */

	int error; /* the first error, with its reason */
	char reason[STREAM_REASON_BYTES];
};

#define URL_MAX_BYTES 400

static int stream_curl_start(struct stream *stream, const struct stream_options *options);
static bool blame_proxy(struct stream *stream, CURLcode code);
static void stream_curl_time(struct stream *stream);
static const char *stream_curl_stage(const struct stream *stream);
static void stream_curl_free(struct stream *stream);

#define CLOSE_DEADLINE_MS 2000
#define SEND_KEPT_BYTES   65536            /* a larger queue is freed once it is sent */
#define READ_BYTES        (32 * 1024)      /* two TLS records */
#define ROUND_MAX_BYTES   (8 * READ_BYTES) /* per round of the loop, so that other connections get their turn */
#define STUCK_ROUNDS_MAX  8

static void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	if (stream->ret_is_gone)
		*stream->ret_is_gone = true;
	watch_free(stream->watch); /* must come before the socket is closed */
	stream_curl_free(stream);
	timer_free(stream->timer);
	timer_free(stream->deadline);
	budget_release(&stream->share, &stream->outgoing);
	free(stream->host);
	free(stream->fingerprints);
	free(stream->ca_file);
	free(stream->certificate);
	free(stream->key);
	free(stream->target);
	free(stream);
}

static void stream_blame(struct stream *stream, int error, const char *reason)
{
	if (stream->reason[0])
		return; /* keep the first reason: later errors are its consequences */
	stream->error = error;
	utf8_print(stream->reason, sizeof(stream->reason), "%s", reason);
}

/* Call on_close in a later round: its owner may be the caller of this function. */
static void stream_finish(struct stream *stream)
{
	stream->phase = STREAM_OVER;
	watch_free(stream->watch);
	stream->watch = NULL;
	timer_cancel(stream->deadline);
	timer_set(stream->timer, 0);
}

static void on_over(void *user)
{
	struct stream *stream = user;

	budget_release(&stream->share, &stream->outgoing);
	stream->sent = stream->permitted_end = 0;
	stream_blame(stream, -ENOBUFS,
			"the buffers of all connections exceeded the limit, and this connection's were the "
			"largest");
	stream_finish(stream);
}

static void tell_close(struct stream *stream)
{
	struct stream_events events = stream->events;
	char reason[STREAM_REASON_BYTES];
	void *user = stream->user;
	int error;

	stream_blame(stream, -ECONNRESET, "connection lost");
	memcpy(reason, stream->reason, sizeof(reason));
	error = stream->error;
	stream_free(stream);
	events.on_close(user, error, reason);
}

/* ---------------------------------------------------------------- bytes */

static void watch_for(struct stream *stream, bool wants_write)
{
	if (stream->is_writing == wants_write)
		return;
	stream->is_writing = wants_write;
	if (watch_change(stream->watch, EPOLLIN | (wants_write ? EPOLLOUT : 0)) < 0) {
		stream_blame(stream, -ENOMEM, "out of memory");
		stream_finish(stream);
	}
}

/* Look when bytes go to the kernel: since they were queued, the process may have been stopped for a long time. */
static bool may_send(const struct stream *stream)
{
	return !stream->permit || stream->sent >= stream->permitted_end || permit_is_valid(stream->permit);
}

/* Send from the queue until the socket accepts no more. */
static void flush(struct stream *stream)
{
	struct str *queue = &stream->outgoing;

	while (stream->sent < queue->length) {
		size_t written = 0;
		CURLcode code;

		if (!may_send(stream)) {
			stream_blame(stream, -EKEYEXPIRED, PERMIT_REASON);
			stream_finish(stream);
			return;
		}
		code = curl_easy_send(stream->easy, queue->bytes + stream->sent, queue->length - stream->sent,
				&written);
		if (code == CURLE_AGAIN) {
			watch_for(stream, true);
			return;
		}
		if (code != CURLE_OK) {
			stream_blame(stream, -ECONNRESET, "connection lost while sending");
			stream_finish(stream);
			return;
		}
		stream->sent += written;
	}
	stream->sent = stream->permitted_end = 0;
	str_clear(queue);
	if (queue->capacity > SEND_KEPT_BYTES)
		budget_release(&stream->share, queue);
	watch_for(stream, false);
	/* Close the sending side only, and let the server close first: if it were still sending when we close,
	 * the kernel would reset the connection and the server could lose our last bytes. */
	if (stream->phase == STREAM_CLOSING)
		shutdown(stream->fd, SHUT_WR);
}

/*
 * Detect a TLS connection that has stopped reading. If OpenSSL gets no memory for a record it reports "try again"
 * and leaves the bytes in the socket, which then stays readable forever. A healthy connection has emptied the socket
 * when it reports that; bytes that arrive just afterwards are there in a few rounds, but not in
 * STUCK_ROUNDS_MAX rounds in a row.
 */
static void look_whether_stuck(struct stream *stream)
{
	int unread = 0;

	if (!stream->is_tls || ioctl(stream->fd, FIONREAD, &unread) < 0 || unread == 0) {
		stream->stuck_rounds = 0;
	} else if (++stream->stuck_rounds == STUCK_ROUNDS_MAX) {
		stream_blame(stream, -ENOMEM, "out of memory: TLS has stopped reading");
		stream_finish(stream);
	}
}

/* Read until nothing is left: TLS may hold bytes for which the socket is not readable. */
static void drain(struct stream *stream)
{
	static char bytes[READ_BYTES]; /* one thread, used before the next read */
	bool is_gone = false;
	size_t total = 0;

	/* cppcheck-suppress autoVariables ; reset before this returns */
	stream->ret_is_gone = &is_gone;
	while (stream->phase == STREAM_OPEN || stream->phase == STREAM_CLOSING) {
		size_t length = 0;
		CURLcode code;

		if (total >= ROUND_MAX_BYTES) {
			timer_set(stream->timer, 0);
			break;
		}
		code = curl_easy_recv(stream->easy, bytes, sizeof(bytes), &length);
		if (code == CURLE_AGAIN) {
			if (total == 0)
				look_whether_stuck(stream);
			break;
		}
		if (code != CURLE_OK || length == 0) {
			stream_blame(stream, -ECONNRESET,
					code == CURLE_OK ? "closed by the server" : "connection lost");
			stream_finish(stream);
			break;
		}
		total += length;
		if (stream->phase == STREAM_OPEN)
			stream->events.on_bytes(stream->user, bytes, length);
		if (is_gone)
			return;
	}
	stream->ret_is_gone = NULL;
}

static void on_ready(void *user, uint32_t events)
{
	struct stream *stream = user;

	if (events & EPOLLOUT)
		flush(stream);
	if (stream->phase != STREAM_OVER)
		drain(stream);
}

/* ---------------------------------------------------------------- opening */

/* may free the stream */
static void stream_opened(struct stream *stream)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
			fd == CURL_SOCKET_BAD) {
		stream_blame(stream, -ECONNRESET, "connection lost");
		stream_finish(stream);
		return;
	}
	stream->fd = fd;
	if (watch_new(stream->loop, fd, EPOLLIN, on_ready, stream, &stream->watch) < 0) {
		stream_blame(stream, -ENOMEM, "out of memory");
		stream_finish(stream);
		return;
	}
	stream->phase = STREAM_OPEN;
	timer_cancel(stream->deadline);
	/* Bytes that arrived with the end of the handshake are inside TLS: the socket is not readable for them. */
	timer_set(stream->timer, 0);
	stream->events.on_open(stream->user); /* may abandon the stream */
}

static void on_timer(void *user)
{
	struct stream *stream = user;

	switch (stream->phase) {
	case STREAM_CONNECTING: stream_curl_time(stream); break;
	case STREAM_OPEN:
	case STREAM_CLOSING: drain(stream); break;
	case STREAM_OVER: tell_close(stream); break;
	}
}

static void on_deadline(void *user)
{
	struct stream *stream = user;

	if (stream->phase == STREAM_CONNECTING && !blame_proxy(stream, CURLE_OPERATION_TIMEDOUT))
		stream_blame(stream, -ETIMEDOUT, stream_curl_stage(stream));
	stream_finish(stream);
}

/* ---------------------------------------------------------------- interface */

static int copy_texts(struct stream *stream, const struct stream_options *options)
{
	const char *key = options->key ? options->key : options->certificate;

	stream->host = str_copy(options->host);
	stream->fingerprints = str_copy(options->fingerprints);
	stream->ca_file = str_copy(options->ca_file);
	stream->certificate = str_copy(options->certificate);
	stream->key = str_copy(key);
	return stream->host && (!options->fingerprints || stream->fingerprints) &&
					       (!options->ca_file || stream->ca_file) &&
					       (!options->certificate || (stream->certificate && stream->key))
			       ? 0
			       : -ENOMEM;
}

int stream_connect(struct loop *loop, const struct stream_options *options,
		const struct stream_events *events, void *user, struct stream **ret)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int r = -ENOMEM;

	if (!stream)
		return -ENOMEM;
	stream->loop = loop;
	stream->events = *events;
	stream->user = user;
	stream->is_tls = options->is_tls;
	stream->share = (struct budget_share){.on_over = on_over, .user = stream};
	stream->outgoing = STR(STREAM_SEND_MAX_BYTES);
	if (copy_texts(stream, options) < 0)
		goto out;
	stream->timer = timer_new(loop, on_timer, stream);
	stream->deadline = timer_new(loop, on_deadline, stream);
	if (!stream->timer || !stream->deadline)
		goto out;
	r = stream_curl_start(stream, options);
	if (r < 0)
		goto out;
	if (stream->phase == STREAM_CONNECTING)
		timer_set(stream->deadline, STREAM_OPEN_DEADLINE_MS);
	*ret = stream;
	stream = NULL;
out:
	stream_free(stream);
	return r;
}

void stream_set_permit(struct stream *stream, const struct permit *permit)
{
	stream->permit = permit;
}

static int send_bytes(struct stream *stream, const char *bytes, size_t length, bool needs_permit)
{
	struct str *queue = &stream->outgoing;

	if (stream->phase != STREAM_OPEN)
		return -ENOTCONN;
	if (length > STREAM_SEND_MAX_BYTES - (queue->length - stream->sent))
		return -ENOBUFS;
	if (stream->sent > 0) {
		memmove(queue->bytes, queue->bytes + stream->sent, queue->length - stream->sent);
		str_truncate(queue, queue->length - stream->sent);
		stream->permitted_end -=
				stream->permitted_end < stream->sent ? stream->permitted_end : stream->sent;
		stream->sent = 0;
	}
	budget_append(&stream->share, queue, bytes, length);
	if (queue->error) {
		int r = queue->error;

		queue->error = 0; /* nothing was appended */
		return r;
	}
	if (needs_permit)
		stream->permitted_end = queue->length;
	if (!stream->is_writing)
		flush(stream);
	return 0;
}

int stream_send(struct stream *stream, const char *bytes, size_t length)
{
	if (stream->permit && stream->phase == STREAM_OPEN && !permit_is_valid(stream->permit))
		return -EKEYEXPIRED;
	return send_bytes(stream, bytes, length, stream->permit != NULL);
}

int stream_send_keepalive(struct stream *stream, const char *bytes, size_t length)
{
	return send_bytes(stream, bytes, length, false);
}

size_t stream_room(const struct stream *stream)
{
	if (stream->phase != STREAM_OPEN)
		return 0;
	return STREAM_SEND_MAX_BYTES - (stream->outgoing.length - stream->sent);
}

void stream_close(struct stream *stream)
{
	if (stream->phase == STREAM_CLOSING || stream->phase == STREAM_OVER)
		return;
	stream_blame(stream, 0, "closed"); /* closed by us: ignore later errors */
	if (stream->phase == STREAM_CONNECTING) {
		stream_finish(stream);
		return;
	}
	stream->phase = STREAM_CLOSING;
	timer_set(stream->deadline, CLOSE_DEADLINE_MS);
	flush(stream);
}

int stream_take_socket(struct stream *stream)
{
	int fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	stream_free(stream); /* closes its own descriptor; the connection lives on */
	return fd;
}

void stream_abandon(struct stream *stream)
{
	stream_free(stream);
}

/* ---------------------------------------------------------------- results of libcurl */

static int errno_of(CURL *easy, CURLcode code)
{
	long error = 0;

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
		return error > 0 ? -(int)error : -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION: return -EKEYREJECTED;
	case CURLE_OUT_OF_MEMORY: return -ENOMEM;
	default: return -EPROTO;
	}
}

static const char *reason_of(const struct stream *stream, CURLcode code, int error)
{
	const char *missing = code == CURLE_COULDNT_CONNECT ? descriptors_missing() : NULL;

	if (missing)
		return missing;
	switch (code) {
	case CURLE_COULDNT_CONNECT: return error == -ECONNREFUSED ? "connection refused" : strerror(-error);
	case CURLE_OPERATION_TIMEDOUT: return stream_curl_stage(stream);
	case CURLE_SSL_CONNECT_ERROR: return handshake_reason(stream->curl_reason);
	default: return stream->curl_reason[0] ? stream->curl_reason : curl_easy_strerror(code);
	}
}

/* The step that timed out, as a text for people. */
static const char *stream_curl_stage(const struct stream *stream)
{
	curl_off_t connected_us = 0;

	curl_easy_getinfo(stream->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	return connected_us && stream->is_tls ? "TLS handshake timed out" : "connection timed out";
}

/* False: the failure is not the proxy's. */
static bool blame_proxy(struct stream *stream, CURLcode code)
{
	char reason[TUNNEL_REASON_BYTES] = "";
	int error = tunnel_explain(
			stream->easy, code, &stream->tunnel, stream->target, stream->curl_reason, reason);

	if (error)
		stream_blame(stream, error, reason);
	return error != 0;
}

/* libcurl has connected: it stops watching the socket and keeps the connection for curl_easy_recv(). */
static void look_whether_done(struct stream *stream)
{
	CURLMsg *message;
	int left;

	while (stream->phase == STREAM_CONNECTING && (message = curl_multi_info_read(stream->multi, &left))) {
		CURLcode code = message->data.result;
		int error;

		if (message->msg != CURLMSG_DONE)
			continue;
		if (code == CURLE_OK && (!stream->is_tls || stream->is_verified)) {
			stream_opened(stream);
			return; /* the stream may be freed */
		}
		if (code != CURLE_OK && blame_proxy(stream, code)) {
			stream_finish(stream);
			return;
		}
		error = code == CURLE_OK ? -EKEYREJECTED : errno_of(stream->easy, code);
		stream_blame(stream, error,
				code == CURLE_OK ? "the certificate was not verified"
						 : reason_of(stream, code, error));
		stream_finish(stream);
	}
}

/* ---------------------------------------------------------------- certificates */

static int on_verify(X509_STORE_CTX *store, void *user)
{
	struct stream *stream = user;
	char reason[CERTIFICATE_REASON_BYTES] = "certificate refused";

	stream->is_verified = certificate_verify(store, stream->host, stream->fingerprints, reason);
	if (!stream->is_verified) {
		stream_blame(stream, -EKEYREJECTED, reason);
		authorities_doubt(stream->ca_file);
	}
	/* If the certificate is not the pinned one, let the handshake finish, unless it would show our own
	 * certificate: libcurl then finds is_verified false and closes without sending anything. The server sees
	 * a client that leaves; a TLS alert would look like broken TLS. */
	return stream->is_verified || (stream->fingerprints && !stream->certificate);
}

static int on_verify_proxy(X509_STORE_CTX *store, void *user)
{
	struct stream *stream = user;
	char reason[TUNNEL_REASON_BYTES];

	if (tunnel_verify(store, stream->tunnel.proxy.host, reason))
		return true;
	stream_blame(stream, -EHOSTUNREACH, reason);
	return false;
}

static CURLcode trust_proxy(struct stream *stream, void *context)
{
	char reason[AUTHORITIES_REASON_BYTES] = "";

	if (authorities_trust(NULL, context, reason) < 0) {
		stream_blame(stream, -EHOSTUNREACH, reason);
		return CURLE_SSL_CERTPROBLEM;
	}
	SSL_CTX_set_cert_verify_callback(context, on_verify_proxy, stream);
	return CURLE_OK;
}

/* Give the TLS context our own CAs and certificate: libcurl would cache the CAs of a path for a day. */
static CURLcode on_ssl_context(CURL *easy, void *context, void *user)
{
	struct stream *stream = user;
	char reason[CERTIFICATE_REASON_BYTES] = "";
	int r = 0;

	(void)easy;
	if (tunnel_meets_proxy(&stream->tunnel))
		return trust_proxy(stream, context);
	if (!stream->fingerprints) /* with fingerprints, CAs are not used */
		r = authorities_trust(stream->ca_file, context, reason);
	if (r == 0 && stream->certificate)
		r = identity_use(stream->certificate, stream->key, context, reason);
	if (r < 0) {
		stream_blame(stream, r, reason);
		return CURLE_SSL_CERTPROBLEM;
	}
	SSL_CTX_set_cert_verify_callback(context, on_verify, user);
	/* The queue may be reallocated between two attempts to send. */
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return CURLE_OK;
}

/* ---------------------------------------------------------------- libcurl's sockets and timer */

static void act(struct stream *stream, curl_socket_t fd, int ready)
{
	int running;

	if (curl_multi_socket_action(stream->multi, fd, ready, &running) == CURLM_OK) {
		look_whether_done(stream);
		return;
	}
	/* After this error libcurl must not be called again: see break_pool() in http.c. */
	stream_blame(stream, -ENOMEM, "out of memory");
	stream_finish(stream);
}

static void on_socket_ready(void *user, uint32_t events)
{
	struct stream_socket *socket = user;
	struct stream *stream = socket->stream;
	int ready = 0;

	ready |= events & EPOLLIN ? CURL_CSELECT_IN : 0;
	ready |= events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	ready |= events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0;
	act(stream, socket->fd, ready);
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct stream *stream = user;
	struct stream_socket *socket = known;
	uint32_t events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (socket) {
			watch_free(socket->watch);
			socket->watch = NULL;
		}
		curl_multi_assign(stream->multi, fd, NULL);
		return 0;
	}
	events |= what & CURL_POLL_IN ? EPOLLIN : 0;
	events |= what & CURL_POLL_OUT ? EPOLLOUT : 0;
	if (socket)
		return watch_change(socket->watch, events) < 0 ? -1 : 0;
	for (size_t i = 0; i < STREAM_SOCKETS_MAX && !socket; i++)
		if (!stream->sockets[i].watch)
			socket = &stream->sockets[i];
	if (!socket)
		return -1;
	*socket = (struct stream_socket){.stream = stream, .fd = fd};
	if (watch_new(stream->loop, fd, events, on_socket_ready, socket, &socket->watch) < 0)
		return -1;
	curl_multi_assign(stream->multi, fd, socket);
	return 0;
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *user)
{
	struct stream *stream = user;

	(void)multi;
	if (stream->phase != STREAM_CONNECTING)
		return 0; /* the timer now has another use */
	if (timeout_ms < 0)
		timer_cancel(stream->timer);
	else
		timer_set(stream->timer, (uint64_t)timeout_ms);
	return 0;
}

/* the timer fired; may free stream */
static void stream_curl_time(struct stream *stream)
{
	act(stream, CURL_SOCKET_TIMEOUT, 0);
}

/* ---------------------------------------------------------------- creating and freeing */

static void set_tls(struct stream *stream, const struct stream_options *options)
{
	CURL *easy = stream->easy;

	/* on_ssl_context() sets the CAs. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(
			easy, CURLOPT_CA_CACHE_TIMEOUT, 0L); /* else it gives the proxy's CAs to the server */
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	/* on_verify() compares the name as well; with fingerprints the name is not compared. */
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->fingerprints ? 0L : 2L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, stream);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* verify every connection */
}

/* A proxy connects to the name, and to nothing else: no address is looked up here. target: host and port. */
static int set_proxy(struct stream *stream, const char *proxy, const char *target)
{
	char reason[TUNNEL_REASON_BYTES] = "";
	int r;

	stream->target = str_copy(target);
	if (!stream->target)
		return -ENOMEM;
	r = tunnel_set(stream->easy, proxy, &stream->tunnel, reason);
	if (r == -EINVAL) {
		stream_blame(stream, r, reason);
		stream_finish(stream);
		return 0;
	}
	/* on_ssl_context() is called for TLS to the proxy, too. */
	curl_easy_setopt(stream->easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
	curl_easy_setopt(stream->easy, CURLOPT_SSL_CTX_DATA, stream);
	return r;
}

/* The URL has the name, for SNI and the certificate; CONNECT_TO has the address. */
static int set_target(struct stream *stream, const struct stream_options *options)
{
	bool is_v6_host = strchr(options->host, ':') != NULL;
	bool is_v6 = !options->proxy && strchr(options->address, ':') != NULL;
	char text[URL_MAX_BYTES];
	int length = snprintf(text, sizeof(text), "%s://%s%s%s:%u", options->is_tls ? "https" : "http",
			is_v6_host ? "[" : "", options->host, is_v6_host ? "]" : "", options->port);

	if (!options->host[0] || (!options->proxy && !options->address[0]) || options->port == 0 ||
			length >= (int)sizeof(text))
		return -EINVAL;
	if (curl_easy_setopt(stream->easy, CURLOPT_URL, text) != CURLE_OK)
		return -ENOMEM;
	if (options->proxy)
		return set_proxy(stream, options->proxy, strstr(text, "://") + 3);
	length = snprintf(text, sizeof(text), "::%s%s%s:%u", is_v6 ? "[" : "", options->address,
			is_v6 ? "]" : "", options->port);
	if (length >= (int)sizeof(text))
		return -EINVAL;
	stream->connect_to = curl_slist_append(NULL, text);
	if (!stream->connect_to)
		return -ENOMEM;
	curl_easy_setopt(stream->easy, CURLOPT_CONNECT_TO, stream->connect_to);
	return tunnel_set(stream->easy, NULL, &stream->tunnel, NULL);
}

static int stream_curl_start(struct stream *stream, const struct stream_options *options)
{
	CURL *easy;
	int r;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return -ENOMEM;
	stream->multi = curl_multi_init();
	if (!stream->multi) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	stream->easy = easy = curl_easy_init();
	if (!easy)
		return -ENOMEM;
	r = set_target(stream, options);
	if (r < 0)
		return r;
	if (options->is_tls)
		set_tls(stream, options);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 120L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 20L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, stream->curl_reason);
	curl_multi_setopt(stream->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(stream->multi, CURLMOPT_SOCKETDATA, stream);
	curl_multi_setopt(stream->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(stream->multi, CURLMOPT_TIMERDATA, stream);
	if (stream->phase == STREAM_CONNECTING && curl_multi_add_handle(stream->multi, easy) != CURLM_OK)
		return -ENOMEM;
	return 0;
}

static void stream_curl_free(struct stream *stream)
{
	stream->phase = STREAM_OVER; /* libcurl must not set the timer any more */
	if (stream->easy && stream->multi)
		curl_multi_remove_handle(stream->multi, stream->easy);
	curl_easy_cleanup(stream->easy);
	if (stream->multi) {
		curl_multi_cleanup(stream->multi);
		curl_global_cleanup();
	}
	for (size_t i = 0; i < STREAM_SOCKETS_MAX; i++)
		watch_free(stream->sockets[i].watch);
	curl_slist_free_all(stream->connect_to);
}
