#ifndef EPISODED_SIM_LOBBY_H
#define EPISODED_SIM_LOBBY_H

/* People in the lobby: their side of the WebSockets of bot/gateway/lobby/server.h. */

#include "bot/base/str.h"

void lobby_reset(void);                     /* call after world_reset() and wire_reset() */
void lobby_append_config(struct str *json); /* the gateway's object in the configuration */
void lobby_ask(void);                       /* a person asks a question */

#endif
