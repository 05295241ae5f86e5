/* Rate limits: strict parsing of headers, learning buckets, refusals of each scope, the circuit breaker. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bot/gateway/discord/rest/ratelimit.h"

#define SEND "POST /channels/{}/messages"
#define EDIT "PATCH /channels/{}/messages/{}"

static struct discord_ratelimit_headers headers_of(const char *bucket, const char *limit,
		const char *remaining, const char *reset, const char *reset_after)
{
	struct discord_ratelimit_headers headers;
	struct discord_ratelimit_texts texts = {.bucket = bucket,
			.limit = limit,
			.remaining = remaining,
			.reset = reset,
			.reset_after = reset_after,
			.via = "1.1 google"};

	discord_ratelimit_read(&texts, &headers);
	return headers;
}

static const struct discord_ratelimit_refusal none;

/* ---------------------------------------------------------------- headers */

static void good_headers_are_read(void **state)
{
	struct discord_ratelimit_texts texts = {.limit = "10",
			.remaining = "0",
			.reset = "1470173023.123",
			.reset_after = "64.57",
			.bucket = "abcd1234",
			.global = "true",
			.scope = "shared",
			.retry_after = "65",
			.via = "1.1 google"};
	struct discord_ratelimit_headers headers;

	(void)state;
	discord_ratelimit_read(&texts, &headers);
	assert_true(headers.has_window);
	assert_int_equal(headers.limit, 10);
	assert_int_equal(headers.remaining, 0);
	assert_int_equal(headers.reset_after_ms, 64570);
	assert_int_equal(headers.reset_ms, 1470173023123);
	assert_true(headers.has_retry_after);
	assert_int_equal(headers.retry_after_ms, 65000);
	assert_true(headers.is_global && headers.has_via);
	assert_int_equal(headers.scope, DISCORD_SCOPE_SHARED);
	texts.reset_after = "0.0000001"; /* always rounded up */
	discord_ratelimit_read(&texts, &headers);
	assert_int_equal(headers.reset_after_ms, 1);
	texts.reset_after = "99999999999";
	discord_ratelimit_read(&texts, &headers);
	assert_int_equal(headers.reset_after_ms, DISCORD_RATELIMIT_DURATION_MAX_MS);
}

static void a_malformed_header_is_ignored(void **state)
{
	static const char *const bad[] = {"", " 5", "5 ", "-1", "+1", "1e3", "0x5", ".5", "5.", "5.x",
			"1.2.3", "nan", "inf", "5s", "9999999999999", "1.0123456789", "\xd9\xa5", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct discord_ratelimit_texts texts = {
				.retry_after = bad[i], .reset = bad[i], .global = bad[i], .scope = bad[i]};
		struct discord_ratelimit_headers headers;

		discord_ratelimit_read(&texts, &headers);
		assert_false(headers.has_retry_after || headers.has_via || headers.is_global ||
				headers.reset_ms);
		assert_int_equal(headers.scope, DISCORD_SCOPE_NONE);
		assert_false(headers_of("b", bad[i], "1", NULL, "1").has_window);
		assert_false(headers_of("b", "5", bad[i], NULL, "1").has_window);
		assert_false(headers_of("b", "5", "1", NULL, bad[i]).has_window);
	}
	assert_false(headers_of("b", "0", "0", NULL, "1").has_window);
	assert_false(headers_of("b", "1.5", "0", NULL, "1").has_window);
	assert_false(headers_of("", "5", "0", NULL, "1").has_window);
	assert_false(headers_of(NULL, "5", "0", NULL, "1").has_window);
	assert_true(headers_of("b", "5", "0", NULL, "1").has_window);
}

/* ---------------------------------------------------------------- buckets */

struct world {
	struct discord_ratelimit *ratelimit;
	uint64_t now_ms;
};

static struct world make(unsigned rate)
{
	struct world world = {.now_ms = 1000000};

	assert_int_equal(discord_ratelimit_new(rate, &world.ratelimit), 0);
	return world;
}

static uint64_t wait(struct world *world, const char *route, const char *major)
{
	struct discord_ratelimit_key key = discord_ratelimit_key(route, major, false);

	return discord_ratelimit_wait_ms(world->ratelimit, &key, world->now_ms);
}

static struct discord_ratelimit_ticket take(struct world *world, const char *route, const char *major)
{
	struct discord_ratelimit_key key = discord_ratelimit_key(route, major, false);
	struct discord_ratelimit_ticket ticket;

	assert_int_equal(discord_ratelimit_wait_ms(world->ratelimit, &key, world->now_ms), 0);
	assert_int_equal(discord_ratelimit_take(world->ratelimit, &key, world->now_ms, &ticket), 0);
	return ticket;
}

static void answer(struct world *world, struct discord_ratelimit_ticket ticket,
		struct discord_ratelimit_headers headers)
{
	assert_int_equal(discord_ratelimit_answer(
					 world->ratelimit, &ticket, 200, &headers, &none, world->now_ms),
			0);
}

static void an_unknown_bucket_takes_one_at_a_time(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_ticket ticket = take(&world, SEND, "1");

	(void)state;
	assert_int_equal(wait(&world, SEND, "1"), DISCORD_RATELIMIT_LATER);
	assert_int_equal(wait(&world, SEND, "2"), 0);
	assert_int_equal(wait(&world, EDIT, "1"), 0);
	answer(&world, ticket, headers_of("msg", "5", "4", "1000.5", "5"));
	/* Four more are allowed; the fifth only after the window ends. */
	for (int i = 0; i < 4; i++)
		(void)take(&world, SEND, "1");
	assert_int_equal(wait(&world, SEND, "1"), 5000);
	assert_int_equal(wait(&world, SEND, "2"), 0);
	discord_ratelimit_free(world.ratelimit);
}

static void routes_share_a_bucket_once_it_is_named(void **state)
{
	struct world world = make(50);

	(void)state;
	answer(&world, take(&world, EDIT, "1"), headers_of("same", "5", "0", "1000.0", "3"));
	answer(&world, take(&world, SEND, "9"), headers_of("same", "5", "4", "1000.0", "3"));
	assert_int_equal(wait(&world, SEND, "1"), 3000); /* spent by the other route */
	world.now_ms += 3000;
	for (int i = 0; i < 5; i++)
		(void)take(&world, i % 2 ? SEND : EDIT, "1");
	assert_int_equal(wait(&world, SEND, "1"),
			DISCORD_RATELIMIT_LATER); /* the next window is not open yet */
	discord_ratelimit_free(world.ratelimit);
}

static void answers_may_overtake_each_other(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_ticket tickets[5];

	(void)state;
	answer(&world, take(&world, SEND, "1"), headers_of("msg", "5", "4", "100.0", "5"));
	world.now_ms += 5000;
	for (int i = 0; i < 5; i++)
		tickets[i] = take(&world, SEND, "1");
	world.now_ms += 50;
	answer(&world, tickets[4], headers_of("msg", "5", "0", "105.02", "4.97"));
	answer(&world, tickets[0], headers_of("msg", "5", "4", "105.02", "5"));
	assert_int_equal(wait(&world, SEND, "1"), 5000); /* the later window end */
	world.now_ms += 100;
	answer(&world, tickets[1],
			headers_of("msg", "5", "1", "100.0", "0.001")); /* from the window before */
	assert_int_equal(wait(&world, SEND, "1"), 4900);
	/* A new window has started on the server, although ours has not ended. */
	answer(&world, tickets[2], headers_of("msg", "5", "3", "110.02", "5"));
	assert_int_equal(wait(&world, SEND, "1"), 0);
	answer(&world, tickets[3], headers_of("msg", "5", "0", "105.02", "0.5"));
	assert_int_equal(wait(&world, SEND, "1"), 0);
	discord_ratelimit_free(world.ratelimit);
}

static void a_route_without_limits_is_not_held_up(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_headers nothing = headers_of(NULL, NULL, NULL, NULL, NULL);

	(void)state;
	answer(&world, take(&world, SEND, "1"), nothing);
	for (int i = 0; i < 20; i++)
		(void)take(&world, SEND, "1");
	assert_int_equal(wait(&world, SEND, "1"), 0);
	/* An error page teaches no limits. */
	{
		struct discord_ratelimit_ticket ticket = take(&world, EDIT, "1");

		discord_ratelimit_answer(world.ratelimit, &ticket, 502, &nothing, &none, world.now_ms);
		(void)take(&world, EDIT, "1");
		assert_int_equal(wait(&world, EDIT, "1"), DISCORD_RATELIMIT_LATER);
	}
	discord_ratelimit_free(world.ratelimit);
}

static void lost_requests_may_have_been_counted(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_ticket a, b;

	(void)state;
	answer(&world, take(&world, SEND, "1"), headers_of("msg", "5", "2", "100", "5"));
	a = take(&world, SEND, "1");
	b = take(&world, SEND, "1");
	discord_ratelimit_lost(world.ratelimit, &a, world.now_ms);
	discord_ratelimit_lost(world.ratelimit, &b, world.now_ms);
	assert_int_equal(wait(&world, SEND, "1"), 5000);
	world.now_ms += 5000;
	a = take(&world, SEND, "1");
	discord_ratelimit_lost(world.ratelimit, &a, world.now_ms);
	(void)take(&world, SEND, "1"); /* one header alone is enough */
	assert_int_equal(wait(&world, SEND, "1"), DISCORD_RATELIMIT_LATER);
	discord_ratelimit_free(world.ratelimit);
}

static void idle_buckets_go(void **state)
{
	struct world world = make(5000);
	char major[16];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(major, sizeof(major), "%d", i);
		answer(&world, take(&world, SEND, major), headers_of("msg", "5", "4", "100", "5"));
		world.now_ms += 1000;
	}
	assert_true(discord_ratelimit_bucket_count(world.ratelimit) < 500);
	discord_ratelimit_free(world.ratelimit);
}

/* 200 interactions per second, each with its own webhook, for ten minutes. */
static void interactions_leave_nothing_behind(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_headers window = headers_of("hook", "5", "4", "100", "2"), nothing;
	struct discord_ratelimit_ticket ticket;
	char major[16];

	(void)state;
	nothing = headers_of(NULL, NULL, NULL, NULL, NULL);
	for (int i = 0; i < 120000; i++) {
		struct discord_ratelimit_key callback, edit;

		snprintf(major, sizeof(major), "%d", i);
		callback = discord_ratelimit_key("POST /interactions/{}/{}/callback", major, true);
		edit = discord_ratelimit_key("PATCH /webhooks/{}/{}/messages/@original", major, true);
		assert_int_equal(
				discord_ratelimit_take(world.ratelimit, &callback, world.now_ms, &ticket), 0);
		discord_ratelimit_answer(world.ratelimit, &ticket, 204, &nothing, &none, world.now_ms);
		assert_int_equal(discord_ratelimit_take(world.ratelimit, &edit, world.now_ms, &ticket), 0);
		discord_ratelimit_answer(world.ratelimit, &ticket, 200, &window, &none, world.now_ms);
		world.now_ms += 5;
	}
	assert_true(discord_ratelimit_bucket_count(world.ratelimit) <=
			DISCORD_RATELIMIT_BUCKETS_MAX / 2 + 64);
	discord_ratelimit_free(world.ratelimit);
}

static void busy_buckets_are_bounded(void **state)
{
	struct world world = make(DISCORD_RATELIMIT_BUCKETS_MAX + 10);
	struct discord_ratelimit_key key;
	struct discord_ratelimit_ticket ticket;
	char major[16];
	int r = 0, i;

	(void)state;
	for (i = 0; r == 0 && i < (int)DISCORD_RATELIMIT_BUCKETS_MAX + 1; i++) {
		snprintf(major, sizeof(major), "%d", i);
		key = discord_ratelimit_key(SEND, major, false);
		r = discord_ratelimit_take(world.ratelimit, &key, world.now_ms, &ticket);
	}
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(discord_ratelimit_bucket_count(world.ratelimit), DISCORD_RATELIMIT_BUCKETS_MAX);
	world.now_ms += DISCORD_RATELIMIT_IDLE_MS; /* all of them are under way still */
	assert_int_equal(discord_ratelimit_take(world.ratelimit, &key, world.now_ms, &ticket), -ENOSPC);
	discord_ratelimit_free(world.ratelimit);
}

/* ---------------------------------------------------------------- the global limit */

static void the_global_limit_is_kept_ahead_of_time(void **state)
{
	struct world world = make(3);
	struct discord_ratelimit_headers nothing = headers_of(NULL, NULL, NULL, NULL, NULL);
	struct discord_ratelimit_key exempt =
			discord_ratelimit_key("POST /interactions/{}/{}/callback", "1/t", true);
	struct discord_ratelimit_ticket a = take(&world, SEND, "1"), b = take(&world, SEND, "2"), c;

	(void)state;
	(void)take(&world, SEND, "3");
	assert_int_equal(wait(&world, SEND, "4"), 6020);
	assert_int_equal(discord_ratelimit_wait_ms(world.ratelimit, &exempt, world.now_ms), 0);
	world.now_ms += 100;
	answer(&world, a, nothing); /* arrived by now at the latest: a second from here */
	assert_int_equal(wait(&world, SEND, "4"), 1020);
	world.now_ms += 1020;
	a = take(&world, SEND, "4");
	world.now_ms += 4900; /* the slots of b and the third are free, whatever their results */
	c = take(&world, SEND, "5");
	(void)take(&world, SEND, "6");
	answer(&world, b, nothing);
	assert_int_equal(wait(&world, SEND, "7"), 1120); /* and b's answer frees no other slot */
	answer(&world, c, nothing);
	answer(&world, a, nothing);
	assert_int_equal(wait(&world, SEND, "7"), 1020);
	discord_ratelimit_free(world.ratelimit);
	assert_int_equal(discord_ratelimit_new(0, &world.ratelimit), -EINVAL);
}

/* ---------------------------------------------------------------- refusals */

static uint64_t refuse(struct world *world, const char *scope, const char *remaining, const char *retry_after,
		struct discord_ratelimit_refusal refusal)
{
	struct discord_ratelimit_ticket ticket = take(world, SEND, "1");
	struct discord_ratelimit_texts texts = {.bucket = remaining ? "msg" : NULL,
			.limit = remaining ? "5" : NULL,
			.remaining = remaining,
			.reset_after = remaining ? "1.5" : NULL,
			.scope = scope,
			.retry_after = retry_after,
			.via = refusal.is_json ? "1.1 google" : NULL};
	struct discord_ratelimit_headers headers;

	discord_ratelimit_read(&texts, &headers);
	return discord_ratelimit_answer(world->ratelimit, &ticket, 429, &headers, &refusal, world->now_ms);
}

static const struct discord_ratelimit_refusal two_seconds = {
		.is_json = true, .has_retry_after = true, .retry_after_ms = 2001};

static void a_spent_bucket_waits(void **state)
{
	struct world world = make(50);

	(void)state;
	assert_int_equal(refuse(&world, "user", "0", "3", two_seconds), 0);
	assert_int_equal(wait(&world, SEND, "1"), 2001);
	assert_int_equal(wait(&world, SEND, "2"), 0);
	assert_int_equal(discord_ratelimit_invalid_count(world.ratelimit, world.now_ms), 1);
	discord_ratelimit_free(world.ratelimit);
}

static void a_hidden_limit_delays_one_request_only(void **state)
{
	struct world world = make(50);

	(void)state;
	assert_int_equal(refuse(&world, "user", "3", "3", two_seconds), 2001);
	assert_int_equal(wait(&world, SEND, "1"), 0);
	discord_ratelimit_free(world.ratelimit);
}

static void a_shared_limit_waits_and_is_not_invalid(void **state)
{
	struct world world = make(50);

	(void)state;
	assert_int_equal(refuse(&world, "shared", "3", "3", two_seconds), 0);
	assert_int_equal(wait(&world, SEND, "1"), 2001); /* not Reset-After's 1.5 */
	assert_int_equal(wait(&world, SEND, "2"), 0);
	assert_int_equal(discord_ratelimit_invalid_count(world.ratelimit, world.now_ms), 0);
	discord_ratelimit_free(world.ratelimit);
}

static void a_global_limit_stops_all_but_interactions(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_key exempt =
			discord_ratelimit_key("POST /interactions/{}/{}/callback", "1/t", true);
	struct discord_ratelimit_refusal refusal = {.is_json = true, .is_global = true};

	(void)state;
	assert_int_equal(refuse(&world, "global", NULL, "3", refusal), 0);
	assert_int_equal(wait(&world, SEND, "2"), 3000);
	assert_int_equal(discord_ratelimit_wait_ms(world.ratelimit, &exempt, world.now_ms), 0);
	world.now_ms += 3000;
	assert_int_equal(wait(&world, SEND, "2"), 0);
	discord_ratelimit_free(world.ratelimit);
}

static void cloudflare_stops_everything(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_key exempt =
			discord_ratelimit_key("POST /interactions/{}/{}/callback", "1/t", true);

	(void)state;
	assert_int_equal(refuse(&world, NULL, NULL, "120", none), 0);
	assert_int_equal(wait(&world, EDIT, "2"), 120000);
	assert_int_equal(discord_ratelimit_wait_ms(world.ratelimit, &exempt, world.now_ms), 120000);
	world.now_ms += 120000;
	assert_int_equal(refuse(&world, NULL, NULL, NULL, none), 0);
	assert_int_equal(wait(&world, EDIT, "2"), 60000);
	discord_ratelimit_free(world.ratelimit);
}

static void the_breaker_comes_before_the_ban(void **state)
{
	struct world world = make(50);
	struct discord_ratelimit_headers headers = headers_of("msg", "100000", "99999", "100", "60");
	uint64_t begun_ms = world.now_ms, wait_ms;
	unsigned count = 0, in_ten_minutes = 0;

	(void)state;
	/* An hour of requests that all get 403, as fast as the limiter allows. */
	while (world.now_ms < begun_ms + 3600000) {
		wait_ms = wait(&world, SEND, "1");
		if (!wait_ms) {
			struct discord_ratelimit_ticket ticket = take(&world, SEND, "1");

			discord_ratelimit_answer(
					world.ratelimit, &ticket, 403, &headers, &none, world.now_ms);
			count++;
			in_ten_minutes += world.now_ms < begun_ms + 600000;
		}
		world.now_ms += wait_ms ? wait_ms : 1;
	}
	assert_in_range(in_ten_minutes, DISCORD_RATELIMIT_INVALID_MAX, DISCORD_RATELIMIT_INVALID_MAX + 100);
	assert_in_range(count, DISCORD_RATELIMIT_INVALID_MAX, 7 * DISCORD_RATELIMIT_INVALID_MAX);
	discord_ratelimit_free(world.ratelimit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(good_headers_are_read),
			cmocka_unit_test(a_malformed_header_is_ignored),
			cmocka_unit_test(an_unknown_bucket_takes_one_at_a_time),
			cmocka_unit_test(routes_share_a_bucket_once_it_is_named),
			cmocka_unit_test(answers_may_overtake_each_other),
			cmocka_unit_test(a_route_without_limits_is_not_held_up),
			cmocka_unit_test(lost_requests_may_have_been_counted),
			cmocka_unit_test(idle_buckets_go),
			cmocka_unit_test(interactions_leave_nothing_behind),
			cmocka_unit_test(busy_buckets_are_bounded),
			cmocka_unit_test(the_global_limit_is_kept_ahead_of_time),
			cmocka_unit_test(a_spent_bucket_waits),
			cmocka_unit_test(a_hidden_limit_delays_one_request_only),
			cmocka_unit_test(a_shared_limit_waits_and_is_not_invalid),
			cmocka_unit_test(a_global_limit_stops_all_but_interactions),
			cmocka_unit_test(cloudflare_stops_everything),
			cmocka_unit_test(the_breaker_comes_before_the_ban),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
