#ifndef EPISODED_SIM_IRC_H
#define EPISODED_SIM_IRC_H

/*
 * A simulated IRC network: one server, two channels and some people who ask. Its features,
 * its flood control and its faults are random.
 */

#include "bot/base/str.h"

#define IRC_HOST "irc.example"

void irc_reset(void);                     /* call after world_reset() and wire_reset() */
void irc_append_config(struct str *json); /* the gateway's object in the configuration */
void irc_ask(void);                       /* a person asks a question */
void irc_check(void);                     /* at the end: check that no answer was incomplete */
void irc_change_config(void);             /* change the configuration so that a reload reconnects */

#endif
