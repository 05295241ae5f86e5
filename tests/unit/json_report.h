#ifndef EPISODED_TESTS_JSON_REPORT_H
#define EPISODED_TESTS_JSON_REPORT_H

/* A JSON document and the report of its errors. */

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

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline struct json *parse(const char *text, int flags)
{
	struct json *json = NULL;

	assert_int_equal(json_parse(text, strlen(text), flags, &json), 0);
	assert_non_null(json);
	return json;
}

/* The report of a document as one text; the caller frees it. */
static inline char *report_of(const struct json *json)
{
	struct str report = STR(100000);
	char *text = NULL;

	json_print_problems(json, "f", &report);
	assert_int_equal(str_take(&report, &text), 0);
	return text;
}

static inline void assert_report(const struct json *json, const char *expected)
{
	char *report = report_of(json);

	assert_string_equal(report, expected);
	free(report);
}

#endif
