/* What the server said of lines that wait for their proof, and what is due. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/proof_state.h"
#include "bot/irc/text.h"

#define PING_TOKEN     "proof-"
#define TEXT_MAX_BYTES IRC_LINELEN_MAX
#define CLOCKS_MS      2000 /* how far the server's may be from what we think */

/* The tags that matter here. */
struct marked {
	uint64_t mark; /* by a label of ours, or a batch that has one; 0: none */
	bool is_labelled;
	char batch[IRC_PROOF_REF_BYTES];
	char msgid[IRC_PROOF_ID_BYTES];
};

/* "e1f": 0 when it is none of our labels. */
static uint64_t mark_of(const char *label)
{
	unsigned long long mark = 0;

	if (*label++ != 'e' || strlen(label) > 16)
		return 0;
	for (; *label; label++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *label);

		if (!digit)
			return 0;
		mark = mark << 4 | (unsigned long long)(digit - digits);
	}
	return mark;
}

static struct irc_proof_batch *batch_of(struct irc_proof *proof, const char *ref)
{
	for (size_t i = 0; i < IRC_PROOF_BATCHES_MAX; i++) {
		if (*ref && strcmp(proof->batches[i].ref, ref) == 0)
			return &proof->batches[i];
	}
	return NULL;
}

static void read_tags(struct irc_proof *proof, const struct irc_line *line, struct marked *marked)
{
	const char *cursor = line->tags;
	char label[IRC_PROOF_REF_BYTES] = "";
	const struct irc_proof_batch *batch;
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
	marked->mark = mark_of(label);
	batch = batch_of(proof, marked->batch);
	if (batch && !marked->is_labelled)
		marked->mark = batch->mark;
	marked->is_labelled = marked->is_labelled || batch;
}

static void prove_mark(struct irc_proof *proof, uint64_t mark)
{
	struct irc_answer *answer;
	struct irc_said *said = mark ? irc_said_find(proof, mark, &answer) : NULL;

	if (said)
		irc_said_proved(proof, answer, said);
}

/* ---------------------------------------------------------------- echoes */

/* Equal as people read them: a channel may show no colours. */
static bool is_same_text(const char *a, const char *b)
{
	char plain_a[TEXT_MAX_BYTES + 1], plain_b[TEXT_MAX_BYTES + 1];

	return strcmp(a, b) == 0 || (irc_text_read(a, plain_a, sizeof(plain_a)) == 0 &&
						    irc_text_read(b, plain_b, sizeof(plain_b)) == 0 &&
						    strcmp(plain_a, plain_b) == 0);
}

/* The first line on this connection that has been sent to target with this text. */
static struct irc_said *find_text(struct irc_proof *proof, const char *target, const char *text,
		enum irc_casemap casemap, struct irc_answer **ret_answer)
{
	for (struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		if (!irc_casemap_equal(casemap, answer->target, target))
			continue;
		for (size_t i = 0; i < answer->said_count; i++) {
			struct irc_said *said = &answer->said[i];

			if (said->state != IRC_SAID_SENT || !is_same_text(said->text, text))
				continue;
			*ret_answer = answer;
			return said;
		}
	}
	return NULL;
}

/* An echo that comes twice, as may be with a bouncer, proves once. */
static bool is_known_echo(struct irc_proof *proof, const char *msgid)
{
	uint64_t hash = str_hash(0, msgid, strlen(msgid));

	if (*msgid == '\0')
		return false;
	for (size_t i = 0; i < IRC_PROOF_ECHOES; i++) {
		if (proof->echoes[i] == hash)
			return true;
	}
	proof->echoes[proof->next_echo] = hash;
	proof->next_echo = (proof->next_echo + 1) % IRC_PROOF_ECHOES;
	return false;
}

static void on_echo(struct irc_proof *proof, const struct irc_line *line, const struct marked *marked,
		enum irc_casemap casemap)
{
	struct irc_answer *answer;
	struct irc_said *said;

	if (is_known_echo(proof, marked->msgid))
		return;
	if (marked->is_labelled) {
		prove_mark(proof, marked->mark);
		return;
	}
	said = find_text(proof, irc_line_param(line, 0), irc_line_param(line, 1), casemap, &answer);
	if (said)
		irc_said_proved(proof, answer, said);
}

/* May the line that was found be this one? An older one with the same text is the answer to something else.
 */
static bool is_found(const struct irc_answer *answer, const struct irc_said *said,
		const struct irc_proof_found *found)
{
	if (!said->was_sent || said->state == IRC_SAID_PROVED || said->state == IRC_SAID_QUEUED)
		return false;
	if (*found->reply_to ? strcmp(found->reply_to, answer->id) != 0
			     : found->at_ms + CLOCKS_MS < said->sent_ms)
		return false;
	return is_same_text(said->text, found->text);
}

void irc_proof_find(struct irc_proof *proof, const struct irc_proof_found *found, enum irc_casemap casemap)
{
	struct irc_answer *answer = proof->answers;

	if (!answer || is_known_echo(proof, found->id))
		return;
	for (; answer; answer = answer->next) {
		if (!irc_casemap_equal(casemap, answer->target, found->channel))
			continue;
		for (size_t i = 0; i < answer->said_count; i++) {
			if (!is_found(answer, &answer->said[i], found))
				continue;
			irc_said_proved(proof, answer, &answer->said[i]);
			return;
		}
	}
}

/* ---------------------------------------------------------------- refusals */

static void refuse(struct irc_proof *proof, struct irc_answer *answer, const struct irc_line *line)
{
	const char *text = irc_line_param(line, line->param_count - 1);
	char reason[IRC_PROOF_REASON_BYTES];
	bool is_fail = strcmp(line->verb, "FAIL") == 0;

	utf8_print(reason, sizeof(reason), "%s %s", is_fail ? irc_line_param(line, 1) : line->verb, text);
	irc_answer_settle(proof, answer, IRC_REFUSED, reason);
}

/* What a PRIVMSG or NOTICE may be refused with, where no label says so. */
static bool is_about_text(unsigned numeric)
{
	switch (numeric) {
	case 401: /* no such nick */
	case 402: /* no such server */
	case 403: /* no such channel */
	case 404: /* cannot send */
	case 407: /* too many targets */
	case 408: /* no colours here */
	case 413:
	case 414: /* a mask that cannot be */
	case 415:
	case 439: /* too many targets in too short a time */
	case 442: /* we are not there any more */
	case 477: /* an account is needed */
	case 482: /* operators only */
	case 486: /* an account is needed to write to a person */
	case 489:
	case 492: /* no CTCP */
	case 531: /* the mode of a person */
	case 716: /* server-side ignore */ return true;
	default: return false;
	}
}

static struct irc_said *said_out(struct irc_answer *answer)
{
	for (size_t i = 0; i < answer->said_count; i++) {
		if (answer->said[i].state == IRC_SAID_SENT)
			return &answer->said[i];
	}
	return NULL;
}

/* The first answer of which a line is out: to target (NULL: to whomever), in a batch or not. */
static struct irc_answer *first_out(
		struct irc_proof *proof, const char *target, bool is_batch, enum irc_casemap casemap)
{
	for (struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		if (target && !irc_casemap_equal(casemap, answer->target, target) &&
				!irc_casemap_equal(casemap, irc_target_channel(answer->target), target))
			continue;
		if ((answer->is_batch || !is_batch) && said_out(answer))
			return answer;
	}
	return NULL;
}

/* FAIL PRIVMSG CODE [target] :text; FAIL BATCH CODE ... :text */
static struct irc_answer *failed(
		struct irc_proof *proof, const struct irc_line *line, enum irc_casemap casemap)
{
	const char *command = irc_line_param(line, 0);

	if (str_equal_nocase(command, "BATCH"))
		return first_out(proof, NULL, true, casemap);
	if (!str_equal_nocase(command, "PRIVMSG") && !str_equal_nocase(command, "NOTICE"))
		return NULL;
	return first_out(proof, line->param_count > 3 ? line->params[2] : NULL, false, casemap);
}

static bool on_refusal(struct irc_proof *proof, const struct irc_line *line, const struct marked *marked,
		enum irc_casemap casemap)
{
	unsigned numeric = irc_line_numeric(line);
	bool is_fail = str_equal_nocase(line->verb, "FAIL");
	struct irc_answer *answer = NULL;

	if (!is_fail && (numeric < 400 || numeric > 799))
		return false;
	if (!is_fail && numeric >= 600 && !is_about_text(numeric))
		return false;
	if (marked->mark)
		irc_said_find(proof, marked->mark, &answer);
	else if (marked->is_labelled)
		return false; /* of something else that we asked */
	else if (is_fail)
		answer = failed(proof, line, casemap);
	else if (is_about_text(numeric) && line->param_count >= 3)
		answer = first_out(proof, line->params[1], false, casemap);
	if (answer)
		refuse(proof, answer, line);
	return answer || marked->mark;
}

void irc_proof_excuse(struct irc_proof *proof, const struct irc_line *line, enum irc_casemap casemap)
{
	struct irc_answer *answer;
	struct marked marked;

	read_tags(proof, line, &marked);
	if (marked.mark) {
		prove_mark(proof, marked.mark);
		return;
	}
	answer = str_equal_nocase(line->verb, "FAIL")
				 ? failed(proof, line, casemap)
				 : first_out(proof, irc_line_param(line, 1), false, casemap);
	if (answer)
		irc_said_proved(proof, answer, said_out(answer));
}

/* ---------------------------------------------------------------- other words */

/* BATCH +ref type ... with a label: what is inside is about that line, and nothing inside is an ACK. */
static bool on_batch(struct irc_proof *proof, const struct irc_line *line, const struct marked *marked)
{
	const char *ref = irc_line_param(line, 0);
	struct irc_proof_batch *batch;

	if (*ref == '-') {
		batch = batch_of(proof, ref + 1);
		if (!batch)
			return false;
		prove_mark(proof, batch->mark);
		batch->ref[0] = '\0';
		return true;
	}
	if (*ref != '+' || !marked->mark || ref[1] == '\0' || strlen(ref + 1) >= IRC_PROOF_REF_BYTES)
		return false;
	batch = &proof->batches[proof->next_batch];
	proof->next_batch = (proof->next_batch + 1) % IRC_PROOF_BATCHES_MAX;
	memcpy(batch->ref, ref + 1, strlen(ref));
	batch->mark = marked->mark;
	return true;
}

/* Everything that was sent before the PING has been read. */
static bool on_pong(struct irc_proof *proof, const struct irc_line *line)
{
	const char *token = irc_line_param(line, line->param_count - 1);
	struct irc_answer *next;
	long number;
	uint64_t place;

	if (!str_starts(token, PING_TOKEN) ||
			str_to_long(token + strlen(PING_TOKEN), 1, LONG_MAX, &number) < 0)
		return false;
	place = (uint64_t)number;
	if (place == proof->out_token && place < proof->out_place)
		place = proof->out_place;
	if (place >= proof->pinged_place)
		proof->pinged_place = 0;
	proof->next_ms = 0; /* what was sent since may want a PING of its own */
	for (struct irc_answer *answer = proof->answers; answer && proof->grade == IRC_PROOF_PING;
			answer = next) {
		next = answer->next;
		for (size_t i = 0; i < answer->said_count; i++) {
			struct irc_said *said = &answer->said[i];
			bool is_last = answer->open_count == 1;

			if (said->state != IRC_SAID_SENT || said->place > place)
				continue;
			irc_said_proved(proof, answer, said);
			if (is_last)
				break;
		}
	}
	return true;
}

bool irc_proof_hear(
		struct irc_proof *proof, const struct irc_line *line, bool is_own, enum irc_casemap casemap)
{
	struct marked marked;

	if (str_equal_nocase(line->verb, "PONG"))
		return on_pong(proof, line);
	if (!proof->answers)
		return false;
	read_tags(proof, line, &marked);
	if (str_equal_nocase(line->verb, "BATCH"))
		return on_batch(proof, line, &marked);
	if (is_own && (str_equal_nocase(line->verb, "PRIVMSG") || str_equal_nocase(line->verb, "NOTICE"))) {
		on_echo(proof, line, &marked, casemap);
		return true;
	}
	if (str_equal_nocase(line->verb, "ACK") && marked.mark) {
		prove_mark(proof, marked.mark);
		return true;
	}
	return on_refusal(proof, line, &marked, casemap);
}

/* ---------------------------------------------------------------- what is due */

/* In its turn: a proof is not worth being disconnected for flooding. */
static void ping(struct irc_proof *proof, struct irc_outbox *outbox, uint64_t now_ms)
{
	char token[sizeof(PING_TOKEN) + 20];

	if (proof->is_ping_waiting)
		return;
	snprintf(token, sizeof(token), PING_TOKEN "%llu", (unsigned long long)proof->last_place);
	if (irc_outbox_push_marked(outbox, "", IRC_LINE("PING", token), IRC_PROOF_PING_MARK, now_ms) < 0)
		return;
	proof->is_ping_waiting = true;
	proof->pinged_place = proof->ping_token = proof->last_place;
}

/* Look for it in the history first. True: that is under way. What only those with a status read is in none.
 */
static bool check(struct irc_proof *proof, const struct irc_answer *answer, struct irc_said *said)
{
	bool is_free = proof->check_target[0] == '\0';

	if (!proof->has_history || said->is_checked || !irc_target_is_channel(answer->target) ||
			irc_target_channel(answer->target) != answer->target ||
			strlen(answer->target) >= sizeof(proof->check_target))
		return false;
	if (is_free)
		snprintf(proof->check_target, sizeof(proof->check_target), "%s", answer->target);
	said->is_checked = is_free || strcmp(proof->check_target, answer->target) == 0;
	return true;
}

/* False: the answer is settled, and gone from the list. */
static bool on_due(struct irc_proof *proof, struct irc_answer *answer, size_t index,
		struct irc_outbox *outbox, bool is_alive, uint64_t now_ms)
{
	struct irc_said *said = &answer->said[index];
	bool is_last = answer->open_count == 1;

	said->deadline_ms = now_ms + IRC_PROOF_DEADLINE_MS;
	if (!is_alive) {
		if (!proof->pinged_place)
			ping(proof, outbox, now_ms);
		return true;
	}
	if (proof->grade == IRC_PROOF_PING && said->is_repeated) {
		/* It speaks, but not of PINGs. */
		irc_said_proved(proof, answer, said);
		return !is_last;
	}
	if (proof->grade == IRC_PROOF_PING) {
		said->is_repeated = true;
		ping(proof, outbox, now_ms);
		return true;
	}
	if (said->is_repeated) {
		proof->is_distrusted = true;
		proof->grade = IRC_PROOF_PING;
		irc_answer_settle(proof, answer, IRC_UNPROVED, "no echo, also of the second try");
		return false;
	}
	if (check(proof, answer, said))
		return true;
	if (irc_said_push(proof, answer, index, 1, "", outbox, now_ms) == 0)
		said->is_repeated = true;
	return true;
}

void irc_proof_checked(struct irc_proof *proof, const char *channel, enum irc_casemap casemap)
{
	if (irc_casemap_equal(casemap, proof->check_target, channel))
		proof->check_target[0] = '\0';
	for (struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->said_count; i++) {
			struct irc_said *said = &answer->said[i];

			if (said->state == IRC_SAID_SENT && said->is_checked && !said->is_repeated &&
					irc_casemap_equal(casemap, answer->target, channel))
				said->deadline_ms = 0;
		}
	}
	proof->next_ms = 0;
}

/* Once nothing of an answer waits any more, what is out gets a PING behind it. */
static bool needs_ping(const struct irc_proof *proof, bool has_unpinged)
{
	return proof->grade == IRC_PROOF_PING && has_unpinged && !proof->pinged_place &&
	       proof->queued_count == 0;
}

void irc_proof_run(struct irc_proof *proof, struct irc_outbox *outbox, uint64_t heard_ms, uint64_t now_ms)
{
	struct irc_answer *next;
	bool has_unpinged = false;

	if (!proof->answers || now_ms < proof->next_ms)
		return;
	proof->next_ms = UINT64_MAX;
	for (struct irc_answer *answer = proof->answers; answer; answer = next) {
		bool is_open = true;

		next = answer->next;
		for (size_t i = 0; i < answer->said_count && is_open; i++) {
			const struct irc_said *said = &answer->said[i];

			if (said->state == IRC_SAID_SENT && said->deadline_ms <= now_ms)
				is_open = on_due(proof, answer, i, outbox, heard_ms > said->sent_ms, now_ms);
			if (!is_open || said->state != IRC_SAID_SENT)
				continue;
			has_unpinged = true;
			if (said->deadline_ms < proof->next_ms)
				proof->next_ms = said->deadline_ms;
		}
	}
	if (needs_ping(proof, has_unpinged))
		ping(proof, outbox, now_ms);
	if (!proof->answers)
		proof->next_ms = UINT64_MAX;
}

uint64_t irc_proof_next_ms(const struct irc_proof *proof)
{
	return proof->answers ? proof->next_ms : UINT64_MAX;
}
