/* Replies on their way: sent until Discord has them or it is too late. */

#include "bot/gateway/discord/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/log.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/outbox_call.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/rest/refusal.h"
#include "bot/net/loop.h"

#define NO_CARDS "The answer needs the permission Embed Links here. Please ask again, then it comes without."

#define NEEDED ": it needs View Channel and Send Messages there, in threads Send Messages in Threads"

struct discord_outgoing {
	struct discord_outgoing *next, **link; /* all of a gateway, in the order they came */
	struct discord *discord;
	char message[DISCORD_SNOWFLAKE_BYTES];
	char channel[DISCORD_SNOWFLAKE_BYTES];
	char *token;
	uint64_t application;
	uint64_t deadline_ms, callback_ms;
	enum discord_outbox_form forms[DISCORD_OUTBOX_FORMS_MAX];
	char *bodies[DISCORD_OUTBOX_FORMS_MAX]; /* NULL once the REST side has it */
	size_t form, form_count;                /* the one being tried */
	long refusal;                           /* Discord's code for the one before */
	uint64_t bare;                          /* our message that lost its card; 0: none */
	bool is_doubtful;                       /* it may have been said: look before it is sent */
	bool is_looking;
};

static void outgoing_free(struct discord_outgoing *outgoing)
{
	if (!outgoing)
		return;
	if (outgoing->link) {
		*outgoing->link = outgoing->next;
		if (outgoing->next)
			outgoing->next->link = outgoing->link;
		else
			outgoing->discord->outbox_end = outgoing->link;
		if (!--outgoing->discord->outbox_count)
			outgoing->discord->is_waiting = false;
	}
	for (size_t i = 0; i < DISCORD_OUTBOX_FORMS_MAX; i++)
		free(outgoing->bodies[i]);
	free(outgoing->token);
	free(outgoing);
}

void discord_outbox_release(struct discord *discord)
{
	while (discord->outbox)
		outgoing_free(discord->outbox);
}

bool discord_outbox_holds(const struct discord *discord, const char *message)
{
	const struct discord_outgoing *outgoing = discord->outbox;

	while (outgoing && !str_equal(outgoing->message, message))
		outgoing = outgoing->next;
	return outgoing != NULL;
}

static void join_outbox(struct discord *discord, struct discord_outgoing *outgoing)
{
	if (!discord->outbox_end)
		discord->outbox_end = &discord->outbox;
	outgoing->discord = discord;
	outgoing->link = discord->outbox_end;
	*discord->outbox_end = outgoing;
	discord->outbox_end = &outgoing->next;
	discord->outbox_count++;
}

static struct discord_room *room_of(struct discord_outgoing *outgoing)
{
	return discord_rooms_find(&outgoing->discord->rooms, strtoull(outgoing->channel, NULL, 10));
}

/* ---------------------------------------------------------------- the end */

/* It has been said, or never will be: either way it is not to be said again. */
static void settle(struct discord_outgoing *outgoing)
{
	struct discord *discord = outgoing->discord;
	const struct gateway_host *host = discord->head.host;
	char message[DISCORD_SNOWFLAKE_BYTES];

	memcpy(message, outgoing->message, sizeof(message));
	outgoing_free(outgoing);
	if (host->on_completed)
		host->on_completed(host->bot, discord_as_gateway(discord), message);
	discord_check_goodbye(discord);
}

/*
 * Discord was not even asked, or would not hear this token: the journal keeps
 * the question open for a process that fares better. The log has the reason.
 */
static void leave_open(struct discord_outgoing *outgoing)
{
	struct discord *discord = outgoing->discord;

	discord->dropped++;
	outgoing_free(outgoing);
	discord_check_goodbye(discord);
}

static void give_up(struct discord_outgoing *outgoing, int error, const char *reason)
{
	struct discord *discord = outgoing->discord;

	if (error == -ENOMEM || discord_rest_is_dead(discord->rest)) {
		leave_open(outgoing);
		return;
	}
	discord->dropped++;
	log_gateway(LOG_LEVEL_WARNING, discord->head.name, "an answer in channel %s was dropped: %s",
			outgoing->channel, reason);
	settle(outgoing);
}

/* The bot may not speak there: said once, and tried again ever more seldom. */
static void give_up_room(struct discord_outgoing *outgoing, struct discord_room *room,
		const struct discord_rest_result *result)
{
	struct discord *discord = outgoing->discord;
	bool is_news = !room->refusals;
	uint64_t mute_ms = discord_room_mute(room, loop_now_ms(discord->head.host->loop));

	if (mute_ms)
		log_gateway(is_news ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, discord->head.name,
				"the bot may not speak in channel %s (%s)%s; it tries again in %.0f min, "
				"then more "
				"seldom",
				outgoing->channel, result->reason,
				result->status == 403 && room->guild ? NEEDED : "", (double)mute_ms / 60000);
	discord->dropped++;
	settle(outgoing);
}

/* From here on a card needs no plain text beside it, or is not even tried for a while. */
static void learn_from_form(struct discord_outgoing *outgoing, struct discord_room *room)
{
	struct discord *discord = outgoing->discord;
	uint64_t until_ms = loop_now_ms(discord->head.host->loop) + DISCORD_ROOMS_PLAIN_MS;
	const char *lack = "embed links", *answers = "are plain text";

	room->takes_cards = outgoing->form == 0;
	if (room->takes_cards) {
		room->plain_until_ms = 0;
		return;
	}
	if (outgoing->refusal == DISCORD_CODE_NO_HISTORY) {
		room->loose_until_ms = until_ms;
		lack = "read the message history";
		answers = "are no replies";
	} else {
		room->plain_until_ms = until_ms;
	}
	log_gateway(LOG_LEVEL_INFO, discord->head.name,
			"the bot may not %s in channel %s: its answers there %s", lack, outgoing->channel,
			answers);
}

static void on_said(struct discord_outgoing *outgoing)
{
	struct discord *discord = outgoing->discord;
	struct discord_room *room = room_of(outgoing);

	if (room && outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE && discord_room_unmute(room))
		log_gateway(LOG_LEVEL_INFO, discord->head.name, "the bot may speak in channel %s again",
				outgoing->channel);
	if (room && !outgoing->token && outgoing->form_count > 1)
		learn_from_form(outgoing, room);
	discord->answered++;
	settle(outgoing);
}

/* ---------------------------------------------------------------- sending */

static void on_done(void *user, const struct discord_rest_result *result);

static unsigned time_left(uint64_t until_ms, uint64_t now_ms)
{
	return now_ms < until_ms ? (unsigned)(until_ms - now_ms) : 0;
}

static void on_recalled(void *user, int error, bool is_said);

static int look(struct discord_outgoing *outgoing, unsigned deadline_ms)
{
	int r = discord_recall_ask(outgoing->discord, outgoing->channel, outgoing->message, deadline_ms,
			on_recalled, outgoing);

	outgoing->is_looking = r == 0;
	return r;
}

/* The form that is to be tried. -EAGAIN: the REST side is full, the body stays; -ETIMEDOUT; others end this
 * form. */
static int send_form(struct discord_outgoing *outgoing)
{
	uint64_t now_ms = loop_now_ms(outgoing->discord->head.host->loop);
	unsigned left_ms = time_left(outgoing->deadline_ms, now_ms);
	unsigned callback_left_ms = time_left(outgoing->callback_ms, now_ms);
	const struct discord_outbox_call call = {
			outgoing->discord->rest, outgoing->bodies[outgoing->form], on_done, outgoing};
	int r = -ETIMEDOUT;

	switch (outgoing->forms[outgoing->form]) {
	case DISCORD_OUTBOX_MESSAGE:
		if (left_ms && outgoing->is_doubtful)
			return look(outgoing, left_ms);
		if (left_ms)
			r = discord_outbox_call_message(&call, outgoing->channel, !outgoing->token, left_ms);
		break;
	case DISCORD_OUTBOX_CALLBACK:
		if (callback_left_ms)
			r = discord_outbox_call_callback(
					&call, outgoing->message, outgoing->token, callback_left_ms);
		break;
	case DISCORD_OUTBOX_EDIT:
		if (left_ms)
			r = discord_outbox_call_edit(&call, outgoing->channel, outgoing->bare, left_ms);
		break;
	case DISCORD_OUTBOX_ORIGINAL:
		if (left_ms)
			r = discord_outbox_call_original(
					&call, outgoing->application, outgoing->token, left_ms);
		break;
	}
	if (r == 0) {
		free(outgoing->bodies[outgoing->form]);
		outgoing->bodies[outgoing->form] = NULL;
	}
	return r;
}

/* Try this form and those after it. 0 when one is on its way or waits; else why the last was not. */
static int send_forms(struct discord_outgoing *outgoing)
{
	int r = -ETIMEDOUT;

	for (; outgoing->form < outgoing->form_count; outgoing->form++) {
		r = send_form(outgoing);
		outgoing->discord->is_waiting |= r == -EAGAIN;
		if (r == 0 || r == -EAGAIN)
			return 0;
	}
	return r;
}

/* A place in the REST side's queue is free again: the next that waits for this channel takes it. */
static void send_waiting(struct discord *discord, const char *channel)
{
	struct discord_outgoing *outgoing = discord->outbox;
	int r;

	if (!discord->is_waiting)
		return; /* in a burst of thousands they are not all looked at for each of them */
	while (outgoing && (!outgoing->bodies[outgoing->form] || outgoing->is_looking ||
					   !str_equal(outgoing->channel, channel)))
		outgoing = outgoing->next;
	if (!outgoing)
		return;
	r = send_forms(outgoing);
	if (r < 0)
		give_up(outgoing, r, r == -ETIMEDOUT ? "it came too late" : strerror(-r));
}

/*
 * A card was refused where cards had been taken before, and has no plain text
 * beside it: that is told in its place, so that nobody waits for nothing.
 */
static void add_note_form(struct discord_outgoing *outgoing)
{
	struct str body = STR(DISCORD_REST_PATH_MAX_BYTES);

	str_append(&body, "{\"content\":");
	json_append_string(&body, NO_CARDS);
	str_printf(&body,
			",\"allowed_mentions\":{\"parse\":[]},\"nonce\":\"e%s.0\",\"enforce_nonce\":true,"
			"\"message_reference\":{\"message_id\":\"%s\",\"fail_if_not_exists\":false}}",
			outgoing->message, outgoing->message);
	if (str_take(&body, &outgoing->bodies[outgoing->form_count]) == 0)
		outgoing->forms[outgoing->form_count++] = DISCORD_OUTBOX_MESSAGE;
	str_release(&body);
}

/* Was it refused in a way that the next form may get around? */
static bool is_next_worth_it(struct discord_outgoing *outgoing, const struct discord_room *room,
		const struct discord_rest_result *result)
{
	bool is_card = outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE;

	if (discord_rest_is_dead(outgoing->discord->rest))
		return false;
	if (is_card && result->code != DISCORD_CODE_MISSING_PERMISSION &&
			result->code != DISCORD_CODE_NO_HISTORY && result->code != DISCORD_CODE_EMPTY_MESSAGE)
		return false;
	if (is_card && outgoing->form_count == 1 && room && room->takes_cards)
		add_note_form(outgoing);
	return outgoing->form + 1 < outgoing->form_count;
}

/*
 * It was sent, nobody knows what became of it, and what Discord knew of its
 * nonce is forgotten by now. An interaction's late word refers to nothing that
 * could be looked for.
 */
static bool is_in_doubt(const struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	return outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE && !outgoing->token &&
	       result->sent && result->error == -ETIMEDOUT && result->is_maybe_done &&
	       time_left(outgoing->deadline_ms, loop_now_ms(outgoing->discord->head.host->loop));
}

static void look_again(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	int r = -ENOMEM;

	outgoing->bodies[outgoing->form] = str_copy(result->sent);
	outgoing->is_doubtful = true;
	if (outgoing->bodies[outgoing->form])
		r = send_forms(outgoing);
	if (r < 0)
		give_up(outgoing, r, strerror(-r));
}

static void on_recalled(void *user, int error, bool is_said)
{
	struct discord_outgoing *outgoing = user;
	struct discord *discord = outgoing->discord;
	char channel[DISCORD_SNOWFLAKE_BYTES];
	int r;

	memcpy(channel, outgoing->channel, sizeof(channel));
	outgoing->is_looking = outgoing->is_doubtful = false;
	if (is_said) {
		discord->answered++;
		settle(outgoing);
	} else if (error) {
		give_up(outgoing, error, "it may have been said already, and that cannot be found out");
	} else {
		r = send_forms(outgoing);
		if (r < 0)
			give_up(outgoing, r, r == -ETIMEDOUT ? "it came too late" : strerror(-r));
	}
	send_waiting(discord, channel);
}

/*
 * Discord has been seen to refuse a card where the bot may not embed links, and
 * to take the message without it. Then plain text is put in its place.
 */
static bool has_lost_its_card(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	struct span message = {result->body, result->body_bytes}, embeds = span_get(message, "embeds");
	struct span_walk walk;
	struct span embed;

	if (outgoing->form || outgoing->token || !result->sent || !strstr(result->sent, "\"embeds\":[{"))
		return false;
	return span_open(embeds, '[', &walk) == 0 && span_item(&walk, &embed) == 0 &&
	       span_number(span_get(message, "id"), &outgoing->bare) == 0;
}

static void mend(struct discord_outgoing *outgoing)
{
	struct discord_room *room = room_of(outgoing);
	char *nonce;
	int r = -ENOMEM;

	if (room)
		room->takes_cards = false;
	if (outgoing->form_count == 1)
		add_note_form(outgoing);
	if (outgoing->form_count > 1) {
		/* An edit has neither nonce nor reference, which come last; no text has bare quotes in it. */
		nonce = strstr(outgoing->bodies[1], ",\"nonce\":");
		if (nonce)
			memcpy(nonce, "}", 2);
		outgoing->forms[1] = DISCORD_OUTBOX_EDIT;
		outgoing->form = 1;
		r = send_forms(outgoing);
	}
	if (r < 0)
		give_up(outgoing, r, strerror(-r));
}

static void on_refused(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	enum discord_outbox_form form = outgoing->forms[outgoing->form];
	struct discord_room *room = room_of(outgoing);
	int r;

	if (is_in_doubt(outgoing, result)) {
		look_again(outgoing, result);
	} else if (form == DISCORD_OUTBOX_ORIGINAL && result->code == DISCORD_CODE_UNKNOWN_MESSAGE) {
		on_said(outgoing);
	} else if (is_next_worth_it(outgoing, room, result)) {
		outgoing->refusal = result->code;
		outgoing->form++;
		r = send_forms(outgoing);
		if (r < 0)
			give_up(outgoing, r, strerror(-r));
	} else if (form == DISCORD_OUTBOX_MESSAGE && room && discord_refusal_is_muting(result->code)) {
		give_up_room(outgoing, room, result);
	} else if (result->status == 401 && form == DISCORD_OUTBOX_MESSAGE) {
		leave_open(outgoing);
	} else {
		give_up(outgoing, result->error, result->reason);
	}
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct discord_outgoing *outgoing = user;
	struct discord *discord = outgoing->discord;
	char channel[DISCORD_SNOWFLAKE_BYTES];

	memcpy(channel, outgoing->channel, sizeof(channel));
	if (result->error)
		on_refused(outgoing, result);
	else if (has_lost_its_card(outgoing, result))
		mend(outgoing);
	else
		on_said(outgoing);
	send_waiting(discord, channel);
}

/* Once for each time that it fills up. */
static void tell_full(struct discord *discord)
{
	if (log_gate_change(&discord->full_gate, 1))
		log_gateway(LOG_LEVEL_WARNING, discord->head.name,
				"%d answers wait for Discord; further ones are dropped", DISCORD_OUTBOX_MAX);
}

int discord_outbox_add(struct discord *discord, struct discord_outbox_reply *reply)
{
	struct discord_outgoing *outgoing = NULL;
	int r = -EAGAIN;

	if (discord->outbox_count >= DISCORD_OUTBOX_MAX) {
		tell_full(discord);
		goto out;
	}
	if (discord->outbox_count <= DISCORD_OUTBOX_MAX / 2)
		log_gate_change(&discord->full_gate, 0);
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
	outgoing->is_doubtful = reply->is_doubtful;
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
	for (size_t i = 0; i < DISCORD_OUTBOX_FORMS_MAX; i++)
		free(reply->forms[i].body);
	return r;
}
