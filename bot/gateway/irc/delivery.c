/* Delivery confirmation: the answers that were sent, and how each is completed. */

#include "bot/gateway/irc/delivery.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/irc/text.h"

#define PING_TOKEN     "sent-"
#define PING_MARK      (UINT64_C(1) << 62) /* marks a PING in the outbox */
#define TEXT_MAX_BYTES IRC_LINELEN_MAX
#define CLOCKS_MS      2000 /* how far the server's clock may differ from our estimate */

/* The token of a PING, of the last label that was used before it. */
static void write_token(uint64_t label, char ret[IRC_DELIVERY_TOKEN_BYTES])
{
	snprintf(ret, IRC_DELIVERY_TOKEN_BYTES, PING_TOKEN "%llu", (unsigned long long)label);
}

/* Can the history of a channel contain lines to target? Those to "@#channel" are not kept. */
static bool is_in_history(const char *target)
{
	return irc_target_is_channel(target) && irc_target_channel(target) == target;
}

void irc_delivery_init(
		struct irc_delivery *delivery, struct irc_outbox *outbox, const struct irc_isupport *isupport)
{
	*delivery = (struct irc_delivery){.outbox = outbox, .isupport = isupport, .next_ms = UINT64_MAX};
	delivery->last = &delivery->answers;
	delivery->last_completed = &delivery->completed;
}

static bool is_equal(const struct irc_delivery *delivery, const char *a, const char *b)
{
	return irc_casemap_equal(delivery->isupport->casemap, a, b);
}

/* ---------------------------------------------------------------- completed */

/* Remove all queued lines of an answer from the outbox. */
static void withdraw(struct irc_delivery *delivery, struct irc_answer *answer)
{
	for (size_t i = 0; i < answer->sent_count; i++)
		irc_outbox_withdraw(delivery->outbox, &answer->sent[i]);
}

static void free_list(struct irc_delivery *delivery, struct irc_answer *list)
{
	while (list) {
		struct irc_answer *next = list->next;

		withdraw(delivery, list);
		irc_answer_free(list);
		list = next;
	}
}

void irc_delivery_release(struct irc_delivery *delivery)
{
	free_list(delivery, delivery->answers);
	free_list(delivery, delivery->completed);
	irc_delivery_init(delivery, delivery->outbox, delivery->isupport);
}

void irc_delivery_set_method(struct irc_delivery *delivery, enum irc_confirmation method)
{
	delivery->method = delivery->is_unverified ? IRC_CONFIRM_PING : method;
	delivery->outbox->has_labels = delivery->method == IRC_CONFIRM_LABEL;
}

static void complete(struct irc_delivery *delivery, struct irc_answer *answer, enum irc_outcome outcome,
		const char *reason)
{
	struct irc_answer **link = &delivery->answers;

	while (*link != answer)
		link = &(*link)->next;
	*link = answer->next;
	if (!*link)
		delivery->last = link;
	answer->next = NULL;
	*delivery->last_completed = answer;
	delivery->last_completed = &answer->next;
	answer->is_complete = true;
	answer->outcome = outcome;
	utf8_print(answer->reason, sizeof(answer->reason), "%s", reason);
	withdraw(delivery, answer);
	if (--delivery->answer_count == 0) {
		delivery->next_ms = UINT64_MAX;
		delivery->pinged_label = 0;
	}
}

/* Confirm a record. True: its answer is completed and has been removed from the list. */
static bool confirm(struct irc_delivery *delivery, struct irc_sent *sent)
{
	struct irc_answer *answer = sent->answer;

	if (sent->state == IRC_SENT_CONFIRMED)
		return false;
	irc_outbox_withdraw(
			delivery->outbox, sent); /* remove the second try, because the first had arrived */
	sent->state = IRC_SENT_CONFIRMED;
	if (--answer->open_count > 0)
		return false;
	complete(delivery, answer, IRC_OUTCOME_CONFIRMED, "");
	return true;
}

/* Confirm the lines of an answer that were sent with labels up to this one. */
static void confirm_up_to(struct irc_delivery *delivery, struct irc_answer *answer, uint64_t label)
{
	bool is_complete = false;

	for (size_t i = 0; i < answer->sent_count && !is_complete; i++) {
		if (answer->sent[i].state == IRC_SENT_SENT && answer->sent[i].label <= label)
			is_complete = confirm(delivery, &answer->sent[i]);
	}
}

bool irc_delivery_take(struct irc_delivery *delivery, struct irc_completed *ret)
{
	struct irc_answer *answer = delivery->completed;

	if (!answer)
		return false;
	delivery->completed = answer->next;
	if (!delivery->completed)
		delivery->last_completed = &delivery->completed;
	ret->outcome = answer->outcome;
	snprintf(ret->id, sizeof(ret->id), "%s", answer->id);
	snprintf(ret->target, sizeof(ret->target), "%s", answer->target);
	utf8_print(ret->reason, sizeof(ret->reason), "%s", answer->reason);
	ret->fix = answer->fix;
	ret->is_absent = answer->is_absent && answer->open_count == answer->sent_count;
	irc_answer_free(answer);
	return true;
}

/* ---------------------------------------------------------------- sending */

/* Is the bot outside of the channel that target names? */
static bool is_outside(const struct irc_delivery *delivery, const char *target)
{
	return delivery->channels && irc_target_is_channel(target) &&
	       irc_channels_is_outside(delivery->channels, irc_target_channel(target), delivery->isupport);
}

/* Let a line wait for irc_delivery_again(). */
static void park(struct irc_delivery *delivery, struct irc_sent *sent)
{
	uint64_t end_ms = sent->answer->created_ms + IRC_DELIVERY_AGE_MAX_MS;

	irc_outbox_take_back(delivery->outbox, sent);
	sent->state = IRC_SENT_LOST;
	sent->label = 0;
	sent->last_label = 0;
	sent->is_repeated = false;
	sent->is_checked = false;
	if (end_ms < delivery->next_ms)
		delivery->next_ms = end_ms;
}

/* Lines on the wire are not parked: the server has read them before it removed the bot, or refuses them. */
static void park_queued(struct irc_delivery *delivery, struct irc_answer *answer)
{
	for (size_t i = 0; i < answer->sent_count; i++) {
		if (answer->sent[i].state == IRC_SENT_QUEUED)
			park(delivery, &answer->sent[i]);
	}
}

void irc_delivery_park(struct irc_delivery *delivery, const char *channel)
{
	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		if (is_equal(delivery, irc_target_channel(answer->target), channel))
			park_queued(delivery, answer);
	}
}

static bool has_parked(const struct irc_answer *answer)
{
	for (size_t i = 0; i < answer->sent_count; i++) {
		if (answer->sent[i].state == IRC_SENT_LOST)
			return true;
	}
	return false;
}

void irc_delivery_drop(struct irc_delivery *delivery, const char *channel, const char *reason)
{
	struct irc_answer *next;

	irc_delivery_park(delivery, channel);
	for (struct irc_answer *answer = delivery->answers; answer; answer = next) {
		next = answer->next;
		if (has_parked(answer) && is_equal(delivery, irc_target_channel(answer->target), channel))
			complete(delivery, answer, IRC_OUTCOME_EXPIRED, reason);
	}
}

int irc_delivery_send(struct irc_delivery *delivery, const struct irc_outgoing *outgoing, uint64_t now_ms)
{
	struct irc_answer *answer;
	int r;

	if (outgoing->line_count == 0)
		return -EINVAL;
	if (delivery->answer_count >= IRC_DELIVERY_ANSWERS_MAX)
		return -ENOBUFS;
	r = irc_outbox_push_answer(delivery->outbox, outgoing, now_ms, &answer);
	if (r < 0)
		return r;
	*delivery->last = answer;
	delivery->last = &answer->next;
	delivery->answer_count++;
	if (is_outside(delivery, answer->target))
		park_queued(delivery, answer);
	return 0;
}

/* Queue a record again. last_label: label of an earlier try that may still be confirmed; 0: no earlier
 * try. */
static int send_again(struct irc_delivery *delivery, struct irc_sent *sent, uint64_t last_label,
		bool is_first, uint64_t now_ms)
{
	int r = irc_outbox_push_again(delivery->outbox, sent, is_first, now_ms);

	if (r < 0)
		return r;
	sent->last_label = last_label;
	sent->label = 0;
	return 0;
}

bool irc_delivery_ping_left(struct irc_delivery *delivery, const struct irc_sent *sent)
{
	uint64_t label = sent->state == IRC_SENT_SENT ? delivery->outbox->last_label : 0;

	if (sent->answer->mark != PING_MARK)
		return false;
	delivery->is_ping_queued = false;
	delivery->pinged_label = delivery->answers ? label : 0;
	delivery->sent_token = label ? delivery->ping_token : 0;
	delivery->sent_label = label;
	return true;
}

void irc_delivery_left(struct irc_delivery *delivery, struct irc_sent *sent)
{
	if (sent->answer->is_complete)
		return;
	if (sent->state != IRC_SENT_SENT) {
		complete(delivery, sent->answer, IRC_OUTCOME_EXPIRED, "it waited too long in the send queue");
		return;
	}
	sent->was_sent = true;
	sent->deadline_ms = sent->sent_ms + IRC_DELIVERY_DEADLINE_MS;
	if (sent->deadline_ms < delivery->next_ms || delivery->method == IRC_CONFIRM_PING)
		delivery->next_ms = delivery->method == IRC_CONFIRM_PING ? sent->sent_ms : sent->deadline_ms;
}

/* ---------------------------------------------------------------- a clean stop */

static bool is_begun(const struct irc_answer *answer)
{
	for (size_t i = 0; i < answer->sent_count; i++) {
		if (answer->sent[i].state == IRC_SENT_SENT || answer->sent[i].state == IRC_SENT_CONFIRMED)
			return true;
	}
	return false;
}

void irc_delivery_withdraw(struct irc_delivery *delivery, const char *id)
{
	struct irc_answer *answer = delivery->answers;

	while (answer && !str_equal(answer->id, id))
		answer = answer->next;
	for (size_t i = 0; answer && i < answer->sent_count; i++)
		if (answer->sent[i].was_sent)
			return;
	if (answer)
		complete(delivery, answer, IRC_OUTCOME_WITHDRAWN, "its question was taken back");
}

void irc_delivery_leave(struct irc_delivery *delivery)
{
	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		if (!is_begun(answer))
			park_queued(delivery, answer);
	}
	if (delivery->is_ping_queued) { /* the outbox has dropped the PING */
		delivery->is_ping_queued = false;
		delivery->pinged_label = 0;
	}
}

/* The PING goes through the queue, to stay within the server's flood limit. */
static void ping(struct irc_delivery *delivery, uint64_t now_ms)
{
	uint64_t label = delivery->outbox->last_label;
	char token[IRC_DELIVERY_TOKEN_BYTES];

	if (delivery->is_ping_queued)
		return;
	write_token(label, token);
	if (irc_outbox_push_marked(delivery->outbox, "", IRC_LINE("PING", token), PING_MARK, now_ms) < 0)
		return;
	delivery->is_ping_queued = true;
	delivery->pinged_label = delivery->ping_token = label;
}

bool irc_delivery_wait(struct irc_delivery *delivery, uint64_t now_ms)
{
	bool is_sent = false;

	for (const struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->sent_count; i++) {
			if (answer->sent[i].state == IRC_SENT_QUEUED)
				return true;
			is_sent = is_sent || answer->sent[i].state == IRC_SENT_SENT;
		}
	}
	if (is_sent && !delivery->pinged_label && delivery->ponged_label < delivery->outbox->last_label)
		ping(delivery, now_ms);
	return is_sent;
}

/* Will the history tell whether this answer arrived? */
static bool is_left_to_history(const struct irc_delivery *delivery, const struct irc_answer *answer)
{
	return irc_target_is_channel(answer->target) ? delivery->has_history && is_in_history(answer->target)
						     : delivery->has_private_history;
}

void irc_delivery_read(struct irc_delivery *delivery, bool is_quit)
{
	struct irc_answer *next;

	for (struct irc_answer *answer = delivery->answers; answer; answer = next) {
		next = answer->next;
		if (!is_left_to_history(delivery, answer))
			confirm_up_to(delivery, answer, is_quit ? UINT64_MAX : delivery->ponged_label);
	}
}

/* ---------------------------------------------------------------- lost and sent again */

void irc_delivery_lose(struct irc_delivery *delivery)
{
	delivery->next_ms = UINT64_MAX;
	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->sent_count; i++) {
			if (answer->sent[i].state != IRC_SENT_CONFIRMED)
				park(delivery, &answer->sent[i]);
		}
	}
	delivery->is_unverified = false;
	irc_delivery_set_method(delivery, IRC_CONFIRM_PING);
	delivery->has_history = false;
	delivery->has_echo = false;
	delivery->has_private_history = false;
	delivery->has_multiline = false;
	delivery->pinged_label = delivery->ponged_label = 0;
	delivery->is_ping_queued = false;
	delivery->check_target[0] = '\0';
	memset(delivery->batches, 0, sizeof(delivery->batches));
	memset(delivery->doubts, 0, sizeof(delivery->doubts));
}

/* Queue all waiting lines of an answer again, together, as plain lines if this server has no multiline; the first
 * failure completes it. Outside of the channel they go on waiting. */
static void restore(struct irc_delivery *delivery, struct irc_answer *answer, uint64_t now_ms)
{
	bool is_first = true;
	int r = 0;

	if (!has_parked(answer) || is_outside(delivery, answer->target))
		return;
	if (now_ms > answer->created_ms + IRC_DELIVERY_AGE_MAX_MS) {
		complete(delivery, answer, IRC_OUTCOME_EXPIRED, "the connection was down for too long");
		return;
	}
	for (size_t i = 0; i < answer->sent_count && r == 0; i++) {
		struct irc_sent *sent = &answer->sent[i];

		if (sent->state != IRC_SENT_LOST)
			continue;
		if (sent->is_batch && !delivery->has_multiline)
			r = irc_sent_simplify(sent, IRC_FORM_LINES);
		if (r == 0)
			r = send_again(delivery, sent, 0, is_first, now_ms);
		is_first = false;
	}
	if (r < 0)
		complete(delivery, answer, IRC_OUTCOME_EXPIRED, "the send queue is full");
}

/* Is the answer for this channel or person? channel NULL: for any person. */
static bool is_for(const struct irc_delivery *delivery, const struct irc_answer *answer, const char *channel)
{
	return channel ? is_equal(delivery, irc_target_channel(answer->target), channel)
		       : !irc_target_is_channel(answer->target);
}

void irc_delivery_again(struct irc_delivery *delivery, const char *channel, uint64_t now_ms)
{
	struct irc_answer *next;

	for (struct irc_answer *answer = delivery->answers; answer; answer = next) {
		next = answer->next;
		if (is_for(delivery, answer, channel))
			restore(delivery, answer, now_ms);
	}
}

void irc_delivery_rename(struct irc_delivery *delivery, const char *from, const char *to, uint64_t now_ms)
{
	struct irc_answer *next;

	for (struct irc_answer *answer = delivery->answers; answer; answer = next) {
		next = answer->next;
		if (!is_equal(delivery, irc_target_channel(answer->target), from))
			continue;
		park_queued(delivery, answer);
		if (irc_answer_rename(answer, to) < 0)
			complete(delivery, answer, IRC_OUTCOME_EXPIRED, "out of memory");
		else
			restore(delivery, answer, now_ms);
	}
}

static bool has_id(const struct irc_answer *list, const char *id)
{
	while (list && strcmp(list->id, id) != 0)
		list = list->next;
	return list != NULL;
}

bool irc_delivery_has(const struct irc_delivery *delivery, const char *id)
{
	return *id && (has_id(delivery->answers, id) || has_id(delivery->completed, id));
}

uint64_t irc_delivery_oldest_ms(const struct irc_delivery *delivery, const char *channel)
{
	for (const struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		if (is_for(delivery, answer, channel))
			return answer->created_ms;
	}
	return UINT64_MAX;
}

/* ---------------------------------------------------------------- matching replies to records */

/* The tags that are used here. */
struct marked {
	uint64_t label; /* our label, on the line or on its batch; 0: no label */
	bool is_labelled;
	char batch[IRC_DELIVERY_REF_BYTES];
	char msgid[IRC_DELIVERY_ID_BYTES];
};

/* Parse a label, "e1f"; 0 for a label that the outbox did not create. */
static uint64_t label_read(const char *text)
{
	unsigned long long label = 0;

	if (*text++ != 'e' || strlen(text) > 16)
		return 0;
	for (; *text; text++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *text);

		if (!digit)
			return 0;
		label = label << 4 | (unsigned long long)(digit - digits);
	}
	return label;
}

static struct irc_delivery_batch *find_batch(struct irc_delivery *delivery, const char *ref)
{
	for (size_t i = 0; i < IRC_DELIVERY_BATCHES_MAX; i++) {
		if (*ref && strcmp(delivery->batches[i].ref, ref) == 0)
			return &delivery->batches[i];
	}
	return NULL;
}

static void read_tags(struct irc_delivery *delivery, const struct irc_line *line, struct marked *marked)
{
	const char *cursor = line->tags;
	char label[IRC_DELIVERY_REF_BYTES] = "";
	const struct irc_delivery_batch *batch;
	struct irc_tag tag;

	*marked = (struct marked){0};
	while (irc_tag_next(&cursor, &tag)) {
		if (irc_tag_is(&tag, "label"))
			marked->is_labelled = irc_tag_value(&tag, label, sizeof(label)) == 0;
		else if (irc_tag_is(&tag, "batch"))
			irc_tag_value(&tag, marked->batch, sizeof(marked->batch));
		else if (irc_tag_is(&tag, "msgid"))
			irc_tag_value(&tag, marked->msgid, sizeof(marked->msgid));
	}
	marked->label = label_read(label);
	batch = find_batch(delivery, marked->batch);
	if (batch && !marked->is_labelled)
		marked->label = batch->label;
	marked->is_labelled = marked->is_labelled || batch;
}

static struct irc_sent *find_label(struct irc_delivery *delivery, uint64_t label)
{
	for (struct irc_answer *answer = delivery->answers; label && answer; answer = answer->next) {
		for (size_t i = 0; i < answer->sent_count; i++) {
			if (answer->sent[i].label == label || answer->sent[i].last_label == label)
				return &answer->sent[i];
		}
	}
	return NULL;
}

/* Compare two texts without formats, because a channel may strip colours. */
static bool is_same_text(const char *a, const char *b)
{
	char plain_a[TEXT_MAX_BYTES + 1], plain_b[TEXT_MAX_BYTES + 1];

	return strcmp(a, b) == 0 || (irc_text_read(a, plain_a, sizeof(plain_a)) == 0 &&
						    irc_text_read(b, plain_b, sizeof(plain_b)) == 0 &&
						    strcmp(plain_a, plain_b) == 0);
}

/* The criteria for a record. The first match in the order of sending applies, as servers reply in that
 * order. */
struct sent_wanted {
	const char *target; /* NULL: any */
	bool is_channel;    /* "@#channel" also matches the channel */
	bool is_batch;
	const char *text; /* NULL: any */
};

static bool is_target(
		const struct irc_delivery *delivery, const char *target, const struct sent_wanted *wanted)
{
	return !wanted->target || is_equal(delivery, target, wanted->target) ||
	       (wanted->is_channel && is_equal(delivery, irc_target_channel(target), wanted->target));
}

static struct irc_sent *find_first(struct irc_delivery *delivery, const struct sent_wanted *wanted)
{
	struct irc_sent *first = NULL;

	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		if (!is_target(delivery, answer->target, wanted))
			continue;
		for (size_t i = 0; i < answer->sent_count; i++) {
			struct irc_sent *sent = &answer->sent[i];

			if (sent->state == IRC_SENT_SENT && (!first || sent->label < first->label) &&
					(sent->is_batch || !wanted->is_batch) &&
					(!wanted->text || is_same_text(irc_sent_text(sent), wanted->text)))
				first = sent;
		}
	}
	return first;
}

/* ---------------------------------------------------------------- confirmations */

static void confirm_label(struct irc_delivery *delivery, uint64_t label)
{
	struct irc_sent *sent = find_label(delivery, label);

	if (sent)
		confirm(delivery, sent);
}

/* A repeated echo (bouncers send some) confirms only one line. */
static bool is_known_echo(struct irc_delivery *delivery, const char *msgid)
{
	uint64_t hash = str_hash(0, msgid, strlen(msgid));

	if (*msgid == '\0')
		return false;
	for (size_t i = 0; i < IRC_DELIVERY_ECHOES; i++) {
		if (delivery->echoes[i] == hash)
			return true;
	}
	delivery->echoes[delivery->next_echo] = hash;
	delivery->next_echo = (delivery->next_echo + 1) % IRC_DELIVERY_ECHOES;
	return false;
}

static void tell_posted(
		const struct irc_delivery *delivery, const struct irc_sent *sent, const struct marked *marked)
{
	if (sent && delivery->on_posted && *sent->answer->id && *marked->msgid)
		delivery->on_posted(delivery->owner, sent->answer->id, sent->answer->target, marked->msgid);
}

static void on_echo(struct irc_delivery *delivery, const struct irc_line *line, const struct marked *marked)
{
	struct sent_wanted wanted = {.target = irc_line_param(line, 0), .text = irc_line_param(line, 1)};
	struct irc_sent *sent;

	if (is_known_echo(delivery, marked->msgid))
		return;
	sent = marked->is_labelled ? find_label(delivery, marked->label) : find_first(delivery, &wanted);
	tell_posted(delivery, sent, marked);
	if (sent)
		confirm(delivery, sent);
}

/* Our multiline message was echoed without a label: it confirms the first one that was sent to that
 * target. */
static uint64_t echoed_batch(struct irc_delivery *delivery, const struct irc_line *line, bool is_own,
		const struct marked *marked)
{
	struct sent_wanted wanted = {.target = irc_line_param(line, 2), .is_batch = true};
	const struct irc_sent *sent;

	if (!is_own || marked->is_labelled || *marked->batch ||
			strcmp(irc_line_param(line, 1), "draft/multiline") != 0)
		return 0;
	sent = find_first(delivery, &wanted);
	return sent ? sent->label : 0;
}

/* Lines inside a batch with our label are replies to that record; an empty batch confirms it at its end. */
static bool on_batch(struct irc_delivery *delivery, const struct irc_line *line, bool is_own,
		const struct marked *marked)
{
	const char *ref = irc_line_param(line, 0);
	struct irc_delivery_batch *batch;
	uint64_t label;

	if (*ref == '-') {
		batch = find_batch(delivery, ref + 1);
		if (!batch)
			return false;
		confirm_label(delivery, batch->label);
		batch->ref[0] = '\0';
		return true;
	}
	label = marked->label ? marked->label : echoed_batch(delivery, line, is_own, marked);
	if (*ref != '+' || !label || ref[1] == '\0' || strlen(ref + 1) >= IRC_DELIVERY_REF_BYTES)
		return false;
	batch = &delivery->batches[delivery->next_batch];
	delivery->next_batch = (delivery->next_batch + 1) % IRC_DELIVERY_BATCHES_MAX;
	memcpy(batch->ref, ref + 1, strlen(ref));
	batch->label = label;
	if (is_own)
		tell_posted(delivery, find_label(delivery, label), marked);
	return true;
}

/* ---------------------------------------------------------------- passing refusals */

/* Refuse for good: the answer is complete. */
static void refuse(struct irc_delivery *delivery, struct irc_sent *sent, const struct irc_line *line,
		const struct irc_refusal *refusal)
{
	const char *text = irc_line_param(line, line->param_count - 1);
	char reason[IRC_REASON_BYTES];
	bool is_fail = str_equal_nocase(line->verb, "FAIL");

	utf8_print(reason, sizeof(reason), "%s %s", is_fail ? irc_line_param(line, 1) : line->verb, text);
	sent->state = IRC_SENT_REFUSED;
	sent->answer->fix = refusal->fix;
	sent->answer->is_absent = refusal->is_absent;
	complete(delivery, sent->answer, IRC_OUTCOME_REFUSED, reason);
}

/* Let a refused line wait, together with the queued lines after it, so that their order stays. */
static void take_back(struct irc_delivery *delivery, struct irc_sent *sent)
{
	park(delivery, sent);
	park_queued(delivery, sent->answer);
}

/* Queue a refused line again. */
static void repeat(struct irc_delivery *delivery, struct irc_sent *sent, uint64_t now_ms)
{
	take_back(delivery, sent);
	sent->answer->holds++;
	restore(delivery, sent->answer, now_ms);
}

/* The last line to target before the label `before` that is sent and not confirmed. */
static struct irc_sent *find_last(struct irc_delivery *delivery, const char *target, uint64_t before)
{
	struct irc_sent *last = NULL;

	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		if (!is_equal(delivery, irc_target_channel(answer->target), irc_target_channel(target)))
			continue;
		for (size_t i = 0; i < answer->sent_count; i++) {
			struct irc_sent *sent = &answer->sent[i];

			if (sent->state == IRC_SENT_SENT && sent->label < before &&
					(!last || sent->label > last->label))
				last = sent;
		}
	}
	return last;
}

/* The server has read all lines up to this label: of those to a target, the last ones are those that it refused. */
static void resolve(struct irc_delivery *delivery, struct irc_delivery_doubt *doubt, uint64_t label,
		uint64_t now_ms)
{
	uint64_t before = label < UINT64_MAX ? label + 1 : label;
	struct irc_sent *sent;

	for (; doubt->count > 0 && (sent = find_last(delivery, doubt->target, before)) != NULL;
			doubt->count--) {
		before = sent->label;
		take_back(delivery, sent);
		sent->answer->holds++;
	}
	doubt->count = 0;
	irc_delivery_again(delivery, doubt->target, now_ms);
}

static void resolve_all(struct irc_delivery *delivery, uint64_t label, uint64_t now_ms)
{
	for (size_t i = 0; i < IRC_DELIVERY_DOUBTS_MAX; i++) {
		if (delivery->doubts[i].count)
			resolve(delivery, &delivery->doubts[i], label, now_ms);
	}
}

static bool has_doubts(const struct irc_delivery *delivery)
{
	for (size_t i = 0; i < IRC_DELIVERY_DOUBTS_MAX; i++) {
		if (delivery->doubts[i].count)
			return true;
	}
	return false;
}

/* Count a refusal until the PONG tells which line it was about. False: too many targets. */
static bool doubt(struct irc_delivery *delivery, const char *target)
{
	struct irc_delivery_doubt *place = NULL;

	for (size_t i = 0; i < IRC_DELIVERY_DOUBTS_MAX; i++) {
		struct irc_delivery_doubt *known = &delivery->doubts[i];

		if (known->count && is_equal(delivery, known->target, target)) {
			known->count++;
			return true;
		}
		if (!known->count && !place)
			place = known;
	}
	if (!place || strlen(target) >= sizeof(place->target))
		return false;
	snprintf(place->target, sizeof(place->target), "%s", target);
	place->count = 1;
	return true;
}

/* The server has read all lines that were sent before the PING. */
static bool on_pong(struct irc_delivery *delivery, const struct irc_line *line, uint64_t now_ms)
{
	const char *token = irc_line_param(line, line->param_count - 1);
	struct irc_answer *next;
	long number;
	uint64_t label;

	if (!str_starts(token, PING_TOKEN) ||
			str_to_long(token + strlen(PING_TOKEN), 1, LONG_MAX, &number) < 0)
		return false;
	label = (uint64_t)number;
	if (label == delivery->sent_token && label < delivery->sent_label)
		label = delivery->sent_label;
	if (label > delivery->ponged_label)
		delivery->ponged_label = label;
	if (label >= delivery->pinged_label)
		delivery->pinged_label = 0;
	delivery->next_ms = 0; /* a line that was sent after the PING needs another PING */
	resolve_all(delivery, label, now_ms);
	for (struct irc_answer *answer = delivery->answers; answer && delivery->method == IRC_CONFIRM_PING;
			answer = next) {
		next = answer->next;
		confirm_up_to(delivery, answer, label);
	}
	return true;
}

/* ---------------------------------------------------------------- refusals */

bool irc_delivery_token(const struct irc_delivery *delivery, char ret[IRC_DELIVERY_TOKEN_BYTES])
{
	if (!delivery->answers || delivery->method != IRC_CONFIRM_PING || !delivery->outbox->last_label)
		return false;
	write_token(delivery->outbox->last_label, ret);
	return true;
}

/* The server refused the form: retry as plain text, if that is possible. */
static void retry(struct irc_delivery *delivery, struct irc_sent *sent, const struct irc_line *line,
		const struct irc_refusal *refusal, uint64_t now_ms)
{
	enum irc_sent_form form =
			refusal->meaning == IRC_REPLY_NO_MULTILINE ? IRC_FORM_LINES : IRC_FORM_PLAIN;

	irc_outbox_withdraw(delivery->outbox, sent);
	if (irc_sent_simplify(sent, form) < 0 || send_again(delivery, sent, 0, true, now_ms) < 0)
		refuse(delivery, sent, line, refusal);
}

/* The record that a refusal is about; NULL: not a line of ours. */
static struct irc_sent *find_refused(struct irc_delivery *delivery, const struct irc_line *line,
		enum irc_reply meaning, const struct marked *marked, const char *target)
{
	bool is_fail = str_equal_nocase(line->verb, "FAIL");
	struct sent_wanted wanted = {.is_channel = true};

	if (marked->is_labelled)
		return find_label(delivery, marked->label);
	if (meaning == IRC_REPLY_LABELLED || meaning == IRC_REPLY_IN_WORDS || (!is_fail && !*target))
		return NULL;
	if (is_fail && str_equal_nocase(irc_line_param(line, 0), "BATCH"))
		wanted.is_batch = true;
	else if (*target)
		wanted.target = target;
	return find_first(delivery, &wanted);
}

/* A refusal that will pass. */
static void hold(struct irc_delivery *delivery, struct irc_sent *sent, const struct irc_line *line,
		const struct irc_refusal *refusal, bool is_labelled, uint64_t now_ms)
{
	const char *target = sent->answer->target;
	bool is_known = is_labelled || delivery->method == IRC_CONFIRM_ECHO;

	if (sent->answer->holds >= IRC_DELIVERY_HOLDS_MAX) {
		refuse(delivery, sent, line, refusal);
		return;
	}
	if (refusal->hold_ms) {
		irc_outbox_hold(delivery->outbox, target, refusal->hold_ms, now_ms);
		if (delivery->on_held)
			delivery->on_held(delivery->owner, target, refusal,
					irc_line_param(line, line->param_count - 1));
	}
	if (is_known) {
		repeat(delivery, sent, now_ms);
	} else if (doubt(delivery, irc_target_channel(target))) {
		if (!delivery->pinged_label)
			ping(delivery, now_ms);
	} else {
		refuse(delivery, sent, line, refusal);
	}
}

/* Is this line, under our label, all that the server has to say? With echo-message, a line that was passed on is
 * echoed, and a further reply is in a batch with the echo. */
static bool is_refusal_in_words(const struct irc_delivery *delivery, const struct marked *marked)
{
	return marked->label && *marked->batch == '\0' && delivery->has_echo;
}

/* Was a line refused because it was on the way when its channel was renamed? */
static bool is_old_name(const struct irc_delivery *delivery, const struct irc_sent *sent, const char *target)
{
	return *target &&
	       !is_equal(delivery, irc_target_channel(sent->answer->target), irc_target_channel(target));
}

static bool on_refusal(struct irc_delivery *delivery, const struct irc_line *line,
		const struct irc_refusal *refusal, const struct marked *marked, uint64_t now_ms)
{
	char target[IRC_REPLY_TARGET_BYTES] = "";
	struct irc_sent *refused;

	if (refusal->meaning == IRC_REPLY_IN_WORDS && !is_refusal_in_words(delivery, marked))
		return false;
	irc_refusal_target(line, target);
	refused = find_refused(delivery, line, refusal->meaning, marked, target);
	if (refusal->meaning == IRC_REPLY_NO_MULTILINE || refusal->meaning == IRC_REPLY_NO_FORMATS) {
		if (refused)
			retry(delivery, refused, line, refusal, now_ms);
		return false;
	}
	if (refused && (refusal->hold_ms || is_outside(delivery, refused->answer->target) ||
				       (refused->answer->renamed && is_old_name(delivery, refused, target))))
		hold(delivery, refused, line, refusal, marked->is_labelled, now_ms);
	else if (refused)
		refuse(delivery, refused, line, refusal);
	return refused || marked->label;
}

bool irc_delivery_line(
		struct irc_delivery *delivery, const struct irc_line *line, bool is_own, uint64_t now_ms)
{
	struct irc_refusal reply;
	struct marked marked;

	if (!delivery->answers || (!is_own && strcmp(line->verb, "PRIVMSG") == 0))
		return false; /* true of nearly every line */
	irc_refusal_read(line, &reply);
	if (is_own && str_equal_nocase(line->verb, "NOTICE"))
		reply.meaning = IRC_REPLY_ECHO;
	if (reply.meaning == IRC_REPLY_OTHER)
		return false;
	if (reply.meaning == IRC_REPLY_PONG)
		return on_pong(delivery, line, now_ms);
	read_tags(delivery, line, &marked);
	switch (reply.meaning) {
	case IRC_REPLY_BATCH: return on_batch(delivery, line, is_own, &marked);
	case IRC_REPLY_ECHO:
		if (is_own)
			on_echo(delivery, line, &marked);
		return is_own;
	case IRC_REPLY_ACK:
		if (*marked.batch) /* the end of the batch confirms */
			return false;
		confirm_label(delivery, marked.label);
		return marked.label != 0;
	default: return on_refusal(delivery, line, &reply, &marked, now_ms);
	}
}

/* ---------------------------------------------------------------- the history */

/* Can the line in the history be this record? An older line with the same text answers another message. */
static bool is_found(const struct irc_sent *sent, const struct irc_delivery_found *found)
{
	if (!sent->was_sent || sent->state == IRC_SENT_CONFIRMED || sent->state == IRC_SENT_QUEUED)
		return false;
	if (*found->reply_to ? strcmp(found->reply_to, sent->answer->id) != 0
			     : found->at_ms + CLOCKS_MS < sent->sent_ms)
		return false;
	return is_same_text(irc_sent_text(sent), found->text);
}

void irc_delivery_find(struct irc_delivery *delivery, const struct irc_delivery_found *found)
{
	struct irc_answer *answer = delivery->answers;

	if (!answer || is_known_echo(delivery, found->id))
		return;
	for (; answer; answer = answer->next) {
		if (!is_equal(delivery, answer->target, found->channel))
			continue;
		for (size_t i = 0; i < answer->sent_count; i++) {
			if (!is_found(&answer->sent[i], found))
				continue;
			confirm(delivery, &answer->sent[i]);
			return;
		}
	}
}

/* Search the history before sending again. True: the search is in progress. */
static bool check(struct irc_delivery *delivery, struct irc_sent *sent)
{
	const char *target = sent->answer->target;
	bool is_free = delivery->check_target[0] == '\0';

	if (!delivery->has_history || sent->is_checked || !is_in_history(target) ||
			strlen(target) >= sizeof(delivery->check_target))
		return false;
	if (is_free)
		snprintf(delivery->check_target, sizeof(delivery->check_target), "%s", target);
	sent->is_checked = is_free || strcmp(delivery->check_target, target) == 0;
	return true;
}

void irc_delivery_checked(struct irc_delivery *delivery, const char *channel)
{
	for (struct irc_answer *answer = delivery->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->sent_count; i++) {
			struct irc_sent *sent = &answer->sent[i];

			if (sent->state == IRC_SENT_SENT && sent->is_checked && !sent->is_repeated &&
					is_equal(delivery, answer->target, channel))
				sent->deadline_ms = 0;
		}
	}
	delivery->next_ms = 0;
	if (is_equal(delivery, delivery->check_target, channel))
		delivery->check_target[0] = '\0'; /* last, because channel may point to this string */
}

/* ---------------------------------------------------------------- deadlines */

/* False: the answer is completed and has been removed from the list. */
static bool on_due(struct irc_delivery *delivery, struct irc_sent *sent, bool is_alive, uint64_t now_ms)
{
	sent->deadline_ms = now_ms + IRC_DELIVERY_DEADLINE_MS;
	if (!is_alive) {
		if (!delivery->pinged_label)
			ping(delivery, now_ms);
		return true;
	}
	if (delivery->method == IRC_CONFIRM_PING && sent->is_repeated) {
		/* The server sends lines but no PONG, so assume delivery, except for what it has refused. */
		if (has_doubts(delivery)) {
			delivery->is_overdue = true;
			return true;
		}
		return !confirm(delivery, sent);
	}
	if (delivery->method == IRC_CONFIRM_PING) {
		sent->is_repeated = true;
		ping(delivery, now_ms);
		return true;
	}
	if (sent->is_repeated) {
		delivery->is_unverified = true;
		irc_delivery_set_method(delivery, IRC_CONFIRM_PING);
		complete(delivery, sent->answer, IRC_OUTCOME_UNCONFIRMED, "neither try was echoed");
		return false;
	}
	if (check(delivery, sent))
		return true;
	if (send_again(delivery, sent, sent->label, true, now_ms) == 0)
		sent->is_repeated = true;
	return true;
}

/* Check the deadlines of an answer's lines. *has_sent is set if a line is sent and not confirmed. */
static void tick_answer(struct irc_delivery *delivery, struct irc_answer *answer, uint64_t heard_ms,
		uint64_t now_ms, bool *has_sent)
{
	for (size_t i = 0; i < answer->sent_count; i++) {
		struct irc_sent *sent = &answer->sent[i];

		if (sent->state == IRC_SENT_SENT && sent->deadline_ms <= now_ms &&
				!on_due(delivery, sent, heard_ms > sent->sent_ms, now_ms))
			return;
		if (sent->state == IRC_SENT_LOST && now_ms >= answer->created_ms + IRC_DELIVERY_AGE_MAX_MS) {
			complete(delivery, answer, IRC_OUTCOME_EXPIRED,
					"the channel was not joined again in time");
			return;
		}
		if (sent->state == IRC_SENT_LOST &&
				answer->created_ms + IRC_DELIVERY_AGE_MAX_MS < delivery->next_ms)
			delivery->next_ms = answer->created_ms + IRC_DELIVERY_AGE_MAX_MS;
		if (sent->state != IRC_SENT_SENT)
			continue;
		*has_sent = true;
		if (sent->deadline_ms < delivery->next_ms)
			delivery->next_ms = sent->deadline_ms;
	}
}

void irc_delivery_tick(struct irc_delivery *delivery, uint64_t heard_ms, uint64_t now_ms)
{
	struct irc_answer *next;
	bool has_sent = false;

	if (!delivery->answers || now_ms < delivery->next_ms)
		return;
	delivery->next_ms = UINT64_MAX;
	for (struct irc_answer *answer = delivery->answers; answer; answer = next) {
		next = answer->next;
		tick_answer(delivery, answer, heard_ms, now_ms, &has_sent);
	}
	if (delivery->is_overdue)
		resolve_all(delivery, UINT64_MAX, now_ms);
	delivery->is_overdue = false;
	/* Send one PING after all sent lines, once no line of an answer is queued that may be sent. */
	if (delivery->method == IRC_CONFIRM_PING && has_sent && !delivery->pinged_label &&
			(delivery->outbox->followed_count == 0 ||
					irc_outbox_is_held(delivery->outbox, now_ms)))
		ping(delivery, now_ms);
	if (!delivery->answers)
		delivery->next_ms = UINT64_MAX;
}

uint64_t irc_delivery_next_ms(const struct irc_delivery *delivery)
{
	return delivery->answers ? delivery->next_ms : UINT64_MAX;
}
