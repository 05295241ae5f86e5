/* What a close code of Discord's means: every one that is documented, and what lies beside them. */

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
		enum closing_verdict verdict;
	} codes[] = {
			{4000, CLOSING_RESUME}, /* unknown error */
			{4001, CLOSING_RESUME}, /* unknown opcode */
			{4002, CLOSING_RESUME}, /* decode error */
			{4003, CLOSING_RENEW},  /* not authenticated */
			{4004, CLOSING_STOP},   /* authentication failed */
			{4005, CLOSING_RENEW},  /* already authenticated */
			{4007, CLOSING_RENEW},  /* invalid seq */
			{4008, CLOSING_RESUME}, /* rate limited */
			{4009, CLOSING_RENEW},  /* session timed out */
			{4010, CLOSING_STOP},   /* invalid shard */
			{4011, CLOSING_STOP},   /* sharding required */
			{4012, CLOSING_STOP},   /* invalid API version */
			{4013, CLOSING_STOP},   /* invalid intents */
			{4014, CLOSING_STOP},   /* disallowed intents */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		assert_int_equal(closing_verdict(codes[i].code), codes[i].verdict);
}

/* Nothing that Discord does not call final may keep the bot away for good. */
static void test_other_codes_are_resumed(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 4000; code++)
		assert_int_equal(closing_verdict(code), CLOSING_RESUME);
	assert_int_equal(closing_verdict(CLOSE_OURS), CLOSING_RESUME);
	assert_int_equal(closing_verdict(4006), CLOSING_RESUME); /* no longer documented */
	for (unsigned code = 4015; code < 5000; code++)
		assert_int_equal(closing_verdict(code), CLOSING_RESUME);
}

/* Who has to do something is told what, in a line that names the code; nobody else is. */
static void test_advice_where_a_person_is_needed(void **state)
{
	char number[8];

	(void)state;
	for (unsigned code = 0; code < 5000; code++) {
		const char *advice = closing_advice(code);

		assert_int_equal(advice != NULL, closing_verdict(code) == CLOSING_STOP);
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
