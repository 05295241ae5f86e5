/* Refused connections: each message of libpq 15 and PostgreSQL 15 becomes one line with a fix. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/postgres/refusal.h"

static struct database_config config;

static void use(const char *host, unsigned port, bool is_plain)
{
	static char user[] = "bot", database[] = "state", name[128];

	snprintf(name, sizeof(name), "%s", host);
	config = (struct database_config){.hosts = {{name, port}},
			.host_count = 1,
			.user = user,
			.database = database,
			.is_plain = is_plain};
}

static void expect(const char *message, int error, const char *text)
{
	char found[REFUSAL_BYTES];

	assert_int_equal(refusal_describe(&config, config.hosts, message, found), error);
	assert_string_equal(found, text);
}

#define TO_DB     "connection to server at \"db\" (10.0.0.1), port 5432 failed: "
#define TO_SOCKET "connection to server on socket \"/run/postgresql/.s.PGSQL.5432\" failed: "
#define TO_LOCAL  "connection to server at \"127.0.0.1\", port 5432 failed: "
#define PLACE     "\nLOCATION:  auth_failed, auth.c:335\n"

static void the_server_refuses(void **state)
{
	(void)state;
	use("db", 5432, false);
	expect(TO_DB "FATAL:  28P01: password authentication failed for user \"bot\"" PLACE, -EACCES,
			"db:5432: the server refuses the user \"bot\" or its password; store the right one "
			"with "
			"\"episoded secret set state-password\", or create the role: CREATE ROLE bot LOGIN "
			"PASSWORD "
			"'...'");
	expect(TO_DB "FATAL:  28000: no pg_hba.conf entry for host \"10.0.0.7\", user \"bot\", database "
		     "\"state\", "
		     "SSL encryption" PLACE,
			-EACCES,
			"db:5432: no pg_hba.conf entry for host \"10.0.0.7\", user \"bot\", database "
			"\"state\", SSL "
			"encryption; add a line \"hostssl state bot ADDRESS/32 scram-sha-256\" to "
			"pg_hba.conf of "
			"the server, and reload it");
	expect(TO_DB "FATAL:  28000: role \"bot\" does not exist" PLACE, -EACCES,
			"db:5432: the role \"bot\" does not exist; create it: CREATE ROLE bot LOGIN");
	expect(TO_DB "FATAL:  28000: role \"bot\" is not permitted to log in" PLACE, -EACCES,
			"db:5432: the role \"bot\" may not log in; allow it: ALTER ROLE bot LOGIN");
	expect(TO_DB "FATAL:  3D000: database \"state\" does not exist" PLACE, -EACCES,
			"db:5432: the database \"state\" does not exist; create it: createdb -E UTF8 -T "
			"template0 -O "
			"bot state");
	expect(TO_DB "FATAL:  42501: permission denied for database \"state\"\nDETAIL:  User does not have "
		     "CONNECT "
		     "privilege." PLACE,
			-EACCES,
			"db:5432: permission denied for database \"state\"; allow it: GRANT CONNECT ON "
			"DATABASE state "
			"TO bot");
	expect(TO_DB "FATAL:  53300: sorry, too many clients already" PLACE, -EAGAIN,
			"db:5432: sorry, too many clients already; raise max_connections of the server (each "
			"process "
			"of the bot needs 2), or the limit of the role");
	expect(TO_DB "FATAL:  57P03: the database system is starting up" PLACE, -EAGAIN,
			"db:5432: the database system is starting up; try again in a moment");
	expect(TO_DB "FATAL:  XX000: something else" PLACE, -EAGAIN, "db:5432: something else");
	expect(TO_DB "session is read-only\n", -EAGAIN,
			"db:5432: the server is a standby, which cannot be written to; name the primary in "
			"\"state\", "
			"too: postgresql://bot@db,OTHER/state");
}

/* The server's words are in the language of its lc_messages: the SQLSTATE is what can be read. */
static void a_server_that_speaks_german(void **state)
{
	(void)state;
	use("db", 5432, false);
	expect(TO_DB "FATAL:  28P01: Passwort-Authentifizierung für Benutzer »bot« fehlgeschlagen" PLACE,
			-EACCES,
			"db:5432: the server refuses the user \"bot\" or its password; store the right one "
			"with "
			"\"episoded secret set state-password\", or create the role: CREATE ROLE bot LOGIN "
			"PASSWORD "
			"'...'");
	expect(TO_DB "FATAL:  3D000: Datenbank »state« existiert nicht" PLACE, -EACCES,
			"db:5432: the database \"state\" does not exist; create it: createdb -E UTF8 -T "
			"template0 -O "
			"bot state");
	expect(TO_DB "FATAL:  28000: Rolle »bot« existiert nicht" PLACE, -EACCES,
			"db:5432: Rolle »bot« existiert nicht; check the user in the URL (CREATE ROLE bot "
			"LOGIN) and "
			"pg_hba.conf of the server");
}

static void tls(void **state)
{
	(void)state;
	use("db", 5432, false);
	expect(TO_DB "server does not support SSL, but SSL was required\n", -EACCES,
			"db:5432: the server has no TLS; set ssl = on, with a certificate for \"db\", in its "
			"postgresql.conf");
	expect(TO_DB "server certificate for \"other\" does not match host name \"db\"\n", -EACCES,
			"db:5432: server certificate for \"other\" does not match host name \"db\"; name the "
			"server in "
			"the URL as in its certificate, or give it one for \"db\"");
	expect(TO_DB "SSL error: certificate verify failed\n", -EACCES,
			"db:5432: the server's certificate is not signed by a CA that is trusted here, or "
			"has expired; "
			"name its CA as \"database\": {\"ca_file\": \"path\"}");
	expect(TO_DB "SSL error: tlsv13 alert certificate required\n", -EACCES,
			"db:5432: the server asks for a client certificate; name it as \"database\": "
			"{\"certificate\": "
			"..., \"key\": ...}");
	expect(TO_DB "private key file \"/k.pem\" has group or world access; file must have permissions u=rw "
		     "(0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or less if "
		     "owned "
		     "by root\n",
			-EACCES,
			"db:5432: private key file \"/k.pem\" has group or world access; file must have "
			"permissions "
			"u=rw (0600) or less if owned by the current user, or permissions u=rw,g=r (0640) or "
			"less if "
			"owned by root; run chmod 600 on the file of \"key\"");
	use("127.0.0.1", 5432, false);
	expect(TO_LOCAL "server does not support SSL, but SSL was required\n", -EACCES,
			"127.0.0.1:5432: the server has no TLS; as it is on this machine, add "
			"?sslmode=disable to the "
			"URL, or connect to its socket with ?host=/run/postgresql");
}

static void there_is_no_server(void **state)
{
	(void)state;
	use("db", 5432, false);
	expect("could not translate host name \"db\" to address: Name or service not known\n", -EAGAIN,
			"db:5432: the host name \"db\" is unknown; correct it in \"state\", or see to the "
			"DNS");
	expect(TO_DB "Connection refused\n\tIs the server running on that host and accepting TCP/IP "
		     "connections?\n",
			-EAGAIN,
			"db:5432: no server listens there; start PostgreSQL, and compare its "
			"listen_addresses and "
			"port");
	expect("timeout expired", -EAGAIN,
			"db:5432: no answer in time; does a firewall block it, or is the address wrong?");
	expect(TO_DB "received invalid response to SSL negotiation: H\n", -EACCES,
			"db:5432: it is no PostgreSQL; correct host and port in \"state\"");
	expect("", -EAGAIN, "db:5432: the connection broke");
	use("::1", 5432, false);
	expect("timeout expired", -EAGAIN,
			"[::1]:5432: no answer in time; does a firewall block it, or is the address wrong?");
}

static void on_a_socket(void **state)
{
	(void)state;
	use("/run/postgresql", 5432, true);
	expect(TO_SOCKET "No such file or directory\n\tIs the server running locally and accepting "
			 "connections on "
			 "that socket?\n",
			-EAGAIN,
			"/run/postgresql/.s.PGSQL.5432: no server has its socket there; start PostgreSQL, or "
			"correct "
			"the folder (its unix_socket_directories)");
	expect(TO_SOCKET "FATAL:  28000: Peer authentication failed for user \"bot\"" PLACE, -EACCES,
			"/run/postgresql/.s.PGSQL.5432: the socket lets in only the system's user of the "
			"role's name; "
			"run the bot as \"bot\", or map its user to the role in pg_ident.conf of the server");
	expect(TO_SOCKET "FATAL:  28000: no pg_hba.conf entry for host \"[local]\", user \"bot\", database "
			 "\"state\", no encryption" PLACE,
			-EACCES,
			"/run/postgresql/.s.PGSQL.5432: no pg_hba.conf entry for host \"[local]\", user "
			"\"bot\", "
			"database \"state\", no encryption; add a line \"local state bot peer\" to "
			"pg_hba.conf of the "
			"server, and reload it");
	expect(TO_SOCKET "fe_sendauth: no password supplied\n", -EACCES,
			"/run/postgresql/.s.PGSQL.5432: the server asks for the password of \"bot\"; store "
			"it with "
			"\"episoded secret set state-password\"");
}

/* A server can send any bytes. */
static void hostile_words(void **state)
{
	char found[REFUSAL_BYTES], message[4000];

	(void)state;
	use("db", 5432, false);
	expect(TO_DB "FATAL:  XX000: a\x1b[31mb\x07" PLACE, -EAGAIN, "db:5432: a [31mb ");
	memset(message, 'x', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	assert_int_equal(refusal_describe(&config, config.hosts, message, found), -EAGAIN);
	assert_true(strlen(found) < REFUSAL_BYTES);
	expect("FATAL:  28P0", -EAGAIN, "db:5432: FATAL:  28P0");
	expect(":  ", -EAGAIN, "db:5432: :  ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(the_server_refuses),
			cmocka_unit_test(a_server_that_speaks_german),
			cmocka_unit_test(tls),
			cmocka_unit_test(there_is_no_server),
			cmocka_unit_test(on_a_socket),
			cmocka_unit_test(hostile_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
