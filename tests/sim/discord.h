#ifndef EPISODED_SIM_DISCORD_H
#define EPISODED_SIM_DISCORD_H

/*
 * A simulated Discord: a gateway with sessions that can be resumed, the REST
 * side with its limits and nonces, one guild with two channels, and people who
 * ask there, in private and with a slash command.
 */

#include "bot/base/str.h"

void discord_reset(void);                     /* after world_reset(), wire_reset() */
void discord_append_config(struct str *json); /* the gateway's object */
void discord_ask(void);                       /* somebody asks something */

#endif
