/* Log a condition once until it changes, or at most once in an interval. */

#include "bot/base/log_gate.h"

bool log_gate_change(struct log_gate *gate, int state)
{
	bool is_changed = gate->state != state;

	gate->state = state;
	return is_changed;
}

bool log_gate_every(struct log_gate *gate, uint64_t now_ms, uint64_t interval_ms)
{
	if (now_ms < gate->closed_ms)
		return false;
	gate->closed_ms = now_ms + interval_ms;
	return true;
}
