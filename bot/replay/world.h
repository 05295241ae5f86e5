#ifndef EPISODED_REPLAY_WORLD_H
#define EPISODED_REPLAY_WORLD_H

/*
 * The environment of a replay: virtual time, and the trace as the network. The files in
 * this folder implement the headers of bot/net/ and are linked in place of bot/net/'s own
 * files; all other code is the same as in the program.
 */

#include <stdint.h>

#include "bot/replay/tape.h"

extern struct tape replay_tape; /* one per process */

uint64_t replay_now_ms(void); /* since the first line of the tape */

/* When the next line of an open connection is due (UINT64_MAX: no line is left); and process that line. */
uint64_t replay_network_next_ms(void);
void replay_network_step(void);
/* True if the whole trace was replayed and the bot tried to open a further connection. */
bool replay_network_is_over(void);

#endif
