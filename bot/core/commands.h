#ifndef EPISODED_COMMANDS_H
#define EPISODED_COMMANDS_H

/* The table that make writes from the files in commands/, sorted by name. */

#include "bot/core/command.h"

extern const struct command_entry command_entries[];
extern const size_t command_entry_count;

/* Those that only the bot itself runs (PERMISSION_BOT), in no list for people; the last has no name. */
extern const struct command_entry bot_command_entries[];
/* Find one of them by its name, or NULL. */
const struct command_entry *commands_find_of_bot(const char *name);

/* Find a command by name or alias, ignoring ASCII case. NULL if there is no such command. */
const struct command_entry *commands_find(const char *word);

/* True for a command with whose argument a show may be named: "!episode dark 5", "!episodes dark". */
bool command_takes_show(const struct command *command);

/* Append a command's usage without prefix: "airdate <episode>". */
struct str;
void commands_append_usage(struct str *str, const struct command_entry *entry);

/* has_shows: there are several, and commands about one have an option for it.
 * Append {"prefix":"!","commands":[...]}, for help and completion on the lobby's page. */
void commands_append_json(struct str *str, const char *prefix, bool has_shows);

#endif
