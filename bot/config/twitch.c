/* A gateway of type twitch: its keys, read and checked. */

#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define URL_DEFAULT     "wss://irc-ws.chat.twitch.tv/"
#define LOGIN_MAX_BYTES 25
#define TOKEN_PREFIX    "oauth:"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_login(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t length = strspn(text, allowed);

	return length > 0 && length <= LOGIN_MAX_BYTES && text[length] == '\0';
}

bool config_is_twitch_channel(const char *text)
{
	return *text == '#' && is_login(text + 1);
}

static const char *check_login(const char *text)
{
	return is_login(text) ? NULL : "is the account's login: 1 to 25 letters, digits and _";
}

/* Twitch knows names in lower case only. */
static void lower(char *text)
{
	for (; text && *text; text++)
		*text = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
}

static void read_url(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const char *text = URL_DEFAULT, *problem;

	json_text(reader->json, object, "url", JSON_OPTIONAL, &text);
	problem = config_parse_url(text, &gateway->url);
	if (config_no_memory(reader, problem))
		return;
	if (problem)
		json_problem(reader->json, json_get(object, "url"), "\"url\": %s", problem);
	else if (!gateway->url.is_tls && !config_irc_is_local(gateway))
		json_problem(reader->json, json_get(object, "url"),
				"\"url\" without TLS shows the token to everybody on the way; use wss://");
	else
		config_keep(reader, &gateway->url_text, text);
}

/* With or without "oauth:" in front, as the pages that make one show it. */
static void read_token(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	size_t prefix = strlen(TOKEN_PREFIX), length;
	const char *byte;

	if (!json_get(object, "token"))
		json_problem(reader->json, object,
				"\"token\" is missing; it must be a secret, as in {\"credential\": "
				"\"twitch\"}");
	config_read_secret(reader, object, "token", &gateway->token);
	if (!gateway->token)
		return;
	length = strlen(gateway->token);
	if (str_starts(gateway->token, TOKEN_PREFIX)) {
		memmove(gateway->token, gateway->token + prefix, length - prefix);
		memset(gateway->token + length - prefix, 0, prefix); /* no end of it is left behind */
	}
	for (byte = gateway->token; *byte > ' ' && *byte < 0x7F; byte++)
		;
	if (*byte || !*gateway->token)
		json_problem(reader->json, json_get(object, "token"),
				"\"token\" holds something else than a user access token of Twitch: one "
				"word");
}

static void read_channels(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	config_read_channels(reader, object, JSON_REQUIRED, gateway);
	for (size_t i = 0; i < gateway->channel_count; i++) {
		char *name = gateway->channels[i];

		if (!config_is_twitch_channel(name))
			json_problem(reader->json, json_get(object, "channels"),
					"a channel on Twitch is # and the login of whose it is, not %.64s",
					name);
		lower(name);
	}
}

void config_read_twitch(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const known[] = {"name", "type", "login", "token", "channels", "url", "ca_file",
			"verified", "owners", "reconnect"};

	json_known_keys(reader->json, object, known, COUNT_OF(known), false);
	config_read_checked(reader, object, "login", JSON_REQUIRED, check_login, &gateway->nick);
	lower(gateway->nick);
	read_token(reader, object, gateway);
	read_url(reader, object, gateway);
	config_read_ca_file(reader, object, gateway);
	read_channels(reader, object, gateway);
	json_boolean(reader->json, object, "verified", JSON_OPTIONAL, &gateway->is_verified);
	config_read_reconnect(reader, object, gateway);
	config_read_owners(reader, object, gateway);
}
