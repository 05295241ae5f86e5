/* The meaning of Discord's close codes: all documented ones, and others. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bot/gateway/discord/stream/closing.h"

static void test_each_documented_code(void **state)
{
	static const struct {
		unsigned code;
		enum discord_closing_verdict verdict;
	} codes[] = {
			{4000, DISCORD_CLOSING_RESUME}, /* unknown error */
			{4001, DISCORD_CLOSING_RESUME}, /* unknown opcode */
			{4002, DISCORD_CLOSING_RESUME}, /* decode error */
			{4003, DISCORD_CLOSING_RENEW},  /* not authenticated */
			{4004, DISCORD_CLOSING_STOP},   /* authentication failed */
			{4005, DISCORD_CLOSING_RENEW},  /* already authenticated */
			{4007, DISCORD_CLOSING_RENEW},  /* invalid seq */
			{4008, DISCORD_CLOSING_RESUME}, /* rate limited */
			{4009, DISCORD_CLOSING_RENEW},  /* session timed out */
			{4010, DISCORD_CLOSING_STOP},   /* invalid shard */
			{4011, DISCORD_CLOSING_STOP},   /* sharding required */
			{4012, DISCORD_CLOSING_STOP},   /* invalid API version */
			{4013, DISCORD_CLOSING_STOP},   /* invalid intents */
			{4014, DISCORD_CLOSING_STOP},   /* disallowed intents */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(discord_closing_verdict(codes[i].code), codes[i].verdict);
}

/* Only codes that Discord documents as final may stop the bot permanently. */
static void test_other_codes_are_resumed(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 4000; code++)
		assert_int_equal(discord_closing_verdict(code), DISCORD_CLOSING_RESUME);
	assert_int_equal(discord_closing_verdict(DISCORD_CLOSE_OURS), DISCORD_CLOSING_RESUME);
	assert_int_equal(discord_closing_verdict(4006), DISCORD_CLOSING_RESUME); /* no longer documented */
	for (unsigned code = 4015; code < 5000; code++)
		assert_int_equal(discord_closing_verdict(code), DISCORD_CLOSING_RESUME);
}

/* Codes that need action have a log line with advice and the code; others do not. */
static void test_advice_where_a_person_is_needed(void **state)
{
	char number[8];

	(void)state;
	for (unsigned code = 0; code < 5000; code++) {
		const char *advice = discord_closing_advice(code);

		assert_int_equal(advice != NULL, discord_closing_verdict(code) == DISCORD_CLOSING_STOP);
		if (!advice)
			continue;
		number[0] = (char)('0' + code / 1000);
		number[1] = (char)('0' + code / 100 % 10);
		number[2] = (char)('0' + code / 10 % 10);
		number[3] = (char)('0' + code % 10);
		number[4] = '\0';
		assert_non_null(strstr(advice, number));
		assert_null(strchr(advice, '\n'));
		assert_in_range(strlen(advice), 40, 240);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_each_documented_code),
			cmocka_unit_test(test_other_codes_are_resumed),
			cmocka_unit_test(test_advice_where_a_person_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
