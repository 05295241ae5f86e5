#ifndef EPISODED_SIM_DISCORD_WORLD_H
#define EPISODED_SIM_DISCORD_WORLD_H

/* The state that the gateway and the REST API of the simulated Discord share. */

#include <stdint.h>

#define DISCORD_HOST  "discord.example"
#define DISCORD_BOT   UINT64_C(700000000000000001)
#define DISCORD_GUILD UINT64_C(700000000000000100)

/* Send an event to every session. question: the question in it, or -1. */
void discord_publish(const char *name, const char *data, int question);
unsigned discord_identifies(void); /* number so far */

void discord_rest_reset(void);

#endif
