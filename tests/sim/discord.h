#ifndef EPISODED_SIM_DISCORD_H
#define EPISODED_SIM_DISCORD_H

/*
 * A simulated Discord: a gateway with resumable sessions, the REST API with its rate limits
 * and nonces, one guild with two channels, and people who ask in them, in private and with
 * slash commands.
 */

#include "bot/base/str.h"

void discord_reset(void);                     /* call after world_reset() and wire_reset() */
void discord_append_config(struct str *json); /* the gateway's object in the configuration */
void discord_ask(void);                       /* a person asks a question */

#endif
