/* "sasl" and "owners" of a gateway of type irc. */

#include "bot/gateway/irc/config.h"
#include "bot/irc/ecdsa.h"
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

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_reported(*state, cases[i].text, cases[i].problem);
}

#define P256                                                                                                 \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                                   \
	"MHcCAQEEIIJueQ3W2IrGbe9wKdOI75yGS7PYZSj6W4tg854hlsvmoAoGCCqGSM49\n"                                 \
	"AwEHoUQDQgAEAZmaVhNSMmV5r8FXPvKuMnqDKyIA9pDHN5TNMfiF3mMeikGgK10W\n"                                 \
	"IRX9cyi2wdYg9mUUYyh9GKdBCYHGUJAiCA==\n"                                                             \
	"-----END EC PRIVATE KEY-----\n"
#define SASL(text) GATEWAY("\"sasl\": {" text "}")
#define KEYED      SASL("\"account\": \"jilles\", \"key\": \"secret\"")

/* What is compared is the key, not its path: a reload notices another key in the same file. */
static void test_sasl_key(void **state)
{
	struct config *config, *changed;

	write_file(*state, "secret", P256, 0600);
	config = load_well(*state, KEYED);
	assert_string_equal(irc_config(config->gateways[0])->sasl.key, P256);
	assert_int_equal(irc_config(config->gateways[0])->sasl.mechanism, SASL_AUTO);
	write_file(*state, "secret", "\n" P256, 0600);
	changed = load_well(*state, KEYED);
	assert_int_equal(gateway_config_compare(config->gateways[0], changed->gateways[0]), CONFIG_RESTART);
	config_free(config);
	config_free(changed);
}

static void test_sasl_key_refused(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
			{SASL("\"account\": \"jilles\", \"key\": \"none.key\""), "cannot be read"},
			{SASL("\"account\": \"jilles\", \"key\": \"example\""),
					"openssl ecparam -name prime256v1"},
			{SASL("\"account\": \"jilles\", \"key\": \"discord\""), "too large"},
			{SASL("\"account\": \"jilles\", \"mechanism\": \"ecdsa-nist256p-challenge\""),
					"needs \"account\" and \"key\""},
			{SASL("\"mechanism\": \"ecdsa-nist256p-challenge\", \"key\": \"secret\""),
					"needs \"account\" and \"key\""},
	};
	static char much[IRC_ECDSA_PEM_MAX_BYTES + 2];

	memset(much, '-', sizeof(much) - 1);
	write_file(*state, "secret", P256, 0600);
	write_file(*state, "example", "sesame", 0600);
	write_file(*state, "discord", much, 0600);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_reported(*state, cases[i].text, cases[i].problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_owners),
			TEST(test_owners_that_match_no_person),
			TEST(test_sasl_key),
			TEST(test_sasl_key_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
