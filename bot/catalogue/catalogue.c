/* All shows in memory: folders of datasets. A broken file does not keep the others from being loaded: its show stays as it
 * was before, or is left out. */

#include "bot/catalogue/catalogue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/base/zone.h"
#include "bot/catalogue/load.h"
#include "bot/catalogue/read_mark.h"
#include "bot/catalogue/show_names.h"

#define BROKEN_MAX_BYTES 300 /* names of broken datasets in a status; further ones are cut */

struct catalogue {
	atomic_uint owners;
	struct dataset **datasets;
	struct read_mark *marks; /* of the datasets */
	size_t count;
	struct show_names *names;
	struct str broken;
};

#define NO_DATASET SIZE_MAX

static size_t find_id(const struct catalogue *catalogue, const char *id)
{
	for (size_t i = 0; catalogue && i < catalogue->count; i++) {
		if (strcmp(catalogue->datasets[i]->show.id, id) == 0)
			return i;
	}
	return NO_DATASET;
}

static struct dataset *dataset_with_id(const struct catalogue *catalogue, const char *id)
{
	size_t i = find_id(catalogue, id);

	return catalogue && i != NO_DATASET ? catalogue->datasets[i] : NULL;
}

/* ---------------------------------------------------------------- reading */

/* The files of one folder, or the reason why they cannot be listed. */
struct listed {
	char **paths;
	size_t count;
	int error;
};

struct catalogue_reading {
	const struct catalogue_source *source;
	struct str *report;
	struct listed *folders;
	size_t path_count, read_count;
	struct catalogue *catalogue;
};

/* Take a dataset, in place of an earlier one with its ID. */
static void put(struct catalogue *catalogue, struct dataset *dataset, const struct read_mark *mark)
{
	size_t i = find_id(catalogue, dataset->show.id);

	if (i == NO_DATASET)
		i = catalogue->count++;
	else
		dataset_free(catalogue->datasets[i]);
	catalogue->datasets[i] = dataset;
	catalogue->marks[i] = *mark;
}

/* Take a dataset of the catalogue in use as it is there. */
static void put_again(const struct catalogue_reading *reading, size_t index)
{
	const struct catalogue *earlier = reading->source->earlier;

	put(reading->catalogue, dataset_keep(earlier->datasets[index]), &earlier->marks[index]);
}

static void note_broken(struct catalogue *catalogue, const char *path, const char *what)
{
	const char *slash = strrchr(path, '/');

	str_printf(&catalogue->broken, "%s%s (%s)", catalogue->broken.length ? ", " : "",
			slash ? slash + 1 : path, what);
}

/* The dataset of a path is broken: its show stays as it was before, or as an earlier folder has it, or is left out. */
static void replace_broken(const struct catalogue_reading *reading, const char *path, const char *id)
{
	const struct catalogue *earlier = reading->source->earlier;
	const struct dataset *other = dataset_with_id(reading->catalogue, id);
	size_t before = find_id(earlier, id);

	if (earlier && before != NO_DATASET && (!other || str_equal(earlier->datasets[before]->path, path))) {
		put_again(reading, before);
		utf8_report(reading->report,
				"%s: the show stays as it was before, because of the problems above", path);
		note_broken(reading->catalogue, path, "as it was before");
	} else if (other) {
		utf8_report(reading->report, "%s: left out because of the problems above; %s is used", path,
				other->path);
		note_broken(reading->catalogue, path, "left out");
	} else {
		if (reading->path_count > 1)
			utf8_report(reading->report, "%s: left out because of the problems above", path);
		note_broken(reading->catalogue, path, "left out");
	}
}

/* Once, and not at each reading. */
static void report_replacing(const struct catalogue_reading *reading, const struct dataset *dataset)
{
	const struct dataset *other = dataset_with_id(reading->catalogue, dataset->show.id);
	const struct dataset *before = dataset_with_id(reading->source->earlier, dataset->show.id);

	if (other && !(before && str_equal(before->path, dataset->path)))
		utf8_report(reading->report, "%s: note: used in place of %s", dataset->path, other->path);
}

/* The dataset of a path in the catalogue in use. */
static size_t find_earlier(const struct catalogue_reading *reading, const char *path)
{
	const struct catalogue *earlier = reading->source->earlier;

	for (size_t i = 0; earlier && i < earlier->count; i++)
		if (str_equal(earlier->datasets[i]->path, path))
			return i;
	return NO_DATASET;
}

/* Read a file, unless the catalogue in use has its show as it is. A show with a warning is read again, because it is to be
 * warned of again. */
static int read_dataset(struct catalogue_reading *reading, const char *path, struct read_mark *ret_mark,
		struct dataset **ret)
{
	const struct catalogue *earlier = reading->source->earlier;
	size_t before = find_earlier(reading, path);
	const struct read_mark *known = before == NO_DATASET ? NULL : &earlier->marks[before];
	size_t said = reading->report->length;
	int r = read_mark_take(path, reading->source->copies, known, ret_mark);

	if (r == 0 && known && read_mark_holds(known, ret_mark, &earlier->datasets[before]->show)) {
		*ret = dataset_keep(earlier->datasets[before]);
		return 0;
	}
	if (r == 0)
		r = dataset_load(path, reading->source->copies, NULL, reading->report, ret);
	if (r == 0 && reading->report->length == said && !reading->report->error)
		read_mark_finish(ret_mark, &(*ret)->show);
	return r;
}

static int read_file(struct catalogue_reading *reading, const char *path)
{
	struct dataset *dataset = NULL;
	struct read_mark mark;
	char *id = dataset_id(path);
	int r = id ? read_dataset(reading, path, &mark, &dataset) : -ENOMEM;

	if (r == 0) {
		reading->read_count++;
		report_replacing(reading, dataset);
		put(reading->catalogue, dataset, &mark);
	} else if (r != -ENOMEM) {
		replace_broken(reading, path, id);
		r = 0;
	}
	free(id);
	return r;
}

static bool is_in_folder(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return length && strncmp(path, folder, length) == 0 &&
	       (path[length] == '/' || folder[length - 1] == '/');
}

/* A folder that may be there cannot be listed: its shows stay as they were before. */
static void keep_folder(const struct catalogue_reading *reading, const char *folder, int error)
{
	const struct catalogue *earlier = reading->source->earlier;
	size_t kept = 0;

	for (size_t i = 0; earlier && i < earlier->count; i++) {
		if (!is_in_folder(earlier->datasets[i]->path, folder))
			continue;
		put_again(reading, i);
		kept++;
	}
	utf8_report(reading->report, "%s: %s%s", folder, strerror(-error),
			kept ? "; its shows stay as they were before" : "");
}

static int read_folder(struct catalogue_reading *reading, const char *folder, const struct listed *listed)
{
	int r = 0;

	if (listed->error && listed->error != -ENOENT)
		keep_folder(reading, folder, listed->error);
	for (size_t i = 0; i < listed->count && r == 0; i++)
		r = read_file(reading, listed->paths[i]);
	return r;
}

/* The show that must not go away has no file any more. */
static void keep_show(const struct catalogue_reading *reading, const char *id)
{
	size_t index = find_id(reading->source->earlier, id);
	const struct dataset *before;

	if (index == NO_DATASET || dataset_with_id(reading->catalogue, id))
		return;
	before = reading->source->earlier->datasets[index];
	put_again(reading, index);
	utf8_report(reading->report,
			"%s: warning: the default show has no file any more, and stays as it was before; put "
			"the "
			"file back, or change \"default_show\"",
			before->path);
	note_broken(reading->catalogue, before->path, "gone, as it was before");
}

/* List all folders. -ENOENT if there is no dataset, or why the first folder cannot be listed. */
static int list_folders(struct catalogue_reading *reading)
{
	const struct catalogue_source *source = reading->source;
	int error = -ENOENT;

	for (size_t i = 0; i < source->folder_count; i++) {
		struct listed *listed = &reading->folders[i];

		listed->error = dataset_paths(source->folders[i], &listed->paths, &listed->count);
		if (listed->error == -ENOMEM)
			return -ENOMEM;
		if (listed->error < 0 && error == -ENOENT)
			error = listed->error;
		reading->path_count += listed->count;
	}
	if (reading->path_count > 0)
		return 0;
	for (size_t i = 0; i < source->folder_count; i++)
		utf8_report(reading->report, "%s: %s", source->folders[i],
				reading->folders[i].error == -ENOENT ? "no dataset here; add one as NAME.json"
								     : strerror(-reading->folders[i].error));
	return error;
}

static int make_catalogue(struct catalogue_reading *reading)
{
	const struct catalogue *earlier = reading->source->earlier;
	struct catalogue *catalogue = calloc(1, sizeof(*catalogue));
	size_t most = reading->path_count + (earlier ? earlier->count : 0) + 1;

	if (!catalogue)
		return -ENOMEM;
	catalogue->owners = 1;
	catalogue->broken.limit_bytes = BROKEN_MAX_BYTES;
	reading->catalogue = catalogue;
	catalogue->datasets = calloc(most, sizeof(struct dataset *));
	catalogue->marks = calloc(most, sizeof(*catalogue->marks));
	return catalogue->datasets && catalogue->marks ? 0 : -ENOMEM;
}

int catalogue_read(const struct catalogue_source *source, struct str *report, struct catalogue **ret)
{
	struct catalogue_reading reading = {.source = source, .report = report};
	int r = zone_forget();

	if (r < 0)
		return r;
	reading.folders = calloc(source->folder_count + 1, sizeof(*reading.folders));
	r = reading.folders ? list_folders(&reading) : -ENOMEM;
	if (r == 0)
		r = make_catalogue(&reading);
	for (size_t i = 0; i < source->folder_count && r == 0; i++)
		r = read_folder(&reading, source->folders[i], &reading.folders[i]);
	if (r == 0 && reading.read_count == 0)
		r = -EBADMSG;
	if (r == 0 && source->kept)
		keep_show(&reading, source->kept);
	if (r == 0)
		r = show_names_new(reading.catalogue, &reading.catalogue->names);
	if (r == 0) {
		*ret = reading.catalogue;
		reading.catalogue = NULL; /* the caller owns it now */
	}
	catalogue_free(reading.catalogue);
	for (size_t i = 0; i < source->folder_count && reading.folders; i++)
		dataset_paths_free(reading.folders[i].paths, reading.folders[i].count);
	free(reading.folders);
	return r;
}

int catalogue_load(const char *folder, struct str *report, struct catalogue **ret)
{
	return catalogue_read(&(struct catalogue_source){.folders = &folder, .folder_count = 1}, report, ret);
}

/* ---------------------------------------------------------------- a catalogue */

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
	for (size_t i = 0; catalogue->datasets && i < catalogue->count; i++)
		dataset_free(catalogue->datasets[i]);
	show_names_free(catalogue->names);
	free(catalogue->datasets);
	free(catalogue->marks);
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

const char *catalogue_path(const struct catalogue *catalogue, size_t index)
{
	return index < catalogue->count ? catalogue->datasets[index]->path : NULL;
}

const struct show_names *catalogue_names(const struct catalogue *catalogue)
{
	return catalogue->names;
}

const struct show *catalogue_find(const struct catalogue *catalogue, const char *name)
{
	return show_names_find(catalogue->names, name, strlen(name));
}
