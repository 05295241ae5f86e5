/*
 * Messages of several people on several networks to the whole core: all commands, owners,
 * settings, conversations and completion, with the shipped dataset. Each line is an event:
 *
 *	WHO WHERE ID TEXT    a message: three letters, then its text
 *	+MINUTES             time passes
 *	?COMMAND OPTION TEXT a partly typed argument
 *	%PREFIX              a reload, with another prefix
 *
 * Each message has at most one answer, ignored people get no answer, only owners change
 * anything for a channel, and no synopsis past the line is in clear.
 */

#include <errno.h>
#include <stdio.h>

#include "bot/catalogue/airing.h"
#include "bot/catalogue/telling.h"
#include "bot/core/commands.h"
#include "bot/core/complete.h"
#include "bot/core/describe.h"
#include "bot/core/dispatch.h"
#include "bot/core/line.h"
#include "bot/core/progress.h"
#include "bot/core/rights.h"
#include "bot/daemon/journal.h"
#include "bot/gateway/discord/config.h"
#include "bot/gateway/irc/config.h"
#include "bot/gateway/lobby/config.h"
#include "bot/gateway/twitch/config.h"
#include "tests/fuzz/fuzzed.h"

#define EVENTS_MAX  64
#define MINUTE_MS   60000ull
#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* WHERE, bit by bit. */
enum {
	PLACE_NETWORK = 3, /* irc, discord, lobby, twitch */
	PLACE_IS_PRIVATE = 4,
	PLACE_IS_ADDRESSED = 8,
	PLACE_HAS_REST = 16,
	PLACE_FAILS = 32, /* the delivery */
};

struct world {
	struct dispatch *dispatch;
	struct orders *orders;
	struct journal *journal;
	struct dispatch_orders real; /* state for the checks below */
	const struct message *message;
	const char *gateway;
	unsigned place;
	bool is_asked; /* the network and the author */
	uint64_t now_ms, wall_ms;
	char prefix[CONFIG_PREFIX_MAX_BYTES + 1];
};

static const struct config *configuration(void)
{
	static char irc[] = "irc", discord[] = "discord", lobby[] = "lobby", twitch[] = "twitch",
		    tv[] = "#tv", account[] = "Boss", print[] = FINGERPRINT, number[] = "42", prefix[] = "!";
	static char *channels[] = {tv};
	static struct config_owner irc_owners[] = {{OWNER_ACCOUNT, account}, {OWNER_FINGERPRINT, print}};
	static struct config_owner numbered[] = {{OWNER_USER_ID, number}};
	static struct config_owner everybody[] = {{OWNER_EVERYBODY, NULL}};
	static struct gateway_config on_irc = {.network = &irc_network,
						     .name = irc,
						     .channels = {channels, 1},
						     .owners = {irc_owners, 2}},
				     on_discord = {.network = &discord_network,
						     .name = discord,
						     .owners = {numbered, 1}},
				     in_lobby = {.network = &lobby_network,
						     .name = lobby,
						     .channels = {channels, 1},
						     .owners = {everybody, 1}},
				     on_twitch = {.network = &twitch_network,
						     .name = twitch,
						     .channels = {channels, 1},
						     .owners = {numbered, 1}};
	static const struct gateway_config *gateways[] = {&on_irc, &on_discord, &in_lobby, &on_twitch};
	static const struct config config = {.prefix = prefix, .gateways = gateways, .gateway_count = 4};

	return &config;
}

static const struct catalogue *catalogue(void)
{
	static struct catalogue *loaded;
	struct str report = STR(64u * 1024);

	if (!loaded)
		assert(catalogue_load("data", &report, &loaded) == 0);
	str_release(&report);
	return loaded;
}

/* ---------------------------------------------------------------- what dispatch asks */

static bool is_owner_now(const struct world *world)
{
	return world->real.is_owner(world->real.user, world->gateway, world->message);
}

static bool is_owner(void *user, const char *gateway, const struct message *message)
{
	const struct world *world = user;

	return world->real.is_owner(world->real.user, gateway, message);
}

static bool is_ignored(void *user, const char *gateway, const struct message *message)
{
	const struct world *world = user;

	return world->real.is_ignored(world->real.user, gateway, message);
}

static const struct channel_settings *settings(void *user, const char *gateway, const char *channel)
{
	const struct world *world = user;

	return world->real.settings(world->real.user, gateway, channel);
}

static struct progress *progress(void *user)
{
	const struct world *world = user;

	return world->real.progress(world->real.user);
}

static int on_channel(void *user, const char *gateway, const char *channel, bool is_in)
{
	const struct world *world = user;

	assert(is_owner_now(world));
	return world->real.on_channel(world->real.user, gateway, channel, is_in);
}

static int on_reload(void *user)
{
	const struct world *world = user;

	assert(is_owner_now(world));
	return world->real.on_reload(world->real.user);
}

static const char *ignored(void *user, const char *gateway, size_t index)
{
	const struct world *world = user;

	assert(is_owner_now(world));
	return world->real.ignored(world->real.user, gateway, index);
}

static int on_ignore(void *user, const char *gateway, const char *who, bool is_to_be)
{
	const struct world *world = user;

	assert(is_owner_now(world));
	return world->real.on_ignore(world->real.user, gateway, who, is_to_be);
}

static int on_set(void *user, const char *gateway, const char *channel, const char *name, const char *value)
{
	const struct world *world = user;

	assert(is_owner_now(world));
	return world->real.on_set(world->real.user, gateway, channel, name, value);
}

static void on_status(void *user, struct request_status *ret)
{
	const struct world *world = user;

	ret->uptime_ms = world->now_ms;
	ret->gateways = "irc ready (1 channel)";
	ret->dataset = "1 show";
}

static void on_order(void *user, enum order order)
{
	assert(is_owner_now(user));
	assert(order == ORDER_CHANNELS || order == ORDER_RELOAD);
}

static bool is_in_clear(const struct reply *reply, const char *text)
{
	const char *parts[] = {reply->title, reply->teaser, reply->footer,
			reply->is_text_veiled ? NULL : reply->text};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i] && strstr(parts[i], text))
			return true;
	}
	for (size_t i = 0; i < reply->item_count; i++) {
		if (!reply->items[i].is_veiled && strstr(reply->items[i].text, text))
			return true;
	}
	return false;
}

/* The rule in other words than those of core/line.c: no synopsis past the declared line, or before it airs. */
static void check_synopses(
		const struct world *world, const struct message *message, const struct answer *answer)
{
	const struct show *show = catalogue_at(catalogue(), 0);
	int seen = progress_line(world->real.progress(world->real.user), world->gateway, message, show);

	if (answer->is_rest || (answer->entry && strcmp(answer->entry->name, "spoil") == 0))
		return;
	for (int order = 1; order <= show->last_order; order++) {
		const struct episode *episode = show_episode(show, order);
		const char *synopsis = telling_text(episode->summary);

		if (*synopsis && is_in_clear(answer->reply, synopsis))
			assert(episode_has_aired(episode, (int64_t)(message->time_ms / 1000)) &&
					(seen == LINE_UNDECLARED || order <= seen));
	}
}

/* What the gateway makes of an answer. */
static int send(struct world *world, const struct message *message, struct answer *answer)
{
	const struct reply *reply = answer->reply;

	assert(answer->entry || message->is_private);
	assert(*answer->prefix);
	fuzzed_check_line(answer->prefix);
	fuzzed_check_reply(reply);
	assert(reply->title || reply->text || reply->item_count || reply->field_count);
	check_synopses(world, message, answer);
	if (world->place & PLACE_FAILS)
		return -EAGAIN;
	answer->position = world->place & PLACE_HAS_REST && answer->position < 3 ? answer->position + 1 : 0;
	return 0;
}

/* ---------------------------------------------------------------- events */

static void dispatch(struct world *world, const struct message *message)
{
	struct question question;
	struct answer answer;
	bool is_silenced;
	int sent = -ECANCELED;

	world->message = message;
	world->is_asked = false;
	is_silenced = is_ignored(world, world->gateway, message) && !is_owner_now(world);
	question = dispatch_recognise(world->dispatch, world->gateway, message, world->now_ms);
	assert(question.kind == QUESTION_NONE || question.at + question.length <= strlen(message->text));
	assert(question.kind == QUESTION_NONE || dispatch_concerns(world->dispatch, world->gateway, message));
	if (question.kind == QUESTION_IDENTIFY) {
		assert(!message->fingerprint);
		world->is_asked = world->place & 1;
		if (world->is_asked)
			return;
		question.kind = QUESTION_COMMAND;
	}
	if (question.kind == QUESTION_COMMAND && message->origin != MESSAGE_JOURNAL &&
			!journal_begin(world->journal, world->gateway, message))
		return;
	dispatch_answer(world->dispatch, world->gateway, message, &question, world->now_ms, &answer);
	if (answer.reply)
		sent = send(world, message, &answer);
	assert(!is_silenced || !answer.reply);
	assert(question.kind != QUESTION_NONE || !answer.reply);
	assert(!answer.is_refused || answer.is_order);
	assert(!answer.error);
	dispatch_keep(world->dispatch, &answer, sent, world->now_ms);
	if (sent == 0)
		journal_complete(world->journal, world->gateway, message->id);
	journal_commit(world->journal);
}

static void say(struct world *world, const char *line, size_t length)
{
	static const char *const authors[] = {"ann", "~bob", "42", "pest"};
	static const char *const accounts[] = {"", "Bob", "", "boss"};
	unsigned who = (unsigned)(line[0] - 'a'), place = (unsigned)(line[1] - 'a'),
		 number = (unsigned)(line[2] - 'a');
	char *text = fuzzed_text(line + 3, length - 3), id[16] = "";
	struct message message = {.id = id,
			.channel = place & PLACE_IS_PRIVATE ? authors[who % 4] : "#tv",
			.author_id = authors[who % 4],
			.author_name = authors[who % 4],
			.account = accounts[who % 4],
			.text = text,
			.is_private = place & PLACE_IS_PRIVATE,
			.is_addressed = place & (PLACE_IS_ADDRESSED | PLACE_IS_PRIVATE),
			.has_private = place & 1,
			.fingerprint = who & 4 ? "" : NULL,
			.origin = who & 8 ? MESSAGE_JOURNAL : MESSAGE_LIVE,
			.time_ms = world->wall_ms};

	if (number % 32)
		snprintf(id, sizeof(id), "id-%u", number % 32);
	world->gateway = configuration()->gateways[place & PLACE_NETWORK]->name;
	world->place = place;
	if (strlen(text) <= MESSAGE_TEXT_MAX_BYTES)
		dispatch(world, &message);
	if (world->is_asked) { /* and the network said who it is */
		message.fingerprint = who & 16 ? FINGERPRINT : "";
		message.origin = MESSAGE_AFTER_WHOIS;
		dispatch(world, &message);
	}
	free(text);
}

static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " ");

	*at = word + strcspn(word, " ");
	if (**at)
		*(*at)++ = '\0';
	return word;
}

static void complete(const struct world *world, const char *line, size_t length)
{
	char *text = fuzzed_text(line, length), *at = text;
	char *command = next_word(&at), *option = next_word(&at);
	struct str suggestions = STR(64u * 1024);
	const struct message asker = {.id = "", .channel = "#a", .author_id = "a", .account = "", .text = ""};
	struct json *json;
	size_t count = 0;

	dispatch_complete(world->dispatch, world->gateway, &asker, command, option, at, &suggestions);
	json = fuzzed_json(&suggestions);
	for (struct json_node *node = json_first(json_root(json)); node; node = json_next(node))
		count++;
	assert(json_type(json_root(json)) == JSON_ARRAY && count <= COMPLETE_COMMANDS_MAX);
	json_free(json);
	str_release(&suggestions);
	free(text);
}

/* A valid prefix: 1 to 8 bytes above space. */
static void reload(struct world *world, const char *line, size_t length)
{
	char *text = fuzzed_text(line, length);
	size_t used = strcspn(text, " ");
	struct str description = STR(256u * 1024);

	if (used && used <= CONFIG_PREFIX_MAX_BYTES) {
		memcpy(world->prefix, text, used);
		world->prefix[used] = '\0';
		dispatch_configure(world->dispatch, world->prefix, catalogue(), NULL);
		commands_append_json(&description, world->prefix, true);
		json_free(fuzzed_json(&description));
	}
	str_release(&description);
	free(text);
}

static void event(struct world *world, const char *line, size_t length)
{
	switch (line[0]) {
	case '+':
		world->now_ms += (unsigned char)line[1] * MINUTE_MS;
		world->wall_ms += (unsigned char)line[1] * MINUTE_MS;
		break;
	case '?': complete(world, line + 1, length - 1); break;
	case '%': reload(world, line + 1, length - 1); break;
	default:
		if (length >= 3)
			say(world, line, length);
	}
}

static void describe(void)
{
	struct str text = STR(256u * 1024);

	for (int form = DESCRIBE_TEXT; form <= DESCRIBE_SCDOC; form++)
		describe_commands(&text, "!", (enum describe_form)form);
	assert(!text.error);
	str_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = {.now_ms = 1000, .wall_ms = 1643328000000ull, .prefix = "!"};
	struct dispatch_host host = {.user = &world,
			.on_status = on_status,
			.orders = {.user = &world,
					.is_owner = is_owner,
					.is_ignored = is_ignored,
					.settings = settings,
					.progress = progress,
					.on_channel = on_channel,
					.on_reload = on_reload,
					.ignored = ignored,
					.on_ignore = on_ignore,
					.on_set = on_set}};
	struct fuzzed_input input = {data, size};
	char *line;
	size_t length;

	if (!size)
		describe();
	assert(orders_new(on_order, &world, &world.orders) == 0);
	assert(orders_open(world.orders, NULL) == 0);
	orders_configure(world.orders, configuration(), catalogue());
	world.real = orders_for_dispatch(world.orders);
	assert(journal_new(NULL, &world.journal) == 0);
	assert(dispatch_new(&host, 7, &world.dispatch) == 0);
	dispatch_configure(world.dispatch, world.prefix, catalogue(), NULL);
	for (unsigned i = 0; i < EVENTS_MAX && (line = fuzzed_line(&input, &length)) != NULL; i++) {
		event(&world, line, length);
		free(line);
	}
	dispatch_free(world.dispatch);
	journal_free(world.journal);
	orders_free(world.orders);
	return 0;
}
