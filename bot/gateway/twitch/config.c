/* The keys of a gateway of type twitch. */

#include "bot/gateway/twitch/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"
#include "bot/gateway/twitch/oauth.h"
#include "bot/net/authorities.h"

#define URL_IRC         "wss://irc-ws.chat.twitch.tv/"
#define URL_EVENTSUB    "wss://eventsub.wss.twitch.tv/ws"
#define API_DEFAULT     "https://api.twitch.tv/helix"
#define OAUTH_DEFAULT   "https://id.twitch.tv/oauth2"
#define LOGIN_MAX_BYTES 25
#define TOKEN_PREFIX    "oauth:"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_login(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t length = strspn(text, allowed);

	return length > 0 && length <= LOGIN_MAX_BYTES && text[length] == '\0';
}

/* '#' and a login. */
static bool is_channel(const char *text)
{
	return *text == '#' && is_login(text + 1);
}

const char *twitch_check_login(const char *text)
{
	return is_login(text) ? NULL : "is the account's login: 1 to 25 letters, digits and _";
}

/* Twitch knows names in lower case only. */
static void lower(char *text)
{
	for (; text && *text; text++)
		*text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
}

static void read_login(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	config_text.read(reader, object, field, config);
	lower(*(char **)config_member(config, field));
}

static void read_url(struct config_reader *reader, struct json_node *object, const struct config_field *field,
		struct gateway_config *config)
{
	struct irc_server_list *servers = config_member(config, field);
	bool is_eventsub = twitch_config(config)->transport == TWITCH_EVENTSUB;
	const char *text = is_eventsub ? URL_EVENTSUB : URL_IRC, *problem;

	servers->urls = calloc(1, sizeof(*servers->urls));
	if (!servers->urls) {
		reader->error = -ENOMEM;
		return;
	}
	json_text(reader->json, object, field->key, field->flags, &text);
	problem = config_parse_url(text, servers->urls);
	if (config_no_memory(reader, problem))
		return;
	servers->count = problem ? 0 : 1;
	if (problem)
		json_problem(reader->json, json_get(object, field->key), "\"url\": %s", problem);
	else if (!servers->urls->is_tls && !irc_url_is_local(servers->urls))
		json_problem(reader->json, json_get(object, field->key),
				"\"url\" without TLS shows the token to everybody on the way; use wss://");
}

/* With or without "oauth:" in front, as the pages that make one show it. */
static void read_token(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **member = config_member(config, field), *token;
	size_t prefix = strlen(TOKEN_PREFIX), length;
	const char *byte;

	if (!json_get(object, field->key) && !json_get(object, "client_id"))
		json_problem(reader->json, object,
				"\"client_id\" is missing: the client ID of your application of "
				"dev.twitch.tv/console, for "
				"\"episoded twitch login\"; or give a \"token\" of your own, a secret as in "
				"{\"credential\": "
				"\"twitch\"}");
	config_read_token(reader, object, field->key, member);
	token = *member;
	if (!token)
		return;
	length = strlen(token);
	if (length > TWITCH_TOKEN_MAX_BYTES) {
		json_problem(reader->json, json_get(object, field->key),
				"\"token\" is too long; the limit is %d bytes", TWITCH_TOKEN_MAX_BYTES);
		return;
	}
	if (str_starts(token, TOKEN_PREFIX)) {
		memmove(token, token + prefix, length - prefix);
		memset(token + length - prefix, 0, prefix); /* no end of it is left behind */
	}
	for (byte = token; *byte > ' ' && *byte < 0x7F; byte++)
		;
	if (str_equal(token, json_string(json_get(object, "client_id"))))
		json_problem(reader->json, json_get(object, field->key),
				"\"token\" is the client ID, not a user access token; remove \"token\" and "
				"run "
				"\"episoded twitch login\"");
	else if (strchr(token, '.'))
		json_problem(reader->json, json_get(object, field->key),
				"\"token\" is not a user access token of Twitch, which has letters and "
				"digits "
				"only; is it that of Discord?");
	else if (*byte || !*token)
		json_problem(reader->json, json_get(object, field->key),
				"\"token\" holds something else than a user access token of Twitch: one "
				"word");
}

const char *twitch_check_client_id(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return length > 0 && length <= TWITCH_CLIENT_MAX_BYTES && !text[length]
			       ? NULL
			       : "is the client ID that dev.twitch.tv/console shows: letters and digits";
}

/* A URL of https. The slash at its end is removed. */
static void read_https(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **member = config_member(config, field);
	const char *text = field->standard;
	size_t length;

	json_text(reader->json, object, field->key, field->flags, &text);
	length = strlen(text);
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] >= 0x7F || strchr("?#@\\", text[i]))
			length = 0;
	if (!str_starts(text, "https://") || length <= strlen("https://") || length > CONFIG_URL_MAX_BYTES) {
		json_problem(reader->json, json_get(object, field->key),
				"\"%s\" must be like \"%s\": https, a host, a path", field->key,
				field->standard);
		return;
	}
	config_keep(reader, member, text);
	if (*member && (*member)[length - 1] == '/')
		(*member)[length - 1] = '\0';
}

static void read_channels(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	const struct config_channels *channels = config_member(config, field);

	config_channels.read(reader, object, field, config);
	for (size_t i = 0; i < channels->count; i++) {
		char *name = channels->names[i];

		if (!is_channel(name))
			json_problem(reader->json, json_get(object, field->key),
					"a channel on Twitch is # and the login of whose it is, not %.64s",
					name);
		lower(name);
	}
}

static const char *const transports[] = {"irc", "eventsub"};

static const struct config_field fields[] = {
		{"login", &config_text, CONFIG_AT(twitch_config, login), .read = read_login,
				.check = twitch_check_login, .flags = JSON_REQUIRED},
		{"token", &config_secret, CONFIG_AT(twitch_config, token), .read = read_token},
		{"client_id", &config_text, CONFIG_AT(twitch_config, client_id),
				.check = twitch_check_client_id},
		{"client_secret", &config_token, CONFIG_AT(twitch_config, client_secret)},
		{"channels", &config_channels, CONFIG_HEAD(channels), .read = read_channels,
				.flags = JSON_REQUIRED, .is_live = true},
		{"transport", &config_word, CONFIG_AT(twitch_config, transport), .words = transports,
				.word_count = COUNT_OF(transports)},
		{"api", &config_text, CONFIG_AT(twitch_config, api), .read = read_https,
				.standard = API_DEFAULT},
		{"url", &irc_server_list, CONFIG_AT(twitch_config, link.servers), .read = read_url},
		{"oauth", &config_text, CONFIG_AT(twitch_config, oauth), .read = read_https,
				.standard = OAUTH_DEFAULT},
		{"ca_file", &config_readable_path, CONFIG_AT(twitch_config, link.ca_file),
				.check = authorities_check_file},
		{NULL, &config_text, CONFIG_AT(twitch_config, state), .read = config_read_elsewhere},
		{"proxy", &config_proxy, CONFIG_HEAD(proxy)},
		{"verified", &config_flag, CONFIG_AT(twitch_config, is_verified)},
		{"owners", &config_owners, CONFIG_HEAD(owners), .is_live = true},
		{"reconnect", &irc_reconnect, CONFIG_AT(twitch_config, link.reconnect)},
};

static void finish(struct config_reader *reader, struct json_node *object, struct gateway_config *config)
{
	struct twitch_config *twitch = (struct twitch_config *)(void *)config;

	(void)object;
	if (reader->config->state)
		config_keep(reader, &twitch->state, reader->config->state);
	twitch->link.gateway = config->name;
	twitch->link.proxy = config->proxy;
	twitch->link.has_no_protocol = true; /* Twitch refuses a request that offers one */
	twitch->link.secrets[0] = twitch->token;
}

const struct network twitch_network = {
		.type = "twitch",
		.class = &twitch_gateway,
		.config_bytes = sizeof(struct twitch_config),
		.fields = fields,
		.field_count = COUNT_OF(fields),
		.finish = finish,
		.has_user_ids = true,
		.is_channel = is_channel,
		.draft = &twitch_draft,
};
