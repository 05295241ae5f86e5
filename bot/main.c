/* The command line: run, chat, check, commands. */

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/bot.h"
#include "bot/catalogue/catalogue.h"
#include "bot/catalogue/check.h"
#include "bot/describe.h"
#include "bot/dispatch.h"
#include "bot/gateway/console/console.h"

static const char usage_text[] =
	"Usage: episoded [run] [-c FILE] [--trace]  run the bot; without FILE the lobby on 127.0.0.1:8067\n"
	"       episoded chat [-c FILE]             ask in this terminal, or through a pipe\n"
	"       episoded check config [FILE]        say whether a configuration is right, and where it is "
	"not\n"
	"       episoded check data [PATH...]       the same for datasets\n"
	"       episoded replay [-c FILE] TRACE     run the bot on what a trace says that it received\n"
	"       episoded commands [--names|--json|--markdown|--scdoc]\n"
	"                                           the commands people can type\n"
	"\n"
	"  -c, --config FILE   the configuration; see episoded.conf(5)\n"
	"      --trace[=GATEWAY,...]\n"
	"                      show what these gateways, or all, receive and send; secrets are left out\n"
	"      --trace-file FILE\n"
	"                      show it in FILE, not on standard error\n"
	"  -h, --help          this text\n"
	"  -V, --version       the version\n"
	"\n"
	"Signals: SIGHUP reloads, SIGUSR1 switches the trace on and off, SIGTERM and SIGINT say goodbye. "
	"Exit codes are those of sysexits(3).\n";

/* What the command line says. */
struct invocation {
	const char *config_path;        /* NULL: the embedded default */
	const char *trace, *trace_file; /* as in struct bot_options */
	enum describe_form form;
	char **words; /* what is no option: the subcommand and what follows */
	int word_count;
};

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nepisoded --help says what there is.\n");
	return EX_USAGE;
}

/* A checkout's own data folder when the program stands in its build folder, else the installed one. */
static const char *data_folder(void)
{
	static char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (length > 0) {
		path[length] = '\0';
		for (int levels = 0; levels < 3 && (slash = strrchr(path, '/')) != NULL; levels++) {
			if ((size_t)(slash - path) + sizeof("/data/schema.json") > sizeof(path))
				break;
			memcpy(slash, "/data/schema.json", sizeof("/data/schema.json"));
			if (access(path, R_OK) == 0) {
				slash[sizeof("/data") - 1] = '\0';
				return path;
			}
			*slash = '\0';
		}
	}
	return EPISODED_DATADIR "/data";
}

static int run(const struct invocation *invocation)
{
	if (invocation->word_count > 1)
		return complain("episoded run takes no \"%s\".", invocation->words[1]);
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) < 0) { /* a core file would hold the secrets */
		fprintf(stderr, "episoded run: %s\n", strerror(errno));
		return EX_OSERR;
	}
	return bot_run(&(struct bot_options){
		.config_path = invocation->config_path,
		.data = data_folder(),
		.trace = invocation->trace,
		.trace_file = invocation->trace_file,
	});
}

/* What "status" says in a terminal: no gateways, no time. */
static void on_chat_status(void *user, struct request_status *ret)
{
	ret->dataset = user;
}

static int converse(const struct config *config, const struct catalogue *catalogue, const struct show *show)
{
	struct str dataset = STR(256);
	struct dispatch_host host = {.on_status = on_chat_status};
	struct dispatch *dispatch = NULL;
	char *text = NULL;
	uint64_t seed;
	int r;

	bot_describe_catalogue(catalogue, &dataset);
	r = str_take(&dataset, &text);
	host.user = text;
	random_bytes(&seed, sizeof(seed));
	if (!r)
		r = dispatch_new(&host, seed, &dispatch);
	if (!r) {
		dispatch_configure(dispatch, config->prefix, catalogue, show);
		r = console_run(dispatch, config->prefix);
	}
	dispatch_free(dispatch);
	free(text);
	if (r)
		fprintf(stderr, "episoded chat: %s\n", strerror(-r));
	return !r ? EX_OK : r == -ENOMEM ? EX_OSERR : EX_IOERR;
}

static int chat(const struct invocation *invocation)
{
	struct config *config = NULL;
	struct catalogue *catalogue = NULL;
	const struct show *show;
	int code;

	log_setup(LOG_FORMAT_AUTO, LOG_LEVEL_WARNING);
	code = bot_read_config(invocation->config_path, data_folder(), &config);
	if (code == EX_OK)
		code = bot_read_catalogue(config, &catalogue, &show);
	if (code == EX_OK)
		code = converse(config, catalogue, show);
	catalogue_free(catalogue);
	config_free(config);
	return code;
}

static int check_config(const char *path)
{
	struct str report = STR(256 * 1024);
	struct config *config = NULL;
	int r = config_load(path, &report, &config);

	fputs(str_text(&report), r ? stderr : stdout);
	if (!r)
		printf("%s: right; %zu gateway%s\n", path, config->gateway_count,
			config->gateway_count == 1 ? "" : "s");
	config_free(config);
	str_release(&report);
	return r ? EX_CONFIG : EX_OK;
}

static int check_data(const char *path)
{
	struct str report = STR(256 * 1024);
	int r = catalogue_check(path, &report);

	fputs(str_text(&report), r ? stderr : stdout);
	if (!r)
		printf("%s: right\n", path);
	str_release(&report);
	return r ? EX_DATAERR : EX_OK;
}

static int check(const struct invocation *invocation)
{
	const char *what = invocation->word_count > 1 ? invocation->words[1] : "";
	const char *path = invocation->word_count > 2 ? invocation->words[2] : NULL;
	int code = EX_OK;

	if (strcmp(what, "config") == 0) {
		if (invocation->word_count > 3)
			return complain(
				"one configuration at a time, not also \"%s\".", invocation->words[3]);
		if (!path)
			path = invocation->config_path ? invocation->config_path
						       : "/etc/episoded/episoded.json";
		return check_config(path);
	}
	if (strcmp(what, "data") != 0)
		return complain("check what? \"config\" or \"data\", not \"%s\".", what);
	if (!path)
		return check_data(data_folder());
	for (int i = 2; i < invocation->word_count; i++) {
		if (check_data(invocation->words[i]) != EX_OK)
			code = EX_DATAERR;
	}
	return code;
}

static int commands(const struct invocation *invocation)
{
	struct str text = STR(1024 * 1024);

	if (invocation->word_count > 1)
		return complain("episoded commands takes no \"%s\".", invocation->words[1]);
	describe_commands(&text, "!", invocation->form);
	fputs(str_text(&text), stdout);
	str_release(&text);
	return EX_OK;
}

/* A replay is the same program with other sockets and clocks, so it is a program of its own: beside this one
 * in a build folder, else where it is installed. */
static int replay(const struct invocation *invocation)
{
	static const char installed[] = EPISODED_LIBEXECDIR "/episoded-replay";
	char path[PATH_MAX] = "";
	const char *words[] = {"episoded replay", NULL, NULL, NULL, NULL};
	size_t count = 1;

	if (invocation->word_count != 2)
		return complain("episoded replay takes one file that \"--trace-file\" wrote.");
	if (invocation->config_path) {
		words[count++] = "-c";
		words[count++] = invocation->config_path;
	}
	words[count] = invocation->words[1];
	if (setenv("EPISODED_REPLAY_DATA", data_folder(), 1) < 0)
		return EX_OSERR;
	if (readlink("/proc/self/exe", path, sizeof(path) - sizeof("-replay")) > 0) {
		memcpy(path + strlen(path), "-replay", sizeof("-replay"));
		execv(path, (char *const *)(void *)words);
	}
	execv(installed, (char *const *)(void *)words);
	fprintf(stderr, "episoded replay: %s: %s\n", installed, strerror(errno));
	return EX_UNAVAILABLE;
}

static const struct {
	const char *name;
	int (*run)(const struct invocation *invocation);
} subcommands[] = {
	{"run", run}, {"chat", chat}, {"check", check}, {"replay", replay}, {"commands", commands}};

/* What was written must have arrived: a full disk is not a success. */
static int flushed(int code)
{
	if (fflush(stdout) == 0 || code != EX_OK)
		return code;
	fprintf(stderr, "episoded: cannot write the output: %s\n", strerror(errno));
	return EX_IOERR;
}

static int invoke(const struct invocation *invocation)
{
	if (!invocation->word_count)
		return run(invocation);
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (strcmp(subcommands[i].name, invocation->words[0]) == 0)
			return flushed(subcommands[i].run(invocation));
	}
	return complain("there is no \"episoded %s\".", invocation->words[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config", required_argument, NULL, 'c'},
		{"trace", optional_argument, NULL, 't'},
		{"trace-file", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{"names", no_argument, NULL, DESCRIBE_NAMES},
		{"json", no_argument, NULL, DESCRIBE_JSON},
		{"markdown", no_argument, NULL, DESCRIBE_MARKDOWN},
		{"scdoc", no_argument, NULL, DESCRIBE_SCDOC},
		{0},
	};
	struct invocation invocation = {.form = DESCRIBE_TEXT};
	int option;

	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) >= 0) {
		switch (option) {
		case 'c': invocation.config_path = optarg; break;
		case 't': invocation.trace = optarg ? optarg : ""; break;
		case 'f':
			invocation.trace_file = optarg;
			invocation.trace = invocation.trace ? invocation.trace : "";
			break;
		case 'h': fputs(usage_text, stdout); return flushed(EX_OK);
		case 'V': puts("episoded " EPISODED_VERSION); return flushed(EX_OK);
		case '?': fprintf(stderr, "episoded --help says what there is.\n"); return EX_USAGE;
		default: invocation.form = (enum describe_form)option; break;
		}
	}
	invocation.words = argv + optind;
	invocation.word_count = argc - optind;
	log_setup(LOG_FORMAT_AUTO, LOG_LEVEL_INFO);
	return invoke(&invocation);
}
