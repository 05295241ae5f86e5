/* What was said and is not proved yet: the answers, and how each is settled. */

#include "bot/gateway/irc/proof.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/irc/text.h"

#define IRC_LABEL_BYTES  20
#define IRC_LABEL_FORMAT "e%llx"

enum irc_said_state {
	IRC_SAID_QUEUED, /* in the outbox */
	IRC_SAID_SENT,
	IRC_SAID_PROVED,
	IRC_SAID_LOST, /* with its connection, said there or not */
};

/* One line of an answer, or all lines of a batch. */
struct irc_said {
	enum irc_said_state state;
	char *text;        /* what people read, of a batch its first line */
	char *bytes;       /* the lines as they go out but for the label, each with a NUL at its end */
	size_t line_count; /* in bytes */
	uint64_t mark, first_mark; /* of its last way through the outbox, and of the one before; 0: none */
	uint64_t place;            /* in the order of sending */
	uint64_t sent_ms, deadline_ms;
	bool is_repeated; /* on this connection */
	bool is_checked;  /* the history was asked for it */
	bool was_sent;    /* on whatever connection */
};

struct irc_answer {
	struct irc_answer *next;
	char *id; /* of the message, "" when it has none */
	char *target;
	bool is_batch;
	uint64_t said_ms;
	size_t open_count; /* not proved */
	enum irc_verdict verdict;
	char reason[IRC_PROOF_REASON_BYTES];
	size_t said_count;
	struct irc_said said[];
};

#define PING_TOKEN     "proof-"
#define TEXT_MAX_BYTES IRC_LINELEN_MAX
#define CLOCKS_MS      2000 /* how far the server's may be from what we think */

static struct irc_said *irc_said_find(struct irc_proof *proof, uint64_t mark, struct irc_answer **ret_answer);

#define TAGS_MAX_BYTES 4094
#define LINE_MAX_BYTES (TAGS_MAX_BYTES + 2 + IRC_LINELEN_MAX)

void irc_proof_init(struct irc_proof *proof)
{
	*proof = (struct irc_proof){.next_ms = UINT64_MAX};
	proof->last = &proof->answers;
	proof->last_settled = &proof->settled;
}

static void free_answer(struct irc_answer *answer)
{
	if (!answer)
		return;
	for (size_t i = 0; i < answer->said_count; i++) {
		free(answer->said[i].text);
		free(answer->said[i].bytes);
	}
	free(answer->id);
	free(answer->target);
	free(answer);
}

static void free_list(struct irc_answer *list)
{
	while (list) {
		struct irc_answer *next = list->next;

		free_answer(list);
		list = next;
	}
}

void irc_proof_release(struct irc_proof *proof)
{
	free_list(proof->answers);
	free_list(proof->settled);
	irc_proof_init(proof);
}

void irc_proof_set_grade(struct irc_proof *proof, enum irc_proof_grade grade)
{
	proof->grade = proof->is_distrusted ? IRC_PROOF_PING : grade;
}

/* ---------------------------------------------------------------- settled */

static void irc_answer_settle(struct irc_proof *proof, struct irc_answer *answer, enum irc_verdict verdict,
		const char *reason)
{
	struct irc_answer **link = &proof->answers;

	while (*link != answer)
		link = &(*link)->next;
	*link = answer->next;
	if (!*link)
		proof->last = link;
	answer->next = NULL;
	*proof->last_settled = answer;
	proof->last_settled = &answer->next;
	answer->verdict = verdict;
	utf8_print(answer->reason, sizeof(answer->reason), "%s", reason);
	for (size_t i = 0; i < answer->said_count; i++)
		proof->queued_count -= answer->said[i].state == IRC_SAID_QUEUED;
	if (--proof->answer_count == 0)
		proof->next_ms = UINT64_MAX;
}

/* May settle the answer: it is in no list of the proof's that is being walked then. */
static void irc_said_proved(struct irc_proof *proof, struct irc_answer *answer, struct irc_said *said)
{
	if (said->state == IRC_SAID_PROVED)
		return;
	proof->queued_count -= said->state == IRC_SAID_QUEUED;
	said->state = IRC_SAID_PROVED;
	if (--answer->open_count == 0)
		irc_answer_settle(proof, answer, IRC_PROVED, "");
}

/* What is still in the outbox of an answer that is settled need not be said. Marks in a row are one push,
 * which the outbox takes back whole. */
static void cancel(const struct irc_answer *answer, struct irc_outbox *outbox)
{
	uint64_t first = 0, last = 0;

	for (size_t i = 0; i < answer->said_count; i++) {
		const struct irc_said *said = &answer->said[i];

		if (said->state != IRC_SAID_QUEUED)
			continue;
		if (first && said->mark != last + 1)
			irc_outbox_cancel(outbox, first, last);
		if (!first || said->mark != last + 1)
			first = said->mark;
		last = said->mark;
	}
	if (first)
		irc_outbox_cancel(outbox, first, last);
}

bool irc_proof_take(struct irc_proof *proof, struct irc_outbox *outbox, struct irc_settled *ret)
{
	struct irc_answer *answer = proof->settled;

	if (!answer)
		return false;
	proof->settled = answer->next;
	if (!proof->settled)
		proof->last_settled = &proof->settled;
	cancel(answer, outbox);
	ret->verdict = answer->verdict;
	snprintf(ret->id, sizeof(ret->id), "%s", answer->id);
	snprintf(ret->target, sizeof(ret->target), "%s", answer->target);
	utf8_print(ret->reason, sizeof(ret->reason), "%s", answer->reason);
	free_answer(answer);
	return true;
}

/* ---------------------------------------------------------------- said */

/* Lines in the form in which they are kept, and the text of the first that people read. */
static int keep_lines(struct irc_said *said, const struct irc_line *lines, size_t count)
{
	struct str bytes = STR(LINE_MAX_BYTES * count);
	const char *text = "";
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		r = irc_line_format(&lines[i], &bytes);
		str_append_char(&bytes, '\0');
		if (*text == '\0' && strcmp(lines[i].verb, "BATCH") != 0)
			text = irc_line_param(&lines[i], 1);
	}
	said->line_count = count;
	said->text = str_copy(text);
	if (r == 0)
		r = said->text ? str_take(&bytes, &said->bytes) : -ENOMEM;
	str_release(&bytes);
	return r;
}

static int make_answer(const char *id, const struct irc_outbox_answer *from, uint64_t now_ms,
		struct irc_answer **ret)
{
	size_t count = from->is_batch ? 1 : from->line_count, each = from->is_batch ? from->line_count : 1;
	struct irc_answer *answer = calloc(1, sizeof(*answer) + count * sizeof(answer->said[0]));
	int r = 0;

	if (!answer)
		return -ENOMEM;
	answer->said_ms = now_ms;
	answer->said_count = count;
	answer->open_count = count;
	answer->is_batch = from->is_batch;
	answer->id = str_copy(id);
	answer->target = str_copy(from->target);
	if (!answer->id || !answer->target)
		r = -ENOMEM;
	for (size_t i = 0; i < count && r == 0; i++) {
		answer->said[i].state = IRC_SAID_LOST;
		r = keep_lines(&answer->said[i], &from->lines[i * each], each);
	}
	if (r < 0) {
		free_answer(answer);
		return r;
	}
	*ret = answer;
	return 0;
}

/* Put the label in front of a line's other tags. */
static void label(struct irc_line *line, uint64_t mark, struct str *tags)
{
	char value[IRC_LABEL_BYTES];

	snprintf(value, sizeof(value), IRC_LABEL_FORMAT, (unsigned long long)mark);
	irc_tag_append(tags, "label", value);
	if (line->tags) {
		str_append_char(tags, ';');
		str_append(tags, line->tags);
	}
	if (tags->error == 0)
		line->tags = str_text(tags);
}

/* Lines as they were kept, in bytes that must outlive them. */
static size_t parse_lines(char *bytes, size_t count, struct irc_line *ret)
{
	size_t parsed = 0;

	while (parsed < count) {
		size_t length = strlen(bytes);

		if (irc_line_parse(bytes, length, &ret[parsed]) < 0)
			break;
		bytes += length + 1;
		parsed++;
	}
	return parsed;
}

/* All of them with their NULs; the caller frees. NULL: out of memory. */
static char *copy_bytes(const struct irc_said *said)
{
	const char *end = said->bytes;
	char *copy;

	for (size_t i = 0; i < said->line_count; i++)
		end += strlen(end) + 1;
	copy = malloc((size_t)(end - said->bytes));
	if (copy)
		memcpy(copy, said->bytes, (size_t)(end - said->bytes));
	return copy;
}

/* What is to go out of count from first on: copies that are labelled and can be pushed. */
struct pushed {
	struct irc_line *lines;
	struct str *tags;
	char **bytes;
	size_t line_count, count;
};

static void release_pushed(struct pushed *pushed)
{
	for (size_t i = 0; i < pushed->count; i++) {
		if (pushed->tags)
			str_release(&pushed->tags[i]);
		if (pushed->bytes)
			free(pushed->bytes[i]);
	}
	free(pushed->lines);
	free(pushed->tags);
	free(pushed->bytes);
}

static int fill_pushed(const struct irc_proof *proof, const struct irc_said *said, struct pushed *pushed)
{
	size_t total = 0;

	for (size_t i = 0; i < pushed->count; i++)
		total += said[i].line_count;
	pushed->lines = calloc(total, sizeof(*pushed->lines));
	pushed->tags = calloc(pushed->count, sizeof(*pushed->tags));
	pushed->bytes = calloc(pushed->count, sizeof(*pushed->bytes));
	if (!pushed->lines || !pushed->tags || !pushed->bytes)
		return -ENOMEM;
	for (size_t i = 0; i < pushed->count; i++) {
		struct irc_line *line = &pushed->lines[pushed->line_count];

		pushed->tags[i] = STR(TAGS_MAX_BYTES);
		pushed->bytes[i] = copy_bytes(&said[i]);
		if (!pushed->bytes[i])
			return -ENOMEM;
		pushed->line_count += parse_lines(pushed->bytes[i], said[i].line_count, line);
		if (proof->grade == IRC_PROOF_LABEL)
			label(line, proof->last_mark + 1 + i, &pushed->tags[i]);
		if (pushed->tags[i].error)
			return pushed->tags[i].error;
	}
	return pushed->line_count == total ? 0 : -EINVAL;
}

/* Push count of an answer from first on; asker: in whose turn. */
static int irc_said_push(struct irc_proof *proof, struct irc_answer *answer, size_t first, size_t count,
		const char *asker, struct irc_outbox *outbox, uint64_t now_ms)
{
	struct pushed pushed = {.count = count};
	int r = fill_pushed(proof, &answer->said[first], &pushed);

	if (r == 0) {
		struct irc_outbox_answer push = {.target = answer->target,
				.asker = asker,
				.lines = pushed.lines,
				.line_count = pushed.line_count,
				.is_batch = answer->is_batch,
				.mark = proof->last_mark + 1};

		r = irc_outbox_push_answer(outbox, &push, now_ms);
	}
	release_pushed(&pushed);
	if (r < 0)
		return r;
	for (size_t i = first; i < first + count; i++) {
		struct irc_said *said = &answer->said[i];

		said->first_mark = said->state == IRC_SAID_SENT ? said->mark : 0;
		said->mark = ++proof->last_mark;
		said->state = IRC_SAID_QUEUED;
	}
	proof->queued_count += count;
	return 0;
}

/* What was lost in a place where we have not been again for so long. The oldest is the first. */
static void forget_old(struct irc_proof *proof, uint64_t now_ms)
{
	struct irc_answer *answer;

	while ((answer = proof->answers) != NULL && now_ms > answer->said_ms + IRC_PROOF_AGE_MAX_MS &&
			answer->said[answer->said_count - 1].state == IRC_SAID_LOST)
		irc_answer_settle(proof, answer, IRC_EXPIRED, "we were not there any more");
}

int irc_proof_say(struct irc_proof *proof, const char *id, const struct irc_outbox_answer *say,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_answer *answer = NULL;
	int r;

	if (say->line_count == 0)
		return -EINVAL;
	forget_old(proof, now_ms);
	if (proof->answer_count >= IRC_PROOF_ANSWERS_MAX)
		return -ENOBUFS;
	r = make_answer(id, say, now_ms, &answer);
	if (r == 0)
		r = irc_said_push(proof, answer, 0, answer->said_count, say->asker, outbox, now_ms);
	if (r < 0) {
		free_answer(answer);
		return r;
	}
	*proof->last = answer;
	proof->last = &answer->next;
	proof->answer_count++;
	return 0;
}

void irc_proof_left(struct irc_proof *proof, uint64_t mark, bool is_sent, uint64_t now_ms)
{
	struct irc_answer *answer;
	struct irc_said *said;

	if (mark == IRC_PROOF_PING_MARK) {
		proof->is_ping_waiting = false;
		proof->pinged_place = is_sent ? proof->last_place : 0;
		proof->out_token = is_sent ? proof->ping_token : 0;
		proof->out_place = proof->pinged_place;
		return;
	}
	said = irc_said_find(proof, mark, &answer);
	if (!said || said->state != IRC_SAID_QUEUED)
		return;
	if (!is_sent) {
		irc_answer_settle(proof, answer, IRC_EXPIRED, "it waited too long for its turn");
		return;
	}
	proof->queued_count--;
	said->state = IRC_SAID_SENT;
	said->was_sent = true;
	said->place = ++proof->last_place;
	said->sent_ms = now_ms;
	said->deadline_ms = now_ms + IRC_PROOF_DEADLINE_MS;
	if (said->deadline_ms < proof->next_ms || proof->grade == IRC_PROOF_PING)
		proof->next_ms = proof->grade == IRC_PROOF_PING ? now_ms : said->deadline_ms;
}

static struct irc_said *irc_said_find(struct irc_proof *proof, uint64_t mark, struct irc_answer **ret_answer)
{
	for (struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->said_count; i++) {
			struct irc_said *said = &answer->said[i];

			if (said->mark != mark && said->first_mark != mark)
				continue;
			*ret_answer = answer;
			return said;
		}
	}
	return NULL;
}

/* ---------------------------------------------------------------- lost and said again */

void irc_proof_lose(struct irc_proof *proof)
{
	for (struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		for (size_t i = 0; i < answer->said_count; i++) {
			struct irc_said *said = &answer->said[i];

			if (said->state == IRC_SAID_PROVED)
				continue;
			said->state = IRC_SAID_LOST;
			said->mark = 0;
			said->first_mark = 0;
			said->is_repeated = false;
			said->is_checked = false;
		}
	}
	proof->grade = IRC_PROOF_PING;
	proof->is_distrusted = false;
	proof->has_history = false;
	proof->queued_count = 0;
	proof->pinged_place = 0;
	proof->is_ping_waiting = false;
	proof->next_ms = UINT64_MAX;
	proof->check_target[0] = '\0';
	memset(proof->batches, 0, sizeof(proof->batches));
}

/* All lines of an answer that are lost; its first refusal settles it. */
static void say_again(struct irc_proof *proof, struct irc_answer *answer, struct irc_outbox *outbox,
		uint64_t now_ms)
{
	int r = 0;

	if (now_ms > answer->said_ms + IRC_PROOF_AGE_MAX_MS) {
		irc_answer_settle(proof, answer, IRC_EXPIRED, "the connection was away too long");
		return;
	}
	for (size_t i = 0; i < answer->said_count && r == 0; i++) {
		if (answer->said[i].state == IRC_SAID_LOST)
			r = irc_said_push(proof, answer, i, 1, "", outbox, now_ms);
	}
	if (r < 0)
		irc_answer_settle(proof, answer, IRC_EXPIRED, "too much waits already");
}

void irc_proof_again(struct irc_proof *proof, const char *channel, enum irc_casemap casemap,
		struct irc_outbox *outbox, uint64_t now_ms)
{
	struct irc_answer *next;

	for (struct irc_answer *answer = proof->answers; answer; answer = next) {
		next = answer->next;
		if (channel ? irc_casemap_equal(casemap, irc_target_channel(answer->target), channel)
			    : !irc_target_is_channel(answer->target))
			say_again(proof, answer, outbox, now_ms);
	}
}

static bool has_id(const struct irc_answer *list, const char *id)
{
	while (list && strcmp(list->id, id) != 0)
		list = list->next;
	return list != NULL;
}

bool irc_proof_has(const struct irc_proof *proof, const char *id)
{
	return *id && (has_id(proof->answers, id) || has_id(proof->settled, id));
}

uint64_t irc_proof_oldest_ms(const struct irc_proof *proof, const char *channel, enum irc_casemap casemap)
{
	for (const struct irc_answer *answer = proof->answers; answer; answer = answer->next) {
		if (irc_casemap_equal(casemap, irc_target_channel(answer->target), channel))
			return answer->said_ms;
	}
	return UINT64_MAX;
}

/* ---------------------------------------------------------------- what the server says */

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
