/* The REST queue in virtual time, against a simulated Discord with buckets, the global limit and faults. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/random.h"
#include "bot/gateway/discord/rest/queue.h"
#include "bot/net/permit.h"

#define SEND        "POST /channels/{}/messages"
#define CALLS_MAX   4096
#define MAJORS_MAX  128
#define FLIGHTS_MAX 256
#define GLOBAL_RATE 50

/* A request or its response in transit. */
struct flight {
	struct discord_rest_item *item;
	uint64_t at_ms;
	bool is_answer;
	int status; /* 0: the connection was lost */
	struct discord_ratelimit_headers headers;
	char body[96];
};

struct bucket {
	unsigned used;
	uint64_t ends_ms;
};

struct call_state {
	unsigned done, executed, arrived;
	int error;
	bool is_maybe_done;
};

struct world {
	struct discord_rest_queue *queue;
	struct random random;
	uint64_t now_ms;
	struct flight flights[FLIGHTS_MAX];
	size_t flight_count;
	/* The server. */
	struct bucket buckets[MAJORS_MAX];
	uint64_t arrivals_ms[GLOBAL_RATE]; /* a ring of the latest accepted requests */
	size_t arrival;
	unsigned limit, window_ms, refused, requests;
	unsigned lost_percent, bad_percent, refuse_percent;
	unsigned latency_ms;
	/* The caller. */
	struct call_state calls[CALLS_MAX];
	unsigned done_count;
	uint64_t last_done_ms;
	char order[64];
};

static struct world *make(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->now_ms = 5000000;
	world->limit = 5;
	world->window_ms = 5000;
	world->latency_ms = 75;
	random_seed(&world->random, 20220128);
	assert_int_equal(discord_rest_queue_new(GLOBAL_RATE, 1, &world->queue), 0);
	return world;
}

static void unmake(struct world *world)
{
	discord_rest_queue_free(world->queue);
	free(world);
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct call_state *call = user;

	call->done++;
	call->error = result->error;
	call->is_maybe_done = result->is_maybe_done;
	assert_true(result->error || !result->reason[0]);
}

/* ---------------------------------------------------------------- the server */

static unsigned percent(struct world *world)
{
	return (unsigned)random_below(&world->random, 100);
}

static uint64_t latency(struct world *world)
{
	return 1 + random_below(&world->random, world->latency_ms * 2);
}

static void set_window(struct world *world, struct flight *flight, const struct bucket *bucket)
{
	flight->headers.has_window = true;
	flight->headers.has_via = true;
	flight->headers.bucket = 77;
	flight->headers.limit = world->limit;
	flight->headers.remaining = world->limit - bucket->used;
	flight->headers.reset_after_ms = bucket->ends_ms - world->now_ms;
	flight->headers.reset_ms = 1700000000000 + bucket->ends_ms;
}

static void refuse(struct world *world, struct flight *flight, enum discord_ratelimit_scope scope,
		uint64_t wait_ms)
{
	world->refused++;
	flight->status = 429;
	flight->headers.scope = scope;
	flight->headers.has_via = true;
	snprintf(flight->body, sizeof(flight->body),
			"{\"message\":\"You are being rate limited.\",\"retry_after\":%.3f,\"global\":%s}",
			(double)wait_ms / 1000, scope == DISCORD_SCOPE_GLOBAL ? "true" : "false");
}

static bool is_over_global(struct world *world, struct flight *flight)
{
	uint64_t *oldest = &world->arrivals_ms[world->arrival];

	if (*oldest && world->now_ms - *oldest < 1000) {
		refuse(world, flight, DISCORD_SCOPE_GLOBAL, 1000 - (world->now_ms - *oldest));
		return true;
	}
	*oldest = world->now_ms;
	world->arrival = (world->arrival + 1) % GLOBAL_RATE;
	return false;
}

static bool is_over_bucket(struct world *world, struct flight *flight)
{
	struct bucket *bucket = &world->buckets[strtoul(flight->item->call.path, NULL, 10) % MAJORS_MAX];

	if (world->now_ms >= bucket->ends_ms) {
		bucket->used = 0;
		bucket->ends_ms = world->now_ms + world->window_ms;
	}
	if (bucket->used < world->limit) {
		bucket->used++;
		set_window(world, flight, bucket);
		return false;
	}
	set_window(world, flight, bucket);
	refuse(world, flight, DISCORD_SCOPE_USER, bucket->ends_ms - world->now_ms);
	return true;
}

static void serve(struct world *world, struct flight *flight)
{
	struct call_state *call = flight->item->user;

	world->requests++;
	call->arrived++;
	flight->is_answer = true;
	flight->at_ms = world->now_ms + latency(world);
	if (flight->item->call.lane == DISCORD_REST_LANE_BOT && is_over_global(world, flight))
		return;
	if (is_over_bucket(world, flight))
		return;
	if (percent(world) < world->refuse_percent) {
		refuse(world, flight, percent(world) < 50 ? DISCORD_SCOPE_SHARED : DISCORD_SCOPE_USER, 700);
		return;
	}
	flight->status = 200;
	if (percent(world) < world->bad_percent) {
		flight->status = 502;
		flight->headers = (struct discord_ratelimit_headers){0};
		snprintf(flight->body, sizeof(flight->body), "<html>Bad Gateway</html>");
		if (percent(world) < 50)
			return; /* and half of them took effect nevertheless */
	}
	call->executed = 1; /* a nonce prevents the duplicate */
	if (percent(world) < world->lost_percent)
		flight->status = 0;
}

/* ---------------------------------------------------------------- time */

static void give_answer(struct world *world, struct flight flight)
{
	struct discord_rest_answer answer = {.error = flight.status ? 0 : -ECONNRESET,
			.reason = flight.status ? "" : "lost",
			.status = flight.status,
			.body = flight.body,
			.body_bytes = strlen(flight.body),
			.headers = flight.headers};
	struct call_state *call = flight.item->user;
	unsigned done = call->done;

	discord_rest_queue_answer(world->queue, flight.item, &answer, world->now_ms);
	if (call->done != done)
		world->last_done_ms = world->now_ms;
}

static void send_all(struct world *world, uint64_t *ret_wait_ms)
{
	struct discord_rest_item *item;

	while ((item = discord_rest_queue_next(world->queue, world->now_ms, ret_wait_ms))) {
		assert_true(world->flight_count < FLIGHTS_MAX);
		world->flights[world->flight_count++] =
				(struct flight){.item = item, .at_ms = world->now_ms + latency(world)};
	}
}

/* Run until the queue is empty or the time is over. */
static void live(struct world *world, uint64_t until_ms)
{
	uint64_t wait_ms, next_ms;

	for (;;) {
		discord_rest_queue_expire(world->queue, world->now_ms);
		wait_ms = UINT64_MAX;
		send_all(world, &wait_ms);
		next_ms = wait_ms == UINT64_MAX ? UINT64_MAX : world->now_ms + wait_ms;
		for (size_t i = 0; i < world->flight_count; i++)
			if (world->flights[i].at_ms < next_ms)
				next_ms = world->flights[i].at_ms;
		if (next_ms > until_ms)
			break;
		world->now_ms = next_ms;
		for (size_t i = 0; i < world->flight_count;) {
			struct flight flight = world->flights[i];

			if (flight.at_ms > world->now_ms) {
				i++;
			} else if (!flight.is_answer) {
				serve(world, &world->flights[i]);
			} else {
				world->flights[i] = world->flights[--world->flight_count];
				give_answer(world, flight);
			}
		}
	}
	world->now_ms = until_ms;
}

static int add(struct world *world, unsigned number, unsigned channel, struct discord_rest_call call)
{
	char major[16], path[32];

	snprintf(major, sizeof(major), "%u", channel);
	snprintf(path, sizeof(path), "%u", channel);
	call.method = "POST";
	call.route = call.route ? call.route : SEND;
	call.major = major;
	call.path = path;
	call.body = "{}";
	call.body_bytes = 2;
	return discord_rest_queue_add(world->queue, &call, on_done, &world->calls[number], world->now_ms);
}

static unsigned count_done(const struct world *world, unsigned calls)
{
	unsigned count = 0;

	for (unsigned i = 0; i < calls; i++) {
		assert_true(world->calls[i].done <= 1);
		count += world->calls[i].done && !world->calls[i].error;
	}
	return count;
}

#define MINUTES(n) ((n)*60000u)

/* ---------------------------------------------------------------- at the limit */

static void one_channel_runs_at_its_limit(void **state)
{
	struct world *world = make();
	uint64_t begun_ms = world->now_ms, wait_ms = 0;

	(void)state;
	for (unsigned i = 0; i < 250; i++)
		assert_int_equal(add(world, i, 1,
						 (struct discord_rest_call){.is_idempotent = true,
								 .deadline_ms = MINUTES(20)}),
				0);
	live(world, begun_ms + MINUTES(20));
	assert_null(discord_rest_queue_next(world->queue, world->now_ms, &wait_ms));
	assert_true(wait_ms == UINT64_MAX); /* idle: no timer is set */
	assert_int_equal(count_done(world, 250), 250);
	assert_int_equal(world->refused, 0);
	assert_int_equal(world->requests, 250);
	/* 50 windows of 5 s are 250 s; each window costs one way there and back more. */
	print_message("one channel: %.2f of 1 message a second, no message refused\n",
			250.0 * 1000 / (double)(world->last_done_ms - begun_ms));
	assert_in_range(world->last_done_ms - begun_ms, 245000, 270000);
	unmake(world);
}

static void many_channels_run_at_the_global_limit(void **state)
{
	struct world *world = make();
	uint64_t begun_ms = world->now_ms;

	(void)state;
	for (unsigned i = 0; i < 4000; i++)
		assert_int_equal(add(world, i, i % 100,
						 (struct discord_rest_call){.is_idempotent = true,
								 .deadline_ms = MINUTES(20)}),
				0);
	live(world, begun_ms + MINUTES(20));
	assert_int_equal(count_done(world, 4000), 4000);
	assert_int_equal(world->refused, 0);
	print_message("100 channels: %.1f of %d messages a second, no message refused\n",
			4000.0 * 1000 / (double)(world->last_done_ms - begun_ms), GLOBAL_RATE);
	assert_in_range(world->last_done_ms - begun_ms, 79000, 100000);
	unmake(world);
}

static void slow_lines_provoke_nothing_either(void **state)
{
	struct world *world = make();
	uint64_t begun_ms = world->now_ms;

	(void)state;
	world->latency_ms = 125; /* up to a quarter of a second each way, out of order */
	world->limit = 10;
	world->window_ms = 2000;
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(add(world, i, i % 10,
						 (struct discord_rest_call){.is_idempotent = true,
								 .deadline_ms = MINUTES(20)}),
				0);
	live(world, begun_ms + MINUTES(20));
	assert_int_equal(count_done(world, 2000), 2000);
	assert_int_equal(world->refused, 0);
	unmake(world);
}

static void interactions_pass_the_global_limit(void **state)
{
	struct world *world = make();
	uint64_t begun_ms = world->now_ms;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(
				add(world, i, i % 100, (struct discord_rest_call){.deadline_ms = MINUTES(2)}),
				0);
	for (unsigned i = 1000; i < 1010; i++)
		assert_int_equal(add(world, i, i % 100,
						 (struct discord_rest_call){
								 .route = "POST /interactions/{}/{}/callback",
								 .lane = DISCORD_REST_LANE_INTERACTION,
								 .is_callback = true,
								 .deadline_ms = 3000}),
				0);
	live(world, begun_ms + 600);
	for (unsigned i = 1000; i < 1010; i++)
		assert_int_equal(world->calls[i].done, 1);
	assert_true(count_done(world, 1000) < 200);
	unmake(world);
}

/* ---------------------------------------------------------------- mishaps */

static void mishaps_lose_and_double_nothing(void **state)
{
	struct world *world = make();
	struct discord_rest_counts counts;

	(void)state;
	world->lost_percent = world->bad_percent = world->refuse_percent = 10;
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(add(world, i, i % 50,
						 (struct discord_rest_call){.is_idempotent = true,
								 .deadline_ms = MINUTES(20)}),
				0);
	live(world, world->now_ms + MINUTES(30));
	assert_int_equal(count_done(world, 2000), 2000);
	for (unsigned i = 0; i < 2000; i++)
		assert_int_equal(world->calls[i].executed, 1);
	discord_rest_queue_count(world->queue, &counts);
	assert_int_equal(counts.waiting + counts.under_way + counts.dropped, 0);
	assert_int_equal(counts.limited, world->refused);
	assert_int_equal(counts.sent, world->requests);
	assert_int_equal(counts.sent, 2000 + counts.repeated);
	unmake(world);
}

static void requests_without_a_nonce_are_sent_once(void **state)
{
	struct world *world = make();
	unsigned failed = 0;

	(void)state;
	world->lost_percent = world->bad_percent = 20;
	for (unsigned i = 0; i < 500; i++)
		assert_int_equal(
				add(world, i, i % 50, (struct discord_rest_call){.deadline_ms = MINUTES(20)}),
				0);
	live(world, world->now_ms + MINUTES(30));
	for (unsigned i = 0; i < 500; i++) {
		assert_int_equal(world->calls[i].done, 1);
		assert_int_equal(world->calls[i].arrived, 1);
		assert_int_equal(world->calls[i].is_maybe_done, world->calls[i].error != 0);
		failed += world->calls[i].error != 0;
	}
	assert_in_range(failed, 100, 300);
	unmake(world);
}

static void an_outage_is_sat_out(void **state)
{
	struct world *world = make();
	uint64_t begun_ms = world->now_ms;

	(void)state;
	world->bad_percent = 100;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(add(world, i, i, (struct discord_rest_call){.is_idempotent = true}), 0);
	live(world, begun_ms + 5000);
	assert_int_equal(count_done(world, 100), 0);
	assert_true(world->requests < 700); /* no storm */
	world->bad_percent = 0;
	live(world, begun_ms + 20000);
	assert_int_equal(count_done(world, 100), 100);
	unmake(world);
}

static void late_requests_are_dropped(void **state)
{
	struct world *world = make();
	struct discord_rest_counts counts;
	unsigned late = 0;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(add(world, i, 1, (struct discord_rest_call){.deadline_ms = 12000}), 0);
	live(world, world->now_ms + 12100);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(world->calls[i].done, 1);
		late += world->calls[i].error == -ETIMEDOUT;
		assert_false(world->calls[i].is_maybe_done);
	}
	assert_int_equal(late, 35); /* three windows of five went out */
	discord_rest_queue_count(world->queue, &counts);
	assert_int_equal(counts.dropped, 35);
	unmake(world);
}

static void the_queue_is_bounded(void **state)
{
	struct world *world = make();
	struct discord_rest_counts counts;
	static char body[DISCORD_REST_BODY_MAX_BYTES + 1];
	struct discord_rest_call call = {.method = "POST", .route = SEND, .path = "1", .body = body};
	int r = 0;

	(void)state;
	for (unsigned i = 0; i < DISCORD_REST_CALLS_A_LINE_MAX; i++)
		assert_int_equal(add(world, 0, 1, (struct discord_rest_call){0}), 0);
	assert_int_equal(add(world, 0, 1, (struct discord_rest_call){0}), -EAGAIN);
	for (unsigned i = DISCORD_REST_CALLS_A_LINE_MAX; i < DISCORD_REST_CALLS_MAX; i++)
		assert_int_equal(add(world, 0, 2 + i % 50, (struct discord_rest_call){0}), 0);
	assert_int_equal(add(world, 0, 99, (struct discord_rest_call){0}), -EAGAIN);
	discord_rest_queue_count(world->queue, &counts);
	assert_int_equal(counts.waiting, DISCORD_REST_CALLS_MAX);
	assert_int_equal(counts.dropped, 2);
	unmake(world);

	world = make();
	call.body_bytes = sizeof(body);
	assert_int_equal(
			discord_rest_queue_add(world->queue, &call, on_done, &world->calls[0], 0), -EMSGSIZE);
	call.body_bytes = DISCORD_REST_BODY_MAX_BYTES;
	for (unsigned i = 0; r == 0 && i < 100; i++)
		r = discord_rest_queue_add(world->queue, &call, on_done, &world->calls[0], 0);
	assert_int_equal(r, -EAGAIN);
	discord_rest_queue_count(world->queue, &counts);
	assert_in_range(counts.waiting, 25, 32);
	assert_int_equal(world->calls[0].done, 0); /* never inside the call */
	unmake(world);
}

/* ---------------------------------------------------------------- permits */

static struct discord_rest_item *next(struct world *world, uint64_t *wait_ms)
{
	*wait_ms = UINT64_MAX;
	return discord_rest_queue_next(world->queue, world->now_ms, wait_ms);
}

static void a_call_waits_for_its_permit_and_others_pass_it(void **state)
{
	struct world *world = make();
	struct permit permit = {1000};
	struct discord_rest_item *item;
	uint64_t wait_ms;

	(void)state;
	add(world, 0, 1, (struct discord_rest_call){.permit = &permit});
	add(world, 1, 1, (struct discord_rest_call){0}); /* of the same channel */
	assert_true(discord_rest_queue_has_permits(world->queue));
	discord_rest_queue_see(world->queue, 1000); /* it has just ended */
	item = next(world, &wait_ms);
	assert_non_null(item);
	assert_ptr_equal(item->user, &world->calls[1]);
	assert_null(next(world, &wait_ms));
	give_answer(world, (struct flight){.item = item, .status = 200, .body = "{}"});
	assert_null(next(world, &wait_ms));
	assert_in_range(wait_ms, 1, 250);
	permit.until_boot_ms = 1001; /* renewed */
	item = next(world, &wait_ms);
	assert_non_null(item);
	assert_ptr_equal(item->user, &world->calls[0]);
	/* The permit ended before a byte left: it was not tried. */
	discord_rest_queue_unsent(world->queue, item, world->now_ms);
	discord_rest_queue_see(world->queue, 1001);
	assert_null(next(world, &wait_ms));
	world->now_ms += 60001;
	discord_rest_queue_expire(world->queue, world->now_ms);
	assert_int_equal(world->calls[0].error, -ETIMEDOUT); /* the deadline ends it all the same */
	assert_false(world->calls[0].is_maybe_done);
	unmake(world);
}

static void a_lost_lease_ends_its_calls(void **state)
{
	struct world *world = make();
	struct permit lost = {PERMIT_ALWAYS}, kept = {PERMIT_ALWAYS};
	struct discord_rest_item *items[2];
	struct discord_rest_counts counts;
	uint64_t wait_ms;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		add(world, i, i,
				(struct discord_rest_call){
						.is_idempotent = true, .permit = i == 5 ? &kept : &lost});
	discord_rest_queue_see(world->queue, 1);
	items[0] = next(world, &wait_ms);
	items[1] = next(world, &wait_ms);
	discord_rest_queue_drop(world->queue, &lost);
	assert_int_equal(world->calls[0].done + world->calls[1].done, 0); /* in flight */
	for (unsigned i = 2; i < 5; i++)
		assert_int_equal(world->calls[i].error, -EKEYEXPIRED);
	/* What is in flight ends with its response, and is not sent again. */
	give_answer(world, (struct flight){.item = items[0], .status = 200, .body = "{}"});
	assert_int_equal(world->calls[0].done, 1);
	assert_int_equal(world->calls[0].error, 0);
	give_answer(world, (struct flight){.item = items[1], .status = 502, .body = ""});
	assert_int_equal(world->calls[1].error, -EKEYEXPIRED);
	assert_true(world->calls[1].is_maybe_done);
	items[0] = next(world, &wait_ms);
	assert_non_null(items[0]);
	assert_ptr_equal(items[0]->user, &world->calls[5]);
	discord_rest_queue_drop(world->queue, &kept);
	discord_rest_queue_unsent(world->queue, items[0], world->now_ms);
	assert_int_equal(world->calls[5].error, -EKEYEXPIRED);
	assert_false(world->calls[5].is_maybe_done);
	discord_rest_queue_count(world->queue, &counts);
	assert_int_equal(counts.waiting + counts.under_way, 0);
	unmake(world);
}

static void the_check_of_the_token_needs_the_permit_of_the_process(void **state)
{
	struct world *world = make();
	struct permit permit = {1000};
	struct discord_rest_item *item;
	uint64_t wait_ms;

	(void)state;
	discord_rest_queue_set_permit(world->queue, &permit);
	discord_rest_queue_see(world->queue, 1000);
	add(world, 0, 1, (struct discord_rest_call){.is_idempotent = true});
	item = next(world, &wait_ms);
	give_answer(world, (struct flight){.item = item, .status = 401, .body = "{}"});
	world->now_ms += 1000;
	assert_null(next(world, &wait_ms));
	assert_in_range(wait_ms, 1, 250);
	permit.until_boot_ms = PERMIT_ALWAYS;
	item = next(world, &wait_ms);
	assert_non_null(item);
	assert_string_equal(item->call.path, "/users/@me");
	unmake(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(one_channel_runs_at_its_limit),
			cmocka_unit_test(many_channels_run_at_the_global_limit),
			cmocka_unit_test(slow_lines_provoke_nothing_either),
			cmocka_unit_test(interactions_pass_the_global_limit),
			cmocka_unit_test(mishaps_lose_and_double_nothing),
			cmocka_unit_test(requests_without_a_nonce_are_sent_once),
			cmocka_unit_test(an_outage_is_sat_out),
			cmocka_unit_test(late_requests_are_dropped),
			cmocka_unit_test(the_queue_is_bounded),
			cmocka_unit_test(a_call_waits_for_its_permit_and_others_pass_it),
			cmocka_unit_test(a_lost_lease_ends_its_calls),
			cmocka_unit_test(the_check_of_the_token_needs_the_permit_of_the_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
