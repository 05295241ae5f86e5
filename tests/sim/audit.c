/* The record of every question and of every line that people saw, and the final check. */

#include "tests/sim/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world.h"

#define QUESTIONS_MAX 4096
#define TOKEN_MARK    "zq"
#define WRITE_BACK_MS 31000 /* the kernel writes dirty pages after this time */
#define DISK_MS       2000  /* writes older than this when the disk fails are safe */
#define DISK_RETRY_MS 1100  /* keeping.c retries 1 s after the last attempt, and the write takes a moment */

struct question {
	const char *host;
	uint64_t asked_ms, heard_ms, seen_ms;
	unsigned life; /* the process that received it last */
	unsigned seen;
	bool is_heard, is_proof;
	bool is_out; /* an answer was sent and its result has not reached the program */
	int64_t seen_moment;
	uint64_t confirmed_ms; /* the program has a confirmation since the last sighting; 0: not yet */
	bool may_be_silent, has_lines;
	unsigned may_be_repeated;   /* so many times */
	bool is_lost;               /* a confirmation was lost, and no other one has arrived yet */
	bool is_disk_hit;           /* the disk failed while the question was open, or soon after */
	bool is_written, is_closed; /* in the journal of a database */
};

struct discord_audit {
	struct question list[QUESTIONS_MAX];
	int count;
	int64_t moment;
	bool is_stopping;          /* the process, */
	const char *stopping_host; /* or the connection to this one */
	const char *diligent_host; /* which takes questions to the end */
	bool is_disk_failing;
	uint64_t disk_well_ms; /* time of the last failure's end */
	bool has_database;
	const char *lonely_host; /* which need not wait for it */
};

static struct discord_audit *audit;

void audit_reset(void)
{
	audit = world_alloc(sizeof(*audit));
}

void audit_hears_to_the_end(const char *host)
{
	audit->diligent_host = host;
}

int audit_ask(const char *host, bool is_proof, char token[AUDIT_TOKEN_BYTES])
{
	int number = audit->count;

	if (number == QUESTIONS_MAX) {
		fprintf(stderr, "the simulation has too many questions\n");
		abort();
	}
	audit->list[number] =
			(struct question){.host = host, .asked_ms = world_now_ms(), .is_proof = is_proof};
	snprintf(token, AUDIT_TOKEN_BYTES, TOKEN_MARK "%04d" TOKEN_MARK, number);
	audit->count++;
	world_trace("people: ask %s on %s", token, host);
	return number;
}

void audit_expect_lines(int question)
{
	audit->list[question].has_lines = true;
}

unsigned audit_times_allowed(int question)
{
	return 1 + audit->list[question].may_be_repeated;
}

bool audit_may_be_silent(int question)
{
	return audit->list[question].may_be_silent;
}

/* True if the disk is failing or was until a moment ago: the bot retries within a second of a question. */
static bool is_disk_bad(void)
{
	return audit->is_disk_failing ||
	       (audit->disk_well_ms && world_now_ms() < audit->disk_well_ms + DISK_RETRY_MS);
}

void audit_heard(int question)
{
	struct question *asked = &audit->list[question];

	asked->is_heard = true;
	asked->heard_ms = world_now_ms();
	asked->life = world_life();
	asked->is_disk_hit = asked->is_disk_hit || is_disk_bad();
	world_trace("audit: %d is heard", question);
	if (audit->diligent_host && strcmp(audit->diligent_host, asked->host) == 0)
		return;
	if (audit->is_stopping || (audit->stopping_host && strcmp(audit->stopping_host, asked->host) == 0))
		audit_excuse_silence(question, "it was told to stop");
}

void audit_excuse_silence(int question, const char *why)
{
	if (!audit->list[question].may_be_silent)
		world_trace("audit: %d may stay unanswered: %s", question, why);
	audit->list[question].may_be_silent = true;
}

void audit_excuse_repetition(int question, const char *why)
{
	audit->list[question].may_be_repeated++;
	world_trace("audit: %d may be answered once more: %s", question, why);
}

/* Each answer whose record the disk has lost may be sent once more. */
static void excuse_for_disk(int question, const char *why)
{
	struct question *asked = &audit->list[question];

	if (!asked->seen)
		audit_excuse_silence(question, why);
	while (asked->may_be_repeated < asked->seen + asked->is_out)
		audit_excuse_repetition(question, why);
}

void audit_proof_failed(const char *host)
{
	for (int i = 0; i < audit->count; i++) {
		const struct question *asked = &audit->list[i];

		if (strcmp(asked->host, host) == 0 && (asked->is_out || asked->is_lost))
			audit_excuse_repetition(i, "the network would not tell what was said");
	}
}

void audit_excuse_absence(const char *host)
{
	for (int i = 0; i < audit->count; i++) {
		const struct question *asked = &audit->list[i];

		if (strcmp(asked->host, host) == 0 && asked->is_heard && !asked->seen)
			audit_excuse_silence(i, "the bot was away for long");
	}
}

void audit_connection_ended(const char *host)
{
	if (audit->stopping_host && strcmp(audit->stopping_host, host) == 0)
		audit->stopping_host = NULL;
	for (int i = 0; i < audit->count; i++) {
		struct question *asked = &audit->list[i];

		if (strcmp(asked->host, host) != 0 || !asked->is_out)
			continue;
		if (!asked->is_proof)
			audit_excuse_repetition(i, "the connection ended before the confirmation");
		asked->is_out = false;
		asked->is_lost = true;
	}
}

void audit_network_stops(const char *host)
{
	audit->stopping_host = host;
}

void audit_process_stops(void)
{
	audit->is_stopping = true;
}

static bool is_named(const char *host, const struct question *asked)
{
	return host && strcmp(host, asked->host) == 0;
}

void audit_repeats_nothing(const char *host)
{
	for (int i = 0; audit->has_database && i < audit->count; i++) {
		const struct question *asked = &audit->list[i];

		if (is_named(host, asked) && asked->is_heard && !asked->is_written && !asked->seen)
			audit_excuse_silence(i, "the network does not repeat it");
	}
}

/* What was under way to the database. */
static void excuse_for_database(int question)
{
	const struct question *asked = &audit->list[question];

	/* IRC's history repeats it, and the bot answers a few of those in a channel. In a lobby the next process answers
	 * before people are back. */
	bool is_lonely = is_named(audit->lonely_host, asked);
	bool is_repeated = asked->is_proof && !is_named(audit->diligent_host, asked);

	if (asked->is_heard && !asked->seen && (is_lonely || (!asked->is_written && !is_repeated)))
		audit_excuse_silence(question, "the process ended before the database had it");
	if (!asked->is_proof && asked->confirmed_ms && !asked->is_closed &&
			asked->seen == 1 + asked->may_be_repeated)
		audit_excuse_repetition(question, "the process ended before the database had its end");
}

void audit_process_ended(bool is_power_lost)
{
	uint64_t now_ms = world_now_ms();

	audit->is_stopping = false;
	for (int i = 0; i < audit->count; i++) {
		struct question *asked = &audit->list[i];

		/* What only a history told is not known here until it is confirmed. */
		if (!asked->is_heard && !asked->confirmed_ms)
			continue;
		if (asked->heard_ms == now_ms && asked->life == world_life() && !asked->seen)
			audit_excuse_silence(i, "the process died as it heard it");
		if (asked->confirmed_ms == now_ms && !asked->is_proof)
			audit_excuse_repetition(i, "the process died as it was confirmed");
		if (asked->confirmed_ms == now_ms)
			asked->is_lost = true;
		if (is_power_lost && ((asked->is_heard && now_ms - asked->heard_ms < WRITE_BACK_MS) ||
						     now_ms - asked->confirmed_ms < WRITE_BACK_MS))
			excuse_for_disk(i, "power was lost before it was on the disk");
		if (asked->is_disk_hit)
			excuse_for_disk(i, "the disk had failed");
		if (audit->has_database)
			excuse_for_database(i);
	}
}

/* True if the question's record was written recently. */
static bool is_open_lately(const struct question *asked)
{
	return asked->is_heard && (!asked->confirmed_ms || asked->confirmed_ms + DISK_MS > world_now_ms());
}

void audit_disk_fails(bool is_failing)
{
	if (audit->is_disk_failing && !is_failing)
		audit->disk_well_ms = world_now_ms();
	audit->is_disk_failing = is_failing;
	for (int i = 0; i < audit->count; i++)
		audit->list[i].is_disk_hit = audit->list[i].is_disk_hit || is_open_lately(&audit->list[i]);
}

void audit_uses_database(void)
{
	audit->has_database = true;
}

void audit_is_alone(const char *host)
{
	audit->lonely_host = host;
}

/* Another process may have answered it. */
static bool is_early(const struct question *asked)
{
	return audit->has_database && asked->is_proof && !asked->is_written &&
	       !is_named(audit->lonely_host, asked);
}

void audit_written(const char *text)
{
	int question = audit_question_in(text);

	if (question >= 0)
		audit->list[question].is_written = true;
}

void audit_closed(const char *text)
{
	int question = audit_question_in(text);

	if (question >= 0)
		audit->list[question].is_closed = true;
}

/* The next question whose token occurs in a text; *text moves past the token. -1: no further token. */
static int find_token(const char **text, const char *end)
{
	const size_t mark_length = strlen(TOKEN_MARK);
	const char *at = *text;

	while (at && (at = memmem(at, (size_t)(end - at), TOKEN_MARK, mark_length)) != NULL) {
		int number = 0, digits = 0;

		at += mark_length;
		for (; at < end && *at >= '0' && *at <= '9' && digits < 4; digits++)
			number = number * 10 + (*at++ - '0');
		if (digits < 4 || (size_t)(end - at) < mark_length ||
				memcmp(at, TOKEN_MARK, mark_length) != 0)
			continue;
		*text = at + mark_length;
		return number;
	}
	return -1;
}

bool audit_sent(const char *bytes, size_t length)
{
	const char *end = bytes + length;
	bool is_answer = false;
	int number;

	while ((number = find_token(&bytes, end)) >= 0 && number < audit->count)
		is_answer = audit->list[number].is_out = true;
	return is_answer;
}

int audit_seen(const char *text, bool is_orphan)
{
	int number = find_token(&text, text + strlen(text));

	if (number >= audit->count)
		world_violation("people saw an answer to a question that was never asked: %s", text);
	else if (number >= 0)
		audit_seen_answer(number, is_orphan);
	return number;
}

int audit_question_in(const char *text)
{
	return find_token(&text, text + strlen(text));
}

void audit_seen_answer(int question, bool is_orphan)
{
	struct question *asked = &audit->list[question];

	asked->seen++;
	asked->seen_ms = world_now_ms();
	asked->seen_moment = ++audit->moment;
	asked->confirmed_ms = 0;
	if (is_early(asked))
		world_violation("question %d was answered before the database had it", question);
	world_trace("people: see the answer to %d, time %u", question, asked->seen);
	if (is_orphan)
		audit_excuse_repetition(question, "it arrived when the connection was lost");
	if (asked->seen > 1 + asked->may_be_repeated)
		world_violation("question %d was answered %u times%s", question, asked->seen,
				asked->may_be_repeated ? "" : ", with nothing lost between");
}

int64_t audit_moment(void)
{
	return audit->moment;
}

void audit_confirmed(int question)
{
	if (audit->list[question].confirmed_ms || audit->list[question].has_lines)
		return;
	audit->list[question].confirmed_ms = world_now_ms();
	audit->list[question].is_out = audit->list[question].is_lost = false;
	audit->list[question].is_disk_hit = audit->list[question].is_disk_hit || is_disk_bad();
	world_trace("audit: %d is confirmed", question);
}

void audit_confirmed_until(const char *host, int64_t moment)
{
	for (int i = 0; i < audit->count; i++) {
		const struct question *asked = &audit->list[i];

		if (asked->seen && asked->seen_moment <= moment && strcmp(asked->host, host) == 0)
			audit_confirmed(i);
	}
}

static bool is_open(const struct question *asked)
{
	return asked->is_heard && !asked->seen && !asked->may_be_silent;
}

void audit_check(void)
{
	for (int i = 0; i < audit->count; i++) {
		const struct question *asked = &audit->list[i];

		if (is_open(asked))
			world_violation("question %d, heard at %.3f s on %s, was never answered", i,
					(double)asked->heard_ms / 1000, asked->host);
	}
}

unsigned audit_open(void)
{
	unsigned open = 0;

	for (int i = 0; i < audit->count; i++)
		open += is_open(&audit->list[i]);
	return open;
}

unsigned audit_asked(void)
{
	return (unsigned)audit->count;
}

unsigned audit_answered(void)
{
	unsigned answered = 0;

	for (int i = 0; i < audit->count; i++)
		answered += audit->list[i].seen > 0;
	return answered;
}

unsigned audit_repeated(void)
{
	unsigned repeated = 0;

	for (int i = 0; i < audit->count; i++)
		repeated += audit->list[i].seen > 1;
	return repeated;
}
