/* The part of a configuration that a link reads: its kinds of values. */

#include "bot/irc/link_config.h"

#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define RECONNECT_BASE_DEFAULT_MS 1000
#define RECONNECT_CAP_DEFAULT_MS  (5 * 60 * 1000)
#define RECONNECT_MAX_MS          (60 * 60 * 1000)

/* ---------------------------------------------------------------- servers */

bool irc_url_is_local(const struct url *url)
{
	const char *host = url->host;

	/* To connect to "any address" is to connect to oneself. */
	if (str_equal(host, "0.0.0.0") || str_equal(host, "::"))
		return true;
	/* Digits and dots: "127.example.org" is somewhere else. */
	return str_equal(host, "localhost") || str_equal(host, "::1") ||
	       (str_starts(host, "127.") && !host[strspn(host, "0123456789.")]);
}

bool irc_link_config_is_local(const struct irc_link_config *config)
{
	for (size_t i = 0; i < config->servers.count; i++)
		if (!irc_url_is_local(&config->servers.urls[i]))
			return false;
	return config->servers.count > 0;
}

static bool url_equal(const struct url *a, const struct url *b)
{
	return a->is_tls == b->is_tls && a->is_stream == b->is_stream && a->port == b->port &&
	       str_equal(a->host, b->host) && str_equal(a->path, b->path);
}

static bool servers_equal(const void *a, const void *b)
{
	const struct irc_server_list *one = a, *other = b;

	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (!url_equal(&one->urls[i], &other->urls[i]))
			return false;
	return true;
}

static void release_servers(void *value)
{
	struct irc_server_list *servers = value;

	for (size_t i = 0; i < servers->count; i++)
		config_url_release(&servers->urls[i]);
	free(servers->urls);
}

const struct config_kind irc_server_list = {NULL, servers_equal, release_servers};

/* ---------------------------------------------------------------- reconnect */

/* How patient the bot is with a server that went away. */
static void read_reconnect(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	static const char *const known[] = {"base_ms", "cap_ms"};
	struct irc_reconnect *value = config_member(config, field);
	struct json_node *reconnect = NULL;
	long base_ms = RECONNECT_BASE_DEFAULT_MS, cap_ms = RECONNECT_CAP_DEFAULT_MS;

	if (json_object(reader->json, object, field->key, field->flags, &reconnect)) {
		json_known_keys(reader->json, reconnect, known, 2, false);
		json_integer(reader->json, reconnect, "base_ms", JSON_OPTIONAL, 10, RECONNECT_MAX_MS,
				&base_ms);
		json_integer(reader->json, reconnect, "cap_ms", JSON_OPTIONAL, 10, RECONNECT_MAX_MS, &cap_ms);
		if (cap_ms < base_ms)
			json_problem(reader->json, reconnect,
					"\"cap_ms\" (%ld) is below \"base_ms\" (%ld); it is the longest "
					"delay",
					cap_ms, base_ms);
	}
	*value = (struct irc_reconnect){(unsigned)base_ms, (unsigned)cap_ms};
}

static bool reconnect_equal(const void *a, const void *b)
{
	const struct irc_reconnect *one = a, *other = b;

	return one->base_ms == other->base_ms && one->cap_ms == other->cap_ms;
}

const struct config_kind irc_reconnect = {read_reconnect, reconnect_equal, NULL};
