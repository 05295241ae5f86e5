#ifndef EPISODED_DISCORD_REFUSAL_H
#define EPISODED_DISCORD_REFUSAL_H

/* Why Discord would not have an answer: its own error codes (API v10, "JSON Error Codes"), as far as they
 * matter. Pure. */

#include <stdbool.h>

#define DISCORD_CODE_UNKNOWN_CHANNEL    10003
#define DISCORD_CODE_UNKNOWN_MESSAGE    10008 /* of an interaction: the answer was deleted */
#define DISCORD_CODE_MISSING_ACCESS     50001
#define DISCORD_CODE_EMPTY_MESSAGE      50006 /* a card was taken off, and nothing was left */
#define DISCORD_CODE_NO_PRIVATE         50007
#define DISCORD_CODE_NO_TEXT            50008
#define DISCORD_CODE_MISSING_PERMISSION 50013
#define DISCORD_CODE_ARCHIVED           50083
#define DISCORD_CODE_NO_PRIVATE_EITHER  50278
#define DISCORD_CODE_NO_HISTORY         160002 /* a reply needs to read it */
#define DISCORD_CODE_LOCKED             160005

/* A message refused for this is refused there whatever it says, until somebody changes something. */
bool discord_refusal_is_muting(long code);

#endif
