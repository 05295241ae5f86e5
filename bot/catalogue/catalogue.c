/* All shows in memory: a folder of datasets. A broken file does not keep the others from being loaded: its show stays as it
 * was before, or is left out. */

#include "bot/catalogue/catalogue.h"

#include "bot/base/utf8.h"
#include "bot/base/zone.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/show_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CATALOGUE_SHOWS_MAX 1000
#define PATH_MAX_BYTES      65536
#define BROKEN_MAX_BYTES    300 /* names of broken datasets in a status; further ones are cut */

struct catalogue {
	atomic_uint owners;
	struct dataset **datasets;
	size_t count;
	struct show_names *names;
	struct str broken;
};

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
		if (count == 0 || count > CATALOGUE_SHOWS_MAX)
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

/* "data/x.json" -> "x"; the caller frees. NULL when out of memory. */
static char *dataset_id(const char *path)
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

static struct dataset *dataset_of(const struct catalogue *catalogue, const char *path)
{
	struct dataset *found = NULL;
	char *id = dataset_id(path);

	for (size_t i = 0; id && catalogue && i < catalogue->count && !found; i++) {
		if (strcmp(catalogue->datasets[i]->show.id, id) == 0)
			found = catalogue->datasets[i];
	}
	free(id);
	return found;
}

/* The dataset of a path is broken: its show stays as it was before, or is left out. */
static void replace_broken(struct catalogue *catalogue, const struct catalogue *earlier, const char *path,
		bool is_alone, struct str *report)
{
	struct dataset *before = dataset_of(earlier, path);
	const char *slash = strrchr(path, '/');

	if (before) {
		catalogue->datasets[catalogue->count++] = dataset_keep(before);
		utf8_report(report, "%s: the show stays as it was before, because of the problems above",
				path);
	} else if (!is_alone) {
		utf8_report(report, "%s: left out because of the problems above", path);
	}
	str_printf(&catalogue->broken, "%s%s (%s)", catalogue->broken.length ? ", " : "",
			slash ? slash + 1 : path, before ? "as it was before" : "left out");
}

int catalogue_load(const char *folder, struct str *report, struct catalogue **ret)
{
	return catalogue_reload(folder, NULL, report, ret);
}

int catalogue_reload(
		const char *folder, struct catalogue *earlier, struct str *report, struct catalogue **ret)
{
	struct catalogue *catalogue = NULL;
	char **paths = NULL;
	size_t path_count = 0, read_count = 0;
	int r;

	r = zone_forget();
	if (r < 0)
		return r;
	r = dataset_paths(folder, &paths, &path_count);
	if (r < 0) {
		utf8_report(report, "%s: %s", folder,
				r == -ENOENT ? "no dataset here; add one as NAME.json" : strerror(-r));
		return r;
	}
	catalogue = calloc(1, sizeof(*catalogue));
	if (catalogue)
		catalogue->datasets = calloc(path_count + 1, sizeof(struct dataset *));
	if (!catalogue || !catalogue->datasets) {
		r = -ENOMEM;
		goto out;
	}
	catalogue->owners = 1;
	catalogue->broken.limit_bytes = BROKEN_MAX_BYTES;
	for (size_t i = 0; i < path_count && r != -ENOMEM; i++) {
		r = dataset_load(paths[i], NULL, report, &catalogue->datasets[catalogue->count]);
		if (r == 0) {
			catalogue->count++;
			read_count++;
		} else if (r != -ENOMEM) {
			replace_broken(catalogue, earlier, paths[i], path_count == 1, report);
		}
	}
	if (r == -ENOMEM)
		goto out;
	r = read_count > 0 ? 0 : -EBADMSG;
	if (r == 0)
		r = show_names_new(catalogue, &catalogue->names);
	if (r < 0)
		goto out;
	*ret = catalogue;
	catalogue = NULL; /* the caller owns it now */
out:
	catalogue_free(catalogue);
	dataset_paths_free(paths, path_count);
	return r;
}

struct catalogue *catalogue_keep(struct catalogue *catalogue)
{
	atomic_fetch_add(&catalogue->owners, 1);
	return catalogue;
}

const char *catalogue_broken(const struct catalogue *catalogue)
{
	return str_text(&catalogue->broken);
}

void catalogue_free(struct catalogue *catalogue)
{
	if (!catalogue || atomic_fetch_sub(&catalogue->owners, 1) > 1)
		return;
	str_release(&catalogue->broken);
	for (size_t i = 0; i < catalogue->count; i++)
		dataset_free(catalogue->datasets[i]);
	show_names_free(catalogue->names);
	free(catalogue->datasets);
	free(catalogue);
}

size_t catalogue_count(const struct catalogue *catalogue)
{
	return catalogue->count;
}

const struct show *catalogue_at(const struct catalogue *catalogue, size_t index)
{
	return index < catalogue->count ? &catalogue->datasets[index]->show : NULL;
}

const struct show_names *catalogue_names(const struct catalogue *catalogue)
{
	return catalogue->names;
}

const struct show *catalogue_find(const struct catalogue *catalogue, const char *name)
{
	return show_names_find(catalogue->names, name, strlen(name));
}
