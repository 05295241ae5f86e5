/*
 * Calls to Discord's REST API and their responses, in virtual time: each call ends exactly
 * once, a request that may have taken effect is not repeated unless it is safe, and no limit
 * is exceeded. Each line of the input is an event:
 *
 *	cKIND ROUTE MAJOR DEADLINE  a call, a letter for each
 *	aWHICH STATUS HEADERS...    a response to a pending call: a letter, three digits, headers each followed
 *	                            by a tab, then the body
 *	eWHICH ERROR                a lost request; b: it could not be sent
 *	+TENTHS                     time passes, + alone: until something is due
 *	gBODY, iBODY                the answers to GET /gateway/bot and GET /applications/@me
 *	mBODY                       a page of messages; rBODY stored channels
 */

#include <errno.h>
#include <stdio.h>

#include "bot/gateway/discord/audit.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/rest/queue.h"
#include "bot/gateway/discord/rest/refusal.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "tests/fuzz/fuzzed.h"

#define EVENTS_MAX  256
#define GLOBAL_RATE 5
#define HEADERS     9
#define START_MS    1000
#define SECOND_MS   1000
#define DRAIN_MAX   4000 /* rounds until all calls have ended */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* KIND, bit by bit. */
enum { CALL_INTERACTION = 1, CALL_IDEMPOTENT = 2, CALL_CALLBACK = 4, CALL_BODY = 8, CALL_REPEAT = 16 };

struct call {
	bool is_repeatable, is_callback, is_done;
	unsigned maybe_done; /* attempts that may have taken effect */
};

struct world {
	struct discord_rest_queue *queue;
	struct call calls[EVENTS_MAX];
	size_t call_count, done_count;
	struct discord_rest_item *under_way[2 * DISCORD_REST_UNDER_WAY_MAX];
	size_t under_way_count, look_count; /* look_count: those that check the token */
	uint64_t now_ms;
	uint64_t sent_ms[GLOBAL_RATE]; /* the last ones within the global limit */
	size_t sent_count;
	bool is_dead;
};

static struct world *current;

static void on_dead(void *user, const char *reason)
{
	struct world *world = user;

	assert(!world->is_dead && reason);
	fuzzed_check_line(reason);
	world->is_dead = true;
}

static void on_doubt(void *user, const char *refused)
{
	const struct world *world = user;

	assert(!world->is_dead && *refused);
	fuzzed_check_line(refused);
}

static void on_pause(void *user, const char *reason, uint64_t pause_ms)
{
	(void)user;
	assert(*reason && pause_ms > SECOND_MS);
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct call *call = user;

	assert(!call->is_done && result->reason && result->body);
	fuzzed_check_line(result->reason);
	assert(!result->error || *result->reason);
	assert(result->body[result->body_bytes] == '\0');
	/* A caller may repeat a call that cannot have taken effect. */
	assert(result->error || !result->is_maybe_done);
	assert(!result->error || result->is_maybe_done || !call->maybe_done);
	call->is_done = true;
	current->done_count++;
}

static void add_call(struct world *world, const char *line)
{
	static const char *const routes[] = {"POST /channels/{}/messages", "GET /x", "PUT /y", "PATCH /z"};
	static const char *const majors[] = {"1", "2", "3", NULL};
	unsigned kind = (unsigned char)line[0] - 'a', route = (unsigned char)line[1] % 4,
		 major = (unsigned char)line[2] % 4, deadline = (unsigned char)line[3] % 8;
	bool is_idempotent = kind & CALL_IDEMPOTENT;
	struct discord_rest_call call = {.method = "POST",
			.route = routes[route],
			.major = majors[major],
			.path = "/x",
			.body = kind & CALL_BODY ? "{}" : NULL,
			.body_bytes = kind & CALL_BODY ? 2 : 0,
			.lane = kind & CALL_INTERACTION ? DISCORD_REST_LANE_INTERACTION
							: DISCORD_REST_LANE_BOT,
			.is_idempotent = is_idempotent,
			.is_callback = kind & CALL_CALLBACK,
			.repeat_ms = kind & CALL_REPEAT ? 5000 : 0,
			.deadline_ms = deadline * 700};
	struct call *known = &world->calls[world->call_count];
	int r = discord_rest_queue_add(world->queue, &call, on_done, known, world->now_ms);

	assert((r == -EACCES) == world->is_dead);
	assert(r == 0 || r == -EACCES || r == -EAGAIN);
	if (r < 0)
		return;
	*known = (struct call){.is_repeatable = is_idempotent, .is_callback = kind & CALL_CALLBACK};
	world->call_count++;
}

/* No more than the global rate in any second. */
static void check_rate(struct world *world, const struct discord_rest_item *item)
{
	uint64_t *oldest = &world->sent_ms[world->sent_count % GLOBAL_RATE];

	if (item->call.lane != DISCORD_REST_LANE_BOT)
		return;
	assert(world->sent_count < GLOBAL_RATE || world->now_ms >= *oldest + SECOND_MS);
	*oldest = world->now_ms;
	world->sent_count++;
}

/* Send the requests that are allowed now. Return when to try again. */
static uint64_t pump(struct world *world)
{
	uint64_t wait_ms = UINT64_MAX;
	struct discord_rest_item *item;
	struct discord_rest_counts counts;

	discord_rest_queue_expire(world->queue, world->now_ms);
	while ((item = discord_rest_queue_next(world->queue, world->now_ms, &wait_ms)) != NULL) {
		const struct call *call = item->user;

		assert(!world->is_dead);
		assert(item->is_look == !call);
		/* Repeat a request only if the first cannot have taken effect, or repeating is safe. */
		assert(!call || (!call->is_done && (!call->maybe_done || call->is_repeatable ||
								   (call->is_callback &&
										   call->maybe_done == 1))));
		/* The token is checked by one request at a time. */
		assert(!item->is_look || !world->look_count);
		world->look_count += item->is_look;
		assert(discord_rest_queue_timeout_ms(item, world->now_ms) >= SECOND_MS);
		check_rate(world, item);
		assert(world->under_way_count < sizeof(world->under_way) / sizeof(world->under_way[0]));
		world->under_way[world->under_way_count++] = item;
	}
	discord_rest_queue_count(world->queue, &counts);
	assert(counts.under_way == world->under_way_count);
	assert(counts.waiting + counts.under_way + world->done_count ==
			world->call_count + world->look_count);
	/* No request waits forever: a timer is due, or a response will come. */
	assert(!counts.waiting || wait_ms != UINT64_MAX || counts.under_way);
	return wait_ms;
}

static struct discord_rest_item *take(struct world *world, unsigned which)
{
	struct discord_rest_item *item;

	if (!world->under_way_count)
		return NULL;
	which %= (unsigned)world->under_way_count;
	item = world->under_way[which];
	world->look_count -= item->is_look;
	world->under_way[which] = world->under_way[--world->under_way_count];
	return item;
}

static void answer(struct world *world, struct discord_rest_item *item,
		const struct discord_rest_answer *answered)
{
	struct call *call = item->user;

	if (call)
		call->maybe_done += answered->error ? answered->error == -ECONNRESET ||
								      answered->error == -ETIMEDOUT
						    : answered->status >= 500;
	discord_rest_queue_answer(world->queue, item, answered, world->now_ms);
	assert(world->is_dead == discord_rest_queue_is_dead(world->queue));
}

/* "a" which, status, headers, body. */
static void answer_with(struct world *world, char *line, size_t length)
{
	struct discord_rest_item *item = length >= 4 ? take(world, (unsigned char)line[0]) : NULL;
	struct discord_rest_answer answered = {.reason = ""};
	const char *fields[HEADERS];
	struct discord_ratelimit_texts texts;
	char *at = line + 4;

	if (!item)
		return;
	for (int i = 1; i <= 3; i++)
		answered.status = answered.status * 10 + ((unsigned char)line[i] - '0') % 10;
	if (answered.status < 100)
		answered.status += 200;
	for (size_t i = 0; i < HEADERS; i++) {
		char *end = strchr(at, '\t');

		fields[i] = end && end > at ? at : NULL;
		if (!end)
			continue;
		*end = '\0';
		at = end + 1;
	}
	texts = (struct discord_ratelimit_texts){fields[0], fields[1], fields[2], fields[3], fields[4],
			fields[5], fields[6], fields[7], fields[8]};
	discord_ratelimit_read(&texts, &answered.headers);
	answered.body = at;
	answered.body_bytes = strlen(at);
	answer(world, item, &answered);
}

static void lose(struct world *world, const char *line)
{
	static const int errors[] = {-ECONNRESET, -ETIMEDOUT, -ECONNREFUSED, -EMSGSIZE, -EPROTO, -ENOENT,
			-ENOMEM, -EHOSTUNREACH};
	struct discord_rest_item *item = *line ? take(world, (unsigned char)line[0]) : NULL;

	if (item)
		answer(world, item,
				&(struct discord_rest_answer){.error = errors[(unsigned char)line[1] % 8],
						.reason = "lost"});
}

static void put_back(struct world *world, const char *line)
{
	struct discord_rest_item *item = *line ? take(world, (unsigned char)line[0]) : NULL;

	if (item)
		discord_rest_queue_put_back(world->queue, item, world->now_ms);
}

/* ---------------------------------------------------------------- what answers say */

static void on_warning(void *user, const char *text)
{
	(void)user;
	fuzzed_check_line(text);
}

static void check_audit(bool is_gateway, const char *body, size_t length)
{
	struct str invite = STR(DISCORD_AUDIT_URL_MAX_BYTES);
	struct discord_audit audit;
	int r;

	discord_audit_init(&audit);
	r = is_gateway ? discord_audit_gateway(&audit, body, length)
		       : discord_audit_application(&audit, body, length);
	if (r == 0) {
		assert(audit.shards && audit.max_concurrency && (is_gateway || audit.application));
		assert(utf8_valid(str_text(&audit.name), audit.name.length));
		discord_audit_each_warning(&audit, "!", 1643328000000ull, on_warning, NULL);
		discord_audit_append_invite(&audit, &invite);
		fuzzed_check_line(str_text(&invite));
	}
	discord_audit_release(&audit);
	str_release(&invite);
}

/* Stored values are the same when read again. */
static void check_channels(const char *body, size_t length)
{
	struct str first = STR(FUZZED_TEXT_MAX_BYTES), second = STR(FUZZED_TEXT_MAX_BYTES);
	struct discord_channels *channels = calloc(2, sizeof(*channels));
	struct discord_guilds guilds = {0};

	assert(channels);
	discord_channels_read(&channels[0], (struct span){body, length});
	discord_channels_append(&channels[0], &first);
	discord_channels_read(&channels[1], (struct span){str_text(&first), first.length});
	discord_channels_append(&channels[1], &second);
	assert(strcmp(str_text(&first), str_text(&second)) == 0);
	discord_guilds_read(&guilds, (struct span){body, length});
	str_clear(&second);
	discord_guilds_append(&guilds, &second);
	json_free(fuzzed_json(&second));
	discord_guilds_release(&guilds);
	str_release(&first);
	str_release(&second);
	free(channels);
}

static void check_messages(const char *body, size_t length)
{
	uint64_t newest;
	size_t count;
	const struct discord_recalled found =
			discord_recall_find((struct span){body, length}, 22, 33, &newest, &count);

	assert(!found.post || count);
	assert(discord_closing_verdict((unsigned)length) != DISCORD_CLOSING_STOP ||
			discord_closing_advice((unsigned)length));
	assert(!discord_refusal_is_muting((long)length));
}

static void event(struct world *world, char *line, size_t length)
{
	uint64_t wait_ms = pump(world);

	switch (*line) {
	case 'c':
		if (length >= 5 && world->call_count < EVENTS_MAX)
			add_call(world, line + 1);
		break;
	case 'a': answer_with(world, line + 1, length - 1); break;
	case 'e': lose(world, line + 1); break;
	case 'b': put_back(world, line + 1); break;
	case '+':
		if (length > 1)
			world->now_ms += (uint64_t)(unsigned char)line[1] * 100;
		else if (wait_ms != UINT64_MAX)
			world->now_ms += wait_ms;
		break;
	case 'g':
	case 'i': check_audit(*line == 'g', line + 1, length - 1); break;
	case 'm': check_messages(line + 1, length - 1); break;
	case 'r': check_channels(line + 1, length - 1); break;
	default: break;
	}
	pump(world);
}

/* Discord works again: every call must end. */
static void drain(struct world *world)
{
	static const struct discord_rest_answer good = {.status = 204, .reason = ""};
	unsigned rounds = 0;

	while (world->done_count < world->call_count) {
		uint64_t wait_ms = pump(world);
		struct discord_rest_item *item = take(world, 0);

		assert(++rounds < DRAIN_MAX);
		if (item)
			answer(world, item, &good);
		else if (wait_ms != UINT64_MAX)
			world->now_ms += wait_ms ? wait_ms : 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct discord_rest_events events = {
			.on_dead = on_dead, .on_doubt = on_doubt, .on_pause = on_pause};
	struct world *world = calloc(1, sizeof(*world));
	struct fuzzed_input input = {data, size};
	char *line;
	size_t length;

	assert(world);
	current = world;
	world->now_ms = START_MS;
	assert(discord_rest_queue_new(GLOBAL_RATE, size, &world->queue) == 0);
	discord_rest_queue_listen(world->queue, &events, world);
	for (unsigned i = 0; i < EVENTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		event(world, line, length);
		free(line);
	}
	if (!size || data[0] % 4) /* or in the middle */
		drain(world);
	discord_rest_queue_free(world->queue);
	free(world);
	return 0;
}
