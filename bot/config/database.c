/* A PostgreSQL for the state: its URL in "state", and "database" with what does not fit into a URL. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/config/database_url.h"
#include "bot/config/reader.h"
#include "bot/config/secret_store.h"

#define WEIGHT_MAX     1000
#define HOST_MAX_BYTES 64

#define HOST_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

/* The credential that needs no key, if it is there. */
static void read_stored_password(
		struct config_reader *reader, const struct json_node *node, struct database_config *database)
{
	struct str path = STR(SECRET_PATH_MAX_BYTES);
	int r = secret_store_find(DATABASE_CREDENTIAL, &path);

	if (r == -ENOMEM)
		reader->error = r;
	else if (r == 0 && access(str_text(&path), F_OK) == 0)
		config_read_credential(reader, node, DATABASE_CREDENTIAL, &database->password);
	str_release(&path);
}

static void read_password(
		struct config_reader *reader, struct json_node *object, struct database_config *database)
{
	struct json_node *node = json_get(object, "password");

	/* The message does not quote the value: it may be the secret. */
	if (json_type(node) != JSON_NULL && json_type(node) != JSON_OBJECT)
		json_problem(reader->json, node,
				"secrets do not belong in this file; run \"episoded secret "
				"set " DATABASE_CREDENTIAL
				"\", and remove \"password\": this credential is used without the key");
	else
		config_read_secret(reader, object, "password", &database->password);
}

static const char *check_host(const char *text)
{
	if (!*text || strlen(text) > HOST_MAX_BYTES || text[strspn(text, HOST_BYTES)])
		return "is the name of this machine: 1 to 64 letters, digits, dots, hyphens and underscores";
	return NULL;
}

static void read_files(
		struct config_reader *reader, struct json_node *object, struct database_config *database)
{
	struct json_node *node = json_get(object, "certificate");
	struct stat status;

	config_read_file_key(reader, object, "ca_file", &database->ca_file);
	config_read_file_key(reader, object, "certificate", &database->certificate);
	config_read_file_key(reader, object, "key", &database->key);
	if (database->key && !database->certificate && json_type(node) == JSON_NULL)
		json_problem(reader->json, json_get(object, "key"),
				"\"key\" needs a \"certificate\"; add it");
	if (database->certificate && !database->key)
		config_keep(reader, &database->key, database->certificate);
	if (database->key && stat(database->key, &status) == 0)
		config_warn_of_mode(reader, node, database->key, status.st_mode);
}

static void read_keys(
		struct config_reader *reader, struct json_node *object, struct database_config *database)
{
	static const char *const known[] = {"password", "ca_file", "certificate", "key", "host", "weight"};
	long weight = 1;

	json_known_keys(reader->json, object, known, sizeof(known) / sizeof(known[0]), false);
	read_password(reader, object, database);
	read_files(reader, object, database);
	config_read_checked(reader, object, "host", JSON_OPTIONAL, check_host, &database->host);
	json_integer(reader->json, object, "weight", JSON_OPTIONAL, 0, WEIGHT_MAX, &weight);
	database->weight = (unsigned)weight;
}

void config_read_database_keys(
		struct config_reader *reader, struct json_node *root, struct database_config *database)
{
	struct json_node *object = json_get(root, "database");

	read_keys(reader, object, database);
	if (json_type(json_get(object, "password")) == JSON_NULL)
		read_stored_password(reader, json_get(root, "state"), database);
}

void config_read_database(struct config_reader *reader, struct json_node *root, struct config *config)
{
	const char *url = json_string(json_get(root, "state"));
	struct json_node *object = NULL;
	char problem[DATABASE_URL_PROBLEM_BYTES];
	struct database_config *database;
	int r;

	if (json_type(json_get(root, "database")) == JSON_STRING)
		json_problem(reader->json, json_get(root, "database"),
				"the URL of a database is the value of \"state\"; \"database\" is an object "
				"with \"password\", \"ca_file\", \"certificate\", \"key\", \"host\" and "
				"\"weight\"");
	else
		json_object(reader->json, root, "database", JSON_OPTIONAL, &object);
	if (!url || !database_url_is(url)) {
		if (object)
			json_problem(reader->json, object,
					"\"database\" needs a database in \"state\", as in \"state\": "
					"\"postgresql://episoded@db.example.org/episoded\"; add it, or "
					"remove "
					"\"database\"");
		return;
	}
	database = calloc(1, sizeof(*database));
	if (!database) {
		reader->error = -ENOMEM;
		return;
	}
	r = database_url_parse(url, database, problem);
	if (r == -EBADMSG)
		json_problem(reader->json, json_get(root, "state"), "\"state\": %s", problem);
	else if (r < 0)
		reader->error = r;
	config_read_database_keys(reader, root, database);
	config->database = database;
}

void config_check_database(struct config_reader *reader, struct json_node *root)
{
	for (struct json_node *node = json_first(json_get(root, "gateways")); node; node = json_next(node)) {
		struct json_node *range = json_get(node, "shard_range");

		if (json_type(range) != JSON_NULL)
			json_problem(reader->json, range,
					"\"shard_range\" is for processes without a common state; remove it: "
					"the "
					"processes that use this database divide the shards among "
					"themselves");
	}
}
