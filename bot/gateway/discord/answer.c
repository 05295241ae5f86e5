/* A reply of the bot's, in every form that it may have to be sent in. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/clock.h"
#include "bot/base/json.h"
#include "bot/gateway/discord/discord_private.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/view/render.h"
#include "bot/net/loop.h"

#define BODY_MAX_BYTES (DISCORD_RENDER_BODY_MAX_BYTES + 64)
#define NONCE_BYTES    32
#define CALLBACK_MS    2900 /* Discord waits 3 s; what is sent later finds nobody */
/* Its age is a difference of two clocks, Discord's and ours: however old it seems, the callback is tried. */
#define CALLBACK_LEAST_MS 1000
#define CALLBACK_REPLY    4
#define CALLBACK_UPDATE   7

#define TOO_LATE "The answer for you alone came too late for Discord. Please ask again."

/* One answer being made. */
struct discord_answer {
	struct discord *discord;
	struct delivery *delivery;
	struct discord_outbox_reply reply;
	struct discord_render_options options;
	char nonce[NONCE_BYTES];
	uint64_t now_ms;
	bool is_callback_only; /* whatever becomes of it, it is not said elsewhere */
};

static bool is_spoiler_clear(const struct discord *discord, const char *channel)
{
	uint64_t id = strtoull(channel, NULL, 10);

	for (size_t i = 0; i < discord->config.spoiler_channel_count; i++)
		if (discord->config.spoiler_channels[i] == id)
			return true;
	return false;
}

/* Another form. before and after stand around the message. Its page goes on from *position. */
static int add_form(struct discord_answer *answer, enum discord_outbox_form form, const char *before,
		const char *after, size_t *position)
{
	struct str body = STR(BODY_MAX_BYTES);
	size_t i = answer->reply.form_count;
	int r;

	str_append(&body, before);
	r = discord_render_message(answer->delivery->reply, &answer->options, position, &body);
	str_append(&body, after);
	if (r == 0)
		r = body.error;
	if (r == 0)
		r = str_take(&body, &answer->reply.forms[i].body);
	str_release(&body);
	if (r < 0)
		return r;
	answer->reply.forms[i].form = form;
	answer->reply.form_count++;
	return 0;
}

/* The forms of an answer in a channel: as it should be, and what takes fewer permissions. */
static int add_message_forms(struct discord_answer *answer, size_t *position)
{
	struct discord *discord = answer->discord;
	const struct message *message = answer->delivery->message;
	struct discord_room *room = discord_rooms_find(&discord->rooms, strtoull(message->channel, NULL, 10));
	bool is_card = !discord->config.is_plain && !(room && answer->now_ms < room->plain_until_ms);
	size_t again = *position;
	int r;

	answer->options.is_plain = !is_card;
	answer->options.nonce = answer->nonce;
	answer->options.reference = room && answer->now_ms < room->loose_until_ms ? NULL : message->id;
	r = add_form(answer, DISCORD_OUTBOX_MESSAGE, "", "", position);
	if (r < 0 || !is_card || (room && room->takes_cards))
		return r;
	answer->options.is_plain = true;
	answer->options.reference = NULL;
	return add_form(answer, DISCORD_OUTBOX_MESSAGE, "", "", &again);
}

/* What was for one person's eyes is not said aloud: they are told to ask again. */
static int add_late_note(struct discord_answer *answer)
{
	struct delivery note = *answer->delivery, *before = answer->delivery;
	size_t position = 0;
	struct reply reply;
	int r;

	reply_init(&reply);
	reply_set_text(&reply, TOO_LATE);
	note.reply = &reply;
	answer->delivery = &note;
	r = reply.error ? reply.error : add_form(answer, DISCORD_OUTBOX_MESSAGE, "", "", &position);
	answer->delivery = before;
	reply_release(&reply);
	return r;
}

/*
 * A button changes the message it stands under; what is only for the asker, a
 * mistake above all, does not replace what everybody reads.
 */
static bool updates_its_message(const struct discord_interaction_ticket *ticket, const struct reply *reply)
{
	if (ticket->kind != DISCORD_INTERACTION_BUTTON || reply->kind == REPLY_PROBLEM)
		return false;
	return ticket->is_page || ticket->is_host_ephemeral || !reply->is_private;
}

/* The forms of an answer to an interaction: its callback; over that, when nobody knows what became of it; and
 * in the channel, when it is too late for both. */
static int add_interaction_forms(struct discord_answer *answer,
		const struct discord_interaction_ticket *ticket, size_t *position)
{
	const struct reply *reply = answer->delivery->reply;
	bool is_update = updates_its_message(ticket, reply);
	bool is_ephemeral = !is_update && !answer->delivery->message->is_private &&
			    (reply->is_private || reply->kind == REPLY_PROBLEM);
	size_t start = *position, again = start;
	char before[40];
	int r;

	answer->reply.token = ticket->token;
	answer->reply.application = ticket->application;
	answer->options.is_plain = answer->discord->config.is_plain || !ticket->can_embed;
	answer->options.is_ephemeral = is_ephemeral;
	answer->options.is_edit = is_update;
	snprintf(before, sizeof(before),
			"{\"type\":%d,\"data\":", is_update ? CALLBACK_UPDATE : CALLBACK_REPLY);
	r = add_form(answer, DISCORD_OUTBOX_CALLBACK, before, "}", position);
	if (r < 0 || answer->is_callback_only)
		return r;
	answer->options.is_edit = true;
	answer->options.is_ephemeral = false; /* an edit keeps what it was */
	r = add_form(answer, DISCORD_OUTBOX_ORIGINAL, "", "", &again);
	if (r < 0)
		return r;
	answer->options.is_edit = false;
	answer->options.nonce = answer->nonce;
	if (is_ephemeral || ticket->is_host_ephemeral)
		return add_late_note(answer);
	return add_form(answer, DISCORD_OUTBOX_MESSAGE, "", "", &start);
}

/* When what is sent is too late. */
static void set_deadlines(struct discord_answer *answer)
{
	const struct message *message = answer->delivery->message;
	uint64_t wall_ms = clock_wall_ms(), now_ms = answer->now_ms;
	uint64_t age_ms = wall_ms > message->time_ms ? wall_ms - message->time_ms : 0;

	answer->reply.deadline_ms =
			now_ms + (age_ms < DISCORD_REPLY_LATE_MS ? DISCORD_REPLY_LATE_MS - age_ms : 0);
	answer->reply.callback_ms = now_ms + (age_ms < CALLBACK_MS - CALLBACK_LEAST_MS ? CALLBACK_MS - age_ms
										       : CALLBACK_LEAST_MS);
}

static int deliver(struct discord_answer *answer)
{
	struct discord *discord = answer->discord;
	struct delivery *delivery = answer->delivery;
	const struct message *message = delivery->message;
	const char *prefix = delivery->prefix ? delivery->prefix
					      : discord->head.host->prefix(discord->head.host->bot);
	struct discord_interaction_ticket ticket;
	bool is_interaction = message->extra && *message->extra &&
			      discord_interaction_read_ticket(message->extra, &ticket) == 0;
	size_t position = is_interaction && ticket.is_page && !delivery->position ? ticket.page
										  : delivery->position;
	int r;

	answer->reply.message = message->id;
	answer->reply.channel = message->channel;
	set_deadlines(answer);
	answer->options.is_spoiler_clear = is_spoiler_clear(discord, message->channel);
	/* The rest of an answer, and one that was drawn, have no words that would bring them back. */
	answer->options.command = delivery->position || delivery->reply->is_fleeting
						  ? NULL
						  : discord_render_command(message->text, prefix);
	answer->options.prefix = prefix;
	snprintf(answer->nonce, sizeof(answer->nonce), "e%s.0", message->id);
	/* The process before this one may have said it, and Discord have forgotten the nonce. */
	answer->reply.is_doubtful = !is_interaction && message->time_ms < discord->begun_wall_ms &&
				    clock_wall_ms() > message->time_ms + DISCORD_RECALL_NONCE_MS;
	if (is_interaction)
		r = add_interaction_forms(answer, &ticket, &position);
	else
		r = add_message_forms(answer, &position);
	if (r == 0) {
		r = discord_outbox_add(discord, &answer->reply);
	} else {
		for (size_t i = 0; i < DISCORD_OUTBOX_FORMS_MAX; i++)
			free(answer->reply.forms[i].body);
	}
	if (r < 0)
		discord->dropped++;
	else
		delivery->position = position;
	return r;
}

/* Where the bot may not speak, an answer is not even sent; nor is it by the next process. */
static int drop_in_silence(struct discord *discord, const struct message *message)
{
	const struct gateway_host *host = discord->head.host;

	discord->dropped++;
	if (host->on_completed)
		host->on_completed(host->bot, discord_as_gateway(discord), message->id);
	return -EAGAIN;
}

int discord_say(struct discord *discord, struct delivery *delivery)
{
	const struct message *message = delivery->message;
	const struct discord_room *room =
			discord_rooms_find(&discord->rooms, strtoull(message->channel, NULL, 10));
	struct discord_answer answer = {
			.discord = discord,
			.delivery = delivery,
			.now_ms = loop_now_ms(discord->head.host->loop),
	};

	if (room && discord_room_is_mute(room, answer.now_ms) && !(message->extra && *message->extra))
		return drop_in_silence(discord, message);
	return deliver(&answer);
}

int discord_deliver_notice(struct discord *discord, struct delivery *delivery)
{
	struct discord_answer answer = {
			.discord = discord,
			.delivery = delivery,
			.now_ms = loop_now_ms(discord->head.host->loop),
			.is_callback_only = true,
	};

	return deliver(&answer);
}
