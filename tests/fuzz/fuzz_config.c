/* The configuration: accepted values can be sent as they are. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/config.h"
#include "bot/config/reader.h"

#define FOLDER "tests/fuzz/secrets" /* of the configuration, and of systemd's credentials */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text)
{
	for (; text && *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_gateway(const struct gateway_config *gateway)
{
	struct gateway_config copy = {0};

	assert(gateway->name && *gateway->name);
	for (size_t i = 0; i < gateway->channel_count; i++) {
		check_line(gateway->channels[i]);
		assert(!strpbrk(gateway->channels[i], " ,"));
	}
	check_line(gateway->nick);
	check_line(gateway->username);
	check_line(gateway->realname);
	check_line(gateway->origin);
	check_line(gateway->password);
	if (gateway->type == GATEWAY_LOBBY)
		assert(gateway->listen_host && gateway->listen_port > 0 && gateway->channel_count > 0);
	else if (gateway->type == GATEWAY_IRC)
		assert(gateway->url.host && gateway->url.port > 0 && gateway->url.path[0] == '/' &&
				gateway->nick && gateway->username && gateway->realname);
	/* Connections over TCP have no Origin, and each of several servers has its own. */
	if (gateway->type == GATEWAY_IRC && !gateway->url.is_stream && gateway->other_count == 0)
		assert(gateway->origin);
	for (size_t i = 0; i < gateway->other_count; i++)
		assert(gateway->others[i].host && gateway->others[i].port > 0);
	if (gateway_config_copy(gateway, &copy) == 0)
		assert(gateway_config_equal(gateway, &copy));
	gateway_config_release(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct json *json = NULL;

	setenv("SECRET", "pencil", 1);
	setenv("CREDENTIALS_DIRECTORY", FOLDER, 1);
	/* Endless files are not read. */
	if (size > 4000 || memmem(data, size, "/dev", 4) || memmem(data, size, "/proc", 5) ||
			json_parse((const char *)data, size, JSON_COMMENTS, &json) < 0)
		return 0;
	if (config_read(json, FOLDER, &config) == 0) {
		assert(!json_is_broken(json));
		assert(config->gateway_count > 0 && config->gateway_count <= CONFIG_GATEWAYS_MAX);
		for (size_t i = 0; i < config->gateway_count; i++)
			check_gateway(&config->gateways[i]);
	}
	config_free(config);
	json_free(json);
	return 0;
}
