#ifndef EPISODED_SIM_IRC_H
#define EPISODED_SIM_IRC_H

/*
 * A simulated IRC network: one server, two channels and some people who ask.
 * What it offers, how it counts and how well it behaves is chosen by chance.
 */

#include "bot/base/str.h"

#define IRC_HOST "irc.example"

void irc_reset(void);                     /* after world_reset(), wire_reset() */
void irc_append_config(struct str *json); /* the gateway's object */
void irc_ask(void);                       /* somebody asks something */
void irc_check(void);                     /* at the end: no answer was cut short */
void irc_change_config(void);             /* a reload makes a new connection of it */

#endif
