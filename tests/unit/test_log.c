/* The format of log lines, for any text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"

#define OUTPUT_MAX_BYTES 65536
#define TIME_BYTES       sizeof("2026-11-29T12:00:00Z")

struct world {
	FILE *file;
	int stderr_fd; /* the real standard error */
	char output[OUTPUT_MAX_BYTES];
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->file = tmpfile();
	assert_non_null(world->file);
	world->stderr_fd = dup(STDERR_FILENO);
	dup2(fileno(world->file), STDERR_FILENO);
	*state = world;
	return 0;
}

static void restore(struct world *world)
{
	if (world->stderr_fd >= 0) {
		dup2(world->stderr_fd, STDERR_FILENO);
		close(world->stderr_fd);
	}
	world->stderr_fd = -1;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	restore(world);
	fclose(world->file);
	free(world);
	return 0;
}

/* The log since the start of the test; restores standard error. */
static const char *logged(struct world *world)
{
	size_t length;

	restore(world);
	rewind(world->file);
	length = fread(world->output, 1, sizeof(world->output) - 1, world->file);
	world->output[length] = '\0';
	assert_true(utf8_valid(world->output, length));
	return world->output;
}

static void a_line_of_text_is_escaped_in_each_part(void **state)
{
	struct world *world = *state;
	struct log_about about = {.gateway = "ga\x1bte\xc2\x9b", .error = -ENOENT};

	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_WARNING, &about, "said %s", "a\nb\r\xc2\x9b[31m\x9b\u202e\u2028 온 \\");
	assert_string_equal(logged(world) + TIME_BYTES,
			"warning: [ga\\x1bte\\u009b] said a\\x0ab\\x0d\\u009b[31m\\x9b\\u202e\\u2028 온 \\: "
			"No such file or directory\n");
}

static void a_line_of_json_is_escaped_in_each_part(void **state)
{
	struct world *world = *state;
	struct log_about about = {.gateway = "g\xff", .command = "c\u2028"};

	log_setup(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_INFO, &about, "said %s", "\"a\nb\xc2\x9b\u202e\"");
	assert_non_null(strstr(logged(world),
			"\"level\":\"info\",\"message\":\"said "
			"\\\"a\\\\x0ab\\\\u009b\\\\u202e\\\"\",\"gateway\":\"g\\\\xff\","
			"\"command\":\"c\\\\u2028\"}\n"));
}

static void a_long_line_is_cut_and_not_left_out(void **state)
{
	static char text[3 * UTF8_LINE_MAX_BYTES + 1];
	struct world *world = *state;
	const char *line;

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "온", 3);
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_INFO, &(struct log_about){.error = -ENOENT}, "x%s", text);
	line = logged(world) + TIME_BYTES;
	assert_true(strlen(line) > UTF8_LINE_MAX_BYTES - 16);
	assert_memory_equal(line, "x온온", 7);
	assert_non_null(strstr(line, "온…: No such file or directory\n"));
}

static void a_long_line_of_json_ends_as_json(void **state)
{
	static char text[3 * UTF8_LINE_MAX_BYTES + 1];
	struct world *world = *state;
	const char *line;

	memset(text, '"', sizeof(text) - 1);
	log_setup(LOG_FORMAT_JSON, LOG_LEVEL_INFO);
	log_write(LOG_LEVEL_INFO, &(struct log_about){.gateway = text, .command = text}, "%s", text);
	line = logged(world);
	assert_string_equal(line + strlen(line) - strlen("…\"}\n"), "…\"}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test_setup_teardown(
					a_line_of_text_is_escaped_in_each_part, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					a_line_of_json_is_escaped_in_each_part, set_up, tear_down),
			cmocka_unit_test_setup_teardown(
					a_long_line_is_cut_and_not_left_out, set_up, tear_down),
			cmocka_unit_test_setup_teardown(a_long_line_of_json_ends_as_json, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
