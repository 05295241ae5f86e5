/* EventSub as a state machine: frames, responses and time in; requests, connections and messages out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/gateway/twitch/eventsub.h"
#include "bot/gateway/twitch/helix.h"

#define WALL_MS    1795425089000u
#define HELD_MAX   700
#define FRAME_MAX  4000
#define MESSAGE_ID "m1"

/* A session, the requests that wait for a response, and all that came out since the last look. */
struct script {
	struct twitch_eventsub *session;
	struct irc_now now;
	struct str out, heard, completed;
	struct twitch_request held[HELD_MAX];
	size_t held_count;
	unsigned refused;
	unsigned frames;
	char *names[TWITCH_SUBSCRIPTIONS_MAX];
};

static void on_connect(void *user, size_t link, const char *url)
{
	str_printf(&((struct script *)user)->out, "connect %zu %s\n", link, url ? url : "-");
}

static void on_drop(void *user, size_t link)
{
	str_printf(&((struct script *)user)->out, "drop %zu\n", link);
}

static int on_request(void *user, const struct twitch_request *request)
{
	struct script *script = user;

	assert_true(script->held_count < HELD_MAX);
	script->held[script->held_count] = *request;
	script->held[script->held_count].method = NULL;
	script->held[script->held_count].path = NULL;
	script->held[script->held_count++].body = NULL;
	str_printf(&script->out, "%s %s%s%s\n", request->method, request->path, request->body ? " " : "",
			request->body ? request->body : "");
	return 0;
}

static void on_refused(void *user)
{
	((struct script *)user)->refused++;
}

static void on_ready(void *user)
{
	str_append(&((struct script *)user)->out, "ready\n");
}

static void on_down(void *user, const char *reason, uint64_t delay_ms)
{
	str_printf(&((struct script *)user)->out, "down%s: %s\n", delay_ms ? "" : " at once", reason);
}

static void on_info(void *user, const char *text)
{
	(void)user;
	assert_true(*text);
}

static void on_stopped(void *user)
{
	str_append(&((struct script *)user)->out, "stopped\n");
}

static void on_rooms(void *user)
{
	(void)user;
}

static void on_message(void *user, const struct message *message)
{
	str_printf(&((struct script *)user)->heard, "%s %s(%s) #%s %llu%s %s\n", message->channel,
			message->author_name, message->author_id, message->id,
			(unsigned long long)message->time_ms, message->is_addressed ? " addressed" : "",
			message->text);
}

static void on_completed(void *user, const char *message_id, bool is_said)
{
	str_printf(&((struct script *)user)->completed, "%s%s\n", message_id, is_said ? "" : " not");
}

static void on_note(void *user, const char *text)
{
	str_printf(&((struct script *)user)->out, "note: %s\n", text);
}

static void begin_with(struct script *script, size_t channels)
{
	static const struct twitch_eventsub_events events = {
			on_connect, on_drop, on_request, on_refused, on_ready, on_down, on_info, on_stopped};
	static const struct twitch_chat_events chat_events = {on_rooms, on_message, on_completed, on_note};
	struct twitch_eventsub_config config = {.login = "bot",
			.channels = script->names,
			.channel_count = channels,
			.seed = 1,
			.base_ms = 1000,
			.cap_ms = 8000};

	memset(script, 0, sizeof(*script));
	script->out = STR(1000000);
	script->heard = script->completed = STR(100000);
	script->now = (struct irc_now){100000, WALL_MS};
	for (size_t i = 0; i < channels; i++) {
		script->names[i] = malloc(16);
		assert_non_null(script->names[i]);
		snprintf(script->names[i], 16, i ? "#tv%zu" : "#tv", i);
	}
	assert_int_equal(twitch_eventsub_new(&config, &events, script, &script->session), 0);
	twitch_chat_listen(twitch_eventsub_chat(script->session), &chat_events, script);
	twitch_eventsub_authorize(script->session, "77", &script->now);
}

static void end(struct script *script)
{
	twitch_eventsub_free(script->session);
	str_release(&script->out);
	str_release(&script->heard);
	str_release(&script->completed);
	for (size_t i = 0; i < TWITCH_SUBSCRIPTIONS_MAX; i++)
		free(script->names[i]);
}

static void assert_out(struct str *str, const char *wanted)
{
	assert_string_equal(str_text(str), wanted);
	str_clear(str);
}

static void pass(struct script *script, uint64_t ms)
{
	script->now.ms += ms;
	script->now.wall_ms += ms;
	twitch_eventsub_tick(script->session, &script->now);
}

/* The response to the oldest request of this kind. */
static void respond_with(struct script *script, enum twitch_call call, const struct twitch_response *response)
{
	for (size_t i = 0; i < script->held_count; i++) {
		struct twitch_request request = script->held[i];

		if (request.call != call)
			continue;
		script->held_count--;
		memmove(&script->held[i], &script->held[i + 1], (script->held_count - i) * sizeof(request));
		twitch_eventsub_response(script->session, &request, response, &script->now);
		return;
	}
	fail_msg("no request waits for this response");
}

static void respond(struct script *script, enum twitch_call call, int status, const char *body)
{
	respond_with(script, call,
			&(struct twitch_response){.status = status, .body = body, .length = strlen(body)});
}

/* A frame: the payload is {"session": ...} or what payload says. */
static void receive(struct script *script, size_t link, const char *type, const char *subscription_type,
		const char *payload)
{
	char text[FRAME_MAX];
	int length = snprintf(text, sizeof(text),
			"{\"metadata\":{\"message_id\":\"f%u\",\"message_type\":\"%s\","
			"\"message_timestamp\":\"2026-11-23T09:11:30.25Z\",\"subscription_type\":\"%s\"},"
			"\"payload\":%s}",
			++script->frames, type, subscription_type, payload);

	assert_true(length > 0 && (size_t)length < sizeof(text));
	twitch_eventsub_receive(script->session, link, text, (size_t)length, &script->now);
}

static void welcome(struct script *script, size_t link, const char *id)
{
	char payload[200];

	snprintf(payload, sizeof(payload), "{\"session\":{\"id\":\"%s\",\"keepalive_timeout_seconds\":30}}",
			id);
	receive(script, link, "session_welcome", "", payload);
}

#define NOTHING "{\"data\":[]}"
#define OK_ID   "{\"data\":[{\"id\":\"abc-1\"}]}"

/* In #tv, subscribed to everything. */
static void begin(struct script *script)
{
	begin_with(script, 1);
	respond(script, TWITCH_CALL_USERS, 200, "{\"data\":[{\"id\":\"5\",\"login\":\"tv\"}]}");
	welcome(script, 0, "s1");
	for (int i = 0; i < 5; i++)
		respond(script, TWITCH_CALL_SUBSCRIBE, 202, OK_ID);
	respond(script, TWITCH_CALL_SETTINGS, 200, "{\"data\":[{\"slow_mode\":false}]}");
	assert_int_equal(script->held_count, 0);
	str_clear(&script->out);
}

static void hear(struct script *script, size_t link, const char *more)
{
	char payload[FRAME_MAX / 2];

	snprintf(payload, sizeof(payload),
			"{\"event\":{\"broadcaster_user_id\":\"5\",\"chatter_user_id\":\"12\","
			"\"chatter_user_name\":\"Anna\",\"badges\":[],%s}}",
			more);
	receive(script, link, "notification", "channel.chat.message", payload);
}

static void ask(struct script *script, const char *id)
{
	char line[] = "an answer", *lines[] = {line};
	const struct twitch_say say = {
			.channel = "#tv", .asked_id = id, .author_id = "12", .lines = lines, .line_count = 1};

	assert_int_equal(twitch_chat_say(twitch_eventsub_chat(script->session), &say, &script->now), 0);
	twitch_chat_flush(twitch_eventsub_chat(script->session), &script->now);
}

#define POST                                                                                                 \
	"POST /chat/messages {\"broadcaster_id\":\"5\",\"sender_id\":\"77\",\"message\":\"an answer\","      \
	"\"reply_parent_message_id\":\"m1\"}\n"
#define ECHO                                                                                                 \
	"\"message_id\":\"e1\",\"chatter_user_id\":\"77\",\"message\":{\"text\":\"an answer\"},\"reply\":{"  \
	"\"parent_message_id\":\"m1\",\"parent_user_id\":\"12\"}"

static void test_from_look_up_to_subscriptions(void **state)
{
	struct script script;

	(void)state;
	begin_with(&script, 1);
	assert_out(&script.out, "GET /users?login=tv\n");
	respond(&script, TWITCH_CALL_USERS, 200, "{\"data\":[{\"id\":\"5\",\"login\":\"tv\"}]}");
	assert_out(&script.out, "connect 0 -\n");
	welcome(&script, 0, "s1");
	assert_non_null(strstr(str_text(&script.out),
			"POST /eventsub/subscriptions {\"type\":\"channel.chat.message\",\"version\":\"1\","
			"\"condition\":{\"broadcaster_user_id\":\"5\",\"user_id\":\"77\"},\"transport\":{"
			"\"method\":\"websocket\",\"session_id\":\"s1\"}}\n"
			"GET /chat/settings?broadcaster_id=5\n"));
	str_clear(&script.out);
	respond(&script, TWITCH_CALL_SUBSCRIBE, 202, OK_ID);
	assert_out(&script.out, "ready\n");
	end(&script);
}

static void test_a_message_and_its_time(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	hear(&script, 0, "\"message_id\":\"m1\",\"message\":{\"text\":\"@bot episode 5\"}");
	assert_out(&script.heard, "#tv Anna(12) #m1 1795425090250 addressed episode 5\n");
	hear(&script, 0, "\"message_id\":\"m2\",\"message\":{\"text\":\"\\u0001ACTION !ping\\u0001\"}");
	assert_out(&script.heard, "#tv Anna(12) #m2 1795425090250 !ping\n");
	hear(&script, 0, "\"message_id\":\"m2\",\"message\":{\"text\":\"!ping\"}"); /* again */
	hear(&script, 0,
			"\"message_id\":\"m3\",\"source_broadcaster_user_id\":\"9\",\"message\":{\"text\":\"!"
			"ping\"}");
	hear(&script, 0,
			"\"message_id\":\"m4\",\"badges\":[{\"set_id\":\"bot-badge\",\"id\":\"1\"}],"
			"\"message\":{\"text\":\"!ping\"}");
	hear(&script, 0, "\"message_id\":\"m5\",\"chatter_user_id\":\"77\",\"message\":{\"text\":\"!ping\"}");
	assert_out(&script.heard, "");
	end(&script);
}

static void test_the_response_confirms(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	assert_out(&script.out, POST);
	respond(&script, TWITCH_CALL_SEND, 200, "{\"data\":[{\"message_id\":\"e1\",\"is_sent\":true}]}");
	assert_out(&script.completed, "m1\n");
	hear(&script, 0, ECHO); /* later, and harmless */
	assert_out(&script.completed, "");
	end(&script);
}

static void test_the_own_message_confirms(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	hear(&script, 0, ECHO);
	assert_out(&script.completed, "m1\n");
	respond(&script, TWITCH_CALL_SEND, 200, "{\"data\":[{\"message_id\":\"e1\",\"is_sent\":true}]}");
	assert_out(&script.completed, "");
	assert_out(&script.out, POST);
	end(&script);
}

static void test_without_response_the_same_text_is_sent_again_until_a_duplicate_confirms_it(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	respond_with(&script, TWITCH_CALL_SEND,
			&(struct twitch_response){.error = -110, .reason = "timed out"});
	assert_out(&script.out, POST);
	pass(&script, 4999);
	assert_out(&script.out, "");
	pass(&script, 1);
	assert_out(&script.out, POST);
	respond(&script, TWITCH_CALL_SEND, 503, "");
	pass(&script, 9999);
	assert_out(&script.out, "");
	pass(&script, 1);
	assert_out(&script.out, POST);
	respond(&script, TWITCH_CALL_SEND, 200,
			"{\"data\":[{\"message_id\":\"\",\"is_sent\":false,\"drop_reason\":{\"code\":\"msg_"
			"duplicate\","
			"\"message\":\"-\"}}]}");
	assert_out(&script.completed, "m1\n");
	end(&script);
}

/* In doubt, the bot's own message may also come while the next request waits. */
static void test_a_late_own_message_prevents_the_second_request(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	respond_with(&script, TWITCH_CALL_SEND, &(struct twitch_response){.error = -104, .reason = "reset"});
	pass(&script, 3000);
	hear(&script, 0, ECHO);
	assert_out(&script.completed, "m1\n");
	pass(&script, 20000);
	assert_out(&script.out, POST);
	end(&script);
}

static void test_an_unsent_request_is_no_try(void **state)
{
	const struct twitch_response refused = {.error = -111, .is_unsent = true, .reason = "refused"};
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	for (int i = 0; i < 40; i++) { /* more often than a doubtful one is tried */
		respond_with(&script, TWITCH_CALL_SEND, &refused);
		pass(&script, 2000);
		receive(&script, 0, "session_keepalive", "", "{}");
	}
	assert_out(&script.completed, "");
	respond(&script, TWITCH_CALL_SEND, 200, "{\"data\":[{\"is_sent\":true}]}");
	assert_out(&script.completed, "m1\n");
	end(&script);
}

static void test_the_log_tells_why_an_answer_became_too_old(void **state)
{
	const struct twitch_response refused = {.error = -111, .is_unsent = true, .reason = "refused"};
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	while (script.held_count > 0) {
		respond_with(&script, TWITCH_CALL_SEND, &refused);
		pass(&script, 4000);
		receive(&script, 0, "session_keepalive", "", "{}");
	}
	assert_out(&script.completed, "m1 not\n");
	assert_non_null(strstr(str_text(&script.out),
			"note: #tv: Twitch's API has not taken an answer for 2 min: dropping it\n"));
	end(&script);
}

static void test_a_question_from_the_journal_that_was_answered_is_not_answered_again(void **state)
{
	char line[] = "an answer", *lines[] = {line};
	const struct twitch_say say = {.channel = "#tv",
			.asked_id = "m1",
			.author_id = "12",
			.is_again = true,
			.lines = lines,
			.line_count = 1};
	struct script script;

	(void)state;
	begin(&script);
	assert_int_equal(twitch_chat_say(twitch_eventsub_chat(script.session), &say, &script.now), 0);
	twitch_chat_flush(twitch_eventsub_chat(script.session), &script.now);
	respond(&script, TWITCH_CALL_SEND, 200,
			"{\"data\":[{\"is_sent\":false,\"drop_reason\":{\"code\":\"msg_duplicate\","
			"\"message\":\"-\"}}]}");
	assert_out(&script.completed, "m1\n");
	pass(&script, 10000);
	assert_out(&script.out, POST);
	end(&script);
}

/* Twitch publishes no list of codes, and changes them. */
static void test_codes_of_drop_reasons(void **state)
{
	static const struct {
		const char *code;
		int verdict; /* -1: unknown */
	} codes[] = {
			{"msg_duplicate", TWITCH_DUPLICATE},
			{"msg_rejected", TWITCH_TEXT},
			{"msg_rejected_mandatory", TWITCH_TEXT},
			{"followers_only_mode", TWITCH_MODE},
			{"subscribers_only_mode", TWITCH_MODE},
			{"emote_only_mode", TWITCH_MODE},
			{"slow_mode", TWITCH_SLOW},
			{"unique_chat_mode", TWITCH_TEXT},
			{"user_timed_out", TWITCH_TIMEOUT},
			{"user_banned", TWITCH_OUT},
			{"user_warned", TWITCH_MODE},
			{"msg_ratelimit", TWITCH_TOO_FAST},
			{"rate_limit_exceeded", TWITCH_TOO_FAST},
			{"user_unverified_phone", TWITCH_ACCOUNT},
			{"channel_settings_block", -1},
			{"moderated", -1},
			{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		const struct twitch_notice *notice = twitch_notice_of_drop(codes[i].code);

		assert_int_equal(notice ? (int)notice->verdict : -1, codes[i].verdict);
	}
}

static void test_a_move_keeps_the_old_connection_until_the_welcome(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	receive(&script, 0, "session_reconnect", "",
			"{\"session\":{\"id\":\"s1\",\"reconnect_url\":\"wss://x.twitch.tv/ws?a=1\"}}");
	assert_out(&script.out, "connect 1 wss://x.twitch.tv/ws?a=1\n");
	hear(&script, 0, "\"message_id\":\"m1\",\"message\":{\"text\":\"!ping\"}");
	assert_out(&script.heard, "#tv Anna(12) #m1 1795425090250 !ping\n");
	welcome(&script, 1, "s2");
	assert_out(&script.out, "drop 0\n");
	hear(&script, 1, "\"message_id\":\"m1\",\"message\":{\"text\":\"!ping\"}");
	assert_out(&script.heard, "");
	ask(&script, MESSAGE_ID); /* and it can send at once */
	assert_out(&script.out, POST);
	end(&script);
}

static void test_the_old_connection_ends_during_a_move(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	receive(&script, 0, "session_reconnect", "", "{\"session\":{\"reconnect_url\":\"wss://x/\"}}");
	twitch_eventsub_closed(script.session, 0, 4004, "-", &script.now);
	assert_out(&script.out, "connect 1 wss://x/\n"); /* the other one is on its way */
	twitch_eventsub_closed(script.session, 1, 4007, "-", &script.now);
	assert_out(&script.out, "down at once: Twitch refuses its reconnect URL (4007)\nconnect 0 -\n");
	/* Not twice: a server that always says so must not be asked in a loop. */
	twitch_eventsub_closed(script.session, 0, 4007, "-", &script.now);
	assert_out(&script.out, "down: Twitch refuses its reconnect URL (4007)\n");
	end(&script);
}

static void test_deadlines(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	assert_int_equal(twitch_eventsub_next_ms(script.session), script.now.ms + 35000);
	pass(&script, 34999);
	assert_out(&script.out, "");
	pass(&script, 1);
	assert_out(&script.out, "drop 0\ndown: keepalive timeout: nothing received for 35 s\n");
	while (!strstr(str_text(&script.out), "connect 0"))
		pass(&script, 500);
	str_clear(&script.out);
	pass(&script, 30000);
	assert_out(&script.out, "drop 0\ndown: no session_welcome after 30 s\n");
	end(&script);
}

static void test_one_401_proves_nothing(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	respond(&script, TWITCH_CALL_SEND, 401, "{\"message\":\"Invalid OAuth token\"}");
	assert_int_equal(script.refused, 0);
	str_clear(&script.out);
	pass(&script, 1300);
	assert_out(&script.out, POST);
	respond(&script, TWITCH_CALL_SEND, 401, "{}");
	assert_int_equal(script.refused, 1);
	pass(&script, 60000);
	receive(&script, 0, "session_keepalive", "", "{}");
	assert_null(strstr(str_text(&script.out), "POST")); /* nothing is asked without a token */
	twitch_eventsub_authorize(script.session, "77", &script.now);
	assert_out(&script.completed, "");
	end(&script);
}

static void test_with_many_channels_the_last_kinds_are_left_out(void **state)
{
	struct str users = STR(100000);
	struct script script;
	size_t subscriptions = 0;

	(void)state;
	begin_with(&script, 100);
	str_append(&users, "{\"data\":[");
	for (size_t i = 0; i < 100; i++)
		str_printf(&users, "%s{\"id\":\"%zu\",\"login\":\"%s\"}", i ? "," : "", i + 1,
				script.names[i] + 1);
	str_append(&users, "]}");
	respond(&script, TWITCH_CALL_USERS, 200, str_text(&users));
	welcome(&script, 0, "s1");
	while (script.held_count > 0) {
		assert_true(script.held_count <= TWITCH_REQUESTS_MAX);
		if (script.held[0].call == TWITCH_CALL_SUBSCRIBE) {
			subscriptions++;
			respond(&script, TWITCH_CALL_SUBSCRIBE, 202, OK_ID);
		} else {
			respond(&script, TWITCH_CALL_SETTINGS, 200, "{\"data\":[{}]}");
		}
	}
	assert_int_equal(subscriptions, TWITCH_SUBSCRIPTIONS_MAX);
	assert_int_equal(twitch_chat_joined_count(twitch_eventsub_chat(script.session)), 100);
	str_release(&users);
	end(&script);
}

static void test_quitting_waits_for_the_response(void **state)
{
	struct script script;

	(void)state;
	begin(&script);
	ask(&script, MESSAGE_ID);
	str_clear(&script.out);
	twitch_eventsub_quit(script.session, &script.now);
	assert_out(&script.out, "");
	respond(&script, TWITCH_CALL_SEND, 200, "{\"data\":[{\"is_sent\":true}]}");
	assert_out(&script.completed, "m1\n");
	assert_out(&script.out, "drop 0\nstopped\n");
	end(&script);
}

/* The host's clock has no part in it. */
static void test_the_pause_of_the_rate_limit(void **state)
{
	static const char date[] = "Mon, 30 Nov 2026 00:16:57 GMT"; /* 1795997817 */

	(void)state;
	assert_int_equal(twitch_helix_pause_ms(200, "5", "1795997819", date), 0);
	assert_int_equal(twitch_helix_pause_ms(200, "0", "1795997819", date), 2000);
	assert_int_equal(twitch_helix_pause_ms(429, "0", "1795997857", date), 40000);
	assert_int_equal(twitch_helix_pause_ms(429, NULL, "1795997819", date), 2000);
	assert_int_equal(twitch_helix_pause_ms(429, "0", "1795997810", date), 1000); /* in the past */
	assert_int_equal(twitch_helix_pause_ms(429, "0", NULL, date), 0);
	assert_int_equal(twitch_helix_pause_ms(429, "0", "1795997819", NULL), 0);
	assert_int_equal(twitch_helix_pause_ms(429, "0", "x", date), 0);
	assert_int_equal(twitch_helix_pause_ms(429, "0", "1795997819", ":::::::::"), 0);
	/* Over midnight. */
	assert_int_equal(
			twitch_helix_pause_ms(429, "0", "1796083203", "Mon, 30 Nov 2026 23:59:58 GMT"), 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_from_look_up_to_subscriptions),
			cmocka_unit_test(test_a_message_and_its_time),
			cmocka_unit_test(test_the_response_confirms),
			cmocka_unit_test(test_the_own_message_confirms),
			cmocka_unit_test(
					test_without_response_the_same_text_is_sent_again_until_a_duplicate_confirms_it),
			cmocka_unit_test(test_a_late_own_message_prevents_the_second_request),
			cmocka_unit_test(test_an_unsent_request_is_no_try),
			cmocka_unit_test(test_the_log_tells_why_an_answer_became_too_old),
			cmocka_unit_test(
					test_a_question_from_the_journal_that_was_answered_is_not_answered_again),
			cmocka_unit_test(test_codes_of_drop_reasons),
			cmocka_unit_test(test_a_move_keeps_the_old_connection_until_the_welcome),
			cmocka_unit_test(test_the_old_connection_ends_during_a_move),
			cmocka_unit_test(test_deadlines),
			cmocka_unit_test(test_one_401_proves_nothing),
			cmocka_unit_test(test_with_many_channels_the_last_kinds_are_left_out),
			cmocka_unit_test(test_quitting_waits_for_the_response),
			cmocka_unit_test(test_the_pause_of_the_rate_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
