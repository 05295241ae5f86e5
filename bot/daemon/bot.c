/* The running bot: start, receive, answer, reload, stop. */

#include "bot/daemon/bot.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "bot/base/clock.h"
#include "bot/base/random.h"
#include "bot/base/trace.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"
#include "bot/core/rights.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/idle_trim.h"
#include "bot/daemon/inbox.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/keeping.h"
#include "bot/daemon/networks.h"
#include "bot/daemon/service.h"
#include "bot/daemon/tracing.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"
#include "bot/net/work.h"

#define SHORT_MS           10000 /* retry this long after a gateway could not be created for lack of memory */
#define THREAD_STACK_BYTES (1024 * 1024) /* of the threads that load and free datasets */
#define GOODBYE_MS         4000 /* then gateways that are still open are freed; within systemd's TimeoutStopSec=5 */

/* The status line (gateways, dataset, number of answers) must fit into one sd_notify() message. */
#define GATEWAYS_MAX_BYTES 3072
#define DATASET_MAX_BYTES  256
#define REPORT_MAX_BYTES   (64 * 1024) /* problems of a configuration or of datasets */
#define STATUS_MAX_BYTES                                                                                     \
	(GATEWAYS_MAX_BYTES + DATASET_MAX_BYTES + 320) /* includes the trouble of the store */

/* ---------------------------------------------------------------- configuration and dataset */

/* Log each line of a report as a line of its own. */
static void log_report(const struct str *report)
{
	const char *line = str_text(report);

	while (*line) {
		size_t length = strcspn(line, "\n");
		bool is_warning = memmem(line, length, ": warning: ", 11) != NULL;

		log_write(is_warning ? LOG_LEVEL_WARNING : LOG_LEVEL_ERROR, NULL, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

int bot_read_config(const char *config_path, const char *data, struct config **ret)
{
	struct str report = STR(REPORT_MAX_BYTES);
	struct config *config = NULL;
	int r;

	if (config_path)
		r = config_load(config_path, networks, &report, &config);
	else
		r = config_default(data, networks, &config);
	log_report(&report);
	str_release(&report);
	if (!r && !config->data) {
		config->data = str_copy(data);
		r = config->data ? 0 : -ENOMEM;
	}
	if (!r) {
		*ret = config; /* owned by the caller now */
		return EX_OK;
	}
	config_free(config);
	log_error("invalid configuration: correct the problems above, then verify with \"episoded check "
		  "config %s\"; the keys are described in "
		  "episoded.conf(5)",
			config_path ? config_path : "");
	return r == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

/* A catalogue that is being loaded, on the loop's thread at the start and on another one later. */
struct loading {
	char *folder;
	struct str report;
	struct catalogue *catalogue; /* the result; NULL if r is negative */
	int r;
};

static struct loading *loading_new(const char *folder)
{
	struct loading *loading = calloc(1, sizeof(*loading));

	if (!loading)
		return NULL;
	loading->report.limit_bytes = REPORT_MAX_BYTES;
	loading->folder = str_copy(folder);
	if (loading->folder)
		return loading;
	free(loading);
	return NULL;
}

static void loading_run(void *job)
{
	struct loading *loading = job;

	loading->r = catalogue_load(loading->folder, &loading->report, &loading->catalogue);
}

static void loading_free(void *job)
{
	struct loading *loading = job;

	if (!loading)
		return;
	catalogue_free(loading->catalogue);
	str_release(&loading->report);
	free(loading->folder);
	free(loading);
}

/* Log the result of loading, and take the catalogue. Return an exit status. */
static int take_catalogue(struct loading *loading, const struct config *config, struct catalogue **ret,
		const struct show **ret_default)
{
	const struct show *show = NULL;

	log_report(&loading->report);
	if (loading->r == -ENOENT)
		log_error("no dataset in %s; set \"data\" to a folder with one JSON file for each show",
				config->data);
	if (loading->r)
		return loading->r == -ENOMEM ? EX_OSERR : EX_DATAERR;
	if (config->default_show) {
		show = catalogue_find(loading->catalogue, config->default_show);
		if (!show) {
			log_error("\"default_show\" is \"%s\", but %s has no such show", config->default_show,
					config->data);
			return EX_CONFIG;
		}
	}
	*ret = loading->catalogue;
	*ret_default = show;
	loading->catalogue = NULL;
	return EX_OK;
}

int bot_read_catalogue(const struct config *config, struct catalogue **ret, const struct show **ret_default)
{
	struct loading *loading = loading_new(config->data);
	int code = EX_OSERR;

	if (loading) {
		loading_run(loading);
		code = take_catalogue(loading, config, ret, ret_default);
	}
	loading_free(loading);
	return code;
}

void bot_describe_catalogue(const struct catalogue *catalogue, struct str *str)
{
	size_t shows = catalogue_count(catalogue), episodes = 0;

	for (size_t i = 0; i < shows; i++)
		episodes += catalogue_at(catalogue, i)->episode_count;
	str_printf(str, "%zu show%s, %zu episodes", shows, shows == 1 ? "" : "s", episodes);
}

/* ---------------------------------------------------------------- the running bot */

struct bot {
	const char *config_path, *data;
	struct loop *loop;
	struct config *config;
	struct catalogue *catalogue;
	struct dispatch *dispatch;
	struct service *service;
	struct gateways *gateways;
	struct inbox inbox;
	struct keeping *keeping;
	struct journal *journal;
	struct idle_trim *trim;
	struct tracing tracing;
	struct timer *goodbye;
	struct orders *orders;
	struct timer *carry_out; /* applies owner commands after the command has returned */
	bool wants_reload;
	struct work *loading;       /* a reload: the datasets are read on a thread */
	struct config *next_config; /* of that reload */
	bool reloads_again;         /* another reload was asked for meanwhile */
	struct work *dropping;      /* the old catalogue is freed on a thread */
	struct str commands_json, gateways_text, dataset_text, completions;
	uint64_t started_ms, answered;
	bool is_started, is_stopping, is_over;
	bool is_short; /* a gateway could not be created for lack of memory */
	int code;      /* exit status */
};

static void tell_status(void *user)
{
	struct bot *bot = user;
	struct str text = STR(STATUS_MAX_BYTES);
	const char *trouble = keeping_trouble(bot->keeping);

	if (bot->is_over)
		return;
	str_clear(&bot->gateways_text);
	gateways_describe(bot->gateways, &bot->gateways_text);
	if (trouble) /* first, so that a long status is not cut here */
		str_printf(&text, "state not kept: %s; ", trouble);
	str_printf(&text, "%s; %s; %" PRIu64 " answered", str_text(&bot->gateways_text),
			str_text(&bot->dataset_text), bot->answered);
	service_status(bot->service, str_text(&text));
	str_release(&text);
}

static void on_status(void *user, struct request_status *ret)
{
	struct bot *bot = user;

	str_clear(&bot->gateways_text);
	gateways_describe(bot->gateways, &bot->gateways_text);
	ret->uptime_ms = loop_now_ms(bot->loop) - bot->started_ms;
	ret->asked = bot->answered;
	ret->gateways = str_text(&bot->gateways_text);
	ret->dataset = str_text(&bot->dataset_text);
	ret->trouble = keeping_trouble(bot->keeping);
}

/* ---------------------------------------------------------------- from questions to answers */

static void on_message(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot *bot = user;
	const struct gateway_head *head = gateway_head(gateway);
	int r;

	if (!dispatch_concerns(bot->dispatch, head->name, message))
		return;
	journal_gather(bot->journal);
	r = inbox_push(&bot->inbox, gateway, message);
	if (r < 0) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.gateway = head->name, .error = r},
				"a question is dropped");
		if (head->class->decline)
			head->class->decline(gateway, message);
	}
}

/* No answer now: it was or will be given by another delivery of the message. */
static void skip(struct inbox_entry *entry, const char *reason)
{
	const struct message *message = entry->message;

	entry->question.kind = QUESTION_NONE;
	log_gateway(LOG_LEVEL_DEBUG, gateway_head(entry->gateway)->name, "a message %s%s is ignored: %s",
			message->is_private ? "in private" : "in ",
			message->is_private ? "" : message->channel, reason);
}

/* No answer at all, which the author of an interaction is told. */
static void ignore(struct inbox_entry *entry, const char *reason)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	skip(entry, reason);
	if (class->decline)
		class->decline(entry->gateway, entry->message);
}

/* Ask the network for the sender's account or certificate; the gateway then delivers the message again.
 * False: the network cannot tell, so the message is answered now. */
static bool is_identified_first(struct inbox_entry *entry)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	if (class->identify && class->identify(entry->gateway, entry->message) == 0)
		return true;
	entry->question.kind = QUESTION_COMMAND;
	return false;
}

/* The number of questions from the backlog of one channel. */
struct backlog {
	const struct inbox_entry *last; /* the last one counted; NULL: not begun */
	unsigned count;
};

/* Are there enough of them already, before this one? */
static bool is_backlog_full(struct backlog *backlog, const struct inbox_entry *entry)
{
	const struct inbox_entry *last = backlog->last;
	unsigned max = gateway_head(entry->gateway)->class->backlog_max;

	if (!max || entry->message->origin != MESSAGE_BACKLOG)
		return false;
	if (!last || last->gateway != entry->gateway ||
			!str_equal(last->message->channel, entry->message->channel))
		backlog->count = 0;
	backlog->last = entry;
	return backlog->count >= max;
}

/* Write the question to the journal, from the command's name on: the prefix may be another one when the question is
 * asked again. False: the journal has it already. */
static bool is_new(struct bot *bot, const struct inbox_entry *entry)
{
	struct message message = *entry->message;

	message.text += entry->question.at;
	message.is_addressed = true;
	return journal_begin(bot->journal, gateway_head(entry->gateway)->name, &message);
}

/* Recognise the question in a message. When this returns, the question is in the journal. */
static void recognise(struct bot *bot, struct inbox_entry *entry, struct backlog *backlog)
{
	const struct message *message = entry->message;
	const char *gateway = gateway_head(entry->gateway)->name;
	struct question *question = &entry->question;

	*question = dispatch_recognise(bot->dispatch, gateway, message, loop_now_ms(bot->loop));
	if (question->kind == QUESTION_NONE && question->is_known) {
		skip(entry, question->reason);
	} else if (question->kind == QUESTION_NONE) {
		ignore(entry, question->reason);
	} else if (question->kind == QUESTION_IDENTIFY && is_identified_first(entry)) {
		skip(entry, "waiting for the network to identify the author");
	} else if (question->kind == QUESTION_COMMAND && is_backlog_full(backlog, entry)) {
		ignore(entry, "the limit of answers to this channel's backlog is reached");
	} else if (question->kind == QUESTION_COMMAND && message->origin != MESSAGE_JOURNAL && *message->id) {
		if (is_new(bot, entry))
			backlog->count++; /* one that the journal has already takes no place */
		else
			skip(entry, "it is already in the journal");
		keeping_hasten(bot->keeping);
	}
}

static void log_answer(const struct gateway_head *head, const struct message *message,
		const struct answer *answer, int error)
{
	struct log_about about = {.gateway = head->name, .command = answer->entry->name, .error = error};

	/* A full outbox: the gateway has dropped and counted the answer, and logged it once. */
	if (error == -EAGAIN)
		log_write(LOG_LEVEL_DEBUG, &about, "%s not answered", about.command);
	else if (error)
		log_write(LOG_LEVEL_ERROR, &about, "%s failed", about.command);
	else
		log_write(LOG_LEVEL_INFO, &about, "%s %s %s%s%s%s%s", about.command,
				answer->is_refused ? "refused" : "answered",
				message->is_private ? "in private" : "in ",
				message->is_private ? "" : message->channel, answer->is_order ? " to " : "",
				answer->is_order ? message->author_id : "",
				answer->is_late ? ": owner commands are carried out only when received live"
						: "");
}

/* A question from the journal whose answer the gateway still waits to confirm, or that came twice in this turn. */
static bool is_under_way(const struct inbox_entry *entry)
{
	const struct gateway_class *class = gateway_head(entry->gateway)->class;

	return entry->message->origin == MESSAGE_JOURNAL && class->holds &&
	       class->holds(entry->gateway, entry->message->id);
}

/* A gateway that was told to stop sends no new answers. Its questions stay in the journal, and the gateway
 * asks for them on its next connection. */
static bool is_left_open(const struct bot *bot, const struct inbox_entry *entry)
{
	return entry->question.kind == QUESTION_COMMAND &&
	       gateway_head(entry->gateway)->class->looks_at_open &&
	       gateways_is_stopping(bot->gateways, entry->gateway);
}

static void answer(struct bot *bot, struct inbox_entry *entry)
{
	const struct gateway_head *head = gateway_head(entry->gateway);
	uint64_t now_ms = loop_now_ms(bot->loop);
	struct answer answer;
	int r = -ECANCELED;

	if (entry->question.kind == QUESTION_NONE)
		return;
	if (is_under_way(entry)) {
		skip(entry, "its answer is under way");
		return;
	}
	if (is_left_open(bot, entry)) {
		skip(entry, "the gateway is stopping; the next connection answers it");
		return;
	}
	dispatch_answer(bot->dispatch, head->name, entry->message, &entry->question, now_ms, &answer);
	if (answer.reply) {
		struct delivery delivery = {entry->message, answer.reply, answer.position, answer.prefix};

		r = head->class->say(entry->gateway, &delivery);
		answer.position = delivery.position;
	}
	if (r >= 0) {
		bot->answered++;
		idle_trim_after_answer(bot->trim);
	}
	if (!answer.reply && !answer.error)
		ignore(entry, "its author may no longer use this command, or was answered often enough");
	else if (answer.entry)
		log_answer(head, entry->message, &answer, answer.error ? answer.error : r < 0 ? r : 0);
	if (answer.entry && (r == -ECANCELED ? !answer.error : r >= 0 && !head->class->is_confirmed))
		journal_complete(bot->journal, head->name, entry->message->id);
	dispatch_keep(bot->dispatch, &answer, r, now_ms);
}

/*
 * The end of a turn: answer the questions in the inbox. All new questions are in the journal before the first
 * is answered, and the journal is committed before any answer is sent.
 */
static void on_turn(void *user)
{
	struct bot *bot = user;
	struct inbox_entry *questions = inbox_take(&bot->inbox);
	struct backlog backlog = {0};

	for (struct inbox_entry *entry = questions; entry; entry = entry->next)
		recognise(bot, entry, &backlog);
	for (struct inbox_entry *entry = questions; entry; entry = entry->next)
		answer(bot, entry);
	inbox_entries_free(questions);
	journal_commit(bot->journal);
	gateways_flush(bot->gateways);
	gateways_sweep(bot->gateways);
	journal_commit(bot->journal); /* questions that were completed because their answers were refused */
}

static void on_completed(void *user, struct gateway *gateway, const char *message_id)
{
	struct bot *bot = user;

	journal_complete(bot->journal, gateway_head(gateway)->name, message_id);
	idle_trim_after_answer(bot->trim);
}

/* Open questions, as their gateway completes them. */
struct reading_open {
	struct gateway *gateway;
	void (*on_open)(void *user, const struct message *message);
	void *user;
};

static void on_open_read(void *user, const struct message *message)
{
	const struct reading_open *reading = user;
	const struct gateway_class *class = gateway_head(reading->gateway)->class;
	struct message restored = *message;

	if (class->restore)
		class->restore(reading->gateway, &restored);
	reading->on_open(reading->user, &restored);
}

static void read_open(struct bot *bot, struct gateway *gateway, bool is_left_only,
		void (*on_open)(void *user, const struct message *message), void *user)
{
	struct reading_open reading = {gateway, on_open, user};
	const struct gateway_head *head = gateway_head(gateway);
	const struct journal_now now = {
			.network_ms = head->class->network_ms ? head->class->network_ms(gateway) : 0,
			.wall_ms = clock_wall_ms(),
	};

	idle_trim_after_start(bot->trim);
	journal_each_open(bot->journal, head->name, is_left_only, &now, on_open_read, &reading);
}

static void each_open(void *user, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *open_user)
{
	read_open(user, gateway, false, on_open, open_user);
}

/* A gateway is ready: answer its open questions. */
struct asking_again {
	struct bot *bot;
	struct gateway *gateway;
	unsigned count;
};

static void ask_again(void *user, const struct message *message)
{
	struct asking_again *asking = user;

	on_message(asking->bot, asking->gateway, message);
	asking->count++;
}

static void ask_all_again(struct bot *bot, struct gateway *gateway, bool is_left_only)
{
	struct asking_again asking = {.bot = bot, .gateway = gateway};
	const struct gateway_head *head = gateway_head(gateway);

	if (head->class->looks_at_open)
		return;
	read_open(bot, gateway, is_left_only, ask_again, &asking);
	if (asking.count)
		log_gateway(LOG_LEVEL_INFO, head->name, "answering %u question(s) left open", asking.count);
}

static void on_ready(void *user, struct gateway *gateway)
{
	ask_all_again(user, gateway, false);
}

/* A question of this process is still in progress. */
static void on_ready_before(void *user, struct gateway *gateway)
{
	ask_all_again(user, gateway, true);
}

static void on_state(void *user, struct gateway *gateway)
{
	struct bot *bot = user;

	gateways_state(bot->gateways, gateway);
}

static void on_stopped(void *user, struct gateway *gateway)
{
	struct bot *bot = user;

	gateways_stopped(bot->gateways, gateway);
}

/* ---------------------------------------------------------------- functions for gateways and commands */

static const char *complete(void *user, struct gateway *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial)
{
	struct bot *bot = user;

	str_clear(&bot->completions);
	dispatch_complete(bot->dispatch, gateway_head(gateway)->name, asker, command, option, partial,
			&bot->completions);
	return str_text(&bot->completions);
}

static struct store *store(void *user)
{
	struct bot *bot = user;

	return keeping_store(bot->keeping);
}

static const char *trouble(void *user)
{
	struct bot *bot = user;

	return keeping_trouble(bot->keeping);
}

static void on_all_stopped(void *user)
{
	struct bot *bot = user;

	loop_stop(bot->loop);
}

static const char *describe_commands(void *user)
{
	struct bot *bot = user;

	return str_text(&bot->commands_json);
}

static const char *prefix(void *user)
{
	struct bot *bot = user;

	return bot->config->prefix;
}

static const char *const *prefixes(void *user)
{
	struct bot *bot = user;

	return orders_prefixes(bot->orders);
}

static void on_dropped(void *user, void *job)
{
	struct bot *bot = user;

	(void)job;
	bot->dropping = NULL;
}

static void drop(void *job)
{
	catalogue_free(job);
}

static void drop_nothing(void *job)
{
	(void)job;
}

/* Free a catalogue, which takes tens of milliseconds if it is large, on a thread. */
static void drop_catalogue(struct bot *bot, struct catalogue *catalogue)
{
	static const struct work_class class = {drop, drop_nothing, THREAD_STACK_BYTES};

	if (!catalogue)
		return;
	work_cancel(bot->dropping); /* its thread goes on */
	bot->dropping = NULL;
	if (work_start(bot->loop, &class, catalogue, on_dropped, bot, &bot->dropping) < 0)
		catalogue_free(catalogue);
}

/* Switch to a new configuration and its catalogue. The old ones are freed once nothing points into them. */
static void adopt(
		struct bot *bot, struct config *config, struct catalogue *catalogue, const struct show *show)
{
	struct config *old_config = bot->config;
	struct catalogue *old_catalogue = bot->catalogue;

	bot->config = config;
	bot->catalogue = catalogue;
	dispatch_configure(bot->dispatch, config->prefix, catalogue, show);
	orders_configure(bot->orders, config, catalogue);
	config_free(old_config);
	drop_catalogue(bot, old_catalogue);
	log_setup(config->log_format, config->log_level);
	/* On failure the bot runs without a trace; the failure is logged. */
	tracing_apply(&bot->tracing, config);
	str_clear(&bot->commands_json);
	commands_append_json(&bot->commands_json, config->prefix, catalogue_count(catalogue) > 1);
	str_clear(&bot->dataset_text);
	bot_describe_catalogue(catalogue, &bot->dataset_text);
}

static int read_all(struct bot *bot)
{
	struct config *config = NULL;
	struct catalogue *catalogue;
	const struct show *show;
	int code = bot_read_config(bot->config_path, bot->data, &config);

	if (code == EX_OK)
		code = bot_read_catalogue(config, &catalogue, &show);
	if (code == EX_OK)
		adopt(bot, config, catalogue, show);
	else
		config_free(config);
	return code;
}

static void on_short(void *user)
{
	struct bot *bot = user;

	bot->is_short = true;
	timer_set(bot->carry_out, SHORT_MS);
}

/* Apply the configured gateways, with the channels that owners joined or left. Returns the number of running
 * gateways. */
static size_t configure_gateways(struct bot *bot)
{
	struct gateway_wanted *gateways;
	size_t count = bot->config->gateway_count, running = 0;

	if (orders_apply(bot->orders, &gateways) == 0) {
		running = gateways_configure(bot->gateways, gateways, count);
		orders_release(gateways, count);
	} else {
		log_error("out of memory: the gateways keep their old configuration");
		on_short(bot);
	}
	return running;
}

/* The end of a reload; on failure, the old configuration stays in use. */
static void end_reload(struct bot *bot, int code)
{
	if (code == EX_OK) {
		if (bot->is_started)
			configure_gateways(bot);
		log_info("reloaded: %s", str_text(&bot->dataset_text));
	} else if (code == EX_OSERR) {
		log_error("not reloaded: out of memory; the old configuration stays in use; reload again");
	} else {
		log_error("not reloaded: the old configuration stays in use; correct the file, then reload "
			  "again");
	}
	if (bot->is_started)
		service_ready(bot->service);
	tell_status(bot);
}

static void reload(struct bot *bot);

static void on_loaded(void *user, void *job)
{
	struct bot *bot = user;
	struct config *config = bot->next_config;
	struct catalogue *catalogue;
	const struct show *show;
	int code;

	bot->loading = NULL;
	bot->next_config = NULL;
	if (bot->is_stopping) {
		config_free(config);
		return;
	}
	code = take_catalogue(job, config, &catalogue, &show);
	if (code == EX_OK)
		adopt(bot, config, catalogue, show);
	else
		config_free(config);
	end_reload(bot, code);
	/* The files may have changed after they were read. */
	if (bot->reloads_again)
		reload(bot);
}

/* Read the datasets on a thread, because large ones take seconds. */
static int start_loading(struct bot *bot, const struct config *config)
{
	static const struct work_class class = {loading_run, loading_free, THREAD_STACK_BYTES};
	struct loading *loading = loading_new(config->data);
	int r = loading ? work_start(bot->loop, &class, loading, on_loaded, bot, &bot->loading) : -ENOMEM;

	if (r == 0)
		return EX_OK;
	loading_free(loading);
	log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start a thread for a reload");
	return EX_OSERR;
}

static void reload(struct bot *bot)
{
	struct config *config = NULL;
	int code;

	if (bot->is_stopping)
		return;
	bot->reloads_again = bot->loading != NULL;
	if (bot->loading)
		return;
	service_reloading(bot->service);
	keeping_retry(bot->keeping);
	code = bot_read_config(bot->config_path, bot->data, &config);
	if (code == EX_OK)
		code = start_loading(bot, config);
	if (code == EX_OK) {
		bot->next_config = config;
	} else {
		config_free(config);
		end_reload(bot, code);
	}
}

static void on_hangup(void *user, int signal)
{
	(void)signal;
	reload(user);
}

static void on_trace(void *user, int signal)
{
	struct bot *bot = user;

	(void)signal;
	tracing_toggle(&bot->tracing, bot->config);
}

static void on_order(void *user, enum order order)
{
	struct bot *bot = user;

	bot->wants_reload = bot->wants_reload || order == ORDER_RELOAD;
	timer_set(bot->carry_out, 0);
}

static void on_carry_out(void *user)
{
	struct bot *bot = user;
	bool wants_reload = bot->wants_reload;

	bot->wants_reload = false;
	if (bot->is_stopping)
		return;
	/* Apply a !join of the same turn now, also if the reload fails. */
	configure_gateways(bot);
	if (wants_reload)
		reload(bot);
}

static void on_goodbye_over(void *user)
{
	struct bot *bot = user;

	log_warning("a gateway did not say goodbye in time; it is cut off");
	loop_stop(bot->loop);
}

static void on_end(void *user, int signal)
{
	struct bot *bot = user;

	if (bot->is_stopping) {
		loop_stop(bot->loop);
		return;
	}
	bot->is_stopping = true;
	log_info("stopping: %s", strsignal(signal));
	service_stopping(bot->service);
	timer_set(bot->goodbye, GOODBYE_MS);
	gateways_stop(bot->gateways, "The bot is stopping. It will be back.");
}

static int start(struct bot *bot)
{
	size_t running;

	log_info("episoded %s: %s", EPISODED_VERSION, str_text(&bot->dataset_text));
	running = configure_gateways(bot);
	if (bot->is_short) {
		log_error("out of memory: not all gateways could start");
		return EX_OSERR;
	}
	if (!running) {
		log_error("no gateway could start: exiting");
		return EX_UNAVAILABLE;
	}
	bot->is_started = true;
	service_ready(bot->service);
	tell_status(bot);
	log_info("started");
	return EX_OK;
}

/* The store is open, or the wait for it is over. */
static void on_start(void *user, int error)
{
	struct bot *bot = user;

	if (bot->is_stopping)
		return;
	if (error == -EBUSY) /* two processes would answer everything twice; systemd restarts this one */
		bot->code = EX_TEMPFAIL;
	else if (orders_open(bot->orders, keeping_store(bot->keeping)) < 0)
		bot->code = EX_OSERR;
	else
		bot->code = start(bot);
	if (bot->code != EX_OK)
		loop_stop(bot->loop);
}

/* The state of an earlier process can be read only now. */
static void on_read(void *user)
{
	struct bot *bot = user;

	if (bot->is_stopping)
		return;
	if (orders_open(bot->orders, keeping_store(bot->keeping)) < 0)
		log_error("out of memory: the settings of owners are not read");
	configure_gateways(bot);
	gateways_each_ready(bot->gateways, on_ready_before, bot);
}

static int make_parts(struct bot *bot)
{
	const struct keeping_host keeping_host = {bot, on_start, on_read, tell_status};
	const struct dispatch_host dispatch_host = {
			.user = bot,
			.on_status = on_status,
			.trouble = trouble,
			.orders = orders_for_dispatch(bot->orders),
	};
	const struct gateway_host gateway_host = {
			.loop = bot->loop,
			.bot = bot,
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
	const struct gateways_events gateways_events = {
			.user = bot,
			.on_change = tell_status,
			.on_all_stopped = on_all_stopped,
			.on_short = on_short,
			.on_ready = on_ready,
	};
	uint64_t seed;
	int r;

	random_bytes(&seed, sizeof(seed));
	r = dispatch_new(&dispatch_host, seed, &bot->dispatch);
	if (!r)
		r = service_new(bot->loop, tell_status, bot, &bot->service);
	if (!r)
		r = gateways_new(&gateway_host, &gateways_events, &bot->gateways);
	if (!r)
		r = idle_trim_new(bot->loop, &bot->trim);
	if (!r)
		r = keeping_new(bot->loop, &keeping_host, &bot->keeping);
	if (!r) {
		bot->goodbye = timer_new(bot->loop, on_goodbye_over, bot);
		bot->carry_out = timer_new(bot->loop, on_carry_out, bot);
		r = bot->goodbye && bot->carry_out ? 0 : -ENOMEM;
	}
	return r;
}

static int catch_signals(struct bot *bot)
{
	int r = loop_catch(bot->loop, SIGTERM, on_end, bot);

	if (!r)
		r = loop_catch(bot->loop, SIGINT, on_end, bot);
	if (!r)
		r = loop_catch(bot->loop, SIGHUP, on_hangup, bot);
	if (!r)
		r = loop_catch(bot->loop, SIGUSR1, on_trace, bot);
	return r;
}

static int open_store(struct bot *bot)
{
	int r = keeping_open(bot->keeping, bot->config->state);

	if (!r)
		r = journal_new(keeping_store(bot->keeping), &bot->journal);
	return r ? EX_OSERR : EX_OK;
}

static void release(struct bot *bot)
{
	bot->is_over = true;
	work_cancel(bot->loading);
	work_cancel(bot->dropping);
	inbox_release(&bot->inbox);
	gateways_free(bot->gateways);
	idle_trim_free(bot->trim);
	service_free(bot->service);
	timer_free(bot->goodbye);
	timer_free(bot->carry_out);
	dispatch_free(bot->dispatch);
	journal_free(bot->journal);
	orders_free(bot->orders);
	keeping_free(bot->keeping);
	loop_free(bot->loop);
	catalogue_free(bot->catalogue);
	config_free(bot->config);
	config_free(bot->next_config);
	str_release(&bot->commands_json);
	str_release(&bot->gateways_text);
	str_release(&bot->dataset_text);
	str_release(&bot->completions);
	trace_close();
}

int bot_run(const struct bot_options *options)
{
	struct bot bot = {
			.config_path = options->config_path,
			.data = options->data,
			.tracing = {.gateways = options->trace, .file = options->trace_file},
			.commands_json = STR(1024 * 1024),
			.gateways_text = STR(GATEWAYS_MAX_BYTES),
			.dataset_text = STR(DATASET_MAX_BYTES),
			.completions = STR(64 * 1024),
			.code = EX_OSERR,
	};
	int r = loop_new(&bot.loop);

	inbox_init(&bot.inbox);
	if (!r) {
		bot.started_ms = loop_now_ms(bot.loop);
		r = catch_signals(&bot);
	}
	if (!r)
		r = orders_new(on_order, &bot, &bot.orders);
	if (!r)
		r = make_parts(&bot);
	if (r) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start");
		goto out;
	}
	bot.code = read_all(&bot);
	if (bot.code == EX_OK && tracing_unknown(&bot.tracing, bot.config)) {
		log_error("--trace: no gateway \"%s\" in the configuration",
				tracing_unknown(&bot.tracing, bot.config));
		bot.code = EX_USAGE;
	}
	if (bot.code == EX_OK)
		bot.code = open_store(&bot);
	if (bot.code == EX_OK) {
		loop_each_turn(bot.loop, on_turn, &bot);
		keeping_start(bot.keeping);
	}
	if (bot.code == EX_OK && loop_run(bot.loop) < 0)
		bot.code = EX_OSERR;
	log_info("stopped");
out:
	release(&bot);
	return bot.code;
}
