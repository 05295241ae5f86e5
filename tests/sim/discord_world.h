#ifndef EPISODED_SIM_DISCORD_WORLD_H
#define EPISODED_SIM_DISCORD_WORLD_H

/* What the gateway and the REST side of the simulated Discord share. */

#include <stdint.h>

#define DISCORD_HOST  "discord.example"
#define DISCORD_BOT   UINT64_C(700000000000000001)
#define DISCORD_GUILD UINT64_C(700000000000000100)

/* An event for every session. question: what is asked by it, -1: nothing. */
void discord_publish(const char *name, const char *data, int question);
unsigned discord_identifies(void); /* so far */

void discord_rest_reset(void);

#endif
