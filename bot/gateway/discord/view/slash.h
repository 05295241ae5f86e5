#ifndef EPISODED_DISCORD_SLASH_H
#define EPISODED_DISCORD_SLASH_H

/*
 * Slash commands, made from the commands' descriptions: their registration with Discord, and the use of one
 * as a line of text. Pure.
 */

#include "bot/base/str.h"
#include "bot/gateway/discord/interaction.h"

#define DISCORD_SLASH_BODY_MAX_BYTES (256u * 1024)
#define DISCORD_SLASH_COMMANDS_MAX   100 /* Discord's own limit */
#define DISCORD_SLASH_TEXT_MAX_BYTES 900 /* of a message to search for: longer questions are refused */

#define DISCORD_SLASH_SEARCH "search" /* the command of the message menu's entry */
#define DISCORD_SLASH_MENU   "Which episode is this?"

struct discord_slash; /* opaque: gateway/discord/view/slash.c */

/*
 * slash_read - read the commands' descriptions.
 *
 * Shape:   as gateway_host.describe_commands().
 * Owns:    the caller frees *ret with discord_slash_free().
 * Errors:  -EBADMSG malformed; -ENOMEM; *ret untouched.
 */
int discord_slash_read(const char *description, struct discord_slash **ret);
void discord_slash_free(struct discord_slash *slash); /* NULL-safe */

/* Which members a command has. DISCORD_SLASH_OLD: only those that slash commands had from the beginning, for servers
 * that do not know the later ones: no limits of a value (max_length, min_value, max_value), and not where a command
 * is offered (integration_types, contexts). */
enum discord_slash_form { DISCORD_SLASH_FULL, DISCORD_SLASH_OLD };

/* The body of PUT /applications/{id}/commands. A command that Discord would refuse is left out. -ENOMEM,
 * -EMSGSIZE. */
int discord_slash_append_body(
		const struct discord_slash *slash, enum discord_slash_form form, struct str *str);
/* One item of that body, for POST. -ENOENT: there are not so many; -ENOMEM, -EMSGSIZE. */
int discord_slash_append_command(const struct discord_slash *slash, enum discord_slash_form form,
		size_t index, struct str *str);
/* The name of that item; "" if there are not so many. Borrowed from slash, or static. */
const char *discord_slash_name(const struct discord_slash *slash, size_t index);

/*
 * Append the question as the text of a message: "episode 5", the values in the order of the description.
 * -ENOENT: no such command (any more). -EMSGSIZE, -ENOMEM.
 */
int discord_slash_append_text(const struct discord_slash *slash,
		const struct discord_interaction *interaction, struct str *str);

/* Append what has been typed of an option, to be completed: "show:dark 5" if the option for the show is used. */
void discord_slash_append_partial(const struct discord_interaction *interaction,
		const struct discord_interaction_option *option, struct str *str);

/*
 * Append the response to autocomplete, {"choices": [...]}: suggestions is [["label","value"],...]; texts are
 * cut to Discord's limits. Malformed suggestions give no choices.
 */
void discord_slash_append_choices(const char *suggestions, struct str *str);

#endif
