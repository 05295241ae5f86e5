/* The lobby's libwebsockets vhost and its WebSockets. */

#include "bot/gateway/lobby/server.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/gateway/lobby/front.h"
#include "bot/net/loop.h"

#define LINE_MAX_BYTES      (16 * 1024) /* of an outgoing line */
#define HANDSHAKE_MAX_BYTES 512
#define NAME_BYTES          24
#define STALL_MS            30000 /* without a line sent; then the visitor is disconnected */
#define QUIET_CLOSE_CODE    LWS_CLOSE_STATUS_GOINGAWAY

struct server {
	struct lws_context *lws;
	struct lws_vhost *vhost; /* for WebSockets; never reads a visitor's request */
	char vhost_name[NAME_BYTES];
	struct front *front;
	struct server_hooks hooks;
	bool is_over;                /* after server_end(); freed with the vhost */
	struct connection *entering; /* set during on_handshake() */
	struct server_link *links;
	size_t queued_bytes; /* in all queues */
};

/* One WebSocket: libwebsockets' per-session data, zeroed. */
struct server_link {
	struct server *server;
	struct server_link *next;
	struct lws *wsi;
	struct connection *connection;
	void *visitor; /* from hooks.on_open() */
	bool is_open;
	bool is_binary;             /* binary.ircv3.net */
	bool is_closing;            /* once the queue is sent */
	bool is_dropping;           /* discard the rest of a message that is too long */
	bool is_watched;            /* the stall timer runs */
	struct str incoming, queue; /* queue: a uint32_t length before each line */
	size_t queue_sent;
	lws_sorted_usec_list_t pause; /* until reading resumes */
	lws_sorted_usec_list_t stall; /* until a line must have been sent */
};

static void drop_queue(struct server_link *link)
{
	link->server->queued_bytes -= link->queue.length;
	str_release(&link->queue);
	link->queue_sent = 0;
}

static void cut_off(struct server_link *link)
{
	link->is_closing = true;
	drop_queue(link);
	lws_set_timeout(link->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void on_stall(lws_sorted_usec_list_t *sul)
{
	struct server_link *link = lws_container_of(sul, struct server_link, stall);

	link->is_watched = false;
	cut_off(link);
}

static void watch_stall(struct server_link *link, bool is_wanted)
{
	if (is_wanted)
		lws_sul_schedule(link->server->lws, 0, &link->stall, on_stall,
				(lws_usec_t)STALL_MS * LWS_US_PER_MS);
	else
		lws_sul_cancel(&link->stall);
	link->is_watched = is_wanted;
}

/* Above the limit for all queues, disconnect the link with the longest one. */
static void keep_queues_small(struct server *server)
{
	struct server_link *longest = NULL;

	if (server->queued_bytes <= SERVER_QUEUES_MAX_BYTES)
		return;
	for (struct server_link *at = server->links; at; at = at->next) {
		if (!longest || at->queue.length > longest->queue.length)
			longest = at;
	}
	if (longest)
		cut_off(longest);
}

void server_send(struct server_link *link, const char *line, size_t length)
{
	uint32_t size_bytes = (uint32_t)length;
	size_t before = link->queue.length;

	if (link->is_closing || length > LINE_MAX_BYTES)
		return;
	str_append_bytes(&link->queue, &size_bytes, sizeof(size_bytes));
	str_append_bytes(&link->queue, line, length);
	link->server->queued_bytes += link->queue.length - before;
	if (link->queue.error == -ENOMEM)
		log_error("out of memory: disconnecting a lobby visitor");
	if (link->queue.error) { /* the visitor reads too slowly */
		cut_off(link);
		return;
	}
	if (!link->is_watched)
		watch_stall(link, true);
	lws_callback_on_writable(link->wsi);
	keep_queues_small(link->server);
}

void server_close(struct server_link *link)
{
	link->is_closing = true;
	if (!link->is_watched)
		watch_stall(link, true);
	lws_callback_on_writable(link->wsi);
}

static int write_line(struct server_link *link)
{
	unsigned char frame[LWS_PRE + LINE_MAX_BYTES];
	uint32_t length;

	memcpy(&length, link->queue.bytes + link->queue_sent, sizeof(length));
	memcpy(frame + LWS_PRE, link->queue.bytes + link->queue_sent + sizeof(length), length);
	link->queue_sent += sizeof(length) + length;
	if (link->queue_sent == link->queue.length) /* free the memory of idle links */
		drop_queue(link);
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
			watch_stall(link, true); /* a line was sent: restart the timer */
			lws_callback_on_writable(link->wsi);
			return 0;
		}
	}
	watch_stall(link, false);
	if (!link->is_closing)
		return 0;
	lws_close_reason(link->wsi, QUIET_CLOSE_CODE, NULL, 0);
	return -1;
}

static int on_open(struct server *server, struct server_link *link, struct lws *wsi)
{
	if (!server->entering)
		return -1;
	*link = (struct server_link){
			.server = server,
			.next = server->links,
			.wsi = wsi,
			.connection = server->entering,
			.is_open = true,
			.incoming = STR(SERVER_MESSAGE_MAX_BYTES),
			.queue = STR(SERVER_QUEUE_MAX_BYTES),
	};
	server->links = link;
	server->entering = NULL;
	link->is_binary = str_equal(lws_get_protocol(wsi)->name, PAGE_PROTOCOL_BINARY_NAME);
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
	lws_sul_schedule(link->server->lws, 0, &link->pause, on_pause_over,
			(lws_usec_t)pause_ms * LWS_US_PER_MS);
}

/* Collect the fragments of a message, and pass it on once it is complete. */
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
							       str_text(&link->incoming),
							       link->incoming.length);
	if (link->incoming.error)
		log_error("out of memory: lost a message to the lobby");
	link->is_dropping = false;
	str_release(&link->incoming);
	if (pause_ms)
		pause_reading(link, pause_ms);
}

static void on_closed(struct server *server, struct server_link *link)
{
	struct server_link **place = &server->links;

	if (!link || !link->is_open)
		return;
	link->is_open = false;
	while (*place != link)
		place = &(*place)->next;
	*place = link->next;
	lws_sul_cancel(&link->pause);
	lws_sul_cancel(&link->stall);
	if (link->visitor && !server->is_over)
		server->hooks.on_closed(server->hooks.user, link->visitor);
	str_release(&link->incoming);
	drop_queue(link);
	front_over(link->connection);
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t length)
{
	struct lws_vhost *vhost = lws_get_vhost(wsi);
	struct server *server = vhost ? lws_vhost_user(vhost) : NULL;
	struct server_link *link = user;

	if (!server || (server->is_over && reason != LWS_CALLBACK_CLOSED))
		return reason == LWS_CALLBACK_PROTOCOL_INIT
				       ? 0
				       : lws_callback_http_dummy(wsi, reason, user, in, length);
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED: return on_open(server, link, wsi);
	case LWS_CALLBACK_RECEIVE: on_receive(link, in, length); return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE: return on_writeable(link);
	case LWS_CALLBACK_CLOSED: on_closed(server, link); return 0;
	/* libwebsockets reads only the handshakes that on_handshake() writes. */
	case LWS_CALLBACK_HTTP: return -1;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return server->entering && str_equal_nocase(in, "websocket") ? 0 : -1;
	default: return lws_callback_http_dummy(wsi, reason, user, in, length);
	}
}

static const struct lws_protocols protocols[] = {
		{.name = "lobby", .callback = on_event, .per_session_data_size = sizeof(struct server_link)},
		{.name = PAGE_PROTOCOL_TEXT_NAME,
				.callback = on_event,
				.per_session_data_size = sizeof(struct server_link)},
		{.name = PAGE_PROTOCOL_BINARY_NAME,
				.callback = on_event,
				.per_session_data_size = sizeof(struct server_link)},
		{.name = NULL},
};

/*
 * Pass a connection to libwebsockets with a new handshake; it never reads the
 * visitor's bytes. Host is the name of the vhost, by which libwebsockets finds it.
 */
static void on_handshake(void *user, struct connection *connection, int fd, const struct page_request *head)
{
	struct server *server = user;
	static const char *const protocol_field[] = {
			[PAGE_PROTOCOL_NONE] = "",
			[PAGE_PROTOCOL_TEXT] = "Sec-WebSocket-Protocol: " PAGE_PROTOCOL_TEXT_NAME "\r\n",
			[PAGE_PROTOCOL_BINARY] = "Sec-WebSocket-Protocol: " PAGE_PROTOCOL_BINARY_NAME "\r\n",
	};
	char request[HANDSHAKE_MAX_BYTES];
	struct lws *wsi;
	int length = snprintf(request, sizeof(request),
			"GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
			server->vhost_name, head->key, protocol_field[head->protocol]);

	assert(length > 0 && (size_t)length < sizeof(request));
	server->entering = connection;
	/* Answers the handshake at once, and calls on_open(). */
	wsi = lws_adopt_socket_vhost_readbuf(server->vhost, fd, request, (size_t)length);
	if (!server->entering)
		return;
	server->entering = NULL;
	if (wsi)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
	front_over(connection);
}

static const char *describe(void *user)
{
	const struct server *server = user;

	return server->hooks.describe(server->hooks.user);
}

static int web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	const struct server *server = user;

	return server->hooks.web_file ? server->hooks.web_file(server->hooks.user, path, query, ret)
				      : -ENOENT;
}

static void on_vhost_gone(struct lws_vhost *vhost, void *user)
{
	struct server *server = user;

	(void)vhost;
	front_free(server->front);
	free(server);
}

int server_start(struct loop *loop, const char *host, unsigned short port, const struct server_hooks *hooks,
		struct server **ret)
{
	static unsigned serial;
	struct server *server = calloc(1, sizeof(*server));
	struct lws_context_creation_info info = {
			.port = CONTEXT_PORT_NO_LISTEN_SERVER,
			.protocols = protocols,
			.user = server,
			.server_string = "episoded",
			.finalize = on_vhost_gone,
			.finalize_arg = server,
	};
	struct front_hooks front_hooks = {
			.on_handshake = on_handshake, .describe = describe, .web_file = web_file};
	int r;

	if (!server)
		return -ENOMEM;
	server->lws = loop_lws(loop);
	server->hooks = *hooks;
	front_hooks.user = server;
	snprintf(server->vhost_name, sizeof(server->vhost_name), "lobby-%08x", serial++);
	info.vhost_name = server->vhost_name;
	r = front_start(loop, host, port, &front_hooks, &server->front);
	if (r == 0)
		server->vhost = lws_create_vhost(server->lws, &info);
	if (r < 0 || !server->vhost) {
		server_end(server);
		return r < 0 ? r : -ENOMEM;
	}
	*ret = server;
	return 0;
}

unsigned short server_port(const struct server *server)
{
	return front_port(server->front);
}

void server_end(struct server *server)
{
	if (!server)
		return;
	front_stop(server->front);
	server->is_over = true;
	if (server->vhost)
		lws_vhost_destroy(server->vhost); /* asynchronous; on_vhost_gone() frees the server */
	else
		on_vhost_gone(NULL, server);
}
