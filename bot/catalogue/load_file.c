/* The files of datasets: which ones a folder has, and one of them into a show. */

#include "bot/catalogue/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/base/utf8.h"

#define PATH_MAX_BYTES 65536

static bool is_dataset_name(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".json") == 0 &&
	       strcmp(name, "schema.json") != 0;
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

int dataset_load(const char *path, int (*check)(struct json *json, const struct dataset *dataset),
		struct str *report, struct dataset **ret)
{
	struct dataset *dataset = NULL;
	struct json *json = NULL;
	char *id = NULL;
	int r;

	r = json_parse_file(path, JSON_COMMENTS, &json);
	if (r < 0) {
		utf8_report(report, "%s: cannot be read: %s", path, strerror(-r));
		return r == -ENOMEM ? r : -EBADMSG;
	}
	id = dataset_id(path);
	r = id ? dataset_read(json, id, &dataset) : -ENOMEM;
	if (r == 0) {
		dataset->path = arena_text(&dataset->arena, path);
		r = dataset->arena.error;
	}
	if (r == 0 && check)
		r = check(json, dataset);
	if (r == 0 && json_is_broken(json))
		r = -EBADMSG;
	json_print_problems(json, path, report);
	free(id);
	json_free(json);
	if (r < 0) {
		dataset_free(dataset);
		return r;
	}
	*ret = dataset;
	return 0;
}
