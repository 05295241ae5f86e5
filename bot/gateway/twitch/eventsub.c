/* One account in Twitch's chat over EventSub: look-ups, subscriptions, events, and the change to another server. */

#include "bot/gateway/twitch/eventsub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/ids.h"
#include "bot/base/json.h"
#include "bot/base/random.h"
#include "bot/base/span.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/gateway/twitch/message.h"
#include "bot/gateway/twitch/notice.h"
#include "bot/net/backoff.h"

#define KEEPALIVE_MAX_S    600
#define KEEPALIVE_SLACK_MS (5 * 1000)
#define BASE_MS            1000
#define CAP_MS             (5 * 60 * 1000)
#define USERS_MAX          100  /* of one Get Users */
#define TROUBLE_BASE_MS    1000 /* before a request is repeated after a failure that may pass */
#define TROUBLE_CAP_MS     (60 * 1000)
#define RETRY_BASE_MS      (15 * 1000) /* the same after a refusal */
#define RETRY_CAP_MS       (60 * 60 * 1000)
#define OUT_MS             (10 * 60 * 1000) /* before a channel that shut the bot out is tried again */
#define TIME_MAX_BYTES     40
#define WORD_MAX_BYTES     64
#define REASON_MAX_BYTES   200
#define PAUSE_MS           1000 /* after 429 without a time; it doubles */
#define PAUSE_CAP_MS       (60 * 1000)
#define SCOPES             "the scopes user:read:chat and user:write:chat"

/* One WebSocket. */
struct eventsub_link {
	char session_id[TWITCH_SESSION_ID_MAX_BYTES + 1];
	uint64_t keepalive_ms;
	bool is_move; /* connected by a reconnect URL: the subscriptions move with it */
};

struct twitch_eventsub {
	struct twitch_eventsub_config config;
	struct twitch_eventsub_events events;
	void *user;

	struct twitch_chat chat;
	struct eventsub_link links[TWITCH_LINKS];
	uint64_t welcomed_ms; /* when the EventSub session began; 0: there is no session */
	unsigned session;     /* number of the EventSub session; a move does not change it */
	bool has_token;       /* requests may start */
	bool is_ready;        /* on_ready was called for this session */
	bool is_stopped;
	uint64_t try_ms; /* of the next connection attempt */
	struct backoff backoff;
	struct random random;

	bool is_self_asked, is_self_known; /* the token's own account */
	uint64_t self_ms;
	unsigned self_failures;
	size_t requests;   /* under way, without messages */
	uint64_t pause_ms; /* no request starts before: the rate limit of the API */
	unsigned pauses;   /* in a row, without a time from Twitch */
	unsigned refusals; /* of the token, in a row */
};

/* In the order of importance: with many channels, the last ones are left out. */
enum { FEED_MESSAGE, FEED_SETTINGS, FEED_SETTINGS_UPDATE, FEED_DELETE, FEED_CLEAR_USER, FEED_CLEAR };

static const char *const feed_types[TWITCH_FEEDS] = {
		[FEED_MESSAGE] = "channel.chat.message",
		[FEED_SETTINGS] = NULL, /* read once, by Get Chat Settings */
		[FEED_SETTINGS_UPDATE] = "channel.chat_settings.update",
		[FEED_DELETE] = "channel.chat.message_delete",
		[FEED_CLEAR_USER] = "channel.chat.clear_user_messages",
		[FEED_CLEAR] = "channel.chat.clear",
};

/* ---------------------------------------------------------------- helpers */

static struct twitch_connection *connection_of(struct twitch_eventsub *eventsub, size_t link)
{
	return &eventsub->chat.connections.list[link];
}

static size_t other(size_t link)
{
	return (link + 1) % TWITCH_LINKS;
}

static bool is_connected(const struct twitch_eventsub *eventsub)
{
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (eventsub->chat.connections.list[link].state != TWITCH_CLOSED)
			return true;
	return false;
}

static uint64_t now_ms(const struct twitch_eventsub *eventsub)
{
	return eventsub->chat.now.ms;
}

static struct twitch_room *room_of(const struct twitch_eventsub *eventsub, const char *id)
{
	for (size_t i = 0; *id && i < eventsub->chat.rooms.count; i++)
		if (strcmp(eventsub->chat.rooms.list[i]->feeds.id, id) == 0)
			return eventsub->chat.rooms.list[i];
	return NULL;
}

/* How many rows of the table fit the limit of a WebSocket. Get Chat Settings is no subscription. */
static size_t feed_count(const struct twitch_eventsub *eventsub)
{
	size_t rooms = eventsub->chat.rooms.count, fits = rooms ? TWITCH_SUBSCRIPTIONS_MAX / rooms + 1 : 0;

	return fits < TWITCH_FEEDS ? fits : TWITCH_FEEDS;
}

/* The message of an error of the API, or its status. */
static void read_reason(const struct twitch_response *response, char ret[REASON_MAX_BYTES])
{
	char text[REASON_MAX_BYTES / 2];

	if (response->error)
		utf8_print(ret, REASON_MAX_BYTES, "%s", response->reason);
	else if (span_copy(span_get((struct span){response->body, response->length}, "message"), text,
				 sizeof(text)))
		utf8_print(ret, REASON_MAX_BYTES, "HTTP %d, \"%s\"", response->status, text);
	else
		utf8_print(ret, REASON_MAX_BYTES, "HTTP %d", response->status);
}

/* The first item of "data" in a response. */
static struct span first_item(const struct twitch_response *response)
{
	struct span data = span_get((struct span){response->body, response->length}, "data"), item;
	struct span_walk walk;

	return span_open(data, '[', &walk) == 0 && span_item(&walk, &item) > 0 ? item : (struct span){0};
}

/* ---------------------------------------------------------------- requests */

static int start(struct twitch_eventsub *eventsub, struct twitch_request *request)
{
	int r = eventsub->events.on_request(eventsub->user, request);

	if (r == 0 && request->call != TWITCH_CALL_SEND)
		eventsub->requests++;
	return r;
}

static bool may_ask(const struct twitch_eventsub *eventsub)
{
	return eventsub->has_token && eventsub->requests < TWITCH_REQUESTS_MAX &&
	       now_ms(eventsub) >= eventsub->pause_ms;
}

static void ask_self(struct twitch_eventsub *eventsub)
{
	struct twitch_request request = {.call = TWITCH_CALL_SELF, .method = "GET", .path = "/users"};

	if (eventsub->is_self_known || eventsub->is_self_asked || now_ms(eventsub) < eventsub->self_ms ||
			!may_ask(eventsub))
		return;
	eventsub->is_self_asked = start(eventsub, &request) == 0;
	if (!eventsub->is_self_asked)
		eventsub->self_ms = now_ms(eventsub) + TROUBLE_BASE_MS;
}

/* Look up the user ids of channels. */
static void ask_users(struct twitch_eventsub *eventsub)
{
	struct str path = STR(TWITCH_REQUEST_PATH_MAX);
	struct twitch_request request = {.call = TWITCH_CALL_USERS, .method = "GET"};
	size_t count = 0;
	int r;

	if (!may_ask(eventsub))
		return;
	str_append(&path, "/users");
	for (size_t i = 0; i < eventsub->chat.rooms.count && count < USERS_MAX; i++) {
		struct twitch_room *room = eventsub->chat.rooms.list[i];

		if (*room->feeds.id || room->feeds.is_looked_up || now_ms(eventsub) < room->feeds.lookup_ms)
			continue;
		str_printf(&path, "%clogin=%s", count++ ? '&' : '?', room->name + 1);
		room->feeds.is_looked_up = true;
	}
	request.path = str_text(&path);
	r = count == 0 || path.error ? path.error : start(eventsub, &request);
	for (size_t i = 0; r < 0 && i < eventsub->chat.rooms.count; i++) {
		struct twitch_room_feeds *feeds = &eventsub->chat.rooms.list[i]->feeds;

		if (!feeds->is_looked_up)
			continue;
		feeds->is_looked_up = false;
		feeds->lookup_ms = now_ms(eventsub) + TROUBLE_BASE_MS;
	}
	str_release(&path);
}

static void write_subscription(const struct twitch_eventsub *eventsub, const struct twitch_request *request,
		struct str *body)
{
	const char *session_id = eventsub->links[eventsub->chat.connections.current].session_id;

	str_printf(body,
			"{\"type\":\"%s\",\"version\":\"1\",\"condition\":{\"broadcaster_user_id\":\"%s\","
			"\"user_id\":\"%s\"},\"transport\":{\"method\":\"websocket\",\"session_id\":",
			feed_types[request->feed], request->room_id, eventsub->chat.own_id);
	json_append_string(body, session_id);
	str_append(body, "}}");
}

static void ask_feed(struct twitch_eventsub *eventsub, struct twitch_room *room, size_t number)
{
	struct twitch_feed *feed = &room->feeds.list[number];
	struct twitch_request request = {.session = eventsub->session, .feed = number};
	struct str text = STR(TWITCH_REQUEST_BODY_MAX);

	memcpy(request.room_id, room->feeds.id, sizeof(request.room_id));
	if (feed_types[number]) {
		write_subscription(eventsub, &request, &text);
		request.call = TWITCH_CALL_SUBSCRIBE;
		request.method = "POST";
		request.path = "/eventsub/subscriptions";
		request.body = str_text(&text);
	} else {
		str_printf(&text, "/chat/settings?broadcaster_id=%s", room->feeds.id);
		request.call = TWITCH_CALL_SETTINGS;
		request.method = "GET";
		request.path = str_text(&text);
	}
	if ((text.error ? text.error : start(eventsub, &request)) == 0)
		feed->state = TWITCH_FEED_ASKED;
	else
		feed->due_ms = now_ms(eventsub) + TROUBLE_BASE_MS;
	str_release(&text);
}

/* Ask for what is missing: first every channel's messages, then the rest. */
static void ask_feeds(struct twitch_eventsub *eventsub)
{
	size_t count = feed_count(eventsub);

	if (connection_of(eventsub, eventsub->chat.connections.current)->state != TWITCH_READY)
		return;
	for (size_t number = 0; number < count; number++) {
		for (size_t i = 0; i < eventsub->chat.rooms.count; i++) {
			struct twitch_room *room = eventsub->chat.rooms.list[i];
			const struct twitch_feed *feed = &room->feeds.list[number];

			if (!may_ask(eventsub))
				return;
			if (*room->feeds.id && feed->state == TWITCH_FEED_MISSING &&
					now_ms(eventsub) >= feed->due_ms)
				ask_feed(eventsub, room, number);
		}
	}
}

static void unsubscribe(struct twitch_eventsub *eventsub, const char *id)
{
	char path[sizeof("/eventsub/subscriptions?id=") + TWITCH_SUBSCRIPTION_ID_MAX_BYTES];
	struct twitch_request request = {.call = TWITCH_CALL_UNSUBSCRIBE, .method = "DELETE", .path = path};

	/* It goes into a URL, and Twitch's ids are UUIDs. */
	if (!*id || id[strspn(id, "abcdefABCDEF0123456789-")])
		return;
	snprintf(path, sizeof(path), "/eventsub/subscriptions?id=%s", id);
	start(eventsub, &request);
}

/* ---------------------------------------------------------------- for the send queues */

static void on_chat_send(void *owner, size_t link, const struct twitch_outgoing *message)
{
	struct twitch_eventsub *eventsub = owner;
	struct twitch_request request = {
			.call = TWITCH_CALL_SEND, .method = "POST", .path = "/chat/messages"};
	struct str body = STR(TWITCH_REQUEST_BODY_MAX);
	struct twitch_room *room = room_of(eventsub, message->room->feeds.id);

	(void)link;
	memcpy(request.room_id, message->room->feeds.id, sizeof(request.room_id));
	snprintf(request.nonce, sizeof(request.nonce), "%s", message->nonce);
	str_printf(&body, "{\"broadcaster_id\":\"%s\",\"sender_id\":\"%s\",\"message\":", request.room_id,
			eventsub->chat.own_id);
	json_append_string(&body, message->text);
	if (*message->asked_id) {
		str_append(&body, ",\"reply_parent_message_id\":");
		json_append_string(&body, message->asked_id);
	}
	str_append_char(&body, '}');
	request.body = str_text(&body);
	if (room && (!eventsub->has_token || body.error || start(eventsub, &request) < 0))
		twitch_outbox_result(&eventsub->chat.outbox, room, message->nonce, TWITCH_RESULT_UNSENT,
				TROUBLE_BASE_MS);
	str_release(&body);
}

static void on_chat_leave(void *owner, struct twitch_room *room)
{
	struct twitch_eventsub *eventsub = owner;

	for (size_t i = 0; i < TWITCH_FEEDS && eventsub->has_token; i++)
		if (room->feeds.list[i].state == TWITCH_FEED_HELD)
			unsubscribe(eventsub, room->feeds.list[i].id);
}

/* ---------------------------------------------------------------- connections */

static void connect_link(struct twitch_eventsub *eventsub, size_t link, const char *url)
{
	eventsub->links[link] = (struct eventsub_link){
			.is_move = url != NULL, .keepalive_ms = TWITCH_EVENTSUB_KEEPALIVE_MS};
	*connection_of(eventsub, link) =
			(struct twitch_connection){.state = TWITCH_LOGIN, .opened_ms = now_ms(eventsub)};
	if (!url)
		eventsub->chat.connections.current = link;
	eventsub->events.on_connect(eventsub->user, link, url);
}

/* The subscriptions have ended with the session. */
static void forget_session(struct twitch_eventsub *eventsub)
{
	eventsub->session++;
	eventsub->is_ready = false;
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++) {
		struct twitch_room *room = eventsub->chat.rooms.list[i];

		for (size_t number = 0; number < TWITCH_FEEDS; number++) {
			struct twitch_feed *feed = &room->feeds.list[number];

			/* A refusal keeps its time. */
			feed->state = TWITCH_FEED_MISSING;
			feed->id[0] = '\0';
		}
		memset(room->seats, 0, sizeof(room->seats));
	}
}

static void drop_link(struct twitch_eventsub *eventsub, size_t link)
{
	if (connection_of(eventsub, link)->state == TWITCH_CLOSED)
		return;
	connection_of(eventsub, link)->state = TWITCH_CLOSED;
	eventsub->events.on_drop(eventsub->user, link);
}

/* No WebSocket is left: wait, and begin again. */
static void go_down(struct twitch_eventsub *eventsub, const char *reason, bool is_at_once)
{
	bool is_first = eventsub->backoff.failures == 0;
	uint64_t delay_ms = backoff_next(&eventsub->backoff,
			eventsub->welcomed_ms ? now_ms(eventsub) - eventsub->welcomed_ms : 0,
			&eventsub->random);

	eventsub->welcomed_ms = 0;
	for (size_t i = 0; i < TWITCH_LINKS; i++)
		drop_link(eventsub, i);
	forget_session(eventsub);
	delay_ms = is_at_once && is_first ? 0 : delay_ms;
	eventsub->try_ms = now_ms(eventsub) + delay_ms;
	if (!eventsub->chat.is_quitting)
		eventsub->events.on_down(eventsub->user, reason, delay_ms);
}

/* A WebSocket has ended, by either side. */
static void lose(struct twitch_eventsub *eventsub, size_t link, const char *reason, bool is_at_once)
{
	size_t old = other(link);

	drop_link(eventsub, link);
	if (connection_of(eventsub, old)->state == TWITCH_LOGIN && eventsub->links[old].is_move)
		return; /* the subscriptions move to the other one, which is being connected */
	if (connection_of(eventsub, old)->state == TWITCH_READY && eventsub->links[link].is_move) {
		twitch_chat_note(&eventsub->chat, "cannot move to the server that Twitch names: %s", reason);
		is_at_once = true;
	}
	go_down(eventsub, reason, is_at_once);
}

/* Twitch's close codes. */
static const struct closing {
	unsigned code;
	bool is_at_once; /* a new connection does not meet the same trouble */
	const char *meaning;
} closings[] = {
		{4000, false, "internal server error of Twitch"},
		{4001, false, "Twitch reports inbound traffic, which the bot does not send"},
		{4002, false, "Twitch missed the answer to its ping"},
		{4003, false, "connection unused: no subscription in time"},
		{4004, true, "reconnect grace time expired"},
		{4005, false, "network timeout at Twitch"},
		{4006, false, "network error at Twitch"},
		{4007, true, "Twitch refuses its reconnect URL"},
};

/* NULL: not one of Twitch's. */
static const struct closing *find_closing(unsigned code)
{
	for (size_t i = 0; i < sizeof(closings) / sizeof(closings[0]); i++)
		if (closings[i].code == code)
			return &closings[i];
	return NULL;
}

void twitch_eventsub_closed(struct twitch_eventsub *eventsub, size_t link, unsigned code, const char *reason,
		const struct irc_now *now)
{
	const struct closing *closing = find_closing(code);
	char text[REASON_MAX_BYTES];

	twitch_chat_set_clock(&eventsub->chat, now);
	if (connection_of(eventsub, link)->state == TWITCH_CLOSED)
		return;
	connection_of(eventsub, link)->state = TWITCH_CLOSED; /* no on_drop */
	if (closing)
		utf8_print(text, sizeof(text), "%s (%u)", closing->meaning, code);
	else
		utf8_print(text, sizeof(text), "%s", reason);
	lose(eventsub, link, text, closing && closing->is_at_once);
	twitch_eventsub_tick(eventsub, now);
}

/* ---------------------------------------------------------------- frames of a WebSocket */

static void on_welcome(struct twitch_eventsub *eventsub, size_t link, struct span session)
{
	struct eventsub_link *own = &eventsub->links[link];
	struct twitch_connection *connection = connection_of(eventsub, link);
	size_t old = other(link);
	uint64_t keepalive_s;

	if (connection->state != TWITCH_LOGIN)
		return;
	if (!span_copy(span_get(session, "id"), own->session_id, sizeof(own->session_id))) {
		lose(eventsub, link, "session_welcome without a session id", false);
		return;
	}
	if (span_number(span_get(session, "keepalive_timeout_seconds"), &keepalive_s) == 0 &&
			keepalive_s > 0 && keepalive_s <= KEEPALIVE_MAX_S)
		own->keepalive_ms = keepalive_s * 1000;
	connection->state = TWITCH_READY;
	if (!own->is_move) {
		eventsub->welcomed_ms = now_ms(eventsub);
		return;
	}
	/* The old WebSocket was heard until now: nothing is lost. */
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++) {
		struct twitch_room *room = eventsub->chat.rooms.list[i];

		room->seats[link] = room->seats[old];
		room->seats[old] = (struct twitch_seat){0};
	}
	eventsub->chat.connections.current = link;
	own->is_move = false;
	drop_link(eventsub, old);
}

static void on_reconnect(struct twitch_eventsub *eventsub, size_t link, struct span session)
{
	char url[TWITCH_RECONNECT_MAX_BYTES + 1];

	if (link != eventsub->chat.connections.current || eventsub->chat.is_quitting ||
			connection_of(eventsub, other(link))->state != TWITCH_CLOSED)
		return;
	if (!span_copy(span_get(session, "reconnect_url"), url, sizeof(url)))
		return; /* Twitch will close this one, with 4004 */
	eventsub->events.on_info(eventsub->user, "reconnecting on Twitch's request");
	connect_link(eventsub, other(link), url);
}

/* Why a subscription has ended, and what to do. */
static void on_revocation(struct twitch_eventsub *eventsub, struct span subscription)
{
	static const struct {
		const char *status;
		bool is_of_token;
		const char *words;
	} reasons[] = {
			{"authorization_revoked", true,
					"the authorization of the bot was revoked, or its password was "
					"changed; "
					"looking at the token again"},
			{"user_removed", false, "the account of the channel, or the bot's, no longer exists"},
			{"chat_user_banned", false, "the bot is banned; ask the channel's moderators"},
			{"moderator_removed", false, "the bot is no longer a moderator"},
			{"version_removed", false,
					"Twitch no longer supports this subscription: update episoded"},
	};
	char type[WORD_MAX_BYTES] = "", status[WORD_MAX_BYTES] = "", id[TWITCH_ID_MAX_BYTES + 1] = "";
	const char *words = status;
	bool is_of_token = false;
	struct twitch_room *room;

	span_copy(span_get(subscription, "type"), type, sizeof(type));
	span_copy(span_get(subscription, "status"), status, sizeof(status));
	span_copy(span_get(span_get(subscription, "condition"), "broadcaster_user_id"), id, sizeof(id));
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (str_equal(status, reasons[i].status)) {
			words = reasons[i].words;
			is_of_token = reasons[i].is_of_token;
		}
	}
	room = room_of(eventsub, id);
	for (size_t number = 0; room && number < TWITCH_FEEDS; number++) {
		struct twitch_feed *feed = &room->feeds.list[number];

		if (!feed_types[number] || !str_equal(type, feed_types[number]))
			continue;
		feed->state = TWITCH_FEED_MISSING;
		feed->due_ms = now_ms(eventsub) + (is_of_token ? TROUBLE_BASE_MS : OUT_MS);
		feed->id[0] = '\0';
		if (number != FEED_MESSAGE)
			continue;
		room->seats[eventsub->chat.connections.current].is_in = false;
		if (!is_of_token)
			twitch_chat_note(&eventsub->chat, "removed from %s: %s", room->name, words);
		eventsub->chat.events.on_rooms(eventsub->chat.user);
	}
	/* A second look decides: Get Users with the token. */
	if (is_of_token && eventsub->is_self_known) {
		twitch_chat_note(&eventsub->chat, "%s", words);
		eventsub->is_self_known = false;
		eventsub->self_ms = now_ms(eventsub);
	}
}

/* ---------------------------------------------------------------- events */

/* RFC 3339 with nanoseconds, or fewer digits; fallback_ms: not a time. */
static uint64_t time_of(struct span value, uint64_t fallback_ms)
{
	char text[TIME_MAX_BYTES + 4];
	uint64_t wall_ms = fallback_ms;
	size_t length;

	if (!span_copy(value, text, TIME_MAX_BYTES))
		return fallback_ms;
	length = strlen(text);
	/* At least three digits of a fraction. */
	if (length > 3 && text[length - 1] == 'Z' && strchr(text, '.')) {
		size_t digits = length - 2 - (size_t)(strchr(text, '.') - text);

		for (length--; digits < 3; digits++)
			text[length++] = '0';
		text[length++] = 'Z';
		text[length] = '\0';
	}
	clock_from_iso(text, &wall_ms);
	return wall_ms;
}

/* The role of the bot, by the badges of its own message. */
static void read_role(struct twitch_room *room, struct span badges)
{
	struct twitch_role role = {.is_mod = false};
	struct span_walk walk;
	struct span badge;

	if (span_open(badges, '[', &walk) < 0)
		return;
	while (span_item(&walk, &badge) > 0) {
		char set[WORD_MAX_BYTES] = "";

		span_copy(span_get(badge, "set_id"), set, sizeof(set));
		role.is_mod = role.is_mod || str_equal(set, "moderator") || str_equal(set, "broadcaster") ||
			      str_equal(set, "lead_moderator");
		role.is_vip = role.is_vip || str_equal(set, "vip");
		role.is_subscriber = role.is_subscriber || str_equal(set, "subscriber") ||
				     str_equal(set, "founder");
	}
	twitch_room_set_role(room, &role);
}

/* A message of the bot itself: it confirms an answer. Twitch may put "@name" before a reply. */
static void hear_self(struct twitch_eventsub *eventsub, struct twitch_room *room, struct span event)
{
	struct twitch_message *message = &eventsub->chat.message;
	const char *text = message->text;

	read_role(room, span_get(event, "badges"));
	if (*message->asked_id && *text == '@' && strchr(text, ' '))
		twitch_outbox_echoed(&eventsub->chat.outbox, room, message->asked_id, strchr(text, ' ') + 1);
	twitch_outbox_echoed(&eventsub->chat.outbox, room, message->asked_id, text);
}

static void on_message(struct twitch_eventsub *eventsub, struct span event, struct span time)
{
	struct twitch_message *buffers = &eventsub->chat.message;
	const struct twitch_self self = {eventsub->config.login, eventsub->chat.own_id};
	struct twitch_room *room;
	struct message message;

	if (!twitch_message_read_event(buffers, event))
		return;
	room = room_of(eventsub, buffers->tags.room_id);
	if (!room)
		return;
	if (strcmp(buffers->tags.author_id, eventsub->chat.own_id) == 0)
		hear_self(eventsub, room, event);
	else if (twitch_message_of_event(buffers, &self, time_of(time, eventsub->chat.now.wall_ms), &message))
		twitch_chat_hear(&eventsub->chat, room, &message);
}

static bool is_true(struct span object, const char *key)
{
	return span_is(span_get(object, key), "true");
}

/* slow_key differs between Get Chat Settings and the event. */
static void read_settings(struct twitch_eventsub *eventsub, struct twitch_room *room, struct span settings,
		const char *slow_key)
{
	struct twitch_modes modes = {.is_emote_only = is_true(settings, "emote_mode"),
			.is_subs_only = is_true(settings, "subscriber_mode")};
	uint64_t slow_s;

	if (is_true(settings, "slow_mode") && span_number(span_get(settings, slow_key), &slow_s) == 0)
		modes.slow_s = slow_s;
	twitch_room_set_modes(room, &modes);
	eventsub->chat.events.on_rooms(eventsub->chat.user);
}

static void on_other_event(struct twitch_eventsub *eventsub, struct span type, struct span event)
{
	char id[TWITCH_ID_MAX_BYTES + 1] = "", target[TWITCH_MSGID_MAX_BYTES + 1];
	struct twitch_room *room;

	span_copy(span_get(event, "broadcaster_user_id"), id, sizeof(id));
	room = room_of(eventsub, id);
	if (!room)
		return;
	if (span_is(type, "\"channel.chat_settings.update\"")) {
		read_settings(eventsub, room, event, "slow_mode_wait_time_seconds");
	} else if (span_is(type, "\"channel.chat.message_delete\"")) {
		if (span_copy(span_get(event, "message_id"), target, sizeof(target)))
			twitch_outbox_forget_message(&eventsub->chat.outbox, room, target);
	} else if (span_is(type, "\"channel.chat.clear_user_messages\"")) {
		/* If it is the bot itself, the next answer is refused, with the reason. */
		if (span_copy(span_get(event, "target_user_id"), target, sizeof(target)) &&
				strcmp(target, eventsub->chat.own_id) != 0)
			twitch_outbox_forget_author(&eventsub->chat.outbox, room, target);
	} else if (span_is(type, "\"channel.chat.clear\"")) {
		twitch_outbox_forget_author(&eventsub->chat.outbox, room, "");
	}
}

static void on_notification(struct twitch_eventsub *eventsub, struct span metadata, struct span payload)
{
	struct span type = span_get(metadata, "subscription_type"), event = span_get(payload, "event");
	struct span id = span_get(metadata, "message_id");

	/* Twitch sends a notification again if it is not sure that it arrived. */
	if (!span_is_string(id) || ids_seen(eventsub->chat.ids, str_hash(1, id.at, id.length)))
		return;
	if (span_is(type, "\"channel.chat.message\""))
		on_message(eventsub, event, span_get(metadata, "message_timestamp"));
	else
		on_other_event(eventsub, type, event);
}

void twitch_eventsub_receive(struct twitch_eventsub *eventsub, size_t link, const char *bytes, size_t length,
		const struct irc_now *now)
{
	const char *at = span_skip_space(bytes, bytes + length);
	const struct span frame = {at, (size_t)(bytes + length - at)};
	struct span metadata = span_get(frame, "metadata"), payload = span_get(frame, "payload");
	struct span type = span_get(metadata, "message_type");
	struct twitch_connection *connection = connection_of(eventsub, link);

	twitch_chat_set_clock(&eventsub->chat, now);
	if (connection->state == TWITCH_CLOSED)
		return;
	connection->heard_ms = now->ms;
	if (span_is(type, "\"session_welcome\""))
		on_welcome(eventsub, link, span_get(payload, "session"));
	else if (connection->state != TWITCH_READY)
		;
	else if (span_is(type, "\"notification\""))
		on_notification(eventsub, metadata, payload);
	else if (span_is(type, "\"session_reconnect\""))
		on_reconnect(eventsub, link, span_get(payload, "session"));
	else if (span_is(type, "\"revocation\""))
		on_revocation(eventsub, span_get(payload, "subscription"));
	twitch_eventsub_tick(eventsub, now);
}

/* ---------------------------------------------------------------- responses */

/* A response that says nothing about the request: its failure may pass. */
static bool is_trouble(const struct twitch_response *response)
{
	return response->error || response->status >= 500 || response->status == 429 ||
	       response->status == 401 || response->status == 408 || response->status < 200 ||
	       (response->status >= 300 && response->status < 400);
}

static void read_limit(struct twitch_eventsub *eventsub, const struct twitch_response *response)
{
	uint64_t pause_ms = response->pause_ms;

	if (response->error)
		return;
	if (response->status == 429 && !pause_ms)
		pause_ms = backoff_doubled(PAUSE_MS, PAUSE_CAP_MS, ++eventsub->pauses);
	else
		eventsub->pauses = 0;
	if (response->status >= 200 && response->status < 300)
		eventsub->refusals = 0;
	pause_ms = pause_ms < PAUSE_CAP_MS ? pause_ms : PAUSE_CAP_MS;
	if (pause_ms && now_ms(eventsub) + pause_ms > eventsub->pause_ms)
		eventsub->pause_ms = now_ms(eventsub) + pause_ms;
}

/* A look-up before the connection has failed. */
static void tell_down(
		struct twitch_eventsub *eventsub, const struct twitch_response *response, uint64_t delay_ms)
{
	char reason[REASON_MAX_BYTES];

	read_reason(response, reason);
	eventsub->events.on_down(eventsub->user, reason, delay_ms);
}

/* It goes into URLs and requests. */
static bool read_user_id(struct span user, char ret[TWITCH_ID_MAX_BYTES + 1])
{
	char id[TWITCH_ID_MAX_BYTES + 1];

	if (!span_copy(span_get(user, "id"), id, sizeof(id)) || id[strspn(id, "0123456789")])
		return false;
	memcpy(ret, id, sizeof(id));
	return true;
}

static void on_self(struct twitch_eventsub *eventsub, const struct twitch_response *response)
{
	struct span user = first_item(response);
	char login[TWITCH_LOGIN_MAX_BYTES + 1] = "";

	eventsub->is_self_asked = false;
	if (!response->error && response->status == 200 && read_user_id(user, eventsub->chat.own_id)) {
		eventsub->is_self_known = true;
		eventsub->self_failures = 0;
		span_copy(span_get(user, "login"), login, sizeof(login));
		if (!str_equal(login, eventsub->config.login))
			twitch_chat_note(&eventsub->chat, "the token belongs to \"%s\", not to \"%s\"", login,
					eventsub->config.login);
		return;
	}
	eventsub->self_failures++;
	eventsub->self_ms = now_ms(eventsub) +
			    backoff_doubled(TROUBLE_BASE_MS, TROUBLE_CAP_MS, eventsub->self_failures);
	if (response->status != 401)
		tell_down(eventsub, response, eventsub->self_ms - now_ms(eventsub));
}

static void set_room_id(struct twitch_eventsub *eventsub, struct span user)
{
	char login[TWITCH_ROOM_NAME_BYTES] = "#";
	struct twitch_room *room;

	if (!span_copy(span_get(user, "login"), login + 1, sizeof(login) - 1))
		return;
	room = twitch_chat_find(&eventsub->chat, login);
	if (!room || !read_user_id(user, room->feeds.id))
		return;
	room->feeds.lookup_failures = 0;
	room->is_role_unknown = strcmp(room->feeds.id, eventsub->chat.own_id) != 0;
	room->is_mod = !room->is_role_unknown;
}

static void on_users(struct twitch_eventsub *eventsub, const struct twitch_response *response)
{
	bool is_failed = is_trouble(response) || response->status != 200;
	uint64_t failed_ms = 0;
	struct span_walk walk;
	struct span user;

	if (!is_failed && span_open(span_get((struct span){response->body, response->length}, "data"), '[',
					  &walk) == 0)
		while (span_item(&walk, &user) > 0)
			set_room_id(eventsub, user);
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++) {
		struct twitch_room *room = eventsub->chat.rooms.list[i];
		struct twitch_room_feeds *feeds = &room->feeds;

		if (!feeds->is_looked_up)
			continue;
		feeds->is_looked_up = false;
		if (*feeds->id)
			continue;
		feeds->lookup_failures++;
		if (is_failed) {
			feeds->lookup_ms = now_ms(eventsub) + backoff_doubled(TROUBLE_BASE_MS, TROUBLE_CAP_MS,
									      feeds->lookup_failures);
			failed_ms = feeds->lookup_ms;
			continue;
		}
		feeds->is_absent = true;
		if (feeds->lookup_failures == 1)
			twitch_chat_note(&eventsub->chat, "cannot join %s: the channel does not exist",
					room->name);
		feeds->lookup_ms = now_ms(eventsub) +
				   backoff_doubled(RETRY_BASE_MS, RETRY_CAP_MS, feeds->lookup_failures);
	}
	if (failed_ms && !is_connected(eventsub) && response->status != 401)
		tell_down(eventsub, response, failed_ms - now_ms(eventsub));
}

static void feed_held(struct twitch_eventsub *eventsub, struct twitch_room *room, size_t number)
{
	struct twitch_feed *feed = &room->feeds.list[number];

	feed->state = TWITCH_FEED_HELD;
	feed->failures = 0;
	if (number != FEED_MESSAGE)
		return;
	room->seats[eventsub->chat.connections.current].is_in = true;
	if (!eventsub->is_ready) {
		eventsub->is_ready = true;
		eventsub->events.on_ready(eventsub->user);
	}
	eventsub->chat.events.on_rooms(eventsub->chat.user);
}

/* Ask again later. Only the messages of a channel are worth a line in the log. */
static void feed_refused(struct twitch_eventsub *eventsub, struct twitch_room *room, size_t number,
		const struct twitch_response *response)
{
	struct twitch_feed *feed = &room->feeds.list[number];
	char reason[REASON_MAX_BYTES];

	feed->state = TWITCH_FEED_MISSING;
	if (!response->error && (response->status == 401 || response->status == 429)) {
		feed->due_ms = now_ms(eventsub);
		return;
	}
	feed->failures++;
	feed->due_ms = now_ms(eventsub) +
		       (is_trouble(response) ? backoff_doubled(TROUBLE_BASE_MS, TROUBLE_CAP_MS,
							       feed->failures)
					     : backoff_doubled(RETRY_BASE_MS, RETRY_CAP_MS, feed->failures));
	if (number != FEED_MESSAGE || feed->failures != 1)
		return;
	read_reason(response, reason);
	twitch_chat_note(&eventsub->chat, "cannot join %s: %s%s", room->name, reason,
			response->status == 403 ? "; the token needs " SCOPES
						  ", and the bot must not be banned in the channel"
						: "");
}

static void on_subscribed(struct twitch_eventsub *eventsub, const struct twitch_request *request,
		const struct twitch_response *response)
{
	struct twitch_room *room = room_of(eventsub, request->room_id);
	char id[TWITCH_SUBSCRIPTION_ID_MAX_BYTES + 1] = "";
	bool is_held = !response->error && (response->status == 202 || response->status == 200);

	if (is_held)
		span_copy(span_get(first_item(response), "id"), id, sizeof(id));
	if (request->session != eventsub->session)
		return; /* it has ended with its session */
	if (!room) {
		unsubscribe(eventsub, id); /* the channel was left meanwhile */
		return;
	}
	if (room->feeds.list[request->feed].state != TWITCH_FEED_ASKED)
		return;
	/* 409: a repeated request; the first was carried out, and its id is unknown. */
	if (is_held || (!response->error && response->status == 409)) {
		memcpy(room->feeds.list[request->feed].id, id, sizeof(id));
		feed_held(eventsub, room, request->feed);
	} else {
		feed_refused(eventsub, room, request->feed, response);
	}
}

static void on_settings(struct twitch_eventsub *eventsub, const struct twitch_request *request,
		const struct twitch_response *response)
{
	struct twitch_room *room = room_of(eventsub, request->room_id);

	if (!room || request->session != eventsub->session ||
			room->feeds.list[request->feed].state != TWITCH_FEED_ASKED)
		return;
	if (response->error || response->status != 200) {
		feed_refused(eventsub, room, request->feed, response);
		return;
	}
	read_settings(eventsub, room, first_item(response), "slow_mode_wait_time");
	feed_held(eventsub, room, request->feed);
}

/* A message that Twitch has dropped, or a request that it does not accept. */
static void on_dropped(struct twitch_eventsub *eventsub, struct twitch_room *room, const char *nonce,
		const struct twitch_response *response)
{
	static const struct twitch_notice forbidden = {"", TWITCH_MODE,
			"Twitch does not let the bot write here; is it banned, and does the token "
			"have " SCOPES "?"};
	struct span reason = span_get(first_item(response), "drop_reason");
	char code[WORD_MAX_BYTES] = "", message[REASON_MAX_BYTES / 2] = "", words[REASON_MAX_BYTES];
	const struct twitch_notice *notice;

	if (response->status == 403) {
		twitch_outbox_dropped(&eventsub->chat.outbox, room, nonce, &forbidden);
		return;
	}
	span_copy(span_get(reason, "code"), code, sizeof(code));
	span_copy(span_get(reason, "message"), message, sizeof(message));
	notice = *code ? twitch_notice_of_drop(code) : NULL;
	if (notice) {
		twitch_outbox_dropped(&eventsub->chat.outbox, room, nonce, notice);
		return;
	}
	if (response->status == 200)
		utf8_print(words, sizeof(words), "an answer was dropped by Twitch: %s (%s)", message, code);
	else
		read_reason(response, words);
	twitch_outbox_dropped(
			&eventsub->chat.outbox, room, nonce, &(struct twitch_notice){"", TWITCH_TEXT, words});
}

static void on_sent(struct twitch_eventsub *eventsub, const struct twitch_request *request,
		const struct twitch_response *response)
{
	struct twitch_room *room = room_of(eventsub, request->room_id);
	struct twitch_outbox *outbox = &eventsub->chat.outbox;
	struct span sent = {0};

	if (!room)
		return;
	if (!response->error)
		sent = span_get(first_item(response), "is_sent");
	if (response->error)
		twitch_outbox_result(outbox, room, request->nonce,
				response->is_unsent ? TWITCH_RESULT_UNSENT : TWITCH_RESULT_DOUBT,
				response->is_unsent ? TROUBLE_BASE_MS : 0);
	else if (response->status == 401 || response->status == 429)
		twitch_outbox_result(outbox, room, request->nonce, TWITCH_RESULT_UNSENT,
				eventsub->pause_ms > now_ms(eventsub) ? eventsub->pause_ms - now_ms(eventsub)
								      : TROUBLE_BASE_MS);
	else if (response->status == 200 && span_is(sent, "true"))
		twitch_outbox_result(outbox, room, request->nonce, TWITCH_RESULT_SENT, 0);
	else if (is_trouble(response) || (response->status == 200 && !span_is(sent, "false")))
		twitch_outbox_result(outbox, room, request->nonce, TWITCH_RESULT_DOUBT, 0);
	else
		on_dropped(eventsub, room, request->nonce, response);
}

/* One 401 proves nothing: ask again after a second. The second one in a row is for the owner of the token, which
 * may find it valid: then the requests are repeated, less and less often. */
static void on_unauthorized(struct twitch_eventsub *eventsub)
{
	if (eventsub->refusals > 0 && now_ms(eventsub) < eventsub->pause_ms)
		return; /* of a request that was under way at the same time */
	eventsub->pause_ms =
			now_ms(eventsub) + backoff_doubled(TROUBLE_BASE_MS, TROUBLE_CAP_MS,
							   eventsub->refusals > 0 ? eventsub->refusals : 1);
	if (eventsub->refusals++ == 0)
		return;
	eventsub->has_token = false;
	eventsub->events.on_refused(eventsub->user);
}

void twitch_eventsub_response(struct twitch_eventsub *eventsub, const struct twitch_request *request,
		const struct twitch_response *response, const struct irc_now *now)
{
	twitch_chat_set_clock(&eventsub->chat, now);
	if (request->call != TWITCH_CALL_SEND)
		eventsub->requests--;
	read_limit(eventsub, response);
	switch (request->call) {
	case TWITCH_CALL_SELF: on_self(eventsub, response); break;
	case TWITCH_CALL_USERS: on_users(eventsub, response); break;
	case TWITCH_CALL_SUBSCRIBE: on_subscribed(eventsub, request, response); break;
	case TWITCH_CALL_SETTINGS: on_settings(eventsub, request, response); break;
	case TWITCH_CALL_SEND: on_sent(eventsub, request, response); break;
	case TWITCH_CALL_UNSUBSCRIBE: break;
	}
	if (!response->error && response->status == 401 && eventsub->has_token)
		on_unauthorized(eventsub);
	twitch_eventsub_tick(eventsub, now);
}

/* ---------------------------------------------------------------- time */

static bool has_subscribable_room(const struct twitch_eventsub *eventsub)
{
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++)
		if (*eventsub->chat.rooms.list[i]->feeds.id)
			return true;
	return false;
}

static bool is_looking_up(const struct twitch_eventsub *eventsub)
{
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++)
		if (eventsub->chat.rooms.list[i]->feeds.is_looked_up)
			return true;
	return false;
}

static bool has_only_absent_rooms(const struct twitch_eventsub *eventsub)
{
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++)
		if (!eventsub->chat.rooms.list[i]->feeds.is_absent)
			return false;
	return true;
}

/* Connect once the ids are known: after session_welcome, Twitch waits 10 s for the first subscription. */
static void begin_session(struct twitch_eventsub *eventsub)
{
	if (is_connected(eventsub) || !eventsub->has_token || !eventsub->is_self_known ||
			now_ms(eventsub) < eventsub->try_ms)
		return;
	if (has_subscribable_room(eventsub)) {
		if (!is_looking_up(eventsub))
			connect_link(eventsub, 0, NULL);
	} else if (!eventsub->is_ready && !is_looking_up(eventsub) && has_only_absent_rooms(eventsub)) {
		eventsub->is_ready = true; /* and nothing to connect for */
		eventsub->events.on_ready(eventsub->user);
	}
}

static uint64_t deadline_ms(const struct twitch_eventsub *eventsub, size_t link)
{
	const struct twitch_connection *connection = &eventsub->chat.connections.list[link];

	switch (connection->state) {
	case TWITCH_LOGIN: return connection->opened_ms + TWITCH_EVENTSUB_WELCOME_MS;
	case TWITCH_READY:
		return connection->heard_ms + eventsub->links[link].keepalive_ms + KEEPALIVE_SLACK_MS;
	default: return UINT64_MAX;
	}
}

static void on_deadline(struct twitch_eventsub *eventsub, size_t link)
{
	char text[REASON_MAX_BYTES];

	if (connection_of(eventsub, link)->state == TWITCH_LOGIN)
		utf8_print(text, sizeof(text), "no session_welcome after %d s",
				TWITCH_EVENTSUB_WELCOME_MS / 1000);
	else
		utf8_print(text, sizeof(text), "keepalive timeout: nothing received for %llu s",
				(unsigned long long)((eventsub->links[link].keepalive_ms +
								     KEEPALIVE_SLACK_MS) /
						     1000));
	lose(eventsub, link, text, false);
}

static bool is_flying(const struct twitch_eventsub *eventsub)
{
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++)
		if (eventsub->chat.rooms.list[i]->flying)
			return true;
	return false;
}

static void finish_quitting(struct twitch_eventsub *eventsub)
{
	if (eventsub->is_stopped || is_flying(eventsub))
		return;
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		drop_link(eventsub, link);
	eventsub->is_stopped = true;
	eventsub->events.on_stopped(eventsub->user);
}

void twitch_eventsub_tick(struct twitch_eventsub *eventsub, const struct irc_now *now)
{
	twitch_chat_set_clock(&eventsub->chat, now);
	if (eventsub->is_stopped)
		return;
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		if (now_ms(eventsub) >= deadline_ms(eventsub, link))
			on_deadline(eventsub, link);
	if (eventsub->chat.is_quitting) {
		finish_quitting(eventsub);
		return;
	}
	ask_self(eventsub);
	if (eventsub->is_self_known)
		ask_users(eventsub);
	begin_session(eventsub);
	ask_feeds(eventsub);
	if (eventsub->has_token)
		twitch_outbox_run(&eventsub->chat.outbox);
}

static uint64_t earlier(uint64_t a_ms, uint64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* When the next request is due, without regard to the limits. */
static uint64_t request_ms(const struct twitch_eventsub *eventsub)
{
	size_t count = feed_count(eventsub);
	uint64_t next_ms = UINT64_MAX;
	bool is_ready = twitch_chat_is_ready(&eventsub->chat);

	if (!eventsub->is_self_known)
		return eventsub->is_self_asked ? UINT64_MAX : eventsub->self_ms;
	for (size_t i = 0; i < eventsub->chat.rooms.count; i++) {
		const struct twitch_room_feeds *feeds = &eventsub->chat.rooms.list[i]->feeds;

		if (!*feeds->id && !feeds->is_looked_up)
			next_ms = earlier(next_ms, feeds->lookup_ms);
		for (size_t number = 0; is_ready && *feeds->id && number < count; number++)
			if (feeds->list[number].state == TWITCH_FEED_MISSING)
				next_ms = earlier(next_ms, feeds->list[number].due_ms);
	}
	return next_ms;
}

uint64_t twitch_eventsub_next_ms(const struct twitch_eventsub *eventsub)
{
	uint64_t next_ms = UINT64_MAX, at_ms;

	if (eventsub->is_stopped)
		return UINT64_MAX;
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		next_ms = earlier(next_ms, deadline_ms(eventsub, link));
	if (eventsub->chat.is_quitting || !eventsub->has_token)
		return next_ms;
	if (eventsub->requests < TWITCH_REQUESTS_MAX) { /* otherwise a response comes first */
		at_ms = request_ms(eventsub);
		if (at_ms != UINT64_MAX && at_ms < eventsub->pause_ms)
			at_ms = eventsub->pause_ms;
		next_ms = earlier(next_ms, at_ms);
	}
	if (!is_connected(eventsub) && eventsub->is_self_known && has_subscribable_room(eventsub) &&
			!is_looking_up(eventsub))
		next_ms = earlier(next_ms, eventsub->try_ms);
	return earlier(next_ms, twitch_outbox_next_ms(&eventsub->chat.outbox));
}

/* ---------------------------------------------------------------- for the owner */

int twitch_eventsub_new(const struct twitch_eventsub_config *config,
		const struct twitch_eventsub_events *events, void *user, struct twitch_eventsub **ret)
{
	struct twitch_eventsub *eventsub = calloc(1, sizeof(*eventsub));

	if (!eventsub)
		return -ENOMEM;
	eventsub->config = *config;
	eventsub->events = *events;
	eventsub->user = user;
	eventsub->chat.transport = (struct twitch_chat_transport){on_chat_send, NULL, on_chat_leave};
	eventsub->chat.owner = eventsub;
	backoff_init(&eventsub->backoff, config->base_ms ? config->base_ms : BASE_MS,
			config->cap_ms ? config->cap_ms : CAP_MS);
	random_seed(&eventsub->random, config->seed);
	if (twitch_chat_init(&eventsub->chat, config->is_verified, config->seed) < 0 ||
			twitch_chat_set_rooms(&eventsub->chat, config->channels, config->channel_count) < 0) {
		twitch_eventsub_free(eventsub);
		return -ENOMEM;
	}
	eventsub->chat.outbox.has_results = true;
	*ret = eventsub;
	return 0;
}

void twitch_eventsub_free(struct twitch_eventsub *eventsub)
{
	if (!eventsub)
		return;
	twitch_chat_release(&eventsub->chat);
	free(eventsub);
}

int twitch_eventsub_configure(struct twitch_eventsub *eventsub, const struct twitch_eventsub_config *config,
		const struct irc_now *now)
{
	int r;

	twitch_chat_set_clock(&eventsub->chat, now);
	r = twitch_chat_set_rooms(&eventsub->chat, config->channels, config->channel_count);
	if (r < 0)
		return r;
	eventsub->config = *config;
	eventsub->chat.outbox.seed = config->seed;
	eventsub->chat.outbox.is_verified = config->is_verified;
	twitch_eventsub_tick(eventsub, now);
	return 0;
}

void twitch_eventsub_authorize(
		struct twitch_eventsub *eventsub, const char *user_id, const struct irc_now *now)
{
	twitch_chat_set_clock(&eventsub->chat, now);
	eventsub->has_token = true;
	eventsub->self_ms = 0;
	if (*user_id && strlen(user_id) < sizeof(eventsub->chat.own_id) &&
			!user_id[strspn(user_id, "0123456789")]) {
		snprintf(eventsub->chat.own_id, sizeof(eventsub->chat.own_id), "%s", user_id);
		eventsub->is_self_known = true;
	}
	twitch_eventsub_tick(eventsub, now);
}

void twitch_eventsub_hold(struct twitch_eventsub *eventsub)
{
	eventsub->has_token = false;
}

void twitch_eventsub_drop(struct twitch_eventsub *eventsub)
{
	eventsub->has_token = false;
	for (size_t link = 0; link < TWITCH_LINKS; link++)
		drop_link(eventsub, link);
	forget_session(eventsub);
}

void twitch_eventsub_quit(struct twitch_eventsub *eventsub, const struct irc_now *now)
{
	twitch_chat_set_clock(&eventsub->chat, now);
	eventsub->chat.is_quitting = true;
	eventsub->chat.outbox.is_quitting = true;
	twitch_eventsub_tick(eventsub, now);
}

struct twitch_chat *twitch_eventsub_chat(struct twitch_eventsub *eventsub)
{
	return &eventsub->chat;
}
