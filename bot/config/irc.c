/* A gateway of type irc: its keys, read and checked, compared and copied. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/config/reader.h"

#define REALNAME_DEFAULT "episoded, a bot that knows the episodes"

#define RECONNECT_BASE_DEFAULT_MS 1000
#define RECONNECT_CAP_DEFAULT_MS  (5 * 60 * 1000)
#define RECONNECT_MAX_MS          (60 * 60 * 1000)
#define PASSWORD_MAX_BYTES        400 /* a line holds 512 */
#define FINGERPRINTS_MAX          8 /* a server's present certificate, the next one, and those of its siblings */
#define FINGERPRINT_BYTES         64 /* SHA-256 in hexadecimal digits */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_here(const char *host)
{
	/* To connect to "any address" is to connect to oneself. */
	if (str_equal(host, "0.0.0.0") || str_equal(host, "::"))
		return true;
	/* Digits and dots: "127.example.org" is somewhere else. */
	return str_equal(host, "localhost") || str_equal(host, "::1") ||
	       (str_starts(host, "127.") && !host[strspn(host, "0123456789.")]);
}

/* Does any server of the gateway satisfy a condition? */
static bool any_url(const struct gateway_config *gateway, bool (*is_so)(const struct url *url))
{
	if (gateway->url.host && is_so(&gateway->url))
		return true;
	for (size_t i = 0; i < gateway->other_count; i++)
		if (is_so(&gateway->others[i]))
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

static bool is_plain_stream_abroad(const struct url *url)
{
	return url->is_stream && !url->is_tls && !is_here(url->host);
}

static bool is_plain_abroad(const struct url *url)
{
	return !url->is_tls && !is_here(url->host);
}

static bool is_abroad(const struct url *url)
{
	return !is_here(url->host);
}

bool config_irc_is_local(const struct gateway_config *config)
{
	return config->url.host && !any_url(config, is_abroad);
}

/* ---------------------------------------------------------------- servers */

static void read_server(
		struct config_reader *reader, const struct json_node *node, struct gateway_config *gateway)
{
	bool is_first = !gateway->url.host;
	const char *text = json_string(node), *problem;

	if (!text) {
		json_problem(reader->json, node,
				"a server is a string, as in \"ircs://irc.example.org:6697\"");
		return;
	}
	problem = config_parse_irc_url(
			text, is_first ? &gateway->url : &gateway->others[gateway->other_count]);
	if (config_no_memory(reader, problem))
		return;
	if (problem)
		json_problem(reader->json, node, "\"url\": %s", problem);
	else if (is_first)
		config_keep(reader, &gateway->url_text, text);
	else
		gateway->other_count++;
}

/* "url" for one server, "urls" for several of the same network. */
static void read_servers(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *list = NULL, *one = json_get(object, "url");

	if (!json_array(reader->json, object, "urls", JSON_OPTIONAL, &list)) {
		const char *text = NULL;

		if (json_text(reader->json, object, "url", JSON_REQUIRED, &text))
			read_server(reader, one, gateway);
		return;
	}
	if (one)
		json_problem(reader->json, one,
				"\"url\" and \"urls\" exclude each other; put all servers into \"urls\"");
	else if (json_count(list) == 0 || json_count(list) > CONFIG_SERVERS_MAX)
		json_problem(reader->json, list, "\"urls\" holds 1 to %d servers of the network",
				CONFIG_SERVERS_MAX);
	if (one || json_count(list) > CONFIG_SERVERS_MAX)
		return;
	gateway->others = calloc(json_count(list) + 1, sizeof(*gateway->others));
	if (!gateway->others) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_server(reader, node, gateway);
}

/* ---------------------------------------------------------------- TLS */

/* 64 hexadecimal digits, in pairs with colons between or not; appended in lower case. */
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

/* One, or a list: a server that is about to change its certificate has two for a while. */
static void read_fingerprints(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	struct json_node *node = json_get(object, "fingerprint");
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
				"\"fingerprint\" is the SHA-256 of the server's certificate, 64 hexadecimal "
				"digits "
				"(or a list of at most %d); see it with: openssl x509 -noout -fingerprint "
				"-sha256",
				FINGERPRINTS_MAX);
	else if (any_url(gateway, is_stream))
		config_keep(reader, &gateway->fingerprints, str_text(&list));
	else if (gateway->url.host)
		json_problem(reader->json, node,
				"\"fingerprint\" is for ircs://; with wss:// name the server's certificate "
				"in "
				"\"ca_file\"");
	str_release(&list);
}

/* A path, or a credential of systemd, which is a file as well. */
static void read_file_key(
		struct config_reader *reader, struct json_node *object, const char *key, char **field)
{
	struct json_node *node = json_get(object, key);
	const char *path = NULL, *name, *folder = getenv("CREDENTIALS_DIRECTORY");
	struct str joined = STR(4096);

	if (node && json_type(node) == JSON_OBJECT) {
		static const char *const known[] = {"credential"};

		json_known_keys(reader->json, node, known, COUNT_OF(known), false);
		if (!json_text(reader->json, node, "credential", JSON_REQUIRED, &name))
			return;
		if (!folder || strchr(name, '/') || *name == '.') {
			json_problem(reader->json, node,
					folder ? "the name of a credential is no path"
					       : "there are no credentials here: systemd gives them to the "
						 "service");
			return;
		}
		str_printf(&joined, "%s/%s", folder, name);
		if (!joined.error)
			config_keep(reader, field, str_text(&joined));
		else if (joined.error == -EMSGSIZE)
			json_problem(reader->json, node, "the path of the credential is too long");
		else
			reader->error = joined.error;
		str_release(&joined);
	} else if (json_text(reader->json, object, key, JSON_OPTIONAL, &path)) {
		config_keep_path(reader, field, path);
	}
	if (*field && access(*field, R_OK) < 0)
		json_problem(reader->json, node, "\"%s\" cannot be read: %.200s: %s", key, *field,
				strerror(errno));
}

static void read_certificate(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	const struct json_node *node = json_get(object, "certificate");
	struct stat status;

	read_file_key(reader, object, "certificate", &gateway->certificate);
	read_file_key(reader, object, "key", &gateway->key);
	if (gateway->key && !node)
		json_problem(reader->json, json_get(object, "key"),
				"\"key\" belongs to a \"certificate\"; name that too");
	if (gateway->certificate && !gateway->key)
		config_keep(reader, &gateway->key, gateway->certificate);
	if (gateway->certificate && gateway->url.host && !any_url(gateway, is_stream))
		json_problem(reader->json, node, "\"certificate\" is for ircs://, not for a WebSocket");
	if (gateway->key && stat(gateway->key, &status) == 0 && (status.st_mode & (S_IROTH | S_IWOTH)))
		json_warning(reader->json, node, "everybody on this machine can read %.200s; chmod 600 it",
				gateway->key);
}

/* A key for ircs:// where no server is spoken to so: it never counts, or not before STS says so. */
static void check_has_tls(struct config_reader *reader, const struct json_node *node, const char *key,
		const struct gateway_config *gateway)
{
	if (!node || !any_url(gateway, is_stream) || any_url(gateway, is_tls_stream))
		return;
	if (!gateway->sts)
		json_problem(reader->json, node, "\"%s\" needs TLS, and irc:// has none; use ircs://", key);
	else
		json_warning(reader->json, node,
				"\"%s\" does nothing until the server asks for TLS (sts); use ircs://", key);
}

/* What TLS keys say where there is no TLS, and what goes over the wire without. */
static void warn_of_plain(
		struct config_reader *reader, struct json_node *object, const struct gateway_config *gateway)
{
	const struct json_node *servers =
			json_get(object, "urls") ? json_get(object, "urls") : json_get(object, "url");
	bool may_turn = gateway->sts && any_url(gateway, is_stream); /* to TLS */

	if (!gateway->url.host)
		return;
	if (gateway->ca_file && !any_url(gateway, is_tls) && !may_turn)
		json_warning(reader->json, json_get(object, "ca_file"),
				"\"ca_file\" does nothing with %s; use %s",
				gateway->url.is_stream ? "irc://" : "ws://",
				gateway->url.is_stream ? "ircs://" : "wss://");
	if (any_url(gateway, is_plain_stream_abroad))
		json_warning(reader->json, servers,
				"irc:// is not encrypted: everybody on the way can read and change it; use "
				"ircs://");
	if (gateway->password && any_url(gateway, is_plain_abroad))
		json_warning(reader->json, json_get(object, "password"),
				"the password travels unencrypted over %s",
				gateway->url.is_stream ? "irc://; use ircs://" : "ws://; use wss://");
}

/* ---------------------------------------------------------------- the rest */

/* The Origin of a page that the server itself would have sent. */
static void default_origin(struct config_reader *reader, struct gateway_config *gateway)
{
	const struct url *url = &gateway->url;
	const char *open = strchr(url->host, ':') ? "[" : "", *close = *open ? "]" : "";
	struct str origin = STR(CONFIG_URL_MAX_BYTES);

	str_printf(&origin, "%s://%s%s%s", url->is_tls ? "https" : "http", open, url->host, close);
	if (url->port != (url->is_tls ? 443 : 80))
		str_printf(&origin, ":%u", url->port);
	if (str_take(&origin, &gateway->origin) < 0)
		reader->error = -ENOMEM;
}

static void irc_defaults(struct config_reader *reader, struct gateway_config *gateway)
{
	if (!gateway->username && gateway->nick)
		config_keep(reader, &gateway->username,
				config_check_username(gateway->nick) ? "episoded" : gateway->nick);
	if (!gateway->realname)
		config_keep(reader, &gateway->realname, REALNAME_DEFAULT);
	/* Several servers: the link makes each its own. */
	if (gateway->url.host && !gateway->url.is_stream && gateway->other_count == 0 && !gateway->origin)
		default_origin(reader, gateway);
}

/* How patient the bot is with a server that went away. */
void config_read_reconnect(
		struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const known[] = {"base_ms", "cap_ms"};
	struct json_node *reconnect = NULL;
	long base_ms = RECONNECT_BASE_DEFAULT_MS, cap_ms = RECONNECT_CAP_DEFAULT_MS;

	if (json_object(reader->json, object, "reconnect", JSON_OPTIONAL, &reconnect)) {
		json_known_keys(reader->json, reconnect, known, COUNT_OF(known), false);
		json_integer(reader->json, reconnect, "base_ms", JSON_OPTIONAL, 10, RECONNECT_MAX_MS,
				&base_ms);
		json_integer(reader->json, reconnect, "cap_ms", JSON_OPTIONAL, 10, RECONNECT_MAX_MS, &cap_ms);
		if (cap_ms < base_ms)
			json_problem(reader->json, reconnect,
					"\"cap_ms\" (%ld) is below \"base_ms\" (%ld); it is the longest "
					"delay",
					cap_ms, base_ms);
	}
	gateway->reconnect_base_ms = (unsigned)base_ms;
	gateway->reconnect_cap_ms = (unsigned)cap_ms;
}

void config_read_irc(struct config_reader *reader, struct json_node *object, struct gateway_config *gateway)
{
	static const char *const known[] = {"name", "type", "url", "urls", "nick", "username", "realname",
			"origin", "ca_file", "fingerprint", "certificate", "key", "sts", "password",
			"channels", "reconnect", "sasl", "flood", "services", "owners"};

	json_known_keys(reader->json, object, known, COUNT_OF(known), false);
	read_servers(reader, object, gateway);
	config_read_checked(reader, object, "nick", JSON_REQUIRED, config_check_nick, &gateway->nick);
	config_read_checked(
			reader, object, "username", JSON_OPTIONAL, config_check_username, &gateway->username);
	config_read_checked(
			reader, object, "realname", JSON_OPTIONAL, config_check_realname, &gateway->realname);
	config_read_checked(reader, object, "origin", JSON_OPTIONAL, config_check_origin, &gateway->origin);
	if (gateway->origin && gateway->url.host && !any_url(gateway, is_websocket))
		json_warning(reader->json, json_get(object, "origin"),
				"\"origin\" is for a WebSocket; remove it");
	gateway->sts = true;
	json_boolean(reader->json, object, "sts", JSON_OPTIONAL, &gateway->sts);
	config_read_ca_file(reader, object, gateway);
	read_fingerprints(reader, object, gateway);
	check_has_tls(reader, json_get(object, "fingerprint"), "fingerprint", gateway);
	read_certificate(reader, object, gateway);
	check_has_tls(reader, json_get(object, "certificate"), "certificate", gateway);
	config_read_secret(reader, object, "password", &gateway->password);
	if (gateway->password && strlen(gateway->password) > PASSWORD_MAX_BYTES)
		json_problem(reader->json, json_get(object, "password"),
				"the server's password is too long; %d bytes are the most that a line holds",
				PASSWORD_MAX_BYTES);
	config_read_channels(reader, object, JSON_OPTIONAL, gateway);
	config_read_reconnect(reader, object, gateway);
	config_read_login(reader, object, gateway);
	config_read_owners(reader, object, gateway);
	irc_defaults(reader, gateway);
	warn_of_plain(reader, object, gateway);
}

/* ---------------------------------------------------------------- as a value */

static bool url_equal(const struct url *a, const struct url *b)
{
	return a->is_tls == b->is_tls && a->is_stream == b->is_stream && a->port == b->port &&
	       str_equal(a->host, b->host) && str_equal(a->path, b->path);
}

bool config_irc_same_servers(const struct gateway_config *a, const struct gateway_config *b)
{
	if (!url_equal(&a->url, &b->url) || a->other_count != b->other_count)
		return false;
	for (size_t i = 0; i < a->other_count; i++)
		if (!url_equal(&a->others[i], &b->others[i]))
			return false;
	return str_equal(a->url_text, b->url_text) && str_equal(a->ca_file, b->ca_file) && a->sts == b->sts &&
	       str_equal(a->fingerprints, b->fingerprints) && str_equal(a->certificate, b->certificate) &&
	       str_equal(a->key, b->key) && str_equal(a->origin, b->origin) &&
	       a->reconnect_base_ms == b->reconnect_base_ms && a->reconnect_cap_ms == b->reconnect_cap_ms;
}

int config_irc_copy(const struct gateway_config *config, struct gateway_config *copy)
{
	copy->sts = config->sts;
	if (config->other_count == 0)
		return 0;
	copy->others = calloc(config->other_count, sizeof(*copy->others));
	if (!copy->others)
		return -ENOMEM;
	for (size_t i = 0; i < config->other_count; i++) {
		const struct url *from = &config->others[i];
		struct url *to = &copy->others[copy->other_count++];

		*to = *from;
		to->host = str_copy(from->host);
		to->path = str_copy(from->path);
		if (!to->host || !to->path)
			return -ENOMEM;
	}
	return 0;
}

void config_irc_release(struct gateway_config *config)
{
	for (size_t i = 0; i < config->other_count; i++)
		config_url_release(&config->others[i]);
	free(config->others);
	free(config->fingerprints);
	free(config->certificate);
	free(config->key);
}
