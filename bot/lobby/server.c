/* The lobby's vhost and its WebSockets. */

#include "bot/lobby/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/lobby/server_parts.h"
#include "bot/net/loop.h"

#define LINE_MAX_BYTES   (16 * 1024) /* nothing that is sent is longer */
#define BACKLOG          64
#define BREATHER_MS      1000 /* without new connections, when there are no descriptors left */
#define KEEPALIVE_S      30
#define QUIET_CLOSE_CODE LWS_CLOSE_STATUS_GOINGAWAY
#define PROTOCOL_BINARY  "binary.ircv3.net"
#define PROTOCOL_TEXT    "text.ircv3.net"

static void cut_off(struct server_link *link)
{
	link->is_closing = true;
	str_truncate(&link->queue, 0);
	link->queue_sent = 0;
	lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void server_send(struct server_link *link, const char *line, size_t length)
{
	uint32_t size_bytes = (uint32_t)length;

	if (link->is_closing || length > LINE_MAX_BYTES)
		return;
	str_append_bytes(&link->queue, &size_bytes, sizeof(size_bytes));
	str_append_bytes(&link->queue, line, length);
	if (link->queue.error == -ENOMEM)
		log_error("out of memory: a visitor of the lobby is cut off");
	if (link->queue.error)
		cut_off(link); /* it reads too slowly */
	else
		lws_callback_on_writable(link->wsi);
}

void server_close(struct server_link *link)
{
	link->is_closing = true;
	lws_callback_on_writable(link->wsi);
}

static int write_line(struct server_link *link)
{
	unsigned char frame[LWS_PRE + LINE_MAX_BYTES];
	uint32_t length;

	memcpy(&length, link->queue.bytes + link->queue_sent, sizeof(length));
	memcpy(frame + LWS_PRE, link->queue.bytes + link->queue_sent + sizeof(length), length);
	link->queue_sent += sizeof(length) + length;
	if (link->queue_sent == link->queue.length) { /* idle links keep no memory */
		str_release(&link->queue);
		link->queue_sent = 0;
	}
	return lws_write(link->wsi, frame + LWS_PRE, length,
		       link->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0
		       ? -1
		       : 0;
}

static int on_writeable(struct server_link *link)
{
	while (link->queue.length > link->queue_sent) {
		if (write_line(link) < 0)
			return -1;
		if (link->queue.length && lws_send_pipe_choked(link->wsi)) {
			lws_callback_on_writable(link->wsi);
			return 0;
		}
	}
	if (!link->is_closing)
		return 0;
	lws_close_reason(link->wsi, QUIET_CLOSE_CODE, NULL, 0);
	return -1;
}

static int on_open(struct server *server, struct server_link *link, struct lws *wsi)
{
	char protocol[64] = "";

	free(link->body);
	*link = (struct server_link){
		.server = server,
		.wsi = wsi,
		.is_open = true,
		.incoming = STR(SERVER_MESSAGE_MAX_BYTES),
		.queue = STR(SERVER_QUEUE_MAX_BYTES),
	};
	if (lws_get_protocol(wsi))
		snprintf(protocol, sizeof(protocol), "%s", lws_get_protocol(wsi)->name);
	link->is_binary = str_equal(protocol, PROTOCOL_BINARY);
	link->visitor = server->hooks.on_open(server->hooks.user, link);
	return 0;
}

static void on_pause_over(lws_sorted_usec_list_t *sul)
{
	struct server_link *link = lws_container_of(sul, struct server_link, pause);

	lws_rx_flow_control(link->wsi, 1 | LWS_RXFLOW_REASON_FLAG_PROCESS_NOW);
}

static void pause_reading(struct server_link *link, uint64_t pause_ms)
{
	lws_rx_flow_control(link->wsi, 0);
	lws_sul_schedule(
		link->server->lws, 0, &link->pause, on_pause_over, (lws_usec_t)pause_ms * LWS_US_PER_MS);
}

/* A message may come in pieces; only a whole one is handed on. */
static void on_receive(struct server_link *link, const char *bytes, size_t length)
{
	struct server_hooks *hooks = &link->server->hooks;
	bool is_whole = lws_is_final_fragment(link->wsi) && !lws_remaining_packet_payload(link->wsi);
	uint64_t pause_ms = 0;

	if (link->incoming.length + length > SERVER_MESSAGE_MAX_BYTES)
		link->is_dropping = true;
	if (!link->is_dropping)
		str_append_bytes(&link->incoming, bytes, length);
	if (!is_whole)
		return;
	if (link->visitor && !link->is_closing && !link->incoming.error)
		pause_ms = link->is_dropping ? hooks->on_message(hooks->user, link->visitor, NULL, 0)
					     : hooks->on_message(hooks->user, link->visitor,
						       str_text(&link->incoming), link->incoming.length);
	if (link->incoming.error)
		log_error("out of memory: a message to the lobby was lost");
	link->is_dropping = false;
	str_release(&link->incoming);
	if (pause_ms)
		pause_reading(link, pause_ms);
}

static void on_closed(struct server *server, struct server_link *link)
{
	if (!link->is_open)
		return;
	link->is_open = false;
	lws_sul_cancel(&link->pause);
	if (link->visitor && !server->is_over)
		server->hooks.on_closed(server->hooks.user, link->visitor);
	str_release(&link->incoming);
	str_release(&link->queue);
}

static int on_upgrade(struct server *server, struct lws *wsi)
{
	if (!http_host_ok(server, wsi))
		return http_refuse(wsi, HTTP_STATUS_FORBIDDEN, "This host name is not ours.");
	if (!http_origin_ok(server, wsi))
		return http_refuse(wsi, HTTP_STATUS_FORBIDDEN, "Only our own page may connect.");
	return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct lws_vhost *vhost = lws_get_vhost(wsi);
	struct server *server = vhost ? lws_vhost_user(vhost) : NULL;
	struct server_link *link = user;

	if (!server ||
		(server->is_over && reason != LWS_CALLBACK_CLOSED && reason != LWS_CALLBACK_CLOSED_HTTP))
		return reason == LWS_CALLBACK_PROTOCOL_INIT
			       ? 0
			       : lws_callback_http_dummy(wsi, reason, user, in, length);
	switch (reason) {
	case LWS_CALLBACK_HTTP: link->server = server; return http_answer(link, wsi) < 0 ? -1 : 0;
	case LWS_CALLBACK_HTTP_WRITEABLE: return http_continue(link, wsi);
	case LWS_CALLBACK_CLOSED_HTTP:
		if (link) {
			free(link->body);
			link->body = NULL;
		}
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return on_upgrade(server, wsi);
	case LWS_CALLBACK_ESTABLISHED: return on_open(server, link, wsi);
	case LWS_CALLBACK_RECEIVE: on_receive(link, in, length); return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return on_writeable(link);
	case LWS_CALLBACK_CLOSED: on_closed(server, link); return 0;
	default: return lws_callback_http_dummy(wsi, reason, user, in, length);
	}
}

static const struct lws_protocols protocols[] = {
	{.name = "http", .callback = on_event, .per_session_data_size = sizeof(struct server_link)},
	{.name = PROTOCOL_TEXT, .callback = on_event, .per_session_data_size = sizeof(struct server_link)},
	{.name = PROTOCOL_BINARY, .callback = on_event, .per_session_data_size = sizeof(struct server_link)},
	{.name = NULL},
};

/*
 * The listening socket is ours, not libwebsockets': 4.1 gives no errno when it
 * cannot bind, binds every address where an interface is meant and IPv6 is on,
 * and keeps the port for seconds after its vhost is destroyed.
 */
static int open_port(const char *host, unsigned short *port, int *ret_fd)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(*port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(*port)};
	bool is_ipv6 = inet_pton(AF_INET6, host, &six.sin6_addr) == 1;
	struct sockaddr *address = is_ipv6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	socklen_t length = is_ipv6 ? sizeof(six) : sizeof(four);
	int fd, on = 1, r;

	if (!is_ipv6 && inet_pton(AF_INET, host, &four.sin_addr) != 1)
		return -EINVAL;
	fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 || bind(fd, address, length) < 0 ||
		listen(fd, BACKLOG) < 0 || getsockname(fd, address, &length) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*port = ntohs(is_ipv6 ? six.sin6_port : four.sin_port);
	*ret_fd = fd;
	return 0;
}

static void on_accept(void *user, uint32_t events)
{
	struct server *server = user;
	int fd, on = 1;

	(void)events;
	fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE ||
			errno == ENOMEM) { /* it would stay ready: no spinning */
			watch_change(server->watch, 0);
			timer_set(server->breather, BREATHER_MS);
		}
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	lws_adopt_socket_vhost(server->vhost, fd); /* closes it where it has no place for it */
}

static void on_breather(void *user)
{
	struct server *server = user;

	watch_change(server->watch, EPOLLIN);
}

static void on_vhost_gone(struct lws_vhost *vhost, void *user)
{
	(void)vhost;
	free(user);
}

static void close_port(struct server *server)
{
	watch_free(server->watch);
	timer_free(server->breather);
	server->watch = NULL;
	server->breather = NULL;
	if (server->fd >= 0)
		close(server->fd);
	server->fd = -1;
}

int server_start(struct loop *loop, const char *host, unsigned short port, const struct server_hooks *hooks,
	struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.vhost_name = "lobby",
		.user = server,
		.server_string = "episoded",
		.keepalive_timeout = KEEPALIVE_S,
		.finalize = on_vhost_gone,
		.finalize_arg = server,
	};
	int r;

	if (!server)
		return -ENOMEM;
	server->lws = loop_lws(loop);
	server->hooks = *hooks;
	server->port = port;
	server->fd = -1;
	snprintf(server->host, sizeof(server->host), strchr(host, ':') ? "[%s]" : "%s", host);
	r = open_port(host, &server->port, &server->fd);
	if (r == 0)
		r = watch_new(loop, server->fd, EPOLLIN, on_accept, server, &server->watch);
	if (r == 0) {
		server->breather = timer_new(loop, on_breather, server);
		server->vhost = lws_create_vhost(server->lws, &info);
	}
	if (r < 0 || !server->breather || !server->vhost) {
		server_end(server);
		return r < 0 ? r : -ENOMEM;
	}
	*ret = server;
	return 0;
}

unsigned short server_port(const struct server *server)
{
	return server->port;
}

void server_end(struct server *server)
{
	if (!server)
		return;
	close_port(server);
	server->is_over = true;
	if (server->vhost)
		lws_vhost_destroy(server->vhost); /* in its own time; on_vhost_gone() frees us */
	else
		free(server);
}
