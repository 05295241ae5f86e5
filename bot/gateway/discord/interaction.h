#ifndef EPISODED_DISCORD_INTERACTION_H
#define EPISODED_DISCORD_INTERACTION_H

/*
 * The use of a slash command, a button, a half-typed option or a message's menu, read from
 * INTERACTION_CREATE. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "bot/base/span.h"
#include "bot/core/message.h"
#include "bot/gateway/discord/snowflake.h"

#define DISCORD_INTERACTION_OPTIONS_MAX     25  /* Discord's limit; further options are ignored */
#define DISCORD_INTERACTION_WORD_MAX_BYTES  400 /* name of a command, an option or a person; a custom_id */
#define DISCORD_INTERACTION_TOKEN_MAX_BYTES 1000
/* One option's value (6000 characters), or the text of a message. */
#define DISCORD_INTERACTION_TEXT_MAX_BYTES 24576

enum discord_interaction_kind {
	DISCORD_INTERACTION_COMMAND, /* /episode 5 */
	DISCORD_INTERACTION_MESSAGE, /* the menu of a message */
	DISCORD_INTERACTION_BUTTON,
	DISCORD_INTERACTION_COMPLETE, /* an option is being typed */
	DISCORD_INTERACTION_OTHER,    /* any other */
};

struct discord_interaction_option {
	struct str name, value;
	bool is_focused;
};

struct discord_interaction {
	uint64_t id, application, channel, guild, user; /* 0: absent */
	enum discord_interaction_kind kind;
	struct str token;
	struct str user_name;
	struct str command;   /* name of a slash command or of a menu entry */
	struct str custom_id; /* of a button */
	struct str target;    /* text of the message whose menu was used */
	struct discord_interaction_option options[DISCORD_INTERACTION_OPTIONS_MAX];
	size_t option_count;
	bool is_private;        /* in a direct message with the bot */
	bool can_embed;         /* embeds are permitted there */
	bool is_host_ephemeral; /* the message of the button is ephemeral */
	bool is_host_layout;    /* and made of components (IS_COMPONENTS_V2), which an edit cannot undo */
};

void discord_interaction_init(struct discord_interaction *interaction);
void discord_interaction_release(struct discord_interaction *interaction);

/*
 * interaction_read - the "d" of INTERACTION_CREATE.
 *
 * Shape:   {"id": id, "application_id": id, "type": 1-5, "token": s, "channel_id"?: id, "guild_id"?: id,
 *          "context"?: 0-2, "member"?: {"user": {...}, "nick"?: s}, "user"?: {"id": id, "username": s,
 *          "global_name"?: s}, "app_permissions"?: "int", "message"?: {"flags"?: int}, "data"?: {"name"?: s,
 *          "type"?: 1-3, "custom_id"?: s, "target_id"?: id, "options"?: [{"name": s, "value": any,
 *          "focused"?: b}], "resolved"?: {"messages"?: {id: {"content": s}}}}}; a null member counts as absent.
 * Owns:    *interaction keeps its buffers for the next call; release with discord_interaction_release().
 * Errors:  -EBADMSG malformed, or id, application, token or user are missing; -EMSGSIZE too long, -ENOMEM.
 * Source:  Discord API v10, "Interaction object".
 */
int discord_interaction_read(struct span data, struct discord_interaction *interaction);

/*
 * The part of an interaction that is needed to answer it, also after a restart. The journal keeps it in
 * message.extra: "3/<application>/<page>/<flags>/<token>".
 */
struct discord_interaction_ticket {
	uint64_t application;
	enum discord_interaction_kind kind;
	unsigned page; /* of the answer, from 0 */
	bool is_page;  /* a page button */
	bool can_embed;
	bool is_host_ephemeral, is_host_layout;
	const char *token; /* borrowed from the text it was read from */
};

void discord_interaction_append_ticket(struct str *str, const struct discord_interaction_ticket *ticket);
/* -EBADMSG; *ret untouched. */
int discord_interaction_read_ticket(const char *text, struct discord_interaction_ticket *ret);

/* "/interactions/<id>/<token>/callback" */
void discord_interaction_append_callback_path(struct str *path, const char *id, const char *token);
/* "/webhooks/<application>/<token>/messages/@original" */
void discord_interaction_append_original_path(struct str *path, uint64_t application, const char *token);

#endif
