/* Strings of a configuration with their own syntax: URLs, addresses, fingerprints. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bot/config/reader.h"
#include "bot/config/url.h"
#include "bot/gateway/irc/config.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void test_listen(void **state)
{
	static const struct {
		const char *text, *host;
		unsigned short port;
	} good[] = {
			{"127.0.0.1:8067", "127.0.0.1", 8067},
			{"127.1.2.3:1", "127.1.2.3", 1},
			{"[::1]:65535", "::1", 65535},
			{"8067", "127.0.0.1", 8067},
			{"localhost:80", "127.0.0.1", 80},
	};
	static const char *const bad[] = {"", "0", "65536", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
			"127.0.0.1:+1", "127.0.0.1:8067x", "0.0.0.0:8067", "192.168.1.1:80", "[::]:80",
			"[::1", "[::1]80", "[::1]:", "[127.0.0.1]:80", "::1:80", "example.org:80", "127.1:80",
			"[::ffff:127.0.0.1]:80", " 127.0.0.1:80", ":80", "[fe80::1%lo]:1"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		unsigned short port = 0;
		char *host = NULL;

		assert_null(config_parse_listen(good[i].text, &host, &port));
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
		free(host);
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		unsigned short port = 7;
		char *host = NULL;

		assert_non_null(config_parse_listen(bad[i], &host, &port));
		assert_null(host);
		assert_int_equal(port, 7);
	}
}

static void test_control_characters_of_two_bytes_are_refused(void **state)
{
	static const char *const bad[] = {"#\xc2\x9b", "#\u202e", "#\u2028", "#\x9b", "#\x01", "#\xec\x98"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_non_null(config_check_channel(bad[i]));
		assert_non_null(config_check_prefix(bad[i]));
		assert_non_null(irc_check_realname(bad[i]));
		assert_non_null(irc_check_nick(bad[i] + 1));
	}
	assert_null(config_check_channel("#온조"));
	assert_null(irc_check_nick("온조"));
}

static void test_urls_that_are_refused(void **state)
{
	static const char *const bad[] = {"", "wss", "wss://", "wss:///x", "irc://h", "ircs://h:6697",
			"https://h/", "http://h/", "ftp://h/", "WSS://h/", "wss://u:p@h/", "wss://h/#tv",
			"wss://h:0/", "wss://h:65536/", "wss://h:/", "wss://h:8x/", "wss://[::1/",
			"wss://[::1]x/", "wss://[h]/", "wss://::1/", "wss://h h/", "wss://h/a b",
			"wss://\xC3\xA9/", "wss://h/\x7F", "wss://h!/", " wss://h/"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct url url = {0};

		assert_non_null(config_parse_url(bad[i], &url));
		assert_null(url.host);
		assert_null(url.path);
	}
}

static void test_irc_urls(void **state)
{
	static const char *const bad[] = {"", "irc:", "irc://", "ircs:///", "ircs://h/#tv", "ircs://h/x",
			"ircs://h?x", "ircs://h:0", "ircs://u:p@h", "ircs://h h", "IRCS://h", "http://h",
			"h:6697"};
	static const struct {
		const char *text, *host;
		unsigned short port;
		bool is_tls, is_stream;
	} good[] = {
			{"ircs://irc.Libera.Chat", "irc.libera.chat", 6697, true, true},
			{"ircs://h:7000/", "h", 7000, true, true},
			{"irc://[::1]", "::1", 6667, false, true},
			{"irc://0.0.0.0:40000", "0.0.0.0", 40000, false, true},
			{"wss://h", "h", 443, true, false},
			{"ws://h/", "h", 80, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct url url = {0};

		assert_non_null(config_parse_irc_url(bad[i], &url));
		assert_null(url.host);
	}
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct url url = {0};

		assert_null(config_parse_irc_url(good[i].text, &url));
		assert_string_equal(url.host, good[i].host);
		assert_int_equal(url.port, good[i].port);
		assert_int_equal(url.is_tls, good[i].is_tls);
		assert_int_equal(url.is_stream, good[i].is_stream);
		config_url_release(&url);
	}
}

static void test_nicks(void **state)
{
	static const char *const good[] = {"a", "Episode_Bot", "[x]", "`^{|}\\", "a-1", "\xED\x95\x9C"};
	static const char *const bad[] = {"", "1a", "-a", "a b", "a,b", "a!b", "a@b", "#a", ":a", "a.b", "a*",
			"a\x01", "abcdefghijklmnopqrstuvwxyz1234567"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_null(irc_check_nick(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_non_null(irc_check_nick(bad[i]));
}

static void test_origins(void **state)
{
	static const char *const good[] = {"https://h", "http://h:81", "https://[::1]:1", "https://A.b"};
	static const char *const bad[] = {"", "h", "wss://h", "https://", "https://h/", "https://h?x",
			"https://u@h", "https://h:0", "https://h h"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_null(config_check_origin(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_non_null(config_check_origin(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_listen),
			cmocka_unit_test(test_control_characters_of_two_bytes_are_refused),
			cmocka_unit_test(test_urls_that_are_refused),
			cmocka_unit_test(test_irc_urls),
			cmocka_unit_test(test_nicks),
			cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
