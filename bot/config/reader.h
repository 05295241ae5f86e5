#ifndef EPISODED_CONFIG_READ_H
#define EPISODED_CONFIG_READ_H

/* What the files of config share; nobody else includes it. config.h is the contract. */

#include "bot/base/json.h"
#include "bot/config/config.h"

#define CONFIG_NAME_MAX_BYTES     32
#define CONFIG_NICK_MAX_BYTES     32
#define CONFIG_CHANNEL_MAX_BYTES  64
#define CONFIG_REALNAME_MAX_BYTES 100
#define CONFIG_URL_MAX_BYTES      1024
#define CONFIG_SECRET_MAX_BYTES   1000
#define CONFIG_SHOW_MAX_BYTES     64

/* A document on its way into structs. What a person got wrong is a problem of the document. */
struct config_reader {
	struct json *json;
	const char *folder; /* the file's own, absolute: relative paths begin here */
	int error;          /* -ENOMEM once memory has run out; sticky */
};

/*
 * config_read - a parsed document into a configuration; config_load() without the file.
 *
 * Errors: -EBADMSG when the document has a problem (after the call), -ENOMEM; *ret untouched.
 */
int config_read(struct json *json, const char *folder, struct config **ret);

/* One of several words under key, when there is one; *ret is its place among them. */
void config_read_word(struct config_reader *reader, struct json_node *object, const char *key,
		const char *const *words, size_t count, size_t *ret);

/* Copy text into *field, in place of what was there. */
void config_keep(struct config_reader *reader, char **field, const char *text);
void config_keep_path(struct config_reader *reader, char **field, const char *path);
/* One of several words; *ret is its place among them, untouched when it was left out or is none of them. */
void config_read_word(struct config_reader *reader, struct json_node *object, const char *key,
		const char *const *words, size_t count, size_t *ret);

/* config_gateway.c: one item of "gateways"; earlier holds those before it. */
void config_read_gateway(struct config_reader *reader, struct json_node *object, const struct config *earlier,
		struct gateway_config *gateway);
/* Take a text that check() finds no fault with. */
void config_read_checked(struct config_reader *reader, struct json_node *object, const char *key, int flags,
		const char *(*check)(const char *text), char **field);
void config_read_channels(struct config_reader *reader, struct json_node *object, int flags,
		struct gateway_config *gateway);
/* The path of a file of authorities under "ca_file", when there is one. */
void config_read_ca_file(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);

/* config_discord.c: what only a gateway of type discord has. */
void config_read_discord(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
bool config_discord_equal(const struct gateway_config *a, const struct gateway_config *b);
int config_discord_copy(const struct gateway_config *config, struct gateway_config *copy);

/* config_irc.c: what only a gateway of type irc has. */
void config_read_irc(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
/* "reconnect" of irc and twitch. */
void config_read_reconnect(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
int config_irc_copy(const struct gateway_config *config, struct gateway_config *copy);
void config_irc_release(struct gateway_config *config);

/* config_twitch.c: what only a gateway of type twitch has. */
void config_read_twitch(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);

/* config_login.c: "sasl", "flood" and "services" of a gateway of type irc; "owners" of any. */
void config_read_login(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
void config_read_owners(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
/* "owners" of a lobby: it has no accounts, so it is everybody or nobody. */
void config_read_lobby_owners(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway);
bool config_login_equal(const struct gateway_config *a, const struct gateway_config *b);
int config_login_copy(const struct gateway_config *config, struct gateway_config *copy);
void config_login_release(struct gateway_config *config);

/* config_secret.c: {"credential"|"file"|"env": ...} under key; *field stays when there is none. */
void config_read_secret(
		struct config_reader *reader, struct json_node *object, const char *key, char **field);
void config_secret_free(char *secret); /* wiped; NULL-safe */

/*
 * config_text.c: the small languages inside the strings. Each gives NULL when
 * the text is right, or what is wrong and how to mend it: one phrase that never
 * quotes the text.
 */
const char *config_check_prefix(const char *text);
const char *config_check_name(const char *text); /* of a gateway, of a show: [a-z0-9-] */
const char *config_check_nick(const char *text);
const char *config_check_username(const char *text);
const char *config_check_realname(const char *text);
const char *config_check_channel(const char *text);
const char *config_check_origin(const char *text);

/* What any of these gives when memory has run out: no fault of the text. True, and the reader's error set,
 * for that one. */
bool config_no_memory(struct config_reader *reader, const char *problem);

/* "127.0.0.1:8067", "[::1]:8067", "localhost:8067" or "8067"; the caller frees *ret_host. */
const char *config_parse_listen(const char *text, char **ret_host, unsigned short *ret_port);

#endif
