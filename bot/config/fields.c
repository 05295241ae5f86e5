/* The kinds of values that a table of keys can name: how each is read, compared and released. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/config/reader.h"

void *config_member(struct gateway_config *config, const struct config_field *field)
{
	return (char *)config + field->offset;
}

void config_read_elsewhere(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	(void)reader;
	(void)object;
	(void)field;
	(void)config;
}

/* ---------------------------------------------------------------- single values */

void config_keep(struct config_reader *reader, char **field, const char *text)
{
	char *copy = str_copy(text);

	if (!copy) {
		reader->error = -ENOMEM;
		return;
	}
	free(*field);
	*field = copy;
}

void config_keep_path(struct config_reader *reader, char **field, const char *path)
{
	struct str full = STR(4096);

	if (path[0] != '/')
		str_printf(&full, "%s/", reader->folder);
	str_append(&full, path);
	if (!full.error)
		config_keep(reader, field, str_text(&full));
	else if (full.error == -EMSGSIZE)
		json_problem(reader->json, NULL, "a path is longer than %zu bytes", full.limit_bytes);
	else
		reader->error = full.error;
	str_release(&full);
}

void config_read_word(struct config_reader *reader, struct json_node *object, const char *key,
		const char *const *words, size_t count, size_t *ret)
{
	const char *text = NULL;
	struct str list = STR(200);

	if (!json_text(reader->json, object, key, JSON_OPTIONAL, &text))
		return;
	for (size_t i = 0; i < count; i++) {
		if (str_equal(text, words[i])) {
			*ret = i;
			goto out;
		}
		str_printf(&list, "%s\"%s\"", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
	}
	json_problem(reader->json, json_get(object, key), "\"%s\" must be %s", key, str_text(&list));
out:
	str_release(&list);
}

void config_read_checked(struct config_reader *reader, struct json_node *object, const char *key, int flags,
		const char *(*check)(const char *text), char **field)
{
	const char *text = NULL, *problem;

	if (!json_text(reader->json, object, key, flags, &text))
		return;
	problem = check ? check(text) : NULL;
	if (config_no_memory(reader, problem))
		return;
	if (problem)
		json_problem(reader->json, json_get(object, key), "\"%s\" %s", key, problem);
	else
		config_keep(reader, field, text);
}

/* ---------------------------------------------------------------- texts */

static bool text_equal(const void *a, const void *b)
{
	return str_equal(*(char *const *)a, *(char *const *)b);
}

static void release_text(void *value)
{
	free(*(char **)value);
}

static void release_secret(void *value)
{
	config_secret_free(*(char **)value);
}

static void read_text(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **text = config_member(config, field);

	config_read_checked(reader, object, field->key, field->flags, field->check, text);
	if (!*text && field->standard)
		config_keep(reader, text, field->standard);
}

static void read_readable_path(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **path = config_member(config, field);
	const char *text = NULL, *problem;

	if (!json_text(reader->json, object, field->key, field->flags, &text))
		return;
	config_keep_path(reader, path, text);
	if (*path && access(*path, R_OK) < 0)
		json_problem(reader->json, json_get(object, field->key), "\"%s\" cannot be read: %.200s: %s",
				field->key, *path, strerror(errno));
	else if (*path && field->check && (problem = field->check(*path)) &&
			!config_no_memory(reader, problem))
		json_problem(reader->json, json_get(object, field->key), "\"%s\": %.200s %s", field->key,
				*path, problem);
}

static void check_secret(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, char *secret)
{
	const char *problem = secret && field->check && !reader->is_partial ? field->check(secret) : NULL;

	if (problem)
		json_problem(reader->json, json_get(object, field->key), "\"%s\" %s", field->key, problem);
}

static void read_secret(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **secret = config_member(config, field);

	config_read_secret(reader, object, field->key, secret);
	check_secret(reader, object, field, *secret);
}

static void read_token(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	char **secret = config_member(config, field);

	config_read_token(reader, object, field->key, secret);
	check_secret(reader, object, field, *secret);
}

const struct config_kind config_text = {read_text, text_equal, release_text};
const struct config_kind config_readable_path = {read_readable_path, text_equal, release_text};
const struct config_kind config_secret = {read_secret, text_equal, release_secret};
const struct config_kind config_token = {read_token, text_equal, release_secret};

/* ---------------------------------------------------------------- numbers */

static bool number_equal(const void *a, const void *b)
{
	return *(const unsigned *)a == *(const unsigned *)b;
}

static bool flag_equal(const void *a, const void *b)
{
	return *(const bool *)a == *(const bool *)b;
}

/* The member is an enum, which is compatible with unsigned. */
static void read_word(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	size_t place = 0;

	config_read_word(reader, object, field->key, field->words, field->word_count, &place);
	*(unsigned *)config_member(config, field) = (unsigned)place;
}

static void read_number(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	long number = field->number;

	json_integer(reader->json, object, field->key, field->flags, field->low, field->high, &number);
	*(unsigned *)config_member(config, field) = (unsigned)number;
}

static void read_flag(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	bool *flag = config_member(config, field);

	*flag = field->number != 0;
	json_boolean(reader->json, object, field->key, field->flags, flag);
}

const struct config_kind config_word = {read_word, number_equal, NULL};
const struct config_kind config_number = {read_number, number_equal, NULL};
const struct config_kind config_flag = {read_flag, flag_equal, NULL};

/* ---------------------------------------------------------------- channels */

int config_channels_copy(const struct config_channels *channels, struct config_channels *ret)
{
	struct config_channels copy = {.names = calloc(channels->count + 1, sizeof(*copy.names))};

	if (!copy.names)
		return -ENOMEM;
	for (; copy.count < channels->count; copy.count++) {
		copy.names[copy.count] = str_copy(channels->names[copy.count]);
		if (!copy.names[copy.count]) {
			config_channels_release(&copy);
			return -ENOMEM;
		}
	}
	*ret = copy;
	return 0;
}

bool config_channels_equal(const struct config_channels *a, const struct config_channels *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!str_equal(a->names[i], b->names[i]))
			return false;
	return true;
}

void config_channels_release(struct config_channels *channels)
{
	for (size_t i = 0; i < channels->count; i++)
		free(channels->names[i]);
	free(channels->names);
	*channels = (struct config_channels){0};
}

static bool channels_equal(const void *a, const void *b)
{
	return config_channels_equal(a, b);
}

static void release_channels(void *value)
{
	config_channels_release(value);
}

static bool has_channel(const struct config_channels *channels, const char *name)
{
	for (size_t i = 0; i < channels->count; i++)
		if (str_equal_nocase(channels->names[i], name))
			return true;
	return false;
}

static void read_channel(
		struct config_reader *reader, const struct json_node *node, struct config_channels *channels)
{
	const char *name = json_string(node), *problem;

	if (!name) {
		json_problem(reader->json, node, "a channel is a string, as in \"#tv\"");
		return;
	}
	problem = config_check_channel(name);
	if (problem) {
		json_problem(reader->json, node, "a channel's name %s", problem);
	} else if (has_channel(channels, name)) {
		json_problem(reader->json, node, "the channel %.64s is listed twice; remove one of the two",
				name);
	} else {
		config_keep(reader, &channels->names[channels->count], name);
		channels->count += channels->names[channels->count] != NULL;
	}
}

static void read_channels(struct config_reader *reader, struct json_node *object,
		const struct config_field *field, struct gateway_config *config)
{
	struct config_channels *channels = config_member(config, field);
	struct json_node *list = NULL;

	if (!json_array(reader->json, object, field->key, field->flags, &list) && !field->standard)
		return;
	if (json_count(list) > CONFIG_CHANNELS_MAX) {
		json_problem(reader->json, list, "too many channels; the limit is %d for one gateway",
				CONFIG_CHANNELS_MAX);
		return;
	}
	channels->names = calloc(json_count(list) + 1, sizeof(*channels->names));
	if (!channels->names) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node))
		read_channel(reader, node, channels);
	if (channels->count > 0 || !field->standard)
		return;
	config_keep(reader, &channels->names[0], field->standard);
	channels->count = channels->names[0] != NULL;
}

const struct config_kind config_channels = {read_channels, channels_equal, release_channels};
