#ifndef EPISODED_IRC_REDACTION_H
#define EPISODED_IRC_REDACTION_H

/*
 * Answers that are taken back because their question was (REDACT of draft/message-redaction): which messages of ours answered
 * the latest questions, as their echoes or the history tell. In memory only; a full table forgets its oldest entry. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/gateway/irc/outbox.h"

#define IRC_REDACTION_MAX       64   /* questions */
#define IRC_REDACTION_IDS_BYTES 1200 /* of the IDs of one answer */

struct irc_redaction_answer {
	uint64_t question; /* hash of its ID; 0: unused */
	char *target;      /* NULL: no message is known yet */
	char *ids;         /* of our messages, separated by spaces; NULL: as target */
	bool is_unwanted;  /* its question was taken back while the answer was under way */
};

struct irc_redaction {
	struct irc_redaction_answer answers[IRC_REDACTION_MAX];
	size_t next;
};

void irc_redaction_release(struct irc_redaction *redaction);

/* Our message with this ID to target answers a question. If the question was taken back meanwhile, so is the answer. What
 * memory is short for is not taken back later. */
void irc_redaction_note(struct irc_redaction *redaction, const char *question, const char *target,
		const char *id, struct irc_outbox *outbox, uint64_t now_ms);
/* The question was taken back: send REDACT for the messages that answer it. is_under_way: others may follow. */
void irc_redaction_take_back(struct irc_redaction *redaction, const char *question, bool is_under_way,
		struct irc_outbox *outbox, uint64_t now_ms);

#endif
