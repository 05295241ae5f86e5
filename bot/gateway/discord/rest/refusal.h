#ifndef EPISODED_DISCORD_REFUSAL_H
#define EPISODED_DISCORD_REFUSAL_H

/* Error codes with which Discord refuses an answer (API v10, "JSON Error Codes"), as far as they are
 * handled. Pure. */

#include <stdbool.h>

#define DISCORD_CODE_UNKNOWN_CHANNEL    10003
#define DISCORD_CODE_UNKNOWN_MESSAGE    10008 /* editing an interaction's response: it was deleted */
#define DISCORD_CODE_MISSING_ACCESS     50001
#define DISCORD_CODE_EMPTY_MESSAGE      50006 /* the card was removed, and nothing is left */
#define DISCORD_CODE_NO_PRIVATE         50007
#define DISCORD_CODE_NO_TEXT            50008
#define DISCORD_CODE_MISSING_PERMISSION 50013
#define DISCORD_CODE_INVALID_FORM       50035
#define DISCORD_CODE_ARCHIVED           50083
#define DISCORD_CODE_NO_PRIVATE_EITHER  50278
#define DISCORD_CODE_NO_HISTORY         160002 /* a reply needs Read Message History */
#define DISCORD_CODE_LOCKED             160005

/* Is any message refused in this channel, until someone changes its permissions? */
bool discord_refusal_is_muting(long code);

#endif
