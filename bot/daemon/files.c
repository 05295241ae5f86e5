/* The configuration and the datasets, read on the calling thread or on another one. */

#include "bot/daemon/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/file.h"
#include "bot/base/log.h"
#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/networks.h"
#include "bot/daemon/refresh_file.h"
#include "bot/net/work.h"

#define REPORT_MAX_BYTES   (64 * 1024)   /* problems of a configuration or of datasets */
#define THREAD_STACK_BYTES (1024 * 1024) /* of the threads that load and free datasets */

/* Log each line of a report as a line of its own. source may be NULL. */
static void log_report(const struct files_source *source, const struct str *report)
{
	const char *line = str_text(report);

	while (*line) {
		size_t length = strcspn(line, "\n");
		bool is_warning = memmem(line, length, ": warning: ", 11) != NULL;
		bool is_note = memmem(line, length, ": note: ", 8) != NULL;

		log_write(is_note            ? LOG_LEVEL_INFO
				: is_warning ? LOG_LEVEL_WARNING
					     : LOG_LEVEL_ERROR,
				NULL, "%.*s", (int)length, line);
		if (source && source->problems && !is_note)
			str_printf(source->problems, "%.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

/* The datasets that came with the program, and those of the operator. */
static int add_folders(const struct files_source *source, struct config *config)
{
	int r = config->data.count ? 0 : config_folders_add(&config->data, source->data);

	if (r == 0 && source->config_path)
		return config_folders_add(&config->data, config->shows);
	for (size_t i = 0; r == 0 && source->shows && source->shows[i]; i++)
		r = config_folders_add(&config->data, source->shows[i]);
	return r;
}

/* 0 or a negative errno, with the reasons in the report. */
static int load_config(const struct files_source *source, struct str *report, struct config **ret)
{
	struct config *config = NULL;
	int r;

	if (source->config_path && source->is_shows_only)
		r = config_load_shows(source->config_path, report, &config);
	else if (source->config_path)
		r = config_load(source->config_path, networks, report, &config);
	else
		r = config_default(source->data, source->listen, source->owners, networks, report, &config);
	if (!r && !config->data_place.line)
		r = add_folders(source, config);
	if (!r) {
		*ret = config; /* owned by the caller now */
		config = NULL;
	}
	config_free(config);
	return r;
}

static int read_config(const struct files_source *source, struct config **ret)
{
	struct str report = STR(REPORT_MAX_BYTES);
	int r = load_config(source, &report, ret);

	log_report(source, &report);
	str_release(&report);
	if (!r)
		return EX_OK;
	if (source->config_path)
		log_error("invalid configuration: correct the problems above, then verify with \"episoded "
			  "check "
			  "config %s\"; the keys are described in episoded.conf(5)",
				source->config_path);
	return r == -ENOMEM ? EX_OSERR : source->config_path ? EX_CONFIG : EX_USAGE;
}

/* ---------------------------------------------------------------- datasets */

/* A catalogue that is being loaded, on the loop's thread at the start and on another one later. */
struct loading {
	struct config_folders folders;
	char *copies;              /* the folder of refreshed copies */
	char *kept;                /* the ID of a show that must not go away; may be NULL */
	struct catalogue *earlier; /* the one in use, for broken datasets; may be NULL */
	bool is_again;             /* only the datasets, with the configuration in use */
	struct str report;
	struct catalogue *catalogue; /* the result; NULL if r is negative */
	int r;
};

static void loading_free(void *job)
{
	struct loading *loading = job;

	if (!loading)
		return;
	catalogue_free(loading->catalogue);
	catalogue_free(loading->earlier);
	str_release(&loading->report);
	config_folders_release(&loading->folders);
	free(loading->copies);
	free(loading->kept);
	free(loading);
}

/* kept may be NULL. */
static struct loading *loading_new(const struct config *config, struct catalogue *earlier, const char *kept)
{
	const struct config_folders *folders = &config->data;
	struct loading *loading = calloc(1, sizeof(*loading));
	struct str copies = STR(FILE_PATH_MAX_BYTES);
	int r = 0;

	if (!loading)
		return NULL;
	loading->report.limit_bytes = REPORT_MAX_BYTES;
	for (size_t i = 0; i < folders->count && r == 0; i++)
		r = config_folders_add(&loading->folders, folders->paths[i]);
	loading->kept = str_copy(kept);
	str_printf(&copies, "%s/" REFRESH_COPIES, config->state);
	if (r == 0)
		r = str_take(&copies, &loading->copies);
	str_release(&copies);
	if (r < 0 || (kept && !loading->kept)) {
		loading_free(loading);
		return NULL;
	}
	loading->earlier = earlier ? catalogue_keep(earlier) : NULL;
	return loading;
}

static void loading_run(void *job)
{
	struct loading *loading = job;
	const struct catalogue_source source = {
			.folders = (const char *const *)loading->folders.paths,
			.folder_count = loading->folders.count,
			.copies = loading->copies,
			.earlier = loading->earlier,
			.kept = loading->kept,
	};

	loading->r = catalogue_read(&source, &loading->report, &loading->catalogue);
	/* Here, where it is not the last owner: freeing a large catalogue takes too long for the loop. */
	catalogue_free(loading->earlier);
	loading->earlier = NULL;
}

#define SHOWS_NAMED 8

/* No dataset could be loaded from the only folder, or from the first of several: say why, beside what the report has. */
static void report_folder(const struct config *config, const char *folder, int error, struct str *report)
{
	const bool is_named = config->data_place.line != 0;
	const char *advice = is_named ? "; correct \"data\", or remove it for the datasets that came with "
					"the program"
				      : "; set \"data\" to a folder with one JSON file for each show";
	struct stat about;
	bool is_there = stat(folder, &about) == 0;

	/* What is said below is more than that there is no dataset. */
	if (error == -ENOENT || (is_there && !S_ISDIR(about.st_mode)))
		str_clear(report);
	if (is_there && !S_ISDIR(about.st_mode))
		config_report(config, config->data_place, false, report,
				"%s is a file, and no dataset; \"data\" names the folder with one JSON file "
				"for each show",
				folder);
	else if (error != -ENOENT)
		config_report(config, config->data_place, false, report,
				"no dataset in %s can be used: see above", folder);
	else if (!is_there)
		config_report(config, config->data_place, false, report,
				"the folder of datasets %s cannot be used: %s%s", folder, strerror(ENOENT),
				advice);
	else if (access(folder, R_OK | X_OK) < 0)
		config_report(config, config->data_place, false, report,
				"the folder of datasets %s cannot be read: %s; give the user that runs "
				"episoded the "
				"right to read it (chmod, chown)",
				folder, strerror(errno));
	else
		config_report(config, config->data_place, false, report,
				"no dataset in %s: one is a JSON file for each show%s", folder, advice);
}

static void report_no_data(const struct config *config, int error, struct str *report)
{
	struct str folders = STR(CONFIG_FOLDERS_MAX * (FILE_PATH_MAX_BYTES + 8));

	if (config->data.count == 1 || !config->data_place.line) {
		report_folder(config, config->data.paths[0], error, report);
		return;
	}
	config_folders_describe(&config->data, &folders);
	config_report(config, config->data_place, false, report,
			"no dataset in %s can be used%s; a dataset is a JSON file for each show",
			str_text(&folders), str_text(report)[0] ? ": see above" : "");
	str_release(&folders);
}

/* A folder that the operator has named, and that does not exist, is most likely misspelt. */
static void report_absent(const struct config *config, struct str *report)
{
	struct stat about;

	for (size_t i = 0; config->data_place.line && i < config->data.count; i++) {
		if (stat(config->data.paths[i], &about) < 0 && errno == ENOENT)
			config_report(config, config->data_place, true, report,
					"the folder of datasets %s does not exist; its shows are read when "
					"it does",
					config->data.paths[i]);
	}
}

static void report_unknown_show(
		const struct config *config, const struct catalogue *catalogue, struct str *report)
{
	const char *ids[SHOWS_NAMED], *near;
	size_t count = catalogue_count(catalogue), named = count < SHOWS_NAMED ? count : SHOWS_NAMED;
	struct str list = STR(SHOWS_NAMED * 80);
	struct str folders = STR(CONFIG_FOLDERS_MAX * (FILE_PATH_MAX_BYTES + 8));

	for (size_t i = 0; i < named; i++) {
		ids[i] = catalogue_at(catalogue, i)->id;
		str_printf(&list, "%s\"%s\"", i ? ", " : "", ids[i]);
	}
	if (count > named)
		str_printf(&list, " and %zu more", count - named);
	near = nearest_of(config->default_show, ids, named);
	config_folders_describe(&config->data, &folders);
	if (near)
		config_report(config, config->default_show_place, false, report,
				"\"default_show\": there is no show \"%s\" in %s; did you mean \"%s\"?",
				config->default_show, str_text(&folders), near);
	else
		config_report(config, config->default_show_place, false, report,
				"\"default_show\": there is no show \"%s\" in %s; there is %s",
				config->default_show, str_text(&folders), str_text(&list));
	str_release(&list);
	str_release(&folders);
}

/* The result of loading, into the report. With EX_OK, *ret takes the catalogue and the configuration. */
static int take(struct loading *loading, struct config *config, struct files *ret)
{
	const struct show *show = NULL;

	if (loading->r == -ENOMEM)
		return EX_OSERR;
	if (loading->r) {
		report_no_data(config, loading->r, &loading->report);
		return EX_DATAERR;
	}
	if (!loading->is_again)
		report_absent(config, &loading->report);
	if (config->default_show) {
		show = catalogue_find(loading->catalogue, config->default_show);
		if (!show) {
			report_unknown_show(config, loading->catalogue, &loading->report);
			return EX_CONFIG;
		}
	}
	*ret = (struct files){config, loading->catalogue, show};
	loading->catalogue = NULL;
	return EX_OK;
}

int files_read(const struct files_source *source, struct files *ret)
{
	struct config *config;
	struct loading *loading;
	int code = read_config(source, &config);

	if (code != EX_OK)
		return code;
	loading = loading_new(config, NULL, NULL);
	code = EX_OSERR;
	if (loading) {
		loading_run(loading);
		code = take(loading, config, ret);
		log_report(source, &loading->report);
	}
	loading_free(loading);
	if (code != EX_OK)
		config_free(config);
	return code;
}

int files_check(const struct files_source *source, struct str *report, struct files *ret)
{
	struct config *config = NULL;
	struct loading *loading;
	int r = load_config(source, report, &config), code = EX_OSERR;

	if (r)
		return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
	loading = loading_new(config, NULL, NULL);
	if (loading) {
		loading_run(loading);
		code = take(loading, config, ret);
		str_append(report, str_text(&loading->report));
	}
	loading_free(loading);
	if (code != EX_OK)
		config_free(config);
	return code;
}

/* ---------------------------------------------------------------- on a thread */

struct files_reading {
	struct work *work;
	const struct files_source *source; /* NULL: only the datasets are read */
	struct config *config;             /* owned if there is a source */
	void (*on_read)(void *user, int code, const struct files *files);
	void *user;
};

static void on_loaded(void *user, void *job)
{
	struct files_reading *reading = user;
	struct loading *loading = job;
	struct files files;
	int code = take(loading, reading->config, &files);

	log_report(reading->source, &loading->report);
	reading->work = NULL; /* it frees itself, and the job, when this returns */
	if (code == EX_OK)
		reading->config = NULL;
	reading->on_read(reading->user, code, code == EX_OK ? &files : NULL);
	files_cancel(reading);
}

static int start(struct loop *loop, struct catalogue *earlier, struct files_reading *reading)
{
	static const struct work_class class = {loading_run, loading_free, THREAD_STACK_BYTES};
	const struct config *config = reading->config;
	struct loading *loading = loading_new(config, earlier, reading->source ? NULL : config->default_show);
	int r = -ENOMEM;

	if (loading) {
		loading->is_again = !reading->source;
		r = work_start(loop, &class, loading, on_loaded, reading, &reading->work);
	}
	if (r == 0)
		return EX_OK;
	loading_free(loading);
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start a thread for a reload");
	return EX_OSERR;
}

static struct files_reading *reading_new(
		void (*on_read)(void *user, int code, const struct files *files), void *user)
{
	struct files_reading *reading = calloc(1, sizeof(*reading));

	if (reading) {
		reading->on_read = on_read;
		reading->user = user;
	}
	return reading;
}

int files_read_later(struct loop *loop, const struct files_source *source, struct catalogue *earlier,
		void (*on_read)(void *user, int code, const struct files *files), void *user,
		struct files_reading **ret)
{
	struct files_reading *reading = reading_new(on_read, user);
	int code;

	if (!reading)
		return EX_OSERR;
	reading->source = source;
	code = read_config(source, &reading->config);
	if (code == EX_OK)
		code = start(loop, earlier, reading);
	if (code == EX_OK)
		*ret = reading;
	else
		files_cancel(reading);
	return code;
}

int files_read_shows_later(struct loop *loop, struct config *config, struct catalogue *earlier,
		void (*on_read)(void *user, int code, const struct files *files), void *user,
		struct files_reading **ret)
{
	struct files_reading *reading = reading_new(on_read, user);
	int code;

	if (!reading)
		return EX_OSERR;
	reading->config = config;
	code = start(loop, earlier, reading);
	if (code == EX_OK)
		*ret = reading;
	else
		files_cancel(reading);
	return code;
}

void files_cancel(struct files_reading *reading)
{
	if (!reading)
		return;
	work_cancel(reading->work);
	if (reading->source)
		config_free(reading->config);
	free(reading);
}

static void drop(void *job)
{
	catalogue_free(job);
}

static void drop_nothing(void *job)
{
	(void)job;
}

void files_drop_catalogue(struct loop *loop, struct catalogue *catalogue)
{
	static const struct work_class class = {drop, drop_nothing, THREAD_STACK_BYTES};
	struct work *work;

	if (!catalogue)
		return;
	if (work_start(loop, &class, catalogue, NULL, NULL, &work) < 0)
		catalogue_free(catalogue);
	else
		work_cancel(work); /* its thread goes on */
}

/* ---------------------------------------------------------------- for people */

void files_describe_catalogue(const struct catalogue *catalogue, struct str *str)
{
	size_t shows = catalogue_count(catalogue), episodes = 0;

	for (size_t i = 0; i < shows; i++)
		episodes += catalogue_at(catalogue, i)->episode_count;
	str_printf(str, "%zu show%s, %zu episodes", shows, shows == 1 ? "" : "s", episodes);
}
