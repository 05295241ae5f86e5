/* Replies on their way: rendered once, sent until Discord has them or it is too late. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/net/loop.h"

#define BODY_MAX_BYTES (64 * 1024)
#define NONCE_BYTES    32
#define PATH_MAX_BYTES 64

/* Discord's own error codes, for a reply that a plainer one may replace. */
#define CODE_MISSING_PERMISSION 50013
#define CODE_NO_HISTORY         160002

struct outgoing {
	struct outgoing *next, **link; /* all of a gateway */
	struct discord *discord;
	char message[SNOWFLAKE_BYTES]; /* what it answers */
	char channel[SNOWFLAKE_BYTES];
	uint64_t deadline_ms; /* monotonic */
	char *body;           /* while the REST side's own queue is full; else NULL */
	char *plain;          /* what is sent when cards are not permitted; NULL: nothing */
};

static void outgoing_free(struct outgoing *outgoing)
{
	if (!outgoing)
		return;
	if (outgoing->link) {
		*outgoing->link = outgoing->next;
		if (outgoing->next)
			outgoing->next->link = outgoing->link;
		else
			outgoing->discord->outbox_end = outgoing->link;
		outgoing->discord->outbox_count--;
	}
	free(outgoing->body);
	free(outgoing->plain);
	free(outgoing);
}

void discord_outbox_release(struct discord *discord)
{
	while (discord->outbox)
		outgoing_free(discord->outbox);
}

static void join_outbox(struct discord *discord, struct outgoing *outgoing)
{
	if (!discord->outbox_end)
		discord->outbox_end = &discord->outbox;
	outgoing->discord = discord;
	outgoing->link = discord->outbox_end;
	*discord->outbox_end = outgoing;
	discord->outbox_end = &outgoing->next;
	discord->outbox_count++;
}

/* ---------------------------------------------------------------- sending */

static struct room *room_of(struct outgoing *outgoing)
{
	return rooms_find(&outgoing->discord->rooms, strtoull(outgoing->channel, NULL, 10));
}

/* It has been said, or never will be: either way it is not to be said again. */
static void settle(struct outgoing *outgoing)
{
	struct discord *discord = outgoing->discord;
	const struct gateway_host *host = discord->head.host;
	char message[SNOWFLAKE_BYTES];

	memcpy(message, outgoing->message, sizeof(message));
	outgoing_free(outgoing);
	if (host->on_proved)
		host->on_proved(host->bot, discord_as_gateway(discord), message);
	discord_check_goodbye(discord);
}

static void give_up(struct outgoing *outgoing, const char *reason)
{
	struct discord *discord = outgoing->discord;

	discord->dropped++;
	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "an answer in channel %s was dropped: %s",
		outgoing->channel, reason);
	settle(outgoing);
}

static void on_posted(void *user, const struct rest_result *result);

static int post(struct outgoing *outgoing, const char *body)
{
	uint64_t now_ms = loop_now_ms(outgoing->discord->head.host->loop);
	char path[PATH_MAX_BYTES];

	if (now_ms >= outgoing->deadline_ms)
		return -ETIMEDOUT;
	snprintf(path, sizeof(path), "/channels/%s/messages", outgoing->channel);
	return rest_send(outgoing->discord->rest,
		&(struct rest_call){
			.method = "POST",
			.route = "POST /channels/{}/messages",
			.major = outgoing->channel,
			.path = path,
			.body = body,
			.body_bytes = strlen(body),
			.is_idempotent = true, /* the nonce sees to that */
			.deadline_ms = (unsigned)(outgoing->deadline_ms - now_ms),
		},
		on_posted, outgoing);
}

/* A place in the REST side's queue is free again: the next for this channel takes it. */
static void send_next(struct discord *discord, const char *channel)
{
	struct outgoing *outgoing = discord->outbox;
	int r;

	while (outgoing && !(outgoing->body && str_equal(outgoing->channel, channel)))
		outgoing = outgoing->next;
	if (!outgoing)
		return;
	r = post(outgoing, outgoing->body);
	if (r == -EAGAIN)
		return;
	free(outgoing->body);
	outgoing->body = NULL;
	if (r < 0)
		give_up(outgoing, r == -ETIMEDOUT ? "it was too late" : strerror(-r));
}

/* The plainer one, where that may help. True when it is on its way. */
static bool send_plain(struct outgoing *outgoing, const struct rest_result *result)
{
	char *plain = outgoing->plain;
	struct room *room = room_of(outgoing);
	bool is_sent;

	if (!plain || (result->code != CODE_MISSING_PERMISSION && result->code != CODE_NO_HISTORY))
		return false;
	if (room)
		room->refuses_cards = true;
	outgoing->plain = NULL;
	is_sent = post(outgoing, plain) == 0;
	free(plain);
	return is_sent;
}

static void on_posted(void *user, const struct rest_result *result)
{
	struct outgoing *outgoing = user;
	struct discord *discord = outgoing->discord;
	char channel[SNOWFLAKE_BYTES];
	struct room *room;

	memcpy(channel, outgoing->channel, sizeof(channel));
	if (!result->error) {
		room = room_of(outgoing);
		if (room && outgoing->plain)
			room->takes_cards = true;
		discord->answered++;
		settle(outgoing);
	} else if (!send_plain(outgoing, result)) {
		give_up(outgoing, result->reason);
	}
	send_next(discord, channel);
}

/* ---------------------------------------------------------------- rendering */

static bool is_spoiler_clear(const struct discord *discord, uint64_t channel)
{
	for (size_t i = 0; i < discord->config.spoiler_channel_count; i++)
		if (discord->config.spoiler_channels[i] == channel)
			return true;
	return false;
}

/* Until render.c: the lines, as they are. */
static int render(const struct delivery *delivery, struct str *body)
{
	struct str text = STR(2000);
	struct reply_line *lines = NULL;
	size_t count = 0;
	int r = reply_lines(delivery->reply, "!", &lines, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		str_printf(&text, "%s%s%s%s", i ? "\n" : "", lines[i].is_veiled ? "||" : "", lines[i].text,
			lines[i].is_veiled ? "||" : "");
	str_append(body, "{\"content\":");
	json_append_string(body, str_text(&text));
	str_printf(body,
		",\"nonce\":\"e%s.0\",\"enforce_nonce\":true,\"allowed_mentions\":{\"parse\":[],"
		"\"replied_user\":false},\"message_reference\":{\"type\":0,\"message_id\":\"%s\","
		"\"fail_if_not_exists\":false}}",
		delivery->message->id, delivery->message->id);
	str_release(&text);
	reply_lines_free(lines, count);
	return body->error;
}

/* 0: it is in the outbox. */
static int enqueue(struct discord *discord, const struct message *message, const char *body, char *plain)
{
	uint64_t age_ms = clock_wall_ms(), now_ms = loop_now_ms(discord->head.host->loop);
	struct outgoing *outgoing = calloc(1, sizeof(*outgoing));
	int r = -ENOMEM;

	if (!outgoing)
		goto out;
	age_ms = age_ms > message->time_ms ? age_ms - message->time_ms : 0;
	outgoing->deadline_ms =
		now_ms + (age_ms < DISCORD_REPLY_LATE_MS ? DISCORD_REPLY_LATE_MS - age_ms : 0);
	snprintf(outgoing->message, sizeof(outgoing->message), "%s", message->id);
	snprintf(outgoing->channel, sizeof(outgoing->channel), "%s", message->channel);
	join_outbox(discord, outgoing);
	r = post(outgoing, body);
	if (r == -EAGAIN) {
		outgoing->body = str_copy(body);
		r = outgoing->body ? 0 : -ENOMEM;
	}
	if (r < 0)
		goto out;
	outgoing->plain = plain;
	plain = NULL;
	outgoing = NULL;
out:
	outgoing_free(outgoing);
	free(plain);
	return r;
}

int discord_deliver(struct discord *discord, struct delivery *delivery)
{
	struct str body = STR(BODY_MAX_BYTES);
	int r;

	if (discord->outbox_count >= DISCORD_OUTBOX_MAX) {
		discord->dropped++;
		return -EAGAIN;
	}
	r = render(delivery, &body);
	if (r == 0)
		r = enqueue(discord, delivery->message, str_text(&body), NULL);
	str_release(&body);
	if (r < 0)
		discord->dropped++;
	else
		delivery->position = 0;
	return r;
}
