/* "proxy", of the file and of a gateway: a URL, an object with user and password, or a secret with the whole URL. */

#include <errno.h>
#include <stdlib.h>

#include "bot/base/proxy_url.h"
#include "bot/config/reader.h"

#define FORMS                                                                                                \
	"false, a URL as \"http://proxy.example.org:3128\", or {\"url\": ..., \"user\": ..., \"password\": " \
	"{\"file\": \"path\"}}"

static void keep(struct config_reader *reader, const struct json_node *node, const char *url, char **field)
{
	struct proxy_url parts;
	const char *problem = proxy_url_parse(url, &parts);
	char *copy;

	if (problem) {
		json_problem(reader->json, node, "\"proxy\": %s", problem);
		return;
	}
	copy = str_copy(url);
	if (!copy) {
		reader->error = -ENOMEM;
		return;
	}
	config_secret_free(*field);
	*field = copy;
}

/* A URL that is written in the file has no password. */
static void keep_public(
		struct config_reader *reader, const struct json_node *node, const char *url, char **field)
{
	struct proxy_url parts;

	if (!proxy_url_parse(url, &parts) && parts.has_user)
		json_problem(reader->json, node,
				"\"proxy\": secrets do not belong in this file; write {\"url\": "
				"\"http://host:port\", \"user\": \"name\", \"password\": {\"file\": "
				"\"path\"}}");
	else
		keep(reader, node, url, field);
}

/* "http://host:port" and a login as one URL. */
static void keep_login(struct config_reader *reader, const struct json_node *node, const char *url,
		const char *user, const char *password, char **field)
{
	struct str whole = STR(PROXY_URL_MAX_BYTES);
	struct proxy_url parts;
	const char *problem = proxy_url_parse(url, &parts);

	if (problem || parts.has_user) {
		json_problem(reader->json, node, "\"url\": %s",
				problem ? problem : "has a user, too; write it under \"user\" only");
		return;
	}
	str_append_bytes(&whole, url, (size_t)(parts.rest - url));
	str_append_encoded(&whole, user);
	str_append_char(&whole, ':');
	str_append_encoded(&whole, password ? password : "");
	str_append_char(&whole, '@');
	str_append(&whole, parts.rest);
	if (whole.error == -ENOMEM)
		reader->error = -ENOMEM;
	else if (whole.error)
		json_problem(reader->json, node, "user and password are too long for a proxy");
	else
		keep(reader, node, str_text(&whole), field);
	str_wipe(&whole);
}

static void read_object(struct config_reader *reader, struct json_node *proxy, char **field)
{
	static const char *const known[] = {"url", "user", "password"};
	const char *url = NULL, *user = NULL;
	char *password = NULL;
	bool has_user;

	json_known_keys(reader->json, proxy, known, sizeof(known) / sizeof(known[0]), false);
	has_user = json_text(reader->json, proxy, "user", JSON_OPTIONAL, &user);
	config_read_secret(reader, proxy, "password", &password);
	if (!json_text(reader->json, proxy, "url", JSON_REQUIRED, &url))
		goto out;
	if (json_get(proxy, "password") && !has_user)
		json_problem(reader->json, proxy, "\"password\" needs a \"user\"; add it");
	else if (has_user && !*user)
		json_problem(reader->json, json_get(proxy, "user"),
				"\"user\" is empty; remove it, or name a user");
	else if (has_user)
		keep_login(reader, json_get(proxy, "url"), url, user, password, field);
	else
		keep_public(reader, json_get(proxy, "url"), url, field);
out:
	config_secret_free(password);
}

static bool is_secret(struct json_node *node)
{
	return json_get(node, "credential") || json_get(node, "file") || json_get(node, "env");
}

void config_read_proxy(struct config_reader *reader, struct json_node *object, char **field)
{
	struct json_node *node = json_get(object, "proxy");
	char *secret = NULL;

	if (json_type(node) == JSON_NULL)
		return;
	if (json_type(node) == JSON_BOOLEAN && !json_is_true(node)) {
		config_keep(reader, field, "");
	} else if (json_type(node) == JSON_STRING) {
		keep_public(reader, node, json_string(node), field);
	} else if (json_type(node) == JSON_OBJECT && is_secret(node)) {
		config_read_secret(reader, object, "proxy", &secret);
		if (secret)
			keep(reader, node, secret, field);
		config_secret_free(secret);
	} else if (json_type(node) == JSON_OBJECT) {
		read_object(reader, node, field);
	} else {
		json_problem(reader->json, node, "\"proxy\" must be %s", FORMS);
	}
}

/* Without the key, a gateway has the file's proxy. */
static void read_proxy(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **proxy = config_member(config, field);

	if (json_type(json_get(object, field->key)) != JSON_NULL)
		config_read_proxy(reader, object, proxy);
	else if (reader->config->proxy)
		config_keep(reader, proxy, reader->config->proxy);
}

static bool proxy_equal(const void *a, const void *b)
{
	return str_equal(*(char *const *)a, *(char *const *)b);
}

static void release_proxy(void *value)
{
	config_secret_free(*(char **)value);
}

const struct config_kind config_proxy = {read_proxy, proxy_equal, release_proxy};
