#ifndef EPISODED_LOBBY_CHAT_HISTORY_H
#define EPISODED_LOBBY_CHAT_HISTORY_H

/*
 * CHATHISTORY: LATEST, BEFORE, AFTER, AROUND and BETWEEN of a channel, or of a page's private messages with the bot, and
 * TARGETS, those with messages in a time. Messages between people have no history here. Source: ircv3.net, chathistory
 * (draft).
 */

#include "bot/gateway/lobby/chat_directory.h"

/* Needs one parameter, the subcommand. */
chat_query chat_history;

#endif
