/* The keys of a gateway of type discord. */

#include "bot/gateway/discord/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"
#include "bot/net/authorities.h"

#define API_DEFAULT  "https://discord.com/api/v10"
#define RATE_DEFAULT 50
#define RATE_MAX     100000
#define IDS_MAX      1000

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if (*text < '!' || *text > '~')
			return false;
	}
	return true;
}

static void read_api(struct config_reader *reader, struct json_node *object, const struct config_field *field,
		struct gateway_config *config)
{
	char **api = config_member(config, field);
	const struct json_node *node = json_get(object, field->key);
	const char *text = API_DEFAULT;
	size_t length;

	json_text(reader->json, object, field->key, field->flags, &text);
	length = strlen(text);
	if (!str_starts(text, "https://") || !is_printable(text) || text[strcspn(text, "?#@\\")] ||
			length > CONFIG_URL_MAX_BYTES) {
		json_problem(reader->json, node, "\"api\" must be like \"%s\": https, a host, a path",
				API_DEFAULT);
		return;
	}
	config_keep(reader, api, text);
	if (*api && (*api)[length - 1] == '/')
		(*api)[length - 1] = '\0';
}

/* A number, or "auto" for what Discord recommends. */
static void read_shards(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct json_node *node = json_get(object, field->key);
	long shards = 0;

	if (json_type(node) == JSON_STRING) {
		if (!str_equal(json_string(node), "auto"))
			json_problem(reader->json, node, "\"shards\" must be \"auto\" or a number from 1");
		return;
	}
	if (json_integer(reader->json, object, field->key, field->flags, 1, DISCORD_APPLICATION_SHARDS_MAX,
			    &shards))
		*(unsigned *)config_member(config, field) = (unsigned)shards;
}

static bool is_shard(const struct json_node *node)
{
	double number = json_number(node);

	return json_type(node) == JSON_NUMBER && number >= 0 && number < DISCORD_APPLICATION_SHARDS_MAX &&
	       number == (double)(unsigned)number;
}

/* After "shards". */
static void read_shard_range(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct discord_shard_range *range = config_member(config, field);
	unsigned shards = discord_config(config)->shards;
	struct json_node *list = NULL, *first, *last;

	range->last = UINT_MAX;
	if (!json_array(reader->json, object, field->key, field->flags, &list))
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
	range->first = (unsigned)json_number(first);
	range->last = (unsigned)json_number(last);
	if (!shards)
		json_problem(reader->json, list,
				"\"shard_range\" needs \"shards\" as a number, the same for every process");
	else if (range->last >= shards)
		json_problem(reader->json, list, "there is no shard %u; with \"shards\": %u the last is %u",
				range->last, shards, shards - 1);
}

static bool range_equal(const void *a, const void *b)
{
	const struct discord_shard_range *one = a, *other = b;

	return one->first == other->first && one->last == other->last;
}

static const struct config_kind shard_range = {read_shard_range, range_equal, NULL};

/* Convert the decimal digits of a snowflake; 0 if text is not one. */
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

/* A list of IDs; what: where to find one, for a problem. */
static void read_ids(struct config_reader *reader, struct json_node *object, const struct config_field *field,
		struct gateway_config *config, const char *what)
{
	struct discord_id_list *ids = config_member(config, field);
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, field->key, field->flags, &list) || !json_count(list))
		return;
	if (json_count(list) > IDS_MAX) {
		json_problem(reader->json, list, "too many IDs; the limit is %d", IDS_MAX);
		return;
	}
	ids->ids = calloc(json_count(list), sizeof(*ids->ids));
	if (!ids->ids) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		uint64_t id = id_of(json_string(node));

		if (id)
			ids->ids[ids->count++] = id;
		else
			json_problem(reader->json, node, "%s", what);
	}
}

static void read_spoiler_channels(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	read_ids(reader, object, field, config,
			"a channel is its id in quotes, as in \"1234567890\" "
			"(developer mode, right click, Copy Channel ID)");
}

static void read_bridges(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	read_ids(reader, object, field, config,
			"a bridge is the id of its webhook or bot in quotes, as in \"1234567890\" "
			"(developer mode, right click on its name in a message, Copy User ID)");
}

static bool id_list_equal(const void *a, const void *b)
{
	const struct discord_id_list *one = a, *other = b;

	return one->count == other->count &&
	       (!one->count || memcmp(one->ids, other->ids, one->count * sizeof(*one->ids)) == 0);
}

static void release_id_list(void *value)
{
	free(((struct discord_id_list *)value)->ids);
}

static const struct config_kind channel_list = {read_spoiler_channels, id_list_equal, release_id_list};
static const struct config_kind bridge_list = {read_bridges, id_list_equal, release_id_list};

#define DIGITS  "0123456789"
#define HEX     DIGITS "abcdefABCDEF"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

#define PUBLIC_KEY_BYTES    64
#define CLIENT_SECRET_BYTES 32

/* What the developer portal shows beside the token, and other tokens. A token is three words with dots between them;
 * one without dots is left to Discord's answer. */
static const char *check_token(const char *text)
{
	size_t length = strlen(text), dots = 0;

	for (const char *byte = text; *byte; byte++)
		dots += *byte == '.';
	if (length >= 15 && text[strspn(text, DIGITS)] == '\0')
		return "is the application's ID (or client ID), not its token; press \"Reset Token\" on the "
		       "page "
		       "\"Bot\" of the developer portal and copy that";
	if (length == PUBLIC_KEY_BYTES && text[strspn(text, HEX)] == '\0')
		return "is the application's public key, not its token; press \"Reset Token\" on the page "
		       "\"Bot\" "
		       "of the developer portal and copy that";
	if (length == CLIENT_SECRET_BYTES && text[strspn(text, LETTERS DIGITS "-_")] == '\0')
		return "looks like the client secret of the page \"OAuth2\", not the token; press \"Reset "
		       "Token\" "
		       "on the page \"Bot\" of the developer portal and copy that";
	if (str_starts(text, "mfa."))
		return "is the token of a person's account, which Discord forbids for bots; copy that of the "
		       "page "
		       "\"Bot\" of the developer portal";
	if (str_starts(text, "oauth:"))
		return "is a token of Twitch; copy that of the page \"Bot\" of Discord's developer portal";
	if (strchr(text, '/') || strchr(text, ':'))
		return "is an address, such as that of a webhook or an invite, not the bot's token; copy "
		       "that of "
		       "the page \"Bot\" of the developer portal";
	if (dots == 1 || dots > 2)
		return "is cut, or has something added: a bot's token has two dots; copy it again";
	return NULL;
}

static void read_token(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	if (!json_get(object, field->key))
		json_problem(reader->json, object,
				"\"token\" is missing; it must be a secret, as in {\"credential\": "
				"\"discord.token\"}");
	config_token.read(reader, object, field, config);
}

static void read_style(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	static const char *const styles[] = {"card", "text"};
	size_t style = 0;

	config_read_word(reader, object, field->key, styles, COUNT_OF(styles), &style);
	*(bool *)config_member(config, field) = style == 1;
}

/* In the order of enum discord_compress. */
static const char *const compress_words[] = {"zstd-stream", "zlib-stream", "none"};

static const struct config_field fields[] = {
		{"token", &config_token, CONFIG_AT(discord_config, token), .read = read_token,
				.check = check_token},
		{"api", &config_text, CONFIG_AT(discord_config, api), .read = read_api},
		{"ca_file", &config_readable_path, CONFIG_AT(discord_config, ca_file),
				.check = authorities_check_file},
		{"proxy", &config_proxy, CONFIG_HEAD(proxy)},
		{"shards", &config_number, CONFIG_AT(discord_config, shards), .read = read_shards},
		{"shard_range", &shard_range, CONFIG_AT(discord_config, range)},
		{"compress", &config_word, CONFIG_AT(discord_config, compress), .words = compress_words,
				.word_count = COUNT_OF(compress_words)},
		{"global_rate", &config_number, CONFIG_AT(discord_config, global_rate), .low = 1,
				.high = RATE_MAX, .number = RATE_DEFAULT},
		{"style", &config_flag, CONFIG_AT(discord_config, is_plain), .read = read_style,
				.is_live = true},
		{"spoiler_channels", &channel_list, CONFIG_AT(discord_config, spoiler_channels),
				.is_live = true},
		{"bridges", &bridge_list, CONFIG_AT(discord_config, bridges), .is_live = true},
		{"owners", &config_owners, CONFIG_HEAD(owners), .is_live = true},
};

const struct network discord_network = {
		.type = "discord",
		.class = &discord_gateway,
		.config_bytes = sizeof(struct discord_config),
		.fields = fields,
		.field_count = COUNT_OF(fields),
		.has_user_ids = true,
		.draft = &discord_draft,
};
