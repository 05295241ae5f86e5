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
	struct gateway_config *irc = &config->gateways[0], copy;

	assert_int_equal(irc->owner_count, 3);
	assert_int_equal(irc->owners[0].kind, OWNER_ACCOUNT);
	assert_string_equal(irc->owners[0].text, "Anna");
	assert_int_equal(irc->owners[1].kind, OWNER_FINGERPRINT);
	assert_string_equal(irc->owners[1].text, FINGERPRINT);
	assert_string_equal(irc->owners[2].text, DIGITS DIGITS);
	assert_int_equal(gateway_config_copy(irc, &copy), 0);
	assert_true(gateway_config_equal(irc, &copy));
	copy.owners[1].kind = OWNER_ACCOUNT;
	assert_false(gateway_config_equal(irc, &copy));
	gateway_config_release(&copy);
	config_free(config);
}

static void test_owners_that_match_no_person(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
			{OWNERS("{\"nick\": \"anna\"}"), "nick"},
			{OWNERS("\"anna\""), "a nick is nobody"},
			{OWNERS("{}"), "a nick is nobody"},
			{OWNERS("{\"account\": \"anna\", \"fingerprint\": \"" FINGERPRINT "\"}"),
					"a nick is nobody"},
			{OWNERS("{\"user_id\": \"12\"}"), "no number"},
			{OWNERS("{\"account\": \"\"}"), "is empty"},
			{OWNERS("{\"account\": \"a b\"}"), "has a space"},
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
