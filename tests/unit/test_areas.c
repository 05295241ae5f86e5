/* Each area of the store that bot/ uses has a kind. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <regex.h>

#include "bot/store/areas.h"

#define FILE_MAX_BYTES (256 * 1024)
#define OPEN_FILES     8

/* Calls of the store with an area. */
#define CALLS "[^_a-z]store_(get|put|keep|delete|each)\\("
/* An area by its form, or by the name of its constant, which may be defined in a header. */
#define AREAS                                                                                                \
	"\"(setting|irc|twitch|discord|role|lobby|channels|seen|zone)/[a-z%]*\"|AREA[A-Z_]*[ "               \
	"\\t]+\"[a-z/-]+\""

static unsigned files, found, unlisted;
static regex_t calls, areas;

static void check_area(const char *path, const char *quoted, size_t length)
{
	char area[128];
	const char *begin = memchr(quoted, '"', length);
	size_t size;

	assert_non_null(begin);
	begin++;
	size = strcspn(begin, "\"%");
	assert_in_range(size, 1, sizeof(area) - 3);
	memcpy(area, begin, size);
	area[size] = '\0';
	if (area[size - 1] == '/') /* of a gateway; its name follows */
		strncat(area, "x", 2);
	found++;
	if (!area_is_listed(area)) {
		print_error("%s: the area \"%s\" has no kind: add it to bot/store/areas.c\n", path, area);
		unlisted++;
	}
}

static int check_file(const char *path, const struct stat *about, int type)
{
	static char text[FILE_MAX_BYTES];
	const char *end = strrchr(path, '.'), *at = text;
	unsigned before = found;
	regmatch_t match;
	size_t length;
	bool is_caller;
	FILE *file;

	(void)about;
	if (type != FTW_F || !end || (strcmp(end, ".c") != 0 && strcmp(end, ".h") != 0) ||
			strncmp(path, "bot/store/", 10) == 0 || strncmp(path, "bot/postgres/", 13) == 0)
		return 0;
	file = fopen(path, "re");
	assert_non_null(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_true(length < sizeof(text) - 1);
	text[length] = '\0';
	is_caller = regexec(&calls, text, 0, NULL, 0) == 0;
	if (!is_caller && strcmp(end, ".c") == 0)
		return 0;
	files += is_caller;
	while (regexec(&areas, at, 1, &match, 0) == 0) {
		check_area(path, at + match.rm_so, (size_t)(match.rm_eo - match.rm_so));
		at += match.rm_eo;
	}
	if (is_caller && found == before && !strstr(text, "_AREA")) {
		print_error("%s calls the store, and no area is seen in it: name the constant AREA_...\n",
				path);
		unlisted++;
	}
	return 0;
}

static void test_each_area_has_a_kind(void **state)
{
	(void)state;
	assert_int_equal(regcomp(&calls, CALLS, REG_EXTENDED), 0);
	assert_int_equal(regcomp(&areas, AREAS, REG_EXTENDED), 0);
	assert_int_equal(ftw("bot", check_file, OPEN_FILES), 0);
	regfree(&calls);
	regfree(&areas);
	assert_true(files >= 9 && found >= 15); /* the test sees them */
	assert_int_equal(unlisted, 0);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(area_kind("setting/prefix"), AREA_SHARED);
	assert_int_equal(area_kind("irc/sts"), AREA_SHARED);
	assert_int_equal(area_kind("irc/sts2"), AREA_LEASED);
	assert_int_equal(area_kind("discord/home/64/7"), AREA_LEASED);
	assert_int_equal(area_kind("lobby/den"), AREA_HOST);
	assert_int_equal(area_kind("some/new one"), AREA_SHARED);
	assert_false(area_is_listed("some/new one"));
	assert_false(area_is_listed("ignored/"));
	assert_int_equal(area_kind(""), AREA_SHARED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_each_area_has_a_kind),
			cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
