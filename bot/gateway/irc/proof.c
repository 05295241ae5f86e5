/* What was said and is not proved yet: the answers, and how each is settled. */

#include "bot/gateway/irc/proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/base/utf8.h"
#include "bot/gateway/irc/isupport.h"
#include "bot/gateway/irc/proof_state.h"

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

void irc_answer_settle(struct irc_proof *proof, struct irc_answer *answer, enum irc_verdict verdict,
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

void irc_said_proved(struct irc_proof *proof, struct irc_answer *answer, struct irc_said *said)
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

int irc_said_push(struct irc_proof *proof, struct irc_answer *answer, size_t first, size_t count,
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

struct irc_said *irc_said_find(struct irc_proof *proof, uint64_t mark, struct irc_answer **ret_answer)
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
