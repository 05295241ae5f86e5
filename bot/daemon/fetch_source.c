/* A show of a site as a source of an import. */

#include "bot/daemon/fetch_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/utf8.h"
#include "bot/config/config.h"
#include "bot/fetch/exchange.h"
#include "bot/net/loop.h"

#define TRIES         4
#define LINE_BYTES    (UTF8_LINE_MAX_BYTES + 1)
#define ANSWER_BYTES  16
#define REPORT_BYTES  (64 * 1024)
#define STANDARD_FILE "/etc/episoded/episoded.json"

struct source_visit {
	const struct fetch_source_options *options;
	struct loop *loop;
	struct exchange *exchange;
	enum visit_step step;
	struct visit visit;
};

__attribute__((format(printf, 3, 4))) static void say(
		const struct source_visit *here, bool is_error, const char *format, ...)
{
	struct str line = STR(LINE_BYTES);
	va_list arguments;

	va_start(arguments, format);
	utf8_vline(&line, format, arguments);
	va_end(arguments);
	str_append_char(&line, '\n');
	here->options->print(is_error, str_text(&line));
	str_release(&line);
}

/* ---------------------------------------------------------------- the person */

static void describe(const struct visit_found *found, struct str *str)
{
	str_append(str, found->name);
	if (found->year)
		str_printf(str, " (%u)", found->year);
	if (*found->network)
		str_printf(str, ", %s", found->network);
	if (*found->status)
		str_printf(str, ", %s", found->status);
	if (found->episodes)
		str_printf(str, ", %u season%s, %u episode%s", found->seasons, found->seasons == 1 ? "" : "s",
				found->episodes, found->episodes == 1 ? "" : "s");
}

static void show(const struct source_visit *here)
{
	const struct visit *visit = &here->visit;
	const struct fetch_site *site = &fetch_sites[visit->address.site];
	struct str text = STR(LINE_BYTES);

	describe(&visit->found[0], &text);
	say(here, true, "%s has: %s", site->title, str_text(&text));
	say(here, true, "    %s", visit->found[0].url);
	for (size_t i = 1; i < visit->found_count; i++) {
		str_clear(&text);
		describe(&visit->found[i], &text);
		say(here, true, "%s %s:%" PRIu64 "  %s", i == 1 ? "Others:" : "       ", site->name,
				visit->found[i].id, str_text(&text));
	}
	say(here, true, "%s (%s)", site->credit, site->license);
	str_release(&text);
}

static bool is_agreed(const struct source_visit *here)
{
	char answer[ANSWER_BYTES] = "";

	if (here->options->is_agreed)
		return true;
	fputs("Import this show? [y/N] ", stderr);
	fflush(stderr);
	if (!fgets(answer, sizeof(answer), stdin))
		fputc('\n', stderr);
	return answer[0] == 'y' || answer[0] == 'Y';
}

/* ---------------------------------------------------------------- the site */

static void on_done(void *user, enum visit_step step, struct visit *visit)
{
	struct source_visit *here = user;

	here->step = step;
	here->visit = *visit;
	visit->document_count = 0; /* moved */
	loop_stop(here->loop);
}

static int visit_site(
		struct source_visit *here, const struct config *config, const struct fetch_address *address)
{
	const struct config_site *written = &config->sites[address->site];
	const struct exchange_site site = {.site = address->site,
			.url = written->url,
			.ca_file = written->ca_file,
			.proxy = config->proxy,
			.token = written->token};
	int r = loop_new(&here->loop);

	if (r == 0)
		r = exchange_new(here->loop, &site, &here->exchange);
	if (r == 0)
		r = exchange_start(here->exchange, address, NULL, TRIES, on_done, here);
	if (r == 0)
		r = loop_run(here->loop);
	exchange_free(here->exchange);
	loop_free(here->loop);
	return r;
}

static int code_of(enum visit_fault fault)
{
	switch (fault) {
	case VISIT_ABSENT: return EX_NOINPUT;
	case VISIT_REFUSED: return EX_CONFIG;
	case VISIT_WRONG: return EX_PROTOCOL;
	default: return EX_TEMPFAIL;
	}
}

/* The configuration that was named, else the service's if it can be read. */
static int read_config(const struct source_visit *here, struct config **ret)
{
	const char *path = here->options->config_path;
	struct str report = STR(REPORT_BYTES);
	int r;

	if (!path && access(STANDARD_FILE, R_OK) == 0)
		path = STANDARD_FILE;
	r = config_load_sites(path, &report, ret);
	if (report.length)
		here->options->print(true, str_text(&report));
	str_release(&report);
	return r == 0 ? EX_OK : r == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

int fetch_source(const char *word, const struct fetch_source_options *options, struct visit *ret)
{
	struct source_visit here = {.options = options, .step = VISIT_FAILED};
	struct config *config = NULL;
	struct fetch_address address;
	const char *problem = fetch_address_read(word, &address);
	int code, r;

	if (problem) {
		say(&here, true, "%s: %s", word, problem);
		return EX_USAGE;
	}
	if (!options->is_agreed && !isatty(STDIN_FILENO)) {
		say(&here, true, "%s: there is no terminal to ask whether it is the right show; add --yes",
				word);
		return EX_USAGE;
	}
	code = read_config(&here, &config);
	if (code != EX_OK)
		return code;
	r = visit_site(&here, config, &address);
	config_free(config);
	if (r < 0) {
		say(&here, true, "%s cannot be fetched: %s", word, strerror(-r));
		return EX_OSERR;
	}
	if (here.step != VISIT_DONE) {
		say(&here, true, "%s: %s", word, here.visit.problem);
		code = code_of(here.visit.fault);
	} else {
		show(&here);
		code = is_agreed(&here) ? EX_OK : FETCH_SOURCE_DECLINED;
	}
	if (code == EX_OK)
		*ret = here.visit;
	else
		visit_release(&here.visit);
	return code;
}
