/* Payloads sent to the gateway: the exact JSON, escaping, and lengths. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/json.h"
#include "bot/gateway/discord/stream/payload.h"

static void assert_text(struct str *str, const char *expected)
{
	assert_int_equal(str->error, 0);
	assert_string_equal(str_text(str), expected);
	str_release(str);
}

static void test_identify(void **state)
{
	const struct discord_payload_identity identity = {.token = "abc.def",
			.intents = 37377,
			.shard = 3,
			.shard_count = 16,
			.activity = "!help"};
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);

	(void)state;
	discord_payload_identify(&str, &identity);
	assert_text(&str,
			"{\"op\":2,\"d\":{\"token\":\"abc.def\",\"intents\":37377,"
			"\"properties\":{\"os\":\"linux\",\"browser\":\"episoded\",\"device\":\"episoded\"},"
			"\"compress\":false,\"large_threshold\":50,\"shard\":[3,16],"
			"\"presence\":{\"since\":null,\"activities\":[{\"name\":\"!help\",\"type\":2}],"
			"\"status\":\"online\",\"afk\":false}}}");
}

static void test_identify_without_an_activity_has_no_presence(void **state)
{
	const struct discord_payload_identity identity = {
			.token = "t", .intents = UINT64_MAX, .shard_count = 1};
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);

	(void)state;
	discord_payload_identify(&str, &identity);
	assert_text(&str,
			"{\"op\":2,\"d\":{\"token\":\"t\",\"intents\":18446744073709551615,"
			"\"properties\":{\"os\":\"linux\",\"browser\":\"episoded\",\"device\":\"episoded\"},"
			"\"compress\":false,\"large_threshold\":50,\"shard\":[0,1]}}");
}

static void test_resume(void **state)
{
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);

	(void)state;
	discord_payload_resume(&str, "abc", "0123456789abcdef", UINT64_C(9007199254740993));
	/* Sequence numbers are exact, also beyond the precision of a double. */
	assert_text(&str, "{\"op\":6,\"d\":{\"token\":\"abc\",\"session_id\":\"0123456789abcdef\","
			  "\"seq\":9007199254740993}}");
}

static void test_heartbeat(void **state)
{
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);

	(void)state;
	discord_payload_heartbeat(&str, false, 5);
	assert_text(&str, "{\"op\":1,\"d\":null}"); /* before the first event */
	str = STR(DISCORD_PAYLOAD_MAX_BYTES);
	discord_payload_heartbeat(&str, true, 0);
	assert_text(&str, "{\"op\":1,\"d\":0}");
}

/* Text from Discord or people cannot end its JSON string. */
static void test_text_stays_text(void **state)
{
	static const char nasty[] = "a\"},\"op\":1,\\ \n\x01 \xc3\xa9";
	const struct discord_payload_identity identity = {
			.token = nasty, .shard_count = 1, .activity = nasty};
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);
	struct json *json = NULL;
	struct json_node *data;

	(void)state;
	discord_payload_identify(&str, &identity);
	assert_int_equal(json_parse(str_text(&str), str.length, 0, &json), 0);
	assert_true(json_number(json_get(json_root(json), "op")) == 2);
	data = json_get(json_root(json), "d");
	assert_string_equal(json_string(json_get(data, "token")), nasty);
	json_free(json);
	str_release(&str);

	str = STR(DISCORD_PAYLOAD_MAX_BYTES);
	discord_payload_resume(&str, nasty, nasty, 1);
	assert_int_equal(json_parse(str_text(&str), str.length, 0, &json), 0);
	data = json_get(json_root(json), "d");
	assert_string_equal(json_string(json_get(data, "session_id")), nasty);
	json_free(json);
	str_release(&str);
}

/* Discord closes with 4002 on a longer payload, so building one fails. */
static void test_too_long_is_an_error(void **state)
{
	char token[DISCORD_PAYLOAD_MAX_BYTES + 1];
	struct discord_payload_identity identity = {.token = token, .shard_count = 1};
	struct str str = STR(DISCORD_PAYLOAD_MAX_BYTES);

	(void)state;
	memset(token, 'x', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	discord_payload_identify(&str, &identity);
	assert_true(str.error < 0);
	str_release(&str);
	str = STR(DISCORD_PAYLOAD_MAX_BYTES);
	discord_payload_resume(&str, "t", token, 1);
	assert_true(str.error < 0);
	str_release(&str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_identify),
			cmocka_unit_test(test_identify_without_an_activity_has_no_presence),
			cmocka_unit_test(test_resume),
			cmocka_unit_test(test_heartbeat),
			cmocka_unit_test(test_text_stays_text),
			cmocka_unit_test(test_too_long_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
