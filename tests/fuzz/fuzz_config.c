/* The configuration: accepted values can be sent as they are. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/config.h"
#include "bot/config/reader.h"
#include "bot/daemon/networks.h"
#include "bot/gateway/discord/config.h"
#include "bot/gateway/irc/config.h"
#include "bot/gateway/lobby/config.h"
#include "bot/gateway/twitch/config.h"

#define FOLDER "tests/fuzz/secrets" /* of the configuration, and of systemd's credentials */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const char *text)
{
	for (; text && *text; text++)
		assert((unsigned char)*text >= 0x20 && *text != 0x7F);
}

static void check_link(const struct gateway_config *gateway, const struct irc_link_config *link)
{
	assert(str_equal(link->gateway, gateway->name) && link->servers.count > 0);
	for (size_t i = 0; i < link->servers.count; i++)
		assert(link->servers.urls[i].host && link->servers.urls[i].port > 0 &&
				link->servers.urls[i].path[0] == '/');
	check_line(link->origin);
}

static void check_irc(const struct irc_config *irc)
{
	const struct irc_link_config *link = &irc->link;

	assert(irc->nick && irc->username && irc->realname);
	check_line(irc->nick);
	check_line(irc->username);
	check_line(irc->realname);
	check_line(irc->password);
	check_link(&irc->head, link);
	/* Lines over TCP have no Origin, and each of several servers its own. */
	if (!link->servers.urls->is_stream && link->servers.count == 1)
		assert(link->origin);
}

static void check_gateway(const struct gateway_config *gateway)
{
	const struct config_channels *channels = &gateway->channels;

	assert(gateway->name && *gateway->name && gateway->references == 1);
	for (size_t i = 0; i < channels->count; i++) {
		check_line(channels->names[i]);
		assert(!strpbrk(channels->names[i], " ,"));
	}
	if (gateway->network == &lobby_network) {
		assert(lobby_config(gateway)->listen.host && lobby_config(gateway)->listen.port > 0);
		assert(channels->count > 0);
	} else if (gateway->network == &irc_network) {
		check_irc(irc_config(gateway));
	} else if (gateway->network == &twitch_network) {
		check_line(twitch_config(gateway)->login);
		check_line(twitch_config(gateway)->token);
		check_link(gateway, &twitch_config(gateway)->link);
	} else {
		assert(gateway->network == &discord_network && discord_config(gateway)->api);
		check_line(discord_config(gateway)->token);
	}
}

/* A file that did not change changes nothing. */
static void check_reload(struct json *json, const struct config *config)
{
	struct config *again = NULL;

	assert(config_read(json, FOLDER, networks, &again) == 0);
	assert(again->gateway_count == config->gateway_count);
	for (size_t i = 0; i < config->gateway_count; i++)
		assert(gateway_config_compare(config->gateways[i], again->gateways[i]) == CONFIG_SAME);
	config_free(again);
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
	if (config_read(json, FOLDER, networks, &config) == 0) {
		assert(!json_is_broken(json));
		assert(config->gateway_count > 0 && config->gateway_count <= CONFIG_GATEWAYS_MAX);
		for (size_t i = 0; i < config->gateway_count; i++)
			check_gateway(config->gateways[i]);
		check_reload(json, config);
	}
	config_free(config);
	json_free(json);
	return 0;
}
