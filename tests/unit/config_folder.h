#ifndef EPISODED_TESTS_CONFIG_FOLDER_H
#define EPISODED_TESTS_CONFIG_FOLDER_H

/* A folder with a configuration, made for one test and deleted after it. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/config/config.h"
#include "bot/config/reader.h"
#include "bot/daemon/networks.h"
#include "bot/gateway/discord/config.h"
#include "bot/gateway/irc/config.h"
#include "bot/gateway/lobby/config.h"
#include "bot/gateway/twitch/config.h"
#include "tests/unit/certificates.h"

#define IRC  "\"name\": \"a\", \"type\": \"irc\", "
#define FULL IRC "\"url\": \"wss://h/\", \"nick\": \"n\", \"channels\": []"

struct folder {
	char path[64];   /* made for one test and deleted after it */
	char config[96]; /* path/c.json */
};

static inline int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	assert_non_null(folder);
	snprintf(folder->path, sizeof(folder->path), "/tmp/episoded-config-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->config, sizeof(folder->config), "%s/c.json", folder->path);
	unsetenv("STATE_DIRECTORY");
	unsetenv("CREDENTIALS_DIRECTORY");
	*state = folder;
	return 0;
}

static inline void write_file(const struct folder *folder, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* Write a certificate and its key into pair.pem. */
static inline void write_pair(const struct folder *folder)
{
	static const struct certificate_plan plan = {.name = "pair"};
	struct certificates made;
	FILE *from, *to;
	int byte;

	snprintf(made.folder, sizeof(made.folder), "%s", folder->path);
	certificates_make(&made, &plan);
	from = certificates_open(&made, "pair", ".key", "r");
	to = certificates_open(&made, "pair", ".pem", "a");
	while ((byte = fgetc(from)) != EOF)
		assert_int_equal(fputc(byte, to), byte);
	assert_int_equal(fclose(from), 0);
	assert_int_equal(fchmod(fileno(to), 0600), 0);
	assert_int_equal(fclose(to), 0);
}

static inline int teardown(void **state)
{
	static const char *const names[] = {"c.json", "secret", "example", "discord", "twitch",
			"example.password", "example.server", "discord.token", "pair.pem", "pair.key",
			"stored_libera.password"};
	struct folder *folder = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(folder->path), 0);
	free(folder);
	return 0;
}

/* Load a configuration from text. The report's lines have no "FOLDER/c.json:"; the caller frees *ret_report. */
static inline int load(const struct folder *folder, const char *text, char **ret_report, struct config **ret)
{
	struct str report = STR(100000), plain = STR(100000);
	char *line, *rest = NULL;
	int r;

	write_file(folder, "c.json", text, 0600);
	r = config_load(folder->config, networks, &report, ret);
	for (line = report.bytes ? strtok_r(report.bytes, "\n", &rest) : NULL; line;
			line = strtok_r(NULL, "\n", &rest)) {
		assert_memory_equal(line, folder->config, strlen(folder->config));
		str_printf(&plain, "%s\n", line + strlen(folder->config) + 1);
	}
	str_release(&report);
	assert_int_equal(str_take(&plain, ret_report), 0);
	return r;
}

static inline struct config *load_well(const struct folder *folder, const char *text)
{
	struct config *config = NULL;
	char *report = NULL;

	assert_int_equal(load(folder, text, &report, &config), 0);
	assert_string_equal(report, "");
	free(report);
	assert_non_null(config);
	return config;
}

/* The report about a text that is refused; the caller frees it. */
static inline char *refusal_of(const struct folder *folder, const char *text)
{
	struct config *config = NULL;
	char *report = NULL;

	assert_int_equal(load(folder, text, &report, &config), -EBADMSG);
	assert_null(config);
	return report;
}

static inline void assert_refused(const struct folder *folder, const char *text, const char *expected)
{
	char *report = refusal_of(folder, text);

	assert_string_equal(report, expected);
	free(report);
}

/* The report has this part. */
static inline void assert_reported(const struct folder *folder, const char *text, const char *part)
{
	char *report = refusal_of(folder, text);

	if (!strstr(report, part))
		fail_msg("\"%s\" is not in the report about %s:\n%s", part, text, report);
	free(report);
}

/* The first gateways of two files: what a reload from one to the other would mean. */
static inline enum config_change compare_texts(
		const struct folder *folder, const char *one, const char *other)
{
	struct config *a = load_well(folder, one), *b = load_well(folder, other);
	enum config_change change = gateway_config_compare(a->gateways[0], b->gateways[0]);

	assert_ptr_not_equal(a->gateways[0], b->gateways[0]);
	config_free(a);
	config_free(b);
	return change;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
