/* The configuration: every key and every error. */

#include "tests/unit/config_folder.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---------------------------------------------------------------- what is right */

static void test_default(void **state)
{
	struct config *config = NULL;

	(void)state;
	assert_int_equal(config_default("/the/data", NULL, NULL, networks, NULL, &config), 0);
	assert_null(config->path);
	assert_string_equal(config->prefix, "!");
	assert_int_equal(config->data.count, 1);
	assert_string_equal(config->data.paths[0], "/the/data");
	assert_null(config->default_show);
	assert_int_equal(config->log_format, LOG_FORMAT_AUTO);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->gateway_count, 1);
	assert_ptr_equal(config->gateways[0]->network, &lobby_network);
	assert_string_equal(config->gateways[0]->name, "lobby");
	assert_string_equal(lobby_config(config->gateways[0])->listen.host, "127.0.0.1");
	assert_int_equal(lobby_config(config->gateways[0])->listen.port, 8067);
	assert_int_equal(config->gateways[0]->channels.count, 1);
	assert_string_equal(config->gateways[0]->channels.names[0], "#lobby");
	config_free(config);
	config_free(NULL);
}

static void test_least(void **state)
{
	const struct folder *folder = *state;
	struct config *config;
	char expected[128];

	unsetenv("XDG_STATE_HOME");
	setenv("HOME", "/the/home", 1);
	config = load_well(*state, "{\"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}");

	assert_int_equal(config->data.count, 0); /* the installed datasets, and the operator's */
	snprintf(expected, sizeof(expected), "%s/shows", folder->path);
	assert_string_equal(config->shows, expected);
	assert_string_equal(config->state,
			geteuid() == 0 ? "/var/lib/episoded" : "/the/home/.local/state/episoded");
	assert_string_equal(config->path, ((struct folder *)*state)->config);
	assert_int_equal(lobby_config(config->gateways[0])->listen.port, 8067);
	assert_string_equal(config->gateways[0]->channels.names[0], "#lobby");
	config_free(config);
}

static void data_may_be_a_list(void **state)
{
	const struct folder *folder = *state;
	struct config *config = load_well(folder, "{\"data\": [\"/usr/share/episoded/data\", \"mine\"], "
						  "\"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}");
	struct str text = STR(500);
	char expected[128];

	assert_int_equal(config->data.count, 2);
	snprintf(expected, sizeof(expected), "/usr/share/episoded/data and %s/mine", folder->path);
	config_folders_describe(&config->data, &text);
	assert_string_equal(str_text(&text), expected);
	str_release(&text);
	config_free(config);
}

static void test_everything(void **state)
{
	const struct folder *folder = *state;
	struct config *config = load_well(folder, "{ // comment\n\"$schema\": \"./schema.json\", \"prefix\": "
						  "\"ep!\", \"data\": \"sets\", \"state\": \"/s\",\n"
						  "\"default_show\": \"my-show\", \"log\": \"journal\", "
						  "\"log_level\": \"debug\", \"gateways\": [\n"
						  "{\"name\": \"l\", \"type\": \"lobby\", \"listen\": "
						  "\"[::1]:9000\", \"channels\": [\"#a\", \"#b\"]},\n"
						  "{\"name\": \"net-1\", \"type\": \"irc\", \"url\": "
						  "\"ws://[2001:DB8::1]:8097/x?y=1\", \"nick\": \"[e]\",\n"
						  "\"username\": \"u\", \"realname\": \"R \xC3\xA9\", "
						  "\"origin\": \"https://o:1\", \"channels\": [\"#tv\"]}]}");
	const struct lobby_config *lobby = lobby_config(config->gateways[0]);
	const struct irc_config *irc = irc_config(config->gateways[1]);
	const struct url *url = irc->link.servers.urls;
	char expected[128];

	assert_string_equal(config->prefix, "ep!");
	snprintf(expected, sizeof(expected), "%s/sets", folder->path);
	assert_int_equal(config->data.count, 1);
	assert_string_equal(config->data.paths[0], expected);
	assert_string_equal(config->state, "/s");
	assert_string_equal(config->default_show, "my-show");
	assert_int_equal(config->log_format, LOG_FORMAT_JOURNAL);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config->gateway_count, 2);
	assert_string_equal(lobby->listen.host, "::1");
	assert_int_equal(lobby->listen.port, 9000);
	assert_int_equal(lobby->head.channels.count, 2);
	assert_string_equal(lobby->head.channels.names[1], "#b");
	assert_ptr_equal(irc->head.network, &irc_network);
	assert_int_equal(irc->link.servers.count, 1);
	assert_false(url->is_tls);
	assert_string_equal(url->host, "2001:db8::1");
	assert_int_equal(url->port, 8097);
	assert_string_equal(url->path, "/x?y=1");
	assert_string_equal(irc->nick, "[e]");
	assert_string_equal(irc->username, "u");
	assert_string_equal(irc->realname, "R \xC3\xA9");
	assert_string_equal(irc->link.origin, "https://o:1");
	assert_null(irc->password);
	assert_null(irc->link.ca_file);
	config_free(config);
}

static void test_irc_defaults(void **state)
{
	struct config *config = load_well(*state,
			"{\"gateways\": [{" IRC
			"\"url\": \"wss://IRC.Example.org\", \"nick\": \"bot\", \"channels\": []},"
			"{\"name\": \"b\", \"type\": \"irc\", \"url\": \"ws://[::1]:81?q\", \"nick\": "
			"\"\xC3\xA9\", "
			"\"channels\": []}]}");
	const struct irc_config *one = irc_config(config->gateways[0]),
				*two = irc_config(config->gateways[1]);

	assert_string_equal(one->link.servers.urls->host, "irc.example.org");
	assert_int_equal(one->link.servers.urls->port, 443);
	assert_true(one->link.servers.urls->is_tls);
	assert_string_equal(one->link.servers.urls->path, "/");
	assert_string_equal(one->username, "bot");
	assert_string_equal(one->link.origin, "https://irc.example.org");
	assert_non_null(one->realname);
	assert_int_equal(one->head.channels.count, 0);
	assert_string_equal(two->link.servers.urls->path, "/?q");
	assert_string_equal(two->username, "episoded");
	assert_string_equal(two->link.origin, "http://[::1]:81");
	config_free(config);
}

static void test_state_directory_wins(void **state)
{
	struct config *config;

	setenv("STATE_DIRECTORY", "/var/lib/private/episoded:/other", 1);
	config = load_well(
			*state, "{\"state\": \"s\", \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}");
	assert_string_equal(config->state, "/var/lib/private/episoded");
	config_free(config);
	unsetenv("STATE_DIRECTORY");
}

static void test_shipped_example(void **state)
{
	struct str report = STR(10000);
	struct config *config = NULL;
	int r = config_load("config/episoded.json", networks, &report, &config);

	(void)state;
	assert_string_equal(str_text(&report), "");
	assert_int_equal(r, 0);
	assert_int_equal(config->gateway_count, 1);
	assert_ptr_equal(config->gateways[0]->network, &lobby_network);
	str_release(&report);
	config_free(config);
}

/* The example with its gateways uncommented: the lines from "// ,{" to "// }". */
static void read_example(char *text, size_t capacity)
{
	FILE *file = fopen("config/episoded.json", "r");
	bool is_gateway = false;
	char line[500];

	assert_non_null(file);
	text[0] = '\0';
	while (fgets(line, sizeof(line), file)) {
		is_gateway |= str_starts(line, "    // ,{");
		if (is_gateway)
			memcpy(line, "       ", 7);
		is_gateway &= line[7] != '}';
		assert_true(strlen(text) + strlen(line) < capacity);
		memcpy(text + strlen(text), line, strlen(line) + 1);
	}
	fclose(file);
}

static void test_shipped_example_in_full(void **state)
{
	const struct folder *folder = *state;
	static char text[20000];
	struct config *config = NULL;
	char *report = NULL;

	read_example(text, sizeof(text));
	write_file(folder, "example.password", "a", 0600);
	write_file(folder, "example.server", "x", 0600);
	write_file(folder, "discord.token", "t", 0600);
	setenv("CREDENTIALS_DIRECTORY", folder->path, 1);
	assert_int_equal(load(folder, text, &report, &config), 0);
	assert_string_equal(report, "");
	assert_int_equal(config->gateway_count, 4);
	assert_ptr_equal(config->gateways[1]->network, &irc_network);
	assert_string_equal(irc_config(config->gateways[1])->password, "x");
	assert_ptr_equal(config->gateways[2]->network, &twitch_network);
	assert_string_equal(twitch_config(config->gateways[2])->client_id, "0123456789abcdefghijklmnopqrst");
	assert_ptr_equal(config->gateways[3]->network, &discord_network);
	assert_string_equal(discord_config(config->gateways[3])->token, "t");
	free(report);
	config_free(config);
	unsetenv("CREDENTIALS_DIRECTORY");
}

/* ---------------------------------------------------------------- what is wrong */

static void test_unreadable_file(void **state)
{
	const struct folder *folder = *state;
	struct str report = STR(10000);
	struct config *config = NULL;
	char expected[300];

	assert_int_equal(config_load(folder->config, networks, &report, &config), -ENOENT);
	snprintf(expected, sizeof(expected),
			"%s: cannot be read: there is no such file; to write one: episoded init discord %s "
			"(or irc, or twitch)\n",
			folder->config, folder->config);
	assert_string_equal(str_text(&report), expected);
	str_release(&report);
	assert_int_equal(config_load("/tmp", networks, &report, &config), -EISDIR);
	assert_null(config);
	str_release(&report);
}

/* The advice to write {} into an empty file led to the next error. */
static void test_a_file_without_gateways_is_the_lobby(void **state)
{
	static const char *const texts[] = {"{}", "// only a comment\n{}", "{\"gateways\": null}"};
	const struct folder *folder = *state;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct config *config = NULL;
		char *report = NULL;

		assert_int_equal(load(folder, texts[i], &report, &config), 0);
		assert_non_null(strstr(report, "warning: no \"gateways\": only the lobby runs"));
		assert_int_equal(config->gateway_count, 1);
		assert_ptr_equal(config->gateways[0]->network, &lobby_network);
		assert_int_equal(lobby_config(config->gateways[0])->listen.port, 8067);
		assert_string_equal(config->path, folder->config);
		free(report);
		config_free(config);
	}
}

/* What a full disk leaves of a file must not end the connections to all networks at a reload. */
static void test_an_empty_file_is_no_lobby(void **state)
{
	static const char *const texts[] = {"", "\n", "// only a comment\n", "\xEF\xBB\xBF"};
	const struct folder *folder = *state;

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct config *config = NULL;
		char *report = NULL;

		assert_int_equal(load(folder, texts[i], &report, &config), -EBADMSG);
		assert_non_null(strstr(report, "1:1: the file is empty; write at least {}"));
		assert_null(config);
		free(report);
	}
}

static void test_listen_of_the_command_line(void **state)
{
	struct str report = STR(1000);
	struct config *config = NULL;

	(void)state;
	assert_int_equal(config_default("/the/data", "9000", NULL, networks, &report, &config), 0);
	assert_int_equal(lobby_config(config->gateways[0])->listen.port, 9000);
	assert_false(config->gateways[0]->has_file);
	config_free(config);
	assert_int_equal(
			config_default("/the/data", "0.0.0.0:1", NULL, networks, &report, &config), -EBADMSG);
	assert_memory_equal(str_text(&report), "--listen: only a loopback address", 33);
	str_release(&report);
}

static void test_top_level_problems(void **state)
{
	static const struct {
		const char *text, *report;
	} cases[] = {
			{"{", "1:1: this { is never closed; add }\n"},
			{"[]", "1:1: a configuration is an object, as in {\"gateways\": [...]}\n"},
			{"{\"gatways\": []}", "1:2: unknown key \"gatways\"; did you mean \"gateways\"?\n"},
			{"{\"gateways\": []}", "1:2: \"gateways\" must have 1 to 64 items; the minimum is "
					       "[{\"name\": \"lobby\", "
					       "\"type\": \"lobby\"}]\n"},
			{"{\"gateways\": [1]}", "1:15: a gateway is an object, as in {\"name\": \"lobby\", "
						"\"type\": \"lobby\"}\n"},
			{"{\"prefx\": \"!\", \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: unknown key \"prefx\"; did you mean \"prefix\"?\n"},
			{"{\"prefix\": \"! \", \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"prefix\" must not contain a space or a control character\n"},
			{"{\"prefix\": \"\", \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"prefix\" must have 1 to 8 bytes, as in \"!\"\n"},
			{"{\"log\": \"xml\",\n\"log_level\": 3, \"gateways\": [{\"name\": \"l\", \"type\": "
			 "\"lobby\"}]}",
					"1:2: \"log\" must be \"auto\", \"text\", \"json\" or \"journal\"\n"
					"2:1: \"log_level\" must be a string, not a number; put it in double "
					"quotes\n"},
			{"{\"trace\": [\"l\",\n\"m\", 5], \"gateways\": [{\"name\": \"l\", \"type\": "
			 "\"lobby\"}]}",
					"2:1: \"trace\" names a gateway that is not in this file\n"
					"2:6: \"trace\" names a gateway that is not in this file\n"},
			{"{\"trace\": \"l\",\n\"trace_file\": \"\", \"gateways\": [{\"name\": \"l\", "
			 "\"type\": "
			 "\"lobby\"}]}",
					"1:2: \"trace\" must be true, false or a list of names of gateways\n"
					"2:1: \"trace_file\" is empty; name a file, or remove it for "
					"standard error\n"},
			{"{\"trace\": [], \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"trace\" must be true, false or a list of 1 to 64 names of "
					"gateways\n"},
			{"{\"data\": \"\", \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"data\" is empty; name a folder, or remove it\n"},
			{"{\"data\": [], \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"data\" must be a folder, or a list of 1 to 8 folders\n"},
			{"{\"data\": 5, \"gateways\": [{\"name\": \"l\", \"type\": \"lobby\"}]}",
					"1:2: \"data\" must be a folder, or a list of 1 to 8 folders\n"},
			{"{\"data\": [\"a\",\n\"\",\n{}], \"gateways\": [{\"name\": \"l\", \"type\": "
			 "\"lobby\"}]}",
					"2:1: each item of \"data\" must be the path of a folder\n"
					"3:1: each item of \"data\" must be the path of a folder\n"},
			{"{\"default_show\": \"My Show\", \"gateways\": [{\"name\": \"l\", \"type\": "
			 "\"lobby\"}]}",
					"1:2: \"default_show\" is the id of a show, and may contain "
					"lower-case letters, digits and hyphens only\n"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(*state, cases[i].text, cases[i].report);
}

static void test_gateway_problems(void **state)
{
	static const struct {
		const char *gateway, *report;
	} cases[] = {
			{"\"type\": \"lobby\"", "1:15: \"name\" is missing; it must be a string\n"},
			{"\"name\": \"a\"", "1:15: \"type\" is missing; it must be a string\n"},
			{"\"name\": \"A b\", \"type\": \"lobby\"", "1:16: \"name\" may contain lower-case "
								   "letters, digits and hyphens only\n"},
			{"\"name\": \"abcdefghijklmnopqrstuvwxyz1234567\", \"type\": \"lobby\"",
					"1:16: \"name\" is too long; the limit is 32 bytes\n"},
			{"\"name\": \"a\", \"type\": \"twich\"",
					"1:29: unknown type \"twich\"; did you mean \"twitch\"?\n"},
			{"\"name\": \"a\", \"type\": \"loby\"",
					"1:29: unknown type \"loby\"; did you mean \"lobby\"?\n"},
			{"\"name\": \"a\", \"type\": \"matrix\"", "1:29: unknown type \"matrix\"; known are "
								  "lobby, irc, discord and twitch\n"},
			{"\"name\": \"a\", \"type\": \"lobby\", \"nick\": \"x\"",
					"1:46: unknown key \"nick\": it is one of irc, not of lobby; remove "
					"it\n"},
			{"\"name\": \"a\", \"type\": \"lobby\", \"x\": \"x\"",
					"1:46: unknown key \"x\"; known here: name, type, listen, "
					"channels, owners\n"},
			{"\"name\": \"a\", \"type\": \"lobby\", \"prefix\": \"x\"",
					"1:46: unknown key \"prefix\": it is one of the whole file; move it "
					"out of the "
					"gateway, beside \"gateways\"\n"},
			{FULL ", \"nik\": \"x\"", "1:92: unknown key \"nik\"; did you mean \"nick\"?\n"},
			{IRC "\"channels\": []", "1:15: \"url\" is missing; it must be a string\n"
						 "1:15: \"nick\" is missing; it must be a string\n"},
			{FULL ", \"reconnect\": {\"base_ms\": 100, \"cap_ms\": 50}",
					"1:92: \"cap_ms\" (50) is below \"base_ms\" (100); it is the longest "
					"delay\n"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[400];

		snprintf(text, sizeof(text), "{\"gateways\": [{%s}]}", cases[i].gateway);
		assert_refused(*state, text, cases[i].report);
	}
}

static void test_names_and_ports_are_unique(void **state)
{
	assert_refused(*state,
			"{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\"},\n"
			"{\"name\": \"a\", \"type\": \"lobby\", \"listen\": \"8068\"},\n"
			"{\"name\": \"c\", \"type\": \"lobby\"}]}",
			"2:2: another gateway is already named \"a\"; give this one a name of its own\n"
			"3:1: the gateway \"a\" already listens on port 8067; use another port\n");
}

static void test_channels(void **state)
{
	assert_refused(*state,
			"{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\", \"channels\": "
			"[\n\"tv\",\n\"#\",\n\"#a b\",\n"
			"\"#a,b\",\n\"#a\\u0007\",\n\"#a\\r\\nQUIT\",\n7,\n\"#ok\",\n\"#OK\"]}]}",
			"2:1: a channel's name must begin with # or &, as in \"#tv\"\n"
			"3:1: a channel's name must have 2 to 64 bytes\n"
			"4:1: a channel's name must not contain a space, a comma or a control character; "
			"write each channel as a string of its own\n"
			"5:1: a channel's name must not contain a space, a comma or a control character; "
			"write each channel as a string of its own\n"
			"6:1: a channel's name must not contain a space, a comma or a control character; "
			"write each channel as a string of its own\n"
			"7:1: a channel's name must not contain a space, a comma or a control character; "
			"write each channel as a string of its own\n"
			"8:1: a channel is a string, as in \"#tv\"\n"
			"10:1: the channel #OK is listed twice; remove one of the two\n");
	assert_refused(*state, "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\", \"channels\": []}]}",
			"1:46: the lobby needs a channel, as in [\"#lobby\"]\n");
}

static void test_too_many_channels(void **state)
{
	struct str text = STR(10000);

	str_append(&text, "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\", \"channels\": [");
	for (int i = 0; i <= CONFIG_CHANNELS_MAX; i++)
		str_printf(&text, "%s\"#c%d\"", i > 0 ? ", " : "", i);
	str_append(&text, "]}]}");
	assert_refused(*state, str_text(&text),
			"1:46: too many channels; the limit is 100 for one gateway\n");
	str_release(&text);
}

static void test_line_breaks_never_get_in(void **state)
{
	assert_refused(*state,
			"{\"gateways\": [{" IRC
			"\"channels\": [],\n\"url\": \"ws://h/\\r\\nX\",\n\"nick\": \"a\\nQUIT\",\n"
			"\"username\": \"a\\rb\",\n\"realname\": \"a\\nQUIT\",\n\"origin\": "
			"\"http://h\\r\\nX: "
			"1\"}]}",
			"2:1: \"url\": must not contain spaces or letters outside ASCII; write them "
			"percent-encoded\n"
			"3:1: \"nick\" may contain letters, digits and - _ [ ] { } \\ | ^ ` only\n"
			"4:1: \"username\" may contain letters, digits and - _ . [ ] { } \\ | ^ ` only\n"
			"5:1: \"realname\" must not contain a line break or another control character\n"
			"6:1: \"origin\" the port must be a number from 1 to 65535\n");
}

static void test_missing_ca_file(void **state)
{
	const struct folder *folder = *state;
	char expected[300];

	snprintf(expected, sizeof(expected),
			"1:92: \"ca_file\" cannot be read: %s/no.pem: No such file or directory\n",
			folder->path);
	assert_refused(folder, "{\"gateways\": [{" FULL ", \"ca_file\": \"no.pem\"}]}", expected);
}

static void test_reconnect(void **state)
{
	struct config *config =
			load_well(*state, "{\"gateways\": [{" FULL ", \"reconnect\": {\"base_ms\": 50}}, "
					  "{\"name\": \"b\", \"type\": \"irc\", \"url\": \"wss://h/\", "
					  "\"nick\": \"n\", \"channels\": []}]}");
	const struct irc_reconnect *one = &irc_config(config->gateways[0])->link.reconnect;

	assert_int_equal(one->base_ms, 50);
	assert_int_equal(one->cap_ms, 300000);
	assert_int_equal(irc_config(config->gateways[1])->link.reconnect.base_ms, 1000);
	config_free(config);
	assert_int_equal(compare_texts(*state,
					 "{\"gateways\": [{" FULL ", \"reconnect\": {\"base_ms\": 50}}]}",
					 "{\"gateways\": [{" FULL ", \"reconnect\": {\"base_ms\": 50}}]}"),
			CONFIG_SAME);
	assert_int_equal(compare_texts(*state,
					 "{\"gateways\": [{" FULL ", \"reconnect\": {\"base_ms\": 50}}]}",
					 "{\"gateways\": [{" FULL ", \"reconnect\": {\"base_ms\": 50, "
					 "\"cap_ms\": 300001}}]}"),
			CONFIG_RESTART);
}

/* ---------------------------------------------------------------- what a reload does */

#define SERVER   "\"url\": \"wss://h/\""
#define NICK     ", \"nick\": \"n\""
#define USER     ", \"username\": \"u\""
#define SECRET   ", \"password\": {\"env\": \"EPISODED_TEST_SECRET\"}"
#define CHANNELS ", \"channels\": [\"#a\", \"#b\"]"
#define MOST     NICK USER SECRET CHANNELS

/* Of a gateway of type irc: everything but nick, channels and owners needs a new connection. */
static void test_compare(void **state)
{
	static const char before[] = "{\"gateways\": [{" IRC SERVER MOST "}]}";
	static const struct {
		const char *keys;
		enum config_change change;
	} cases[] = {
			{SERVER MOST, CONFIG_SAME},
			{"\"urls\": [\"wss://h/\"]" MOST, CONFIG_SAME},
			{SERVER MOST ", \"flood\": \"auto\", \"sts\": true", CONFIG_SAME},
			{SERVER ", \"nick\": \"m\"" USER SECRET CHANNELS, CONFIG_LIVE},
			{SERVER NICK USER SECRET ", \"channels\": [\"#a\"]", CONFIG_LIVE},
			{SERVER NICK USER SECRET ", \"channels\": [\"#a\", \"#c\"]", CONFIG_LIVE},
			{SERVER MOST ", \"owners\": [{\"account\": \"a\"}]", CONFIG_LIVE},
			{SERVER NICK SECRET CHANNELS, CONFIG_RESTART}, /* the username is the nick */
			{SERVER NICK USER CHANNELS, CONFIG_RESTART},
			{SERVER NICK USER CHANNELS ", \"password\": {\"env\": \"EPISODED_TEST_OTHER\"}",
					CONFIG_RESTART},
			{"\"url\": \"wss://h/x\"" MOST, CONFIG_RESTART},
			{"\"url\": \"wss://h:444/\"" MOST, CONFIG_RESTART},
			{"\"urls\": [\"wss://h/\", \"wss://i/\"]" MOST, CONFIG_RESTART},
			{SERVER MOST ", \"origin\": \"https://o\"", CONFIG_RESTART},
			{SERVER MOST ", \"realname\": \"r\"", CONFIG_RESTART},
			{SERVER MOST ", \"flood\": \"fast\"", CONFIG_RESTART},
			{SERVER MOST ", \"services\": \"S\"", CONFIG_RESTART},
			{SERVER MOST ", \"bridges\": [\"b!*@h\"]", CONFIG_LIVE},
			{SERVER MOST ", \"sts\": false", CONFIG_RESTART},
			{SERVER MOST ", \"ca_file\": \"pair.pem\"", CONFIG_RESTART},
			{SERVER MOST ", \"sasl\": {\"account\": \"a\", \"password\": {\"env\": "
				     "\"EPISODED_TEST_SECRET\"}}",
					CONFIG_RESTART},
	};

	setenv("EPISODED_TEST_SECRET", "x", 1);
	setenv("EPISODED_TEST_OTHER", "y", 1);
	write_pair(*state);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[600];

		snprintf(text, sizeof(text), "{\"gateways\": [{" IRC "%s}]}", cases[i].keys);
		if (compare_texts(*state, before, text) != cases[i].change ||
				compare_texts(*state, text, before) != cases[i].change)
			fail_msg("a reload to %s is not %d", cases[i].keys, cases[i].change);
	}
	unsetenv("EPISODED_TEST_SECRET");
	unsetenv("EPISODED_TEST_OTHER");
}

/* One name for two networks, one after the other. */
static void test_another_network_is_another_gateway(void **state)
{
	assert_int_equal(compare_texts(*state, "{\"gateways\": [{" FULL "}]}",
					 "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\"}]}"),
			CONFIG_RESTART);
	assert_int_equal(compare_texts(*state, "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\"}]}",
					 "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\", \"listen\": "
					 "\"8068\"}]}"),
			CONFIG_RESTART);
	assert_int_equal(compare_texts(*state, "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\"}]}",
					 "{\"gateways\": [{\"name\": \"a\", \"type\": \"lobby\", \"owners\": "
					 "\"everybody\"}]}"),
			CONFIG_LIVE);
}

/* A gateway keeps its configuration when the file's is gone. */
static void test_shared(void **state)
{
	struct config *config = load_well(*state, "{\"gateways\": [{" FULL "}]}");
	const struct gateway_config *irc = gateway_config_ref(config->gateways[0]);

	config_free(config);
	assert_string_equal(irc->name, "a");
	assert_string_equal(irc_config(irc)->nick, "n");
	gateway_config_unref(irc);
	gateway_config_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
			TEST(test_default),
			TEST(test_least),
			TEST(data_may_be_a_list),
			TEST(test_everything),
			TEST(test_irc_defaults),
			TEST(test_state_directory_wins),
			TEST(test_shipped_example),
			TEST(test_shipped_example_in_full),
			TEST(test_unreadable_file),
			TEST(test_a_file_without_gateways_is_the_lobby),
			TEST(test_an_empty_file_is_no_lobby),
			TEST(test_listen_of_the_command_line),
			TEST(test_top_level_problems),
			TEST(test_gateway_problems),
			TEST(test_names_and_ports_are_unique),
			TEST(test_channels),
			TEST(test_too_many_channels),
			TEST(test_line_breaks_never_get_in),
			TEST(test_missing_ca_file),
			TEST(test_reconnect),
			TEST(test_compare),
			TEST(test_another_network_is_another_gateway),
			TEST(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
