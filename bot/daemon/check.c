/* "episoded check config": whether "run" would work. Reads what "run" reads, and changes nothing. */

#include "bot/daemon/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/keeping.h"
#include "bot/gateway/gateway.h"
#include "bot/postgres/examine.h"

#define DATABASE_REPORT_MAX_BYTES 8192

/* Can the file be appended to, or made? 0 or a negative errno. */
static int examine_writing(const char *path)
{
	char *folder;
	int r;

	if (access(path, F_OK) == 0)
		return access(path, W_OK) < 0 ? -errno : 0;
	if (errno != ENOENT)
		return -errno;
	folder = file_folder(path);
	if (!folder)
		return -ENOMEM;
	r = access(folder, W_OK | X_OK) < 0 ? -errno : 0;
	free(folder);
	return r;
}

static void check_trace(const struct config *config, struct str *report)
{
	int r = config->trace_file ? examine_writing(config->trace_file) : 0;

	if (r < 0)
		config_report(config, config->trace_file_place, true, report,
				"\"trace_file\" %s cannot be opened: %s; the bot would run without the trace",
				config->trace_file, strerror(-r));
}

/* True if another episoded uses the state folder: most likely the one that is to be reloaded. */
static bool check_state(const struct config *config, struct str *report)
{
	struct str text = STR(UTF8_LINE_MAX_BYTES);
	bool is_used = keeping_examine(config->state, &text);

	if (text.length)
		config_report(config, config->state_place, true, report, "%s", str_text(&text));
	if (text.error)
		report->error = text.error;
	str_release(&text);
	return is_used;
}

/* Report each line of a text at a place of the configuration. */
static void report_lines(const struct config *config, struct config_place place, bool is_warning,
		const struct str *text, struct str *report)
{
	const char *line = str_text(text);

	while (*line) {
		size_t length = strcspn(line, "\n");

		config_report(config, place, is_warning, report, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
	if (text->error)
		report->error = text->error;
}

/* False: "run" would end with the problems of the report. */
static bool check_database(
		const struct config *config, struct str *server, struct str *report, bool *ret_is_running)
{
	struct str problems = STR(DATABASE_REPORT_MAX_BYTES), warnings = STR(DATABASE_REPORT_MAX_BYTES);
	struct examined examined = {.problems = &problems, .warnings = &warnings, .server = server};
	bool is_good;
	int r = examine_database(config->database, &examined);

	report_lines(config, config->state_place, false, &problems, report);
	report_lines(config, config->state_place, true, &warnings, report);
	*ret_is_running = examined.is_running;
	is_good = problems.length == 0;
	if (r == -ENOMEM)
		report->error = r;
	str_release(&problems);
	str_release(&warnings);
	return is_good;
}

static void check_gateways(const struct config *config, struct str *report)
{
	struct str text = STR(UTF8_LINE_MAX_BYTES);

	for (size_t i = 0; i < config->gateway_count; i++) {
		const struct gateway_config *gateway = config->gateways[i];
		const struct gateway_class *class = gateway->network->class;

		str_clear(&text);
		if (class->examine)
			class->examine(gateway, &text);
		if (text.length)
			config_report(config, gateway->place, true, report, "gateway %s: %s", gateway->name,
					str_text(&text));
	}
	if (text.error)
		report->error = text.error;
	str_release(&text);
}

static bool has_warning(const struct str *report)
{
	return strstr(str_text(report), ": warning: ") != NULL;
}

/* EX_OK or EX_CONFIG. */
static int check_surroundings(const struct files *files, struct str *report)
{
	const struct config *config = files->config;
	struct str dataset = STR(256), server = STR(256);
	bool is_running, is_good = true;

	if (config->database)
		is_good = check_database(config, &server, report, &is_running);
	else
		is_running = check_state(config, report);
	check_trace(config, report);
	/* The ports of a bot that runs are taken by itself. */
	if (!is_running)
		check_gateways(config, report);
	files_describe_catalogue(files->catalogue, &dataset);
	if (is_good)
		utf8_report(report, "%s: right (%zu gateway%s; %s%s%s)%s%s", config->path,
				config->gateway_count, config->gateway_count == 1 ? "" : "s",
				str_text(&dataset), server.length ? "; state in " : "", str_text(&server),
				has_warning(report) ? ", with the warnings above" : "",
				!is_running ? ""
				: config->database
						? "; an episoded of this host runs with this database: "
						  "reload it to apply the file"
						: "; an episoded runs with this state folder: reload it to "
						  "apply the file");
	if (dataset.error || server.error)
		report->error = dataset.error ? dataset.error : server.error;
	str_release(&dataset);
	str_release(&server);
	return is_good ? EX_OK : EX_CONFIG;
}

int check_config(const struct files_source *source, struct str *report)
{
	struct files files = {0};
	int code = files_check(source, report, &files);

	if (code == EX_OK)
		code = check_surroundings(&files, report);
	catalogue_free(files.catalogue);
	config_free(files.config);
	return code;
}
