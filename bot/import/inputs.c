/* The files of an import. */

#include "bot/import/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/base/json.h"
#include "bot/base/str.h"
#include "bot/import/unpacked.h"

#define PATH_MAX_BYTES 4096
#define CHUNK_BYTES    (1024u * 1024)

/* ---------------------------------------------------------------- finding */

static int add_path(struct inputs_paths *paths, const char *path, uint64_t bytes, bool is_in_folder)
{
	size_t capacity = paths->capacity ? paths->capacity * 2 : 16;
	struct inputs_path *items;
	char *copy;

	if (is_in_folder && paths->count >= INPUTS_FILES_MAX)
		return -E2BIG;
	if (paths->count == paths->capacity) {
		items = realloc(paths->items, capacity * sizeof(*items));
		if (!items)
			return -ENOMEM;
		paths->items = items;
		paths->capacity = capacity;
	}
	copy = str_copy(path);
	if (path && !copy)
		return -ENOMEM;
	paths->items[paths->count++] =
			(struct inputs_path){.path = copy, .bytes = bytes, .is_in_folder = is_in_folder};
	return 0;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The files of a folder come before its folders. */
static int find_in(struct inputs_paths *paths, const char *folder, bool of_folders, int depth);

static int find_entry(
		struct inputs_paths *paths, const char *folder, const char *name, bool of_folders, int depth)
{
	struct str path = STR(PATH_MAX_BYTES);
	struct stat about;
	int r = 0;

	str_printf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
	if (path.error || stat(str_text(&path), &about) < 0)
		r = path.error == -ENOMEM ? -ENOMEM : 0; /* a link to nothing, a file that is gone */
	else if (S_ISREG(about.st_mode) && !of_folders)
		r = add_path(paths, str_text(&path), (uint64_t)about.st_size, true);
	else if (S_ISDIR(about.st_mode) && of_folders && depth < INPUTS_DEPTH_MAX) {
		r = find_in(paths, str_text(&path), false, depth + 1);
		r = r ? r : find_in(paths, str_text(&path), true, depth + 1);
	}
	str_release(&path);
	return r;
}

static int find_in(struct inputs_paths *paths, const char *folder, bool of_folders, int depth)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_visible, by_name), r = 0;

	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = find_entry(paths, folder, entries[i]->d_name, of_folders, depth);
		free(entries[i]);
	}
	free(entries);
	return r;
}

int inputs_find(struct inputs_paths *paths, const char *source)
{
	struct stat about;
	int r;

	if (strcmp(source, "-") == 0)
		return add_path(paths, NULL, 0, false);
	if (stat(source, &about) < 0)
		return -errno;
	if (!S_ISDIR(about.st_mode))
		return add_path(paths, source, S_ISREG(about.st_mode) ? (uint64_t)about.st_size : 0, false);
	r = find_in(paths, source, false, 0);
	return r ? r : find_in(paths, source, true, 0);
}

void inputs_paths_release(struct inputs_paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i].path);
	free(paths->items);
	*paths = (struct inputs_paths){0};
}

/* ---------------------------------------------------------------- reading */

/* What is read so far. */
struct inputs_reading {
	struct unpacked *file;
	char *bytes;
	size_t length, capacity;
	size_t total;                       /* bytes of the file, before format->shrink() dropped some */
	size_t done;                        /* bytes that it need not see again */
	const struct import_format *format; /* NULL: not known */
	const struct import_options *options;
	void (*on_read)(void *context, uint64_t bytes);
	void *context;
};

static void shrink(struct inputs_reading *reading)
{
	size_t done = 0;

	if (!reading->format || !reading->format->shrink || !reading->options)
		return;
	reading->length = reading->done + reading->format->shrink(reading->bytes + reading->done,
							  reading->length - reading->done, reading->options,
							  &done);
	reading->done += done;
}

/* Read until limit or the end. */
static int read_to(struct inputs_reading *reading, size_t limit)
{
	while (reading->total < limit) {
		size_t wanted = limit - reading->total < CHUNK_BYTES ? limit - reading->total : CHUNK_BYTES;
		ssize_t count;

		if (reading->capacity < reading->length + wanted + 1) {
			size_t capacity = reading->length * 2 > reading->length + wanted + 1
							  ? reading->length * 2
							  : reading->length + wanted + 1;
			char *bytes = realloc(reading->bytes, capacity);

			if (!bytes)
				return -ENOMEM;
			reading->bytes = bytes;
			reading->capacity = capacity;
		}
		count = unpacked_read(reading->file, reading->bytes + reading->length, wanted);
		if (count < 0)
			return (int)count;
		if (count == 0)
			break;
		reading->length += (size_t)count;
		reading->total += (size_t)count;
		shrink(reading);
		if (reading->on_read)
			reading->on_read(reading->context, unpacked_used(reading->file));
	}
	reading->bytes[reading->length] = '\0';
	return 0;
}

static char first_sign(const char *text)
{
	if (str_starts(text, "\xEF\xBB\xBF"))
		text += 3;
	return text[strspn(text, " \t\r\n")];
}

/* A dataset may begin with a comment, as those of "new-show" do. */
static bool is_json_like(const char *text)
{
	char sign = first_sign(text);

	return sign == '{' || sign == '[' || sign == '/';
}

/* How large may the file with this beginning be? 0: it is of no format. */
static size_t limit_of(struct inputs_reading *reading)
{
	struct import_input head = {.name = "", .bytes = reading->bytes, .length = reading->length};

	if (is_json_like(head.bytes))
		return SOURCE_JSON_MAX_BYTES;
	reading->format = source_format(&head);
	return reading->format ? reading->format->max_bytes : 0;
}

/* A file of a folder is skipped without reading it if it is a video or a picture. */
static int read_bytes(struct inputs_reading *reading, const struct inputs_path *path)
{
	struct import_input head;
	size_t limit;
	int r = read_to(reading, SOURCE_HEAD_BYTES);

	if (r < 0)
		return r;
	limit = limit_of(reading);
	if (limit == 0 && path->is_in_folder)
		return -ENOEXEC;
	head = (struct import_input){.name = "", .bytes = reading->bytes, .length = reading->length};
	if (path->waits && reading->format && reading->format->is_last && reading->format->is_last(&head))
		return -EAGAIN;
	limit = limit ? limit : INPUTS_OTHER_MAX_BYTES;
	r = read_to(reading, limit + 1);
	return r < 0 ? r : reading->total > limit ? -EFBIG : 0;
}

static int parse(struct import_input *input)
{
	int r;

	if (!is_json_like(input->bytes))
		return 0;
	r = json_parse(input->bytes, input->length, JSON_COMMENTS, &input->json);
	if (r < 0)
		return r;
	if (json_is_broken(input->json) || !json_root(input->json)) {
		json_free(input->json); /* source_read() finds the problem again, and the place */
		input->json = NULL;
	}
	return 0;
}

int inputs_take(const char *name, char *bytes, size_t length, struct import_input **ret)
{
	struct import_input *input = calloc(1, sizeof(*input));
	int r;

	if (!input) {
		free(bytes);
		return -ENOMEM;
	}
	*input = (struct import_input){.name = str_copy(name), .bytes = bytes, .length = length};
	r = input->name ? parse(input) : -ENOMEM;
	if (r < 0)
		inputs_free(input);
	else
		*ret = input;
	return r;
}

static int read_open(const struct inputs_path *path, int fd, struct inputs_reading *reading)
{
	int r = unpacked_new(fd, &reading->file);

	if (r == 0)
		r = read_bytes(reading, path);
	unpacked_free(reading->file);
	reading->file = NULL;
	return r;
}

int inputs_read(const struct inputs_path *path, void (*on_read)(void *context, uint64_t bytes), void *context,
		struct import_input **ret)
{
	struct inputs_reading reading = {.options = path->options, .on_read = on_read, .context = context};
	int fd = path->path ? open(path->path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO, r;

	if (fd < 0)
		return -errno;
	r = read_open(path, fd, &reading);
	if (path->path)
		close(fd);
	if (r == 0) {
		r = inputs_take(path->path ? path->path : "standard input", reading.bytes, reading.length,
				ret);
		reading.bytes = NULL; /* taken over */
	}
	free(reading.bytes);
	return r;
}

void inputs_free(struct import_input *input)
{
	if (!input)
		return;
	json_free(input->json);
	/* The fields are const for everybody else. */
	free((void *)(uintptr_t)input->bytes);
	free((void *)(uintptr_t)input->name);
	free(input);
}
