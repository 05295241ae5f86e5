/* The files of datasets: which ones a folder has, and one of them into a show. */

#include "bot/catalogue/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/base/utf8.h"
#include "bot/catalogue/layers.h"

#define PATH_MAX_BYTES 65536

static bool is_dataset_name(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".json") == 0 &&
	       strcmp(name, "schema.json") != 0 && !layers_is_edits(name);
}

static int is_dataset_entry(const struct dirent *entry)
{
	return is_dataset_name(entry->d_name);
}

static int join(const char *folder, const char *name, char **ret)
{
	struct str path = STR(PATH_MAX_BYTES);

	str_printf(&path, "%s%s%s", folder, *folder && folder[strlen(folder) - 1] == '/' ? "" : "/", name);
	return str_take(&path, ret);
}

int dataset_paths(const char *path, char ***ret_paths, size_t *ret_count)
{
	struct dirent **entries = NULL;
	struct stat status;
	char **paths = NULL;
	size_t path_count = 0;
	int count = 0, r = 0;

	if (stat(path, &status) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode)) {
		count = scandir(path, &entries, is_dataset_entry, alphasort);
		if (count < 0)
			return -errno;
		if (count == 0 || count > DATASETS_MAX)
			r = count == 0 ? -ENOENT : -E2BIG;
	}
	paths = calloc((size_t)count + 1, sizeof(*paths));
	if (!paths)
		r = -ENOMEM;
	for (int i = 0; i < count && r == 0; i++)
		r = join(path, entries[i]->d_name, &paths[path_count++]);
	if (!S_ISDIR(status.st_mode) && r == 0) {
		paths[path_count++] = str_copy(path);
		r = paths[0] ? 0 : -ENOMEM;
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	if (r < 0) {
		dataset_paths_free(paths, path_count);
		return r;
	}
	*ret_paths = paths;
	*ret_count = path_count;
	return 0;
}

void dataset_paths_free(char **paths, size_t count)
{
	for (size_t i = 0; i < count && paths; i++)
		free(paths[i]);
	free(paths);
}

char *dataset_id(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');

	return str_copy_bytes(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

typedef int check_dataset(struct json *json, const struct dataset *dataset);

/* A parsed document of the file, which is freed. is_placed: its positions are those of the file. */
static int load(struct json *json, const char *path, bool is_placed, check_dataset *check, struct str *report,
		struct dataset **ret)
{
	struct dataset *dataset = NULL;
	char *id = dataset_id(path);
	int r = id ? dataset_read(json, id, &dataset) : -ENOMEM;

	if (r == 0) {
		dataset->path = arena_text(&dataset->arena, path);
		r = dataset->arena.error;
	}
	if (r == 0 && check)
		r = check(json, dataset);
	if (r == 0 && json_is_broken(json))
		r = -EBADMSG;
	if (is_placed)
		json_print_problems(json, path, report);
	for (size_t i = 0; !is_placed && i < json_problem_count(json); i++)
		utf8_report(report, "%s: warning: with what lies over it: %s", path,
				json_problem_at(json, i)->text);
	free(id);
	json_free(json);
	if (r < 0)
		dataset_free(dataset);
	else
		*ret = dataset;
	return r;
}

/* The file with what lies over it. -ENOENT: nothing does, or it has problems. */
static int load_layered(const char *path, const char *copies, check_dataset *check, struct str *report,
		struct dataset **ret)
{
	struct json *json = NULL;
	char *text = NULL;
	size_t length = 0;
	bool has_edits;
	int r = layers_over(path, copies, report, &text, &length, &has_edits);

	if (r < 0 || !text)
		return r < 0 ? r : -ENOENT;
	r = json_parse_as(path, text, length, JSON_OPTIONAL, &json); /* pictures are beside the file */
	if (r == 0)
		r = load(json, path, false, check, report, ret);
	free(text);
	if (r == 0 || r == -ENOMEM)
		return r;
	utf8_report(report, "%s: warning: its %s left out because of the problems above", path,
			has_edits ? "edits are" : "refreshed copy is");
	return -ENOENT;
}

int dataset_load(const char *path, const char *copies, check_dataset *check, struct str *report,
		struct dataset **ret)
{
	struct json *json = NULL;
	int r = load_layered(path, copies, check, report, ret);

	if (r != -ENOENT)
		return r;
	r = json_parse_file(path, JSON_COMMENTS, &json);
	if (r < 0) {
		utf8_report(report, "%s: cannot be read: %s", path, strerror(-r));
		return r == -ENOMEM ? r : -EBADMSG;
	}
	return load(json, path, true, check, report, ret);
}
