/* !who - who a character is, what is known by episode, and which episodes name them. */

#include "bot/core/command.h"

#define CHOICES_MAX 4

/* The characters who may be named. */
static int list(struct request *request)
{
	const struct show *show = request_show(request);
	size_t count = 0;

	for (size_t i = 0; i < show->character_count; i++) {
		const struct character *character = &show->characters[i];

		if (!request_may_name(request, character))
			continue;
		reply_item(request, "%s", character->name);
		reply_item_command(request, character->name, "who %s", character->name);
		if (count++ < CHOICES_MAX)
			reply_choice(request, character->name, "who %s", character->name);
	}
	if (!count)
		return reply_problem(request, "I know no characters of %s%s yet.", show->name,
				show->character_count ? " that I may name here" : "");
	reply_show_title(request, show, "Characters");
	return reply_footer(request, "\"%swho NAME\" tells who it is.", request_prefix(request));
}

static int who(struct request *request)
{
	const struct character *character = request_character(request, "name");

	if (!character)
		return list(request);
	reply_title(request, "%s", character->name);
	reply_tell(request, &character->about);
	for (size_t i = 0; i < character->fact_count; i++)
		reply_tell_item(request, &character->facts[i]);
	reply_character_image(request, character);
	reply_sources(request, character->about.sources, character->about.source_count);
	return reply_named_in(request, character);
}

COMMAND(who) = {
		.aliases = {"character", "whois"},
		.summary = "Who a character is, and which episodes name them",
		.details = "Without a name, the characters of the episodes that you have seen.",
		.examples = {"who {name}"},
		.options = {{.name = "name",
				.type = OPTION_CHARACTER,
				.help = "A character's name, or something close to it"}},
		.run = who,
};
