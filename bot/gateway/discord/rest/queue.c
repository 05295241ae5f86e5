/* Calls that wait for REST: a line for each route and major parameter, served in turn as the limits allow. */

#include "bot/gateway/discord/rest/queue.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log_gate.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/rest/answer.h"
#include "bot/gateway/discord/rest/line.h"
#include "bot/net/permit.h"

#define BACKOFF_BASE_MS   500u
#define BACKOFF_CAP_MS    10000u
#define PUT_BACK_MS       1000u
#define TIMEOUT_MAX_MS    15000u
#define TIMEOUT_MIN_MS    1000u
#define EDGE_BASE_MS      1000u /* the back-off after a refusal that did not come from Discord's API */
#define EDGE_CAP_MS       60000u
#define TROUBLE_ATTEMPTS  2u    /* a single lost connection is no news */
#define PAUSE_TOLD_MIN_MS 1000u /* a second's wait is no news */
#define PERMIT_LOOK_MS    250u  /* between two looks at a permit that has ended */
#define LOOK_MS           500u /* from a 401 to the check of the token, so that one disturbance is not two proofs */
#define TRUST_MS          60000u /* a token found valid is not checked again for another 401 within this time */

struct discord_rest_queue {
	struct discord_ratelimit *ratelimit;
	struct random random;
	struct discord_rest_lines lines;
	struct discord_rest_item *under_way[DISCORD_REST_LANES];
	unsigned under_way_count[DISCORD_REST_LANES];
	uint64_t expiry_ms; /* no deadline is earlier */
	uint64_t order;     /* of the latest call */
	bool is_dead;
	bool is_doubted;  /* a 401 came: the token has to be checked before other calls are sent with it */
	bool is_looking;  /* the check is in flight */
	uint64_t look_ms; /* when it is due */
	unsigned look_failures;    /* checks in a row without a result */
	uint64_t trusted_until_ms; /* the token was found valid */
	struct log_gate pause_gate;
	bool has_permits;            /* a call came with one */
	bool is_shared;              /* the global limit, with other processes */
	uint64_t boot_ms;            /* that permits are compared with */
	const struct permit *permit; /* of the check of the token; NULL: always */
	unsigned unanswered;         /* attempts in a row that got no response */
	struct log_gate trouble_gate;
	char trouble[DISCORD_REST_REASON_MAX_BYTES]; /* why the last of them got no response */
	const struct discord_rest_events *events;
	void *user;
	struct discord_rest_counts counts;
};

int discord_rest_queue_new(unsigned global_rate, uint64_t seed, struct discord_rest_queue **ret)
{
	struct discord_rest_queue *queue = calloc(1, sizeof(*queue));
	int r;

	if (!queue)
		return -ENOMEM;
	r = discord_ratelimit_new(global_rate, &queue->ratelimit);
	if (r < 0) {
		free(queue);
		return r;
	}
	random_seed(&queue->random, seed);
	queue->expiry_ms = UINT64_MAX;
	*ret = queue;
	return 0;
}

void discord_rest_queue_listen(
		struct discord_rest_queue *queue, const struct discord_rest_events *events, void *user)
{
	queue->events = events;
	queue->user = user;
}

/* ---------------------------------------------------------------- coming in and going out */

static void leave_under_way(struct discord_rest_queue *queue, struct discord_rest_item *item)
{
	struct discord_rest_item **link = &queue->under_way[item->call.lane];

	while (*link != item)
		link = &(*link)->next;
	*link = item->next;
	item->next = NULL;
	queue->under_way_count[item->call.lane]--;
}

void discord_rest_queue_free(struct discord_rest_queue *queue)
{
	struct discord_rest_item *item;

	if (!queue)
		return;
	for (int lane = 0; lane < DISCORD_REST_LANES; lane++) {
		while (queue->lines.ring[lane])
			free(discord_rest_lines_leave(&queue->lines, queue->lines.ring[lane],
					&queue->lines.ring[lane]->first));
		while ((item = queue->under_way[lane])) {
			queue->under_way[lane] = item->next;
			free(item);
		}
	}
	discord_ratelimit_free(queue->ratelimit);
	free(queue);
}

static int join_line(struct discord_rest_queue *queue, struct discord_rest_item *item)
{
	int r = discord_rest_lines_join(&queue->lines, item);

	if (r == 0 && item->deadline_ms < queue->expiry_ms)
		queue->expiry_ms = item->deadline_ms;
	return r;
}

static const char *keep(char **at, const char *text, size_t length)
{
	char *copy = *at;

	if (!text)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*at += length + 1;
	return copy;
}

/* One piece of memory for the item and its texts; the route and the major parameter live on as hashes. */
static struct discord_rest_item *make_item(const struct discord_rest_call *call)
{
	size_t method_bytes = strlen(call->method), path_bytes = strlen(call->path);
	size_t body_bytes = call->body ? call->body_bytes : 0;
	size_t file_bytes = call->file.bytes ? call->file.length : 0;
	struct discord_rest_item *item =
			malloc(sizeof(*item) + method_bytes + path_bytes + body_bytes + file_bytes + 4);
	char *at;

	if (!item)
		return NULL;
	*item = (struct discord_rest_item){.call = *call};
	at = (char *)(item + 1);
	item->call.method = keep(&at, call->method, method_bytes);
	item->call.path = keep(&at, call->path, path_bytes);
	item->call.body = keep(&at, call->body, body_bytes);
	item->call.body_bytes = body_bytes;
	item->call.file.bytes = keep(&at, call->file.bytes, file_bytes);
	item->call.file.length = file_bytes;
	item->call.route = item->call.major = NULL;
	item->key = discord_ratelimit_key(
			call->route, call->major, call->lane == DISCORD_REST_LANE_INTERACTION);
	return item;
}

int discord_rest_queue_add(struct discord_rest_queue *queue, const struct discord_rest_call *call,
		void (*on_done)(void *user, const struct discord_rest_result *result), void *user,
		uint64_t now_ms)
{
	struct discord_rest_item *item;
	struct discord_rest_line *line;

	if (queue->is_dead)
		return -EACCES;
	if (strlen(call->path) > DISCORD_REST_PATH_MAX_BYTES ||
			(call->body && call->body_bytes > DISCORD_REST_BODY_MAX_BYTES) ||
			(call->file.bytes && call->file.length > DISCORD_UPLOAD_MAX_BYTES))
		return -EMSGSIZE;
	item = make_item(call);
	if (!item)
		return -ENOMEM;
	line = discord_rest_lines_find(&queue->lines, item);
	if (queue->lines.count >= DISCORD_REST_CALLS_MAX ||
			(line && line->count >= DISCORD_REST_CALLS_A_LINE_MAX) ||
			queue->lines.bytes + discord_rest_item_bytes(item) > DISCORD_REST_BODIES_MAX_BYTES) {
		queue->counts.dropped++;
		free(item);
		return -EAGAIN;
	}
	item->on_done = on_done;
	item->user = user;
	item->order = ++queue->order;
	queue->has_permits |= call->permit != NULL;
	item->held_ms = call->delay_ms ? now_ms + call->delay_ms : 0;
	item->deadline_ms = now_ms + (call->deadline_ms ? call->deadline_ms : DISCORD_REST_DEADLINE_MS);
	if (join_line(queue, item) < 0) {
		free(item);
		return -ENOMEM;
	}
	return 0;
}

static void lower(uint64_t *wait_ms, uint64_t to_ms)
{
	if (*wait_ms > to_ms)
		*wait_ms = to_ms;
}

static bool is_permitted(const struct discord_rest_queue *queue, const struct permit *permit)
{
	return !permit || permit->until_boot_ms > queue->boot_ms;
}

/* ---------------------------------------------------------------- a token in doubt */

static const struct discord_rest_call look = {
		.method = "GET",
		.route = "GET /users/@me",
		.path = "/users/@me",
		.is_idempotent = true,
};

/* A call was refused with 401. The token is checked by another call before it counts as invalid. */
static void doubt(struct discord_rest_queue *queue, const struct discord_rest_item *item, uint64_t now_ms)
{
	char refused[DISCORD_REST_REASON_MAX_BYTES];

	if (queue->is_doubted)
		return;
	queue->is_doubted = true;
	queue->look_ms = now_ms + LOOK_MS;
	queue->look_failures = 0;
	utf8_print(refused, sizeof(refused), "%s %s", item->call.method, item->call.path);
	if (queue->events && queue->events->on_doubt)
		queue->events->on_doubt(queue->user, refused);
}

static void trust(struct discord_rest_queue *queue, uint64_t now_ms)
{
	queue->is_doubted = false;
	queue->trusted_until_ms = now_ms + TRUST_MS;
	if (queue->events && queue->events->on_trust)
		queue->events->on_trust(queue->user);
}

/* The check of the token, as next_of_lane(). */
static struct discord_rest_item *next_look(
		struct discord_rest_queue *queue, uint64_t now_ms, uint64_t *wait_ms)
{
	struct discord_rest_item *item;
	uint64_t limit_ms;

	if (queue->is_looking || queue->is_dead)
		return NULL;
	if (!is_permitted(queue, queue->permit)) {
		lower(wait_ms, PERMIT_LOOK_MS);
		return NULL;
	}
	if (queue->look_ms > now_ms) {
		lower(wait_ms, queue->look_ms - now_ms);
		return NULL;
	}
	item = make_item(&look);
	if (!item) {
		lower(wait_ms, PUT_BACK_MS);
		return NULL;
	}
	limit_ms = discord_ratelimit_pause_ms(queue->ratelimit, false, now_ms);
	if (!limit_ms)
		limit_ms = discord_ratelimit_wait_ms(queue->ratelimit, &item->key, now_ms);
	if (!limit_ms && discord_ratelimit_take(queue->ratelimit, &item->key, now_ms, &item->ticket) < 0)
		limit_ms = PUT_BACK_MS;
	if (limit_ms) {
		lower(wait_ms, limit_ms);
		free(item);
		return NULL;
	}
	item->is_look = queue->is_looking = true;
	item->call.permit = queue->permit;
	item->deadline_ms = now_ms + DISCORD_REST_DEADLINE_MS;
	return item;
}

/* ---------------------------------------------------------------- which is next */

/* The first of a line that is neither held nor late, and has its permit. */
static struct discord_rest_item **first_ready(const struct discord_rest_queue *queue,
		struct discord_rest_line *line, uint64_t now_ms, uint64_t *wait_ms)
{
	struct discord_rest_item **link = &line->first;

	for (; *link; link = &(*link)->next) {
		if ((*link)->deadline_ms <= now_ms)
			lower(wait_ms, 0);
		else if ((*link)->held_ms > now_ms)
			lower(wait_ms, (*link)->held_ms - now_ms);
		else if (!is_permitted(queue, (*link)->call.permit))
			lower(wait_ms, PERMIT_LOOK_MS);
		else
			return link;
	}
	return NULL;
}

static void tell_pause(struct discord_rest_queue *queue, enum discord_rest_lane lane, uint64_t pause_ms,
		uint64_t now_ms)
{
	const char *reason = lane == DISCORD_REST_LANE_BOT ? "rate limited by Discord"
							   : "stopped by Discord or Cloudflare";

	if (!pause_ms)
		log_gate_change(&queue->pause_gate, 0);
	if (pause_ms <= PAUSE_TOLD_MIN_MS + 250 || !log_gate_change(&queue->pause_gate, 1))
		return;
	if (discord_ratelimit_invalid_count(queue->ratelimit, now_ms) >= DISCORD_RATELIMIT_INVALID_MAX)
		reason = "too many requests that Discord calls invalid (401, 403, 429): it would ban this "
			 "address";
	if (queue->events && queue->events->on_pause)
		queue->events->on_pause(queue->user, reason, pause_ms);
}

static struct discord_rest_item *next_of_lane(struct discord_rest_queue *queue, enum discord_rest_lane lane,
		uint64_t now_ms, uint64_t *wait_ms)
{
	struct discord_rest_line *first = queue->lines.ring[lane], *line = first;
	struct discord_rest_item **link, *item;
	uint64_t pause_ms;

	if (!line || queue->is_dead || queue->under_way_count[lane] >= DISCORD_REST_UNDER_WAY_MAX)
		return NULL;
	if (queue->is_doubted && lane == DISCORD_REST_LANE_BOT)
		return NULL;
	pause_ms = discord_ratelimit_pause_ms(
			queue->ratelimit, lane == DISCORD_REST_LANE_INTERACTION, now_ms);
	/* A process that has to ask for slots does not pause. */
	tell_pause(queue, lane,
			queue->is_shared && lane == DISCORD_REST_LANE_BOT
					? discord_ratelimit_global_pause_ms(queue->ratelimit, now_ms)
					: pause_ms,
			now_ms);
	if (pause_ms) {
		lower(wait_ms, pause_ms);
		return NULL;
	}
	do {
		uint64_t line_ms = discord_ratelimit_wait_ms(queue->ratelimit, &line->key, now_ms);

		if (line_ms) {
			lower(wait_ms, line_ms);
		} else if ((link = first_ready(queue, line, now_ms, wait_ms))) {
			if (discord_ratelimit_take(queue->ratelimit, &line->key, now_ms, &(*link)->ticket) <
					0) {
				lower(wait_ms, PUT_BACK_MS);
				return NULL;
			}
			queue->lines.ring[lane] = line->next; /* the others' turn */
			item = discord_rest_lines_leave(&queue->lines, line, link);
			return item;
		}
		line = line->next;
	} while (line != first);
	return NULL;
}

struct discord_rest_item *discord_rest_queue_next(
		struct discord_rest_queue *queue, uint64_t now_ms, uint64_t *ret_wait_ms)
{
	uint64_t wait_ms = UINT64_MAX;
	struct discord_rest_item *item = NULL;

	for (int lane = DISCORD_REST_LANES - 1; !item && lane >= 0;
			lane--) /* interactions first: they have three seconds */
		item = next_of_lane(queue, (enum discord_rest_lane)lane, now_ms, &wait_ms);
	if (!item && queue->is_doubted)
		item = next_look(queue, now_ms, &wait_ms);
	if (item) {
		if (!item->attempts++)
			item->first_ms = now_ms;
		item->next = queue->under_way[item->call.lane];
		queue->under_way[item->call.lane] = item;
		queue->under_way_count[item->call.lane]++;
		queue->counts.sent++;
		queue->counts.repeated += item->attempts > 1;
		return item;
	}
	if (!queue->lines.count)
		queue->expiry_ms = UINT64_MAX; /* an idle bot does not wake */
	if (queue->expiry_ms != UINT64_MAX)
		lower(&wait_ms, queue->expiry_ms > now_ms ? queue->expiry_ms - now_ms : 0);
	*ret_wait_ms = wait_ms;
	return NULL;
}

unsigned discord_rest_queue_timeout_ms(const struct discord_rest_item *item, uint64_t now_ms)
{
	uint64_t left_ms = item->deadline_ms > now_ms ? item->deadline_ms - now_ms : 0;

	if (left_ms < TIMEOUT_MIN_MS)
		return TIMEOUT_MIN_MS;
	return left_ms < TIMEOUT_MAX_MS ? (unsigned)left_ms : TIMEOUT_MAX_MS;
}

/* ---------------------------------------------------------------- coming to an end */

static void drop(struct discord_rest_queue *queue, struct discord_rest_item *item, int error,
		const char *reason)
{
	struct discord_rest_result result = {.error = error,
			.reason = reason,
			.body = "",
			.sent = item->call.body,
			.is_maybe_done = item->is_maybe_done};

	queue->counts.dropped++;
	item->on_done(item->user, &result);
	free(item);
}

/* Too late; who reads it wants to know what kept it. */
static void drop_late(struct discord_rest_queue *queue, struct discord_rest_item *item)
{
	char reason[DISCORD_REST_REASON_MAX_BYTES];

	if (item->last_error)
		utf8_print(reason, sizeof(reason), "not done in time; the last try: %s",
				queue->trouble[0] ? queue->trouble : strerror(-item->last_error));
	else if (item->last_status)
		utf8_print(reason, sizeof(reason), "not done in time; Discord answered %d",
				item->last_status);
	else
		utf8_print(reason, sizeof(reason), "not sent in time");
	drop(queue, item, -ETIMEDOUT, reason);
}

#define DROPPED_REASON   "the lease is lost: another process answers"
#define WITHDRAWN_REASON "it is not wanted any more"

/* Wait again, not before held_ms; or never, when that is too late. */
static void wait_again(struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t held_ms)
{
	item->held_ms = held_ms;
	if (item->is_dropped)
		drop(queue, item, -EKEYEXPIRED, DROPPED_REASON);
	else if (item->is_withdrawn)
		drop(queue, item, -ECANCELED, WITHDRAWN_REASON);
	else if (held_ms >= item->deadline_ms)
		drop_late(queue, item);
	else if (join_line(queue, item) < 0)
		drop(queue, item, -ENOMEM, "out of memory");
}

/* Jittered by half, so that what failed together does not come back together. */
static uint64_t backoff_ms(
		struct discord_rest_queue *queue, uint64_t base_ms, uint64_t cap_ms, unsigned failures)
{
	uint64_t ms = cap_ms;

	if (failures < 8 && (base_ms << (failures - 1)) < cap_ms)
		ms = base_ms << (failures - 1);
	return ms / 2 + random_below(&queue->random, ms / 2 + 1);
}

/* After a lost connection or a 5xx: soon. After a refusal by an edge in front of Discord, or a 401 although the
 * token is valid: Discord counts such requests, and bans an address that sends too many. */
static uint64_t retry_ms(struct discord_rest_queue *queue, const struct discord_rest_item *item,
		const struct discord_rest_answer *answer)
{
	if (answer->error || answer->status >= 500)
		return backoff_ms(queue, BACKOFF_BASE_MS, BACKOFF_CAP_MS, item->failures);
	return backoff_ms(queue, EDGE_BASE_MS, EDGE_CAP_MS, item->attempts);
}

static struct discord_rest_item *take_any(struct discord_rest_queue *queue)
{
	for (int lane = 0; lane < DISCORD_REST_LANES; lane++)
		if (queue->lines.ring[lane])
			return discord_rest_lines_leave(&queue->lines, queue->lines.ring[lane],
					&queue->lines.ring[lane]->first);
	return NULL;
}

/* What is under way comes back by itself. */
static void die(struct discord_rest_queue *queue, const char *reason)
{
	struct discord_rest_item *item;

	queue->is_dead = true;
	while ((item = take_any(queue)))
		drop(queue, item, -EACCES, reason);
	if (queue->events && queue->events->on_dead)
		queue->events->on_dead(queue->user, reason);
}

static uint64_t note_limits(struct discord_rest_queue *queue, struct discord_rest_item *item,
		const struct discord_rest_answer *answer, const struct discord_rest_error *error,
		uint64_t now_ms)
{
	if (answer->error) {
		discord_ratelimit_lost(queue->ratelimit, &item->ticket, now_ms);
		return 0;
	}
	queue->counts.answered++;
	queue->counts.limited += answer->status == 429;
	return discord_ratelimit_answer(queue->ratelimit, &item->ticket, answer->status, &answer->headers,
			&error->refusal, now_ms);
}

/* The check of the token has ended: only another 401 proves that the token is invalid. */
static void on_look(struct discord_rest_queue *queue, struct discord_rest_item *item,
		enum discord_rest_verdict verdict, uint64_t hold_ms, uint64_t now_ms)
{
	uint64_t again_ms;

	free(item);
	queue->is_looking = false;
	if (verdict == DISCORD_REST_DOUBT) {
		die(queue, "Discord answered 401 to GET /users/@me too");
	} else if (verdict == DISCORD_REST_DONE) {
		trust(queue, now_ms);
	} else {
		again_ms = backoff_ms(queue, EDGE_BASE_MS, EDGE_CAP_MS, ++queue->look_failures);
		queue->look_ms = now_ms + (again_ms > hold_ms ? again_ms : hold_ms);
	}
}

/* A 401. True: the call waits until the token has been checked, or for another try with a valid token. */
static bool waits_for_the_token(struct discord_rest_queue *queue, struct discord_rest_item *item,
		const struct discord_rest_answer *answer, uint64_t now_ms)
{
	bool is_trusted = !queue->is_doubted && now_ms < queue->trusted_until_ms;

	if (is_trusted && !item->call.is_idempotent)
		return false;
	if (!is_trusted)
		doubt(queue, item, now_ms);
	wait_again(queue, item, now_ms + (is_trusted ? retry_ms(queue, item, answer) : 0));
	return true;
}

/* What the response says of the item itself, for its next attempts and its end. */
static void note_answer(struct discord_rest_item *item, const struct discord_rest_answer *answer)
{
	if (answer->error || answer->status >= 500)
		item->failures++;
	item->is_maybe_done |= discord_rest_is_maybe_done(answer);
	if (item->is_maybe_done && item->call.repeat_ms &&
			item->deadline_ms > item->first_ms + item->call.repeat_ms)
		item->deadline_ms = item->first_ms + item->call.repeat_ms;
	item->last_error = answer->error;
	item->last_status = answer->status;
}

/* Remember why no response came, and report it if it is no passing trouble. */
static void note_trouble(struct discord_rest_queue *queue, const struct discord_rest_answer *answer)
{
	const char *reason = answer->reason ? answer->reason : "";

	if (!answer->error) {
		queue->unanswered = 0;
		log_gate_change(&queue->trouble_gate, 0);
		queue->trouble[0] = '\0';
		return;
	}
	if (!str_equal(queue->trouble, reason))
		log_gate_change(&queue->trouble_gate, 0);
	utf8_print(queue->trouble, sizeof(queue->trouble), "%s", reason);
	if (++queue->unanswered < TROUBLE_ATTEMPTS || !log_gate_change(&queue->trouble_gate, 1))
		return;
	if (queue->events && queue->events->on_trouble)
		queue->events->on_trouble(queue->user, queue->trouble);
}

void discord_rest_queue_answer(struct discord_rest_queue *queue, struct discord_rest_item *item,
		const struct discord_rest_answer *answer, uint64_t now_ms)
{
	char reason[DISCORD_REST_REASON_MAX_BYTES];
	struct discord_rest_error error = {0};
	struct discord_rest_result result;
	enum discord_rest_verdict verdict;
	uint64_t hold_ms;

	leave_under_way(queue, item);
	note_trouble(queue, answer);
	if (!answer->error && answer->status >= 400)
		discord_rest_error_read(answer->body, answer->body_bytes, &error);
	hold_ms = note_limits(queue, item, answer, &error, now_ms);
	verdict = discord_rest_judge(item, answer, &error);
	if (item->is_look) {
		on_look(queue, item, verdict, hold_ms, now_ms);
		return;
	}
	if (queue->is_dead)
		verdict = DISCORD_REST_DONE;
	note_answer(item, answer);
	switch (verdict) {
	case DISCORD_REST_HOLD:
		/* Whatever the waiting time says: refused again and again is no reason to ask faster. */
		if (item->attempts > 1) {
			uint64_t least_ms = backoff_ms(
					queue, BACKOFF_BASE_MS, BACKOFF_CAP_MS, item->attempts - 1);

			hold_ms = hold_ms > least_ms ? hold_ms : least_ms;
		}
		wait_again(queue, item, now_ms + hold_ms);
		return;
	case DISCORD_REST_AGAIN: wait_again(queue, item, now_ms + retry_ms(queue, item, answer)); return;
	case DISCORD_REST_DOUBT:
		if (waits_for_the_token(queue, item, answer, now_ms))
			return;
		break;
	case DISCORD_REST_DONE: break;
	}
	discord_rest_result_of(item, answer, &error, reason, &result);
	item->on_done(item->user, &result);
	free(item);
}

void discord_rest_queue_put_back(
		struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t now_ms)
{
	leave_under_way(queue, item);
	discord_ratelimit_lost(queue->ratelimit, &item->ticket, now_ms);
	if (item->is_look) {
		free(item);
		queue->is_looking = false;
		queue->look_ms = now_ms + PUT_BACK_MS;
		return;
	}
	item->held_ms = now_ms +
			PUT_BACK_MS; /* never done from here: the caller may be in the middle of sending */
	if (join_line(queue, item) < 0)
		drop(queue, item, -ENOMEM, "out of memory");
}

/* ---------------------------------------------------------------- permits and the shared limit */

void discord_rest_queue_unsent(
		struct discord_rest_queue *queue, struct discord_rest_item *item, uint64_t now_ms)
{
	leave_under_way(queue, item);
	discord_ratelimit_lost(queue->ratelimit, &item->ticket, now_ms);
	queue->counts.sent--;
	queue->counts.repeated -= item->attempts > 1;
	item->attempts--;
	if (item->is_look) {
		free(item);
		queue->is_looking = false;
		return;
	}
	wait_again(queue, item, now_ms);
}

static bool has_permit(const struct discord_rest_item *item, const void *permit)
{
	return item->call.permit == permit;
}

static bool is_of_user(const struct discord_rest_item *item, const void *user)
{
	return item->user == user;
}

/* The next waiting call of that kind, taken out of its line. */
static struct discord_rest_item *take_that(struct discord_rest_queue *queue,
		bool (*is_that)(const struct discord_rest_item *item, const void *what), const void *what)
{
	for (int lane = 0; lane < DISCORD_REST_LANES; lane++) {
		struct discord_rest_line *first = queue->lines.ring[lane], *line = first;

		while (line) {
			for (struct discord_rest_item **link = &line->first; *link; link = &(*link)->next)
				if (is_that(*link, what))
					return discord_rest_lines_leave(&queue->lines, line, link);
			line = line->next == first ? NULL : line->next;
		}
	}
	return NULL;
}

void discord_rest_queue_drop(struct discord_rest_queue *queue, const struct permit *permit)
{
	struct discord_rest_item *item;

	for (int lane = 0; lane < DISCORD_REST_LANES; lane++) {
		for (item = queue->under_way[lane]; item; item = item->next) {
			if (item->call.permit != permit || item->is_look)
				continue;
			item->is_dropped = true;
			item->call.permit = NULL;
		}
	}
	while ((item = take_that(queue, has_permit, permit)))
		drop(queue, item, -EKEYEXPIRED, DROPPED_REASON);
}

void discord_rest_queue_withdraw(struct discord_rest_queue *queue, const void *user)
{
	struct discord_rest_item *item;

	for (int lane = 0; lane < DISCORD_REST_LANES; lane++)
		for (item = queue->under_way[lane]; item; item = item->next)
			item->is_withdrawn |= !item->is_look && item->user == user;
	while ((item = take_that(queue, is_of_user, user)))
		drop(queue, item, -ECANCELED, WITHDRAWN_REASON);
}

void discord_rest_queue_set_permit(struct discord_rest_queue *queue, const struct permit *permit)
{
	queue->permit = permit;
	queue->has_permits |= permit != NULL;
}

bool discord_rest_queue_has_permits(const struct discord_rest_queue *queue)
{
	return queue->has_permits;
}

void discord_rest_queue_see(struct discord_rest_queue *queue, uint64_t boot_ms)
{
	queue->boot_ms = boot_ms;
}

int discord_rest_queue_set_slots(
		struct discord_rest_queue *queue, unsigned slots, uint64_t now_ms, unsigned *ret)
{
	queue->is_shared = true;
	return discord_ratelimit_set_slots(queue->ratelimit, slots, now_ms, ret);
}

/* Calls of a line that only the global limit keeps. */
static unsigned starved_of(struct discord_rest_queue *queue, struct discord_rest_line *line, uint64_t now_ms)
{
	unsigned count = discord_ratelimit_room(queue->ratelimit, &line->key, now_ms), ready = 0;

	for (const struct discord_rest_item *item = line->first; item && ready < count; item = item->next)
		ready += item->held_ms <= now_ms && item->deadline_ms > now_ms &&
			 is_permitted(queue, item->call.permit);
	return ready;
}

unsigned discord_rest_queue_starved(struct discord_rest_queue *queue, unsigned max, uint64_t now_ms)
{
	struct discord_rest_line *first = queue->lines.ring[DISCORD_REST_LANE_BOT], *line = first;
	unsigned count = 0;

	if (queue->is_dead || discord_ratelimit_pause_ms(queue->ratelimit, true, now_ms) ||
			discord_ratelimit_global_pause_ms(queue->ratelimit, now_ms))
		return 0;
	if (!discord_ratelimit_pause_ms(queue->ratelimit, false, now_ms))
		return 0; /* there is a free slot */
	if (queue->under_way_count[DISCORD_REST_LANE_BOT] >= DISCORD_REST_UNDER_WAY_MAX)
		return 0;
	if (queue->is_doubted)
		return !queue->is_looking && queue->look_ms <= now_ms;
	while (line && count < max) {
		count += starved_of(queue, line, now_ms);
		line = line->next == first ? NULL : line->next;
	}
	return count < max ? count : max;
}

unsigned discord_rest_queue_slots_in_use(const struct discord_rest_queue *queue, uint64_t now_ms)
{
	return discord_ratelimit_slots_in_use(queue->ratelimit, now_ms);
}

void discord_rest_queue_pause(struct discord_rest_queue *queue, uint64_t pause_ms, uint64_t now_ms)
{
	discord_ratelimit_pause(queue->ratelimit, pause_ms, now_ms);
}

uint64_t discord_rest_queue_global_pause_ms(const struct discord_rest_queue *queue, uint64_t now_ms)
{
	return discord_ratelimit_global_pause_ms(queue->ratelimit, now_ms);
}

/* ---------------------------------------------------------------- deadlines */

/* The first expired call in any position. NULL: no call has expired; then expiry_ms is the time of the next
 * check. */
static struct discord_rest_item *take_late(struct discord_rest_queue *queue, uint64_t now_ms)
{
	uint64_t expiry_ms = UINT64_MAX;

	for (int lane = 0; lane < DISCORD_REST_LANES; lane++) {
		struct discord_rest_line *first = queue->lines.ring[lane], *line = first;

		while (line) {
			for (struct discord_rest_item **link = &line->first; *link; link = &(*link)->next) {
				if ((*link)->deadline_ms <= now_ms)
					return discord_rest_lines_leave(&queue->lines, line, link);
				lower(&expiry_ms, (*link)->deadline_ms);
			}
			line = line->next == first ? NULL : line->next;
		}
	}
	queue->expiry_ms = expiry_ms;
	return NULL;
}

void discord_rest_queue_expire(struct discord_rest_queue *queue, uint64_t now_ms)
{
	struct discord_rest_item *item;

	while (now_ms >= queue->expiry_ms && (item = take_late(queue, now_ms)))
		drop_late(queue, item);
}

bool discord_rest_queue_is_dead(const struct discord_rest_queue *queue)
{
	return queue->is_dead;
}

void discord_rest_queue_count(const struct discord_rest_queue *queue, struct discord_rest_counts *ret)
{
	*ret = queue->counts;
	ret->waiting = queue->lines.count;
	ret->under_way = queue->under_way_count[DISCORD_REST_LANE_BOT] +
			 queue->under_way_count[DISCORD_REST_LANE_INTERACTION];
}
