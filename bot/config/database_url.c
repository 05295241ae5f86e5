/* The URL of a PostgreSQL. */

#include "bot/config/database_url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/base/utf8.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

#define HOST_MAX_BYTES   253
#define FOLDER_MAX_BYTES 90 /* sun_path has 108 bytes, for FOLDER/.s.PGSQL.65535 */
#define OPTION_MAX_BYTES 32 /* of a name that a problem quotes */

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define EXAMPLE "as in \"postgresql://episoded@db.example.org/episoded\""

/* The parts of a URL, copied while it is read. */
struct parsing {
	struct database_config config;
	char *problem; /* DATABASE_URL_PROBLEM_BYTES */
	char *names;   /* of ?host=; may be NULL */
	unsigned port; /* of ?port=; 0: not given */
	bool has_sslmode, is_disabled;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct parsing *parsing, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(parsing->problem, DATABASE_URL_PROBLEM_BYTES, format, arguments);
	va_end(arguments);
	return -EBADMSG;
}

static int refuse_password(struct parsing *parsing)
{
	return refuse(parsing,
			"the URL has a password, which does not belong in this file; remove it, and run "
			"\"episoded secret set " DATABASE_CREDENTIAL "\"");
}

static bool has_only(const char *text, const char *allowed)
{
	return text[strspn(text, allowed)] == '\0';
}

/* ---------------------------------------------------------------- scheme */

bool database_url_is(const char *text)
{
	size_t scheme = strspn(text, LETTERS DIGITS "+.-");

	if (scheme && str_starts(text + scheme, "://"))
		return true;
	return text[scheme] == ':' &&
	       (strncasecmp(text, "postgres", 8) == 0 || strncasecmp(text, "pg", 2) == 0);
}

static int parse_scheme(struct parsing *parsing, const char *text, const char **ret_rest)
{
	static const char *const schemes[] = {"postgresql://", "postgres://"};

	if (strlen(text) > DATABASE_URL_MAX_BYTES)
		return refuse(parsing, "the URL is longer than %d bytes", DATABASE_URL_MAX_BYTES);
	for (const char *byte = text; *byte; byte++)
		if (*byte <= ' ' || *byte >= 0x7F)
			return refuse(parsing, "a URL has no spaces or letters outside ASCII; write them "
					       "percent-encoded");
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
			*ret_rest = text + strlen(schemes[i]);
			return 0;
		}
	return refuse(parsing, "the URL of a PostgreSQL begins with postgresql://, " EXAMPLE
			       "; a folder has no scheme");
}

/* ---------------------------------------------------------------- percent encoding */

/* -1: no hexadecimal digit. */
static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Decode a part of the URL; the caller frees *ret. what: "the user". */
static int decode(struct parsing *parsing, const char *what, const char *text, size_t length, char **ret)
{
	char *copy = malloc(length + 1);
	size_t count = 0;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < length; i++) {
		int high = 0, low = 0;

		copy[count] = text[i];
		if (text[i] == '%') {
			high = i + 2 < length ? hex_value(text[i + 1]) : -1;
			low = i + 2 < length ? hex_value(text[i + 2]) : -1;
			copy[count] = (char)(high * 16 + low);
			i += 2;
		}
		if (high < 0 || low < 0 || (unsigned char)copy[count] < ' ' || copy[count] == 0x7F) {
			free(copy);
			return refuse(parsing, "%s has a wrong %%; a percent sign itself is written %%25",
					what);
		}
		count++;
	}
	copy[count] = '\0';
	*ret = copy;
	return 0;
}

/* A role or a database; its UTF-8 is valid, because it goes to the log. */
static int parse_name(struct parsing *parsing, const char *what, const char *text, size_t length, char **ret)
{
	int r = decode(parsing, what, text, length, ret);

	if (r == 0 && strlen(*ret) > DATABASE_NAME_MAX_BYTES)
		r = refuse(parsing, "%s is longer than %d bytes", what, DATABASE_NAME_MAX_BYTES);
	else if (r == 0 && !utf8_is_clean(*ret, strlen(*ret)))
		r = refuse(parsing, "%s is not valid UTF-8 text", what);
	return r;
}

/* ---------------------------------------------------------------- hosts */

bool database_host_is_socket(const struct database_host *host)
{
	return host->name[0] == '/';
}

bool database_host_is_local(const struct database_host *host)
{
	static const unsigned char loopback6[16] = {[15] = 1};
	unsigned char address[16];

	if (database_host_is_socket(host) || str_equal(host->name, "localhost"))
		return true;
	if (inet_pton(AF_INET, host->name, address) == 1)
		return address[0] == 127;
	return inet_pton(AF_INET6, host->name, address) == 1 && memcmp(address, loopback6, 16) == 0;
}

static int parse_port(struct parsing *parsing, const char *text, size_t length, unsigned *ret)
{
	char digits[8] = "";
	long port;

	if (length < sizeof(digits))
		memcpy(digits, text, length);
	if (!has_only(digits, DIGITS) || str_to_long(digits, 1, 65535, &port) < 0)
		return refuse(parsing, "the port is a number from 1 to 65535");
	*ret = (unsigned)port;
	return 0;
}

/* A host of the list: takes name. */
static int add_host(struct parsing *parsing, char *name, unsigned port)
{
	struct database_config *config = &parsing->config;
	unsigned char address[16];
	int r = 0;

	if (config->host_count == DATABASE_HOSTS_MAX)
		r = refuse(parsing, "more than %d hosts", DATABASE_HOSTS_MAX);
	else if (name[0] == '/' && strlen(name) > FOLDER_MAX_BYTES)
		r = refuse(parsing, "the folder of the socket is longer than %d bytes", FOLDER_MAX_BYTES);
	else if (name[0] == '/' && !utf8_is_clean(name, strlen(name)))
		r = refuse(parsing, "the folder of the socket is not valid UTF-8 text");
	else if (!*name)
		r = refuse(parsing, "a host is missing, " EXAMPLE);
	else if (name[0] != '/' && inet_pton(AF_INET6, name, address) != 1 &&
			(!has_only(name, LETTERS DIGITS "-._") || strlen(name) > HOST_MAX_BYTES))
		r = refuse(parsing, "a host has letters, digits, hyphens and dots; an international name is "
				    "written "
				    "as xn--, an IPv6 address as [::1], and the folder of a socket as "
				    "?host=" DATABASE_SOCKET_FOLDER);
	if (r < 0) {
		free(name);
		return r;
	}
	if (name[0] != '/')
		for (char *byte = name; *byte; byte++)
			if (*byte >= 'A' && *byte <= 'Z')
				*byte = (char)(*byte - 'A' + 'a');
	config->hosts[config->host_count++] = (struct database_host){name, port};
	return 0;
}

/* "host", "host:port", "[v6]" or "[v6]:port", of length bytes. */
static int parse_host(struct parsing *parsing, const char *text, size_t length)
{
	const char *after = text + length, *start = text, *end, *rest;
	unsigned port = DATABASE_PORT_DEFAULT;
	unsigned char address[16];
	char *name = NULL;
	bool is_v6 = length && *text == '[';
	int r = 0;

	start += is_v6;
	end = memchr(start, is_v6 ? ']' : ':', (size_t)(after - start));
	if (!end && is_v6)
		return refuse(parsing, "an IPv6 address needs both brackets, as in [::1]:5432");
	end = end ? end : after;
	rest = end + is_v6;
	if (rest < after && (*rest != ':' || memchr(rest + 1, ':', (size_t)(after - rest - 1))))
		return refuse(parsing, "an IPv6 address needs brackets, as in [::1]:5432");
	if (rest < after)
		r = parse_port(parsing, rest + 1, (size_t)(after - rest - 1), &port);
	if (r == 0)
		r = decode(parsing, "the host", start, (size_t)(end - start), &name);
	if (r == 0 && is_v6 && inet_pton(AF_INET6, name, address) != 1) {
		free(name);
		return refuse(parsing, "the text between the brackets is not an IPv6 address");
	}
	return r ? r : add_host(parsing, name, port);
}

/* Split at the commas. */
static int parse_hosts(struct parsing *parsing, const char *text, size_t length)
{
	const char *end = text + length;
	int r = 0;

	while (r == 0 && text <= end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		size_t part = (size_t)((comma ? comma : end) - text);

		r = parse_host(parsing, text, part);
		text += part + 1;
	}
	return r;
}

/* ?host=a,/run/postgresql: without ports. */
static int add_named_hosts(struct parsing *parsing, unsigned port)
{
	const char *text = parsing->names;
	int r = 0;

	while (r == 0) {
		size_t length = strcspn(text, ",");
		char *name = str_copy_bytes(text, length);

		r = name ? add_host(parsing, name, port) : -ENOMEM;
		if (!text[length])
			break;
		text += length + 1;
	}
	return r;
}

/* What is between the user and the path, when ?host= may replace the hosts. */
static int parse_authority(struct parsing *parsing, const char *text, size_t length)
{
	unsigned port = parsing->port ? parsing->port : DATABASE_PORT_DEFAULT;
	int r = 0;

	if (length && parsing->port)
		return refuse(parsing, "the port is given twice; remove \"port\" after the question mark");
	if (length && *text == ':' && !memchr(text + 1, ':', length - 1)) { /* no host, but a port */
		r = parse_port(parsing, text + 1, length - 1, &port);
		length = 0;
	}
	if (r == 0 && length && parsing->names)
		r = refuse(parsing, "the host is given twice; remove \"host\" after the question mark");
	else if (r == 0 && parsing->names)
		r = add_named_hosts(parsing, port);
	else if (r == 0 && length)
		r = parse_hosts(parsing, text, length);
	else if (r == 0) {
		char *name = str_copy(DATABASE_SOCKET_FOLDER);

		r = name ? add_host(parsing, name, port) : -ENOMEM;
	}
	return r;
}

/* ---------------------------------------------------------------- options */

static int set_sslmode(struct parsing *parsing, const char *value)
{
	static const char *const weaker[] = {"prefer", "allow", "require", "verify-ca"};

	if (parsing->has_sslmode)
		return refuse(parsing, "\"sslmode\" is given twice; remove one of the two");
	parsing->has_sslmode = true;
	parsing->is_disabled = str_equal(value, "disable");
	if (parsing->is_disabled || str_equal(value, "verify-full"))
		return 0;
	for (size_t i = 0; i < COUNT_OF(weaker); i++)
		if (str_equal(value, weaker[i]))
			return refuse(parsing,
					"sslmode=%s does not verify that the server is the one that is "
					"named; "
					"remove it (verify-full is the default), and name a CA of your own "
					"as "
					"\"database\": {\"ca_file\": ...}",
					weaker[i]);
	return refuse(parsing,
			"\"sslmode\" is verify-full, which is the default, or disable on this machine");
}

static int set_host(struct parsing *parsing, const char *value)
{
	if (parsing->names)
		return refuse(parsing, "\"host\" is given twice; separate several hosts by commas");
	parsing->names = str_copy(value);
	return parsing->names ? 0 : -ENOMEM;
}

static int set_port(struct parsing *parsing, const char *value)
{
	return parse_port(parsing, value, strlen(value), &parsing->port);
}

static int set_target(struct parsing *parsing, const char *value)
{
	if (str_equal(value, "read-write") || str_equal(value, "primary"))
		return 0;
	return refuse(parsing,
			"\"target_session_attrs\" can be read-write only, which is the default; remove it");
}

static int set_password(struct parsing *parsing, const char *value)
{
	(void)value;
	return refuse_password(parsing);
}

static int set_file(struct parsing *parsing, const char *value)
{
	(void)value;
	return refuse(parsing, "the files of TLS are keys of \"database\": \"ca_file\" for sslrootcert, "
			       "\"certificate\" for sslcert, \"key\" for sslkey");
}

static int set_name(struct parsing *parsing, const char *value)
{
	(void)value;
	return refuse(parsing, "user and database are not options; write them " EXAMPLE);
}

static const struct {
	const char *name;
	int (*set)(struct parsing *parsing, const char *value);
} options[] = {
		{"sslmode", set_sslmode},
		{"host", set_host},
		{"port", set_port},
		{"target_session_attrs", set_target},
		{"password", set_password},
		{"sslpassword", set_password},
		{"passfile", set_password},
		{"sslrootcert", set_file},
		{"sslcert", set_file},
		{"sslkey", set_file},
		{"user", set_name},
		{"dbname", set_name},
};

static int refuse_option(struct parsing *parsing, const char *name, size_t length)
{
	bool is_word = length && length <= OPTION_MAX_BYTES && strspn(name, LETTERS "_") >= length;

	return refuse(parsing,
			"the option%s%.*s%s is unknown; there are sslmode, host, port and "
			"target_session_attrs",
			is_word ? " \"" : "", is_word ? (int)length : 0, name, is_word ? "\"" : "");
}

static int parse_option(struct parsing *parsing, const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length);
	size_t name = equals ? (size_t)(equals - text) : length;
	char *value = NULL;
	int r;

	for (size_t i = 0; i < COUNT_OF(options); i++) {
		if (!equals || strlen(options[i].name) != name || strncmp(options[i].name, text, name) != 0)
			continue;
		r = decode(parsing, "an option", equals + 1, length - name - 1, &value);
		if (r == 0)
			r = options[i].set(parsing, value);
		free(value);
		return r;
	}
	return equals ? refuse_option(parsing, text, name)
		      : refuse(parsing, "an option is NAME=VALUE, as in ?sslmode=verify-full");
}

static int parse_options(struct parsing *parsing, const char *text)
{
	int r = 0;

	while (r == 0 && *text) {
		size_t length = strcspn(text, "&");

		r = parse_option(parsing, text, length);
		text += length + (text[length] == '&');
	}
	return r;
}

/* ---------------------------------------------------------------- the whole */

static int check_tls(struct parsing *parsing)
{
	struct database_config *config = &parsing->config;
	bool is_all_sockets = true;

	for (size_t i = 0; i < config->host_count; i++) {
		is_all_sockets = is_all_sockets && database_host_is_socket(&config->hosts[i]);
		if (parsing->is_disabled && !database_host_is_local(&config->hosts[i]))
			return refuse(parsing, "sslmode=disable is for a database on this machine only; "
					       "remove it, and "
					       "give the server a certificate");
	}
	config->is_plain = parsing->is_disabled || is_all_sockets;
	return 0;
}

/* The user, and the password that must not be there. at: the "@", or NULL. */
static int parse_user(struct parsing *parsing, const char *text, const char *at)
{
	struct database_config *config = &parsing->config;

	if (!at || at == text)
		return refuse(parsing, "the user is missing, " EXAMPLE);
	return parse_name(parsing, "the user", text, (size_t)(at - text), &config->user);
}

/* A password may contain what divides a URL; then the problem is the password, and not what seems to follow it. */
static bool has_password(const char *rest, size_t authority)
{
	const char *colon = memchr(rest, ':', authority), *at = memchr(rest, '@', authority);

	if (!colon)
		return false;
	return at ? memrchr(colon, '@', authority - (size_t)(colon - rest)) != NULL
		  : strchr(colon, '@') != NULL;
}

void database_config_release(struct database_config *config)
{
	for (size_t i = 0; i < config->host_count; i++)
		free(config->hosts[i].name);
	free(config->url);
	free(config->user);
	free(config->database);
	if (config->password)
		explicit_bzero(config->password, strlen(config->password));
	free(config->password);
	free(config->ca_file);
	free(config->certificate);
	free(config->key);
	free(config->host);
	*config = (struct database_config){0};
}

static int parse_rest(struct parsing *parsing, const char *rest)
{
	struct database_config *config = &parsing->config;
	size_t length = strcspn(rest, "/?#"), name_length;
	const char *at = memchr(rest, '@', length), *path = rest + length;
	int r;

	if (has_password(rest, length))
		return refuse_password(parsing);
	if (strchr(rest, '#'))
		return refuse(parsing, "a URL of a database has no # part; a # in a name is written %%23");
	r = parse_user(parsing, rest, at);
	path += *path == '/';
	name_length = strcspn(path, "?");
	if (r == 0 && memchr(path, '/', name_length))
		r = refuse(parsing, "one name follows the host, of the database, " EXAMPLE);
	if (r == 0 && path[name_length])
		r = parse_options(parsing, path + name_length + 1);
	if (r == 0)
		r = parse_authority(parsing, at + 1, length - (size_t)(at + 1 - rest));
	if (r == 0 && name_length)
		r = parse_name(parsing, "the database", path, name_length, &config->database);
	else if (r == 0 && !(config->database = str_copy(config->user)))
		r = -ENOMEM;
	return r ? r : check_tls(parsing);
}

int database_url_parse(
		const char *text, struct database_config *ret, char ret_problem[DATABASE_URL_PROBLEM_BYTES])
{
	struct parsing parsing = {.problem = ret_problem};
	const char *rest = text;
	int r = parse_scheme(&parsing, text, &rest);

	if (r == 0)
		r = parse_rest(&parsing, rest);
	if (r == 0 && !(parsing.config.url = str_copy(text)))
		r = -ENOMEM;
	free(parsing.names);
	if (r < 0) {
		database_config_release(&parsing.config);
		return r;
	}
	*ret = parsing.config;
	return 0;
}
