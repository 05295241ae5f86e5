#ifndef EPISODED_SIM_TWITCH_H
#define EPISODED_SIM_TWITCH_H

/* A simulated Twitch chat: two channels, client nonces, and its limits. */

#include "bot/base/str.h"

void twitch_reset(void);                     /* call after world_reset() and wire_reset() */
void twitch_append_config(struct str *json); /* the gateway's object in the configuration */
void twitch_ask(void);                       /* a person asks a question */

#endif
