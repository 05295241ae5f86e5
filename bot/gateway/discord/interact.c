/* Interactions: slash commands, buttons, autocomplete. */

#include "bot/gateway/discord/discord_private.h"

int discord_on_interaction(struct discord *discord, struct span interaction)
{
	(void)discord;
	(void)interaction;
	return 0;
}
