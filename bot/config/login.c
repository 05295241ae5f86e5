/* Who the bot is on IRC ("sasl"), who may give it orders ("owners"), and how fast it talks ("flood"). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define ACCOUNT_MAX_BYTES 63
#define SERVICES_DEFAULT  "NickServ"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *check_account(const char *text)
{
	if (!*text)
		return "is empty; name the account";
	if (strlen(text) > ACCOUNT_MAX_BYTES)
		return "is too long; 63 bytes are the most";
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return "has a space or a control character; an account has none";
	}
	return NULL;
}

static const char *check_user_id(const char *text)
{
	if (!*text || strlen(text) > 20 || text[strspn(text, "0123456789")])
		return "is the number of a user (on Discord: \"Copy User ID\")";
	return NULL;
}

/* As a server tells it (276), which decides what kind of hash it is: MD5 to SHA-512. */
static const char *check_fingerprint(const char *text)
{
	size_t digits = 0;

	for (; *text; text++) {
		if (*text != ':' && !strchr("0123456789abcdefABCDEF", *text))
			return "is the fingerprint of a certificate, hexadecimal digits";
		digits += *text != ':';
	}
	if (digits != 32 && digits != 40 && digits != 64 && digits != 128)
		return "is the fingerprint of a certificate as WHOIS shows it, for SHA-256 64 hexadecimal "
		       "digits";
	return NULL;
}

/* Without colons, in lower case. */
static void make_plain(char *fingerprint)
{
	char *to = fingerprint;

	for (const char *from = fingerprint; *from; from++) {
		if (*from != ':')
			*to++ = *from >= 'A' && *from <= 'F' ? (char)(*from - 'A' + 'a') : *from;
	}
	*to = '\0';
}

/* ---------------------------------------------------------------- sasl */

static void check_mechanism(
		struct config_reader *reader, struct json_node *sasl, const struct gateway_config *gateway)
{
	bool has_password = gateway->sasl_account && gateway->sasl_password;
	bool is_external = gateway->sasl_mechanism == SASL_EXTERNAL;

	if (!has_password && json_get(sasl, "account") && json_get(sasl, "password"))
		return; /* told already */
	if (is_external && !gateway->certificate)
		json_problem(reader->json, sasl,
				"\"mechanism\": \"external\" logs in with a certificate; name it in the "
				"gateway's "
				"\"certificate\"");
	else if (!is_external && gateway->sasl_mechanism != SASL_AUTO && !has_password)
		json_problem(reader->json, sasl, "this mechanism needs \"account\" and \"password\"");
	else if (gateway->sasl_mechanism == SASL_AUTO && !has_password && !gateway->certificate)
		json_problem(reader->json, sasl,
				"\"sasl\" needs \"account\" and \"password\", or a \"certificate\" in the "
				"gateway");
	if (gateway->sasl_mechanism == SASL_PLAIN && gateway->url.host && !gateway->url.is_tls &&
			!config_irc_is_local(gateway))
		json_problem(reader->json, json_get(sasl, "mechanism"),
				"\"plain\" shows the password to everybody on the way; use ircs:// or "
				"wss://, or "
				"\"scram-sha-256\"");
}

static void read_sasl(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const known[] = {"mechanism", "account", "password", "required"};
	/* In the order of enum sasl_mechanism, without the first. */
	static const char *const names[] = {"auto", "external", "scram-sha-512", "scram-sha-256", "plain"};
	struct json_node *sasl = NULL;
	size_t mechanism = 0;

	if (!json_object(reader->json, object, "sasl", JSON_OPTIONAL, &sasl))
		return;
	json_known_keys(reader->json, sasl, known, COUNT_OF(known), false);
	config_read_word(reader, sasl, "mechanism", names, COUNT_OF(names), &mechanism);
	gateway->sasl_mechanism = (enum sasl_mechanism)(SASL_AUTO + mechanism);
	gateway->sasl_required = true;
	json_boolean(reader->json, sasl, "required", JSON_OPTIONAL, &gateway->sasl_required);
	config_read_checked(reader, sasl, "account", JSON_OPTIONAL, check_account, &gateway->sasl_account);
	config_read_secret(reader, sasl, "password", &gateway->sasl_password);
	check_mechanism(reader, sasl, gateway);
}

void config_read_login(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	/* In the order of enum config_flood. */
	static const char *const floods[] = {"auto", "safe", "fast", "none"};
	size_t flood = FLOOD_AUTO;

	read_sasl(reader, object, gateway);
	config_read_word(reader, object, "flood", floods, COUNT_OF(floods), &flood);
	gateway->flood = (enum config_flood)flood;
	config_read_checked(reader, object, "services", JSON_OPTIONAL, config_check_nick, &gateway->services);
	if (!gateway->services)
		config_keep(reader, &gateway->services, SERVICES_DEFAULT);
}

/* ---------------------------------------------------------------- owners */

/* What an owner is known by. */
static const struct {
	const char *key;
	enum owner_kind kind;
	const char *(*check)(const char *text);
} owner_kinds[] = {
		{"account", OWNER_ACCOUNT, check_account},
		{"fingerprint", OWNER_FINGERPRINT, check_fingerprint},
		{"user_id", OWNER_USER_ID, check_user_id},
};

static void read_owner(struct config_reader *reader, struct json_node *node, struct gateway_config *gateway)
{
	static const char *const known[] = {"account", "fingerprint", "user_id"};
	struct config_owner *owner = &gateway->owners[gateway->owner_count];
	bool has_numbers = gateway->type == GATEWAY_DISCORD || gateway->type == GATEWAY_TWITCH;
	size_t i = 0;

	if (json_type(node) != JSON_OBJECT || json_count(node) != 1) {
		json_problem(reader->json, node,
				"an owner is {\"account\": \"name\"} or {\"fingerprint\": \"0123...\"} on "
				"IRC, "
				"{\"user_id\": \"123\"} on Discord and Twitch; a nick is nobody");
		return;
	}
	json_known_keys(reader->json, node, known, COUNT_OF(known), false);
	while (i < COUNT_OF(owner_kinds) && !json_get(node, owner_kinds[i].key))
		i++;
	if (i == COUNT_OF(owner_kinds))
		return; /* an unknown key, told already */
	owner->kind = owner_kinds[i].kind;
	if ((owner->kind == OWNER_USER_ID) != has_numbers)
		json_problem(reader->json, json_first(node),
				has_numbers ? "people have a \"user_id\" here, no account"
					    : "people have an \"account\" here, no number");
	else
		config_read_checked(reader, node, owner_kinds[i].key, JSON_REQUIRED, owner_kinds[i].check,
				&owner->text);
	if (owner->text && owner->kind == OWNER_FINGERPRINT)
		make_plain(owner->text);
	gateway->owner_count += owner->text != NULL;
}

void config_read_owners(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, "owners", JSON_OPTIONAL, &list))
		return;
	if (json_count(list) > CONFIG_OWNERS_MAX) {
		json_problem(reader->json, list, "too many owners; %d are the most", CONFIG_OWNERS_MAX);
		return;
	}
	gateway->owners = calloc(json_count(list) + 1, sizeof(*gateway->owners));
	if (!gateway->owners) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_owner(reader, node, gateway);
}

void config_read_lobby_owners(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const who[] = {"nobody", "everybody"};
	size_t index = 0;

	config_read_word(reader, object, "owners", who, COUNT_OF(who), &index);
	if (index == 0)
		return;
	gateway->owners = calloc(1, sizeof(*gateway->owners));
	if (!gateway->owners) {
		reader->error = -ENOMEM;
		return;
	}
	config_keep(reader, &gateway->owners->text, who[index]);
	gateway->owners->kind = OWNER_EVERYBODY;
	gateway->owner_count = gateway->owners->text != NULL;
}

/* ---------------------------------------------------------------- as a value */

bool config_login_same(const struct gateway_config *a, const struct gateway_config *b)
{
	return a->sasl_mechanism == b->sasl_mechanism && a->sasl_required == b->sasl_required &&
	       a->flood == b->flood && str_equal(a->sasl_account, b->sasl_account) &&
	       str_equal(a->sasl_password, b->sasl_password) && str_equal(a->services, b->services);
}

bool config_login_equal(const struct gateway_config *a, const struct gateway_config *b)
{
	if (a->owner_count != b->owner_count)
		return false;
	for (size_t i = 0; i < a->owner_count; i++) {
		if (a->owners[i].kind != b->owners[i].kind ||
				!str_equal(a->owners[i].text, b->owners[i].text))
			return false;
	}
	return config_login_same(a, b);
}

int config_login_copy(const struct gateway_config *config, struct gateway_config *copy)
{
	copy->sasl_mechanism = config->sasl_mechanism;
	copy->sasl_required = config->sasl_required;
	copy->flood = config->flood;
	copy->sasl_account = str_copy(config->sasl_account);
	copy->sasl_password = str_copy(config->sasl_password);
	copy->services = str_copy(config->services);
	if ((config->sasl_account && !copy->sasl_account) ||
			(config->sasl_password && !copy->sasl_password) ||
			(config->services && !copy->services))
		return -ENOMEM;
	copy->owners = calloc(config->owner_count + 1, sizeof(*copy->owners));
	if (!copy->owners)
		return -ENOMEM;
	for (size_t i = 0; i < config->owner_count; i++) {
		copy->owners[i] = (struct config_owner){
				config->owners[i].kind, str_copy(config->owners[i].text)};
		if (!copy->owners[i].text)
			return -ENOMEM;
		copy->owner_count++;
	}
	return 0;
}

void config_login_release(struct gateway_config *config)
{
	for (size_t i = 0; i < config->owner_count; i++)
		free(config->owners[i].text);
	free(config->owners);
	free(config->sasl_account);
	config_secret_free(config->sasl_password);
	free(config->services);
}
