#ifndef EPISODED_DISCORD_INTERACTION_H
#define EPISODED_DISCORD_INTERACTION_H

/*
 * What a person did with a slash command, a button, a half-typed option or the
 * menu of a message, read from INTERACTION_CREATE. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/core/message.h"
#include "bot/gateway/discord/snowflake.h"

#define DISCORD_INTERACTION_OPTIONS_MAX     25  /* Discord's own limit; further ones are left out */
#define DISCORD_INTERACTION_WORD_MAX_BYTES  400 /* a name of a command, option or person; a custom_id */
#define DISCORD_INTERACTION_TOKEN_MAX_BYTES 1000
#define DISCORD_INTERACTION_TEXT_MAX_BYTES  24576 /* an option (6000 characters), or a message */

enum discord_interaction_kind {
	DISCORD_INTERACTION_COMMAND, /* /episode 5 */
	DISCORD_INTERACTION_MESSAGE, /* the menu of a message */
	DISCORD_INTERACTION_BUTTON,
	DISCORD_INTERACTION_COMPLETE, /* an option is being typed */
	DISCORD_INTERACTION_OTHER,    /* none of ours */
};

struct discord_interaction_option {
	struct str name, value;
	bool is_focused;
};

struct discord_interaction {
	uint64_t id, application, channel, guild, user; /* 0: not there */
	enum discord_interaction_kind kind;
	struct str token;
	struct str user_name;
	struct str command;   /* the name of a command or of a menu's entry */
	struct str custom_id; /* of a button */
	struct str target;    /* what the message says whose menu it was */
	struct discord_interaction_option options[DISCORD_INTERACTION_OPTIONS_MAX];
	size_t option_count;
	bool is_private;        /* in the person's talk with the bot */
	bool can_embed;         /* cards are permitted there */
	bool is_host_ephemeral; /* the message of the button is for that person's eyes */
};

void discord_interaction_init(struct discord_interaction *interaction);
void discord_interaction_release(struct discord_interaction *interaction);

/*
 * interaction_read - the event's "d".
 *
 * Shape:   {"id": id, "application_id": id, "type": 1-5, "token": s, "channel_id"?: id, "guild_id"?: id,
 *          "context"?: 0-2, "member"?: {"user": {...}, "nick"?: s}, "user"?: {"id": id, "username": s,
 *          "global_name"?: s}, "app_permissions"?: "int", "message"?: {"flags"?: int}, "data"?: {"name"?: s,
 *          "type"?: 1-3, "custom_id"?: s, "target_id"?: id, "options"?: [{"name": s, "value": any,
 *          "focused"?: b}], "resolved"?: {"messages"?: {id: {"content": s}}}}}; any member may be null,
 *          which counts as not there.
 * Owns:    *interaction keeps its buffers, to be used again; release with discord_interaction_release().
 * Errors:  -EBADMSG no object, or id, application, token or user are missing; -EMSGSIZE too long, -ENOMEM.
 * Source:  Discord API v10, "Interaction object".
 */
int discord_interaction_read(struct span data, struct discord_interaction *interaction);

/*
 * What of an interaction is kept with the journal (message.extra), so that it
 * can be answered after a restart too: "3/<application>/<page>/<flags>/<token>".
 */
struct discord_interaction_ticket {
	uint64_t application;
	enum discord_interaction_kind kind;
	unsigned page; /* of the answer, from 0 */
	bool is_page;  /* a button that turns pages */
	bool can_embed;
	bool is_host_ephemeral;
	const char *token; /* within the text it was read from */
};

void discord_interaction_append_ticket(struct str *str, const struct discord_interaction_ticket *ticket);
/* -EBADMSG; *ret untouched. */
int discord_interaction_read_ticket(const char *text, struct discord_interaction_ticket *ret);

#endif
