#ifndef EPISODED_COMMANDS_H
#define EPISODED_COMMANDS_H

/* The table that make writes from the files in commands/, sorted by name. */

#include "bot/core/command.h"

extern const struct command_entry command_entries[];
extern const size_t command_entry_count;

/* By name or alias, ASCII case ignored; NULL when there is none. */
const struct command_entry *commands_find(const char *word);

/* "airdate <episode>" without prefix, appended. */
struct str;
void commands_append_usage(struct str *str, const struct command_entry *entry);

/* {"prefix":"!","commands":[...]} for a page's help and completion, appended; see gateway/gateway.h. */
void commands_append_json(struct str *str, const char *prefix);

#endif
