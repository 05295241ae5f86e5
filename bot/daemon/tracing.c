/* Which gateways are traced, and the file of the trace. */

#include "bot/daemon/tracing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/trace.h"

#define NAME_MAX_BYTES 64

/* Read the next name of "home,lobby" and move past it; false at the end. */
static bool next_name(const char **list, char name[NAME_MAX_BYTES])
{
	size_t length = strcspn(*list, ",");

	if (!**list)
		return false;
	snprintf(name, NAME_MAX_BYTES, "%.*s", (int)length, *list);
	*list += length + ((*list)[length] == ',');
	return true;
}

const char *tracing_unknown(const struct tracing *tracing, const struct config *config)
{
	static char name[NAME_MAX_BYTES];
	const char *list = tracing->gateways ? tracing->gateways : "";

	while (next_name(&list, name))
		if (!config_gateway(config, name))
			return name;
	return NULL;
}

/* Split the names of the command line into a list; the caller frees. */
static int split(const char *list, char ***ret, size_t *ret_count)
{
	char name[NAME_MAX_BYTES], **names = calloc(CONFIG_GATEWAYS_MAX, sizeof(*names));
	size_t count = 0;
	int r = names ? 0 : -ENOMEM;

	while (r == 0 && count < CONFIG_GATEWAYS_MAX && next_name(&list, name)) {
		names[count] = str_copy(name);
		r = names[count] ? 0 : -ENOMEM;
		count += r == 0;
	}
	*ret = names;
	*ret_count = count;
	return r;
}

static void log_on(const char *file, char *const *gateways, size_t count)
{
	struct str names = STR(CONFIG_GATEWAYS_MAX * NAME_MAX_BYTES);

	for (size_t i = 0; i < count; i++)
		str_printf(&names, "%s%s", i ? ", " : "", gateways[i]);
	log_info("trace on: %s, to %s; it contains private messages",
			count ? str_text(&names) : "all gateways", file ? file : "standard error");
	str_release(&names);
}

static int open_trace(const struct tracing *tracing, const struct config *config)
{
	const char *file = tracing->file ? tracing->file : config->trace_file;
	char **names = NULL, *const *gateways = config->traced_gateways;
	size_t name_count = 0, count = config->traced_gateway_count;
	int r = 0;

	if (tracing->gateways) {
		r = split(tracing->gateways, &names, &name_count);
		gateways = names;
		count = name_count;
	}
	if (r == 0)
		r = trace_open(file, gateways, count);
	if (r == 0)
		log_on(file, gateways, count);
	else
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "trace off: %s cannot be opened",
				file ? file : "standard error");
	for (size_t i = 0; i < name_count; i++)
		free(names[i]);
	free(names);
	return r;
}

static int set(struct tracing *tracing, const struct config *config, bool is_on)
{
	int r = 0;

	if (is_on) {
		r = open_trace(tracing, config);
		is_on = r == 0;
	} else if (tracing->is_on) {
		trace_close();
		log_info("trace off");
	}
	tracing->is_on = is_on;
	return r;
}

int tracing_apply(struct tracing *tracing, const struct config *config)
{
	bool is_configured = config->is_traced || tracing->gateways;
	bool is_on = tracing->is_on;

	if (!tracing->is_decided || is_configured != tracing->was_configured)
		is_on = is_configured;
	tracing->is_decided = true;
	tracing->was_configured = is_configured;
	/* Open the file again at each reload: the gateways or the file may have changed, and log rotation may
	 * have moved the file away. */
	return set(tracing, config, is_on);
}

void tracing_toggle(struct tracing *tracing, const struct config *config)
{
	set(tracing, config, !tracing->is_on);
}
