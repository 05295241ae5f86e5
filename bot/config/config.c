/* The configuration: its file, its defaults, its lifetime. */

#include "bot/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/utf8.h"
#include "bot/config/reader.h"

#define PREFIX_DEFAULT "!"
#define STATE_DEFAULT  "/var/lib/episoded"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---------------------------------------------------------------- reading */

static void read_log(struct config_reader *reader, struct json_node *root, struct config *config)
{
	/* In the order of enum log_format and enum log_level. */
	static const char *const formats[] = {"auto", "text", "json", "journal"};
	static const char *const levels[] = {"error", "warning", "info", "debug"};
	size_t format = LOG_FORMAT_AUTO, level = LOG_LEVEL_INFO;

	config_read_word(reader, root, "log", formats, COUNT_OF(formats), &format);
	config_read_word(reader, root, "log_level", levels, COUNT_OF(levels), &level);
	config->log_format = (enum log_format)format;
	config->log_level = (enum log_level)level;
}

static void read_traced(struct config_reader *reader, struct json_node *list, struct config *config)
{
	size_t count = json_count(list);

	if (count == 0 || count > CONFIG_GATEWAYS_MAX) {
		json_problem(reader->json, list,
				"\"trace\" must be true, false or a list of 1 to %d names of gateways",
				CONFIG_GATEWAYS_MAX);
		return;
	}
	config->traced_gateways = calloc(count, sizeof(*config->traced_gateways));
	if (!config->traced_gateways) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		const char *name = json_string(node);

		if (!name || !config_gateway(config, name))
			json_problem(reader->json, node,
					"\"trace\" names a gateway that is not in this file");
		else
			config_keep(reader, &config->traced_gateways[config->traced_gateway_count++], name);
	}
	config->is_traced = true;
}

/* Read after "gateways", because the list may name gateways of this file. */
static void read_trace(struct config_reader *reader, struct json_node *root, struct config *config)
{
	struct json_node *trace = json_get(root, "trace");
	const char *file = NULL;

	if (trace && json_type(trace) == JSON_ARRAY)
		read_traced(reader, trace, config);
	else if (trace && json_type(trace) != JSON_BOOLEAN && json_type(trace) != JSON_NULL)
		json_problem(reader->json, trace,
				"\"trace\" must be true, false or a list of names of gateways");
	else
		config->is_traced = trace && json_is_true(trace);
	if (!json_text(reader->json, root, "trace_file", JSON_OPTIONAL, &file))
		return;
	if (*file)
		config_keep_path(reader, &config->trace_file, file);
	else
		json_problem(reader->json, json_get(root, "trace_file"),
				"\"trace_file\" is empty; name a file, or remove it for standard error");
}

/* The default of "state": $XDG_STATE_HOME or ~/.local/state (XDG base directories); the current folder when
 * there is no home. */
static void keep_home_state(struct config_reader *reader, struct config *config)
{
	const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	struct str folder = STR(PATH_MAX);

	if (base && *base == '/')
		str_printf(&folder, "%s/episoded", base);
	else if (home && *home == '/')
		str_printf(&folder, "%s/.local/state/episoded", home);
	else
		str_append(&folder, STATE_DEFAULT);
	if (folder.error)
		reader->error = folder.error;
	else
		config_keep(reader, &config->state, str_text(&folder));
	str_release(&folder);
}

/* $STATE_DIRECTORY (set by systemd for StateDirectory=) overrides "state": under the unit's sandbox no other
 * folder is writable. */
static void keep_state(struct config_reader *reader, struct config *config, const char *written)
{
	const char *given = getenv("STATE_DIRECTORY");

	if (given && *given) {
		/* With several folders systemd puts colons between them; the first is ours. */
		free(config->state);
		config->state = str_copy_bytes(given, strcspn(given, ":"));
		if (!config->state)
			reader->error = -ENOMEM;
		return;
	}
	if (written)
		config_keep_path(reader, &config->state, written);
	else if (geteuid() == 0)
		config_keep(reader, &config->state, STATE_DEFAULT);
	else
		keep_home_state(reader, config);
}

static void read_folders(struct config_reader *reader, struct json_node *root, struct config *config)
{
	const char *data = NULL, *state = NULL;

	if (json_text(reader->json, root, "data", JSON_OPTIONAL, &data) && !*data)
		json_problem(reader->json, json_get(root, "data"),
				"\"data\" is empty; name a folder, or remove it");
	if (json_text(reader->json, root, "state", JSON_OPTIONAL, &state) && !*state)
		json_problem(reader->json, json_get(root, "state"),
				"\"state\" is empty; name a folder, or remove it");
	if (data)
		config_keep_path(reader, &config->data, data);
	keep_state(reader, config, state);
}

static void read_texts(struct config_reader *reader, struct json_node *root, struct config *config)
{
	const char *prefix = PREFIX_DEFAULT, *show = NULL, *problem;

	json_text(reader->json, root, "prefix", JSON_OPTIONAL, &prefix);
	problem = config_check_prefix(prefix);
	if (problem)
		json_problem(reader->json, json_get(root, "prefix"), "\"prefix\" %s", problem);
	config_keep(reader, &config->prefix, prefix);

	if (!json_text(reader->json, root, "default_show", JSON_OPTIONAL, &show))
		return;
	problem = strlen(show) > CONFIG_SHOW_MAX_BYTES ? "is too long" : config_check_name(show);
	if (problem)
		json_problem(reader->json, json_get(root, "default_show"),
				"\"default_show\" is the id of a show, and %s", problem);
	else
		config_keep(reader, &config->default_show, show);
}

static void read_gateways(struct config_reader *reader, struct json_node *root, struct config *config)
{
	struct json_node *list = NULL;
	size_t count;

	if (!json_array(reader->json, root, "gateways", JSON_REQUIRED, &list))
		return;
	count = json_count(list);
	if (count == 0 || count > CONFIG_GATEWAYS_MAX) {
		json_problem(reader->json, list,
				"\"gateways\" must have 1 to %d items; the minimum is "
				"[{\"name\": \"%s\", \"type\": \"%s\"}]",
				CONFIG_GATEWAYS_MAX, (*reader->networks)->type, (*reader->networks)->type);
		return;
	}
	config->gateways = calloc(count, sizeof(*config->gateways));
	if (!config->gateways) {
		reader->error = -ENOMEM;
		return;
	}
	for (struct json_node *node = json_first(list); node; node = json_next(node)) {
		const struct gateway_config *gateway;

		if (reader->is_partial &&
				!str_equal(json_string(json_get(node, "type")), (*reader->networks)->type))
			continue;
		gateway = config_read_gateway(reader, node);

		if (gateway)
			config->gateways[config->gateway_count++] = gateway;
	}
}

static int read_document(struct json *json, const char *folder, const struct network *const *networks,
		bool is_partial, struct config **ret)
{
	static const char *const known[] = {"$schema", "prefix", "data", "state", "default_show", "log",
			"log_level", "trace", "trace_file", "proxy", "gateways"};
	struct config_reader reader = {
			.json = json, .folder = folder, .networks = networks, .is_partial = is_partial};
	struct json_node *root = json_root(json);
	struct config *config;
	int r;

	if (!root)
		return -EBADMSG;
	if (json_type(root) != JSON_OBJECT) {
		json_problem(json, root, "a configuration is an object, as in {\"gateways\": [...]}");
		return -EBADMSG;
	}
	config = calloc(1, sizeof(*config));
	if (!config)
		return -ENOMEM;
	reader.config = config;
	json_known_keys(json, root, known, COUNT_OF(known), false);
	read_texts(&reader, root, config);
	read_folders(&reader, root, config);
	read_log(&reader, root, config);
	config_read_proxy(&reader, root, &config->proxy); /* before the gateways, which inherit it */
	read_gateways(&reader, root, config);
	if (!is_partial)
		read_trace(&reader, root, config);
	r = reader.error ? reader.error : json_is_broken(json) ? -EBADMSG : 0;
	if (r == 0) {
		*ret = config;
		config = NULL;
	}
	config_free(config);
	return r;
}

int config_read(struct json *json, const char *folder, const struct network *const *networks,
		struct config **ret)
{
	return read_document(json, folder, networks, false, ret);
}

/* ---------------------------------------------------------------- the file */

/* The absolute folder of a file; the caller frees *ret. */
static int folder_of(const char *path, char **ret)
{
	const char *slash = strrchr(path, '/');
	char *name = slash ? str_copy_bytes(path, (size_t)(slash - path) + 1) : str_copy(".");
	char *folder;

	if (!name)
		return -ENOMEM;
	folder = realpath(name, NULL);
	free(name);
	if (!folder)
		return -errno;
	*ret = folder;
	return 0;
}

static int load(const char *path, const struct network *const *networks, bool is_partial, struct str *report,
		struct config **ret)
{
	struct config *config = NULL;
	struct json *json = NULL;
	char *folder = NULL;
	int r;

	r = json_parse_file(path, JSON_COMMENTS, &json);
	if (r == 0)
		r = folder_of(path, &folder);
	if (r < 0) {
		utf8_report(report, "%s: cannot be read: %s", path, strerror(-r));
		goto out;
	}
	r = read_document(json, folder, networks, is_partial, &config);
	json_print_problems(json, path, report);
	if (r)
		goto out;
	config->path = str_copy(path);
	if (!config->path) {
		r = -ENOMEM;
		goto out;
	}
	*ret = config;
	config = NULL;
out:
	config_free(config);
	json_free(json);
	free(folder);
	return r;
}

int config_load(const char *path, const struct network *const *networks, struct str *report,
		struct config **ret)
{
	return load(path, networks, false, report, ret);
}

int config_load_network(
		const char *path, const struct network *network, struct str *report, struct config **ret)
{
	const struct network *const networks[] = {network, NULL};

	return load(path, networks, true, report, ret);
}

int config_default(const char *data, const struct network *const *networks, struct config **ret)
{
	const char *type = (*networks)->type;
	struct str text = STR(200);
	struct config_reader reader = {.folder = "."};
	struct config *config = NULL;
	struct json *json = NULL;
	int r;

	str_printf(&text, "{\"gateways\": [{\"name\": \"%s\", \"type\": \"%s\"}]}", type, type);
	r = text.error ? text.error : json_parse(str_text(&text), text.length, JSON_OPTIONAL, &json);
	if (r == 0)
		r = config_read(json, reader.folder, networks, &config);
	if (r)
		goto out;
	config_keep(&reader, &config->data, data);
	if (!getenv("STATE_DIRECTORY"))
		keep_home_state(&reader, config);
	r = reader.error;
	if (r)
		goto out;
	*ret = config;
	config = NULL;
out:
	config_free(config);
	json_free(json);
	str_release(&text);
	return r;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->gateway_count; i++)
		gateway_config_unref(config->gateways[i]);
	free(config->gateways);
	for (size_t i = 0; i < config->traced_gateway_count; i++)
		free(config->traced_gateways[i]);
	free(config->traced_gateways);
	free(config->trace_file);
	free(config->path);
	free(config->prefix);
	free(config->data);
	free(config->state);
	free(config->default_show);
	config_secret_free(config->proxy);
	free(config);
}
