#ifndef EPISODED_IRC_CTCP_H
#define EPISODED_IRC_CTCP_H

/* Answers to CTCP queries: VERSION, PING, TIME, CLIENTINFO, and SOURCE if the address is known (base/homepage.h). */

#include <stdbool.h>
#include <stdint.h>

#define IRC_CTCP_ANSWERS_MAX      6 /* per IRC_CTCP_WINDOW_MS, for all senders together */
#define IRC_CTCP_PERSON_MAX       3 /* the same, for one sender */
#define IRC_CTCP_WINDOW_MS        (60 * 1000)
#define IRC_CTCP_ANSWER_MAX_BYTES 200

struct irc_ctcp {
	uint64_t window_ms; /* time of the window's first answer */
	unsigned answers;
	uint64_t askers[IRC_CTCP_ANSWERS_MAX]; /* hashes of the recipients */
};

/*
 * irc_ctcp_answer - answer a message that begins with \x01.
 *
 * Shape:   \x01 WORD [SP arguments] [\x01], WORD in any case. who is user@host, which stays the same when the
 *          sender changes nicks.
 * Errors:  -ENOENT no answer: an unknown query, an ACTION, or too many queries; ret untouched.
 */
int irc_ctcp_answer(struct irc_ctcp *ctcp, const char *who, const char *text, uint64_t now_ms,
		uint64_t wall_ms, char ret[IRC_CTCP_ANSWER_MAX_BYTES]);

#endif
