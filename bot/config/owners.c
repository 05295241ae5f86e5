/* Who may give owner commands on a gateway ("owners"). */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define ACCOUNT_MAX_BYTES 63

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

const char *config_check_account(const char *text)
{
	if (!*text)
		return "is empty; name the account";
	if (strlen(text) > ACCOUNT_MAX_BYTES)
		return "is too long; the limit is 63 bytes";
	/* What servers send for a person without an account. */
	if (str_equal(text, "*") || str_equal(text, "0"))
		return "is what servers show for people without an account; name one account";
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return "must not contain a space or a control character";
	}
	return NULL;
}

static const char *check_user_id(const char *text)
{
	if (!*text || *text == '0' || strlen(text) > 20 || text[strspn(text, "0123456789")])
		return "must be a numeric user ID (on Discord: \"Copy User ID\")";
	return NULL;
}

/* As the server reports it in WHOIS (276). The server chooses the hash, from MD5 to SHA-512, so several
 * lengths are valid. */
static const char *check_fingerprint(const char *text)
{
	size_t digits = 0;

	for (; *text; text++) {
		if (*text != ':' && !strchr("0123456789abcdefABCDEF", *text))
			return "must be the fingerprint of a certificate, in hexadecimal digits";
		digits += *text != ':';
	}
	if (digits != 32 && digits != 40 && digits != 64 && digits != 128)
		return "must be the fingerprint of a certificate as WHOIS shows it: for SHA-256, 64 "
		       "hexadecimal "
		       "digits";
	return NULL;
}

/* Copy a fingerprint without its colons, in lower case. */
static void make_plain(char *fingerprint)
{
	char *to = fingerprint;

	for (const char *from = fingerprint; *from; from++) {
		if (*from != ':')
			*to++ = *from >= 'A' && *from <= 'F' ? (char)(*from - 'A' + 'a') : *from;
	}
	*to = '\0';
}

/* ---------------------------------------------------------------- owners */

/* The ways to identify an owner. */
static const struct {
	const char *key;
	enum owner_kind kind;
	const char *(*check)(const char *text);
} owner_kinds[] = {
		{"account", OWNER_ACCOUNT, config_check_account},
		{"fingerprint", OWNER_FINGERPRINT, check_fingerprint},
		{"user_id", OWNER_USER_ID, check_user_id},
};

static void read_owner(struct config_reader *reader, struct json_node *node, struct gateway_config *gateway)
{
	static const char *const known[] = {"account", "fingerprint", "user_id"};
	struct config_owner *owner = &gateway->owners.list[gateway->owners.count];
	bool has_numbers = gateway->network->has_user_ids;
	size_t i = 0;

	if (json_type(node) != JSON_OBJECT || json_count(node) != 1 || json_get(node, "nick") ||
			json_get(node, "name") || json_get(node, "user")) {
		json_problem(reader->json, node,
				"an owner is {\"account\": \"name\"} or {\"fingerprint\": \"0123...\"} on "
				"IRC, "
				"{\"user_id\": \"123\"} on Discord and Twitch; nicks are not trusted");
		return;
	}
	json_known_keys(reader->json, node, known, COUNT_OF(known), false);
	while (i < COUNT_OF(owner_kinds) && !json_get(node, owner_kinds[i].key))
		i++;
	if (i == COUNT_OF(owner_kinds))
		return; /* an unknown key, already reported */
	owner->kind = owner_kinds[i].kind;
	if ((owner->kind == OWNER_USER_ID) != has_numbers)
		json_problem(reader->json, json_first(node),
				has_numbers ? "people are identified by \"user_id\" here, not by account"
					    : "people are identified by \"account\" here, not by user ID");
	else
		config_read_checked(reader, node, owner_kinds[i].key, JSON_REQUIRED, owner_kinds[i].check,
				&owner->text);
	if (owner->text && owner->kind == OWNER_FINGERPRINT)
		make_plain(owner->text);
	gateway->owners.count += owner->text != NULL;
}

static void read_owners(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *gateway)
{
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, field->key, field->flags, &list))
		return;
	if (json_count(list) > CONFIG_OWNERS_MAX) {
		json_problem(reader->json, list, "too many owners; the limit is %d", CONFIG_OWNERS_MAX);
		return;
	}
	gateway->owners.list = calloc(json_count(list) + 1, sizeof(*gateway->owners.list));
	if (!gateway->owners.list) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_owner(reader, node, gateway);
}

static bool owners_equal(const void *a, const void *b)
{
	const struct config_owners *one = a, *other = b;

	if (one->count != other->count)
		return false;
	for (size_t i = 0; i < one->count; i++)
		if (one->list[i].kind != other->list[i].kind ||
				!str_equal(one->list[i].text, other->list[i].text))
			return false;
	return true;
}

static void release_owners(void *value)
{
	struct config_owners *owners = value;

	for (size_t i = 0; i < owners->count; i++)
		free(owners->list[i].text);
	free(owners->list);
}

const struct config_kind config_owners = {read_owners, owners_equal, release_owners};
