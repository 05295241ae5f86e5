#ifndef EPISODED_IRC_CTCP_H
#define EPISODED_IRC_CTCP_H

/* Client-to-client questions: VERSION, PING, TIME, CLIENTINFO, SOURCE. */

#include <stdbool.h>
#include <stdint.h>

#define IRC_CTCP_ANSWERS_MAX      6 /* in IRC_CTCP_WINDOW_MS, for everybody together */
#define IRC_CTCP_PERSON_MAX       3 /* and of them for one */
#define IRC_CTCP_WINDOW_MS        (60 * 1000)
#define IRC_CTCP_ANSWER_MAX_BYTES 200

struct irc_ctcp {
	uint64_t window_ms; /* when the first answer of the window was given */
	unsigned answers;
	uint64_t askers[IRC_CTCP_ANSWERS_MAX]; /* hashes of who got them */
};

/*
 * irc_ctcp_answer - the answer to a message that begins with \x01.
 *
 * Shape:   \x01 WORD [SP arguments] [\x01], WORD in any case; who: user@host, which a new nick does not
 *          change.
 * Errors:  -ENOENT nothing to answer: unknown, an ACTION, or asked too often; ret untouched.
 */
int irc_ctcp_answer(struct irc_ctcp *ctcp, const char *who, const char *text, uint64_t now_ms,
		uint64_t wall_ms, char ret[IRC_CTCP_ANSWER_MAX_BYTES]);

#endif
