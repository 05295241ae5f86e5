/* Reading what the bot runs on: the configuration and the datasets, with a report a person can act on. */

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "bot/catalogue/catalogue.h"
#include "bot/daemon/bot.h"

/* One log line for each line of a report. */
static void log_report(const struct str *report)
{
	const char *line = str_text(report);

	while (*line) {
		size_t length = strcspn(line, "\n");
		bool is_warning = memmem(line, length, ": warning: ", 11) != NULL;

		log_write(is_warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

int bot_read_config(const char *config_path, const char *data, struct config **ret)
{
	struct str report = STR(64 * 1024);
	struct config *config = NULL;
	int r;

	if (config_path)
		r = config_load(config_path, &report, &config);
	else
		r = config_default(data, &config);
	log_report(&report);
	str_release(&report);
	if (!r && !config->data) {
		config->data = str_copy(data);
		r = config->data ? 0 : -ENOMEM;
	}
	if (!r) {
		*ret = config; /* the caller has it now */
		return EX_OK;
	}
	config_free(config);
	log_error("the configuration cannot be used; \"episoded check config %s\" says the same, and docs "
		  "are in "
		  "episoded.conf(5)",
			config_path ? config_path : "");
	return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

int bot_read_catalogue(const struct config *config, struct catalogue **ret, const struct show **ret_default)
{
	struct str report = STR(64 * 1024);
	struct catalogue *catalogue = NULL;
	const struct show *show = NULL;
	int r = catalogue_load(config->data, &report, &catalogue);

	log_report(&report);
	str_release(&report);
	if (r == -ENOENT)
		log_error("there is no dataset in %s; set \"data\" to a folder with one JSON file a show",
				config->data);
	if (r)
		return r == -ENOMEM ? EX_OSERR : EX_DATAERR;
	if (config->default_show) {
		show = catalogue_find(catalogue, config->default_show);
		if (!show) {
			log_error("\"default_show\" is \"%s\", but %s has no such show", config->default_show,
					config->data);
			catalogue_free(catalogue);
			return EX_CONFIG;
		}
	}
	*ret = catalogue;
	*ret_default = show;
	return EX_OK;
}

void bot_describe_catalogue(const struct catalogue *catalogue, struct str *str)
{
	size_t shows = catalogue_count(catalogue), episodes = 0;

	for (size_t i = 0; i < shows; i++)
		episodes += catalogue_at(catalogue, i)->episode_count;
	str_printf(str, "%zu show%s, %zu episodes", shows, shows == 1 ? "" : "s", episodes);
}
