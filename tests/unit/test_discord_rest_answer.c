/* The meaning of REST responses: invalid tokens, callbacks, HTML instead of JSON, pauses, and order. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/rest/answer.h"
#include "bot/gateway/discord/rest/queue.h"

#define SEND      "POST /channels/{}/messages"
#define CALLS_MAX 16

struct call_state {
	unsigned done;
	int error;
};

struct world {
	struct discord_rest_queue *queue;
	uint64_t now_ms;
	struct call_state calls[CALLS_MAX];
};

static struct world *make(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->now_ms = 5000000;
	assert_int_equal(discord_rest_queue_new(50, 1, &world->queue), 0);
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
}

static void add(struct world *world, unsigned number, struct discord_rest_call call)
{
	char major[16];

	snprintf(major, sizeof(major), "%u", number);
	call.method = "POST";
	call.route = SEND;
	call.major = major;
	call.path = "/channels/1/messages";
	assert_int_equal(discord_rest_queue_add(
					 world->queue, &call, on_done, &world->calls[number], world->now_ms),
			0);
}

static struct discord_rest_item *next(struct world *world)
{
	uint64_t wait_ms;

	return discord_rest_queue_next(world->queue, world->now_ms, &wait_ms);
}

static void answer(struct world *world, struct discord_rest_item *item, int status, const char *body,
		const char *via)
{
	struct discord_rest_answer answer = {.status = status, .body = body, .body_bytes = strlen(body)};

	answer.headers.has_via = via != NULL;
	answer.reason = "";
	discord_rest_queue_answer(world->queue, item, &answer, world->now_ms);
}

struct heard {
	unsigned dead, doubts, trusts, pauses, troubles, done;
	uint64_t pause_ms;
	struct discord_rest_result result;
	char reason[DISCORD_REST_REASON_MAX_BYTES];
};

static void on_dead(void *user, const char *reason)
{
	struct heard *heard = user;

	heard->dead++;
	snprintf(heard->reason, sizeof(heard->reason), "%s", reason);
}

static void on_doubt(void *user, const char *refused)
{
	struct heard *heard = user;

	heard->doubts++;
	snprintf(heard->reason, sizeof(heard->reason), "%s", refused);
}

static void on_trust(void *user)
{
	struct heard *heard = user;

	heard->trusts++;
}

static void on_pause(void *user, const char *reason, uint64_t pause_ms)
{
	struct heard *heard = user;

	heard->pauses++;
	heard->pause_ms = pause_ms;
	snprintf(heard->reason, sizeof(heard->reason), "%s", reason);
}

static void on_trouble(void *user, const char *reason)
{
	struct heard *heard = user;

	heard->troubles++;
	snprintf(heard->reason, sizeof(heard->reason), "%s", reason);
}

static const struct discord_rest_events events = {.on_dead = on_dead,
		.on_doubt = on_doubt,
		.on_trust = on_trust,
		.on_pause = on_pause,
		.on_trouble = on_trouble};

static void on_result(void *user, const struct discord_rest_result *result)
{
	struct heard *heard = user;

	heard->done++;
	heard->result = *result;
	snprintf(heard->reason, sizeof(heard->reason), "%s", result->reason);
}

static void send_one(struct world *world, struct heard *heard, struct discord_rest_call call)
{
	call.method = "POST";
	call.route = call.route ? call.route : SEND;
	call.path = "/channels/1/messages";
	assert_int_equal(discord_rest_queue_add(world->queue, &call, on_result, heard, world->now_ms), 0);
}

#define UNAUTHORIZED "{\"message\":\"401: Unauthorized\",\"code\":0}"

/* The check of the token, after a 401. */
static struct discord_rest_item *next_look(struct world *world)
{
	struct discord_rest_item *item;

	assert_null(next(world)); /* not at once */
	world->now_ms += 600;
	item = next(world);
	assert_non_null(item);
	assert_true(item->is_look);
	assert_string_equal(item->call.method, "GET");
	assert_string_equal(item->call.path, "/users/@me");
	assert_null(next(world)); /* and no other call before its answer */
	return item;
}

static void a_dead_token_ends_everything(void **state)
{
	struct world *world = make();
	struct heard heard = {0};
	struct discord_rest_item *items[2];

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	for (unsigned i = 0; i < 10; i++)
		add(world, i, (struct discord_rest_call){.is_idempotent = true});
	items[0] = next(world);
	items[1] = next(world);
	answer(world, items[0], 401, UNAUTHORIZED, "v");
	assert_int_equal(heard.doubts, 1);
	assert_string_equal(heard.reason, "POST /channels/1/messages");
	assert_int_equal(heard.dead, 0);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(world->calls[i].done, 0);
	answer(world, next_look(world), 401, UNAUTHORIZED, "v");
	assert_int_equal(heard.dead, 1);
	assert_string_equal(heard.reason, "Discord answered 401 to GET /users/@me too");
	assert_true(discord_rest_queue_is_dead(world->queue));
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(world->calls[i].done, i != 1);
	assert_int_equal(world->calls[0].error, -EACCES);
	assert_int_equal(world->calls[9].error, -EACCES);
	assert_int_equal(discord_rest_queue_add(world->queue,
					 &(struct discord_rest_call){
							 .method = "GET", .route = "GET /", .path = "/"},
					 on_done, NULL, world->now_ms),
			-EACCES);
	answer(world, items[1], 502, "", NULL); /* not tried again */
	assert_int_equal(world->calls[1].error, -EIO);
	assert_int_equal(heard.dead, 1);
	assert_null(next(world));
	unmake(world);
}

/* Each call is tried again, the refused one first. */
static void one_401_with_a_valid_token_ends_nothing(void **state)
{
	struct world *world = make();
	struct heard heard = {0};
	struct discord_rest_item *item;

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	for (unsigned i = 0; i < 2; i++)
		add(world, i, (struct discord_rest_call){.is_idempotent = true});
	answer(world, next(world), 401, UNAUTHORIZED, "v");
	answer(world, next_look(world), 200, "{\"id\":\"1\"}", "v");
	assert_int_equal(heard.trusts, 1);
	for (unsigned i = 0; i < 2; i++) {
		item = next(world);
		assert_non_null(item);
		answer(world, item, 200, "{}", "v");
	}
	assert_int_equal(world->calls[0].done + world->calls[1].done, 2);
	assert_int_equal(world->calls[0].error, 0);
	assert_int_equal(heard.dead, 0);
	unmake(world);
}

/* A 401 that comes again although the token is valid: that call waits longer each time, others do not, and the token
 * is not checked each time. */
static void one_call_is_refused_with_401_again_and_again(void **state)
{
	struct world *world = make();
	struct heard heard = {0};
	struct discord_rest_item *item;
	unsigned tries = 0, looks = 0;
	uint64_t end_ms;

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	send_one(world, &heard, (struct discord_rest_call){.is_idempotent = true, .deadline_ms = 900000});
	end_ms = world->now_ms + 890000;
	for (; world->now_ms < end_ms; world->now_ms += 500) {
		while ((item = next(world))) {
			bool is_look = item->is_look;

			looks += is_look;
			tries += !is_look;
			answer(world, item, is_look ? 200 : 401, is_look ? "{}" : UNAUTHORIZED, "v");
		}
	}
	assert_int_equal(heard.dead + heard.done, 0);
	assert_in_range(tries, 10, 40);
	assert_in_range(looks, 2, tries);
	world->now_ms += 20000;
	discord_rest_queue_expire(world->queue, world->now_ms);
	assert_int_equal(heard.done, 1);
	assert_string_equal(heard.reason, "not done in time; Discord answered 401");
	unmake(world);
}

/* Who asked without is_idempotent reports and repeats failures himself, and has to be told. */
static void a_401_with_a_valid_token_is_reported_where_it_is_not_retried(void **state)
{
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	send_one(world, &heard, (struct discord_rest_call){0});
	answer(world, next(world), 401, UNAUTHORIZED, "v");
	answer(world, next_look(world), 200, "{}", "v");
	answer(world, next(world), 401, UNAUTHORIZED, "v");
	assert_int_equal(heard.done, 1);
	assert_int_equal(heard.result.status, 401);
	assert_string_equal(heard.reason, "401: 401: Unauthorized");
	assert_false(discord_rest_queue_is_dead(world->queue));
	unmake(world);
}

/* 429, 502 and a lost connection prove nothing: the check is repeated, and calls wait meanwhile. */
static void a_check_of_the_token_that_fails_is_repeated(void **state)
{
	static const int statuses[] = {429, 502, 0, 403};
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	add(world, 0, (struct discord_rest_call){.is_idempotent = true});
	answer(world, next(world), 401, UNAUTHORIZED, "v");
	world->now_ms += 600;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct discord_rest_answer lost = {.error = -ECONNRESET, .reason = "reset"};
		struct discord_rest_item *item = next(world);

		assert_non_null(item);
		assert_true(item->is_look);
		if (statuses[i])
			answer(world, item, statuses[i], "<html>", i ? "v" : NULL);
		else
			discord_rest_queue_answer(world->queue, item, &lost, world->now_ms);
		assert_null(next(world));
		world->now_ms += 61000;
	}
	/* Put back by the edge: the same. */
	discord_rest_queue_put_back(world->queue, next(world), world->now_ms);
	assert_null(next(world));
	world->now_ms += 1000;
	assert_int_equal(heard.dead + heard.trusts, 0);
	answer(world, next(world), 404, "{\"message\":\"404: Not Found\",\"code\":0}", "v"); /* not 401 */
	assert_int_equal(heard.trusts, 1);
	unmake(world);
}

/* A page instead of JSON is not Discord's own refusal: Cloudflare, or a proxy. */
static void a_page_with_a_4xx_is_no_refusal(void **state)
{
	static const int statuses[] = {400, 403, 404, 405};
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	send_one(world, &heard, (struct discord_rest_call){.is_idempotent = true, .deadline_ms = 600000});
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		answer(world, next(world), statuses[i], "<html>error code: 1020</html>", NULL);
		assert_int_equal(heard.done, 0);
		assert_null(next(world)); /* not at once */
		world->now_ms += 60000;
	}
	answer(world, next(world), 403, "{\"message\":\"internal network error\",\"code\":40333}", NULL);
	assert_int_equal(heard.done, 0);
	world->now_ms += 60000;
	answer(world, next(world), 404, "{\"message\":\"Unknown Channel\",\"code\":10003}", "v");
	assert_int_equal(heard.done, 1);
	assert_int_equal(heard.result.code, 10003);
	unmake(world);
}

/* A refusal names what was refused, at any depth, of Discord and of servers that write a path as one key. */
static void a_refusal_names_its_fields(void **state)
{
	static const char *const bodies[] = {
			("{\"code\":50035,\"message\":\"Invalid Form "
			 "Body\",\"errors\":{\"0\":{\"options\":{\"1\":{"
			 "\"name\":{\"_errors\":[{\"code\":\"X\",\"message\":\"Too\\nlong.\"}]}}}},"
			 "\"_errors\":[{\"message\":\"Whole.\"}]}}"),
			("{\"code\":50035,\"message\":\"Invalid Form Body\",\"errors\":{\"0/options/0\":{"
			 "\"_errors\":[{\"message\":\"must NOT have additional properties\"}]}}}"),
			("{\"code\":50035,\"message\":\"Invalid Form Body\",\"errors\":["
			 "{\"_errors\":{}},5,{\"a\":{\"_errors\":[]}}]}"),
	};
	static const char *const reasons[] = {
			"400: Invalid Form Body (50035): 0.options.1.name: Too long.; Whole.",
			"400: Invalid Form Body (50035): 0/options/0: must NOT have additional properties",
			"400: Invalid Form Body (50035)",
	};
	struct world *world = make();

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct heard heard = {0};

		send_one(world, &heard, (struct discord_rest_call){.is_idempotent = true});
		answer(world, next(world), 400, bodies[i], "v");
		assert_int_equal(heard.done, 1);
		assert_string_equal(heard.reason, reasons[i]);
		world->now_ms += 5000;
	}
	unmake(world);
}

/* The request waits until it is too late, and reports that. */
static void put_back_with_a_dead_token(void **state)
{
	struct world *world = make();
	struct discord_rest_item *items[2];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		add(world, i, (struct discord_rest_call){.is_idempotent = true});
		items[i] = next(world);
	}
	answer(world, items[0], 401, "", "v");
	answer(world, next_look(world), 401, "", "v");
	discord_rest_queue_put_back(world->queue, items[1], world->now_ms);
	world->now_ms += 5000;
	assert_null(next(world));
	world->now_ms += DISCORD_REST_DEADLINE_MS;
	discord_rest_queue_expire(world->queue, world->now_ms);
	assert_int_equal(world->calls[1].done, 1);
	assert_int_equal(world->calls[1].error, -ETIMEDOUT);
	unmake(world);
}

static void a_dead_interaction_ends_alone(void **state)
{
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	send_one(world, &heard, (struct discord_rest_call){.lane = DISCORD_REST_LANE_INTERACTION});
	answer(world, next(world), 401, "{\"message\":\"Invalid Webhook Token\",\"code\":50027}", "v");
	assert_false(discord_rest_queue_is_dead(world->queue));
	assert_int_equal(heard.result.error, -EACCES);
	assert_int_equal(heard.result.code, 50027);
	assert_string_equal(heard.reason, "401: Invalid Webhook Token (50027)");
	unmake(world);
}

static void fail_next(struct world *world, int error, const char *reason)
{
	struct discord_rest_answer answer = {.error = error, .reason = reason};

	world->now_ms += 20000;
	discord_rest_queue_answer(world->queue, next(world), &answer, world->now_ms);
}

/* "Protocol error" said nothing: the reason names the certificate, at the second failure and at the end. */
static void an_untrusted_ca_is_named(void **state)
{
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	send_one(world, &heard, (struct discord_rest_call){.is_idempotent = true, .deadline_ms = 70000});
	fail_next(world, -EPROTO, "certificate from an unknown CA");
	assert_int_equal(heard.troubles, 0);
	fail_next(world, -EPROTO, "certificate from an unknown CA");
	assert_int_equal(heard.troubles, 1);
	assert_string_equal(heard.reason, "certificate from an unknown CA");
	fail_next(world, -EPROTO, "certificate from an unknown CA");
	assert_int_equal(heard.troubles, 1);
	world->now_ms += 70000;
	discord_rest_queue_expire(world->queue, world->now_ms);
	assert_int_equal(heard.done, 1);
	assert_string_equal(heard.reason, "not done in time; the last try: certificate from an unknown CA");
	unmake(world);
}

/* A captive portal answers 200 with its page: the message was not posted, and is sent again. */
static void a_captive_portal_is_not_discord(void **state)
{
	static const char page[] =
			"\n<!doctype html><html><head><TITLE>Welcome to the hotel</TITLE></head></html>";
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	send_one(world, &heard, (struct discord_rest_call){.is_idempotent = true});
	answer(world, next(world), 200, page, NULL);
	assert_int_equal(heard.done, 0);
	world->now_ms += 20000;
	answer(world, next(world), 302, "", NULL);
	assert_int_equal(heard.done, 0);
	world->now_ms += 20000;
	answer(world, next(world), 200, "{\"id\":\"1\"}", "v");
	assert_int_equal(heard.done, 1);
	assert_int_equal(heard.result.error, 0);
	send_one(world, &heard, (struct discord_rest_call){0});
	answer(world, next(world), 200, page, NULL);
	assert_int_equal(heard.done, 2);
	assert_int_equal(heard.result.error, -EIO);
	assert_true(heard.result.is_maybe_done);
	assert_string_equal(heard.reason,
			"200 with a web page (\"Welcome to the hotel\") in place of Discord's answer: from "
			"Cloudflare, a proxy, a filter or a captive portal");
	unmake(world);
}

static void a_callback_is_tried_twice(void **state)
{
	const struct discord_rest_call callback = {
			.lane = DISCORD_REST_LANE_INTERACTION, .is_callback = true, .deadline_ms = 3000};
	struct world *world = make();
	struct heard heard = {0};
	struct discord_rest_answer lost = {.error = -ECONNRESET, .reason = "lost"};

	(void)state;
	send_one(world, &heard, callback);
	answer(world, next(world), 502, "<html>", NULL);
	assert_null(next(world));
	world->now_ms += 500;
	answer(world, next(world), 400, "{\"code\":40060,\"message\":\"already acknowledged\"}", "v");
	assert_int_equal(heard.done, 1);
	assert_int_equal(heard.result.error, 0); /* the first had arrived */

	send_one(world, &heard, callback);
	discord_rest_queue_answer(world->queue, next(world), &lost, world->now_ms);
	world->now_ms += 500;
	discord_rest_queue_answer(world->queue, next(world), &lost, world->now_ms);
	assert_int_equal(heard.done, 2);
	assert_int_equal(heard.result.error, -ECONNRESET);
	assert_true(heard.result.is_maybe_done);

	/* At the first attempt it means that another process answered. */
	send_one(world, &heard, callback);
	answer(world, next(world), 400, "{\"code\":40060,\"message\":\"already acknowledged\"}", "v");
	assert_int_equal(heard.result.error, -EINVAL);
	assert_int_equal(heard.result.code, 40060);
	send_one(world, &heard, callback);
	answer(world, next(world), 404, "{\"code\":10062,\"message\":\"Unknown interaction\"}", "v");
	assert_int_equal(heard.result.error, -ENOENT);
	assert_int_equal(heard.result.code, 10062);
	unmake(world);
}

static void bodies_of_any_kind_are_survived(void **state)
{
	static const char *const bodies[] = {"", " ", "{", "[]", "null", "<!DOCTYPE html>", "{\"code\":1e99}",
			"{\"code\":\"x\",\"message\":5}", "{\"retry_after\":-1}",
			"{\"retry_after\":1e300,\"global\":1}", "{\"retry_after\":\"5\"}", "\xff\xfe"};
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		heard.done = 0;
		send_one(world, &heard, (struct discord_rest_call){0});
		answer(world, next(world), 403, bodies[i], NULL);
		assert_int_equal(heard.done, 1);
		assert_int_equal(heard.result.error, -EACCES);
		assert_int_equal(heard.result.code, 0);
		assert_string_not_equal(heard.reason, "");
		send_one(world, &heard, (struct discord_rest_call){.deadline_ms = 3600000});
		answer(world, next(world), 429, bodies[i], "1.1 google");
		world->now_ms += 2 * DISCORD_RATELIMIT_DURATION_MAX_MS;
		discord_rest_queue_expire(world->queue, world->now_ms);
		assert_int_equal(heard.done, 2);
		assert_int_equal(heard.result.error, -ETIMEDOUT);
	}
	unmake(world);
}

static void a_pause_is_logged_once(void **state)
{
	struct world *world = make();
	struct heard heard = {0};

	(void)state;
	discord_rest_queue_listen(world->queue, &events, &heard);
	for (unsigned i = 0; i < 3; i++)
		add(world, i, (struct discord_rest_call){.deadline_ms = 540000});
	answer(world, next(world), 429, "<html>error code: 1015</html>", NULL);
	for (int i = 0; i < 5; i++) {
		assert_null(next(world));
		world->now_ms += 1000;
	}
	assert_int_equal(heard.pauses, 1);
	assert_int_equal(heard.pause_ms, 60000);
	world->now_ms += 55000;
	answer(world, next(world), 200, "{}", "v");
	assert_int_equal(heard.pauses, 1);
	unmake(world);
}

static void note(void *user, const struct discord_rest_result *result)
{
	(void)user;
	(void)result;
}

/* A delayed request lets others pass; retried requests keep their order. */
static void order_is_kept(void **state)
{
	struct world *world = make();
	const char *paths[] = {"a", "b", "c", "d"};
	struct discord_rest_call call = {
			.method = "POST", .route = SEND, .major = "1", .is_idempotent = true};
	struct discord_rest_item *items[4];

	(void)state;
	call.path = "first";
	assert_int_equal(discord_rest_queue_add(world->queue, &call, note, NULL, world->now_ms), 0);
	answer(world, next(world), 200, "{}", "v"); /* a route without limits */
	for (int i = 0; i < 4; i++) {
		call.path = paths[i];
		assert_int_equal(discord_rest_queue_add(world->queue, &call, note, NULL, world->now_ms), 0);
	}
	for (int i = 0; i < 3; i++) {
		items[i] = next(world);
		assert_string_equal(items[i]->call.path, paths[i]);
	}
	for (int i = 0; i < 3; i++)
		answer(world, items[i], 429, "{\"retry_after\":1.0}", "v"); /* hidden limits: each alone */
	items[3] = next(world);
	assert_string_equal(items[3]->call.path, "d");
	assert_null(next(world));
	world->now_ms += 1001;
	for (int i = 0; i < 3; i++)
		assert_string_equal(next(world)->call.path, paths[i]);
	unmake(world);
}

/* Discord's error texts are logged on one clean line, cut at a grapheme. */
static void control_characters_in_an_error(void **state)
{
	static const char body[] = "{\"code\":10003,\"message\":\"Unknown\\n\\u001b[2J\\u009b Channel\"}";
	struct world *world = make();
	struct heard heard = {0};
	struct str text = STR(1024);

	(void)state;
	send_one(world, &heard, (struct discord_rest_call){.major = "1"});
	answer(world, next(world), 404, body, "v");
	assert_string_equal(heard.reason, "404: Unknown  [2J  Channel (10003)");
	str_append(&text, "{\"message\":\"x");
	for (int i = 0; i < 200; i++)
		str_append(&text, "é");
	str_append(&text, "\"}");
	send_one(world, &heard, (struct discord_rest_call){.major = "1"});
	answer(world, next(world), 400, str_text(&text), "v");
	assert_int_equal(heard.done, 2);
	assert_true(utf8_valid(heard.reason, strlen(heard.reason)));
	assert_int_equal(strlen(heard.reason), strlen("400: x") + 2 * 79);
	str_release(&text);
	unmake(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(a_dead_token_ends_everything),
			cmocka_unit_test(one_401_with_a_valid_token_ends_nothing),
			cmocka_unit_test(one_call_is_refused_with_401_again_and_again),
			cmocka_unit_test(a_401_with_a_valid_token_is_reported_where_it_is_not_retried),
			cmocka_unit_test(a_check_of_the_token_that_fails_is_repeated),
			cmocka_unit_test(a_page_with_a_4xx_is_no_refusal),
			cmocka_unit_test(a_refusal_names_its_fields),
			cmocka_unit_test(put_back_with_a_dead_token),
			cmocka_unit_test(a_dead_interaction_ends_alone),
			cmocka_unit_test(an_untrusted_ca_is_named),
			cmocka_unit_test(a_captive_portal_is_not_discord),
			cmocka_unit_test(a_callback_is_tried_twice),
			cmocka_unit_test(bodies_of_any_kind_are_survived),
			cmocka_unit_test(a_pause_is_logged_once),
			cmocka_unit_test(order_is_kept),
			cmocka_unit_test(control_characters_in_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
