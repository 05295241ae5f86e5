/* A run of the bot: its parts are made and tied together; start, reload, stop. */

#include "bot/daemon/run.h"

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
#include "bot/cluster/cluster.h"
#include "bot/core/announcements.h"
#include "bot/core/commands.h"
#include "bot/core/dispatch.h"
#include "bot/core/rights.h"
#include "bot/daemon/bot.h"
#include "bot/daemon/files.h"
#include "bot/daemon/gateways.h"
#include "bot/daemon/idle_trim.h"
#include "bot/daemon/journal.h"
#include "bot/daemon/keeping.h"
#include "bot/daemon/left_open.h"
#include "bot/daemon/members.h"
#include "bot/daemon/networks.h"
#include "bot/daemon/refresh.h"
#include "bot/daemon/reloaded.h"
#include "bot/daemon/service.h"
#include "bot/daemon/shared.h"
#include "bot/daemon/shows.h"
#include "bot/daemon/speaking.h"
#include "bot/daemon/tracing.h"
#include "bot/daemon/web_files.h"
#include "bot/gateway/gateway.h"
#include "bot/net/loop.h"

#define SHORT_MS   10000 /* retry this long after a gateway could not be created for lack of memory */
#define GOODBYE_MS 4000  /* then gateways that are still open are freed; within systemd's TimeoutStopSec=5 */

/* The status line (gateways, dataset, number of answers) must fit into one sd_notify() message. */
#define GATEWAYS_MAX_BYTES 3072
#define DATASET_MAX_BYTES  256
#define TOPIC_MAX_BYTES    (16 * 1024) /* of one channel, as JSON */
#define STATUS_MAX_BYTES                                                                                     \
	(GATEWAYS_MAX_BYTES + DATASET_MAX_BYTES + 320) /* includes the trouble of the store */

/* ---------------------------------------------------------------- the parts */

struct bot_run {
	struct files_source source;
	struct config *config;
	struct catalogue *catalogue;
	struct config *clustered; /* the configuration whose database is in use, until the end */
	struct loop *loop;
	struct service *service;
	struct orders *orders;
	struct dispatch *dispatch;
	struct gateways *gateways;
	struct keeping *keeping;
	struct shared shared;      /* the hosts that share the state */
	struct speaking *speaking; /* what the bot says of itself */
	struct bot bot;
	struct left_open left_open;
	struct idle_trim *trim;
	struct web_files *web_files;
	struct tracing tracing;
	struct shows *shows;     /* reads the datasets that change */
	struct refresh *refresh; /* fetches what has changed on a site */
	struct timer *goodbye;
	struct timer *carry_out;       /* applies owner commands after the command has returned */
	struct reloaded reloaded;      /* what the last reload led to */
	struct files_reading *reading; /* a reload in progress, or NULL */
	bool wants_reload;             /* an owner does */
	bool reloads_again;            /* another reload was asked for meanwhile */
	bool is_started, is_stopping, is_over;
	bool is_short; /* a gateway could not be created for lack of memory */
	struct str commands_json, gateways_text, dataset_text, completions, topic;
	uint64_t started_ms;
	int code; /* exit status */
};

/* ---------------------------------------------------------------- the status */

static void describe_gateways(struct bot_run *run)
{
	str_clear(&run->gateways_text);
	gateways_describe(run->gateways, &run->gateways_text);
	if (run->shared.members)
		members_describe(run->shared.members, &run->gateways_text);
}

static void tell_status(void *user)
{
	struct bot_run *run = user;
	struct str text = STR(STATUS_MAX_BYTES);
	const char *trouble = keeping_trouble(run->keeping);

	if (run->is_over)
		return;
	describe_gateways(run);
	if (trouble) /* first, so that a long status is not cut here */
		str_printf(&text, "state not kept: %s; ", trouble);
	str_printf(&text, "%s; %s; %" PRIu64 " answered", str_text(&run->gateways_text),
			str_text(&run->dataset_text), run->bot.answered);
	service_status(run->service, str_text(&text));
	str_release(&text);
}

static void on_status(void *user, struct request_status *ret)
{
	struct bot_run *run = user;

	describe_gateways(run);
	ret->uptime_ms = loop_now_ms(run->loop) - run->started_ms;
	ret->asked = run->bot.answered;
	ret->gateways = str_text(&run->gateways_text);
	ret->dataset = str_text(&run->dataset_text);
	ret->trouble = keeping_trouble(run->keeping);
	ret->broken = catalogue_broken(run->catalogue);
}

/* ---------------------------------------------------------------- what gateways tell */

static void on_message(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot_run *run = user;

	bot_hear(&run->bot, gateway, message);
}

static void on_completed(void *user, struct gateway *gateway, const char *message_id)
{
	struct bot_run *run = user;

	bot_confirmed(&run->bot, gateway, message_id);
}

static void on_withdrawn(void *user, struct gateway *gateway, const char *message_id)
{
	struct bot_run *run = user;

	bot_withdraw(&run->bot, gateway, message_id);
}

static void on_unsaid(void *user, struct gateway *gateway, const char *message_id, const char *why)
{
	const struct bot_run *run = user;

	(void)gateway;
	announcements_refused(orders_announcements(run->orders), message_id, why);
}

static void on_reached(void *user, struct gateway *gateway, const struct message *person)
{
	const struct bot_run *run = user;

	speaking_reached(run->speaking, gateway_head(gateway)->name, person);
}

static bool on_unreached(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot_run *run = user;
	const char *name = gateway_head(gateway)->name;

	journal_gather(run->bot.journal);
	if (!speaking_put_back(run->speaking, name, message))
		return false;
	journal_complete(run->bot.journal, name, message->id);
	return true;
}

static void on_started(void *user, struct gateway *gateway)
{
	struct bot_run *run = user;

	if (run->shared.members)
		members_started(run->shared.members, gateway);
}

static void on_state(void *user, struct gateway *gateway)
{
	struct bot_run *run = user;
	struct gateway_status now;

	gateways_state(run->gateways, gateway);
	gateway_head(gateway)->class->status(gateway, &now);
	if (now.state != GATEWAY_READY)
		return;
	keeping_open_at(run->keeping, now.address);
	speaking_ready(run->speaking, gateway_head(gateway)->name);
	bot_ready(&run->bot, gateway);
}

/* The first time. */
static void on_ready(void *user, struct gateway *gateway)
{
	struct bot_run *run = user;

	left_open_ask(&run->left_open, gateway);
}

static void on_part_left(
		void *user, struct gateway *gateway, unsigned number, unsigned total, const char *position)
{
	struct bot_run *run = user;

	/* Before the lease is given: its next owner must know what is answered. */
	journal_commit(run->bot.journal);
	members_part_left(run->shared.members, gateway, number, total, position);
}

static void on_stopped(void *user, struct gateway *gateway)
{
	struct bot_run *run = user;

	bot_forget(&run->bot, gateway);
	if (run->shared.members)
		members_stopped(run->shared.members, gateway);
	gateways_stopped(run->gateways, gateway);
}

static void on_all_stopped(void *user)
{
	struct bot_run *run = user;

	shared_all_stopped(&run->shared);
}

/* ---------------------------------------------------------------- functions for gateways and commands */

static const char *complete(void *user, struct gateway *gateway, const struct message *asker,
		const char *command, const char *option, const char *partial)
{
	struct bot_run *run = user;

	str_clear(&run->completions);
	dispatch_complete(run->dispatch, gateway_head(gateway)->name, asker, command, option, partial,
			&run->completions);
	return str_text(&run->completions);
}

static const char *topic(
		void *user, struct gateway *gateway, const struct message *asker, const char **ret_name)
{
	struct bot_run *run = user;
	struct topic topic;

	dispatch_topic(run->dispatch, gateway_head(gateway)->name, asker, &topic);
	str_clear(&run->topic);
	topic_append_json(&topic, &run->topic);
	*ret_name = topic.line.show->name;
	return str_text(&run->topic);
}

static struct store *store(void *user)
{
	struct bot_run *run = user;

	return keeping_store(run->keeping);
}

static const char *trouble(void *user)
{
	struct bot_run *run = user;

	return keeping_trouble(run->keeping);
}

static const char *describe_commands(void *user)
{
	struct bot_run *run = user;

	return str_text(&run->commands_json);
}

static int web_file(void *user, const char *path, const char *query, struct web_file *ret)
{
	struct bot_run *run = user;

	return web_files_get(run->web_files, run->catalogue, store(run), path, query, clock_wall_ms(), ret);
}

static const char *prefix(void *user)
{
	struct bot_run *run = user;

	return run->config->prefix;
}

static const char *const *prefixes(void *user)
{
	struct bot_run *run = user;

	return orders_prefixes(run->orders);
}

static void each_open(void *user, struct gateway *gateway,
		void (*on_open)(void *user, const struct message *message), void *open_user)
{
	struct bot_run *run = user;

	left_open_each(&run->left_open, gateway, on_open, open_user);
}

static const struct permit *permit(void *user, const struct gateway *gateway)
{
	const struct bot_run *run = user;

	return run->shared.members ? members_permit(run->shared.members, gateway) : NULL;
}

static struct cluster *cluster(void *user)
{
	const struct bot_run *run = user;

	return run->shared.cluster;
}

/* ---------------------------------------------------------------- reload */

/* Switch to a new configuration and its catalogue. The old ones are freed once nothing points into them. */
static void adopt(struct bot_run *run, const struct files *files)
{
	struct config *old_config = run->config;
	struct catalogue *old_catalogue = run->catalogue;

	run->config = files->config;
	run->catalogue = files->catalogue;
	web_files_configure(run->web_files, run->loop, run->config);
	dispatch_configure(run->dispatch, run->config->prefix, run->catalogue, files->default_show);
	orders_configure(run->orders, run->config, run->catalogue);
	shows_use(run->shows, run->config, run->catalogue);
	if (run->is_started && run->refresh)
		refresh_configure(run->refresh, run->config, run->catalogue);
	if (old_config != run->clustered && old_config != run->config)
		config_free(old_config);
	files_drop_catalogue(run->loop, old_catalogue);
	log_setup(run->config->log_format, run->config->log_level);
	/* On failure the bot runs without a trace; the failure is logged. */
	tracing_apply(&run->tracing, run->config);
	str_clear(&run->commands_json);
	commands_append_json(&run->commands_json, run->config->prefix, catalogue_count(run->catalogue) > 1);
	str_clear(&run->dataset_text);
	files_describe_catalogue(run->catalogue, &run->dataset_text);
}

static int read_all(struct bot_run *run)
{
	struct files files;
	int code = files_read(&run->source, &files);

	if (code == EX_OK)
		adopt(run, &files);
	return code;
}

static void on_short(void *user)
{
	struct bot_run *run = user;

	run->is_short = true;
	timer_set(run->carry_out, SHORT_MS);
}

/* Apply the configured gateways, with the channels that owners joined or left. Returns the number of running
 * gateways. */
static size_t configure_gateways(struct bot_run *run)
{
	struct gateway_wanted *gateways;
	size_t count = run->config->gateway_count, running = 0;

	if (orders_apply(run->orders, &gateways) == 0) {
		running = run->shared.members ? members_configure(run->shared.members, gateways, count)
					      : gateways_configure(run->gateways, gateways, count);
		orders_release(gateways, count);
	} else {
		log_error("out of memory: the gateways keep their old configuration");
		on_short(run);
	}
	return running;
}

/* The end of a reload; on failure, the old configuration stays in use. */
static void end_reload(struct bot_run *run, int code)
{
	if (code == EX_OK) {
		/* After the answers of this turn: a gateway that is stopped takes no answer. */
		if (run->is_started && run->bot.askers.count)
			timer_set(run->carry_out, 0);
		else if (run->is_started)
			configure_gateways(run);
		run->bot.has_new_topics = true;
		log_info("reloaded: %s", str_text(&run->dataset_text));
	} else if (code == EX_OSERR) {
		log_error("not reloaded: out of memory; the old configuration stays in use; reload again");
	} else {
		log_error("not reloaded: the old configuration stays in use; correct the file, then reload "
			  "again");
	}
	if (run->is_started)
		service_ready(run->service);
	tell_status(run);
}

/* Datasets have changed. */
static void on_shows(void *user, const struct files *files)
{
	struct bot_run *run = user;

	adopt(run, files);
	run->bot.has_new_topics = true;
	tell_status(run);
}

static void on_refreshed(void *user)
{
	struct bot_run *run = user;

	shows_read_again(run->shows);
}

static bool is_reloading(void *user)
{
	const struct bot_run *run = user;

	return run->reading != NULL;
}

/* Answer who asked for the reload, on the connection as it is. */
static void answer_askers(struct bot_run *run, int code)
{
	reloaded_end(&run->reloaded, code == EX_OK, str_text(&run->dataset_text));
	orders_set_reloaded(run->orders, &run->reloaded.result);
	bot_answer_askers(&run->bot);
}

static void reload(struct bot_run *run);

static void on_files_read(void *user, int code, const struct files *files)
{
	struct bot_run *run = user;

	run->reading = NULL;
	if (code == EX_OK) {
		reloaded_compare(&run->reloaded,
				&(struct files){.config = run->config, .catalogue = run->catalogue}, files);
		adopt(run, files);
	}
	end_reload(run, code);
	/* The files may have changed after they were read. */
	if (run->reloads_again)
		reload(run);
	else
		answer_askers(run, code);
	shows_resume(run->shows);
}

static void reload(struct bot_run *run)
{
	int code;

	if (run->is_stopping)
		return;
	run->reloads_again = run->reading != NULL;
	if (run->reading)
		return;
	service_reloading(run->service);
	keeping_retry(run->keeping);
	orders_set_reloaded(run->orders, NULL);
	reloaded_begin(&run->reloaded);
	code = files_read_later(run->loop, &run->source, run->catalogue, on_files_read, run, &run->reading);
	if (code == EX_OK)
		return;
	end_reload(run, code);
	answer_askers(run, code);
}

static void on_hangup(void *user, int signal)
{
	(void)signal;
	reload(user);
}

static void on_trace(void *user, int signal)
{
	struct bot_run *run = user;

	(void)signal;
	tracing_toggle(&run->tracing, run->config);
}

static void on_order(void *user, enum order order)
{
	struct bot_run *run = user;

	if (order == ORDER_TOPICS) {
		run->bot.has_new_topics = true;
		return;
	}
	run->wants_reload = run->wants_reload || order == ORDER_RELOAD;
	timer_set(run->carry_out, 0);
}

static void on_carry_out(void *user)
{
	struct bot_run *run = user;
	bool wants_reload = run->wants_reload;

	run->wants_reload = false;
	if (run->is_stopping)
		return;
	/* Apply a !join of the same turn now, also if the reload fails. */
	configure_gateways(run);
	run->bot.has_new_topics = true;
	if (wants_reload)
		reload(run);
}

/* ---------------------------------------------------------------- start and stop */

static void on_goodbye_over(void *user)
{
	struct bot_run *run = user;

	log_warning("a gateway did not say goodbye in time; it is cut off");
	loop_stop(run->loop);
}

static void on_end(void *user, int signal)
{
	struct bot_run *run = user;

	if (run->is_stopping) {
		loop_stop(run->loop);
		return;
	}
	run->is_stopping = true;
	speaking_set(run->speaking, false);
	files_cancel(run->reading);
	run->reading = NULL;
	shows_stop(run->shows);
	refresh_free(run->refresh);
	run->refresh = NULL;
	log_info("stopping: %s", strsignal(signal));
	service_stopping(run->service);
	timer_set(run->goodbye, GOODBYE_MS);
	shared_leave(&run->shared);
	gateways_stop(run->gateways, "The bot is stopping. It will be back.");
}

static int start(struct bot_run *run)
{
	size_t running;

	log_info("episoded %s: %s", EPISODED_VERSION, str_text(&run->dataset_text));
	running = configure_gateways(run);
	if (run->is_short) {
		log_error("out of memory: not all gateways could start");
		return EX_OSERR;
	}
	if (!running) {
		log_error("no gateway could start: exiting");
		return EX_UNAVAILABLE;
	}
	run->is_started = true;
	service_ready(run->service);
	tell_status(run);
	log_info("started");
	shows_resume(run->shows);
	refresh_configure(run->refresh, run->config, run->catalogue);
	return EX_OK;
}

/* The store is open, or the wait for it is over. */
static void on_start(void *user, int error)
{
	struct bot_run *run = user;

	if (run->is_stopping)
		return;
	if (error == -EBUSY) /* two processes would answer everything twice; systemd restarts this one */
		run->code = EX_TEMPFAIL;
	else if (orders_open(run->orders, keeping_store(run->keeping)) < 0)
		run->code = EX_OSERR;
	else
		run->code = start(run);
	speaking_set(run->speaking, run->code == EX_OK);
	if (run->code != EX_OK)
		loop_stop(run->loop);
}

/* The state of an earlier process can be read only now. */
static void on_read(void *user)
{
	struct bot_run *run = user;

	if (run->is_stopping)
		return;
	if (orders_open(run->orders, keeping_store(run->keeping)) < 0)
		log_error("out of memory: the settings of owners are not read");
	speaking_set(run->speaking, true);
	configure_gateways(run);
	left_open_ask_earlier(&run->left_open);
}

static const struct config *config_in_use(void *user)
{
	const struct bot_run *run = user;

	return run->config;
}

static const char *host_name(void *user)
{
	const struct bot_run *run = user;

	return run->shared.cluster ? cluster_host(run->shared.cluster) : "";
}

static int on_occasion(void *user, struct gateway *gateway, const struct message *message)
{
	struct bot_run *run = user;

	return bot_hear_occasion(&run->bot, gateway, message);
}

static void on_occasions_again(void *user, struct gateway *gateway)
{
	struct bot_run *run = user;

	left_open_ask_occasions(&run->left_open, gateway);
}

/* ---------------------------------------------------------------- the database that hosts share */

static const char *reason(void *user)
{
	const struct bot_run *run = user;

	return run->shared.cluster ? cluster_reason(run->shared.cluster) : NULL;
}

static size_t late(void *user)
{
	struct bot_run *run = user;

	return bot_late(&run->bot);
}

static void on_arrived(void *user, const char *gateway)
{
	struct bot_run *run = user;

	left_open_ask_arrived(&run->left_open, gateway);
	speaking_ready(run->speaking, gateway); /* what the other process was to say */
}

static void on_refused(void *user)
{
	struct bot_run *run = user;

	run->code = EX_CONFIG;
	loop_stop(run->loop);
}

static void on_left(void *user)
{
	struct bot_run *run = user;

	loop_stop(run->loop);
}

/* ---------------------------------------------------------------- making and freeing the parts */

/* What is read again, and what the bot says without being asked. */
static int make_own_parts(struct bot_run *run)
{
	const struct shows_host shows_host = {.user = run, .on_read = on_shows, .is_reloading = is_reloading};
	const struct refresh_host refresh_host = {.user = run, .store = store, .on_changed = on_refreshed};
	const struct speaking_host speaking_host = {.user = run,
			.on_message = on_occasion,
			.on_again = on_occasions_again,
			.config = config_in_use,
			.host_name = host_name};
	int r = speaking_new(run->loop, run->gateways, run->orders, &speaking_host, &run->speaking);

	if (!r)
		r = shows_new(run->loop, &shows_host, &run->shows);
	if (!r)
		r = refresh_new(run->loop, &refresh_host, &run->refresh);
	return r;
}

static int make_timers(struct bot_run *run)
{
	run->goodbye = timer_new(run->loop, on_goodbye_over, run);
	run->carry_out = timer_new(run->loop, on_carry_out, run);
	return run->goodbye && run->carry_out ? 0 : -ENOMEM;
}

static int make_gateways(struct bot_run *run)
{
	const struct gateway_host gateway_host = {
			.loop = run->loop,
			.bot = run,
			.on_message = on_message,
			.on_state = on_state,
			.on_stopped = on_stopped,
			.on_completed = on_completed,
			.on_withdrawn = on_withdrawn,
			.on_reached = on_reached,
			.on_unreached = on_unreached,
			.on_refused = on_unsaid,
			.each_open = each_open,
			.describe_commands = describe_commands,
			.web_file = web_file,
			.prefix = prefix,
			.prefixes = prefixes,
			.complete = complete,
			.topic = topic,
			.store = store,
			.permit = permit,
			.on_part_left = on_part_left,
			.cluster = cluster,
	};
	const struct gateways_events gateways_events = {
			.user = run,
			.on_change = tell_status,
			.on_all_stopped = on_all_stopped,
			.on_short = on_short,
			.on_ready = on_ready,
			.on_started = on_started,
	};

	return gateways_new(&gateway_host, &gateways_events, &run->gateways);
}

static int make_bot(struct bot_run *run)
{
	run->bot = (struct bot){
			.loop = run->loop,
			.dispatch = run->dispatch,
			.gateways = run->gateways,
			.keeping = run->keeping,
			.trim = run->trim,
			.speaking = run->speaking,
	};
	return bot_init(&run->bot);
}

static int make_parts(struct bot_run *run)
{
	const struct keeping_host keeping_host = {.user = run,
			.on_start = on_start,
			.on_read = on_read,
			.on_change = tell_status,
			.reason = reason,
			.late = late};
	const struct dispatch_host dispatch_host = {
			.user = run,
			.on_status = on_status,
			.trouble = trouble,
			.orders = orders_for_dispatch(run->orders),
	};
	uint64_t seed;
	int r;

	random_bytes(&seed, sizeof(seed));
	r = web_files_new(&run->web_files);
	if (!r)
		r = dispatch_new(&dispatch_host, seed, &run->dispatch);
	if (!r)
		r = service_new(run->loop, tell_status, run, &run->service);
	if (!r)
		r = make_gateways(run);
	if (!r)
		r = idle_trim_new(run->loop, &run->trim);
	if (!r)
		r = keeping_new(run->loop, &keeping_host, &run->keeping);
	if (!r)
		r = make_own_parts(run);
	if (!r)
		r = make_timers(run);
	if (!r)
		r = make_bot(run);
	return r;
}

static int catch_signals(struct bot_run *run)
{
	int r = loop_catch(run->loop, SIGTERM, on_end, run);

	if (!r)
		r = loop_catch(run->loop, SIGINT, on_end, run);
	if (!r)
		r = loop_catch(run->loop, SIGHUP, on_hangup, run);
	if (!r)
		r = loop_catch(run->loop, SIGUSR1, on_trace, run);
	return r;
}

static int open_store(struct bot_run *run)
{
	const struct shared_host host = {run, on_arrived, on_refused, on_left};
	const struct config *config = run->config;
	bool is_shared = config->database != NULL;
	int r;

	shared_init(&run->shared, &host, run->keeping);
	if (is_shared) {
		run->clustered = run->config;
		r = shared_join(&run->shared, run->loop, config->database, run->gateways);
	} else {
		r = keeping_open(run->keeping, config->state);
	}
	if (!r)
		r = left_open_init(&run->left_open, &run->bot, is_shared);
	if (!r)
		r = bot_open(&run->bot, is_shared);
	return r ? EX_OSERR : EX_OK;
}

static void release(struct bot_run *run)
{
	run->is_over = true;
	files_cancel(run->reading);
	refresh_free(run->refresh);
	shows_free(run->shows);
	left_open_release(&run->left_open);
	reloaded_release(&run->reloaded);
	if (run->speaking)
		speaking_set(run->speaking, false);
	gateways_free(run->gateways);
	bot_release(&run->bot);
	idle_trim_free(run->trim);
	web_files_free(run->web_files);
	service_free(run->service);
	timer_free(run->goodbye);
	timer_free(run->carry_out);
	dispatch_free(run->dispatch);
	orders_free(run->orders);
	speaking_free(run->speaking);
	keeping_free(run->keeping);
	shared_release(&run->shared);
	loop_free(run->loop);
	catalogue_free(run->catalogue);
	if (run->clustered != run->config)
		config_free(run->clustered);
	config_free(run->config);
	str_release(&run->commands_json);
	str_release(&run->gateways_text);
	str_release(&run->dataset_text);
	str_release(&run->completions);
	str_release(&run->topic);
	trace_close();
}

int run_bot(const struct run_options *options)
{
	struct bot_run run = {
			.source = {.config_path = options->config_path,
					.data = options->data,
					.shows = options->shows,
					.listen = options->listen,
					.owners = options->owners},
			.tracing = {.gateways = options->trace, .file = options->trace_file},
			.commands_json = STR(1024 * 1024),
			.gateways_text = STR(GATEWAYS_MAX_BYTES),
			.dataset_text = STR(DATASET_MAX_BYTES),
			.completions = STR(64 * 1024),
			.topic = STR(TOPIC_MAX_BYTES),
			.code = EX_OSERR,
	};
	int r = loop_new(&run.loop);

	reloaded_init(&run.reloaded);
	run.source.problems = &run.reloaded.problems;
	if (!r) {
		run.started_ms = loop_now_ms(run.loop);
		r = catch_signals(&run);
	}
	if (!r)
		r = orders_new(on_order, &run, &run.orders);
	if (!r)
		r = make_parts(&run);
	if (r) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){.error = r}, "cannot start");
		goto out;
	}
	run.code = read_all(&run);
	if (run.code == EX_OK && tracing_unknown(&run.tracing, run.config)) {
		log_error("--trace: no gateway \"%s\" in the configuration",
				tracing_unknown(&run.tracing, run.config));
		run.code = EX_USAGE;
	}
	if (run.code == EX_OK)
		run.code = open_store(&run);
	if (run.code == EX_OK)
		keeping_start(run.keeping);
	if (run.code == EX_OK && loop_run(run.loop) < 0)
		run.code = EX_OSERR;
	log_info("stopped");
out:
	release(&run);
	return run.code;
}
