/* !who - who a character is, what is known by episode, and which episodes name them. */

#include "bot/core/command.h"

static int who(struct request *request)
{
	const struct character *character = request_character(request, "name");

	reply_title(request, "%s", character->name);
	reply_tell(request, &character->about);
	for (size_t i = 0; i < character->fact_count; i++)
		reply_tell_item(request, &character->facts[i]);
	reply_sources(request, character->about.sources, character->about.source_count);
	return reply_named_in(request, character);
}

COMMAND(who) = {
		.aliases = {"character", "whois"},
		.summary = "Who a character is, and which episodes name them",
		.examples = {"who {name}"},
		.options = {{.name = "name",
				.type = OPTION_CHARACTER,
				.required = true,
				.help = "A character's name, or something close to it"}},
		.run = who,
};
