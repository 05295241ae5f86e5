/* From a message to its answer: recognise, run, keep the rest. */

#include "bot/core/dispatch.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/ids.h"
#include "bot/base/utf8.h"
#include "bot/core/commands.h"
#include "bot/core/complete.h"
#include "bot/core/naming.h"
#include "bot/core/occasions.h"
#include "bot/core/progress.h"
#include "bot/core/request.h"
#include "bot/core/talk.h"
#include "bot/core/typo.h"

#define COMMAND_NAME_MAX_BYTES 32         /* longer words are not commands */
#define REFUSED_MS             (5 * 1000) /* at most one "permission denied" per person and command in this period */
#define SUGGESTED_MS           (60 * 1000) /* at most one suggestion per channel in this period, where all read it */
#define TALK_MS                (60 * 1000) /* at most TALK_MAX answers without content per person in this period: */
#define TALK_MAX               4           /* two bots that address each other stop */

struct cooldown {
	uint64_t key;      /* hash of gateway, person and command */
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

/* A message, and what is known of its author and channel. */
struct context {
	struct dispatch *dispatch;
	const char *gateway;
	const struct message *message;
	uint64_t now_ms;
	bool is_late; /* not received live: no owner rights */
	bool is_owner;
	bool is_quiet;                           /* quiet hours in the channel: answered in private */
	const struct channel_settings *settings; /* of the channel; may be NULL */
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

/* The start of the command's name, or NULL if the message is chatter. The text is tidied. */
static const char *command_start(const char *prefix, const struct message *message)
{
	const char *text = message->text + strspn(message->text, " ");
	const char *after = utf8_after_prefix(text, strlen(text), prefix);

	if (after && isalnum((unsigned char)*after))
		return after;
	if (after && !message->is_addressed)
		return NULL;
	return message->is_addressed && *text ? text : NULL;
}

/* False if the message is chatter. Called for every line of every channel, with the text as it was typed, so it decides
 * on the first bytes: true for a few messages that are chatter when they are tidied. */
static bool may_be_command(const char *prefix, const struct message *message)
{
	const char *after = utf8_after_prefix(message->text, MESSAGE_TEXT_MAX_BYTES, prefix);

	if (after && (isalnum((unsigned char)*after) || (unsigned char)*after >= 0x80))
		return true;
	return message->is_addressed && *message->text;
}

/* The settings of the message's channel; NULL if all are default. */
static const struct channel_settings *settings_of(
		const struct dispatch *dispatch, const char *gateway, const struct message *message)
{
	const struct dispatch_orders *orders = &dispatch->host.orders;

	return orders->settings ? orders->settings(orders->user, gateway, message->channel) : NULL;
}

static const char *prefix_in(const struct dispatch *dispatch, const struct channel_settings *settings)
{
	return settings && *settings->prefix ? settings->prefix : dispatch->prefix;
}

const char *dispatch_prefix(
		const struct dispatch *dispatch, const char *gateway, const struct message *message)
{
	return prefix_in(dispatch, settings_of(dispatch, gateway, message));
}

static const char *prefix_of(const struct context *context)
{
	return prefix_in(context->dispatch, context->settings);
}

static void add_footer(struct reply *reply, const char *sentence)
{
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	str_printf(&text, "%s%s%s", reply->footer ? reply->footer : "", reply->footer ? " · " : "", sentence);
	if (!text.error)
		reply_set_footer(reply, str_text(&text));
	str_release(&text);
}

/* Make a reply private, and say why. */
static void make_private(const struct context *context, struct reply *reply)
{
	char text[64 + ZONE_NAME_BYTES], city[ZONE_NAME_BYTES];
	unsigned end;

	assert(context->settings); /* without settings there are no quiet hours */
	end = context->settings->quiet_to;
	snprintf(text, sizeof(text), "Quiet hours there, until %02u:%02u %s.", end / 60, end % 60,
			*context->settings->zone ? zone_city(context->settings->zone, city) : "UTC");
	add_footer(reply, text);
	reply->is_private = true;
}

/* The first owner who asks about an episode in a channel without a line learns that it can have one. */
static void hint(const struct context *context, struct request *request)
{
	struct progress *progress = progress_in(&context->dispatch->host);
	const struct message *message = context->message;
	char text[128];

	if (!request->is_owner || message->is_private || !request->asked || !progress ||
			request->reply->kind != REPLY_ANSWER || request->reply->is_private ||
			progress_channel(progress, context->gateway, message->channel, request->show->id) ||
			!progress_take_hint(progress, context->gateway, message->channel))
		return;
	snprintf(text, sizeof(text),
			"Owners: \"%sset seen 3\" hides what happens after episode 3 in this channel.",
			request->prefix);
	add_footer(request->reply, text);
}

/* This person's cooldown for a command's name. */
static uint64_t cooldown_key(const struct context *context, const char *what)
{
	return hash_of(context->gateway, context->message->author_id, what);
}

/* This person's cooldown for "permission denied": every command that a person tries is answered, but not the same one at
 * once again. */
static uint64_t denial_key(const struct context *context, const struct command_entry *entry)
{
	return cooldown_key(context, "denied") ^ hash_of("", "", entry->name);
}

/* The seconds that are left of a cooldown, rounded up; 0: no wait. */
static unsigned cooldown_left(const struct context *context, uint64_t key)
{
	const struct cooldown *slots = context->dispatch->cooldowns;

	for (size_t i = 0; i < DISPATCH_COOLDOWNS_MAX; i++) {
		if (slots[i].key == key && slots[i].until_ms > context->now_ms)
			return (unsigned)((slots[i].until_ms - context->now_ms + 999) / 1000);
	}
	return 0;
}

static void cooldown_begin(const struct context *context, uint64_t key, unsigned wait_ms)
{
	struct cooldown *slots = context->dispatch->cooldowns, *oldest = &slots[0];

	for (size_t i = 0; i < DISPATCH_COOLDOWNS_MAX; i++) {
		if (slots[i].until_ms < oldest->until_ms)
			oldest = &slots[i];
	}
	if (wait_ms)
		*oldest = (struct cooldown){key, context->now_ms + wait_ms};
}

static const struct show *show_in(const struct dispatch *dispatch, const struct channel_settings *settings)
{
	const struct show *show = settings && *settings->show
						  ? catalogue_find(dispatch->catalogue, settings->show)
						  : NULL;

	return show ? show : dispatch->show; /* a reload may have removed it */
}

#define CANNOT_TELL                                                                                          \
	"I can't tell whether I did that before the connection was lost. Please check, and send it again "   \
	"if not."
#define INTERRUPTED "I was interrupted before I could do that. Please send it again."

static void refuse(const struct context *context, struct request *request)
{
	const struct dispatch_orders *orders = &context->dispatch->host.orders;
	struct str text = STR(REPLY_TEXT_MAX_BYTES);

	if (context->message->origin == MESSAGE_JOURNAL) {
		str_append(&text, CANNOT_TELL);
	} else if (context->is_late) {
		str_append(&text,
				"I wasn't here when you said that, so I didn't do it. Please send it again.");
	} else {
		str_append(&text, "Only an owner of this bot may do that.");
		if (orders->how_to_own)
			orders->how_to_own(orders->user, context->gateway, context->message, &text);
	}
	reply_problem(request, "%s", str_text(&text));
	str_release(&text);
	request->reply->is_private = true;
}

/* A command with an effect that is asked again: run it for its answer only, if an earlier process has stored the result
 * of its effect. An owner command without a result is answered to its owner, who is told that it had no effect; another
 * command has its effect now. */
static void look_for_effect(const struct context *context, struct request *request)
{
	const struct dispatch_orders *orders = &context->dispatch->host.orders;
	const struct message *message = context->message;

	if (message->origin != MESSAGE_JOURNAL || !orders->effect)
		return;
	request->is_repeated = true;
	request->has_result = orders->effect(orders->user, context->gateway, message->id, &request->result);
	if (request->entry->command->permission == PERMISSION_OWNER)
		request->is_owner = request->has_result || context->is_owner;
	else
		request->is_repeated = request->has_result;
}

/* Parse, check and run the command. The reply is filled in any case. */
static void run(struct context *context, struct request *request, const char *words, struct answer *answer)
{
	const struct command_entry *entry = request->entry;
	unsigned wait_s;
	int r;

	answer->is_order = entry->command->permission == PERMISSION_OWNER;
	if (answer->is_order || entry->command->has_effect)
		look_for_effect(context, request);
	if (!request_may(request, entry)) {
		answer->is_refused = true;
		answer->is_late = context->is_late;
		cooldown_begin(context, denial_key(context, entry), REFUSED_MS);
		refuse(context, request);
		return;
	}
	r = request_parse(request, words);
	if (r == -EINVAL)
		return;
	wait_s = r || !entry->command->cooldown_ms
				 ? 0
				 : cooldown_left(context, cooldown_key(context, entry->name));
	if (wait_s) {
		reply_problem(request, "One moment: ask again in %u s.", wait_s);
		request->reply->is_private = true;
		return;
	}
	cooldown_begin(context, cooldown_key(context, entry->name), entry->command->cooldown_ms);
	if (!r)
		r = request->entry->command->run(request);
	if (!r && request->is_interrupted) {
		answer->is_refused = answer->is_late = true;
		reply_problem(request, INTERRUPTED);
		request->reply->is_private = true;
	}
	if (!r)
		r = request->reply->error;
	if (r) {
		answer->error = r;
		reply_clear(request->reply);
		reply_problem(request, "Sorry, that went wrong here. The reason is in the bot's log.");
	}
}

/* Take the next part of a long answer out of its conversation; dispatch_keep() puts the rest back. */
static void take_rest(const struct context *context, struct conversation *conversation, struct answer *answer)
{
	answer->is_rest = true;
	answer->reply = conversation->rest;
	answer->position = conversation->rest_position;
	conversation->rest = NULL;
	conversation->rest_position = 0;
	if (context->is_quiet)
		answer->reply->is_private = true;
}

/* show: that a sentence is about; the words may name another one. */
static void run_command(struct context *context, const struct command_entry *entry, const struct show *show,
		const char *words, struct answer *answer)
{
	struct dispatch *dispatch = context->dispatch;
	const struct message *message = context->message;
	const struct show *default_show = show_in(dispatch, context->settings);
	struct str named = STR(2 * MESSAGE_TEXT_MAX_BYTES);
	struct conversation alone = {0}; /* an occasion's: no person can go on with it */
	struct request request = {
			.entry = entry,
			.message = message,
			.catalogue = dispatch->catalogue,
			.show = show,
			.prefix = prefix_of(context),
			.standard_prefix = dispatch->prefix,
			.standard_show = dispatch->show,
			.settings = context->settings,
			.default_show = default_show,
			.random = &dispatch->random,
			.host = &dispatch->host,
			.gateway = context->gateway,
			.is_owner = context->is_owner && !context->is_late,
	};

	/* The words as they are asked once more, outside the sentence. */
	str_printf(&named, "%s%s%s", show == default_show ? "" : show->id, show == default_show ? "" : " ",
			words);
	request.words = str_text(&named);
	if (message->is_occasion) {
		(void)occasions_read_due(&words, &request.due_s);
		request.conversation = &alone;
	} else {
		answer->conversation = hash_of(context->gateway, message->channel, message->author_id);
		request.conversation = conversations_get(
				&dispatch->conversations, answer->conversation, context->now_ms);
	}
	answer->error = named.error ? named.error : request_init(&request);
	if (!answer->error) {
		run(context, &request, words, answer);
		hint(context, &request);
		answer->is_pending = request.is_pending;
		answer->is_void = request.is_void && !answer->error;
		if (request.is_pending || answer->is_void) {
			/* It is answered later, or not at all; the reply is freed with the request. */
		} else if (request.wants_rest) {
			take_rest(context, request.conversation, answer);
		} else {
			if (context->is_quiet)
				make_private(context, request.reply);
			answer->reply = request.reply;
			request.reply = NULL; /* the answer owns it now */
		}
	}
	request_release(&request);
	str_release(&named);
}

static struct context context_of(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms)
{
	return (struct context){.dispatch = dispatch,
			.gateway = gateway,
			.message = message,
			.now_ms = now_ms,
			.is_late = message->origin == MESSAGE_BACKLOG || message->origin == MESSAGE_JOURNAL,
			.settings = settings_of(dispatch, gateway, message)};
}

/* Check the ignore list and the channel's quiet hours. Return NULL if the author is answered, or the reason why not. */
static const char *look_at_author(struct context *context)
{
	const struct dispatch_orders *orders = &context->dispatch->host.orders;
	const struct message *message = context->message;

	if (message->is_occasion)
		return NULL;
	/* Who was an owner before a reload gets its answer, also if the reload has changed that. */
	context->is_owner = message->origin == MESSAGE_AFTER_RELOAD ||
			    (orders->is_owner && orders->is_owner(orders->user, context->gateway, message));
	if (context->is_owner)
		return NULL;
	if (orders->is_ignored && orders->is_ignored(orders->user, context->gateway, message))
		return "an owner has told the bot to ignore its author";
	context->is_quiet = !message->is_private && settings_is_quiet(context->settings, message->time_ms);
	if (context->is_quiet && !message->has_private)
		return "quiet hours, and the network has no private replies";
	return NULL;
}

bool dispatch_concerns(const struct dispatch *dispatch, const char *gateway, const struct message *message)
{
	const char *prefix = prefix_in(dispatch, settings_of(dispatch, gateway, message));

	return may_be_command(prefix, message);
}

static struct question none(const char *reason)
{
	return (struct question){.kind = QUESTION_NONE, .reason = reason};
}

/* True if this process has seen the ID before. The re-delivery after WHOIS is not a duplicate. */
static bool is_duplicate(const struct context *context)
{
	const struct message *message = context->message;

	return *message->id &&
	       ids_seen(context->dispatch->ids, hash_of(context->gateway, message->channel, message->id)) &&
	       message->origin != MESSAGE_AFTER_WHOIS && message->origin != MESSAGE_JOURNAL &&
	       message->origin != MESSAGE_AFTER_RELOAD;
}

static bool is_denied_recently(const struct context *context, const struct command_entry *entry)
{
	bool is_first = !context->is_late || context->message->origin == MESSAGE_JOURNAL;

	return entry->command->permission == PERMISSION_OWNER && !(context->is_owner && is_first) &&
	       !context->message->is_private && cooldown_left(context, denial_key(context, entry));
}

/* A suggestion that all in the channel would read, less than a minute after the last one. */
static bool is_suggested_recently(const struct context *context, const struct command_entry *entry)
{
	const struct message *message = context->message;

	return entry == &talk_typo && !message->is_private && !message->has_private &&
	       cooldown_left(context, hash_of(context->gateway, message->channel, "typo"));
}

/* Answers without content to one person. False: there were enough of them. */
static bool take_talk(const struct context *context)
{
	for (unsigned i = 0; i < TALK_MAX; i++) {
		char what[] = {'t', 'a', 'l', 'k', (char)('0' + i), '\0'};

		if (!cooldown_left(context, cooldown_key(context, what))) {
			cooldown_begin(context, cooldown_key(context, what), TALK_MS);
			return true;
		}
	}
	return false;
}

/* Is this entry to be answered now? Commands always are. */
static bool may_talk(const struct context *context, const struct command_entry *entry)
{
	const struct message *message = context->message;

	if (!talk_is_small(entry) || message->is_private)
		return true;
	if (is_suggested_recently(context, entry) || !take_talk(context))
		return false;
	if (entry == &talk_typo)
		cooldown_begin(context, hash_of(context->gateway, message->channel, "typo"), SUGGESTED_MS);
	return true;
}

/*
 * Find what answers the text from start on: a command by its name, "ep5", a misspelt command, or, if the bot is addressed,
 * a sentence. The entry stays NULL for another bot's command.
 */
static void find_command(const struct context *context, const char *start, struct question *question)
{
	char word[COMMAND_NAME_MAX_BYTES + 1];

	question->length = strcspn(start, " ");
	if (question->length <= COMMAND_NAME_MAX_BYTES) {
		memcpy(word, start, question->length);
		word[question->length] = '\0';
		question->entry = commands_find(word);
		if (question->entry) {
			question->is_sentence = talk_is_sentence(question->entry, start + question->length);
			return;
		}
		question->entry = talk_joined(word, &question->length);
		if (question->entry)
			return;
		question->length = 0;
		if (typo_of(word, context->is_owner) && !sentence_has_word(word)) {
			question->entry = &talk_typo;
			return;
		}
	}
	question->length = 0;
	if (context->message->is_addressed &&
			(context->message->is_private || !context->message->has_prefix)) {
		question->entry = &talk_unknown;
		question->is_sentence = true;
	}
}

/* The text begins with the name of a command of the bot. */
static struct question recognise_occasion(const struct message *message)
{
	char word[COMMAND_NAME_MAX_BYTES + 1];
	struct question question = {.kind = QUESTION_COMMAND, .length = strcspn(message->text, " ")};

	if (question.length <= COMMAND_NAME_MAX_BYTES) {
		memcpy(word, message->text, question.length);
		word[question.length] = '\0';
		question.entry = commands_find_of_bot(word);
	}
	return question.entry ? question : none("this version has no such occasion");
}

struct question dispatch_recognise(struct dispatch *dispatch, const char *gateway,
		const struct message *message, uint64_t now_ms)
{
	struct context context = context_of(dispatch, gateway, message, now_ms);
	const char *start = command_start(prefix_of(&context), message), *reason;
	struct question question = {.kind = QUESTION_COMMAND};

	if (message->is_occasion)
		return recognise_occasion(message);
	if (!start)
		return none("it is not a command");
	if (is_duplicate(&context)) {
		question = none("its id was seen before");
		question.is_known = true;
		return question;
	}
	reason = look_at_author(&context);
	if (reason)
		return none(reason);
	question.at = (size_t)(start - message->text);
	find_command(&context, start, &question);
	if (!question.entry)
		return none("there is no such command");
	if (is_suggested_recently(&context, question.entry))
		return none("a command was suggested in this channel a moment ago");
	if (is_denied_recently(&context, question.entry))
		return none("its author was told a moment ago that only owners may do that");
	if (question.entry->command->permission != PERMISSION_ANYONE && !context.is_owner &&
			!context.is_late && !message->fingerprint)
		question.kind = QUESTION_IDENTIFY;
	return question;
}

/* Copy the text after the command's name, trimmed. NULL: out of memory. */
static char *words_after(const char *text, const struct question *question)
{
	const char *start = text + question->at + question->length;
	char *words;

	start += strspn(start, " ");
	words = str_copy(start);
	if (!words)
		return NULL;
	for (size_t length = strlen(words); length && words[length - 1] == ' '; length--)
		words[length - 1] = '\0';
	return words;
}

/* Choose what answers a sentence. False: the command that the question begins with, and its argument. */
static bool choose(const struct context *context, const struct question *question, const struct show **show,
		struct talk *ret)
{
	const char *text = context->message->text;
	const struct command_entry *entry = question->entry == &talk_unknown ? NULL : question->entry;
	struct naming naming;
	bool is_known;

	naming_of_sentence(context->dispatch->catalogue, text + question->at, &naming);
	if (naming.show)
		*show = naming.show;
	is_known = talk_choose(*show, naming.show ? naming.rest : text + question->at, ret);

	/* "!nosuch" is a command that does not exist, "nosuch" words to search for. */
	return is_known || (!entry && !utf8_after_prefix(text, strlen(text), prefix_of(context)));
}

void dispatch_answer(struct dispatch *dispatch, const char *gateway, const struct message *message,
		const struct question *question, uint64_t now_ms, struct answer *ret)
{
	struct context context = context_of(dispatch, gateway, message, now_ms);
	const struct show *show = show_in(dispatch, context.settings);
	struct talk talk;
	char *words;

	*ret = (struct answer){.entry = question->entry};
	snprintf(ret->prefix, sizeof(ret->prefix), "%s", prefix_of(&context));
	/* An earlier question of the same turn may have changed this author's rights. */
	if (question->kind == QUESTION_NONE || look_at_author(&context))
		return;
	if (is_denied_recently(&context, question->entry))
		return;
	if (question->is_sentence && choose(&context, question, &show, &talk)) {
		ret->entry = talk.entry;
		words = str_copy(talk.words);
	} else {
		show = show_in(dispatch, context.settings);
		words = words_after(message->text, question);
	}
	if (!may_talk(&context, ret->entry)) {
		free(words);
		return;
	}
	if (words)
		run_command(&context, ret->entry, show, words, ret);
	else
		ret->error = -ENOMEM;
	free(words);
}

void dispatch_keep(struct dispatch *dispatch, struct answer *answer, int sent, uint64_t now_ms)
{
	struct reply *rest = answer->position ? answer->reply : NULL;

	/* An answer that was not sent leaves the conversation as it was: a new one is dropped, a rest is put back. */
	if (answer->conversation && answer->reply && (sent >= 0 || answer->is_rest)) {
		conversation_keep_rest(
				conversations_get(&dispatch->conversations, answer->conversation, now_ms),
				rest, answer->position);
		if (rest)
			answer->reply = NULL;
	}
	reply_free(answer->reply);
	answer->reply = NULL;
}

/* The line of a person who has asked nothing yet. */
static struct line line_for(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		const struct show *show)
{
	const struct progress *progress = progress_in(&dispatch->host);

	return line_of(show, progress ? progress_line(progress, gateway, asker, show) : LINE_UNDECLARED,
			asker->time_ms);
}

void dispatch_complete(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial, struct str *str)
{
	const struct command_entry *entry = commands_find(command);
	const struct show *show = show_in(dispatch, settings_of(dispatch, gateway, asker));
	const struct dispatch_orders *orders = &dispatch->host.orders;
	bool is_owner = orders->is_owner && orders->is_owner(orders->user, gateway, asker);
	const struct show *named = naming_explicit(dispatch->catalogue, partial, &partial);
	struct line line;

	show = named ? named : show;
	if (entry && command_takes_show(entry->command) && str_equal(option, "show")) {
		complete_show(dispatch->catalogue, partial, str);
	} else if (entry) {
		line = line_for(dispatch, gateway, asker, show);
		complete_option(&(struct complete_asker){&line, is_owner}, entry, option, partial, str);
	} else {
		str_append(str, "[]");
	}
}

void dispatch_topic(const struct dispatch *dispatch, const char *gateway, const struct message *asker,
		struct topic *ret)
{
	const struct channel_settings *settings = settings_of(dispatch, gateway, asker);

	*ret = (struct topic){.prefix = prefix_in(dispatch, settings),
			.line = line_for(dispatch, gateway, asker, show_in(dispatch, settings))};
}
