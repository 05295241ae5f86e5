/* Secrets: every source, and no leak in messages. */

#include "bot/config/secret_store.h"
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

	write_file(folder, "secret", "hunter2 of mine\n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", 0, NULL, "hunter2 of mine");
	write_file(folder, "secret", "\r\nhunter2\r\n\n", 0600);
	load_secret(folder, "{\"file\": \"secret\"}", 0, NULL, "hunter2");
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
			"2:14: the secret has several lines; put the secret alone, as one line, into it",
			NULL);
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

	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	write_file(folder, "secret", "hunter2\n", 0644);
	load_secret(folder, "{\"credential\": \"secret\"}", 0, NULL, "hunter2");
	load_secret(folder, "{\"credential\": \"../secret\"}", -EBADMSG, "a path needs \"file\"", NULL);
	load_secret(folder, "{\"credential\": \"gone\"}", -EBADMSG,
			"the credential \"gone\" cannot be read: not in CREDENTIALS_DIRECTORY (/tmp/", NULL);
	/* As the unit's LoadCredential= of a folder names it. */
	write_file(folder, "stored_libera.password", "hunter2\n", 0600);
	load_secret(folder, "{\"credential\": \"libera.password\"}", 0, NULL, "hunter2");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void remove_folder(const struct folder *folder, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	assert_int_equal(rmdir(path), 0);
}

/* What a service says: its own user, and the way out. */
static void test_secret_that_the_service_cannot_read(void **state)
{
	const struct folder *folder = *state;
	bool is_root = geteuid() == 0;

	write_file(folder, "secret", "hunter2\n", 0000);
	assert_int_equal(is_root ? chown(folder->path, 65534, 65534) : 0, 0);
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	load_secret(folder, "{\"file\": \"secret\"}", -EBADMSG,
			"Permission denied; make the file readable for the user that runs the bot, or run "
			"\"episoded "
			"secret set secret\" and refer to {\"credential\": \"secret\"}",
			NULL);
	setenv("INVOCATION_ID", "1", 1);
	setenv("STATE_DIRECTORY", folder->path, 1);
	load_secret(folder, "{\"file\": \"secret\"}", -EBADMSG,
			"Permission denied; the service runs as its own user: run \"sudo episoded secret set "
			"secret\", refer to {\"credential\": \"secret\"}, and restart the service",
			NULL);
	load_secret(folder, "{\"credential\": \"libera.password\"}", -EBADMSG,
			"systemd has not passed this secret; run \"sudo episoded secret set "
			"libera.password\", then "
			"restart the service",
			NULL);
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
	unsetenv("INVOCATION_ID");
	unsetenv("STATE_DIRECTORY");
}

/* "make run": the same {"credential": ...} is in a folder of the user. */
static void test_secret_of_a_checkout(void **state)
{
	const struct folder *folder = *state;
	bool is_root = geteuid() == 0;

	assert_int_equal(is_root ? chown(folder->path, 65534, 65534) : 0, 0);
	assert_int_equal(is_root ? seteuid(65534) : 0, 0);
	setenv("XDG_CONFIG_HOME", folder->path, 1);
	load_secret(folder, "{\"credential\": \"libera.password\"}", -EBADMSG,
			"/episoded/secrets; run \"episoded secret set libera.password\"\n", NULL);
	assert_int_equal(secret_store_put("libera.password", "hunter2", 7), 0);
	load_secret(folder, "{\"credential\": \"libera.password\"}", 0, NULL, "hunter2");
	load_secret(folder, "{\"credential\": \"libera.pasword\"}", -EBADMSG,
			"; did you mean \"libera.password\"?", NULL);
	assert_int_equal(secret_store_remove("libera.password"), 0);
	assert_int_equal(secret_store_remove("libera.password"), -ENOENT);
	remove_folder(folder, "episoded/secrets");
	remove_folder(folder, "episoded");
	unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(is_root ? seteuid(0) : 0, 0);
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

/* What copying adds to a password. Not quotes, "=" and spaces inside, which a password may have. */
static void test_pasted_password(void **state)
{
	static const struct {
		const char *text, *part; /* NULL: taken as it is */
	} cases[] = {
			{"correct horse battery", NULL},
			{"p\xC3\xA4ss w\xC3\xB6rt", NULL},
			{"\xED\x95\x9C\xEA\xB8\x80", NULL},
			{"a=b", NULL},
			{"QUJDRA==", NULL},
			{"it's \"mine\"", NULL},
			{"Bot is the best one", NULL},
			{"\xEF\xBB\xBFhunter2", "begins with a byte order mark (BOM)"},
			{"\xEF\xBB\xBF", "begins with a byte order mark (BOM)"},
			{" hunter2", "begins with a space; remove it"},
			{"hunter2 ", "ends with a space; remove it"},
			{"hunter2\t", "ends with a tab; remove it"},
			{"hunter2 \r\n", "ends with a space; remove it"},
			{"hunter2\xC2\xA0", "ends with a no-break space (U+00A0); remove it"},
			{"hun\xC2\xA0ter2", "contains a no-break space (U+00A0) as character 4"},
			{"hun\xE2\x80\x8Bter2", "contains a zero-width space (U+200B) as character 4"},
			{"hun\xE2\x81\xA0ter2", "contains a word joiner (U+2060) as character 4"},
			{"hun\xE2\x80\xAEter2", "contains the invisible character U+202E as character 4"},
			{"hunter2\xE3\x80\x80", "ends with the space U+3000; remove it"},
			{"hun\xEF\xBF\xBDter2", "contains a replacement character (U+FFFD)"},
			{"hun\x1Bter2", "contains the control character U+001B as character 4"},
			{"hun\x7Fter2", "contains the control character U+007F as character 4"},
			{"hunter2\xE4", "is not UTF-8 from character 8 on"},
			{"\xFF\xFEh", "is in UTF-16"},
			{"  \n", "is empty: it has spaces only"},
			{"\xC2\xA0\n", "is empty: it has spaces only"},
			{"\r\n\r\n", "is empty; put one line into it"},
			{"IRC_PASSWORD=hunter2", "begins with a name, as a line of a .env file"},
			{"export PASS='hunter2'", "begins with a name, as a line of a .env file"},
			{"hunter2\nhunter3", "has several lines"},
			{"hunter2\rhunter3", "has several lines"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(*state, "secret", cases[i].text, 0600);
		load_secret(*state, "{\"file\": \"secret\"}", cases[i].part ? -EBADMSG : 0, cases[i].part,
				cases[i].part ? NULL : cases[i].text);
	}
}

/* Quotes may be part of a password: it is taken, with a warning. */
static void test_password_in_quotes_is_warned_of(void **state)
{
	write_file(*state, "secret", "\"hunter2\"\n", 0600);
	load_secret(*state, "{\"file\": \"secret\"}", 0,
			"2:14: warning: the secret has quotes or brackets around it; remove them, unless the "
			"password "
			"has this\n",
			"\"hunter2\"");
	write_file(*state, "secret", "Bearer hunter2\n", 0600);
	load_secret(*state, "{\"file\": \"secret\"}", 0, "warning: the secret begins with \"Bearer \"",
			"Bearer hunter2");
}

static void write_bytes(const struct folder *folder, const char *bytes, size_t length)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/secret", folder->path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_secret_in_another_encoding(void **state)
{
	static const char plain_utf16[] = "h\0u\0n\0t\0e\0r\0\x32\0\n", zeros[100];
	char much[5000];

	write_bytes(*state, plain_utf16, sizeof(plain_utf16));
	load_secret(*state, "{\"file\": \"secret\"}", -EBADMSG, "the secret is in UTF-16", NULL);
	write_bytes(*state, zeros, sizeof(zeros));
	load_secret(*state, "{\"file\": \"secret\"}", -EBADMSG, "the secret is in a binary file", NULL);
	write_bytes(*state,
			"\x7F"
			"ELF\x02\x01\x01\0\0\0",
			10);
	load_secret(*state, "{\"file\": \"secret\"}", -EBADMSG, "the secret is in", NULL);
	write_bytes(*state, "", 0);
	load_secret(*state, "{\"file\": \"secret\"}", -EBADMSG, "the secret is empty; put one line into it",
			NULL);
	memset(much, 'x', sizeof(much));
	write_bytes(*state, much, sizeof(much));
	load_secret(*state, "{\"file\": \"secret\"}", -EBADMSG, "the secret is too long", NULL);
}

/* Tokens of websites: one word. */
static void load_token(const struct folder *folder, const char *gateway, const char *token, const char *part)
{
	char text[400], *report = NULL;
	struct config *config = NULL;

	write_file(folder, "secret", token, 0600);
	snprintf(text, sizeof(text), "{\"gateways\": [{%s, \"token\": {\"file\": \"secret\"}}]}", gateway);
	assert_int_equal(load(folder, text, &report, &config), part ? -EBADMSG : 0);
	if (part && !strstr(report, part))
		fail_msg("\"%s\" is not in the report: %s", part, report);
	if (!part)
		assert_string_equal(report, "");
	assert_null(strstr(report, "GabcdE"));
	free(report);
	config_free(config);
}

#define TOKEN   "MTIzNDU2.GabcdE.x-y_z0123"
#define DISCORD "\"name\": \"d\", \"type\": \"discord\""
#define TWITCH  "\"name\": \"t\", \"type\": \"twitch\", \"login\": \"bot\", \"channels\": [\"#a\"]"

static void test_pasted_token(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
			{TOKEN, NULL},
			{TOKEN "\r\n", NULL},
			{"\n\n" TOKEN "\n\n", NULL},
			{"\xEF\xBB\xBF" TOKEN, "begins with a byte order mark (BOM)"},
			{TOKEN " ", "ends with a space"},
			{" " TOKEN, "begins with a space"},
			{TOKEN "\xC2\xA0", "ends with a no-break space"},
			{"MTIz\xE2\x80\x8BNDU2.GabcdE.x",
					"contains a zero-width space (U+200B) as character 5"},
			{"MTIz NDU2.GabcdE.x", "contains a space as character 5, which is in no token"},
			{"MTIz\xE2\x80\xA6.GabcdE.x", "contains the character U+2026 as character 5"},
			{"\"" TOKEN "\"", "has quotes or brackets around it"},
			{"'" TOKEN "'", "has quotes or brackets around it"},
			{"`" TOKEN "`", "has quotes or brackets around it"},
			{"\xE2\x80\x9C" TOKEN "\xE2\x80\x9D", "has quotes or brackets around it"},
			{"<" TOKEN ">", "has quotes or brackets around it"},
			{"Bot " TOKEN, "begins with \"Bot \""},
			{"bot " TOKEN, "begins with \"Bot \""},
			{"Bearer " TOKEN, "begins with \"Bearer \""},
			{"Authorization: Bot " TOKEN, "begins with"},
			{"DISCORD_TOKEN=" TOKEN, "begins with a name, as a line of a .env file"},
			{"export TOKEN=\"" TOKEN "\"", "begins with a name, as a line of a .env file"},
			{"token = " TOKEN, "begins with a name, as a line of a .env file"},
			{"token: " TOKEN, "begins with a name, as a line of a .env file"},
			{"{\"token\": \"" TOKEN "\"}", "is JSON"},
			{"oauth:abcdefghij", "is a token of Twitch"},
			{"1500000000000000001", "is the application's ID"},
			{"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
					"is the application's public key"},
			{"abcdefghijklmnopqrstuvwxyz-_0123", "looks like the client secret"},
			{"mfa.GabcdE", "is the token of a person's account"},
			{"https://discord.com/api/webhooks/1/GabcdE", "is an address"},
			{"MTIzNDU2.GabcdE", "is cut"},
			{"", "is empty; put one line into it"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		load_token(*state, DISCORD, cases[i].text, cases[i].part);
}

static void test_pasted_token_of_twitch(void **state)
{
	static const char id[] = TWITCH ", \"client_id\": \"abcdefghij0123456789\"";
	const struct folder *folder = *state;

	load_token(folder, TWITCH, "oauth:abcdefghij0123456789\n", NULL);
	load_token(folder, TWITCH, "abcdefghij0123456789\n", NULL);
	load_token(folder, TWITCH, "\"oauth:abcdefghij0123456789\"", "has quotes or brackets around it");
	load_token(folder, TWITCH, "Bearer abcdefghij", "begins with \"Bearer \"");
	load_token(folder, TWITCH, "OAuth abcdefghij", "begins with \"OAuth \"");
	load_token(folder, TWITCH, "TWITCH_TOKEN=abcdefghij", "begins with a name");
	load_token(folder, TWITCH, TOKEN, "is it that of Discord?");
	load_token(folder, id, "abcdefghij0123456789", "\"token\" is the client ID");
}

static void test_secret_in_the_file_is_refused_and_not_repeated(void **state)
{
	static const char forms[] = "2:1: secrets do not belong in this file; run \"episoded secret set "
				    "a.password\", and write "
				    "\"password\": {\"credential\": \"a.password\"}\n";

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
			TEST(test_secret_that_the_service_cannot_read),
			TEST(test_secret_of_a_checkout),
			TEST(test_pasted_password),
			TEST(test_password_in_quotes_is_warned_of),
			TEST(test_secret_in_another_encoding),
			TEST(test_pasted_token),
			TEST(test_pasted_token_of_twitch),
			TEST(test_secret_in_the_file_is_refused_and_not_repeated),
			TEST(test_password_without_tls_is_warned_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
