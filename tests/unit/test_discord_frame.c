/* Spans and the envelope of a payload: any order of members, and no read past the end. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/stream/frame.h"

/* Scan a copy of the exact length, so that the sanitizer detects a read past the end. */
static int scan(const char *text, struct discord_frame *ret)
{
	static char *kept;
	size_t length = strlen(text);

	free(kept);
	kept = malloc(length ? length : 1);
	assert_non_null(kept);
	memcpy(kept, text, length);
	return discord_frame_scan(kept, length, ret);
}

static void assert_data(const struct discord_frame *frame, const char *start)
{
	assert_non_null(frame->data.at);
	assert_true(frame->data.length >= strlen(start));
	assert_memory_equal(frame->data.at, start, strlen(start));
}

static void members_come_in_any_order(void **state)
{
	static const char *const texts[] = {
			"{\"t\":\"MESSAGE_CREATE\",\"s\":42,\"op\":0,\"d\":{\"id\":\"7\"}}",
			"{\"op\":0,\"s\":42,\"t\":\"MESSAGE_CREATE\",\"d\":{\"id\":\"7\"}}\n",
			"{\"d\":{\"id\":\"7\"},\"op\":0,\"s\":42,\"t\":\"MESSAGE_CREATE\"}",
			" { \"op\" : 0 , \"d\" : {\"id\":\"7\"} , \"t\" : \"MESSAGE_CREATE\" , \"s\" : 42 } ",
			("{\"t\":\"MESSAGE_CREATE\",\"new\":[{\"a\":\"}\\\"]\"}],\"s\":42,\"op\":0,\"d\":{"
			 "\"id\":"
			 "\"7\"},\"x\":1}"),
	};
	struct discord_frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint64_t id = 0;

		assert_int_equal(scan(texts[i], &frame), 0);
		assert_int_equal(frame.op, 0);
		assert_int_equal(frame.event, DISCORD_EVENT_MESSAGE_CREATE);
		assert_true(frame.has_sequence);
		assert_int_equal(frame.sequence, 42);
		assert_data(&frame, "{\"id\":\"7\"}");
		assert_int_equal(span_number(span_get(frame.data, "id"), &id), 0);
		assert_int_equal(id, 7);
	}
}

static void nulls_are_not_there(void **state)
{
	struct discord_frame frame;

	(void)state;
	assert_int_equal(scan("{\"t\":null,\"s\":null,\"op\":10,\"d\":{\"heartbeat_interval\":41250}}",
					 &frame),
			0);
	assert_int_equal(frame.op, 10);
	assert_int_equal(frame.event, DISCORD_EVENT_OTHER);
	assert_false(frame.has_sequence);
	assert_int_equal(scan("{\"op\":11}", &frame), 0);
	assert_null(frame.data.at);
	assert_int_equal(scan("{\"op\":9,\"d\":false,\"s\":null}", &frame), 0);
	assert_true(span_is(frame.data, "false"));
	assert_int_equal(
			scan("{\"t\":\"TYPING_START\",\"s\":18446744073709551615,\"op\":0,\"d\":{}}", &frame),
			0);
	assert_true(frame.sequence == UINT64_MAX);
	assert_int_equal(frame.event, DISCORD_EVENT_OTHER);
}

static void malformed_payloads_are_refused(void **state)
{
	static const char *const texts[] = {"", " ", "{", "{}", "[]", "null", "{\"op\"}", "{\"op\":}",
			"{\"op\":\"0\"}", "{\"op\":-1}", "{\"op\":1e3}", "{\"op\":999}", "{\"op\":0",
			"{\"op\":0,}", "{\"op\":0}}", "{\"op\":0 \"s\":1}", "{\"op\":0,\"t\":\"RE",
			"{\"t\":\"READY\",\"s\":1,\"op\":0,\"d\":{\"a\":1}", "{\"op\":0,\"t\":\"X\\",
			"{\"t\":\"X\",\"s\":1,\"op\":0,\"d\":", "{op:0}"};
	struct discord_frame frame = {.op = 77};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(scan(texts[i], &frame), -EBADMSG);
		assert_int_equal(frame.op, 77);
	}
}

/* An odd s or t is as if absent: it would be the same after a reconnect. */
static void odd_members_count_as_absent(void **state)
{
	static const char *const texts[] = {"{\"op\":0,\"s\":\"x\"}", "{\"op\":0,\"s\":1.5}",
			"{\"op\":0,\"t\":5}", "{\"s\":18446744073709551616,\"op\":0}",
			"{\"t\":{\"READY\":1},\"s\":[],\"op\":0,\"d\":{}}"};
	struct discord_frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(scan(texts[i], &frame), 0);
		assert_int_equal(frame.event, DISCORD_EVENT_OTHER);
		assert_false(frame.has_sequence);
	}
	assert_int_equal(scan("{\"op\":0,\"s\":\"7\",\"t\":\"READY\"}", &frame), 0);
	assert_int_equal(frame.sequence, 7);
	assert_string_equal(discord_event_name(frame.event), "READY");
	assert_string_equal(discord_event_name(DISCORD_EVENT_OTHER), "event");
}

static void every_cut_is_survived(void **state)
{
	static const char text[] = "{\"t\":\"GUILD_CREATE\",\"s\":3,\"op\":0,\"d\":{\"a\":[1,{\"b\":"
				   "\"\\u00e9\\\"\"}],\"id\":\"9\"}}";
	struct discord_frame frame;
	char cut[sizeof(text)];

	(void)state;
	for (size_t length = 0; length < sizeof(text) - 1; length++) {
		memcpy(cut, text, length);
		cut[length] = '\0';
		/* One that ends in two brackets by chance passes here; its reader finds out. */
		if (scan(cut, &frame) == 0)
			assert_true(span_get(frame.data, "id").at == NULL);
	}
	assert_int_equal(scan(text, &frame), 0);
	assert_true(span_is(span_get(frame.data, "id"), "\"9\""));
}

/* ---------------------------------------------------------------- spans */

static void strings_are_unescaped_and_cleaned(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
			{"\"plain\"", "plain"},
			{"\"\"", ""},
			{"\"a\\\"b\\\\c\\/d\"", "a\"b\\c/d"},
			{"\"\\u0021episode\"", "!episode"},
			{"\"\\ud83e\\udddf!\"", "\xf0\x9f\xa7\x9f!"},
			{"\"\\uC628\\uc870\"", "온조"},
			{"\"\\ud83e\"", "\xef\xbf\xbd"},
			{"\"\\ud83ex\"", "\xef\xbf\xbdx"},
			{"\"\\udddf\\ud83e\"", "\xef\xbf\xbd\xef\xbf\xbd"},
			{"\"a\\nb\\tc\\u0000d\"", "a b c d"},
			{"\"bad \xff byte\"", "bad \xef\xbf\xbd byte"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str text = STR(100);

		assert_int_equal(span_append((struct span){cases[i].json, strlen(cases[i].json)}, &text), 0);
		assert_string_equal(str_text(&text), cases[i].text);
		str_release(&text);
	}
}

static void bad_strings_are_refused(void **state)
{
	static const char *const texts[] = {"", "\"", "5", "null", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\""};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str text = STR(100);

		assert_int_equal(span_append((struct span){texts[i], strlen(texts[i])}, &text), -EBADMSG);
		str_release(&text);
	}
	struct str little = STR(4);

	assert_int_equal(span_append(SPAN("\"12345\""), &little), -EMSGSIZE);
	str_release(&little);
}

static void numbers_are_whole(void **state)
{
	uint64_t number = 5;

	(void)state;
	assert_int_equal(span_number(SPAN("18446744073709551615"), &number), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(span_number(SPAN("\"1234567890123456789\""), &number), 0);
	assert_true(number == 1234567890123456789u);
	number = 5;
	assert_int_equal(span_number(SPAN("18446744073709551616"), &number), -EBADMSG);
	assert_int_equal(span_number(SPAN("-1"), &number), -EBADMSG);
	assert_int_equal(span_number(SPAN("1.0"), &number), -EBADMSG);
	assert_int_equal(span_number(SPAN("\"\""), &number), -EBADMSG);
	assert_int_equal(span_number(SPAN("null"), &number), -EBADMSG);
	assert_int_equal(span_number((struct span){0}, &number), -EBADMSG);
	assert_int_equal(number, 5);
}

static void items_are_walked(void **state)
{
	struct span list = SPAN("[ 1, \"two\" ,{\"three\":[3]},[] , null ]"), item;
	static const char *const expected[] = {"1", "\"two\"", "{\"three\":[3]}", "[]", "null"};
	struct span_walk walk;
	size_t count = 0;

	(void)state;
	assert_int_equal(span_open(list, '[', &walk), 0);
	while (span_item(&walk, &item) > 0)
		assert_true(span_is(item, expected[count++]));
	assert_int_equal(count, 5);
	assert_int_equal(span_open(list, '{', &walk), -EBADMSG);
	assert_int_equal(span_open((struct span){0}, '{', &walk), -EBADMSG);
	assert_null(span_get(SPAN("[1]"), "a").at);
	assert_null(span_get(SPAN("{\"a\" 1}"), "a").at);
	assert_true(span_is(span_get(SPAN("{\"a\":1,\"a\":2}"), "a"), "1"));
}

static void joined_payloads_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		size_t first;
	} cases[] = {
			{"{\"op\":11}{\"op\":1}", 9},
			{"{\"op\":11}", 9},
			{"{\"op\":0,\"d\":{\"content\":\"}{\"}}", 29},
			{"{\"op\":0,\"d\":{\"content\":\"}{\"}}{}", 29},
			{"{\"op\":{}{", 9}, /* cut off: as it is */
			{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(discord_frame_first(cases[i].text, strlen(cases[i].text)), cases[i].first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(joined_payloads_are_told_apart),
			cmocka_unit_test(members_come_in_any_order),
			cmocka_unit_test(nulls_are_not_there),
			cmocka_unit_test(malformed_payloads_are_refused),
			cmocka_unit_test(odd_members_count_as_absent),
			cmocka_unit_test(every_cut_is_survived),
			cmocka_unit_test(strings_are_unescaped_and_cleaned),
			cmocka_unit_test(bad_strings_are_refused),
			cmocka_unit_test(numbers_are_whole),
			cmocka_unit_test(items_are_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
