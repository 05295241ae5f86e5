/* How the author of a refused owner command becomes an owner. */

#include "bot/core/owner_advice.h"

#include <errno.h>
#include <stdlib.h>

/* The command that starts the lobby with owners, without a configuration. "make run" sets its own. */
static void advise_start(struct str *ret)
{
	const char *command = getenv("EPISODED_OWNERS_COMMAND");

	str_append(ret, "To use owner commands here, start the bot as \"");
	if (command && *command)
		str_append(ret, command);
	else
		str_printf(ret, "%s run --owners everybody", program_invocation_short_name);
	str_append(ret, "\".");
}

void owner_advice(const struct gateway_config *gateway, const struct message *message, struct str *ret)
{
	const bool is_numbered = gateway->network->has_user_ids;
	const char *id = is_numbered ? message->author_id : message->account;

	if (gateway->network->has_open_owners && !gateway->has_file)
		advise_start(ret);
	else if (gateway->network->has_open_owners)
		str_printf(ret,
				"Its operator can set \"owners\": \"everybody\" for the gateway \"%s\" in "
				"the "
				"configuration.",
				gateway->name);
	else if (id && *id)
		str_printf(ret,
				"Its operator can add {\"%s\": \"%s\"} to \"owners\" of the gateway \"%s\" "
				"in the "
				"configuration.",
				is_numbered ? "user_id" : "account", id, gateway->name);
	else
		str_printf(ret,
				"Log in to an account of this network; its operator can then add the account "
				"to "
				"\"owners\" of the gateway \"%s\" in the configuration.",
				gateway->name);
}
