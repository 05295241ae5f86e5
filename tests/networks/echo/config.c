/* The keys of a gateway of type echo. */

#include "tests/networks/echo/config.h"

#include "bot/config/reader.h"

static const struct config_field fields[] = {
		{"port", &config_number, CONFIG_AT(echo_config, port), .flags = JSON_REQUIRED, .low = 1,
				.high = 65535},
		{"token", &config_secret, CONFIG_AT(echo_config, token)},
		{"lines", &config_number, CONFIG_AT(echo_config, lines), .low = 1, .high = 20, .number = 3,
				.is_live = true},
		{"channels", &config_channels, CONFIG_HEAD(channels), .is_live = true},
		{"owners", &config_owners, CONFIG_HEAD(owners), .is_live = true},
};

static void finish(struct config_reader *reader, struct json_node *object, struct gateway_config *config)
{
	(void)config;
	if (!json_get(object, "token"))
		json_problem(reader->json, object,
				"\"token\" is missing; it must be a secret, as in {\"credential\": "
				"\"echo\"}");
}

/* '#' and a word of the protocol. */
static bool is_channel(const char *name)
{
	return name[0] == '#' && name[1] && !config_check_channel(name);
}

const struct network echo_network = {
		.type = "echo",
		.class = &echo_gateway,
		.config_bytes = sizeof(struct echo_config),
		.fields = fields,
		.field_count = sizeof(fields) / sizeof(fields[0]),
		.finish = finish,
		.is_channel = is_channel,
};
