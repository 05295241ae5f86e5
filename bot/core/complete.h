#ifndef EPISODED_COMPLETE_H
#define EPISODED_COMPLETE_H

/* Suggestions for a partly typed argument, while a person types: on Discord, on the lobby's page, in a terminal. */

#include "bot/base/str.h"
#include "bot/catalogue/catalogue.h"
#include "bot/core/command.h"
#include "bot/core/line.h"

#define COMPLETE_MAX             25  /* suggestions */
#define COMPLETE_COMMANDS_MAX    64  /* names of commands, which are short; Discord shows the first 25 */
#define COMPLETE_LABEL_MAX_BYTES 100 /* of a label or a value: Discord's limit of 100 characters */

/* Who types. */
struct complete_asker {
	const struct line *line;
	bool is_owner; /* owner commands are suggested */
};

/* Nothing past the line is suggested for its words, and no title or character that reveals too much.
 * Append JSON [["label","value"],...], best match first; [] if nothing matches or there is no such option. */
void complete_option(const struct complete_asker *asker, const struct command_entry *entry,
		const char *option, const char *partial, struct str *str);

/* Append the shows with a name or alias that has partial, first those of which a word begins with it, in the same form;
 * the value is the ID. */
void complete_show(const struct catalogue *catalogue, const char *partial, struct str *str);

#endif
