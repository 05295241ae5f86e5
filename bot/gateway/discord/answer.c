/* A reply as what the outbox sends. */

#include "bot/gateway/discord/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bot/catalogue/picture.h"
#include "bot/gateway/discord/change.h"
#include "bot/gateway/discord/interaction.h"
#include "bot/gateway/discord/recall.h"
#include "bot/gateway/discord/view/render.h"

#define BODY_MAX_BYTES (DISCORD_RENDER_BODY_MAX_BYTES + 64)
#define NONCE_BYTES    32
#define CALLBACK_MS    2900 /* Discord accepts a callback for 3 s */
/* The question's age is an estimate: one try in any case. */
#define CALLBACK_LEAST_MS 1000
#define ANSWER_LEAST_MS   (60 * 1000)
#define CALLBACK_REPLY    4
#define CALLBACK_UPDATE   7

#define TOO_LATE "Sorry, my private answer was too late for Discord. Please ask again."

/* An edited question and its answer's nonce: a number of two digits tells the edits of a question apart. */
#define CORRECTIONS 100

/* An answer being made. */
struct draft {
	const struct discord_answer *answer;
	struct discord_outbox_reply reply;
	struct discord_render_options options;
	char nonce[NONCE_BYTES];
	char question[DISCORD_SNOWFLAKE_BYTES]; /* the person's message */
	char attachment[DISCORD_UPLOAD_NAME_BYTES];
};

/* Append a form; before and after surround the message. *position is its page, then the page after it. */
static int add_form(struct draft *draft, const struct reply *reply, enum discord_outbox_form form,
		const char *before, const char *after, size_t *position)
{
	struct str body = STR(BODY_MAX_BYTES);
	size_t i = draft->reply.form_count;
	int r;

	str_append(&body, before);
	r = discord_render_message(reply, &draft->options, position, &body);
	str_append(&body, after);
	if (r == 0)
		r = body.error;
	if (r == 0)
		r = str_take(&body, &draft->reply.forms[i].body);
	str_release(&body);
	if (r < 0)
		return r;
	draft->reply.forms[i].form = form;
	draft->reply.forms[i].has_file = draft->options.attachment != NULL;
	draft->reply.form_count++;
	return 0;
}

/* A picture that is a file is sent with the card, if the file is there. Cards of later pages have no picture. */
static void attach(struct draft *draft, bool is_card, size_t position)
{
	const char *image = draft->answer->reply->image;

	draft->options.attachment = NULL;
	if (!is_card || position || !image || !picture_is_file(image))
		return;
	if (!draft->reply.file && picture_read(image, &draft->reply.file, &draft->reply.file_bytes,
						  &draft->reply.file_type) < 0)
		return;
	discord_upload_name(draft->reply.file_type, draft->attachment);
	draft->options.attachment = draft->attachment;
}

/* In a channel: a card, and what needs fewer permissions. */
static int add_message_forms(struct draft *draft, size_t *position)
{
	const struct discord_answer *answer = draft->answer;
	const struct discord_channel *channel = answer->channel;
	bool is_card = !answer->is_plain && !(channel && answer->now_ms < channel->plain_until_ms);
	size_t again = *position;
	int r;

	draft->options.is_plain = !is_card;
	draft->options.nonce = draft->nonce;
	draft->options.reference =
			channel && answer->now_ms < channel->loose_until_ms ? NULL : draft->question;
	attach(draft, is_card, *position);
	r = add_form(draft, answer->reply, DISCORD_OUTBOX_MESSAGE, "", "", position);
	draft->reply.is_layout = discord_render_is_layout(answer->reply, &draft->options);
	if (r < 0 || !is_card || (channel && channel->takes_cards && !draft->reply.is_layout))
		return r;
	attach(draft, false, 0);
	draft->options.is_plain = true;
	draft->options.reference = NULL;
	return add_form(draft, answer->reply, DISCORD_OUTBOX_MESSAGE, "", "", &again);
}

/* The question was edited: its answer is edited too. It may be made of components, and stays so. */
static int add_correction_forms(struct draft *draft, size_t *position)
{
	const struct discord_answer *answer = draft->answer;
	const struct discord_channel *channel = answer->channel;
	bool is_card = !answer->is_plain && !(channel && answer->now_ms < channel->plain_until_ms);
	size_t again = *position, as_message = again;
	int r;

	draft->options.is_edit = true;
	draft->options.is_plain = !is_card;
	draft->options.is_layout_host = answer->asked && answer->asked->is_layout;
	attach(draft, is_card, *position);
	r = add_form(draft, answer->reply, DISCORD_OUTBOX_EDIT, "", "", position);
	if (r == 0 && !discord_render_is_layout(answer->reply, &draft->options)) {
		draft->options.is_layout_host = true;
		r = add_form(draft, answer->reply, DISCORD_OUTBOX_EDIT, "", "", &again);
	}
	attach(draft, false, 0);
	draft->options.is_edit = draft->options.is_layout_host = false;
	draft->reply.is_correction = true;
	draft->reply.post = answer->asked ? answer->asked->post : 0;
	draft->reply.is_new = answer->asked && answer->asked->is_bare;
	return r < 0 ? r : add_message_forms(draft, &as_message);
}

/* A private reply is not repeated in public: the person is asked to ask again. */
static int add_late_note(struct draft *draft)
{
	size_t position = 0;
	struct reply note;
	int r;

	reply_init(&note);
	reply_set_text(&note, TOO_LATE);
	r = note.error ? note.error : add_form(draft, &note, DISCORD_OUTBOX_MESSAGE, "", "", &position);
	reply_release(&note);
	return r;
}

/* A button replaces the message that it is part of if only the person who pressed it can read that message. What others
 * read stays as it is, and a private reply or a problem replaces no answer. */
static bool updates_its_message(const struct discord_interaction_ticket *ticket,
		const struct message *message, const struct reply *reply)
{
	if (ticket->kind != DISCORD_INTERACTION_BUTTON || reply->kind == REPLY_PROBLEM)
		return false;
	if (!ticket->is_host_ephemeral && !message->is_private)
		return false;
	return ticket->is_page || !reply->is_private;
}

/* Only the person who asked reads the reply: it is private, a problem, or the answer to a button or a menu of a message
 * that others read too. */
static bool is_for_asker(const struct discord_interaction_ticket *ticket, const struct reply *reply)
{
	return reply->is_private || reply->kind == REPLY_PROBLEM ||
	       ticket->kind != DISCORD_INTERACTION_COMMAND;
}

/* To an interaction: the callback; an edit of it, if its outcome is unknown; and a message in the channel, if it
 * is too late for both. */
static int add_interaction_forms(
		struct draft *draft, const struct discord_interaction_ticket *ticket, size_t *position)
{
	const struct discord_answer *answer = draft->answer;
	const struct reply *reply = answer->reply;
	bool is_update = updates_its_message(ticket, answer->message, reply);
	bool is_ephemeral = !is_update && !answer->message->is_private && is_for_asker(ticket, reply);
	size_t start = *position, again = start;
	char before[40];
	int r;

	draft->reply.token = ticket->token;
	draft->reply.application = ticket->application;
	draft->options.is_plain = answer->is_plain || !ticket->can_embed;
	draft->options.is_ephemeral = is_ephemeral;
	draft->options.is_edit = is_update;
	draft->options.is_layout_host = ticket->is_host_layout && (is_update || ticket->is_page);
	snprintf(before, sizeof(before),
			"{\"type\":%d,\"data\":", is_update ? CALLBACK_UPDATE : CALLBACK_REPLY);
	attach(draft, !draft->options.is_plain, *position);
	r = add_form(draft, reply, DISCORD_OUTBOX_CALLBACK, before, "}", position);
	if (r < 0 || answer->is_callback_only)
		return r;
	draft->options.is_edit = true;
	draft->options.is_ephemeral = false; /* an edit cannot change it */
	r = add_form(draft, reply, DISCORD_OUTBOX_ORIGINAL, "", "", &again);
	if (r < 0)
		return r;
	draft->options.is_edit = false;
	attach(draft, false, 0);
	draft->options.nonce = draft->nonce;
	if (is_ephemeral || ticket->is_host_ephemeral)
		return add_late_note(draft);
	return add_form(draft, reply, DISCORD_OUTBOX_MESSAGE, "", "", &start);
}

static uint64_t age_of(const struct discord_answer *answer)
{
	const struct message *message = answer->message;
	uint64_t age_ms = remote_clock_age(answer->clock, message->time_ms, answer->now_ms);

	return age_ms > message->held_ms ? age_ms : message->held_ms;
}

/* What is left of this time, but not less than that. */
static uint64_t rest_of(uint64_t whole_ms, uint64_t age_ms, uint64_t least_ms)
{
	return age_ms < whole_ms - least_ms ? whole_ms - age_ms : least_ms;
}

static void set_deadlines(struct draft *draft)
{
	uint64_t now_ms = draft->answer->now_ms, age_ms = age_of(draft->answer);

	draft->reply.deadline_ms = now_ms + rest_of(DISCORD_ANSWER_LATE_MS, age_ms, ANSWER_LEAST_MS);
	draft->reply.callback_ms = now_ms + rest_of(CALLBACK_MS, age_ms, CALLBACK_LEAST_MS);
}

/* An earlier process may have sent the answer, too long ago for Discord to know the nonce. */
static bool may_be_answered(const struct discord_answer *answer)
{
	const struct message *message = answer->message;
	uint64_t begun_ms = remote_clock_now(answer->clock, answer->begun_ms);

	if (message->origin == MESSAGE_LIVE)
		return false;
	return !begun_ms || (message->time_ms < begun_ms && age_of(answer) > DISCORD_RECALL_NONCE_MS);
}

int discord_answer_make(
		const struct discord_answer *answer, size_t *position, struct discord_outbox_reply *ret)
{
	const struct message *message = answer->message;
	const struct discord_change_id id = discord_change_id_read(message->id);
	struct discord_interaction_ticket ticket;
	bool is_interaction = message->extra && *message->extra &&
			      discord_interaction_read_ticket(message->extra, &ticket) == 0;
	size_t page = is_interaction && ticket.is_page && !*position ? ticket.page : *position;
	struct draft draft = {
			.answer = answer,
			.reply = {.message = message->id, .channel = message->channel},
			.options = {.prefix = answer->prefix},
	};
	int r;

	set_deadlines(&draft);
	/* Without page buttons where the command would not bring back this answer: what "more" continues, and
	 * random replies. */
	if (!*position && !answer->reply->is_fleeting)
		draft.options.command = discord_render_command(message->text, answer->prefix);
	snprintf(draft.question, sizeof(draft.question), "%" PRIu64, id.message);
	snprintf(draft.nonce, sizeof(draft.nonce), "%c%s.%u", id.edited_ms ? 'c' : 'e', draft.question,
			(unsigned)(id.edited_ms % CORRECTIONS));
	draft.reply.is_doubtful = !is_interaction && !id.edited_ms && may_be_answered(answer);
	if (id.edited_ms)
		r = add_correction_forms(&draft, &page);
	else if (is_interaction)
		r = add_interaction_forms(&draft, &ticket, &page);
	else
		r = add_message_forms(&draft, &page);
	if (r < 0) {
		discord_outbox_reply_release(&draft.reply);
		return r;
	}
	*position = page;
	*ret = draft.reply;
	return 0;
}
