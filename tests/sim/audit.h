#ifndef EPISODED_SIM_AUDIT_H
#define EPISODED_SIM_AUDIT_H

/*
 * The auditor. Outside the program, it records every question that people asked and every
 * line that they saw, and decides which questions must be answered and how often an answer
 * may be seen.
 *
 * The rule is exactly once. If the network offers no way to find out what people saw, an
 * answer may be seen once more for each connection or process that ended between the answer
 * and its confirmation (docs/architecture.md, "Exactly once"). A question may stay
 * unanswered if the program never received it, died in the millisecond in which it did, was
 * stopping, or if the disk was failing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUDIT_TOKEN_BYTES 16

void audit_reset(void); /* call after world_reset() */

/* A person asks on the network with this host. is_proof: the network offers a way to find out what people saw, so an
 * answer must not be seen twice. token: a word of the question that identifies the answer. Return the question's
 * number. */
int audit_ask(const char *host, bool is_proof, char token[AUDIT_TOKEN_BYTES]);

/* The answer has several lines: one line's confirmation does not confirm the others, so each end of a connection
 * allows a repetition. */
void audit_expect_lines(int question);
/* The lines of an answer, and how often each may be seen; whether the answer may be missing. */
unsigned audit_times_allowed(int question);
bool audit_may_be_silent(int question);

/* Questions on this network are never excused because the bot was told to stop: it writes them down until the end. */
void audit_hears_to_the_end(const char *host);
/* The question has arrived at the bot. */
void audit_heard(int question);
/* A connection to the network has ended for the bot, in whatever way. */
void audit_connection_ended(const char *host);
/* A process was told to stop. */
void audit_process_stops(void);
/* A changed configuration closes the connection to a network; this holds until it has ended. */
void audit_network_stops(const char *host);
/* The process was killed, or the power was lost. */
void audit_process_ended(bool is_power_lost);
/* The disk starts to fail, or works again. */
void audit_disk_fails(bool is_failing);

/* The journal in a database has a question from now on, or its end; text is the question's. What a process had not
 * written there when it ended is lost where the network repeats nothing. */
void audit_uses_database(void);
/* Other processes cannot answer on this network, so that it need not wait for the database. */
void audit_is_alone(const char *host);
/* The network has forgotten what the bot may have missed. */
void audit_repeats_nothing(const char *host);
void audit_written(const char *text);
void audit_closed(const char *text);

/* A network refused to tell what people saw. */
void audit_proof_failed(const char *host);

/* Allow the answer to be missing, or to be seen once more; why is for the trace. */
void audit_excuse_silence(int question, const char *why);
void audit_excuse_repetition(int question, const char *why);

/* The bot sends something. Return whether it is an answer. */
bool audit_sent(const char *bytes, size_t length);
/* The bot was away from a network for so long that older questions may stay unanswered. */
void audit_excuse_absence(const char *host);

/* People see a text of the bot. is_orphan: the bot may have lost the connection on which it sent the text. Return the
 * question that it answers, or -1. */
int audit_seen(const char *text, bool is_orphan);
int audit_question_in(const char *text); /* find the question of a text that is not seen, or -1 */
/* The same, if the network says which question it answers. */
void audit_seen_answer(int question, bool is_orphan);
/* A number that grows with every line seen. */
int64_t audit_moment(void);
/* The bot has received the confirmation of the last line seen for a question, or of all lines seen on a network up to a
 * moment. */
void audit_confirmed(int question);
void audit_confirmed_until(const char *host, int64_t moment);

/* The run has ended: check every question. */
void audit_check(void);
/* The number of questions that could still be answered. */
unsigned audit_open(void);
unsigned audit_asked(void), audit_answered(void), audit_repeated(void);

#endif
