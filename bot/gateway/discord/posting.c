/* Occasions on their way to Discord. */

#include "bot/gateway/discord/posting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/may.h"
#include "bot/gateway/discord/posting_body.h"
#include "bot/gateway/discord/rest/refusal.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/net/loop.h"

#define BODY_MAX_BYTES   (DISCORD_RENDER_BODY_MAX_BYTES + 256)
#define PATH_MAX_BYTES   128
#define WHY_BYTES        256
#define NAME_BYTES       128
#define SMALL_MAX_BYTES  2048
#define NONCE_BYTES      24
#define DEADLINE_MS      (10 * 60 * 1000)
#define SEARCH_MARGIN_MS (2 * 60 * 1000) /* before the time at which it was said by our clock */
#define EVENT_TRIES      3
#define CODE_HAS_THREAD  160004
#define HOURS_A_DAY      24u

/* What is asked of Discord next. */
enum posting_step {
	POSTING_CHANNEL, /* and its guild, */
	POSTING_ROLES,   /* of the guild, */
	POSTING_MEMBER,  /* and those of the bot */
	POSTING_PRIVATE, /* the channel of a direct message */
	POSTING_EDIT,
	POSTING_SEARCH, /* was it said before? */
	POSTING_SAY,
	POSTING_THREAD,
	POSTING_EVENTS, /* is the event there? */
	POSTING_EVENT,  /* make, change or delete it */
	POSTING_END,
};

struct discord_posting {
	struct discord_posting *next;
	struct discord_postings *postings;
	const struct permit *permit;
	bool is_left;      /* to another process */
	bool is_waiting;   /* for an earlier one of the same place, so that an edit follows what it edits */
	uint64_t place_id; /* the channel of the occasion */
	enum posting_step step;
	char *message;                       /* id of the occasion */
	char *body, *edit_body, *plain_body; /* plain: in place of a card that is refused; may be NULL */
	struct wishes wishes;
	uint64_t guild, channel, user; /* user: of a direct message; 0: to the channel */
	uint64_t said_ms;              /* the message's time */
	uint64_t wall_ms;              /* when it was added */
	uint64_t key, own_key, event_key, direct_key;
	uint64_t post, event;
	bool is_again, is_private;
	bool is_told_there; /* in the channel, because it cannot be said in private */
	unsigned event_tries;
	char *channel_text, *roles; /* what Discord has told; may be NULL */
	struct discord_may_role role;
	uint64_t may;
	char place[DISCORD_PLACE_BYTES]; /* the channel's name */
};

static void posting_free(struct discord_posting *posting)
{
	if (!posting)
		return;
	free(posting->message);
	free(posting->body);
	free(posting->edit_body);
	free(posting->plain_body);
	free(posting->channel_text);
	free(posting->roles);
	free(posting);
}

/* ---------------------------------------------------------------- the end */

static void begin(struct discord_posting *posting);

/* An earlier one of the same place. */
static bool has_earlier(const struct discord_posting *posting)
{
	const struct discord_posting *other = posting->postings->first;

	while (other != posting && other->place_id != posting->place_id)
		other = other->next;
	return other != posting;
}

static void begin_next(struct discord_postings *postings, uint64_t place_id)
{
	struct discord_posting *posting = postings->first;

	while (posting && posting->place_id != place_id)
		posting = posting->next;
	if (posting && posting->is_waiting)
		begin(posting);
}

static void finish(struct discord_posting *posting, enum discord_posting_end end)
{
	struct discord_postings *postings = posting->postings;
	struct discord_posting **link = &postings->first;
	uint64_t place_id = posting->place_id;

	while (*link != posting)
		link = &(*link)->next;
	*link = posting->next;
	postings->count--;
	postings->on_end(postings->user, posting->message, end);
	posting_free(posting);
	begin_next(postings, place_id);
}

/* Something that was wished cannot be: the owners are told what to do. */
static void lack_permission(
		struct discord_posting *posting, const char *what, const char *fix, uint64_t permission)
{
	struct discord_postings *postings = posting->postings;
	char why[WHY_BYTES];

	if (*posting->place)
		utf8_print(why, sizeof(why), "%s: %s in #%s", what, fix, posting->place);
	else
		utf8_print(why, sizeof(why), "%s: %s in channel %" PRIu64, what, fix, posting->channel);
	log_gateway(LOG_LEVEL_WARNING, postings->gateway, "%s", why);
	postings->on_lack(postings->user, posting->message, why, permission);
}

static void lack(struct discord_posting *posting, const char *what, const char *fix)
{
	lack_permission(posting, what, fix, 0);
}

/* The same if one permission is missing. */
static bool lacks(struct discord_posting *posting, uint64_t permission, const char *what)
{
	char fix[NAME_BYTES];

	if (posting->may & permission)
		return false;
	snprintf(fix, sizeof(fix), "give me %s", discord_may_name(permission));
	lack_permission(posting, what, fix, permission);
	return true;
}

static void remember(struct discord_posting *posting, uint64_t key, uint64_t id)
{
	struct discord_postings *postings = posting->postings;

	if (!key)
		return;
	discord_posts_set(
			&postings->posts, &(struct discord_post){key, posting->guild, posting->channel, id});
	postings->on_changed(postings->user);
}

static uint64_t known(const struct discord_posting *posting, uint64_t key)
{
	const struct discord_post *post = key ? discord_posts_find(&posting->postings->posts, key) : NULL;

	return post ? post->id : 0;
}

/* ---------------------------------------------------------------- one step after the other */

static void take_step(struct discord_posting *posting);

static void go(struct discord_posting *posting, enum posting_step step)
{
	posting->step = step;
	take_step(posting);
}

static bool has_event(const struct discord_posting *posting)
{
	const struct wishes *wishes = &posting->wishes;

	if (!*wishes->event || !posting->guild)
		return false;
	/* Discord takes no event that has begun. */
	return posting->event ||
	       (wishes->event_from_s && (uint64_t)wishes->event_from_s * 1000 > posting->wall_ms);
}

static void go_to_post(struct discord_posting *posting);

/* The event cannot be deleted: this is said, if it is wished. */
static void go_on_undeleted(struct discord_posting *posting)
{
	struct wishes *wishes = &posting->wishes;

	if (!wishes->is_said_if_refused) {
		go(posting, POSTING_END);
		return;
	}
	wishes->is_silent = wishes->is_said_if_refused = false;
	wishes->event[0] = '\0';
	go_to_post(posting);
}

static void go_to_event(struct discord_posting *posting)
{
	bool is_deletion = !posting->wishes.event_from_s;

	if (!has_event(posting))
		go(posting, POSTING_END);
	else if (posting->event && is_deletion &&
			lacks(posting, DISCORD_MAY_CREATE_EVENTS, "I can't delete the scheduled event"))
		go_on_undeleted(posting);
	else if (posting->event)
		go(posting, POSTING_EVENT);
	else if (lacks(posting, DISCORD_MAY_CREATE_EVENTS, "I can't make the scheduled event"))
		go(posting, POSTING_END);
	else
		go(posting, POSTING_EVENTS);
}

static void go_to_thread(struct discord_posting *posting)
{
	if (!*posting->wishes.thread || !posting->post || !posting->guild)
		go_to_event(posting);
	else if (lacks(posting, DISCORD_MAY_PUBLIC_THREADS, "I can't open the thread"))
		go_to_event(posting);
	else
		go(posting, POSTING_THREAD);
}

/* To say it, or to change what was said. */
static void go_to_post(struct discord_posting *posting)
{
	uint64_t earlier = known(posting, posting->key);

	if (posting->wishes.is_silent) {
		go_to_event(posting);
		return;
	}
	posting->post = known(posting, posting->own_key);
	if (posting->post) { /* it is said */
		go_to_thread(posting);
	} else if (posting->wishes.kind != WISH_NEW && earlier) {
		posting->post = earlier;
		go(posting, POSTING_EDIT);
	} else if (posting->wishes.kind == WISH_EDIT_ONLY) {
		go_to_event(posting);
	} else {
		go(posting, posting->is_again ? POSTING_SEARCH : POSTING_SAY);
	}
}

/* The channel of a direct message is opened once for a person. */
static void go_to_direct(struct discord_posting *posting)
{
	uint64_t channel = known(posting, posting->direct_key);

	if (!channel) {
		go(posting, POSTING_PRIVATE);
		return;
	}
	posting->channel = channel;
	go_to_post(posting);
}

/* The person does not take direct messages: told where the bot was asked, without what it was. */
static bool goes_to_channel(struct discord_posting *posting, long code)
{
	struct str body = STR(SMALL_MAX_BYTES);
	char *text;
	int r;

	if (!posting->user || posting->is_told_there ||
			(code != DISCORD_CODE_NO_PRIVATE && code != DISCORD_CODE_NO_PRIVATE_EITHER))
		return false;
	posting->own_key = discord_posts_key("closed", posting->own_key);
	discord_posting_append_closed(posting->user, posting->said_ms, posting->own_key, &body);
	r = str_take(&body, &text);
	str_release(&body);
	if (r < 0)
		return false;
	free(posting->body);
	free(posting->plain_body);
	posting->body = text;
	posting->plain_body = NULL;
	posting->key = 0;
	posting->channel = posting->place_id;
	posting->is_told_there = true;
	go_to_post(posting);
	return true;
}

static void on_said(struct discord_posting *posting, uint64_t post)
{
	posting->post = post;
	remember(posting, posting->own_key, post);
	remember(posting, posting->key, post);
	go_to_thread(posting);
}

/* Without Embed Links a card is refused, or removed so that nothing is left. */
static bool falls_back(struct discord_posting *posting)
{
	if (!posting->plain_body)
		return false;
	free(posting->body);
	posting->body = posting->plain_body;
	posting->plain_body = NULL;
	return true;
}

/* What the bot may do there is known now. */
static void on_rights(struct discord_posting *posting, struct span member)
{
	struct span roles = {posting->roles, strlen(posting->roles)},
		    channel = {posting->channel_text, strlen(posting->channel_text)};
	uint64_t in_guild = discord_may_in_guild(roles, member, posting->guild);

	posting->may = discord_may_in_channel(
			in_guild, channel, member, posting->guild, posting->postings->self);
	if (!(posting->may & DISCORD_MAY_EMBED_LINKS))
		falls_back(posting);
	if (*posting->wishes.role)
		posting->role = discord_may_find_role(roles, posting->wishes.role);
	if (*posting->wishes.role && !posting->role.id)
		lack(posting, "I can't ping the role", "there is no role with that name; announce again");
	else if (posting->role.id && !posting->role.is_mentionable &&
			lacks(posting, DISCORD_MAY_MENTION_EVERYONE,
					"I can't ping the role, unless it is mentionable"))
		posting->role.id = 0;
	go_to_post(posting);
}

/* A step is refused for good. */
static void on_refused(struct discord_posting *posting, const struct discord_rest_result *result)
{
	switch (posting->step) {
	case POSTING_EDIT:
		/* The post is gone: deleted by a person, or its channel. */
		remember(posting, posting->key, 0);
		posting->post = 0;
		if (posting->wishes.kind == WISH_EDIT_OR_SAY && result->code == DISCORD_CODE_UNKNOWN_MESSAGE)
			go(posting, POSTING_SAY);
		else
			go_to_event(posting);
		return;
	case POSTING_SEARCH: go(posting, POSTING_SAY); return;
	case POSTING_THREAD:
		if (result->code != CODE_HAS_THREAD)
			lack(posting, "I can't open the thread", result->reason);
		go_to_event(posting);
		return;
	case POSTING_EVENTS: go(posting, POSTING_EVENT); return;
	case POSTING_EVENT:
		/* An event that has begun, or that a person has deleted, is changed no more: the next one is new. */
		if (posting->event)
			remember(posting, posting->event_key, 0);
		if (posting->event && posting->wishes.event_from_s) {
			posting->event = 0;
			go_to_event(posting);
			return;
		}
		if (!posting->event)
			lack(posting, "I can't make the scheduled event", result->reason);
		if (posting->event && result->status == 403)
			go_on_undeleted(posting);
		else
			go(posting, POSTING_END);
		return;
	case POSTING_SAY:
		if (goes_to_channel(posting, result->code))
			return;
		if (posting->user && !posting->is_told_there &&
				result->code == DISCORD_CODE_UNKNOWN_CHANNEL &&
				known(posting, posting->direct_key)) {
			remember(posting, posting->direct_key, 0);
			go(posting, POSTING_PRIVATE);
			return;
		}
		if ((result->code == DISCORD_CODE_MISSING_PERMISSION ||
				    result->code == DISCORD_CODE_EMPTY_MESSAGE) &&
				falls_back(posting)) {
			go(posting, POSTING_SAY);
			return;
		}
		lack(posting, "I can't write there, which needs View Channel and Send Messages",
				result->reason);
		finish(posting, DISCORD_POSTING_REFUSED);
		return;
	case POSTING_PRIVATE:
		if (goes_to_channel(posting, result->code))
			return;
		lack(posting, "I can't open a direct message", result->reason);
		finish(posting, DISCORD_POSTING_REFUSED);
		return;
	default:
		lack(posting, "I can't look up what I may do there", result->reason);
		finish(posting, DISCORD_POSTING_REFUSED);
	}
}

static void on_failed(struct discord_posting *posting, const struct discord_rest_result *result)
{
	bool is_refused = result->error == -EACCES || result->error == -ENOENT || result->error == -EINVAL;

	if (posting->step == POSTING_EVENT && !posting->event && result->is_maybe_done &&
			++posting->event_tries < EVENT_TRIES)
		go(posting, POSTING_EVENTS);
	else if (!is_refused || posting->is_left || result->status == 401 ||
			discord_rest_is_dead(posting->postings->rest))
		finish(posting, DISCORD_POSTING_LEFT_OPEN);
	else
		on_refused(posting, result);
}

static void on_event_done(struct discord_posting *posting, struct span body)
{
	uint64_t id = posting->event;

	if (!posting->wishes.event_from_s)
		id = 0;
	else if (!id)
		span_number(span_get(body, "id"), &id);
	remember(posting, posting->event_key, id);
	go(posting, POSTING_END);
}

/* The journal does not keep the guild, and a direct message has no guild. */
static void on_told(struct discord_posting *posting, struct span body)
{
	char **text = posting->step == POSTING_CHANNEL ? &posting->channel_text : &posting->roles;

	*text = strndup(body.at, body.length);
	if (!*text) {
		finish(posting, DISCORD_POSTING_LEFT_OPEN);
	} else if (posting->step == POSTING_ROLES) {
		go(posting, POSTING_MEMBER);
	} else {
		span_copy(span_get(body, "name"), posting->place, sizeof(posting->place));
		if (span_number(span_get(body, "guild_id"), &posting->guild) == 0)
			go(posting, POSTING_ROLES);
		else
			go_to_post(posting);
	}
}

static void on_answer(struct discord_posting *posting, struct span body)
{
	char start[CLOCK_ISO_BYTES];
	uint64_t id = 0;

	switch (posting->step) {
	case POSTING_CHANNEL:
	case POSTING_ROLES: on_told(posting, body); return;
	case POSTING_MEMBER: on_rights(posting, body); return;
	case POSTING_PRIVATE:
		span_number(span_get(body, "id"), &posting->channel);
		remember(posting, posting->direct_key, posting->channel);
		go_to_post(posting);
		return;
	case POSTING_EDIT:
		remember(posting, posting->own_key, posting->post);
		go_to_event(posting);
		return;
	case POSTING_SEARCH:
		id = discord_posting_find(body, posting->postings->self,
				(struct span){posting->body, strlen(posting->body)});
		if (id)
			on_said(posting, id);
		else
			go(posting, POSTING_SAY);
		return;
	case POSTING_SAY:
		span_number(span_get(body, "id"), &id);
		on_said(posting, id);
		return;
	case POSTING_THREAD: go_to_event(posting); return;
	case POSTING_EVENTS:
		clock_iso((uint64_t)posting->wishes.event_from_s * 1000, start);
		id = discord_posting_find_event(
				body, posting->postings->self, posting->wishes.event_name, start);
		posting->event = id;
		if (id)
			on_event_done(posting, body);
		else
			go(posting, POSTING_EVENT);
		return;
	case POSTING_EVENT: on_event_done(posting, body); return;
	case POSTING_END: return;
	}
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct discord_posting *posting = user;

	if (result->error)
		on_failed(posting, result);
	else
		on_answer(posting, (struct span){result->body, result->body_bytes});
}

/* The request of a step, without path and body. */
static struct discord_rest_call call_of(const struct discord_posting *posting)
{
	static const struct discord_rest_call calls[] = {
			[POSTING_ROLES] = {.method = "GET", .route = "GET /guilds/{}/roles"},
			[POSTING_MEMBER] = {.method = "GET", .route = "GET /guilds/{}/members/{}"},
			[POSTING_CHANNEL] = {.method = "GET", .route = "GET /channels/{}"},
			[POSTING_PRIVATE] = {.method = "POST", .route = "POST /users/@me/channels"},
			[POSTING_EDIT] = {.method = "PATCH", .route = "PATCH /channels/{}/messages/{}"},
			[POSTING_SEARCH] = {.method = "GET", .route = "GET /channels/{}/messages"},
			[POSTING_SAY] = {.method = "POST", .route = "POST /channels/{}/messages"},
			[POSTING_THREAD] = {.method = "POST",
					.route = "POST /channels/{}/messages/{}/threads"},
			[POSTING_EVENTS] = {.method = "GET", .route = "GET /guilds/{}/scheduled-events"},
			[POSTING_EVENT] = {.method = "POST", .route = "POST /guilds/{}/scheduled-events"},
	};
	struct discord_rest_call call = calls[posting->step];

	call.is_idempotent = true;
	if (posting->step == POSTING_EVENT && posting->event) {
		bool is_gone = !posting->wishes.event_from_s;

		call.method = is_gone ? "DELETE" : "PATCH";
		call.route = is_gone ? "DELETE /guilds/{}/scheduled-events/{}"
				     : "PATCH /guilds/{}/scheduled-events/{}";
	} else if (posting->step == POSTING_EVENT) {
		call.is_idempotent = false;
	}
	return call;
}

static void append_path(const struct discord_posting *posting, struct str *path)
{
	uint64_t guild = posting->guild, channel = posting->channel, self = posting->postings->self;
	uint64_t after = discord_snowflake_at(
			posting->said_ms > SEARCH_MARGIN_MS ? posting->said_ms - SEARCH_MARGIN_MS : 0);

	switch (posting->step) {
	case POSTING_ROLES: str_printf(path, "/guilds/%" PRIu64 "/roles", guild); break;
	case POSTING_MEMBER: str_printf(path, "/guilds/%" PRIu64 "/members/%" PRIu64, guild, self); break;
	case POSTING_CHANNEL: str_printf(path, "/channels/%" PRIu64, channel); break;
	case POSTING_PRIVATE: str_append(path, "/users/@me/channels"); break;
	case POSTING_EDIT:
		str_printf(path, "/channels/%" PRIu64 "/messages/%" PRIu64, channel, posting->post);
		break;
	case POSTING_SEARCH:
		str_printf(path, "/channels/%" PRIu64 "/messages?after=%" PRIu64 "&limit=100", channel,
				after);
		break;
	case POSTING_SAY: str_printf(path, "/channels/%" PRIu64 "/messages", channel); break;
	case POSTING_THREAD:
		str_printf(path, "/channels/%" PRIu64 "/messages/%" PRIu64 "/threads", channel,
				posting->post);
		break;
	case POSTING_EVENTS: str_printf(path, "/guilds/%" PRIu64 "/scheduled-events", guild); break;
	case POSTING_EVENT:
		str_printf(path, "/guilds/%" PRIu64 "/scheduled-events", guild);
		if (posting->event)
			str_printf(path, "/%" PRIu64, posting->event);
		break;
	case POSTING_END: break;
	}
}

static void append_body(const struct discord_posting *posting, struct str *json)
{
	char *with;

	switch (posting->step) {
	case POSTING_PRIVATE: str_printf(json, "{\"recipient_id\":\"%" PRIu64 "\"}", posting->user); break;
	case POSTING_EDIT: str_append(json, posting->edit_body); break;
	case POSTING_SAY:
		with = posting->role.id ? discord_posting_with_role(posting->body, posting->role.id)
					: str_copy(posting->body);
		if (with)
			str_append(json, with);
		else
			json->error = -ENOMEM;
		free(with);
		break;
	case POSTING_THREAD: discord_posting_append_thread(&posting->wishes, json); break;
	case POSTING_EVENT:
		if (posting->wishes.event_from_s)
			discord_posting_append_event(&posting->wishes, posting->place, json);
		break;
	default: break;
	}
}

static int send(struct discord_posting *posting)
{
	struct str path = STR(PATH_MAX_BYTES), body = STR(BODY_MAX_BYTES);
	struct discord_rest_call call = call_of(posting);
	bool is_of_guild = strstr(call.route, "/guilds/") != NULL;
	char major[DISCORD_SNOWFLAKE_BYTES];
	int r;

	snprintf(major, sizeof(major), "%" PRIu64, is_of_guild ? posting->guild : posting->channel);
	append_path(posting, &path);
	append_body(posting, &body);
	call.path = str_text(&path);
	call.major = posting->step == POSTING_PRIVATE ? NULL : major;
	call.body = body.length ? str_text(&body) : NULL;
	call.body_bytes = body.length;
	call.permit = posting->permit;
	call.deadline_ms = DEADLINE_MS;
	r = path.error ? path.error : body.error;
	if (r == 0)
		r = discord_rest_send(posting->postings->rest, &call, on_done, posting);
	str_release(&path);
	str_release(&body);
	return r;
}

static void take_step(struct discord_posting *posting)
{
	if (posting->is_left)
		finish(posting, DISCORD_POSTING_LEFT_OPEN);
	else if (posting->step == POSTING_END)
		finish(posting, DISCORD_POSTING_DONE);
	else if (send(posting) < 0)
		finish(posting, DISCORD_POSTING_LEFT_OPEN);
}

static void begin(struct discord_posting *posting)
{
	const struct wishes *wishes = &posting->wishes;

	posting->is_waiting = false;
	posting->may = UINT64_MAX;
	posting->event = known(posting, posting->event_key);
	if (posting->user)
		go_to_direct(posting);
	else if (!posting->is_private && (*wishes->role || *wishes->thread || *wishes->event))
		go(posting, POSTING_CHANNEL);
	else
		go_to_post(posting);
}

/* ---------------------------------------------------------------- for the gateway */

static int render(
		const struct discord_posting_order *order, struct discord_render_options *options, char **ret)
{
	struct str body = STR(DISCORD_RENDER_BODY_MAX_BYTES);
	size_t position = 0;
	int r = discord_render_message(order->reply, options, &position, &body);

	if (r == 0)
		r = str_take(&body, ret);
	str_release(&body);
	return r;
}

static int fill(struct discord_posting *posting, const struct discord_posting_order *order)
{
	const struct message *message = order->message;
	struct discord_render_options options = {.is_plain = order->is_plain, .prefix = order->prefix};
	char nonce[NONCE_BYTES];
	int r;

	posting->wishes = order->reply->wishes;
	posting->guild = message->is_private ? 0 : message->route;
	posting->channel = posting->place_id = strtoull(message->channel, NULL, 10);
	if (order->reply->is_private && !message->is_private)
		posting->user = strtoull(message->author_id, NULL, 10);
	if (posting->user)
		posting->direct_key = discord_posts_key("direct", posting->user);
	posting->said_ms = message->time_ms;
	posting->wall_ms = order->wall_ms;
	posting->is_again = order->is_again;
	posting->is_private = message->is_private;
	posting->permit = order->permit;
	posting->own_key = discord_posts_key(message->id, posting->channel);
	if (*posting->wishes.post)
		posting->key = discord_posts_key(posting->wishes.post, posting->channel);
	if (*posting->wishes.event)
		posting->event_key = discord_posts_key(posting->wishes.event, posting->channel);
	posting->message = str_copy(message->id);
	if (!posting->message)
		return -ENOMEM;
	snprintf(nonce, sizeof(nonce), "o%016" PRIx64, posting->own_key);
	options.nonce = nonce;
	r = render(order, &options, &posting->body);
	if (r == 0 && !order->is_plain) {
		options.is_plain = true;
		r = render(order, &options, &posting->plain_body);
	}
	options.is_plain = order->is_plain;
	options.nonce = NULL;
	options.is_edit = true;
	return r < 0 ? r : render(order, &options, &posting->edit_body);
}

int discord_postings_add(struct discord_postings *postings, const struct discord_posting_order *order)
{
	struct discord_posting *posting, **link = &postings->first;
	int r;

	if (postings->count >= DISCORD_POSTINGS_MAX)
		return -EAGAIN;
	posting = calloc(1, sizeof(*posting));
	if (!posting)
		return -ENOMEM;
	posting->postings = postings;
	r = fill(posting, order);
	if (r < 0) {
		posting_free(posting);
		return r;
	}
	while (*link)
		link = &(*link)->next;
	*link = posting;
	postings->count++;
	posting->is_waiting = has_earlier(posting);
	if (!posting->is_waiting)
		begin(posting);
	return 0;
}

bool discord_postings_hold(const struct discord_postings *postings, const char *message)
{
	const struct discord_posting *posting = postings->first;

	while (posting && !str_equal(posting->message, message))
		posting = posting->next;
	return posting != NULL;
}

void discord_postings_drop(struct discord_postings *postings, const struct permit *permit)
{
	for (struct discord_posting *posting = postings->first; posting; posting = posting->next) {
		if (posting->permit != permit)
			continue;
		posting->is_left = true;
		posting->permit = NULL;
	}
}

void discord_postings_release(struct discord_postings *postings)
{
	while (postings->first) {
		struct discord_posting *posting = postings->first;

		postings->first = posting->next;
		posting_free(posting);
	}
}
