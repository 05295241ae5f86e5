/* The configuration: its file, its defaults, its lifetime. */

#include "bot/config/config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/utf8.h"
#include "bot/config/database_url.h"
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

static void keep_place(struct config_reader *reader, struct json_node *root, const char *key,
		struct config_place *place)
{
	json_position(reader->json, json_get(root, key), &place->line, &place->column);
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
	keep_place(reader, root, "trace_file", &config->trace_file_place);
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
	const char *state = NULL;

	config_read_data(reader, root, config);
	if (json_text(reader->json, root, "state", JSON_OPTIONAL, &state) && !*state)
		json_problem(reader->json, json_get(root, "state"),
				"\"state\" is empty; name a folder, or remove it");
	/* The folder of a URL is the default: it has the files that only this machine needs. */
	keep_state(reader, config, state && database_url_is(state) ? NULL : state);
	keep_place(reader, root, "state", &config->state_place);
	keep_place(reader, root, "default_show", &config->default_show_place);
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

/* The document of a file without gateways; listen and owners may be NULL. */
static int parse_standard(const struct network *const *networks, const char *listen, const char *owners,
		struct json **ret)
{
	const char *type = (*networks)->type;
	struct str text = STR(CONFIG_URL_MAX_BYTES * 8);
	int r;

	str_printf(&text, "{\"gateways\": [{\"name\": \"%s\", \"type\": \"%s\"", type, type);
	if (listen) {
		str_append(&text, ", \"listen\": ");
		json_append_string(&text, listen);
	}
	if (owners) {
		str_append(&text, ", \"owners\": ");
		json_append_string(&text, owners);
	}
	str_append(&text, "}]}");
	r = text.error ? text.error : json_parse(str_text(&text), text.length, JSON_OPTIONAL, ret);
	str_release(&text);
	return r;
}

/* Without "gateways" there is one of the first network, with that network's defaults. */
static void read_standard_gateway(struct config_reader *reader, struct json_node *root, struct config *config)
{
	struct config_reader inner = *reader;
	struct json *json = NULL;
	int r = parse_standard(reader->networks, NULL, NULL, &json);

	config->gateways = calloc(1, sizeof(*config->gateways));
	if (r < 0 || !config->gateways) {
		reader->error = r < 0 ? r : -ENOMEM;
		goto out;
	}
	inner.json = json;
	config->gateways[0] = config_read_gateway(&inner, json_first(json_get(json_root(json), "gateways")));
	config->gateway_count = config->gateways[0] != NULL;
	reader->error = inner.error;
	if (!json_is_broken(reader->json))
		json_warning(reader->json, root,
				"no \"gateways\": only the %s runs, as without a configuration",
				(*reader->networks)->type);
out:
	json_free(json);
}

static void read_gateways(struct config_reader *reader, struct json_node *root, struct config *config)
{
	struct json_node *list = NULL;
	size_t count;

	if (!json_array(reader->json, root, "gateways", JSON_OPTIONAL, &list)) {
		if (json_type(json_get(root, "gateways")) == JSON_NULL && !reader->is_partial)
			read_standard_gateway(reader, root, config);
		return;
	}
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

/* ---------------------------------------------------------------- keys */

static const char *const file_keys[] = {"$schema", "prefix", "data", "state", "database", "default_show",
		"log", "log_level", "trace", "trace_file", "proxy", "sites", "pictures", "gateways"};

bool config_is_file_key(const char *key)
{
	for (size_t i = 0; i < COUNT_OF(file_keys); i++)
		if (str_equal(file_keys[i], key))
			return true;
	return false;
}

/* A setting of a channel, or a key of a gateway: say where it belongs. True: reported. */
static bool is_misplaced(struct config_reader *reader, const struct json_node *node)
{
	static const char *const settings[] = {"show", "quiet", "zone", "seen", "warnings"};
	const char *key = json_key(node);
	struct str types = STR(200);
	bool is_setting = false, is_of_gateway = config_find_key(reader, key, &types);

	for (size_t i = 0; i < COUNT_OF(settings); i++)
		is_setting = is_setting || str_equal(settings[i], key);
	if (is_of_gateway)
		json_problem(reader->json, node,
				"unknown key \"%.40s\": it belongs into an object of \"gateways\", of the "
				"type %s",
				key, str_text(&types));
	else if (is_setting)
		json_problem(reader->json, node,
				"unknown key \"%.40s\": it is not set in this file; an owner sets it in a "
				"channel: !set %s "
				"...",
				key, key);
	str_release(&types);
	return is_of_gateway || is_setting;
}

static void check_keys(struct config_reader *reader, struct json_node *root)
{
	for (struct json_node *node = json_first(root); node; node = json_next(node))
		if (!json_is_known(node, file_keys, COUNT_OF(file_keys)) &&
				(json_is_full(reader->json) || !is_misplaced(reader, node)))
			json_unknown_key(reader->json, node, file_keys, COUNT_OF(file_keys));
}

/* path may be NULL: not a file. */
static int read_document(struct json *json, const char *path, const char *folder,
		const struct network *const *networks, bool is_partial, struct config **ret)
{
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
	if (path)
		config_keep(&reader, &config->path, path);
	check_keys(&reader, root);
	read_texts(&reader, root, config);
	read_folders(&reader, root, config);
	if (!is_partial)
		config_read_sites(&reader, root, config->sites);
	if (!is_partial)
		config_read_pictures(&reader, root, &config->pictures);
	if (!is_partial)
		config_read_database(&reader, root, config);
	if (!is_partial || *networks)
		config_read_proxy(&reader, root, &config->proxy); /* before the gateways, which inherit it */
	if (*networks) {
		read_log(&reader, root, config);
		read_gateways(&reader, root, config);
	}
	if (config->database)
		config_check_database(&reader, root);
	if (!is_partial && *networks)
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
	return read_document(json, NULL, folder, networks, false, ret);
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
	struct json *json = NULL;
	char *folder = NULL;
	int r;

	r = json_parse_file(path, JSON_COMMENTS, &json);
	if (r == 0)
		r = folder_of(path, &folder);
	if (r < 0) {
		config_advise_unreadable(path, r, report);
		goto out;
	}
	r = read_document(json, path, folder, networks, is_partial, ret);
	json_print_problems(json, path, report);
out:
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

int config_load_database(const char *path, struct str *report, struct config **ret)
{
	static const struct network *const none[] = {NULL};

	return load(path, none, false, report, ret);
}

int config_load_shows(const char *path, struct str *report, struct config **ret)
{
	static const struct network *const none[] = {NULL};

	return load(path, none, true, report, ret);
}

int config_load_sites(const char *path, struct str *report, struct config **ret)
{
	static const struct network *const no_network[] = {NULL};
	struct json *json = NULL;
	int r;

	if (path)
		return load(path, no_network, false, report, ret);
	r = json_parse("{}", strlen("{}"), 0, &json);
	if (r == 0)
		r = config_read(json, ".", no_network, ret);
	if (json)
		json_print_problems(json, SITES_TMDB_CREDENTIAL, report);
	json_free(json);
	return r;
}

int config_load_database_keys(const char *path, struct str *report, struct database_config *database)
{
	struct config_reader reader = {.folder = "."};
	char *folder = NULL;
	int r = path ? json_parse_file(path, JSON_COMMENTS, &reader.json)
		     : json_parse("{}", strlen("{}"), 0, &reader.json);

	if (r == 0 && path)
		r = folder_of(path, &folder);
	if (r < 0) {
		config_advise_unreadable(path ? path : "-", r, report);
		goto out;
	}
	if (folder)
		reader.folder = folder;
	if (json_root(reader.json))
		config_read_database_keys(&reader, json_root(reader.json), database);
	json_print_problems(reader.json, path ? path : "state-password", report);
	r = reader.error ? reader.error : json_is_broken(reader.json) ? -EBADMSG : 0;
out:
	json_free(reader.json);
	free(folder);
	return r;
}

int config_default(const char *data, const char *listen, const char *owners,
		const struct network *const *networks, struct str *report, struct config **ret)
{
	struct config_reader reader = {.folder = "."};
	const char *problem = NULL, *given;
	struct config *config = NULL;
	struct json *json = NULL;
	unsigned short port;
	char *host = NULL;
	int r;

	if (listen)
		problem = config_parse_listen(listen, &host, &port);
	free(host);
	if (problem && !config_no_memory(&reader, problem))
		utf8_report(report, "--listen: %s", problem);
	if (!problem && owners && !str_equal(owners, "everybody") && !str_equal(owners, "nobody")) {
		problem = "must be \"everybody\" or \"nobody\"";
		utf8_report(report, "--owners %s", problem);
	}
	if (problem)
		return reader.error ? reader.error : -EBADMSG;
	r = parse_standard(networks, listen, owners, &json);
	if (r == 0)
		r = config_read(json, reader.folder, networks, &config);
	if (r)
		goto out;
	if (config_folders_add(&config->data, data) < 0)
		reader.error = -ENOMEM;
	given = getenv("STATE_DIRECTORY");
	if (!given || !*given) /* as in keep_state() */
		keep_home_state(&reader, config);
	r = reader.error;
	if (r)
		goto out;
	*ret = config;
	config = NULL;
out:
	config_free(config);
	json_free(json);
	return r;
}

void config_report(const struct config *config, struct config_place place, bool is_warning,
		struct str *report, const char *format, ...)
{
	const char *kind = is_warning ? "warning: " : "";
	struct str text = STR(UTF8_LINE_MAX_BYTES);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&text, format, arguments);
	va_end(arguments);
	if (!config->path)
		utf8_report(report, "%s%s", kind, str_text(&text));
	else if (!place.line)
		utf8_report(report, "%s: %s%s", config->path, kind, str_text(&text));
	else
		utf8_report(report, "%s:%u:%u: %s%s", config->path, place.line, place.column, kind,
				str_text(&text));
	if (text.error) /* out of memory: the line is incomplete */
		report->error = text.error;
	str_release(&text);
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
	config_folders_release(&config->data);
	free(config->shows);
	free(config->state);
	config_sites_release(config->sites);
	free(config->pictures.ca_file);
	if (config->database)
		database_config_release(config->database);
	free(config->database);
	free(config->default_show);
	config_secret_free(config->proxy);
	free(config);
}
