/*
 * Changing configurations while gateways connect, fail and stop: in the end the gateways of
 * the last configuration run, with its values. Each line of the input is a configuration
 * ("{...}") or an event:
 *
 *	o  the oldest connecting connection opens; x: the oldest ends
 *	bLINE  a server sends this; h: the oldest request is answered, e: it fails
 *	+  advance to the next timer, ++ by a second, +++ by an hour; S: everything must stop
 *
 * The lobby is replaced by fake_lobby.h, whose port chooses its behaviour.
 */

#include "bot/config/reader.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/inbox.h"
#include "bot/daemon/networks.h"
#include "tests/fuzz/fake_lobby.h"

#define EVENTS_MAX  100
#define SECOND_MS   1000u
#define HOUR_MS     (3600u * 1000)
#define APPLICATION "{\"id\":\"22\",\"name\":\"bot\",\"flags\":786432}"
#define GATEWAY     "{\"url\":\"wss://gateway.discord.gg\",\"shards\":1}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct gateways *gateways;
static struct inbox inbox;
static struct config *wanted; /* as last applied */
static bool is_stopping, is_all_stopped;

/* ---------------------------------------------------------------- the bot */

static void on_message(void *user, struct gateway *gateway, const struct message *message)
{
	(void)user;
	assert(inbox_push(&inbox, gateway, message) == 0);
}

static void say(struct gateway *gateway, const struct message *message)
{
	struct delivery delivery = {.message = message};
	struct reply reply;

	reply_init(&reply);
	reply_set_text(&reply, message->text);
	delivery.reply = &reply;
	gateway_head(gateway)->class->say(gateway, &delivery);
	reply_release(&reply);
}

static void on_turn(void *user)
{
	struct inbox_entry *entries = inbox_take(&inbox);

	(void)user;
	for (const struct inbox_entry *entry = entries; entry; entry = entry->next)
		say(entry->gateway, entry->message);
	inbox_entries_free(entries);
	gateways_flush(gateways);
	gateways_sweep(gateways);
}

static void on_state(void *user, struct gateway *gateway)
{
	(void)user;
	gateways_state(gateways, gateway);
}

static void on_stopped(void *user, struct gateway *gateway)
{
	(void)user;
	gateways_stopped(gateways, gateway);
}

static void on_change(void *user)
{
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);

	(void)user;
	gateways_describe(gateways, &text);
	assert(!text.error);
	str_release(&text);
}

static void on_all_stopped(void *user)
{
	(void)user;
	assert(is_stopping && !is_all_stopped);
	is_all_stopped = true;
}

static const char *describe_commands(void *user)
{
	(void)user;
	return "{\"prefix\":\"!\",\"commands\":[]}";
}

static const char *prefix(void *user)
{
	(void)user;
	return "!";
}

static const char *const *prefixes(void *user)
{
	static const char *const none[] = {NULL};

	(void)user;
	return none;
}

static void on_ready(void *user, struct gateway *gateway)
{
	(void)user;
	(void)gateway;
}

static void on_completed(void *user, struct gateway *gateway, const char *message_id)
{
	(void)user;
	(void)gateway;
	(void)message_id;
}

static void each_open(void *user, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *open_user)
{
	(void)user;
	(void)gateway;
	(void)on_open;
	(void)open_user;
}

static const char *complete(void *user, struct gateway *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial)
{
	(void)user;
	(void)gateway;
	(void)asker;
	(void)command;
	(void)option;
	(void)partial;
	return "[]";
}

static struct store *store(void *user)
{
	(void)user;
	return fake_store();
}

/* ---------------------------------------------------------------- events */

/* No owner has said anything: each gateway is wanted where it is configured to be. */
static void apply(const struct config *config)
{
	struct gateway_wanted list[CONFIG_GATEWAYS_MAX];

	for (size_t i = 0; i < config->gateway_count; i++)
		list[i] = (struct gateway_wanted){config->gateways[i], config->gateways[i]->channels};
	gateways_configure(gateways, list, config->gateway_count);
}

static void configure(const char *line, size_t length)
{
	struct config *config = NULL;
	struct json *json = NULL;

	if (is_stopping || json_parse(line, length, JSON_COMMENTS, &json) < 0)
		return;
	if (config_read(json, "/nonexistent", networks, &config) == 0) {
		apply(config);
		config_free(wanted);
		wanted = config;
	} else {
		config_free(config);
	}
	json_free(json);
}

static void hear(const char *line, size_t length)
{
	struct fake_link *link = fake_link_in(true);
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);

	str_append_bytes(&text, line, length);
	str_append(&text, link && link->is_stream ? "\r\n" : "");
	if (link)
		fake_hear(link, str_text(&text), text.length, true);
	str_release(&text);
}

static void answer(bool is_lost)
{
	const char *body =
			fake.transfers && strstr(fake.transfers->url, "/gateway/bot") ? GATEWAY : APPLICATION;

	if (fake.transfers)
		fake_answer(is_lost ? -ECONNRESET : 0, 200, body, strlen(body));
}

static void stop(void)
{
	if (!is_stopping)
		gateways_stop(gateways, "bye");
	is_stopping = true;
}

static void event(const char *line, size_t length)
{
	struct fake_link *link;

	switch (*line) {
	case '{': configure(line, length); break;
	case 'o':
		link = fake_link_in(false);
		if (link)
			fake_open(link, "");
		break;
	case 'x':
		if (fake.links)
			fake_close(fake.links, -ECONNRESET, (unsigned short)(length * 1000), "gone");
		break;
	case 'b': hear(line + 1, length - 1); break;
	case 'h':
	case 'e': answer(*line == 'e'); break;
	case 'S': stop(); break;
	case '+':
		if (length == 1)
			fake_run_next(HOUR_MS);
		else
			fake_run_until(fake.loop.now_ms + (length == 2 ? SECOND_MS : HOUR_MS));
		break;
	default: break;
	}
	fake_run();
	on_change(NULL);
}

/* True if the status contains name with a state. */
static bool is_described(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = strstr(text, name); at; at = strstr(at + 1, name))
		if ((at == text || at[-1] == ' ') && at[length] == ' ')
			return true;
	return false;
}

/* After all gateways have stopped. */
static void check_wanted(void)
{
	struct str text = STR(FUZZED_TEXT_MAX_BYTES);

	fake_run_until(fake.loop.now_ms + 3 * SECOND_MS);
	gateways_describe(gateways, &text);
	for (size_t i = 0; wanted && i < wanted->gateway_count; i++) {
		const struct gateway_config *config = wanted->gateways[i];
		const struct stand_in *lobby = stand_ins;

		if (config->network != &lobby_network) {
			assert(is_described(str_text(&text), config->name));
			continue;
		}
		while (lobby && !str_equal(lobby->config->head.name, config->name))
			lobby = lobby->next;
		if (lobby_config(config)->listen.port % 16 != 15) /* its port is in use */
			assert(lobby && gateway_config_compare(&lobby->config->head, config) == CONFIG_SAME);
	}
	for (const struct stand_in *lobby = stand_ins; lobby; lobby = lobby->next) {
		size_t i = 0;

		while (wanted && i < wanted->gateway_count &&
				!str_equal(wanted->gateways[i]->name, lobby->config->head.name))
			i++;
		assert(wanted && i < wanted->gateway_count);
	}
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct gateway_host host = {
			.loop = &fake.loop,
			.on_message = on_message,
			.on_state = on_state,
			.on_stopped = on_stopped,
			.on_completed = on_completed,
			.each_open = each_open,
			.describe_commands = describe_commands,
			.prefix = prefix,
			.prefixes = prefixes,
			.complete = complete,
			.store = store,
	};
	static const struct gateways_events events = {
			.on_change = on_change,
			.on_all_stopped = on_all_stopped,
			.on_short = on_change,
			.on_ready = on_ready,
	};
	struct fuzzed_input input = {data, size};
	char *line;
	size_t length;

	setenv("SECRET", "pencil", 1);
	log_setup(LOG_FORMAT_JSON, LOG_LEVEL_ERROR);
	fake_begin();
	wanted = NULL;
	is_stopping = is_all_stopped = false;
	assert(gateways_new(&host, &events, &gateways) == 0);
	inbox_init(&inbox);
	loop_each_turn(&fake.loop, on_turn, NULL);
	for (unsigned i = 0; i < EVENTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		event(line, length);
		free(line);
	}
	if (!is_stopping)
		check_wanted();
	else
		fake_run_until(fake.loop.now_ms + 6 * SECOND_MS);
	assert(is_all_stopped == is_stopping);
	inbox_release(&inbox);
	gateways_free(gateways);
	config_free(wanted);
	assert(!stand_ins);
	fake_end();
	return 0;
}
