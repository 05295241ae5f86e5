/* One gateway of the configuration: what each type needs, checked. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/nearest.h"
#include "bot/config/reader.h"

#define LISTEN_DEFAULT  "127.0.0.1:8067"
#define CHANNEL_DEFAULT "#lobby"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void config_read_checked(struct config_reader *reader, struct json_node *object, const char *key, int flags,
		const char *(*check)(const char *text), char **field)
{
	const char *text = NULL, *problem;

	if (!json_text(reader->json, object, key, flags, &text))
		return;
	problem = check(text);
	if (config_no_memory(reader, problem))
		return;
	if (problem)
		json_problem(reader->json, json_get(object, key), "\"%s\" %s", key, problem);
	else
		config_keep(reader, field, text);
}

static void read_name(struct config_reader *reader, struct json_node *object, const struct config *earlier,
		struct gateway_config *gateway)
{
	const struct json_node *node = json_get(object, "name");

	config_read_checked(reader, object, "name", JSON_REQUIRED, config_check_name, &gateway->name);
	if (!gateway->name)
		return;
	if (strlen(gateway->name) > CONFIG_NAME_MAX_BYTES)
		json_problem(reader->json, node, "\"name\" is too long; %d bytes are the most",
				CONFIG_NAME_MAX_BYTES);
	for (size_t i = 0; i < earlier->gateway_count; i++)
		if (str_equal(earlier->gateways[i].name, gateway->name))
			json_problem(reader->json, node,
					"another gateway is already named \"%.40s\"; give this one a name of "
					"its own",
					gateway->name);
}

/* ---------------------------------------------------------------- channels */

static bool has_channel(const struct gateway_config *gateway, const char *name)
{
	for (size_t i = 0; i < gateway->channel_count; i++)
		if (str_equal_nocase(gateway->channels[i], name))
			return true;
	return false;
}

static void add_channel(struct config_reader *reader, struct gateway_config *gateway, const char *name)
{
	config_keep(reader, &gateway->channels[gateway->channel_count], name);
	if (gateway->channels[gateway->channel_count])
		gateway->channel_count++;
}

static void read_channel(
		struct config_reader *reader, const struct json_node *node, struct gateway_config *gateway)
{
	const char *name = json_string(node), *problem;

	if (!name) {
		json_problem(reader->json, node, "a channel is a string, as in \"#tv\"");
		return;
	}
	problem = config_check_channel(name);
	if (problem)
		json_problem(reader->json, node, "a channel's name %s", problem);
	else if (has_channel(gateway, name))
		json_problem(reader->json, node, "the channel %.64s stands here a second time; remove it",
				name);
	else
		add_channel(reader, gateway, name);
}

void config_read_channels(struct config_reader *reader, struct json_node *object, int flags,
		struct gateway_config *gateway)
{
	struct json_node *list = NULL;
	size_t count = 1; /* room for the default */

	if (json_array(reader->json, object, "channels", flags, &list))
		count += json_count(list);
	if (count > CONFIG_CHANNELS_MAX + 1) {
		json_problem(reader->json, json_get(object, "channels"),
				"too many channels; %d are the most for one gateway", CONFIG_CHANNELS_MAX);
		return;
	}
	gateway->channels = calloc(count, sizeof(*gateway->channels));
	if (!gateway->channels) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_channel(reader, node, gateway);
	if (gateway->type != GATEWAY_LOBBY || gateway->channel_count > 0)
		return;
	if (list && json_count(list) == 0)
		json_problem(reader->json, list, "the lobby needs a channel, as in [\"%s\"]",
				CHANNEL_DEFAULT);
	add_channel(reader, gateway, CHANNEL_DEFAULT);
}

/* ---------------------------------------------------------------- lobby */

static void read_listen(struct config_reader *reader, struct json_node *object, const struct config *earlier,
		struct gateway_config *gateway)
{
	const char *text = LISTEN_DEFAULT, *problem;

	json_text(reader->json, object, "listen", JSON_OPTIONAL, &text);
	problem = config_parse_listen(text, &gateway->listen_host, &gateway->listen_port);
	if (config_no_memory(reader, problem))
		return;
	if (problem) {
		json_problem(reader->json, json_get(object, "listen"), "\"listen\": %s", problem);
		return;
	}
	for (size_t i = 0; i < earlier->gateway_count; i++) {
		const struct gateway_config *other = &earlier->gateways[i];

		if (other->type == GATEWAY_LOBBY && other->listen_port == gateway->listen_port &&
				str_equal(other->listen_host, gateway->listen_host))
			json_problem(reader->json,
					json_get(object, "listen") ? json_get(object, "listen") : object,
					"the gateway \"%.40s\" already listens on port %u; use another port",
					other->name ? other->name : "?", other->listen_port);
	}
}

static void read_lobby(struct config_reader *reader, struct json_node *object, const struct config *earlier,
		struct gateway_config *gateway)
{
	static const char *const known[] = {"name", "type", "listen", "channels", "owners"};

	json_known_keys(reader->json, object, known, COUNT_OF(known), false);
	read_listen(reader, object, earlier, gateway);
	config_read_channels(reader, object, JSON_OPTIONAL, gateway);
	config_read_lobby_owners(reader, object, gateway);
}

void config_read_ca_file(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const char *path = NULL;

	if (!json_text(reader->json, object, "ca_file", JSON_OPTIONAL, &path))
		return;
	config_keep_path(reader, &gateway->ca_file, path);
	if (gateway->ca_file && access(gateway->ca_file, R_OK) < 0)
		json_problem(reader->json, json_get(object, "ca_file"),
				"\"ca_file\" cannot be read: %.200s: %s", gateway->ca_file, strerror(errno));
}

/* ---------------------------------------------------------------- the type */

static void unknown_type(struct config_reader *reader, const struct json_node *node, const char *type)
{
	static const char *const known[] = {"lobby", "irc", "discord", "twitch"};
	const char *near = nearest_of(type, known, COUNT_OF(known));

	if (near)
		json_problem(reader->json, node, "unknown type \"%.40s\"; did you mean \"%s\"?", type, near);
	else
		json_problem(reader->json, node,
				"unknown type \"%.40s\"; known are lobby, irc, discord and twitch", type);
}

void config_read_gateway(struct config_reader *reader, struct json_node *object, const struct config *earlier,
		struct gateway_config *gateway)
{
	const char *type = NULL;

	if (json_type(object) != JSON_OBJECT) {
		json_problem(reader->json, object,
				"a gateway is an object, as in {\"name\": \"lobby\", \"type\": \"lobby\"}");
		return;
	}
	read_name(reader, object, earlier, gateway);
	if (!json_text(reader->json, object, "type", JSON_REQUIRED, &type))
		return;
	if (str_equal(type, gateway_type_name(GATEWAY_LOBBY))) {
		gateway->type = GATEWAY_LOBBY;
		read_lobby(reader, object, earlier, gateway);
	} else if (str_equal(type, gateway_type_name(GATEWAY_IRC))) {
		gateway->type = GATEWAY_IRC;
		config_read_irc(reader, object, gateway);
	} else if (str_equal(type, gateway_type_name(GATEWAY_DISCORD))) {
		gateway->type = GATEWAY_DISCORD;
		config_read_discord(reader, object, gateway);
	} else if (str_equal(type, gateway_type_name(GATEWAY_TWITCH))) {
		gateway->type = GATEWAY_TWITCH;
		config_read_twitch(reader, object, gateway);
	} else {
		unknown_type(reader, json_get(object, "type"), type);
	}
}
