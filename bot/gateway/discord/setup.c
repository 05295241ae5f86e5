/* What Discord says of the bot before it identifies: asked for, told to the operator, and the shards made of
 * it. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"

#define RETRY_BASE_MS  1000
#define RETRY_CAP_MS   60000
#define BODY_MAX_BYTES (256 * 1024)
#define ANSWER_MS      10000 /* then the log says what is wrong, and it is tried again */

/* The two answers, as far as they have come. */
struct discord_setup {
	struct discord *discord;
	struct str application, gateway;
	unsigned open; /* requests under way */
	int status;    /* of the first that was no success; 0 while all is well */
	char reason[DISCORD_REASON_MAX_BYTES];
};

void discord_setup_free(struct discord_setup *setup)
{
	if (!setup)
		return;
	str_release(&setup->application);
	str_release(&setup->gateway);
	free(setup);
}

static void try_later(struct discord *discord, const char *reason)
{
	struct backoff backoff;
	struct random random;
	uint64_t delay_ms;

	random_seed_from_system(&random);
	backoff_init(&backoff, RETRY_BASE_MS, RETRY_CAP_MS);
	backoff.failures = discord->setup_failures++;
	delay_ms = backoff_next(&backoff, 0, &random);
	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "not set up: %s; next try in %.1f s", reason,
			(double)delay_ms / 1000);
	timer_set(discord->setup_timer, delay_ms);
	discord_set_state(discord, GATEWAY_CONNECTING, reason);
}

static void begin(struct discord *discord)
{
	int r;

	discord->shard_host.address = str_text(&discord->audit.url);
	discord->begun_wall_ms = clock_wall_ms();
	r = discord_make_shards(discord);
	if (r == -ERANGE) {
		discord_fail(discord,
				"\"shard_range\" names no shard that exists, or more than one process holds");
		return;
	}
	if (r < 0) {
		discord_fail(discord, "out of memory");
		return;
	}
	for (unsigned i = 0; i < discord->shard_count; i++)
		discord_shard_start(discord->shards[i]);
}

static void on_warning(void *user, const char *text)
{
	struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "%s", text);
}

/* What Discord says of us, told to the operator and taken over. */
static void take_over(struct discord *discord)
{
	const struct gateway_host *host = discord->head.host;
	const struct discord_audit *audit = &discord->audit;
	struct str invite = STR(DISCORD_AUDIT_URL_MAX_BYTES);

	discord_audit_each_warning(audit, host->prefix(host->bot), clock_wall_ms(), on_warning, discord);
	log_gate_change(&discord->session_gate, !audit->sessions_left); /* a warning of the audit */
	discord_audit_append_invite(audit, &invite);
	log_gateway(LOG_LEVEL_INFO, discord->head.name, "%s; %u of %u sessions left today; invite: %s",
			str_text(&audit->name), audit->sessions_left, audit->sessions_total,
			str_text(&invite));
	str_release(&invite);
	discord_identify_gate_limit(&discord->gate, audit->sessions_total, audit->sessions_left,
			audit->sessions_reset_ms, audit->max_concurrency, loop_now_ms(host->loop));
	discord->shard_total = discord->config.shards ? discord->config.shards : audit->shards;
}

void discord_tell_guilds(const struct discord *discord, const struct discord_shard *shard)
{
	struct str invite = STR(DISCORD_AUDIT_URL_MAX_BYTES);

	/* With more shards there are enough. */
	if (discord->shard_total > 1 || discord_shard_guilds(shard))
		return;
	discord_audit_append_invite(&discord->audit, &invite);
	log_gateway(LOG_LEVEL_INFO, discord->head.name,
			"the bot is in no server yet; who may manage one can add it: %s", str_text(&invite));
	str_release(&invite);
}

static int read_answers(struct discord_setup *setup)
{
	struct discord_audit *audit = &setup->discord->audit;
	int r;

	discord_audit_release(audit);
	discord_audit_init(audit);
	r = discord_audit_application(audit, str_text(&setup->application), setup->application.length);
	return r ? r : discord_audit_gateway(audit, str_text(&setup->gateway), setup->gateway.length);
}

static void evaluate(struct discord_setup *setup)
{
	struct discord *discord = setup->discord;

	if (setup->status == 401) {
		discord_fail(discord, discord_closing_advice(4004));
		return;
	}
	if (setup->status) {
		try_later(discord, setup->reason);
		return;
	}
	if (read_answers(setup) < 0) {
		try_later(discord, "what Discord says of the bot is not understood");
		return;
	}
	discord->setup_failures = 0;
	take_over(discord);
	begin(discord);
	discord_offer_commands(discord);
}

static void on_answer(struct discord_setup *setup, const struct discord_rest_result *result, struct str *body)
{
	setup->open--;
	if (result->error) {
		if (!setup->status)
			utf8_print(setup->reason, sizeof(setup->reason), "%s", result->reason);
		if (!setup->status || result->status == 401)
			setup->status = result->status ? result->status : -1;
	} else {
		str_append_bytes(body, result->body, result->body_bytes);
	}
	if (setup->open)
		return;
	setup->discord->setup = NULL;
	if (!setup->discord->is_stopping)
		evaluate(setup);
	discord_setup_free(setup);
}

static void on_application(void *user, const struct discord_rest_result *result)
{
	struct discord_setup *setup = user;

	on_answer(setup, result, &setup->application);
}

static void on_gateway(void *user, const struct discord_rest_result *result)
{
	struct discord_setup *setup = user;

	on_answer(setup, result, &setup->gateway);
}

/* A failure is told of and tried again here, not by REST in silence. */
void discord_set_up(struct discord *discord)
{
	static const struct discord_rest_call application = {
			.method = "GET",
			.route = "GET /applications/@me",
			.path = "/applications/@me",
			.deadline_ms = ANSWER_MS,
	};
	static const struct discord_rest_call gateway = {
			.method = "GET",
			.route = "GET /gateway/bot",
			.path = "/gateway/bot",
			.deadline_ms = ANSWER_MS,
	};
	struct discord_setup *setup = calloc(1, sizeof(*setup));

	if (!setup) {
		try_later(discord, "out of memory");
		return;
	}
	setup->discord = discord;
	setup->application = STR(BODY_MAX_BYTES);
	setup->gateway = STR(BODY_MAX_BYTES);
	discord->setup = setup;
	setup->open += discord_rest_send(discord->rest, &application, on_application, setup) == 0;
	setup->open += discord_rest_send(discord->rest, &gateway, on_gateway, setup) == 0;
	if (setup->open == 2)
		return;
	setup->status = -1;
	utf8_print(setup->reason, sizeof(setup->reason), "out of memory");
	if (!setup->open) {
		discord->setup = NULL;
		discord_setup_free(setup);
		try_later(discord, "out of memory");
	}
}
