#ifndef EPISODED_REPLAY_WORLD_H
#define EPISODED_REPLAY_WORLD_H

/*
 * The world of a replay: virtual time, and the tape as the network. The files
 * beside this one implement the headers of bot/net/ with it; they are linked in
 * place of bot/net/'s own, so that everything above is the program as it runs.
 */

#include <stdint.h>

#include "bot/replay/tape.h"

extern struct tape replay_tape; /* one in a process */

uint64_t replay_now_ms(void); /* since the first line of the tape */

/* When the next line that an open connection waits for is due, UINT64_MAX for none; and have it happen. */
uint64_t replay_network_next_ms(void);
void replay_network_step(void);
/* The tape has been played, and the bot has asked for a connection that it does not have. */
bool replay_network_is_over(void);

#endif
