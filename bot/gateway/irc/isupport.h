#ifndef EPISODED_IRC_ISUPPORT_H
#define EPISODED_IRC_ISUPPORT_H

/* What the server says of itself in 005, as far as it changes what we do. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_LINELEN_DEFAULT   512
#define IRC_LINELEN_MAX       4096 /* soju's; a larger one is not believed */
#define IRC_NICKLEN_UNKNOWN   0
#define IRC_NICK_MAX_BYTES    63 /* of ours and of others'; longer names are not answered */
#define IRC_ACCOUNT_MAX_BYTES 63
#define IRC_TARGMAX_NO_LIMIT  0

/* Tags that we send, without their '+'. Those that were drafts go out under both names. */
enum irc_client_tag {
	IRC_TAG_REPLY = 1 << 0,
	IRC_TAG_DRAFT_REPLY = 1 << 1,
	IRC_TAG_CONTEXT = 1 << 2,
	IRC_TAG_DRAFT_CONTEXT = 1 << 3,
	IRC_TAG_TYPING = 1 << 4,
};

struct irc_isupport {
	enum irc_casemap casemap;
	char channel_types[8];   /* first bytes of a channel's name */
	char status_prefixes[8]; /* "@#channel" reaches its operators only */
	size_t nick_length;
	size_t line_length; /* with CRLF, without tags */
	size_t join_targets;
	bool has_monitor;
	bool has_history;
	size_t history_limit;     /* lines of one CHATHISTORY; 0: as many as one likes */
	char reference_types[32]; /* what CHATHISTORY understands, "": all */
	char bot_mode;            /* the user mode that marks a bot, or NUL */
	bool has_colour_mode;     /* channels can be +c: no colours */
	bool has_strip_mode;      /* and +S: colours are taken out. Elsewhere +S means something else. */
	unsigned denied_tags;     /* enum irc_client_tag: these the server takes out */
};

void irc_isupport_init(struct irc_isupport *isupport);

/*
 * irc_isupport_read - one 005 line.
 *
 * Shape:   005 nick *(TOKEN[=VALUE] | -TOKEN) :are supported by this server
 * Errors:  none; unknown tokens and values out of range are skipped.
 * Source:  modern.ircdocs.horse, "RPL_ISUPPORT".
 */
void irc_isupport_read(struct irc_isupport *isupport, const struct irc_line *line);

bool irc_isupport_is_channel(const struct irc_isupport *isupport, const char *target);
/* The channel of "@#channel": the target without its status prefixes; target itself where it has none. */
const char *irc_isupport_channel(const struct irc_isupport *isupport, const char *target);

/* The same, and whether it is one at all, where 005 is not at hand: by the prefixes that any server is known
 * to have. No nick begins with one of them. */
const char *irc_target_channel(const char *target);
bool irc_target_is_channel(const char *target);

#endif
