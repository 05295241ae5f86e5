/* !who - who a character is, and where they first appear. */

#include "bot/core/command.h"

static int who(struct request *request)
{
	const struct character *character = request_character(request, "name");
	const struct episode *first = show_episode(request_show(request), character->first_seen);
	char label[EPISODE_LABEL_BYTES], code[EPISODE_LABEL_BYTES];

	reply_title(request, "%s", character->name);
	reply_sources(request, character->about.sources, character->about.source_count);
	if (first) {
		reply_field(request, "First seen", "%s", request_label(request, first, label));
		reply_choice(request, label, "episode %s", episode_code(first, code));
	}
	return reply_tell(request, &character->about);
}

COMMAND(who) = {
		.aliases = {"character", "whois"},
		.summary = "Who a character is, and where they first appear",
		.examples = {"who onjo"},
		.options = {{.name = "name",
				.type = OPTION_CHARACTER,
				.required = true,
				.help = "A character's name, or something close to it"}},
		.run = who,
};
