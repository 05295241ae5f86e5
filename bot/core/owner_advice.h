#ifndef EPISODED_OWNER_ADVICE_H
#define EPISODED_OWNER_ADVICE_H

/* How the author of a refused owner command becomes an owner, in one sentence that names the fix. */

#include "bot/base/str.h"
#include "bot/config/config.h"
#include "bot/core/message.h"

void owner_advice(const struct gateway_config *gateway, const struct message *message, struct str *ret);

#endif
