/* Any bytes while history is read and answers wait for confirmation: both stay consistent and complete. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/proof.h"
#include "bot/gateway/irc/seen.h"

#define STEP_MS   3000
#define LINES_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct irc_proof proof;
	struct irc_history history;
	struct irc_outbox outbox;
	uint64_t now_ms;
};

static void on_send(void *user, const char *line, size_t length)
{
	(void)user;
	assert(length > 0 && !memchr(line, '\n', length) && !memchr(line, '\0', length));
}

static void on_left(void *owner, uint64_t mark, bool is_sent)
{
	struct fuzzed *fuzzed = owner;

	if (mark & IRC_HISTORY_MARK)
		irc_history_sent(&fuzzed->history, mark, fuzzed->now_ms);
	else
		irc_proof_left(&fuzzed->proof, mark, is_sent, fuzzed->now_ms);
}

static void say(struct fuzzed *fuzzed, const char *target, const char *text)
{
	struct irc_line lines[] = {*IRC_LINE("PRIVMSG", target, text), *IRC_LINE("PRIVMSG", target, "more")};
	struct irc_outbox_answer answer = {.target = target, .asker = "", .lines = lines, .line_count = 2};

	irc_proof_say(&fuzzed->proof, "id", &answer, &fuzzed->outbox, fuzzed->now_ms);
}

static void take(struct fuzzed *fuzzed)
{
	struct irc_history_result result;
	struct irc_settled settled;

	while (irc_history_take(&fuzzed->history, &result)) {
		assert(result.line_count <= IRC_HISTORY_LINES_MAX);
		for (size_t i = 0; i < result.line_count; i++) {
			const struct irc_past *past = &result.lines[i];
			struct irc_proof_found found = {past->target ? past->target : "#tv", past->text,
					past->id, past->reply_to, fuzzed->now_ms};

			assert(!past->target || strchr(past->target, '#') || strpbrk(past->target, "&+!"));
			assert(i == 0 || result.lines[i - 1].time_ms <= past->time_ms);
			irc_proof_find(&fuzzed->proof, &found, IRC_CASEMAP_ASCII);
		}
		irc_proof_checked(&fuzzed->proof, result.channel, IRC_CASEMAP_ASCII);
		irc_history_result_release(&result);
		irc_history_ask(&fuzzed->history, "#tv", 1, "x", false);
	}
	while (irc_proof_take(&fuzzed->proof, &fuzzed->outbox, &settled))
		assert(strcmp(settled.id, "id") == 0 &&
				(strcmp(settled.target, "#tv") == 0 || strcmp(settled.target, "@#tv") == 0));
}

/* A line from the server; the first byte chooses its source and a further event. */
static void step(struct fuzzed *fuzzed, const char *bytes, size_t length)
{
	char text[IRC_LINE_MAX_BYTES + 1];
	struct irc_line line;
	bool is_own = bytes[0] & 1;

	if (bytes[0] & 2)
		say(fuzzed, bytes[0] & 8 ? "@#tv" : "#tv", "text");
	if (bytes[0] & 4)
		fuzzed->now_ms += STEP_MS;
	if ((bytes[0] & 31) == 31) {
		irc_outbox_clear(&fuzzed->outbox);
		irc_proof_lose(&fuzzed->proof);
		irc_history_lose(&fuzzed->history);
		irc_history_offer(&fuzzed->history, NULL, 2, true);
		irc_history_ask(&fuzzed->history, "#tv", 1, "x", false);
		irc_proof_set_grade(&fuzzed->proof, (enum irc_proof_grade)(length % 3));
		irc_proof_again(&fuzzed->proof, "#tv", IRC_CASEMAP_ASCII, &fuzzed->outbox, fuzzed->now_ms);
	}
	if (length > 1 && length - 1 <= IRC_LINE_MAX_BYTES) {
		memcpy(text, bytes + 1, length - 1);
		if (irc_line_parse(text, length - 1, &line) == 0 &&
				!irc_history_hear(&fuzzed->history, &line, is_own, IRC_CASEMAP_ASCII))
			irc_proof_hear(&fuzzed->proof, &line, is_own, IRC_CASEMAP_ASCII);
	}
	irc_history_run(&fuzzed->history, &fuzzed->outbox, fuzzed->now_ms);
	irc_proof_run(&fuzzed->proof, &fuzzed->outbox, fuzzed->now_ms, fuzzed->now_ms);
	irc_outbox_flush(&fuzzed->outbox, fuzzed->now_ms);
	take(fuzzed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed fuzzed = {.now_ms = 1000};
	const char *bytes = (const char *)data;
	struct irc_seen_channel seen;
	char saved[IRC_SEEN_TEXT_BYTES];

	irc_proof_init(&fuzzed.proof);
	irc_history_init(&fuzzed.history);
	irc_outbox_init(&fuzzed.outbox, on_send, &fuzzed);
	irc_outbox_set_flood(&fuzzed.outbox, IRC_FLOOD_NONE);
	fuzzed.outbox.on_left = on_left;
	fuzzed.outbox.owner = &fuzzed;
	irc_proof_set_grade(&fuzzed.proof, IRC_PROOF_LABEL);
	fuzzed.proof.has_history = true;
	irc_history_offer(&fuzzed.history, NULL, 100, true);
	irc_history_ask(&fuzzed.history, "#tv", 1, "x", false);
	for (unsigned lines = 0; size > 0 && lines < LINES_MAX; lines++) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;

		if (length > 0)
			step(&fuzzed, bytes, length);
		if (length > 0 && length < sizeof(saved)) {
			memcpy(saved, bytes, length);
			saved[length] = '\0';
			if (irc_seen_read(saved, &seen) == 0)
				irc_seen_write(&seen, saved);
		}
		length += end != NULL;
		bytes += length;
		size -= length;
	}
	irc_outbox_clear(&fuzzed.outbox);
	irc_proof_release(&fuzzed.proof);
	irc_history_release(&fuzzed.history);
	return 0;
}
