/* The Discord gateway: its shards, its REST side, and the bot around them. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/utf8.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"

#define GOODBYE_MS 1800 /* for the close frames */

static struct discord *of(struct gateway *gateway)
{
	return (struct discord *)(void *)gateway;
}

void discord_set_state(struct discord *discord, enum gateway_state state, const char *reason)
{
	if (reason)
		utf8_print(discord->reason, sizeof(discord->reason), "%s", reason);
	discord->state = state;
	discord->head.host->on_state(discord->head.host->bot, discord_as_gateway(discord));
}

void discord_fail(struct discord *discord, const char *reason)
{
	if (discord->state == GATEWAY_FAILED || discord->is_stopping)
		return;
	timer_cancel(discord->setup_timer);
	for (unsigned i = 0; i < discord->shard_count; i++)
		discord_shard_stop(discord->shards[i]);
	discord_set_state(discord, GATEWAY_FAILED, reason);
}

/* ---------------------------------------------------------------- from the shards */

static unsigned count_in_state(const struct discord *discord, enum discord_session_state state)
{
	unsigned count = 0;

	for (unsigned i = 0; i < discord->shard_count; i++)
		count += discord_shard_state(discord->shards[i]) == state;
	return count;
}

static void finish_stopping(struct discord *discord)
{
	if (discord->state == GATEWAY_STOPPED)
		return;
	timer_cancel(discord->goodbye);
	discord->state = GATEWAY_STOPPED;
	discord->head.host->on_stopped(discord->head.host->bot, discord_as_gateway(discord));
}

static void on_goodbye(void *user)
{
	struct discord *discord = user;

	finish_stopping(discord);
}

void discord_check_goodbye(struct discord *discord)
{
	/* Outside of the callback that this is called from: the bot frees the gateway. */
	if (discord->is_stopping && !discord->outbox_count &&
			!count_in_state(discord, DISCORD_SESSION_CLOSING))
		timer_set(discord->goodbye, 0);
}

static void on_shard_state(void *user, struct discord_shard *shard, const char *reason)
{
	struct discord *discord = user;
	bool is_ready = count_in_state(discord, DISCORD_SESSION_READY) > 0;

	discord_check_goodbye(discord);
	if (discord_shard_state(shard) == DISCORD_SESSION_FAILED) {
		discord_fail(discord, reason);
		return;
	}
	if (discord->state == GATEWAY_FAILED || discord->is_stopping)
		return;
	discord->reconnects += reason != NULL;
	/* Where a session begins is kept at once: without it a crash would lose what is said meanwhile. */
	if (discord_shard_state(shard) == DISCORD_SESSION_READY) {
		discord_note_moved(discord, shard, true);
		discord_flush_soon(discord);
	}
	/* It hears and answers while one shard does; the status says how many. */
	discord_set_state(discord, is_ready ? GATEWAY_READY : GATEWAY_CONNECTING, reason);
}

static void on_identified(void *user, struct discord_shard *shard, struct span ready)
{
	struct discord *discord = user;
	uint64_t id;

	if (span_number(span_get(span_get(ready, "user"), "id"), &id) == 0)
		discord->self.id = discord->shard_host.self_id = id;
	discord_tell_guilds(discord, shard);
	discord_backfill(discord, discord_shard_number(shard));
}

/* Until RESUMED, Discord sends again what was missed. */
static enum message_origin origin_of(const struct discord_shard *shard)
{
	return discord_shard_state(shard) == DISCORD_SESSION_RESUMING ? MESSAGE_BACKLOG : MESSAGE_LIVE;
}

static int on_message(void *user, struct discord_shard *shard, struct span message)
{
	return discord_hear(user, message, 0, origin_of(shard));
}

static void on_interaction(void *user, struct discord_shard *shard, struct span interaction)
{
	discord_on_interaction(user, interaction, origin_of(shard));
}

static void on_moved(void *user, struct discord_shard *shard)
{
	discord_note_moved(user, shard, false);
}

static uint64_t role_in(void *user, uint64_t guild)
{
	const struct discord *discord = user;
	unsigned number = (unsigned)((guild >> 22) % discord->shard_total);
	unsigned first = discord->shard_count ? discord_shard_number(discord->shards[0]) : 0;

	if (number < first || number - first >= discord->shard_count)
		return 0;
	return discord_guilds_role(discord_shard_guild_table(discord->shards[number - first]), guild);
}

static uint64_t ask_identify(void *user, struct discord_shard *shard, uint64_t now_ms)
{
	struct discord *discord = user;
	uint64_t wait_ms = discord_identify_gate_ask(
			&discord->gate, discord_shard_number(shard), now_ms, clock_wall_ms());
	bool is_long = wait_ms > DISCORD_SESSION_BACKOFF_CAP_MS;

	if (log_gate_change(&discord->session_gate, is_long) && is_long)
		log_gateway(LOG_LEVEL_WARNING, discord->head.name,
				"no session may be started for %.0f min: Discord allows %u in 24 hours, and "
				"one more "
				"would reset the token",
				(double)wait_ms / 60000, discord->gate.total);
	return wait_ms;
}

static void on_identify(void *user, struct discord_shard *shard, bool is_sent, uint64_t now_ms)
{
	struct discord *discord = user;

	if (!is_sent) {
		discord_identify_gate_release(&discord->gate, discord_shard_number(shard));
		return;
	}
	discord_identify_gate_spend(&discord->gate, discord_shard_number(shard), now_ms, clock_wall_ms());
	discord_store_identify(discord);
}

static int make_activity(struct discord *discord)
{
	struct str activity = STR(64);

	if (discord->activity)
		return 0;
	str_printf(&activity, "%shelp", discord->head.host->prefix(discord->head.host->bot));
	return str_take(&activity, &discord->activity);
}

int discord_make_shards(struct discord *discord)
{
	unsigned first = discord->config.shard_first, last = discord->config.shard_last;

	if (make_activity(discord) < 0)
		return -ENOMEM;
	if (last >= discord->shard_total)
		last = discord->shard_total - 1;
	if (first > last || last - first >= DISCORD_SHARDS_MAX)
		return -ERANGE;
	discord->shards = calloc(last - first + 1, sizeof(*discord->shards));
	discord->is_moved = calloc(last - first + 1, sizeof(*discord->is_moved));
	if (!discord->shards || !discord->is_moved)
		return -ENOMEM;
	for (unsigned number = first; number <= last; number++) {
		struct discord_payload_identity identity = {
				.token = discord->config.token,
				.intents = discord->audit.intents,
				.shard = number,
				.shard_count = discord->shard_total,
				.activity = discord->activity,
		};
		struct discord_session_position position;
		bool is_known = discord_remember_position(discord, number, &position);
		int r = discord_shard_new(&discord->shard_host, &identity, is_known ? &position : NULL,
				&discord->shards[discord->shard_count]);

		if (r < 0)
			return r;
		if (is_known)
			discord_remember_guilds(discord, discord->shards[discord->shard_count]);
		discord->shard_count++;
	}
	return 0;
}

/* ---------------------------------------------------------------- for the bot */

static void on_setup_timer(void *user)
{
	struct discord *discord = user;

	if (discord->shard_count)
		discord_offer_commands(discord); /* which failed before */
	else
		discord_set_up(discord);
}

static void on_flush_timer(void *user)
{
	discord_flush_soon(user);
}

static void discord_free(struct gateway *gateway)
{
	struct discord *discord = of(gateway);

	if (!discord)
		return;
	discord_rest_free(discord->rest);
	http_free(discord->http);
	discord_setup_free(discord->setup);
	discord_outbox_release(discord);
	discord_backfill_release(discord);
	discord_recall_release(discord);
	for (unsigned i = 0; i < discord->shard_count; i++)
		discord_shard_free(discord->shards[i]);
	free(discord->shards);
	free(discord->is_moved);
	discord_scratch_release(&discord->scratch);
	discord_event_message_release(&discord->message);
	timer_free(discord->setup_timer);
	timer_free(discord->flush_timer);
	timer_free(discord->goodbye);
	discord_interaction_release(&discord->interaction);
	discord_audit_release(&discord->audit);
	discord_slash_free(discord->slash);
	free(discord->activity);
	gateway_config_release(&discord->config);
	free(discord);
}

static void on_dead(void *user, const char *reason)
{
	(void)reason;
	discord_fail(user, discord_closing_advice(4004));
}

static void on_pause(void *user, const char *reason, uint64_t pause_ms)
{
	struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "no requests for %.1f s: %s",
			(double)pause_ms / 1000, reason);
}

static void on_wire(void *user, enum trace_direction direction, const char *text, size_t length)
{
	const struct discord *discord = user;

	trace_write(discord->head.name, -1, 0, direction, text, length);
}

static int make_parts(struct discord *discord, const struct gateway_host *host)
{
	static const struct discord_rest_events events = {on_dead, on_pause, on_wire};
	int r = http_new(host->loop, DISCORD_USER_AGENT, discord->config.ca_file, &discord->http);

	if (r == 0)
		r = discord_rest_new(host->loop, discord->http, discord->config.api, discord->config.token,
				discord->config.global_rate, &discord->rest);
	if (r < 0)
		return r;
	discord_rest_listen(discord->rest, &events, discord);
	discord->setup_timer = timer_new(host->loop, on_setup_timer, discord);
	discord->flush_timer = timer_new(host->loop, on_flush_timer, discord);
	discord->goodbye = timer_new(host->loop, on_goodbye, discord);
	return discord->setup_timer && discord->flush_timer && discord->goodbye ? 0 : -ENOMEM;
}

static struct discord_shard_host shard_host(struct discord *discord)
{
	return (struct discord_shard_host){
			.loop = discord->head.host->loop,
			.name = discord->head.name,
			.token = discord->config.token,
			.ca_file = discord->config.ca_file,
			.user_agent = DISCORD_USER_AGENT,
			.compress = discord->config.compress,
			.scratch = &discord->scratch,
			.user = discord,
			.on_state = on_shard_state,
			.on_identified = on_identified,
			.on_message = on_message,
			.on_interaction = on_interaction,
			.on_moved = on_moved,
			.ask_identify = ask_identify,
			.on_identify = on_identify,
	};
}

static int discord_create(
		const struct gateway_config *config, const struct gateway_host *host, struct gateway **ret)
{
	struct discord *discord;
	int r;

	if (!config->token || !config->api)
		return -EINVAL;
	discord = calloc(1, sizeof(*discord));
	if (!discord)
		return -ENOMEM;
	discord_event_message_init(&discord->message);
	discord_interaction_init(&discord->interaction);
	discord_audit_init(&discord->audit);
	discord_identify_gate_init(&discord->gate);
	r = gateway_config_copy(config, &discord->config);
	if (r < 0)
		goto out;
	discord->head = (struct gateway_head){&discord_gateway, host, discord->config.name};
	discord->shard_host = shard_host(discord);
	discord->self.role_in = role_in;
	discord->self.user = discord;
	r = make_parts(discord, host);
	if (r < 0)
		goto out;
	*ret = discord_as_gateway(discord);
	discord = NULL;
out:
	discord_free(discord ? discord_as_gateway(discord) : NULL);
	return r;
}

static int discord_start(struct gateway *gateway)
{
	struct discord *discord = of(gateway);

	discord->state = GATEWAY_CONNECTING;
	discord_remember(discord);
	timer_set(discord->setup_timer, 0);
	return 0;
}

/* The sessions stay: who is back soon resumes them, and hears what was said meanwhile. */
static void discord_stop(struct gateway *gateway, const char *reason)
{
	struct discord *discord = of(gateway);

	(void)reason;
	discord->is_stopping = true;
	timer_cancel(discord->setup_timer);
	timer_cancel(discord->flush_timer);
	for (unsigned i = 0; i < discord->shard_count; i++)
		discord_shard_stop(discord->shards[i]);
	discord_flush_soon(discord);
	timer_set(discord->goodbye, GOODBYE_MS);
	discord_check_goodbye(discord);
}

static bool needs_new_connection(const struct gateway_config *a, const struct gateway_config *b)
{
	return !str_equal(a->token, b->token) || !str_equal(a->api, b->api) ||
	       !str_equal(a->ca_file, b->ca_file) || a->shards != b->shards ||
	       a->shard_first != b->shard_first || a->shard_last != b->shard_last ||
	       a->compress != b->compress || a->global_rate != b->global_rate || a->type != b->type;
}

/* The style and the spoiler channels count from the next answer on; the connection has its old texts copied.
 */
static int discord_reconfigure(struct gateway *gateway, const struct gateway_config *config)
{
	struct discord *discord = of(gateway);
	struct gateway_config copy;
	uint64_t *channels;
	size_t count;
	int r;

	if (needs_new_connection(&discord->config, config))
		return -ENOTSUP;
	r = gateway_config_copy(config, &copy);
	if (r < 0)
		return r;
	discord->config.is_plain = copy.is_plain;
	channels = discord->config.spoiler_channels;
	count = discord->config.spoiler_channel_count;
	discord->config.spoiler_channels = copy.spoiler_channels;
	discord->config.spoiler_channel_count = copy.spoiler_channel_count;
	copy.spoiler_channels = channels;
	copy.spoiler_channel_count = count;
	gateway_config_release(&copy);
	return 0;
}

static int say(struct gateway *gateway, struct delivery *delivery)
{
	return discord_say(of(gateway), delivery);
}

/* Answers are in the REST side's queue; it sends in the loop's next turn. */
static void flush(struct gateway *gateway)
{
	discord_flush(of(gateway));
}

static void decline(struct gateway *gateway, const struct message *message)
{
	discord_decline(of(gateway), message);
}

static bool holds(const struct gateway *gateway, const char *message_id)
{
	return discord_outbox_holds((const struct discord *)(const void *)gateway, message_id);
}

static void describe(const struct discord *discord, struct gateway_status *ret)
{
	size_t guilds = 0, away = 0;
	unsigned ready = count_in_state(discord, DISCORD_SESSION_READY);

	for (unsigned i = 0; i < discord->shard_count; i++) {
		guilds += discord_shard_guilds(discord->shards[i]);
		away += discord_shard_guilds_away(discord->shards[i]);
	}
	ret->channels = (unsigned)guilds;
	if (discord->state != GATEWAY_READY) {
		utf8_print(ret->detail, sizeof(ret->detail), "%s",
				discord->state == GATEWAY_STOPPED ? "stopped"
				: *discord->reason                ? discord->reason
								  : "connecting");
		return;
	}
	utf8_print(ret->detail, sizeof(ret->detail), "%zu server%s", guilds, guilds == 1 ? "" : "s");
	if (away)
		utf8_print(ret->detail + strlen(ret->detail), sizeof(ret->detail) - strlen(ret->detail),
				", %zu of them away", away);
	if (discord->shard_count > 1)
		utf8_print(ret->detail + strlen(ret->detail), sizeof(ret->detail) - strlen(ret->detail),
				", %u of %u shards", ready, discord->shard_count);
}

static void discord_status(const struct gateway *gateway, struct gateway_status *ret)
{
	const struct discord *discord = (const struct discord *)(const void *)gateway;

	*ret = (struct gateway_status){
			.state = discord->state,
			.heard = discord->heard,
			.answered = discord->answered,
			.dropped = discord->dropped,
			.reconnects = discord->reconnects,
	};
	describe(discord, ret);
}

const struct gateway_class discord_gateway = {
		.type = "discord",
		.is_confirmed = true,
		.create = discord_create,
		.free = discord_free,
		.start = discord_start,
		.stop = discord_stop,
		.reconfigure = discord_reconfigure,
		.say = say,
		.flush = flush,
		.decline = decline,
		.holds = holds,
		.status = discord_status,
};
