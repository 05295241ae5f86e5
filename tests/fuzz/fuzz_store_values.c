/*
 * Values of the store as in a damaged or manipulated file: one per line, "area tab key tab
 * value" or "journal tab id tab time tab text", read by all their readers. Values that are
 * written again must not change.
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/base/log.h"
#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/core/channel_settings.h"
#include "bot/core/rights.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/networks.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/stream/guilds.h"
#include "bot/gateway/irc/config.h"
#include "bot/gateway/irc/seen.h"
#include "bot/gateway/irc/seen_store.h"
#include "bot/irc/servers.h"
#include "bot/store/store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_MS    UINT64_C(1770000000000)
#define LINES_MAX 64

static const char configuration[] =
		"{\"data\": \"data\", \"gateways\": [{\"name\": \"home\", \"type\": \"irc\","
		" \"url\": \"irc://irc.example\", \"nick\": \"bot\", \"channels\": [\"#c\"]}]}";

struct world {
	char folder[64];
	struct store *store;
	struct config *config;
};

static struct world world;

static void remove_world(void)
{
	char path[96];

	store_close(world.store);
	config_free(world.config);
	snprintf(path, sizeof(path), "%s/episoded.db", world.folder);
	unlink(path);
	snprintf(path, sizeof(path), "%s/c.json", world.folder);
	unlink(path);
	rmdir(world.folder);
}

static void make_world(void)
{
	struct str report = STR(4096);
	char path[96];
	FILE *file;

	strncpy(world.folder,
			access("/dev/shm", W_OK) == 0 ? "/dev/shm/episoded-fuzz-XXXXXX"
						      : "/tmp/episoded-fuzz-XXXXXX",
			sizeof(world.folder) - 1);
	assert(mkdtemp(world.folder));
	snprintf(path, sizeof(path), "%s/c.json", world.folder);
	file = fopen(path, "we");
	assert(file && fputs(configuration, file) >= 0 && fclose(file) == 0);
	assert(config_load(path, networks, &report, &world.config) == 0);
	str_release(&report);
	assert(store_open(world.folder, &world.store) == 0);
	atexit(remove_world);
}

/* ---------------------------------------------------------------- writing */

/* The text up to the next tab; *at moves past it. */
static const char *field(char **at)
{
	char *text = *at, *tab = strchr(text, '\t');

	if (tab)
		*tab = '\0';
	*at = tab ? tab + 1 : text + strlen(text);
	return text;
}

static void put(char *line)
{
	const char *area = field(&line), *key = field(&line);

	if (str_equal(area, "journal")) {
		const struct journal_entry entry = {
				.gateway = "home",
				.id = key,
				.channel = "#c",
				.author_id = "a",
				.author_name = "A",
				.account = "",
				.time_ms = strtoull(field(&line), NULL, 10),
				.text = line,
				.extra = line,
		};

		(void)store_journal_begin(world.store, &entry);
	} else {
		(void)store_put(world.store, area, key, line);
	}
}

static void take_back(char *line)
{
	const char *area = line, *key = line + strlen(line) + 1;

	if (str_equal(area, "journal"))
		(void)store_journal_done(world.store, "home", key);
	else
		(void)store_delete(world.store, area, key);
}

/* ---------------------------------------------------------------- reading */

static void on_message(void *user, const struct message *message)
{
	(void)user;
	assert(message->id && message->text && message->extra);
}

static void on_order(void *user, enum order order)
{
	(void)user;
	(void)order;
}

static void read_settings(void)
{
	struct settings *settings = NULL;
	const char *const *prefixes;
	char value[SETTINGS_VALUE_BYTES];

	assert(settings_new(world.store, &settings) == 0);
	for (prefixes = settings_prefixes(settings); *prefixes; prefixes++)
		assert(**prefixes && strlen(*prefixes) < SETTINGS_PREFIX_BYTES);
	for (size_t i = 0; settings_ignored(settings, "home", i); i++)
		assert(i < SETTINGS_IGNORED_MAX);
	(void)settings_is_quiet(settings_find(settings, "home", "#c"), NOW_MS);
	settings_value(settings_find(settings, "home", "#c"), "quiet", value);
	settings_value(settings_find(settings, "home", "#c"), "show", value);
	(void)settings_ignores(settings, "home", "pest");
	settings_free(settings);
}

static void read_orders(void)
{
	struct orders *orders = NULL;
	struct gateway_wanted *gateways = NULL;

	assert(orders_new(on_order, NULL, &orders) == 0);
	assert(orders_open(orders, world.store) == 0);
	orders_configure(orders, world.config, NULL);
	assert(orders_apply(orders, &gateways) == 0);
	assert(gateways[0].channels.count <= CONFIG_CHANNELS_MAX);
	orders_release(gateways, 1);
	orders_free(orders);
}

static void read_irc(void)
{
	struct irc_servers servers;
	struct irc_seen_channel seen = {0}, again = {0};
	char text[IRC_SEEN_TEXT_BYTES];
	const struct url *url;

	if (irc_seen_load(world.store, "home", "#c", text, sizeof(text)) && irc_seen_read(text, &seen) == 0) {
		irc_seen_write(&seen, text);
		assert(irc_seen_read(text, &again) == 0 && again.time_ms == seen.time_ms);
	}
	irc_servers_init(&servers, &irc_config(world.config->gateways[0])->link.servers);
	url = irc_servers_url(&servers, true, world.store, NOW_MS);
	assert(url->port != 0);
	irc_servers_rebase(&servers, world.store, NOW_MS);
}

static void read_discord(void)
{
	struct discord_guilds guilds = {0};
	struct discord_channels channels = {0};
	char *text = NULL;

	if (store_get(world.store, "discord/home", "guilds/0", &text) == 0)
		discord_guilds_read(&guilds, (struct span){text, strlen(text)});
	free(text);
	text = NULL;
	if (store_get(world.store, "discord/home", "rooms", &text) == 0)
		discord_channels_read(&channels, (struct span){text, strlen(text)});
	free(text);
	discord_guilds_release(&guilds);
}

static void read_journal(void)
{
	static const struct journal_now now = {NOW_MS, NOW_MS};
	struct journal *journal = NULL;

	assert(journal_new(world.store, &journal) == 0);
	journal_each_open(journal, "home", false, &now, on_message, NULL);
	journal_each_open(journal, "home", true, &now, on_message, NULL);
	journal_free(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = str_copy_bytes((const char *)data, size), *lines[LINES_MAX], *rest = text;
	size_t count = 0;

	assert(text);
	if (!world.store)
		make_world();
	while (rest && *rest && count < LINES_MAX) {
		lines[count++] = rest;
		rest = strchr(rest, '\n');
		if (rest)
			*rest++ = '\0';
	}
	/* A value has both tabs. */
	for (size_t i = 0; i < count; i++) {
		const char *tab = strchr(lines[i], '\t');

		if (tab && strchr(tab + 1, '\t'))
			put(lines[i]);
		else
			lines[i] = NULL;
	}
	assert(store_trouble(world.store) == 0);
	read_settings();
	read_orders();
	read_irc();
	read_discord();
	read_journal();
	for (size_t i = 0; i < count; i++) {
		if (lines[i])
			take_back(lines[i]);
	}
	free(text);
	return 0;
}
