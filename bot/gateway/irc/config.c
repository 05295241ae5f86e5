/* The keys of a gateway of type irc. */

#include "bot/gateway/irc/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/utf8.h"
#include "bot/config/reader.h"
#include "bot/irc/ecdsa.h"
#include "bot/net/authorities.h"
#include "bot/net/identity.h"

#define REALNAME_DEFAULT   "episoded, a bot that knows the episodes"
#define SERVICES_DEFAULT   "NickServ"
#define NICK_MAX_BYTES     32
#define REALNAME_MAX_BYTES 100
#define CHANNEL_MAX_BYTES  64
#define PASSWORD_MAX_BYTES 400 /* a line holds 512 */
#define FINGERPRINTS_MAX   8   /* the present and the next certificate of several servers */
#define BRIDGES_MAX        32
#define BRIDGE_MAX_BYTES   200
#define FINGERPRINT_BYTES  64 /* SHA-256 in hexadecimal digits */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

static bool has_control(const char *text)
{
	return !utf8_is_clean(text, strlen(text));
}

static bool has_only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

static struct irc_config *writable(struct gateway_config *config)
{
	return (struct irc_config *)(void *)config;
}

/* ---------------------------------------------------------------- names */

/* Accept letters outside ASCII: some servers allow them. */
const char *irc_check_nick(const char *text)
{
	if (!*text || strlen(text) > NICK_MAX_BYTES)
		return "must have 1 to 32 bytes";
	if (strchr(DIGITS "-", text[0]))
		return "must not begin with a digit or a hyphen";
	for (const char *byte = text; *byte; byte++)
		if (!((unsigned char)*byte & 0x80) && !strchr(LETTERS DIGITS "-_[]{}\\|^`", *byte))
			return "may contain letters, digits and - _ [ ] { } \\ | ^ ` only";
	return has_control(text) ? "must not contain a control character" : NULL;
}

const char *irc_check_username(const char *text)
{
	if (!*text || strlen(text) > NICK_MAX_BYTES)
		return "must have 1 to 32 bytes";
	if (!has_only(text, LETTERS DIGITS "-_.[]{}\\|^`"))
		return "may contain letters, digits and - _ . [ ] { } \\ | ^ ` only";
	return NULL;
}

const char *irc_check_realname(const char *text)
{
	if (!*text || strlen(text) > REALNAME_MAX_BYTES)
		return "must have 1 to 100 bytes";
	return has_control(text) ? "must not contain a line break or another control character" : NULL;
}

/* Check a channel name for !join, as far as all servers agree. */
static bool is_channel(const char *name)
{
	if ((*name != '#' && *name != '&') || !name[1] || strlen(name) > CHANNEL_MAX_BYTES)
		return false;
	for (; *name; name++) {
		if ((unsigned char)*name <= ' ' || *name == ',' || *name == 0x7f)
			return false;
	}
	return true;
}

/* ---------------------------------------------------------------- servers */

/* Does any server of the gateway satisfy a condition? */
static bool any_url(const struct irc_config *irc, bool (*is_so)(const struct url *url))
{
	for (size_t i = 0; i < irc->link.servers.count; i++)
		if (is_so(&irc->link.servers.urls[i]))
			return true;
	return false;
}

static bool is_stream(const struct url *url)
{
	return url->is_stream;
}

static bool is_websocket(const struct url *url)
{
	return !url->is_stream;
}

static bool is_tls(const struct url *url)
{
	return url->is_tls;
}

static bool is_tls_stream(const struct url *url)
{
	return url->is_tls && url->is_stream;
}

static bool is_plain_on_tls_port(const struct url *url)
{
	return url->is_stream && !url->is_tls && url->port == 6697;
}

static bool is_tls_on_plain_port(const struct url *url)
{
	return url->is_stream && url->is_tls && url->port == 6667;
}

static bool is_plain_stream_abroad(const struct url *url)
{
	return url->is_stream && !url->is_tls && !irc_url_is_local(url);
}

static bool is_plain_abroad(const struct url *url)
{
	return !url->is_tls && !irc_url_is_local(url);
}

static void read_server(
		struct config_reader *reader, const struct json_node *node, struct irc_server_list *servers)
{
	const char *text = json_string(node), *problem;

	if (!text) {
		json_problem(reader->json, node,
				"a server is a string, as in \"ircs://irc.example.org:6697\"");
		return;
	}
	problem = config_parse_irc_url(text, &servers->urls[servers->count]);
	if (config_no_memory(reader, problem))
		return;
	if (problem)
		json_problem(reader->json, node, "\"url\": %s", problem);
	else
		servers->count++;
}

/* Read "url" (one server) or "urls" (several servers of the same network). */
static void read_servers(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct irc_server_list *servers = config_member(config, field);
	struct json_node *list = NULL, *one = json_get(object, "url");
	const char *text = NULL;
	bool is_list = json_array(reader->json, object, "urls", JSON_OPTIONAL, &list);

	if (!is_list && !json_text(reader->json, object, "url", JSON_REQUIRED, &text))
		return;
	if (is_list && one)
		json_problem(reader->json, one,
				"use either \"url\" or \"urls\"; list all servers in \"urls\"");
	else if (is_list && (json_count(list) == 0 || json_count(list) > IRC_SERVERS_MAX))
		json_problem(reader->json, list, "\"urls\" must be a list of 1 to %d servers of the network",
				IRC_SERVERS_MAX);
	if (is_list && (one || json_count(list) > IRC_SERVERS_MAX))
		return;
	servers->urls = calloc(is_list ? json_count(list) + 1 : 1, sizeof(*servers->urls));
	if (!servers->urls) {
		reader->error = -ENOMEM;
		return;
	}
	if (!is_list)
		read_server(reader, one, servers);
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_server(reader, node, servers);
}

/* ---------------------------------------------------------------- TLS */

/* Parse 64 hexadecimal digits, with or without colons between pairs, and append them in lower case. */
static bool append_fingerprint(struct str *list, const char *text)
{
	char digits[FINGERPRINT_BYTES + 1];
	size_t count = 0;

	for (; *text; text++) {
		if (*text == ':')
			continue;
		if (!strchr("0123456789abcdefABCDEF", *text) || count == FINGERPRINT_BYTES)
			return false;
		digits[count++] = *text >= 'A' && *text <= 'F' ? (char)(*text - 'A' + 'a') : *text;
	}
	if (count != FINGERPRINT_BYTES)
		return false;
	digits[count] = '\0';
	str_printf(list, "%s%s", list->length ? " " : "", digits);
	return true;
}

/* Read one fingerprint or a list: a server that is about to change its certificate needs two for a while. */
static void read_fingerprints(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	const struct irc_config *irc = irc_config(config);
	struct json_node *node = json_get(object, field->key);
	struct str list = STR(FINGERPRINTS_MAX * (FINGERPRINT_BYTES + 1));
	bool is_list = node && json_type(node) == JSON_ARRAY;
	bool is_good = true;

	if (!node)
		return;
	for (struct json_node *each = is_list ? json_first(node) : node; each && is_good;
			each = is_list ? json_next(each) : NULL)
		is_good = json_string(each) && append_fingerprint(&list, json_string(each));
	if (list.error == -ENOMEM)
		reader->error = -ENOMEM;
	else if (!is_good || list.error == -EMSGSIZE || (is_list && json_count(node) == 0))
		json_problem(reader->json, node,
				"\"fingerprint\" must be the SHA-256 of the server's certificate, 64 "
				"hexadecimal "
				"digits "
				"(or a list of at most %d); see it with: openssl x509 -noout -fingerprint "
				"-sha256",
				FINGERPRINTS_MAX);
	else if (any_url(irc, is_stream))
		config_keep(reader, config_member(config, field), str_text(&list));
	else if (irc->link.servers.count)
		json_problem(reader->json, node,
				"\"fingerprint\" works with ircs:// only; with wss:// name the server's "
				"certificate "
				"in "
				"\"ca_file\"");
	str_release(&list);
}

/* Read "certificate" and "key". */
static void read_certificate(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct irc_config *irc = writable(config);
	struct irc_link_config *link = &irc->link;
	const struct json_node *node = json_get(object, field->key);
	char reason[IDENTITY_REASON_BYTES];
	int r;
	struct stat status;

	config_read_file_key(reader, object, "certificate", &link->certificate);
	config_read_file_key(reader, object, "key", &link->key);
	if (link->key && !node)
		json_problem(reader->json, json_get(object, "key"),
				"\"key\" needs a \"certificate\"; add it");
	if (link->certificate && !link->key)
		config_keep(reader, &link->key, link->certificate);
	if (link->certificate && link->servers.count && !any_url(irc, is_stream))
		json_problem(reader->json, node,
				"\"certificate\" works with ircs:// only, not with a WebSocket");
	if (link->key && stat(link->key, &status) == 0)
		config_warn_of_mode(reader, node, link->key, status.st_mode);
	if (!link->certificate || !link->key || access(link->certificate, R_OK) != 0 ||
			access(link->key, R_OK) != 0)
		return;
	r = identity_check(link->certificate, link->key, reason);
	if (r == -ENOMEM)
		reader->error = r;
	else if (r < 0)
		json_problem(reader->json, node, "%s", reason);
}

/* ---------------------------------------------------------------- sasl */

/* The key must be one that signs a challenge; nothing else shows a mistake before the login. */
static void keep_sasl_key(struct config_reader *reader, const struct json_node *node, const char *path,
		char *pem, char **field)
{
	int r = irc_ecdsa_check(pem);

	if (r == -ENOMEM)
		reader->error = r;
	else if (r < 0)
		json_problem(reader->json, node,
				"\"key\" must be %s; make one with: openssl ecparam -name prime256v1 -genkey "
				"-noout -out %.200s",
				r == -ENOTSUP ? "of the curve prime256v1 (NIST P-256)"
					      : "a private key in PEM without a passphrase",
				path);
	else
		config_keep(reader, field, pem);
}

/* Read the key itself, as a password is read, so that a reload notices another one. */
static void read_sasl_key(struct config_reader *reader, struct json_node *sasl, char **field)
{
	const struct json_node *node = json_get(sasl, "key");
	char pem[IRC_ECDSA_PEM_MAX_BYTES + 1], *path = NULL;
	size_t length = 0;
	mode_t mode = 0;
	int r;

	config_read_file_key(reader, sasl, "key", &path);
	if (!path || access(path, R_OK) < 0)
		goto out;
	r = config_read_file(path, pem, sizeof(pem), &length, &mode);
	if (r == 0 && length == sizeof(pem))
		r = -EFBIG;
	if (r < 0) {
		json_problem(reader->json, node, "\"key\" cannot be read: %.200s: %s", path, strerror(-r));
		goto out;
	}
	pem[length] = '\0';
	if (json_type(node) == JSON_STRING)
		config_warn_of_mode(reader, node, path, mode);
	keep_sasl_key(reader, node, path, pem, field);
out:
	explicit_bzero(pem, sizeof(pem));
	free(path);
}

static void check_mechanism(
		struct config_reader *reader, struct json_node *sasl, const struct irc_config *irc)
{
	enum sasl_mechanism mechanism = irc->sasl.mechanism;
	const struct irc_server_list *servers = &irc->link.servers;
	bool has_password = irc->sasl.account && irc->sasl.password;
	bool has_key = irc->sasl.account && irc->sasl.key;
	bool is_external = mechanism == SASL_EXTERNAL, is_ecdsa = mechanism == SASL_ECDSA;

	if (!has_password && !has_key && json_get(sasl, "account") &&
			(json_get(sasl, "password") || json_get(sasl, "key")))
		return; /* already reported */
	if (is_external && !irc->link.certificate)
		json_problem(reader->json, sasl,
				"\"mechanism\": \"external\" logs in with a certificate; name it in the "
				"gateway's "
				"\"certificate\"");
	else if (is_ecdsa && !has_key)
		json_problem(reader->json, sasl, "this mechanism needs \"account\" and \"key\"");
	else if (!is_external && !is_ecdsa && mechanism != SASL_AUTO && !has_password)
		json_problem(reader->json, sasl, "this mechanism needs \"account\" and \"password\"");
	else if (mechanism == SASL_AUTO && !has_password && !has_key && !irc->link.certificate)
		json_problem(reader->json, sasl,
				"\"sasl\" needs \"account\" and \"password\" (or \"key\"), or a "
				"\"certificate\" "
				"in the gateway");
	if (mechanism == SASL_PLAIN && servers->count && !servers->urls[0].is_tls &&
			!irc_link_config_is_local(&irc->link))
		json_problem(reader->json, json_get(sasl, "mechanism"),
				"\"plain\" sends the password unencrypted; use ircs:// or "
				"wss://, or "
				"\"scram-sha-256\"");
}

/* Read "sasl". Its checks need "certificate", which is read before. */
static void read_sasl(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	static const char *const known[] = {"mechanism", "account", "password", "key", "required"};
	/* In the order of enum sasl_mechanism, without its first value. */
	static const char *const names[] = {"auto", "external", "ecdsa-nist256p-challenge", "scram-sha-512",
			"scram-sha-256", "plain"};
	struct irc_sasl_config *value = config_member(config, field);
	struct json_node *sasl = NULL;
	size_t mechanism = 0;

	if (!json_object(reader->json, object, field->key, field->flags, &sasl))
		return;
	json_known_keys(reader->json, sasl, known, COUNT_OF(known), false);
	config_read_word(reader, sasl, "mechanism", names, COUNT_OF(names), &mechanism);
	value->mechanism = (enum sasl_mechanism)(SASL_AUTO + mechanism);
	value->is_required = true;
	json_boolean(reader->json, sasl, "required", JSON_OPTIONAL, &value->is_required);
	config_read_checked(reader, sasl, "account", JSON_OPTIONAL, config_check_account, &value->account);
	config_read_secret(reader, sasl, "password", &value->password);
	read_sasl_key(reader, sasl, &value->key);
	check_mechanism(reader, sasl, irc_config(config));
}

static bool sasl_equal(const void *a, const void *b)
{
	const struct irc_sasl_config *one = a, *other = b;

	return one->mechanism == other->mechanism && one->is_required == other->is_required &&
	       str_equal(one->account, other->account) && str_equal(one->password, other->password) &&
	       str_equal(one->key, other->key);
}

static void release_sasl(void *value)
{
	struct irc_sasl_config *sasl = value;

	free(sasl->account);
	config_secret_free(sasl->password);
	config_secret_free(sasl->key);
}

static const struct config_kind sasl_login = {read_sasl, sasl_equal, release_sasl};

/* ---------------------------------------------------------------- checks of several keys */

/* Report a key that needs TLS when no server URL uses ircs://: it has no effect, or only after an upgrade by
 * STS. */
static void check_has_tls(struct config_reader *reader, const struct json_node *node, const char *key,
		const struct irc_config *irc)
{
	if (!node || !any_url(irc, is_stream) || any_url(irc, is_tls_stream))
		return;
	if (!irc->link.sts)
		json_problem(reader->json, node, "\"%s\" needs TLS, but irc:// is not encrypted; use ircs://",
				key);
	else
		json_warning(reader->json, node,
				"\"%s\" has no effect until the server requires TLS (sts); use ircs://", key);
}

/* Report TLS keys without a TLS connection, and secrets that would be sent unencrypted. */
static void warn_of_plain(
		struct config_reader *reader, struct json_node *object, const struct irc_config *irc)
{
	const struct json_node *servers =
			json_get(object, "urls") ? json_get(object, "urls") : json_get(object, "url");
	bool may_turn = irc->link.sts && any_url(irc, is_stream); /* STS may upgrade irc:// to TLS */
	bool is_first_stream;

	if (!irc->link.servers.count)
		return;
	is_first_stream = irc->link.servers.urls[0].is_stream;
	if (irc->link.ca_file && !any_url(irc, is_tls) && !may_turn)
		json_warning(reader->json, json_get(object, "ca_file"),
				"\"ca_file\" has no effect with %s; use %s",
				is_first_stream ? "irc://" : "ws://", is_first_stream ? "ircs://" : "wss://");
	if (any_url(irc, is_plain_on_tls_port))
		json_warning(reader->json, servers,
				"port 6697 is the one of TLS, and irc:// is without TLS; use ircs:// with "
				"this port");
	else if (any_url(irc, is_tls_on_plain_port))
		json_warning(reader->json, servers,
				"ircs:// is TLS, and port 6667 is the one without TLS; use port 6697");
	else if (any_url(irc, is_plain_stream_abroad))
		json_warning(reader->json, servers,
				"irc:// is not encrypted: others on the network path can read and change the "
				"traffic; use "
				"ircs://");
	if (irc->password && any_url(irc, is_plain_abroad))
		json_warning(reader->json, json_get(object, "password"),
				"the password would be sent unencrypted over %s",
				is_first_stream ? "irc://; use ircs://" : "ws://; use wss://");
}

/* Set the default Origin: that of a page served by the same server. */
static void default_origin(struct config_reader *reader, struct irc_link_config *link)
{
	const struct url *url = link->servers.urls;
	const char *open = strchr(url->host, ':') ? "[" : "", *close = *open ? "]" : "";
	struct str origin = STR(CONFIG_URL_MAX_BYTES);

	str_printf(&origin, "%s://%s%s%s", url->is_tls ? "https" : "http", open, url->host, close);
	if (url->port != (url->is_tls ? 443 : 80))
		str_printf(&origin, ":%u", url->port);
	if (str_take(&origin, &link->origin) < 0)
		reader->error = -ENOMEM;
}

static void finish(struct config_reader *reader, struct json_node *object, struct gateway_config *config)
{
	struct irc_config *irc = writable(config);
	struct irc_link_config *link = &irc->link;

	if (link->origin && link->servers.count && !any_url(irc, is_websocket))
		json_warning(reader->json, json_get(object, "origin"),
				"\"origin\" works with a WebSocket only; remove it");
	check_has_tls(reader, json_get(object, "fingerprint"), "fingerprint", irc);
	check_has_tls(reader, json_get(object, "certificate"), "certificate", irc);
	if (irc->password && strlen(irc->password) > PASSWORD_MAX_BYTES)
		json_problem(reader->json, json_get(object, "password"),
				"the server's password is too long; the limit is %d bytes, to fit into a "
				"line",
				PASSWORD_MAX_BYTES);
	if (!irc->username && irc->nick)
		config_keep(reader, &irc->username, irc_check_username(irc->nick) ? "episoded" : irc->nick);
	/* With several servers, the link sets the Origin for each. */
	if (link->servers.count == 1 && !link->servers.urls->is_stream && !link->origin)
		default_origin(reader, link);
	warn_of_plain(reader, object, irc);
	link->gateway = config->name;
	link->proxy = config->proxy;
	link->secrets[0] = irc->password;
	link->secrets[1] = irc->sasl.password;
}

/* ---------------------------------------------------------------- bridges */

static bool is_mask(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length <= BRIDGE_MAX_BYTES && !strpbrk(text, " ,") &&
	       text[strspn(text, "*!@?")] && !has_control(text);
}

static void read_bridges(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct config_channels *bridges = config_member(config, field);
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, field->key, field->flags, &list))
		return;
	if (json_count(list) > BRIDGES_MAX) {
		json_problem(reader->json, list, "too many bridges; the limit is %d", BRIDGES_MAX);
		return;
	}
	bridges->names = calloc(json_count(list) + 1, sizeof(*bridges->names));
	if (!bridges->names) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		const char *mask = json_string(node);

		if (!mask || !is_mask(mask)) {
			json_problem(reader->json, node,
					"a bridge is a mask with * and ?, as in "
					"\"matterbridge!*@bridge.example.org\"");
			continue;
		}
		config_keep(reader, &bridges->names[bridges->count], mask);
		bridges->count += bridges->names[bridges->count] != NULL;
	}
}

/* ---------------------------------------------------------------- the table */

/* In the order of enum config_flood. */
static const char *const flood_words[] = {"auto", "safe", "fast", "none"};

static const struct config_field fields[] = {
		{"url", &irc_server_list, CONFIG_AT(irc_config, link.servers), .read = read_servers},
		{"urls", .read = config_read_elsewhere},
		{"nick", &config_text, CONFIG_AT(irc_config, nick), .check = irc_check_nick,
				.flags = JSON_REQUIRED, .is_live = true},
		{"username", &config_text, CONFIG_AT(irc_config, username), .check = irc_check_username},
		{"realname", &config_text, CONFIG_AT(irc_config, realname), .check = irc_check_realname,
				.standard = REALNAME_DEFAULT},
		{"origin", &config_text, CONFIG_AT(irc_config, link.origin), .check = config_check_origin},
		{"ca_file", &config_readable_path, CONFIG_AT(irc_config, link.ca_file),
				.check = authorities_check_file},
		{"proxy", &config_proxy, CONFIG_HEAD(proxy)},
		{"fingerprint", &config_text, CONFIG_AT(irc_config, link.fingerprints),
				.read = read_fingerprints},
		{"certificate", &config_text, CONFIG_AT(irc_config, link.certificate),
				.read = read_certificate},
		{"key", &config_text, CONFIG_AT(irc_config, link.key), .read = config_read_elsewhere},
		{"sts", &config_flag, CONFIG_AT(irc_config, link.sts), .number = true},
		{"password", &config_secret, CONFIG_AT(irc_config, password)},
		{"channels", &config_channels, CONFIG_HEAD(channels), .is_live = true},
		{"reconnect", &irc_reconnect, CONFIG_AT(irc_config, link.reconnect)},
		{"sasl", &sasl_login, CONFIG_AT(irc_config, sasl)},
		{"flood", &config_word, CONFIG_AT(irc_config, flood), .words = flood_words,
				.word_count = COUNT_OF(flood_words)},
		{"services", &config_text, CONFIG_AT(irc_config, services), .check = irc_check_nick,
				.standard = SERVICES_DEFAULT},
		{"bridges", &config_channels, CONFIG_AT(irc_config, bridges), .read = read_bridges,
				.is_live = true},
		{"owners", &config_owners, CONFIG_HEAD(owners), .is_live = true},
};

const struct network irc_network = {
		.type = "irc",
		.class = &irc_gateway,
		.config_bytes = sizeof(struct irc_config),
		.fields = fields,
		.field_count = COUNT_OF(fields),
		.finish = finish,
		.is_channel = is_channel,
		.draft = &irc_draft,
};
