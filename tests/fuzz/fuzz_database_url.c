/*
 * The URL of a PostgreSQL. What is accepted can be given to libpq; what is refused has a problem of one clean line that
 * quotes no password: the input is also tried after, and inside, a password.
 */

#include <errno.h>

#include "bot/config/database_url.h"
#include "tests/fuzz/fuzzed.h"

#define PASSWORD "pa55word"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_accepted(const struct database_config *config, const char *url)
{
	assert(str_equal(config->url, url) && *config->user && *config->database && !config->password);
	assert(config->host_count > 0 && config->host_count <= DATABASE_HOSTS_MAX);
	fuzzed_check_line(config->user);
	fuzzed_check_line(config->database);
	for (size_t i = 0; i < config->host_count; i++) {
		const struct database_host *host = &config->hosts[i];

		assert(*host->name && host->port > 0 && host->port < 65536);
		fuzzed_check_line(host->name);
		assert(!strchr(host->name, ',')); /* libpq divides a list there */
		assert(!config->is_plain || database_host_is_local(host));
	}
}

static void check(const char *url, const char *password)
{
	char problem[DATABASE_URL_PROBLEM_BYTES] = "";
	struct database_config config = {0};
	int r = database_url_parse(url, &config, problem);

	assert(r == 0 || r == -EBADMSG);
	assert(database_url_is(url) || r == -EBADMSG);
	if (r == 0) {
		assert(!password);
		check_accepted(&config, url);
		database_config_release(&config);
	} else {
		assert(*problem);
		fuzzed_check_line(problem);
		assert(!password || !strstr(problem, PASSWORD));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str secret = STR(8192);
	char *url;

	if (size > 2000)
		return 0;
	url = fuzzed_text((const char *)data, size);
	check(url, NULL);
	/* The same bytes after a user with a password. */
	str_printf(&secret, "postgresql://bot:%s@%s", PASSWORD, url);
	check(str_text(&secret), PASSWORD);
	/* And around it. */
	str_clear(&secret);
	str_printf(&secret, "postgresql://bot:%s%s@db/x", url, PASSWORD);
	if (!strpbrk(url, "@"))
		check(str_text(&secret), PASSWORD);
	str_release(&secret);
	free(url);
	return 0;
}
