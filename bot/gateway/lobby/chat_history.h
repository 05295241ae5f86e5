#ifndef EPISODED_LOBBY_CHAT_HISTORY_H
#define EPISODED_LOBBY_CHAT_HISTORY_H

/*
 * CHATHISTORY: LATEST, BEFORE, AFTER, AROUND and BETWEEN of a channel, and TARGETS, the channels with messages in a time.
 * Private messages have no history here. Source: ircv3.net, chathistory (draft).
 */

#include "bot/gateway/lobby/chat_directory.h"

/* Needs one parameter, the subcommand. */
chat_query chat_history;

#endif
