/* The command line: run, chat, check, calendar, new-show, import, secret, store, cluster, twitch, replay, commands. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/catalogue/catalogue.h"
#include "bot/catalogue/check.h"
#include "bot/config/config.h"
#include "bot/core/describe.h"
#include "bot/daemon/calendar_command.h"
#include "bot/daemon/chat.h"
#include "bot/daemon/check.h"
#include "bot/daemon/cluster_command.h"
#include "bot/daemon/files.h"
#include "bot/daemon/import_command.h"
#include "bot/daemon/init.h"
#include "bot/daemon/networks.h"
#include "bot/daemon/new_show.h"
#include "bot/daemon/run.h"
#include "bot/daemon/secret_command.h"
#include "bot/daemon/show_folders.h"
#include "bot/daemon/store_command.h"
#include "bot/gateway/twitch/config.h"
#include "bot/gateway/twitch/login.h"
#include "bot/net/tls.h"

static const char usage_text[] =
		"Usage: episoded [run] [-c FILE] [--trace]  run the bot; without FILE, a lobby on "
		"127.0.0.1:8067\n"
		"       episoded [run] --listen PORT        the same lobby on another port\n"
		"       episoded chat [-c FILE] [--spoilers]\n"
		"                                           ask in this terminal, or through a pipe\n"
		"       episoded init NETWORK [FILE]        ask a few questions and write a configuration "
		"for\n"
		"                                           discord, irc or twitch\n"
		"       episoded check config [FILE]        check a configuration and list its errors\n"
		"       episoded check data [PATH...]       check datasets and list their errors\n"
		"       episoded calendar [SHOW] [-o FILE] [--alarm MINUTES]\n"
		"                                           print a show's calendar (iCalendar), or keep it "
		"in a file\n"
		"       episoded new-show [-c FILE] NAME [--into FOLDER|-o FILE]\n"
		"                                           write the first file of a show, to be filled in\n"
		"       episoded import SOURCE... [--into FOLDER|-o FILE] [--update|--replace] "
		"[--dry-run]\n"
		"                                           make a dataset from files of TVmaze, TMDb, "
		"TVDB and others,\n"
		"                                           or from tvmaze:NAME, tvmaze:NUMBER, tmdb:NUMBER\n"
		"       episoded secret set NAME | list | remove NAME\n"
		"                                           store a token or password, read without echo\n"
		"       episoded store copy [-c FILE] FROM TO\n"
		"                                           move the state between a folder and a "
		"PostgreSQL\n"
		"       episoded cluster [-c FILE] [--json] | drop HOST\n"
		"                                           list the hosts that share a database, and what "
		"they hold\n"
		"       episoded twitch login [-c FILE] [GATEWAY]\n"
		"                                           log the bot's account in to Twitch\n"
		"       episoded replay [-c FILE] TRACE     replay a trace and print what the bot sends "
		"now\n"
		"       episoded commands [--names|--json|--markdown|--scdoc]\n"
		"                                           list the chat commands\n"
		"\n"
		"  -c, --config FILE   the configuration file; see episoded.conf(5)\n"
		"      --listen [ADDRESS:]PORT\n"
		"                      (run, without FILE) where the lobby listens, on this machine only\n"
		"      --owners everybody\n"
		"                      (run, without FILE) everybody who can open the lobby may use owner "
		"commands\n"
		"      --trace[=GATEWAY,...]\n"
		"                      show what all gateways, or these, receive and send, without "
		"secrets\n"
		"      --trace-file FILE\n"
		"                      write the trace to FILE, not to standard error\n"
		"      --alarm MINUTES (calendar) an alarm this long before each episode\n"
		"      --spoilers      (chat) print at once what spoils a later episode\n"
		"      --into FOLDER   (import, new-show) write into this folder; the file is named after "
		"the show\n"
		"  -o, --output FILE   (calendar, import, new-show) write this file\n"
		"      --show NAME     (import) the show, where the files do not say it or have several\n"
		"      --update        (import) add what is new to a dataset that exists\n"
		"      --replace       (import) replace a dataset that exists\n"
		"      --reveal EPISODE\n"
		"                      (import) when trivia of files without episodes is no spoiler: "
		"s02e02, last, 0\n"
		"      --dry-run       (import) print the summary and write nothing\n"
		"      --yes           (import) do not ask whether a show of TVmaze or TMDB is the right "
		"one\n"
		"  -h, --help          print this help\n"
		"  -V, --version       print the version\n"
		"\n"
		"Signals: SIGHUP reloads the configuration and the datasets, SIGUSR1 switches the trace on\n"
		"and off, SIGTERM and SIGINT end the program. Exit codes are those of sysexits(3).\n";

/* The parsed command line. */
struct invocation {
	const char *config_path;        /* NULL: the embedded default */
	const char *listen;             /* as in struct run_options */
	const char *owners;             /* the same */
	const char *trace, *trace_file; /* as in struct run_options */
	const char *alarm;              /* calendar */
	enum describe_form form;
	bool shows_spoilers;            /* chat */
	struct import_arguments import; /* its output also of calendar, output and into of new-show */
	char **words;                   /* the subcommand and its arguments */
	int word_count;
};

/* Print one line, escaped: paths and arguments may contain any byte. */
__attribute__((format(printf, 2, 0))) static void vprint_line(
		FILE *file, const char *format, va_list arguments)
{
	struct str line = STR(UTF8_LINE_MAX_BYTES + 1);

	utf8_vline(&line, format, arguments);
	str_append_char(&line, '\n');
	fputs(str_text(&line), file);
	str_release(&line);
}

__attribute__((format(printf, 2, 3))) static void print_line(FILE *file, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprint_line(file, format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 1, 2))) static int complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprint_line(stderr, format, arguments);
	va_end(arguments);
	print_line(stderr, "Try \"episoded --help\".");
	return EX_USAGE;
}

/*
 * Keep the secrets inside this process. PR_SET_DUMPABLE 0: other processes of the same
 * user cannot attach a debugger, nor read the memory, the environment or the descriptors
 * in /proc; a privileged debugger can. RLIMIT_CORE 0: no core file, even from a core
 * handler that ignores dumpability. LeakSanitizer makes the process dumpable while it
 * checks.
 */
static int guard_memory(void)
{
	if (prctl(PR_SET_DUMPABLE, 0) == 0 && setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0)
		return EX_OK;
	print_line(stderr, "episoded: cannot turn core dumps off: %s", strerror(errno));
	return EX_OSERR;
}

static int prepare_tls(void)
{
	if (tls_outlives_exit())
		return EX_OK;
	print_line(stderr, "episoded: cannot prepare TLS: %s", strerror(ENOMEM));
	return EX_OSERR;
}

/*
 * Block or unblock the signals that the bot handles. They are blocked before anything else, so that one which comes
 * during the start waits for the loop; the other subcommands end by them as usual.
 */
static void mask_signals(int how)
{
	static const int handled[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled) / sizeof(handled[0]); i++)
		sigaddset(&set, handled[i]);
	(void)sigprocmask(how, &set, NULL);
}

/* A closed standard descriptor would be given to a file or a connection, into which the log is then written. */
static int fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return EX_OSERR;
	return EX_OK;
}

static int run(const struct invocation *invocation)
{
	int code, r;

	if (invocation->word_count > 1)
		return complain("unexpected argument \"%s\" after \"run\".", invocation->words[1]);
	if (invocation->listen && invocation->config_path)
		return complain("--listen is for the lobby without a configuration; set \"listen\" of the "
				"lobby in %s.",
				invocation->config_path);
	if (invocation->owners && invocation->config_path)
		return complain("--owners is for the lobby without a configuration; set \"owners\" of the "
				"lobby in %s.",
				invocation->config_path);
	/* A write beyond the file size limit then fails with EFBIG (bot/store), one to a closed pipe with EPIPE. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	r = log_begin_async();
	if (r < 0)
		log_write(LOG_LEVEL_WARNING, &(struct log_about){.error = r},
				"cannot start the thread of the log: the bot waits when its log is not read");
	code = run_bot(&(struct run_options){
			.config_path = invocation->config_path,
			.data = show_folders_shipped(),
			.shows = show_folders_own(),
			.listen = invocation->listen,
			.owners = invocation->owners,
			.trace = invocation->trace,
			.trace_file = invocation->trace_file,
	});
	log_end_async();
	return code;
}

static int chat(const struct invocation *invocation)
{
	if (invocation->word_count > 1)
		return complain("unexpected argument \"%s\" after \"chat\".", invocation->words[1]);
	return chat_run(&(struct chat_options){
			.config_path = invocation->config_path,
			.data = show_folders_shipped(),
			.shows = show_folders_own(),
			.shows_spoilers = invocation->shows_spoilers,
	});
}

/* True if memory ran out, so that the file was not checked. Releases the report. */
static bool ran_out(const char *path, int error, struct str *report)
{
	bool is_so = error == -ENOMEM || report->error == -ENOMEM;

	if (is_so)
		fprintf(stderr, "%s: not checked: %s\n", path, strerror(ENOMEM));
	str_release(report);
	return is_so;
}

static void print_result(bool is_error, const char *text)
{
	print_line(is_error ? stderr : stdout, "%s", text);
	fflush(stdout);
}

/* The gateway of that name, or the only one. NULL: complained. */
static const struct gateway_config *choose_gateway(
		const struct config *config, const char *path, const char *name)
{
	const struct gateway_config *gateway = name ? config_gateway(config, name) : NULL;
	struct str names = STR(4096);

	if (!name && config->gateway_count == 1)
		gateway = config->gateways[0];
	for (size_t i = 0; i < config->gateway_count; i++)
		str_printf(&names, "%s%s", i ? ", " : "", config->gateways[i]->name);
	if (!config->gateway_count)
		print_line(stderr,
				"%s: no gateway of type \"twitch\"; add one with \"login\" and \"client_id\"",
				path);
	else if (!gateway && name)
		print_line(stderr, "%s: no Twitch gateway \"%s\"; there is %s", path, name, str_text(&names));
	else if (!gateway)
		print_line(stderr, "%s: there are several Twitch gateways, name one: %s", path,
				str_text(&names));
	str_release(&names);
	return gateway;
}

static int log_in(const struct config *config, const char *path, const char *name)
{
	const struct gateway_config *gateway = choose_gateway(config, path, name);
	const struct twitch_config *twitch = gateway ? twitch_config(gateway) : NULL;

	if (!twitch)
		return EX_USAGE;
	if (!twitch->token && twitch->client_id)
		return twitch_login_run(twitch, print_result);
	print_line(stderr,
			"%s: gateway %s uses a \"token\" of its own; to log in, replace \"token\" by "
			"\"client_id\", the client ID "
			"of your application of dev.twitch.tv/console",
			path, gateway->name);
	return EX_CONFIG;
}

static int twitch(const struct invocation *invocation)
{
	const char *path = invocation->config_path ? invocation->config_path : "/etc/episoded/episoded.json";
	const char *what = invocation->word_count > 1 ? invocation->words[1] : "";
	struct str report = STR(64 * 1024);
	struct config *config = NULL;
	int r;

	if (strcmp(what, "login") != 0)
		return complain("\"twitch\" needs \"login\", not \"%s\".", what);
	if (invocation->word_count > 3)
		return complain("only one gateway can be logged in at a time, not also \"%s\".",
				invocation->words[3]);
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	r = config_load_network(path, &twitch_network, &report, &config);
	fputs(str_text(&report), stderr);
	str_release(&report);
	if (!r)
		r = log_in(config, path, invocation->word_count > 2 ? invocation->words[2] : NULL);
	else
		r = r == -ENOMEM ? EX_OSERR : EX_CONFIG;
	config_free(config);
	return r;
}

static int secret(const struct invocation *invocation)
{
	return secret_command(invocation->word_count - 1, invocation->words + 1, print_result);
}

static int store(const struct invocation *invocation)
{
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	return store_command(invocation->config_path, invocation->word_count - 1, invocation->words + 1,
			print_result);
}

/* Lines that are escaped already. */
static void print_lines(bool is_error, const char *text)
{
	fputs(text, is_error ? stderr : stdout);
}

static int cluster(const struct invocation *invocation)
{
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	return cluster_command(invocation->config_path, invocation->form == DESCRIBE_JSON,
			invocation->word_count - 1, invocation->words + 1, print_lines);
}

static int calendar(const struct invocation *invocation)
{
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	return calendar_command(&(struct calendar_task){.config_path = invocation->config_path,
						.data = show_folders_shipped(),
						.shows = show_folders_own(),
						.output = invocation->import.output,
						.alarm = invocation->alarm},
			invocation->word_count - 1, invocation->words + 1, print_lines);
}

static int print_check(const char *path)
{
	const struct files_source source = {.config_path = path, .data = show_folders_shipped()};
	struct str report = STR(256 * 1024);
	int code = check_config(&source, &report);

	fputs(str_text(&report), code == EX_OK ? stdout : stderr);
	if (ran_out(path, code == EX_OSERR ? -ENOMEM : 0, &report))
		return EX_OSERR;
	return code;
}

/* is_optional: it is right that there is no dataset. */
static int check_data(const char *path, bool is_optional, bool *ret_is_any)
{
	struct str report = STR(256 * 1024);
	int r = catalogue_check(path, &report);

	if (r == -ENOENT && is_optional) {
		str_release(&report);
		return EX_OK;
	}
	*ret_is_any = true;
	fputs(str_text(&report), r ? stderr : stdout);
	if (!r)
		print_line(stdout, "%s: right", path);
	if (ran_out(path, r, &report))
		return EX_OSERR;
	return r ? EX_DATAERR : EX_OK;
}

/* One of the folders must have datasets. */
static int check_folders(const char *const *folders, size_t count)
{
	int code = EX_OK;
	bool is_any = false;

	for (size_t i = 0; i < count; i++) {
		int found = check_data(folders[i], true, &is_any);

		code = found == EX_OK || code == EX_OSERR ? code : found;
	}
	return is_any ? code : check_data(folders[0], false, &is_any);
}

/* The datasets that a bot with this configuration reads, or without one. */
static int check_all_data(const char *config_path)
{
	const char *folders[1 + CONFIG_FOLDERS_MAX] = {show_folders_shipped()};
	const char *const *own = show_folders_own();
	struct str report = STR(64 * 1024);
	struct config *config = NULL;
	size_t count = 1;
	int r = config_path ? config_load_shows(config_path, &report, &config) : 0;

	fputs(str_text(&report), stderr);
	str_release(&report);
	if (r < 0)
		return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
	if (config && config->data.count)
		for (count = 0; count < config->data.count; count++)
			folders[count] = config->data.paths[count];
	else if (config)
		folders[count++] = config->shows;
	else
		while (*own)
			folders[count++] = *own++;
	r = check_folders(folders, count);
	config_free(config);
	return r;
}

static int check(const struct invocation *invocation)
{
	const char *what = invocation->word_count > 1 ? invocation->words[1] : "";
	const char *path = invocation->word_count > 2 ? invocation->words[2] : NULL;
	int code = EX_OK;
	bool is_any = false;

	if (strcmp(what, "config") == 0) {
		if (invocation->word_count > 3)
			return complain("only one configuration can be checked at a time, not also \"%s\".",
					invocation->words[3]);
		if (!path)
			path = invocation->config_path ? invocation->config_path
						       : "/etc/episoded/episoded.json";
		return print_check(path);
	}
	if (strcmp(what, "data") != 0)
		return complain("\"check\" needs \"config\" or \"data\", not \"%s\".", what);
	if (!path)
		return check_all_data(invocation->config_path);
	for (int i = 2; i < invocation->word_count; i++) {
		int found = check_data(invocation->words[i], false, &is_any);

		code = found == EX_OK || code == EX_OSERR ? code : found;
	}
	return code;
}

static int init(const struct invocation *invocation)
{
	const char *path = invocation->word_count > 2 ? invocation->words[2] : invocation->config_path;

	if (invocation->word_count > 3)
		return complain("unexpected argument \"%s\" after the file.", invocation->words[3]);
	return init_run(invocation->word_count > 1 ? invocation->words[1] : NULL, path,
			program_invocation_name);
}

static int new_show(const struct invocation *invocation)
{
	if (invocation->word_count < 2)
		return complain("\"new-show\" needs the name of the show: episoded new-show \"Harbour "
				"Lights\".");
	if (invocation->word_count > 2)
		return complain("unexpected argument \"%s\": put the name of the show in quotes.",
				invocation->words[2]);
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	return new_show_run(&(struct new_show_options){
			.name = invocation->words[1],
			.output = invocation->import.output,
			.into = invocation->import.into,
			.config_path = invocation->config_path,
			.program = program_invocation_name,
	});
}

static int import(const struct invocation *invocation)
{
	struct import_arguments arguments = invocation->import;

	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_WARNING);
	arguments.count = invocation->word_count - 1;
	arguments.sources = invocation->words + 1;
	arguments.config_path = invocation->config_path;
	return import_command(&arguments, print_lines);
}

static int commands(const struct invocation *invocation)
{
	struct str text = STR(1024 * 1024);
	int code;

	if (invocation->word_count > 1)
		return complain("unexpected argument \"%s\" after \"commands\".", invocation->words[1]);
	describe_commands(&text, "!", invocation->form);
	code = text.error ? EX_OSERR : EX_OK;
	if (text.error)
		fprintf(stderr, "episoded commands: %s\n", strerror(-text.error));
	else
		fputs(str_text(&text), stdout);
	str_release(&text);
	return code;
}

/* Replay is a separate program, linked with other sockets and clocks. It lies beside this one in a build folder, else
 * where it is installed. */
static int replay(const struct invocation *invocation)
{
	static const char installed[] = EPISODED_LIBEXECDIR "/episoded-replay";
	char path[PATH_MAX] = "";
	const char *words[] = {"episoded replay", NULL, NULL, NULL, NULL};
	size_t count = 1;

	if (invocation->word_count != 2)
		return complain("\"replay\" needs one file written by \"--trace-file\".");
	if (invocation->config_path) {
		words[count++] = "-c";
		words[count++] = invocation->config_path;
	}
	words[count] = invocation->words[1];
	if (setenv("EPISODED_REPLAY_DATA", show_folders_shipped(), 1) < 0)
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
} subcommands[] = {{"run", run}, {"chat", chat}, {"check", check}, {"calendar", calendar}, {"init", init},
		{"new-show", new_show}, {"import", import}, {"secret", secret}, {"store", store},
		{"cluster", cluster}, {"twitch", twitch}, {"replay", replay}, {"commands", commands}};

/* Options that only some subcommands take. */
static const struct {
	int value; /* of getopt */
	const char *option;
	const char *subcommands[4];
} limited[] = {
		{'o', "-o", {"import", "new-show", "calendar"}},
		{'i', "--into", {"import", "new-show"}},
		{'a', "--alarm", {"calendar"}},
		{'w', "--show", {"import"}},
		{'r', "--reveal", {"import"}},
		{'u', "--update", {"import"}},
		{'R', "--replace", {"import"}},
		{'n', "--dry-run", {"import"}},
		{'y', "--yes", {"import"}},
};

/* Without a subcommand the bot runs: a mistyped option must not start it. EX_OK: each option is where it belongs. */
static int check_options(const struct invocation *invocation, const bool used[UCHAR_MAX + 1])
{
	const char *word = invocation->word_count ? invocation->words[0] : "run";

	for (size_t i = 0; i < sizeof(limited) / sizeof(limited[0]); i++) {
		const char *const *subcommand = limited[i].subcommands;

		while (*subcommand && strcmp(*subcommand, word) != 0)
			subcommand++;
		if (used[limited[i].value] && !*subcommand)
			return complain("\"%s\" takes no option %s; it belongs to \"%s\".", word,
					limited[i].option, limited[i].subcommands[0]);
	}
	return EX_OK;
}

/* Flush the output, so that a full disk is reported as an error. */
static int flushed(int code)
{
	if (fflush(stdout) == 0 || code != EX_OK)
		return code;
	print_line(stderr, "episoded: cannot write the output: %s", strerror(errno));
	return EX_IOERR;
}

static int invoke(const struct invocation *invocation)
{
	if (!invocation->word_count)
		return run(invocation);
	if (!str_equal(invocation->words[0], "run"))
		mask_signals(SIG_UNBLOCK);
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		if (strcmp(subcommands[i].name, invocation->words[0]) == 0)
			return flushed(subcommands[i].run(invocation));
	}
	return complain("unknown subcommand \"%s\".", invocation->words[0]);
}

/* Report a wrong option, escaped: getopt(3) would print its raw bytes. */
static int refuse_option(const struct option *options, char **argv)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_letter = optopt != 0;

	/* A known option is reported here if it has an argument that it does not take. */
	for (; options->name; options++)
		is_letter = is_letter && optopt != options->val;
	return complain("the option \"%s\" is unknown, or takes no argument.",
			is_letter ? letter : argv[optind - 1]);
}

/* What an option needs that was given without a value. */
static const char *value_of(int option)
{
	switch (option) {
	case 'l': return "a port, or an address and a port";
	case 'O': return "\"everybody\" or \"nobody\"";
	case 'i': return "a folder";
	case 'w': return "the name of a show";
	case 'r': return "an episode like s02e02";
	case 'a': return "a number of minutes";
	default: return "a file name";
	}
}

/* The options. -1: the bot goes on; else the exit code. */
static int read_options(int argc, char **argv, struct invocation *invocation, bool used[UCHAR_MAX + 1])
{
	static const struct option options[] = {
			{"config", required_argument, NULL, 'c'},
			{"alarm", required_argument, NULL, 'a'},
			{"listen", required_argument, NULL, 'l'},
			{"owners", required_argument, NULL, 'O'},
			{"trace", optional_argument, NULL, 't'},
			{"trace-file", required_argument, NULL, 'f'},
			{"spoilers", no_argument, NULL, 's'},
			{"output", required_argument, NULL, 'o'},
			{"into", required_argument, NULL, 'i'},
			{"show", required_argument, NULL, 'w'},
			{"reveal", required_argument, NULL, 'r'},
			{"update", no_argument, NULL, 'u'},
			{"replace", no_argument, NULL, 'R'},
			{"dry-run", no_argument, NULL, 'n'},
			{"yes", no_argument, NULL, 'y'},
			{"help", no_argument, NULL, 'h'},
			{"version", no_argument, NULL, 'V'},
			{"names", no_argument, NULL, DESCRIBE_NAMES},
			{"json", no_argument, NULL, DESCRIBE_JSON},
			{"markdown", no_argument, NULL, DESCRIBE_MARKDOWN},
			{"scdoc", no_argument, NULL, DESCRIBE_SCDOC},
			{0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":c:o:hV", options, NULL)) >= 0) {
		used[(unsigned char)option] = true;
		switch (option) {
		case 'c': invocation->config_path = optarg; break;
		case 'a': invocation->alarm = optarg; break;
		case 'l': invocation->listen = optarg; break;
		case 'O': invocation->owners = optarg; break;
		case 't': invocation->trace = optarg ? optarg : ""; break;
		case 'f':
			invocation->trace_file = optarg;
			invocation->trace = invocation->trace ? invocation->trace : "";
			break;
		case 's': invocation->shows_spoilers = true; break;
		case 'o': invocation->import.output = optarg; break;
		case 'i': invocation->import.into = optarg; break;
		case 'w': invocation->import.show = optarg; break;
		case 'r': invocation->import.reveal = optarg; break;
		case 'u': invocation->import.updates = true; break;
		case 'R': invocation->import.replaces = true; break;
		case 'n': invocation->import.is_dry_run = true; break;
		case 'y': invocation->import.is_agreed = true; break;
		case 'h': fputs(usage_text, stdout); return flushed(EX_OK);
		case 'V': puts("episoded " EPISODED_VERSION); return flushed(EX_OK);
		case ':': return complain("the option %s needs %s.", argv[optind - 1], value_of(optopt));
		case '?': return refuse_option(options, argv);
		default: invocation->form = (enum describe_form)option; break;
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct invocation invocation = {.form = DESCRIBE_TEXT};
	bool used[UCHAR_MAX + 1] = {false};
	int code;

	mask_signals(SIG_BLOCK);
	code = fill_standard_descriptors();
	if (code == EX_OK)
		code = guard_memory(); /* must come before any secret is read */
	if (code == EX_OK)
		code = prepare_tls();
	if (code != EX_OK)
		return code;
	code = read_options(argc, argv, &invocation, used);
	if (code >= 0)
		return code;
	invocation.words = argv + optind;
	invocation.word_count = argc - optind;
	log_setup(LOG_FORMAT_AUTO, LOG_LEVEL_INFO);
	code = check_options(&invocation, used);
	return code == EX_OK ? invoke(&invocation) : code;
}
