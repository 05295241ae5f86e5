/* The keys of a gateway of type lobby. */

#include "bot/gateway/lobby/config.h"

#include <errno.h>
#include <stdlib.h>

#include "bot/config/reader.h"
#include "bot/gateway/lobby/chat.h"

#define LISTEN_DEFAULT  "127.0.0.1:8067"
#define CHANNEL_DEFAULT "#lobby"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void read_listen(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct lobby_address *address = config_member(config, field);
	const char *text = LISTEN_DEFAULT, *problem;
	struct json_node *node = json_get(object, field->key);

	json_text(reader->json, object, field->key, field->flags, &text);
	problem = config_parse_listen(text, &address->host, &address->port);
	if (config_no_memory(reader, problem))
		return;
	if (problem) {
		json_problem(reader->json, node, "\"listen\": %s", problem);
		return;
	}
	for (size_t i = 0; i < reader->config->gateway_count; i++) {
		const struct gateway_config *other = reader->config->gateways[i];

		if (other->network == &lobby_network && lobby_config(other)->listen.port == address->port &&
				str_equal(lobby_config(other)->listen.host, address->host))
			json_problem(reader->json, node ? node : object,
					"the gateway \"%.40s\" already listens on port %u; use another port",
					other->name ? other->name : "?", address->port);
	}
}

static bool address_equal(const void *a, const void *b)
{
	const struct lobby_address *one = a, *other = b;

	return one->port == other->port && str_equal(one->host, other->host);
}

static void release_address(void *value)
{
	free(((struct lobby_address *)value)->host);
}

static const struct config_kind listen_address = {read_listen, address_equal, release_address};

static void read_channels(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct json_node *list = json_get(object, field->key);

	const struct config_channels *channels = config_member(config, field);

	config_channels.read(reader, object, field, config);
	for (size_t i = 0; i < channels->count; i++)
		if (!chat_channel_ok(channels->names[i]))
			json_problem(reader->json, list,
					"a channel of the lobby is # and at most %d bytes, without spaces "
					"and commas, not "
					"%.64s",
					CHAT_CHANNEL_MAX_BYTES - 1, channels->names[i]);
	if (json_type(list) == JSON_ARRAY && json_count(list) == 0)
		json_problem(reader->json, list, "the lobby needs a channel, as in [\"%s\"]",
				CHANNEL_DEFAULT);
}

/* A lobby has no accounts, so all its people are owners or no one is. */
static void read_owners(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	static const char *const who[] = {"nobody", "everybody"};
	struct config_owners *owners = config_member(config, field);
	size_t index = 0;

	config_read_word(reader, object, field->key, who, COUNT_OF(who), &index);
	if (index == 0)
		return;
	owners->list = calloc(1, sizeof(*owners->list));
	if (!owners->list) {
		reader->error = -ENOMEM;
		return;
	}
	config_keep(reader, &owners->list->text, who[index]);
	owners->list->kind = OWNER_EVERYBODY;
	owners->count = 1;
}

static const struct config_field fields[] = {
		{"listen", &listen_address, CONFIG_AT(lobby_config, listen)},
		{"channels", &config_channels, CONFIG_HEAD(channels), .read = read_channels, .is_live = true,
				.standard = CHANNEL_DEFAULT},
		{"owners", &config_owners, CONFIG_HEAD(owners), .read = read_owners, .is_live = true},
};

const struct network lobby_network = {
		.type = "lobby",
		.class = &lobby_gateway,
		.config_bytes = sizeof(struct lobby_config),
		.fields = fields,
		.field_count = COUNT_OF(fields),
		.has_open_owners = true,
};
