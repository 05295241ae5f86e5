/* Why a file or a folder that the operator names cannot be read, and what is there instead. */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bot/base/file.h"
#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/config/reader.h"

#define NAMES_MAX      64 /* files of a folder that are looked at */
#define NAMES_SHOWN    5
#define NAME_MAX_BYTES 128

/* The configurations of a folder. */
struct configurations {
	char *names[NAMES_MAX];
	size_t count;
	bool is_read;
};

static bool is_configuration(const char *name)
{
	size_t length = strlen(name);

	return *name != '.' && length > 5 && length < NAME_MAX_BYTES && str_equal(name + length - 5, ".json");
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void list(const char *folder, struct configurations *ret)
{
	DIR *stream = opendir(folder);
	const struct dirent *entry;

	*ret = (struct configurations){.is_read = stream != NULL};
	while (stream && ret->count < NAMES_MAX && (entry = readdir(stream)) != NULL) {
		if (!is_configuration(entry->d_name))
			continue;
		ret->names[ret->count] = str_copy(entry->d_name);
		if (!ret->names[ret->count])
			break;
		ret->count++;
	}
	if (stream)
		closedir(stream);
	qsort(ret->names, ret->count, sizeof(ret->names[0]), by_name);
}

static void release(struct configurations *there)
{
	for (size_t i = 0; i < there->count; i++)
		free(there->names[i]);
}

static void append_names(struct str *text, const struct configurations *there)
{
	for (size_t i = 0; i < there->count && i < NAMES_SHOWN; i++)
		str_printf(text, "%s%s", i ? ", " : "", there->names[i]);
	if (there->count > NAMES_SHOWN)
		str_printf(text, " and %zu more", there->count - NAMES_SHOWN);
}

/* There is no such file: name the one that is meant, or those that are there. */
static void advise_missing(struct str *text, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *near;
	char *folder = file_folder(path);
	struct configurations there;

	str_append(text, "there is no such file");
	if (!folder)
		return;
	list(folder, &there);
	near = nearest_of(name, (const char *const *)there.names, there.count);
	if (!there.is_read && errno != EACCES) {
		str_printf(text, ", because there is no folder %s", folder);
	} else if (near) {
		str_printf(text, "; did you mean %.*s%s?", slash ? (int)(slash + 1 - path) : 0, path, near);
	} else if (there.count) {
		str_printf(text, "; %s has ", slash ? folder : "this folder");
		append_names(text, &there);
	} else {
		str_printf(text, "; to write one: episoded init discord %s (or irc, or twitch)", path);
	}
	release(&there);
	free(folder);
}

static void advise_folder(struct str *text, const char *path)
{
	struct configurations there;

	list(path, &there);
	str_append(text, "this is a folder; name the file");
	if (there.count) {
		str_append(text, ", one of ");
		append_names(text, &there);
	}
	release(&there);
}

void config_advise_unreadable(const char *path, int error, struct str *report)
{
	struct str text = STR(UTF8_LINE_MAX_BYTES);

	switch (error) {
	case -ENOENT: advise_missing(&text, path); break;
	case -ENOTDIR:
		str_append(&text, "there is no such file, because a part of its path is no folder");
		break;
	case -EISDIR: advise_folder(&text, path); break;
	case -EACCES:
		str_append(&text, "permission denied; let the user that runs episoded read it (chmod, "
				  "chown), or "
				  "use sudo");
		break;
	case -EFBIG: str_append(&text, "too large for a configuration (more than 8 MB)"); break;
	case -EAGAIN: str_append(&text, "it was being written; try again"); break;
	default: str_append(&text, strerror(-error));
	}
	utf8_report(report, "%s: cannot be read: %s", path, str_text(&text));
	if (text.error)
		report->error = text.error;
	str_release(&text);
}
