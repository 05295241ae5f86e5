/* The keys of a gateway of type irc: servers, fingerprints, certificates, and warnings about connections without
 * TLS. */

#include "tests/unit/config_folder.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PAIR            "aB:Cd:01:23:45:67:89:ef:"
#define COLONS          PAIR PAIR PAIR "ab:cd:01:23:45:67:89:EF"
#define DIGITS          "abcd0123456789ef"
#define FINGERPRINT     DIGITS DIGITS DIGITS DIGITS
#define GATEWAYS(text)  "{\"gateways\": [{\"name\": \"a\", \"type\": \"irc\", \"nick\": \"n\", " text "}]}"

static const struct irc_link_config *link_of(const struct config *config)
{
	return &irc_config(config->gateways[0])->link;
}

static void test_least(void **state)
{
	struct config *tls = load_well(*state, GATEWAYS("\"url\": \"ircs://h\""));

	assert_true(link_of(tls)->sts);
	assert_int_equal(tls->gateways[0]->channels.count, 0);
	assert_null(link_of(tls)->fingerprints);
	assert_null(link_of(tls)->certificate);
	assert_null(link_of(tls)->origin);
	config_free(tls);
}

static void test_several_servers(void **state)
{
	struct config *config = load_well(
			*state, GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7000\", \"wss://c/x\"]"));
	const struct irc_server_list *servers = &link_of(config)->servers;

	assert_int_equal(servers->count, 3);
	assert_string_equal(servers->urls[0].host, "a");
	assert_string_equal(servers->urls[1].host, "b");
	assert_int_equal(servers->urls[1].port, 7000);
	assert_false(servers->urls[2].is_stream);
	assert_string_equal(servers->urls[2].path, "/x");
	config_free(config);
	assert_int_equal(compare_texts(*state, GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7000\"]"),
					 GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7000\"]")),
			CONFIG_SAME);
	assert_int_equal(compare_texts(*state, GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7000\"]"),
					 GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b:7001\"]")),
			CONFIG_RESTART);
	assert_int_equal(compare_texts(*state, GATEWAYS("\"urls\": [\"ircs://a\", \"ircs://b\"]"),
					 GATEWAYS("\"urls\": [\"ircs://a\"]")),
			CONFIG_RESTART);
}

static void test_fingerprints(void **state)
{
	struct config *config =
			load_well(*state, GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": [\"" COLONS
						   "\", \"" FINGERPRINT "\"]"));
	struct config *one =
			load_well(*state, GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						   "\", \"sts\": false"));

	assert_string_equal(link_of(config)->fingerprints, FINGERPRINT " " FINGERPRINT);
	assert_string_equal(link_of(one)->fingerprints, FINGERPRINT);
	config_free(config);
	config_free(one);
	assert_int_equal(compare_texts(*state,
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						  "\""),
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" COLONS "\"")),
			CONFIG_SAME);
	assert_int_equal(compare_texts(*state,
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						  "\""),
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						  "\", \"sts\": false")),
			CONFIG_RESTART);
	assert_int_equal(compare_texts(*state,
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT
						  "\""),
					 GATEWAYS("\"url\": \"ircs://h\", \"fingerprint\": \"" DIGITS DIGITS
									 DIGITS "abcd0123456789ee"
						  "\"")),
			CONFIG_RESTART);
}

static void test_certificate(void **state)
{
	const struct folder *folder = *state;
	struct config *config;
	char expected[300];

	write_pair(folder);
	snprintf(expected, sizeof(expected), "%s/pair.pem", folder->path);
	assert_int_equal(chmod(expected, 0600), 0);
	config = load_well(folder, GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"pair.pem\""));
	assert_string_equal(link_of(config)->certificate, expected);
	assert_string_equal(link_of(config)->key, expected);
	config_free(config);

	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	config = load_well(folder, GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"pair.pem\", \"key\": "
					    "{\"credential\": "
					    "\"pair.pem\"}"));
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_string_equal(link_of(config)->key, expected);
	config_free(config);
}

/* A file that is no certificate was called right, and the bot never connected. */
static void test_files_that_are_no_certificates(void **state)
{
	const struct folder *folder = *state;

	write_pair(folder);
	assert_reported(folder, GATEWAYS("\"url\": \"ircs://h\", \"ca_file\": \"c.json\""),
			"c.json has no complete certificate in PEM format");
	assert_reported(folder, GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"c.json\""),
			"c.json is not a complete certificate in PEM format");
	assert_reported(folder,
			GATEWAYS("\"url\": \"ircs://h\", \"certificate\": \"pair.pem\", \"key\": \"c.json\""),
			"c.json is not a complete private key in PEM format");
}

static void test_problems(void **state)
{
	static const char of_fingerprint[] =
			"\"fingerprint\" must be the SHA-256 of the server's certificate, 64 hexadecimal "
			"digits "
			"(or a "
			"list "
			"of at most 8); see it with: openssl x509 -noout -fingerprint -sha256\n";
	static const struct {
		const char *keys, *report;
	} cases[] = {
			{"\"urls\": []", "\"urls\" must be a list of 1 to 16 servers of the network\n"},
			{"\"urls\": [\"ircs://h\", 7]",
					"a server is a string, as in \"ircs://irc.example.org:6697\"\n"},
			{"\"urls\": [\"ircs://h\", \"irc.example.org\"]",
					"\"url\": must begin with ircs:// (or irc://), wss:// or ws://\n"},
			{"\"url\": \"ircs://h\", \"urls\": [\"ircs://i\"]",
					"use either \"url\" or \"urls\"; list all servers in \"urls\"\n"},
			{"\"url\": \"ircs://h/#tv\"", "\"url\": must end with the host and the port; list "
						      "channels under \"channels\"\n"},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"abcd\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"" FINGERPRINT "a\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": \"g" FINGERPRINT "\"", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": []", of_fingerprint},
			{"\"url\": \"ircs://h\", \"fingerprint\": 7", of_fingerprint},
			{"\"url\": \"wss://h\", \"fingerprint\": \"" FINGERPRINT "\"",
					"\"fingerprint\" works with ircs:// only; with wss:// name the "
					"server's certificate in "
					"\"ca_file\"\n"},
			{"\"url\": \"ircs://h\", \"key\": \"c.json\"",
					"\"key\" needs a \"certificate\"; add it\n"},
			{"\"url\": \"wss://h\", \"certificate\": \"pair.pem\"",
					"\"certificate\" works with ircs:// only, not with a WebSocket\n"},
			{"\"url\": \"irc://127.0.0.1\", \"sts\": false, \"fingerprint\": \"" FINGERPRINT "\"",
					"\"fingerprint\" needs TLS, but irc:// is not encrypted; use "
					"ircs://\n"},
			{"\"url\": \"irc://127.0.0.1\", \"sts\": false, \"certificate\": \"pair.pem\"",
					"\"certificate\" needs TLS, but irc:// is not encrypted; use "
					"ircs://\n"},
			{"\"url\": \"ircs://h\", \"certificate\": {\"credential\": \"x\"}",
					"; run \"episoded secret set x\"\n"},
	};

	write_pair(*state);
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
	write_pair(*state);
	setenv("EPISODED_TEST_SECRET", "x", 1);
	assert_warned(*state, GATEWAYS("\"url\": \"irc://irc.example.org\""),
			"irc:// is not encrypted: others on the network path can read and change the "
			"traffic; use ircs://");
	assert_warned(*state, GATEWAYS("\"urls\": [\"ircs://h\", \"irc://h\"]"), "irc:// is not encrypted");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://127.0.0.1\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://[::1]:6667\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://0.0.0.0:6667\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"fingerprint\": \"" FINGERPRINT "\""),
			"\"fingerprint\" has no effect until the server requires TLS (sts); use ircs://");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"certificate\": \"pair.pem\""),
			"\"certificate\" has no effect until the server requires TLS (sts); use ircs://");
	assert_warned(*state,
			GATEWAYS("\"urls\": [\"irc://localhost\", \"ircs://h\"], \"fingerprint\": "
				 "\"" FINGERPRINT "\""),
			"");
	assert_warned(*state,
			GATEWAYS("\"url\": \"irc://h\", \"password\": {\"env\": \"EPISODED_TEST_SECRET\"}"),
			"the password would be sent unencrypted over irc://; use ircs://");
	assert_warned(*state,
			GATEWAYS("\"url\": \"irc://localhost\", \"ca_file\": \"pair.pem\", \"sts\": false"),
			"\"ca_file\" has no effect with irc://; use ircs://");
	assert_warned(*state, GATEWAYS("\"url\": \"irc://localhost\", \"ca_file\": \"pair.pem\""), "");
	assert_warned(*state, GATEWAYS("\"url\": \"ircs://h\", \"origin\": \"https://h\""),
			"\"origin\" works with a WebSocket only; remove it");
	unsetenv("EPISODED_TEST_SECRET");
}

#define BRIDGE_PROBLEM "a bridge is a mask with * and ?, as in \"matterbridge!*@bridge.example.org\"\n"

static void test_bridges(void **state)
{
	struct config *config = load_well(
			*state, GATEWAYS("\"url\": \"ircs://h\", \"bridges\": [\"b!*@h\", \"relay?!*\"]"));
	const struct config_channels *bridges = &irc_config(config->gateways[0])->bridges;

	assert_int_equal(bridges->count, 2);
	assert_string_equal(bridges->names[1], "relay?!*");
	config_free(config);
	assert_refused(*state, GATEWAYS("\"url\": \"ircs://h\", \"bridges\": [\"*!*@*\", 7]"),
			"1:88: " BRIDGE_PROBLEM "1:97: " BRIDGE_PROBLEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_several_servers),
			TEST(test_fingerprints),
			TEST(test_certificate),
			TEST(test_files_that_are_no_certificates),
			TEST(test_problems),
			TEST(test_lines_in_the_clear),
			TEST(test_least),
			TEST(test_bridges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
