#ifndef EPISODED_LOBBY_CHAT_COMPLETE_H
#define EPISODED_LOBBY_CHAT_COMPLETE_H

/* Suggestions while a person types, for the page. In no IRC specification. */

#include "bot/gateway/lobby/chat_directory.h"

#define CHAT_SUGGESTIONS_MAX_BYTES 7000 /* escaped; a line may have 8191 bytes of tags */

/*
 * chat_complete - answer COMPLETE.
 *
 * Shape:   COMPLETE token channel command option :partial    the suggestions for a partly typed argument:
 *                  @episoded/suggestions=[["label","value"],...] :lobby COMPLETE token
 *          COMPLETE token :word                              whether a word behind the prefix is a command:
 *                  :lobby COMPLETE token command|typo|other :name
 *          The spoiler limit of the channel applies. The nick of the bot as channel: in private.
 *          A client that is not in the channel gets [].
 * Limits:  CHAT_SUGGESTIONS_MAX_BYTES; longer suggestions become [].
 */
void chat_complete(const struct chat_directory *directory, struct chat_client *client,
		const struct chat_line *line, uint64_t wall_ms);

#endif
