/* One command in progress: the functions that commands call (bot/core/command.h). */

#include "bot/core/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/catalogue/telling.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"

int request_init(struct request *request)
{
	request->usage = STR(1024);
	request->reply = reply_new();
	if (!request->reply)
		return -ENOMEM;
	request->reply->is_private = request->entry->command->visibility == COMMAND_PRIVATE;
	return 0;
}

void request_release_arguments(struct request *request)
{
	for (size_t i = 0; i < COMMAND_OPTIONS_MAX; i++) {
		free(request->arguments[i].text);
		request->arguments[i] = (struct argument){0};
	}
}

void request_release(struct request *request)
{
	request_release_arguments(request);
	reply_free(request->reply);
	str_release(&request->usage);
}

/* The argument of a named option, or NULL if the person left it out. */
static const struct argument *argument_of(const struct request *request, const char *name)
{
	const struct command_option *options = request->entry->command->options;

	for (size_t i = 0; i < COMMAND_OPTIONS_MAX && options[i].type != OPTION_NONE; i++) {
		if (str_equal(options[i].name, name))
			return request->arguments[i].is_given ? &request->arguments[i] : NULL;
	}
	return NULL;
}

const struct episode *request_episode(const struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return argument ? argument->episode : NULL;
}

const struct character *request_character(const struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return argument ? argument->character : NULL;
}

const struct command_entry *request_command(const struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return argument ? argument->command : NULL;
}

bool request_season(const struct request *request, const char *option, int *ret_season, int *ret_from)
{
	const struct argument *argument = argument_of(request, option);

	if (!argument)
		return false;
	*ret_season = argument->season;
	*ret_from = argument->from;
	return true;
}

const char *request_text(const struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return argument ? argument->text : NULL;
}

const char *request_quote(struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return utf8_quote(argument && argument->text ? argument->text : "", request->quote);
}

long request_integer(const struct request *request, const char *option)
{
	const struct argument *argument = argument_of(request, option);

	return argument ? argument->integer : 0;
}

const struct show *request_show(const struct request *request)
{
	return request->show;
}

bool request_is_called(const struct show *show, const char *words)
{
	struct str folded = STR(REQUEST_FORMATTED_MAX_BYTES), name = STR(REQUEST_FORMATTED_MAX_BYTES);
	bool is_found;

	utf8_fold(&folded, words);
	utf8_fold(&name, show->name);
	is_found = strstr(str_text(&name), str_text(&folded)) != NULL;
	for (size_t i = 0; i < show->alias_count && !is_found; i++) {
		str_clear(&name);
		utf8_fold(&name, show->aliases[i]);
		is_found = strstr(str_text(&name), str_text(&folded)) != NULL;
	}
	str_release(&name);
	str_release(&folded);
	return is_found;
}

const struct show *request_show_at(const struct request *request, size_t index)
{
	return catalogue_at(request->catalogue, index);
}

size_t request_random(struct request *request, size_t bound)
{
	struct conversation *conversation = request->conversation;
	uint64_t of = str_hash(bound, request->entry->name, strlen(request->entry->name));
	bool is_same = conversation->random_of == of && conversation->random_drawn < bound;
	size_t drawn;

	if (request->is_spoiling && is_same)
		return conversation->random_drawn; /* tell what was veiled, not something else */
	if (bound > 1 && is_same)
		drawn = (conversation->random_drawn + 1 + random_below(request->random, bound - 1)) % bound;
	else
		drawn = random_below(request->random, bound);
	request->reply->is_fleeting |= bound > 1;
	conversation->random_of = of;
	conversation->random_drawn = drawn;
	return drawn;
}

size_t request_cycle(struct request *request, const char *subject, size_t bound)
{
	struct conversation *conversation = request->conversation;
	uint64_t of = str_hash(bound, subject, strlen(subject));

	request->reply->is_fleeting |= bound > 1;
	if (request->is_spoiling && conversation->random_of == of)
		return conversation->random_drawn;
	conversation->random_drawn =
			conversation->random_of == of ? (conversation->random_drawn + 1) % bound : 0;
	conversation->random_of = of;
	return conversation->random_drawn;
}

const struct episode *request_last_episode(const struct request *request)
{
	const struct conversation *conversation = request->conversation;

	request->reply->is_fleeting = true;
	if (!conversation->episode || conversation->episode > request->show->episode_count ||
			!str_equal(conversation->show_id, request->show->id))
		return NULL;
	return &request->show->episodes[conversation->episode - 1];
}

void request_about(struct request *request, const struct episode *episode)
{
	struct conversation *conversation = request->conversation;
	size_t length = strlen(episode->show->id);

	request->asked = line_place(episode);
	if (length >= sizeof(conversation->show_id))
		return;
	memcpy(conversation->show_id, episode->show->id, length + 1);
	conversation->episode = (size_t)(episode - episode->show->episodes) + 1;
}

int64_t request_now_s(const struct request *request)
{
	return (int64_t)(request->message->time_ms / 1000);
}

size_t request_commands(const struct request *request, const struct command_entry **ret_entries)
{
	(void)request;
	*ret_entries = command_entries;
	return command_entry_count;
}

const char *request_usage(struct request *request, const struct command_entry *entry)
{
	str_clear(&request->usage);
	str_append(&request->usage, request->prefix);
	commands_append_usage(&request->usage, entry);
	return str_text(&request->usage);
}

const char *request_example(struct request *request, const struct command *command, size_t *index)
{
	while (*index < COMMAND_EXAMPLES_MAX && command->examples[*index]) {
		if (example_fill(request_line(request), command->examples[(*index)++], request->example))
			return request->example;
	}
	return NULL;
}

const char *request_prefix(const struct request *request)
{
	return request->prefix;
}

const char *request_short_label(
		struct request *request, const struct episode *episode, char buffer[EPISODE_LABEL_BYTES])
{
	bool is_told = line_tells_title(request_line(request), episode, request->asked);
	const char *title = telling_text(episode->name);

	if (episode->order == 0)
		snprintf(buffer, EPISODE_LABEL_BYTES, "%s", is_told ? title : "Special");
	else if (is_told && !episode->is_name_generic)
		snprintf(buffer, EPISODE_LABEL_BYTES, "Episode %d: %s", episode->number, title);
	else
		snprintf(buffer, EPISODE_LABEL_BYTES, "Episode %d", episode->number);
	return buffer;
}

void request_status(struct request *request, struct request_status *ret)
{
	*ret = (struct request_status){
			.version = EPISODED_VERSION, .gateways = "", .dataset = "", .broken = ""};
	if (request->host->on_status)
		request->host->on_status(request->host->user, ret);
}

int request_more(struct request *request)
{
	if (!request->conversation->rest)
		return -ENOENT;
	request->wants_rest = true;
	return 0;
}

/* Format a command's text and pass it to a setter of the reply. */
static void format_into(struct request *request, void (*set)(struct reply *reply, const char *text),
		const char *format, va_list arguments) __attribute__((format(printf, 3, 0)));

static void format_into(struct request *request, void (*set)(struct reply *reply, const char *text),
		const char *format, va_list arguments)
{
	struct str text = STR(REQUEST_FORMATTED_MAX_BYTES);

	str_vprintf(&text, format, arguments);
	if (text.error)
		request->reply->error = text.error;
	else
		set(request->reply, str_text(&text));
	str_release(&text);
}

#define FORMAT_INTO(request, set, format)                                                                    \
	do {                                                                                                 \
		va_list arguments_;                                                                          \
		va_start(arguments_, format);                                                                \
		format_into(request, set, format, arguments_);                                               \
		va_end(arguments_);                                                                          \
	} while (0)

int reply_title(struct request *request, const char *format, ...)
{
	FORMAT_INTO(request, reply_set_title, format);
	return 0;
}

int reply_show_title(struct request *request, const struct show *show, const char *format, ...)
{
	struct str title = STR(REQUEST_FORMATTED_MAX_BYTES);
	size_t show_bytes;
	va_list arguments;

	if (catalogue_count(request->catalogue) > 1)
		str_printf(&title, "%s – ", show->name);
	show_bytes = show == request->default_show ? title.length : 0;
	va_start(arguments, format);
	str_vprintf(&title, format, arguments);
	va_end(arguments);
	reply_set_title(request->reply, str_text(&title));
	if (request->reply->title && strncmp(request->reply->title, str_text(&title), show_bytes) == 0)
		request->reply->title_show_bytes = show_bytes;
	str_release(&title);
	return 0;
}

int reply_image(struct request *request, const char *url)
{
	if (*url)
		reply_set_image(request->reply, url);
	return 0;
}

int reply_url(struct request *request, const char *url)
{
	if (*url)
		reply_set_url(request->reply, url);
	return 0;
}

int reply_text(struct request *request, const char *format, ...)
{
	FORMAT_INTO(request, reply_set_text, format);
	return 0;
}

int reply_item(struct request *request, const char *format, ...)
{
	FORMAT_INTO(request, reply_add_item, format);
	return 0;
}

int reply_item_heading(struct request *request, const char *format, ...)
{
	FORMAT_INTO(request, reply_set_item_heading, format);
	return 0;
}

int reply_footer(struct request *request, const char *format, ...)
{
	FORMAT_INTO(request, reply_set_footer, format);
	return 0;
}

int reply_field(struct request *request, const char *name, const char *format, ...)
{
	struct str value = STR(REQUEST_FORMATTED_MAX_BYTES);
	va_list arguments;

	va_start(arguments, format);
	str_vprintf(&value, format, arguments);
	va_end(arguments);
	reply_add_field(request->reply, name, str_text(&value));
	str_release(&value);
	return 0;
}

void request_name_show(const struct request *request, struct str *command)
{
	struct str named = STR(REQUEST_FORMATTED_MAX_BYTES);
	size_t length = strcspn(str_text(command), " ");
	char name[64];
	const struct command_entry *entry;

	if (request->show == request->default_show || command->error || length >= sizeof(name))
		return;
	memcpy(name, str_text(command), length);
	name[length] = '\0';
	entry = commands_find(name);
	if (!entry || !command_takes_show(entry->command))
		return;
	str_printf(&named, "%s %s%s", name, request->show->id, str_text(command) + length);
	str_clear(command);
	str_append(command, str_text(&named));
	str_release(&named);
}

/* Give set() a command that is written like a format, with the show that it is about. */
__attribute__((format(printf, 4, 0))) static void set_command(struct request *request,
		void (*set)(struct reply *, const char *, const char *), const char *label,
		const char *format, va_list arguments)
{
	struct str text = STR(REQUEST_FORMATTED_MAX_BYTES);

	str_vprintf(&text, format, arguments);
	request_name_show(request, &text);
	if (!text.error)
		set(request->reply, label, str_text(&text));
	str_release(&text);
}

int reply_choice(struct request *request, const char *label, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	set_command(request, reply_add_choice, label, command, arguments);
	va_end(arguments);
	return 0;
}

int reply_item_command(struct request *request, const char *label, const char *command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	set_command(request, reply_set_item_command, label, command, arguments);
	va_end(arguments);
	return 0;
}

int reply_problem(struct request *request, const char *format, ...)
{
	reply_clear(request->reply);
	FORMAT_INTO(request, reply_set_text, format);
	request->reply->kind = REPLY_PROBLEM;
	request->reply->is_private = request->entry->command->visibility == COMMAND_PRIVATE;
	return 0;
}

void request_fail(struct request *request, const char *text)
{
	struct str usage = STR(1024);

	reply_problem(request, "%s", text);
	str_printf(&usage, "Usage: %s", request_usage(request, request->entry));
	reply_set_footer(request->reply, str_text(&usage));
	str_release(&usage);
}

/* ---------------------------------------------------------------- owner commands */

static enum request_result result_of(int error)
{
	switch (error) {
	case 0: return REQUEST_DONE;
	case -EEXIST:
	case -ENOENT: return REQUEST_ALREADY;
	case -EINVAL: return REQUEST_WRONG;
	case -ENOTSUP: return REQUEST_ELSEWHERE;
	case -E2BIG: return REQUEST_FULL;
	default: return REQUEST_FAILED;
	}
}

bool request_begin_effect(struct request *request, enum request_result *ret)
{
	const struct dispatch_orders *orders = &request->host->orders;

	if (request->is_repeated) {
		request->is_interrupted = !request->has_result;
		*ret = request->has_result ? request->result : REQUEST_FAILED;
		return false;
	}
	if (orders->on_effect_begin)
		orders->on_effect_begin(orders->user, request->gateway, request->message->id);
	return true;
}

enum request_result request_end_effect(const struct request *request, int r)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result = result_of(r);

	if (orders->on_effect_end)
		orders->on_effect_end(orders->user, result);
	return result;
}

static enum request_result set_channel(struct request *request, const char *channel, bool is_in)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result;

	if (!orders->on_channel)
		return REQUEST_ELSEWHERE;
	if (!request_begin_effect(request, &result))
		return result;
	return request_end_effect(
			request, orders->on_channel(orders->user, request->gateway, channel, is_in));
}

enum request_result request_join(struct request *request, const char *channel)
{
	return set_channel(request, channel, true);
}

enum request_result request_part(struct request *request, const char *channel)
{
	return set_channel(request, channel, false);
}

/* Begin a reload, unless this question has begun one. */
static enum request_result begin_reload(struct request *request)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result;

	if (!orders->on_reload)
		return REQUEST_ELSEWHERE;
	if (request->message->origin == MESSAGE_AFTER_RELOAD)
		return REQUEST_DONE;
	if (!request_begin_effect(request, &result))
		return result;
	return request_end_effect(request, orders->on_reload(orders->user));
}

enum request_result request_reload(
		struct request *request, const struct request_reload **ret, bool *ret_is_waiting)
{
	static const struct request_reload restarted = {
			.is_done = true, .is_restarted = true, .dataset = "", .changes = "", .problems = ""};
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result = begin_reload(request);

	*ret = result == REQUEST_DONE && orders->reloaded ? orders->reloaded(orders->user) : NULL;
	*ret_is_waiting = request->message->origin == MESSAGE_AFTER_RELOAD;
	if (result == REQUEST_DONE && !*ret && request->is_repeated)
		*ret = &restarted;
	request->is_pending = result == REQUEST_DONE && !*ret && !*ret_is_waiting;
	return result;
}

enum request_result request_ignore(struct request *request, const char *who, bool is_ignored)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result;

	if (!orders->on_ignore)
		return REQUEST_FAILED;
	if (!request_begin_effect(request, &result))
		return result;
	return request_end_effect(
			request, orders->on_ignore(orders->user, request->gateway, who, is_ignored));
}

const char *request_ignored(const struct request *request, size_t index)
{
	const struct dispatch_orders *orders = &request->host->orders;

	return orders->ignored ? orders->ignored(orders->user, request->gateway, index) : NULL;
}

enum request_result request_set_zone(struct request *request, const char *zone)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result;

	if (!orders->on_zone)
		return REQUEST_ELSEWHERE;
	if (!request_begin_effect(request, &result))
		return result;
	request->is_zone_read = false;
	return request_end_effect(
			request, orders->on_zone(orders->user, request->gateway, request->message, zone));
}

enum request_result request_set(struct request *request, const char *name, const char *value)
{
	const struct dispatch_orders *orders = &request->host->orders;
	enum request_result result;

	if (!request_has_settings(request) || !orders->on_set)
		return REQUEST_ELSEWHERE;
	if (str_equal(name, "seen"))
		return request_set_line(request, value);
	if (!request_begin_effect(request, &result))
		return result;
	result = request_end_effect(request, orders->on_set(orders->user, request->gateway,
							     request->message->channel, name, value));
	if (orders->settings) /* a channel's first setting, and the last one, replace them */
		request->settings =
				orders->settings(orders->user, request->gateway, request->message->channel);
	return result;
}

const char *request_default_prefix(const struct request *request)
{
	return request->standard_prefix;
}

const struct show *request_default_show(const struct request *request)
{
	return request->standard_show;
}

const struct show *request_show_called(const struct request *request, const char *name)
{
	return catalogue_find(request->catalogue, name);
}

const char *request_setting(struct request *request, const char *name)
{
	if (str_equal(name, "seen"))
		request_line_setting(request, request->setting);
	else
		settings_value(request->settings, name, request->setting);
	return request->setting;
}

const char *request_caveat(struct request *request)
{
	const struct dispatch_host *host = request->host;
	const char *trouble = host->trouble ? host->trouble(host->user) : NULL;

	if (host->is_fleeting && request->entry->command->permission == PERMISSION_OWNER)
		return ", until you quit";
	if (!trouble)
		return "";
	snprintf(request->caveat, sizeof(request->caveat),
			", but a restart will undo it: I can't save it right now (%s)", trouble);
	return request->caveat;
}

bool request_is_private(const struct request *request)
{
	return request->message->is_private;
}

bool request_has_settings(const struct request *request)
{
	return !request->message->is_private || request->message->has_settings;
}

bool request_has_private(const struct request *request)
{
	return request->message->is_private || request->message->has_private;
}

void request_make_private(struct request *request)
{
	request->reply->is_private = true;
}

const char *request_channel(const struct request *request)
{
	return request->message->channel;
}

bool request_is_owner(const struct request *request)
{
	return request->is_owner;
}

bool request_may(const struct request *request, const struct command_entry *entry)
{
	if (entry->command->permission == PERMISSION_BOT)
		return request->message->is_occasion;
	return entry->command->permission != PERMISSION_OWNER || request->is_owner;
}
