/* Message to command to reply. */

#include "bot/core/dispatch.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/ids.h"
#include "bot/base/nearest.h"
#include "bot/base/utf8.h"
#include "bot/core/commands.h"
#include "bot/core/complete.h"
#include "bot/core/request.h"

#define COMMAND_NAME_MAX_BYTES 32          /* a longer word is no command */
#define NAMES_MAX              512         /* names and aliases looked at for "did you mean" */
#define REFUSED_MS             (30 * 1000) /* who may not is told so once in this time */

struct cooldown {
	uint64_t key;      /* of gateway, person, command */
	uint64_t until_ms; /* monotonic */
};

struct dispatch {
	struct dispatch_host host;
	struct random random;
	const char *prefix;
	const struct catalogue *catalogue;
	const struct show *show;
	struct ids *ids;
	struct conversations conversations;
	struct cooldown cooldowns[DISPATCH_COOLDOWNS_MAX];
};

/* One message on its way through. */
struct passage {
	struct dispatch *dispatch;
	const char *gateway;
	const struct message *message;
	uint64_t now_ms;
	int (*deliver)(void *user, struct delivery *delivery);
	void *deliver_user;
	bool is_again; /* known to the journal, not yet answered */
	bool is_late;  /* not heard live, or not for the first time: no rights of an owner */
	bool is_owner;
	bool is_quiet;                           /* the channel is to stay so: answered in private */
	const struct channel_settings *settings; /* of the channel; NULL: none */
	struct dispatch_outcome outcome;
};

int dispatch_new(const struct dispatch_host *host, uint64_t seed, struct dispatch **ret)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));

	if (!dispatch)
		return -ENOMEM;
	dispatch->ids = ids_new();
	if (!dispatch->ids) {
		free(dispatch);
		return -ENOMEM;
	}
	dispatch->host = *host;
	random_seed(&dispatch->random, seed);
	conversations_init(&dispatch->conversations);
	*ret = dispatch;
	return 0;
}

void dispatch_free(struct dispatch *dispatch)
{
	if (!dispatch)
		return;
	conversations_release(&dispatch->conversations);
	ids_free(dispatch->ids);
	free(dispatch);
}

void dispatch_configure(struct dispatch *dispatch, const char *prefix, const struct catalogue *catalogue,
		const struct show *show)
{
	dispatch->prefix = prefix;
	dispatch->catalogue = catalogue;
	dispatch->show = show ? show : catalogue_at(catalogue, 0);
}

/* A hash of several texts, so that ("a", "bc") and ("ab", "c") differ. */
static uint64_t hash_of(const char *first, const char *second, const char *third)
{
	uint64_t hash = str_hash(0, first, strlen(first) + 1);

	hash = str_hash(hash, second, strlen(second) + 1);
	return str_hash(hash, third, strlen(third) + 1);
}

/*
 * Where the command's name begins, or NULL when the message is chatter. Looked
 * at for every line of every channel, so it decides on the first bytes.
 */
static const char *command_start(const char *prefix, const struct message *message)
{
	const char *text = message->text;

	while (*text == ' ')
		text++;
	if (str_starts(text, prefix)) {
		text += strlen(prefix);
		return isalnum((unsigned char)*text) ? text : NULL;
	}
	return message->is_addressed && *text ? text : NULL;
}

static const char *prefix_of(const struct passage *passage)
{
	const struct channel_settings *settings = passage->settings;

	return settings && *settings->prefix ? settings->prefix : passage->dispatch->prefix;
}

static int deliver(struct passage *passage, struct delivery *delivery)
{
	int r = passage->deliver(passage->deliver_user, delivery);

	if (r >= 0)
		passage->outcome.is_answered = true;
	else if (!passage->outcome.error)
		passage->outcome.error = r;
	return r;
}

/* For the asker's eyes, and why. */
static void whisper(const struct passage *passage, struct reply *reply)
{
	unsigned end = passage->settings->quiet_to;
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	if (reply->footer)
		str_printf(&text, "%s · ", reply->footer);
	str_printf(&text, "Quiet hours there, until %02u:%02u UTC.", end / 60, end % 60);
	if (!text.error)
		reply_set_footer(reply, str_text(&text));
	reply->is_private = true;
	str_release(&text);
}

/* Say the request's reply; what did not fit is kept for "more". */
static void deliver_reply(struct passage *passage, struct request *request)
{
	struct delivery delivery = {
			.message = passage->message, .reply = request->reply, .prefix = request->prefix};

	if (passage->is_quiet)
		whisper(passage, request->reply);
	if (deliver(passage, &delivery) < 0)
		return;
	if (!delivery.position) {
		conversation_keep_rest(request->conversation, NULL, 0);
		return;
	}
	conversation_keep_rest(request->conversation, request->reply, delivery.position);
	request->reply = NULL; /* the conversation has it now */
}

/* Say the next part of a long answer. */
static void deliver_rest(struct passage *passage, struct conversation *conversation)
{
	struct delivery delivery = {.message = passage->message,
			.reply = conversation->rest,
			.position = conversation->rest_position,
			.prefix = prefix_of(passage)};

	if (passage->is_quiet)
		conversation->rest->is_private = true;
	if (deliver(passage, &delivery) < 0)
		return;
	conversation_keep_rest(
			conversation, delivery.position ? conversation->rest : NULL, delivery.position);
}

/* The wait of this person for something: a command's name, or "" for what is an owner's. */
static uint64_t cooldown_key(const struct passage *passage, const char *what)
{
	return hash_of(passage->gateway, passage->message->author_id, what);
}

/* Whole seconds this person must still wait for it, 0 for none. */
static unsigned cooldown_left(const struct passage *passage, const char *what)
{
	const struct cooldown *slots = passage->dispatch->cooldowns;
	uint64_t key = cooldown_key(passage, what);

	for (size_t i = 0; i < DISPATCH_COOLDOWNS_MAX; i++) {
		if (slots[i].key == key && slots[i].until_ms > passage->now_ms)
			return (unsigned)((slots[i].until_ms - passage->now_ms + 999) / 1000);
	}
	return 0;
}

static void cooldown_begin(struct passage *passage, const char *what, unsigned wait_ms)
{
	struct cooldown *slots = passage->dispatch->cooldowns, *oldest = &slots[0];

	for (size_t i = 0; i < DISPATCH_COOLDOWNS_MAX; i++) {
		if (slots[i].until_ms < oldest->until_ms)
			oldest = &slots[i];
	}
	if (wait_ms)
		*oldest = (struct cooldown){cooldown_key(passage, what), passage->now_ms + wait_ms};
}

static const struct show *show_of(const struct passage *passage)
{
	const struct dispatch *dispatch = passage->dispatch;
	const struct channel_settings *settings = passage->settings;
	const struct show *show = settings && *settings->show
						  ? catalogue_find(dispatch->catalogue, settings->show)
						  : NULL;

	return show ? show : dispatch->show; /* it may have gone with a reload */
}

static const char *refusal_of(const struct passage *passage)
{
	if (passage->is_again)
		return "I can't tell whether I did that before the connection was lost. Please check, and "
		       "send it "
		       "again if not.";
	if (passage->is_late)
		return "I wasn't here when you said that, so I didn't do it. Please send it again.";
	return "Only an owner of this bot may do that.";
}

/* Parse, check, run; the reply is filled whatever happens. */
static void answer(struct passage *passage, struct request *request, const char *words)
{
	const struct command_entry *entry = request->entry;
	unsigned wait_s;
	int r;

	passage->outcome.is_order = entry->command->permission == PERMISSION_OWNER;
	if (!request_may(request, entry)) {
		passage->outcome.is_refused = true;
		passage->outcome.is_late = passage->is_late;
		cooldown_begin(passage, "", REFUSED_MS);
		reply_problem(request, "%s", refusal_of(passage));
		request->reply->is_private = true;
		return;
	}
	r = request_parse(request, words);
	if (r == -EINVAL)
		return;
	wait_s = r || !entry->command->cooldown_ms ? 0 : cooldown_left(passage, entry->name);
	if (wait_s) {
		reply_problem(request, "One moment: ask again in %u s.", wait_s);
		request->reply->is_private = true;
		return;
	}
	cooldown_begin(passage, entry->name, entry->command->cooldown_ms);
	if (!r)
		r = request->entry->command->run(request);
	if (!r)
		r = request->reply->error;
	if (r) {
		passage->outcome.error = r;
		reply_clear(request->reply);
		reply_problem(request, "Sorry, that went wrong here. The reason is in the bot's log.");
	}
}

static void run_command(struct passage *passage, const struct command_entry *entry, const char *words)
{
	struct dispatch *dispatch = passage->dispatch;
	const struct message *message = passage->message;
	struct request request = {
			.entry = entry,
			.message = message,
			.catalogue = dispatch->catalogue,
			.show = show_of(passage),
			.prefix = prefix_of(passage),
			.settings = passage->settings,
			.random = &dispatch->random,
			.host = &dispatch->host,
			.gateway = passage->gateway,
			.is_owner = passage->is_owner && !passage->is_late,
	};

	request.conversation = conversations_get(&dispatch->conversations,
			hash_of(passage->gateway, message->channel, message->author_id), passage->now_ms);
	passage->outcome.entry = entry;
	passage->outcome.error = request_init(&request);
	if (!passage->outcome.error) {
		answer(passage, &request, words);
		if (request.wants_rest)
			deliver_rest(passage, request.conversation);
		else
			deliver_reply(passage, &request);
	}
	request_release(&request);
}

/* Every name and alias, for "did you mean". */
static size_t all_names(const char *ret[NAMES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < command_entry_count; i++) {
		const char *const *aliases = command_entries[i].command->aliases;

		if (count + 1 + COMMAND_ALIASES_MAX > NAMES_MAX)
			break;
		if (command_entries[i].command->permission == PERMISSION_OWNER)
			continue;
		ret[count++] = command_entries[i].name;
		for (size_t k = 0; k < COMMAND_ALIASES_MAX && aliases[k]; k++)
			ret[count++] = aliases[k];
	}
	return count;
}

/* A person alone with the bot hears that there is no such command; a channel does not. said: the word as it
 * was said, and what follows it. */
static void say_unknown(struct passage *passage, const char *word, const char *said, size_t length)
{
	char *whole = str_copy_bytes(said, length), quoted[UTF8_QUOTE_BYTES];
	const char *names[NAMES_MAX];
	const char *nearest = nearest_of(word, names, all_names(names));
	const char *prefix = prefix_of(passage);
	struct str text = STR(REPLY_TEXT_MAX_BYTES);
	struct reply reply;
	struct delivery delivery = {.message = passage->message, .reply = &reply, .prefix = prefix};

	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	str_printf(&text, "There is no command \"%s\".", utf8_quote(whole ? whole : word, quoted));
	free(whole);
	if (nearest)
		str_printf(&text, " Did you mean %s%s?", prefix, nearest);
	str_printf(&text, " %shelp lists them.", prefix);
	reply_set_text(&reply, str_text(&text));
	if (nearest)
		reply_add_choice(&reply, nearest, nearest);
	if (!str_equal(nearest, "help"))
		reply_add_choice(&reply, "help", "help");
	deliver(passage, &delivery);
	reply_release(&reply);
	str_release(&text);
}

/* Written down before it is run: whatever happens now, it is answered, and once. */
static bool is_known(struct passage *passage)
{
	const struct dispatch_host *host = &passage->dispatch->host;

	if (passage->is_again || !host->on_recognised || !*passage->message->id)
		return false;
	return !host->on_recognised(host->user, passage->gateway, passage->message);
}

/* Nobody who is ignored; in the quiet hours only owners, and whoever can be answered unheard by the rest. */
static bool is_heard(struct passage *passage)
{
	const struct dispatch_orders *orders = &passage->dispatch->host.orders;
	const struct message *message = passage->message;

	passage->is_owner = orders->is_owner && orders->is_owner(orders->user, passage->gateway, message);
	if (passage->is_owner)
		return true;
	if (orders->is_ignored && orders->is_ignored(orders->user, passage->gateway, message))
		return false;
	passage->is_quiet = !message->is_private && settings_is_quiet(passage->settings, message->time_ms);
	return !passage->is_quiet || message->has_private;
}

/* An owner's command from a stranger: the network may know better who that is; else one refusal is enough. */
static bool is_put_off(struct passage *passage, const struct command_entry *entry)
{
	const struct dispatch_host *host = &passage->dispatch->host;
	const struct message *message = passage->message;

	if (entry->command->permission == PERMISSION_ANYONE || (passage->is_owner && !passage->is_late))
		return false;
	if (entry->command->permission == PERMISSION_OWNER && !message->is_private &&
			cooldown_left(passage, ""))
		return true;
	return !message->fingerprint && !passage->is_late && host->on_stranger &&
	       host->on_stranger(host->user, passage->deliver_user, message);
}

static void handle(struct passage *passage, const char *start)
{
	char word[COMMAND_NAME_MAX_BYTES + 1];
	size_t length = strcspn(start, " ");
	const struct command_entry *entry = NULL;
	char *words;

	memcpy(word, start, length < sizeof(word) ? length : sizeof(word) - 1);
	word[length < sizeof(word) ? length : sizeof(word) - 1] = '\0';
	if (length <= COMMAND_NAME_MAX_BYTES)
		entry = commands_find(word);
	if (!is_heard(passage))
		return;
	if (!entry) {
		if (passage->message->is_private)
			say_unknown(passage, word, start, length);
		return;
	}
	if (is_put_off(passage, entry) || is_known(passage))
		return;
	start += length;
	start += strspn(start, " ");
	words = str_copy(start);
	if (!words) {
		passage->outcome = (struct dispatch_outcome){.entry = entry, .error = -ENOMEM};
		return;
	}
	for (length = strlen(words); length && words[length - 1] == ' '; length--)
		words[length - 1] = '\0';
	run_command(passage, entry, words);
	free(words);
}

static struct passage passage_of(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms,
		int (*deliver_to)(void *user, struct delivery *delivery), void *deliver_user)
{
	const struct dispatch_orders *orders = &dispatch->host.orders;

	return (struct passage){.dispatch = dispatch,
			.gateway = gateway,
			.message = message,
			.now_ms = now_ms,
			.deliver = deliver_to,
			.deliver_user = deliver_user,
			.is_late = message->is_late,
			.settings = orders->settings ? orders->settings(orders->user, gateway,
								       message->channel)
						     : NULL};
}

struct dispatch_outcome dispatch_message(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms,
		int (*deliver_to)(void *user, struct delivery *delivery), void *deliver_user)
{
	struct passage passage = passage_of(dispatch, gateway, message, now_ms, deliver_to, deliver_user);
	const char *start = command_start(prefix_of(&passage), message);

	if (!start)
		return passage.outcome;
	if (*message->id && ids_seen(dispatch->ids, hash_of(gateway, message->channel, message->id)) &&
			!message->fingerprint) /* with one, it is the second coming of a stranger's */
		return passage.outcome;
	handle(&passage, start);
	return passage.outcome;
}

struct dispatch_outcome dispatch_again(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms,
		int (*deliver_to)(void *user, struct delivery *delivery), void *deliver_user)
{
	struct passage passage = passage_of(dispatch, gateway, message, now_ms, deliver_to, deliver_user);
	const char *start = command_start(prefix_of(&passage), message);

	if (!start)
		return passage.outcome;
	passage.is_again = passage.is_late = true;
	ids_seen(dispatch->ids,
			hash_of(gateway, message->channel, message->id)); /* a replay may bring it too */
	handle(&passage, start);
	return passage.outcome;
}

void dispatch_complete(const struct dispatch *dispatch, const char *command, const char *option,
		const char *partial, struct str *str)
{
	const struct command_entry *entry = commands_find(command);

	if (entry)
		complete_option(dispatch->show, entry, option, partial, str);
	else
		str_append(str, "[]");
}
