/* What lies over a show's file: which copy counts, and what edits change. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/catalogue/layers.h"

#define FILE_TEXT "{\"name\": \"Ebb\", \"episodes\": [{\"season\": 1, \"number\": 1, \"name\": \"A\"}]}"

struct folder {
	char path[64], file[128], edits[128], copies[128];
};

static void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static struct folder begin(void)
{
	struct folder folder = {.path = "/tmp/layers-XXXXXX"};

	assert_non_null(mkdtemp(folder.path));
	snprintf(folder.file, sizeof(folder.file), "%s/ebb.json", folder.path);
	snprintf(folder.edits, sizeof(folder.edits), "%s/ebb.edits.json", folder.path);
	snprintf(folder.copies, sizeof(folder.copies), "%s/no-shows", folder.path);
	put(folder.file, FILE_TEXT);
	return folder;
}

static void end(const struct folder *folder)
{
	unlink(folder->edits);
	unlink(folder->file);
	assert_int_equal(rmdir(folder->path), 0);
}

/* The text over the file, "" if nothing lies over it; report is what is said. The caller frees. */
static char *over(const struct folder *folder, const char *copies, const char *report)
{
	struct str said = STR(4096);
	char *text = NULL;
	size_t length;
	bool has_edits;

	assert_int_equal(layers_over(folder->file, copies, &said, &text, &length, &has_edits), 0);
	if (*report ? !strstr(str_text(&said), report) : said.length != 0)
		fail_msg("\"%s\" does not say \"%s\"", str_text(&said), report);
	str_release(&said);
	return text ? text : str_copy("");
}

static void test_without_layers_there_is_only_the_file(void **state)
{
	struct folder folder = begin();
	char *text = over(&folder, folder.copies, "");

	(void)state;
	assert_string_equal(text, "");
	free(text);
	end(&folder);
}

/* The other folder has the copy, under the same name. */
static void test_a_copy_counts_as_long_as_the_file_is_the_same(void **state)
{
	struct folder folder = begin(), other = begin();
	char sum[LAYERS_SUM_BYTES], copy[256], *text;

	(void)state;
	layers_sum(FILE_TEXT, strlen(FILE_TEXT), sum);
	snprintf(copy, sizeof(copy),
			"{\"name\": \"Ebb\", \"refreshed\": {\"over\": \"%s\"}, \"episodes\": []}", sum);
	put(other.file, copy);
	text = over(&folder, other.path, "");
	assert_string_equal(text, copy);
	free(text);
	put(folder.file, FILE_TEXT "\n");
	text = over(&folder, other.path, "");
	assert_string_equal(text, "");
	free(text);
	put(folder.file, FILE_TEXT);
	put(other.file, "{\"refreshed\": {\"over\":"); /* damaged */
	text = over(&folder, other.path, "");
	assert_string_equal(text, "");
	free(text);
	end(&folder);
	end(&other);
}

static void expect_edited(const char *edits, const char *path, const char *wanted)
{
	struct folder folder = begin();
	struct json *json = NULL;
	struct json_node *episode;
	char *text;

	put(folder.edits, edits);
	text = over(&folder, NULL, "");
	assert_int_equal(json_parse(text, strlen(text), 0, &json), 0);
	assert_false(json_is_broken(json));
	episode = json_first(json_get(json_root(json), "episodes"));
	if (strcmp(path, "name") == 0)
		assert_string_equal(json_string(json_get(json_root(json), "name")), wanted);
	else if (strcmp(path, "count") == 0)
		assert_int_equal(json_count(json_get(json_root(json), "episodes")), wanted[0] - '0');
	else
		assert_string_equal(json_string(json_get(episode, path)), wanted);
	json_free(json);
	free(text);
	end(&folder);
}

static void test_edits_replace_add_and_remove(void **state)
{
	(void)state;
	expect_edited("{\"name\": \"Flow\"}", "name", "Flow");
	expect_edited("{\"aliases\": [\"E\"]}", "name", "Ebb");
	expect_edited("{/* mine */\"episodes\": [{\"season\": 1, \"number\": 1, \"teaser\": \"T\"}]}",
			"teaser", "T");
	expect_edited("{\"episodes\": [{\"season\": 1, \"number\": 2, \"name\": \"B\"}]}", "count", "2");
	expect_edited("{\"episodes\": [{\"season\": 1, \"number\": 1, \"removed\": true}]}", "count", "0");
}

static void test_edits_with_an_error_are_left_out(void **state)
{
	static const struct {
		const char *edits, *report;
	} cases[] = {
			{"{\"name\": ", "ebb.edits.json:1:"},
			{"[]", "edits are an object"},
			{"", "left out"},
			{"{\"name\": \"A\", \"name\": \"B\"}", "a second time"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct folder folder = begin();
		char *text;

		put(folder.edits, cases[i].edits);
		text = over(&folder, NULL, cases[i].report);
		assert_string_equal(text, "");
		free(text);
		end(&folder);
	}
}

static void test_edits_are_no_dataset(void **state)
{
	(void)state;
	assert_true(layers_is_edits("ebb.edits.json"));
	assert_false(layers_is_edits("ebb.json"));
	assert_false(layers_is_edits(".edits.json"));
	assert_false(layers_is_edits("edits.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(test_without_layers_there_is_only_the_file),
			cmocka_unit_test(test_a_copy_counts_as_long_as_the_file_is_the_same),
			cmocka_unit_test(test_edits_replace_add_and_remove),
			cmocka_unit_test(test_edits_with_an_error_are_left_out),
			cmocka_unit_test(test_edits_are_no_dataset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
