#ifndef EPISODED_TESTS_CATALOGUE_FOLDER_H
#define EPISODED_TESTS_CATALOGUE_FOLDER_H

/* A folder of datasets for one test, and the shipped one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/catalogue/check.h"

#define COUNT_OF(array)   (sizeof(array) / sizeof((array)[0]))
#define REPORT_MAX_BYTES  100000
#define FOLDER_FILES_MAX  4
#define FOLDER_PATH_BYTES 256

struct folder {
	char path[32];
	char files[FOLDER_FILES_MAX][FOLDER_PATH_BYTES];
	size_t file_count;
};

static inline void folder_init(struct folder *folder)
{
	*folder = (struct folder){.path = "/tmp/catalogue-XXXXXX"};
	assert_non_null(mkdtemp(folder->path));
}

/* Write a file of the folder again. */
static inline void folder_change(struct folder *folder, const char *name, const char *text)
{
	char path[FOLDER_PATH_BYTES];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static inline void folder_add(struct folder *folder, const char *name, const char *text)
{
	char path[FOLDER_PATH_BYTES];

	assert_true(folder->file_count < sizeof(folder->files) / sizeof(folder->files[0]));
	folder_change(folder, name, text);
	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	memcpy(folder->files[folder->file_count++], path, sizeof(path));
}

static inline void folder_release(struct folder *folder)
{
	for (size_t i = 0; i < folder->file_count; i++)
		unlink(folder->files[i]);
	assert_int_equal(rmdir(folder->path), 0);
}

/* The report of loading (or checking) one dataset, without the path; the caller frees it. */
static inline char *report_on(
		const char *text, int expected, int (*judge)(const char *path, struct str *report))
{
	struct folder folder;
	struct str report = STR(REPORT_MAX_BYTES), bare = STR(REPORT_MAX_BYTES);
	char *ret = NULL;
	size_t prefix;

	folder_init(&folder);
	folder_add(&folder, "x.json", text);
	assert_int_equal(judge(folder.path, &report), expected);
	prefix = strlen(folder.files[0]) + 1;
	for (const char *line = str_text(&report); *line; line += strcspn(line, "\n") + 1) {
		assert_true(strcspn(line, "\n") > prefix);
		str_append_bytes(&bare, line + prefix, strcspn(line, "\n") + 1 - prefix);
	}
	str_append(&bare, "");
	str_release(&report);
	folder_release(&folder);
	assert_int_equal(str_take(&bare, &ret), 0);
	return ret;
}

static inline int judge_by_loading(const char *path, struct str *report)
{
	struct catalogue *catalogue = NULL;
	int r = catalogue_load(path, report, &catalogue);

	catalogue_free(catalogue);
	return r;
}

/* Load a catalogue with one dataset, given as text. */
static inline struct catalogue *catalogue_of(const char *text)
{
	struct folder folder;
	struct str report = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue = NULL;

	folder_init(&folder);
	folder_add(&folder, "x.json", text);
	assert_int_equal(catalogue_load(folder.path, &report, &catalogue), 0);
	assert_string_equal(str_text(&report), "");
	str_release(&report);
	folder_release(&folder);
	return catalogue;
}

/* Load the shipped dataset; tests run in the repository's folder. */
static inline struct catalogue *catalogue_shipped(void)
{
	struct str report = STR(REPORT_MAX_BYTES);
	struct catalogue *catalogue = NULL;

	assert_int_equal(catalogue_load("data", &report, &catalogue), 0);
	assert_string_equal(str_text(&report), "");
	str_release(&report);
	return catalogue;
}

#endif
