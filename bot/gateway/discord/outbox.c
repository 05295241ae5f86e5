/* Replies on their way to Discord: sent until one form is accepted or it is too late. */

#include "bot/gateway/discord/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/json.h"
#include "bot/base/log.h"
#include "bot/base/log_gate.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/rest/refusal.h"
#include "bot/gateway/discord/snowflake.h"
#include "bot/gateway/discord/view/layout.h"
#include "bot/net/loop.h"

#define NO_CARDS "I need the Embed Links permission for that answer. Please ask again for plain text."

#define SECOND_TRY_MS 2000 /* a new thread may not be known everywhere yet */

#define NEEDED ": it needs View Channel and Send Messages there, in threads Send Messages in Threads"

struct discord_outgoing {
	struct discord_outgoing *next, **link; /* in the order they came */
	struct discord_outbox *outbox;
	char message[DISCORD_CHANGE_ID_BYTES];
	char channel[DISCORD_SNOWFLAKE_BYTES];
	uint64_t question; /* the number in message: that of the person's message */
	char *token;
	uint64_t application;
	uint64_t deadline_ms, callback_ms;
	const struct permit *permit;
	bool is_left; /* to another process: nothing more is sent */
	enum discord_outbox_form forms[DISCORD_OUTBOX_FORMS_MAX];
	bool has_file[DISCORD_OUTBOX_FORMS_MAX];
	char *file; /* may be NULL */
	size_t file_bytes;
	const char *file_type;
	char *bodies[DISCORD_OUTBOX_FORMS_MAX]; /* NULL once REST has it */
	size_t form, form_count;                /* form: the one being tried */
	long refusal;                           /* Discord's error code for the form before */
	uint64_t post; /* our message that is edited: it lost its card, or is corrected; 0: no such message */
	bool is_correction; /* of an earlier answer, */
	bool is_placed;     /* and it is known which message that is, or that it is a new one */
	bool is_in_line;    /* it waits for the end of an earlier answer to the same question */
	bool is_withdrawn;
	bool is_doubtful; /* may have been delivered: search before sending */
	bool is_layout;   /* form 0 is made of components */
	bool is_looking;
	bool is_second_try; /* the channel refused it, which has to be proved */
};

struct discord_outbox {
	struct discord_outbox_config config;
	struct discord_recall recall;
	struct discord_outgoing *first, **end;
	size_t count;
	bool is_waiting;           /* a reply is waiting for a place in the REST queue */
	struct log_gate full_gate; /* 1: the outbox is full */
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
			outgoing->outbox->end = outgoing->link;
		if (!--outgoing->outbox->count)
			outgoing->outbox->is_waiting = false;
	}
	for (size_t i = 0; i < DISCORD_OUTBOX_FORMS_MAX; i++)
		free(outgoing->bodies[i]);
	free(outgoing->file);
	free(outgoing->token);
	free(outgoing);
}

static void join_outbox(struct discord_outbox *outbox, struct discord_outgoing *outgoing)
{
	outgoing->outbox = outbox;
	outgoing->link = outbox->end;
	*outbox->end = outgoing;
	outbox->end = &outgoing->next;
	outbox->count++;
}

static struct discord_channel *channel_of(struct discord_outgoing *outgoing)
{
	return discord_channels_find(
			outgoing->outbox->config.channels, strtoull(outgoing->channel, NULL, 10));
}

/* ---------------------------------------------------------------- the end */

static void send_next_in_line(
		struct discord_outbox *outbox, uint64_t question, uint64_t post, bool is_layout);

static void finish_with(struct discord_outgoing *outgoing, enum discord_outbox_end end, struct span posted)
{
	struct discord_outbox *outbox = outgoing->outbox;
	uint64_t question = outgoing->question;
	char message[DISCORD_CHANGE_ID_BYTES];
	struct discord_outbox_outcome outcome = {.message = message, .end = end, .post = outgoing->post};

	memcpy(message, outgoing->message, sizeof(message));
	if (posted.at && span_number(span_get(posted, "id"), &outcome.post) == 0)
		outcome.is_layout = discord_layout_is(posted);
	outgoing_free(outgoing);
	outbox->config.on_end(outbox->config.user, &outcome);
	send_next_in_line(outbox, question, outcome.post, outcome.is_layout);
}

static void finish(struct discord_outgoing *outgoing, enum discord_outbox_end end)
{
	finish_with(outgoing, end, (struct span){NULL, 0});
}

static void give_up(struct discord_outgoing *outgoing, int error, const char *reason)
{
	struct discord_outbox *outbox = outgoing->outbox;

	if (error == -ENOMEM || error == -EKEYEXPIRED || discord_rest_is_dead(outbox->config.rest)) {
		finish(outgoing, DISCORD_OUTBOX_LEFT_OPEN);
		return;
	}
	if (outgoing->is_withdrawn) {
		finish(outgoing, DISCORD_OUTBOX_WITHDRAWN);
		return;
	}
	log_gateway(LOG_LEVEL_WARNING, outbox->config.gateway, "an answer in channel %s was dropped: %s",
			outgoing->channel, reason);
	finish(outgoing, DISCORD_OUTBOX_DROPPED);
}

/* The bot may not speak there: logged once, and tried again with growing delays. */
static void give_up_channel(struct discord_outgoing *outgoing, struct discord_channel *channel,
		const struct discord_rest_result *result)
{
	struct discord_outbox *outbox = outgoing->outbox;
	bool is_news = !channel->refusals;
	uint64_t mute_ms = discord_channel_mute(channel, loop_now_ms(outbox->config.loop));

	if (mute_ms)
		log_gateway(is_news ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, outbox->config.gateway,
				"the bot may not speak in channel %s (%s)%s; it tries again in %.0f min, "
				"then less often",
				outgoing->channel, result->reason,
				result->status == 403 && channel->guild ? NEEDED : "",
				(double)mute_ms / 60000);
	finish(outgoing, DISCORD_OUTBOX_DROPPED);
}

/* Learn from the accepted form: cards work here, or are not tried for a while. */
static void learn_from_form(struct discord_outgoing *outgoing, struct discord_channel *channel)
{
	struct discord_outbox *outbox = outgoing->outbox;
	uint64_t until_ms = loop_now_ms(outbox->config.loop) + DISCORD_CHANNELS_PLAIN_MS;
	const char *lack = "embed links", *answers = "are plain text";

	channel->takes_cards = outgoing->form == 0;
	if (channel->takes_cards) {
		channel->plain_until_ms = 0;
		return;
	}
	if (outgoing->refusal == DISCORD_CODE_NO_HISTORY) {
		channel->loose_until_ms = until_ms;
		lack = "read the message history";
		answers = "are not sent as replies";
	} else {
		channel->plain_until_ms = until_ms;
	}
	log_gateway(LOG_LEVEL_INFO, outbox->config.gateway,
			"the bot may not %s in channel %s: its answers there %s", lack, outgoing->channel,
			answers);
}

static void on_said(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	struct discord_outbox *outbox = outgoing->outbox;
	struct discord_channel *channel = channel_of(outgoing);

	if (channel && outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE &&
			discord_channel_unmute(channel))
		log_gateway(LOG_LEVEL_INFO, outbox->config.gateway, "the bot may speak in channel %s again",
				outgoing->channel);
	/* Components say nothing about the permission to embed links. */
	if (channel && !outgoing->token && outgoing->form_count > 1 && !outgoing->is_layout &&
			!outgoing->is_correction)
		learn_from_form(outgoing, channel);
	finish_with(outgoing, DISCORD_OUTBOX_DELIVERED, (struct span){result->body, result->body_bytes});
}

/* ---------------------------------------------------------------- sending */

static void on_done(void *user, const struct discord_rest_result *result);

static unsigned time_left(uint64_t until_ms, uint64_t now_ms)
{
	return now_ms < until_ms ? (unsigned)(until_ms - now_ms) : 0;
}

static void on_recalled(void *user, int error, const struct discord_recalled *found);

static int look(struct discord_outgoing *outgoing, unsigned deadline_ms)
{
	int r = discord_recall_ask(&outgoing->outbox->recall, outgoing->channel, outgoing->message,
			outgoing->permit, deadline_ms, on_recalled, outgoing);

	outgoing->is_looking = r == 0;
	return r;
}

/* An earlier answer to the same question, which has to end first. */
static bool has_earlier(const struct discord_outgoing *outgoing)
{
	const struct discord_outgoing *other = outgoing->outbox->first;

	while (other != outgoing && other->question != outgoing->question)
		other = other->next;
	return other != outgoing;
}

/* Which message does the correction replace? */
static int place(struct discord_outgoing *outgoing, unsigned deadline_ms)
{
	outgoing->is_in_line = has_earlier(outgoing);
	return outgoing->is_in_line ? 0 : look(outgoing, deadline_ms);
}

/* A correction edits that message. Without one it is a message of its own. */
static void place_at(struct discord_outgoing *outgoing, uint64_t post, bool is_layout)
{
	outgoing->is_placed = true;
	outgoing->post = post;
	if (is_layout && outgoing->forms[outgoing->form + 1] == DISCORD_OUTBOX_EDIT)
		outgoing->form++;
	while (!post && outgoing->forms[outgoing->form] == DISCORD_OUTBOX_EDIT)
		outgoing->form++;
}

/* The request for the current form, without path, body and deadline. The path is appended. */
static struct discord_rest_call request_of(const struct discord_outgoing *outgoing, struct str *path)
{
	static const struct discord_rest_call calls[] = {
			[DISCORD_OUTBOX_MESSAGE] = {.method = "POST",
					.route = "POST /channels/{}/messages",
					.is_idempotent = true /* its body has an enforced nonce */},
			[DISCORD_OUTBOX_EDIT] = {.method = "PATCH",
					.route = "PATCH /channels/{}/messages/{}",
					.is_idempotent = true},
			[DISCORD_OUTBOX_CALLBACK] = {.method = "POST",
					.route = "POST /interactions/{}/{}/callback",
					.lane = DISCORD_REST_LANE_INTERACTION,
					.is_callback = true},
			/* Repeats the text if the callback was delivered; 404 if it was not. */
			[DISCORD_OUTBOX_ORIGINAL] = {.method = "PATCH",
					.route = "PATCH /webhooks/{}/{}/messages/@original",
					.lane = DISCORD_REST_LANE_INTERACTION,
					.is_idempotent = true},
	};
	struct discord_rest_call call = calls[outgoing->forms[outgoing->form]];

	switch (outgoing->forms[outgoing->form]) {
	case DISCORD_OUTBOX_MESSAGE:
		str_printf(path, "/channels/%s/messages", outgoing->channel);
		call.major = outgoing->channel;
		/* No retry after Discord has forgotten the nonce: a search comes first. The message after
		 * an interaction cannot be searched for; a duplicate is better than no answer. */
		call.repeat_ms = outgoing->token ? 0 : DISCORD_RECALL_NONCE_MS;
		break;
	case DISCORD_OUTBOX_EDIT:
		str_printf(path, "/channels/%s/messages/%" PRIu64, outgoing->channel, outgoing->post);
		call.major = outgoing->channel;
		break;
	case DISCORD_OUTBOX_CALLBACK:
		discord_interaction_append_callback_path(path, outgoing->message, outgoing->token);
		call.major = outgoing->message;
		break;
	case DISCORD_OUTBOX_ORIGINAL:
		discord_interaction_append_original_path(path, outgoing->application, outgoing->token);
		call.major = outgoing->token;
		break;
	}
	return call;
}

/* Send the current form. -EAGAIN: the REST queue is full, and the body is kept. Any other error ends this
 * form. */
static int send_form(struct discord_outgoing *outgoing)
{
	const struct discord_outbox_config *config = &outgoing->outbox->config;
	enum discord_outbox_form form = outgoing->forms[outgoing->form];
	unsigned left_ms = time_left(
			form == DISCORD_OUTBOX_CALLBACK ? outgoing->callback_ms : outgoing->deadline_ms,
			loop_now_ms(config->loop));
	struct str path = STR(DISCORD_REST_PATH_MAX_BYTES * 2);
	struct discord_rest_call call;
	int r;

	if (outgoing->is_left)
		return -EKEYEXPIRED;
	if (outgoing->is_withdrawn)
		return -ECANCELED;
	if (!left_ms)
		return -ETIMEDOUT;
	if (outgoing->is_correction && !outgoing->is_placed)
		return place(outgoing, left_ms);
	if (form == DISCORD_OUTBOX_MESSAGE && outgoing->is_doubtful)
		return look(outgoing, left_ms);
	call = request_of(outgoing, &path);
	call.path = str_text(&path);
	call.body = outgoing->bodies[outgoing->form];
	call.body_bytes = strlen(call.body);
	if (outgoing->has_file[outgoing->form])
		call.file = (struct discord_upload){
				outgoing->file, outgoing->file_bytes, outgoing->file_type};
	call.permit = outgoing->permit;
	call.deadline_ms = left_ms;
	call.delay_ms = outgoing->is_second_try ? SECOND_TRY_MS : 0;
	r = path.error ? path.error : discord_rest_send(config->rest, &call, on_done, outgoing);
	if (r == 0) {
		free(outgoing->bodies[outgoing->form]);
		outgoing->bodies[outgoing->form] = NULL;
	}
	str_release(&path);
	return r;
}

/* Send this form or one after it. 0: one is in flight or waits; otherwise the error of the last. */
static int send_forms(struct discord_outgoing *outgoing)
{
	int r = -ETIMEDOUT;

	for (; outgoing->form < outgoing->form_count; outgoing->form++) {
		r = send_form(outgoing);
		outgoing->outbox->is_waiting |= r == -EAGAIN;
		if (r == 0 || r == -EAGAIN)
			return 0;
	}
	return r;
}

static void send_or_give_up(struct discord_outgoing *outgoing)
{
	int r = send_forms(outgoing);

	if (r < 0)
		give_up(outgoing, r, r == -ETIMEDOUT ? "deadline passed" : strerror(-r));
}

/* Send the form again whose body the REST queue has sent. */
static void send_again(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	char *body = str_copy(result->sent);

	outgoing->bodies[outgoing->form] = body;
	if (body)
		send_or_give_up(outgoing);
	else
		give_up(outgoing, -ENOMEM, strerror(ENOMEM));
}

/* A place in the REST queue is free: the next reply that waits for this channel takes it. */
static void send_waiting(struct discord_outbox *outbox, const char *channel)
{
	struct discord_outgoing *outgoing = outbox->first;

	if (!outbox->is_waiting)
		return; /* keeps a burst of thousands linear */
	while (outgoing && (!outgoing->bodies[outgoing->form] || outgoing->is_looking ||
					   outgoing->is_in_line || !str_equal(outgoing->channel, channel)))
		outgoing = outgoing->next;
	if (outgoing)
		send_or_give_up(outgoing);
}

/* An answer to this question has ended, as that message; 0: not known. The correction that waits for it is next. */
static void send_next_in_line(struct discord_outbox *outbox, uint64_t question, uint64_t post, bool is_layout)
{
	struct discord_outgoing *outgoing = outbox->first;

	while (outgoing && (!outgoing->is_in_line || outgoing->question != question))
		outgoing = outgoing->next;
	if (!outgoing || has_earlier(outgoing))
		return;
	outgoing->is_in_line = false;
	if (post)
		place_at(outgoing, post, is_layout);
	send_or_give_up(outgoing);
}

/*
 * A card was refused in a channel that had accepted cards, so there is no plain text form: send a note
 * instead.
 */
static void add_note_form(struct discord_outgoing *outgoing)
{
	struct str body = STR(DISCORD_REST_PATH_MAX_BYTES);

	str_append(&body, "{\"content\":");
	json_append_string(&body, NO_CARDS);
	str_printf(&body,
			",\"allowed_mentions\":{\"parse\":[]},\"nonce\":\"e%s.0\",\"enforce_nonce\":true,"
			"\"message_reference\":{\"message_id\":\"%s\"}}",
			outgoing->message, outgoing->message);
	if (str_take(&body, &outgoing->bodies[outgoing->form_count]) == 0)
		outgoing->forms[outgoing->form_count++] = DISCORD_OUTBOX_MESSAGE;
	str_release(&body);
}

/* Can the next form succeed where this one was refused? */
static bool is_next_worth_it(struct discord_outgoing *outgoing, const struct discord_channel *channel,
		const struct discord_rest_result *result)
{
	bool is_card = outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE;

	if (discord_rest_is_dead(outgoing->outbox->config.rest))
		return false;
	if (is_card && result->code != DISCORD_CODE_MISSING_PERMISSION &&
			result->code != DISCORD_CODE_NO_HISTORY &&
			result->code != DISCORD_CODE_EMPTY_MESSAGE &&
			!(outgoing->is_layout && result->code == DISCORD_CODE_INVALID_FORM))
		return false;
	if (is_card && outgoing->form_count == 1 && channel && channel->takes_cards)
		add_note_form(outgoing);
	return outgoing->form + 1 < outgoing->form_count;
}

/*
 * The outcome is unknown, and Discord has forgotten the nonce by now. The message after an interaction has no
 * reference that could be searched for.
 */
static bool is_in_doubt(const struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	return outgoing->forms[outgoing->form] == DISCORD_OUTBOX_MESSAGE && !outgoing->token &&
	       result->sent && result->error == -ETIMEDOUT && result->is_maybe_done &&
	       time_left(outgoing->deadline_ms, loop_now_ms(outgoing->outbox->config.loop));
}

static void on_recalled(void *user, int error, const struct discord_recalled *found)
{
	struct discord_outgoing *outgoing = user;
	struct discord_outbox *outbox = outgoing->outbox;
	char channel[DISCORD_SNOWFLAKE_BYTES];

	memcpy(channel, outgoing->channel, sizeof(channel));
	outgoing->is_looking = outgoing->is_doubtful = false;
	if (!error && outgoing->is_correction && !outgoing->is_placed) {
		place_at(outgoing, found->post, found->is_layout);
		send_or_give_up(outgoing);
	} else if (found->post) {
		outgoing->post = found->post;
		finish(outgoing, DISCORD_OUTBOX_DELIVERED);
	} else if (error) {
		give_up(outgoing, error,
				"it may have been delivered already, and the channel cannot be searched");
	} else {
		send_or_give_up(outgoing);
	}
	send_waiting(outbox, channel);
}

/*
 * Without Embed Links, Discord was seen to refuse a card, and also to accept the message without its card. In
 * the second case the message is edited into plain text.
 */
static bool has_lost_its_card(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	struct span message = {result->body, result->body_bytes}, embeds = span_get(message, "embeds");
	struct span_walk walk;
	struct span embed;

	if (outgoing->form || outgoing->token || outgoing->is_correction || !result->sent ||
			!strstr(result->sent, "\"embeds\":[{"))
		return false;
	return span_open(embeds, '[', &walk) == 0 && span_item(&walk, &embed) == 0 &&
	       span_number(span_get(message, "id"), &outgoing->post) == 0;
}

static void mend(struct discord_outgoing *outgoing)
{
	struct discord_channel *channel = channel_of(outgoing);
	char *nonce;

	if (channel)
		channel->takes_cards = false;
	if (outgoing->form_count == 1)
		add_note_form(outgoing);
	if (outgoing->form_count == 1) {
		give_up(outgoing, -ENOMEM, strerror(ENOMEM));
		return;
	}
	/* An edit has no nonce and no reference, which come last; texts have no unescaped quotes. */
	nonce = strstr(outgoing->bodies[1], ",\"nonce\":");
	if (nonce)
		memcpy(nonce, "}", 2);
	outgoing->forms[1] = DISCORD_OUTBOX_EDIT;
	outgoing->form = 1;
	send_or_give_up(outgoing);
}

/* The first refusal in a channel, and of this answer: one more try decides, because it may have been a disturbance of
 * Discord's. */
static bool is_unproved(const struct discord_outgoing *outgoing, const struct discord_channel *channel,
		const struct discord_rest_result *result)
{
	return !outgoing->is_second_try && !outgoing->refusal && !channel->refusals && result->sent;
}

/* The message that the answer replies to was deleted, maybe while there was no session. "errors" names the member. */
static bool is_question_gone(const struct discord_rest_result *result)
{
	return result->code == DISCORD_CODE_INVALID_FORM && result->fields &&
	       str_starts(result->fields, "message_reference: Unknown message");
}

/* A correction is refused. A message that is gone is not said again; one that is made of components stays so. */
static void on_edit_refused(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	bool has_more = outgoing->form + 1 < outgoing->form_count &&
			outgoing->forms[outgoing->form + 1] == DISCORD_OUTBOX_EDIT;

	if (result->code == DISCORD_CODE_UNKNOWN_MESSAGE) {
		finish(outgoing, DISCORD_OUTBOX_WITHDRAWN);
	} else if (result->code == DISCORD_CODE_INVALID_FORM && has_more) {
		outgoing->form++;
		send_or_give_up(outgoing);
	} else {
		give_up(outgoing, result->error, result->reason);
	}
}

static void on_refused(struct discord_outgoing *outgoing, const struct discord_rest_result *result)
{
	enum discord_outbox_form form = outgoing->forms[outgoing->form];
	struct discord_channel *channel = channel_of(outgoing);

	if (outgoing->is_withdrawn || (form == DISCORD_OUTBOX_MESSAGE && is_question_gone(result))) {
		finish(outgoing, DISCORD_OUTBOX_WITHDRAWN);
	} else if (form == DISCORD_OUTBOX_EDIT && outgoing->is_correction) {
		on_edit_refused(outgoing, result);
	} else if (is_in_doubt(outgoing, result)) {
		outgoing->is_doubtful = true;
		send_again(outgoing, result);
	} else if (form == DISCORD_OUTBOX_ORIGINAL && result->code == DISCORD_CODE_UNKNOWN_MESSAGE) {
		on_said(outgoing, result);
	} else if (is_next_worth_it(outgoing, channel, result)) {
		outgoing->refusal = result->code;
		outgoing->form++;
		send_or_give_up(outgoing);
	} else if (form == DISCORD_OUTBOX_MESSAGE && channel && discord_refusal_is_muting(result->code)) {
		if (is_unproved(outgoing, channel, result)) {
			outgoing->is_second_try = true;
			send_again(outgoing, result);
		} else {
			give_up_channel(outgoing, channel, result);
		}
	} else if (result->status == 401 && form == DISCORD_OUTBOX_MESSAGE) {
		finish(outgoing, DISCORD_OUTBOX_LEFT_OPEN);
	} else {
		give_up(outgoing, result->error, result->reason);
	}
}

static void on_done(void *user, const struct discord_rest_result *result)
{
	struct discord_outgoing *outgoing = user;
	struct discord_outbox *outbox = outgoing->outbox;
	char channel[DISCORD_SNOWFLAKE_BYTES];

	memcpy(channel, outgoing->channel, sizeof(channel));
	if (result->error)
		on_refused(outgoing, result);
	else if (has_lost_its_card(outgoing, result))
		mend(outgoing);
	else
		on_said(outgoing, result);
	send_waiting(outbox, channel);
}

/* Logged once each time that the outbox fills up. */
static void tell_full(struct discord_outbox *outbox)
{
	if (log_gate_change(&outbox->full_gate, 1))
		log_gateway(LOG_LEVEL_WARNING, outbox->config.gateway,
				"send queue full (%d answers waiting for Discord): dropping answers",
				DISCORD_OUTBOX_MAX);
}

/* ---------------------------------------------------------------- for the gateway */

int discord_outbox_new(const struct discord_outbox_config *config, struct discord_outbox **ret)
{
	struct discord_outbox *outbox = calloc(1, sizeof(*outbox));

	if (!outbox)
		return -ENOMEM;
	outbox->config = *config;
	outbox->recall.loop = config->loop;
	outbox->recall.rest = config->rest;
	outbox->end = &outbox->first;
	*ret = outbox;
	return 0;
}

void discord_outbox_free(struct discord_outbox *outbox)
{
	if (!outbox)
		return;
	while (outbox->first)
		outgoing_free(outbox->first);
	discord_recall_release(&outbox->recall);
	free(outbox);
}

void discord_outbox_set_self(struct discord_outbox *outbox, uint64_t self)
{
	outbox->recall.self = self;
}

bool discord_outbox_holds(const struct discord_outbox *outbox, const char *message)
{
	const struct discord_outgoing *outgoing = outbox->first;

	while (outgoing && !str_equal(outgoing->message, message))
		outgoing = outgoing->next;
	return outgoing != NULL;
}

bool discord_outbox_holds_any(const struct discord_outbox *outbox, uint64_t question)
{
	const struct discord_outgoing *outgoing = outbox->first;

	while (outgoing && outgoing->question != question)
		outgoing = outgoing->next;
	return outgoing != NULL;
}

/* It is neither in the REST queue nor searched for. */
static bool is_here(const struct discord_outgoing *outgoing)
{
	return outgoing->bodies[outgoing->form] && !outgoing->is_looking;
}

/* The next reply to this message that is to be withdrawn. */
static struct discord_outgoing *next_wanted(struct discord_outbox *outbox, uint64_t question)
{
	struct discord_outgoing *outgoing = outbox->first;

	while (outgoing && (outgoing->question != question || outgoing->token || outgoing->is_withdrawn))
		outgoing = outgoing->next;
	return outgoing;
}

void discord_outbox_withdraw(struct discord_outbox *outbox, uint64_t question)
{
	struct discord_outgoing *outgoing;

	while ((outgoing = next_wanted(outbox, question))) {
		outgoing->is_withdrawn = true;
		if (is_here(outgoing))
			finish(outgoing, DISCORD_OUTBOX_WITHDRAWN);
		else
			discord_rest_withdraw(outbox->config.rest, outgoing); /* may end it */
	}
}

bool discord_outbox_is_empty(const struct discord_outbox *outbox)
{
	return !outbox->count;
}

size_t discord_outbox_count(const struct discord_outbox *outbox, const struct permit *permit)
{
	size_t count = 0;

	for (const struct discord_outgoing *outgoing = outbox->first; outgoing; outgoing = outgoing->next)
		count += outgoing->permit == permit;
	return count;
}

/* The next reply that another process sends, and that the REST queue does not have, which would end it. */
static struct discord_outgoing *next_left(struct discord_outbox *outbox)
{
	struct discord_outgoing *outgoing = outbox->first;

	while (outgoing && !(outgoing->is_left && is_here(outgoing)))
		outgoing = outgoing->next;
	return outgoing;
}

void discord_outbox_drop(struct discord_outbox *outbox, const struct permit *permit)
{
	struct discord_outgoing *outgoing;

	discord_recall_drop(&outbox->recall, permit);
	for (outgoing = outbox->first; outgoing; outgoing = outgoing->next) {
		if (outgoing->permit != permit)
			continue;
		outgoing->is_left = true;
		outgoing->permit = NULL;
	}
	/* From the start again after each: the end of one may end another that waits for it. */
	while ((outgoing = next_left(outbox)))
		finish(outgoing, DISCORD_OUTBOX_LEFT_OPEN);
}

void discord_outbox_reply_release(struct discord_outbox_reply *reply)
{
	for (size_t i = 0; i < DISCORD_OUTBOX_FORMS_MAX; i++) {
		free(reply->forms[i].body);
		reply->forms[i].body = NULL;
	}
	free(reply->file);
	reply->file = NULL;
}

int discord_outbox_add(struct discord_outbox *outbox, struct discord_outbox_reply *reply)
{
	struct discord_outgoing *outgoing = NULL;
	int r = -EAGAIN;

	if (outbox->count >= DISCORD_OUTBOX_MAX) {
		tell_full(outbox);
		goto out;
	}
	if (outbox->count <= DISCORD_OUTBOX_MAX / 2)
		log_gate_change(&outbox->full_gate, 0);
	r = -ENOMEM;
	outgoing = calloc(1, sizeof(*outgoing));
	if (!outgoing)
		goto out;
	join_outbox(outbox, outgoing);
	snprintf(outgoing->message, sizeof(outgoing->message), "%s", reply->message);
	snprintf(outgoing->channel, sizeof(outgoing->channel), "%s", reply->channel);
	outgoing->question = discord_change_id_read(reply->message).message;
	outgoing->is_correction = reply->is_correction;
	outgoing->application = reply->application;
	outgoing->deadline_ms = reply->deadline_ms;
	outgoing->callback_ms = reply->callback_ms;
	outgoing->permit = reply->permit;
	outgoing->is_doubtful = reply->is_doubtful;
	outgoing->is_layout = reply->is_layout;
	outgoing->token = str_copy(reply->token);
	if (reply->token && !outgoing->token)
		goto out;
	for (size_t i = 0; i < reply->form_count; i++) {
		outgoing->forms[i] = reply->forms[i].form;
		outgoing->has_file[i] = reply->forms[i].has_file;
		outgoing->bodies[i] = reply->forms[i].body;
		reply->forms[i].body = NULL;
	}
	outgoing->form_count = reply->form_count;
	outgoing->file = reply->file;
	outgoing->file_bytes = reply->file_bytes;
	outgoing->file_type = reply->file_type;
	reply->file = NULL;
	if (reply->is_correction && (reply->post || reply->is_new) && !has_earlier(outgoing))
		place_at(outgoing, reply->post, false);
	r = send_forms(outgoing);
	if (r == 0)
		outgoing = NULL;
out:
	outgoing_free(outgoing);
	discord_outbox_reply_release(reply);
	return r;
}
