/* "sasl" and "owners" of a gateway of type irc. */

#include "tests/unit/config_folder.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAIR            "aB:Cd:01:23:45:67:89:ef:"
#define COLONS          PAIR PAIR PAIR "ab:cd:01:23:45:67:89:EF"
#define DIGITS          "abcd0123456789ef"
#define FINGERPRINT     DIGITS DIGITS DIGITS DIGITS
#define GATEWAY(text)                                                                                        \
	"{\"gateways\": [{\"name\": \"a\", \"type\": \"irc\", \"nick\": \"n\", \"url\": \"ircs://h\", " text \
	"}]}"
#define OWNERS(text) GATEWAY("\"owners\": [" text "]")

static void test_owners(void **state)
{
	struct config *config =
			load_well(*state, OWNERS("{\"account\": \"Anna\"}, {\"fingerprint\": \"" COLONS
						 "\"}, {\"fingerprint\": \"" DIGITS DIGITS "\"}"));
	const struct config_owners *owners = &config->gateways[0]->owners;

	assert_int_equal(owners->count, 3);
	assert_int_equal(owners->list[0].kind, OWNER_ACCOUNT);
	assert_string_equal(owners->list[0].text, "Anna");
	assert_int_equal(owners->list[1].kind, OWNER_FINGERPRINT);
	assert_string_equal(owners->list[1].text, FINGERPRINT);
	assert_string_equal(owners->list[2].text, DIGITS DIGITS);
	config_free(config);
	assert_int_equal(compare_texts(*state, OWNERS("{\"fingerprint\": \"" COLONS "\"}"),
					 OWNERS("{\"fingerprint\": \"" FINGERPRINT "\"}")),
			CONFIG_SAME);
	assert_int_equal(compare_texts(*state, OWNERS("{\"fingerprint\": \"" DIGITS DIGITS "\"}"),
					 OWNERS("{\"account\": \"" DIGITS DIGITS "\"}")),
			CONFIG_LIVE);
}

static void test_owners_that_match_no_person(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
			{OWNERS("{\"nick\": \"anna\"}"), "nick"},
			{OWNERS("\"anna\""), "nicks are not trusted"},
			{OWNERS("{}"), "nicks are not trusted"},
			{OWNERS("{\"account\": \"anna\", \"fingerprint\": \"" FINGERPRINT "\"}"),
					"nicks are not trusted"},
			{OWNERS("{\"user_id\": \"12\"}"), "not by user ID"},
			{OWNERS("{\"account\": \"\"}"), "is empty"},
			{OWNERS("{\"account\": \"a b\"}"), "must not contain a space"},
			{OWNERS("{\"fingerprint\": \"abcd\"}"), "as WHOIS shows it"},
			{OWNERS("{\"fingerprint\": \"x" FINGERPRINT "\"}"), "hexadecimal digits"},
			{GATEWAY("\"sasl\": {}"), "needs \"account\" and \"password\""},
			{GATEWAY("\"sasl\": {\"mechanism\": \"external\"}"), "name it in the gateway's"},
			{GATEWAY("\"sasl\": {\"mechanism\": \"scram\"}"), "mechanism"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct config *config = NULL;
		char *report = NULL;

		assert_int_equal(load(*state, cases[i].text, &report, &config), -EBADMSG);
		assert_non_null(strstr(report, cases[i].problem));
		free(report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(test_owners), TEST(test_owners_that_match_no_person)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
