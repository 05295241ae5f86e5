#ifndef EPISODED_SIM_AUDIT_H
#define EPISODED_SIM_AUDIT_H

/*
 * The auditor: outside the program, it knows every question that people asked
 * and every line that they saw, and says which must have been answered, and
 * how often an answer may have been seen.
 *
 * Exactly once is the rule. Where the network offers no means to tell what
 * people saw, an answer may be seen once more for each time that a connection
 * or the process ended between the answer and its confirmation
 * (docs/architecture.md, "Exactly once"). A question may stay unanswered where
 * the program never heard it, or died within the millisecond that it did, or
 * had been told to stop, or where the disk was failing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_TOKEN_BYTES 16

void audit_reset(void); /* after world_reset() */

/* Somebody asks on a network, known by its host. is_proof: the network offers means to tell what people have
 * seen, so that an answer is never seen twice. token: a word to ask for, by which the answer is known. The
 * question's number. */
int audit_ask(const char *host, bool is_proof, char token[AUDIT_TOKEN_BYTES]);

/* Its answer has several lines: what is confirmed of it is not known from one, so that each end of a
 * connection excuses another time. */
void audit_expect_lines(int question);
/* How often each line of an answer may be seen; whether the answer may be missing. */
unsigned audit_times_allowed(int question);
bool audit_may_be_silent(int question);

/* It has arrived at the bot. */
void audit_heard(int question);
/* A connection to the network has ended for the bot, however. */
void audit_connection_ended(const char *host);
/* A process has been told to stop. */
void audit_process_stops(void);
/* The connection to a network is to be closed by a changed configuration, until it has ended. */
void audit_network_stops(const char *host);
/* The process is gone: killed, or power lost. */
void audit_process_ended(bool is_power_lost);
/* The disk begins to fail, or works again. */
void audit_disk_fails(bool is_failing);

/* A network that has means to tell what people saw has refused to. */
void audit_proof_failed(const char *host);

/* The answer need not come, or may be seen once more: why is for the trace. */
void audit_excuse_silence(int question, const char *why);
void audit_excuse_repetition(int question, const char *why);

/* The bot sends something. Whether it is an answer. */
bool audit_sent(const char *bytes, size_t length);
/* The bot has been away from a network for so long that what it heard there before need not be answered any
 * more. */
void audit_excuse_absence(const char *host);

/* People see a text of the bot's, which the server took from a connection that the bot may have lost
 * meanwhile (is_orphan). The question it answers, -1: none. */
int audit_seen(const char *text, bool is_orphan);
int audit_question_in(const char *text); /* without being seen; -1: none */
/* The same, where the network says which question it answers. */
void audit_seen_answer(int question, bool is_orphan);
/* A number that grows with every line seen. */
int64_t audit_moment(void);
/* The bot has been told that the last line seen for a question has arrived; or those on a network up to a
 * moment. */
void audit_confirmed(int question);
void audit_confirmed_until(const char *host, int64_t moment);

/* All has ended: every question is looked at. */
void audit_check(void);
/* Questions that could still be answered. */
unsigned audit_open(void);
unsigned audit_asked(void), audit_answered(void), audit_repeated(void);

#endif
