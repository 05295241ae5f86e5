#ifndef EPISODED_IRC_NOW_H
#define EPISODED_IRC_NOW_H

#include <stdint.h>

/* The time of a call on both clocks: monotonic for delays, wall for timestamps of servers and people. */
struct irc_now {
	uint64_t ms, wall_ms;
};

#endif
