/* Any bytes while a history is being read and answers wait for their confirmation: both stay whole and end. */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/gateway/irc/delivery.h"
#include "bot/gateway/irc/history.h"
#include "bot/gateway/irc/seen.h"

#define STEP_MS   3000
#define LINES_MAX 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzzed {
	struct irc_delivery delivery;
	struct irc_isupport isupport;
	struct irc_history history;
	struct irc_outbox outbox;
	uint64_t now_ms;
};

static void on_send(void *user, const char *line, size_t length)
{
	(void)user;
	assert(length > 0 && !memchr(line, '\n', length) && !memchr(line, '\0', length));
}

static void on_left(void *owner, struct irc_sent *sent)
{
	struct fuzzed *fuzzed = owner;

	if (sent->answer->is_followed)
		irc_delivery_left(&fuzzed->delivery, sent);
	else if (!irc_delivery_ping_left(&fuzzed->delivery, sent))
		irc_history_sent(&fuzzed->history, sent->answer->mark, fuzzed->now_ms);
}

static void say(struct fuzzed *fuzzed, const char *target, const char *text)
{
	struct irc_line lines[] = {*IRC_LINE("PRIVMSG", target, text), *IRC_LINE("PRIVMSG", target, "more")};
	struct irc_outgoing outgoing = {
			.id = "id", .target = target, .asker = "", .lines = lines, .line_count = 2};

	irc_delivery_send(&fuzzed->delivery, &outgoing, fuzzed->now_ms);
}

static void take(struct fuzzed *fuzzed)
{
	struct irc_history_result result;
	struct irc_completed completed;

	while (irc_history_take(&fuzzed->history, &result)) {
		assert(result.line_count <= IRC_HISTORY_LINES_MAX);
		for (size_t i = 0; i < result.line_count; i++) {
			const struct irc_past *past = &result.lines[i];
			struct irc_delivery_found found = {past->target ? past->target : "#tv", past->text,
					past->id, past->reply_to, fuzzed->now_ms};

			assert(!past->target || strchr(past->target, '#') || strpbrk(past->target, "&+!"));
			assert(i == 0 || result.lines[i - 1].time_ms <= past->time_ms);
			irc_delivery_find(&fuzzed->delivery, &found);
		}
		assert(result.is_targets == (*result.channel == '\0'));
		irc_delivery_checked(&fuzzed->delivery, result.channel);
		irc_history_result_release(&result);
		irc_history_ask(&fuzzed->history, "#tv", 1, "x", false);
	}
	while (irc_delivery_take(&fuzzed->delivery, &completed))
		assert(strcmp(completed.id, "id") == 0 &&
				(strcmp(completed.target, "#tv") == 0 ||
						strcmp(completed.target, "@#tv") == 0));
}

/* A line of the server; the first byte tells whose it is, and what happens beside it. */
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
		irc_delivery_lose(&fuzzed->delivery);
		irc_history_lose(&fuzzed->history);
		irc_history_offer(&fuzzed->history, NULL, 2, true);
		if (length & 1)
			irc_history_ask_targets(&fuzzed->history, 1, UINT64_C(4102444800000));
		irc_history_ask(&fuzzed->history, "#tv", 1, "x", false);
		irc_delivery_set_method(&fuzzed->delivery, (enum irc_confirmation)(length % 3));
		irc_delivery_again(&fuzzed->delivery, "#tv", fuzzed->now_ms);
	}
	if (length > 1 && length - 1 <= IRC_LINE_MAX_BYTES) {
		memcpy(text, bytes + 1, length - 1);
		if (irc_line_parse(text, length - 1, &line) == 0 &&
				!irc_history_hear(&fuzzed->history, &line, is_own, IRC_CASEMAP_ASCII))
			irc_delivery_line(&fuzzed->delivery, &line, is_own, fuzzed->now_ms);
	}
	irc_history_run(&fuzzed->history, &fuzzed->outbox, fuzzed->now_ms);
	irc_delivery_tick(&fuzzed->delivery, fuzzed->now_ms, fuzzed->now_ms);
	irc_outbox_flush(&fuzzed->outbox, fuzzed->now_ms);
	take(fuzzed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzzed fuzzed = {.now_ms = 1000};
	const char *bytes = (const char *)data;
	struct irc_seen_channel seen;
	char saved[IRC_SEEN_TEXT_BYTES];

	irc_history_init(&fuzzed.history);
	fuzzed.isupport.casemap = IRC_CASEMAP_ASCII;
	irc_outbox_init(&fuzzed.outbox, on_send, &fuzzed);
	irc_delivery_init(&fuzzed.delivery, &fuzzed.outbox, &fuzzed.isupport);
	irc_outbox_set_flood(&fuzzed.outbox, IRC_FLOOD_NONE);
	fuzzed.outbox.on_left = on_left;
	fuzzed.outbox.owner = &fuzzed;
	irc_delivery_set_method(&fuzzed.delivery, IRC_CONFIRM_LABEL);
	fuzzed.delivery.has_history = true;
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
	irc_delivery_release(&fuzzed.delivery);
	irc_history_release(&fuzzed.history);
	return 0;
}
