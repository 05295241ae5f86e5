#ifndef EPISODED_IRC_ISUPPORT_H
#define EPISODED_IRC_ISUPPORT_H

/* The parameters of the server (RPL_ISUPPORT, 005) that the bot uses. */

#include <stdbool.h>
#include <stddef.h>

#include "bot/irc/casemap.h"
#include "bot/irc/line.h"

#define IRC_LINELEN_DEFAULT   512
#define IRC_LINELEN_MAX       4096 /* the value of soju; a larger one is ignored */
#define IRC_NICKLEN_UNKNOWN   0
#define IRC_NICK_MAX_BYTES    63 /* of our nick and of other nicks; the bot does not answer longer ones */
#define IRC_ACCOUNT_MAX_BYTES 63
#define IRC_TARGMAX_NO_LIMIT  0

/* Client-only tags that we send, without their '+'. Tags with a draft name are sent under both names. */
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
	size_t history_limit;     /* lines of one CHATHISTORY; 0: no limit */
	char reference_types[32]; /* reference types that CHATHISTORY supports; "": all */
	char bot_mode;            /* the user mode that marks a bot, or NUL */
	bool has_colour_mode;     /* channels can have mode +c: no colours */
	bool has_strip_mode;      /* and +S: colours are removed; on other servers +S has another meaning */
	unsigned denied_tags;     /* set of enum irc_client_tag: tags that the server removes */
};

void irc_isupport_init(struct irc_isupport *isupport);

/*
 * irc_isupport_read - one 005 line.
 *
 * Shape:   005 nick *(TOKEN[=VALUE] | -TOKEN) :are supported by this server
 * Errors:  no errors; unknown tokens and values out of range are skipped.
 * Source:  modern.ircdocs.horse, "RPL_ISUPPORT".
 */
void irc_isupport_read(struct irc_isupport *isupport, const struct irc_line *line);

bool irc_isupport_is_channel(const struct irc_isupport *isupport, const char *target);
/* The channel of "@#channel": the target without its status prefixes; target itself if it has no prefix. */
const char *irc_isupport_channel(const struct irc_isupport *isupport, const char *target);

/* The same without 005: by the status prefixes of all known servers. No nick begins with one of them. */
const char *irc_target_channel(const char *target);
bool irc_target_is_channel(const char *target);

#endif
