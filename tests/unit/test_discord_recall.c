/* Searching a channel's messages for an answer. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/rest/queue.h"

#define SELF  99
#define ASKED 1500

#define OURS "{\"id\":\"1600\",\"author\":{\"id\":\"99\"},\"message_reference\":{\"message_id\":\"1500\"}}"
#define OURS_REST                                                                                            \
	"\"id\":\"1600\",\"author\":{\"id\":\"99\"},\"message_reference\":{\"message_id\":\"1500\"}}"
#define THEIRS "{\"id\":\"1700\",\"author\":{\"id\":\"7\"},\"message_reference\":{\"message_id\":\"1500\"}}"
#define OTHER  "{\"id\":\"1650\",\"author\":{\"id\":\"99\"},\"message_reference\":{\"message_id\":\"1400\"}}"
#define PLAIN  "{\"id\":\"1640\",\"author\":{\"id\":\"99\"},\"message_reference\":null}"

static uint64_t find(const char *text, uint64_t *newest, size_t *count)
{
	return discord_recall_find((struct span){text, strlen(text)}, SELF, ASKED, newest, count).post;
}

static bool is_layout(const char *text)
{
	uint64_t newest;
	size_t count;

	return discord_recall_find((struct span){text, strlen(text)}, SELF, ASKED, &newest, &count).is_layout;
}

static void an_answer_of_ours_is_found(void **state)
{
	uint64_t newest;
	size_t count;

	(void)state;
	assert_int_equal(find("[" THEIRS "," OTHER "," OURS "]", &newest, &count), 1600);
	assert_int_equal(newest, 1700);
	assert_int_equal(count, 3);
	assert_false(find("[" THEIRS "," OTHER "," PLAIN "]", &newest, &count));
	assert_int_equal(count, 3);
	assert_false(find("[]", &newest, &count));
	assert_int_equal(count, 0);
	assert_false(is_layout("[" OURS "]"));
	assert_true(is_layout("[{\"flags\":32768," OURS_REST "]"));
}

static void a_malformed_value_is_empty(void **state)
{
	static const char *const broken[] = {"", "{}", "null", "[", "[5,null,{}]", "[{\"author\":5}]"};
	uint64_t newest;
	size_t count;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_false(find(broken[i], &newest, &count));
		assert_int_equal(newest, 0);
	}
}

/* ---------------------------------------------------------------- when to look */

struct end {
	unsigned done;
	int error;
	bool is_maybe_done;
	char sent[16];
};

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct end *end = user;

	end->done++;
	end->error = result->error;
	end->is_maybe_done = result->is_maybe_done;
	snprintf(end->sent, sizeof(end->sent), "%s", result->sent);
}

/* Send a message that fails in one way for this time; return when it ended. */
static uint64_t fail_for_long(const struct discord_rest_answer *answer, struct end *end)
{
	const struct discord_rest_call call = {
			.method = "POST",
			.route = "POST /channels/{}/messages",
			.path = "/channels/1/messages",
			.body = "words",
			.body_bytes = 5,
			.is_idempotent = true,
			.repeat_ms = DISCORD_RECALL_NONCE_MS,
			.deadline_ms = 15 * 60 * 1000,
	};
	uint64_t now_ms = 1000, wait_ms = 0;
	struct discord_rest_queue *queue;

	assert_int_equal(discord_rest_queue_new(50, 1, &queue), 0);
	assert_int_equal(discord_rest_queue_add(queue, &call, on_done, end, now_ms), 0);
	for (; !end->done; now_ms += 10) {
		struct discord_rest_item *item = discord_rest_queue_next(queue, now_ms, &wait_ms);

		if (item)
			discord_rest_queue_answer(queue, item, answer, now_ms + 5);
		discord_rest_queue_expire(queue, now_ms + 5);
	}
	assert_int_equal(end->done, 1);
	discord_rest_queue_free(queue);
	return now_ms - 1000;
}

static void unconfirmed_requests_are_repeated_while_their_nonce_is_valid(void **state)
{
	const struct discord_rest_answer bad_gateway = {
			.status = 502, .body = "", .headers = {.has_via = true}};
	const struct discord_rest_answer lost = {.error = -ECONNRESET, .reason = "reset"};
	const struct discord_rest_answer unsent = {.error = -ECONNREFUSED, .reason = "refused"};
	struct end end = {0};

	(void)state;
	assert_in_range(fail_for_long(&bad_gateway, &end), DISCORD_RECALL_NONCE_MS - 15000,
			DISCORD_RECALL_NONCE_MS + 1000);
	assert_int_equal(end.error, -ETIMEDOUT);
	assert_true(end.is_maybe_done);
	assert_string_equal(end.sent, "words");
	end = (struct end){0};
	assert_in_range(fail_for_long(&lost, &end), DISCORD_RECALL_NONCE_MS - 15000,
			DISCORD_RECALL_NONCE_MS + 1000);
	assert_true(end.is_maybe_done);
	/* A request that never left this machine cannot have taken effect, however long it takes. */
	end = (struct end){0};
	assert_true(fail_for_long(&unsent, &end) > 14 * 60 * 1000);
	assert_false(end.is_maybe_done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(an_answer_of_ours_is_found),
			cmocka_unit_test(a_malformed_value_is_empty),
			cmocka_unit_test(unconfirmed_requests_are_repeated_while_their_nonce_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
