/* One shard: a session and the WebSocket under it. */

#include "bot/gateway/discord/stream/shard.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/config/url.h"
#include "bot/gateway/discord/wire.h"
#include "bot/net/loop.h"
#include "bot/net/proxy.h"
#include "bot/net/resolve.h"
#include "bot/net/websocket.h"

#define PATH_MAX_BYTES   700
#define GUILD_NAME_BYTES 401 /* 100 characters */

/* Two connections within this time whose data could not be unpacked: then compression is not asked for. */
#define UNREADABLE_MAX       2
#define UNREADABLE_WITHIN_MS (10 * 60 * 1000)
#define PLAIN_MS             (60 * 60 * 1000) /* until compression is asked for again */
#define CLOSE_DECODE_ERROR   4002             /* also sent by a server that does not know the compression */

struct discord_shard {
	const struct discord_shard_host *host;
	void *owner;
	const struct permit *permit;
	unsigned number;
	struct discord_session *session;
	struct discord_guilds guilds;
	uint64_t moved; /* sequence last reported */

	struct timer *timer; /* what the session waits for */
	uint64_t timer_ms;   /* when it fires; UINT64_MAX: not set */
	struct timer *later; /* reports in a later round a connection that failed inside on_connect */
	const char *later_reason;

	struct url url;
	struct resolve *resolve;
	struct resolve_answer answer;
	size_t address; /* the one being tried */
	struct websocket *websocket;
	bool is_open;
	unsigned short close_code;
	unsigned connection; /* number in the trace */
	struct discord_decoder *decoder;

	enum discord_compress compress; /* asked for on this connection */
	bool has_payload;               /* a payload was received on it */
	unsigned unreadable;            /* connections in a row that ended for a fault of their compression */
	uint64_t unreadable_ms;         /* the last one */
	uint64_t plain_until_ms;        /* compression is not asked for before */
};

static uint64_t now(const struct discord_shard *shard)
{
	return loop_now_ms(shard->host->loop);
}

/* A timer that fires early only checks again, so it is not moved back with every event. */
static void arm(struct discord_shard *shard)
{
	uint64_t next_ms = discord_session_next_ms(shard->session), now_ms;

	if (next_ms >= shard->timer_ms)
		return;
	now_ms = now(shard);
	shard->timer_ms = next_ms;
	timer_set(shard->timer, next_ms > now_ms ? next_ms - now_ms : 0);
}

static void on_timer(void *user)
{
	struct discord_shard *shard = user;

	shard->timer_ms = UINT64_MAX;
	discord_session_tick(shard->session, now(shard));
	arm(shard);
}

/* ---------------------------------------------------------------- the trace */

static void trace_payload(const struct discord_shard *shard, enum trace_direction direction,
		const char *payload, size_t length)
{
	const struct discord_shard_host *host = shard->host;
	struct str text = STR(2u * DISCORD_COMPRESS_MESSAGE_MAX_BYTES);

	if (trace_wants(host->name)) {
		discord_wire_show(&text, payload, length, host->token);
		trace_write(host->name, (int)shard->number, shard->connection, direction, str_text(&text),
				text.length);
	}
	str_release(&text);
}

__attribute__((format(printf, 2, 3))) static void trace_event(
		const struct discord_shard *shard, const char *format, ...)
{
	const struct discord_shard_host *host = shard->host;
	va_list arguments;

	va_start(arguments, format);
	trace_vevent(host->name, (int)shard->number, shard->connection, &host->token, 1, format, arguments);
	va_end(arguments);
}

/* ---------------------------------------------------------------- the connection */

/* The connection ends because what came cannot be unpacked. */
static void note_unreadable(struct discord_shard *shard, const char *problem)
{
	uint64_t now_ms = now(shard);

	if (shard->compress == DISCORD_PLAIN)
		return;
	if (now_ms - shard->unreadable_ms > UNREADABLE_WITHIN_MS)
		shard->unreadable = 0;
	shard->unreadable_ms = now_ms;
	if (++shard->unreadable < UNREADABLE_MAX)
		return;
	shard->unreadable = 0;
	shard->plain_until_ms = now_ms + PLAIN_MS;
	log_gateway(LOG_LEVEL_WARNING, shard->host->name,
			"shard %u: what the server sends after %s was asked for cannot be unpacked (%s), %d "
			"times "
			"now: connecting without compression for the next %d min; \"compress\": \"none\" "
			"makes "
			"it permanent",
			shard->number, discord_compress_name(shard->compress), problem, UNREADABLE_MAX,
			PLAIN_MS / 60000);
}

static void disconnect(struct discord_shard *shard)
{
	resolve_cancel(shard->resolve);
	shard->resolve = NULL;
	websocket_abandon(shard->websocket);
	shard->websocket = NULL;
	timer_cancel(shard->later);
	shard->later_reason = NULL;
	discord_decoder_free(shard->decoder);
	shard->decoder = NULL;
	config_url_release(&shard->url);
	shard->is_open = false;
}

static void tell_closed(struct discord_shard *shard, const char *reason)
{
	unsigned code = shard->close_code;
	char why[256];

	utf8_print(why, sizeof(why), "%s", reason);
	trace_event(shard, "closed: %s", why);
	if (code == CLOSE_DECODE_ERROR && discord_session_state(shard->session) < DISCORD_SESSION_READY)
		note_unreadable(shard, "the server closed with 4002, decode error");
	disconnect(shard);
	discord_session_closed(shard->session, code, why, now(shard));
	if (discord_session_state(shard->session) == DISCORD_SESSION_STOPPED)
		shard->host->on_state(shard->host->user, shard, why);
	arm(shard);
}

static void on_later(void *user)
{
	struct discord_shard *shard = user;

	tell_closed(shard, shard->later_reason);
}

/* reason must be static. */
static void close_later(struct discord_shard *shard, const char *reason)
{
	shard->later_reason = reason;
	timer_set(shard->later, 0);
}

static void on_open(void *user, const char *protocol)
{
	struct discord_shard *shard = user;

	(void)protocol;
	shard->is_open = true;
	trace_event(shard, "open");
	discord_session_open(shard->session, now(shard));
	arm(shard);
}

static void on_unreadable(struct discord_shard *shard, int error, uint64_t now_ms)
{
	const char *problem = error == -EBADMSG ? discord_decoder_problem(shard->decoder) : strerror(-error);
	char reason[160];

	if (error == -ENOBUFS) {
		discord_session_broken(
				shard->session, "out of buffer space, which all connections share", now_ms);
		return;
	}
	if (error != -ENOMEM)
		note_unreadable(shard, problem);
	utf8_print(reason, sizeof(reason), "what came cannot be unpacked: %s", problem);
	discord_session_broken(shard->session, reason, now_ms);
}

/* The first payload of a connection: is it packed as it was asked for? */
static void check_kind(struct discord_shard *shard)
{
	enum discord_compress kind = discord_decoder_kind(shard->decoder);

	shard->has_payload = true;
	if (kind != shard->compress)
		log_gateway(LOG_LEVEL_INFO, shard->host->name,
				"shard %u: %s was asked for, the server sends %s", shard->number,
				discord_compress_name(shard->compress), discord_compress_name(kind));
}

/* One payload, or several in one message. */
static void receive(struct discord_shard *shard, const char *payload, size_t length, uint64_t now_ms)
{
	bool is_single = discord_decoder_is_single(shard->decoder);

	do {
		size_t first = is_single ? length : discord_frame_first(payload, length);

		if (trace_is_on)
			trace_payload(shard, TRACE_IN, payload, first);
		discord_session_receive(shard->session, payload, first, now_ms);
		payload += first;
		length -= first;
	} while (length);
}

static void on_bytes(void *user, const char *bytes, size_t length, bool is_text)
{
	struct discord_shard *shard = user;
	uint64_t now_ms = now(shard), sequence;
	const char *payload = NULL;
	size_t payload_bytes = 0;
	int r = discord_decoder_feed(shard->decoder, bytes, length, is_text, &payload, &payload_bytes);

	if (r > 0 && !shard->has_payload)
		check_kind(shard);
	if (r > 0)
		receive(shard, payload, payload_bytes, now_ms);
	else if (r < 0)
		on_unreadable(shard, r, now_ms);
	discord_decoder_rest(shard->decoder);
	sequence = discord_session_position(shard->session)->sequence;
	if (sequence != shard->moved) {
		shard->moved = sequence;
		shard->host->on_moved(shard->host->user, shard);
	}
	arm(shard);
}

static void connect_to_address(struct discord_shard *shard);

static void on_close(void *user, int error, const char *reason)
{
	struct discord_shard *shard = user;

	(void)error;
	shard->websocket = NULL;
	/* All addresses of the name are tried before the try counts as failed. */
	if (!shard->is_open && discord_session_state(shard->session) == DISCORD_SESSION_CONNECTING &&
			++shard->address < shard->answer.count)
		connect_to_address(shard);
	else
		tell_closed(shard, reason);
}

/* The proxy for the gateway URL; NULL: no proxy. */
static const char *proxy_of(const struct discord_shard *shard)
{
	return proxy_find(shard->host->proxy, shard->url.is_tls, shard->url.host, shard->url.port);
}

/* The path of the gateway URL, with version, encoding and compression. */
static int make_path(const struct discord_shard *shard, struct str *path)
{
	const char *own = shard->url.path;

	str_append_bytes(path, own, strcspn(own, "?"));
	if (!path->length || path->bytes[path->length - 1] != '/')
		str_append_char(path, '/');
	str_append(path, "?v=10&encoding=json");
	if (shard->compress != DISCORD_PLAIN)
		str_printf(path, "&compress=%s", discord_compress_name(shard->compress));
	return path->error;
}

static void connect_to_address(struct discord_shard *shard)
{
	const char *proxy = proxy_of(shard);
	static const struct websocket_events events = {on_open, on_bytes, on_close};
	struct str path = STR(PATH_MAX_BYTES);
	int r = make_path(shard, &path);

	shard->connection = trace_connection();
	trace_event(shard, "connecting to wss://%s:%u (%s)", shard->url.host, shard->url.port,
			proxy ? "through a proxy" : shard->answer.addresses[shard->address]);
	if (r == 0)
		r = websocket_connect(shard->host->loop,
				&(struct websocket_options){
						.address = shard->answer.addresses[shard->address],
						.host = shard->url.host,
						.port = shard->url.port,
						.path = str_text(&path),
						.is_tls = shard->url.is_tls,
						.ca_file = shard->host->ca_file,
						.proxy = proxy,
						.user_agent = shard->host->user_agent,
						.message_max_bytes = DISCORD_COMPRESS_MESSAGE_MAX_BYTES,
						.close_code = &shard->close_code,
				},
				&events, shard, &shard->websocket);
	if (r == 0)
		websocket_set_permit(shard->websocket, shard->permit);
	str_release(&path);
	if (r < 0)
		close_later(shard, strerror(-r));
}

static void on_answer(void *user, const struct resolve_answer *answer)
{
	struct discord_shard *shard = user;

	shard->resolve = NULL;
	shard->answer = *answer;
	shard->address = 0;
	if (answer->error || !answer->count)
		tell_closed(shard, answer->reason);
	else
		connect_to_address(shard);
}

/* ---------------------------------------------------------------- from the session */

/* May a session be resumed at url? READY sends the url and the store keeps it, and the token is sent
 * there: so only the gateway's own domain is accepted. */
static bool is_of_gateway(const struct discord_shard *shard, const char *url)
{
	struct url parsed = {0}, gateway = {0};
	bool is_same = !config_parse_url(url, &parsed) && !config_parse_url(shard->host->address, &gateway) &&
		       config_url_is_same_domain(parsed.host, gateway.host);

	config_url_release(&parsed);
	config_url_release(&gateway);
	return is_same;
}

static void on_connect(void *user, const char *url)
{
	struct discord_shard *shard = user;
	const char *address = shard->host->address;
	int r;

	if (url && is_of_gateway(shard, url))
		address = url;
	else if (url)
		log_gateway(LOG_LEVEL_WARNING, shard->host->name,
				"shard %u: the session is not resumed at %s, which is not in the domain of "
				"%s",
				shard->number, url, address);
	disconnect(shard);
	shard->close_code = 0;
	shard->has_payload = false;
	shard->compress = now(shard) < shard->plain_until_ms ? DISCORD_PLAIN : shard->host->compress;
	if (config_parse_url(address, &shard->url)) {
		close_later(shard, "the gateway's address is not a URL");
		return;
	}
	if (!shard->url.is_tls) {
		close_later(shard, "the gateway's address is not wss://");
		return;
	}
	r = discord_decoder_new(shard->host->scratch, &shard->decoder);
	if (r == 0 && proxy_of(shard)) {
		/* The proxy resolves the name, which may be unknown here. */
		shard->answer = (struct resolve_answer){.count = 1};
		shard->address = 0;
		connect_to_address(shard);
		return;
	}
	if (r == 0)
		r = resolve_start(shard->host->loop, shard->url.host, on_answer, shard, &shard->resolve);
	if (r < 0)
		close_later(shard, strerror(-r));
}

static void on_send(void *user, const char *bytes, size_t length, bool is_register)
{
	struct discord_shard *shard = user;

	if (trace_is_on)
		trace_payload(shard, TRACE_OUT, bytes, length);
	/* Sending fails only when the connection is ending or stuck: then the ACK is missing, and the
	 * session ends it. */
	if (shard->websocket && is_register)
		websocket_send(shard->websocket, bytes, length, true);
	else if (shard->websocket)
		websocket_send_keepalive(shard->websocket, bytes, length, true);
}

static void on_drop(void *user, unsigned short code)
{
	struct discord_shard *shard = user;

	trace_event(shard, "dropped by the bot: %u", code);
	if (!code) {
		disconnect(shard);
	} else if (shard->is_open && shard->websocket) {
		websocket_close(shard->websocket, code, "");
	} else {
		disconnect(shard);
		close_later(shard, "given up");
	}
}

static void count_guilds(struct discord_shard *shard, struct span ready)
{
	struct span item;
	struct span_walk walk;

	discord_guilds_release(&shard->guilds);
	shard->guilds.is_changed = true;
	if (span_open(span_get(ready, "guilds"), '[', &walk) < 0)
		return;
	while (span_item(&walk, &item) > 0) {
		uint64_t id;

		if (span_number(span_get(item, "id"), &id) == 0)
			discord_guilds_put(
					&shard->guilds, id, span_is(span_get(item, "unavailable"), "true"));
	}
}

/* For an operator who has just invited or removed the bot. */
static void tell_guild(const struct discord_shard *shard, struct span data, uint64_t id, bool is_in)
{
	char name[GUILD_NAME_BYTES];

	if (!span_copy(span_get(data, "name"), name, sizeof(name)))
		snprintf(name, sizeof(name), "%s", "");
	log_gateway(LOG_LEVEL_INFO, shard->host->name, "%s server %" PRIu64 "%s%s; %zu in all",
			is_in ? "added to" : "removed from", id, *name ? " " : "", name, shard->guilds.count);
}

static int on_guild(struct discord_shard *shard, const struct discord_frame *frame)
{
	bool is_away = span_is(span_get(frame->data, "unavailable"), "true"), was_in;
	uint64_t id;

	if (span_number(span_get(frame->data, "id"), &id) < 0)
		return -EBADMSG;
	was_in = discord_guilds_hold(&shard->guilds, id);
	if (frame->event == DISCORD_EVENT_GUILD_DELETE && !is_away) {
		discord_guilds_remove(&shard->guilds, id);
		if (was_in)
			tell_guild(shard, frame->data, id, false);
		return 0;
	}
	discord_guilds_put(
			&shard->guilds, id, is_away); /* out of memory: the count in the status is too low */
	if (frame->event == DISCORD_EVENT_GUILD_CREATE && !is_away) {
		discord_guilds_set_role(&shard->guilds, id,
				discord_guilds_find_role(frame->data, shard->host->self_id));
		if (!was_in)
			tell_guild(shard, frame->data, id, true);
	}
	return 0;
}

static int handle(struct discord_shard *shard, const struct discord_frame *frame)
{
	const struct discord_shard_host *host = shard->host;

	switch (frame->event) {
	case DISCORD_EVENT_MESSAGE_CREATE: return host->on_message(host->user, shard, frame->data);
	case DISCORD_EVENT_MESSAGE_UPDATE:
	case DISCORD_EVENT_MESSAGE_DELETE:
	case DISCORD_EVENT_MESSAGE_DELETE_BULK:
	case DISCORD_EVENT_REACTION_ADD: return host->on_change(host->user, shard, frame->event, frame->data);
	case DISCORD_EVENT_INTERACTION_CREATE: return host->on_interaction(host->user, shard, frame->data);
	case DISCORD_EVENT_GUILD_CREATE:
	case DISCORD_EVENT_GUILD_DELETE: return on_guild(shard, frame);
	case DISCORD_EVENT_READY:
		count_guilds(shard, frame->data);
		host->on_identified(host->user, shard, frame->data);
		return 0;
	default: return 0;
	}
}

/* Malformed events are ignored: the server would send the same again. */
static int on_event(void *user, const struct discord_frame *frame)
{
	struct discord_shard *shard = user;
	int r = handle(shard, frame);

	if (r >= 0 || r == -ENOMEM)
		return r < 0 ? r : 0;
	log_gateway(LOG_LEVEL_DEBUG, shard->host->name, "shard %u: ignored a malformed %s (%s)",
			shard->number, discord_event_name(frame->event), strerror(-r));
	return 0;
}

static uint64_t ask_connect(void *user, bool is_resume, uint64_t now_ms)
{
	struct discord_shard *shard = user;

	return shard->host->ask_connect(shard->host->user, shard, is_resume, now_ms);
}

static uint64_t ask_register(void *user, bool is_resume, uint64_t now_ms)
{
	struct discord_shard *shard = user;

	return shard->host->ask_register(shard->host->user, shard, is_resume, now_ms);
}

static void on_identify(void *user, bool is_sent, uint64_t now_ms)
{
	struct discord_shard *shard = user;

	shard->host->on_identify(shard->host->user, shard, is_sent, now_ms);
}

static void on_ready(void *user, bool is_resumed)
{
	struct discord_shard *shard = user;

	log_gateway(LOG_LEVEL_INFO, shard->host->name, "shard %u %s", shard->number,
			is_resumed ? "resumed its session" : "has a new session");
	shard->host->on_state(shard->host->user, shard, NULL);
}

static void on_lost(void *user, const char *reason, uint64_t delay_ms)
{
	struct discord_shard *shard = user;

	log_gateway(LOG_LEVEL_WARNING, shard->host->name, "shard %u not connected: %s; next try in %.1f s",
			shard->number, reason, (double)delay_ms / 1000);
	shard->host->on_state(shard->host->user, shard, reason);
}

static void on_failed(void *user, const char *reason)
{
	struct discord_shard *shard = user;

	shard->host->on_state(shard->host->user, shard, reason);
}

/* ---------------------------------------------------------------- for the gateway */

int discord_shard_new(const struct discord_shard_host *host, const struct discord_payload_identity *identity,
		const struct discord_session_position *position, void *owner, struct discord_shard **ret)
{
	static const struct discord_session_events events = {on_connect, on_send, on_drop, on_event,
			ask_connect, ask_register, on_identify, on_ready, on_lost, on_failed};
	struct discord_session_config config = {.identity = *identity};
	struct discord_shard *shard = calloc(1, sizeof(*shard));
	int r = -ENOMEM;

	if (!shard)
		return -ENOMEM;
	shard->host = host;
	shard->owner = owner;
	shard->number = identity->shard;
	shard->timer_ms = UINT64_MAX;
	random_bytes(&config.seed, sizeof(config.seed));
	shard->timer = timer_new(host->loop, on_timer, shard);
	shard->later = timer_new(host->loop, on_later, shard);
	if (!shard->timer || !shard->later)
		goto out;
	r = discord_session_new(&config, &events, shard, &shard->session);
	if (r < 0)
		goto out;
	if (position) {
		discord_session_restore(shard->session, position);
		shard->moved = position->sequence;
	}
	*ret = shard;
	shard = NULL;
out:
	discord_shard_free(shard);
	return r;
}

void discord_shard_free(struct discord_shard *shard)
{
	if (!shard)
		return;
	if (shard->later)
		disconnect(shard);
	discord_session_free(shard->session);
	discord_guilds_release(&shard->guilds);
	timer_free(shard->timer);
	timer_free(shard->later);
	free(shard);
}

void discord_shard_set_permit(struct discord_shard *shard, const struct permit *permit)
{
	shard->permit = permit;
}

void discord_shard_start(struct discord_shard *shard)
{
	discord_session_start(shard->session, now(shard));
	arm(shard);
}

void discord_shard_stop(struct discord_shard *shard)
{
	discord_session_stop(shard->session, now(shard));
	arm(shard);
}

void *discord_shard_owner(const struct discord_shard *shard)
{
	return shard->owner;
}

unsigned discord_shard_number(const struct discord_shard *shard)
{
	return shard->number;
}

enum discord_session_state discord_shard_state(const struct discord_shard *shard)
{
	return discord_session_state(shard->session);
}

const struct discord_session_position *discord_shard_position(const struct discord_shard *shard)
{
	return discord_session_position(shard->session);
}

struct discord_guilds *discord_shard_guild_table(struct discord_shard *shard)
{
	return &shard->guilds;
}

size_t discord_shard_guilds(const struct discord_shard *shard)
{
	return shard->guilds.count;
}

size_t discord_shard_guilds_away(const struct discord_shard *shard)
{
	return shard->guilds.away;
}

uint64_t discord_shard_retry_ms(const struct discord_shard *shard)
{
	return discord_session_state(shard->session) == DISCORD_SESSION_WAITING
			       ? discord_session_next_ms(shard->session)
			       : 0;
}
