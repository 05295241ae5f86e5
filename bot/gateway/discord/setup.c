/* Before the first IDENTIFY: ask Discord about the bot. After that: register the slash commands. */

#include "bot/gateway/discord/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"

#define RETRY_BASE_MS     1000
#define RETRY_CAP_MS      60000
#define COMMANDS_RETRY_MS 60000
#define COMMANDS_LATER_MS (6 * 60 * 60 * 1000) /* after a refusal of all that says nothing of their form */
#define BODY_MAX_BYTES    (256 * 1024)
#define DEADLINE_MS       10000 /* of one call; then the log has the reason, and both are sent again */
#define REASON_MAX_BYTES  160

/* Among several processes. */
#define LOOK_MS       100   /* between two looks for what the leading process has heard */
#define LOOKS_MAX     100   /* then this process asks itself */
#define ASK_FAILED_MS 10000 /* the answers of an earlier time serve meanwhile */
/* The leading process: the recommended number of shards may have grown. */
#define ASK_AGAIN_MS (60 * 60 * 1000)

#define CODE_TOO_MANY_CREATED 30034 /* 200 commands in a day */

struct discord_setup {
	struct discord_setup_config config;
	struct timer *timer; /* the next try */
	bool is_stopped;

	/* asking */
	struct str application, gateway; /* bodies of the two responses */
	unsigned open;                   /* calls in flight */
	bool has_failed;                 /* at least one of them */
	char reason[REASON_MAX_BYTES];   /* of the first that failed */
	unsigned failures;               /* in a row */
	struct discord_audit audit;
	bool is_known;  /* audit is complete */
	unsigned looks; /* for the answers that another process has had */
	struct timer *hour;

	bool is_leading;
	const struct permit *leading; /* valid if is_leading */

	/* registering */
	struct discord_slash *slash;
	uint64_t hash; /* of all commands in full */
	bool is_each;  /* each is sent alone, not all together */
	enum discord_slash_form form;
	size_t index;        /* of the command in flight, with is_each */
	unsigned registered; /* of those */
};

static void retry_in(struct discord_setup *setup, uint64_t delay_ms)
{
	if (!setup->is_stopped)
		timer_set(setup->timer, delay_ms);
}

/* ---------------------------------------------------------------- slash commands */

static void send_commands(struct discord_setup *setup);

static void on_registered(void *user, const struct discord_rest_result *result);

static int put_commands(struct discord_setup *setup)
{
	struct str body = STR(DISCORD_SLASH_BODY_MAX_BYTES);
	int r = setup->is_each ? discord_slash_append_command(setup->slash, setup->form, setup->index, &body)
			       : discord_slash_append_body(setup->slash, setup->form, &body);
	char path[64];

	snprintf(path, sizeof(path), "/applications/%" PRIu64 "/commands", setup->audit.application);
	if (r == 0)
		r = discord_rest_send(setup->config.rest,
				&(struct discord_rest_call){
						.method = setup->is_each ? "POST" : "PUT",
						.route = setup->is_each ? "POST /applications/{}/commands"
									: "PUT /applications/{}/commands",
						.path = path,
						.body = str_text(&body),
						.body_bytes = body.length,
						.is_idempotent = true, /* the same name replaces a command */
						.permit = setup->leading,
				},
				on_registered, setup);
	str_release(&body);
	return r;
}

static void log_refusal(
		const struct discord_setup *setup, const struct discord_rest_result *result, const char *next)
{
	size_t index = setup->index;
	const char *fields = result->fields ? result->fields : "", *name;

	if (!setup->is_each)
		index = strspn(fields, "0123456789") ? strtoul(fields, NULL, 10) : SIZE_MAX;
	name = discord_slash_name(setup->slash, index);
	log_gateway(LOG_LEVEL_WARNING, setup->config.gateway,
			"Discord refused the slash commands%s%s%s: %s%s", *name ? " (" : "", name,
			*name ? ")" : "", result->reason, next);
}

/* A refusal would be the same next time: register with fewer members, then one by one, so that one refused command does
 * not cost the others. False: there is nothing else to try now. */
static bool step_down(struct discord_setup *setup, const struct discord_rest_result *result)
{
	if (result->status < 400 || result->status >= 500 || result->status == 401 || result->status == 403 ||
			result->code == CODE_TOO_MANY_CREATED)
		return false;
	if (setup->form == DISCORD_SLASH_FULL) {
		log_refusal(setup, result, "; next without limits and places");
		setup->form = DISCORD_SLASH_OLD;
		return true;
	}
	log_refusal(setup, result, setup->is_each ? "; without this one" : "; next one by one");
	setup->form = DISCORD_SLASH_FULL;
	setup->index += setup->is_each;
	setup->is_each = true;
	return true;
}

static void on_registered(void *user, const struct discord_rest_result *result)
{
	struct discord_setup *setup = user;
	uint64_t delay_ms = result->status < 500 && result->status ? COMMANDS_LATER_MS : COMMANDS_RETRY_MS;
	char again[48];

	if (!setup->is_leading)
		return;
	if (!result->error && !setup->is_each) {
		discord_memory_save_commands(setup->config.memory, setup->hash);
		return;
	}
	if (!result->error) {
		setup->form = DISCORD_SLASH_FULL;
		setup->index++;
		setup->registered++;
	} else if (discord_rest_is_dead(setup->config.rest)) {
		return;
	} else if (!step_down(setup, result)) {
		snprintf(again, sizeof(again), " (next try in %.0f s)", (double)delay_ms / 1000);
		log_refusal(setup, result, again);
		retry_in(setup, delay_ms);
		return;
	}
	if (!setup->is_stopped)
		send_commands(setup);
}

/* Send all of them, or the one whose turn it is. */
static void send_commands(struct discord_setup *setup)
{
	int r = put_commands(setup);

	/* Not saved as registered: the next start tries all together again. */
	if (r == -ENOENT)
		log_gateway(LOG_LEVEL_INFO, setup->config.gateway, "%u of %zu slash commands are registered",
				setup->registered, setup->index);
	else if (r < 0)
		log_write(LOG_LEVEL_ERROR, &(struct log_about){setup->config.gateway, NULL, r},
				"cannot register the slash commands");
}

static void register_commands(struct discord_setup *setup)
{
	const struct gateway_host *host = setup->config.host;
	struct str body = STR(DISCORD_SLASH_BODY_MAX_BYTES);
	struct discord_slash *slash = NULL;
	int r = discord_slash_read(host->describe_commands(host->bot), &slash);

	if (r == 0)
		r = discord_slash_append_body(slash, DISCORD_SLASH_FULL, &body);
	if (r < 0) {
		log_write(LOG_LEVEL_ERROR, &(struct log_about){setup->config.gateway, NULL, r},
				"cannot register the slash commands");
		goto out;
	}
	discord_slash_free(setup->slash);
	setup->slash = slash;
	slash = NULL;
	setup->hash = str_hash(setup->audit.application, body.bytes, body.length);
	setup->is_each = false;
	setup->form = DISCORD_SLASH_FULL;
	setup->index = setup->registered = 0;
	if (setup->is_leading && setup->hash != discord_memory_load_commands(setup->config.memory))
		send_commands(setup);
out:
	discord_slash_free(slash);
	str_release(&body);
}

/* ---------------------------------------------------------------- asking */

static void try_later(struct discord_setup *setup, const char *reason)
{
	struct backoff backoff;
	struct random random;
	uint64_t delay_ms;

	random_seed_from_system(&random);
	backoff_init(&backoff, RETRY_BASE_MS, RETRY_CAP_MS);
	backoff.failures = setup->failures++;
	delay_ms = backoff_next(&backoff, 0, &random);
	log_gateway(LOG_LEVEL_WARNING, setup->config.gateway, "not set up: %s; next try in %.1f s", reason,
			(double)delay_ms / 1000);
	retry_in(setup, delay_ms);
	setup->config.on_result(setup->config.user, reason, NULL);
}

/* *ret is to be released in each case. */
static int read_responses(const struct str *application, const struct str *gateway, struct discord_audit *ret)
{
	int r;

	discord_audit_init(ret);
	r = discord_audit_application(ret, str_text(application), application->length);
	return r ? r : discord_audit_gateway(ret, str_text(gateway), gateway->length);
}

/* The first answers of Discord, its own or as another process had them. *audit is moved. */
static void know(struct discord_setup *setup, struct discord_audit *audit)
{
	discord_audit_release(&setup->audit);
	setup->audit = *audit;
	discord_audit_init(audit);
	setup->failures = 0;
	setup->is_known = true;
	setup->config.on_result(setup->config.user, NULL, &setup->audit);
	if (!setup->is_stopped)
		register_commands(setup);
}

/* What the leading process has heard. False: there is nothing yet. */
static bool look(struct discord_setup *setup)
{
	struct str application = STR(BODY_MAX_BYTES), gateway = STR(BODY_MAX_BYTES);
	struct discord_audit audit;
	bool is_good = discord_memory_load_answers(setup->config.memory, &application, &gateway);

	discord_audit_init(&audit);
	if (is_good)
		is_good = read_responses(&application, &gateway, &audit) == 0;
	if (is_good)
		know(setup, &audit);
	discord_audit_release(&audit);
	str_release(&application);
	str_release(&gateway);
	return is_good;
}

static void ask_again_in(struct discord_setup *setup, uint64_t delay_ms)
{
	if (setup->config.is_shared && setup->is_leading && !setup->is_stopped)
		timer_set(setup->hour, delay_ms);
}

static void evaluate(struct discord_setup *setup)
{
	struct discord_audit audit;

	/* The token is invalid: logged by its own event, and nothing can be asked any more. */
	if (discord_rest_is_dead(setup->config.rest))
		return;
	ask_again_in(setup, setup->has_failed ? ASK_FAILED_MS : ASK_AGAIN_MS);
	if (setup->has_failed) {
		if (!setup->is_known)
			try_later(setup, setup->reason);
		return;
	}
	if (read_responses(&setup->application, &setup->gateway, &audit) < 0) {
		if (!setup->is_known)
			try_later(setup, "malformed response from Discord");
		discord_audit_release(&audit);
		return;
	}
	if (setup->config.is_shared)
		discord_memory_save_answers(setup->config.memory, &setup->application, &setup->gateway);
	if (setup->is_known) {
		setup->config.on_asked(setup->config.user, &audit);
		discord_audit_release(&audit);
		return;
	}
	know(setup, &audit);
	if (setup->config.on_asked && !setup->is_stopped)
		setup->config.on_asked(setup->config.user, &setup->audit);
	discord_audit_release(&audit);
}

static void on_response(
		struct discord_setup *setup, const struct discord_rest_result *result, struct str *body)
{
	setup->open--;
	if (result->error) {
		if (!setup->has_failed)
			utf8_print(setup->reason, sizeof(setup->reason), "%s", result->reason);
		setup->has_failed = true;
	} else {
		str_append_bytes(body, result->body, result->body_bytes);
	}
	if (setup->open)
		return;
	if (!setup->is_stopped)
		evaluate(setup);
	str_release(&setup->application);
	str_release(&setup->gateway);
}

static void on_application(void *user, const struct discord_rest_result *result)
{
	struct discord_setup *setup = user;

	on_response(setup, result, &setup->application);
}

static void on_gateway(void *user, const struct discord_rest_result *result)
{
	struct discord_setup *setup = user;

	on_response(setup, result, &setup->gateway);
}

/* Not is_idempotent: a failure is logged and retried here, not silently by REST. */
static void ask(struct discord_setup *setup)
{
	const struct discord_rest_call application = {
			.method = "GET",
			.route = "GET /applications/@me",
			.path = "/applications/@me",
			.permit = setup->config.permit,
			.deadline_ms = DEADLINE_MS,
	};
	const struct discord_rest_call gateway = {
			.method = "GET",
			.route = "GET /gateway/bot",
			.path = "/gateway/bot",
			.permit = setup->config.permit,
			.deadline_ms = DEADLINE_MS,
	};
	struct discord_rest *rest = setup->config.rest;

	if (setup->open)
		return;
	setup->has_failed = false;
	setup->open += discord_rest_send(rest, &application, on_application, setup) == 0;
	setup->open += discord_rest_send(rest, &gateway, on_gateway, setup) == 0;
	if (setup->open == 2)
		return;
	setup->has_failed = true;
	utf8_print(setup->reason, sizeof(setup->reason), "out of memory");
	if (!setup->open && !setup->is_known)
		try_later(setup, "out of memory");
}

static void on_timer(void *user)
{
	struct discord_setup *setup = user;

	if (setup->is_known)
		register_commands(setup);
	else if (setup->config.is_shared && look(setup))
		return;
	else if (setup->config.is_shared && !setup->is_leading && setup->looks++ < LOOKS_MAX)
		retry_in(setup, LOOK_MS);
	else
		ask(setup);
}

static void on_hour(void *user)
{
	ask(user);
}

/* ---------------------------------------------------------------- for the gateway */

int discord_setup_new(const struct discord_setup_config *config, struct discord_setup **ret)
{
	struct discord_setup *setup = calloc(1, sizeof(*setup));

	if (!setup)
		return -ENOMEM;
	setup->config = *config;
	setup->application = STR(BODY_MAX_BYTES);
	setup->gateway = STR(BODY_MAX_BYTES);
	discord_audit_init(&setup->audit);
	setup->timer = timer_new(config->host->loop, on_timer, setup);
	setup->hour = timer_new(config->host->loop, on_hour, setup);
	if (!setup->timer || !setup->hour) {
		discord_setup_free(setup);
		return -ENOMEM;
	}
	*ret = setup;
	return 0;
}

void discord_setup_free(struct discord_setup *setup)
{
	if (!setup)
		return;
	timer_free(setup->timer);
	timer_free(setup->hour);
	str_release(&setup->application);
	str_release(&setup->gateway);
	discord_audit_release(&setup->audit);
	discord_slash_free(setup->slash);
	free(setup);
}

void discord_setup_start(struct discord_setup *setup)
{
	timer_set(setup->timer, 0);
}

void discord_setup_stop(struct discord_setup *setup)
{
	setup->is_stopped = true;
	timer_cancel(setup->timer);
	timer_cancel(setup->hour);
}

void discord_setup_lead(struct discord_setup *setup, const struct permit *permit)
{
	setup->is_leading = true;
	setup->leading = permit;
	if (setup->is_stopped || !setup->config.is_shared)
		return;
	if (setup->is_known)
		register_commands(setup);
	else
		timer_set(setup->timer, 0);
	timer_set(setup->hour, 0);
}

void discord_setup_follow(struct discord_setup *setup)
{
	setup->is_leading = false;
	setup->leading = NULL;
	timer_cancel(setup->hour);
	if (setup->is_known)
		timer_cancel(setup->timer);
}

const struct discord_slash *discord_setup_slash(const struct discord_setup *setup)
{
	return setup->slash;
}
