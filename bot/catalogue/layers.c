/* What lies over a show's file: a refreshed copy, and the owner's edits. */

#include "bot/catalogue/layers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/base/file.h"
#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/base/utf8.h"

#define PATH_MAX_BYTES 65536
#define ENDING         ".json"
#define EDITS_ENDING   ".edits.json"

const char *layers_sum(const char *bytes, size_t length, char ret[LAYERS_SUM_BYTES])
{
	snprintf(ret, LAYERS_SUM_BYTES, "%016" PRIx64, str_hash(0, bytes, length));
	return ret;
}

bool layers_is_edits(const char *name)
{
	size_t length = strlen(name), ending = strlen(EDITS_ENDING);

	return length > ending && strcmp(name + length - ending, EDITS_ENDING) == 0;
}

/* ---------------------------------------------------------------- files */

int layers_path(const char *path, const char *copies, char **ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	struct str str = STR(PATH_MAX_BYTES);
	size_t length = strlen(name);

	if (length <= strlen(ENDING) || strcmp(name + length - strlen(ENDING), ENDING) != 0)
		return -ENOENT;
	if (copies)
		str_printf(&str, "%s/%s", copies, name);
	else
		str_printf(&str, "%.*s" EDITS_ENDING, (int)(strlen(path) - strlen(ENDING)), path);
	return str_take(&str, ret);
}

/* ---------------------------------------------------------------- the copy */

/* Was the copy made from the file as it is? */
static bool is_over(struct json *copy, const char *sum)
{
	const char *over = json_string(json_get(json_get(json_root(copy), "refreshed"), "over"));

	return over && strcmp(over, sum) == 0;
}

/* 1: the copy is valid, and *ret is its text. 0: there is no such copy. */
static int read_copy(const char *path, const char *copies, const char *sum, char **ret, size_t *ret_length)
{
	char *copy_path = NULL, *text = NULL;
	struct json *json = NULL;
	size_t length = 0;
	int r = copies ? layers_path(path, copies, &copy_path) : -ENOENT;

	if (r == 0)
		r = file_read(copy_path, JSON_FILE_MAX_BYTES, &text, &length);
	if (r == 0)
		r = json_parse(text, length, 0, &json);
	if (r == 0 && !json_is_broken(json) && is_over(json, sum)) {
		*ret = text;
		*ret_length = length;
		text = NULL;
		r = 1;
	} else if (r != -ENOMEM) {
		r = 0;
	}
	json_free(json);
	free(text);
	free(copy_path);
	return r;
}

int layers_base(const char *path, const char *copies, char **ret_text, size_t *ret_length,
		char ret_sum[LAYERS_SUM_BYTES])
{
	char *text = NULL, *copy = NULL;
	size_t length = 0;
	int r = file_read(path, JSON_FILE_MAX_BYTES, &text, &length);

	if (r < 0)
		return r;
	layers_sum(text, length, ret_sum);
	r = read_copy(path, copies, ret_sum, &copy, ret_length);
	if (r == 0)
		*ret_length = length;
	if (r >= 0)
		*ret_text = r > 0 ? copy : text;
	if (r != 0)
		free(text);
	return r < 0 ? r : 0;
}

/* ---------------------------------------------------------------- the edits */

/* -ENOENT: there are no edits. -EBADMSG: reported. */
static int read_edits(const char *path, struct str *report, struct json **ret)
{
	struct json *json = NULL;
	struct stat about;
	int r;

	if (stat(path, &about) < 0)
		return -ENOENT;
	r = json_parse_file(path, JSON_COMMENTS, &json);
	if (r < 0) {
		utf8_report(report, "%s: warning: the edits cannot be read: %s", path, strerror(-r));
		return r == -ENOMEM ? r : -EBADMSG;
	}
	if (json_root(json) && json_type(json_root(json)) != JSON_OBJECT)
		json_problem(json, json_root(json),
				"edits are an object in braces, with the keys of a dataset");
	json_print_problems(json, path, report);
	if (json_is_broken(json) || !json_root(json)) {
		utf8_report(report, "%s: warning: the edits are left out because of the problems above",
				path);
		json_free(json);
		return -EBADMSG;
	}
	*ret = json;
	return 0;
}

/* Put the edits over a text. */
static int edit(struct json *edits, const char *text, size_t length, char **ret, size_t *ret_length)
{
	struct str str = STR(JSON_FILE_MAX_BYTES);
	struct json *json = NULL;
	int r = json_parse(text, length, JSON_COMMENTS, &json);

	if (r == 0 && (json_is_broken(json) || json_type(json_root(json)) != JSON_OBJECT))
		r = -EBADMSG; /* the file's own problem, which is reported when it is loaded */
	if (r == 0) {
		edits_append(&str, json_root(json), json_root(edits));
		*ret_length = str.length;
		r = str_take(&str, ret);
	}
	json_free(json);
	str_release(&str);
	return r;
}

int layers_over(const char *path, const char *copies, struct str *report, char **ret_text, size_t *ret_length,
		bool *ret_has_edits)
{
	char *edits_path = NULL, *text = NULL, *edited = NULL, *copy = NULL, sum[LAYERS_SUM_BYTES];
	struct json *edits = NULL;
	size_t length = 0, copy_length = 0, edited_length = 0;
	int r;

	*ret_text = NULL;
	*ret_has_edits = false;
	r = layers_path(path, NULL, &edits_path);
	if (r == 0)
		r = read_edits(edits_path, report, &edits);
	if (r != -ENOMEM && (copies || edits))
		r = file_read(path, JSON_FILE_MAX_BYTES, &text, &length);
	if (r != -ENOMEM && text)
		r = read_copy(path, copies, layers_sum(text, length, sum), &copy, &copy_length);
	if (r > 0 && !edits) {
		*ret_text = copy;
		*ret_length = copy_length;
		copy = NULL;
	} else if (r >= 0 && text && edits) {
		r = edit(edits, copy ? copy : text, copy ? copy_length : length, &edited, &edited_length);
		if (r == 0) {
			*ret_text = edited;
			*ret_length = edited_length;
			*ret_has_edits = true;
		}
	}
	json_free(edits);
	free(copy);
	free(text);
	free(edits_path);
	return r == -ENOMEM ? r : 0;
}
