/* A PostgreSQL in "state", and the keys of "database". */

#include "bot/config/database_url.h"
#include "tests/unit/config_folder.h"

#define URL      "postgresql://episoded@db.example.org/episoded"
#define STATE    "\"state\": \"" URL "\""
#define GATEWAYS "\"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]"

static void one_line_is_enough(void **state)
{
	const struct folder *folder = *state;
	struct config *config = load_well(folder, "{" STATE ", " GATEWAYS "}");
	const struct database_config *database = config->database;

	assert_non_null(database);
	assert_string_equal(database->url, URL);
	assert_string_equal(database->user, "episoded");
	assert_string_equal(database->hosts[0].name, "db.example.org");
	assert_null(database->password);
	assert_null(database->ca_file);
	assert_null(database->host);
	assert_int_equal(database->weight, 1);
	assert_false(database->is_plain);
	config_free(config);

	config = load_well(folder, "{\"state\": \"/var/lib/x\", " GATEWAYS "}");
	assert_null(config->database);
	assert_string_equal(config->state, "/var/lib/x");
	config_free(config);
}

/* systemd sets $STATE_DIRECTORY for every service: the bot then kept its state in the folder, and not in the database. */
static void the_state_directory_does_not_override_a_url(void **state)
{
	const struct folder *folder = *state;
	struct config *config;

	setenv("STATE_DIRECTORY", "/var/lib/private/episoded:/other", 1);
	config = load_well(folder, "{" STATE ", " GATEWAYS "}");
	unsetenv("STATE_DIRECTORY");
	assert_non_null(config->database);
	assert_string_equal(config->state,
			"/var/lib/private/episoded"); /* of files that only this machine needs */
	config_free(config);
}

/* The folder for what only this machine needs has its default; it is never named after the URL. */
static void the_local_folder_stays(void **state)
{
	const struct folder *folder = *state;
	struct config *config;

	setenv("XDG_STATE_HOME", "/home/me/state", 1);
	config = load_well(folder, "{" STATE ", " GATEWAYS "}");
	unsetenv("XDG_STATE_HOME");
	assert_string_equal(config->state, geteuid() == 0 ? "/var/lib/episoded" : "/home/me/state/episoded");
	config_free(config);
}

static void keys(void **state)
{
	const struct folder *folder = *state;
	struct config *config;

	write_pair(folder);
	setenv("DATABASE_PASSWORD", "open sesame", 1);
	config = load_well(folder,
			"{" STATE
			", \"database\": {\"password\": {\"env\": \"DATABASE_PASSWORD\"}, \"ca_file\": "
			"\"pair.pem\", \"certificate\": \"pair.pem\", \"host\": \"rack-1.example\", "
			"\"weight\": 3}, " GATEWAYS "}");
	assert_string_equal(config->database->password, "open sesame");
	assert_int_equal(strncmp(config->database->ca_file, folder->path, strlen(folder->path)), 0);
	assert_string_equal(config->database->key, config->database->certificate);
	assert_string_equal(config->database->host, "rack-1.example");
	assert_int_equal(config->database->weight, 3);
	config_free(config);
	config = load_well(folder, "{" STATE ", \"database\": {\"weight\": 0}, " GATEWAYS "}");
	assert_int_equal(config->database->weight, 0);
	config_free(config);
}

static void the_credential_needs_no_key(void **state)
{
	static const char *const names[] = {"state-password", "stored_state-password"};
	const struct folder *folder = *state;

	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	setenv("DATABASE_PASSWORD", "another", 1);
	for (size_t i = 0; i < 2; i++) {
		struct config *config;
		char path[128];

		write_file(folder, names[i], "open sesame\n", 0600);
		config = load_well(folder, "{" STATE ", " GATEWAYS "}");
		assert_string_equal(config->database->password, "open sesame");
		config_free(config);
		/* A key that names another one is followed. */
		config = load_well(folder,
				"{" STATE
				", \"database\": {\"password\": {\"env\": \"DATABASE_PASSWORD\"}}, " GATEWAYS
				"}");
		assert_string_equal(config->database->password, "another");
		config_free(config);
		/* Without a database it is not read. */
		write_file(folder, names[i], "two\nlines\n", 0600);
		config = load_well(folder, "{" GATEWAYS "}");
		config_free(config);
		assert_reported(folder, "{" STATE ", " GATEWAYS "}", "the secret ");
		snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void refuse(const struct folder *folder, const char *text, const char *problem)
{
	char *report = refusal_of(folder, text);

	assert_null(strstr(report, "sesame"));
	free(report);
	assert_reported(folder, text, problem);
}

static void mistakes(void **state)
{
	const struct folder *folder = *state;

	refuse(folder, "{\"state\": \"postgresql://bot:sesame@db/x\", " GATEWAYS "}",
			"run \"episoded secret set state-password\"");
	refuse(folder, "{\"state\": \"postgresql://bot@db/x?sslmode=require\", " GATEWAYS "}",
			"sslmode=require does not verify");
	refuse(folder, "{\"state\": \"mysql://bot@db/x\", " GATEWAYS "}", "begins with postgresql://");
	refuse(folder, "{\"database\": {\"weight\": 2}, " GATEWAYS "}",
			"\"database\" needs a database in \"state\"");
	refuse(folder, "{\"state\": \"/var/lib/x\", \"database\": {}, " GATEWAYS "}",
			"\"database\" needs a database in \"state\"");
	refuse(folder, "{\"database\": \"" URL "\", " GATEWAYS "}",
			"the URL of a database is the value of \"state\"");
	refuse(folder, "{" STATE ", \"database\": {\"password\": \"sesame\"}, " GATEWAYS "}",
			"episoded secret set state-password");
	refuse(folder, "{" STATE ", \"database\": {\"pasword\": {\"env\": \"X\"}}, " GATEWAYS "}",
			"did you mean");
	refuse(folder, "{" STATE ", \"database\": {\"ca_file\": \"missing.pem\"}, " GATEWAYS "}",
			"missing.pem: No such file");
	refuse(folder, "{" STATE ", \"database\": {\"key\": \"c.json\"}, " GATEWAYS "}",
			"\"key\" needs a \"certificate\"");
	refuse(folder, "{" STATE ", \"database\": {\"host\": \"a/b\"}, " GATEWAYS "}",
			"\"host\" is the name");
	refuse(folder, "{" STATE ", \"database\": {\"host\": \"\"}, " GATEWAYS "}", "\"host\" is the name");
	refuse(folder, "{" STATE ", \"database\": {\"weight\": -1}, " GATEWAYS "}", "\"weight\"");
	refuse(folder, "{" STATE ", \"database\": {\"sslmode\": \"disable\"}, " GATEWAYS "}", "\"sslmode\"");
}

/* Processes that share a database divide the shards by leases: a fixed range would leave shards without a process. */
static void a_shard_range_beside_a_database_is_refused(void **state)
{
	const struct folder *folder = *state;

	setenv("DISCORD_TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789ab", 1);
#define DISCORD                                                                                              \
	"\"gateways\": [{\"name\": \"d\", \"type\": \"discord\", \"token\": {\"env\": \"DISCORD_TOKEN\"}, "  \
	"\"shards\": 4, \"shard_range\": [0, 1]}]"
	refuse(folder, "{" STATE ", " DISCORD "}", "remove it: the processes that use this database divide");
	config_free(load_well(folder, "{" DISCORD "}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(one_line_is_enough),
			TEST(the_state_directory_does_not_override_a_url),
			TEST(the_local_folder_stays),
			TEST(keys),
			TEST(the_credential_needs_no_key),
			TEST(mistakes),
			TEST(a_shard_range_beside_a_database_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
