/* "data": the folders of datasets. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/config/reader.h"

#define SHOWS_FOLDER "shows" /* the operator's own, beside the configuration */

/* The list takes the path over, or frees it. */
static int take_folder(struct config_folders *folders, char *path)
{
	char **paths;

	if (!path)
		return -ENOMEM;
	paths = realloc(folders->paths, (folders->count + 1) * sizeof(*paths));
	if (!paths) {
		free(path);
		return -ENOMEM;
	}
	folders->paths = paths;
	paths[folders->count++] = path;
	return 0;
}

int config_folders_add(struct config_folders *folders, const char *path)
{
	return take_folder(folders, str_copy(path));
}

bool config_folders_equal(const struct config_folders *a, const struct config_folders *b)
{
	bool is_equal = a->count == b->count;

	for (size_t i = 0; i < a->count && is_equal; i++)
		is_equal = strcmp(a->paths[i], b->paths[i]) == 0;
	return is_equal;
}

void config_folders_describe(const struct config_folders *folders, struct str *str)
{
	for (size_t i = 0; i < folders->count; i++)
		str_printf(str, "%s%s",
				i == 0                    ? ""
				: i + 1 == folders->count ? " and "
							  : ", ",
				folders->paths[i]);
}

void config_folders_release(struct config_folders *folders)
{
	for (size_t i = 0; i < folders->count; i++)
		free(folders->paths[i]);
	free(folders->paths);
	*folders = (struct config_folders){0};
}

static void keep_folder(struct config_reader *reader, const char *written, struct config_folders *ret)
{
	char *path = NULL;

	config_keep_path(reader, &path, written);
	if (path && take_folder(ret, path) < 0)
		reader->error = -ENOMEM;
}

static void read_list(struct config_reader *reader, struct json_node *list, struct config_folders *ret)
{
	size_t count = json_count(list);

	if (count == 0 || count > CONFIG_FOLDERS_MAX) {
		json_problem(reader->json, list, "\"data\" must be a folder, or a list of 1 to %d folders",
				CONFIG_FOLDERS_MAX);
		return;
	}
	for (struct json_node *item = json_first(list); item; item = json_next(item)) {
		const char *text = json_string(item);

		if (text && *text)
			keep_folder(reader, text, ret);
		else
			json_problem(reader->json, item,
					"each item of \"data\" must be the path of a folder");
	}
}

void config_read_data(struct config_reader *reader, struct json_node *root, struct config *config)
{
	struct json_node *node = json_get(root, "data");
	const char *text = json_string(node);

	if (json_type(node) == JSON_ARRAY)
		read_list(reader, node, &config->data);
	else if (text && *text)
		keep_folder(reader, text, &config->data);
	else if (text)
		json_problem(reader->json, node, "\"data\" is empty; name a folder, or remove it");
	else if (json_type(node) != JSON_NULL)
		json_problem(reader->json, node, "\"data\" must be a folder, or a list of 1 to %d folders",
				CONFIG_FOLDERS_MAX);
	json_position(reader->json, node, &config->data_place.line, &config->data_place.column);
	config_keep_path(reader, &config->shows, SHOWS_FOLDER);
}
