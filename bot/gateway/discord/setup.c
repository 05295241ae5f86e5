/* What Discord says of the bot before it identifies: asked for, told to the operator, and the shards made of
 * it. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/base/random.h"
#include "bot/gateway/discord/closing.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/net/backoff.h"
#include "bot/net/loop.h"

#define RETRY_BASE_MS  1000
#define RETRY_CAP_MS   60000
#define BODY_MAX_BYTES (256 * 1024)

#define INTENT_GUILDS          (1u << 0)
#define INTENT_GUILD_MESSAGES  (1u << 9)
#define INTENT_DIRECT_MESSAGES (1u << 12)
#define INTENT_MESSAGE_CONTENT (1u << 15)
#define FLAG_MESSAGE_CONTENT   (3u << 18) /* granted, or granted to a small bot */

/* The two answers, as far as they have come. */
struct setup {
	struct discord *discord;
	struct str application, gateway;
	unsigned open; /* requests under way */
	int status;    /* of the first that was no success; 0 while all is well */
	char reason[DISCORD_REASON_MAX_BYTES];
};

void discord_setup_free(struct setup *setup)
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

	discord->shard_host.address = discord->address;
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
		shard_start(discord->shards[i]);
}

static struct span whole(const struct str *text)
{
	const char *at = str_text(text), *end = at + text->length;

	at = span_skip_space(at, end);
	return (struct span){at, (size_t)(end - at)};
}

static unsigned number_of(struct span value, unsigned otherwise)
{
	uint64_t number;

	return span_number(value, &number) == 0 && number <= UINT32_MAX ? (unsigned)number : otherwise;
}

static void read_limit(struct discord *discord, struct span limit)
{
	unsigned total = number_of(span_get(limit, "total"), IDENTIFY_TOTAL);
	unsigned remaining = number_of(span_get(limit, "remaining"), total);

	identify_gate_limit(&discord->gate, total, remaining, number_of(span_get(limit, "reset_after"), 0),
		number_of(span_get(limit, "max_concurrency"), 1), loop_now_ms(discord->head.host->loop));
	log_gateway(LOG_LEVEL_INFO, discord->head.name, "%u of %u sessions left today", remaining, total);
}

/* -EBADMSG: it lacks what is needed. */
static int read_gateway(struct discord *discord, const struct str *body)
{
	struct span answer = whole(body);
	struct str address = STR(SESSION_URL_MAX_BYTES - 1);
	int r = span_append(span_get(answer, "url"), &address);

	if (r < 0) {
		str_release(&address);
		return r;
	}
	free(discord->address);
	discord->address = NULL;
	discord->shard_total = discord->config.shards;
	if (!discord->shard_total)
		discord->shard_total = number_of(span_get(answer, "shards"), 1);
	read_limit(discord, span_get(answer, "session_start_limit"));
	return str_take(&address, &discord->address);
}

static int read_application(struct discord *discord, const struct str *body)
{
	struct span answer = whole(body), endpoint = span_get(answer, "interactions_endpoint_url");
	uint64_t flags = 0;

	if (span_number(span_get(answer, "id"), &discord->application) < 0)
		return -EBADMSG;
	span_number(span_get(answer, "flags"), &flags);
	discord->intents = INTENT_GUILDS | INTENT_GUILD_MESSAGES | INTENT_DIRECT_MESSAGES;
	if (flags & FLAG_MESSAGE_CONTENT)
		discord->intents |= INTENT_MESSAGE_CONTENT;
	else
		log_gateway(LOG_LEVEL_WARNING, discord->head.name, "no message content");
	if (span_is_string(endpoint))
		log_gateway(LOG_LEVEL_WARNING, discord->head.name, "interactions endpoint url");
	return 0;
}

static void evaluate(struct setup *setup)
{
	struct discord *discord = setup->discord;

	if (setup->status == 401) {
		discord_fail(discord, closing_advice(4004));
		return;
	}
	if (setup->status) {
		try_later(discord, setup->reason);
		return;
	}
	if (read_application(discord, &setup->application) < 0 ||
		read_gateway(discord, &setup->gateway) < 0) {
		try_later(discord, "what Discord says of the bot is not understood");
		return;
	}
	discord->setup_failures = 0;
	begin(discord);
}

static void on_answer(struct setup *setup, const struct rest_result *result, struct str *body)
{
	setup->open--;
	if (result->error) {
		if (!setup->status)
			snprintf(setup->reason, sizeof(setup->reason), "%s", result->reason);
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

static void on_application(void *user, const struct rest_result *result)
{
	struct setup *setup = user;

	on_answer(setup, result, &setup->application);
}

static void on_gateway(void *user, const struct rest_result *result)
{
	struct setup *setup = user;

	on_answer(setup, result, &setup->gateway);
}

void discord_set_up(struct discord *discord)
{
	static const struct rest_call application = {
		.method = "GET",
		.route = "GET /applications/@me",
		.path = "/applications/@me",
		.is_idempotent = true,
	};
	static const struct rest_call gateway = {
		.method = "GET",
		.route = "GET /gateway/bot",
		.path = "/gateway/bot",
		.is_idempotent = true,
	};
	struct setup *setup = calloc(1, sizeof(*setup));

	if (!setup) {
		try_later(discord, "out of memory");
		return;
	}
	setup->discord = discord;
	setup->application = STR(BODY_MAX_BYTES);
	setup->gateway = STR(BODY_MAX_BYTES);
	discord->setup = setup;
	setup->open += rest_send(discord->rest, &application, on_application, setup) == 0;
	setup->open += rest_send(discord->rest, &gateway, on_gateway, setup) == 0;
	if (setup->open == 2)
		return;
	setup->status = -1;
	snprintf(setup->reason, sizeof(setup->reason), "out of memory");
	if (!setup->open) {
		discord->setup = NULL;
		discord_setup_free(setup);
		try_later(discord, "out of memory");
	}
}
