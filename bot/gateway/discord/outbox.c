/* Replies on their way: sent until Discord has them or it is too late. */

#include "bot/gateway/discord/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/net/loop.h"

/* Discord's own error codes that a plainer message may avoid. */
#define CODE_MISSING_PERMISSION 50013
#define CODE_NO_HISTORY         160002

struct outgoing {
	struct outgoing *next, **link; /* all of a gateway, in the order they came */
	struct discord *discord;
	char message[SNOWFLAKE_BYTES];
	char channel[SNOWFLAKE_BYTES];
	char *token;
	uint64_t application;
	uint64_t deadline_ms, callback_ms;
	enum outbox_form forms[OUTBOX_FORMS_MAX];
	char *bodies[OUTBOX_FORMS_MAX]; /* NULL once the REST side has it */
	size_t form, form_count;        /* the one being tried */
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
	for (size_t i = 0; i < OUTBOX_FORMS_MAX; i++)
		free(outgoing->bodies[i]);
	free(outgoing->token);
	free(outgoing);
}

void outbox_release(struct discord *discord)
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

static struct room *room_of(struct outgoing *outgoing)
{
	return rooms_find(&outgoing->discord->rooms, strtoull(outgoing->channel, NULL, 10));
}

/* ---------------------------------------------------------------- the end */

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

static void on_said(struct outgoing *outgoing)
{
	struct room *room = room_of(outgoing);

	/* From here on a card needs no plain text beside it. */
	if (room && outgoing->form == 0 && outgoing->form_count > 1 && !outgoing->token)
		room->takes_cards = true;
	outgoing->discord->answered++;
	settle(outgoing);
}

/* ---------------------------------------------------------------- sending */

static void on_done(void *user, const struct rest_result *result);

static unsigned time_left(uint64_t until_ms, uint64_t now_ms)
{
	return now_ms < until_ms ? (unsigned)(until_ms - now_ms) : 0;
}

static int send_message(struct outgoing *outgoing, const char *body, unsigned deadline_ms)
{
	struct str path = STR(REST_PATH_MAX_BYTES);
	int r;

	str_printf(&path, "/channels/%s/messages", outgoing->channel);
	r = rest_send(outgoing->discord->rest,
		&(struct rest_call){
			.method = "POST",
			.route = "POST /channels/{}/messages",
			.major = outgoing->channel,
			.path = str_text(&path),
			.body = body,
			.body_bytes = strlen(body),
			.is_idempotent = true, /* the nonce sees to that */
			.deadline_ms = deadline_ms,
		},
		on_done, outgoing);
	str_release(&path);
	return r;
}

static int send_callback(struct outgoing *outgoing, const char *body, unsigned deadline_ms)
{
	struct str path = STR(REST_PATH_MAX_BYTES * 2);
	int r;

	discord_append_callback_path(&path, outgoing->message, outgoing->token);
	r = rest_send(outgoing->discord->rest,
		&(struct rest_call){
			.method = "POST",
			.route = "POST /interactions/{}/{}/callback",
			.major = outgoing->message,
			.path = str_text(&path),
			.body = body,
			.body_bytes = strlen(body),
			.lane = REST_LANE_INTERACTION,
			.is_callback = true,
			.deadline_ms = deadline_ms,
		},
		on_done, outgoing);
	str_release(&path);
	return r;
}

/* An edit says the same thing twice where the callback got through, and fails where it did not. */
static int send_original(struct outgoing *outgoing, const char *body, unsigned deadline_ms)
{
	struct str path = STR(REST_PATH_MAX_BYTES * 2);
	int r;

	discord_append_original_path(&path, outgoing->application, outgoing->token);
	r = rest_send(outgoing->discord->rest,
		&(struct rest_call){
			.method = "PATCH",
			.route = "PATCH /webhooks/{}/{}/messages/@original",
			.major = outgoing->token,
			.path = str_text(&path),
			.body = body,
			.body_bytes = strlen(body),
			.lane = REST_LANE_INTERACTION,
			.is_idempotent = true,
			.deadline_ms = deadline_ms,
		},
		on_done, outgoing);
	str_release(&path);
	return r;
}

/* The form that is to be tried. -EAGAIN: the REST side is full, the body stays; -ETIMEDOUT; others end this
 * form. */
static int send_form(struct outgoing *outgoing)
{
	uint64_t now_ms = loop_now_ms(outgoing->discord->head.host->loop);
	unsigned left_ms = time_left(outgoing->deadline_ms, now_ms);
	unsigned callback_left_ms = time_left(outgoing->callback_ms, now_ms);
	const char *body = outgoing->bodies[outgoing->form];
	int r = -ETIMEDOUT;

	switch (outgoing->forms[outgoing->form]) {
	case OUTBOX_MESSAGE:
		if (left_ms)
			r = send_message(outgoing, body, left_ms);
		break;
	case OUTBOX_CALLBACK:
		if (callback_left_ms)
			r = send_callback(outgoing, body, callback_left_ms);
		break;
	case OUTBOX_ORIGINAL:
		if (left_ms)
			r = send_original(outgoing, body, left_ms);
		break;
	}
	if (r == 0) {
		free(outgoing->bodies[outgoing->form]);
		outgoing->bodies[outgoing->form] = NULL;
	}
	return r;
}

/* Try this form and those after it. 0 when one is on its way or waits; else why the last was not. */
static int send_forms(struct outgoing *outgoing)
{
	int r = -ETIMEDOUT;

	for (; outgoing->form < outgoing->form_count; outgoing->form++) {
		r = send_form(outgoing);
		if (r == 0 || r == -EAGAIN)
			return 0;
	}
	return r;
}

/* A place in the REST side's queue is free again: the next that waits for this channel takes it. */
static void send_waiting(struct discord *discord, const char *channel)
{
	struct outgoing *outgoing = discord->outbox;
	int r;

	while (outgoing && !(outgoing->bodies[outgoing->form] && str_equal(outgoing->channel, channel)))
		outgoing = outgoing->next;
	if (!outgoing)
		return;
	r = send_forms(outgoing);
	if (r < 0)
		give_up(outgoing, r == -ETIMEDOUT ? "it came too late" : strerror(-r));
}

/* Was it refused in a way that the next form may get around? */
static bool is_next_worth_it(const struct outgoing *outgoing, const struct rest_result *result)
{
	if (outgoing->form + 1 >= outgoing->form_count || rest_is_dead(outgoing->discord->rest))
		return false;
	if (outgoing->forms[outgoing->form] == OUTBOX_MESSAGE)
		return result->code == CODE_MISSING_PERMISSION || result->code == CODE_NO_HISTORY;
	return true;
}

static void on_done(void *user, const struct rest_result *result)
{
	struct outgoing *outgoing = user;
	struct discord *discord = outgoing->discord;
	struct room *room = room_of(outgoing);
	char channel[SNOWFLAKE_BYTES];
	int r;

	memcpy(channel, outgoing->channel, sizeof(channel));
	if (!result->error) {
		on_said(outgoing);
	} else if (is_next_worth_it(outgoing, result)) {
		if (room && outgoing->forms[outgoing->form] == OUTBOX_MESSAGE)
			room->refuses_cards = true;
		outgoing->form++;
		r = send_forms(outgoing);
		if (r < 0)
			give_up(outgoing, strerror(-r));
	} else {
		give_up(outgoing, result->reason);
	}
	send_waiting(discord, channel);
}

/* Once for each time that it fills up. */
static void tell_full(struct discord *discord)
{
	if (!discord->is_full_told)
		log_gateway(LOG_LEVEL_WARNING, discord->head.name,
			"%d answers wait for Discord; further ones are dropped", OUTBOX_MAX);
	discord->is_full_told = true;
}

int outbox_add(struct discord *discord, struct outbox_reply *reply)
{
	struct outgoing *outgoing = NULL;
	int r = -EAGAIN;

	if (discord->outbox_count >= OUTBOX_MAX) {
		tell_full(discord);
		goto out;
	}
	discord->is_full_told = discord->is_full_told && discord->outbox_count > OUTBOX_MAX / 2;
	r = -ENOMEM;
	outgoing = calloc(1, sizeof(*outgoing));
	if (!outgoing)
		goto out;
	join_outbox(discord, outgoing);
	snprintf(outgoing->message, sizeof(outgoing->message), "%s", reply->message);
	snprintf(outgoing->channel, sizeof(outgoing->channel), "%s", reply->channel);
	outgoing->application = reply->application;
	outgoing->deadline_ms = reply->deadline_ms;
	outgoing->callback_ms = reply->callback_ms;
	outgoing->token = str_copy(reply->token);
	if (reply->token && !outgoing->token)
		goto out;
	for (size_t i = 0; i < reply->form_count; i++) {
		outgoing->forms[i] = reply->forms[i].form;
		outgoing->bodies[i] = reply->forms[i].body;
		reply->forms[i].body = NULL;
	}
	outgoing->form_count = reply->form_count;
	r = send_forms(outgoing);
	if (r == 0)
		outgoing = NULL;
out:
	outgoing_free(outgoing);
	for (size_t i = 0; i < OUTBOX_FORMS_MAX; i++)
		free(reply->forms[i].body);
	return r;
}
