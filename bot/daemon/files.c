/* The configuration and the datasets, read on the calling thread or on another one. */

#include "bot/daemon/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/nearest.h"
#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/config/config.h"
#include "bot/daemon/networks.h"
#include "bot/net/work.h"

#define REPORT_MAX_BYTES   (64 * 1024)   /* problems of a configuration or of datasets */
#define THREAD_STACK_BYTES (1024 * 1024) /* of the threads that load and free datasets */

/* Log each line of a report as a line of its own. */
static void log_report(const struct files_source *source, const struct str *report)
{
	const char *line = str_text(report);

	while (*line) {
		size_t length = strcspn(line, "\n");
		bool is_warning = memmem(line, length, ": warning: ", 11) != NULL;

		log_write(is_warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL, "%.*s", (int)length, line);
		if (source->problems)
			str_printf(source->problems, "%.*s\n", (int)length, line);
		line += length + (line[length] == '\n');
	}
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
		r = config_default(source->data, source->listen, networks, report, &config);
	if (!r && !config->data) {
		config->data = str_copy(source->data);
		r = config->data ? 0 : -ENOMEM;
	}
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
	char *folder;
	struct catalogue *earlier; /* the one in use, for broken datasets; may be NULL */
	struct str report;
	struct catalogue *catalogue; /* the result; NULL if r is negative */
	int r;
};

static struct loading *loading_new(const char *folder, struct catalogue *earlier)
{
	struct loading *loading = calloc(1, sizeof(*loading));

	if (!loading)
		return NULL;
	loading->report.limit_bytes = REPORT_MAX_BYTES;
	loading->folder = str_copy(folder);
	if (!loading->folder) {
		free(loading);
		return NULL;
	}
	loading->earlier = earlier ? catalogue_keep(earlier) : NULL;
	return loading;
}

static void loading_run(void *job)
{
	struct loading *loading = job;

	loading->r = catalogue_reload(
			loading->folder, loading->earlier, &loading->report, &loading->catalogue);
	/* Here, where it is not the last owner: freeing a large catalogue takes too long for the loop. */
	catalogue_free(loading->earlier);
	loading->earlier = NULL;
}

static void loading_free(void *job)
{
	struct loading *loading = job;

	if (!loading)
		return;
	catalogue_free(loading->catalogue);
	catalogue_free(loading->earlier);
	str_release(&loading->report);
	free(loading->folder);
	free(loading);
}

#define SHOWS_NAMED 8

/* The datasets could not be loaded: say why, beside what catalogue_load() has reported. */
static void report_no_data(const struct config *config, int error, struct str *report)
{
	const bool is_named = config->data_place.line != 0;
	const char *advice = is_named ? "; correct \"data\", or remove it for the datasets that came with "
					"the program"
				      : "; set \"data\" to a folder with one JSON file for each show";
	struct stat about;
	bool is_there = stat(config->data, &about) == 0;

	/* What is said below is more than that there is no dataset. */
	if (error == -ENOENT || (is_there && !S_ISDIR(about.st_mode)))
		str_clear(report);
	if (is_there && !S_ISDIR(about.st_mode))
		config_report(config, config->data_place, false, report,
				"%s is a file, and no dataset; \"data\" names the folder with one JSON file "
				"for each show",
				config->data);
	else if (error != -ENOENT)
		config_report(config, config->data_place, false, report,
				"no dataset in %s can be used: see above", config->data);
	else if (!is_there)
		config_report(config, config->data_place, false, report,
				"the folder of datasets %s cannot be used: %s%s", config->data,
				strerror(ENOENT), advice);
	else if (access(config->data, R_OK | X_OK) < 0)
		config_report(config, config->data_place, false, report,
				"the folder of datasets %s cannot be read: %s; give the user that runs "
				"episoded the "
				"right to read it (chmod, chown)",
				config->data, strerror(errno));
	else
		config_report(config, config->data_place, false, report,
				"no dataset in %s: one is a JSON file for each show%s", config->data, advice);
}

static void report_unknown_show(
		const struct config *config, const struct catalogue *catalogue, struct str *report)
{
	const char *ids[SHOWS_NAMED], *near;
	size_t count = catalogue_count(catalogue), named = count < SHOWS_NAMED ? count : SHOWS_NAMED;
	struct str list = STR(SHOWS_NAMED * 80);

	for (size_t i = 0; i < named; i++) {
		ids[i] = catalogue_at(catalogue, i)->id;
		str_printf(&list, "%s\"%s\"", i ? ", " : "", ids[i]);
	}
	if (count > named)
		str_printf(&list, " and %zu more", count - named);
	near = nearest_of(config->default_show, ids, named);
	if (near)
		config_report(config, config->default_show_place, false, report,
				"\"default_show\": %s has no show \"%s\"; did you mean \"%s\"?", config->data,
				config->default_show, near);
	else
		config_report(config, config->default_show_place, false, report,
				"\"default_show\": %s has no show \"%s\"; it has %s", config->data,
				config->default_show, str_text(&list));
	str_release(&list);
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
	loading = loading_new(config->data, NULL);
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
	loading = loading_new(config->data, NULL);
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
	const struct files_source *source;
	struct config *config;
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
	struct loading *loading = loading_new(reading->config->data, earlier);
	int r = loading ? work_start(loop, &class, loading, on_loaded, reading, &reading->work) : -ENOMEM;

	if (r == 0)
		return EX_OK;
	loading_free(loading);
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start a thread for a reload");
	return EX_OSERR;
}

int files_read_later(struct loop *loop, const struct files_source *source, struct catalogue *earlier,
		void (*on_read)(void *user, int code, const struct files *files), void *user,
		struct files_reading **ret)
{
	struct files_reading *reading = calloc(1, sizeof(*reading));
	int code;

	if (!reading)
		return EX_OSERR;
	reading->on_read = on_read;
	reading->user = user;
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

void files_cancel(struct files_reading *reading)
{
	if (!reading)
		return;
	work_cancel(reading->work);
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
