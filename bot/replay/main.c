/*
 * episoded-replay TRACE - run the bot on the received side of a trace, in virtual time,
 * and print a new trace with what it sends now. "episoded replay" starts this program.
 */

#include <cjson/cJSON.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/daemon/run.h"
#include "bot/replay/world.h"

#define SECRET_NAME   "EPISODED_REPLAY_SECRET"
#define URL_MAX_BYTES 1024

static const char usage_text[] =
		"Usage: episoded replay [-c FILE] TRACE\n"
		"\n"
		"Give the bot everything that it received in TRACE, and print what it receives and\n"
		"sends now. Without FILE, the configuration is guessed from the trace.\n";

/* The replayed bot's temporary files. */
struct folder {
	char path[64], config[96], state[96];
};

/* ---------------------------------------------------------------- a configuration from the trace */

static const char *sent_word(const char *gateway, const char *verb)
{
	static char word[256];

	for (size_t i = 0; i < replay_tape.sent_count; i++) {
		const struct tape_sent *sent = &replay_tape.sent[i];
		size_t length = strlen(verb);

		if (str_equal(sent->gateway, gateway) && str_starts(sent->text, verb) &&
				sent->text[length] == ' ') {
			snprintf(word, sizeof(word), "%.*s", (int)strcspn(sent->text + length + 1, " "),
					sent->text + length + 1);
			return word;
		}
	}
	return NULL;
}

static bool has_sent(const char *gateway, const char *begin)
{
	for (size_t i = 0; i < replay_tape.sent_count; i++)
		if (str_equal(replay_tape.sent[i].gateway, gateway) &&
				str_starts(replay_tape.sent[i].text, begin))
			return true;
	return false;
}

/* The functions below return false when out of memory. */

static bool add_channels(cJSON *gateway, const char *name)
{
	const char *list = sent_word(name, "JOIN");
	cJSON *channels = cJSON_AddArrayToObject(gateway, "channels");

	while (list && *list) {
		char channel[256];
		size_t length = strcspn(list, ",");

		snprintf(channel, sizeof(channel), "%.*s", (int)length, list);
		if (!cJSON_AddItemToArray(channels, cJSON_CreateString(channel)))
			return false;
		list += length + (list[length] == ',');
	}
	return channels != NULL;
}

static bool add_secret(cJSON *gateway, const char *key)
{
	cJSON *secret = cJSON_AddObjectToObject(gateway, key);

	return secret && cJSON_AddStringToObject(secret, "env", SECRET_NAME);
}

static bool add_irc(cJSON *gateway, const struct tape_connection *connection)
{
	const char *name = connection->gateway, *nick = sent_word(name, "NICK");
	bool is_twitch = has_sent(name, "CAP REQ :twitch.tv"), is_added;
	struct str url = STR(URL_MAX_BYTES);

	str_printf(&url, "%s://%s:%u%s", connection->scheme, connection->host, connection->port,
			str_starts(connection->scheme, "ws") ? "/" : "");
	is_added = !url.error && cJSON_AddStringToObject(gateway, "url", str_text(&url)) &&
		   cJSON_AddStringToObject(gateway, "type", is_twitch ? "twitch" : "irc") &&
		   cJSON_AddStringToObject(gateway, is_twitch ? "login" : "nick", nick ? nick : "episoded") &&
		   add_channels(gateway, name);
	str_release(&url);
	if (is_added && is_twitch)
		return add_secret(gateway, "token");
	if (is_added && sent_word(name, "PASS"))
		return add_secret(gateway, "password");
	return is_added;
}

static bool add_gateway(cJSON *gateways, const struct tape_connection *connection)
{
	cJSON *gateway = cJSON_CreateObject();

	if (!cJSON_AddItemToArray(gateways, gateway) ||
			!cJSON_AddStringToObject(gateway, "name", connection->gateway))
		return false;
	/* Discord's first payload is JSON; a line of IRC never begins with a brace. */
	if (!has_sent(connection->gateway, "{\"op\""))
		return add_irc(gateway, connection);
	return cJSON_AddStringToObject(gateway, "type", "discord") &&
	       cJSON_AddStringToObject(gateway, "compress", "none") && add_secret(gateway, "token");
}

static bool guess_config(cJSON *config, const char *state)
{
	cJSON *gateways;

	if (!cJSON_AddStringToObject(config, "state", state))
		return false;
	gateways = cJSON_AddArrayToObject(config, "gateways");
	for (size_t i = 0; i < replay_tape.connection_count; i++) {
		const struct tape_connection *connection = &replay_tape.connections[i];
		bool is_known = false;

		for (size_t j = 0; j < i; j++)
			is_known = is_known ||
				   str_equal(replay_tape.connections[j].gateway, connection->gateway);
		if (!is_known && !add_gateway(gateways, connection))
			return false;
	}
	return gateways != NULL;
}

/* ---------------------------------------------------------------- files */

static int make_folder(struct folder *folder)
{
	const char *base = getenv("TMPDIR");

	if (!base || strlen(base) > sizeof(folder->path) - 24)
		base = "/tmp";
	snprintf(folder->path, sizeof(folder->path), "%s/episoded-replay-XXXXXX", base);
	if (!mkdtemp(folder->path))
		return -errno;
	snprintf(folder->config, sizeof(folder->config), "%s/guessed.json", folder->path);
	snprintf(folder->state, sizeof(folder->state), "%s/state", folder->path);
	return 0;
}

static int write_config(const struct folder *folder)
{
	cJSON *config = cJSON_CreateObject();
	char *text = config && guess_config(config, folder->state) ? cJSON_Print(config) : NULL;
	FILE *file = text ? fopen(folder->config, "we") : NULL;
	int r = text ? 0 : -ENOMEM;

	if (text && !file)
		r = -errno;
	if (file) {
		fputs(text, file);
		if (fclose(file) != 0)
			r = -errno;
	}
	cJSON_free(text);
	cJSON_Delete(config);
	return r;
}

static void remove_folder(const struct folder *folder)
{
	static const char *const names[] = {"state/episoded.db", "state/episoded.db-wal",
			"state/episoded.db-shm", "state/lock", "state", "guessed.json"};
	char path[160];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
		if (remove(path) < 0 && errno != ENOENT)
			fprintf(stderr, "episoded replay: cannot remove %s: %s\n", path, strerror(errno));
	}
	if (rmdir(folder->path) < 0)
		fprintf(stderr, "episoded replay: cannot remove %s: %s\n", folder->path, strerror(errno));
}

static int read_tape(const char *path)
{
	FILE *file = fopen(path, "re");
	int r = file ? tape_read(file, &replay_tape) : -errno;

	if (file)
		fclose(file);
	if (r < 0)
		fprintf(stderr, "episoded replay: %s: %s\n", path,
				r == -EBADMSG ? "it contains no line of a trace; write one with --trace-file"
					      : strerror(-r));
	return r;
}

/* ---------------------------------------------------------------- the command */

static int run(const char *config_path, const struct folder *folder)
{
	int r = config_path ? 0 : write_config(folder);

	if (r == 0 && (setenv(SECRET_NAME, "replayed", 1) < 0 ||
				      setenv("STATE_DIRECTORY", folder->state, 1) < 0))
		r = -errno;
	if (r < 0) {
		fprintf(stderr, "episoded replay: %s: %s\n", folder->path, strerror(-r));
		return EX_CANTCREAT;
	}
	return run_bot(&(struct run_options){
			.config_path = config_path ? config_path : folder->config,
			.data = getenv("EPISODED_REPLAY_DATA"),
			.trace = "",
			.trace_file = "-",
	});
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
			{"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	const char *config_path = NULL;
	struct folder folder;
	int option, code, r;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) >= 0) {
		switch (option) {
		case 'c': config_path = optarg; break;
		case 'h': fputs(usage_text, stdout); return EX_OK;
		default: fputs(usage_text, stderr); return EX_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs(usage_text, stderr);
		return EX_USAGE;
	}
	log_setup(LOG_FORMAT_TEXT, LOG_LEVEL_INFO);
	r = read_tape(argv[optind]);
	if (r < 0)
		return r == -EBADMSG ? EX_DATAERR : EX_NOINPUT;
	r = make_folder(&folder);
	if (r < 0) {
		fprintf(stderr, "episoded replay: cannot create a temporary folder: %s\n", strerror(-r));
		tape_release(&replay_tape);
		return EX_CANTCREAT;
	}
	code = run(config_path, &folder);
	remove_folder(&folder);
	tape_release(&replay_tape);
	return code;
}
