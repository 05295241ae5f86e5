/* Refused connections in words. */

#include "bot/postgres/refusal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bot/base/str.h"
#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/config/database_url.h"

#define STATE_BYTES    5 /* of an SQLSTATE */
#define WHY_MAX_BYTES  300
#define STATE_ALPHABET "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* Where the server may be. A case without a scope is of both. */
enum scope { SCOPE_ANY, SCOPE_SOCKET, SCOPE_LOCAL };

/*
 * The first that fits is taken. state: the SQLSTATE; NULL: without one. words: a part of the message, in English: of
 * libpq, which is not translated, or of the server, whose words for a case may be missing. {why} is the message.
 */
static const struct refusal {
	const char *state, *words;
	bool is_final;
	enum scope scope;
	const char *text;
} refusals[] = {
		{"28P01", "", true, SCOPE_ANY,
				"the server refuses the user \"{user}\" or its password; store the right one "
				"with "
				"\"episoded secret set " DATABASE_CREDENTIAL
				"\", or create the role: CREATE ROLE {user} LOGIN PASSWORD '...'"},
		{"28000", "requires a valid client certificate", true, SCOPE_ANY,
				"the server asks for a client certificate; name it as \"database\": "
				"{\"certificate\": "
				"..., \"key\": ...}"},
		{"28000", "Peer authentication", true, SCOPE_ANY,
				"the socket lets in only the system's user of the role's name; run the bot "
				"as "
				"\"{user}\", or map its user to the role in pg_ident.conf of the server"},
		{"28000", "ertificate authentication", true, SCOPE_ANY,
				"{why}; the common name of \"certificate\" must be \"{user}\""},
		{"28000", "is not permitted to log in", true, SCOPE_ANY,
				"the role \"{user}\" may not log in; allow it: ALTER ROLE {user} LOGIN"},
		{"28000", "pg_hba.conf", true, SCOPE_SOCKET,
				"{why}; add a line \"local {database} {user} peer\" to pg_hba.conf of the "
				"server, and "
				"reload it"},
		{"28000", "pg_hba.conf", true, SCOPE_ANY,
				"{why}; add a line \"{line} {database} {user} ADDRESS/32 scram-sha-256\" to "
				"pg_hba.conf of the server, and reload it"},
		{"28000", "does not exist", true, SCOPE_ANY,
				"the role \"{user}\" does not exist; create it: CREATE ROLE {user} LOGIN"},
		{"28", "", true, SCOPE_ANY,
				"{why}; check the user in the URL (CREATE ROLE {user} LOGIN) and pg_hba.conf "
				"of the "
				"server"},
		{"3D000", "", true, SCOPE_ANY,
				"the database \"{database}\" does not exist; create it: createdb -E UTF8 -T "
				"template0 "
				"-O {user} {database}"},
		{"42501", "", true, SCOPE_ANY,
				"{why}; allow it: GRANT CONNECT ON DATABASE {database} TO {user}"},
		{"53300", "", false, SCOPE_ANY,
				"{why}; raise max_connections of the server (each process of the bot needs "
				"2), or the "
				"limit of the role"},
		{"57P03", "", false, SCOPE_ANY, "{why}; try again in a moment"},
		{"", "", false, SCOPE_ANY, "{why}"}, /* any other SQLSTATE */

		{NULL, "no password supplied", true, SCOPE_ANY,
				"the server asks for the password of \"{user}\"; store it with \"episoded "
				"secret set " DATABASE_CREDENTIAL "\""},
		{NULL, "session is read-only", false, SCOPE_ANY,
				"the server is a standby, which cannot be written to; name the primary in "
				"\"state\", "
				"too: postgresql://{user}@{host},OTHER/{database}"},
		{NULL, "server is in hot standby mode", false, SCOPE_ANY,
				"the server is a standby, which cannot be written to; name the primary in "
				"\"state\", "
				"too: postgresql://{user}@{host},OTHER/{database}"},
		{NULL, "does not support SSL", true, SCOPE_LOCAL,
				"the server has no TLS; as it is on this machine, add ?sslmode=disable to "
				"the URL, or "
				"connect to its socket with ?host=" DATABASE_SOCKET_FOLDER},
		{NULL, "does not support SSL", true, SCOPE_ANY,
				"the server has no TLS; set ssl = on, with a certificate for \"{host}\", in "
				"its "
				"postgresql.conf"},
		{NULL, "does not match host name", true, SCOPE_ANY,
				"{why}; name the server in the URL as in its certificate, or give it one for "
				"\"{host}\""},
		{NULL, "certificate verify failed", true, SCOPE_ANY,
				"the server's certificate is not signed by a CA that is trusted here, or has "
				"expired; "
				"name its CA as \"database\": {\"ca_file\": \"path\"}"},
		{NULL, "root certificate file", true, SCOPE_ANY,
				"the file of CAs cannot be used ({why}); name a PEM file as \"database\": "
				"{\"ca_file\": \"path\"}"},
		{NULL, "has group or world access", true, SCOPE_ANY,
				"{why}; run chmod 600 on the file of \"key\""},
		{NULL, "private key file", true, SCOPE_ANY,
				"{why}; \"key\" of \"database\" must be the PEM file of the certificate's "
				"key"},
		{NULL, "certificate file", true, SCOPE_ANY,
				"{why}; \"certificate\" of \"database\" must be a PEM file"},
		{NULL, "alert certificate required", true, SCOPE_ANY,
				"the server asks for a client certificate; name it as \"database\": "
				"{\"certificate\": "
				"..., \"key\": ...}"},
		{NULL, "alert unknown ca", true, SCOPE_ANY,
				"the server does not know the CA of \"certificate\"; add that CA to its "
				"ssl_ca_file"},
		{NULL, "unexpected eof", false, SCOPE_ANY, "{why}"}, /* a server that shuts down */
		{NULL, "SSL error", true, SCOPE_ANY,
				"no TLS with this server: {why}; is it a PostgreSQL with ssl = on?"},
		{NULL, "could not translate host name", false, SCOPE_ANY,
				"the host name \"{host}\" is unknown; correct it in \"state\", or see to the "
				"DNS"},
		{NULL, "Connection refused", false, SCOPE_ANY,
				"no server listens there; start PostgreSQL, and compare its listen_addresses "
				"and port"},
		{NULL, "No such file or directory", false, SCOPE_SOCKET,
				"no server has its socket there; start PostgreSQL, or correct the folder "
				"(its "
				"unix_socket_directories)"},
		{NULL, "Permission denied", true, SCOPE_SOCKET,
				"this user may not use the socket; see unix_socket_permissions of the "
				"server"},
		{NULL, "timeout expired", false, SCOPE_ANY,
				"no answer in time; does a firewall block it, or is the address wrong?"},
		{NULL, "unreachable", false, SCOPE_ANY,
				"{why}; correct the host in \"state\", or see to the network"},
		{NULL, "No route to host", false, SCOPE_ANY,
				"{why}; correct the host in \"state\", or see to the network"},
		{NULL, "invalid response to SSL negotiation", true, SCOPE_ANY,
				"it is no PostgreSQL; correct host and port in \"state\""},
		{NULL, "expected authentication request", true, SCOPE_ANY,
				"it is no PostgreSQL; correct host and port in \"state\""},
		{NULL, "", false, SCOPE_ANY, "{why}"},
};

/* ---------------------------------------------------------------- the message */

/* A message of the server: its SQLSTATE, after "FATAL:  " in some language, and its own words. NULL: libpq's own. */
static const char *find_state(const char *message, const char **ret_words)
{
	for (const char *at = strstr(message, ":  "); at; at = strstr(at + 1, ":  "))
		if (strspn(at + 3, STATE_ALPHABET) == STATE_BYTES && str_starts(at + 3 + STATE_BYTES, ": ")) {
			*ret_words = at + 3 + STATE_BYTES + 2;
			return at + 3;
		}
	return NULL;
}

/* The message without "connection to server at ... failed: ", up to the end of its line. */
static void append_why(struct str *str, const char *words)
{
	const char *end, *at = words + strcspn(words, "\n");

	if (str_starts(words, "connection to server")) {
		end = memmem(words, (size_t)(at - words), " failed: ", 9);
		words = end ? end + 9 : words;
	}
	/* Of libpq's own messages, "fe_sendauth: ..." and the like. */
	str_append_bytes(str, words,
			(size_t)(at - words) < WHY_MAX_BYTES ? (size_t)(at - words) : WHY_MAX_BYTES);
	if (!str->length)
		str_append(str, "the connection broke");
}

static bool fits(const struct refusal *refusal, const struct database_host *host, const char *state,
		const char *message)
{
	if (refusal->state ? !state || strncmp(state, refusal->state, strlen(refusal->state)) != 0 : !!state)
		return false;
	if (refusal->scope == SCOPE_SOCKET && !database_host_is_socket(host))
		return false;
	if (refusal->scope == SCOPE_LOCAL && !database_host_is_local(host))
		return false;
	return strstr(message, refusal->words) != NULL;
}

/* Replace {why}, {user}, {database}, {host} and {line}. */
static void expand(struct str *str, const char *text, const struct database_config *config,
		const struct database_host *host, const char *why)
{
	const struct {
		const char *name, *value;
	} names[] = {
			{"{why}", why},
			{"{user}", config->user},
			{"{database}", config->database},
			{"{host}", host->name},
			{"{line}", config->is_plain ? "host" : "hostssl"},
	};

	while (*text) {
		size_t length = 0;

		for (size_t i = 0; !length && i < sizeof(names) / sizeof(names[0]); i++) {
			if (!str_starts(text, names[i].name))
				continue;
			length = strlen(names[i].name);
			str_append(str, names[i].value);
		}
		if (!length)
			str_append_char(str, *text);
		text += length ? length : 1;
	}
}

int refusal_describe(const struct database_config *config, const struct database_host *host,
		const char *message, char ret[REFUSAL_BYTES])
{
	struct str why = STR(WHY_MAX_BYTES * 2), text = STR(4096);
	const struct refusal *refusal = refusals;
	const char *words = message, *state = find_state(message, &words);

	append_why(&why, words);
	while (!fits(refusal, host, state, message))
		refusal++;
	if (database_host_is_socket(host))
		str_printf(&text, "%s/.s.PGSQL.%u: ", host->name, host->port);
	else
		str_printf(&text, strchr(host->name, ':') ? "[%s]:%u: " : "%s:%u: ", host->name, host->port);
	expand(&text, refusal->text, config, host, str_text(&why));
	utf8_print(ret, REFUSAL_BYTES, "%s", str_text(&text));
	str_release(&why);
	str_release(&text);
	return refusal->is_final ? -EACCES : -EAGAIN;
}
