/* The difference between two readings of the files. */

#include "bot/daemon/reloaded.h"

#include <stdio.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/catalogue/difference.h"
#include "bot/config/config.h"
#include "bot/daemon/files.h"

#define CHANGES_BYTES (RELOADED_CHANGES_MAX * 512)
#define CHANGE_BYTES  256 /* of one show */
#define DATASET_BYTES 256

void reloaded_init(struct reloaded *reloaded)
{
	*reloaded = (struct reloaded){.changes = STR(CHANGES_BYTES),
			.problems = STR(RELOADED_PROBLEMS_BYTES),
			.dataset = STR(DATASET_BYTES)};
}

void reloaded_release(struct reloaded *reloaded)
{
	str_release(&reloaded->changes);
	str_release(&reloaded->problems);
	str_release(&reloaded->dataset);
}

void reloaded_begin(struct reloaded *reloaded)
{
	str_clear(&reloaded->changes);
	str_clear(&reloaded->problems);
	str_clear(&reloaded->dataset);
	reloaded->change_count = 0;
}

__attribute__((format(printf, 2, 3))) static void add(struct reloaded *reloaded, const char *format, ...)
{
	va_list arguments;

	if (reloaded->change_count++ >= RELOADED_CHANGES_MAX)
		return;
	va_start(arguments, format);
	utf8_vline(&reloaded->changes, format, arguments);
	va_end(arguments);
	str_append_char(&reloaded->changes, '\n');
}

/* The show with this ID; NULL if it is unknown. */
static const struct show *show_with_id(const struct catalogue *catalogue, const char *id)
{
	const struct show *show = catalogue_find(catalogue, id);

	return show && str_equal(show->id, id) ? show : NULL;
}

static void compare_shows(struct reloaded *reloaded, const struct show *before, const struct show *after)
{
	struct str text = STR(CHANGE_BYTES);
	struct difference difference;

	if (before == after) /* not read again, because its files are the same */
		return;
	show_compare(before, after, &difference);
	difference_describe(&difference, &text);
	if (text.length)
		add(reloaded, "%s: %s", after->name, str_text(&text));
	str_release(&text);
}

static void compare_catalogues(
		struct reloaded *reloaded, const struct catalogue *before, const struct catalogue *after)
{
	for (size_t i = 0; i < catalogue_count(after); i++) {
		const struct show *show = catalogue_at(after, i), *old = show_with_id(before, show->id);

		if (old)
			compare_shows(reloaded, old, show);
		else
			add(reloaded, "New show: %s (%zu episode%s)", show->name, show->episode_count,
					show->episode_count == 1 ? "" : "s");
	}
	for (size_t i = 0; i < catalogue_count(before); i++) {
		const struct show *show = catalogue_at(before, i);

		if (!show_with_id(after, show->id))
			add(reloaded, "Removed show: %s", show->name);
	}
}

static const char *state_of(const struct config *config)
{
	return config->database ? config->database->url : config->state;
}

/* A change that this process cannot make. The log has it, too: a signal asks without reading an answer. */
static void add_waiting(struct reloaded *reloaded, const char *what, const char *value)
{
	add(reloaded, "%s %s after the next restart", what, value);
	log_warning("%s %s after the next restart", what, value);
}

static void compare_configs(
		struct reloaded *reloaded, const struct config *before, const struct config *after)
{
	struct str folders = STR(CONFIG_FOLDERS_MAX * 4100);
	char weight[16];

	if (!str_equal(before->prefix, after->prefix))
		add(reloaded, "Prefix: %s, was %s", after->prefix, before->prefix);
	if (!config_folders_equal(&before->data, &after->data)) {
		config_folders_describe(&after->data, &folders);
		add(reloaded, "Datasets: from %s", str_text(&folders));
		str_release(&folders);
	}
	if (!str_equal(state_of(before), state_of(after)))
		add_waiting(reloaded, "State: in", state_of(after));
	if (before->database && after->database && before->database->weight != after->database->weight) {
		snprintf(weight, sizeof(weight), "%u", after->database->weight);
		add_waiting(reloaded, "Weight:", weight);
	}
	if (!str_equal(before->default_show, after->default_show))
		add(reloaded, "Default show: %s", after->default_show ? after->default_show : "the first");
	for (size_t i = 0; i < after->gateway_count; i++) {
		const struct gateway_config *gateway = after->gateways[i];
		const struct gateway_config *old = config_gateway(before, gateway->name);
		enum config_change change = old ? gateway_config_compare(old, gateway) : CONFIG_SAME;

		if (!old)
			add(reloaded, "New gateway: %s", gateway->name);
		else if (change == CONFIG_RESTART)
			add(reloaded, "Gateway %s: changed, it connects again", gateway->name);
		else if (change == CONFIG_LIVE)
			add(reloaded, "Gateway %s: changed", gateway->name);
	}
	for (size_t i = 0; i < before->gateway_count; i++) {
		if (!config_gateway(after, before->gateways[i]->name))
			add(reloaded, "Removed gateway: %s", before->gateways[i]->name);
	}
}

void reloaded_compare(struct reloaded *reloaded, const struct files *before, const struct files *after)
{
	if (before->config != after->config)
		compare_configs(reloaded, before->config, after->config);
	compare_catalogues(reloaded, before->catalogue, after->catalogue);
	if (reloaded->change_count > RELOADED_CHANGES_MAX)
		str_printf(&reloaded->changes, "… and %zu more changes\n",
				reloaded->change_count - RELOADED_CHANGES_MAX);
}

void reloaded_end(struct reloaded *reloaded, bool is_done, const char *dataset)
{
	str_append(&reloaded->dataset, dataset);
	reloaded->result = (struct request_reload){
			.is_done = is_done,
			.dataset = str_text(&reloaded->dataset),
			.changes = str_text(&reloaded->changes),
			.problems = str_text(&reloaded->problems),
	};
}
