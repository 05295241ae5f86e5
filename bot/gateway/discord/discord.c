/* The Discord gateway: owns the shards, the REST side and the parts between them and the bot. */

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/homepage.h"
#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/base/remote_clock.h"
#include "bot/base/utf8.h"
#include "bot/cluster/cluster.h"
#include "bot/gateway/discord/answer.h"
#include "bot/gateway/discord/backfill.h"
#include "bot/gateway/discord/changes.h"
#include "bot/gateway/discord/channels.h"
#include "bot/gateway/discord/config.h"
#include "bot/gateway/discord/event.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/memory.h"
#include "bot/gateway/discord/missed.h"
#include "bot/gateway/discord/outbox.h"
#include "bot/gateway/discord/posting.h"
#include "bot/gateway/discord/question.h"
#include "bot/gateway/discord/rest/rest.h"
#include "bot/gateway/discord/rest/shared.h"
#include "bot/gateway/discord/saving.h"
#include "bot/gateway/discord/setup.h"
#include "bot/gateway/discord/shards.h"
#include "bot/gateway/discord/stream/closing.h"
#include "bot/gateway/discord/stream/identify.h"
#include "bot/gateway/discord/stream/shard.h"
#include "bot/gateway/discord/suggestions.h"
#include "bot/gateway/discord/view/slash.h"
#include "bot/gateway/gateway.h"
#include "bot/net/http.h"
#include "bot/net/loop.h"

/* Discord requires a URL in the User-Agent. Without one of the source, it is the page that lists the bot's application. */
#define APPLICATIONS_URL "https://discord.com/developers/applications"
#define AGENT_MAX_BYTES  256
#define GOODBYE_MS       1800 /* for the close frames */
#define REASON_MAX_BYTES 160

#define LEAVE_MS 500 /* from drop_part() to on_part_left(): for the close of the connection */
#define LAST_WORD_MS                                                                                         \
	2000 /* the same, where an answer is under way: given away earlier, it would be sent again; or READY */
#define PERMIT_LOOK_MS 250 /* a shard without a permit looks again after this time */

/* Discord's clock may be known from a Date only, which has whole seconds. */
#define DATE_ACCURACY_MS 1000

#define NO_ANSWER "I can't answer that: it's from an older version of me, or too long. Try /help."

struct discord {
	struct gateway_head head;
	const struct discord_config *config; /* a reference */
	char user_agent[AGENT_MAX_BYTES];
	const struct discord_config *made_of; /* the first one: shards and REST borrow its texts */
	enum gateway_state state;
	bool is_stopping;
	char reason[REASON_MAX_BYTES]; /* why it is not READY */
	struct timer *goodbye;         /* end of waiting after stop() */
	uint64_t heard, answered, dropped, reconnects;

	/* several processes share the work */
	struct cluster *cluster;   /* NULL: this is the only one */
	struct timer *leave_timer; /* a part, or the role, is being given away */
	const struct permit *role; /* if is_leading */
	bool is_leading;           /* registers the slash commands and warns of the application's settings */
	bool is_role_leaving;
	struct discord_rest_shared *rest_shared;

	struct http *http;
	struct discord_rest *rest;
	struct discord_setup *setup;
	struct discord_outbox *outbox;
	struct discord_backfill backfill;

	/* the shards, and what they share */
	const struct discord_audit *audit; /* setup's; NULL until Discord has answered */
	char *activity;                    /* "!help" */
	uint64_t begun_ms;                 /* when the shards were made */
	struct remote_clock clock;         /* Discord's */
	unsigned shard_total;              /* as configured or recommended; 0: not known yet */
	struct discord_shard_host shard_host;
	struct discord_shards shards;
	struct discord_identify_gate gate;
	struct log_gate session_gate; /* 1: there are no sessions left today */
	struct discord_scratch scratch;

	/* what they receive */
	struct discord_event_self self;
	struct discord_event_message message;   /* buffers, reused for every message, */
	struct discord_interaction interaction; /* and every interaction */
	struct discord_channels channels;
	struct discord_changes changes;
	struct discord_missed missed;
	struct discord_postings postings;

	/* what survives a restart */
	struct discord_saving saving;
};

static struct discord *of(struct gateway *gateway)
{
	return (struct discord *)(void *)gateway;
}

static struct gateway *as_gateway(struct discord *discord)
{
	return (struct gateway *)(void *)discord;
}

static void set_state(struct discord *discord, enum gateway_state state, const char *reason)
{
	if (reason)
		utf8_print(discord->reason, sizeof(discord->reason), "%s", reason);
	discord->state = state;
	discord->head.host->on_state(discord->head.host->bot, as_gateway(discord));
}

static void stop_shards(struct discord *discord)
{
	for (unsigned i = 0; i < discord->shards.count; i++)
		if (discord->shards.part[i]->shard)
			discord_shard_stop(discord->shards.part[i]->shard);
}

/* Until the bot creates this gateway again: after a back-off, or at a reload. */
static void fail(struct discord *discord, const char *reason)
{
	if (discord->state == GATEWAY_FAILED || discord->is_stopping)
		return;
	discord_setup_stop(discord->setup);
	stop_shards(discord);
	set_state(discord, GATEWAY_FAILED, reason);
}

static void leave_now(struct discord *discord, bool is_over);

static void on_goodbye(void *user)
{
	struct discord *discord = user;

	if (discord->state == GATEWAY_STOPPED)
		return;
	leave_now(discord, true);
	timer_cancel(discord->goodbye);
	discord->state = GATEWAY_STOPPED;
	discord->head.host->on_stopped(discord->head.host->bot, as_gateway(discord));
}

/* Parts are being given away. */
static bool is_leaving(const struct discord *discord)
{
	for (unsigned i = 0; i < discord->shards.count; i++)
		if (discord->shards.part[i]->leave_by_ms)
			return true;
	return discord->is_role_leaving;
}

/* While stopping, something has ended: has everything? */
static void check_goodbye(struct discord *discord)
{
	/* By a timer, because the bot frees the gateway, and this is called inside the gateway's own
	 * parts. */
	if (discord->is_stopping && discord_outbox_is_empty(discord->outbox) && !is_leaving(discord) &&
			!discord_shards_in_state(&discord->shards, DISCORD_SESSION_CLOSING) &&
			!discord_shards_in_state(&discord->shards, DISCORD_SESSION_IDENTIFYING))
		timer_set(discord->goodbye, 0);
}

/* The time on Discord's clock; 0: not known. */
static uint64_t network_ms(const struct discord *discord)
{
	return remote_clock_now(&discord->clock, loop_now_ms(discord->head.host->loop));
}

/* The same. Every response has a Date; without any, this machine's clock is the best guess. */
static uint64_t network_or_wall_ms(const struct discord *discord)
{
	uint64_t known_ms = network_ms(discord);

	return known_ms ? known_ms : clock_wall_ms();
}

/* An id that Discord has just made tells the time. */
static void hear_id(struct discord *discord, uint64_t id, enum message_origin origin)
{
	if (origin == MESSAGE_LIVE)
		remote_clock_hear(&discord->clock, discord_snowflake_ms(id),
				loop_now_ms(discord->head.host->loop));
}

/* The shard that answers a question; NULL: it is not here. */
static struct discord_part *part_of(const struct discord *discord, const struct message *message)
{
	return discord_shards_of(&discord->shards, message->route);
}

static void set_self(struct discord *discord, uint64_t self)
{
	discord->self.id = discord->shard_host.self_id = self;
	discord_outbox_set_self(discord->outbox, self);
	discord->changes.takebacks.recall.self = discord->postings.self = self;
}

/* ---------------------------------------------------------------- saved state */

static void remember_channels(struct discord *discord, unsigned shard, unsigned shard_total)
{
	uint64_t now_ms = loop_now_ms(discord->head.host->loop);

	discord_memory_load_channels(&discord->saving.memory, shard, shard_total, &discord->channels);
	/* It is not earlier on Discord's clock, whatever a Date says. */
	for (size_t i = 0; i < discord->channels.count; i++)
		if (discord->channels.channel[i].id)
			remote_clock_hear_of(&discord->clock,
					discord_snowflake_ms(discord->channels.channel[i].last), now_ms);
}

static void remember(struct discord *discord)
{
	uint64_t self = discord_memory_load_self(&discord->saving.memory);

	remember_channels(discord, 0, 1);
	if (self)
		set_self(discord, self);
}

/* The IDENTIFYs of earlier processes, once Discord's clock is known. Without them, Discord's own count of the sessions
 * left is used. */
static void remember_identify(struct discord *discord)
{
	struct discord_identify_memory identify;

	if (discord_memory_load_identify(&discord->saving.memory, &identify))
		discord_identify_gate_restore(&discord->gate, &identify,
				loop_now_ms(discord->head.host->loop), network_or_wall_ms(discord));
}

/* ---------------------------------------------------------------- answers */

/* The channel is one of "spoiler_channels". */
static bool has_seen_all(const struct discord *discord, const char *channel)
{
	uint64_t id = strtoull(channel, NULL, 10);

	for (size_t i = 0; i < discord->config->spoiler_channels.count; i++)
		if (discord->config->spoiler_channels.ids[i] == id)
			return true;
	return false;
}

/* An interaction can be answered to one person, a message cannot. */
static void discord_restore(struct gateway *gateway, struct message *message)
{
	struct discord_interaction_ticket ticket;

	message->has_private =
			message->extra && discord_interaction_read_ticket(message->extra, &ticket) == 0;
	message->has_seen_all = has_seen_all(of(gateway), message->channel);
}

static int queue_answer(struct discord *discord, struct delivery *delivery, bool is_callback_only)
{
	const struct gateway_host *host = discord->head.host;
	const struct message *message = delivery->message;
	const struct discord_part *part = part_of(discord, message);
	const struct discord_answer answer = {
			.message = message,
			.reply = delivery->reply,
			.prefix = delivery->prefix ? delivery->prefix : host->prefix(host->bot),
			.channel = discord_channels_find(
					&discord->channels, strtoull(message->channel, NULL, 10)),
			.asked = discord_changes_asked(&discord->changes, message->id),
			.is_plain = discord->config->is_plain,
			.is_callback_only = is_callback_only,
			.clock = &discord->clock,
			.now_ms = loop_now_ms(host->loop),
			.begun_ms = discord->cluster && part ? part->taken_ms : discord->begun_ms,
	};
	struct discord_outbox_reply reply;
	size_t position = delivery->position;
	int r = discord_answer_make(&answer, &position, &reply);

	if (r == 0) {
		reply.permit = part ? part->permit : NULL;
		r = discord_outbox_add(discord->outbox, &reply);
	}
	if (r < 0)
		discord->dropped++;
	else
		delivery->position = position;
	return r;
}

/* What the bot says without being asked. */
static int post(struct discord *discord, struct delivery *delivery)
{
	const struct gateway_host *host = discord->head.host;
	const struct message *message = delivery->message;
	const struct discord_part *part = part_of(discord, message);
	const struct discord_channel *channel =
			discord_channels_find(&discord->channels, strtoull(message->channel, NULL, 10));
	const struct discord_posting_order order = {
			.message = message,
			.reply = delivery->reply,
			.prefix = delivery->prefix ? delivery->prefix : host->prefix(host->bot),
			.is_plain = discord->config->is_plain ||
				    (channel && loop_now_ms(host->loop) < channel->plain_until_ms),
			.is_again = message->origin == MESSAGE_JOURNAL,
			.wall_ms = network_or_wall_ms(discord),
			.permit = part ? part->permit : NULL,
	};
	int r = discord_postings_add(&discord->postings, &order);

	if (r < 0)
		discord->dropped++;
	else
		delivery->position = 0;
	return r;
}

static int discord_can_speak(struct gateway *gateway, const struct message *message, const char **ret_why)
{
	struct discord *discord = of(gateway);
	const struct discord_channel *channel =
			discord_channels_find(&discord->channels, strtoull(message->channel, NULL, 10));
	const struct discord_part *part = part_of(discord, message);

	if (discord->state != GATEWAY_READY || discord->is_stopping || !discord->self.id)
		return -EAGAIN;
	if (!part)
		return -EREMOTE;
	if (!part->shard || discord_shard_state(part->shard) != DISCORD_SESSION_READY)
		return -EAGAIN;
	if (!channel || message->is_private ||
			!discord_channel_is_mute(channel, loop_now_ms(discord->head.host->loop)))
		return 0;
	if (ret_why)
		*ret_why = "I may not write there: give me View Channel and Send Messages";
	return -EACCES;
}

static int discord_say(struct gateway *gateway, struct delivery *delivery)
{
	struct discord *discord = of(gateway);
	const struct gateway_host *host = discord->head.host;
	const struct message *message = delivery->message;
	const struct discord_channel *channel =
			discord_channels_find(&discord->channels, strtoull(message->channel, NULL, 10));

	/* The process that has the shard now finds the question open. */
	if (discord->cluster && !part_of(discord, message))
		return -EAGAIN;
	if (message->is_occasion)
		return post(discord, delivery);
	/* Not sent where the bot may not speak; nor by the next process. */
	if (channel && discord_channel_is_mute(channel, loop_now_ms(host->loop)) &&
			!(message->extra && *message->extra)) {
		discord->dropped++;
		if (host->on_completed)
			host->on_completed(host->bot, gateway, message->id);
		return -EAGAIN;
	}
	if (message->origin == MESSAGE_JOURNAL && !(message->extra && *message->extra))
		discord_changes_note_again(&discord->changes, message);
	return queue_answer(discord, delivery, false);
}

/* An interaction needs a response: if the question gets no answer, say so. */
static void discord_decline(struct gateway *gateway, const struct message *message)
{
	struct discord *discord = of(gateway);
	struct delivery delivery = {.message = message};
	struct reply reply;

	discord_changes_decline(&discord->changes, message);
	if (!message->extra || !*message->extra || (discord->cluster && !part_of(discord, message)))
		return;
	reply_init(&reply);
	reply.kind = REPLY_PROBLEM;
	reply.is_private = true;
	reply_set_text(&reply, NO_ANSWER);
	delivery.reply = &reply;
	if (!reply.error)
		queue_answer(of(gateway), &delivery, true);
	reply_release(&reply);
}

static bool discord_holds(const struct gateway *gateway, const char *message_id)
{
	const struct discord *discord = (const struct discord *)(const void *)gateway;

	return discord_outbox_holds(discord->outbox, message_id) ||
	       discord_postings_hold(&discord->postings, message_id);
}

/* Answers are in the REST queue, which sends them in the loop's next turn. */
static void discord_flush(struct gateway *gateway)
{
	struct discord *discord = of(gateway);

	discord_saving_turn(&discord->saving);
}

/* Something of a part that is being given away has ended. */
static void look_at_leaving(struct discord *discord)
{
	if (discord->cluster)
		timer_set(discord->leave_timer, 0);
}

static void on_outbox_end(void *user, const struct discord_outbox_outcome *outcome)
{
	struct discord *discord = user;
	const struct gateway_host *host = discord->head.host;

	if (outcome->end == DISCORD_OUTBOX_DELIVERED)
		discord->answered++;
	else if (outcome->end != DISCORD_OUTBOX_WITHDRAWN)
		discord->dropped++;
	discord_changes_end(&discord->changes, outcome);
	if (outcome->end != DISCORD_OUTBOX_LEFT_OPEN && host->on_completed)
		host->on_completed(host->bot, as_gateway(discord), outcome->message);
	look_at_leaving(discord);
	check_goodbye(discord);
}

static void on_posts_changed(void *user)
{
	discord_saving_posts(&((struct discord *)user)->saving);
}

/* The invite link asks for what some wishes need only where they are wished. */
static void on_lack(void *user, const char *message, const char *why, uint64_t permission)
{
	struct discord *discord = user;
	const struct gateway_host *host = discord->head.host;
	struct str link = STR(DISCORD_AUDIT_URL_MAX_BYTES);

	if (permission) {
		discord_audit_append_invite_with(discord->audit, permission, &link);
		log_gateway(LOG_LEVEL_INFO, discord->head.name,
				"to give that permission in the whole server, open the invite link again "
				"with "
				"it: %s",
				str_text(&link));
	}
	str_release(&link);

	if (host->on_refused)
		host->on_refused(host->bot, as_gateway(discord), message, why);
}

static void on_posting_end(void *user, const char *message, enum discord_posting_end end)
{
	struct discord *discord = user;
	const struct gateway_host *host = discord->head.host;

	if (end == DISCORD_POSTING_DONE)
		discord->answered++;
	else
		discord->dropped++;
	if (end != DISCORD_POSTING_LEFT_OPEN && host->on_completed)
		host->on_completed(host->bot, as_gateway(discord), message);
}

/* ---------------------------------------------------------------- questions */

/* The guild, unless Discord has delivered the event on another shard than the guild's: an interaction in a server that
 * the bot is not in. Then a number that belongs to that shard. part: NULL for what was read over REST. */
static uint64_t route_of(const struct discord_part *part, uint64_t guild)
{
	if (!part || discord_snowflake_shard(guild, part->total) == part->number)
		return guild;
	return discord_snowflake_of_shard(part->number);
}

struct heard_edit {
	struct discord_change_id id;
	enum discord_changes_edit kind;
};

/* Reads discord->message; as discord_event_message_read(). guild as in struct discord_event_self. */
static int is_question(void *user, struct span object, uint64_t guild)
{
	struct discord *discord = user;
	const struct gateway_host *host = discord->head.host;

	discord->self.prefix = host->prefix(host->bot);
	discord->self.prefixes = host->prefixes(host->bot);
	discord->self.bridges = discord->config->bridges.ids;
	discord->self.bridge_count = discord->config->bridges.count;
	discord->self.guild = guild;
	return discord_event_message_read(object, &discord->self, &discord->message);
}

static bool is_owner(void *user, uint64_t person)
{
	const struct discord *discord = user;

	return discord_changes_is_owner(&discord->config->head, person);
}

/* A message object; as discord_event_message_read(). guild as in struct discord_event_self, part as above. edit: NULL, or
 * how it was edited. */
static int hear_message(struct discord *discord, const struct discord_part *part, struct span object,
		uint64_t guild, enum message_origin origin, const struct heard_edit *edit)
{
	const struct gateway_host *host = discord->head.host;
	struct discord_event_message *message = &discord->message;
	struct discord_question question;
	bool is_new_channel;
	uint64_t edited_ms = edit && edit->kind == DISCORD_CHANGES_CORRECTION ? edit->id.edited_ms : 0;
	int r;

	r = is_question(discord, object, guild);
	if (r <= 0)
		return r;
	hear_id(discord, message->id, origin);
	discord_question_from_message(message, edited_ms, origin, &question);
	question.message.route = route_of(part, message->guild);
	question.message.has_seen_all = has_seen_all(discord, question.channel);
	is_new_channel = !discord_channels_find(&discord->channels, message->channel);
	discord_channels_note(&discord->channels, message->channel, message->guild, message->id);
	discord_saving_channels(&discord->saving, is_new_channel);
	discord->heard++;
	discord_changes_note(&discord->changes,
			&(struct discord_change_id){message->id, edit ? edit->id.edited_ms : 0}, message);
	host->on_message(host->bot, as_gateway(discord), &question.message);
	return 1;
}

/* An edited message; as hear_message(). is_older: it was written before this process looked after its shard. */
static int hear_edit(struct discord *discord, const struct discord_part *part, struct span object,
		uint64_t guild, enum message_origin origin, const struct discord_change_id *id, bool is_older)
{
	const struct heard_edit edit = {*id, discord_changes_see_edit(&discord->changes, id, is_older)};
	int r;

	if (edit.kind == DISCORD_CHANGES_KNOWN)
		return 0;
	r = hear_message(discord, part, object, guild, origin, &edit);
	if (r == 0 && edit.kind == DISCORD_CHANGES_CORRECTION)
		discord_changes_unask(&discord->changes, id);
	return r;
}

/* A broken one is skipped. */
static void on_backfilled(void *user, struct span message, uint64_t guild, const struct permit *permit)
{
	struct discord *discord = user;
	struct discord_change_id id;

	if (discord_missed_read(&discord->missed, message, guild, permit))
		return;
	if (discord_change_edit_read(message, &id) > 0)
		hear_edit(user, NULL, message, guild, MESSAGE_BACKLOG, &id, true);
	else
		hear_message(user, NULL, message, guild, MESSAGE_BACKLOG, NULL);
}

static void on_channels_changed(void *user)
{
	discord_saving_channels(&((struct discord *)user)->saving, false);
}

/* A slash command, a button or a message's menu. */
static void hear_interaction(struct discord *discord, const struct discord_part *part,
		const struct discord_interaction *interaction, enum message_origin origin)
{
	const struct gateway_host *host = discord->head.host;
	struct discord_question question;
	int r = discord_question_from_interaction(
			interaction, discord_setup_slash(discord->setup), origin, &question);

	question.message.route = route_of(part, interaction->guild);
	question.message.has_seen_all = has_seen_all(discord, question.channel);
	discord->heard++;
	if (r == 0 && *question.message.text)
		host->on_message(host->bot, as_gateway(discord), &question.message);
	else
		discord_decline(as_gateway(discord), &question.message);
	discord_question_release(&question);
}

/* Somebody types: suggest how it may go on. */
static void suggest(struct discord *discord, const struct discord_part *part,
		const struct discord_interaction *interaction)
{
	const struct discord_suggestions suggestions = {
			discord->head.host, as_gateway(discord), discord->rest};
	struct discord_question asker;

	discord_question_of_asker(interaction, &asker);
	asker.message.has_seen_all = has_seen_all(discord, asker.channel);
	discord_suggest(&suggestions, part->permit, interaction, &asker);
}

/* ---------------------------------------------------------------- from the shards */

/* While at least one shard is; the status has the number. Also if all shards are in other processes. */
static bool is_ready(const struct discord *discord)
{
	return discord_shards_in_state(&discord->shards, DISCORD_SESSION_READY) > 0 ||
	       (discord->cluster && !discord->shards.count);
}

static void on_shard_state(void *user, struct discord_shard *shard, const char *reason)
{
	struct discord *discord = user;
	bool is_ready_now = discord_shard_state(shard) == DISCORD_SESSION_READY;

	/* Saved at once: after a crash the new session would be lost, with the messages sent meanwhile. */
	if (is_ready_now) {
		discord_saving_moved(&discord->saving, discord_shard_owner(shard), true);
		discord_saving_soon(&discord->saving);
	}
	look_at_leaving(discord);
	check_goodbye(discord);
	if (discord_shard_state(shard) == DISCORD_SESSION_FAILED) {
		fail(discord, reason);
		return;
	}
	if (discord->state == GATEWAY_FAILED || discord->is_stopping)
		return;
	discord->reconnects += reason != NULL;
	if (is_ready_now) {
		const struct discord_part *part = discord_shard_owner(shard);

		discord_takebacks_try(&discord->changes.takebacks);
		discord_backfill_go_on(&discord->backfill, part->number, part->total, network_ms(discord));
	}
	set_state(discord, is_ready(discord) ? GATEWAY_READY : GATEWAY_CONNECTING, reason);
}

/* A new session: if the bot is in no server yet, tell the operator how to invite it. */
static void tell_guilds(const struct discord *discord, const struct discord_shard *shard)
{
	struct str invite = STR(DISCORD_AUDIT_URL_MAX_BYTES);

	const struct discord_part *part = discord_shard_owner(shard);

	/* A bot with several shards is in many. */
	if (part->total > 1 || discord_shard_guilds(shard))
		return;
	discord_audit_append_invite(discord->audit, &invite);
	log_gateway(LOG_LEVEL_INFO, discord->head.name, "not in any server yet; invite link: %s",
			str_text(&invite));
	str_release(&invite);
}

static void on_identified(void *user, struct discord_shard *shard, struct span ready)
{
	struct discord *discord = user;
	const struct discord_part *part = discord_shard_owner(shard);
	uint64_t id;

	if (span_number(span_get(span_get(ready, "user"), "id"), &id) == 0)
		set_self(discord, id);
	tell_guilds(discord, shard);
	discord_backfill_start(&discord->backfill, part->number, part->total, network_ms(discord));
	discord_saving_channels(&discord->saving, false);
}

/* Until RESUMED, Discord repeats the events missed. */
static enum message_origin origin_of(const struct discord_shard *shard)
{
	return discord_shard_state(shard) == DISCORD_SESSION_RESUMING ? MESSAGE_BACKLOG : MESSAGE_LIVE;
}

static int on_message(void *user, struct discord_shard *shard, struct span message)
{
	return hear_message(user, discord_shard_owner(shard), message, 0, origin_of(shard), NULL);
}

/* The message may be a question that an earlier process has answered. */
static bool is_older(const struct discord *discord, const struct discord_part *part, uint64_t message)
{
	uint64_t begun_ms = remote_clock_now(
			&discord->clock, discord->cluster ? part->taken_ms : discord->begun_ms);

	return !begun_ms || discord_snowflake_ms(message) < begun_ms;
}

static int on_change(void *user, struct discord_shard *shard, enum discord_event event, struct span data)
{
	struct discord *discord = user;
	const struct discord_part *part = discord_shard_owner(shard);
	enum message_origin origin = origin_of(shard);
	struct discord_change_id id;
	int r;

	if (event == DISCORD_EVENT_REACTION_ADD)
		return discord_changes_reaction(&discord->changes, data, &discord->config->head);
	if (event != DISCORD_EVENT_MESSAGE_UPDATE)
		return discord_changes_deleted(&discord->changes, data, origin != MESSAGE_LIVE);
	r = discord_change_edit_read(data, &id);
	return r <= 0 ? r
		      : hear_edit(discord, part, data, 0, origin, &id, is_older(discord, part, id.message));
}

static int on_interaction(void *user, struct discord_shard *shard, struct span interaction)
{
	struct discord *discord = user;
	struct discord_interaction *read = &discord->interaction;
	int r = discord_interaction_read(interaction, read);

	if (r < 0)
		return r;
	hear_id(discord, read->id, origin_of(shard));
	switch (read->kind) {
	case DISCORD_INTERACTION_COMMAND:
	case DISCORD_INTERACTION_MESSAGE:
	case DISCORD_INTERACTION_BUTTON:
		hear_interaction(discord, discord_shard_owner(shard), read, origin_of(shard));
		break;
	case DISCORD_INTERACTION_COMPLETE: suggest(discord, discord_shard_owner(shard), read); break;
	case DISCORD_INTERACTION_OTHER: break;
	}
	return 0;
}

static void on_moved(void *user, struct discord_shard *shard)
{
	discord_saving_moved(&((struct discord *)user)->saving, discord_shard_owner(shard), false);
}

static uint64_t role_in(void *user, uint64_t guild)
{
	const struct discord *discord = user;

	return discord_shards_role(&discord->shards, guild);
}

/* Among several processes: the moments are reserved in the database. */
static uint64_t ask_gate(const struct discord *discord, const struct discord_part *part,
		uint64_t (*ask)(struct gate *gate, unsigned total, unsigned shard, uint64_t boot_ms))
{
	struct gate *gate = cluster_gate(discord->cluster, discord->head.name);
	uint64_t wait_ms = gate ? ask(gate, part->total, part->number, clock_boot_ms()) : GATE_LOOK_MS;

	if (wait_ms)
		cluster_gate_turn(discord->cluster, discord->head.name);
	return wait_ms;
}

static void leave_gate(const struct discord *discord, const struct discord_part *part)
{
	struct gate *gate = cluster_gate(discord->cluster, discord->head.name);

	if (gate)
		gate_done(gate, part->total, part->number);
}

static uint64_t ask_connect(void *user, struct discord_shard *shard, bool is_resume, uint64_t now_ms)
{
	struct discord *discord = user;
	const struct discord_part *part = discord_shard_owner(shard);
	uint64_t wait_ms;
	bool is_long;

	if (!permit_is_valid(part->permit))
		return PERMIT_LOOK_MS;
	if (is_resume)
		return 0;
	if (discord->cluster)
		return ask_gate(discord, part, gate_ask);
	wait_ms = discord_identify_gate_ask(&discord->gate, discord_shard_number(shard), now_ms);
	is_long = wait_ms > DISCORD_SESSION_BACKOFF_CAP_MS;
	if (log_gate_change(&discord->session_gate, is_long) && is_long)
		log_gateway(LOG_LEVEL_WARNING, discord->head.name,
				"no session may be started for %.0f min: Discord allows %u in 24 hours, "
				"and one more would reset the token",
				(double)wait_ms / 60000, discord->gate.total);
	return wait_ms;
}

static uint64_t ask_register(void *user, struct discord_shard *shard, bool is_resume, uint64_t now_ms)
{
	const struct discord *discord = user;
	const struct discord_part *part = discord_shard_owner(shard);

	(void)now_ms;
	if (!permit_is_valid(part->permit))
		return PERMIT_LOOK_MS;
	return discord->cluster && !is_resume ? ask_gate(discord, part, gate_wait) : 0;
}

static void on_identify(void *user, struct discord_shard *shard, bool is_sent, uint64_t now_ms)
{
	struct discord *discord = user;
	struct discord_identify_memory spent;

	if (discord->cluster) {
		leave_gate(discord, discord_shard_owner(shard));
		return;
	}
	if (!is_sent) {
		discord_identify_gate_release(&discord->gate, discord_shard_number(shard));
		return;
	}
	discord_identify_gate_spend(&discord->gate, discord_shard_number(shard), now_ms);
	spent = discord_identify_gate_memory(
			&discord->gate, now_ms, network_or_wall_ms(discord) + DATE_ACCURACY_MS);
	discord_memory_save_identify(&discord->saving.memory, &spent);
}

/* ---------------------------------------------------------------- setting up */

static int make_activity(struct discord *discord)
{
	struct str activity = STR(64);

	if (discord->activity)
		return 0;
	str_printf(&activity, "%shelp", discord->head.host->prefix(discord->head.host->bot));
	return str_take(&activity, &discord->activity);
}

/* The session to resume. False: a new one is needed. */
static bool load_position(
		struct discord *discord, const struct discord_part *part, struct discord_memory_position *ret)
{
	uint64_t intents = discord->audit->intents;
	bool is_known;

	if (!discord->cluster)
		return discord->self.id && discord_memory_load_position(&discord->saving.memory, part->number,
							   part->total, intents, ret);
	is_known = part->position &&
		   discord_memory_read_position(part->position, part->total, intents, ret) && ret->self;
	if (is_known)
		set_self(discord, ret->self);
	return is_known;
}

/* Connect the shard of a part, resuming its session. */
static int make_shard(struct discord *discord, struct discord_part *part)
{
	struct discord_payload_identity identity = {
			.token = discord->made_of->token,
			.intents = discord->audit->intents,
			.shard = part->number,
			.shard_count = part->total,
			.activity = discord->activity,
	};
	struct discord_memory_position position;
	bool is_known = load_position(discord, part, &position);
	int r = discord_shard_new(&discord->shard_host, &identity, is_known ? &position.position : NULL, part,
			&part->shard);

	if (r < 0)
		return r;
	if (is_known)
		discord_memory_load_guilds(&discord->saving.memory, part->number, part->total,
				discord_shard_guild_table(part->shard));
	discord_memory_load_takebacks(
			&discord->saving.memory, part->number, part->total, &discord->changes.takebacks);
	discord_memory_load_posts(
			&discord->saving.memory, part->number, part->total, &discord->postings.posts);
	discord_shard_set_permit(part->shard, part->permit);
	discord_shard_start(part->shard);
	return 0;
}

static void on_warning(void *user, const char *text)
{
	struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "%s", text);
}

/* Log what the operator should know of the bot's application. */
static void introduce(struct discord *discord)
{
	const struct gateway_host *host = discord->head.host;
	const struct discord_audit *audit = discord->audit;
	struct str link = STR(DISCORD_AUDIT_URL_MAX_BYTES);

	discord_audit_each_warning(
			audit, host->prefix(host->bot), network_or_wall_ms(discord), on_warning, discord);
	log_gate_change(&discord->session_gate, !audit->sessions_left); /* a warning of the audit */
	discord_audit_append_invite(audit, &link);
	log_gateway(LOG_LEVEL_INFO, discord->head.name,
			"%s; %u of %u sessions left today; invite to a server: %s", str_text(&audit->name),
			audit->sessions_left, audit->sessions_total, str_text(&link));
	str_clear(&link);
	discord_audit_append_user_link(audit, &link);
	if (audit->has_user_install)
		log_gateway(LOG_LEVEL_INFO, discord->head.name,
				"install for one account (slash commands everywhere): %s", str_text(&link));
	str_release(&link);
}

/* Among several processes: how many shards there are; a larger number begins a resharding. */
static void agree_on_total(const struct discord *discord, const struct discord_audit *audit)
{
	if (discord->cluster)
		cluster_total(discord->cluster, discord->head.name,
				discord->config->shards ? discord->config->shards : audit->shards);
}

/* From now on the warnings and the slash commands are this process's. */
static void lead(struct discord *discord, const struct permit *permit)
{
	discord->is_leading = true;
	discord->role = permit;
	discord->is_role_leaving = false;
	if (discord->audit) {
		introduce(discord);
		agree_on_total(discord, discord->audit);
	}
	discord_setup_lead(discord->setup, permit);
}

static void follow(struct discord *discord)
{
	discord_setup_follow(discord->setup);
	discord_rest_drop(discord->rest, discord->role);
	discord->is_leading = false;
	discord->role = NULL;
}

static int discord_take_part(struct gateway *gateway, const struct gateway_part *wanted)
{
	struct discord *discord = of(gateway);
	struct discord_part *part;
	int r;

	if (!wanted->total) {
		lead(discord, wanted->permit);
		return 0;
	}
	r = discord_shards_add(&discord->shards, wanted->total, wanted->number, &part);
	if (r < 0)
		return r;
	part->permit = wanted->permit;
	part->taken_ms = loop_now_ms(discord->head.host->loop);
	if (wanted->position && *wanted->position) {
		part->position = str_copy(wanted->position);
		if (!part->position)
			r = -ENOMEM;
	}
	if (r == 0 && discord->cluster)
		remember_channels(discord, part->number, part->total);
	/* Otherwise it is made when Discord has told about the bot. */
	if (r == 0 && discord->audit)
		r = make_shard(discord, part);
	if (r < 0)
		discord_shards_remove(&discord->shards, part);
	return r;
}

/* Nothing more is sent for this part. */
static void remove_part(struct discord *discord, struct discord_part *part)
{
	discord_outbox_drop(discord->outbox, part->permit);
	/* Before the calls end: each end lets the back-fill begin with a channel that is still known. */
	discord_channels_forget_of(&discord->channels, part->total, part->number);
	discord_backfill_drop(&discord->backfill, part->permit);
	discord_missed_drop(&discord->missed, part->permit);
	discord_takebacks_drop(&discord->changes.takebacks, part->permit);
	discord_postings_drop(&discord->postings, part->permit);
	discord_rest_drop(discord->rest, part->permit);
	leave_gate(discord, part);
	discord_shards_remove(&discord->shards, part);
	if (discord->state != GATEWAY_FAILED && discord->state != GATEWAY_STOPPED && !discord->is_stopping)
		set_state(discord, is_ready(discord) ? GATEWAY_READY : GATEWAY_CONNECTING, NULL);
}

static bool has_left(const struct discord *discord, const struct discord_part *part)
{
	enum discord_session_state state =
			part->shard ? discord_shard_state(part->shard) : DISCORD_SESSION_STOPPED;

	return (state == DISCORD_SESSION_STOPPED || state == DISCORD_SESSION_FAILED) &&
	       !discord_outbox_count(discord->outbox, part->permit);
}

/* When a part that is leaving is given away in any case. */
static uint64_t leaves_by_ms(const struct discord *discord, const struct discord_part *part)
{
	bool is_speaking = discord_outbox_count(discord->outbox, part->permit) > 0;
	bool is_identifying = part->shard && discord_shard_state(part->shard) == DISCORD_SESSION_IDENTIFYING;

	return part->leave_by_ms + (is_speaking || is_identifying ? LAST_WORD_MS - LEAVE_MS : 0);
}

/* Give away what has nothing under way any more, or no more time. */
static void leave_now(struct discord *discord, bool is_over)
{
	const struct gateway_host *host = discord->head.host;
	uint64_t now_ms = loop_now_ms(host->loop), next_ms = UINT64_MAX;

	for (unsigned i = discord->shards.count; i-- > 0;) {
		struct discord_part *part = discord->shards.part[i];
		unsigned number = part->number, total = part->total;
		uint64_t by_ms = leaves_by_ms(discord, part);
		struct str position = STR(DISCORD_POSITION_MAX_BYTES);

		if (!part->leave_by_ms)
			continue;
		if (!is_over && now_ms < by_ms && !has_left(discord, part)) {
			if (by_ms < next_ms)
				next_ms = by_ms;
			continue;
		}
		if (part->shard && part->is_moved)
			discord_saving_last(&discord->saving, part);
		discord_saving_append_position(&discord->saving, part, &position);
		remove_part(discord, part);
		host->on_part_left(host->bot, as_gateway(discord), number, total,
				position.error ? "" : str_text(&position));
		str_release(&position);
	}
	if (discord->is_role_leaving) {
		discord->is_role_leaving = false;
		host->on_part_left(host->bot, as_gateway(discord), 0, 0, "");
	}
	if (next_ms != UINT64_MAX)
		timer_set(discord->leave_timer, next_ms - now_ms);
}

static void on_leave_timer(void *user)
{
	struct discord *discord = user;

	leave_now(discord, false);
	check_goodbye(discord);
}

static void discord_drop_part(struct gateway *gateway, unsigned number, unsigned total, bool is_lost)
{
	struct discord *discord = of(gateway);
	struct discord_part *part = discord_shards_find(&discord->shards, total, number);

	if (!total) {
		if (discord->is_leading)
			follow(discord);
		discord->is_role_leaving = !is_lost;
	} else if (part && is_lost) {
		remove_part(discord, part);
	} else if (part && !part->leave_by_ms) {
		part->leave_by_ms = loop_now_ms(discord->head.host->loop) + LEAVE_MS;
		/* Nothing is heard from now on but READY, so this position is the last one. */
		if (part->shard) {
			discord_shard_stop(part->shard);
			discord_saving_last(&discord->saving, part);
		}
	}
	look_at_leaving(discord);
}

/* Alone: all shards of the range. */
static int take_range(struct discord *discord)
{
	unsigned first = discord->made_of->range.first, last = discord->made_of->range.last;
	int r = 0;

	if (last >= discord->shard_total)
		last = discord->shard_total - 1;
	if (first > last || last - first >= DISCORD_SHARDS_MAX)
		return -ERANGE;
	for (unsigned number = first; number <= last && r == 0; number++)
		r = discord_take_part(as_gateway(discord),
				&(struct gateway_part){.number = number, .total = discord->shard_total});
	return r;
}

static void set_concurrency(const struct discord *discord, const struct discord_audit *audit)
{
	struct gate *gate = cluster_gate(discord->cluster, discord->head.name);

	if (gate)
		gate_set_concurrency(gate, audit->max_concurrency);
}

/* Among several processes: Discord has told how many shards it recommends, and how many may be started today. */
static void on_asked(void *user, const struct discord_audit *audit)
{
	const struct discord *discord = user;

	if (!discord->cluster)
		return;
	set_concurrency(discord, audit);
	cluster_starts(discord->cluster, discord->head.name, audit->sessions_total, audit->sessions_left,
			audit->sessions_reset_ms, audit->max_concurrency);
	agree_on_total(discord, audit);
}

/* Among several processes: the parts that were taken meanwhile. */
static int begin_parts(struct discord *discord)
{
	int r = 0;

	set_concurrency(discord, discord->audit);
	if (discord->is_leading)
		agree_on_total(discord, discord->audit);
	for (unsigned i = 0; i < discord->shards.count && r == 0; i++)
		r = make_shard(discord, discord->shards.part[i]);
	return r;
}

static void begin(struct discord *discord)
{
	int r = make_activity(discord);

	discord->shard_host.address = str_text(&discord->audit->url);
	discord->begun_ms = loop_now_ms(discord->head.host->loop);
	if (r == 0)
		r = discord->cluster ? begin_parts(discord) : take_range(discord);
	if (r == -ERANGE)
		fail(discord, "\"shard_range\" has no existing shard, or more than 384");
	else if (r < 0)
		fail(discord, "out of memory");
	else if (discord->cluster && is_ready(discord))
		set_state(discord, GATEWAY_READY, NULL);
}

/* Apply what Discord has told about the bot's application. */
static void take_over(struct discord *discord, const struct discord_audit *audit)
{
	discord->audit = audit;
	if (!discord->cluster)
		remember_identify(discord);
	if (!discord->cluster || discord->is_leading)
		introduce(discord);
	discord_identify_gate_limit(&discord->gate, audit->sessions_total, audit->sessions_left,
			audit->sessions_reset_ms, audit->max_concurrency,
			loop_now_ms(discord->head.host->loop));
	discord->shard_total = discord->config->shards ? discord->config->shards : audit->shards;
}

static void on_setup(void *user, const char *reason, const struct discord_audit *audit)
{
	struct discord *discord = user;

	if (audit) {
		take_over(discord, audit);
		begin(discord);
	} else {
		set_state(discord, GATEWAY_CONNECTING, reason);
	}
}

/* ---------------------------------------------------------------- for the bot */

static void discord_free(struct gateway *gateway)
{
	struct discord *discord = of(gateway);

	if (!discord)
		return;
	discord_rest_unshare(discord->rest_shared);
	discord_rest_free(discord->rest);
	http_free(discord->http);
	discord_missed_release(&discord->missed);
	discord_takebacks_release(&discord->changes.takebacks);
	discord_postings_release(&discord->postings);
	discord_outbox_free(discord->outbox);
	discord_backfill_release(&discord->backfill);
	discord_shards_release(&discord->shards);
	discord_scratch_release(&discord->scratch);
	discord_event_message_release(&discord->message);
	discord_setup_free(discord->setup);
	discord_saving_release(&discord->saving);
	timer_free(discord->leave_timer);
	timer_free(discord->goodbye);
	discord_interaction_release(&discord->interaction);
	free(discord->activity);
	gateway_config_unref(&discord->config->head);
	gateway_config_unref(&discord->made_of->head);
	free(discord);
}

static void on_dead(void *user, const char *reason)
{
	struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "the token is invalid: %s", reason);
	fail(discord, "invalid bot token (401, also when checked): " DISCORD_TOKEN_REMEDY);
}

static void on_doubt(void *user, const char *refused)
{
	const struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name,
			"Discord answered 401 (Unauthorized) to %s: checking the token with GET /users/@me; "
			"answers wait meanwhile",
			refused);
}

static void on_trust(void *user)
{
	const struct discord *discord = user;

	log_gateway(LOG_LEVEL_INFO, discord->head.name, "the token is valid: what was refused is sent again");
}

static void on_pause(void *user, const char *reason, uint64_t pause_ms)
{
	struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "no requests for %.1f s: %s",
			(double)pause_ms / 1000, reason);
}

static void on_date(void *user, uint64_t date_ms)
{
	struct discord *discord = user;

	remote_clock_hear_of(&discord->clock, date_ms, loop_now_ms(discord->head.host->loop));
}

static void on_trouble(void *user, const char *reason)
{
	const struct discord *discord = user;

	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "Discord's REST API cannot be reached: %s",
			reason);
}

static void on_wire(void *user, enum trace_direction direction, const char *text, size_t length)
{
	const struct discord *discord = user;

	trace_write(discord->head.name, -1, 0, direction, text, length);
}

static int make_rest(struct discord *discord, const struct gateway_host *host)
{
	static const struct discord_rest_events events = {.on_dead = on_dead,
			.on_doubt = on_doubt,
			.on_trust = on_trust,
			.on_pause = on_pause,
			.on_date = on_date,
			.on_trouble = on_trouble,
			.on_wire = on_wire};
	const struct discord_config *config = discord->made_of;
	int r;

	snprintf(discord->user_agent, sizeof(discord->user_agent), "DiscordBot (%s, " EPISODED_VERSION ")",
			*homepage ? homepage : APPLICATIONS_URL);
	r = http_new(host->loop, discord->user_agent, config->ca_file, &discord->http);
	if (r == 0)
		r = http_set_proxy(discord->http, config->head.proxy);
	if (r == 0)
		r = discord_rest_new(host->loop, discord->http, config->api, config->token,
				config->global_rate, &discord->rest);
	if (r < 0)
		return r;
	discord_rest_listen(discord->rest, &events, discord);
	if (!discord->cluster)
		return 0;
	discord_rest_set_permit(discord->rest, cluster_own_permit(discord->cluster));
	return discord_rest_share(discord->rest, discord->cluster, discord->head.name, config->global_rate,
			&discord->rest_shared);
}

static int make_timers(struct discord *discord, struct loop *loop)
{
	discord->goodbye = timer_new(loop, on_goodbye, discord);
	if (discord->cluster)
		discord->leave_timer = timer_new(loop, on_leave_timer, discord);
	return discord->goodbye && (discord->leave_timer || !discord->cluster) ? 0 : -ENOMEM;
}

static bool permit_of_guild(void *user, uint64_t guild, const struct permit **ret)
{
	const struct discord *discord = user;
	const struct discord_part *part = discord_shards_of(&discord->shards, guild);

	if (part)
		*ret = part->permit;
	return part != NULL;
}

static void on_takebacks_changed(void *user)
{
	discord_saving_takebacks(&((struct discord *)user)->saving);
}

static void init_changes(struct discord *discord, const struct gateway_host *host)
{
	struct discord_changes *changes = &discord->changes;

	changes->host = host;
	changes->gateway = as_gateway(discord);
	changes->outbox = discord->outbox;
	changes->takebacks.gateway = discord->head.name;
	changes->takebacks.permit_of = permit_of_guild;
	changes->takebacks.on_changed = on_takebacks_changed;
	changes->takebacks.user = discord;
	discord_takebacks_init(&changes->takebacks, host->loop, discord->rest);
	discord->missed = (struct discord_missed){
			.rest = discord->rest,
			.changes = changes,
			.is_question = is_question,
			.is_owner = is_owner,
			.channels = &discord->channels,
			.on_changed = on_channels_changed,
			.user = discord,
	};
	discord->postings = (struct discord_postings){
			.loop = host->loop,
			.gateway = discord->head.name,
			.rest = discord->rest,
			.on_changed = on_posts_changed,
			.on_lack = on_lack,
			.on_end = on_posting_end,
			.user = discord,
	};
}

static int make_saving(struct discord *discord, const struct gateway_host *host)
{
	discord->saving = (struct discord_saving){
			.memory = {host, discord->head.name, discord->cluster != NULL},
			.cluster = discord->cluster,
			.shards = &discord->shards,
			.audit = &discord->audit,
			.channels = &discord->channels,
			.takebacks = &discord->changes.takebacks,
			.posts = &discord->postings.posts,
			.self = &discord->self.id,
	};
	return discord_saving_init(&discord->saving);
}

static int make_parts(struct discord *discord, const struct gateway_host *host)
{
	int r = make_rest(discord, host);

	if (r < 0)
		return r;
	r = make_saving(discord, host);
	if (r < 0)
		return r;
	discord->backfill = (struct discord_backfill){
			.gateway = discord->head.name,
			.rest = discord->rest,
			.channels = &discord->channels,
			.permit_of = permit_of_guild,
			.on_message = on_backfilled,
			.on_changed = on_channels_changed,
			.user = discord,
	};
	r = discord_setup_new(
			&(struct discord_setup_config){
					.host = host,
					.gateway = discord->head.name,
					.rest = discord->rest,
					.memory = &discord->saving.memory,
					.permit = discord->cluster ? cluster_own_permit(discord->cluster)
								   : NULL,
					.is_shared = discord->cluster != NULL,
					.on_result = on_setup,
					.on_asked = on_asked,
					.user = discord,
			},
			&discord->setup);
	if (r == 0)
		r = discord_outbox_new(
				&(struct discord_outbox_config){
						.loop = host->loop,
						.gateway = discord->head.name,
						.rest = discord->rest,
						.channels = &discord->channels,
						.on_end = on_outbox_end,
						.user = discord,
				},
				&discord->outbox);
	if (r == 0) {
		init_changes(discord, host);
		r = make_timers(discord, host->loop);
	}
	if (r < 0)
		return r;
	/* Alone: of all processes of a "shard_range", the one with the first shard. */
	if (!discord->cluster && !discord->config->range.first)
		discord_setup_lead(discord->setup, NULL);
	return 0;
}

static struct discord_shard_host shard_host(struct discord *discord)
{
	return (struct discord_shard_host){
			.loop = discord->head.host->loop,
			.name = discord->head.name,
			.token = discord->made_of->token,
			.ca_file = discord->made_of->ca_file,
			.proxy = discord->made_of->head.proxy,
			.user_agent = discord->user_agent,
			.compress = discord->made_of->compress,
			.scratch = &discord->scratch,
			.user = discord,
			.on_state = on_shard_state,
			.on_identified = on_identified,
			.on_message = on_message,
			.on_interaction = on_interaction,
			.on_change = on_change,
			.on_moved = on_moved,
			.ask_connect = ask_connect,
			.ask_register = ask_register,
			.on_identify = on_identify,
	};
}

static int discord_create(
		const struct gateway_wanted *wanted, const struct gateway_host *host, struct gateway **ret)
{
	const struct discord_config *config = discord_config(wanted->config);
	struct discord *discord;
	int r;

	if (!config->token || !config->api)
		return -EINVAL;
	discord = calloc(1, sizeof(*discord));
	if (!discord)
		return -ENOMEM;
	discord_event_message_init(&discord->message);
	discord_interaction_init(&discord->interaction);
	discord_identify_gate_init(&discord->gate);
	discord->config = discord_config(gateway_config_ref(&config->head));
	discord->made_of = discord_config(gateway_config_ref(&config->head));
	discord->head = (struct gateway_head){&discord_gateway, host, config->head.name};
	discord->cluster = host->cluster ? host->cluster(host->bot) : NULL;
	discord->shard_host = shard_host(discord);
	discord->self.role_in = role_in;
	discord->self.user = discord;
	r = make_parts(discord, host);
	if (r < 0)
		goto out;
	*ret = as_gateway(discord);
	discord = NULL;
out:
	discord_free(discord ? as_gateway(discord) : NULL);
	return r;
}

static int discord_start(struct gateway *gateway)
{
	struct discord *discord = of(gateway);

	discord->state = GATEWAY_CONNECTING;
	if (!discord->cluster)
		remember(discord);
	discord_setup_start(discord->setup);
	return 0;
}

/* The sessions are kept, so that a restart can resume them. */
static void discord_stop(struct gateway *gateway, const char *reason)
{
	struct discord *discord = of(gateway);

	(void)reason;
	discord->is_stopping = true;
	discord_setup_stop(discord->setup);
	stop_shards(discord);
	discord_saving_stop(&discord->saving);
	timer_set(discord->goodbye, GOODBYE_MS);
	check_goodbye(discord);
}

/* The style applies from the next answer on, spoiler channels from the next question on. */
static int discord_reconfigure(struct gateway *gateway, const struct gateway_wanted *wanted)
{
	struct discord *discord = of(gateway);
	const struct discord_config *before = discord->config;

	discord->config = discord_config(gateway_config_ref(wanted->config));
	gateway_config_unref(&before->head);
	return 0;
}

static uint64_t discord_network_ms(const struct gateway *gateway)
{
	return network_ms((const struct discord *)(const void *)gateway);
}

static void describe(const struct discord *discord, struct gateway_status *ret)
{
	size_t guilds = 0, away = 0;
	const struct discord_shards *shards = &discord->shards;

	for (unsigned i = 0; i < shards->count; i++) {
		if (!shards->part[i]->shard)
			continue;
		guilds += discord_shard_guilds(shards->part[i]->shard);
		away += discord_shard_guilds_away(shards->part[i]->shard);
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
				", %zu unavailable", away);
	if (discord->cluster)
		utf8_print(ret->detail + strlen(ret->detail), sizeof(ret->detail) - strlen(ret->detail),
				", %u of the %u shards here connected",
				discord_shards_in_state(shards, DISCORD_SESSION_READY), shards->count);
	else if (shards->count > 1)
		utf8_print(ret->detail + strlen(ret->detail), sizeof(ret->detail) - strlen(ret->detail),
				", %u of %u shards", discord_shards_in_state(shards, DISCORD_SESSION_READY),
				shards->count);
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
			.is_lacking = discord->audit && !discord->audit->has_content,
	};
	describe(discord, ret);
}

const struct gateway_class discord_gateway = {
		.is_confirmed = true,
		.is_leased = true,
		.has_edits = true,
		.has_roles = true,
		.has_threads = true,
		.has_events = true,
		.create = discord_create,
		.free = discord_free,
		.start = discord_start,
		.stop = discord_stop,
		.take_part = discord_take_part,
		.drop_part = discord_drop_part,
		.reconfigure = discord_reconfigure,
		.can_speak = discord_can_speak,
		.restore = discord_restore,
		.say = discord_say,
		.flush = discord_flush,
		.decline = discord_decline,
		.holds = discord_holds,
		.network_ms = discord_network_ms,
		.status = discord_status,
};
