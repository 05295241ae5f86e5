/* The choice of a proxy: its URL, the environment's variables, no_proxy. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "bot/base/proxy_url.h"
#include "bot/net/proxy.h"

static int clear(void **state)
{
	static const char *const names[] = {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
			"all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	return 0;
}

static void expect_url(const char *text, enum proxy_kind kind, const char *shown, bool has_user)
{
	char name[PROXY_SHOWN_MAX_BYTES + 1];
	struct proxy_url url;
	const char *problem = proxy_url_parse(text, &url);

	if (problem)
		fail_msg("%s: %s", text, problem);
	proxy_url_show(&url, name);
	assert_string_equal(name, shown);
	assert_int_equal(url.kind, kind);
	assert_int_equal(url.has_user, has_user);
}

static void urls(void **state)
{
	(void)state;
	expect_url("http://proxy.example.org:3128", PROXY_HTTP, "proxy.example.org:3128", false);
	expect_url("HTTP://proxy.example.org:3128/", PROXY_HTTP, "proxy.example.org:3128", false);
	expect_url("proxy.example.org:3128", PROXY_HTTP, "proxy.example.org:3128", false);
	expect_url("https://[2001:db8::1]:443", PROXY_HTTPS, "[2001:db8::1]:443", false);
	expect_url("socks5://me:pa%40ss@127.0.0.1:1080", PROXY_SOCKS5, "127.0.0.1:1080", true);
	expect_url("socks5h://me@127.0.0.1:1080", PROXY_SOCKS5, "127.0.0.1:1080", true);
	expect_url("http://me:a@b:c@host:1", PROXY_HTTP, "host:1", true); /* as curl: the last @ counts */
}

static void wrong_urls(void **state)
{
	static const char *const bad[] = {"", "http://", "http://host", "http://host:", "http://host:0",
			"http://host:65536", "http://host:99999999999", "http://:3128", "ftp://host:21",
			"http://[::1]", "http://[::g]:1", "http://::1:1", "http://ho st:1",
			"http://host:1/path", "http://host:1?x", "http://host:x", "http://me@",
			"http://me:secret@", "http://h\xc3\xb6st:1", "host", "http://[::1:80"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct proxy_url url;
		const char *problem = proxy_url_parse(bad[i], &url);

		if (!problem || strstr(problem, "secret"))
			fail_msg("\"%s\": %s", bad[i], problem ? problem : "accepted");
	}
}

static void exempt(void **state)
{
	(void)state;
	assert_true(proxy_is_exempt("*", "example.org", 443));
	assert_true(proxy_is_exempt("a, example.org", "example.org", 443));
	assert_true(proxy_is_exempt("example.org", "irc.example.org", 443));
	assert_true(proxy_is_exempt(".example.org", "irc.example.org", 443));
	assert_true(proxy_is_exempt(".example.org", "example.org", 443));
	assert_true(proxy_is_exempt("*.example.org", "irc.example.org", 443));
	assert_true(proxy_is_exempt("EXAMPLE.org.", "Irc.example.ORG", 443));
	assert_true(proxy_is_exempt("example.org:6697", "irc.example.org", 6697));
	assert_true(proxy_is_exempt("192.0.2.1", "192.0.2.1", 443));
	assert_true(proxy_is_exempt("192.0.2.0/24", "192.0.2.77", 443));
	assert_true(proxy_is_exempt("192.0.2.0/25", "192.0.2.127", 443));
	assert_true(proxy_is_exempt("0.0.0.0/0", "192.0.2.1", 443));
	assert_true(proxy_is_exempt("192.0.2.1:443", "192.0.2.1", 443));
	assert_true(proxy_is_exempt("2001:db8::1", "2001:db8:0::1", 443));
	assert_true(proxy_is_exempt("[2001:db8::1]", "2001:db8::1", 443));
	assert_true(proxy_is_exempt("[2001:db8::1]:443", "2001:db8::1", 443));
	assert_true(proxy_is_exempt("2001:db8::/32", "2001:db8:ffff::1", 443));
	assert_true(proxy_is_exempt("localhost,127.0.0.0/8,::1", "127.1.2.3", 443));
}

static void not_exempt(void **state)
{
	(void)state;
	assert_false(proxy_is_exempt("", "example.org", 443));
	assert_false(proxy_is_exempt(",, ,", "example.org", 443));
	assert_false(proxy_is_exempt("example.org", "badexample.org", 443));
	assert_false(proxy_is_exempt("irc.example.org", "example.org", 443));
	assert_false(proxy_is_exempt("example.org:6697", "example.org", 443));
	assert_false(proxy_is_exempt("example.org:x", "example.org", 443));
	assert_false(proxy_is_exempt("192.0.2.0/25", "192.0.2.128", 443));
	assert_false(proxy_is_exempt("192.0.2.0/33", "192.0.2.0", 443));
	assert_false(proxy_is_exempt("192.0.2.0/", "192.0.2.0", 443));
	assert_false(proxy_is_exempt("192.0.2.1:80", "192.0.2.1", 443));
	assert_false(proxy_is_exempt("192.0.2.1", "2001:db8::1", 443));
	assert_false(proxy_is_exempt("2.1", "192.0.2.1", 443)); /* an address has no domain */
	assert_false(proxy_is_exempt("[2001:db8::1]:80", "2001:db8::1", 443));
	assert_false(proxy_is_exempt("2001:db8::/32", "2001:db9::1", 443));
	assert_false(proxy_is_exempt(".", "example.org", 443));
	assert_false(proxy_is_exempt("[", "example.org", 443));
	assert_false(proxy_is_exempt("/", "192.0.2.1", 443));
}

#define P "http://proxy.example.org:3128"
#define Q "http://other.example.org:3128"

static void variables(void **state)
{
	(void)state;
	assert_null(proxy_find(NULL, true, "discord.com", 443));
	setenv("HTTP_PROXY", P, 1); /* set by a web server from a request's header */
	assert_null(proxy_find(NULL, false, "example.org", 80));
	assert_null(proxy_find(NULL, true, "example.org", 443));
	setenv("all_proxy", Q, 1);
	assert_string_equal(proxy_find(NULL, false, "example.org", 80), Q);
	assert_string_equal(proxy_find(NULL, true, "example.org", 443), Q);
	setenv("http_proxy", P, 1);
	assert_string_equal(proxy_find(NULL, false, "example.org", 80), P);
	assert_string_equal(proxy_find(NULL, true, "example.org", 443), Q);
	setenv("HTTPS_PROXY", P, 1);
	assert_string_equal(proxy_find(NULL, true, "example.org", 443), P);
	setenv("https_proxy", "", 1); /* not set */
	assert_string_equal(proxy_find(NULL, true, "example.org", 443), P);
	setenv("https_proxy", Q, 1);
	assert_string_equal(proxy_find(NULL, true, "example.org", 443), Q);
	setenv("NO_PROXY", "example.org", 1);
	assert_null(proxy_find(NULL, true, "irc.example.org", 6697));
	assert_string_equal(proxy_find(NULL, true, "discord.com", 443), Q);
	setenv("no_proxy", "discord.com", 1);
	assert_string_equal(proxy_find(NULL, true, "irc.example.org", 6697), Q);
	assert_null(proxy_find(NULL, true, "gateway.discord.com", 443));
}

static void the_configuration_overrides_the_environment(void **state)
{
	(void)state;
	setenv("https_proxy", P, 1);
	setenv("no_proxy", "*", 1);
	assert_null(proxy_find(NULL, true, "discord.com", 443));
	assert_string_equal(proxy_find(Q, true, "discord.com", 443), Q);
	unsetenv("no_proxy");
	assert_null(proxy_find("", true, "discord.com", 443));
}

/* A proxy elsewhere cannot reach a bouncer on this machine. */
static void this_machine(void **state)
{
	static const char *const own[] = {
			"localhost", "127.0.0.1", "127.9.9.9", "::1", "zn.localhost", "0.0.0.0"};
	static const char near[] = "http://127.0.0.1:3128";

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		setenv("https_proxy", P, 1);
		assert_null(proxy_find(NULL, true, own[i], 6697));
		assert_null(proxy_find(P, true, own[i], 6697));
		setenv("https_proxy", near, 1);
		assert_string_equal(proxy_find(NULL, true, own[i], 6697), near);
	}
	assert_string_equal(proxy_find(P, true, "127.example.org", 6697), P);
}

static void requests(void **state)
{
	(void)state;
	setenv("https_proxy", P, 1);
	setenv("http_proxy", Q, 1);
	setenv("no_proxy", "a.example,192.0.2.0/24:8443,[2001:db8::1]:8443", 1);
	assert_string_equal(proxy_find_for_url(NULL, "https://discord.com/api/v10?a=http://x"), P);
	assert_string_equal(proxy_find_for_url(NULL, "HTTPS://discord.com"), P);
	assert_string_equal(proxy_find_for_url(NULL, "http://discord.com/"), Q);
	assert_null(proxy_find_for_url(NULL, "https://b.a.example:444/api"));
	assert_null(proxy_find_for_url(NULL, "https://192.0.2.7:8443/api"));
	assert_string_equal(proxy_find_for_url(NULL, "https://192.0.2.7/api"), P);
	assert_null(proxy_find_for_url(NULL, "https://[2001:db8::1]:8443/api"));
	assert_string_equal(proxy_find_for_url(NULL, "https://[2001:db8::1]/api"), P);
	assert_null(proxy_find_for_url(NULL, "nothing"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, clear, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(urls),
			TEST(wrong_urls),
			TEST(exempt),
			TEST(not_exempt),
			TEST(variables),
			TEST(the_configuration_overrides_the_environment),
			TEST(this_machine),
			TEST(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
