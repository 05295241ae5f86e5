/* A gateway of type discord: its keys, read and checked, compared and copied. */

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define API_DEFAULT          "https://discord.com/api/v10"
#define RATE_DEFAULT         50
#define RATE_MAX             100000
#define SPOILER_CHANNELS_MAX 1000

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < '!' || *text > '~')
			return false;
	}
	return true;
}

static void read_api(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const struct json_node *node = json_get(object, "api");
	const char *text = API_DEFAULT;
	size_t length;

	json_text(reader->json, object, "api", JSON_OPTIONAL, &text);
	length = strlen(text);
	if (!str_starts(text, "https://") || !is_printable(text) || text[strcspn(text, "?#@\\")] ||
			length > CONFIG_URL_MAX_BYTES) {
		json_problem(reader->json, node, "\"api\" must be like \"%s\": https, a host, a path",
				API_DEFAULT);
		return;
	}
	config_keep(reader, &gateway->api, text);
	if (gateway->api && gateway->api[length - 1] == '/')
		gateway->api[length - 1] = '\0';
}

/* A number, or "auto" for what Discord recommends. */
static void read_shards(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *node = json_get(object, "shards");
	long shards = 0;

	if (json_type(node) == JSON_STRING) {
		if (!str_equal(json_string(node), "auto"))
			json_problem(reader->json, node, "\"shards\" must be \"auto\" or a number from 1");
		return;
	}
	if (json_integer(reader->json, object, "shards", JSON_OPTIONAL, 1, CONFIG_SHARDS_MAX, &shards))
		gateway->shards = (unsigned)shards;
}

static bool is_shard(const struct json_node *node)
{
	double number = json_number(node);

	return json_type(node) == JSON_NUMBER && number >= 0 && number < CONFIG_SHARDS_MAX &&
	       number == (double)(unsigned)number;
}

static void read_shard_range(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *list = NULL, *first, *last;

	gateway->shard_last = UINT_MAX;
	if (!json_array(reader->json, object, "shard_range", JSON_OPTIONAL, &list))
		return;
	first = json_first(list);
	last = json_next(first);
	if (json_count(list) != 2 || !is_shard(first) || !is_shard(last) ||
			json_number(first) > json_number(last)) {
		json_problem(reader->json, list,
				"\"shard_range\" must be the first and the last shard of this process, as in "
				"[0, "
				"15]");
		return;
	}
	gateway->shard_first = (unsigned)json_number(first);
	gateway->shard_last = (unsigned)json_number(last);
	if (!gateway->shards)
		json_problem(reader->json, list,
				"\"shard_range\" needs \"shards\" as a number, the same for every process");
	else if (gateway->shard_last >= gateway->shards)
		json_problem(reader->json, list, "there is no shard %u; with \"shards\": %u the last is %u",
				gateway->shard_last, gateway->shards, gateway->shards - 1);
}

/* Decimal digits of a snowflake; 0 when it is none. */
static uint64_t id_of(const char *text)
{
	uint64_t id = 0;

	for (; text && *text >= '0' && *text <= '9'; text++) {
		if (id > (UINT64_MAX - 9) / 10)
			return 0;
		id = id * 10 + (uint64_t)(*text - '0');
	}
	return text && !*text ? id : 0;
}

static void read_spoiler_channels(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, "spoiler_channels", JSON_OPTIONAL, &list) || !json_count(list))
		return;
	if (json_count(list) > SPOILER_CHANNELS_MAX) {
		json_problem(reader->json, list, "too many channels; %d are the most", SPOILER_CHANNELS_MAX);
		return;
	}
	gateway->spoiler_channels = calloc(json_count(list), sizeof(*gateway->spoiler_channels));
	if (!gateway->spoiler_channels) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		uint64_t id = id_of(json_string(node));

		if (id)
			gateway->spoiler_channels[gateway->spoiler_channel_count++] = id;
		else
			json_problem(reader->json, node,
					"a channel is its id in quotes, as in \"1234567890\" "
					"(developer mode, right click, Copy Channel ID)");
	}
}

void config_read_discord(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const known[] = {"name", "type", "token", "api", "ca_file", "shards",
			"shard_range", "compress", "global_rate", "style", "spoiler_channels", "owners"};
	/* In the order of enum discord_compress. */
	static const char *const compress[] = {"zstd-stream", "zlib-stream", "none"};
	static const char *const styles[] = {"card", "text"};
	size_t packing = DISCORD_ZSTD, style = 0;
	long rate = RATE_DEFAULT;

	json_known_keys(reader->json, object, known, COUNT_OF(known), false);
	if (!json_get(object, "token"))
		json_problem(reader->json, object,
				"\"token\" is missing; it must be a secret, as in {\"credential\": "
				"\"discord\"}");
	config_read_secret(reader, object, "token", &gateway->token);
	read_api(reader, object, gateway);
	config_read_ca_file(reader, object, gateway);
	config_read_owners(reader, object, gateway);
	read_shards(reader, object, gateway);
	read_shard_range(reader, object, gateway);
	config_read_word(reader, object, "compress", compress, COUNT_OF(compress), &packing);
	gateway->compress = (enum discord_compress)packing;
	json_integer(reader->json, object, "global_rate", JSON_OPTIONAL, 1, RATE_MAX, &rate);
	gateway->global_rate = (unsigned)rate;
	config_read_word(reader, object, "style", styles, COUNT_OF(styles), &style);
	gateway->is_plain = style == 1;
	read_spoiler_channels(reader, object, gateway);
}

bool config_discord_equal(const struct gateway_config *a, const struct gateway_config *b)
{
	size_t bytes = a->spoiler_channel_count * sizeof(*a->spoiler_channels);

	return str_equal(a->token, b->token) && str_equal(a->api, b->api) && a->shards == b->shards &&
	       a->shard_first == b->shard_first && a->shard_last == b->shard_last &&
	       a->compress == b->compress && a->global_rate == b->global_rate && a->is_plain == b->is_plain &&
	       a->spoiler_channel_count == b->spoiler_channel_count &&
	       (!bytes || memcmp(a->spoiler_channels, b->spoiler_channels, bytes) == 0);
}

int config_discord_copy(const struct gateway_config *config, struct gateway_config *copy)
{
	size_t count = config->spoiler_channel_count;

	copy->shards = config->shards;
	copy->shard_first = config->shard_first;
	copy->shard_last = config->shard_last;
	copy->compress = config->compress;
	copy->global_rate = config->global_rate;
	copy->is_plain = config->is_plain;
	if (!count)
		return 0;
	copy->spoiler_channels = calloc(count, sizeof(*copy->spoiler_channels));
	if (!copy->spoiler_channels)
		return -ENOMEM;
	memcpy(copy->spoiler_channels, config->spoiler_channels, count * sizeof(*copy->spoiler_channels));
	copy->spoiler_channel_count = count;
	return 0;
}
