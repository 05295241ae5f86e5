/* Which addresses the bot may fetch from when others wrote the link. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "bot/net/public_address.h"
#include "bot/pictures/link.h"

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return address_is_public((struct sockaddr *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_is_public((struct sockaddr *)&v6);
}

static void test_an_address_of_the_local_network_was_public(void **state)
{
	static const char *const local[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
			"100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.169.254", "172.16.0.1",
			"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.0.1", "192.168.255.255",
			"198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1",
			"239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1",
			"::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1",
			"ff02::1", "2001:db8::1", "2001::1", "2001:10::1", "2002:7f00:1::", "2002:c0a8:1::1",
			"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "3fff::1"};

	(void)state;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
		if (is_public(local[i]))
			fail_msg("%s", local[i]);
	}
}

static void test_an_address_of_the_internet_was_refused(void **state)
{
	static const char *const open[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255",
			"100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.0.1", "172.15.255.255",
			"172.32.0.0", "192.0.1.1", "192.167.1.1", "192.169.0.1", "198.17.0.1", "198.20.0.1",
			"223.255.255.255", "::ffff:8.8.8.8", "2606:4700::1111", "2a00:1450::1",
			"2001:4860:4860::8888", "64:ff9b::808:808", "2002:808:808::"};

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		if (!is_public(open[i]))
			fail_msg("%s", open[i]);
	}
}

static void test_another_family_is_not_public(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	assert_false(address_is_public((struct sockaddr *)&address));
}

static void test_a_link_named_what_only_this_network_knows(void **state)
{
	static const char *const refused[] = {"", "http://a.example/x", "https://", "https:///x",
			"https://localhost/x", "https://LOCALHOST:443/", "https://a.localhost/",
			"https://printer/", "https://nas.local/x", "https://db.internal",
			"https://127.0.0.1/x", "https://127.1/", "https://2130706433/", "https://0x7f.1/",
			"https://0177.0.0.1/", "https://[::1]/", "https://[::ffff:7f00:1]/",
			"https://a.example@127.0.0.1/", "https://a@b.example/", "https://a.example:0/",
			"https://a.example:65536/", "https://a.example:/", "https://a.example:80x/",
			"https://a.example./", "https://a.example/\n", "https://a.example/ x",
			"ftp://a.example/x", "https://a.example\\@b/"};
	static const char *const allowed[] = {"https://a.example", "https://a.example/x.png",
			"https://a.example:8443/x?y#z", "https://static.a.example/@x/y.png",
			"https://xn--80ak6aa92e.example/x"};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (picture_link_ok(refused[i], false))
			fail_msg("%s", refused[i]);
	}
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		if (!picture_link_ok(allowed[i], false))
			fail_msg("%s", allowed[i]);
	}
	assert_true(picture_link_ok("https://localhost:8443/x", true));
	assert_false(picture_link_ok("http://localhost:8443/x", true));
}

static void test_redirects(void **state)
{
	char *next = NULL;

	(void)state;
	assert_int_equal(picture_link_follow("https://a.example/x/y?z", "/p.png", false, &next), 0);
	assert_string_equal(next, "https://a.example/p.png");
	free(next);
	assert_int_equal(picture_link_follow("https://a.example", "/p.png", false, &next), 0);
	assert_string_equal(next, "https://a.example/p.png");
	free(next);
	assert_int_equal(picture_link_follow("https://a.example/x", "https://b.example/p", false, &next), 0);
	assert_string_equal(next, "https://b.example/p");
	free(next);
	next = NULL;
	assert_int_equal(picture_link_follow("https://a.example/x", "http://b.example/p", false, &next),
			-EINVAL);
	assert_int_equal(picture_link_follow("https://a.example/x", "//b.example/p", false, &next), -EINVAL);
	assert_int_equal(picture_link_follow("https://a.example/x", "p.png", false, &next), -EINVAL);
	assert_int_equal(picture_link_follow("https://a.example/x", "", false, &next), -EINVAL);
	assert_int_equal(picture_link_follow("https://a.example/x", "https://10.0.0.1/", false, &next),
			-EINVAL);
	assert_null(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_an_address_of_the_local_network_was_public),
			cmocka_unit_test(test_an_address_of_the_internet_was_refused),
			cmocka_unit_test(test_another_family_is_not_public),
			cmocka_unit_test(test_a_link_named_what_only_this_network_knows),
			cmocka_unit_test(test_redirects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
