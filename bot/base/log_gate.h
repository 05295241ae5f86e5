#ifndef EPISODED_BASE_LOG_GATE_H
#define EPISODED_BASE_LOG_GATE_H

/*
 * Log a condition once until it changes, or at most once in an interval: neither a full disk nor a flood in a
 * channel may fill the log. A gate begins as {0}. Two ways to use it:
 *
 *	if (log_gate_change(&state->gate, error) && error)
 *		log_warning("state not kept: %s", strerror(-error));
 *	if (log_gate_every(&session->gate, now_ms, 60 * 1000))
 *		log_warning("send queue full: dropping answers");
 */

#include <stdbool.h>
#include <stdint.h>

struct log_gate {
	int state;          /* as last logged; 0: in order */
	uint64_t closed_ms; /* log_gate_every() is false until then */
};

/* Whether state differs from the one before, which it replaces. */
bool log_gate_change(struct log_gate *gate, int state);

/* Whether interval_ms have passed since this was last true; true for the first call. */
bool log_gate_every(struct log_gate *gate, uint64_t now_ms, uint64_t interval_ms);

#endif
