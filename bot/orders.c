/* Owners, and the channels they send the bot to. */

#include "bot/orders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/store/store.h"

#define AREA_BYTES        64
#define CHANNEL_MAX_BYTES 64 /* as in the configuration */
#define IS_IN             "in"
#define IS_OUT            "out"

bool orders_is_owner(const struct gateway_config *gateway, const struct message *message)
{
	for (size_t i = 0; i < gateway->owner_count; i++) {
		const struct config_owner *owner = &gateway->owners[i];

		if (owner->kind == OWNER_ACCOUNT && *message->account &&
			str_equal_nocase(owner->text, message->account))
			return true;
		if (owner->kind == OWNER_USER_ID && str_equal(owner->text, message->author_id))
			return true;
	}
	return false;
}

/* Elsewhere the bot is where it was invited to. */
static bool has_orders(const struct gateway_config *gateway)
{
	return gateway->type == GATEWAY_IRC || gateway->type == GATEWAY_TWITCH;
}

static void make_area(const struct gateway_config *gateway, struct str *area)
{
	*area = STR(AREA_BYTES);
	str_printf(area, "channels/%s", gateway->name);
}

/* On Twitch, whose channel it is: letters, digits and _. */
static bool is_channel(const struct gateway_config *gateway, const char *name)
{
	if (gateway->type == GATEWAY_TWITCH)
		return config_is_twitch_channel(name);
	if ((*name != '#' && *name != '&') || !name[1] || strlen(name) > CHANNEL_MAX_BYTES)
		return false;
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == ',' || *name == 0x7f)
			return false;
	}
	return true;
}

static bool has_channel(const struct gateway_config *gateway, const char *channel, size_t *ret)
{
	for (size_t i = 0; i < gateway->channel_count; i++) {
		if (str_equal_nocase(gateway->channels[i], channel)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

int orders_channel(struct store *store, const struct gateway_config *gateway, const char *channel, bool is_in)
{
	struct gateway_config now;
	struct str area;
	char *key;
	size_t at;
	bool was_in;
	int r;

	if (!has_orders(gateway))
		return -ENOTSUP;
	if (!is_channel(gateway, channel))
		return -EINVAL;
	if (!store)
		return -EROFS;
	r = orders_apply(store, gateway, &now);
	if (r < 0)
		return r;
	was_in = has_channel(&now, channel, &at);
	gateway_config_release(&now);
	if (was_in == is_in)
		return -EEXIST;
	key = str_copy(channel);
	if (!key)
		return -ENOMEM;
	for (char *byte = key; *byte; byte++)
		*byte = *byte >= 'A' && *byte <= 'Z' ? (char)(*byte - 'A' + 'a') : *byte;
	make_area(gateway, &area);
	r = area.error ? area.error : store_put(store, str_text(&area), key, is_in ? IS_IN : IS_OUT);
	str_release(&area);
	free(key);
	return r;
}

struct applying {
	struct gateway_config *config;
	int error;
};

static void on_order(void *user, const char *channel, const char *value)
{
	struct applying *applying = user;
	struct gateway_config *config = applying->config;
	char **list;
	size_t at;

	if (has_channel(config, channel, &at)) {
		if (str_equal(value, IS_IN))
			return;
		free(config->channels[at]);
		config->channels[at] = config->channels[--config->channel_count];
		return;
	}
	if (!str_equal(value, IS_IN) || config->channel_count >= CONFIG_CHANNELS_MAX)
		return;
	list = realloc(config->channels, (config->channel_count + 1) * sizeof(*list));
	if (!list) {
		applying->error = -ENOMEM;
		return;
	}
	config->channels = list;
	list[config->channel_count] = str_copy(channel);
	if (list[config->channel_count])
		config->channel_count++;
	else
		applying->error = -ENOMEM;
}

int orders_apply(struct store *store, const struct gateway_config *config, struct gateway_config *ret)
{
	struct applying applying = {.config = ret};
	struct str area;
	int r = gateway_config_copy(config, ret);

	if (r < 0 || !store || !has_orders(config))
		return r;
	make_area(config, &area);
	/* A store that cannot be read leaves the configuration as it is written. */
	store_each(store, str_text(&area), on_order, &applying);
	str_release(&area);
	if (applying.error)
		gateway_config_release(ret);
	return applying.error;
}
