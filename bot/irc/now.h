#ifndef EPISODED_IRC_NOW_H
#define EPISODED_IRC_NOW_H

#include <stdint.h>

/* Both clocks at the time of a call: monotonic for delays, wall for what people and servers say. */
struct irc_now {
	uint64_t ms, wall_ms;
};

#endif
