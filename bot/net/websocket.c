/* A WebSocket client on libwebsockets: verified TLS, whole messages, one on_close with a reason. */

#include "bot/net/websocket.h"

#include <errno.h>
#include <fcntl.h>
#include <libwebsockets.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/net/authorities.h"
#include "bot/net/budget.h"
#include "bot/net/descriptors.h"
#include "bot/net/handshake.h"
#include "bot/net/loop.h"
#include "bot/net/permit.h"
#include "bot/net/relay.h"
#include "bot/net/stream.h"
#include "bot/net/tls.h"
#include "bot/net/tunnel.h"
#include "bot/net/vhost.h"

#define OPEN_DEADLINE_MS   10000 /* TCP, TLS and upgrade together */
#define CLOSE_DEADLINE_MS  2000
#define REASON_MAX_BYTES   TUNNEL_REASON_BYTES
#define PROTOCOL_MAX_BYTES 64
#define RECEIVE_KEPT_BYTES 65536 /* a larger buffer is freed after its message */

enum phase {
	PHASE_PROXY, /* the proxy connects to the server; there is no wsi yet */
	PHASE_TCP,
	PHASE_TLS, /* without TLS: the moment before the request is sent */
	PHASE_UPGRADE,
	PHASE_OPEN,
	PHASE_CLOSING, /* websocket_close() was called */
};

struct websocket_message {
	struct websocket_message *next;
	size_t length;
	bool is_text, needs_permit;
	unsigned char bytes[]; /* LWS_PRE for libwebsockets, then the message */
};

/* What the request needs once a proxy has connected. */
struct websocket_request {
	char *path, *origin, *protocols; /* the last two may be NULL */
	unsigned short port;
};

struct websocket {
	struct lws *wsi; /* owned by libwebsockets; NULL before and after the connection */
	struct loop *loop;
	bool has_slot;
	struct websocket_events events;
	void *user;
	char *host;
	char *agent;           /* the User-Agent line */
	char *ca_file;         /* NULL: no TLS, or the system's CAs */
	struct stream *tunnel; /* while the proxy connects, and as long as relay is in use; else NULL */
	struct relay *relay;   /* with an https:// proxy: TLS to the proxy is not libwebsockets' work */
	bool is_relayed;
	struct websocket_request request; /* with a proxy only */
	int tunnel_fd; /* the connection to the server, which takes the place of the wsi's own; -1 without a proxy */
	unsigned short *ret_close_code;
	bool is_tls;
	enum phase phase;
	bool is_abandoned;
	bool is_overrun;     /* the server sent too much: close, and ignore what it sends */
	struct timer *timer; /* the deadline; after the wsi is gone, the call of on_close */

	char protocol[PROTOCOL_MAX_BYTES];
	struct budget_share share; /* counts message and the queue */
	struct str message;        /* the fragments received so far */
	time_t confirmed_s;        /* last call of lws_validity_confirmed() */

	struct websocket_message *first, **last;
	const struct permit *permit; /* NULL: always */
	size_t queued_bytes;
	unsigned short close_code;
	char close_reason[124]; /* the 123 bytes that a close frame holds, and a NUL */

	int error; /* the first error, with its reason */
	char reason[REASON_MAX_BYTES];
};

/* Send a ping after 4 minutes of silence, hang up after 5. IRC's own PING comes much sooner. */
static const lws_retry_bo_t idle_policy = {.secs_since_valid_ping = 240, .secs_since_valid_hangup = 300};

/* Free the incomplete message and the queue. */
static void drop_buffers(struct websocket *websocket)
{
	struct websocket_message *next;

	for (struct websocket_message *outgoing = websocket->first; outgoing; outgoing = next) {
		next = outgoing->next;
		free(outgoing);
	}
	websocket->first = NULL;
	websocket->last = &websocket->first;
	websocket->queued_bytes = 0;
	str_release(&websocket->message);
	budget_hold(&websocket->share, 0);
}

static void close_tunnel(struct websocket *websocket)
{
	if (websocket->tunnel_fd >= 0)
		close(websocket->tunnel_fd);
	websocket->tunnel_fd = -1;
}

static void websocket_free(struct websocket *websocket)
{
	if (!websocket)
		return;
	relay_free(websocket->relay);
	stream_abandon(websocket->tunnel);
	close_tunnel(websocket);
	free(websocket->request.path);
	free(websocket->request.origin);
	free(websocket->request.protocols);
	timer_free(websocket->timer);
	if (websocket->has_slot)
		loop_slot_give(websocket->loop);
	drop_buffers(websocket);
	free(websocket->host);
	free(websocket->agent);
	free(websocket->ca_file);
	free(websocket);
}

/* Record an error, unless there is one already: later errors are consequences of the first. */
__attribute__((format(printf, 3, 4))) static void blame(
		struct websocket *websocket, int error, const char *format, ...)
{
	va_list arguments;

	if (websocket->reason[0])
		return;
	websocket->error = error;
	va_start(arguments, format);
	utf8_vprint(websocket->reason, sizeof(websocket->reason), format, arguments);
	va_end(arguments);
}

/* Close later: libwebsockets may be processing this connection right now. */
static void kill_later(struct websocket *websocket)
{
	lws_set_timeout(websocket->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

static void finish(struct websocket *websocket)
{
	struct websocket_events events = websocket->events;
	char reason[REASON_MAX_BYTES];
	void *user = websocket->user;
	int error;

	blame(websocket, -ECONNRESET, "connection lost");
	memcpy(reason, websocket->reason, sizeof(reason));
	error = websocket->error;
	websocket_free(websocket);
	events.on_close(user, error, reason);
}

static void on_timer(void *user)
{
	struct websocket *websocket = user;

	if (!websocket->wsi) {
		finish(websocket);
		return;
	}
	switch (websocket->phase) {
	case PHASE_PROXY:
	case PHASE_TCP: blame(websocket, -ETIMEDOUT, "connection timed out"); break;
	case PHASE_TLS: blame(websocket, -ETIMEDOUT, "TLS handshake timed out"); break;
	case PHASE_UPGRADE: blame(websocket, -ETIMEDOUT, "no answer to the WebSocket request"); break;
	case PHASE_OPEN:
	case PHASE_CLOSING: break;
	}
	kill_later(websocket);
	timer_set(websocket->timer,
			CLOSE_DEADLINE_MS); /* libwebsockets may have replaced it by a time-out of its own */
}

static int on_request(struct websocket *websocket, void *in, size_t length)
{
	size_t agent_bytes = strlen(websocket->agent);
	char **at = in;

	websocket->phase = PHASE_UPGRADE;
	if (length <= agent_bytes)
		return -1;
	memcpy(*at, websocket->agent, agent_bytes);
	*at += agent_bytes;
	return 0;
}

static void blame_no_connection(struct websocket *websocket, int error)
{
	const char *missing = descriptors_missing();

	if (missing)
		blame(websocket, -EMFILE, "%s", missing);
	else
		blame(websocket, -error, "%s",
				error == ECONNREFUSED ? "connection refused" : strerror(error));
}

static void blame_no_tls(struct websocket *websocket)
{
	blame(websocket, -EPROTO, "%s", websocket->is_tls ? vhost_tls_reason() : "connection lost");
}

static void on_refused(struct websocket *websocket, struct lws *wsi, const char *in, size_t length)
{
	unsigned status;

	switch (websocket->phase) {
	case PHASE_PROXY:
	case PHASE_TCP: blame_no_connection(websocket, ECONNREFUSED); break;
	case PHASE_TLS: blame_no_tls(websocket); break;
	default:
		status = lws_http_client_http_response(wsi);
		if (status && status != 101)
			blame(websocket, -EPROTO, "WebSocket refused: HTTP status %u", status);
		else
			blame(websocket, -EPROTO, "not a WebSocket server: %.*s", (int)length, in ? in : "");
	}
}

/* Close with a code and a reason; on_writable() sends the close frame. */
static void overrun(struct websocket *websocket, struct lws *wsi, int error)
{
	if (error == -EMSGSIZE)
		blame(websocket, error, "the server sent a message longer than %zu bytes",
				websocket->message.limit_bytes);
	else if (error == -ENOBUFS)
		blame(websocket, error,
				"the buffers of all connections exceeded %u MiB, and this connection's were "
				"the largest",
				BUDGET_MAX_BYTES >> 20);
	else
		blame(websocket, error, "out of memory");
	websocket->is_overrun = true;
	timer_set(websocket->timer, CLOSE_DEADLINE_MS);
	lws_callback_on_writable(wsi);
}

static void on_over(void *user)
{
	struct websocket *websocket = user;

	drop_buffers(websocket);
	if (websocket->wsi && !websocket->is_abandoned)
		overrun(websocket, websocket->wsi, -ENOBUFS);
}

/* A received message replaces a ping. Tell libwebsockets once a second only, because each call moves a timer and a
 * busy server sends 100,000 messages a second. */
static void confirm(struct websocket *websocket, struct lws *wsi)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	if (time.tv_sec == websocket->confirmed_s)
		return;
	websocket->confirmed_s = time.tv_sec;
	lws_validity_confirmed(wsi);
}

/*
 * Always return 0. If this callback asks to close, libwebsockets 4.1.6
 * (lws_ws_client_rx_sm(), checked 2026-11) does not empty its receive buffer, and
 * writes the server's further data past the end of the buffer.
 */
static void on_receive(struct websocket *websocket, struct lws *wsi, const void *in, size_t length)
{
	struct str *message = &websocket->message;

	if (websocket->is_abandoned || websocket->is_overrun)
		return;
	budget_append(&websocket->share, message, in, length);
	if (message->error) {
		overrun(websocket, wsi, message->error);
		return;
	}
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
		return;
	confirm(websocket, wsi);
	/* After websocket_close() messages are dropped. */
	websocket->share.is_pinned = true;
	if (websocket->phase == PHASE_OPEN)
		websocket->events.on_message(websocket->user, str_text(message), message->length,
				!lws_frame_is_binary(wsi));
	websocket->share.is_pinned = false;
	str_clear(message);
	if (message->capacity > RECEIVE_KEPT_BYTES)
		budget_release(&websocket->share, message);
}

static int on_writable(struct websocket *websocket, struct lws *wsi)
{
	if (websocket->is_overrun) {
		lws_close_reason(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, NULL, 0);
		return -1;
	}
	while (websocket->first && !lws_send_pipe_choked(wsi)) {
		struct websocket_message *outgoing = websocket->first;
		size_t size = sizeof(*outgoing) + LWS_PRE + outgoing->length;
		int written;

		/* Since it was queued, the process may have been stopped for a long time. */
		if (outgoing->needs_permit && !permit_is_valid(websocket->permit)) {
			blame(websocket, -EKEYEXPIRED, PERMIT_REASON);
			return -1;
		}
		written = lws_write(wsi, outgoing->bytes + LWS_PRE, outgoing->length,
				outgoing->is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
		if (written < (int)outgoing->length) {
			blame(websocket, -ECONNRESET, "connection lost while sending");
			return -1;
		}
		websocket->first = outgoing->next;
		if (!websocket->first)
			websocket->last = &websocket->first;
		websocket->queued_bytes -= size;
		budget_hold(&websocket->share, websocket->share.bytes - size);
		free(outgoing);
	}
	if (websocket->first) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	if (websocket->phase != PHASE_CLOSING)
		return 0;
	lws_close_reason(wsi, websocket->close_code, (unsigned char *)websocket->close_reason,
			strlen(websocket->close_reason));
	return -1; /* libwebsockets sends the close frame and waits for the server's */
}

static void on_peer_close(struct websocket *websocket, const unsigned char *in, size_t length)
{
	if (length >= 2 && websocket->ret_close_code)
		*websocket->ret_close_code = (unsigned short)(in[0] << 8 | in[1]);
	if (length < 2)
		blame(websocket, -ECONNRESET, "closed by the server");
	else
		blame(websocket, -ECONNRESET, "closed by the server: %u%s%.*s", in[0] << 8 | in[1],
				length > 2 ? " " : "", (int)(length - 2), (const char *)in + 2);
}

static int on_verify(struct websocket *websocket, void *store, bool is_chain_good)
{
	char reason[CERTIFICATE_REASON_BYTES] = "certificate refused";

	if (certificate_is_good(store, is_chain_good, websocket->host, reason))
		return 0;
	blame(websocket, -EKEYREJECTED, "%s", reason);
	authorities_doubt(websocket->ca_file);
	return 1;
}

/* The connection is there. Behind a proxy, libwebsockets has connected to a listener of our own (see make_listener()):
 * the connection that the proxy made takes the descriptor's place, before libwebsockets has used it. */
static void on_connected(struct websocket *websocket, struct lws *wsi)
{
	websocket->phase = PHASE_TLS;
	if (websocket->tunnel_fd < 0)
		return;
	if (dup3(websocket->tunnel_fd, lws_get_socket_fd(wsi), O_CLOEXEC) < 0) {
		blame(websocket, -errno, "%s", strerror(errno));
		kill_later(websocket);
	}
	close_tunnel(websocket);
}

static void on_destroyed(struct websocket *websocket)
{
	websocket->wsi = NULL;
	if (websocket->is_abandoned)
		websocket_free(websocket);
	else
		timer_set(websocket->timer, 0);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct websocket *websocket = lws_wsi_user(wsi);

	if (reason == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION)
		return websocket ? on_verify(websocket, user, length != 0) : 1;
	if (!websocket) /* events of the vhost (user is then OpenSSL's), or of a connection that was never
			   opened */
		return 0;
	if (reason == LWS_CALLBACK_WSI_DESTROY) {
		on_destroyed(websocket);
		return 0;
	}
	if (reason == LWS_CALLBACK_CLIENT_RECEIVE) {
		on_receive(websocket, wsi, in, length);
		return 0;
	}
	/* Builds of libwebsockets with support for external poll loops report every descriptor here; a non-zero
	 * result would leave the descriptor polled after it is closed. */
	if (reason >= LWS_CALLBACK_ADD_POLL_FD && reason <= LWS_CALLBACK_UNLOCK_POLL)
		return 0;
	if (websocket->is_abandoned)
		return -1;

	switch (reason) {
	case LWS_CALLBACK_WSI_CREATE: on_connected(websocket, wsi); return 0;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return on_request(websocket, in, length);
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		/* Do not follow redirects: they could send the bot, and its password, to another server. */
		blame(websocket, -EPROTO,
				"the server redirects to another address: put that address into the "
				"configuration");
		return 1;
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		/* 0 and empty if the server sent no code. */
		if (lws_hdr_copy(wsi, websocket->protocol, sizeof(websocket->protocol), WSI_TOKEN_PROTOCOL) <
				0)
			websocket->protocol[0] = '\0';
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		if (websocket->phase == PHASE_CLOSING)
			return -1;
		websocket->phase = PHASE_OPEN;
		timer_cancel(websocket->timer);
		websocket->events.on_open(websocket->user, websocket->protocol);
		return websocket->is_abandoned ? -1 : 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE: return on_writable(websocket, wsi);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: on_peer_close(websocket, in, length); return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: on_refused(websocket, wsi, in, length); return 0;
	default: return 0;
	}
}

static const struct lws_protocols protocols[] = {
		{.name = "websocket", .callback = on_event, .rx_buffer_size = LOOP_READ_BYTES},
		{.name = NULL},
};

/*
 * Make a Unix socket in the abstract namespace that listens, and write the address by
 * which libwebsockets connects to it. libwebsockets 4.1 cannot take a connected socket as
 * a client, so it connects to this listener, which succeeds at once, and on_connected()
 * replaces the descriptor. The kernel chooses the name; no other process accepts on it.
 */
static int make_listener(char ret_address[sizeof(((struct sockaddr_un *)0)->sun_path) + 2])
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t length = sizeof(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;
	size_t digits;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&name, sizeof(name.sun_family)) < 0 || listen(fd, 1) < 0 ||
			getsockname(fd, (struct sockaddr *)&name, &length) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	digits = length - sizeof(name.sun_family) - 1;
	memcpy(ret_address, "+@", 2);
	memcpy(ret_address + 2, name.sun_path + 1, digits);
	ret_address[2 + digits] = '\0';
	return fd;
}

/* Let libwebsockets connect. */
static void connect_wsi(struct websocket *websocket, const struct lws_client_connect_info *info)
{
	websocket->has_slot = loop_slot_take(websocket->loop, 0);
	if (!websocket->has_slot) {
		blame(websocket, -EMFILE, "no free connection slot: the limit is %d", LOOP_SLOTS_MAX);
		timer_set(websocket->timer, 0);
		return;
	}
	errno = 0;
	if (!lws_client_connect_via_info(info)) {
		int error = errno ? errno : ECONNREFUSED;

		/* Failed at once; on_event() may or may not have been called. */
		websocket->wsi = NULL;
		if (websocket->phase == PHASE_TCP)
			blame_no_connection(websocket, error);
		else /* behind a proxy, TLS can fail at once, too */
			blame_no_tls(websocket);
	}
	timer_set(websocket->timer, websocket->wsi ? OPEN_DEADLINE_MS : 0);
}

/* Connect to options->address, or, with a tunnel, to what the proxy has connected. */
static void begin(struct websocket *websocket, const struct websocket_options *options)
{
	char host[HANDSHAKE_HOST_MAX_BYTES + 16], address[sizeof(((struct sockaddr_un *)0)->sun_path) + 2];
	char reason[AUTHORITIES_REASON_BYTES] = "";
	bool is_tunnelled = websocket->tunnel_fd >= 0;
	struct lws_client_connect_info info = {
			.context = loop_lws(websocket->loop),
			.address = is_tunnelled ? address : options->address,
			.port = options->port,
			.path = options->path,
			.host = host,
			.origin = options->origin,
			.protocol = options->protocols,
			.local_protocol_name = protocols[0].name,
			.alpn = "http/1.1",
			.ssl_connection = options->is_tls ? LCCSCF_USE_SSL : 0,
			.userdata = websocket,
			.pwsi = &websocket->wsi,
			.retry_and_idle_policy = &idle_policy,
	};
	int listener = is_tunnelled ? make_listener(address) : -1, r;

	websocket->phase = PHASE_TCP;
	handshake_host(options, host);
	r = is_tunnelled && listener < 0 ? listener
					 : vhost_find(info.context, protocols, options->is_tls,
							   websocket->ca_file, &info.vhost, reason);
	if (r < 0) {
		blame(websocket, r, "%s", *reason ? reason : strerror(-r));
		timer_set(websocket->timer, 0);
	} else {
		connect_wsi(websocket, &info);
	}
	if (listener >= 0)
		close(listener);
}

/* ---------------------------------------------------------------- a proxy */

/* Set tunnel_fd to what behaves as the connection to the server. */
static int take_tunnel(struct websocket *websocket)
{
	if (websocket->is_relayed)
		return relay_new(
				websocket->loop, websocket->tunnel, &websocket->relay, &websocket->tunnel_fd);
	websocket->tunnel_fd = stream_take_socket(websocket->tunnel);
	if (websocket->tunnel_fd >= 0)
		websocket->tunnel = NULL;
	return websocket->tunnel_fd < 0 ? websocket->tunnel_fd : 0;
}

static void on_tunnel(void *user)
{
	struct websocket *websocket = user;
	const struct websocket_request *request = &websocket->request;
	int r = take_tunnel(websocket);

	if (r < 0) {
		blame(websocket, r, "%s", strerror(-r));
		stream_abandon(websocket->tunnel);
		websocket->tunnel = NULL;
		timer_set(websocket->timer, 0);
		return;
	}
	begin(websocket, &(struct websocket_options){
					 .host = websocket->host,
					 .port = request->port,
					 .path = request->path,
					 .origin = request->origin,
					 .protocols = request->protocols,
					 .is_tls = websocket->is_tls,
			 });
}

static void on_tunnel_bytes(void *user, const char *bytes, size_t length)
{
	const struct websocket *websocket = user;

	if (websocket->relay)
		relay_feed(websocket->relay, bytes, length);
}

static void on_tunnel_close(void *user, int error, const char *reason)
{
	struct websocket *websocket = user;

	websocket->tunnel = NULL;
	if (websocket->relay)
		relay_end(websocket->relay); /* libwebsockets reads the rest, and the end */
	if (websocket->wsi)
		return;
	blame(websocket, error, "%s", reason);
	timer_set(websocket->timer, 0);
}

static int begin_tunnel(struct websocket *websocket, const struct websocket_options *options)
{
	static const struct stream_events tunnel_events = {on_tunnel, on_tunnel_bytes, on_tunnel_close};
	struct websocket_request *request = &websocket->request;
	struct proxy_url proxy;

	websocket->is_relayed = !proxy_url_parse(options->proxy, &proxy) && proxy.kind == PROXY_HTTPS;
	request->port = options->port;
	request->path = str_copy(options->path);
	request->origin = str_copy(options->origin);
	request->protocols = str_copy(options->protocols);
	if (!request->path || (options->origin && !request->origin) ||
			(options->protocols && !request->protocols))
		return -ENOMEM;
	return stream_connect(websocket->loop,
			&(struct stream_options){.host = options->host,
					.port = options->port,
					.proxy = options->proxy},
			&tunnel_events, websocket, &websocket->tunnel);
}

/* ---------------------------------------------------------------- interface */

int websocket_connect(struct loop *loop, const struct websocket_options *options,
		const struct websocket_events *events, void *user, struct websocket **ret)
{
	struct websocket *websocket = NULL;
	int r = handshake_check(options);

	if (r < 0)
		return r;
	websocket = calloc(1, sizeof(*websocket));
	if (!websocket)
		return -ENOMEM;
	websocket->loop = loop;
	websocket->events = *events;
	websocket->user = user;
	websocket->tunnel_fd = -1;
	websocket->is_tls = options->is_tls;
	websocket->share = (struct budget_share){.on_over = on_over, .user = websocket};
	websocket->message = STR(options->message_max_bytes);
	websocket->last = &websocket->first;
	websocket->ret_close_code = options->close_code;
	websocket->host = strdup(options->host);
	websocket->agent = handshake_agent(options);
	websocket->ca_file = options->is_tls ? str_copy(options->ca_file) : NULL;
	websocket->timer = timer_new(loop, on_timer, websocket);
	if (!websocket->host || !websocket->agent || !websocket->timer ||
			(options->is_tls && options->ca_file && !websocket->ca_file))
		r = -ENOMEM;
	else if (options->proxy)
		r = begin_tunnel(websocket, options);
	else
		begin(websocket, options);
	if (r < 0) {
		websocket_free(websocket);
		return r;
	}
	*ret = websocket;
	return 0;
}

void websocket_set_permit(struct websocket *websocket, const struct permit *permit)
{
	websocket->permit = permit;
}

static int send_message(struct websocket *websocket, const char *bytes, size_t length, bool as_text,
		bool needs_permit)
{
	struct websocket_message *outgoing;
	size_t size = sizeof(*outgoing) + LWS_PRE + length;

	if (websocket->phase != PHASE_OPEN || !websocket->wsi || websocket->is_overrun)
		return -ENOTCONN;
	if (length > WEBSOCKET_SEND_MAX_BYTES || size > WEBSOCKET_SEND_MAX_BYTES - websocket->queued_bytes)
		return -ENOBUFS;
	if (budget_hold(&websocket->share, websocket->share.bytes + size) < 0)
		return -ENOBUFS;
	outgoing = malloc(size);
	if (!outgoing) {
		budget_hold(&websocket->share, websocket->share.bytes - size);
		return -ENOMEM;
	}
	outgoing->next = NULL;
	outgoing->length = length;
	outgoing->is_text = as_text;
	outgoing->needs_permit = needs_permit;
	if (length)
		memcpy(outgoing->bytes + LWS_PRE, bytes, length);
	*websocket->last = outgoing;
	websocket->last = &outgoing->next;
	websocket->queued_bytes += size;
	lws_callback_on_writable(websocket->wsi);
	return 0;
}

int websocket_send(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	if (websocket->permit && websocket->phase == PHASE_OPEN && !permit_is_valid(websocket->permit))
		return -EKEYEXPIRED;
	return send_message(websocket, bytes, length, as_text, websocket->permit != NULL);
}

int websocket_send_keepalive(struct websocket *websocket, const char *bytes, size_t length, bool as_text)
{
	return send_message(websocket, bytes, length, as_text, false);
}

void websocket_close(struct websocket *websocket, unsigned short code, const char *reason)
{
	bool was_open = websocket->phase == PHASE_OPEN;

	if (websocket->phase == PHASE_CLOSING || (!websocket->wsi && !websocket->tunnel))
		return;
	websocket->phase = PHASE_CLOSING;
	blame(websocket, 0, "closed"); /* closed by us: ignore later errors */
	if (!websocket->wsi) {
		stream_abandon(websocket->tunnel);
		websocket->tunnel = NULL;
		timer_set(websocket->timer, 0);
		return;
	}
	websocket->close_code = code;
	utf8_print(websocket->close_reason, sizeof(websocket->close_reason), "%s", reason ? reason : "");
	timer_set(websocket->timer, CLOSE_DEADLINE_MS);
	if (was_open)
		lws_callback_on_writable(websocket->wsi);
	else
		kill_later(websocket);
}

void websocket_abandon(struct websocket *websocket)
{
	if (!websocket)
		return;
	if (!websocket->wsi) {
		websocket_free(websocket);
		return;
	}
	websocket->is_abandoned = true;
	timer_free(websocket->timer);
	websocket->timer = NULL;
	kill_later(websocket);
}
