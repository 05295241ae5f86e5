/* The part of a stream's life that is libcurl's: connecting, TLS, and what to believe of a certificate. */

#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bot/net/descriptors.h"
#include "bot/net/handshake.h"
#include "bot/net/loop.h"
#include "bot/net/stream_private.h"
#include "bot/net/tls.h"

#define URL_MAX_BYTES 400

/* ---------------------------------------------------------------- how it went */

static int errno_of(CURL *easy, CURLcode code)
{
	long error = 0;

	switch (code) {
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
		return error > 0 ? -(int)error : -ECONNREFUSED;
	case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION: return -EKEYREJECTED;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE: return -ENOENT;
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
	case CURLE_SSL_CERTPROBLEM: return "our own certificate or its key cannot be used";
	case CURLE_SSL_CACERT_BADFILE: return "the file of authorities cannot be used";
	case CURLE_SSL_CONNECT_ERROR: return "TLS handshake failed";
	default: return stream->curl_reason[0] ? stream->curl_reason : curl_easy_strerror(code);
	}
}

const char *stream_curl_stage(const struct stream *stream)
{
	curl_off_t connected_us = 0;

	curl_easy_getinfo(stream->easy, CURLINFO_CONNECT_TIME_T, &connected_us);
	return connected_us ? "TLS handshake timed out" : "connection timed out";
}

/* libcurl is done: it stops watching, and keeps the connection for curl_easy_recv(). */
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
			return; /* it may be gone */
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
	const char *reason = "certificate refused";

	stream->is_verified = certificate_verify(store, stream->host, stream->fingerprints, &reason);
	if (!stream->is_verified)
		stream_blame(stream, -EKEYREJECTED, reason);
	/* A server that shows another certificate than the pinned one may end the handshake: libcurl reads
	 * the verdict right after it and hangs up without a word. So it sees somebody leave, where an alert
	 * would look like a broken TLS. Who we are it must not learn. */
	return stream->is_verified || (stream->fingerprints && !stream->shows_certificate);
}

static CURLcode on_ssl_context(CURL *easy, void *context, void *user)
{
	(void)easy;
	SSL_CTX_set_cert_verify_callback(context, on_verify, user);
	/* The queue grows, and so moves, between two tries. */
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return CURLE_OK;
}

/* ---------------------------------------------------------------- libcurl's sockets and timer on the loop */

static void act(struct stream *stream, curl_socket_t fd, int ready)
{
	int running;

	if (curl_multi_socket_action(stream->multi, fd, ready, &running) == CURLM_OK) {
		look_whether_done(stream);
		return;
	}
	/* It must not be asked again: see break_pool() in http.c. */
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
		return 0; /* the timer has another use by now */
	if (timeout_ms < 0)
		timer_cancel(stream->timer);
	else
		timer_set(stream->timer, (uint64_t)timeout_ms);
	return 0;
}

void stream_curl_time(struct stream *stream)
{
	act(stream, CURL_SOCKET_TIMEOUT, 0);
}

/* ---------------------------------------------------------------- making and freeing */

static int set_tls(struct stream *stream, const struct stream_options *options)
{
	const char *ca_file = options->ca_file ? options->ca_file : handshake_authorities();
	CURL *easy = stream->easy;
	CURLcode code;

	/* With fingerprints no authority is asked. */
	if (options->fingerprints)
		ca_file = NULL;
	else if (!ca_file || access(ca_file, R_OK) < 0)
		return -ENOENT;
	/* What is copied can fail, and the default that then stays would trust others. */
	code = curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	/* on_verify() compares the name as well; with fingerprints there is none to compare. */
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options->fingerprints ? 0L : 2L);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_context);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, stream);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L); /* each connection is verified */
	stream->shows_certificate = options->certificate != NULL;
	if (!code && options->certificate)
		code = curl_easy_setopt(easy, CURLOPT_SSLCERT, options->certificate);
	if (!code && options->certificate)
		code = curl_easy_setopt(
				easy, CURLOPT_SSLKEY, options->key ? options->key : options->certificate);
	if (!code && options->certificate)
		code = curl_easy_setopt(
				easy, CURLOPT_KEYPASSWD, ""); /* or OpenSSL would ask on the terminal */
	return code ? -ENOMEM : 0;
}

/* The URL carries the name, for SNI and the certificate; CONNECT_TO the address. */
static int set_target(struct stream *stream, const struct stream_options *options)
{
	bool is_v6_host = strchr(options->host, ':') != NULL, is_v6 = strchr(options->address, ':') != NULL;
	char text[URL_MAX_BYTES];
	int length = snprintf(text, sizeof(text), "%s://%s%s%s:%u", options->is_tls ? "https" : "http",
			is_v6_host ? "[" : "", options->host, is_v6_host ? "]" : "", options->port);

	if (!options->host[0] || !options->address[0] || options->port == 0 || length >= (int)sizeof(text))
		return -EINVAL;
	if (curl_easy_setopt(stream->easy, CURLOPT_URL, text) != CURLE_OK)
		return -ENOMEM;
	length = snprintf(text, sizeof(text), "::%s%s%s:%u", is_v6 ? "[" : "", options->address,
			is_v6 ? "]" : "", options->port);
	if (length >= (int)sizeof(text))
		return -EINVAL;
	stream->connect_to = curl_slist_append(NULL, text);
	if (!stream->connect_to)
		return -ENOMEM;
	curl_easy_setopt(stream->easy, CURLOPT_CONNECT_TO, stream->connect_to);
	return 0;
}

int stream_curl_start(struct stream *stream, const struct stream_options *options)
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
	if (r == 0 && options->is_tls)
		r = set_tls(stream, options);
	if (r < 0)
		return r;
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	if (curl_easy_setopt(easy, CURLOPT_PROXY, "")) /* a proxy is configuration, not environment */
		return -ENOMEM;
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 120L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 20L);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, stream->curl_reason);
	curl_multi_setopt(stream->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(stream->multi, CURLMOPT_SOCKETDATA, stream);
	curl_multi_setopt(stream->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(stream->multi, CURLMOPT_TIMERDATA, stream);
	if (curl_multi_add_handle(stream->multi, easy) != CURLM_OK)
		return -ENOMEM;
	return 0;
}

void stream_curl_free(struct stream *stream)
{
	stream->phase = STREAM_OVER; /* libcurl's last words set no timer */
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
