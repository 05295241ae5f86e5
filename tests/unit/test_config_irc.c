/* The keys of a gateway of type irc: servers, fingerprints, certificates, and warnings about connections without
 * TLS. */

#include "tests/unit/config_folder.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAIR            "aB:Cd:01:23:45:67:89:ef:"
#define COLONS          PAIR PAIR PAIR "ab:cd:01:23:45:67:89:EF"
#define DIGITS          "abcd0123456789ef"
#define FINGERPRINT     DIGITS DIGITS DIGITS DIGITS
#define GATEWAYS(text)  "{\"gateways\": [{\"name\": \"a\", \"type\": \"irc\", \"nick\": \"n\", " text "}]}"

static void test_least(void **state)
{
	struct config *tls = load_well(*state, GATEWAYS("\"url\": \"ircs://h\""));

	assert_true(tls->gateways[0].sts);
	assert_int_equal(tls->gateways[0].channel_count, 0);
	assert_null(tls->gateways[0].fingerprints);
	assert_null(tls->gateways[0].certificate);
	assert_null(tls->gateways[0].origin);
	config_free(tls);
}

static void test_several_servers(void **state)
{
	struct config *config = load_well(
			*state, GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7000\", \"wss://c/x\"]"));
	struct gateway_config *irc = &config->gateways[0], copy;

	assert_string_equal(irc->url.host, "a");
	assert_string_equal(irc->url_text, "ircs://a");
	assert_int_equal(irc->other_count, 2);
	assert_string_equal(irc->others[0].host, "b");
	assert_int_equal(irc->others[0].port, 7000);
	assert_false(irc->others[1].is_stream);
	assert_string_equal(irc->others[1].path, "/x");
	assert_int_equal(gateway_config_copy(irc, &copy), 0);
	assert_true(gateway_config_equal(irc, &copy));
	copy.others[1].port++;
	assert_false(gateway_config_equal(irc, &copy));
	gateway_config_release(&copy);
	config_free(config);
}

static void test_fingerprints(void **state)
{
	struct config *config =
			load_well(*state, GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": [\"" COLONS
						   "\", \"" FINGERPRINT "\"]"));
	struct config *one =
			load_well(*state, GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						   "\", \"sts\": false"));
	struct gateway_config copy;

	assert_string_equal(config->gateways[0].fingerprints, FINGERPRINT " " FINGERPRINT);
	assert_string_equal(one->gateways[0].fingerprints, FINGERPRINT);
	assert_int_equal(gateway_config_copy(&one->gateways[0], &copy), 0);
	assert_true(gateway_config_equal(&one->gateways[0], &copy));
	copy.sts = true;
	assert_false(gateway_config_equal(&one->gateways[0], &copy));
	copy.sts = false;
	copy.fingerprints[0] = '0';
	assert_false(gateway_config_equal(&one->gateways[0], &copy));
	gateway_config_release(&copy);
	config_free(config);
	config_free(one);
}

static void test_certificate(void **state)
{
	const struct folder *folder = *state;
	struct config *config;
	char expected[300];

	write_file(folder, "secret", "x", 0600);
	snprintf(expected, sizeof(expected), "%s/secret", folder->path);
	config = load_well(folder, GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"secret\""));
	assert_string_equal(config->gateways[0].certificate, expected);
	assert_string_equal(config->gateways[0].key, expected);
	config_free(config);

	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	config = load_well(folder, GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"secret\", \"key\": "
					    "{\"credential\": "
					    "\"secret\"}"));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_string_equal(config->gateways[0].key, expected);
	config_free(config);
}

static void test_problems(void **state)
{
	static const char of_fingerprint[] =
			"\"fingerprint\" is the SHA-256 of the server's certificate, 64 hexadecimal digits "
			"(or a "
			"list "
			"of at most 8); see it with: openssl x509 -noout -fingerprint -sha256\n";
	static const struct {
		const char *keys, *report;
	} cases[] = {
			{"\"urls\": []", "\"urls\" holds 1 to 16 servers of the network\n"},
			{"\"urls\": [\"ircs://h\", 7]",
					"a server is a string, as in \"ircs://irc.example.org:6697\"\n"},
			{"\"urls\": [\"ircs://h\", \"irc.example.org\"]",
					"\"url\": must begin with ircs:// (or irc://), wss:// or ws://\n"},
			{"\"url\": \"ircs://h\", \"urls\": [\"ircs://i\"]",
					"\"url\" and \"urls\" exclude each other; put all servers into "
					"\"urls\"\n"},
			{"\"url\": \"ircs://h/#tv\"", "\"url\": ends with the host and the port; channels "
						      "stand in \"channels\"\n"},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"abcd\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT "a\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"g" FINGERPRINT "\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": []", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": 7", of_fingerprint},
			{"\"url\": \"wss://h\", \"fingerprint\": \"" FINGERPRINT "\"",
					"\"fingerprint\" is for ircs://; with wss:// name the server's "
					"certificate in "
					"\"ca_file\"\n"},
			{"\"url\": \"ircs://h\", \"key\": \"c.json\"",
					"\"key\" belongs to a \"certificate\"; name that too\n"},
			{"\"url\": \"wss://h\", \"certificate\": \"c.json\"",
					"\"certificate\" is for ircs://, not for a WebSocket\n"},
			{"\"url\": \"irc://127.0.0.1\", \"sts\": false, \"fingerprint\": \"" FINGERPRINT "\"",
					"\"fingerprint\" needs TLS, and irc:// has none; use ircs://\n"},
			{"\"url\": \"irc://127.0.0.1\", \"sts\": false, \"certificate\": \"c.json\"",
					"\"certificate\" needs TLS, and irc:// has none; use ircs://\n"},
			{"\"url\": \"ircs://h\", \"certificate\": {\"credential\": \"x\"}",
					"there are no credentials here: systemd gives them to the service\n"},
	};

	unsetenv("CREDENTIALS_DIRECTORY");
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct config *config = NULL;
		char text[600], *report = NULL;

		snprintf(text, sizeof(text), GATEWAYS("%s"), cases[i].keys);
		assert_int_equal(load(*state, text, &report, &config), -EBADMSG);
		assert_non_null(strstr(report, cases[i].report));
		assert_string_equal(strstr(report, cases[i].report), cases[i].report);
		assert_null(config);
		free(report);
	}
}

static void assert_warned(const struct folder *folder, const char *text, const char *expected)
{
	struct config *config = NULL;
	char *report = NULL;

	assert_int_equal(load(folder, text, &report, &config), 0);
	if (*expected)
		assert_non_null(strstr(report, expected));
	else
		assert_string_equal(report, "");
	config_free(config);
	free(report);
}

static void test_lines_in_the_clear(void **state)
{
	setenv("EPISODED_TEST_SECRET", "x", 1);
	assert_warned(*state, GATEWAYS("\"url\": \"irc://irc.example.org\""),
			"irc:// is not encrypted: everybody on the way can read and change it; use ircs://");
	assert_warned(*state, GATEWAYS("\"urls\": [\"ircs://h\", \"irc://h\"]"), "irc:// is not encrypted");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://127.0.0.1\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://[::1]:6667\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://0.0.0.0:6667\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"fingerprint\": \"" FINGERPRINT "\""),
			"\"fingerprint\" does nothing until the server asks for TLS (sts); use ircs://");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"certificate\": \"c.json\""),
			"\"certificate\" does nothing until the server asks for TLS (sts); use ircs://");
	assert_warned(*state,
			GATEWAYS("\"urls\": [\"irc://localhost\", \"ircs://h\"], \"fingerprint\": "
				 "\"" FINGERPRINT "\""),
			"");
	assert_warned(*state,
			GATEWAYS("\"url\": \"irc://h\", \"password\": {\"env\": \"EPISODED_TEST_SECRET\"}"),
			"the password travels unencrypted over irc://; use ircs://");
	assert_warned(*state,
			GATEWAYS("\"url\": \"irc://localhost\", \"ca_file\": \"c.json\", \"sts\": false"),
			"\"ca_file\" does nothing with irc://; use ircs://");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"ca_file\": \"c.json\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"ircs://h\", \"origin\": \"https://h\""),
			"\"origin\" is for a WebSocket; remove it");
	unsetenv("EPISODED_TEST_SECRET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_several_servers),
			TEST(test_fingerprints),
			TEST(test_certificate),
			TEST(test_problems),
			TEST(test_lines_in_the_clear),
			TEST(test_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
