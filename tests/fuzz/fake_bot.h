#ifndef EPISODED_FAKE_BOT_H
#define EPISODED_FAKE_BOT_H

/* The bot as a gateway sees it, for fuzz targets that run a whole gateway: it repeats each message, in a form chosen by
 * the letters in the message. Uses fake_net.h; included by one file of a target. */

#include "bot/daemon/inbox.h"
#include "bot/gateway/gateway.h"
#include "tests/fuzz/fake_net.h"

#define FAKE_HEARD_MAX 128
#define FAKE_HOUR_MS   (60u * 60 * 1000)
#define FAKE_MINUTE_MS 60000u

struct fake_heard {
	char id[64];
	bool is_completed;
};

static struct fake_bot {
	struct gateway *gateway;
	const struct gateway_config *config; /* its present configuration */
	struct fake_heard heard[FAKE_HEARD_MAX];
	size_t heard_count;
	struct str completions;
	struct inbox inbox;
	bool is_stopping, is_stopped, has_store;
	/* A question left open by an earlier process, for the gateway that asks for it; may be NULL. */
	const struct message *left;
} bot;

static inline struct fake_heard *fake_heard_of(const char *id)
{
	for (size_t i = 0; i < bot.heard_count; i++)
		if (strcmp(bot.heard[i].id, id) == 0)
			return &bot.heard[i];
	return NULL;
}

/* p in private, P a problem, s veiled, l long, f fleeting, m its second page, N nothing, i who is it? */
static inline void fake_bot_answer(struct gateway *gateway, const struct message *message)
{
	struct delivery delivery = {.message = message};
	struct reply reply;
	int r;

	reply_init(&reply);
	reply.kind = strchr(message->text, 'P') ? REPLY_PROBLEM : REPLY_ANSWER;
	reply.is_private = strchr(message->text, 'p');
	reply.is_fleeting = strchr(message->text, 'f');
	reply_set_title(&reply, message->text);
	reply_set_text(&reply, message->author_name);
	reply.is_text_veiled = strchr(message->text, 's');
	if (reply.is_text_veiled)
		reply_set_spoiler(&reply, message->text);
	for (unsigned i = 0; strchr(message->text, 'l') && i < 40; i++)
		reply_add_item(&reply, "A line that is long enough for several pages, when there are as many "
				       "of them as here, and each of them is as long as this.");
	reply_add_choice(&reply, message->text, message->text);
	delivery.reply = &reply;
	delivery.position = strchr(message->text, 'm') ? 1 : 0;
	r = gateway_head(gateway)->class->say(gateway, &delivery);
	assert(r <= 0 && r != -ENOMEM);
	reply_release(&reply);
}

static inline void fake_bot_on_message(void *user, struct gateway *gateway, const struct message *message)
{
	(void)user;
	assert(gateway == bot.gateway && *message->channel && *message->author_id);
	assert(utf8_valid(message->text, strlen(message->text)));
	assert(strlen(message->text) <= MESSAGE_TEXT_MAX_BYTES);
	assert(!strpbrk(message->author_name, "\r\n"));
	assert(!strpbrk(message->channel, "\r\n ")); /* on IRC the bytes of a name are its server's */
	assert(inbox_push(&bot.inbox, gateway, message) == 0);
}

static inline void fake_bot_handle(struct gateway *gateway, const struct message *message)
{
	const struct gateway_class *class = gateway_head(gateway)->class;

	if (strchr(message->text, 'i') && class->identify && !message->fingerprint &&
			class->identify(gateway, message) == 0)
		return;
	if (*message->id && strlen(message->id) < sizeof(bot.heard[0].id)) { /* the journal's part */
		if (fake_heard_of(message->id) || bot.heard_count == FAKE_HEARD_MAX)
			return;
		snprintf(bot.heard[bot.heard_count++].id, sizeof(bot.heard[0].id), "%s", message->id);
	}
	if (!strchr(message->text, 'N'))
		fake_bot_answer(gateway, message);
	else if (class->decline)
		class->decline(gateway, message);
}

static inline void fake_bot_turn(void *user)
{
	struct inbox_entry *entries = inbox_take(&bot.inbox);

	(void)user;
	for (const struct inbox_entry *entry = entries; entry; entry = entry->next)
		if (!entry->is_withdrawn)
			fake_bot_handle(entry->gateway, entry->message);
	inbox_entries_free(entries);
	if (bot.gateway && gateway_head(bot.gateway)->class->flush)
		gateway_head(bot.gateway)->class->flush(bot.gateway);
}

/* A question is completed at most once. */
static inline void fake_bot_on_completed(void *user, struct gateway *gateway, const char *message_id)
{
	struct fake_heard *heard = fake_heard_of(message_id);

	(void)user;
	assert(gateway == bot.gateway);
	if (!heard) /* without an ID, or a message of the gateway's own */
		return;
	/* Without a store Discord's gateway answers a repeated interaction again. */
	assert(!heard->is_completed || !bot.has_store);
	heard->is_completed = true;
}

static inline void fake_bot_on_withdrawn(void *user, struct gateway *gateway, const char *message_id)
{
	(void)user;
	assert(gateway == bot.gateway);
	inbox_withdraw(bot.inbox.first, gateway, message_id);
}

static inline void fake_bot_on_state(void *user, struct gateway *gateway)
{
	(void)user;
	(void)gateway;
}

static inline void fake_bot_on_stopped(void *user, struct gateway *gateway)
{
	(void)user;
	assert(gateway == bot.gateway && bot.is_stopping && !bot.is_stopped);
	bot.is_stopped = true;
}

static inline const char *fake_bot_describe(void *user)
{
	(void)user;
	return "{\"prefix\":\"!\",\"commands\":[{\"name\":\"search\",\"summary\":\"s\",\"options\":[{"
	       "\"name\":"
	       "\"words\",\"type\":\"text\",\"required\":true,\"help\":\"h\"}]},{\"name\":\"episode\","
	       "\"summary\":"
	       "\"s\",\"options\":[{\"name\":\"episode\",\"type\":\"episode\",\"required\":true,\"help\":"
	       "\"\"}]}]}";
}

static inline int fake_bot_web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	(void)user;
	if (strcmp(path, "/calendar/x.ics") != 0 || *query)
		return -ENOENT;
	*ret = (struct web_file){.type = "text/calendar", .bytes = str_copy("x"), .length = 1};
	return ret->bytes ? 0 : -ENOMEM;
}

static inline const char *fake_bot_prefix(void *user)
{
	(void)user;
	return "!";
}

static inline const char *const *fake_bot_prefixes(void *user)
{
	static const char *const list[] = {"?", NULL};

	(void)user;
	return list;
}

static inline void fake_bot_each_open(void *user, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *open_user)
{
	(void)user;
	(void)gateway;
	if (bot.left && !fake_heard_of(bot.left->id))
		on_open(open_user, bot.left);
}

static inline const char *fake_bot_complete(void *user, struct gateway *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial)
{
	(void)user;
	(void)gateway;
	assert(asker->author_id && asker->channel);
	str_clear(&bot.completions);
	bot.completions.error = 0;
	str_append(&bot.completions, "[[");
	json_append_string(&bot.completions, command);
	str_append(&bot.completions, ",");
	json_append_string(&bot.completions, option);
	str_append(&bot.completions, "],[");
	json_append_string(&bot.completions, partial);
	str_append(&bot.completions, ",\"x\"]]");
	return str_text(&bot.completions);
}

static inline struct store *fake_bot_store(void *user)
{
	(void)user;
	return bot.has_store ? fake_store() : NULL;
}

static const struct gateway_host fake_host = {.loop = &fake.loop,
		.on_message = fake_bot_on_message,
		.on_state = fake_bot_on_state,
		.on_stopped = fake_bot_on_stopped,
		.describe_commands = fake_bot_describe,
		.web_file = fake_bot_web_file,
		.prefix = fake_bot_prefix,
		.prefixes = fake_bot_prefixes,
		.on_completed = fake_bot_on_completed,
		.on_withdrawn = fake_bot_on_withdrawn,
		.each_open = fake_bot_each_open,
		.complete = fake_bot_complete,
		.store = fake_bot_store};

static inline bool fake_bot_knows(const char *id)
{
	return fake_heard_of(id) != NULL;
}

/* Call after fake_begin(). */
static inline void fake_bot_begin(void)
{
	fake.knows = fake_bot_knows;
	memset(&bot, 0, sizeof(bot));
	bot.completions = STR(64u * 1024);
	inbox_init(&bot.inbox);
	loop_each_turn(&fake.loop, fake_bot_turn, NULL);
}

static inline void fake_bot_start(const struct gateway_wanted *wanted)
{
	const struct gateway_class *class = wanted->config->network->class;

	bot.config = wanted->config;
	assert(class->create(wanted, &fake_host, &bot.gateway) == 0);
	assert(class->start(bot.gateway) == 0);
	fake_run();
}

/* As far as it can without a new connection. */
static inline void fake_bot_reconfigure(const struct gateway_wanted *wanted)
{
	if (gateway_config_compare(bot.config, wanted->config) != CONFIG_RESTART &&
			gateway_head(bot.gateway)->class->reconfigure(bot.gateway, wanted) == 0)
		bot.config = wanted->config;
}

static inline void fake_bot_stop(void)
{
	if (bot.is_stopping)
		return;
	bot.is_stopping = true;
	gateway_head(bot.gateway)->class->stop(bot.gateway, "bye");
}

/* Check the gateway's status text. */
static inline void fake_bot_check_status(void)
{
	struct gateway_status status;

	gateway_head(bot.gateway)->class->status(bot.gateway, &status);
	assert(memchr(status.detail, '\0', sizeof(status.detail)));
}

/* Advance the time: "+" to the next timer, "++" a minute, "+++" an hour; else run timers that are due now. */
static inline void fake_bot_wait(const char *line, size_t length)
{
	if (*line != '+')
		fake_run();
	else if (length == 1)
		fake_run_next(FAKE_HOUR_MS);
	else
		fake_run_until(fake.loop.now_ms + (length == 2 ? FAKE_MINUTE_MS : FAKE_HOUR_MS));
}

/* Free the gateway in any state; a stopping one must have stopped within the 4 s that the bot waits. */
static inline void fake_bot_end(void)
{
	if (bot.is_stopping) {
		fake_run_until(fake.loop.now_ms + 4000);
		assert(bot.is_stopped);
	}
	inbox_release(&bot.inbox);
	gateway_head(bot.gateway)->class->free(bot.gateway);
	bot.gateway = NULL;
	str_release(&bot.completions);
	fake_end();
}

#endif
