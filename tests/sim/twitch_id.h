#ifndef EPISODED_SIM_TWITCH_ID_H
#define EPISODED_SIM_TWITCH_ID_H

/*
 * A simulated authorization server of Twitch. In half of the seeds the bot has a login whose tokens expire within
 * minutes, and whose refresh tokens can be used once: a second use revokes all tokens. If the bot loses its login, an
 * operator logs it in again.
 */

#include <stdbool.h>

struct str;

void twitch_id_reset(void);
/* The keys of a gateway for the token, with a comma after them. */
void twitch_id_append_config(struct str *json);
/* May the bot enter the chat with this token? */
bool twitch_id_accepts(const char *access);

#endif
