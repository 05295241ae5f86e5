#ifndef EPISODED_SIM_TWITCH_H
#define EPISODED_SIM_TWITCH_H

/* A simulated Twitch chat: two channels, client nonces, and its limits. */

#include "bot/base/str.h"

void twitch_reset(void);                     /* after world_reset(), wire_reset() */
void twitch_append_config(struct str *json); /* the gateway's object */
void twitch_ask(void);                       /* somebody asks something */

#endif
