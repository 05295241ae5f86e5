/* "proxy": its forms, the file's proxy for gateways that name no other, and what a reload does. */

#include "tests/unit/config_folder.h"

#define FILE_OF(proxy, more)                                                                                 \
	"{" proxy " \"gateways\": [{" FULL more "}, {\"name\": \"l\", \"type\": \"lobby\"}]}"

static void expect(const struct folder *folder, const char *text, const char *proxy)
{
	struct config *config = NULL;
	char *report = NULL;

	if (load(folder, text, &report, &config) != 0)
		fail_msg("%s", report);
	if (proxy)
		assert_string_equal(config->gateways[0]->proxy, proxy);
	else
		assert_null(config->gateways[0]->proxy);
	assert_null(config->gateways[1]->proxy);
	config_free(config);
	free(report);
}

static void refuse(const struct folder *folder, const char *text, const char *problem)
{
	char *report = refusal_of(folder, text);

	assert_null(strstr(report, "sesame"));
	free(report);
	assert_reported(folder, text, problem);
}

static void forms(void **state)
{
	const struct folder *folder = *state;

	setenv("PROXY_PASSWORD", "p@ss:w/rd", 1);
	setenv("PROXY_URL", "http://me:secret@proxy:3128", 1);
	expect(folder, FILE_OF("", ""), NULL);
	expect(folder, FILE_OF("", ", \"proxy\": null"), NULL);
	expect(folder, FILE_OF("", ", \"proxy\": false"), "");
	expect(folder, FILE_OF("", ", \"proxy\": \"http://proxy:3128\""), "http://proxy:3128");
	expect(folder, FILE_OF("", ", \"proxy\": {\"url\": \"socks5://proxy:1080\"}"), "socks5://proxy:1080");
	expect(folder, FILE_OF("", ", \"proxy\": {\"env\": \"PROXY_URL\"}"), "http://me:secret@proxy:3128");
	expect(folder,
			FILE_OF("", ", \"proxy\": {\"url\": \"http://proxy:3128\", \"user\": \"a b\", "
				    "\"password\": "
				    "{\"env\": \"PROXY_PASSWORD\"}}"),
			"http://a%20b:p%40ss%3Aw%2Frd@proxy:3128");
}

static void the_proxy_of_the_file(void **state)
{
	const struct folder *folder = *state;

	expect(folder, FILE_OF("\"proxy\": \"http://proxy:3128\",", ""), "http://proxy:3128");
	expect(folder, FILE_OF("\"proxy\": \"http://proxy:3128\",", ", \"proxy\": \"http://own:1\""),
			"http://own:1");
	expect(folder, FILE_OF("\"proxy\": \"http://proxy:3128\",", ", \"proxy\": false"), "");
	expect(folder, FILE_OF("\"proxy\": false,", ""), "");
}

static void mistakes(void **state)
{
	const struct folder *folder = *state;

	setenv("PROXY_URL", "ftp://me:sesame@proxy:3128", 1);
	refuse(folder, FILE_OF("", ", \"proxy\": true"), "\"proxy\" must be false, a URL as");
	refuse(folder, FILE_OF("", ", \"proxy\": 3128"), "\"proxy\" must be false, a URL as");
	refuse(folder, FILE_OF("", ", \"proxy\": \"\""), "the port is missing");
	refuse(folder, FILE_OF("", ", \"proxy\": \"http://proxy\""), "the port is missing");
	refuse(folder, FILE_OF("", ", \"proxy\": \"ftp://proxy:1\""),
			"must begin with http://, https:// or socks5://");
	refuse(folder, FILE_OF("", ", \"proxy\": \"http://me:sesame@proxy:1\""),
			"secrets do not belong in this file");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"env\": \"PROXY_URL\"}"), "must begin with http://");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"user\": \"me\"}"), "\"url\" is missing");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"url\": \"http://me@proxy:1\"}"), "secrets do not belong");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"url\": \"http://me@proxy:1\", \"user\": \"me\"}"),
			"has a user, too");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"url\": \"http://proxy:1\", \"user\": \"\"}"),
			"\"user\" is empty");
	refuse(folder,
			FILE_OF("", ", \"proxy\": {\"url\": \"http://proxy:1\", \"password\": {\"env\": "
				    "\"PROXY_URL\"}}"),
			"\"password\" needs a \"user\"");
	refuse(folder, FILE_OF("", ", \"proxy\": {\"url\": \"http://proxy:1\", \"pasword\": 1}"),
			"did you mean");
	refuse(folder, FILE_OF("\"proxy\": \"http://\",", ""), "the port is missing");
}

/* Another proxy, or another password for it, needs a new connection. */
static void a_reload_connects_again(void **state)
{
	const struct folder *folder = *state;
	struct config *one = NULL, *other = NULL;
	char *report = NULL;

	setenv("PROXY_URL", "http://me:one@proxy:3128", 1);
	assert_int_equal(load(folder, FILE_OF("\"proxy\": {\"env\": \"PROXY_URL\"},", ""), &report, &one), 0);
	free(report);
	report = NULL;
	setenv("PROXY_URL", "http://me:other@proxy:3128", 1);
	assert_int_equal(load(folder, FILE_OF("\"proxy\": {\"env\": \"PROXY_URL\"},", ""), &report, &other),
			0);
	free(report);
	assert_int_equal(gateway_config_compare(one->gateways[0], one->gateways[0]), CONFIG_SAME);
	assert_int_equal(gateway_config_compare(one->gateways[0], other->gateways[0]), CONFIG_RESTART);
	assert_int_equal(gateway_config_compare(one->gateways[1], other->gateways[1]), CONFIG_SAME);
	config_free(one);
	config_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(forms),
			TEST(the_proxy_of_the_file),
			TEST(mistakes),
			TEST(a_reload_connects_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
