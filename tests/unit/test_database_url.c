/* URLs of a PostgreSQL: what each means, and what is wrong with others. No problem quotes a password. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/config/database_url.h"

/* "user database host:port host:port plain" */
static void expect(const char *url, const char *meaning)
{
	char problem[DATABASE_URL_PROBLEM_BYTES] = "";
	struct str found = STR(4096);
	struct database_config config = {0};

	if (database_url_parse(url, &config, problem) < 0)
		fail_msg("%s: %s", url, problem);
	assert_true(database_url_is(url));
	str_printf(&found, "%s %s", config.user, config.database);
	for (size_t i = 0; i < config.host_count; i++)
		str_printf(&found, " %s:%u", config.hosts[i].name, config.hosts[i].port);
	str_append(&found, config.is_plain ? " plain" : "");
	assert_string_equal(str_text(&found), meaning);
	assert_string_equal(config.url, url);
	str_release(&found);
	database_config_release(&config);
}

static void refuse(const char *url, const char *part)
{
	char problem[DATABASE_URL_PROBLEM_BYTES] = "";
	struct database_config config = {0};

	assert_true(database_url_is(url));
	assert_int_equal(database_url_parse(url, &config, problem), -EBADMSG);
	if (!strstr(problem, part))
		fail_msg("%s: \"%s\" is not in \"%s\"", url, part, problem);
	assert_null(strstr(problem, "sesame"));
	assert_null(config.url);
}

static void meanings(void **state)
{
	(void)state;
	expect("postgresql://episoded@db/episoded", "episoded episoded db:5432");
	expect("postgres://bot@DB.example.org:6432/state", "bot state db.example.org:6432");
	expect("PostgreSQL://bot@db", "bot bot db:5432");
	expect("postgresql://bot@db/", "bot bot db:5432");
	expect("postgresql://bot@a:5433,b,[::1]:7/x", "bot x a:5433 b:5432 ::1:7");
	expect("postgresql://a%40b@db/with%20space", "a@b with space db:5432");
	expect("postgresql://bot@db/x?sslmode=verify-full", "bot x db:5432");
	expect("postgresql://bot@db/x?target_session_attrs=read-write&sslmode=verify-full", "bot x db:5432");
	expect("postgresql://bot@db/x?", "bot x db:5432");
}

static void without_tls_on_this_machine_only(void **state)
{
	(void)state;
	expect("postgresql://bot@/x", "bot x /run/postgresql:5432 plain");
	expect("postgresql://bot@/x?host=/run/postgresql", "bot x /run/postgresql:5432 plain");
	expect("postgresql://bot@/x?host=/tmp&port=5433", "bot x /tmp:5433 plain");
	expect("postgresql://bot@:5433/x?host=/tmp", "bot x /tmp:5433 plain");
	expect("postgresql://bot@%2Frun%2Fpostgresql:5433/x", "bot x /run/postgresql:5433 plain");
	expect("postgresql://bot@/x?host=db,/tmp", "bot x db:5432 /tmp:5432");
	expect("postgresql://bot@localhost/x", "bot x localhost:5432");
	expect("postgresql://bot@localhost/x?sslmode=disable", "bot x localhost:5432 plain");
	expect("postgresql://bot@127.0.0.2,[::1]/x?sslmode=disable", "bot x 127.0.0.2:5432 ::1:5432 plain");
	refuse("postgresql://bot@db/x?sslmode=disable", "on this machine only");
	refuse("postgresql://bot@localhost,10.0.0.1/x?sslmode=disable", "on this machine only");
	refuse("postgresql://bot@localhost.example.org/x?sslmode=disable", "on this machine only");
	refuse("postgresql://bot@[::2]/x?sslmode=disable", "on this machine only");
}

static void weaker_modes_are_refused_by_name(void **state)
{
	(void)state;
	refuse("postgresql://bot@db/x?sslmode=prefer", "sslmode=prefer does not verify");
	refuse("postgresql://bot@db/x?sslmode=allow", "sslmode=allow does not verify");
	refuse("postgresql://bot@db/x?sslmode=require", "sslmode=require does not verify");
	refuse("postgresql://bot@db/x?sslmode=verify-ca", "sslmode=verify-ca does not verify");
	refuse("postgresql://bot@db/x?sslmode=verify_full", "verify-full");
	refuse("postgresql://bot@db/x?sslmode=", "verify-full");
	refuse("postgresql://bot@localhost/x?sslmode=disable&sslmode=disable", "twice");
}

static void a_password_is_refused_wherever_it_is(void **state)
{
	static const char advice[] = "episoded secret set state-password";

	(void)state;
	refuse("postgresql://bot:sesame@db/x", advice);
	refuse("postgresql://bot:@db/x", advice);
	refuse("postgresql://:sesame@db/x", advice);
	refuse("postgresql://bot:ses/sesame@db/x", advice);
	refuse("postgresql://bot:ses?sesame@db/x", advice);
	refuse("postgresql://bot:ses#sesame@db/x", advice);
	refuse("postgresql://bot:12@sesame@db/x", advice);
	refuse("postgresql://bot@server:sesame@db/x", advice);
	refuse("postgresql://bot:sesame@db:5432,b:5433/x", advice);
	refuse("postgresql://bot@db/x?password=sesame", advice);
	refuse("postgresql://bot@db/x?sslmode=verify-full&password=sesame", advice);
	refuse("postgresql://bot@db/x?sslpassword=sesame", advice);
	refuse("postgresql://bot@db/x?passfile=sesame", advice);
}

static void problems(void **state)
{
	(void)state;
	refuse("mysql://bot@db/x", "begins with postgresql://");
	refuse("sqlite:///var/lib/episoded", "a folder has no scheme");
	refuse("postgresql:bot@db/x", "begins with postgresql://");
	refuse("postgresql:/bot@db/x", "begins with postgresql://");
	refuse("postgresqI://bot@db/x", "begins with postgresql://");
	refuse("https://db.example.org/x", "begins with postgresql://");
	refuse("postgresql://db/x", "the user is missing");
	refuse("postgresql://@db/x", "the user is missing");
	refuse("postgresql://", "the user is missing");
	refuse("postgresql:///x", "the user is missing");
	refuse("postgresql://bot@db:0/x", "from 1 to 65535");
	refuse("postgresql://bot@db:65536/x", "from 1 to 65535");
	refuse("postgresql://bot@db:/x", "from 1 to 65535");
	refuse("postgresql://bot@db:5 432/x", "no spaces");
	refuse("postgresql://bot@::1/x", "brackets");
	refuse("postgresql://bot@[::1/x", "both brackets");
	refuse("postgresql://bot@[db]/x", "not an IPv6 address");
	refuse("postgresql://bot@a,,b/x", "a host is missing");
	refuse("postgresql://bot@a,/x", "a host is missing");
	refuse("postgresql://bot@d_b!/x", "letters, digits, hyphens and dots");
	refuse("postgresql://bot@1,2,3,4,5,6,7,8,9/x", "more than 8 hosts");
	refuse("postgresql://bot@db/x/y", "one name follows the host");
	refuse("postgresql://bot@db/x#y", "no # part");
	refuse("postgresql://bot@db/%zz", "wrong %");
	refuse("postgresql://bot@db/%4", "wrong %");
	refuse("postgresql://bot@db/%00", "wrong %");
	refuse("postgresql://b%ff@db/x", "not valid UTF-8");
	refuse("postgresql://bot@db/x?host=a", "host is given twice");
	refuse("postgresql://bot@/x?host=a&host=b", "twice");
	refuse("postgresql://bot@db:1/x?port=2", "port is given twice");
	refuse("postgresql://bot@db/x?connect_timeout=3", "\"connect_timeout\" is unknown");
	refuse("postgresql://bot@db/x?sslmod=require", "\"sslmod\" is unknown; there are sslmode");
	refuse("postgresql://bot@db/x?sslmode", "NAME=VALUE");
	refuse("postgresql://bot@db/x?sslrootcert=/ca.pem", "\"ca_file\" for sslrootcert");
	refuse("postgresql://bot@db/x?user=me", "not options");
	refuse("postgresql://bot@db/x?target_session_attrs=any", "read-write only");
}

static void a_folder_is_no_url(void **state)
{
	static const char *const folders[] = {"", "/var/lib/episoded", "state", "./postgresql", "postgresql",
			"pg/state", "a:b", "C:/state"};

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_false(database_url_is(folders[i]));
}

/* Every prefix of a URL ends in a meaning or a problem, without reading beyond it. */
static void every_prefix_is_read(void **state)
{
	static const char url[] =
			"postgresql://b%6ft@[::1]:5433,db:6/na%20me?sslmode=verify-full&host=%2Ftmp";
	char problem[DATABASE_URL_PROBLEM_BYTES];

	(void)state;
	for (size_t length = 0; length < sizeof(url); length++) {
		struct database_config config = {0};
		char *prefix = str_copy_bytes(url, length);

		assert_non_null(prefix);
		problem[0] = '\0';
		if (database_url_parse(prefix, &config, problem) == 0)
			database_config_release(&config);
		else
			assert_true(problem[0]);
		free(prefix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(meanings),
			cmocka_unit_test(without_tls_on_this_machine_only),
			cmocka_unit_test(weaker_modes_are_refused_by_name),
			cmocka_unit_test(a_password_is_refused_wherever_it_is),
			cmocka_unit_test(problems),
			cmocka_unit_test(a_folder_is_no_url),
			cmocka_unit_test(every_prefix_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
