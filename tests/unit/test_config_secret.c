/* Secrets: every source, and no leak in messages. */

#include "tests/unit/config_folder.h"

static const char with_password[] = "{\"gateways\": [{" FULL ",\n\"password\": %s}]}";

static void load_secret(const struct folder *folder, const char *form, int expected, const char *report_part,
		const char *secret)
{
	struct config *config = NULL;
	char text[400], *report = NULL;

	snprintf(text, sizeof(text), with_password, form);
	assert_int_equal(load(folder, text, &report, &config), expected);
	if (report_part)
		assert_non_null(strstr(report, report_part));
	else
		assert_string_equal(report, "");
	assert_null(strstr(report, "hunter2"));
	if (secret)
		assert_string_equal(irc_config(config->gateways[0])->password, secret);
	free(report);
	config_free(config);
}

static void test_secret_from_a_file(void **state)
{
	const struct folder *folder = *state;

	write_file(folder, "secret", "hunter2 \n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", 0, NULL, "hunter2 ");
	write_file(folder, "secret", "hunter2\r\n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", 0, NULL, "hunter2");
	write_file(folder, "secret", "hunter2", 0604);
	load_secret(folder, "{\"file\": \"secret\"}", 0, "warning: every user of this machine can read",
			"hunter2");
	write_file(folder, "secret", "\n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", -EBADMSG,
			"2:14: the secret is empty; put one line into it", NULL);
	write_file(folder, "secret", "hunter2\nQUIT\n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", -EBADMSG,
			"2:14: the secret must be one line without control characters", NULL);
	load_secret(folder, "{\"file\": \"gone\"}", -EBADMSG, "gone: No such file or directory", NULL);
	load_secret(folder, "{\"file\": \"/dev/zero\"}", -EBADMSG, "/dev/zero: Invalid argument", NULL);
	load_secret(folder, "{\"file\": \"/tmp\"}", -EBADMSG, "/tmp: Is a directory", NULL);
}

static void write_letters(const struct folder *folder, size_t count)
{
	char secret[CONFIG_SECRET_MAX_BYTES + 3];

	memset(secret, 'x', sizeof(secret));
	secret[count] = '\n';
	secret[count + 1] = '\0';
	write_file(folder, "secret", secret, 0600);
}

static void test_longest_secret(void **state)
{
	static const char text[] = "{\"gateways\": [{" FULL ", \"sasl\": {\"account\": \"a\", "
				   "\"password\": {\"file\": \"secret\"}}}]}";
	const struct folder *folder = *state;
	struct config *config = NULL;
	char *report = NULL;

	write_letters(folder, CONFIG_SECRET_MAX_BYTES);
	assert_int_equal(load(folder, text, &report, &config), 0);
	assert_int_equal(strlen(irc_config(config->gateways[0])->sasl.password), CONFIG_SECRET_MAX_BYTES);
	config_free(config);
	free(report);
	write_letters(folder, CONFIG_SECRET_MAX_BYTES + 1);
	assert_reported(folder, text, "the secret is too long; the limit is 1000 bytes");
}

/* The server's password must fit into one line. */
static void test_longest_password(void **state)
{
	static const char text[] = "{\"gateways\": [{" FULL ", \"password\": {\"file\": \"secret\"}}]}";
	const struct folder *folder = *state;
	char longest[401];

	memset(longest, 'x', sizeof(longest));
	longest[400] = '\0';
	write_letters(folder, 400);
	load_secret(folder, "{\"file\": \"secret\"}", 0, NULL, longest);
	write_letters(folder, 401);
	assert_reported(folder, text, "the server's password is too long; the limit is 400 bytes");
}

static void test_secret_from_a_credential(void **state)
{
	const struct folder *folder = *state;

	load_secret(folder, "{\"credential\": \"secret\"}", -EBADMSG, "LoadCredential=secret:...", NULL);
	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	write_file(folder, "secret", "hunter2\n", 0644);
	load_secret(folder, "{\"credential\": \"secret\"}", 0, NULL, "hunter2");
	load_secret(folder, "{\"credential\": \"../secret\"}", -EBADMSG, "a path needs \"file\"", NULL);
	load_secret(folder, "{\"credential\": \"gone\"}", -EBADMSG, "gone: No such file or directory", NULL);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void test_secret_from_the_environment(void **state)
{
	const struct folder *folder = *state;

	setenv("EPISODED_TEST_SECRET", "hunter2", 1);
	load_secret(folder, "{\"env\": \"EPISODED_TEST_SECRET\"}", 0, NULL, "hunter2");
	unsetenv("EPISODED_TEST_SECRET");
	load_secret(folder, "{\"env\": \"EPISODED_TEST_SECRET\"}", -EBADMSG,
			"the environment variable EPISODED_TEST_SECRET is not set; set it, or use another of",
			NULL);
	load_secret(folder, "{\"env\": \"A=B\"}", -EBADMSG, "letters, digits and _ only", NULL);
}

static void test_secret_in_the_file_is_refused_and_not_repeated(void **state)
{
	static const char forms[] =
			"2:1: secrets do not belong in this file; \"password\" must be "
			"{\"credential\": \"name\"}, {\"file\": \"path\"} or {\"env\": \"NAME\"}\n";

	load_secret(*state, "\"hunter2\"", -EBADMSG, forms, NULL);
	load_secret(*state, "[\"hunter2\"]", -EBADMSG, forms, NULL);
	load_secret(*state, "{}", -EBADMSG, "\"password\" must be exactly one of", NULL);
	load_secret(*state, "{\"file\": 1}", -EBADMSG, "\"password\" must be exactly one of", NULL);
	load_secret(*state, "{\"file\": \"a\", \"env\": \"B\"}", -EBADMSG,
			"\"password\" must be exactly one of", NULL);
	load_secret(*state, "{\"fil\": \"a\"}", -EBADMSG, "unknown key \"fil\"; did you mean \"file\"?",
			NULL);
	load_secret(*state, "null", 0, NULL, NULL);
}

static void test_password_without_tls_is_warned_of(void **state)
{
	const struct folder *folder = *state;
	struct config *config = NULL;
	char *report = NULL;

	setenv("EPISODED_TEST_SECRET", "x", 1);
	assert_int_equal(load(folder,
					 "{\"gateways\": [{" IRC
					 "\"url\": \"ws://h/\", \"nick\": \"n\", \"channels\": [],\n"
					 "\"password\": {\"env\": \"EPISODED_TEST_SECRET\"}}]}",
					 &report, &config),
			0);
	assert_string_equal(report,
			"2:1: warning: the password would be sent unencrypted over ws://; use wss://\n");
	free(report);
	config_free(config);
	unsetenv("EPISODED_TEST_SECRET");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_secret_from_a_file),
			TEST(test_longest_secret),
			TEST(test_longest_password),
			TEST(test_secret_from_a_credential),
			TEST(test_secret_from_the_environment),
			TEST(test_secret_in_the_file_is_refused_and_not_repeated),
			TEST(test_password_without_tls_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
