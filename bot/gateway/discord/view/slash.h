#ifndef EPISODED_DISCORD_SLASH_H
#define EPISODED_DISCORD_SLASH_H

/*
 * Slash commands, made from the commands' own descriptions: what Discord is
 * told of them, and what a person's use of one is as a line of text. Pure.
 */

#include "bot/base/str.h"
#include "bot/gateway/discord/interaction.h"

#define DISCORD_SLASH_BODY_MAX_BYTES (256u * 1024)
#define DISCORD_SLASH_COMMANDS_MAX   100 /* Discord's own limit */
#define DISCORD_SLASH_TEXT_MAX_BYTES 900 /* of a message that is searched for: a longer question is refused */

#define DISCORD_SLASH_SEARCH "search" /* the command behind the menu of a message */
#define DISCORD_SLASH_MENU   "Which episode is this?"

struct discord_slash; /* opaque: gateway/discord/view/slash.c */

/*
 * slash_read - the commands' descriptions.
 *
 * Shape:   as gateway_host.describe_commands().
 * Owns:    the caller frees *ret with discord_slash_free().
 * Errors:  -EBADMSG no such JSON, or no memory to read it; -ENOMEM; *ret untouched.
 */
int discord_slash_read(const char *description, struct discord_slash **ret);
void discord_slash_free(struct discord_slash *slash); /* NULL-safe */

/* The body of PUT /applications/{id}/commands. A command that Discord would refuse is left out. -ENOMEM,
 * -EMSGSIZE. */
int discord_slash_append_body(const struct discord_slash *slash, struct str *str);

/*
 * What was asked, as a message's text: "episode 5", the values in the order of
 * the description. -ENOENT: there is no such command (any more). -EMSGSIZE, -ENOMEM.
 */
int discord_slash_append_text(const struct discord_slash *slash,
		const struct discord_interaction *interaction, struct str *str);

/*
 * The answer to a half-typed option: suggestions is [["label","value"],...];
 * appended is {"choices": [...]}, each text cut to what Discord takes. What is no
 * such JSON gives no choices.
 */
void discord_slash_append_choices(const char *suggestions, struct str *str);

#endif
