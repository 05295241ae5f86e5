/* Occasions on their way to Discord. */

#include "bot/gateway/discord/posting.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/may.h"
#include "bot/gateway/discord/rest/refusal.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/net/loop.h"

#define BODY_MAX_BYTES   (DISCORD_RENDER_BODY_MAX_BYTES + 256)
#define SMALL_MAX_BYTES  2048
#define PATH_MAX_BYTES   128
#define WHY_BYTES        256
#define NAME_BYTES       128
#define NONCE_BYTES      24
#define TITLE_MAX_BYTES  8192
#define DEADLINE_MS      (10 * 60 * 1000)
#define SEARCH_MARGIN_MS (2 * 60 * 1000) /* before the time at which it was said by our clock */
#define EVENT_TRIES      3
#define EVENT_NAME_MAX   100 /* characters, also of a thread's name and of a place */
#define EVENT_EXTERNAL   3
#define EVENT_GUILD_ONLY 2
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
	uint64_t key, own_key, event_key;
	uint64_t post, event;
	bool is_again, is_private;
	unsigned event_tries;
	char *channel_text, *roles; /* what Discord has told; may be NULL */
	struct discord_may_role role;
	uint64_t may;
	char place[NAME_BYTES]; /* the channel's name */
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

/* ---------------------------------------------------------------- bodies */

/* Our body with a mention of the role in front, which pings only that role. NULL: out of memory. */
static char *with_role(const char *body, uint64_t role)
{
	static const char content[] = "{\"content\":\"", mentions[] = "\"allowed_mentions\":{\"parse\":[]";
	const char *at = strstr(body, mentions); /* quotes within texts are escaped */
	struct str str = STR(BODY_MAX_BYTES);
	char *result = NULL;

	if (!at || strncmp(body, content, sizeof(content) - 1) != 0)
		return str_copy(body);
	body += sizeof(content) - 1;
	str_printf(&str, "%s<@&%" PRIu64 ">%s", content, role, *body == '"' ? "" : "\\n");
	str_append_bytes(&str, body, (size_t)(at - body));
	str_printf(&str, "%s,\"roles\":[\"%" PRIu64 "\"]", mentions, role);
	str_append(&str, at + sizeof(mentions) - 1);
	if (str_take(&str, &result) < 0)
		result = NULL;
	str_release(&str);
	return result;
}

/* At most so many characters; Discord counts them so or more generously. */
static void append_name(struct str *json, const char *text, size_t max)
{
	struct str name = STR(SMALL_MAX_BYTES);
	const char *at = text;

	for (size_t count = 0; *at && count < max; count++)
		do
			at++;
		while ((*at & 0xc0) == 0x80);
	str_append_bytes(&name, text, (size_t)(at - text));
	json_append_string(json, str_text(&name));
	str_release(&name);
}

static void append_thread(const struct discord_posting *posting, struct str *json)
{
	static const unsigned minutes[] = {60, 1440, 4320, 10080};
	unsigned wanted = posting->wishes.thread_hours * 60, chosen = minutes[3];

	for (size_t i = sizeof(minutes) / sizeof(minutes[0]); i-- > 0;)
		if (wanted && wanted <= minutes[i])
			chosen = minutes[i];
	str_append(json, "{\"name\":");
	append_name(json, posting->wishes.thread, EVENT_NAME_MAX);
	str_printf(json, ",\"auto_archive_duration\":%u}", chosen);
}

static void append_event(const struct discord_posting *posting, struct str *json)
{
	const struct wishes *wishes = &posting->wishes;
	char from[CLOCK_ISO_BYTES], to[CLOCK_ISO_BYTES], here[NAME_BYTES + 1];

	clock_iso((uint64_t)wishes->event_from_s * 1000, from);
	clock_iso((uint64_t)wishes->event_to_s * 1000, to);
	snprintf(here, sizeof(here), "#%.*s", NAME_BYTES - 1, posting->place);
	str_append(json, "{\"name\":");
	append_name(json, wishes->event_name, EVENT_NAME_MAX);
	str_printf(json,
			",\"privacy_level\":%d,\"entity_type\":%d,\"channel_id\":null,\"scheduled_start_"
			"time\":\"%s\","
			"\"scheduled_end_time\":\"%s\",\"entity_metadata\":{\"location\":",
			EVENT_GUILD_ONLY, EVENT_EXTERNAL, from, to);
	append_name(json, *wishes->event_where ? wishes->event_where : here, EVENT_NAME_MAX);
	str_append(json, "}}");
}

/* ---------------------------------------------------------------- what is there already */

/* The title of a message's card, or its text. */
static void append_saying(struct span message, struct str *str)
{
	struct span embeds = span_get(message, "embeds"), embed = {NULL, 0}, title;
	struct span_walk walk;

	str_clear(str);
	if (span_open(embeds, '[', &walk) == 0 && span_item(&walk, &embed) > 0)
		title = span_get(embed, "title");
	else
		title = span_get(message, "content");
	if (span_append(title, str) < 0)
		str_clear(str);
}

uint64_t discord_posting_find(struct span messages, uint64_t self, struct span body)
{
	struct str wanted = STR(TITLE_MAX_BYTES), said = STR(TITLE_MAX_BYTES);
	uint64_t found = 0, id, author;
	struct span_walk walk;
	struct span message;

	append_saying(body, &wanted);
	if (wanted.length && span_open(messages, '[', &walk) == 0) {
		while (!found && span_item(&walk, &message) > 0) {
			if (span_number(span_get(span_get(message, "author"), "id"), &author) < 0 ||
					author != self || span_number(span_get(message, "id"), &id) < 0)
				continue;
			append_saying(message, &said);
			if (str_equal(str_text(&said), str_text(&wanted)))
				found = id;
		}
	}
	str_release(&wanted);
	str_release(&said);
	return found;
}

uint64_t discord_posting_find_event(struct span events, uint64_t self, const char *name, const char *start)
{
	struct span_walk walk;
	struct span event;
	struct str text = STR(SMALL_MAX_BYTES);
	uint64_t id, creator, found = 0;
	/* "2026-01-01T21:00:00": Discord writes the rest in its own way. */
	size_t time_bytes = strcspn(start, ".Z+");

	if (span_open(events, '[', &walk) < 0)
		return 0;
	while (!found && span_item(&walk, &event) > 0) {
		struct span time = span_get(event, "scheduled_start_time");

		str_clear(&text);
		if (span_number(span_get(event, "creator_id"), &creator) < 0 || creator != self ||
				span_number(span_get(event, "id"), &id) < 0 ||
				span_append(span_get(event, "name"), &text) < 0 || !span_is_string(time))
			continue;
		if (strncmp(str_text(&text), name, strlen(name)) == 0 && time.length > time_bytes + 1 &&
				memcmp(time.at + 1, start, time_bytes) == 0)
			found = id;
	}
	str_release(&text);
	return found;
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

static void go_to_event(struct discord_posting *posting)
{
	if (!has_event(posting))
		go(posting, POSTING_END);
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
		go(posting, POSTING_END);
		return;
	case POSTING_SAY:
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
		with = posting->role.id ? with_role(posting->body, posting->role.id)
					: str_copy(posting->body);
		if (with)
			str_append(json, with);
		else
			json->error = -ENOMEM;
		free(with);
		break;
	case POSTING_THREAD: append_thread(posting, json); break;
	case POSTING_EVENT:
		if (posting->wishes.event_from_s)
			append_event(posting, json);
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
		go(posting, POSTING_PRIVATE);
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
